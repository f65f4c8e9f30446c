"""Elementwise ops where mathematics leaves a choice or floating point a trap: ties, kinks, zeros, huge numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg

Variable: Any = cg.Variable


def slopes(f: Any, *points: Any) -> Any:
    """The derivatives of an elementwise function by each argument; the same whether they are numbers or arrays."""
    numbers = cg.grad(f, tuple(range(len(points))))(*points)
    arrays = cg.grad(lambda *xs: np.sum(f(*xs)), tuple(range(len(points))))(*[np.array([x]) for x in points])
    np.testing.assert_array_equal(numbers, [a[0] for a in arrays])
    return numbers


# ------------------------------------------------------------------------------------------------------- ties and kinks


@pytest.mark.parametrize("function", [np.maximum, np.minimum, np.fmax, np.fmin])
def test_a_tie_is_shared_equally(function: Any) -> None:
    assert slopes(function, 2.0, 2.0) == (0.5, 0.5)
    assert slopes(lambda x: function(x, x), 2.0) == (1.0,)
    assert slopes(lambda x: function(x, 2.0), 2.0) == (0.5,)
    assert slopes(lambda x: function(2.0, x), 2.0) == (0.5,)
    assert slopes(function, 0.0, -0.0) == (0.5, 0.5)


def test_a_number_wins_against_nan_where_numpy_says_so() -> None:
    for function in (np.fmax, np.fmin):
        assert slopes(function, math.nan, 2.0) == (0.0, 1.0)
        assert slopes(function, 2.0, math.nan) == (1.0, 0.0)


def test_flat_functions_have_slope_zero() -> None:
    for function in (np.sign, np.floor, np.ceil, np.trunc, np.rint, lambda x: x // 2.0, lambda x: x // 1):
        for x in (-1.5, 0.0, 0.5, 1.0, 2.5):
            assert slopes(function, x) == (0.0,)


def test_the_absolute_value_has_slope_zero_at_zero() -> None:
    for function in (abs, np.abs, np.fabs):
        assert [slopes(function, x)[0] for x in (-2.0, -0.0, 0.0, 3.0)] == [-1.0, 0.0, 0.0, 1.0]


def test_clip_shares_at_its_edges() -> None:
    x = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    assert [slopes(lambda x: np.clip(x, -1.0, 1.0), float(v))[0] for v in x] == [0.0, 0.5, 1.0, 0.5, 0.0]
    assert [slopes(lambda x: np.clip(x, -1.0, None), float(v))[0] for v in x] == [0.0, 0.5, 1.0, 1.0, 1.0]
    assert [slopes(lambda x: np.clip(x, None, 1.0), float(v))[0] for v in x] == [1.0, 1.0, 1.0, 0.5, 0.0]
    low, high = Variable(-1.0), Variable(1.0)
    assert cg.gradients(np.sum(np.clip(x, low, high)), [low, high]) == [1.5, 1.5]
    for v in x:  # it is a maximum and a minimum, and so are its slopes
        found = slopes(np.clip, float(v), -1.0, 1.0)
        assert found == slopes(lambda x, low, high: np.minimum(np.maximum(x, low), high), float(v), -1.0, 1.0)


def test_remainders_of_any_sign() -> None:
    for x, y in ((7.5, 2.0), (-7.5, 2.0), (7.5, -2.0), (-7.5, -2.0)):
        assert slopes(np.remainder, x, y) == (1.0, -(x // y))
        assert slopes(lambda x, y: x % y, x, y) == (1.0, -(x // y))


# --------------------------------------------------------------------------------------------------------------- powers


@pytest.mark.parametrize(
    "exponent", [2, 2.0, np.float64(2), np.int64(2), np.array(2.0), np.array([2]), 3, 1, 1.0, 0, 0.0]
)
@pytest.mark.parametrize("x", [-2.0, -1.0, 0.0, 3.0])
def test_whole_powers_of_any_number(x: float, exponent: Any) -> None:
    """Also of zero and of negative ones: forward, first and second derivative, and nothing is warned of."""
    n = float(np.reshape(exponent, -1)[0])
    v = Variable([x])
    y = v**exponent
    (first,) = cg.gradients(np.sum(y), [v], create_graph=True)
    (second,) = cg.gradients(np.sum(first), [v])
    assert float(first.value[0]) == (n * x ** (n - 1) if n else 0.0)
    assert float(second[0]) == (n * (n - 1) * x ** (n - 2) if n > 1 else 0.0)
    if np.ndim(exponent) == 0:
        assert cg.grad(lambda x: x**exponent)(x) == float(first.value[0])
        assert cg.grad(cg.grad(lambda x: x**exponent))(x) == float(second[0])


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (0.0, 2.0, (0.0, 0.0)),
        (0.0, 1.0, (1.0, 0.0)),
        (0.0, 0.0, (0.0, 0.0)),
        (3.0, 0.0, (0.0, math.log(3.0))),
        (2.0, 3.0, (12.0, 8 * math.log(2.0))),
        (2.0, -1.0, (-0.25, 0.5 * math.log(2.0))),
        (1e-300, 0.0, (0.0, math.log(1e-300))),
    ],
)
def test_a_power_with_both_as_variables(x: float, y: float, expected: tuple[float, float]) -> None:
    np.testing.assert_allclose(slopes(np.power, x, y), expected, rtol=1e-14)
    np.testing.assert_allclose(slopes(lambda x, y: x**y, x, y), expected, rtol=1e-14)


@given(x=st.floats(0.2, 5.0), y=st.sampled_from([-2.0, -1.0, 0.0, 0.5, 1.0, 2.0, 3.0]))
def test_the_mixed_derivative_of_a_power(x: float, y: float) -> None:
    """d²/dx dy x**y = x**(y-1) (1 + y log x), in either order; 1/x at y = 0."""
    expected = x ** (y - 1) * (1 + y * math.log(x))
    xs, ys = Variable([x]), Variable([y])
    dx, dy = cg.gradients(np.sum(xs**ys), [xs, ys], create_graph=True)
    np.testing.assert_allclose(cg.gradients(np.sum(dx), [ys])[0], [expected], rtol=1e-12)
    np.testing.assert_allclose(cg.gradients(np.sum(dy), [xs])[0], [expected], rtol=1e-12)


def test_a_root_is_infinitely_steep_at_zero() -> None:
    for root in (np.sqrt, lambda x: x**0.5, np.cbrt):
        with np.errstate(divide="ignore"):
            assert slopes(root, 0.0) == (math.inf,)
        with pytest.warns(RuntimeWarning, match="divide by zero"):
            cg.grad(root)(0.0)


# -------------------------------------------------------------------------------------------------------- large numbers


@pytest.mark.parametrize(
    "function", [np.tanh, np.arctan, np.arcsinh, np.sin, np.cos, np.hypot, np.logaddexp, np.arctan2]
)
@pytest.mark.parametrize("x", [1000.0, -1000.0])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_stable_far_out(function: Any, x: float, dtype: Any) -> None:
    """First and second derivatives at a thousand are finite, and nothing is warned of: warnings are errors here."""
    count = function.nin
    xs = [Variable(np.array([x, -x][:1] if k == 0 else [0.5 * x], dtype)) for k in range(count)]
    first = cg.gradients(np.sum(function(*xs)), xs, create_graph=True)
    total: Any = sum(np.sum(g) for g in first)
    second = cg.gradients(total, xs)
    for gradient in (*[g.value for g in first], *second):
        assert gradient.dtype == dtype
        assert np.all(np.isfinite(gradient))


def test_sums_of_exponentials_of_any_size() -> None:
    infinite = math.inf
    for x, y, expected in (
        (1000.0, 1000.0, (0.5, 0.5)),
        (1000.0, -1000.0, (1.0, 0.0)),
        (-1e300, 1e300, (0.0, 1.0)),
        (-infinite, -infinite, (0.5, 0.5)),
        (-infinite, 1.0, (0.0, 1.0)),
        (infinite, infinite, (0.5, 0.5)),
        (infinite, 1.0, (1.0, 0.0)),
    ):
        assert slopes(np.logaddexp, x, y) == expected
    np.testing.assert_allclose(
        slopes(np.logaddexp, 1e6, 1e6 + 1.0), [1 / (1 + math.e), math.e / (1 + math.e)], rtol=1e-15
    )


def test_a_hyperbola_keeps_its_slope_where_the_square_overflows() -> None:
    np.testing.assert_allclose(slopes(np.hypot, 3e200, 4e200), (0.6, 0.8), rtol=1e-15)
    np.testing.assert_allclose(slopes(np.arcsinh, 1e200), (1e-200,), rtol=1e-15)


# ---------------------------------------------------------------------------------------------------------------- where


def test_where_chooses_the_slope_as_it_chooses_the_value() -> None:
    x, y = Variable([1.0, 2.0, 3.0]), Variable(5.0)
    mask = np.array([True, False, True])
    for condition in (mask, mask.tolist(), x != 2.0, np.where(mask, x, 0.0)):
        found = cg.gradients(np.sum(np.where(condition, x, y)), [x, y])
        np.testing.assert_array_equal(found[0], [1.0, 0.0, 1.0])
        assert found[1] == 1.0


def test_a_guarded_branch_leaves_no_nan() -> None:
    """The safe form: the argument of the dangerous function is kept away from the danger as well."""
    x = np.array([-1.0, 0.0, 4.0])

    def f(x: Any) -> Any:
        return np.sum(np.where(x > 0, np.sqrt(np.where(x > 0, x, 1.0)), 0.0))

    np.testing.assert_array_equal(cg.grad(f)(x), [0.0, 0.0, 0.25])
    np.testing.assert_array_equal(cg.grad(lambda x: np.sum(cg.grad(f)(x)))(x), [0.0, 0.0, -1 / 32])


# ---------------------------------------------------------------------------------------------------------- the origin


def test_at_the_origin_the_slopes_of_least_size() -> None:
    assert slopes(np.hypot, 0.0, 0.0) == (0.0, 0.0)
    assert slopes(np.arctan2, 0.0, 0.0) == (0.0, 0.0)


@pytest.mark.parametrize("function", [cg.relu, cg.leaky_relu, cg.softplus, cg.sigmoid])
def test_a_number_gives_a_number_and_not_an_array_without_axes(function: Any) -> None:
    assert isinstance(function(2.0), float)


# -------------------------------------------------------------------------------------------------------------- memory


@pytest.mark.parametrize("shape", [(), (3,), (300, 200)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex128])
def test_the_rule_of_tanh_computes_in_no_memory_but_its_own(shape: tuple[int, ...], dtype: Any) -> None:
    x = Variable(np.full(shape, 0.5, dtype))
    y = np.tanh(x)
    seed, value = np.full(shape, 2.0, dtype), np.copy(y.value)
    for _ in range(2):
        (slope,) = cg.gradients(y, [x], seed=seed)
        np.testing.assert_array_equal(slope, seed * (1 - value * value))
        np.testing.assert_array_equal(y.value, value)
        np.testing.assert_array_equal(seed, 2.0)
        assert slope.dtype == dtype
