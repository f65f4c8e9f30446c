"""Arithmetic modulo the prime 2^61 - 1, where every number is exact, and numbers of NumPy's as numbers of that kind.

A number modulo the prime is a Python int. The square root of half of them is none: it is a :class:`Pair` a + b i with
i² = -1, which no int modulo this prime solves. With these, every int has a root.
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import Any, Union

from compgraph.errors import DtypeError

__all__ = ["PRIME", "Exact", "Pair", "fraction_of", "inverse", "of_fraction", "of_number", "power", "root"]

PRIME = (1 << 61) - 1

SIMPLE = 10**10
"""A float is read as the fraction n/d that it is the rounding of, where |n| d is at most this."""

ROUNDED = 2.0**-50
"""The relative error of what was rounded a few times; simple fractions are much further apart than that."""


class Pair:
    """The number a + b i modulo the prime, i² = -1.

    >>> Pair(0, 1) * Pair(0, 1) == PRIME - 1
    True
    """

    __slots__ = ("a", "b")

    def __init__(self, a: int, b: int) -> None:
        self.a = a % PRIME
        self.b = b % PRIME

    def __add__(self, other: Exact) -> Pair:
        c, d = _parts(other)
        return Pair(self.a + c, self.b + d)

    def __sub__(self, other: Exact) -> Pair:
        c, d = _parts(other)
        return Pair(self.a - c, self.b - d)

    def __rsub__(self, other: int) -> Pair:
        return Pair(other - self.a, -self.b)

    def __mul__(self, other: Exact) -> Pair:
        c, d = _parts(other)
        return Pair(self.a * c - self.b * d, self.a * d + self.b * c)

    __radd__ = __add__
    __rmul__ = __mul__

    def __neg__(self) -> Pair:
        return Pair(-self.a, -self.b)

    def __mod__(self, prime: int) -> Exact:
        return self if self.b else self.a  # what turned out to be an int is one again

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (int, Pair)) and _parts(other) == (self.a, self.b)

    def __hash__(self) -> int:
        return hash((self.a, self.b))

    def __repr__(self) -> str:
        return f"{self.a} + {self.b}i"


Exact = Union[int, Pair]  # noqa: UP007 - named in annotations above, which Python must not evaluate
"""A number modulo the prime: an int, or where a square root has come in a pair."""


def _parts(x: Exact) -> tuple[int, int]:
    return (x.a, x.b) if isinstance(x, Pair) else (x, 0)


def inverse(x: Exact) -> Exact:
    """1 / x modulo the prime.

    >>> inverse(3) * 3 % PRIME
    1

    Raises:
        ValueError: x is 0.
    """
    if isinstance(x, Pair):
        norm = pow(x.a * x.a + x.b * x.b, -1, PRIME)
        return Pair(x.a * norm, -x.b * norm)
    return pow(x, -1, PRIME)


def power(x: Exact, n: int) -> Exact:
    """x to a whole power.

    Raises:
        ValueError: x is 0 and n negative.
    """
    if isinstance(x, int):
        return pow(x, n, PRIME)
    if n < 0:
        x, n = inverse(x), -n
    result: Exact = 1
    while n:
        if n & 1:
            result = result * x % PRIME
        x = x * x % PRIME
        n >>= 1
    return result


def root(x: Exact) -> Exact | None:
    """A number whose square is x; None where it would take more than a pair.

    >>> root(9) in (3, PRIME - 3), isinstance(root(PRIME - 9), Pair)
    (True, True)
    """
    if isinstance(x, int):
        found = pow(x, (PRIME + 1) // 4, PRIME)  # as for every prime that leaves 3 when divided by 4
        return found if found * found % PRIME == x else Pair(0, found)
    norm = root((x.a * x.a + x.b * x.b) % PRIME)
    half = pow(2, -1, PRIME)
    for sign in (1, -1):
        if isinstance(norm, int):
            a = root((x.a + sign * norm) * half % PRIME)
            if isinstance(a, int) and a:
                return Pair(a, x.b * half * pow(a, -1, PRIME))
    return None


@functools.lru_cache(maxsize=1 << 16)
def fraction_of(x: float) -> Fraction:
    """The fraction that a float stands for: a simple one, of which it is the rounded value, else its own exact value.

    >>> fraction_of(2 / 3 - 1), fraction_of(0.1 + 0.2), fraction_of(2.5e-8)
    (Fraction(-1, 3), Fraction(3, 10), Fraction(1, 40000000))
    >>> fraction_of(math.pi) == Fraction(math.pi)
    True
    """
    exact = Fraction(x)
    if exact.denominator == 1 or not exact:
        return exact
    n, d = abs(exact.numerator), exact.denominator
    target = abs(x)
    before, now = (0, 1), (1, 0)  # the convergents p/q of the continued fraction
    while d:
        whole, rest = divmod(n, d)
        before, now = now, (whole * now[0] + before[0], whole * now[1] + before[1])
        if now[0] * now[1] > SIMPLE:
            return exact
        if abs(now[0] / now[1] - target) <= ROUNDED * target:
            return Fraction(now[0] if x > 0 else -now[0], now[1])
        n, d = d, rest
    return exact


def of_fraction(x: Fraction) -> int:
    """A fraction modulo the prime."""
    if x.denominator == 1:
        return x.numerator % PRIME
    return x.numerator * pow(x.denominator, -1, PRIME) % PRIME


@functools.lru_cache(maxsize=1 << 16)
def _of_float(x: float) -> int:
    return of_fraction(fraction_of(x))


def of_number(x: Any) -> int:
    """A finite number, Python's or NumPy's, modulo the prime; see :func:`fraction_of`.

    >>> of_number(1 / 6) * 6 % PRIME
    1

    Raises:
        DtypeError: it is not finite, or complex.
    """
    if isinstance(x, int):
        return int(x) % PRIME
    try:
        x = float(x)
    except TypeError:
        raise DtypeError(f"a proof computes with real numbers, and {x!r} is none") from None
    if not math.isfinite(x):
        raise DtypeError(f"{x} is no number to compute with exactly: a proof has no meaning for it")
    return _of_float(x)
