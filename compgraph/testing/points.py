"""Points near a given one: a derivative that is right at one point may be wrong at another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from compgraph.check.numeric import entry_sizes

__all__ = ["NEARBY", "moved", "scale_of"]

NEARBY = 0.05
"""How far from the given point further ones lie, as a part of the sizes of the numbers."""


def scale_of(x: Any) -> float:
    """Return the power of two below the mean of an array's absolute values: exact in any precision.

    >>> scale_of(np.array([3.0, -7.0])), scale_of(0.0)
    (4.0, 1.0)
    """
    typical = float(np.mean(np.abs(x))) if np.size(x) else 0.0
    return float(2.0 ** np.floor(np.log2(typical))) if 0 < typical < np.inf else 1.0


def moved(values: Sequence[Any], part: float, rng: np.random.Generator) -> list[Any]:
    """Return numbers and arrays near the given ones, of the same shapes and dtypes.

    >>> near = moved([np.array([100.0, 0.0]), 3.0], 0.05, np.random.default_rng(0))
    >>> bool(np.all(np.abs(near[0] - [100, 0]) <= [5, 2.5])), type(near[1]) is float
    (True, True)

    Args:
        values: numbers and arrays of floats.
        part: how far at most, as a part of each entry's size, so that signs stay; zeros have their array's mean size.
        rng: the source of the random numbers.
    """
    found = []
    for x in values:
        size = np.where(np.equal(x, 0), entry_sizes(x), np.abs(x))
        there = np.asarray(x, np.float64) + part * size * rng.uniform(-1, 1, np.shape(x))
        found.append(float(there) if isinstance(x, (int, float)) else there.astype(np.result_type(x))[()])
    return found
