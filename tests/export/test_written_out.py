"""Functions by simpler ones: equal to NumPy's to a few units in the last place, near zero and far out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from compgraph.export.written_out import FORMS

SMALL, WIDE = np.logspace(-18, 0, 200), np.logspace(-3, 2, 200)
BOTH = np.concatenate([-WIDE[::-1], -SMALL, [0.0], SMALL, WIDE])
INSIDE = np.concatenate([-SMALL, [0.0], SMALL]) * 0.999

ONE = {
    np.log1p: np.concatenate([INSIDE, WIDE, [1e15, 1e300]]), np.expm1: BOTH, np.sinh: BOTH, np.cosh: BOTH,
    np.arcsinh: np.concatenate([BOTH, [1e10, 1e300, -1e200]]),
    np.arccosh: np.concatenate([1 + SMALL[20:], 1 + WIDE, [1e10, 1e300]]), np.arctanh: INSIDE,
    np.cbrt: np.concatenate([BOTH, [1e300, -1e-300]]), np.exp2: BOTH, np.log2: WIDE[WIDE > 1.1],
    np.log10: WIDE[WIDE > 1.1], np.arcsin: INSIDE, np.arccos: np.linspace(-1, 0.99, 101), np.sinc: INSIDE,
    np.tan: INSIDE, np.deg2rad: BOTH, np.rad2deg: BOTH, np.signbit: np.array([-1.0, -0.0, 0.0, 1.0, np.inf, -np.inf]),
    np.trunc: BOTH * 3, np.fix: BOTH * 3, np.isfinite: np.array([0.0, np.inf, -np.inf, np.nan]),
    np.round: BOTH * 3 + 0.01,
}  # fmt: skip

PAIRS = (np.array([0.0, 1.0, -1.0, 2.5, -3.0, 1e-9, 7.25, -0.5])[:, None], np.array([1.0, -2.0, 0.5, 3.0, -1e-3, 40.0]))
TWO = [np.logaddexp, np.logaddexp2, np.hypot, np.arctan2, np.remainder, np.floor_divide, np.fmax, np.fmin,
       np.copysign, np.heaviside]  # fmt: skip


def equal(found: Any, expected: Any, ulps: float = 8) -> None:
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(np.where(finite, 0, found), np.where(finite, 0, expected))
    assert found.shape == expected.shape
    if expected.dtype.kind == "f":
        unit = np.spacing(np.abs(expected), where=finite, out=np.ones(expected.shape))
        assert np.max(np.abs(found - expected) / unit, where=finite, initial=0.0) <= ulps
    else:
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("function", ONE, ids=lambda f: f.__name__)
@np.errstate(all="ignore")
def test_functions_of_one_number(function: Any) -> None:
    equal(FORMS[function](ONE[function]), function(ONE[function]))


@pytest.mark.parametrize("function", TWO, ids=lambda f: f.__name__)
@np.errstate(all="ignore")
def test_functions_of_two_numbers(function: Any) -> None:
    equal(FORMS[function](*PAIRS), function(*PAIRS))


@pytest.mark.parametrize(
    "function", [np.log1p, np.expm1, np.hypot, np.logaddexp, np.cbrt, np.arcsinh, np.cosh, np.sinh]
)
@np.errstate(all="ignore")
def test_infinities(function: Any) -> None:
    ends = np.array([np.inf, -np.inf, 1.0])
    args = (ends,) if function.nin == 1 else (ends[:, None], ends)
    np.testing.assert_array_equal(np.isfinite(FORMS[function](*args)), np.isfinite(function(*args)))
    equal(FORMS[function](*args), function(*args))


@pytest.mark.parametrize("how", [{}, {"axis": 0}, {"axis": 1, "keepdims": True}, {"ddof": 1}, {"axis": (0, 1)}])
def test_var_and_std(how: dict[str, Any]) -> None:
    x = np.random.default_rng(0).normal(size=(3, 4))
    for function in (np.var, np.std):
        np.testing.assert_allclose(FORMS[function](x, **how), function(x, **how), rtol=1e-14)


@pytest.mark.parametrize("axis", [None, 0, -1])
def test_cumprod(axis: int | None) -> None:
    x = np.random.default_rng(0).normal(size=(3, 4))
    np.testing.assert_array_equal(FORMS[np.cumprod](x, axis=axis), np.cumprod(x, axis=axis))
