"""Costs of networks as people write them, to be compiled: hidden activations and losses of every kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import compgraph as cg

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "cg.sigmoid": cg.sigmoid,
    "relu": lambda z: np.maximum(z, 0.0),
    "cg.relu": cg.relu,
    "leaky relu": lambda z: np.where(z >= 0, z, 0.01 * z),
    "softplus": lambda z: np.logaddexp(0.0, z),
    "sine": np.sin,
}

LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    "cross-entropy": lambda z, y: -np.mean(y * np.log(sigma(z)) + (1 - y) * np.log(1 - sigma(z))),
    "summed": lambda z, y: -np.sum(y * np.log(sigma(z)) + (1 - y) * np.log(1 - sigma(z))) / y.shape[-1],
    "squares": lambda z, y: np.sum((z - y) ** 2) / (2 * y.shape[-1]),
    "with logits": lambda z, y: np.mean(cg.binary_cross_entropy_with_logits(z, y)),
    "cg.binary": lambda z, y: np.mean(cg.binary_cross_entropy(cg.sigmoid(z), y)),
    "softmax": lambda z, y: np.mean(np.sum(cg.logsumexp(z, axis=0, keepdims=True) / y.shape[0] - z * y, axis=0)),
}


def sigma(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


class Network(NamedTuple):
    """A cost of four parameters, and a function that draws them."""

    cost: Callable[..., Any]
    parameters: Callable[[int], tuple[Any, ...]]
    X: Any
    Y: Any


def network(activation: str, loss: str, sizes: tuple[int, int, int], m: int, dtype: Any = np.float64) -> Network:
    n_x, n_h, n_y = sizes
    rng = np.random.default_rng(n_x * 1000 + n_h * 100 + n_y * 10 + m)
    X = rng.normal(size=(n_x, m)).astype(dtype)
    Y = (rng.random((n_y, m)) < 0.5).astype(dtype)
    g, L = ACTIVATIONS[activation], LOSSES[loss]

    def cost(W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
        Z1 = W1 @ X + b1
        A1 = g(Z1)
        Z2 = W2 @ A1 + b2
        return L(Z2, Y)

    def parameters(seed: int) -> tuple[Any, ...]:
        draw = np.random.default_rng(seed)
        shapes = ((n_h, n_x), (n_h, 1), (n_y, n_h), (n_y, 1))
        return tuple((0.5 * draw.normal(size=shape)).astype(dtype) for shape in shapes)

    return Network(cost, parameters, X, Y)
