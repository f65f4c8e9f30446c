"""The right entries in the wrong places: exactly that is told, and the fix puts them back."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from compgraph.check.diagnosis.layout import layout
from tests.check.diagnosis.suspects import assert_mends, numbers, told, told_of, with_gradient

SEEDS = st.integers(0, 2**32)
MATRICES = st.tuples(st.integers(2, 5), st.integers(2, 5))
SHAPES = st.one_of(MATRICES, st.tuples(st.integers(2, 3), st.integers(2, 4), st.integers(2, 3)), st.just((5,)))


def kinds(suspect: Any) -> dict[str, Any]:
    return {guess.kind: guess for guess in layout(suspect)}


@given(shape=SHAPES, seed=SEEDS, data=st.data())
def test_axes_in_another_order(shape, seed, data):
    order = data.draw(st.permutations(range(len(shape))).map(tuple))
    assume(order != tuple(range(len(shape))))
    right = numbers(shape, seed)
    manual = np.transpose(right, order)
    found = told_of(right, manual)
    assert found[0].kind == "transposed"
    if len(shape) == 2:
        assert found[0].message == "manual dw is the transpose of the gradient: transpose it (.T)"
    else:
        back = tuple(int(i) for i in np.argsort(order))
        assert f"np.transpose(dw, {back})" in found[0].message


@given(shape=SHAPES, seed=SEEDS, data=st.data())
def test_axes_in_reverse(shape, seed, data):
    axes = data.draw(st.sets(st.sampled_from(range(len(shape))), min_size=1).map(sorted).map(tuple))
    right = numbers(shape, seed)
    found = told_of(right, np.flip(right, axes))
    assert found[0].kind == "permuted"
    assert f"np.flip(dw, {axes})" in found[0].message
    names = {0: "the rows", 1: "the columns"} if len(shape) == 2 else {}
    assert " and ".join([names.get(axis, f"axis {axis}") for axis in axes]) in found[0].message


@given(shape=st.one_of(MATRICES, st.just((7,)), st.just((3, 4, 2))), seed=SEEDS, data=st.data())
def test_an_axis_in_another_order(shape, seed, data):
    assume(max(shape) > 2)
    axis = data.draw(st.sampled_from([a for a, n in enumerate(shape) if n > 2]))
    order = data.draw(st.permutations(range(shape[axis])))
    assume(order not in (sorted(order), sorted(order)[::-1]))
    right = numbers(shape, seed)
    found = told_of(right, np.take(right, order, axis))
    assert found[0].kind == "permuted"
    noun = ("rows", "columns")[axis] if len(shape) == 2 else "entries" if len(shape) == 1 else f"axis {axis}"
    assert f"has its {noun} in another order" in found[0].message
    n = shape[axis]
    if order == [(i + order[0]) % n for i in range(n)]:
        assert f"shifted by {order[0] if order[0] <= n // 2 else order[0] - n}" in found[0].message
    else:
        assert ", ".join(map(str, order)) in found[0].message


@given(shape=MATRICES, seed=SEEDS, first=st.sampled_from("CF"))
def test_flattened_in_one_order_and_reshaped_in_the_other(shape, seed, first):
    right = numbers(shape, seed)
    manual = np.reshape(np.ravel(right, order=first), shape, order="F" if first == "C" else "C")
    found = told_of(right, manual)
    assert "flat-order" in {each.kind for each in found}


@given(shape=st.one_of(MATRICES, st.just((2, 3, 2))), seed=SEEDS, order=st.sampled_from("CF"))
def test_flattened(shape, seed, order):
    right = numbers(shape, seed)
    found = told_of(right, np.ravel(right, order=order))
    assert [each.kind for each in found] == ["flat-order"]
    assert ("order='F'" in found[0].message) == (order == "F")


@given(seed=SEEDS, shape=MATRICES)
def test_a_vector_unrolled_column_by_column(seed, shape):
    right = numbers(shape, seed)

    def cost(theta):
        return np.sum(right * theta.reshape(shape))

    (first, *_) = told(cost, {"dtheta": right.ravel(order="F")}, {"theta": np.zeros(right.size)})
    assert first.kind == "flat-order"
    assert f"unroll the {shape[0]} × {shape[1]} matrix" in first.message


@given(shape=st.sampled_from([(3, 1), (1, 3), (1, 1, 4), (2, 1, 3), (1, 5, 1)]), seed=SEEDS, data=st.data())
def test_an_axis_of_length_1_lost_or_added(shape, seed, data):
    right = numbers(shape, seed)
    given_shapes = {
        tuple(n for i, n in enumerate(shape) if i not in left_out)
        for left_out in itertools.chain.from_iterable(
            itertools.combinations([i for i, n in enumerate(shape) if n == 1], count) for count in (1, 2)
        )
    } | {(1, *shape), (*shape, 1)}
    found = told_of(right, right.reshape(data.draw(st.sampled_from(sorted(given_shapes)))))
    assert [each.kind for each in found] == ["lost-keepdims"]


@given(n=st.integers(2, 6), seed=SEEDS, column=st.booleans())
def test_a_row_for_a_column_is_transposed(n, seed, column):
    right = numbers((n, 1) if column else (1, n), seed)
    assert told_of(right, right.T)[0].kind == "transposed"


@given(shape=SHAPES, seed=SEEDS, how=st.sampled_from([np.sum, np.mean]), keepdims=st.booleans())
def test_one_number_of_all(shape, seed, how, keepdims):
    right = numbers(shape, seed)
    (first, *_) = told_of(right, how(right, keepdims=keepdims))
    assert first.kind == "summed-to-number"
    assert ("np.sum" if how is np.sum else "np.mean") in first.message


@given(shape=SHAPES, seed=SEEDS)
def test_of_other_entries_nothing_is_told(shape, seed):
    right = numbers(shape, seed)
    for manual in (right * 2, right + 1, np.where(right == right.max(), 9, right), np.zeros((2, 2, 2, 2)), np.nan):
        assert list(layout(with_gradient(right, manual))) == []


def test_of_infinite_entries_nothing_is_told():
    assert list(layout(with_gradient(np.ones((2, 3)), np.full((2, 3), np.inf)))) == []
    assert list(layout(with_gradient(np.ones((2, 3)), np.inf))) == []


@pytest.mark.parametrize("shape", [(), (1,), (1, 1), (0, 3), (3, 0)])
def test_of_one_entry_or_none_nothing_is_told_but_an_axis(shape):
    right = np.ones(shape)
    for manual in (2 * right, np.ones((2, 2)), np.zeros(0)):
        assert list(layout(with_gradient(right, manual))) == []
    guesses = list(layout(with_gradient(right, right[None])))
    assert {guess.kind for guess in guesses} <= {"lost-keepdims"}
    assert_mends(guesses, right[None], right)
