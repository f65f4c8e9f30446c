"""Ops that move entries about: the gradient goes back the way they came, whatever the order of memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

import compgraph as cg

Variable: Any = cg.Variable


def moves_back(move: Any, *shapes: tuple[int, ...]) -> None:
    """The gradient of ⟨w, move(x)⟩ holds the weight of each entry where the entry came from; and it is linear."""
    sizes = [int(np.prod(shape)) for shape in shapes]
    starts = np.cumsum([0, *sizes])
    numbered = [
        np.arange(a, b, dtype=np.float64).reshape(s) for a, b, s in zip(starts[:-1], starts[1:], shapes, strict=True)
    ]
    xs = [Variable(x) for x in numbered]
    y = move(*xs)
    came_from = move(*numbered)
    np.testing.assert_array_equal(y.value, came_from)
    w = np.random.default_rng(1).integers(1, 9, y.shape).astype(float)
    expected = np.zeros(starts[-1])
    np.add.at(expected, np.reshape(came_from, -1).astype(int), np.reshape(w, -1))
    found = cg.gradients(y, xs, seed=w)
    graph = cg.gradients(y, xs, seed=w, create_graph=True)
    for gradient, drawn, a, b, shape in zip(found, graph, starts[:-1], starts[1:], shapes, strict=True):
        np.testing.assert_array_equal(gradient, expected[a:b].reshape(shape))
        np.testing.assert_array_equal(drawn.value, gradient)
        assert not any(np.any(second) for second in cg.gradients(np.sum(drawn), xs))


@given(shape=array_shapes(max_dims=4, max_side=3), data=st.data())
def test_transposes(shape: tuple[int, ...], data: st.DataObject) -> None:
    ndim = len(shape)
    axes = tuple(axis - data.draw(st.sampled_from([0, ndim])) for axis in data.draw(st.permutations(range(ndim))))
    moves_back(lambda x: np.transpose(x, axes), shape)
    moves_back(np.transpose, shape)
    moves_back(lambda x: x.T, shape)
    a, b = data.draw(st.integers(-ndim, ndim - 1)), data.draw(st.integers(-ndim, ndim - 1))
    moves_back(lambda x: np.swapaxes(x, a, b), shape)
    moves_back(lambda x: np.moveaxis(x, a, b), shape)


@given(shape=array_shapes(max_dims=3, max_side=4), order=st.sampled_from("CF"), turned=st.booleans())
def test_reshapes_in_either_order(shape: tuple[int, ...], order: Any, turned: bool) -> None:
    """Also of what is a transposed view: the order is that of the axes, not of memory."""
    for target in (-1, (-1, 1), (1, -1), shape[::-1], (*shape, 1)):
        moves_back(lambda x, target=target: np.reshape(x.T if turned else x, target, order=order), shape)
    moves_back(lambda x: np.ravel(x.T if turned else x, order=order), shape)


@given(shape=array_shapes(min_dims=0, max_dims=3, max_side=3), data=st.data())
def test_axes_of_length_one(shape: tuple[int, ...], data: st.DataObject) -> None:
    axis = data.draw(st.integers(-len(shape) - 1, len(shape)))
    moves_back(lambda x: np.expand_dims(x, axis), shape)
    moves_back(lambda x: np.squeeze(np.expand_dims(x, axis), axis), shape)
    moves_back(lambda x: np.squeeze(np.expand_dims(x, (0, -1))), shape)
    moves_back(lambda x: np.broadcast_to(x, (2, *shape)), shape)
    moves_back(lambda x: np.broadcast_to(np.expand_dims(x, -1), (2, *shape, 3)), shape)


@given(
    shape=array_shapes(max_dims=3, max_side=3),
    lengths=st.lists(st.integers(0, 3), min_size=1, max_size=3),
    data=st.data(),
)
def test_joining(shape: tuple[int, ...], lengths: list[int], data: st.DataObject) -> None:
    axis = data.draw(st.integers(0, len(shape) - 1))
    shapes = [(*shape[:axis], n, *shape[axis + 1 :]) for n in lengths]
    for at in (axis, axis - len(shape)):
        moves_back(lambda *xs, at=at: np.concatenate(xs, axis=at), *shapes)
    moves_back(lambda *xs: np.concatenate(xs, axis=None), *shapes)
    between = data.draw(st.integers(-len(shape) - 1, len(shape)))
    moves_back(lambda *xs: np.stack(xs, axis=between), *[shape] * len(lengths))


def test_one_array_joined_with_itself() -> None:
    moves_back(lambda x: np.concatenate([x, x, x[:1]]), (3,))
    moves_back(lambda x: np.stack([x, x], axis=1), (3, 2))


def test_joining_precisions() -> None:
    x, y = Variable(np.ones(2, np.float32)), Variable(np.ones(1))
    joined: Any = np.concatenate([x, y])
    assert joined.dtype == np.float64
    assert [g.dtype for g in cg.gradients(np.sum(joined), [x, y])] == [np.float32, np.float64]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, "f4", float])
def test_another_precision(dtype: Any) -> None:
    for start in (np.float64, np.float32):
        x = Variable(np.array([1.0, 2.0], start))
        y = x.astype(dtype)
        assert y.dtype == np.dtype(dtype)
        (gradient,) = cg.gradients(np.sum(y * y), [x])
        np.testing.assert_array_equal(gradient, np.array([2.0, 4.0], start), strict=True)
        (first,) = cg.gradients(np.sum(y**3), [x], create_graph=True)
        assert first.dtype == start
        np.testing.assert_array_equal(cg.gradients(np.sum(first), [x])[0], np.array([6.0, 12.0], start), strict=True)
    assert Variable(2.0).astype(dtype).dtype == np.dtype(dtype)
