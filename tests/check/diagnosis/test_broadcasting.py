"""Slips of the sum over broadcast axes, for random shapes that broadcast."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import broadcastable_shapes

from compgraph.check.diagnosis.broadcasting import broadcasting
from tests.check.diagnosis.suspects import numbers, suspect_of, told, with_gradient

SEEDS = st.integers(0, 2**32)
SHAPE = (3, 4, 2)
NARROW = broadcastable_shapes(SHAPE, min_dims=0, max_dims=3, max_side=4)


def repeated(shape: tuple[int, ...]) -> tuple[int, ...]:
    extra = len(SHAPE) - len(shape)
    return tuple(i for i, n in enumerate(SHAPE) if i < extra or (shape[i - extra] == 1 and n != 1))


@given(shape=NARROW, seed=SEEDS)
def test_the_sum_over_broadcast_axes_is_missing(shape, seed):
    assume(repeated(shape) and np.broadcast_shapes(shape, SHAPE) == SHAPE)
    G = numbers(SHAPE, seed)
    (first, *_) = told(lambda b: np.sum(G * b), lambda b: G, {"b": np.ones(shape)})
    assert first.kind == "missing-sum"
    assert f"broadcast along axis {', '.join(map(str, repeated(shape)))}, sum over it" in first.message


@given(shape=NARROW, seed=SEEDS)
def test_a_mean_over_the_broadcast_axes(shape, seed):
    over = repeated(shape)
    assume(over and np.broadcast_shapes(shape, SHAPE) == SHAPE and shape not in ((), (1,), (1, 1), (1, 1, 1)))
    G = numbers(SHAPE, seed)
    (first, *_) = told(
        lambda b: np.sum(G * b), lambda b: np.mean(G, axis=over).reshape(np.shape(b)), {"b": np.ones(shape)}
    )
    assert first.kind == "mean-for-sum"


@given(seed=SEEDS, keepdims=st.booleans())
def test_the_sum_over_the_other_axis(seed, keepdims):
    G = numbers((4, 4), seed)

    def manual(b):
        return np.sum(G, axis=0, keepdims=keepdims).reshape(1, 4) if keepdims else np.sum(G, axis=0)

    (first, *_) = told(lambda b: np.sum(G * b), manual, {"b": np.ones((4, 1))})
    assert first.kind == "missing-sum"
    assert "is the sum over axis 0" in first.message
    assert "broadcast along axis 1" in first.message


def test_the_mean_over_the_other_axis():
    G = numbers((4, 4), 1)
    (first, *_) = told(lambda b: np.sum(G * b), lambda b: np.mean(G, axis=0), {"b": np.ones((4, 1))})
    assert first.kind == "mean-for-sum"
    assert "is the mean over axis 0" in first.message


@given(seed=SEEDS)
def test_the_gradients_of_the_examples_one_by_one(seed):
    X = numbers((6, 3), seed)
    (first, *_) = told(lambda w: np.sum(X @ w), lambda w: X, {"w": np.ones(3)})
    assert first.kind == "missing-sum"
    assert "one gradient for each of 6 parts: sum over axis 0" in first.message


@given(seed=SEEDS)
def test_a_part_summed_to_one_number(seed):
    G = numbers((3, 4), seed)

    def manual(W):
        return np.sum(G) + 2 * 0.3 * W

    (first, *_) = told(lambda W: np.sum(G * W) + 0.3 * np.sum(W**2), manual, {"W": numbers((3, 4), seed + 1)})
    assert first.kind == "summed-to-number"
    assert "leave out np.sum" in first.message


@pytest.mark.parametrize("manual", [np.ones((3, 1)), np.zeros((3, 4)), np.full((3, 4), np.nan), np.zeros(0), 1.0])
def test_of_other_values_nothing_is_told(manual):
    G = numbers((3, 4), 0)
    with np.errstate(all="ignore"):
        assert list(broadcasting(suspect_of(lambda b: np.sum(G * b), [manual], {"b": np.ones((3, 1))}))) == []
        assert list(broadcasting(with_gradient(G, manual))) == []
