"""Standardised features: every row of X shifted to mean 0 and scaled to standard deviation 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from compgraph.errors import DataError

__all__ = ["Scale", "scale_of", "standardise"]

Array: TypeAlias = NDArray[np.floating[Any]]


class Scale(NamedTuple):
    """The mean and standard deviation of each feature in the training rows, both (n_x, 1)."""

    mean: Array
    std: Array


def scale_of(X: Array, feature_names: Sequence[str] | None = None) -> Scale:
    """The mean and standard deviation of each feature.

    >>> scale_of(np.array([[1.0, 3.0], [5.0, 5.0]]))
    Scale(mean=array([[2.],
           [5.]]), std=array([[1.],
           [1.]]))

    Args:
        X: the training examples (n_x, m), one a column.
        feature_names: what to call the features in a message.

    Returns:
        Both (n_x, 1). A feature that is the same in every example gets the standard deviation 1, so that it becomes
        0 instead of 0/0.

    Raises:
        DataError: numbers so large or so small that float64 has no squares of them.
    """
    low, high = np.min(X, axis=1, keepdims=True), np.max(X, axis=1, keepdims=True)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = np.mean(X, axis=1, keepdims=True)
        std = np.std(X, axis=1, keepdims=True)
    constant = low == high  # asked of the numbers themselves: the standard deviation of many 0.1 is not quite 0
    unusable = np.flatnonzero(~constant & ~(np.isfinite(mean) & np.isfinite(std) & (std > 0)))
    if unusable.size:
        i = int(unusable[0])
        name = repr(feature_names[i]) if feature_names is not None else f"{i + 1}"
        raise DataError(
            f"feature {name} lies between {low[i, 0]:g} and {high[i, 0]:g}, which float64 cannot standardise: "
            "give that column in another unit"
        )
    return Scale(np.where(constant, low, mean), np.where(constant, 1.0, std))


def standardise(X: Array, scale: Scale) -> Array:
    """(X - mean) / std, by the scale of the training rows.

    >>> standardise(np.array([[1.0, 3.0, 5.0]]), Scale(np.array([[3.0]]), np.array([[2.0]])))
    array([[-1.,  0.,  1.]])

    Args:
        X: examples (n_x, m), training rows or others.
        scale: of the training rows, from :func:`scale_of`.
    """
    return (X - scale.mean) / scale.std
