"""Text tables: columns aligned with spaces."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from compgraph.check.columns import width

__all__ = ["aligned", "padded"]


def aligned(lines: Sequence[Sequence[str]], left: Collection[int] = ()) -> str:
    """Lay out lines of cells in columns, the first line being the head.

    >>> print(aligned([("name", "value"), ("a", "5"), ("bc", "10")], left=(0,)))
    name  value
    ----  -----
    a         5
    bc       10

    Args:
        lines: cells of equal number in each line; the first line holds the heads.
        left: the columns to align on the left; the others are aligned on the right.
    """
    return "\n".join("  ".join(cells).rstrip() for cells in padded(lines, left))


def padded(lines: Sequence[Sequence[str]], left: Collection[int] = ()) -> list[list[str]]:
    """The cells of a table filled up with spaces to the width of their columns, and a rule beneath the head.

    >>> padded([("name", "value"), ("a", "5")], left=(0,))
    [['name', 'value'], ['----', '-----'], ['a   ', '    5']]

    Args:
        lines: as :func:`aligned` takes them.
        left: likewise.
    """
    widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
    rows = [lines[0], ["-" * columns for columns in widths], *lines[1:]]
    return [
        [_filled(cell, columns, i in left) for i, (cell, columns) in enumerate(zip(row, widths, strict=True))]
        for row in rows
    ]


def _filled(cell: str, columns: int, on_the_left: bool) -> str:
    spaces = " " * (columns - width(cell))
    return cell + spaces if on_the_left else spaces + cell
