"""Logistic regression as a graph: one example, a loop over m of them, and all at once.

Each function is plain NumPy code: given arrays it computes, given nodes it builds the graph.
"""

from __future__ import annotations

import numpy as np

from compgraph.networks.activations import Value
from compgraph.rules.activation import binary_cross_entropy_with_logits, sigmoid

__all__ = ["logistic_cost", "logistic_cost_loop", "logistic_loss", "logistic_probabilities"]


def logistic_loss(w: Value, b: Value, x: Value, y: Value) -> Value:
    """The loss of one example, L(σ(wᵀx + b), y).

    >>> import compgraph as cg
    >>> w, x = np.array([[1.0], [2.0]]), np.array([[3.0], [-1.5]])
    >>> loss, (dw, db) = cg.value_and_grad(logistic_loss, argnums=(0, 1))(w, 0.0, x, 1.0)
    >>> float(loss), dw, db
    (0.6931471805599453, array([[-1.5 ],
           [ 0.75]]), -0.5)

    Args:
        w: weights (n_x, 1).
        b: bias, a number.
        x: the example (n_x, 1).
        y: its label, a number in [0, 1].

    Returns:
        A number. Its derivatives are dz = a - y, dw = x dz, db = dz.
    """
    z = (w.T @ x)[0, 0] + b
    return binary_cross_entropy_with_logits(z, y)


def logistic_cost_loop(w: Value, b: Value, X: Value, Y: Value) -> Value:
    """The cost over m examples, (1/m) Σ L, one example after the other.

    >>> X, Y = np.array([[3.0, 1.0], [-1.5, -0.5]]), np.array([[1.0, 0.0]])
    >>> float(logistic_cost_loop(np.array([[1.0], [2.0]]), 0.0, X, Y))
    0.6931471805599453

    Args:
        w: weights (n_x, 1).
        b: bias, a number.
        X: examples (n_x, m), one a column.
        Y: labels (1, m).

    Returns:
        A number; the graph has some five nodes for every example.
    """
    m = X.shape[1]
    J = 0.0
    for i in range(m):
        J = J + logistic_loss(w, b, X[:, i : i + 1], Y[0, i])
    return J / m


def logistic_cost(w: Value, b: Value, X: Value, Y: Value) -> Value:
    """The cost over m examples, (1/m) Σ L, all of them at once: Z = wᵀX + b.

    >>> import compgraph as cg
    >>> X, Y = np.array([[3.0, 1.0], [-1.5, -0.5]]), np.array([[1.0, 0.0]])
    >>> cost, (dw, db) = cg.value_and_grad(logistic_cost, argnums=(0, 1))(np.array([[1.0], [2.0]]), 0.0, X, Y)
    >>> dw, db
    (array([[-0.5 ],
           [ 0.25]]), 0.0)

    Args:
        w: weights (n_x, 1).
        b: bias, a number.
        X: examples (n_x, m), one a column.
        Y: labels (1, m).

    Returns:
        A number. Its derivatives are dw = (1/m) X (A - Y)ᵀ and db = (1/m) Σ (A - Y).
    """
    Z = w.T @ X + b
    return np.sum(binary_cross_entropy_with_logits(Z, Y)) / X.shape[1]


def logistic_probabilities(w: Value, b: Value, X: Value) -> Value:
    """A = σ(wᵀX + b): for each example the probability of the label 1.

    >>> logistic_probabilities(np.array([[1.0], [2.0]]), 0.0, np.array([[3.0, 1000.0], [-1.5, 0.0]]))
    array([[0.5, 1. ]])

    Args:
        w: weights (n_x, 1).
        b: bias, a number.
        X: examples (n_x, m), one a column.

    Returns:
        (1, m).
    """
    return sigmoid(w.T @ X + b)
