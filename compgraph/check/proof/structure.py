"""What a residue is a sum of, and what it is a product of: read from how it was made."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from compgraph.check.proof.field import Exact, fraction_of, of_fraction
from compgraph.check.proof.residue import Residue, UndecidedError

__all__ = ["MOST", "UNITS", "factors_of", "terms_of"]

UNITS = 12
"""Terms are counted in twelfths, so that the halves, thirds and quarters of one are whole numbers of it too."""

MOST = 64
"""Whole multiples of a term up to this one are counted; others are terms of their own."""

STEPS = 20_000
"""So many terms or factors are looked at one by one; what has more is one."""


def terms_of(x: Residue) -> tuple[list[tuple[Residue, int]], Residue | None]:
    """The terms that x is a sum of, each with how many twelfths of it, and the constant among them."""
    found: dict[Exact, tuple[Residue, int]] = {}
    offset: Residue | None = None
    todo = [(x, UNITS)]
    steps = sizes = 0
    while todo:
        term, units = todo.pop()
        steps += 1
        if steps > STEPS:
            return [(x, UNITS)], None
        if term.constant:
            share = term * Fraction(units, UNITS) if units != UNITS else term
            offset = share if offset is None else offset + share
            continue
        kind, *parts = term.made or ("",)
        if kind == "+":
            todo += [(parts[0], units), (parts[1], units)]
        elif kind == "-":
            todo += [(parts[0], units), (parts[1], -units)]
        elif kind == "neg":
            todo.append((parts[0], -units))
        else:
            inner, share = _scaled(kind, parts, units)
            if inner is not None:
                if share:
                    todo.append((inner, share))
            else:
                sofar = found.get(term.exact, (term, 0))[1]
                found[term.exact] = (term, sofar + units)
                sizes += term.top + term.bottom
    if offset is not None and offset.exact == 0:
        offset = None
    x.draw.tested(sizes, len(found))
    return [(term, units) for term, units in found.values() if units], offset


def _scaled(kind: str, parts: list[Any], units: int) -> tuple[Residue | None, int]:
    """Of a simple multiple of something that thing, and how many twelfths of it there are."""
    if kind not in ("*", "/"):
        return None, 0
    left, right = parts
    if kind == "*" and left.constant:
        left, right = right, left
    if not right.constant:
        return None, 0
    factor = fraction_of(right.shadow)
    if of_fraction(factor) != right.exact:
        return None, 0
    share = units * factor if kind == "*" else units / factor
    if share.denominator != 1 or abs(share) > MOST * UNITS:
        return None, 0
    return left, int(share)


def factors_of(x: Residue) -> tuple[list[tuple[Residue, Fraction]], list[tuple[Residue, Fraction]], Residue]:
    """The positive factors that x is a product of with their exponents; the x of each factor exp x; a constant."""
    found: dict[Exact, tuple[Residue, Fraction]] = {}
    exponents: list[tuple[Residue, Fraction]] = []
    constant = x.draw.constant(1)
    turned = False
    todo = [(x, Fraction(1))]
    steps = sizes = 0
    while todo:
        factor, n = todo.pop()
        steps += 1
        if steps > STEPS:
            return [(x, Fraction(1))], [], x.draw.constant(1)
        kind, *parts = factor.made or ("",)
        if factor.constant and n.denominator == 1:
            constant = constant * abs(factor) ** n
        elif kind == "*":
            todo += [(parts[0], n), (parts[1], n)]
        elif kind == "/":
            todo += [(parts[0], n), (parts[1], -n)]
        elif kind == "neg":
            todo.append((parts[0], n))
        elif kind == "**":
            todo.append((parts[0], n * parts[1]))
        elif kind == "exp":
            exponents.append((parts[0], n))
        else:
            if not abs(factor.shadow) > 0:
                raise UndecidedError
            if factor.shadow < 0:
                factor, turned = -factor, True
            sofar = found.get(factor.exact, (factor, Fraction(0)))[1]
            found[factor.exact] = (factor, sofar + n)
            sizes += factor.top + factor.bottom
    x.draw.tested(sizes, len(found))
    if turned or len(found) > 1 or any(n.numerator % 2 == 0 for _, n in found.values()):
        x.draw.decisions += 1  # which of the factors are negative
    return [(factor, n) for factor, n in found.values() if n], exponents, constant
