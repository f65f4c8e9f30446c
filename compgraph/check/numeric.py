"""Numeric derivatives: nudge a number, look how the cost moves; with an estimate of their own error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Slopes", "entries_to_nudge", "nudge", "numeric_slopes"]

Array = NDArray[np.float64]

STEP = float(np.cbrt(np.finfo(float).eps))
"""The relative step that balances the two errors of a central difference: truncation h² against rounding eps/h."""

ALL_ENTRIES = 400
"""Up to so many entries of an array are nudged each on its own."""

SAMPLED_ENTRIES = 24
"""Of a larger array so many, chosen at random: each costs four evaluations of the cost."""


class Slopes(NamedTuple):
    """Numeric slopes of some entries of an array.

    Attributes:
        entries: the flat positions of the entries that were nudged.
        slopes: the slope at each.
        errors: an estimate of the error of each slope, right to within a small factor.
    """

    entries: NDArray[np.intp]
    slopes: Array
    errors: Array


def nudge(f: Callable[[float], Any], at: float, step: float = 1e-4) -> float:
    """Return the slope of a function of one number as the course takes it: nudge the number both ways.

    >>> round(nudge(lambda a: 3 * a, at=2.0), 6)
    3.0

    Args:
        f: a function of one number that returns a number.
        at: where.
        step: how far to nudge.

    Returns:
        (f(at + step) - f(at - step)) / (2 step), off by about step² · f''' / 6.
    """
    return float((f(at + step) - f(at - step)) / (2 * step))


def entries_to_nudge(size: int) -> NDArray[np.intp]:
    """Return the flat positions to nudge of an array of so many entries: all, or of many always the same few.

    >>> entries_to_nudge(3)
    array([0, 1, 2])
    >>> len(entries_to_nudge(100_000))
    24
    """
    if size <= ALL_ENTRIES:
        return np.arange(size)
    return np.sort(np.random.default_rng(0).choice(size, SAMPLED_ENTRIES, replace=False))


def numeric_slopes(
    f: Callable[[Array], Any],
    at: Any,
    *,
    noise: float = 0.0,
    entries: NDArray[np.intp] | None = None,
) -> Slopes:
    """Return the slope of a cost along the entries of one array, by central differences, with error estimates.

    >>> import numpy as np
    >>> found = numeric_slopes(lambda w: np.sum(w**3), np.array([1.0, 2.0]))
    >>> np.round(found.slopes, 6), bool(np.all(np.abs(found.slopes - [3, 12]) <= found.errors))
    (array([ 3., 12.]), True)

    Args:
        f: the cost as a function of the array; it is given copies, in float64.
        at: the array, of any shape.
        noise: the absolute rounding error of one evaluation of ``f``; at least its value's last digit is assumed.
        entries: the flat positions of the entries to nudge; by default those of :func:`entries_to_nudge`.

    Returns:
        The entries, their slopes, and for each the sum of three estimates: of the truncation error, from the slope
        with twice the step (the difference of the two is three times it); of a kink within the steps, where there is
        no slope to find; and of rounding, 4 noise / step.

    Source: any text on numerical differentiation; the step is the one that balances both errors.
    """
    point = np.array(at, dtype=np.float64)
    flat = point.reshape(-1)
    if entries is None:
        entries = entries_to_nudge(flat.size)
    typical = float(np.mean(np.abs(flat))) if flat.size else 0.0
    middle = float(f(point.copy()))
    slopes = np.empty(entries.size)
    errors = np.empty(entries.size)
    for k, i in enumerate(entries):
        start = flat[i]
        step = STEP * (max(abs(start), typical) or 1.0)
        step = (start + step) - start  # a step that the numbers themselves can make
        values = []
        for distance in (step, -step, 2 * step, -2 * step):
            flat[i] = start + distance
            values.append(float(f(point.copy())))
        flat[i] = start
        near, far = (values[0] - values[1]) / (2 * step), (values[2] - values[3]) / (4 * step)
        # The slope to the right less that to the left halves with the step on a smooth cost, and stays at a kink.
        gap, wide_gap = (values[0] + values[1] - 2 * middle) / step, (values[2] + values[3] - 2 * middle) / (2 * step)
        digit = float(np.finfo(float).eps) * max(map(abs, values))
        slopes[k] = near
        errors[k] = abs(near - far) + abs(2 * gap - wide_gap) + 4 * max(noise, digit) / step
    return Slopes(entries, slopes, errors)
