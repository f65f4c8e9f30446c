"""What a comparison found: its rows, and the forms in which they are told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from compgraph.check.row import BOTH_DIFFER, Row
from compgraph.check.table import aligned
from compgraph.errors import WrongGradientError

__all__ = ["Comparison"]


class Comparison:
    """What :func:`compare` found: a row for each gradient; ``print`` it, or ask ``ok``.

    Attributes:
        rows: a :class:`Row` for each parameter; with intermediates, for these too, in the order of the backward pass.
        notes: sentences on the comparison as a whole.
    """

    def __init__(self, rows: Sequence[Row], notes: Sequence[str] = ()) -> None:
        self.rows = tuple(rows)
        self.notes = tuple(notes)

    @property
    def ok(self) -> bool:
        """Whether every row is right."""
        return all(row.is_right for row in self.rows)

    def raise_if_wrong(self) -> None:
        """Raise :class:`WrongGradientError`, with the report as its message, if a row is wrong or both differ.

        What is inconclusive raises nothing; ``ok`` is false for it.
        """
        if any(row.verdict in ("wrong", BOTH_DIFFER) for row in self.rows):
            raise WrongGradientError(f"\n{self}")

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __str__(self) -> str:
        head = ("", "shape", "at", "autodiff", "manual", "numeric", "|a-m|", "/max", "verdict")
        lines = [head]
        for row in self.rows:
            fits = row.manual.shape == row.shape
            lines.append(
                (
                    row.name,
                    str(row.shape).replace(" ", ""),
                    str(list(row.where)).replace(" ", "") if row.where else "",
                    _number(row.autodiff[row.where]) if row.autodiff.size else "",
                    _number(row.manual[row.where]) if fits and row.manual.size else "",
                    _number(row.numeric[row.where]) if row.numeric.size else "",
                    f"{row.max_abs:.0e}" if fits else "",
                    f"{row.max_rel:.0e}" if fits else "",
                    row.judgement,
                )
            )
        return aligned(lines, left=(0, 1, 2, 8))

    def __repr__(self) -> str:
        return f"<Comparison of {len(self.rows)} gradients: {'all right' if self.ok else 'not all right'}>"


def _number(x: float) -> str:
    return "" if np.isnan(x) else f"{float(x):.5g}"
