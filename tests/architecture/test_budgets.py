"""Size budgets: a function fits into the eye, a file into the head, and every line is tested by more than one."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.source import Function, Module, modules_under

ROOT = Path(__file__).parents[2]
MEDIAN, MOST, LONGEST = 8, 35, 60
FILE_LINES = 400
TEST_RATIO = 1.3
VAGUE_FILES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base"}
EQUIPMENT = {"sandbox", "demo", "rehearse"}
"""Rooms of the product, and folders of tests, that are equipment for trying the rest out."""

CLOCK_READERS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}


@pytest.fixture(scope="module")
def product() -> list[Module]:
    """The code, without the migrations: those are history, written once and never read as a whole again."""
    found = modules_under(ROOT / "src/trueup", package="trueup")
    return [module for module in found if "migrations" not in module.path.parts]


@pytest.fixture(scope="module")
def tests() -> list[Module]:
    return modules_under(ROOT / "tests", package="tests")


def all_functions(modules: list[Module]) -> list[tuple[Module, Function]]:
    return [(module, function) for module in modules for function in module.functions()]


def longer_than(limit: int, modules: list[Module]) -> Iterator[str]:
    for module, function in all_functions(modules):
        if function.length > limit:
            yield f"{module.name}:{function.line} {function.name} has {function.length} lines"


def percentile(lengths: list[int], share: float) -> int:
    """The length that this share of the functions does not exceed."""
    return sorted(lengths)[max(0, round(len(lengths) * share) - 1)]


def clock_readers(modules: list[Module]) -> Iterator[str]:
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Call) and is_clock_reader(ast.unparse(node.func)):
                yield f"{module.name}:{node.lineno} calls {ast.unparse(node.func)}"


def is_clock_reader(call: str) -> bool:
    return ".".join(call.split(".")[-2:]) in CLOCK_READERS


def vague_names(modules: list[Module]) -> Iterator[str]:
    for module in modules:
        if module.path.stem in VAGUE_FILES:
            yield f"{module.name}: a file named {module.path.stem} gathers what has no place"
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef) and node.name.endswith(("Manager", "Helper", "Util", "Utils")):
                yield f"{module.name}:{node.lineno} {node.name}: say what it does"


def suppressions_without_reason(modules: list[Module]) -> Iterator[str]:
    for module in modules:
        for number, line in enumerate(module.text.splitlines(), 1):
            for mark in ("# type: ignore", "# noqa"):
                if mark in line and " - " not in line.split(mark)[1] and " # " not in line.split(mark)[1]:
                    yield f"{module.name}:{number} {line.strip()}"


def count_code(modules: list[Module]) -> int:
    return sum(len(module.code_lines) for module in modules)


def without_equipment(modules: list[Module]) -> list[Module]:
    return [module for module in modules if not EQUIPMENT & set(module.name.split(".")[1:2])]


def test_the_median_function_is_short(product: list[Module]) -> None:
    assert statistics.median(function.length for _, function in all_functions(product)) <= MEDIAN


def test_95_of_100_functions_fit_into_the_eye(product: list[Module]) -> None:
    assert percentile([function.length for _, function in all_functions(product)], 0.95) <= MOST


def test_no_function_is_long(product: list[Module], tests: list[Module]) -> None:
    assert list(longer_than(LONGEST, product + tests)) == []


def test_no_file_is_long(product: list[Module], tests: list[Module]) -> None:
    lengths = {module.name: len(module.text.splitlines()) for module in product + tests}
    assert {name: length for name, length in lengths.items() if length > FILE_LINES} == {}


def test_there_is_more_test_than_code(product: list[Module], tests: list[Module]) -> None:
    """The shop in the box, the demo and the rehearsal are left out, and so are their tests (docs/decisions/018, 044).

    They are test equipment, held to recordings of a real shop: their own measure is the share of recorded answers that
    hold. Counted as code, they would ask for thousands of lines of tests of test equipment; were their tests counted,
    they would let the rest of the product do with few.
    """
    code, test = count_code(without_equipment(product)), count_code(without_equipment(tests))
    assert test >= TEST_RATIO * code, (
        f"{test} lines of tests for {code} lines of code: {test / code:.2f} instead of {TEST_RATIO};"
        f" {round(TEST_RATIO * code) - test} are missing"
    )


def test_only_the_clock_asks_what_time_it_is(product: list[Module]) -> None:
    """Time is an argument: a rule that asks for it cannot be tried at the end of the month."""
    own_clock = [module for module in product if module.name.split(".")[1:2] not in (["clock"], ["sandbox"])]
    assert list(clock_readers(own_clock)) == []


def test_names_say_what_things_do(product: list[Module]) -> None:
    assert list(vague_names(product)) == []


def test_what_silences_a_checker_says_why(product: list[Module], tests: list[Module]) -> None:
    others = [module for module in tests if module.name != "tests.architecture.test_budgets"]
    assert list(suppressions_without_reason(product + others)) == []


def test_every_folder_of_the_product_is_a_package(product: list[Module]) -> None:
    """A folder without __init__.py is imported all the same, but left out of what is shipped and checked."""
    folders = {module.path.parent for module in product}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


# The measures themselves are tried on small files.


def module(folder: Path, text: str, name: str = "sample") -> Module:
    path = folder / f"{name}.py"
    path.write_text(text)
    return Module(path, f"trueup.{name}")


def test_a_function_is_as_long_as_its_code(tmp_path: Path) -> None:
    text = '''
def price(
    net,
    tax,
):
    """What it costs.

    Tax is added.
    """
    # first the tax

    part = net * tax
    return (
        net
        + part
    )
'''
    assert [function.length for function in module(tmp_path, text).functions()] == [5]


def test_a_method_and_a_function_inside_another_are_counted_too(tmp_path: Path) -> None:
    text = "class Cart:\n    def total(self):\n        def one():\n            return 1\n        return one()\n"
    found = {function.name: function.length for function in module(tmp_path, text).functions()}
    assert found == {"total": 3, "one": 1}


def test_a_function_of_only_a_docstring_has_no_length(tmp_path: Path) -> None:
    assert [f.length for f in module(tmp_path, 'def pull():\n    """Read."""\n').functions()] == [0]


def test_a_long_function_is_named_with_its_line(tmp_path: Path) -> None:
    text = "def long():\n" + "    x = 1\n" * 61
    assert list(longer_than(60, [module(tmp_path, text)])) == ["trueup.sample:1 long has 61 lines"]


@pytest.mark.parametrize(("share", "length"), [(0.5, 50), (0.95, 95), (1.0, 100)])
def test_percentiles(share: float, length: int) -> None:
    assert percentile(list(range(100, 0, -1)), share) == length


def test_equipment_is_left_out_wherever_it_stands(tmp_path: Path) -> None:
    names = ["trueup.sandbox.money", "trueup.demo", "tests.sandbox.test_money", "trueup.sync.sandbox", "trueup.cli"]
    modules = [Module(module(tmp_path, "x = 1\n").path, name) for name in names]
    assert [left.name for left in without_equipment(modules)] == ["trueup.sync.sandbox", "trueup.cli"]


def test_docstrings_count_as_lines_and_comments_and_empty_lines_do_not(tmp_path: Path) -> None:
    assert count_code([module(tmp_path, '"""One.\n\nTwo.\n"""\n\n# three\nx = 4  # four\n')]) == 5


@pytest.mark.parametrize("call", ["datetime.now(UTC)", "dt.datetime.utcnow()", "date.today()", "time.time()"])
def test_looking_at_the_clock_is_found(tmp_path: Path, call: str) -> None:
    assert len(list(clock_readers([module(tmp_path, f"def f():\n    return {call}\n")]))) == 1


@pytest.mark.parametrize("call", ["time.monotonic()", "clock()", "self.now()", "utc_now()"])
def test_being_told_the_time_is_fine(tmp_path: Path, call: str) -> None:
    assert list(clock_readers([module(tmp_path, f"def f():\n    return {call}\n")])) == []


def test_vague_names_are_found(tmp_path: Path) -> None:
    modules = [module(tmp_path, "", "utils"), module(tmp_path, "class StockManager: ...", "stock")]
    assert len(list(vague_names(modules))) == 2


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("x = f()  # type: ignore[arg-type]", 1),
        ("x = f()  # noqa: E501", 1),
        ("x = f()  # type: ignore[arg-type] # the library's stubs lack it", 0),
        ("x = f()  # noqa: DTZ011 - the calendar of this machine is meant", 0),
    ],
)
def test_silencing_needs_a_reason(tmp_path: Path, line: str, count: int) -> None:
    assert len(list(suppressions_without_reason([module(tmp_path, line)]))) == count
