"""The convention for complex gradients against other engines: JAX's and autograd's is ours, PyTorch's the conjugate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import compgraph as cg

Function = Callable[[Any, Any], Any]

POINT = np.array([1.0 + 2.0j, -0.5 + 0.3j, 0.8 - 1.1j, 2.0 + 0.4j])
SQUARE = POINT.reshape(2, 2)
WEIGHTS = np.array([0.3 - 1.0j, 1.2 + 0.5j, -0.7 + 0.1j, 0.4 + 2.0j])

# Each is written once, for the namespace of an engine: real functions of complex arguments, named alike in all.
FUNCTIONS: dict[str, tuple[Function, Any]] = {
    "|z|²": (lambda m, z: m.sum(m.abs(z) ** 2), POINT),
    "|z|": (lambda m, z: m.sum(m.abs(z)), POINT),
    "Re(w exp z)": (lambda m, z: m.sum(m.real(m.exp(z) * z)), POINT),
    "Im(z³)": (lambda m, z: m.sum(m.imag(z * z * z)), POINT),
    "angle": (lambda m, z: m.sum(m.angle(z)), POINT),
    "conj": (lambda m, z: m.sum(m.real(m.conj(z) * m.sin(z))), POINT),
    "spectrum": (lambda m, z: m.sum(m.abs(m.fft.fft(z)) ** 3), POINT),
    "half a spectrum": (lambda m, z: m.sum(m.fft.irfft(z) ** 3), POINT),
    "determinant": (lambda m, z: m.abs(m.linalg.det(z)) ** 2, SQUARE),
    "inverse": (lambda m, z: m.sum(m.abs(m.linalg.inv(z)) ** 2), SQUARE),
    "eigenvalues": (lambda m, z: m.sum(m.abs(m.linalg.eigvals(z)) ** 2), SQUARE),
    "singular values": (lambda m, z: m.sum(m.linalg.svd(z, full_matrices=False)[1] ** 3), SQUARE),
}
every_function = pytest.mark.parametrize("name", FUNCTIONS)


def ours(f: Function, z: Any) -> Any:
    return cg.grad(lambda z: f(np, z))(z)


@every_function
def test_our_convention(name: str) -> None:
    """c = ∂L/∂x - i ∂L/∂y, by differences."""
    f, z = FUNCTIONS[name]
    h = 1e-6
    expected = np.zeros(z.shape, complex)
    for index in np.ndindex(z.shape):
        for unit in (1.0, 1j):
            step = np.zeros(z.shape, complex)
            step[index] = h * unit
            expected[index] += np.conj(unit) * (f(np, z + step) - f(np, z - step)) / (2 * h)
    np.testing.assert_allclose(ours(f, z), expected, rtol=1e-6, atol=1e-6)


@every_function
def test_that_of_jax_is_the_same(name: str) -> None:
    jax = pytest.importorskip("jax")
    f, z = FUNCTIONS[name]
    with jax.enable_x64(True):
        theirs = jax.grad(lambda z: f(jax.numpy, z))(jax.numpy.asarray(z))
    assert theirs.dtype == np.complex128
    np.testing.assert_allclose(ours(f, z), np.asarray(theirs), rtol=1e-10, atol=1e-10)


@every_function
def test_that_of_autograd_is_the_same(name: str) -> None:
    autograd = pytest.importorskip("autograd")
    numpy = pytest.importorskip("autograd.numpy")
    if name in {"half a spectrum", "eigenvalues", "singular values"}:
        pytest.skip("autograd has no rule for it, or none for complex arguments")
    f, z = FUNCTIONS[name]
    theirs = autograd.grad(lambda z: f(numpy, z))(z)
    np.testing.assert_allclose(ours(f, z), theirs, rtol=1e-10, atol=1e-10)


@every_function
def test_that_of_pytorch_is_the_conjugate(name: str) -> None:
    torch = pytest.importorskip("torch")
    f, z = FUNCTIONS[name]
    leaf = torch.tensor(z, requires_grad=True)
    f(torch, leaf).backward()
    np.testing.assert_allclose(ours(f, z), np.conj(leaf.grad.numpy()), rtol=1e-10, atol=1e-10)


def test_holomorphic_derivatives() -> None:
    jax = pytest.importorskip("jax")
    with jax.enable_x64(True):
        theirs = jax.grad(lambda z: jax.numpy.sin(z) ** 2 / z, holomorphic=True)(1.0 + 2.0j)
    assert cg.holomorphic_grad(lambda z: np.sin(z) ** 2 / z)(1.0 + 2.0j) == pytest.approx(complex(theirs), rel=1e-12)
