"""The derivatives of SciPy's functions where they are hard: far out, at the edges of domains, where digits cancel.

On the domains that they declare, the generic tests of every op and of every composition check them as any other.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.primitive import OPS
from compgraph.rules.composition import value_of
from compgraph.rules.scipy_loading import load_scipy_rules

special = pytest.importorskip("scipy.special", reason="SciPy is not installed: its functions are not tested")
mp = pytest.importorskip("mpmath", reason="mpmath is not installed: there is nothing to compare with")
load_scipy_rules()


# ------------------------------------------------------------------------------------------------ orders and parameters


@given(st.integers(1, 3), st.integers(1, 3))
def test_an_order_may_be_an_array_that_broadcasts(rows: int, columns: int) -> None:
    orders = np.arange(rows)[:, None] / 2
    z = cg.Variable(np.linspace(1.0, 2.0, columns))
    node = special.jv(orders, z)
    np.testing.assert_array_equal(node.value, special.jv(orders, z.value))
    (slope,) = cg.gradients(np.sum(node), [z])
    np.testing.assert_allclose(slope, np.sum(special.jvp(orders, z.value), axis=0), rtol=1e-12)
    for listed in (list(range(columns)), tuple(range(columns))):
        (slope,) = cg.gradients(np.sum(special.jv(listed, z)), [z])
        np.testing.assert_allclose(slope, special.jvp(np.arange(columns), z.value), rtol=1e-12)


@pytest.mark.parametrize("name", ["sici", "shichi", "fresnel", "airy", "airye", "ellipj", "pbdv"])
def test_a_function_of_several_results(name: str) -> None:
    function = getattr(special, name)
    x = cg.Variable([0.5, 0.7])
    given_ = {"ellipj": (x, 0.3), "pbdv": (1.5, x)}.get(name, (x,))
    results = function(*given_)
    assert isinstance(results, tuple)
    for node, expected in zip(results, function(*map(value_of, given_)), strict=True):
        np.testing.assert_array_equal(node.value, expected)
    ahead, behind = (function(*[value_of(g) + h if g is x else g for g in given_]) for h in (1e-5, -1e-5))
    for node, high, low in zip(results, ahead, behind, strict=True):
        np.testing.assert_allclose(cg.gradients(np.sum(node), [x])[0], (high - low) / 2e-5, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("n", [0, 1, 5, 2.5])
def test_polynomials_of_any_degree_at_both_ends(n: Any) -> None:
    """The formulas with 1 - x² in the denominator are 0/0 there."""
    for x in (-1.0, 1.0) if isinstance(n, int) else (1.0,):
        slope = float(cg.grad(lambda x: special.eval_legendre(n, x))(x))
        assert slope == pytest.approx((x if n % 2 == 0 else 1) * n * (n + 1) / 2 if n != 2.5 else 4.375, rel=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("function", [special.stdtr, special.gammainc, special.jv, special.eval_chebyt])
def test_constants_may_be_numpy_scalars(function: Any, dtype: Any) -> None:
    x = cg.Variable(np.array([0.3, 0.6], dtype))
    node = function(dtype(2), x)
    assert node.dtype == function(dtype(2), x.value).dtype == dtype
    (slope,) = cg.gradients(np.sum(node), [x])
    assert slope.dtype == dtype


# --------------------------------------------------------------------------------------------------------------- dtypes

SINGLE = [op for function, op in OPS.items() if function in vars(special).values() and len(op.vjps) == 1]


@pytest.mark.parametrize("op", SINGLE, ids=lambda op: op.name)
def test_single_precision_stays_single(op: cg.Op) -> None:
    low, high = op.domain[0]  # type: ignore[misc]
    x = cg.Variable(np.linspace(low, high, 4, dtype=np.float32)[1:3])
    node = op.function(x)
    assert node.dtype == op.function(x.value).dtype == np.float32
    (slope,) = cg.gradients(np.sum(node), [x], create_graph=True)
    assert slope.dtype == np.float32, "the rule computes in double precision, and its result is cast"
    if slope.op is not None and np.ndim(slope):
        (second,) = cg.gradients(np.sum(slope * slope), [x])
        assert second.dtype == np.float32


# ------------------------------------------------------------------------------- far out, and where digits would cancel


def exact(f: Any, x: float, order: int) -> float:
    """The derivative of a function of mpmath's: differences with so many digits that e⁻ˣ beside 1 has some."""
    with mp.workdps(min(50 + abs(x) / 2, 400)):
        point = mp.mpf(x)
        return float(mp.diff(f, point, order, h=mp.mpf(10) ** -18 * abs(point)))


def derivative(f: Any, x: float, order: int) -> float:
    for _ in range(order):
        f = cg.grad(f)
    return float(f(x))


HARD: dict[str, tuple[Any, Any, tuple[float, ...]]] = {
    "expit": (special.expit, lambda x: 1 / (1 + mp.exp(-x)), (-700.0, -30.0, 1.0, 30.0, 700.0)),
    "log_expit": (special.log_expit, lambda x: -mp.log1p(mp.exp(-x)), (-700.0, -30.0, 1.0, 30.0, 600.0)),
    "logit": (special.logit, lambda x: mp.log(x / (1 - x)), (1e-100, 1e-10, 0.3, 1 - 1e-3)),
    "erfcx": (special.erfcx, lambda x: mp.exp(x * x) * mp.erfc(x), (-20.0, 0.5, 1.99, 2.01, 5.0, 30.0)),
    "dawsn": (
        special.dawsn,
        lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(-x * x) * mp.erfi(x),
        (-10.0, 1.0, 3.0, 7.01, 20.0),
    ),
    "log_ndtr": (
        special.log_ndtr,
        lambda x: mp.log(mp.erfc(-x / mp.sqrt(2)) / 2),
        (-1000.0, -30.0, -3.0, -1e-3, 1e-3, 3.0, 10.0),
    ),
    "rgamma": (special.rgamma, mp.rgamma, (-4.0, -1.5, 0.49, 0.51, 3.0, 100.0)),
    "gammaln": (special.gammaln, mp.loggamma, (1e-10, 0.3, 2.0, 1e5)),
    "digamma": (special.digamma, mp.digamma, (1e-5, 0.3, 20.0, 1e5)),
    "exprel": (
        special.exprel,
        lambda x: mp.expm1(x) / x,
        (-500.0, -20.0, -5.1, -4.9, -1.0, -1e-8, 1e-8, 1.0, 5.1, 20.0, 500.0),
    ),
    "spence": (special.spence, lambda z: mp.polylog(2, 1 - z), (1e-10, 0.3, 0.6, 0.999, 1.001, 1.5, 3.0, 100.0)),
    "ellipk": (special.ellipk, mp.ellipk, (-100.0, -1.0, 1e-9, 0.5, 0.99)),
    "ellipe": (special.ellipe, mp.ellipe, (-100.0, -1.0, 1e-9, 0.5, 0.99)),
    "ellipkm1": (special.ellipkm1, lambda p: mp.ellipk(1 - p), (1e-30, 1e-9, 0.3, 0.6, 1.0, 3.0)),
    "ellipkinc": (
        lambda m: special.ellipkinc(0.8, m),
        lambda m: mp.ellipf(mp.mpf(0.8), m),
        (-3.0, -0.05, -0.0099, 1e-9, 0.0099, 0.05, 0.9),
    ),
    "ellipeinc": (
        lambda m: special.ellipeinc(0.8, m),
        lambda m: mp.ellipe(mp.mpf(0.8), m),
        (-3.0, -0.05, -0.0099, 1e-9, 0.0099, 0.05, 0.9),
    ),
    "agm": (lambda a: special.agm(a, 2.0), lambda a: mp.agm(a, 2), (1e-10, 0.5, 1.999, 2.001, 1e6)),
    "boxcox": (
        lambda k: special.boxcox(3.7, k),
        lambda k: mp.expm1(k * mp.log(mp.mpf(3.7))) / k,
        (-3.0, -1e-3, 1e-9, 1e-3, 3.0),
    ),
    "inv_boxcox": (
        lambda k: special.inv_boxcox(0.7, k),
        lambda k: mp.exp(mp.log1p(k * mp.mpf(0.7)) / k),
        (-1.0, -1e-3, 1e-9, 1e-3, 3.0),
    ),
    "pseudo_huber": (
        lambda r: special.pseudo_huber(1.3, r),
        lambda r: mp.mpf(1.3) ** 2 * (mp.sqrt(1 + (r / mp.mpf(1.3)) ** 2) - 1),
        (1e-6, 0.5, 3.0, 1e6),
    ),
    "pseudo_huber in delta": (
        lambda delta: special.pseudo_huber(delta, 1.3),
        lambda delta: delta**2 * (mp.sqrt(1 + (mp.mpf(1.3) / delta) ** 2) - 1),
        (0.5, 3.0, 1e6),
    ),
    "expn": (lambda x: special.expn(0, x), lambda x: mp.expint(0, x), (0.01, 1.0, 30.0)),
}


@pytest.mark.parametrize("name", HARD)
def test_derivatives_against_many_digits(name: str) -> None:
    function, known, points = HARD[name]
    for x in points:
        assert derivative(function, x, 1) == pytest.approx(exact(known, x, 1), rel=1e-13, abs=0), x
        assert derivative(function, x, 2) == pytest.approx(exact(known, x, 2), rel=1e-11, abs=0), x


def test_the_slope_of_log_ndtr_far_below() -> None:
    """φ/Φ is 0/0 there; its limit is -x, and the next derivatives are -1 and 0."""
    x = np.array([-1e3, -1e8, -1e150])
    slope = cg.grad(lambda x: np.sum(special.log_ndtr(x)))
    np.testing.assert_allclose(slope(x), -x, rtol=1e-5)
    second = cg.grad(lambda x: np.sum(slope(x)))(x)
    np.testing.assert_allclose(second, -1, rtol=1e-5)


# ---------------------------------------------------------------------------------------------- at the edges of domains


def slopes(function: Any, *at: float) -> tuple[float, ...]:
    with np.errstate(divide="ignore"):
        return tuple(float(slope) for slope in cg.grad(function, argnums=tuple(range(len(at))))(*at))


def test_entropies_at_zero() -> None:
    log = math.log
    assert slopes(special.xlogy, 0.0, 2.0) == pytest.approx((log(2.0), 0.0))
    assert slopes(special.xlogy, 0.0, 0.0) == (-math.inf, 0.0)
    assert slopes(special.xlog1py, 0.0, 2.0) == pytest.approx((log(3.0), 0.0))
    assert slopes(special.xlog1py, 0.0, -1.0) == (-math.inf, 0.0)
    assert slopes(special.entr, 0.0) == (math.inf,)
    assert slopes(special.rel_entr, 0.0, 2.0) == (-math.inf, 0.0)
    assert slopes(special.rel_entr, 0.0, 0.0) == (1.0, 0.0)
    assert slopes(special.kl_div, 0.0, 2.0) == (-math.inf, 1.0)
    assert slopes(special.kl_div, 0.0, 0.0) == (0.0, 1.0)


@pytest.mark.parametrize("function", [special.xlogy, special.rel_entr, special.kl_div])
def test_the_slope_in_y_is_exact_where_x_is_zero(function: Any) -> None:
    """There the function is linear in y, so a difference of two values is its slope."""
    for y in (0.0, 0.5, 2.0):
        assert float(cg.grad(lambda y: function(0.0, y))(y)) == function(0.0, y + 1) - function(0.0, y)


def test_logarithms_of_ratios_beyond_the_range_of_numbers() -> None:
    for x, y in ((1e200, 1e-200), (1e-200, 1e200)):
        slope = float(cg.grad(lambda x, y=y: special.kl_div(x, y))(x))
        assert slope == pytest.approx(math.log(x) - math.log(y), rel=1e-14)


def test_densities_at_zero() -> None:
    gammainc = cg.grad(lambda x: special.gammainc(1.0, x))
    assert float(gammainc(0.0)) == 1.0
    assert float(cg.grad(gammainc)(0.0)) == -1.0
    assert float(cg.grad(lambda x: special.gammainc(2.0, x))(0.0)) == 0.0
    assert float(cg.grad(lambda x: special.betainc(1.0, 3.0, x))(0.0)) == pytest.approx(3.0, rel=1e-14)
    assert float(cg.grad(lambda x: special.betainc(3.0, 1.0, x))(1.0)) == pytest.approx(3.0, rel=1e-14)


def test_the_normal_limit_of_students_distribution() -> None:
    t = np.array([-1.0, 0.5])
    found = cg.grad(lambda t: np.sum(special.stdtr(np.inf, t)))(t)
    np.testing.assert_allclose(found, cg.grad(lambda t: np.sum(special.ndtr(t)))(t), rtol=1e-14)
    found = cg.grad(lambda t: np.sum(special.stdtr(np.array([np.inf, 4.0]), t)))(t)
    expected = [cg.grad(lambda t, df=df: special.stdtr(df, t))(x) for df, x in zip((np.inf, 4.0), t, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_the_zeros_of_binomials_and_rising_factorials() -> None:
    """Where 1/Γ is zero, times an infinite ψ: the derivatives are finite."""

    def nudged(f: Any, *at: float) -> tuple[float, ...]:
        moves = 1e-5 * np.eye(len(at))
        return tuple([float(f(*(at + move)) - f(*(at - move))) / 2e-5 for move in moves])

    for n, k in ((3.0, 5.0), (2.5, -2.0), (3.0, -1.0)):
        assert slopes(special.binom, n, k) == pytest.approx(nudged(special.binom, n, k), rel=1e-6, abs=1e-7)
    for z, m in ((-2.0, 3.5), (0.0, 1.5)):
        assert slopes(special.poch, z, m)[0] == pytest.approx(nudged(special.poch, z, m)[0], rel=1e-6)
    for n in range(4):
        assert slopes(special.rgamma, -float(n)) == pytest.approx(((-1) ** n * math.factorial(n),), rel=1e-14)


def test_huber_on_both_sides_of_the_threshold() -> None:
    for delta, r in ((1.0, 0.4), (1.0, -2.5), (1.0, 3.0)):
        inside = abs(r) <= delta
        expected = (0.0 if inside else abs(r) - delta, r if inside else math.copysign(delta, r))
        assert slopes(special.huber, delta, r) == expected
        assert slopes(cg.grad(lambda delta, r: special.huber(delta, r), argnums=1), delta, r)[1] == float(inside)
    assert slopes(special.pseudo_huber, 0.0, -2.0) == (2.0, 0.0)


def test_removable_singularities() -> None:
    assert slopes(special.j1, 0.0) == (0.5,)
    assert slopes(lambda x: special.jv(1, x), 0.0) == (0.5,)
    assert slopes(lambda x: special.sici(x)[0], 0.0) == (1.0,)
    assert slopes(lambda x: special.shichi(x)[0], 0.0) == (1.0,)
    assert slopes(special.exprel, 0.0) == (0.5,)
    assert slopes(special.spence, 1.0) == (-1.0,)
    assert slopes(special.beip, 0.0) == (0.5,)
    assert slopes(lambda x: special.it2i0k0(x)[0], 0.0) == (0.0,)
    assert slopes(special.ellipk, 0.0) == pytest.approx((math.pi / 8,))
    assert slopes(special.ellipe, 0.0) == pytest.approx((-math.pi / 8,))
    assert slopes(lambda m: special.ellipkinc(1.0, m), 0.0) == pytest.approx(((1 - math.sin(2.0) / 2) / 4,))
    assert slopes(lambda m: special.ellipj(1.0, m)[3], 0.0) == pytest.approx((-(1 - math.sin(2.0) / 2) / 4,))


def test_forward_mode_reaches_the_same() -> None:
    x = np.array([0.4, 1.1])
    for f in (special.erfcx, lambda x: special.jv(2, x), lambda x: special.ellipj(x, 0.3)[2]):
        value, tangent = cg.jvp(f, (x,), (np.ones(2),))
        np.testing.assert_array_equal(value, f(x))
        np.testing.assert_allclose(tangent, cg.grad(lambda x, f=f: np.sum(f(x)))(x), rtol=1e-13)
