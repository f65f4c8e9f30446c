"""Numeric derivatives: nudge a number, look how the cost moves; with an estimate of their own error.

A small array is nudged entry by entry. A large one is moved along a few random directions, in which every entry takes
part: a formula that is wrong anywhere is off along all of them. What neither can see is a slope that is wrong by less
than the numeric error, about 1e-10 of the cost's change. One entry in a million that is off by 1e-6 of itself is found
by its tolerance against the engine's gradient, not here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from compgraph.silence import silently

__all__ = [
    "DirectionalSlopes",
    "Slopes",
    "directional_slopes",
    "entries_to_nudge",
    "entry_sizes",
    "nudge",
    "numeric_slopes",
    "relative_step",
]

Array = NDArray[np.float64]

COARSEST = float(np.finfo(np.float32).eps)
"""The largest relative rounding error of a cost that the step is adapted to: what is lost beyond it stays lost."""

ALL_ENTRIES = 400
"""Up to so many entries of an array are nudged each on its own."""

SAMPLED_ENTRIES = 24
"""Of a larger array so many, chosen at random: each costs four evaluations of the cost."""

DIRECTIONS = 4
"""So many random directions: that errors of several entries cancel to a tenth along all of them is one in 10⁴."""


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


class DirectionalSlopes(NamedTuple):
    """Numeric slopes of a cost along directions in which all entries of an array move at once.

    Attributes:
        directions: an array of shape (count, *shape of the array).
        slopes: the derivative along each.
        errors: an estimate of the error of each, right to within a small factor.
    """

    directions: Array
    slopes: Array
    errors: Array

    def along(self, gradient: Any) -> Array:
        """Return <gradient, v> for each direction v: what the slope is if the gradient is right.

        >>> found = directional_slopes(lambda w: np.sum(w**2), np.array([1.0, 2.0]), count=2)
        >>> bool(np.all(np.abs(found.along([2.0, 4.0]) - found.slopes) <= found.errors))
        True
        >>> bool(np.all(np.abs(found.along([2.0, 4.1]) - found.slopes) <= found.errors))
        False

        Args:
            gradient: an array of the shape that the slopes were taken at.
        """
        flat = np.asarray(gradient, dtype=np.float64).reshape(-1)
        return np.asarray(self.directions.reshape(len(self.directions), flat.size) @ flat)


def entry_sizes(at: Any) -> Array:
    """Return by how much each entry of an array may be taken to vary: the unit that its nudges are measured in.

    >>> entry_sizes([0.0, 3.0]), entry_sizes([0.0, 0.0])
    (array([1.5, 3. ]), array([1., 1.]))

    Returns:
        Of each entry its absolute value, and at least the mean of those; 1 where all are zero.
    """
    size = np.abs(np.asarray(at, dtype=np.float64))
    typical = float(np.mean(size)) if size.size else 0.0
    return np.asarray(np.maximum(size, typical or 1.0))


def relative_step(value: Any, noise: float = 0.0) -> float:
    """Return the step that balances the two errors of a central difference, in units of what is moved.

    The truncation error grows with the square of the step h, rounding as noise / h: the sum is least near the cube root
    of the relative noise. That of a float64 cost is 2.2e-16, unless it is known to be larger.

    >>> print(f"{relative_step(1.0):.1e} {relative_step(np.float32(1.0)):.1e} {relative_step(1.0, noise=1e-10):.1e}")
    6.1e-06 4.9e-03 4.6e-04

    Args:
        value: the cost, a float or a NumPy scalar of any precision.
        noise: the absolute rounding error of one evaluation.
    """
    size = abs(float(value))
    share = noise / size if 0 < size < math.inf else float(noise > 0)
    return float(np.cbrt(np.clip(share, np.finfo(_precision(value)).eps, COARSEST)))


@silently("divide", "over", "invalid")  # a nudge may lead out of the cost's domain
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
        noise: the absolute rounding error of one evaluation of ``f``; at least the last digit of its value, and of
            what is nudged, is assumed.
        entries: the flat positions of the entries to nudge; by default those of :func:`entries_to_nudge`.

    Returns:
        The entries, their slopes, and for each the sum of three estimates: of the truncation error, from the slope
        with twice the step (the difference of the two is three times it); of a kink within the steps, where there is
        no slope to find; and of rounding, 4 noise / step. An error is infinite where the cost is not finite.

    Source: any text on numerical differentiation; the step is the one that balances both errors.
    """
    point = np.array(at, dtype=np.float64)
    flat = point.reshape(-1)
    if entries is None:
        entries = entries_to_nudge(flat.size)
    sizes = entry_sizes(flat)
    middle = f(point.copy())
    relative = relative_step(middle, noise)
    slopes = np.empty(entries.size)
    errors = np.empty(entries.size)
    for k, i in enumerate(entries):
        start = flat[i]
        step = (start + relative * sizes[i]) - start  # a step that the numbers themselves can make

        def moved(times: float, i: Any = i, start: Any = start, step: Any = step) -> Any:
            flat[i] = start + times * step
            return f(point.copy())

        slopes[k], errors[k] = _slope(moved, middle, step, noise, float(sizes[i]))
        flat[i] = start
    return Slopes(entries, slopes, errors)


@silently("divide", "over", "invalid")
def directional_slopes(
    f: Callable[[Array], Any],
    at: Any,
    *,
    directions: Any = None,
    count: int = DIRECTIONS,
    noise: float = 0.0,
    rng: np.random.Generator | None = None,
) -> DirectionalSlopes:
    """Return the slopes of a cost along random directions, in which every entry of an array takes part.

    >>> import numpy as np
    >>> w = np.linspace(-1, 1, 10_000)
    >>> found = directional_slopes(lambda w: np.sum(np.sin(w)), w)
    >>> bool(np.all(np.abs(found.along(np.cos(w)) - found.slopes) <= found.errors))
    True
    >>> wrong = np.cos(w)
    >>> wrong[1234] += 0.01
    >>> bool(np.all(np.abs(found.along(wrong) - found.slopes) > found.errors))
    True

    A gradient g is checked by |<g, v> - slope| <= error. Since all entries share that one error, which is about 1e-10
    of the largest term of <g, v> and more where the cost is rounded more, a slip in a single entry is found when it is
    larger than that: a wrong entry of a million is, and the sixth digit of one is not. That digit is a matter of the
    tolerance between the two gradients themselves.

    Args:
        f: the cost as a function of the array; it is given copies, in float64.
        at: the array, of any shape.
        directions: an array of shape (count, *shape of the array) to be used as it is but for rounding; by default
            every entry moves up or down by between half its size and its size (see :func:`entry_sizes`), at random.
        count: how many random directions to take; each costs four evaluations of the cost.
        noise: the absolute rounding error of one evaluation of ``f``; at least the last digit of its value, and of
            what is nudged, is assumed.
        rng: the source of the directions; by default always the same ones.

    Returns:
        The directions as they were taken, the slopes along them, and their errors estimated as those of
        :func:`numeric_slopes`.
    """
    point = np.array(at, dtype=np.float64)
    if directions is None:
        rng = rng or np.random.default_rng(0)
        shape = (count, *point.shape)  # lengths of all kinds, so that two wrong entries cannot cancel by being equal
        directions = rng.choice([-1.0, 1.0], shape) * rng.uniform(0.5, 1.0, shape) * entry_sizes(point)
    middle = f(point.copy())
    step = 2.0 ** round(math.log2(relative_step(middle, noise)))  # a power of two, so that dividing by it is exact
    moves = (point + step * np.asarray(directions, dtype=np.float64)) - point
    slopes = np.empty(len(moves))
    errors = np.empty(len(moves))
    for k, move in enumerate(moves):

        def moved(times: float, move: Array = move) -> Any:
            return f(np.asarray(point + times * move))

        slopes[k], errors[k] = _slope(moved, middle, step, noise, 1.0)
    return DirectionalSlopes(moves / step, slopes, errors)


def _slope(moved: Callable[[float], Any], middle: Any, step: float, noise: float, size: float) -> tuple[float, float]:
    """The slope of a cost and its error, from the cost so many steps away; the size is that of what is moved."""
    eps = float(np.finfo(_precision(middle)).eps)
    middle = float(middle)
    ahead, back, far_ahead, far_back = [float(moved(times)) for times in (1.0, -1.0, 2.0, -2.0)]
    near, far = (ahead - back) / (2 * step), (far_ahead - far_back) / (4 * step)
    # The slope to the right less that to the left halves with the step on a smooth cost, and stays at a kink.
    gap, wide_gap = (ahead + back - 2 * middle) / step, (far_ahead + far_back - 2 * middle) / (2 * step)
    # What the cost's last digit is worth, and what the last digit of its argument is.
    digit = eps * max(*map(abs, (ahead, back, far_ahead, far_back)), size * abs(near))
    error = abs(near - far) + abs(2 * gap - wide_gap) + 4 * max(noise, digit) / step
    return near, error if math.isfinite(error) else math.inf


def _precision(value: Any) -> np.dtype[Any]:
    """The dtype that a cost was computed in, as far as its value tells."""
    dtype = getattr(value, "dtype", np.dtype(float))
    return dtype if dtype.kind == "f" else np.dtype(float)
