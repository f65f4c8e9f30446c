"""Norms where they have no derivative: the least subgradient, and no NaN."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import compgraph as cg


@pytest.mark.parametrize("ord", [None, 2, 1, 3, 1.5, 0, 0.5, np.inf, -np.inf])
def test_vector_norms_at_zero(ord: Any) -> None:
    np.testing.assert_array_equal(cg.grad(lambda x: np.linalg.norm(x, ord=ord))(np.zeros(3)), np.zeros(3))


@pytest.mark.parametrize("ord", [None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf])
def test_matrix_norms_at_zero(ord: Any) -> None:
    np.testing.assert_array_equal(cg.grad(lambda x: np.linalg.norm(x, ord=ord))(np.zeros((2, 2))), np.zeros((2, 2)))


def test_the_square_of_a_norm_at_zero() -> None:
    np.testing.assert_array_equal(cg.grad(lambda x: np.linalg.norm(x) ** 2)(np.zeros(3)), np.zeros(3))


def test_a_norm_along_an_axis_with_one_row_of_zeros() -> None:
    x = np.array([[3.0, 4.0], [0.0, 0.0]])
    for f in (np.linalg.norm, np.linalg.vector_norm):
        found = cg.grad(lambda x, f=f: np.sum(f(x, axis=1)))(x)
        np.testing.assert_allclose(found, [[0.6, 0.8], [0.0, 0.0]], rtol=1e-15)


def test_the_nuclear_norm_of_a_matrix_of_rank_one() -> None:
    """The subgradients are U Vᵀ + W with W of norm at most 1 on the rest; the least has W = 0."""
    found = cg.grad(lambda x: np.linalg.norm(x, ord="nuc"))(np.ones((2, 2)))
    np.testing.assert_allclose(found, np.full((2, 2), 0.5), rtol=1e-14)


def test_entries_that_are_zero_in_a_p_norm() -> None:
    found = cg.grad(lambda x: np.linalg.norm(x, ord=1.5))(np.array([0.0, 4.0]))
    np.testing.assert_allclose(found, [0.0, 1.0], rtol=1e-15)
