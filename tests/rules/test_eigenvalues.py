"""Eigenvalues and eigenvectors of general matrices: complex spectra of real ones, NumPy's normalisation, invariants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg

SEEDS = st.integers(0, 2**32 - 1)

SPECTRA: dict[str, list[Any]] = {
    "complex pairs": [1.0 + 2.0j, 1.0 - 2.0j, -1.5 + 0.7j, -1.5 - 0.7j],
    "a pair and two real": [0.5 + 1.5j, 0.5 - 1.5j, 2.5, -2.0],
    "real": [-2.0, -0.5, 1.0, 3.0],
    "of a complex matrix": [1.0 + 1.0j, -1.0 + 0.5j, 2.0j, 2.0],
}
spectrum = pytest.mark.parametrize("spectrum", SPECTRA)


def with_eigenvalues(values: list[Any], rng: np.random.Generator, real: bool) -> Any:
    """A matrix that has these eigenvalues, and well apart eigenvectors, one entry of each much the largest."""
    n = len(values)
    vectors = np.eye(n) + rng.uniform(-0.1, 0.1, (n, n)) + 1j * rng.uniform(-0.1, 0.1, (n, n))
    for k in range(n):
        if real and not np.imag(values[k]):
            vectors[:, k] = vectors[:, k].real
        elif real and np.imag(values[k]) > 0:  # of a real matrix the vectors come in conjugate pairs too
            vectors[k + 1, k] += 0.5j
            vectors[:, k + 1] = np.conj(vectors[:, k])
    matrix = vectors @ np.diag(values) @ np.linalg.inv(vectors)
    return np.ascontiguousarray(matrix.real) if real else matrix


def matrix_of(spectrum: str, seed: int) -> tuple[Any, np.random.Generator]:
    rng = np.random.default_rng(seed)
    return with_eigenvalues(SPECTRA[spectrum], rng, real=spectrum != "of a complex matrix"), rng


def slope(f: Callable[[float], Any], step: float = 1e-4) -> Any:
    def central(h: float) -> Any:
        return (f(h) - f(-h)) / (2 * h)

    return (4 * central(step / 2) - central(step)) / 3


def ordered(found: Any) -> tuple[Any, Any]:
    """In the order of the eigenvalues, and with largest entries that are positive: LAPACK may choose either anew."""
    w, V = found
    values, vectors = (part.value if isinstance(part, cg.Node) else part for part in (w, V))
    order = np.lexsort((np.round(values.imag, 2), np.round(values.real, 2)))
    signs = np.sign(np.take_along_axis(vectors, np.argmax(np.abs(vectors), axis=0)[None], 0).real)
    return w[order], (V * signs)[:, order]


def check(f: Callable[[Any], Any], a: Any, rng: np.random.Generator) -> None:
    """The gradient and the Hessian along a direction, against finite differences."""
    direction = rng.normal(size=a.shape) + (1j * rng.normal(size=a.shape) if np.iscomplexobj(a) else 0.0)
    x = cg.Variable(a)
    (first,) = cg.gradients(f(x), [x], create_graph=True)
    assert first.dtype == a.dtype
    along = np.real(np.sum(first * direction))
    np.testing.assert_allclose(along.value, slope(lambda t: f(a + t * direction)), rtol=1e-6, atol=1e-6)
    (second,) = cg.gradients(along, [x])
    expected = slope(lambda t: cg.grad(f)(a + t * direction))
    np.testing.assert_allclose(second, expected, rtol=1e-5, atol=1e-5 * np.max(np.abs(expected)))


def weighted(part: Any, seed: int) -> Any:
    """A real number that depends on the real and on the imaginary part of every entry."""
    rng = np.random.default_rng(seed)
    total = np.sum(part * (rng.normal(size=np.shape(part)) + 1j * rng.normal(size=np.shape(part))))
    return np.real(total)


@spectrum
@given(seed=SEEDS)
def test_eigenvalues(spectrum: str, seed: int) -> None:
    a, rng = matrix_of(spectrum, seed)
    assert np.linalg.eigvals(cg.Variable(a)).dtype == np.linalg.eigvals(a).dtype
    check(lambda x: weighted(ordered(np.linalg.eig(x))[0] ** 2, seed), a, rng)


@spectrum
@given(seed=SEEDS)
def test_what_does_not_depend_on_the_phase(spectrum: str, seed: int) -> None:
    """The absolute values of the eigenvectors, and V exp(w) V⁻¹, the exponential of the matrix."""
    a, rng = matrix_of(spectrum, seed)
    check(lambda x: weighted(np.abs(ordered(np.linalg.eig(x))[1]) ** 2, seed), a, rng)

    def exponential(x: Any) -> Any:
        w, V = np.linalg.eig(x)
        return weighted((V * np.exp(w)) @ np.linalg.inv(V), seed)

    check(exponential, a, rng)


@spectrum
@given(seed=SEEDS)
def test_the_eigenvectors_as_numpy_normalises_them(spectrum: str, seed: int) -> None:
    """Of length 1 and with a largest entry that is real: where that entry is no other nearby, each entry is right."""
    a, rng = matrix_of(spectrum, seed)
    V = np.linalg.eig(a)[1]
    sizes = np.sort(np.abs(V), axis=0)
    assert np.all(sizes[-1] - sizes[-2] > 0.1)  # where they are close the choice jumps
    np.testing.assert_allclose(np.imag(np.take_along_axis(V, np.argmax(np.abs(V), axis=0)[None], 0)), 0.0, atol=1e-12)
    check(lambda x: weighted(ordered(np.linalg.eig(x))[1], seed), a, rng)


def test_a_spectrum_that_is_real_gives_real_arrays() -> None:
    x: Any = cg.Variable(np.array([[2.0, 1.0], [0.5, -1.0]]))
    found = np.linalg.eig(x)
    assert found.eigenvalues.dtype == found.eigenvectors.dtype == np.float64
    turning: Any = cg.Variable(np.array([[0.0, 1.0], [-1.0, 0.0]], np.float32))
    assert np.linalg.eigvals(turning).dtype == np.complex64
    (gradient,) = cg.gradients(np.sum(np.linalg.eigvals(turning).imag ** 2), [turning])
    assert gradient.dtype == np.float32


def test_the_sum_of_the_eigenvalues_is_the_trace_and_their_product_the_determinant() -> None:
    a = np.random.default_rng(3).normal(size=(5, 5))
    np.testing.assert_allclose(cg.grad(lambda x: np.real(np.sum(np.linalg.eigvals(x))))(a), np.eye(5), atol=1e-12)
    product = cg.grad(lambda x: np.real(np.prod(np.linalg.eigvals(x))))(a)
    np.testing.assert_allclose(product, cg.grad(np.linalg.det)(a), rtol=1e-10)


def test_equal_eigenvalues_leave_no_nan() -> None:
    np.testing.assert_array_equal(cg.grad(lambda a: np.sum(np.linalg.eigvals(a)))(np.eye(3)), np.eye(3))
    assert np.all(np.isfinite(cg.grad(lambda a: np.sum(np.linalg.eig(a)[1]))(np.eye(3))))


def test_a_stack_is_its_matrices() -> None:
    stack = np.random.default_rng(0).normal(size=(3, 2, 2)) + np.array([[0.0, 3.0], [-3.0, 0.0]])
    f = lambda a: np.sum(np.abs(np.linalg.eig(a)[1]) ** 3) + np.sum(np.linalg.eigvals(a).real ** 2)  # noqa: E731
    np.testing.assert_allclose(cg.grad(f)(stack), [cg.grad(f)(a) for a in stack], rtol=1e-12)
