"""Slips in a product: another factor, a transposed one, none; a step that goes on from another derivative."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compgraph.check.diagnosis.operands import missing_operands, shifted_operands
from tests.check.diagnosis.suspects import assert_mends, numbers, suspect_of, told

SEEDS = st.integers(0, 2**32)
FEW = settings(max_examples=10)


class Layers:
    """Two square layers, where a transposed or exchanged matrix keeps its shape."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.at = {"W1": rng.normal(size=(4, 4)), "W2": rng.normal(size=(4, 4))}
        self.X, self.Y = rng.normal(size=(2, 4, 4))

    def cost(self, W1: Any, W2: Any) -> Any:
        X = self.X
        Z1 = W1 @ X
        A1 = np.tanh(Z1)
        Z2 = W2 @ A1
        return np.sum((Z2 - self.Y) ** 2)

    def manual(self, **instead: Any) -> Any:
        def derived(W1: Any, W2: Any) -> Any:
            v = {"W1": W1, "W2": W2, "X": self.X, "Z1": W1 @ self.X}
            v["A1"] = np.tanh(v["Z1"])
            dZ2 = 2 * (W2 @ v["A1"] - self.Y)

            def factor(place: str, usual: str) -> Any:
                name = instead.get(place, usual)
                return v[name.removesuffix(".T")].T if name.endswith(".T") else v[name]

            dA1 = factor("back", "W2.T") @ dZ2 if instead.get("back") != "none" else dZ2
            dZ1 = dA1 * (1 - v["A1"] ** 2)
            upstream = dZ1 if instead.get("from") != "dA1" else dA1
            return {"dW1": upstream @ factor("in W1", "X.T"), "dW2": dZ2 @ factor("in W2", "A1.T")}

        return derived


@FEW
@given(seed=SEEDS, other=st.sampled_from(["Z1.T", "X.T", "W1.T"]))
def test_another_array_in_the_place_of_a_factor(seed, other):
    layers = Layers(seed)
    (first, *_) = told(layers.cost, layers.manual(**{"in W2": other}), layers.at, "dW2")
    assert first.kind == "wrong-operand"
    assert other.removesuffix(".T") in first.message
    assert "A1 is needed" in first.message


@FEW
@given(seed=SEEDS, place=st.sampled_from(["in W1", "in W2", "back"]))
def test_a_factor_transposed_where_it_should_not_be(seed, place):
    layers = Layers(seed)
    slip, row, name = {"in W1": ("X", "dW1", "X"), "in W2": ("A1", "dW2", "A1"), "back": ("W2", "dW1", "W2")}[place]
    (first, *_) = told(layers.cost, layers.manual(**{place: slip}), layers.at, row)
    assert first.kind == "untransposed"
    assert name in first.message


@FEW
@given(seed=SEEDS)
def test_another_matrix_on_the_way_back(seed):
    layers = Layers(seed)
    (first, *_) = told(layers.cost, layers.manual(back="W1.T"), layers.at, "dW1")
    assert (first.kind, "W2" in first.message, "W1" in first.message) == ("wrong-operand", True, True)


@FEW
@given(seed=SEEDS)
def test_no_factor_at_all(seed):
    layers = Layers(seed)
    (first, *_) = told(layers.cost, layers.manual(back="none"), layers.at, "dW1")
    assert first.kind == "missing-derivative"
    assert "W2" in first.message


@settings(max_examples=4)
@given(seed=SEEDS, reverse=st.sampled_from([np.s_[::-1], np.s_[:, ::-1], np.s_[::-1, ::-1]]))
def test_a_filter_reversed_on_the_way_back(seed, reverse):
    rng = np.random.default_rng(seed)
    G = rng.normal(size=(3, 4))
    places = [(i, j) for i in range(2) for j in range(2)]

    def cost(x, K):
        Z = 0.0
        for i, j in places:
            Z = Z + K[i, j] * x[i : i + 3, j : j + 4]
        return np.sum(G * np.tanh(Z))

    def manual(x, K):
        dZ = G * (1 - np.tanh(sum(K[i, j] * x[i : i + 3, j : j + 4] for i, j in places)) ** 2)
        dx = np.zeros_like(x)
        for i, j in places:
            dx[i : i + 3, j : j + 4] += dZ * K[reverse][i, j]
        return dx, np.zeros_like(K)

    (first, *_) = told(cost, manual, {"x": rng.normal(size=(4, 5)), "K": rng.normal(size=(2, 2))})
    assert first.kind == "wrong-operand"
    assert "K reversed along" in first.message


def test_a_quotient_that_is_not_divided():
    def cost(w, r):
        z = 3.0 * w
        n = z / r
        return np.sum(n**2)

    def manual(w, r):
        dn = 2 * (3 * w / r)
        return 3 * dn

    suspect = suspect_of(cost, manual, {"w": numbers((5,), 2)}, data={"r": numbers((5,), 3)})
    messages = [guess.message for guess in missing_operands(suspect)]
    assert messages == ["divide dz, from z / r, by r"]


def test_the_place_of_another_factor_is_no_sum():
    def cost(W, X):
        H = np.sin(W[0] @ X)
        A = H + np.tanh(W[1] @ H)
        return np.sum(A**2)

    def manual(W, X):
        H = np.sin(W[0] @ X)
        T = np.tanh(W[1] @ H)
        A = H + T
        dT = 2 * A * (1 - T**2)
        dH = 2 * A + W[1].T @ dT
        return np.stack([dH * np.cos(W[0] @ X) @ X.T, dT @ A.T])

    found = told(cost, manual, {"W": numbers((2, 3, 3), 1) / 2}, data={"X": numbers((3, 7), 2)})
    wrong = [each.message for each in found if each.kind == "wrong-operand" and "the factor is A" in each.message]
    assert wrong
    assert all("@ H," in message for message in wrong)


@pytest.mark.parametrize(("shift", "way"), [(1, "after"), (-1, "before")])
def test_each_step_has_its_neighbour_s_factor(shift, way):
    def states(w):
        h = [1.0 * w]
        for t in range(5):
            h.append(np.sin(h[-1] * 1.5 + t))
        return h

    def cost(w, v):
        h = states(v)
        return sum(np.sum((w * h[t]) * np.exp(t)) for t in (1, 2, 3, 4)) + np.sum(h[5])

    def manual(w, v):
        h = states(v)
        places = {1: (2, 3, 4, 5), -1: (0, 1, 2, 3)}[shift]
        return sum(np.exp(t) * h[place] for t, place in zip((1, 2, 3, 4), places, strict=True))

    at = {"w": numbers((3,), 1), "v": numbers((3,), 2)}
    suspect = suspect_of(cost, lambda w, v: (manual(w, v), np.zeros(3)), at)
    guesses = list(shifted_operands(suspect))
    assert {f"by the value {way} it" in guess.message for guess in guesses} == {True}
    assert_mends(guesses, suspect.as_given, suspect.right)
