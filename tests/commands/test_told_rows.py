"""Rows told by their line numbers: none is lost, and the list ends before the reader does."""

import re

from hypothesis import given
from hypothesis import strategies as st

from compgraph.commands.told_rows import line_ranges, told_rows
from compgraph.networks.data import LeftOutRow

LINES = st.sets(st.integers(2, 300), min_size=1).map(sorted)


def numbers_in(text: str) -> list[int]:
    """The line numbers that a text names, ranges written out."""
    found: list[int] = []
    for first, last in re.findall(r"(\d+)(?:-(\d+))?", text):
        found += range(int(first), int(last or first) + 1)
    return found


@given(LINES)
def test_ranges_name_each_line_once(lines: list[int]) -> None:
    told = line_ranges(lines)
    shown, _, more = told.partition(" and ")
    named = numbers_in(shown)
    assert named == lines[: len(named)]
    assert len(named) + sum(numbers_in(more)) == len(lines)


def test_a_run_is_drawn_together_from_three_on() -> None:
    assert line_ranges([2, 3]) == "2, 3"
    assert line_ranges([2, 3, 4, 9]) == "2-4, 9"


def test_many_scattered_lines_are_counted() -> None:
    assert line_ranges(range(2, 402, 2)).endswith("120 and 140 more")


@given(LINES)
def test_every_row_is_told_of_on_narrow_lines(lines: list[int]) -> None:
    text = told_rows([LeftOutRow(line, "it is empty") for line in lines])
    assert max(map(len, text.splitlines())) <= 80
    count, *named = numbers_in(text.replace("more: line", "").replace(f"and {len(lines) - 8} ", ""))
    assert count == len(lines)
    if "more" not in text:
        assert named == lines
