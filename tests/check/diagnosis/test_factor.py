"""A gradient that is a constant times too large or small."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from compgraph.check.diagnosis.factor import constant_factor, ratio_of
from tests.check.diagnosis.suspects import assert_mends, numbers, suspect_of, told, told_of, with_gradient

SHAPES = st.sampled_from([(3,), (2, 3), (3, 1), (1, 4), (2, 1, 3)])
SEEDS = st.integers(0, 2**32)


@given(shape=SHAPES, seed=SEEDS, ratio=st.floats(-1e6, 1e6))
def test_a_factor_is_found_and_undone(shape, seed, ratio):
    assume(abs(ratio) > 1e-6)
    right = numbers(shape, seed)
    suspect = with_gradient(right, ratio * right)
    found = ratio_of(suspect)
    assert found is not None
    assert math.isclose(found, ratio, rel_tol=1e-12)
    guesses = list(constant_factor(suspect))
    assume(abs(ratio - 1) > 1e-9)
    assert guesses
    assert_mends(guesses, ratio * right, right)
    assert {guess.kind for guess in guesses} <= {"factor", "sign"}


@given(shape=SHAPES, seed=SEEDS)
def test_what_is_no_multiple_has_no_factor(shape, seed):
    right = numbers(shape, seed)
    other = numbers(shape, seed + 1)
    assume(abs(np.vdot(right, other)) < 0.999 * np.linalg.norm(right) * np.linalg.norm(other))
    for manual in (other, right + 1, right[..., None, None], np.zeros(shape), np.full(shape, np.nan)):
        assert ratio_of(with_gradient(right, manual)) is None


def test_of_a_right_gradient_of_zeros_there_is_no_factor():
    assert ratio_of(with_gradient(np.zeros(3), np.ones(3))) is None


def test_one_number_says_little_of_its_factor():
    assert list(constant_factor(with_gradient(2.0, 2.0 * math.pi))) == []
    (guess,) = constant_factor(with_gradient(2.0, -2.0))
    assert guess.kind == "sign"


def test_of_several_entries_any_factor_is_told():
    (first, *_) = told_of(np.array([1.0, 2.0, 5.0]), 1.2345 * np.array([1.0, 2.0, 5.0]))
    assert first.kind == "factor"
    assert "1.2345 times the gradient of the cost in every entry: divide by 1.2345" in first.message


@pytest.mark.parametrize("lost", [True, False])
def test_a_factor_and_a_lost_axis(lost):
    right = np.array([[1.0], [2.0], [5.0]])
    manual = 3 * (right[:, 0] if lost else right)
    (first, *_) = told_of(right, manual)
    assert first.kind == "factor"
    assert first.message.endswith("; and reshape it to (3, 1)") == lost


def test_a_mean_over_the_axis_along_which_a_bias_was_broadcast():
    X = np.random.default_rng(0).normal(size=(3, 7))

    def cost(b):
        return np.sum(np.tanh(X + b))

    def manual(b):
        return np.mean(1 - np.tanh(X + b) ** 2, axis=1, keepdims=True)

    (first, *_) = told(cost, manual, {"b": np.array([[0.1], [0.2], [-0.4]])})
    assert first.kind == "mean-for-sum"
    assert "of length 7" in first.message


def test_an_intermediate_of_the_notes_with_the_opposite_sign():
    X = np.random.default_rng(0).normal(size=(3, 7))

    def cost(w):
        Z = w * X
        return np.sum(np.tanh(Z)) / 7

    suspect = suspect_of(cost, lambda w: {"dw": w, "dZ": -(1 - np.tanh(w * X) ** 2)}, {"w": np.ones((3, 1))}, "Z")
    (guess,) = constant_factor(suspect)
    assert (guess.kind, "as the notes write it" in guess.message) == ("sign", True)
    assert_mends([guess], suspect.as_given, suspect.right)
