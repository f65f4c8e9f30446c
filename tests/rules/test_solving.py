"""Inverses and determinants where they are hard: stacks, singular matrices, matrices that are not square."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg

SEEDS = st.integers(0, 2**32 - 1)


def adjugate(a: np.ndarray) -> np.ndarray:
    n = len(a)
    minors = [[np.linalg.det(np.delete(np.delete(a, i, 0), j, 1)) for j in range(n)] for i in range(n)]
    return np.array(minors).T * (-1.0) ** np.add.outer(np.arange(n), np.arange(n))


@pytest.mark.parametrize(
    "a",
    [
        [[1, 2], [2, 4]],
        [[0, 0], [0, 0]],
        [[1, 0, 0], [0, 2, 0], [0, 0, 0]],
        [[1, 1, 1], [1, 1, 1], [1, 1, 1]],
        [[0]],
        [[0, 1, 2, 3], [0, 4, 1, 6], [0, 7, 8, 1], [0, 1, 1, 5]],
    ],
)
def test_the_derivative_of_a_singular_determinant_is_the_adjugate(a: list[list[float]]) -> None:
    matrix = np.array(a, float)
    expected = adjugate(matrix).T if len(a) > 1 else [[1.0]]
    np.testing.assert_allclose(cg.grad(np.linalg.det)(matrix), expected, atol=1e-12)


def test_a_stack_with_one_singular_matrix() -> None:
    stack = np.array([np.eye(3) * 2, np.diag([1.0, 2.0, 0.0]), np.zeros((3, 3))])
    found = cg.grad(lambda a: np.sum(np.linalg.det(a)))(stack)
    np.testing.assert_allclose(found, [np.eye(3) * 4, np.diag([0.0, 0.0, 2.0]), np.zeros((3, 3))], atol=1e-12)


def test_a_large_singular_matrix() -> None:
    """Beyond the size up to which minors are counted one by one: only the column of zeros has a derivative."""
    a = np.random.default_rng(0).normal(size=(30, 30))
    a[:, 0] = 0
    found = cg.grad(np.linalg.det)(a)
    columns = np.array([np.linalg.det(np.column_stack([np.eye(30)[i], a[:, 1:]])) for i in range(30)])
    scale = np.max(np.abs(columns))
    np.testing.assert_allclose(found[:, 0] / scale, columns / scale, atol=1e-12)
    np.testing.assert_allclose(found[:, 1:] / scale, 0, atol=1e-12)


def test_second_derivatives_of_a_singular_determinant() -> None:
    """det is a polynomial: that of [[a, b], [c, d]] is ad - bc, whose Hessian is the same everywhere."""
    expected = [[0, 0, 0, 1], [0, 0, -1, 0], [0, -1, 0, 0], [1, 0, 0, 0]]
    for a in (np.array([1.0, 2.0, 2.0, 4.0]), np.array([1.0, 2.0, 3.0, 4.0]), np.zeros(4)):
        found = cg.hessian(lambda v: np.linalg.det(np.reshape(v, (2, 2))))(a)
        np.testing.assert_allclose(found, expected, atol=1e-12)


@given(seed=SEEDS)
def test_systems_of_stacks(seed: int) -> None:
    """The derivative of the solution is that of the inverse times the right side."""
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(2, 3, 3)) + 4 * np.eye(3)
    b = rng.normal(size=(3, 2))
    w = rng.normal(size=(2, 3, 2))
    for wrt in (0, 1):
        found = cg.grad(lambda a, b: np.sum(w * np.linalg.solve(a, b)), wrt)(a, b)
        expected = cg.grad(lambda a, b: np.sum(w * (np.linalg.inv(a) @ b)), wrt)(a, b)
        np.testing.assert_allclose(found, expected, atol=1e-12)


@given(seed=SEEDS, shape=st.sampled_from([(4, 2), (2, 4), (3, 3)]))
def test_pseudo_inverses(seed: int, shape: tuple[int, int]) -> None:
    """Of full rank they are (AᵀA)⁻¹Aᵀ or Aᵀ(AAᵀ)⁻¹."""
    rng = np.random.default_rng(seed)
    a = rng.normal(size=shape) + 3 * np.eye(*shape)
    w = rng.normal(size=shape[::-1])

    def direct(a: Any) -> Any:
        inverse = np.linalg.inv(a.T @ a) @ a.T if shape[0] >= shape[1] else a.T @ np.linalg.inv(a @ a.T)
        return np.sum(w * inverse)

    np.testing.assert_allclose(cg.grad(lambda a: np.sum(w * np.linalg.pinv(a)))(a), cg.grad(direct)(a), atol=1e-10)


def test_least_squares() -> None:
    a, b = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 2.0]]), np.array([1.0, 2.0, 3.0])
    found = cg.grad(lambda a: np.sum(np.linalg.lstsq(a, b, rcond=None)[0] ** 2))(a)
    expected = cg.grad(lambda a: np.sum(np.linalg.solve(a.T @ a, a.T @ b) ** 2))(a)
    np.testing.assert_allclose(found, expected, atol=1e-12)
