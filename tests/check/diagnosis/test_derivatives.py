"""Slips in local derivatives: of every function, forgotten, doubled, of another function, at another place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import compgraph as cg
from compgraph.check.diagnosis.derivatives import local_derivatives
from compgraph.check.diagnosis.slopes import FORMS, FUNCTIONS
from tests.check.diagnosis.suspects import numbers, suspect_of, told

SEEDS = st.integers(0, 2**32)
FEW = settings(max_examples=4)
"""Of each of many cases: every one is compared at three places."""
POSITIVE = {"log", "sqrt", "reciprocal", "cube", "square"}
ODD = [function for function in FUNCTIONS if function.name not in ("relu", "leaky_relu", "abs")]
ON_NODES = {"σ": cg.sigmoid, "softplus": cg.softplus}
V, U = np.random.default_rng(3).normal(size=(2, 4, 3))


def place(function: Any, seed: int) -> Any:
    z = numbers((4, 3), seed) / 2
    return np.abs(z) + 0.4 if function.name in POSITIVE else z


def of(function: Any) -> Any:
    """A cost with the function in it, between two named values."""

    def cost(w):
        z = w * V
        a = ON_NODES.get(function.name, function.value)(z)
        return np.sum(np.tanh(a * U))

    return cost


def slipped(function: Any, slip: Any) -> Any:
    def manual(w):
        z = w * V
        a = function.value(z)
        da = U * (1 - np.tanh(a * U) ** 2)
        return da * slip(z, a) * V

    return manual


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
@given(seed=SEEDS)
def test_the_slopes_of_the_table_are_those_of_its_functions(function, seed):
    z = place(function, seed)
    _, (slope,) = cg.value_and_grad(lambda z: np.sum(ON_NODES.get(function.name, function.value)(z)), (0,))(z)
    np.testing.assert_allclose(function.slope(z), slope, rtol=1e-9, atol=1e-12)
    space = {"a": function.value(z), "z": z, "np": np, "σ": cg.sigmoid}
    np.testing.assert_allclose(eval(function.text.format(a="a", z="z"), space), slope, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.text)
@given(seed=SEEDS)
def test_the_forms_compute_what_they_say(form, seed):
    x = np.abs(numbers((5,), seed)) + 0.1
    expected = eval(form.text.format(x="x"), {"x": x, "np": np, "σ": cg.sigmoid})
    np.testing.assert_allclose(form.slope(x), expected, rtol=1e-9)


@pytest.mark.parametrize("function", ODD, ids=lambda function: function.name)
@FEW
@given(seed=SEEDS)
def test_a_derivative_that_is_missing(function, seed):
    (first, *_) = told(of(function), slipped(function, lambda z, a: 1.0), {"w": place(function, seed) * np.sign(V)})
    assert first.kind == "missing-derivative"
    assert f"{function.name}'(z)" in first.message
    assert "multiply" in first.message


@pytest.mark.parametrize("name", ["σ", "tanh", "exp", "softplus", "sin"])
@FEW
@given(seed=SEEDS)
def test_a_derivative_that_is_there_twice(name, seed):
    function = next(function for function in FUNCTIONS if function.name == name)
    manual = slipped(function, lambda z, a: function.slope(z) ** 2)
    (first, *_) = told(of(function), manual, {"w": place(function, seed)})
    assert first.kind == "doubled-derivative"
    assert f"{name}'(z)" in first.message


@pytest.mark.parametrize("name", ["σ", "tanh", "exp", "sqrt"])
@FEW
@given(seed=SEEDS)
def test_a_derivative_that_divides(name, seed):
    function = next(function for function in FUNCTIONS if function.name == name)
    manual = slipped(function, lambda z, a: 1 / function.slope(z))
    (first, *_) = told(of(function), manual, {"w": place(function, seed) * np.sign(V)})
    assert first.kind in ("wrong-derivative", "doubled-derivative")


@pytest.mark.parametrize("right", ["σ", "tanh", "softplus"])
@pytest.mark.parametrize("other", ["σ", "tanh", "softplus"])
@FEW
@given(seed=SEEDS)
def test_the_derivative_of_another_function(right, other, seed):
    function, wrong = (next(f for f in FUNCTIONS if f.name == name) for name in (right, other))
    if function is wrong:
        return
    (first, *_) = told(of(function), slipped(function, lambda z, a: wrong.slope(z)), {"w": place(function, seed)})
    assert first.kind == "wrong-derivative"
    assert f"{right}'(z)" in first.message


@pytest.mark.parametrize("name", ["σ", "tanh"])
@FEW
@given(seed=SEEDS)
def test_the_derivative_at_another_place(name, seed):
    function = next(function for function in FUNCTIONS if function.name == name)
    (first, *_) = told(of(function), slipped(function, lambda z, a: function.slope(a)), {"w": place(function, seed)})
    assert first.kind == "wrong-derivative"
    assert f"{name}'(a)" in first.message or "a" in first.message.split("where")[0]


@FEW
@given(seed=SEEDS)
def test_relu_forgotten(seed):
    def cost(w):
        z = w * V
        a = np.maximum(z, 0)
        return np.sum(np.tanh(a * U))

    def manual(w):
        return U * (1 - np.tanh(np.maximum(w * V, 0) * U) ** 2) * V

    (first, *_) = told(cost, manual, {"w": numbers((4, 3), seed)})
    assert first.kind == "missing-derivative"
    assert "relu'(z)" in first.message


@FEW
@given(seed=SEEDS)
def test_a_factor_that_does_not_belong(seed):
    """σ'(z) where it has cancelled against the cross-entropy."""
    Y = (V > 0).astype(float)

    def cost(w):
        z = w * U
        a = cg.sigmoid(z)
        return -np.sum(Y * np.log(a) + (1 - Y) * np.log(1 - a))

    def manual(w):
        a = 1 / (1 + np.exp(-w * U))
        return (a - Y) * a * (1 - a) * U

    (first, *_) = told(cost, manual, {"w": numbers((4, 3), seed)})
    assert first.kind == "doubled-derivative"
    assert "a * (1 - a)" in first.message


def test_a_derivative_of_what_the_cost_gives_no_name():
    X = numbers((5, 3), 1)

    def cost(w):
        return np.sum(np.tanh(X @ w))

    (first, *_) = told(cost, lambda w: X.T @ (1 - np.tanh(X @ w)), {"w": numbers((3,), 2) / 3})
    assert first.kind == "wrong-derivative"
    assert "has the factor 1 - tanh(X @ w) where tanh'(X @ w) = 1 - tanh(X @ w)**2 is needed" in first.message


@pytest.mark.parametrize(("times", "says"), [(1.0, "multiply dz"), (1.0 / 3, "dz, on the way to dw is dA times that")])
def test_the_instruction_for_a_slope_taken_for_the_whole_is_exact_or_says_what_is_needed(times, says):
    def cost(w):
        c = 3.0
        z = 2.0 * w
        A = np.tanh(z)
        return np.sum(np.exp(A) * c)

    (guess, *_) = [
        guess
        for guess in local_derivatives(
            suspect_of(cost, lambda w: 2 * times * (1 - np.tanh(2 * w) ** 2), {"w": numbers((5,), 2) / 3})
        )
        if "alone is the derivative" in guess.message
    ]
    assert says in guess.message
