"""Logistic regression, m examples"""

from typing import Annotated, Any

import numpy as np

import compgraph as cg

Column = Annotated[np.ndarray, "n_x 1"]
Examples = Annotated[np.ndarray, "n_x m"]  # a column is an example
Labels = Annotated[np.ndarray, "1 m", "labels"]


def sigma(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def cost(w: Column, b: float, X: Examples, Y: Labels) -> Any:
    m = X.shape[1]
    Z = w.T @ X + b
    A = sigma(Z)
    L = -(Y * np.log(A) + (1 - Y) * np.log(1 - A))
    return np.sum(L) / m


@cg.gradient_of(cost)
def vectorised(w: Any, b: Any, X: Any, Y: Any) -> Any:
    """dZ = A - Y, dw = (1/m) X dZᵀ, db = (1/m) Σ dZ"""
    m = X.shape[1]
    dZ = sigma(w.T @ X + b) - Y
    return {"dZ": dZ, "dw": X @ dZ.T / m, "db": np.sum(dZ) / m}


@cg.gradient_of(cost)
def loop(w: Any, b: Any, X: Any, Y: Any) -> Any:
    """in a loop: dw += x dz, db += dz; at last, / m"""
    n_x, m = X.shape
    dw, db = np.zeros((n_x, 1)), 0.0
    for i in range(m):
        x, y = X[:, i : i + 1], Y[0, i]
        dz = sigma((w.T @ x)[0, 0] + b) - y
        dw = dw + x * dz
        db = db + dz
    return {"dw": dw / m, "db": db / m}


@cg.gradient_of(cost)
def slip_not_accumulated(w: Any, b: Any, X: Any, Y: Any) -> Any:
    """Slip: dw = x dz in the loop, not +="""
    n_x, m = X.shape
    dw, db = np.zeros((n_x, 1)), 0.0
    for i in range(m):
        x, y = X[:, i : i + 1], Y[0, i]
        dz = sigma((w.T @ x)[0, 0] + b) - y
        dw = x * dz
        db = db + dz
    return {"dw": dw / m, "db": db / m}


@cg.gradient_of(cost)
def slip_summed(w: Any, b: Any, X: Any, Y: Any) -> Any:
    """Slip: dw = np.sum(np.dot(X, dZ.T)) / m"""
    m = X.shape[1]
    dZ = sigma(w.T @ X + b) - Y
    return {"dw": np.sum(np.dot(X, dZ.T)) / m, "db": np.sum(dZ) / m}


@cg.gradient_of(cost)
def slip_sigma_prime(w: Any, b: Any, X: Any, Y: Any) -> Any:
    """Slip: dZ = A(1 - A)"""
    m = X.shape[1]
    A = sigma(w.T @ X + b)
    dZ = A * (1 - A)
    return {"dZ": dZ, "dw": X @ dZ.T / m, "db": np.sum(dZ) / m}


@cg.gradient_of(cost)
def slip_minus_in_sigma(w: Any, b: Any, X: Any, Y: Any) -> Any:
    """Slip: σ(z) = 1 / (1 - np.exp(-z))"""
    m = X.shape[1]
    A = 1 / (1 - np.exp(-(w.T @ X + b)))
    dZ = A - Y
    return {"dw": X @ dZ.T / m, "db": np.sum(dZ) / m}


@cg.gradient_of(cost)
def slip_no_one_in_sigma(w: Any, b: Any, X: Any, Y: Any) -> Any:
    """Slip: σ(z) = 1 / np.exp(-z)"""
    m = X.shape[1]
    A = 1 / np.exp(-(w.T @ X + b))
    dZ = A - Y
    return {"dw": X @ dZ.T / m, "db": np.sum(dZ) / m}


# The slip is in the cost: the loss has its minus already. What is differentiated is the cost as it is written.
def cost_with_a_minus(w: Column, b: float, X: Examples, Y: Labels) -> Any:
    return -cost(w, b, X, Y)


@cg.gradient_of(cost_with_a_minus)
def slip_minus_in_cost(w: Any, b: Any, X: Any, Y: Any) -> Any:
    """Slip: J = -(1/m) Σ L, and dZ = A - Y"""
    m = X.shape[1]
    dZ = sigma(w.T @ X + b) - Y
    return {"dw": X @ dZ.T / m, "db": np.sum(dZ) / m}
