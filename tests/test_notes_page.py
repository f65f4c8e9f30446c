"""docs/check_the_notes.md is what the example finds; and what it finds: slips are what does not hold."""

from __future__ import annotations

import ast
import difflib
import re
from pathlib import Path

import pytest

from compgraph.check.explanation import KINDS
from tests import notes_page

PAGE = notes_page.PAGE.read_text(encoding="utf-8")
NOTES = Path(__file__).parents[1] / "examples" / "notes"


@pytest.fixture(scope="module")
def generated() -> str:
    """The page as it would be written now."""
    return notes_page.page()


def difference(page: str, generated: str) -> str:
    """What a page lacks and has too much, with what to do; nothing where it is as it would be written."""
    lines = difflib.unified_diff(
        page.splitlines(), generated.splitlines(), "docs/check_the_notes.md", "examples/notes", n=0, lineterm=""
    )
    changes = [line for line in lines if not line.startswith("@@")]
    if not changes:
        return ""
    return "\n".join([*changes, "docs/check_the_notes.md is out of date: python -m tests.notes_page writes it anew"])


def rows(page: str) -> list[list[str]]:
    """The cells of the table's formulas."""
    lines = [re.split(r" \| |^\| | \|$", line)[1:-1] for line in page.splitlines() if line.startswith("| ")]
    return [cells for cells in lines[1:] if not cells[0].startswith("[")]


def test_the_page_is_what_the_example_finds(generated: str) -> None:
    found = difference(PAGE, generated)
    if found:
        pytest.fail(found, pytrace=False)


def test_a_page_out_of_date_is_noticed(generated: str) -> None:
    for changed in (
        generated.replace("**no**", "yes", 1),
        generated.replace("1 - a**2", "1 - a", 1),
        generated + "\n|",
    ):
        assert changed != generated
        assert difference(changed, generated).endswith("python -m tests.notes_page writes it anew")
    assert difference(generated, generated) == ""


def test_all_formulas_hold_and_are_proved_but_for_the_slips() -> None:
    count = 0
    for written, holds, proved, said in rows(PAGE):
        is_slip = written.startswith("Slip")
        count += is_slip
        assert (holds, proved) == (("**no**", "**no**") if is_slip else ("yes", "yes")), written
        kinds = re.findall(r"\[(.*?)\]\(diagnosis\.md", said)
        assert set(kinds) <= set(KINDS)
        assert kinds if is_slip else kinds in ([], ["convention"]), written
    assert count == 10
    assert len(rows(PAGE)) > 30


def test_every_gradient_of_the_notes_is_on_the_page() -> None:
    """By what is written in its docstring, whatever finds the pairs."""
    for path in NOTES.glob("*.py"):
        for statement in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(statement, ast.FunctionDef) and statement.decorator_list:
                written = ast.get_docstring(statement)
                assert written
                assert f"**{notes_page.shown(written)}" in PAGE, f"{path.name}: {statement.name}"


def test_the_code_on_the_page_is_that_of_the_notes() -> None:
    """All of it but the files' docstrings, which are headings there."""
    files = [path.read_text(encoding="utf-8") for path in NOTES.glob("*.py")]
    titles = [f'"""{ast.get_docstring(ast.parse(file))}"""' for file in files]
    written = [line for file in files for line in file.splitlines() if line and line not in titles]
    shown = [line for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) for line in code.splitlines() if line]
    assert sorted(shown) == sorted(written)
    assert [f"## {title.strip(chr(34))}" in PAGE for title in titles] == [True] * len(titles)
