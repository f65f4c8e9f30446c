"""Writes docs/check_the_notes.md, the formulas of course notes and what is found of each: python -m tests.notes_page

Nothing on the page is written by hand but its first lines. The code on it is that of examples/notes, piece by piece,
and after each formula stands what examples/check_the_notes.py finds. tests/test_notes_page.py fails where they differ.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import os
import runpy
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "check_the_notes.md"
EXAMPLE = ROOT / "examples" / "check_the_notes.py"

HEAD = """\
# The notes, checked

The formulas of a course on neural networks, as its notes write them, and slips that stand in published notes: which of
them hold, and what is wrong with those that don't. Each was [compared](comparing.md) with the engine's gradient at one
place and [proved](proving.md) to be the same function everywhere. The code is that of
[examples/notes](../examples/notes), where each formula stands beside the cost it belongs to; sizes and numbers are
drawn from the annotations. The program [check_the_notes.py](../examples/check_the_notes.py) prints the table. This page
is made by `python -m tests.notes_page`, and a test tells when it is out of date.
"""

END = """\
All that is called proved holds with a chance of error below {chance:.0e} for each formula; [what that
means](proving.md#how-it-is-done).
"""


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.notes_page", description="Write docs/check_the_notes.md.")
    parser.add_argument("--print", action="store_true", help="print the page instead")
    if parser.parse_args(arguments).print:
        sys.stdout.write(page())
        return
    temporary = PAGE.with_name(f".{PAGE.name}.{os.getpid()}")
    temporary.write_text(page(), encoding="utf-8")
    temporary.replace(PAGE)
    print(f"wrote {PAGE}")


def page() -> str:
    """The whole page; every formula is compared and proved for it."""
    example = runpy.run_path(str(EXAMPLE))
    found = [(example["NOTES"] / f"{file}.py", *example["check"](file)) for file in example["FILES"]]
    formulas = [each for _, _, formulas in found for each in formulas]
    chance = max(each.proof.chance for each in formulas if each.proof.proved)
    text = [HEAD, *table([(title, formulas) for _, title, formulas in found]), "", END.format(chance=chance)]
    for path, title, formulas in found:
        text += [f"## {title}", "", *section(path, formulas)]
    return "\n".join(text)


def table(sections: Sequence[tuple[str, Sequence[Any]]]) -> Iterator[str]:
    yield from ("| formula | holds | proved | what is said of it |", "|---|---|---|---|")
    for title, formulas in sections:
        yield f"| [{title}](#{anchor(title)}) | | | |"
        for each in formulas:
            kinds = dict.fromkeys([kind for _, kind, _ in each.remarks])
            said = ", ".join(f"[{kind}](diagnosis.md#the-kinds)" for kind in kinds)
            holds, proved = ("yes" if answer else "**no**" for answer in (each.comparison.ok, each.proof.proved))
            yield f"| {shown(each.written)} | {holds} | {proved} | {said} |"


def anchor(heading: str) -> str:
    """What a heading is linked by, as GitHub makes it."""
    return "".join(c if c.isalnum() or c in "-_" else "-" if c == " " else "" for c in heading.lower())


def section(path: Path, formulas: Sequence[Any]) -> Iterator[str]:
    """A file's code in pieces that end with a formula, and after each what was found."""
    by_line: dict[int, list[Any]] = {}
    for each in formulas:
        by_line.setdefault(inspect.unwrap(each.pair.manual).__code__.co_firstlineno, []).append(each)
    lines = path.read_text(encoding="utf-8").splitlines()
    _, *statements = ast.parse("\n".join(lines)).body
    start = 1  # after the docstring, which is the heading
    for statement in statements:
        first = min([statement.lineno, *[each.lineno for each in getattr(statement, "decorator_list", ())]])
        if first not in by_line:
            continue
        assert statement.end_lineno is not None
        yield from ("```python", "\n".join(lines[start : statement.end_lineno]).strip("\n"), "```", "")
        for each in by_line.pop(first):
            yield from result(each)
            yield ""
        start = statement.end_lineno
    assert not by_line


def result(checked: Any) -> Iterator[str]:
    """The verdict on one formula, and the explanations in full."""
    if not checked.comparison.ok:
        wrong = [row.name for row in checked.comparison if not row.is_right]
        verdict = f"does **not** hold: {', '.join(wrong)} {'are' if len(wrong) > 1 else 'is'} wrong"
    elif checked.proof.proved:
        verdict = "holds, and is proved"
    else:
        verdict = "holds, and is not proved"
    yield f"**{shown(checked.written)}** {verdict}."
    said: dict[tuple[str, str], list[str]] = {}
    for name, kind, message in checked.remarks:
        said.setdefault((kind, message), []).append(f"`{name}`")
    if said:
        yield ""
    for (kind, message), names in said.items():
        yield f"- {', '.join(names)}, {kind}: {shown(message)}"


def shown(text: str) -> str:
    """A formula or a sentence as text of a page: what stands between stars or is bent by a caret is no markup."""
    for sign in "*_|<":
        text = text.replace(sign, f"\\{sign}")
    return text


if __name__ == "__main__":
    main()
