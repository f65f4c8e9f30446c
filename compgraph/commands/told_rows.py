"""Rows of a file as the commands tell of them: by line number, with the reason, and not more than one can read."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill

from compgraph.networks.data import LeftOutRow

__all__ = ["line_ranges", "told_rows"]

_REASONS = 8
_RANGES = 60


def told_rows(rows: Sequence[LeftOutRow]) -> str:
    """Tell of rows that were left out: the first few with the reason, of the others the line numbers.

    >>> print(told_rows([LeftOutRow(3, "'size' is empty")]))
      1 row left out:
        line 3: 'size' is empty

    Args:
        rows: at least one.
    """
    lines = [f"  {len(rows)} row{'s' * (len(rows) > 1)} left out:"]
    lines += [f"    line {row.line}: {row.reason}" for row in rows[:_REASONS]]
    others = [row.line for row in rows[_REASONS:]]
    if others:
        text = f"and {len(others)} more: line{'s' * (len(others) > 1)} {line_ranges(others)}"
        lines.append(fill(text, 78, initial_indent="    ", subsequent_indent="      "))
    return "\n".join(lines)


def line_ranges(lines: Sequence[int]) -> str:
    """Ascending line numbers, with runs drawn together.

    >>> line_ranges([2, 3, 4, 7, 9, 10])
    '2-4, 7, 9, 10'

    Args:
        lines: in ascending order; beyond 60 numbers and runs it is only said how many more there are.
    """
    runs: list[list[int]] = []
    for line in lines:
        if runs and line == runs[-1][-1] + 1:
            runs[-1].append(line)
        else:
            runs.append([line])
    shown = [f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs[:_RANGES]]
    hidden = sum(map(len, runs[_RANGES:]))
    return ", ".join(shown) + (f" and {hidden} more" if hidden else "")
