"""The two-layer network as a graph: one hidden layer, σ and cross-entropy at the output.

Each function is plain NumPy code: given arrays it computes, given nodes it builds the graph.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from compgraph.networks.activations import Value, hidden_activation
from compgraph.rules.activation import binary_cross_entropy_with_logits, sigmoid

__all__ = ["TwoLayerForward", "TwoLayerParameters", "two_layer_cost", "two_layer_forward"]


class TwoLayerParameters(NamedTuple):
    """The parameters: W1 (n_h, n_x), b1 (n_h, 1), W2 (n_y, n_h), b2 (n_y, 1)."""

    W1: Value
    b1: Value
    W2: Value
    b2: Value


class TwoLayerForward(NamedTuple):
    """What the network computes on its way: Z1, A1 are (n_h, m), Z2, A2 are (n_y, m)."""

    Z1: Value
    A1: Value
    Z2: Value
    A2: Value


def two_layer_forward(
    W1: Value, b1: Value, W2: Value, b2: Value, X: Value, activation: str = "tanh"
) -> TwoLayerForward:
    """Z1 = W1 X + b1, A1 = g(Z1), Z2 = W2 A1 + b2, A2 = σ(Z2).

    >>> W1, b1, W2, b2 = np.ones((2, 1)), np.zeros((2, 1)), np.array([[1.0, -1.0]]), np.zeros((1, 1))
    >>> two_layer_forward(W1, b1, W2, b2, np.array([[3.0]]), "relu").A2
    array([[0.5]])

    Args:
        W1, b1, W2, b2: parameters (n_h, n_x), (n_h, 1), (n_y, n_h), (n_y, 1).
        X: examples (n_x, m), one a column.
        activation: the hidden activation g: sigmoid, tanh, relu, leaky_relu or linear.

    Returns:
        All four steps; A2 holds for each example the probability of the label 1.

    Raises:
        SettingError: there is no such activation.
        ShapeError: parameters and data do not fit together (on nodes; on arrays it is NumPy's ValueError).
    """
    g = hidden_activation(activation)
    Z1 = W1 @ X + b1
    A1 = g(Z1)
    Z2 = W2 @ A1 + b2
    A2 = sigmoid(Z2)
    return TwoLayerForward(Z1, A1, Z2, A2)


def two_layer_cost(W1: Value, b1: Value, W2: Value, b2: Value, X: Value, Y: Value, activation: str = "tanh") -> Value:
    """The cross-entropy cost of the two-layer network, J = (1/m) Σ L.

    >>> import compgraph as cg
    >>> W1, b1, W2, b2 = np.ones((2, 1)), np.zeros((2, 1)), np.array([[1.0, -1.0]]), np.zeros((1, 1))
    >>> X, Y = np.array([[3.0]]), np.array([[1.0]])
    >>> J, (dW1, db1, dW2, db2) = cg.value_and_grad(two_layer_cost, argnums=(0, 1, 2, 3))(
    ...     W1, b1, W2, b2, X, Y, activation="relu"
    ... )
    >>> dW1
    array([[-1.5],
           [ 1.5]])
    >>> db2
    array([[-0.5]])

    Args:
        W1, b1, W2, b2: parameters (n_h, n_x), (n_h, 1), (n_y, n_h), (n_y, 1).
        X: examples (n_x, m), one a column.
        Y: labels in [0, 1], (n_y, m).
        activation: the hidden activation g: sigmoid, tanh, relu, leaky_relu or linear.

    Returns:
        A number. With several outputs their losses add up and the examples are averaged. The loss is computed from
        Z2, so that no digit is lost where A2 is close to 0 or 1.

    Raises:
        SettingError: there is no such activation.
        ShapeError: parameters and data do not fit together (on nodes; on arrays it is NumPy's ValueError).
    """
    Z2 = two_layer_forward(W1, b1, W2, b2, X, activation).Z2
    return np.sum(binary_cross_entropy_with_logits(Z2, Y)) / X.shape[1]
