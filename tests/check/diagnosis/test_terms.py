"""Slips in a term of a sum, drawn at random: which term it is, and what is wrong with it."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from compgraph.check.diagnosis.terms import terms
from tests.check.diagnosis.suspects import numbers, suspect_of, told

SEEDS = st.integers(0, 2**32)
X = np.random.default_rng(5).normal(size=(4, 9))


@given(
    seed=SEEDS,
    which=st.integers(0, 2),
    times=st.sampled_from([0.0, -1.0, 2.0, 0.5, 9.0, 1 / 9]),
    as_values=st.booleans(),
)
def test_a_term_that_is_missing_or_has_another_factor(seed, which, times, as_values):
    m = X.shape[1]

    def cost(w):
        fit = np.sum((w @ X) ** 2) / m
        penalty = 0.3 * np.sum(w**4)
        barrier = np.sum(np.exp(w))
        return fit + penalty + barrier

    def manual(w):
        parts = [2 * (w @ X) @ X.T / m, 1.2 * w**3, np.exp(w)]
        parts[which] = times * parts[which]
        return sum(parts)

    at = {"w": numbers((3, 4), seed) / 2}
    (first, *_) = told(cost, manual(at["w"]) if as_values else manual, at)
    assert first.kind == {0.0: "missing-term", -1.0: "term-sign"}.get(times, "term-factor")
    assert ("fit", "penalty", "barrier")[which] in first.message
    if first.kind == "term-factor":
        assert {2.0: "divide by 2", 0.5: "multiply by 2", 9.0: "divide by m", 1 / 9: "multiply by m"}[
            times
        ] in first.message


@given(seed=SEEDS, which=st.integers(0, 1))
def test_a_path_of_a_shared_variable(seed, which):
    def cost(w):
        z = np.tanh(w)
        a = z * 3.0
        b = np.exp(z)
        return np.sum(a**2) + np.sum(b * a)

    def manual(w):
        z = np.tanh(w)
        through_a = 2 * 9 * z + np.exp(z) * 3
        through_b = np.exp(z) * 3 * z
        return (through_a, through_b)[which] * (1 - z**2)

    (first, *_) = told(cost, manual, {"w": numbers((5,), seed)})
    assert first.kind == "missing-term"
    assert ("b", "a")[which] in first.message


@given(seed=SEEDS, which=st.integers(0, 3))
def test_of_parts_that_add_up_only_one_is_there(seed, which):
    rng = np.random.default_rng(seed)
    V = rng.normal(size=(4, 5))

    def cost(w):
        J = 0.0
        for v in V:
            J = J + np.sum(np.tanh(w * v))
        return J

    def manual(w):
        for v in V[: which + 1]:
            dw = v * (1 - np.tanh(w * v) ** 2)
        return dw

    (first, *_) = told(cost, manual, {"w": rng.normal(size=5)})
    assert first.kind == "missing-term"
    assert ("the first", "the 2nd", "the 3rd", "the last")[which] in first.message


@given(seed=SEEDS)
def test_a_mean_taken_for_a_constant(seed):
    V = numbers((5, 3), seed)

    def cost(x):
        mu = np.mean(x, axis=0)
        return np.sum((x - mu) ** 2 * V)

    def manual(x):
        return 2 * (x - np.mean(x, axis=0)) * V

    (first, *_) = told(cost, manual, {"x": numbers((5, 3), seed + 1)})
    assert first.kind == "missing-term"
    assert "the part that comes through mu" in first.message


@given(seed=SEEDS)
def test_a_mean_and_a_variance_taken_for_constants(seed):
    V = numbers((5, 3), seed)

    def cost(x):
        mu = np.mean(x, axis=0)
        var = np.mean((x - mu) ** 2, axis=0)
        return np.sum((x - mu) / np.sqrt(var + 1e-3) * V)

    def manual(x):
        return V / np.sqrt(np.var(x, axis=0) + 1e-3)

    (first, *_) = told(cost, manual, {"x": numbers((5, 3), seed + 1)})
    assert first.kind == "missing-term"
    assert "takes" in first.message
    assert "depend" in first.message


def rnn(Wx: Any, Wh: Any) -> Any:
    h = np.zeros((2, 1))
    J = 0.0
    for t in range(4):
        h = np.tanh(Wx @ X[:3, t : t + 1] + Wh @ h)
        J = J + np.sum(h**2)
    return J


@given(seed=SEEDS)
def test_what_comes_back_through_time_left_out(seed):
    rng = np.random.default_rng(seed)

    def manual(Wx, Wh):
        h = np.zeros((2, 1))
        dWx = np.zeros_like(Wx)
        for t in range(4):
            h = np.tanh(Wx @ X[:3, t : t + 1] + Wh @ h)
            dWx = dWx + 2 * h * (1 - h**2) @ X[:3, t : t + 1].T
        return dWx, None

    def both(Wx, Wh):
        import compgraph as cg

        return manual(Wx, Wh)[0], cg.grad(rnn, argnums=1)(Wx, Wh)

    at = {"Wx": rng.normal(size=(2, 3)), "Wh": rng.normal(size=(2, 2))}
    assume(np.all(np.abs(at["Wh"]) > 0.05))
    (first, *_) = told(rnn, both(**at), at, "dWx")
    assert first.kind == "missing-term"
    assert "through the products with Wh" in first.message


def test_a_term_is_named_by_its_sum_its_difference_and_its_factor():
    Q = X[:3, :5]  # no variable of the cost is 5

    def cost(w, Q):
        fit = np.sum(np.sin(w))
        bonus = np.sum((w @ Q) ** 2)
        return fit - bonus

    def manual(w, Q):
        return np.cos(w) - 5 * 2 * (w @ Q) @ Q.T

    (first, *_) = told(cost, manual, {"w": numbers((4, 3), 1)}, data={"Q": Q})
    assert first.kind == "term-factor"
    assert "the derivative of the term bonus of the cost exactly Q.shape[1] = 5 times" in first.message


def test_each_half_of_a_square_is_no_term():
    def cost(w):
        z = np.exp(w)
        return np.sum(z * z) + np.sum(w)

    suspect = suspect_of(cost, lambda w: np.exp(2 * w) + 1, {"w": numbers((4,), 1) / 2})
    assert {guess.kind for guess in terms(suspect)} == {"term-factor"}  # half of the whole square
