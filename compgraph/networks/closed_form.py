"""The gradients a person derives by hand, written in NumPy: logistic regression, two layers, L layers.

Nothing here knows the engine, and the engine knows nothing of this module; that is what makes a comparison of the two
honest. A column is an example: ``X`` is (n_x, m), ``W[l]`` is (n_l, n_{l-1}), ``b[l]`` is (n_l, 1), ``Y`` is (n_y, m).
All functions expect floating arrays of one dtype and answer in it (float32 stays float32).

``dZ2`` and its like are derivatives of the *summed* loss, as the course writes them; the 1/m enters with the
parameters, ``dW2 = (1/m) dZ2 A1ᵀ``. The derivative of the cost J itself with respect to Z2 is dZ2 / m.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ACTIVATIONS",
    "DERIVATIVES",
    "Deep",
    "DeepForward",
    "Logistic",
    "TwoLayer",
    "TwoLayerForward",
    "cross_entropy",
    "deep_by_delta",
    "deep_element_by_element",
    "deep_forward",
    "leaky_relu",
    "leaky_relu_derivative",
    "linear",
    "linear_derivative",
    "logistic",
    "logistic_loop",
    "logistic_one_example",
    "relu",
    "relu_derivative",
    "sigmoid",
    "sigmoid_derivative",
    "tanh",
    "tanh_derivative",
    "two_layer",
    "two_layer_forward",
]

Array: TypeAlias = NDArray[np.floating[Any]]
Scalar: TypeAlias = float | np.floating[Any]


# ---------------------------------------------------------------------------------------------------- activations


def sigmoid(Z: Array) -> Array:
    """The logistic function σ(z) = 1/(1 + e^{-z}), exact to rounding for every z.

    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])

    The exponent is never positive, so nothing overflows: for z < 0 the same number is e^z/(1 + e^z).
    """
    A: Array = np.exp(np.minimum(Z, 0)) / (1 + np.exp(-np.abs(Z)))
    return A


def sigmoid_derivative(Z: Array) -> Array:
    """σ'(z) = a(1 - a): 1/4 at zero, vanishing far out.

    >>> sigmoid_derivative(np.array([0.0, 50.0]))
    array([0.25, 0.  ])
    """
    A = sigmoid(Z)
    return A * (1 - A)


def tanh(Z: Array) -> Array:
    """The hyperbolic tangent.

    >>> tanh(np.array([0.0, 50.0]))
    array([0., 1.])
    """
    A: Array = np.tanh(Z)
    return A


def tanh_derivative(Z: Array) -> Array:
    """tanh'(z) = 1 - a²: 1 at zero, vanishing far out.

    >>> tanh_derivative(np.array([0.0, 50.0]))
    array([1., 0.])
    """
    A: Array = np.tanh(Z)
    return 1 - A * A


def relu(Z: Array) -> Array:
    """max(0, z).

    >>> relu(np.array([-2.0, 0.0, 3.0]))
    array([0., 0., 3.])
    """
    A: Array = np.maximum(Z, 0)
    return A


def relu_derivative(Z: Array) -> Array:
    """0 for z < 0 and 1 for z >= 0: the course's convention at the kink.

    >>> relu_derivative(np.array([-2.0, 0.0, 3.0]))
    array([0., 1., 1.])
    """
    return (Z >= 0).astype(Z.dtype)


def leaky_relu(Z: Array) -> Array:
    """max(0.01 z, z).

    >>> leaky_relu(np.array([-2.0, 0.0, 3.0]))
    array([-0.02,  0.  ,  3.  ])
    """
    A: Array = np.maximum(0.01 * Z, Z)
    return A


def leaky_relu_derivative(Z: Array) -> Array:
    """0.01 for z < 0 and 1 for z >= 0: the course's convention at the kink.

    >>> leaky_relu_derivative(np.array([-2.0, 0.0, 3.0]))
    array([0.01, 1.  , 1.  ])
    """
    return np.where(Z >= 0, 1, 0.01).astype(Z.dtype)


def linear(Z: Array) -> Array:
    """The identity g(z) = z.

    >>> linear(np.array([-2.0, 3.0]))
    array([-2.,  3.])
    """
    return Z


def linear_derivative(Z: Array) -> Array:
    """1 everywhere.

    >>> linear_derivative(np.array([-2.0, 3.0]))
    array([1., 1.])
    """
    return np.ones_like(Z)


ACTIVATIONS: Mapping[str, Callable[[Array], Array]] = {
    "sigmoid": sigmoid,
    "tanh": tanh,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "linear": linear,
}
"""The hidden activations g by name."""

DERIVATIVES: Mapping[str, Callable[[Array], Array]] = {
    "sigmoid": sigmoid_derivative,
    "tanh": tanh_derivative,
    "relu": relu_derivative,
    "leaky_relu": leaky_relu_derivative,
    "linear": linear_derivative,
}
"""Their derivatives g', as functions of Z."""


# ----------------------------------------------------------------------------------------------------------- cost


def cross_entropy(Z: Array, Y: Array) -> Array:
    """The loss -(y log σ(z) + (1-y) log(1 - σ(z))) of each element, from z and not from σ(z).

    >>> cross_entropy(np.array([0.0, 50.0, -1000.0]), np.array([1.0, 0.0, 1.0]))
    array([6.93147181e-01, 5.00000000e+01, 1.00000000e+03])

    Written max(z, 0) - z y + log(1 + e^{-|z|}), which neither overflows nor takes the logarithm of zero.
    """
    L: Array = np.maximum(Z, 0) - Z * Y + np.log1p(np.exp(-np.abs(Z)))
    return L


# --------------------------------------------------------------------------------------------- logistic regression


class Logistic(NamedTuple):
    """The cost of logistic regression and its derivatives: ``dw`` is (n_x, 1), ``db`` a number."""

    cost: Scalar
    dw: Array
    db: Scalar


def logistic_one_example(w: Array, b: Scalar, x: Array, y: Scalar) -> Logistic:
    """The loss of one example and its derivatives: dz = a - y, dw_j = x_j dz, db = dz.

    >>> w, x = np.array([[1.0], [2.0]]), np.array([[3.0], [-1.5]])
    >>> logistic_one_example(w, 0.0, x, 1.0).dw
    array([[-1.5 ],
           [ 0.75]])

    ``w`` and ``x`` are (n_x, 1), ``b`` and ``y`` numbers.
    """
    z = np.dot(w.T, x)[0, 0] + b
    dz = sigmoid(z) - y
    return Logistic(cross_entropy(z, y), x * dz, dz)  # type: ignore[arg-type]


def logistic_loop(w: Array, b: Scalar, X: Array, Y: Array) -> Logistic:
    """The cost over m examples and its derivatives, one example after the other.

    >>> X, Y = np.array([[3.0, 1.0], [-1.5, -0.5]]), np.array([[1.0, 0.0]])
    >>> logistic_loop(np.array([[1.0], [2.0]]), 0.0, X, Y).dw
    array([[-0.5 ],
           [ 0.25]])

    Every sum grows with ``+=``: J, each dw_j and db. ``X`` is (n_x, m), ``Y`` is (1, m).
    """
    m = X.shape[1]
    J, dw, db = X.dtype.type(0), np.zeros_like(w), X.dtype.type(0)
    for i in range(m):
        loss, dw_i, db_i = logistic_one_example(w, b, X[:, i : i + 1], Y[0, i])
        J += loss
        dw += dw_i
        db += db_i
    return Logistic(J / m, dw / m, db / m)


def logistic(w: Array, b: Scalar, X: Array, Y: Array) -> Logistic:
    """The cost over m examples and its derivatives, vectorised: dZ = A - Y, dw = (1/m) X dZᵀ, db = (1/m) Σ dZ.

    >>> X, Y = np.array([[3.0, 1.0], [-1.5, -0.5]]), np.array([[1.0, 0.0]])
    >>> logistic(np.array([[1.0], [2.0]]), 0.0, X, Y).dw
    array([[-0.5 ],
           [ 0.25]])

    ``w`` is (n_x, 1), ``b`` a number, ``X`` (n_x, m), ``Y`` (1, m).
    """
    m = X.shape[1]
    Z = np.dot(w.T, X) + b
    A = sigmoid(Z)
    J = np.sum(cross_entropy(Z, Y)) / m
    dZ = A - Y
    dw = np.dot(X, dZ.T) / m
    db = np.sum(dZ) / m
    return Logistic(J, dw, db)


# ------------------------------------------------------------------------------------------------------ two layers


class TwoLayerForward(NamedTuple):
    """What the two-layer network computes on its way: Z1, A1 are (n_h, m), Z2, A2 are (n_y, m)."""

    Z1: Array
    A1: Array
    Z2: Array
    A2: Array


class TwoLayer(NamedTuple):
    """The cost of the two-layer network and its derivatives, each of its parameter's shape."""

    cost: Scalar
    dW1: Array
    db1: Array
    dW2: Array
    db2: Array


def two_layer_forward(W1: Array, b1: Array, W2: Array, b2: Array, X: Array, activation: str) -> TwoLayerForward:
    """Z1 = W1 X + b1, A1 = g(Z1), Z2 = W2 A1 + b2, A2 = σ(Z2).

    >>> W1, b1, W2, b2 = np.ones((2, 1)), np.zeros((2, 1)), np.array([[1.0, -1.0]]), np.zeros((1, 1))
    >>> two_layer_forward(W1, b1, W2, b2, np.array([[3.0]]), "relu").A2
    array([[0.5]])

    ``activation`` names g, a key of ``ACTIVATIONS``.
    """
    Z1 = np.dot(W1, X) + b1
    A1 = ACTIVATIONS[activation](Z1)
    Z2 = np.dot(W2, A1) + b2
    A2 = sigmoid(Z2)
    return TwoLayerForward(Z1, A1, Z2, A2)


def two_layer(W1: Array, b1: Array, W2: Array, b2: Array, X: Array, Y: Array, activation: str) -> TwoLayer:
    """The cost of the two-layer network and dW1, db1, dW2, db2, with hidden activation g and σ, cross-entropy out.

    >>> W1, b1, W2, b2 = np.ones((2, 1)), np.zeros((2, 1)), np.array([[1.0, -1.0]]), np.zeros((1, 1))
    >>> derivatives = two_layer(W1, b1, W2, b2, np.array([[3.0]]), np.array([[1.0]]), "relu")
    >>> derivatives.dW1
    array([[-1.5],
           [ 1.5]])
    >>> derivatives.db2
    array([[-0.5]])

    ``W1`` is (n_h, n_x), ``b1`` (n_h, 1), ``W2`` (n_y, n_h), ``b2`` (n_y, 1), ``X`` (n_x, m), ``Y`` (n_y, m).
    With several outputs the cost adds their losses and averages over the examples.
    """
    m = X.shape[1]
    Z1, A1, Z2, A2 = two_layer_forward(W1, b1, W2, b2, X, activation)
    J = np.sum(cross_entropy(Z2, Y)) / m
    dZ2 = A2 - Y
    dW2 = np.dot(dZ2, A1.T) / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = np.dot(W2.T, dZ2) * DERIVATIVES[activation](Z1)
    dW1 = np.dot(dZ1, X.T) / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return TwoLayer(J, dW1, db1, dW2, db2)


# -------------------------------------------------------------------------------------------------------- L layers


class DeepForward(NamedTuple):
    """What a network of L layers computes on its way: ``Z[l]`` and ``A[l]`` of layers 1 to L, ``A[0]`` being X."""

    Z: list[Array]
    A: list[Array]


class Deep(NamedTuple):
    """The cost of a network of L layers and its derivatives: ``dW[l]`` and ``db[l]``, first layer first."""

    cost: Scalar
    dW: list[Array]
    db: list[Array]


def deep_forward(W: Sequence[Array], b: Sequence[Array], X: Array, activations: Sequence[str]) -> DeepForward:
    """Z[l] = W[l] A[l-1] + b[l] and A[l] = g[l](Z[l]) for every layer; the last activation is σ.

    >>> W, b = [np.array([[2.0]]), np.array([[1.0]])], [np.zeros((1, 1)), np.array([[-6.0]])]
    >>> deep_forward(W, b, np.array([[3.0]]), ["linear"]).A[-1]
    array([[0.5]])

    ``activations`` names one g for each hidden layer, so it is one shorter than ``W``. ``Z`` in the answer starts at
    layer 1, ``A`` at layer 0 (the data).
    """
    Z: list[Array] = []
    A: list[Array] = [X]
    for W_l, b_l, activation in zip(W, b, [*activations, "sigmoid"], strict=True):
        Z.append(np.dot(W_l, A[-1]) + b_l)
        A.append(ACTIVATIONS[activation](Z[-1]))
    return DeepForward(Z, A)


def deep_by_delta(W: Sequence[Array], b: Sequence[Array], X: Array, Y: Array, activations: Sequence[str]) -> Deep:
    """The cost of a network of L layers and its derivatives by the delta recursion, all examples at once.

    >>> W, b = [np.array([[2.0]]), np.array([[1.0]])], [np.zeros((1, 1)), np.array([[-6.0]])]
    >>> deep_by_delta(W, b, np.array([[3.0]]), np.array([[1.0]]), ["linear"]).dW
    [array([[-1.5]]), array([[-3.]])]

    δ[L] = A[L] - Y; δ[l] = W[l+1]ᵀ δ[l+1] * g'(Z[l]); dW[l] = (1/m) δ[l] A[l-1]ᵀ; db[l] = (1/m) Σ δ[l].
    """
    m = X.shape[1]
    Z, A = deep_forward(W, b, X, activations)
    J = np.sum(cross_entropy(Z[-1], Y)) / m
    dW: list[Array] = []
    db: list[Array] = []
    delta = A[-1] - Y
    for layer in reversed(range(len(W))):
        dW.append(np.dot(delta, A[layer].T) / m)
        db.append(np.sum(delta, axis=1, keepdims=True) / m)
        if layer > 0:
            delta = np.dot(W[layer].T, delta) * DERIVATIVES[activations[layer - 1]](Z[layer - 1])
    return Deep(J, dW[::-1], db[::-1])


def deep_element_by_element(
    W: Sequence[Array], b: Sequence[Array], X: Array, Y: Array, activations: Sequence[str]
) -> Deep:
    """The same derivatives with an index for every number: ∂C/∂w_ij = δ_i a_j, ∂C/∂b_i = δ_i, summed over examples.

    >>> W, b = [np.array([[2.0]]), np.array([[1.0]])], [np.zeros((1, 1)), np.array([[-6.0]])]
    >>> deep_element_by_element(W, b, np.array([[3.0]]), np.array([[1.0]]), ["linear"]).dW
    [array([[-1.5]]), array([[-3.]])]

    Python loops over examples, layers, rows and columns: slow, and as close to the written derivation as code comes.
    """
    m = X.shape[1]
    names = [*activations, "sigmoid"]
    J = X.dtype.type(0)
    dW = [np.zeros_like(W_l) for W_l in W]
    db = [np.zeros_like(b_l) for b_l in b]
    for example in range(m):
        y = Y[:, example]
        a: list[Array] = [X[:, example]]
        z: list[Array] = []
        for W_l, b_l, name in zip(W, b, names, strict=True):
            z_l: Array = b_l[:, 0].copy()
            for i in range(W_l.shape[0]):
                for j in range(W_l.shape[1]):
                    z_l[i] += W_l[i, j] * a[-1][j]
            z.append(z_l)
            a.append(ACTIVATIONS[name](z_l))

        for z_i, y_i in zip(z[-1], y, strict=True):
            J += cross_entropy(z_i, y_i) / m

        delta: Array = a[-1] - y
        for layer in reversed(range(len(W))):
            for i in range(W[layer].shape[0]):
                db[layer][i, 0] += delta[i] / m
                for j in range(W[layer].shape[1]):
                    dW[layer][i, j] += delta[i] * a[layer][j] / m
            if layer > 0:
                slope = DERIVATIVES[names[layer - 1]](z[layer - 1])
                below: Array = np.zeros_like(z[layer - 1])
                for j in range(W[layer].shape[1]):
                    for i in range(W[layer].shape[0]):
                        below[j] += W[layer][i, j] * delta[i]
                    below[j] *= slope[j]
                delta = below
    return Deep(J, dW, db)
