"""L layers, by δ"""

from typing import Annotated, Any

import numpy as np

import compgraph as cg

Array = np.ndarray


def sigma(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


# L = 3 here, one example x = a^0, tanh in the hidden layers, σ and cross-entropy at the end.
def loss(
    W1: Annotated[Array, "n_1 n_0"], b1: Annotated[Array, "n_1 1"],
    W2: Annotated[Array, "n_2 n_1"], b2: Annotated[Array, "n_2 1"],
    W3: Annotated[Array, "n_3 n_2"], b3: Annotated[Array, "n_3 1"],
    x: Annotated[Array, "n_0 1"], y: Annotated[Array, "n_3 1", "labels"],
) -> Any:  # fmt: skip
    z1 = W1 @ x + b1
    z2 = W2 @ np.tanh(z1) + b2
    z3 = W3 @ np.tanh(z2) + b3
    a3 = sigma(z3)
    return -np.sum(y * np.log(a3) + (1 - y) * np.log(1 - a3))


def forward(W: Any, b: Any, x: Any) -> Any:
    """The a^l of all layers, the input x = a^0 among them."""
    a = {0: x}
    for layer in (1, 2, 3):
        z = W[layer] @ a[layer - 1] + b[layer]
        a[layer] = sigma(z) if layer == 3 else np.tanh(z)
    return a


@cg.gradient_of(loss)
def by_delta(W1: Any, b1: Any, W2: Any, b2: Any, W3: Any, b3: Any, x: Any, y: Any) -> Any:
    """δ^L = a^L - y, δ^l = W^{l+1}ᵀ δ^{l+1} * g'(z^l)"""
    a = forward({1: W1, 2: W2, 3: W3}, {1: b1, 2: b2, 3: b3}, x)
    delta3 = a[3] - y
    delta2 = W3.T @ delta3 * (1 - a[2] ** 2)
    delta1 = W2.T @ delta2 * (1 - a[1] ** 2)
    return {
        "dz3": delta3, "dW3": delta3 @ a[2].T, "db3": delta3,
        "dz2": delta2, "dW2": delta2 @ a[1].T, "db2": delta2,
        "dz1": delta1, "dW1": delta1 @ a[0].T, "db1": delta1,
    }  # fmt: skip


@cg.gradient_of(loss)
def by_grad_a(W1: Any, b1: Any, W2: Any, b2: Any, W3: Any, b3: Any, x: Any, y: Any) -> Any:
    """δ^L = ∇_a L * σ'(z^L)"""
    a = forward({1: W1, 2: W2, 3: W3}, {1: b1, 2: b2, 3: b3}, x)
    grad_a = -y / a[3] + (1 - y) / (1 - a[3])
    delta3 = grad_a * a[3] * (1 - a[3])
    return {"da3": grad_a, "dz3": delta3, "dW3": delta3 @ a[2].T, "db3": delta3}


@cg.gradient_of(loss)
def entry_by_entry(W1: Any, b1: Any, W2: Any, b2: Any, W3: Any, b3: Any, x: Any, y: Any) -> Any:
    """element by element: ∂L/∂w^l_ij = δ^l_i a^{l-1}_j"""
    W = {1: W1, 2: W2, 3: W3}
    a = forward(W, {1: b1, 2: b2, 3: b3}, x)
    dW = {layer: np.zeros_like(W[layer]) for layer in W}
    delta = {3: a[3] - y}
    for layer in (3, 2, 1):
        for i in range(W[layer].shape[0]):
            for j in range(W[layer].shape[1]):
                dW[layer][i, j] = delta[layer][i, 0] * a[layer - 1][j, 0]
        if layer > 1:
            delta[layer - 1] = W[layer].T @ delta[layer] * (1 - a[layer - 1] ** 2)
    return {"dW1": dW[1], "db1": delta[1], "dW2": dW[2], "db2": delta[2], "dW3": dW[3], "db3": delta[3]}


# Only linear activations: W2 (W1 X + b1) + b2 is U X + c with U = W2 W1 and c = W2 b1 + b2, which is one layer.
def linear_layers(
    W1: Annotated[Array, "n_1 n_0"], b1: Annotated[Array, "n_1 1"],
    W2: Annotated[Array, "n_2 n_1"], b2: Annotated[Array, "n_2 1"],
    X: Annotated[Array, "n_0 m"], Y: Annotated[Array, "n_2 m"],
) -> Any:  # fmt: skip
    A1 = W1 @ X + b1
    A2 = W2 @ A1 + b2
    return np.sum((A2 - Y) ** 2) / (2 * X.shape[1])


@cg.gradient_of(linear_layers)
def collapsed(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Any:
    """linear layers: A2 = U X + c, dU = (1/m) dZ Xᵀ"""
    m = X.shape[1]
    U, c = W2 @ W1, W2 @ b1 + b2
    dZ = U @ X + c - Y
    dU, dc = dZ @ X.T / m, np.sum(dZ, axis=1, keepdims=True) / m
    return {"dW1": W2.T @ dU, "db1": W2.T @ dc, "dW2": dU @ W1.T + dc @ b1.T, "db2": dc}
