"""sinc at and near 0 to any order, Bessel functions, and infinite arguments of logaddexp2."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph.rules.special import bessel_i, sinc_slope


def test_derivatives_of_sinc_at_zero() -> None:
    """By its series 1 - (πx)²/6 + (πx)⁴/120 - ..."""
    f = np.sinc
    for expected in (1.0, 0.0, -(math.pi**2) / 3, 0.0, math.pi**4 / 5):
        assert f(0.0) == pytest.approx(expected, rel=1e-14, abs=1e-14)
        f = cg.grad(f)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_the_series_of_sinc_meets_the_recurrence(order: int) -> None:
    edge = (2 + order) / math.pi
    below, above = sinc_slope(np.array([edge * (1 - 1e-12), edge * (1 + 1e-12)]), order)
    assert below == pytest.approx(above, rel=1e-9, abs=1e-10)


def test_bessel_functions() -> None:
    """Abramowitz and Stegun, tables 9.8 and 9.9, and the function's own recurrence far out."""
    assert float(bessel_i(np.array(1.0), 1)) == pytest.approx(0.565159103992485, rel=1e-15)
    x = np.array([0.5, 30.0, 300.0, 600.0])
    np.testing.assert_allclose(bessel_i(x, 0), np.i0(x), rtol=1e-13)
    np.testing.assert_allclose(bessel_i(x, 0) - bessel_i(x, 2), 2 / x * bessel_i(x, 1), rtol=1e-10)
    assert cg.grad(cg.grad(np.i0))(0.0) == 0.5


def test_logaddexp2_of_infinities() -> None:
    for x, y, expected in (
        (-np.inf, -np.inf, 0.5),
        (np.inf, np.inf, 0.5),
        (-np.inf, 0.0, 0.0),
        (0.0, -np.inf, 1.0),
        (np.inf, 0.0, 1.0),
    ):
        assert cg.grad(np.logaddexp2)(x, y) == expected


def test_the_step_takes_its_second_argument_at_zero_only() -> None:
    x = np.array([-1.0, 0.0, 2.0])
    np.testing.assert_array_equal(cg.grad(lambda h: np.sum(3 * np.heaviside(x, h)))(np.full(3, 0.5)), [0, 3, 0])
    np.testing.assert_array_equal(cg.grad(lambda x: np.sum(np.heaviside(x, 0.5)))(x), [0, 0, 0])


def test_parts_of_numbers() -> None:
    x = cg.Variable([1.25, -3.5])
    parts: Any = np.modf(x)
    fraction = parts[0]
    np.testing.assert_array_equal(fraction.value, [0.25, -0.5])
    assert cg.gradients(np.sum(fraction), [x])[0].tolist() == [1, 1]
    mantissa, exponent = np.frexp(x)
    assert exponent.dtype.kind == "i"
    assert cg.gradients(np.sum(mantissa), [x])[0].tolist() == [0.5, 0.25]
    assert cg.gradients(np.sum(np.ldexp(x, np.array([1, 3]))), [x])[0].tolist() == [2, 8]
