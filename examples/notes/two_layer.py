"""Two layers"""

from typing import Annotated, Any

import numpy as np

import compgraph as cg

Weights1 = Annotated[np.ndarray, "n_h n_x"]
Bias1 = Annotated[np.ndarray, "n_h 1"]
Weights2 = Annotated[np.ndarray, "n_y n_h"]
Bias2 = Annotated[np.ndarray, "n_y 1"]
Examples = Annotated[np.ndarray, "n_x m"]
Labels = Annotated[np.ndarray, "n_y m", "labels"]


def sigma(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


# Of each hidden activation A1 = g(Z1), and g'(Z1) written with what is at hand.
G: dict[str, Any] = {
    "sigmoid": (sigma, lambda Z1, A1: A1 * (1 - A1)),
    "tanh": (np.tanh, lambda Z1, A1: 1 - A1**2),
    "relu": (lambda Z1: np.maximum(0, Z1), lambda Z1, A1: np.where(Z1 < 0, 0.0, 1.0)),
    "leaky_relu": (lambda Z1: np.maximum(0.01 * Z1, Z1), lambda Z1, A1: np.where(Z1 < 0, 0.01, 1.0)),
    "linear": (lambda Z1: Z1, lambda Z1, A1: 1.0),
}


def cost(W1: Weights1, b1: Bias1, W2: Weights2, b2: Bias2, X: Examples, Y: Labels, activation: str = "tanh") -> Any:
    g, _ = G[activation]
    m = X.shape[1]
    Z1 = W1 @ X + b1
    A1 = g(Z1)
    Z2 = W2 @ A1 + b2
    A2 = sigma(Z2)
    return -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m


@cg.gradient_of(cost, inputs={"activation": "linear"})
@cg.gradient_of(cost, inputs={"activation": "leaky_relu"})
@cg.gradient_of(cost, inputs={"activation": "relu"})
@cg.gradient_of(cost, inputs={"activation": "tanh"})
@cg.gradient_of(cost, inputs={"activation": "sigmoid"})
def m_examples(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any, activation: Any) -> Any:
    """dZ2 = A2 - Y, dZ1 = W2ᵀ dZ2 * g'(Z1)"""
    g, g_prime = G[activation]
    m = X.shape[1]
    Z1 = W1 @ X + b1
    A1 = g(Z1)
    A2 = sigma(W2 @ A1 + b2)
    dZ2 = A2 - Y
    dW2 = (1 / m) * dZ2 @ A1.T
    db2 = (1 / m) * np.sum(dZ2, axis=1, keepdims=True)
    dZ1 = W2.T @ dZ2 * g_prime(Z1, A1)
    dW1 = (1 / m) * dZ1 @ X.T
    db1 = (1 / m) * np.sum(dZ1, axis=1, keepdims=True)
    return {"dZ2": dZ2, "dW2": dW2, "db2": db2, "dZ1": dZ1, "dW1": dW1, "db1": db1}


# Why do some have 1/m and some don't? Once it has to be, here or there.
@cg.gradient_of(cost)
def one_over_m_at_once(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Any:
    """dZ2 = (1/m) (A2 - Y), and no 1/m afterwards"""
    m = X.shape[1]
    A1 = np.tanh(W1 @ X + b1)
    A2 = sigma(W2 @ A1 + b2)
    dZ2 = (1 / m) * (A2 - Y)
    dZ1 = W2.T @ dZ2 * (1 - A1**2)
    return {
        "dZ2": dZ2,
        "dW2": dZ2 @ A1.T,
        "db2": np.sum(dZ2, axis=1, keepdims=True),
        "dZ1": dZ1,
        "dW1": dZ1 @ X.T,
        "db1": np.sum(dZ1, axis=1, keepdims=True),
    }


@cg.gradient_of(cost)
def slip_one_over_m_twice(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Any:
    """Slip: dZ2 = (1/m) (A2 - Y), and 1/m again"""
    m = X.shape[1]
    A1 = np.tanh(W1 @ X + b1)
    A2 = sigma(W2 @ A1 + b2)
    dZ2 = (1 / m) * (A2 - Y)
    dZ1 = W2.T @ dZ2 * (1 - A1**2)
    return {
        "dW2": (1 / m) * dZ2 @ A1.T,
        "db2": (1 / m) * np.sum(dZ2, axis=1, keepdims=True),
        "dW1": (1 / m) * dZ1 @ X.T,
        "db1": (1 / m) * np.sum(dZ1, axis=1, keepdims=True),
    }


@cg.gradient_of(cost)
def slip_no_one_over_m(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Any:
    """Slip: dZ2 = A2 - Y, and no 1/m afterwards"""
    A1 = np.tanh(W1 @ X + b1)
    A2 = sigma(W2 @ A1 + b2)
    dZ2 = A2 - Y
    dZ1 = W2.T @ dZ2 * (1 - A1**2)
    return {
        "dW2": dZ2 @ A1.T,
        "db2": np.sum(dZ2, axis=1, keepdims=True),
        "dW1": dZ1 @ X.T,
        "db1": np.sum(dZ1, axis=1, keepdims=True),
    }


@cg.gradient_of(cost)
def slip_keepdims(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Any:
    """Slip: db2 = (1/m) np.sum(dZ2, axis=1)"""
    m = X.shape[1]
    A1 = np.tanh(W1 @ X + b1)
    A2 = sigma(W2 @ A1 + b2)
    dZ2 = A2 - Y
    dZ1 = W2.T @ dZ2 * (1 - A1**2)
    return {
        "dW2": (1 / m) * dZ2 @ A1.T,
        "db2": (1 / m) * np.sum(dZ2, axis=1),
        "dW1": (1 / m) * dZ1 @ X.T,
        "db1": (1 / m) * np.sum(dZ1, axis=1),
    }


# One example: x and y are columns, and the formulas have no m.
def loss(
    W1: Weights1, b1: Bias1, W2: Weights2, b2: Bias2,
    x: Annotated[np.ndarray, "n_x 1"], y: Annotated[np.ndarray, "n_y 1", "labels"],
) -> Any:  # fmt: skip
    z1 = W1 @ x + b1
    a1 = np.tanh(z1)
    z2 = W2 @ a1 + b2
    a2 = sigma(z2)
    return -np.sum(y * np.log(a2) + (1 - y) * np.log(1 - a2))


@cg.gradient_of(loss)
def one_example(W1: Any, b1: Any, W2: Any, b2: Any, x: Any, y: Any) -> Any:
    """m = 1: dz2 = a2 - y, dW2 = dz2 a1ᵀ, db2 = dz2"""
    a1 = np.tanh(W1 @ x + b1)
    a2 = sigma(W2 @ a1 + b2)
    dz2 = a2 - y
    dz1 = W2.T @ dz2 * (1 - a1**2)
    return {"dz2": dz2, "dW2": dz2 @ a1.T, "db2": dz2, "dz1": dz1, "dW1": dz1 @ x.T, "db1": dz1}


# (3,) and (3, 3): b is not a column, (3, 1), but a row, (1, 3); it is repeated along axis 0.
def cost_of_a_row(b: Annotated[np.ndarray, "3"], Z: Annotated[np.ndarray, "3 3"]) -> Any:
    return np.sum((Z + b) ** 2) / 2


@cg.gradient_of(cost_of_a_row)
def as_a_row(b: Any, Z: Any) -> Any:
    """b (3,) + Z (3, 3): db = np.sum(dZ, axis=0)"""
    return {"db": np.sum(Z + b, axis=0)}


@cg.gradient_of(cost_of_a_row)
def slip_as_a_column(b: Any, Z: Any) -> Any:
    """Slip: b (3,) a column: db = np.sum(dZ, axis=1)"""
    return {"db": np.sum(Z + b, axis=1)}
