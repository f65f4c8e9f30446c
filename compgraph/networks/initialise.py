"""Start values of the parameters: small random weights, zero biases.

All-zero weights are offered too, because they show what random ones are for: units of a layer that start equal stay
equal for ever.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from compgraph.errors import SettingError
from compgraph.networks.activations import Value
from compgraph.networks.two_layer import TwoLayerParameters

__all__ = ["DeepParameters", "random_layers", "random_two_layer", "zero_layers", "zero_two_layer"]


class DeepParameters(NamedTuple):
    """The parameters of a network of L layers: W[l] (n_l, n_{l-1}) and b[l] (n_l, 1)."""

    W: list[Value]
    b: list[Value]


def random_layers(
    sizes: Sequence[int],
    seed: int | np.random.Generator = 0,
    *,
    scale: float = 0.01,
    dtype: DTypeLike = np.float64,
) -> DeepParameters:
    """Start values of a network of L layers: W = randn · 0.01, b = 0.

    >>> W, b = random_layers([2, 3, 1], seed=1)
    >>> [w.shape for w in W], [v.shape for v in b]
    ([(3, 2), (1, 3)], [(3, 1), (1, 1)])

    Args:
        sizes: the numbers of units n_0 (the features), n_1, ..., n_L.
        seed: a seed, or a generator to draw from. The same seed gives the same numbers, in any dtype.
        scale: the standard deviation of the weights. Large weights saturate σ and tanh, and the gradient vanishes.
        dtype: float64 or float32.

    Raises:
        SettingError: fewer than two sizes, or a size below 1.
    """
    rng = np.random.default_rng(seed)
    shapes = _shapes(sizes)
    return DeepParameters(
        [(rng.standard_normal(shape) * scale).astype(dtype) for shape in shapes],
        [np.zeros((rows, 1), dtype) for rows, _ in shapes],
    )


def zero_layers(sizes: Sequence[int], *, dtype: DTypeLike = np.float64) -> DeepParameters:
    """All-zero parameters of a network of L layers, which gradient descent cannot make use of.

    >>> zero_layers([2, 1]).W
    [array([[0., 0.]])]

    Args:
        sizes: the numbers of units n_0 (the features), n_1, ..., n_L.
        dtype: float64 or float32.

    Raises:
        SettingError: fewer than two sizes, or a size below 1.
    """
    shapes = _shapes(sizes)
    return DeepParameters(
        [np.zeros(shape, dtype) for shape in shapes], [np.zeros((rows, 1), dtype) for rows, _ in shapes]
    )


def random_two_layer(
    n_x: int,
    n_h: int,
    n_y: int = 1,
    seed: int | np.random.Generator = 0,
    *,
    scale: float = 0.01,
    dtype: DTypeLike = np.float64,
) -> TwoLayerParameters:
    """Start values of the two-layer network: W1, W2 = randn · 0.01, b1, b2 = 0.

    >>> W1, b1, W2, b2 = random_two_layer(n_x=2, n_h=3, seed=1)
    >>> W1.shape, b1.shape, W2.shape, b2.shape
    ((3, 2), (3, 1), (1, 3), (1, 1))

    Args:
        n_x, n_h, n_y: the numbers of features, hidden units and outputs.
        seed, scale, dtype: as for :func:`random_layers`.

    Raises:
        SettingError: a number below 1.
    """
    (W1, W2), (b1, b2) = random_layers([n_x, n_h, n_y], seed, scale=scale, dtype=dtype)
    return TwoLayerParameters(W1, b1, W2, b2)


def zero_two_layer(n_x: int, n_h: int, n_y: int = 1, *, dtype: DTypeLike = np.float64) -> TwoLayerParameters:
    """All-zero parameters of the two-layer network, which gradient descent cannot make use of.

    >>> zero_two_layer(n_x=2, n_h=1).W1
    array([[0., 0.]])

    Args:
        n_x, n_h, n_y: the numbers of features, hidden units and outputs.
        dtype: float64 or float32.

    Raises:
        SettingError: a number below 1.
    """
    (W1, W2), (b1, b2) = zero_layers([n_x, n_h, n_y], dtype=dtype)
    return TwoLayerParameters(W1, b1, W2, b2)


def _shapes(sizes: Sequence[int]) -> list[tuple[int, int]]:
    if len(sizes) < 2 or min(sizes) < 1:
        raise SettingError(f"layers of {list(sizes)} units: a network has at least two sizes, each at least 1")
    return [(rows, columns) for columns, rows in itertools.pairwise(sizes)]
