"""Random formulas of positive numbers: their value, the same written otherwise, and their derivative, by hand.

A formula is a tuple of an operation and its operands; a leaf is an int, the number of a parameter, or a Fraction.
"""

from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from compgraph.check.proof.residue import Residue

PARAMETERS = 3

leaves = st.one_of(
    st.integers(0, PARAMETERS - 1),
    st.sampled_from([Fraction(1, 2), Fraction(2), Fraction(3), Fraction(1, 3), Fraction(1, 10)]),
)
TWO = ("+", "-", "*", "/")
ONE = ("exp", "tanh", "sigmoid", "softplus", "log1p²", "sqrt1p²", "neg", "sin", "cos")


def varies(f):
    """Whether a formula depends on a parameter: what does not, NumPy computes in floats before a proof sees it."""
    return isinstance(f, int) or (isinstance(f, tuple) and any(map(varies, f[1:])))


def _varying(f):
    return f if varies(f) else 0


def _grown(inner):
    return st.one_of(
        st.tuples(st.sampled_from(TWO[:3]), inner.map(_varying), inner),
        st.tuples(st.just("/"), inner, inner.map(lambda x: ("exp", _varying(x)))),
        st.tuples(st.sampled_from(ONE), inner.map(_varying)),
    )


formulas = st.recursive(leaves, _grown, max_leaves=7)


def value(f, x):
    """The formula at parameters x, which are numbers or whatever else computes."""
    if isinstance(f, int):
        return x[f]
    if isinstance(f, Fraction):
        return x[0].draw.constant(float(f)) if isinstance(x[0], Residue) else float(f)
    kind, *parts = f
    a, *rest = [value(part, x) for part in parts]
    ways: dict[str, Any] = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
        "neg": lambda a: -a,
        "exp": np.exp,
        "tanh": np.tanh,
        "sigmoid": lambda a: 1 / (1 + np.exp(-a)),
        "softplus": lambda a: np.log(1 + np.exp(a)),
        "log1p²": lambda a: np.log(1 + a * a),
        "sqrt1p²": lambda a: np.sqrt(1 + a * a),
        "sin": np.sin,
        "cos": np.cos,
    }
    return ways[kind](a, *rest)


def rearranged(f, x, choose):
    """The same value, computed by other formulas; ``choose(n)`` draws one of n ways."""
    if not isinstance(f, tuple):
        return value(f, x)
    kind, *parts = f

    def again(part):
        return rearranged(part, x, choose)

    a = again(parts[0])
    if kind in ("*", "/") and isinstance(parts[0], tuple) and parts[0][0] in "+-" and choose(2):  # distribute
        left, right = ((kind, part, parts[1]) for part in parts[0][1:])
        sign = 1 if parts[0][0] == "+" else -1
        return again(left) + sign * again(right)
    if len(parts) == 2:
        b = again(parts[1])
        ways = {
            "+": [lambda: b + a, lambda: a - (-b), lambda: (2 * a + 2 * b) / 2],
            "-": [lambda: -(b - a), lambda: a + (-1) * b, lambda: a - 3 * b + 2 * b],
            "*": [lambda: b * a, lambda: ((a + b) ** 2 - a**2 - b**2) / 2, lambda: (2 * a) * (b / 2)],
            "/": [lambda: a * (1 / b), lambda: a * b ** (-1), lambda: (a * b) / b**2],
        }[kind]
    else:
        e = np.exp
        ways = {
            "neg": [lambda: 0 - a, lambda: a * -1],
            "exp": [lambda: 1 / e(-a), lambda: e(a / 2) ** 2, lambda: e(3 * a) * e(-2 * a)],
            "tanh": [
                lambda: (e(a) - e(-a)) / (e(a) + e(-a)),
                lambda: 2 / (1 + e(-2 * a)) - 1,
                lambda: np.sinh(a) / np.cosh(a),
                lambda: -np.tanh(-a),
            ],
            "sigmoid": [lambda: e(a) / (1 + e(a)), lambda: 1 - 1 / (1 + e(a)), lambda: (1 + np.tanh(a / 2)) / 2],
            "softplus": [
                lambda: a + np.log(1 + e(-a)),
                lambda: np.log1p(e(a)),
                lambda: np.logaddexp(a, 0.0),
                lambda: np.maximum(a, 0) + np.log1p(e(-np.abs(a))),
                lambda: -np.log(1 / (1 + e(a))),
            ],
            "log1p²": [lambda: np.log1p(a**2), lambda: 2 * np.log(np.sqrt(1 + a * a)), lambda: -np.log(1 / (1 + a**2))],
            "sqrt1p²": [
                lambda: (1 + a * a) / np.sqrt(1 + a**2),
                lambda: (1 + a**2) ** 0.5,
                lambda: e(np.log(1 + a**2) / 2),
            ],
            "sin": [lambda: -np.sin(-a), lambda: np.tan(a) * np.cos(a), lambda: 2 * np.sin(a / 2) * np.cos(a / 2)],
            "cos": [
                lambda: np.cos(-a),
                lambda: 1 - 2 * np.sin(a / 2) ** 2,
                lambda: np.cos(2 * a) / np.cos(a) + np.sin(a) * np.tan(a),
            ],
        }[kind]
    return ways[choose(len(ways))]()


def derivative(f, i):
    """The formula of the derivative by parameter i, by the rules of a table."""
    if not isinstance(f, tuple):
        return Fraction(int(f == i and isinstance(f, int)))
    kind, *parts = f
    a, da = parts[0], derivative(parts[0], i)
    if len(parts) == 2:
        b, db = parts[1], derivative(parts[1], i)
        return {
            "+": ("+", da, db),
            "-": ("-", da, db),
            "*": ("+", ("*", da, b), ("*", a, db)),
            "/": ("/", ("-", ("*", da, b), ("*", a, db)), ("*", b, b)),
        }[kind]
    one = Fraction(1)
    slope = {
        "neg": Fraction(-1),
        "exp": f,
        "tanh": ("-", one, ("*", f, f)),
        "sigmoid": ("*", f, ("-", one, f)),
        "softplus": ("sigmoid", a),
        "log1p²": ("/", ("*", Fraction(2), a), ("+", one, ("*", a, a))),
        "sqrt1p²": ("/", a, f),
        "sin": ("cos", a),
        "cos": ("neg", ("sin", a)),
    }[kind]
    return ("*", slope, da)


@st.composite
def mutated(draw, f):
    """The formula with one part of it replaced."""
    if not isinstance(f, tuple) or draw(st.integers(0, 3)) == 0:
        return draw(formulas.map(_varying))
    kind, *parts = f
    if draw(st.booleans()):
        return (draw(st.sampled_from(TWO[:3] if len(parts) == 2 else ONE)), *parts)
    place = draw(st.integers(0, len(parts) - 1))
    parts[place] = draw(mutated(parts[place]))
    return (kind, *parts)
