"""Residue: one entry of an array, exact modulo a prime, with its real value in its shadow.

NumPy computes with objects in arrays by their own operators and methods, so code written for floats runs on arrays of
these as it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from compgraph.check.proof.field import PRIME, Exact, fraction_of, inverse, of_fraction, of_number, power
from compgraph.errors import CompgraphError, ConversionError

if TYPE_CHECKING:
    from compgraph.check.proof.draw import Draw

__all__ = ["Residue", "UndecidedError", "ZeroDenominatorError", "no_meaning", "number"]

CLOSE = 1e-9
"""Shadows that differ by less, relatively, decide nothing: rounding may have put them in this order."""


class ZeroDenominatorError(CompgraphError, ZeroDivisionError):
    """A denominator that is 0 for this draw of the atoms; perhaps not for another."""


class UndecidedError(CompgraphError, ArithmeticError):
    """A comparison of two values that are different functions and have, at this place, the same value."""


class Residue:
    """A value as a rational function of the parameters and atoms, evaluated at random numbers modulo a prime.

    >>> from compgraph.check.proof.draw import Draw
    >>> x, y = Draw(seed=0).parameters([3.0, 4.0])
    >>> (x + y) * (x - y) == x**2 - y**2, (x + y) ** 2 == x**2 + y**2
    (True, False)
    >>> abs(x - y).shadow, x.exp() * y.exp() == (x + y).exp()
    (1.0, True)

    Attributes:
        exact: the value modulo the prime.
        shadow: the value at the person's own parameters, a float. It decides comparisons.
        top, bottom: bounds on the degrees of numerator and denominator, as polynomials in parameters and atoms.
        made: how it was made: a tuple of the operation and its operands, or None.
        draw: where the random numbers come from.
    """

    __slots__ = ("bottom", "draw", "exact", "made", "shadow", "top")

    shape = ()
    ndim = 0
    size = 1

    def __init__(
        self,
        draw: Draw,
        exact: Exact,
        shadow: float,
        top: int = 0,
        bottom: int = 0,
        made: tuple[Any, ...] | None = None,
    ) -> None:
        self.draw = draw
        self.exact = exact
        self.shadow = shadow
        self.top = top
        self.bottom = bottom
        self.made = made

    @property
    def constant(self) -> bool:
        """Whether it depends on no parameter."""
        return not self.top and not self.bottom

    # ------------------------------------------------------------------ arithmetic

    def __add__(self, other: Any) -> Any:
        if other.__class__ is not Residue:
            other = self._beside(other)
            if other.__class__ is not Residue:
                return other if other is NotImplemented else self.shadow + other
        return self._sum(other, (self.exact + other.exact) % PRIME, self.shadow + other.shadow, "+")

    def __radd__(self, other: Any) -> Any:
        other = self._beside(other)
        return other + self if other.__class__ is Residue else self._plainly(other, lambda x, y: x + y)

    def __sub__(self, other: Any) -> Any:
        if other.__class__ is not Residue:
            other = self._beside(other)
            if other.__class__ is not Residue:
                return other if other is NotImplemented else self.shadow - other
        return self._sum(other, (self.exact - other.exact) % PRIME, self.shadow - other.shadow, "-")

    def __rsub__(self, other: Any) -> Any:
        other = self._beside(other)
        return other - self if other.__class__ is Residue else self._plainly(other, lambda x, y: x - y)

    def _sum(self, other: Residue, exact: Exact, shadow: float, kind: str) -> Residue:
        top, bottom, top2, bottom2 = self.top, self.bottom, other.top, other.bottom
        if bottom or bottom2:
            top, top2, bottom = top + bottom2, top2 + bottom, bottom + bottom2
        return Residue(self.draw, exact, shadow, top if top > top2 else top2, bottom, (kind, self, other))

    def __mul__(self, other: Any) -> Any:
        if other.__class__ is not Residue:
            other = self._beside(other)
            if other.__class__ is not Residue:
                return other if other is NotImplemented else self.shadow * other
        return Residue(
            self.draw,
            self.exact * other.exact % PRIME,
            self.shadow * other.shadow,
            self.top + other.top,
            self.bottom + other.bottom,
            ("*", self, other),
        )

    def __rmul__(self, other: Any) -> Any:
        other = self._beside(other)
        return other * self if other.__class__ is Residue else self._plainly(other, lambda x, y: x * y)

    def __truediv__(self, other: Any) -> Any:
        other = self._beside(other)
        if other.__class__ is not Residue:
            return other if other is NotImplemented else self.shadow / other
        return Residue(
            self.draw,
            self.exact * _inverted(other) % PRIME,
            _divided(self.shadow, other.shadow),
            self.top + other.bottom,
            self.bottom + other.top,
            ("/", self, other),
        )

    def __rtruediv__(self, other: Any) -> Any:
        other = self._beside(other)
        return other / self if other.__class__ is Residue else self._plainly(other, _divided)

    def __neg__(self) -> Residue:
        return Residue(self.draw, -self.exact % PRIME, -self.shadow, self.top, self.bottom, ("neg", self))

    def __pos__(self) -> Residue:
        return self

    def __abs__(self) -> Residue:
        return self if self >= 0 else -self

    def __pow__(self, exponent: Any) -> Any:
        exponent = self._beside(exponent)
        if exponent.__class__ is not Residue:
            return exponent if exponent is NotImplemented else _powered(self.shadow, exponent)
        n = fraction_of(exponent.shadow)
        if not exponent.constant or of_fraction(n) != exponent.exact:
            return self.draw.general_power(self, exponent)
        if n.denominator != 1:
            return self.draw.fractional_power(self, n)
        if n.numerator < 0:
            _inverted(self)
        top, bottom = (self.top, self.bottom) if n > 0 else (self.bottom, self.top)
        whole, size = n.numerator, abs(n.numerator)
        shadow = _powered(self.shadow, whole)
        return Residue(self.draw, power(self.exact, whole), shadow, top * size, bottom * size, ("**", self, n))

    def __rpow__(self, base: Any) -> Any:
        base = self._beside(base)
        return base**self if base.__class__ is Residue else self._plainly(base, _powered)

    def __floordiv__(self, other: Any) -> Any:
        return (self / other).floor()

    def __rfloordiv__(self, other: Any) -> Any:
        return (other / self).floor()

    def __mod__(self, other: Any) -> Any:
        return self - self // other * other

    def __rmod__(self, other: Any) -> Any:
        return other - other // self * self

    # ------------------------------------------------------------------ comparison: by the shadow

    def __eq__(self, other: object) -> bool:
        if isinstance(other, np.ndarray):
            return NotImplemented
        other = self._beside(other)
        return other.__class__ is Residue and self._difference(other) == 0

    def __ne__(self, other: object) -> bool:
        return NotImplemented if isinstance(other, np.ndarray) else not self == other

    def __lt__(self, other: Any) -> Any:
        return self._ordered(other, lambda x, y: x < y, False)

    def __le__(self, other: Any) -> Any:
        return self._ordered(other, lambda x, y: x <= y, True)

    def __gt__(self, other: Any) -> Any:
        return self._ordered(other, lambda x, y: x > y, False)

    def __ge__(self, other: Any) -> Any:
        return self._ordered(other, lambda x, y: x >= y, True)

    __hash__ = object.__hash__

    def _ordered(self, other: Any, order: Callable[[float, float], bool], equal: bool) -> Any:
        if other.__class__ is not Residue:
            other = self._beside(other)
            if other.__class__ is not Residue:
                return other if other is NotImplemented else order(self.shadow, other)
        if self._difference(other) == 0:
            return equal
        x, y = self.shadow, other.shadow
        if not _apart(x, y):
            raise UndecidedError
        if not (self.constant and other.constant):
            self.draw.decisions += 1
        return order(x, y)

    def _difference(self, other: Residue) -> Any:
        """0 where both are the same function; the draw counts the question among those that chance may answer."""
        if self is other:
            return 0
        self.draw.tested(max(self.top + other.bottom, other.top + self.bottom))
        return (self.exact - other.exact) % PRIME

    def __bool__(self) -> bool:
        return bool(self != 0)

    # ------------------------------------------------------------------ what NumPy's functions call

    def exp(self) -> Residue:
        return self.draw.exp(self)

    def log(self) -> Residue:
        return self.draw.log(self)

    def sqrt(self) -> Residue:
        return self.draw.fractional_power(self, Fraction(1, 2))

    def floor(self) -> Residue:
        """The whole number below, which is the same for all values near by; a whole number itself is undecided."""
        below = math.floor(self.shadow)
        if not self.constant:
            if abs(self.shadow - round(self.shadow)) <= CLOSE * max(abs(self.shadow), 1.0):
                raise UndecidedError
            self.draw.decisions += 1
        return self.draw.constant(below)

    def conjugate(self) -> Residue:
        return self

    @property
    def real(self) -> Residue:
        """Itself: every residue stands for a real number."""
        return self

    @property
    def T(self) -> Residue:
        """Itself, as of NumPy's scalars."""
        return self

    def item(self) -> Residue:
        return self

    # ------------------------------------------------------------------ for the engine's rules

    @property
    def value(self) -> Residue:
        """Itself, where a rule asks for the plain value of a node."""
        return self

    @staticmethod
    def __compgraph_record__(op: Any, inputs: tuple[Any, ...], params: Any = None) -> Any:
        from compgraph.check.proof.meanings import evaluated

        return evaluated(op, inputs, params or {})

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        from compgraph.check.proof.array import apply_ufunc

        return apply_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        from compgraph.check.proof.array import apply_function

        return apply_function(function, args, kwargs)

    # ------------------------------------------------------------------ what would lose it

    def __float__(self) -> NoReturn:
        raise ConversionError(
            "a proof computes with exact entries, which an array of floats cannot hold: make the array that is "
            "written to with np.zeros_like(parameter), or np.zeros(shape, dtype=object); compute with NumPy's "
            "functions instead of math's"
        )

    def __int__(self) -> NoReturn:
        raise ConversionError("a proof computes with exact entries, which are no whole numbers: int(x) would lose them")

    def __repr__(self) -> str:
        return f"<Residue {self.exact} ({self.shadow:.6g})>"

    # ------------------------------------------------------------------ further operands

    def _beside(self, other: Any) -> Any:
        """A number beside this one as a residue; an infinity or NaN as the float it is."""
        if other.__class__ is Residue:
            return other
        if isinstance(other, (int, float, np.generic, Fraction)):
            shadow = float(other)
            if not math.isfinite(shadow):
                return shadow
            return Residue(self.draw, of_number(other), shadow)
        return NotImplemented

    def _plainly(self, other: Any, operate: Callable[[float, float], float]) -> Any:
        return other if other is NotImplemented else operate(other, self.shadow)


def _apart(x: float, y: float) -> bool:
    """Whether two shadows differ by more than rounding; NaN differs from nothing."""
    return x != y and (math.isinf(x) or math.isinf(y) or abs(x - y) > CLOSE * (abs(x) + abs(y)))


def number(x: Any) -> Any:
    """The shadow of a residue, and any other number as a float.

    >>> number(True)
    1.0
    """
    return x.shadow if isinstance(x, Residue) else float(x)


def _inverted(x: Residue) -> Exact:
    if x.exact == 0:
        raise ZeroDenominatorError
    return inverse(x.exact)


def _divided(x: float, y: float) -> float:
    try:
        return x / y
    except ZeroDivisionError:
        return math.nan


def _powered(x: float, y: float) -> float:
    with np.errstate(all="ignore"):
        return float(np.float64(x) ** y)


def no_meaning(form: str) -> str:
    """What is said of a function that exact numbers have none of."""
    return (
        f"{form} has no exact meaning, so what uses it cannot be proved: write it with arithmetic, exp, log, roots, "
        "sums, products and choices; compgraph.compare takes it as it is"
    )
