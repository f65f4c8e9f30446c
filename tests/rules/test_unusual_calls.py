"""Ways of calling NumPy's functions that are seldom taken: the value is NumPy's, the slopes are the nudged ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest

import compgraph as cg
from compgraph.rules.composition import COMPOSED, _signature

np: Any = numpy  # no type checker lets these calls pass

V = np.array([0.5, 2.0, -1.5, 3.0])
M = np.array([[0.5, -2.0, 1.5], [3.0, 1.0, -0.7]])
GAPS = np.array([[0.5, np.nan, 1.5], [3.0, 1.0, -0.7]])
SOME = np.array([[True, True, False], [False, True, True]])

CALLS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "einsum by lists of axes": (lambda x: np.einsum(x, [0, 1], x, [2, 1], [0, 2]), M),
    "einsum by lists, the result left out": (lambda x: np.einsum(x, [1, 0]), M),
    "einsum by lists with an ellipsis": (lambda x: np.einsum(x, [Ellipsis, 0], [0, Ellipsis]), M),
    "nanmax of some": (lambda x: np.nanmax(np.where(np.isnan(GAPS), np.nan, x), axis=1, where=SOME, initial=-9.0), M),
    "nanmin of some": (lambda x: np.nanmin(np.where(np.isnan(GAPS), np.nan, x), where=SOME, initial=0.9), M),
    "norm of ord -1": (lambda x: np.linalg.norm(x, -1), V),
    "norm of ord 0": (lambda x: np.linalg.norm(x, 0) * np.sum(x), V),
    "trim_zeros of nothing but zeros": (lambda x: np.trim_zeros(0.0 * x), V),
    "select by conditions of two shapes": (
        lambda x: np.select([np.array([True, False, False]), M > 1], [x, -x], 7.0),
        M,
    ),
    "piecewise with nothing left over": (lambda x: np.piecewise(x, [M > 0, M <= 0], [np.sqrt, lambda v: v * v]), M),
    "pad nothing along one axis": (lambda x: np.pad(x, ((0, 0), (1, 2)), mode="wrap"), M),
    "interp on a single point": (lambda x: np.interp(x[:3], [1.0], x[3:], left=0.25), V),
    "interp on a single point, both sides": (lambda x: np.interp(x[:3], [1.0], x[3:]), V),
    "full_like with a plain number": (lambda x: np.full_like(x, 3.0) * x, M),
    "full_like of another shape and dtype": (lambda x: np.full_like(x, x[0], shape=(2, 2), dtype=float), V),
    "geomspace along the last axis": (lambda x: np.geomspace(x, 9.0, 3, axis=-1), np.array([0.5, 2.0])),
    "quantile beside NaN": (lambda x: np.nan_to_num(np.quantile(x * np.where(GAPS > 0, 1.0, GAPS), 0.3, axis=1)), M),
    "nanmedian of nothing": (
        lambda x: np.nan_to_num(np.nanmedian(np.where(np.array([True, False])[:, None], np.nan, x), axis=1)),
        M,
    ),
    "corrcoef of one row": (lambda x: np.corrcoef(x) * np.sum(x), V),
    "linspace of one": (lambda x: np.linspace(x[0], x[1], 1), V),
    "diff between others": (lambda x: np.diff(x, prepend=x[::-1], append=1.0), V),
}


@pytest.mark.filterwarnings("ignore:All-NaN slice:RuntimeWarning")
@pytest.mark.parametrize(("call", "at"), CALLS.values(), ids=list(CALLS))
def test_value_and_slopes(call: Callable[[Any], Any], at: Any) -> None:
    expected = np.asarray(call(at))
    x = cg.Variable(at)
    node = call(x)
    assert isinstance(node, cg.Node)
    assert (node.shape, node.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_allclose(node.value, expected, rtol=1e-14)
    weights = np.random.default_rng(0).uniform(0.5, 1.5, expected.shape)
    (slopes,) = cg.gradients(np.sum(node * weights), [x])
    for index in np.ndindex(at.shape):
        nudge = np.zeros(at.shape)
        nudge[index] = 1e-6
        nudged = np.sum((np.asarray(call(at + nudge)) - np.asarray(call(at - nudge))) * weights) / 2e-6
        np.testing.assert_allclose(slopes[index], nudged, rtol=1e-8, atol=1e-8)


def test_pad_by_axis() -> None:
    """np.pad takes a dict of axes since NumPy 2.4; nodes do with any."""
    x = cg.Variable(M)
    padded = np.pad(x, {1: (1, 2), -2: 1})
    np.testing.assert_array_equal(padded.value, np.pad(M, ((1, 1), (1, 2))))
    np.testing.assert_array_equal(cg.gradients(np.sum(padded * padded), [x])[0], 2 * M)


def test_bincount_of_nodes_that_count() -> None:
    """Without weights it is a plain count, of the values."""
    assert np.bincount(np.array([1, 3, 1]), minlength=5).tolist() == [0, 2, 0, 1, 0]
    counted = COMPOSED[np.bincount]((np.array([1, 3, 1]),), {"minlength": 5})
    assert counted.tolist() == [0, 2, 0, 1, 0]
    assert not isinstance(counted, cg.Node)


def test_astype_of_whole_numbers_is_plain() -> None:
    plain = np.astype(cg.Variable(V), int)
    assert type(plain) is numpy.ndarray
    assert plain.tolist() == [0, 2, -1, 3]


def test_a_function_without_a_signature() -> None:
    """Functions written in C need not say what they take; then the arguments are handed on as they come."""
    assert _signature(max) is None
    assert _signature(np.add) is None
    assert _signature(np.outer) is not None
    assert repr(COMPOSED[np.outer]) == "<Composition outer>"
