"""Local derivatives of the elementwise ops as formulas: any table of derivatives, in the form people learn it.

The engine differentiates by its rules, not by this table: what is here is read by people, and the tests compute it and
compare. ``x``, ``y`` and ``z`` are an op's inputs in their order and ``out`` is its result; a comparison in brackets is
1 where it holds and 0 elsewhere. An op that is not here is explained by its name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from compgraph.node import Node
from compgraph.rules.activation import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    leaky_relu,
    relu,
    sigmoid,
    softplus,
)
from compgraph.rules.shape import cast

__all__ = ["SLOPES", "slope"]

SLOPES: dict[Callable[..., Any], tuple[str, ...]] = {
    np.add: ("1", "1"),
    np.subtract: ("1", "-1"),
    np.multiply: ("y", "x"),
    np.divide: ("1 / y", "-x / y**2"),
    np.remainder: ("1", "-floor(x / y)"),
    np.negative: ("-1",),
    np.positive: ("1",),
    np.absolute: ("sign(x)",),
    np.fabs: ("sign(x)",),
    np.power: ("y * x ** (y - 1)", "out * log(x)"),
    np.square: ("2 * x",),
    np.sqrt: ("1 / (2 * out)",),
    np.cbrt: ("1 / (3 * out**2)",),
    np.reciprocal: ("-1 / x**2",),
    np.exp: ("out",),
    np.exp2: ("out * log(2)",),
    np.expm1: ("exp(x)",),
    np.log: ("1 / x",),
    np.log2: ("1 / (x * log(2))",),
    np.log10: ("1 / (x * log(10))",),
    np.log1p: ("1 / (1 + x)",),
    np.logaddexp: ("sigmoid(x - y)", "sigmoid(y - x)"),
    np.sin: ("cos(x)",),
    np.cos: ("-sin(x)",),
    np.tan: ("1 + out**2",),
    np.arcsin: ("1 / sqrt(1 - x**2)",),
    np.arccos: ("-1 / sqrt(1 - x**2)",),
    np.arctan: ("1 / (1 + x**2)",),
    np.arctan2: ("y / (x**2 + y**2)", "-x / (x**2 + y**2)"),
    np.hypot: ("x / out", "y / out"),
    np.deg2rad: ("pi / 180",),
    np.radians: ("pi / 180",),
    np.rad2deg: ("180 / pi",),
    np.degrees: ("180 / pi",),
    np.sinh: ("cosh(x)",),
    np.cosh: ("sinh(x)",),
    np.tanh: ("1 - out**2",),
    np.arcsinh: ("1 / sqrt(x**2 + 1)",),
    np.arccosh: ("1 / sqrt(x**2 - 1)",),
    np.arctanh: ("1 / (1 - x**2)",),
    sigmoid: ("out * (1 - out)",),
    relu: ("[x >= 0]",),
    softplus: ("sigmoid(x)",),
    binary_cross_entropy: ("-y / x + (1 - y) / (1 - x)", "log(1 - x) - log(x)"),
    binary_cross_entropy_with_logits: ("sigmoid(x) - y", "-x"),
    cast: ("1",),
}
"""For each differentiable input of an elementwise op of real numbers its local derivative."""

CHOICES: dict[Callable[..., Any], tuple[str, str]] = {
    np.maximum: ("[x > y]", "[x < y]"),
    np.fmax: ("[x > y]", "[x < y]"),
    np.minimum: ("[x < y]", "[x > y]"),
    np.fmin: ("[x < y]", "[x > y]"),
}
"""The slopes of a choice between two; where both are equal, each has half."""


def slope(node: Node, place: int) -> str | None:
    """The formula of the local derivative of an elementwise node of real numbers with respect to one of its inputs.

    >>> import compgraph as cg
    >>> x = cg.Variable(2.0)
    >>> slope(np.tanh(x), 0), slope(x**3, 0), slope(np.maximum(x, 0.0), 0)
    ('1 - out**2', '3 * x ** 2', '[x > y]')

    Args:
        node: what an op made.
        place: which of its inputs is meant.

    Returns:
        A template for :func:`compgraph.explain.expression.write`; None where there is none that holds here.
    """
    assert node.op is not None
    function = node.op.function
    values = [x.value if isinstance(x, Node) else x for x in node.inputs]
    if function is np.power and place == 0 and not isinstance(node.inputs[1], Node) and np.ndim(values[1]) == 0:
        return _power(float(values[1]))
    if function is np.where:
        return "[x]" if place == 1 else "[not x]"
    if function is leaky_relu:
        return f"[x >= 0] + {float(node.params.get('slope', 0.01))} * [x < 0]"
    if function in CHOICES:
        x, y = values
        if np.any(np.isnan(x)) or np.any(np.isnan(y)):
            return None
        return CHOICES[function][place] + (" + 0.5 * [x == y]" if np.any(np.equal(x, y)) else "")
    if function is np.clip and place == 0:
        return _between(*values)
    slopes = SLOPES.get(function)
    return slopes[place] if slopes is not None else None


def _power(exponent: float) -> str:
    if exponent == 0:
        return "0"
    if exponent == 1:
        return "1"
    base = "x" if exponent == 2 else f"x ** {_written(exponent - 1)}"
    return f"{_written(exponent)} * {base}"


def _written(value: float) -> str:
    text = str(int(value)) if value.is_integer() and abs(value) < 1e6 else repr(value)
    return text if value >= 0 else f"({text})"


def _between(x: Any, low: Any, high: Any) -> str | None:
    """Of clip: 1 between the bounds; None where an entry lies on one, or the bounds have changed places."""
    if low is not None and high is not None and np.any(np.greater_equal(low, high)):
        return None
    if any(bound is not None and np.any(np.equal(x, bound)) for bound in (low, high)) or np.any(np.isnan(x)):
        return None
    if low is None:
        return "[x < z]"
    return "[x > y]" if high is None else "[y < x < z]"
