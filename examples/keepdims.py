"""Why `keepdims=True`: a gradient has the shape of its parameter, and what happens where it has not.

python examples/keepdims.py
"""

from typing import Any

import numpy as np

import compgraph as cg
from compgraph.networks.initialise import random_two_layer
from compgraph.networks.two_layer import two_layer_cost

n_x, n_h, m = 3, 4, 5
rng = np.random.default_rng(0)
X, Y = rng.standard_normal((n_x, m)), np.array([[1.0, 0.0, 1.0, 1.0, 0.0]])
at = random_two_layer(n_x, n_h, seed=0, scale=1.0)._asdict()


def cost(W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    return two_layer_cost(W1, b1, W2, b2, X, Y)


# The engine: b1 is repeated over the m columns of Z1, and its gradient is summed over them again.
names = list(at)
gradients = cg.grad(cost, argnums=(0, 1, 2, 3))(*at.values())
for name, gradient in zip(names, gradients, strict=True):
    print(f"{name} {at[name].shape!s:7} d{name} {gradient.shape}")


# By hand, with keepdims forgotten in both sums.
def by_hand(W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    A1 = np.tanh(W1 @ X + b1)
    dZ2 = 1 / (1 + np.exp(-(W2 @ A1 + b2))) - Y
    dZ1 = W2.T @ dZ2 * (1 - A1**2)
    return {
        "dW1": dZ1 @ X.T / m,
        "db1": np.sum(dZ1, axis=1) / m,
        "dW2": dZ2 @ A1.T / m,
        "db2": np.sum(dZ2, axis=1) / m,
    }


print("\nkeepdims forgotten in db1 and db2")
print(cg.compare(cost, by_hand, at=at))

# Using it raises nothing: (4, 1) - (4,) is a table of all differences, and the parameter has grown.
grown = at["b1"] - 0.1 * by_hand(**at)["db1"]
print(f"\nb1 was {at['b1'].shape}; after one update with that db1 it is {grown.shape}")

# Z1 = W1 X + b1 then fails, in another line than the slip - unless there are as many examples as hidden units.
W1 = cg.Variable(at["W1"], name="W1")
try:
    W1 @ X + grown
except cg.CompgraphError as error:
    print(f"with m = {m} examples: {error}")
print(f"with m = {n_h} examples: no error, and a wrong Z1 of shape {(W1 @ X[:, :n_h] + grown).shape}")
