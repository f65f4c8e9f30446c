"""The discrete Fourier transforms of numpy.fft.

The matrix of the transform, F[j, k] = exp(-2πi jk / n), is symmetric: so the cotangent of the input is the transform of
the cotangent of the output, with the same sign in the exponent and the same norm. (No conjugate appears, since the
cotangent c is the number with dL = Re(c dx); see docs/complex_numbers.md.) ``rfft`` keeps half of the result and
``irfft`` reads half of its input: the entries that stand for two, which are all but that of frequency 0 and, for an
even n, that of frequency n/2, count twice or by half. The transforms along several axes are made of those along one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.primitive import call, primitive
from compgraph.rules.complex_parts import conjugated, real_dtype
from compgraph.rules.composition import composed
from compgraph.rules.indexing import embed

__all__: list[str] = []

SWAPPED: dict[Any, Any] = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}
"""The norm of the inverse transform that divides by what the transform itself divides by."""


def _fitted(a: Any, n: int, axis: int) -> Any:
    """Cut an axis to n entries or lengthen it by zeros: the transpose of the transform's own doing so."""
    have = np.shape(a)[axis]
    if have == n:
        return a
    axis = axis % np.ndim(a)
    part = (slice(None),) * axis + (slice(min(have, n)),)
    if have > n:
        return a[part]
    return embed(a, index=part, shape=(*np.shape(a)[:axis], n, *np.shape(a)[axis + 1 :]))


def _of_half(a: Any, n: int, axis: int, once: float, twice: float) -> Any:
    """Weights for the half of a spectrum of n frequencies: for each entry by how many frequencies it stands for."""
    axis = axis % np.ndim(a)
    weights = np.full(np.shape(a)[axis], twice, real_dtype(a))
    weights[0] = once
    if n % 2 == 0:
        weights[n // 2 :] = once
    return np.reshape(weights, (-1,) + (1,) * (np.ndim(a) - axis - 1))


def _vjp_fft(grad: Any, out: Any, a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    return _fitted(np.fft.fft(grad, axis=axis, norm=norm), np.shape(a)[axis], axis)


def _vjp_ifft(grad: Any, out: Any, a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    return _fitted(np.fft.ifft(grad, axis=axis, norm=norm), np.shape(a)[axis], axis)


def _vjp_rfft(grad: Any, out: Any, a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    n = np.shape(a)[axis] if n is None else n
    spectrum = conjugated(grad) * _of_half(grad, n, axis, 1.0, 0.5)
    return _fitted(np.fft.irfft(spectrum, n, axis=axis, norm=SWAPPED[norm]), np.shape(a)[axis], axis)


def _vjp_irfft(grad: Any, out: Any, a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    n = np.shape(out)[axis]
    spectrum = conjugated(np.fft.rfft(grad, axis=axis, norm=SWAPPED[norm]))
    return _fitted(spectrum * _of_half(spectrum, n, axis, 1.0, 2.0), np.shape(a)[axis], axis)


NORMS = (call("4b", axis=0, norm="ortho"), call("a3", norm="forward"), call("5", norm="backward"))
SIZES = (call("a4"), call("3"), call("a3", n=5), call("4b", n=3, axis=0), call("4", n=2))

primitive(np.fft.fft, _vjp_fft, multilinear=True, domain=(-3, 3), name="fft.fft", calls=(*SIZES, *NORMS))
primitive(np.fft.ifft, _vjp_ifft, multilinear=True, domain=(-3, 3), name="fft.ifft", calls=(*SIZES, *NORMS))
primitive(np.fft.rfft, _vjp_rfft, multilinear=True, domain=(-3, 3), name="fft.rfft", calls=(*SIZES, *NORMS))
primitive(
    np.fft.irfft,
    _vjp_irfft,
    multilinear=True,
    domain=(-3, 3),
    name="fft.irfft",
    calls=(*SIZES, *NORMS, call("a5", n=5)),
)


def _hfft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    """The real spectrum of a signal of which the Hermitian half is given, as NumPy writes it by irfft."""
    return np.fft.irfft(np.conjugate(a), n, axis, norm=SWAPPED.get(norm, norm))


def _ihfft(a: Any, n: int | None = None, axis: int = -1, norm: Any = None) -> Any:
    return np.conjugate(np.fft.rfft(a, n, axis, norm=SWAPPED.get(norm, norm)))


composed(np.fft.hfft, _hfft, domain=(-3, 3), calls=(*SIZES, *NORMS))
composed(np.fft.ihfft, _ihfft, domain=(-3, 3), calls=(*SIZES, *NORMS))

# ------------------------------------------------------------------------------------------------------- several axes


def _lengths(a: Any, s: Any, axes: Any, half: bool = False) -> tuple[list[int], list[int]]:
    """The number of frequencies along each axis and the axes; the last axis of half a spectrum stands for more."""
    shape = np.shape(a)
    if axes is None:
        axes = list(range(len(shape))) if s is None else list(range(-len(s), 0))
    if s is None:
        s = [shape[axis] for axis in axes]
        if half:
            s[-1] = (s[-1] - 1) * 2
    if len(s) != len(axes):
        raise ValueError("Shape and axes have different lengths.")
    return [shape[axis] if n == -1 else n for n, axis in zip(s, axes, strict=True)], list(axes)


def _along_each(transform: Any) -> Any:
    def transformed(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
        lengths, axes = _lengths(a, s, axes)
        for n, axis in zip(reversed(lengths), reversed(axes), strict=True):
            a = transform(a, n, axis, norm)
        return a

    return transformed


def _rfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    lengths, axes = _lengths(a, s, axes)
    a = np.fft.rfft(a, lengths[-1], axes[-1], norm)
    for n, axis in zip(reversed(lengths[:-1]), reversed(axes[:-1]), strict=True):
        a = np.fft.fft(a, n, axis, norm)
    return a


def _irfftn(a: Any, s: Any = None, axes: Any = None, norm: Any = None) -> Any:
    lengths, axes = _lengths(a, s, axes, half=True)
    for n, axis in zip(lengths[:-1], axes[:-1], strict=True):
        a = np.fft.ifft(a, n, axis, norm)
    return np.fft.irfft(a, lengths[-1], axes[-1], norm)


_fftn, _ifftn = _along_each(np.fft.fft), _along_each(np.fft.ifft)


def _of_two(transform: Any) -> Any:
    def transformed(a: Any, s: Any = None, axes: Any = (-2, -1), norm: Any = None) -> Any:
        return transform(a, s, axes, norm)

    return transformed


PLANES = (call("a3"), call("a4", norm="ortho"), call("3b2", s=(4, 2), axes=(0, 2)), call("a3", s=(2, 4)))
BOXES = (call("a3"), call("a34", norm="forward"), call("3b4", s=(-1, 3), axes=(2, 0)), call("34b", axes=(0, 1)))
for function, several in (
    (np.fft.fftn, _fftn),
    (np.fft.ifftn, _ifftn),
    (np.fft.rfftn, _rfftn),
    (np.fft.irfftn, _irfftn),
):
    composed(function, several, domain=(-3, 3), calls=BOXES)
for function, several in (
    (np.fft.fft2, _fftn),
    (np.fft.ifft2, _ifftn),
    (np.fft.rfft2, _rfftn),
    (np.fft.irfft2, _irfftn),
):
    composed(function, _of_two(several), domain=(-3, 3), calls=PLANES)

# ------------------------------------------------------------------------------------------------- order of frequencies


def _rolled(sign: int) -> Any:
    def shifted(x: Any, axes: Any = None) -> Any:
        axes = tuple(range(np.ndim(x))) if axes is None else tuple(np.atleast_1d(axes).tolist())
        return np.roll(x, tuple([sign * (np.shape(x)[axis] // 2) for axis in axes]), axis=axes)

    return shifted


SHIFTS = (call("5"), call("34"), call("34", axes=1), call("a45", axes=(0, -1)))
composed(np.fft.fftshift, _rolled(1), domain=(-3, 3), calls=SHIFTS)

composed(np.fft.ifftshift, _rolled(-1), domain=(-3, 3), calls=SHIFTS)
