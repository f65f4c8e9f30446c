"""Further functions of one or two numbers: sinc, Bessel's i0, signs and parts of numbers, rounding."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from compgraph.primitive import RECORD, call, differentiable, primitive
from compgraph.rules.complex_parts import is_complex, real_only
from compgraph.rules.composition import composed, value_of
from compgraph.rules.shape import cast
from compgraph.unknown import possible

__all__ = ["bessel_i", "sinc_slope"]

LN2 = math.log(2.0)

# ----------------------------------------------------------------------------------------------------------------- sinc

SERIES = 24
"""Terms of the series of sinc near 0; beyond its reach the recurrence is accurate."""


def _vjp_sinc_slope(grad: Any, out: Any, x: Any, order: int = 1) -> Any:
    return grad * sinc_slope(x, order=order + 1)


@differentiable(
    _vjp_sinc_slope,
    domain=(-3, 3),
    calls=(call("ab"), call("ab", order=2)),
)
def sinc_slope(x: Any, order: int = 1) -> Any:
    """The derivative of np.sinc of a given order, as accurate near 0 as anywhere else.

    >>> sinc_slope(np.array([0.0, 1.0]))
    array([ 0., -1.])

    With t = πx, by the series sinc = Σ (-1)ᵏ t²ᵏ / (2k+1)! where t is small, and elsewhere from
    t sinc = sin t, whose derivatives by x give x s⁽ⁿ⁾ + n s⁽ⁿ⁻¹⁾ = πⁿ⁻¹ sin(t + nπ/2) for the derivatives s⁽ⁿ⁾.

    Args:
        x: any shape; a number, an array or a node.
        order: how many times sinc is differentiated.
    """
    dtype = np.result_type(x)
    x = np.asarray(x, complex if is_complex(x) else float)
    t = np.pi * x
    small = np.abs(t) < 2 + order
    away = np.where(small, 1.0, x)
    slope = np.sinc(away)
    for n in range(1, order + 1):
        slope = (math.pi ** (n - 1) * np.sin(np.pi * away + n * math.pi / 2) - n * slope) / away
    near = np.where(small, t, 0.0)
    series = np.zeros_like(near)
    for k in range(SERIES, (order - 1) // 2, -1):  # (2k)! / (2k-n)! / (2k+1)! = 1 / ((2k+1) (2k-n)!)
        series += (-1) ** k * near ** (2 * k - order) / ((2 * k + 1) * math.factorial(2 * k - order))
    return np.where(small, math.pi**order * series, slope).astype(dtype, copy=False)


primitive(np.sinc, lambda grad, out, x: grad * sinc_slope(x), domain=(-3, 3), elementwise=True)

# --------------------------------------------------------------------------------------------------------------- Bessel


def _vjp_bessel_i(grad: Any, out: Any, x: Any, order: int = 0) -> Any:
    if order == 0:
        return grad * bessel_i(x, order=1)
    return grad * (0.5 * (bessel_i(x, order=order - 1) + bessel_i(x, order=order + 1)))


@differentiable(_vjp_bessel_i, domain=(-3, 3), calls=(call("ab", order=1), call("ab", order=2)))
def bessel_i(x: Any, order: int = 0) -> Any:
    """Modified Bessel function of the first kind of a whole order, by its series; all its terms have one sign.

    >>> float(bessel_i(np.array(1.0), order=1))
    0.565159103992485

    Source: Abramowitz and Stegun 9.6.10 and, for the derivative, 9.6.26.

    Args:
        x: any shape; a number, an array or a node.
        order: 0, 1, 2, ...
    """
    half = np.asarray(x) / 2
    term = half**order / math.factorial(order)
    total, largest, k = term, float(np.max(np.abs(half), initial=0.0, where=np.isfinite(half))), 0
    while k < largest + 8 * math.sqrt(largest) + 30:  # past k = |x|/2 the terms fall faster than a geometric series
        k += 1
        term = term * half / k * half / (k + order)
        total = total + term
    return total


primitive(np.i0, lambda grad, out, x: grad * bessel_i(x, order=1), domain=(-3, 3), elementwise=True)

# ------------------------------------------------------------------------------------------------------ powers and logs


def _share(of: Any, other: Any, out: Any) -> Any:
    """2**(of - out), the part of the sum; where the sum is infinite the limit, one half for each of two equals."""
    infinite = np.isinf(out)
    if not possible(infinite):
        return np.exp2(of - out)
    limit = np.where(np.equal(of, other), 0.5, np.where(np.equal(of, out), 1.0, 0.0))
    return np.where(infinite, limit, np.exp2(np.where(infinite, 0.0, of) - np.where(infinite, 0.0, out)))


primitive(
    np.logaddexp2,
    lambda grad, out, x1, x2: grad * _share(x1, x2, out),
    lambda grad, out, x1, x2: grad * _share(x2, x1, out),
    domain=(-3, 3),
)
composed(
    np.float_power,
    lambda x1, x2: np.power(_double(x1), _double(x2)),
    domain=(0.3, 3),
    calls=(call("ab,b"), call("ab,"), call("ab")),
    forward=lambda x1, x2=2.0: np.float_power(x1, x2),
)


def _double(x: Any) -> Any:
    dtype = np.dtype(np.complex128 if is_complex(x) else np.float64)
    return x if np.result_type(value_of(x)) == dtype else cast(x, dtype=dtype)


# ----------------------------------------------------------------------------------------------------- parts of numbers

primitive(
    np.fmod,
    lambda grad, out, x1, x2: grad,
    lambda grad, out, x1, x2: -grad * np.trunc(x1 / x2),
    domain=((3.1, 3.9), (1.02, 1.03)),
)
primitive(
    np.copysign,
    lambda grad, out, x1, x2: np.where(np.signbit(x1) == np.signbit(x2), grad, -grad),
    None,
    domain=((-3, -0.1), (0.1, 3)),
)
primitive(
    np.heaviside,
    None,
    lambda grad, out, x1, x2: np.where(x1 == 0, grad, 0.0),
    domain=((0.1, 3), (-3, 3)),
)
primitive(np.nextafter, lambda grad, out, x1, x2: grad, None, domain=((-3, 3), (4, 5)))
composed(
    np.modf,
    lambda x: (x - np.trunc(x), np.trunc(x)),
    domain=(1.1, 1.9),
    calls=(call("ab"), call("")),
)
composed(
    np.divmod,
    lambda x1, x2: (np.floor_divide(x1, x2), np.remainder(x1, x2)),
    domain=((3.1, 3.9), (1.02, 1.03)),
    calls=(call("ab,b"),),
)


def _frexp(x: Any) -> Any:
    real_only("frexp", x)
    mantissa, exponent = np.frexp(value_of(x))
    return x * np.ldexp(np.ones_like(mantissa), -exponent), exponent


composed(np.frexp, _frexp, domain=(1.1, 1.9), calls=(call("ab"),))


def _ldexp(x1: Any, x2: Any) -> Any:
    real_only("ldexp", x1)
    return x1 * np.ldexp(np.ones((), np.result_type(value_of(x1))), value_of(x2))


composed(
    np.ldexp,
    _ldexp,
    domain=(-3, 3),
    calls=(call("ab", x2=3), call("3", x2=np.array([1, -2, 0]))),
    forward=lambda x1, x2: np.ldexp(x1, x2),
)


def _nan_to_num(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    if is_complex(x):  # the parts of a number one by one, as NumPy does
        return _nan_to_num(np.real(x), copy, nan, posinf, neginf) + 1j * _nan_to_num(
            np.imag(x), copy, nan, posinf, neginf
        )
    plain = value_of(x)
    replaced = np.nan_to_num(plain, nan=nan, posinf=posinf, neginf=neginf)
    return np.where(np.isfinite(plain), x, replaced)


composed(
    np.nan_to_num,
    _nan_to_num,
    domain=(-3, 3),
    calls=(call("24", posinf=1.0, neginf=0.5), call("4", nan=1.5, posinf=2.0, neginf=-3.0)),
    forward=lambda x, **params: np.nan_to_num(x + np.array([0.0, np.nan, np.inf, -np.inf]), **params),
)

# ------------------------------------------------------------------------------------------------------------- rounding

for function in (np.round, np.around):
    primitive(
        function,
        None,
        names=("a", "decimals"),
        domain=(0.6, 1.4),
        elementwise=True,
        calls=(call("ab"), call("ab", decimals=-1)),
    )
primitive(np.fix, None, names=("x",), domain=(1.1, 1.9), elementwise=True)


def _unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * np.pi) -> Any:
    """What is added is a whole number of periods, so only the period has more to do with it."""
    real_only("unwrap", p)
    plain = value_of(p)
    turns = (np.unwrap(plain, discont, axis, period=period) - plain).astype(np.result_type(plain))
    return p + turns


def _wound(p: Any, axis: int = -1, period: float = 2 * np.pi) -> Any:
    """The function as its tests call it: on entries that lie about a period from their neighbours."""
    n = np.shape(p)[axis]
    turns = period * (np.arange(n) % 2).reshape((n,) + (1,) * (np.ndim(p) - 1 - axis % np.ndim(p)))
    return np.unwrap(p + turns.astype(np.result_type(value_of(p))), axis=axis, period=period)


composed(
    np.unwrap,
    _unwrap,
    domain=(-0.9, 0.9),
    calls=(call("5"), call("4b", axis=0), call("a4", period=4.0)),
    forward=_wound,
)


def _astype(x: Any, dtype: Any, copy: bool = True, device: Any = None) -> Any:
    if np.dtype(dtype).kind not in "fc":
        return np.astype(value_of(x), dtype)  # whole numbers and bools do not vary smoothly: plain values
    return cast(x, dtype=np.dtype(dtype))


if hasattr(np, "astype"):  # since NumPy 2.1
    composed(
        np.astype,
        _astype,
        domain=(-3, 3),
        calls=(call("ab", dtype=np.float64),),
        forward=lambda x, dtype: np.astype(x if hasattr(x, RECORD) else np.asarray(x), dtype),
    )
