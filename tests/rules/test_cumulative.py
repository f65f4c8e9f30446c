"""Running products with zeros among them, and the ufunc methods that are running reductions."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg


@given(st.lists(st.sampled_from([0.0, 1.0, -2.0, 3.0]), min_size=1, max_size=5))
def test_a_running_product_with_zeros_is_exact(values: list[float]) -> None:
    """Every term is a product of small whole numbers, so each derivative is one too, with nothing rounded."""
    x = np.array(values)
    w = np.arange(1.0, len(x) + 1)
    found = cg.grad(lambda x: np.sum(w * np.cumprod(x)))(x)
    expected = [sum(w[i] * np.prod(np.delete(x[: i + 1], j)) for i in range(j, len(x))) for j in range(len(x))]
    np.testing.assert_array_equal(found, expected)


def test_second_derivatives_of_a_running_product_with_zeros() -> None:
    found = cg.hessian(lambda x: np.sum(np.cumprod(x)))(np.array([0.0, 2.0, 0.0]))
    np.testing.assert_array_equal(found, [[0, 1, 2], [1, 0, 0], [2, 0, 0]])


def test_accumulate_and_outer() -> None:
    x = np.array([3.0, 1.0, 2.0])
    np.testing.assert_array_equal(cg.grad(lambda x: np.sum(np.add.accumulate(x)))(x), [3, 2, 1])
    np.testing.assert_array_equal(cg.grad(lambda x: np.multiply.accumulate(x)[-1])(x), [2, 6, 3])
    np.testing.assert_array_equal(cg.grad(lambda x: np.sum(np.multiply.outer(x, x)))(x), [12, 12, 12])
    assert np.subtract.outer(cg.Variable(x), np.ones((2, 2))).shape == (3, 2, 2)
