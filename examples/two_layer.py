"""A two-layer network on the Wisconsin breast cancer data: trained by the engine's gradients, checked three ways.

python examples/two_layer.py
"""

from pathlib import Path
from typing import Any

import numpy as np

import compgraph as cg
from compgraph.networks.csv_file import read_csv
from compgraph.networks.data import labelled_table, split
from compgraph.networks.standardise import scale_of, standardise

# Data: a column of X is an example. One row in five is held out; the scale is that of the training rows.
table = labelled_table(read_csv(Path(__file__).parent / "data" / "breast_cancer.csv"), target="diagnosis")
train, test = split(table, held_out=0.2, seed=0)
scale = scale_of(train.X)
X, Y = standardise(train.X, scale), train.Y
(n_x, m), n_h = X.shape, 4
print(f"{m} rows to train on, {test.m} held out; {n_x} features, {n_h} hidden units")


# The network, in plain NumPy: on arrays it computes, on nodes it builds the graph.
def scores(W1: Any, b1: Any, W2: Any, b2: Any, X: Any) -> Any:
    """Z2, of which σ makes the probability A2 of the label 1."""
    A1 = np.tanh(W1 @ X + b1)
    return W2 @ A1 + b2


def cost(W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    """J = (1/m) Σ L, the cross-entropy taken from Z2 and not from A2, which has lost digits near 0 and 1."""
    Z2 = scores(W1, b1, W2, b2, X)
    return np.sum(cg.binary_cross_entropy_with_logits(Z2, Y)) / m


# Its gradients as derived by hand.
def by_hand(W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    A1 = np.tanh(W1 @ X + b1)
    A2 = 1 / (1 + np.exp(-(W2 @ A1 + b2)))
    dZ2 = A2 - Y
    dW2 = dZ2 @ A1.T / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = W2.T @ dZ2 * (1 - A1**2)
    dW1 = dZ1 @ X.T / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return dW1, db1, dW2, db2


# Gradient descent: θ := θ - α dJ/dθ.
rng = np.random.default_rng(0)
start = (
    rng.standard_normal((n_h, n_x)) * 0.01,
    np.zeros((n_h, 1)),
    rng.standard_normal((1, n_h)) * 0.01,
    np.zeros((1, 1)),
)
parameters, rate, epochs = start, 0.5, 500
cost_and_gradients = cg.value_and_grad(cost, argnums=(0, 1, 2, 3))
for epoch in range(epochs + 1):
    J, (dW1, db1, dW2, db2) = cost_and_gradients(*parameters)
    if epoch % 100 == 0:
        print(f"epoch {epoch:3}: cost {J:.4f}")
    if epoch < epochs:
        W1, b1, W2, b2 = parameters
        parameters = (W1 - rate * dW1, b1 - rate * db1, W2 - rate * dW2, b2 - rate * db2)

answers = scores(*parameters, standardise(test.X, scale)) > 0  # σ(z) > 1/2
right = int(np.sum(answers == test.Y))
print(f"held-out accuracy {right / test.m:.1%} ({right} of {test.m})")

print("\nGradients at the initial parameters")
print(cg.compare(cost, by_hand, at=start))
print("\nGradients at the trained parameters")
print(cg.compare(cost, by_hand, at=parameters))
