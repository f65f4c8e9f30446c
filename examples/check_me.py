"""Hand-derived gradients declared with their costs, for `compgraph check` to find; one of them has a slip.

python examples/check_me.py

The same as: compgraph check examples/check_me.py

The annotations say which inputs to draw: a size that is named twice is the same, different names are different sizes.
"""

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray

import compgraph as cg

Column = Annotated[np.ndarray, "n_x 1"]
Examples = Annotated[np.ndarray, "n_x m"]  # a column is an example
Labels = Annotated[np.ndarray, "1 m", "labels"]  # zeros and ones


# Logistic regression. What the gradient names, dw and db, is differentiated; X and Y are data.
def logistic_cost(w: Column, b: float, X: Examples, Y: Labels) -> Any:
    Z = w.T @ X + b
    return np.mean(cg.binary_cross_entropy_with_logits(Z, Y))


@cg.gradient_of(logistic_cost)
def logistic_gradient(w: Any, b: Any, X: Any, Y: Any) -> Any:
    dZ = cg.sigmoid(w.T @ X + b) - Y
    return {"dw": X @ dZ.T / X.shape[1], "db": np.mean(dZ)}


# Two layers. The slip: the derivative of tanh is 1 - tanh², and the square is forgotten.
def two_layer_cost(
    W1: Annotated[np.ndarray, "n_h n_x"],
    b1: Annotated[np.ndarray, "n_h 1"],
    W2: Annotated[np.ndarray, "1 n_h"],
    b2: Annotated[np.ndarray, "1 1"],
    X: Examples,
    Y: Labels,
) -> Any:
    A1 = np.tanh(W1 @ X + b1)
    Z2 = W2 @ A1 + b2
    return np.mean(cg.binary_cross_entropy_with_logits(Z2, Y))


@cg.gradient_of(two_layer_cost)
def two_layer_gradient(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Any:
    m = X.shape[1]
    A1 = np.tanh(W1 @ X + b1)
    dZ2 = cg.sigmoid(W2 @ A1 + b2) - Y
    dZ1 = W2.T @ dZ2 * (1 - A1)
    return {
        "dW1": dZ1 @ X.T / m,
        "db1": np.sum(dZ1, axis=1, keepdims=True) / m,
        "dW2": dZ2 @ A1.T / m,
        "db2": np.sum(dZ2, axis=1, keepdims=True) / m,
    }


# In float32, with a penalty. Without names, what is returned belongs to the first arguments, in order: here to w.
def ridge_cost(
    w: Annotated[NDArray[np.float32], "n"],
    X: Annotated[NDArray[np.float32], "m n"],
    penalty: Annotated[float, "positive"],
) -> Any:
    return np.sum((X @ w) ** 2) / 2 + penalty * np.sum(w**2)


@cg.gradient_of(ridge_cost)
def ridge_gradient(w: Any, X: Any, penalty: Any) -> Any:
    return X.T @ (X @ w) + 2 * penalty * w


# What sizes and words cannot say, a function draws: here a symmetric matrix.
def gaussian_inputs(rng: np.random.Generator) -> dict[str, Any]:
    A = rng.standard_normal((4, 4))
    return {"mean": rng.standard_normal(4), "precision": A @ A.T, "x": rng.standard_normal((6, 4))}


def gaussian_cost(mean: Any, precision: Any, x: Any) -> Any:
    return np.sum((x - mean) @ precision * (x - mean)) / 2


@cg.gradient_of(gaussian_cost, inputs=gaussian_inputs)
def gaussian_gradient(mean: Any, precision: Any, x: Any) -> Any:
    return {"dmean": -precision @ np.sum(x - mean, axis=0)}


if __name__ == "__main__":
    from compgraph.cli import main

    main(["check", __file__])
