"""Decompositions of matrices larger than the generic tests draw, and their conventions where they are not smooth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.errors import MissingRuleError

SEEDS = st.integers(0, 2**32 - 1)


def slope(f: Callable[[Any], Any], x: Any, direction: Any, step: float = 1e-3) -> Any:
    def central(h: float) -> Any:
        return (f(x + h * direction) - f(x - h * direction)) / (2 * h)

    return (4 * central(step / 2) - central(step)) / 3


def check(f: Callable[[Any], Any], a: Any, rng: np.random.Generator) -> None:
    """The gradient of a number entry by entry, and the Hessian along a direction, against finite differences."""
    gradient = cg.grad(f)(a)
    for index in np.ndindex(a.shape):
        one = np.zeros(a.shape)
        one[index] = 1.0
        assert gradient[index] == pytest.approx(slope(f, a, one), rel=1e-6, abs=1e-6)
    direction = rng.uniform(-1, 1, a.shape)
    x = cg.Variable(a)
    (first,) = cg.gradients(f(x), [x], create_graph=True)
    (second,) = cg.gradients(np.sum(first * direction), [x])
    np.testing.assert_allclose(second, slope(cg.grad(f), a, direction), rtol=1e-5, atol=1e-5)


def with_values(rng: np.random.Generator, rows: int, columns: int, values: list[float]) -> Any:
    """A random matrix with these singular values."""
    k = len(values)
    U, V = (np.linalg.qr(rng.normal(size=(n, n)))[0][:, :k] for n in (rows, columns))
    return U * values @ V.T


def weighted(result: Any, seed: int) -> Any:
    """A number that depends on every part of a result, but not on the signs of vectors, which are arbitrary."""
    rng = np.random.default_rng(seed)
    return sum(np.sum(rng.normal(size=np.shape(part)) * part**2) for part in result)


@given(seed=SEEDS, upper=st.booleans())
def test_cholesky(seed: int, upper: bool) -> None:
    rng = np.random.default_rng(seed)
    a = with_values(rng, 3, 3, [1.0, 1.7, 2.5])
    a = a @ a.T
    check(lambda x: weighted([np.linalg.cholesky(x, upper=upper)], seed), a, rng)


@given(seed=SEEDS, triangle=st.sampled_from("LU"))
def test_eigh(seed: int, triangle: Any) -> None:
    rng = np.random.default_rng(seed)
    Q = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    a = Q * [-1.0, 0.2, 1.0, 2.5] @ Q.T
    check(lambda x: weighted(np.linalg.eigh(x, UPLO=triangle), seed), a, rng)


@given(seed=SEEDS, shape=st.sampled_from([(3, 3), (4, 2), (2, 4)]))
def test_svd(seed: int, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(seed)
    a = with_values(rng, *shape, [2.5, 1.6, 0.8][: min(shape)])
    check(lambda x: weighted(np.linalg.svd(x, full_matrices=False), seed), a, rng)


@given(seed=SEEDS, shape=st.sampled_from([(3, 3), (4, 2), (2, 4)]))
def test_qr(seed: int, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(seed)
    a = with_values(rng, *shape, [2.5, 1.6, 0.8][: min(shape)])
    check(lambda x: weighted(np.linalg.qr(x), seed), a, rng)


def test_only_one_triangle_is_read() -> None:
    a = np.array([[4.0, 1.0], [1.0, 3.0]])
    for f in (np.linalg.cholesky, np.linalg.eigvalsh):
        assert cg.grad(lambda x, f=f: np.sum(f(x) ** 3))(a)[0, 1] == 0.0
    assert cg.grad(lambda x: np.sum(np.linalg.eigvalsh(x, UPLO="U") ** 3))(a)[1, 0] == 0.0


def test_equal_eigenvalues_and_singular_values_leave_no_nan() -> None:
    np.testing.assert_array_equal(cg.grad(lambda a: np.sum(np.linalg.eigvalsh(a)))(np.eye(3)), np.eye(3))
    for matrix in (np.eye(3), np.zeros((3, 3))):
        assert np.all(np.isfinite(cg.grad(lambda a: np.sum(np.linalg.eigh(a)[1]))(matrix)))
        assert np.all(np.isfinite(cg.grad(lambda a: weighted(np.linalg.svd(a), 0))(matrix)))


def test_the_results_have_numpys_names() -> None:
    x = cg.Variable(np.array([[2.0, 1.0], [1.0, 3.0]]))
    assert np.linalg.eigh(x).eigenvalues.shape == (2,)
    assert np.linalg.svd(x).Vh.shape == (2, 2)
    assert np.linalg.qr(x).R.shape == (2, 2)
    assert np.linalg.slogdet(x).logabsdet.shape == ()


def test_what_is_not_determined_is_refused() -> None:
    tall = cg.Variable(np.ones((3, 2)))
    with pytest.raises(MissingRuleError, match="give full_matrices=False"):
        np.linalg.svd(tall)
    with pytest.raises(MissingRuleError, match="mode='complete'"):
        np.linalg.qr(tall, "complete")
