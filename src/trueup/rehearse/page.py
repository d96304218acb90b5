"""The report as a page: one file that needs nothing else, to be read by a merchant and sent to anybody."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from trueup.rehearse.outcome import Report, Verdict

MARKS = {
    Verdict.AS_EXPECTED: "✓",
    Verdict.DIFFERS: "✗",
    Verdict.BROKEN: "✗",
    Verdict.NOT_OFFERED: "–",
}


def page_of(report: Report) -> str:
    """HTML. What systems answered is shown as text, never run."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html").render(report=report, marks=MARKS, Verdict=Verdict)
