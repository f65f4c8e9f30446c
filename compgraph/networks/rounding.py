"""How far two correct computations of the same cost and gradients can lie apart through rounding alone.

A gradient from the engine and one derived by hand add the same products in another order, and each step of either
rounds. The allowance for that is derived here once, so that no comparison needs a tolerance somebody guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from compgraph.networks import closed_form

__all__ = ["Tolerances", "rounding_tolerances"]

Array: TypeAlias = NDArray[np.floating[Any]]

ULPS = 4
"""NumPy's exp, tanh and log1p are within 4 units in the last place (its own bound for the vectorised loops)."""

STEEPEST = {"sigmoid": 0.25, "tanh": 1.0, "relu": 1.0, "leaky_relu": 1.0, "linear": 1.0}
"""The largest |g'|: an error in z is at most so many times as large in g(z)."""

OPERATIONS = {"sigmoid": ULPS + 3, "tanh": ULPS, "relu": 0, "leaky_relu": 2, "linear": 0}
"""How many times g itself rounds, in units in the last place."""

JUMP = {"relu": 1.0, "leaky_relu": 0.99}
"""By how much g' jumps at z = 0, where two computations may round to different sides."""


class Tolerances(NamedTuple):
    """The largest difference that rounding explains, for the cost and for every element of each dW[l] and db[l]."""

    cost: float
    dW: list[Array]
    db: list[Array]


def rounding_tolerances(
    W: Sequence[Array], b: Sequence[Array], X: Array, Y: Array, activations: Sequence[str]
) -> Tolerances:
    """The largest difference that rounding can make between two correct computations of a network's gradients.

    >>> W, b = [np.array([[2.0]]), np.array([[1.0]])], [np.zeros((1, 1)), np.array([[-6.0]])]
    >>> X, Y = np.array([[0.3]]), np.array([[1.0]])
    >>> allowed = rounding_tolerances(W, b, X, Y, ["tanh"])
    >>> print(f"{allowed.dW[0].item():.0e}")
    3e-15

    A running error analysis: each quantity q of the closed form carries a bound e on its absolute error. With eps the
    spacing of the dtype at 1, every step adds (number of its roundings) · eps · (the same step on absolute values):

    - Z = W A + b, n columns:  e = ``|W| e_A + (n + 2) eps (|W||A| + |b|)``, whatever the order of the sum
    - A = g(Z):                e = ``max|g'| e_Z + (ULPS + 3) eps |A|``
    - σ' = A(1 - A) or σ(z)σ(-z): e = ``e_A (1 + e_A) + (ULPS + 4) eps |A|(1 + |A|)``
    - tanh' = 1 - A²:          e = ``e_A (2|A| + e_A) + 3 eps (1 + A²)``
    - relu', leaky_relu':      e = the whole jump where ``|Z| <= 2 e_Z``, zero elsewhere
    - a product p·q:           e = ``|p| e_q + |q| e_p + e_p e_q + eps |p q|``

    and so on down to dW and db; the tolerance is twice e, since either side may be off by it. Sums of whole numbers
    below 1/eps are exact in any order, so there e is zero: a z of exactly 0 before a relu gets no allowance. Products
    that underflow lose at most the smallest normal number each, which is added.

    Args:
        W, b, X, Y, activations: as for ``closed_form.deep_by_delta``. A two-layer network is ``[W1, W2], [b1, b2]``
            with one activation, logistic regression ``[w.T], [b]`` with none. Their dtype is that of the computation.

    Returns:
        ``Tolerances`` with arrays of the parameters' shapes, in float64.

    Source: N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., 2002, sections 3.1 and 3.3.
    """
    eps, tiny = float(np.finfo(W[0].dtype).eps), float(np.finfo(W[0].dtype).tiny)
    W, b = [W_l.astype(np.float64) for W_l in W], [b_l.astype(np.float64) for b_l in b]
    X, Y = X.astype(np.float64), Y.astype(np.float64)
    m = X.shape[1]

    A, error_A = [X], [np.zeros_like(X)]
    D: list[Array] = []
    error_D: list[Array] = []
    for W_l, b_l, name in zip(W, b, [*activations, "sigmoid"], strict=True):
        Z, error_Z = _affine(W_l, b_l, A[-1], error_A[-1], eps, tiny)
        A.append(closed_form.ACTIVATIONS[name](Z))
        error_A.append(STEEPEST[name] * error_Z + OPERATIONS[name] * (eps * np.abs(A[-1]) + tiny))
        D.append(closed_form.DERIVATIVES[name](Z))
        error_D.append(_slope_error(name, Z, error_Z, A[-1], error_A[-1], eps))

    # dL/dz = a - y lies between -1 and 1 for labels, within 1 + |y| for any y.
    terms = np.maximum(Z, 0) + np.abs(Z * Y) + np.log1p(np.exp(-np.abs(Z)))
    error_L = (1 + np.abs(Y)) * error_Z + (ULPS + 3) * eps * (terms + 1)
    cost = float(np.sum(error_L + (Y.size + 3) * eps * terms)) / m

    dW: list[Array] = []
    db: list[Array] = []
    delta = A[-1] - Y
    error = error_A[-1] + eps * (np.abs(A[-1]) + np.abs(Y))
    for layer in reversed(range(len(W))):
        size = np.abs(delta) + error
        a, error_a = np.abs(A[layer]), error_A[layer]
        rounding = (m + 3) * (eps * np.dot(size, (a + error_a).T) + tiny)
        dW.append((np.dot(size, error_a.T) + np.dot(error, a.T) + rounding) / m)
        db.append((np.sum(error + (m + 3) * (eps * size + tiny), axis=1, keepdims=True)) / m)
        if layer > 0:
            w = np.abs(W[layer].T)
            dA = np.abs(np.dot(W[layer].T, delta))
            error_dA = np.dot(w, error) + (w.shape[1] + 3) * (eps * np.dot(w, size) + tiny)
            slope, error_slope = np.abs(D[layer - 1]), error_D[layer - 1]
            error = (dA + error_dA) * error_slope + slope * error_dA + eps * dA * slope + tiny
            delta = np.dot(W[layer].T, delta) * D[layer - 1]
    return Tolerances(2 * cost, [2 * e for e in dW[::-1]], [2 * e for e in db[::-1]])


def _affine(W: Array, b: Array, A: Array, error_A: Array, eps: float, tiny: float) -> tuple[Array, Array]:
    """W A + b and the bound on its error, which is zero where the sum is one of exact whole numbers."""
    size = np.dot(np.abs(W), np.abs(A)) + np.abs(b)
    inherited = np.dot(np.abs(W), error_A)
    whole_rows = np.all(np.rint(W) == W, axis=1, keepdims=True) & (np.rint(b) == b)
    whole_columns = np.all(np.rint(A) == A, axis=0, keepdims=True)
    exact = whole_rows & whole_columns & (size < 1 / eps) & (inherited == 0)
    error = inherited + (W.shape[1] + 2) * (eps * size + tiny)
    Z: Array = np.dot(W, A) + b
    return Z, np.where(exact, 0.0, error)


def _slope_error(name: str, Z: Array, error_Z: Array, A: Array, error_A: Array, eps: float) -> Array:
    """The bound on the error of g'(Z)."""
    undecided = (np.abs(Z) <= 2 * error_Z) & (error_Z > 0)
    error: Array = np.where(undecided, JUMP.get(name, 0.0), 0.0)
    if name == "sigmoid":
        error = error_A * (1 + error_A) + (ULPS + 4) * eps * np.abs(A) * (1 + np.abs(A))
    elif name == "tanh":
        error = error_A * (2 * np.abs(A) + error_A) + 3 * eps * (1 + A * A)
    return error
