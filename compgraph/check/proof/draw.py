"""Draw: random numbers for the parameters and for the atoms, the functions such as exp that are not rational.

An atom stands for the value of a function at one argument, and is a random number modulo the prime, as a parameter is.
What is true of the function is built in, so that it holds for the random numbers too:

- exp(a + b) = exp a · exp b, exp(-a) = 1 / exp a, exp(n a / 12) = exp(a / 12)ⁿ; a and b down to the single terms;
- cos + i sin in the same way, with cos² + sin² = 1;
- log(a b) = log a + log b, log(aⁿ) = n log a, log(exp a) = a, exp(log a) = a;
- (√a)² = a, √(a b) = √a √b, √(a²) = |a|.

Everything else follows from these: tanh, cosh, σ and log(1 + eˣ) are written by exp and log.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sized
from fractions import Fraction
from typing import Any

import numpy as np

from compgraph.check.proof.field import PRIME, Exact, Pair, fraction_of, inverse, of_fraction, of_number, power, root
from compgraph.check.proof.residue import Residue, UndecidedError, ZeroDenominatorError
from compgraph.check.proof.structure import MOST, UNITS, factors_of, terms_of

__all__ = ["Draw"]

MULTIPLES = (2, 3, 4, 6, 12)
"""Arguments that are one another's so-manyth are recognised as such."""

FACTORS: tuple[tuple[int, tuple[int, int]], ...] = (
    *[(1, (1, 1)), (PRIME - 1, (-1, 1))],
    *[(sign * pow(n, -1, PRIME) % PRIME, (sign * n, 1)) for n in MULTIPLES for sign in (1, -1)],
    *[(sign * n % PRIME, (sign, n)) for n in MULTIPLES for sign in (1, -1)],
)
"""Factors modulo the prime, each with the n and k for which it undoes the multiplication by n/k."""

SMALL_PRIMES = tuple(n for n in range(2, 100) if all(n % k for k in range(2, n)))
"""The primes that constants are looked through for."""


class Draw:
    """One choice of the random numbers.

    >>> x, y = Draw(seed=0).parameters([0.5, 2.0])
    >>> (1 / (1 + (-x).exp())).exact == (x.exp() / (x.exp() + 1)).exact
    True
    >>> (x * y).log() == x.log() + y.log(), (x + y).sqrt() ** 2 == x + y
    (True, True)

    Args:
        seed: of the random numbers; None for those of the operating system.

    Attributes:
        decisions: how many comparisons of values were decided by their shadows.
        roots: how many square roots were drawn.
    """

    def __init__(self, seed: int | None = None) -> None:
        self.decisions = 0
        self.roots = 0
        self._random: random.Random = random.SystemRandom() if seed is None else random.Random(seed)
        self._weight = 0
        self._sizes: dict[int, int] = {}
        self._powers_of_e: dict[Exact, Exact] = {}
        self._turns: dict[Exact, Exact] = {}
        self._logs: dict[Exact, Residue] = {}
        self._sums: dict[Exact, list[tuple[Residue, int]]] = {}
        self._wholes: dict[Exact, Residue] = {}
        self._roots: dict[tuple[int, Exact], Residue] = {}
        self._roots_of_factors: dict[tuple[int, Exact], Residue] = {}
        self._exps: dict[Exact, Residue] = {}
        self._products: list[tuple[Exact, Exact, Residue]] = []
        self._angles: dict[Exact, tuple[Residue, Residue]] = {}
        self._others: dict[tuple[str, Exact], Residue] = {}

    # ------------------------------------------------------------------ random numbers and chance

    def parameters(self, values: Iterable[float]) -> list[Residue]:
        """A random residue for each value."""
        return [Residue(self, self._uniform(), float(value), 1) for value in values]

    def constant(self, x: Any) -> Residue:
        """A number as a residue."""
        return Residue(self, of_number(x), float(x))

    def _uniform(self) -> int:
        return self._random.randrange(1, PRIME)

    def tested(self, degree: int, times: int = 1) -> None:
        """Note that two functions, whose difference has this degree, were asked to be equal."""
        self._weight += degree * times

    def chance(self, degree: int) -> float:
        """A bound on the probability that any answer was wrong, or that a difference of this degree came out as 0.

        By Schwartz and Zippel a polynomial of degree d that is not 0 is 0 at a random point with probability d / p at
        most. A square root doubles the degree: in its place stands the product over both signs.
        """
        return math.ldexp((self._weight + degree) / (PRIME - 1), min(self.roots, 900))

    def _look_up(self, x: Residue, table: Sized, times: int = 1) -> None:
        """Note that an argument was compared with all those of a table, in so many ways each."""
        size = x.top + x.bottom
        self.tested(size * len(table) + self._sizes.get(id(table), 0), times)
        self._sizes[id(table)] = self._sizes.get(id(table), 0) + size

    # ------------------------------------------------------------------ exp, cos and sin

    def exp(self, x: Residue) -> Residue:
        """The exponential: a product of powers of the atoms of the terms that x is a sum of."""
        self._look_up(x, self._exps)
        known = self._exps.get(x.exact)
        if known is not None:
            return known
        shadow = _real(math.exp, x.shadow)
        result = self.constant(1)
        if x.exact == 0:
            return result
        for term, units in self._terms(x):
            if term.made is not None and term.made[0] == "log" and 2 * units % UNITS == 0:
                result = result * term.made[1] ** Fraction(units, UNITS)
            else:
                atom, times = self._atom(self._powers_of_e, term, units, self._uniform)
                result = _times(result, power(atom, times), abs(times) if times > 0 else 0, max(-times, 0))
        result = Residue(self, result.exact, shadow, result.top, result.bottom, ("exp", x))
        self._exps[x.exact] = result
        self._look_up(result, self._products, 0)
        self._products.append((result.exact, inverse(result.exact), x))
        return result

    def cos_sin(self, x: Residue) -> tuple[Residue, Residue]:
        """The cosine and the sine: a point of the unit circle, a + b i with a² + b² = 1."""
        self._look_up(x, self._angles)
        known = self._angles.get(x.exact)
        if known is not None:
            return known
        point: Exact = 1
        degree = 0
        for term, units in self._terms(x):
            atom, times = self._atom(self._turns, term, units, self._point_of_the_circle)
            point = point * power(atom, times) % PRIME
            degree += 2 * abs(times)
        a, b = (point.a, point.b) if isinstance(point, Pair) else (point, 0)
        cos = Residue(self, a, _real(math.cos, x.shadow), degree, degree, ("cos", x))
        sin = Residue(self, b, _real(math.sin, x.shadow), degree, degree, ("sin", x))
        self._angles[x.exact] = cos, sin
        return cos, sin

    def _terms(self, x: Residue) -> list[tuple[Residue, int]]:
        """The terms that x is a sum of, in twelfths; those of a multiple or a part of x where these are known."""
        self._look_up(x, self._sums, 2 + 4 * len(MULTIPLES))
        for exact, (times, parts) in _multiples(x.exact).items():
            known = self._sums.get(exact)
            if known is not None and all(units % parts == 0 for _, units in known):
                terms = [(term, units // parts * times) for term, units in known]
                break
        else:
            terms = _with_offset(*terms_of(x))
        self._sums[x.exact] = terms
        return terms

    def _point_of_the_circle(self) -> Exact:
        t = self._uniform()
        over = pow(1 + t * t, -1, PRIME)  # which exists: -1 is no square
        return Pair((1 - t * t) * over, 2 * t * over)

    def _atom(self, known: dict[Exact, Exact], x: Residue, units: int, draw: Callable[[], Exact]) -> tuple[Exact, int]:
        """The atom that a term's function is a power of, and which: that of x, or of a multiple or a part of x."""
        exact = x.exact
        self._look_up(x, known, 2 + 4 * len(MULTIPLES))
        if (atom := known.get(exact)) is not None:
            return atom, units
        if not known.keys().isdisjoint(multiples := _multiples(exact)):
            for multiple, (times, parts) in multiples.items():
                if multiple in known and units % parts == 0:
                    return known[multiple], units // parts * times
        atom = known[exact] = draw()
        return atom, units

    # ------------------------------------------------------------------ logarithms and roots

    def log(self, x: Residue) -> Residue:
        """The logarithm: the sum of those of the factors that x is a product of."""
        self._positive(x)
        self._look_up(x, self._wholes)
        known = self._wholes.get(x.exact)
        if known is not None:
            return known
        factors, exponents, constant = factors_of(x)
        total: Any = self.constant(0)
        for factor, n in [*factors, *self._primes(constant)]:
            total = total + self._log_of_factor(factor) * n
        for exponent, n in exponents:
            total = total + exponent * n
        found = Residue(self, total.exact, math.log(x.shadow), total.top, total.bottom, total.made)
        self._wholes[x.exact] = found
        return found

    def _log_of_factor(self, x: Residue) -> Residue:
        self._look_up(x, self._logs, 2 + 2 * len(self._products))
        self.tested(self._sizes.get(id(self._products), 0), 2 * len(self._logs))
        known = self._logs
        if x.exact in known:
            return known[x.exact]
        if x.exact == 1:
            return self.constant(0)
        for exact, reciprocal, exponent in self._products:
            log: Residue
            if (found := known.get(x.exact * exact % PRIME)) is not None:
                log = found - exponent
                return log
            if (found := known.get(x.exact * reciprocal % PRIME)) is not None:
                log = found + exponent
                return log
        log = known[x.exact] = Residue(self, self._uniform(), math.log(x.shadow), 1, 0, ("log", x))
        known[inverse(x.exact)] = -log
        return log

    def fractional_power(self, x: Residue, n: Fraction) -> Residue:
        """x to a power that is not whole: that of the root which is a whole number."""
        if x.exact == 0:
            if n < 0:
                raise ZeroDenominatorError
            return self.constant(0)
        self._positive(x)
        whole = math.floor(n)
        root = self._root(x, n.denominator) ** (n - whole).numerator
        result = x**whole * root if whole else root
        return Residue(self, result.exact, x.shadow ** float(n), result.top, result.bottom, ("**", x, n))

    def _root(self, x: Residue, n: int) -> Residue:
        """The n-th root: the product of those of the factors that x is a product of."""
        self._look_up(x, self._roots)
        known = self._roots.get((n, x.exact))
        if known is not None:
            return known
        factors, exponents, constant = factors_of(x)
        result = self.constant(1)
        for factor, times in [*factors, *self._primes(constant)]:
            whole = math.floor(times / n)
            rest = times / n - whole
            if whole:
                result = result * factor**whole
            if rest:
                result = result * self._root_of_factor(factor, rest.denominator) ** rest.numerator
        for exponent, times in exponents:
            result = result * self.exp(exponent * (times / n))
        self._roots[n, x.exact] = result
        return result

    def general_power(self, x: Residue, y: Residue) -> Residue:
        """x to a power that is no constant, exp(y log x); the constant in y is a power of its own."""
        log = self.log(x)
        if y.constant:
            return self.exp(log * y)
        terms, offset = terms_of(y)
        result = self.constant(1) if offset is None else x**offset
        for term, units in terms:
            result = result * self.exp(term * log * Fraction(units, UNITS))
        return result

    def _root_of_factor(self, x: Residue, n: int) -> Residue:
        if x.exact == 1:
            return self.constant(1)
        self._look_up(x, self._roots_of_factors)
        known = self._roots_of_factors.get((n, x.exact))
        if known is not None:
            return known
        top, bottom = 1, 0
        exact: Exact | None = self._uniform()
        if n == 2:
            exact = root(x.exact)
            if exact is None:
                raise ZeroDenominatorError  # the root of a root that is no pair: of another draw it may be one
            self.roots += 1
            if self._random.random() < 0.5:
                exact = -exact % PRIME
            top, bottom = (x.top + x.bottom + 1) // 2, x.bottom
        assert exact is not None
        found = Residue(self, exact, x.shadow ** (1 / n), top, bottom, ("**", x, Fraction(1, n)))
        self._roots_of_factors[n, x.exact] = found
        return found

    def _primes(self, x: Residue) -> list[tuple[Residue, Fraction]]:
        """The primes that a positive constant is a product of, with their exponents; large ones are left together."""
        n = fraction_of(x.shadow)
        if of_fraction(n) != x.exact:
            return [(x, Fraction(1))]
        found = []
        for rest, sign in ((n.numerator, 1), (n.denominator, -1)):
            for prime in SMALL_PRIMES:
                times = 0
                while rest % prime == 0:
                    rest, times = rest // prime, times + 1
                found.append((self.constant(prime), Fraction(sign * times)))
            whole = math.isqrt(rest)
            found.append(
                (self.constant(whole), Fraction(2 * sign))
                if whole * whole == rest
                else (self.constant(rest), Fraction(sign))
            )
        return [(prime, times) for prime, times in found if times and prime.exact != 1]

    def _root_of_prime(self, prime: Residue) -> Residue:
        found = self._roots.get((2, prime.exact))
        if found is None:
            exact = root(prime.exact)
            assert exact is not None
            self.roots += 1
            found = self._roots[2, prime.exact] = Residue(self, exact, math.sqrt(prime.shadow))
        return found

    # ------------------------------------------------------------------ other functions

    def other(self, name: str, function: Callable[[float], float], x: Residue, odd: bool = False) -> Residue:
        """A function of which nothing else is known, perhaps that it is odd: an atom for each argument."""
        if x.exact == 0 and odd:
            return x
        self._look_up(x, self._others, 2)
        known = self._others.get((name, x.exact))
        if known is None and odd and (mirrored := self._others.get((name, -x.exact % PRIME))) is not None:
            return -mirrored
        if known is None:
            known = Residue(self, self._uniform(), _real(function, x.shadow), 1)
            self._others[name, x.exact] = known
        return known

    def _positive(self, x: Residue) -> None:
        if x.exact == 0:
            raise ZeroDenominatorError
        if not x.shadow > 0:
            raise UndecidedError


def _multiples(x: Exact) -> dict[Exact, tuple[int, int]]:
    """Multiples and parts of x: for each n and k, so that x is n k-ths of it."""
    return {x * factor % PRIME: share for factor, share in FACTORS}


def _with_offset(terms: list[tuple[Residue, int]], offset: Residue | None) -> list[tuple[Residue, int]]:
    """The terms with the constant among them: so many twelfths of 1, or a term of its own."""
    if offset is None:
        return terms
    n = fraction_of(offset.shadow)
    if of_fraction(n) == offset.exact and UNITS % n.denominator == 0 and abs(n) <= MOST:
        return [*terms, (offset.draw.constant(1), int(n * UNITS))]
    return [*terms, (offset, UNITS)]


def _times(x: Residue, exact: Exact, top: int, bottom: int) -> Residue:
    return Residue(x.draw, x.exact * exact % PRIME, x.shadow, x.top + top, x.bottom + bottom)


def _real(function: Callable[[float], float], x: float) -> float:
    """A function of a shadow; infinite where it is too large for a float, NaN outside its domain."""
    try:
        return float(function(x))
    except OverflowError:
        return math.inf
    except ValueError:
        return float(np.nan)
