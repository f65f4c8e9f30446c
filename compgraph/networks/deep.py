"""A network of any number of layers as a graph, σ and cross-entropy at the output.

Each function is plain NumPy code: given arrays it computes, given nodes it builds the graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from compgraph.errors import SettingError
from compgraph.networks.activations import Value, hidden_activation
from compgraph.rules.activation import binary_cross_entropy_with_logits, sigmoid

__all__ = ["DeepForward", "deep_cost", "deep_forward"]


class DeepForward(NamedTuple):
    """What the network computes on its way: ``Z`` of layers 1 to L, and ``A`` of layers 0 (the data) to L."""

    Z: list[Value]
    A: list[Value]


def deep_forward(W: Sequence[Value], b: Sequence[Value], X: Value, activations: Sequence[str]) -> DeepForward:
    """Z[l] = W[l] A[l-1] + b[l] and A[l] = g[l](Z[l]) for each of the L layers, σ being the last activation.

    >>> W, b = [np.array([[2.0]]), np.array([[1.0]])], [np.zeros((1, 1)), np.array([[-6.0]])]
    >>> deep_forward(W, b, np.array([[3.0]]), ["linear"]).A[-1]
    array([[0.5]])

    Args:
        W: the weights (n_l, n_{l-1}) of each layer.
        b: the biases (n_l, 1) of each layer.
        X: examples (n_x, m), one a column.
        activations: the name of g for each of the L - 1 hidden layers.

    Raises:
        SettingError: there is no such activation, or the three lists do not belong together.
    """
    if not len(W) == len(b) == len(activations) + 1:
        raise SettingError(
            f"{len(W)} weights, {len(b)} biases and {len(activations)} activations are no network: "
            "give each layer a weight and a bias, and each layer but the last an activation"
        )
    Z: list[Value] = []
    A: list[Value] = [X]
    for W_l, b_l, g in zip(W, b, [*map(hidden_activation, activations), sigmoid], strict=True):
        Z.append(W_l @ A[-1] + b_l)
        A.append(g(Z[-1]))
    return DeepForward(Z, A)


def deep_cost(W: Sequence[Value], b: Sequence[Value], X: Value, Y: Value, activations: Sequence[str]) -> Value:
    """The cross-entropy cost of a network of L layers, J = (1/m) Σ L.

    >>> import compgraph as cg
    >>> W = [cg.Variable([[2.0]]), cg.Variable([[1.0]])]
    >>> b = [cg.Variable([[0.0]]), cg.Variable([[-6.0]])]
    >>> J = deep_cost(W, b, np.array([[3.0]]), np.array([[1.0]]), ["linear"])
    >>> cg.gradients(J, W)
    [array([[-1.5]]), array([[-3.]])]

    Args:
        W: the weights (n_l, n_{l-1}) of each layer.
        b: the biases (n_l, 1) of each layer.
        X: examples (n_x, m), one a column.
        Y: labels in [0, 1], (n_y, m).
        activations: the name of g for each of the L - 1 hidden layers.

    Returns:
        A number, computed from Z[L].

    Raises:
        SettingError: there is no such activation, or the three lists do not belong together.
    """
    Z, _ = deep_forward(W, b, X, activations)
    return np.sum(binary_cross_entropy_with_logits(Z[-1], Y)) / X.shape[1]
