"""Why hidden units need an activation: linear layers one after the other are one linear layer.

python examples/linear_layers_collapse.py
"""

from typing import Any

import numpy as np

import compgraph as cg
from compgraph.networks.deep import deep_cost, deep_forward
from compgraph.networks.initialise import random_layers, random_two_layer
from compgraph.networks.training import train
from compgraph.networks.two_layer import two_layer_forward

# Five layers with the identity between them: W5(W4(W3(W2(W1 X + b1) + b2) + b3) + b4) + b5.
rng = np.random.default_rng(0)
X = rng.standard_normal((3, 50))
Y = (X[:1] * X[1:2] > 0).astype(float)
W, b = random_layers([3, 6, 5, 4, 2, 1], seed=0, scale=1.0)
b = [rng.standard_normal(v.shape) for v in b]
linear = ["linear"] * 4

W_one, b_one = np.eye(3), np.zeros((3, 1))
for W_l, b_l in zip(W, b, strict=True):
    W_one, b_one = W_l @ W_one, W_l @ b_one + b_l

Z_deep = deep_forward(W, b, X, linear).Z[-1]
Z_one = W_one @ X + b_one
parameters = sum(v.size for v in (*W, *b))
print(f"five linear layers, {parameters} parameters; the one layer they are, {W_one.size + b_one.size} parameters")
print(f"same outputs: {np.allclose(Z_deep, Z_one)}")


# The gradients say so too. By the chain rule dJ/dW_l = Uᵀ (dJ/dW_one) Vᵀ + Uᵀ (dJ/db_one) cᵀ, where U is what comes
# after the layer, V and c what comes before. For the first layer V is the identity and c is zero.
def one_layer(W: Any, b: Any) -> Any:
    return np.sum(cg.binary_cross_entropy_with_logits(W @ X + b, Y)) / X.shape[1]


dW_one = cg.grad(one_layer)(W_one, b_one)
first = cg.grad(lambda W1: deep_cost([W1, *W[1:]], b, X, Y, linear))(W[0])
U = W[4] @ W[3] @ W[2] @ W[1]
print(f"dW1 of the deep network is Uᵀ dW of the one layer: {np.allclose(first, U.T @ dW_one)}")

# What that costs: exclusive or, learned with and without an activation.
X2, Y2 = np.array([[0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0]]), np.array([[0.0, 1.0, 1.0, 0.0]])
for activation in ("linear", "tanh"):
    start = random_two_layer(2, 4, seed=0, scale=1.0)
    trained, costs, _ = train(start, X2, Y2, activation=activation, rate=0.5, epochs=1500)
    A2 = two_layer_forward(*trained, X2, activation).A2
    print(f"exclusive or with {activation:6} hidden units: cost {costs[-1]:.4f}, A2 = {A2.round(2)[0] + 0.0}")
