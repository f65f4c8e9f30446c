"""Standardised features: mean 0 and standard deviation 1 on the training rows, whatever the columns hold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from compgraph.errors import DataError
from compgraph.networks.standardise import scale_of, standardise
from tests.networks.drawn import Array


@given(arrays(float, st.tuples(st.integers(1, 4), st.integers(2, 9)), elements=st.integers(-100, 100).map(float)))
def test_mean_0_and_standard_deviation_1(X: Array) -> None:
    before = X.copy()
    Z = standardise(X, scale_of(X))
    constant = np.ptp(X, axis=1) == 0
    # m + 2 roundings of numbers no larger than √m.
    off = 10 * X.shape[1] ** 2 * np.finfo(float).eps * 200
    np.testing.assert_allclose(Z.mean(axis=1), 0, atol=off)
    np.testing.assert_allclose(Z.std(axis=1), np.where(constant, 0, 1), atol=off)
    np.testing.assert_array_equal(X, before)


def test_a_constant_feature_becomes_0_and_not_nan() -> None:
    """Also where rounding gives it a mean that is not its value: 0.1 + 0.1 + 0.1, divided by 3, is not 0.1."""
    X = np.full((1, 3), 0.1)
    assert X.std() > 0
    scale = scale_of(X)
    np.testing.assert_array_equal(standardise(X, scale), np.zeros((1, 3)))
    np.testing.assert_allclose(standardise(np.array([[0.3]]), scale), [[0.2]])


def test_other_rows_use_the_scale_of_the_training_rows() -> None:
    scale = scale_of(np.array([[1.0, 3.0]]))
    np.testing.assert_array_equal(standardise(np.array([[2.0, 7.0]]), scale), [[0, 5]])


@pytest.mark.parametrize("numbers", [[1e308, -1e308], [1e200, 2e200], [1e-200, 2e-200]])
def test_numbers_without_a_square_in_float64_are_refused_by_name(numbers: list[float]) -> None:
    with pytest.raises(DataError, match=r"feature 'size' lies between .* give that column in another unit"):
        scale_of(np.array([[1.0, 2.0], numbers]), ["other", "size"])
