"""The person's forward pass against the cost's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import compgraph as cg
from tests.check.diagnosis.suspects import told

SEEDS = st.integers(0, 2**32)
SLIPS: dict[str, Any] = {
    "Z": lambda W, b, X: W @ X,
    "Z, otherwise": lambda W, b, X: W @ X - b,
    "A": lambda Z: np.tanh(Z),
    "A, otherwise": lambda Z: 1 / (1 - np.exp(-Z)),
}


@settings(max_examples=5)
@pytest.mark.parametrize("slip", SLIPS)
@given(seed=SEEDS)
def test_the_first_value_that_differs_is_named(slip, seed):
    rng = np.random.default_rng(seed)
    X, Y = rng.normal(size=(3, 6)), rng.normal(size=(2, 6))

    def cost(W, b):
        Z = W @ X + b
        A = cg.sigmoid(Z)
        return np.sum((A - Y) ** 2) / 2

    def manual(W, b):
        Z = SLIPS[slip](W, b, X) if slip.startswith("Z") else W @ X + b
        A = SLIPS[slip](Z) if slip.startswith("A") else 1 / (1 + np.exp(-Z))
        dZ = (A - Y) * A * (1 - A)
        return dZ @ X.T, np.sum(dZ, axis=1, keepdims=True)

    for row in ("dW", "db"):
        found = told(cost, manual, {"W": rng.normal(size=(2, 3)), "b": rng.normal(size=(2, 1))}, row)
        assert found[0].kind == "forward"
        assert f"goes on from another {slip[0]} than the cost has" in found[0].message


def test_of_the_right_forward_pass_and_of_values_nothing_is_said():
    X = np.array([[1.0, 2.0, -1.0]])

    def cost(w):
        Z = w * X
        return np.sum(Z**2)

    def manual(w):
        Z = w * X
        return np.sum(Z * X)

    for given_by_hand in (manual, manual(3.0)):
        assert "forward" not in [each.kind for each in told(cost, given_by_hand, {"w": 3.0})]


@pytest.mark.parametrize("on_nodes", [True, False])
def test_a_step_as_the_notes_write_it_and_a_formula_that_writes_into_arrays(on_nodes):
    rng = np.random.default_rng(3)
    X, Y = rng.normal(size=(3, 6)), rng.normal(size=(2, 6))

    def cost(W, b):
        Z = W @ X + b
        A = cg.sigmoid(Z)
        return np.sum(0.5 * (A - Y) ** 2) / X.shape[1]

    def manual(W, b):
        m = X.shape[1]
        Z = W @ X  # without b
        A = 1 / (1 + np.exp(-Z))
        dZ = (A - Y) * A * (1 - A)
        dW = dZ @ X.T / m
        if not on_nodes:
            dW = np.array(dW, dtype=np.float64)
        found = {"dW": dW, "db": np.sum(dZ, axis=1, keepdims=True) / m}
        return {"dZ": dZ, **found} if on_nodes else found

    at = {"W": rng.normal(size=(2, 3)), "b": rng.normal(size=(2, 1))}
    with np.errstate(all="ignore"):
        found = {row.name: row for row in cg.compare(cost, manual, at)}
    row = found["dZ" if on_nodes else "db"]
    assert row.explanations[0].kind == "forward"
    assert "another Z than the cost has" in row.explanations[0].message
