"""A network to export: the data, the parameters and the cost."""

from __future__ import annotations

from typing import Any

import numpy as np

import compgraph as cg

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(3, 20)), (rng.uniform(size=(1, 20)) > 0.5) * 1.0
PARAMETERS = {
    "W1": rng.normal(size=(4, 3)),
    "b1": np.zeros((4, 1)),
    "W2": rng.normal(size=(1, 4)),
    "b2": np.zeros((1, 1)),
}


def cost(W1: Any, b1: Any, W2: Any, b2: Any, X: Any = X, Y: Any = Y) -> Any:
    A1 = np.tanh(W1 @ X + b1)
    A2 = cg.sigmoid(W2 @ A1 + b2)
    return -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))
