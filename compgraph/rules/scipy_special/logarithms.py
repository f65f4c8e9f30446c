"""Exponentials and logarithms with their limits, entropies, the power transforms, and angles in degrees.

At the edge of the domain, x = 0: xlogy, entr, rel_entr and kl_div are continued by their limits, and so are their
derivatives where these have one. At x = y = 0 the ratio x/y counts as 0, since each function is linear in y there, and
its logarithm as 0, which is a choice.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from compgraph.primitive import call, differentiable, primitive
from compgraph.rules.scipy_loading import scipy_special
from compgraph.unknown import possible

__all__ = ["algebraic_sigmoid", "exprel_slope", "log1p_ratio"]

special = scipy_special()

LN2 = math.log(2.0)
LN10 = math.log(10.0)
DEGREE = math.pi / 180

# --------------------------------------------------------------------------------- the functions that NumPy has as well

primitive(special.exp2, lambda grad, out, x: grad * out * LN2, domain=(-3, 3), name="special.exp2")
primitive(special.expm1, lambda grad, out, x: grad * np.exp(x), domain=(-3, 3), name="special.expm1")
primitive(special.log1p, lambda grad, out, x: grad / (1 + x), domain=(-0.7, 3), name="special.log1p")
primitive(special.cbrt, lambda grad, out, x: grad / (3 * out**2), domain=(0.2, 4), name="special.cbrt")
primitive(special.round, None, domain=(0.6, 1.4), name="special.round", exact=True)
primitive(special.exp10, lambda grad, out, x: grad * out * LN10, domain=(-1, 1))

# --------------------------------------------------------------------------------------------- ratios that have a limit

SERIES = 40


def _vjp_exprel_slope(grad: Any, out: Any, x: Any, order: int = 1) -> Any:
    return grad * exprel_slope(x, order=order + 1)


@differentiable(
    _vjp_exprel_slope,
    domain=(-3, 3),
    calls=(call("ab"), call("ab", order=2)),
)
def exprel_slope(x: Any, order: int = 1) -> Any:
    """The derivative of scipy.special.exprel, (eˣ - 1) / x, of a given order; as accurate at 0 as elsewhere.

    >>> float(exprel_slope(0.0)), float(exprel_slope(-1000.0))
    (0.5, 1e-06)

    It is ∫₀¹ tⁿ eˣᵗ dt: where |x| is small by the series Σ xᵏ / (k! (k+n+1)), taken at |x| and times eˣ where x < 0 so
    that all its terms have one sign; elsewhere by the recurrence x f⁽ⁿ⁾ + n f⁽ⁿ⁻¹⁾ = eˣ.

    Args:
        x: any shape; a number, an array or a node.
        order: how many times exprel is differentiated.
    """
    given, x = np.result_type(x), np.asarray(x, float)
    small = np.abs(x) < 4 + order
    away = np.where(small, 4.0 + order, x)
    with np.errstate(over="ignore"):
        slope = special.exprel(away)
        for n in range(1, order + 1):
            slope = np.exp(away) / away - n * slope / away
    near = np.where(small, x, 0.0)
    up, down = np.maximum(near, 0), np.maximum(-near, 0)
    power, rising = np.ones_like(near), 1 / (order + 1) * np.ones_like(near)
    series, falling = power / (order + 1), rising
    for k in range(1, SERIES + 2 * order):
        power = power * up / k
        series = series + power / (k + order + 1)
        rising = rising * down / (order + 1 + k)
        falling = falling + rising
    series = np.where(near < 0, np.exp(-down) * falling, series)
    return np.where(small, series, slope).astype(given, copy=False)[()]


def _vjp_log1p_ratio(grad: Any, out: Any, x: Any, order: int = 0) -> Any:
    return grad * log1p_ratio(x, order=order + 1)


@differentiable(
    _vjp_log1p_ratio,
    domain=(-0.6, 2),
    calls=(call("ab"), call("ab", order=1), call("ab", order=2)),
)
def log1p_ratio(x: Any, order: int = 0) -> Any:
    """The derivative of log(1 + x) / x of a given order; as accurate at 0 as elsewhere.

    >>> float(log1p_ratio(0.0)), float(log1p_ratio(0.0, order=1))
    (1.0, -0.5)

    By the series Σ (-x)ᵏ / (k+1) where |x| < 0.4, and elsewhere from x f⁽ⁿ⁾ + n f⁽ⁿ⁻¹⁾ = (log(1 + x))⁽ⁿ⁾.

    Args:
        x: any shape; a number, an array or a node.
        order: how many times it is differentiated.
    """
    given, x = np.result_type(x), np.asarray(x, complex if np.iscomplexobj(x) else float)
    small = np.abs(x) < 0.4
    away = np.where(small, 1.0, x)
    slope = np.log1p(away) / away
    for n in range(1, order + 1):
        slope = (-((-1) ** n) * math.factorial(n - 1) / (1 + away) ** n - n * slope) / away
    near = np.where(small, x, 0.0)
    series = np.zeros_like(near)
    for k in range(SERIES + 5 * order, order - 1, -1):  # Horner's scheme
        series = series * near + (-1) ** k * math.perm(k, order) / (k + 1)
    return np.where(small, series, slope).astype(given, copy=False)[()]


primitive(special.exprel, lambda grad, out, x: grad * exprel_slope(x), domain=(-3, 3))


def _vjp_spence(grad: Any, out: Any, z: Any) -> Any:
    low = z < 0.5  # log(z) / (1 - z) is 0/0 at 1, and z - 1 has lost the digits of a small z
    far = np.where(low, z, 0.5)
    return grad * np.where(low, np.log(far) / (1 - far), -log1p_ratio(np.where(low, 0.0, z - 1)))


primitive(special.spence, _vjp_spence, domain=(0.1, 3))
primitive(special.wrightomega, lambda grad, out, z: grad * out / (1 + out), domain=(-3, 3))
primitive(special.cosm1, lambda grad, out, x: -grad * np.sin(x), domain=(-3, 3))
primitive(
    special.powm1,
    lambda grad, out, x, y: grad * y * np.power(x, y - 1),
    lambda grad, out, x, y: grad * (out + 1) * np.log(np.where(x == 0, 1.0, x)),  # 0**y is 0 for every y > 0
    domain=((0.3, 3), (-2, 3)),
)

# ------------------------------------------------------------------------------------------------------------ entropies


def _ratio(x: Any, y: Any) -> Any:
    """x / y, and 0 where both are 0."""
    both = (x == 0) & (y == 0)
    return np.where(both, 0.0, x / np.where(both, 1.0, y))


def _log_ratio(x: Any, y: Any) -> Any:
    """log(x / y), and 0 where both are 0; where the ratio is beyond the range of numbers, the difference of logs."""
    both = (x == 0) & (y == 0)
    x, y = np.where(both, 1.0, x), np.where(both, 1.0, y)
    with np.errstate(over="ignore", divide="ignore"):
        ratio = x / y
        beyond = (ratio == 0) | np.isinf(ratio)
        if not possible(beyond):
            return np.log(ratio)
        return np.where(beyond, np.log(x) - np.log(y), np.log(np.where(beyond, 1.0, ratio)))


primitive(
    special.xlogy,
    lambda grad, out, x, y: grad * np.log(y),
    lambda grad, out, x, y: grad * _ratio(x, y),
    domain=((-3, 3), (0.3, 3)),
)
primitive(
    special.xlog1py,
    lambda grad, out, x, y: grad * np.log1p(y),
    lambda grad, out, x, y: grad * _ratio(x, 1 + y),
    domain=((-3, 3), (-0.6, 2)),
)
primitive(special.entr, lambda grad, out, x: -grad * (np.log(x) + 1), domain=(0.2, 3))
primitive(
    special.rel_entr,
    lambda grad, out, x, y: grad * (_log_ratio(x, y) + 1),
    lambda grad, out, x, y: -grad * _ratio(x, y),
    domain=((0.2, 3), (0.3, 3.1)),
)
primitive(
    special.kl_div,
    lambda grad, out, x, y: grad * _log_ratio(x, y),
    lambda grad, out, x, y: grad * (1 - _ratio(x, y)),
    domain=((0.2, 3), (0.3, 3.1)),
)

# -------------------------------------------------------------------------------------------------------- robust losses

primitive(
    special.huber,
    lambda grad, out, delta, r: grad * np.maximum(np.abs(r) - delta, 0),
    lambda grad, out, delta, r: grad * np.clip(r, -delta, delta),
    domain=((0.5, 1), (1.2, 3)),
)


@differentiable(lambda grad, out, x: grad / np.hypot(1.0, x) ** 3, domain=(-3, 3))
def algebraic_sigmoid(x: Any) -> Any:
    """x / √(1 + x²), whose derivative (1 + x²)^(-3/2) as a quotient's would be the difference of two equal numbers.

    >>> float(algebraic_sigmoid(0.75))
    0.6

    Args:
        x: any shape; a number, an array or a node.
    """
    return x / np.hypot(1.0, x)


def _in_deltas(delta: Any, r: Any) -> Any:
    """r / δ, and 0 where δ is 0, as the function is 0 there."""
    return np.where(delta == 0, 0.0, r / np.where(delta == 0, 1.0, delta))


def _vjp_delta(grad: Any, out: Any, delta: Any, r: Any) -> Any:
    """With s = √(1 + u²) and u = r/δ: δ (s - 1)² / s, where s - 1 is u² / (1 + s); |r| is its limit for δ = 0."""
    u = _in_deltas(delta, r)
    s = np.hypot(1.0, u)
    return grad * np.where(delta == 0, np.abs(r), delta * (u * (u / (1 + s))) ** 2 / s)


primitive(
    special.pseudo_huber,  # δ² (s - 1)
    _vjp_delta,
    lambda grad, out, delta, r: grad * delta * algebraic_sigmoid(_in_deltas(delta, r)),
    domain=((0.5, 2), (-3, 3)),
)

# ----------------------------------------------------------------------------------------------------- power transforms


def _boxcox_slope(log_x: Any, lmbda: Any) -> Any:
    """The derivative in λ of (xᵏ - 1) / k at k = λ, that is of L exprel(λ L) with L = log x."""
    return log_x**2 * exprel_slope(lmbda * log_x)


primitive(
    special.boxcox,
    lambda grad, out, x, lmbda: grad * np.power(x, lmbda - 1),
    lambda grad, out, x, lmbda: grad * _boxcox_slope(np.log(x), lmbda),
    domain=((0.3, 3), (-1.5, 1.5)),
)
primitive(
    special.boxcox1p,
    lambda grad, out, x, lmbda: grad * np.exp((lmbda - 1) * np.log1p(x)),
    lambda grad, out, x, lmbda: grad * _boxcox_slope(np.log1p(x), lmbda),
    domain=((-0.6, 2), (-1.5, 1.5)),
)
primitive(
    special.inv_boxcox,  # exp(y h(λ y)) with h(u) = log(1 + u) / u
    lambda grad, out, x, lmbda: grad * out / (1 + lmbda * x),
    lambda grad, out, x, lmbda: grad * out * x**2 * log1p_ratio(lmbda * x, order=1),
    domain=((-0.6, 0.6), (-1, 1)),
)
primitive(
    special.inv_boxcox1p,
    lambda grad, out, x, lmbda: grad * (1 + out) / (1 + lmbda * x),
    lambda grad, out, x, lmbda: grad * (1 + out) * x**2 * log1p_ratio(lmbda * x, order=1),
    domain=((-0.6, 0.6), (-1, 1)),
)


def _tukey_density(out: Any, lmbda: Any) -> Any:
    return np.power(out, lmbda - 1) + np.power(1 - out, lmbda - 1)


primitive(
    special.tklmbda,  # the p for which x = boxcox(p, λ) - boxcox(1 - p, λ)
    lambda grad, out, x, lmbda: grad / _tukey_density(out, lmbda),
    lambda grad, out, x, lmbda: (
        -grad * (_boxcox_slope(np.log(out), lmbda) - _boxcox_slope(np.log1p(-out), lmbda)) / _tukey_density(out, lmbda)
    ),
    domain=((-0.8, 0.8), (0.2, 0.8)),
)

# ---------------------------------------------------------------------------------------------------- angles in degrees

primitive(special.sindg, lambda grad, out, x: grad * (DEGREE * special.cosdg(x)), domain=(-180, 180))
primitive(special.cosdg, lambda grad, out, x: -grad * (DEGREE * special.sindg(x)), domain=(-180, 180))
primitive(special.tandg, lambda grad, out, x: grad * (DEGREE * (1 + out**2)), domain=(-60, 60))
primitive(special.cotdg, lambda grad, out, x: -grad * (DEGREE * (1 + out**2)), domain=(30, 150))
primitive(
    special.radian,
    lambda grad, out, d, m, s: grad * DEGREE,
    lambda grad, out, d, m, s: grad * (DEGREE / 60),
    lambda grad, out, d, m, s: grad * (DEGREE / 3600),
    domain=(1, 50),
)
