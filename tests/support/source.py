"""Python source as data: what each module imports, and how long its functions are."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

SILENT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Import:
    """One imported thing, as far as it is a name: `trueup.domain.order.Order`, `sqlalchemy.text`."""

    name: str
    line: int


@dataclass(frozen=True)
class Function:
    name: str
    line: int
    length: int


@dataclass(frozen=True)
class Module:
    """One file of Python and its dotted name."""

    path: Path
    name: str

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, filename=str(self.path))

    @cached_property
    def code_lines(self) -> frozenset[int]:
        return frozenset(code_lines(self.text))

    @cached_property
    def imports(self) -> list[Import]:
        """Everything it imports, wherever the statement stands, except for the eyes of a type checker."""
        return [found for node in run_time_nodes(self.tree) for found in self._imports_of(node)]

    def _imports_of(self, node: ast.AST) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = self._origin(node)
            yield from (Import(f"{origin}.{alias.name}", node.lineno) for alias in node.names)

    def _origin(self, node: ast.ImportFrom) -> str:
        """The module that a from-import names, relative ones made absolute."""
        if not node.level:
            return node.module or ""
        package = self.name.split(".") if self.path.name == "__init__.py" else self.name.split(".")[:-1]
        base = package[: len(package) - node.level + 1]
        return ".".join([*base, *([node.module] if node.module else [])])

    def functions(self) -> Iterator[Function]:
        for node in ast.walk(self.tree):
            if isinstance(node, FunctionNode):
                yield Function(node.name, node.lineno, body_length(node, self.code_lines))


def modules_under(folder: Path, *, package: str) -> list[Module]:
    """All modules of a package whose source lies in `folder`."""
    return [Module(path, dotted(path.relative_to(folder), package)) for path in sorted(folder.rglob("*.py"))]


def dotted(path: Path, package: str) -> str:
    parts = [package, *path.with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def code_lines(text: str) -> Iterator[int]:
    """The numbers of the lines that are neither empty nor only a comment."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in SILENT:
            yield from range(token.start[0], token.end[0] + 1)


def run_time_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from run_time_nodes(node)


def body_length(function: FunctionNode, lines: Iterable[int]) -> int:
    """Lines of code in the body: without the signature, the docstring, comments and empty lines."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    if not body:
        return 0
    first, last = body[0].lineno, body[-1].end_lineno or body[-1].lineno
    return sum(first <= line <= last for line in lines)


def import_graph(modules: list[Module]) -> dict[str, set[str]]:
    """Module -> the modules of the same package that it imports."""
    names = {module.name for module in modules}
    return {module.name: set(targets(module, names)) - {module.name} for module in modules}


def targets(module: Module, names: set[str]) -> Iterator[str]:
    for found in module.imports:
        target = found.name
        while target and target not in names:
            target = target.rpartition(".")[0]
        if target:
            yield target


def rings(graph: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules that import each other in a circle."""
    groups = {frozenset(both_ways(name, graph)) for name in graph}
    return sorted(sorted(group) for group in groups if len(group) > 1)


def both_ways(name: str, graph: dict[str, set[str]]) -> set[str]:
    ahead = reachable(name, graph)
    return {name} | {other for other in ahead if name in reachable(other, graph)}


def reachable(name: str, graph: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(graph.get(name, ()))
    while waiting:
        other = waiting.pop()
        if other not in seen:
            seen.add(other)
            waiting.extend(graph.get(other, ()))
    return seen
