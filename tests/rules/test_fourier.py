"""Fourier transforms: which entries stand for two, what is padded and cut, dtypes, and identities with a gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.errors import DtypeError, MissingRuleError, ShapeError

SEEDS = st.integers(0, 2**32 - 1)
LENGTHS = st.integers(1, 9)
NORMS = st.sampled_from([None, "backward", "ortho", "forward"])
COMPLEX = (np.fft.fft, np.fft.ifft, np.fft.irfft, np.fft.hfft)
REAL = (np.fft.rfft, np.fft.ihfft)
one_axis = pytest.mark.parametrize("transform", COMPLEX + REAL, ids=lambda f: f.__name__)


def matrix_of(transform: Any, m: int, n: int, norm: Any) -> Any:
    """The transform of each unit vector, and of each times i; a real-linear map as a real matrix."""
    units = np.eye(m) if transform in REAL else np.concatenate([np.eye(m), 1j * np.eye(m)])
    columns = np.array([transform(unit, n, norm=norm) for unit in units]).T
    return np.concatenate([columns.real, columns.imag])


@one_axis
@given(m=LENGTHS, n=st.integers(2, 9), norm=NORMS, seed=SEEDS)
def test_the_cotangent_is_that_of_the_matrix(transform: Any, m: int, n: int, norm: Any, seed: int) -> None:
    """For every length of the input and of the transform, odd or even, padded or cut."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=m) + (0.0 if transform in REAL else 1j * rng.normal(size=m))
    node = cg.Variable(x)
    out = transform(node, n, norm=norm)
    w = rng.normal(size=out.shape) + (1j * rng.normal(size=out.shape) if out.dtype.kind == "c" else 0.0)
    (found,) = cg.gradients(out, [node], seed=w)
    # Re(w · dy) = Re(w) · Re(dy) - Im(w) · Im(dy), and c = ∂L/∂x - i ∂L/∂y
    slopes = np.concatenate([w.real, -w.imag]) @ matrix_of(transform, m, n, norm)
    expected = slopes if transform in REAL else slopes[:m] - 1j * slopes[m:]
    assert found.dtype == x.dtype
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_the_half_of_a_spectrum_counts_twice_but_for_its_ends() -> None:
    """Of the sum of squares: Parseval's equation says where an entry stands for two."""
    for n, weights in ((4, [1, 2, 1]), (5, [1, 2, 2])):
        h = np.array([2.0, 1 + 1j, 3.0])
        found = cg.grad(lambda h, n=n: np.sum(np.fft.irfft(h, n) ** 2))(h)
        np.testing.assert_allclose(found, 2 * np.conj(h) * weights / n, atol=1e-15)


def test_the_imaginary_part_of_the_ends_is_not_read() -> None:
    h = np.array([1.0 + 5j, 1 + 1j, 1 + 7j])
    found = cg.grad(lambda h: np.sum(np.fft.irfft(h, 4) ** 3))(h)
    assert found[0].imag == found[2].imag == 0.0


@given(seed=SEEDS, n=st.integers(1, 6), m=st.integers(1, 6))
def test_convolution_by_transforms_has_the_gradient_of_convolution(seed: int, n: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    a, b, w = rng.normal(size=n), rng.normal(size=m), rng.normal(size=n + m - 1)
    size = n + m - 1

    def by_transforms(a: Any, b: Any) -> Any:
        product = np.fft.fft(a, size) * np.fft.fft(b, size)
        return np.sum(w * np.real(np.fft.ifft(product)))

    def by_half_transforms(a: Any, b: Any) -> Any:
        return np.sum(w * np.fft.irfft(np.fft.rfft(a, size + 2) * np.fft.rfft(b, size + 2), size + 2)[:size])

    expected = cg.grad(lambda a, b: np.sum(w * np.convolve(a, b)), (0, 1))(a, b)
    for f in (by_transforms, by_half_transforms):
        for found, wanted in zip(cg.grad(f, (0, 1))(a, b), expected, strict=True):
            assert found.dtype == np.float64
            np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-11)


@given(seed=SEEDS, norm=NORMS, shape=st.sampled_from([(3, 4), (4, 5), (2, 3, 4)]))
def test_there_and_back_again_is_the_identity(seed: int, norm: Any, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(seed)
    x, w = rng.normal(size=shape), rng.normal(size=shape)
    for there, back, sizes in (
        (np.fft.fftn, np.fft.ifftn, {}),
        (np.fft.rfftn, np.fft.irfftn, {"s": shape, "axes": tuple(range(len(shape)))}),
        (np.fft.fft2, np.fft.ifft2, {}),
        (np.fft.rfft2, np.fft.irfft2, {"s": shape[-2:]}),
        (np.fft.fftshift, np.fft.ifftshift, None),
    ):

        def around(x: Any, there: Any = there, back: Any = back, sizes: Any = sizes) -> Any:
            result = back(there(x)) if sizes is None else back(there(x, norm=norm), norm=norm, **sizes)
            return np.sum(w * np.real(result))

        np.testing.assert_allclose(cg.grad(around)(x), w, rtol=0, atol=1e-12)


def test_single_precision_stays_single() -> None:
    x: Any = cg.Variable(np.arange(6, dtype=np.float32))
    spectrum: Any = np.fft.rfft(x)
    assert spectrum.dtype == np.complex64
    power = np.abs(spectrum) ** 2
    assert power.dtype == np.float32
    middle, first = cg.gradients(np.sum(power), [spectrum, x])
    assert (middle.dtype, first.dtype) == (np.complex64, np.float32)
    assert np.fft.irfft(spectrum).dtype == np.float32


def test_what_numpy_refuses_is_refused() -> None:
    z = cg.Variable(np.ones(4, complex))
    with pytest.raises(DtypeError, match=r"fft\.rfft of variable \(4,\): it is no function of complex numbers"):
        np.fft.rfft(z)
    with pytest.raises(ShapeError, match=r"fft\.fft of variable \(4,\): Invalid number of FFT data points \(0\)"):
        np.fft.fft(z, 0)
    with pytest.raises(ValueError, match="Shape and axes have different lengths"):
        np.fft.fftn(z, s=(2,), axes=(0, 0))
    with pytest.raises(MissingRuleError, match=r"fft\.fft\(\.\.\., out=\.\.\.\) has no derivative rule"):
        np.fft.fft(z, out=np.zeros(4, complex))


def test_the_names_of_the_ops() -> None:
    x: Any = cg.Variable(np.ones(4))
    spectrum: Any = np.fft.rfft(x)
    assert spectrum.op.name == "fft.rfft"
    assert "fft.ifft" in repr(np.fft.ifft(x))
