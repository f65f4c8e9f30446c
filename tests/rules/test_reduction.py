"""Reductions at the points where the usual formula for their derivative has no answer."""

import numpy as np
import pytest

import compgraph as cg


@pytest.mark.parametrize("value", [0.0, 0.1, -7.3, 1e30])
def test_the_standard_deviation_of_a_constant_has_slope_zero(value: float) -> None:
    assert cg.grad(np.std)(np.full(3, value)).tolist() == [0.0, 0.0, 0.0]


def test_a_constant_row_beside_one_that_varies() -> None:
    x = np.array([[0.1, 0.1, 0.1], [1.0, 2.0, 6.0]])
    slope = cg.grad(lambda x: np.sum(np.std(x, axis=1)))(x)
    assert slope[0].tolist() == [0.0, 0.0, 0.0]
    assert np.allclose(slope[1], (x[1] - x[1].mean()) / (3 * x[1].std()))


def test_a_product_that_underflows_or_overflows_has_the_slopes_that_do_not() -> None:
    assert np.allclose(cg.grad(np.prod)(np.full(4, 1e-100)), 1e-300, rtol=1e-12, atol=0)
    with np.errstate(over="ignore"):
        assert np.allclose(cg.grad(np.prod)(np.array([1e200, 1e200, 1e-150])), [1e50, 1e50, np.inf])


def test_products_with_zeros_are_exact() -> None:
    assert cg.grad(np.prod)(np.array([2.0, 0.0, 3.0])).tolist() == [0.0, 6.0, 0.0]
    assert cg.grad(np.prod)(np.array([0.0, 0.0, 3.0])).tolist() == [0.0, 0.0, 0.0]
    assert cg.hessian(np.prod)(np.array([0.0, 0.0, 3.0])).tolist() == [[0, 3, 0], [3, 0, 0], [0, 0, 0]]


def test_equal_largest_entries_share() -> None:
    assert cg.grad(np.max)(np.array([1.0, 4.0, 4.0])).tolist() == [0.0, 0.5, 0.5]
    assert cg.grad(np.min)(np.array([1.0, 1.0, 4.0, 1.0])).tolist() == [1 / 3, 1 / 3, 0.0, 1 / 3]
