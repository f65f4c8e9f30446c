"""Strong zeros: nothing flows from an entry whose cotangent is exactly zero, and all else is as it was."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.reverse import sweep
from compgraph.strong_zeros import masked_sweep

SEEDS = st.integers(0, 2**32 - 1)
NAN, INF = np.nan, np.inf


def roots(x: Any) -> Any:
    return np.sum(np.where(x > 0, np.sqrt(x), 0.0))


# each: a function, where, and its gradient there; no entry that is not chosen may leave anything
MASKED: dict[str, tuple[Callable[[Any], Any], list[float], list[float]]] = {
    "where of a root": (roots, [0.0, 4.0], [0.0, 0.25]),
    "where of the root of a negative number": (roots, [-1.0, 4.0], [0.0, 0.25]),
    "where of a logarithm": (lambda x: np.sum(np.where(x > 0, np.log(x), x)), [0.0, 2.0, -1.0], [1.0, 0.5, 1.0]),
    "where of a quotient": (lambda x: np.sum(np.where(x == 0, 1.0, np.sin(x) / x)), [0.0, np.pi], [0.0, -1 / np.pi]),
    "where of a power": (lambda x: np.sum(np.where(x > 0, x**0.3, 0.0)), [0.0, 1.0], [0.0, 0.3]),
    "where of what overflows": (lambda x: np.sum(np.where(x < 9, np.expm1(x), x)), [1e3, 0.0], [1.0, 1.0]),
    "sum(where=)": (lambda x: np.sum(np.sqrt(x), where=x > 0), [0.0, 4.0, -1.0], [0.0, 0.25, 0.0]),
    "mean(where=)": (lambda x: np.mean(np.log(x), where=x > 0), [0.0, 4.0, -1.0], [0.0, 0.25, 0.0]),
    "nansum": (lambda x: np.nansum(np.sqrt(x)), [-1.0, 4.0], [0.0, 0.25]),
    "indexing": (lambda x: np.sum(np.sqrt(x)[1:]), [0.0, 4.0], [0.0, 0.25]),
    "maximum": (lambda x: np.sum(np.maximum(np.sqrt(x), 1.0)), [0.0, 4.0], [0.0, 0.25]),
    "two steps": (
        lambda x: np.sum(np.where(x > 0, np.sqrt(np.abs(np.log(x))), 0.0)),
        [0.0, 1 / math.e],
        [0.0, -math.e / 2],
    ),
    "a matrix product": (
        lambda x: (x @ np.array([[INF, 1.0], [1.0, 2.0]]))[1],
        [3.0, 4.0],
        [1.0, 2.0],
    ),
    "an infinite weight on nothing": (
        lambda x: np.where([True, False], x * np.array([2.0, INF]), 0.0).sum(),
        [1.0, 1.0],
        [2.0, 0.0],
    ),
}


@pytest.mark.parametrize(("f", "at", "gradient"), MASKED.values(), ids=MASKED.keys())
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_what_is_not_chosen_leaves_nothing(f: Any, at: Any, gradient: Any, dtype: Any) -> None:
    x = np.array(at, dtype)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # the function itself is NumPy's business
        found = cg.grad(f)(x)
        leaf = cg.Variable(x)
        f(leaf).backward()
        forward = [cg.jvp(f, [x], [unit])[1] for unit in np.eye(len(x), dtype=dtype)]
    assert found.dtype == dtype
    for gradient_ in (found, leaf.grad, forward):
        np.testing.assert_allclose(gradient_, gradient, rtol=4 * np.finfo(dtype).eps)


@pytest.mark.parametrize("masked", range(3))
@pytest.mark.parametrize("factor", [1.0, 1e200])  # of which the square is infinite, and the gradient is not
def test_one_of_several_leaves_is_enough(masked: int, factor: float) -> None:
    leaves = [cg.Variable([0.0, 4.0]) for _ in range(3)]
    output: Any = sum(roots(x) if i == masked else np.sum(np.full(2, factor) * x) for i, x in enumerate(leaves))
    output.backward()
    for i, x in enumerate(leaves):
        np.testing.assert_array_equal(x.grad, [0.0, 0.25] if i == masked else [factor, factor])


def test_the_reverse_pass_warns_of_nothing_that_is_masked() -> None:
    x = cg.Variable([0.0, 4.0])
    J = roots(x)
    with np.errstate(all="raise"):
        J.backward()
    np.testing.assert_array_equal(x.grad, [0.0, 0.25])


def test_second_derivatives() -> None:
    x = np.array([0.0, 4.0])
    np.testing.assert_array_equal(cg.hessian(roots)(x), [[0.0, 0.0], [0.0, -1 / 32]])
    slope = cg.grad(lambda x: cg.grad(roots)(x)[1])
    np.testing.assert_array_equal(slope(x), [0.0, -1 / 32])


def test_numbers() -> None:
    with np.errstate(divide="ignore"):
        assert cg.grad(lambda x: np.where(x > 0, np.log(x), x))(0.0) == 1.0
        assert cg.jvp(lambda x: np.where(x > 0, np.log(x), x), [0.0], [1.0]) == (0.0, 1.0)
        assert cg.grad(lambda x: 0.0 * np.sqrt(x) + x)(0.0) == 1.0


def test_a_factor_of_zero_sends_nothing_back() -> None:
    x = np.array([0.0, 4.0])
    np.testing.assert_array_equal(cg.grad(lambda x: np.sum(np.sqrt(x) * np.array([0.0, 1.0])))(x), [0.0, 0.25])


def test_an_infinite_slope_stays_with_its_warning() -> None:
    x = np.array([0.0, 4.0])
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        np.testing.assert_array_equal(cg.grad(lambda x: np.sum(np.sqrt(x)))(x), [INF, 0.25])
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        cg.grad(lambda x: np.sum(np.sqrt(x)))(x)
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        tangent = cg.jvp(np.sqrt, [x], [np.array([1.0, 1.0])])[1]
    np.testing.assert_array_equal(tangent, [INF, 0.25])


def test_what_is_nan_stays_nan() -> None:
    """A NaN that the output depends on is no zero: masking stops at exact zeros."""
    x = np.array([NAN, 2.0])
    np.testing.assert_array_equal(cg.grad(lambda x: np.sum(x * x))(x), [NAN, 4.0])
    np.testing.assert_array_equal(
        cg.grad(lambda x: np.sum(x @ np.array([[INF, 1.0], [1.0, 2.0]])))(np.ones(2)), [INF, 3.0]
    )
    A = np.array([[NAN, 1.0], [1.0, 2.0]])
    np.testing.assert_array_equal(cg.grad(lambda x: np.sum(A @ x))(np.ones(2)), [NAN, 3.0])


def test_an_unused_zero_is_differentiable_all_the_same() -> None:
    """∂²(u v)/∂u∂v at u = 0, beside a masked NaN: a cotangent that happens to be 0 still has a slope."""

    def f(x: Any) -> Any:
        u, v, w = x
        return u * v**2 + np.where(w > 0, np.sqrt(w), 0.0)

    at = np.array([0.0, 3.0, 0.0])
    expected = np.zeros((3, 3))
    expected[0, 1] = expected[1, 0] = 6.0
    np.testing.assert_array_equal(cg.hessian(f)(at), expected)


@given(seed=SEEDS, rows=st.integers(1, 4), columns=st.integers(1, 4))
def test_masked_and_unmasked_sweeps_agree_where_all_is_finite(seed: int, rows: int, columns: int) -> None:
    rng = np.random.default_rng(seed)
    x, y = cg.Variable(rng.uniform(0.5, 2, (rows, columns))), cg.Variable(rng.uniform(0.5, 2, (columns, 1)))
    J = np.sum(np.tanh(x @ y) + np.where(x.value > 1, np.log(x), x**2).T.sum() * np.max(y))
    tape = cg.Tape(J)
    fast, careful = sweep(tape, 1.0), masked_sweep(tape, 1.0, None, None, False)
    for leaf in (x, y):
        np.testing.assert_array_equal(
            np.broadcast_to(fast[leaf], leaf.shape), np.broadcast_to(careful[leaf], leaf.shape)
        )
    masked = masked_sweep(tape, 1.0, {x}, tape.towards({x}), True)
    assert set(masked) == {x}
    np.testing.assert_allclose(masked[x].value, fast[x], rtol=1e-14)
