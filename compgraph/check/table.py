"""Text tables: columns aligned with spaces."""

from __future__ import annotations

from collections.abc import Collection, Sequence

__all__ = ["aligned"]


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
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rows = [lines[0], ["-" * width for width in widths], *lines[1:]]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i in left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
