"""What NumPy's and SciPy's functions mean for residues: entry by entry, by operators, or of whole arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from compgraph.check.proof.residue import Residue, ZeroDenominatorError, no_meaning, number
from compgraph.errors import MissingRuleError

__all__ = ["BY_OPERATOR", "WHOLE", "by_entries", "entrywise", "entrywise_form", "sigmoid", "softplus"]

# --------------------------------------------------------------------------------------------------- of single residues


def _shadowed(x: Residue, shadow: float) -> Residue:
    """The same with a shadow that was computed without overflow or cancellation."""
    return Residue(x.draw, x.exact, shadow, x.top, x.bottom, x.made)


def sigmoid(x: Residue) -> Any:
    """eˣ / (1 + eˣ)."""
    e = x.exp()
    return _shadowed(e / (1 + e), _sigmoid(x.shadow))


def _sigmoid(x: float) -> float:
    small = math.exp(-abs(x))
    return (1.0 if x >= 0 else small) / (1 + small)


def softplus(x: Residue) -> Any:
    """log(1 + eˣ)."""
    e = x.exp()
    return _shadowed(
        (1 + _shadowed(e, min(e.shadow, 1e300))).log(), max(x.shadow, 0.0) + math.log1p(math.exp(-abs(x.shadow)))
    )


def _tanh(x: Residue) -> Any:
    square = x.exp() ** 2
    return _shadowed((square - 1) / (square + 1), math.tanh(x.shadow))


def _sinh(x: Residue) -> Any:
    e = x.exp()
    return (e - 1 / e) / 2


def _cosh(x: Residue) -> Any:
    e = x.exp()
    return (e + 1 / e) / 2


def _tan(x: Residue) -> Any:
    cos, sin = x.draw.cos_sin(x)
    return sin / cos


def _arcsinh(x: Residue) -> Any:
    return (x + (x * x + 1).sqrt()).log()


def _sinc(x: Residue) -> Any:
    t = math.pi * x
    return x.draw.cos_sin(t)[1] / t


def _heaviside(x: Residue, at_zero: Any) -> Any:
    return at_zero if x == 0 else 1.0 if x > 0 else 0.0


def _clip(x: Any, low: Any, high: Any) -> Any:
    x = x if low is None or x >= low else low
    return x if high is None or x <= high else high


def _rint(x: Residue) -> Any:
    return (x + Fraction(1, 2)).floor()


def _other(name: str, function: Callable[[float], float], odd: bool) -> Callable[[Residue], Any]:
    return lambda x: x.draw.other(name, function, x, odd)


UNARY: Mapping[np.ufunc, Callable[[Residue], Any]] = {
    np.exp: Residue.exp,
    np.exp2: lambda x: 2**x,
    np.expm1: lambda x: _shadowed(x.exp() - 1, math.expm1(min(x.shadow, 700.0))),
    np.log: Residue.log,
    np.log2: lambda x: x.log() / math.log(2),
    np.log10: lambda x: x.log() / math.log(10),
    np.log1p: lambda x: (1 + x).log(),
    np.sqrt: Residue.sqrt,
    np.cbrt: lambda x: (
        x.draw.fractional_power(x, Fraction(1, 3)) if x > 0 else -x.draw.fractional_power(-x, Fraction(1, 3))
    ),
    np.square: lambda x: x * x,
    np.reciprocal: lambda x: 1 / x,
    np.conjugate: lambda x: x,
    np.fabs: abs,
    np.sign: lambda x: 0.0 if x == 0 else 1.0 if x > 0 else -1.0,
    np.tanh: _tanh,
    np.sinh: _sinh,
    np.cosh: _cosh,
    np.sin: lambda x: x.draw.cos_sin(x)[1],
    np.cos: lambda x: x.draw.cos_sin(x)[0],
    np.tan: _tan,
    np.arcsinh: _arcsinh,
    np.arccosh: lambda x: (x + (x - 1).sqrt() * (x + 1).sqrt()).log(),
    np.arctanh: lambda x: ((1 + x) / (1 - x)).log() / 2,
    np.arctan: _other("arctan", math.atan, odd=True),
    np.arcsin: _other("arcsin", math.asin, odd=True),
    np.arccos: _other("arccos", math.acos, odd=False),
    np.deg2rad: lambda x: x * (math.pi / 180),
    np.radians: lambda x: x * (math.pi / 180),
    np.rad2deg: lambda x: x * (180 / math.pi),
    np.degrees: lambda x: x * (180 / math.pi),
    np.floor: Residue.floor,
    np.ceil: lambda x: -((-x).floor()),
    np.trunc: lambda x: x.floor() if x > 0 else -((-x).floor()),
    np.rint: _rint,
    np.isnan: lambda x: False,
    np.isinf: lambda x: False,
    np.isfinite: lambda x: True,
    np.signbit: lambda x: x < 0,
}
"""Functions of one residue; plain numbers in the same array are left to NumPy."""


def _larger(x: Any, y: Any) -> Any:
    return x if x >= y else y


def _smaller(x: Any, y: Any) -> Any:
    return x if x <= y else y


def _logaddexp(x: Any, y: Any) -> Any:
    return y + softplus(x - y)


def _arctan2(x: Any, y: Any) -> Any:
    ratio = x / y
    quadrant = f"{number(x) > 0} {number(y) > 0}"
    ratio.draw.decisions += 1
    return ratio.draw.other(f"arctan2 {quadrant}", lambda _: math.atan2(number(x), number(y)), ratio)


def _hypot(x: Any, y: Any) -> Any:
    return (x * x + y * y).sqrt()


BINARY: Mapping[np.ufunc, Callable[[Any, Any], Any]] = {
    np.maximum: _larger,
    np.minimum: _smaller,
    np.fmax: _larger,
    np.fmin: _smaller,
    np.logaddexp: _logaddexp,
    np.hypot: _hypot,
    np.heaviside: lambda x, y: _heaviside(x, y) if isinstance(x, Residue) else float(np.heaviside(x, 0.5)) if x else y,
    np.copysign: lambda x, y: abs(x) if number(y) >= 0 else -abs(x),
    np.arctan2: _arctan2,
}
"""Functions of two numbers of which one at least is a residue."""


SCIPY: Mapping[str, tuple[Callable[..., Any], int]] = {
    "expit": (sigmoid, 1),
    "log_expit": (lambda x: -softplus(-x), 1),
    "logit": (lambda x: (x / (1 - x)).log(), 1),
    "xlogy": (lambda x, y: x * (y.log() if isinstance(y, Residue) else math.log(y)), 2),
    "erf": (_other("erf", math.erf, odd=True), 1),
}
"""SciPy's ufuncs by name, so that nothing of SciPy is imported here."""


def entrywise(name: str, function: Callable[..., Any], plainly: Callable[..., Any], count: int) -> np.ufunc:
    """A function of residues as one of arrays; entries that are plain numbers go to NumPy's own."""

    def of_entries(*entries: Any) -> Any:
        if any(isinstance(x, Residue) for x in entries):
            return function(*entries)
        result = plainly(*[float(x) for x in entries])
        return bool(result) if isinstance(result, np.bool_) else float(result)

    of_entries.__name__ = name
    applied: np.ufunc = np.frompyfunc(of_entries, count, 1)
    return applied


PREDICATES = (np.isnan, np.isinf, np.isfinite, np.signbit)


def _predicate(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, **kwargs: np.asarray(function(x, **kwargs), bool)[()]


ENTRYWISE: dict[Any, Callable[..., Any]] = {
    **{ufunc: entrywise(ufunc.__name__, f, ufunc, 1) for ufunc, f in UNARY.items()},
    **{ufunc: entrywise(ufunc.__name__, f, ufunc, 2) for ufunc, f in BINARY.items()},
}
for _function in PREDICATES:
    ENTRYWISE[_function] = _predicate(ENTRYWISE[_function])
"""Every ufunc that is applied entry by entry."""


def by_entries(function: np.ufunc, *args: Any) -> Any:
    """Apply what np.frompyfunc made to arrays of ours and to residues, which would ask what it means for them."""
    return function(*[x.view(np.ndarray) if isinstance(x, np.ndarray) else _boxed(x) for x in args])


def _boxed(x: Any) -> Any:
    box = np.empty((), object)
    box[()] = x
    return box


def entrywise_form(ufunc: np.ufunc) -> Callable[..., Any] | None:
    """The function of residues that a ufunc is, if it is one that is applied entry by entry."""
    found = ENTRYWISE.get(ufunc)
    if found is None and ufunc.__name__ in SCIPY and ufunc not in BY_OPERATOR:
        function, count = SCIPY[ufunc.__name__]
        found = ENTRYWISE[ufunc] = entrywise(ufunc.__name__, function, ufunc, count)
    return found


BY_OPERATOR = frozenset(
    {
        *[np.add, np.subtract, np.multiply, np.divide, np.negative, np.positive, np.absolute, np.power],
        *[np.floor_divide, np.remainder, np.matmul, np.maximum, np.minimum],
        *[np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal],
        *[np.logical_and, np.logical_or, np.logical_not],
        *[getattr(np, name) for name in ("vecdot", "matvec", "vecmat") if hasattr(np, name)],
    }
)
"""The ufuncs for which NumPy calls the operators of what stands in an array."""

# ----------------------------------------------------------------------------------------------------- of whole arrays


def _matrix(a: Any) -> list[list[Any]]:
    return [list(row) for row in np.asarray(a, object)]


def _eliminated(a: Any, b: Any) -> tuple[Any, Any]:
    """The solution of a x = b and the determinant of a, by elimination; pivots are the entries that are not 0."""
    rows = [[*row, *right] for row, right in zip(_matrix(a), _matrix(b), strict=True)]
    n = len(rows)
    determinant: Any = 1
    for i in range(n):
        pivot = next((k for k in range(i, n) if rows[k][i] != 0), None)
        if pivot is None:
            raise ZeroDenominatorError
        if pivot != i:
            rows[i], rows[pivot] = rows[pivot], rows[i]
            determinant = -determinant
        determinant = determinant * rows[i][i]
        rows[i] = [x / rows[i][i] for x in rows[i]]
        for k in range(n):
            if k != i and (isinstance(rows[k][i], Residue) or rows[k][i]):
                rows[k] = [x - rows[k][i] * y for x, y in zip(rows[k], rows[i], strict=True)]
    return np.array([row[n:] for row in rows], dtype=object), determinant


def _stacked(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of one matrix as one of a stack of them."""

    def of_stack(a: Any, *others: Any) -> Any:
        if np.ndim(a) == 2:
            return function(a, *others)
        return np.stack([of_stack(a[i], *[b[i] for b in others]) for i in range(np.shape(a)[0])])

    return of_stack


@_stacked
def _inv(a: Any) -> Any:
    return _eliminated(a, np.eye(np.shape(a)[0]))[0]


@_stacked
def _det(a: Any) -> Any:
    return _eliminated(a, np.eye(np.shape(a)[0]))[1]


def _slogdet(a: Any) -> Any:
    determinant = _det(a)
    return type(np.linalg.slogdet(np.eye(1)))(np.sign(determinant), np.log(np.abs(determinant)))


def _solve(a: Any, b: Any) -> Any:
    if np.ndim(b) == 1:
        return _eliminated(a, np.expand_dims(b, 1))[0][:, 0]
    return _stacked(lambda a, b: _eliminated(a, b)[0])(a, b)


def _i0(x: Any) -> Any:
    raise MissingRuleError(no_meaning("np.i0"))


def _clipped(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    return by_entries(np.frompyfunc(_clip, 3, 1), a, low, high)


def _round(a: Any, decimals: int = 0, out: Any = None) -> Any:
    return np.rint(a * 10**decimals) / 10**decimals


WHOLE: dict[Any, Callable[..., Any]] = {
    np.linalg.inv: _inv,
    np.linalg.det: _det,
    np.linalg.solve: _solve,
    np.i0: _i0,
    np.clip: _clipped,
    np.round: _round,
    np.around: _round,
    np.sinc: lambda x: by_entries(entrywise("sinc", _sinc, np.sinc, 1), x),
    np.linalg.slogdet: _slogdet,
    np.result_type: lambda *arrays: np.dtype(object),
    np.iscomplexobj: lambda x: False,
    np.isrealobj: lambda x: True,
    np.real: lambda x: x,
    np.nan_to_num: lambda x, *args, **kwargs: x,
    np.shape: lambda x: x.shape,
    np.ndim: lambda x: x.ndim,
    np.size: lambda x, axis=None: x.size if axis is None else x.shape[axis],
}
"""Functions of arrays that NumPy's own code does not compute for objects."""
