"""A little heat map or histogram of an array that is too large to be written out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

__all__ = ["Arrays", "Sketch", "sketch"]

Arrays = Literal["numbers", "heatmap", "histogram"]
"""How a picture shows a large array: in numbers only, or with a little picture of its entries besides."""

_ROWS, _COLUMNS = 12, 32
_BINS = 24
_LEVELS = 12


@dataclass(frozen=True, slots=True)
class Sketch:
    """A little picture of an array's entries, as numbers.

    Attributes:
        kind: what the numbers are. Of a heat map, row by row, the entries, or the means of blocks of them, as parts of
            the largest in size, from -1 to 1; None where an entry is not finite. Of a histogram, in one row, the
            heights of the bars as parts of the tallest.
        cells: these numbers.
        zero: where in the width of a histogram 0 lies, from 0 to 1; None where it lies outside, and in heat maps.
        line: the line of the box that it stands below, from 0.
        style: whether it is of the value or of the derivative.
    """

    kind: Literal["heatmap", "histogram"]
    cells: tuple[tuple[float | None, ...], ...]
    zero: float | None
    line: int
    style: Literal["value", "derivative"]


def sketch(
    array: Any, kind: Literal["heatmap", "histogram"], line: int = 0, style: Literal["value", "derivative"] = "value"
) -> Sketch | None:
    """Sketch an array.

    >>> sketch(np.array([[1.0, -2.0], [0.0, 0.5]]), "heatmap").cells
    ((0.5, -1.0), (0.0, 0.25))
    >>> bars = sketch(np.array([-1.0, 0.0, 0.0, 1.0]), "histogram")
    >>> bars.zero, bars.cells[0][0], max(bars.cells[0])
    (0.5, 0.5, 1.0)

    Args:
        array: of numbers or truths, complex ones by their size. One of more than two axes is seen as a matrix whose
            rows are those of its last axis.
        kind: "heatmap" or "histogram".
        line: the line of the box that it stands below.
        style: whose it is.

    Returns:
        The sketch; None where there is nothing to see: an array without entries, of no finite one, or not of numbers.
    """
    numbers = np.asarray(array)
    if not numbers.ndim or not numbers.size or numbers.dtype.kind not in "biufc":
        return None
    numbers = np.abs(numbers) if numbers.dtype.kind == "c" else numbers
    numbers = numbers.astype(np.float64).reshape(-1, numbers.shape[-1])
    return _heat_map(numbers, line, style) if kind == "heatmap" else _histogram(numbers, line, style)


def _heat_map(numbers: np.ndarray[Any, Any], line: int, style: Literal["value", "derivative"]) -> Sketch | None:
    parts = np.where(np.isfinite(numbers), numbers, np.nan)
    parts /= np.max(np.abs(parts), where=np.isfinite(parts), initial=0.0) or 1.0  # sums of blocks cannot overflow now
    rows, columns = (np.array_split(np.arange(n), min(n, most)) for n, most in zip(parts.shape, _LIMITS, strict=True))
    sums = np.add.reduceat(parts, [part[0] for part in rows], axis=0)
    sums = np.add.reduceat(sums, [part[0] for part in columns], axis=1)
    means = sums / np.outer([len(part) for part in rows], [len(part) for part in columns])
    means /= np.max(np.abs(means), where=np.isfinite(means), initial=0.0) or 1.0
    if not np.isfinite(means).any():
        return None
    cells = tuple([tuple([_level(x) for x in row]) for row in means.tolist()])
    return Sketch("heatmap", cells, None, line, style)


_LIMITS = (_ROWS, _COLUMNS)


def _level(x: float) -> float | None:
    """One of a few shades, so that the colours of a picture can be listed."""
    return None if x != x else round(x * _LEVELS) / _LEVELS + 0.0  # -0.0 is 0.0


def _histogram(numbers: np.ndarray[Any, Any], line: int, style: Literal["value", "derivative"]) -> Sketch | None:
    finite = numbers[np.isfinite(numbers)]
    if not finite.size:
        return None
    low, high = float(finite.min()), float(finite.max())
    scale = max(abs(low), abs(high)) or 1.0  # numbers of any size, without an overflow of their distance
    low, high = low / scale, high / scale
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    counts, _ = np.histogram(finite / scale, _BINS, (low, high))
    heights = tuple((counts / counts.max()).round(3).tolist())
    zero = -low / (high - low)
    return Sketch("histogram", (heights,), zero if 0 <= zero <= 1 else None, line, style)
