"""The report in colours: the same text, painted, and plain where the package rich is missing."""

import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compgraph.check.report import Comparison
from compgraph.check.report_rich import rich_table
from compgraph.check.report_text import text
from tests.check.reports import STRANGE, comparisons, ordinary, row

rich_console = pytest.importorskip("rich.console")


def printed(comparison: Comparison, columns: int, colours: bool = False) -> str:
    stream = io.StringIO()
    rich_console.Console(
        file=stream, width=columns, force_terminal=colours, color_system="standard" if colours else None
    ).print(rich_table(comparison))
    return stream.getvalue()


@given(comparison=comparisons(), columns=st.sampled_from([40, 80, 100, 160]))
def test_without_colours_it_is_the_plain_report(comparison: Comparison, columns: int) -> None:
    lines = [line.rstrip() for line in printed(comparison, columns).removesuffix("\n").split("\n")]
    assert "\n".join(lines) == text(comparison, min(columns, 100))


def test_the_verdicts_are_painted_and_said() -> None:
    said = printed(ordinary(), 100, colours=True)
    assert "\x1b[32mright: 16 digits" in said
    assert "\x1b[1;31mwrong: the slip" in said
    assert "\x1b[1;31mdZ1, the first wrong step: \x1b[0mmanual dZ1 lacks" in said


def test_names_are_text_and_not_markup_or_commands_to_the_terminal() -> None:
    said = printed(Comparison([row(STRANGE, 1.0, 2.0, remark="[bold]remark[/bold]")]), 100)
    assert "[bold]remark[/bold]" in said
    assert "\x1b" not in said


def test_it_says_how_wide_it_is() -> None:
    console = rich_console.Console(width=200)
    assert console.measure(rich_table(ordinary())).maximum == 100
    assert str(rich_table(ordinary())) == text(ordinary())


def test_without_rich_it_is_the_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "rich"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "rich", None)
    assert rich_table(ordinary()) == text(ordinary())
