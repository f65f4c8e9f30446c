"""The reverse pass of a two-layer network in matrix form, step by step, beside what the engine finds.

python examples/two_layer_backward.py
python examples/two_layer_backward.py --out two_layer.svg     (or .png, .dot)

The numbers are small enough to follow on paper: Z2 is 0 for each of the four examples, so that A2 is 1/2.
"""

import argparse

import numpy as np

import compgraph as cg

parser = argparse.ArgumentParser(description="the reverse pass of a two-layer network, step by step")
parser.add_argument("--out", metavar="FILE", help="write the picture here: .svg, .png or .dot")
arguments = parser.parse_args()

X = np.array([[1.0, 2.0, 0.0, 2.5], [3.0, 1.0, 3.0, -1.0]])  # a column is an example
Y = np.array([[0.0, 1.0, 0.0, 0.0]])
m = X.shape[1]

# The graph.
W1, b1, W2, b2 = cg.variables(
    W1=[[2.0, -1.0], [0.0, 1.0]],
    b1=[[0.0], [1.0]],
    W2=[[2.0, 3.0]],
    b2=[[-12.0]],
)
Z1 = W1 @ X + b1
A1 = cg.relu(Z1)
Z2 = W2 @ A1 + b2
J = np.sum(cg.binary_cross_entropy_with_logits(Z2, Y)) / m
J.backward()

# The same by hand, from right to left. These dZ are derivatives of the summed loss: 1/m comes with the parameters.
A2 = 1 / (1 + np.exp(-Z2.value))
dZ2 = A2 - Y
dW2 = dZ2 @ A1.value.T / m
db2 = np.sum(dZ2, axis=1, keepdims=True) / m
dA1 = W2.value.T @ dZ2
dZ1 = dA1 * (Z1.value >= 0)
dW1 = dZ1 @ X.T / m
db1 = np.sum(dZ1, axis=1, keepdims=True) / m

print(f"J = {J.value:.6f} (log 2), m = {m}\n")
for name, by_hand, node in (
    ("dZ2 = A2 - Y", dZ2, Z2),
    ("dW2 = dZ2 A1ᵀ / m", dW2, W2),
    ("db2 = Σ dZ2 / m", db2, b2),
    ("dA1 = W2ᵀ dZ2", dA1, A1),
    ("dZ1 = dA1 * relu'(Z1)", dZ1, Z1),
    ("dW1 = dZ1 Xᵀ / m", dW1, W1),
    ("db1 = Σ dZ1 / m", db1, b1),
):
    relation = "the same" if np.array_equal(by_hand, node.grad) else "m times the engine's"
    assert relation == "the same" or np.array_equal(by_hand, m * node.grad)
    print(f"{name:21}  {by_hand.tolist()}")
    print(f"{'':21}  engine: {node.grad.tolist()}: {relation}")

if arguments.out:
    cg.render(J, arguments.out, direction="TB")
    print(f"\npicture written to {arguments.out}")
