"""Logistic regression: one example, a loop over m examples, all at once - by hand and as a graph.

python examples/logistic.py
"""

from typing import Any

import numpy as np

import compgraph as cg

rng = np.random.default_rng(1)
n_x, m = 2, 6
X = rng.standard_normal((n_x, m)).round(1)  # a column is an example
Y = (X[:1] > X[1:]).astype(float)  # (1, m)
w, b = np.array([[0.5], [-0.25]]), 0.1


def sigma(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


# ------------------------------------------------------------------------------------------------ one example
x, y = X[:, :1], Y[0, 0]


def loss(w: Any, b: Any) -> Any:
    """L(a, y) with a = σ(wᵀx + b): plain NumPy code, and a graph when w and b are nodes."""
    a = cg.sigmoid((w.T @ x)[0, 0] + b)
    return cg.binary_cross_entropy(a, y)


def loss_by_hand(w: Any, b: Any) -> Any:
    a = sigma((w.T @ x)[0, 0] + b)
    dz = a - y
    return {"dw": x * dz, "db": dz}


print("One example: dz = a - y, dw = x dz, db = dz")
print(cg.compare(loss, loss_by_hand, at={"w": w, "b": b}))


# ---------------------------------------------------------------------------------------------- m examples
def cost(w: Any, b: Any) -> Any:
    """J = (1/m) Σ L over all examples at once."""
    A = cg.sigmoid(w.T @ X + b)
    return np.sum(cg.binary_cross_entropy(A, Y)) / m


def by_loop(w: Any, b: Any) -> Any:
    dw, db = np.zeros((n_x, 1)), 0.0
    for i in range(m):
        x, y = X[:, i : i + 1], Y[0, i]
        dz = sigma((w.T @ x)[0, 0] + b) - y
        dw += x * dz
        db += dz
    return {"dw": dw / m, "db": db / m}


def vectorised(w: Any, b: Any) -> Any:
    dZ = sigma(w.T @ X + b) - Y
    return {"dw": X @ dZ.T / m, "db": np.sum(dZ) / m}


dw, db = cg.grad(cost, argnums=(0, 1))(w, b)
print(f"\nThe gradient over m = {m} examples")
for name, found in {
    "loop": by_loop(w, b),
    "vectorised": vectorised(w, b),
    "graph": {"dw": dw, "db": db},
}.items():
    print(f"{name:10}  dw = [{found['dw'][0, 0]:.6f}, {found['dw'][1, 0]:.6f}]  db = {found['db']:.6f}")

print("\nThe vectorised formulas against the graph")
print(cg.compare(cost, vectorised, at={"w": w, "b": b}))


# -------------------------------------------------------------------------------------------- common slips
def summed_to_one_number(w: Any, b: Any) -> Any:
    dZ = sigma(w.T @ X + b) - Y
    return {"dw": np.sum(X @ dZ.T) / m, "db": np.sum(dZ) / m}


def not_accumulated(w: Any, b: Any) -> Any:
    for i in range(m):
        dz = sigma((w.T @ X[:, i : i + 1])[0, 0] + b) - Y[0, i]
        dw, db = X[:, i : i + 1] * dz, dz  # = where += is meant
    return {"dw": dw / m, "db": db / m}


def sigma_prime_for_dz(w: Any, b: Any) -> Any:
    A = sigma(w.T @ X + b)
    dZ = A * (1 - A)  # da/dz, not dL/dz
    return {"dw": X @ dZ.T / m, "db": np.sum(dZ) / m}


print("\nSlips, and what the comparison says of them")
for slip in (summed_to_one_number, not_accumulated, sigma_prime_for_dz):
    verdicts = [f"{row.name} {row.verdict} {row.remark}" for row in cg.compare(cost, slip, at={"w": w, "b": b})]
    print(f"{slip.__name__}: {'; '.join(verdicts)}")
