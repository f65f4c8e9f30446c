"""Indexing: whatever NumPy indexes by; entries taken twice get both cotangents; nothing else gets any."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, basic_indices, integer_array_indices

import compgraph as cg
from compgraph.rules.indexing import embed

Variable: Any = cg.Variable


def scattered(shape: tuple[int, ...], index: Any, w: Any) -> Any:
    """What each entry receives, found by looking where each of the entries' numbers went."""
    numbers = np.arange(int(np.prod(shape))).reshape(shape)[index]
    gradient = np.zeros(shape)
    for number, weight in zip(np.reshape(numbers, -1), np.reshape(w, -1), strict=True):
        gradient.reshape(-1)[number] += weight
    return gradient


def check(shape: tuple[int, ...], index: Any) -> None:
    x = Variable(np.arange(1.0, 1 + np.prod(shape)).reshape(shape))
    y = x[index]
    np.testing.assert_array_equal(y.value, x.value[index])
    rng = np.random.default_rng(0)
    w = rng.integers(1, 9, y.shape).astype(float)
    expected = scattered(shape, index, w)
    (gradient,) = cg.gradients(y, [x], seed=w)
    np.testing.assert_array_equal(gradient, expected, strict=True)
    (curved,) = cg.gradients(y * y * y, [x], seed=w, create_graph=True)
    np.testing.assert_array_equal(curved.value, scattered(shape, index, 3 * w * np.square(y.value)))
    np.testing.assert_array_equal(cg.gradients(np.sum(curved), [x])[0], scattered(shape, index, 6 * w * y.value))


@given(shape=array_shapes(min_dims=1, max_dims=3, max_side=4), data=st.data())
def test_basic_indices(shape: tuple[int, ...], data: st.DataObject) -> None:
    check(shape, data.draw(basic_indices(shape, allow_newaxis=True, allow_ellipsis=True)))


@given(shape=array_shapes(min_dims=1, max_dims=3, max_side=3), data=st.data())
def test_advanced_indices(shape: tuple[int, ...], data: st.DataObject) -> None:
    check(shape, data.draw(integer_array_indices(shape, result_shape=array_shapes(max_dims=2, max_side=4))))


@pytest.mark.parametrize(
    "index",
    [
        [0, 0, 2],
        ([0, 0, 2], [1, 1, 1]),
        ((0, 0, 2),),
        ((0, 0), [1, 1]),
        (range(2), 0),
        (slice(None), deque([1, 1])),
        (np.array([0, 0], np.int8), slice(1)),
        np.int64(1),
        (np.int64(1), np.uint8(0)),
        np.array(1),
        (np.array(1), np.array([0, 0])),
        np.array([[0, 0], [0, 0]]),
        [True, False, True],
        np.array([True, False, True]),
        (np.array([True, False, True]), [0, 0]),
        (np.array([True, False, True]), np.array([True, False, True, False])),
        np.arange(12).reshape(3, 4) % 2 == 0,
        np.zeros((3, 4), bool),
        True,
        False,
        np.True_,
        (),
        ...,
        None,
        (..., None, [0, 0]),
        [],
        -1,
        slice(None, None, -2),
        (slice(5, 1), 0),
    ],
    ids=repr,
)
def test_everything_numpy_indexes_by(index: Any) -> None:
    check((3, 4), index)


def test_a_number_is_indexed_as_an_array_without_axes() -> None:
    for index in ((), ..., None, True):
        check((), index)
    x = Variable(2.0)
    assert type(x[()].value) is float
    assert cg.gradients(np.sum(x[None] * 3.0), [x]) == [3.0]


def test_an_index_that_is_a_comparison_of_nodes() -> None:
    x = Variable([1.0, -2.0, 3.0])
    assert cg.gradients(np.sum(x[x > 0]), [x])[0].tolist() == [1.0, 0.0, 1.0]
    assert cg.gradients(x[np.argmax(x)], [x])[0].tolist() == [0.0, 0.0, 1.0]


def test_precision_is_kept() -> None:
    x = Variable(np.array([1.0, 2.0], np.float32))
    (gradient,) = cg.gradients(np.sum(x[[0, 0]]), [x])
    np.testing.assert_array_equal(gradient, np.array([2.0, 0.0], np.float32), strict=True)


def test_embed_is_the_transpose_of_indexing() -> None:
    np.testing.assert_array_equal(embed(np.array([1.0, 2.0, 4.0]), index=[0, 2, 2], shape=(4,)), [1.0, 0.0, 6.0, 0.0])
    np.testing.assert_array_equal(embed(np.array([1.0, 2.0]), (slice(None), 1), (2, 2)), [[0.0, 1.0], [0.0, 2.0]])
