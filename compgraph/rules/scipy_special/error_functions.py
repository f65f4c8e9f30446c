"""The error function and its relatives, the normal distribution, and the logistic function.

Where a textbook's formula for a derivative subtracts two nearly equal numbers, as 2x erfcx(x) - 2/√π does for large x,
the derivative is a function of its own here. Source: Abramowitz and Stegun, chapter 7.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from compgraph.primitive import call, differentiable, primitive
from compgraph.rules.scipy_loading import scipy_special

__all__ = ["dawsn_slope", "erfcx_slope", "inverse_mills_ratio"]

special = scipy_special()

SLOPE = 2 / math.sqrt(math.pi)
SQRT2 = math.sqrt(2.0)
SQRT_2PI = math.sqrt(2 * math.pi)

# ------------------------------------------------------------------------------------------------------------- logistic

primitive(special.expit, lambda grad, out, x: grad * out * special.expit(-x), domain=(-6, 6), symbol="σ")
primitive(special.log_expit, lambda grad, out, x: grad * special.expit(-x), domain=(-6, 6))
primitive(special.logit, lambda grad, out, x: grad / (x * (1 - x)), domain=(0.1, 0.9))

# ------------------------------------------------------------------------------------------------------ error functions


def _in_double(x: Any) -> Any:
    """The same in double precision, in which recurrences may lose a few digits."""
    return np.asarray(x, complex if np.iscomplexobj(x) else float)


TERMS = 80
"""Of the continued fraction of erfcx at 2 and beyond, and of its derivatives."""


def _vjp_erfcx_slope(grad: Any, out: Any, x: Any, order: int = 1) -> Any:
    return grad * erfcx_slope(x, order=order + 1)


@differentiable(
    _vjp_erfcx_slope,
    domain=(-1, 5),
    calls=(call("ab"), call("ab", order=2)),
)
def erfcx_slope(x: Any, order: int = 1) -> Any:
    """The derivative of scipy.special.erfcx of a given order, with all its digits however large x is.

    >>> round(float(erfcx_slope(1e8)) * math.sqrt(math.pi) * -1e16, 12)
    1.0

    Below 2 by the recurrence f⁽ⁿ⁺¹⁾ = 2x f⁽ⁿ⁾ + 2n f⁽ⁿ⁻¹⁾. Above, where its terms cancel, by the ratios of successive
    derivatives, which are a continued fraction of positive terms.
    Source: Abramowitz and Stegun 7.2.5 and 7.2.9, with f⁽ⁿ⁾ = (-2)ⁿ n! e^(x²) iⁿerfc(x).

    Args:
        x: any shape; a number, an array or a node.
        order: how many times erfcx is differentiated.
    """
    given, x = np.result_type(x), _in_double(x)
    low = x.real < 2
    near, far = np.where(low, x, 0.0), np.where(low, 2.0, x)
    before, slope = special.erfcx(near), 2 * near * special.erfcx(near) - SLOPE
    for n in range(1, order):
        before, slope = slope, 2 * near * slope + 2 * n * before
    ratio, product = np.zeros_like(far), special.erfcx(far)
    for n in range(TERMS + order, 0, -1):
        ratio = 1 / (2 * far + 2 * (n + 1) * ratio)
        if n <= order:
            product = product * ratio * (-2 * n)
    return np.where(low, slope, product).astype(given, copy=False)[()]


def _vjp_dawsn_slope(grad: Any, out: Any, x: Any, order: int = 1) -> Any:
    return grad * dawsn_slope(x, order=order + 1)


@differentiable(
    _vjp_dawsn_slope,
    domain=(-8, 8),
    calls=(call("ab"), call("ab", order=2)),
)
def dawsn_slope(x: Any, order: int = 1) -> Any:
    """The derivative of scipy.special.dawsn of a given order, with all its digits however large x is.

    >>> round(float(dawsn_slope(1e8)) * -2e16, 12)
    1.0

    By the recurrence F⁽ⁿ⁺¹⁾ = -2x F⁽ⁿ⁾ - 2n F⁽ⁿ⁻¹⁾ where |x| < 7 and for complex numbers; else by the asymptotic series
    F ~ Σ (2k-1)!! / (2ᵏ⁺¹ x²ᵏ⁺¹), whose least term is below the precision there.

    Args:
        x: any shape; a number, an array or a node.
        order: how many times Dawson's integral is differentiated.
    """
    given, x = np.result_type(x), _in_double(x)
    low = (np.abs(x) < 7) | np.iscomplexobj(x)
    near, far = np.where(low, x, 0.0), np.where(low, 7.0, x)
    before, slope = special.dawsn(near), 1 - 2 * near * special.dawsn(near)
    for n in range(1, order):
        before, slope = slope, -2 * near * slope - 2 * n * before
    term = (-1) ** order * math.factorial(order) / (2 * far ** (1 + order))
    total = term
    for k in range(1, 32):
        term = term * ((2 * k - 1) / (2 * far**2) * (2 * k - 1 + order) * (2 * k + order) / ((2 * k - 1) * 2 * k))
        total = total + term
    return np.where(low, slope, total).astype(given, copy=False)[()]


primitive(special.erf, lambda grad, out, x: grad * (SLOPE * np.exp(-(x**2))), domain=(-2, 2))
primitive(special.erfc, lambda grad, out, x: -grad * (SLOPE * np.exp(-(x**2))), domain=(-2, 2))
primitive(special.erfcx, lambda grad, out, x: grad * erfcx_slope(x), domain=(-1, 5))
primitive(special.erfi, lambda grad, out, x: grad * (SLOPE * np.exp(x**2)), domain=(-1.5, 1.5))
primitive(special.erfinv, lambda grad, out, x: grad * (np.exp(out**2) / SLOPE), domain=(-0.9, 0.9))
primitive(special.erfcinv, lambda grad, out, x: -grad * (np.exp(out**2) / SLOPE), domain=(0.1, 1.9))
primitive(special.dawsn, lambda grad, out, x: grad * dawsn_slope(x), domain=(-3, 3))

# -------------------------------------------------------------------------------------------------- normal distribution


def _vjp_inverse_mills_ratio(grad: Any, out: Any, x: Any) -> Any:
    # m' = -m (m + x), but where x is very negative m is nearly -x. There m = √(2/π) / f(t) with f = erfcx and
    # t = -x/√2, and m + x = -f'(t) / (√2 f(t)).
    low = x < 0
    t = np.where(low, x, 0.0) / -SQRT2
    sum_of_both = np.where(low, erfcx_slope(t) / (-SQRT2 * special.erfcx(t)), out + np.where(low, 0.0, x))
    return -grad * out * sum_of_both


@differentiable(_vjp_inverse_mills_ratio, domain=(-4, 3))
def inverse_mills_ratio(x: Any) -> Any:
    """The derivative φ(x) / Φ(x) of scipy.special.log_ndtr, without dividing two numbers that are both rounded to 0.

    >>> float(inverse_mills_ratio(0.0)), float(inverse_mills_ratio(-1e10))
    (0.7978845608028654, 10000000000.0)

    Args:
        x: any shape; a number, an array or a node.
    """
    return 2 / SQRT_2PI / special.erfcx(x / -SQRT2)


def _density(x: Any) -> Any:
    return np.exp(-(x**2) / 2) / SQRT_2PI


primitive(special.ndtr, lambda grad, out, x: grad * _density(x), domain=(-3, 3))
primitive(special.log_ndtr, lambda grad, out, x: grad * inverse_mills_ratio(x), domain=(-4, 3))
primitive(special.ndtri, lambda grad, out, x: grad * (SQRT_2PI * np.exp(out**2 / 2)), domain=(0.1, 0.9))
primitive(special.ndtri_exp, lambda grad, out, x: grad / inverse_mills_ratio(out), domain=(-5, -0.1))
primitive(
    special.nrdtrimn,  # the mean x - std ndtri(p)
    lambda grad, out, p, std, x: -grad * std * (SQRT_2PI * np.exp(((x - out) / std) ** 2 / 2)),
    lambda grad, out, p, std, x: -grad * ((x - out) / std),
    lambda grad, out, p, std, x: grad,
    domain=((0.1, 0.9), (0.5, 2), (-3, 3)),
)
primitive(
    special.nrdtrisd,  # the standard deviation (x - mn) / ndtri(p)
    lambda grad, out, mn, p, x: -grad / special.ndtri(p),
    lambda grad, out, mn, p, x: -grad * out / special.ndtri(p) * (SQRT_2PI * np.exp(special.ndtri(p) ** 2 / 2)),
    lambda grad, out, mn, p, x: grad / special.ndtri(p),
    domain=((-2, -1), (0.6, 0.9), (0.5, 2)),
)
primitive(
    special.owens_t,
    lambda grad, out, h, a: -grad * np.exp(-(h**2) / 2) * special.erf(a * h / SQRT2) / (2 * SQRT_2PI),
    lambda grad, out, h, a: grad * np.exp(-(h**2) * (1 + a**2) / 2) / (2 * math.pi * (1 + a**2)),
    domain=((-2, 2), (-1.5, 1.5)),
)
