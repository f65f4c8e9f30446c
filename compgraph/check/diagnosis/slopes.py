"""The slopes people write for elementwise functions: a(1 - a), 1 - a², z > 0, and what they belong to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

__all__ = ["FORMS", "FUNCTIONS", "Form", "Function"]


class Form(NamedTuple):
    """A formula for a slope as people write it, of one array, which may be an activation or what goes into it."""

    text: str
    slope: Callable[[Any], Any]
    far: float = 0.0


class Function(NamedTuple):
    """An elementwise function that one may recognise by its values, with its slope in terms of what goes in and out."""

    name: str
    value: Callable[[Any], Any]
    slope: Callable[[Any], Any]
    text: str


def _sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


FORMS = (
    Form("{x} * (1 - {x})", lambda x: x * (1 - x)),
    Form("1 - {x}**2", lambda x: 1 - x**2),
    Form("({x} > 0)", lambda x: np.where(x > 0, 1.0, 0.0)),
    Form("({x} < 0)", lambda x: np.where(x < 0, 1.0, 0.0), 0.2),
    Form("1 - {x}**3", lambda x: 1 - x**3, 0.8),
    Form("np.where({x} > 0, 1, 0.01)", lambda x: np.where(x > 0, 1, 0.01), 0.2),
    Form("{x}", lambda x: x, 0.3),
    Form("1 - {x}", lambda x: 1 - x, 0.3),
    Form("np.exp({x})", np.exp, 0.3),
    Form("np.exp(-{x})", lambda x: np.exp(-x), 0.3),
    Form("1 / {x}", lambda x: 1 / x, 0.3),
    Form("1 / {x}**2", lambda x: 1 / x**2, 0.4),
    Form("{x}**2", lambda x: x**2, 0.4),
    Form("1 + {x}**2", lambda x: 1 + x**2, 0.5),
    Form("1 - {x}**2 / 2", lambda x: 1 - x**2 / 2, 0.9),
    Form("(1 - {x})**2", lambda x: (1 - x) ** 2, 0.5),
    Form("1 + {x}", lambda x: 1 + x, 0.6),
    Form("1 / (2 * np.sqrt({x}))", lambda x: 0.5 / np.sqrt(x), 0.5),
    Form("np.sign({x})", np.sign, 0.5),
    Form("np.cos({x})", np.cos, 0.5),
    Form("-np.sin({x})", lambda x: -np.sin(x), 0.6),
    Form("1 - np.tanh({x})**2", lambda x: 1 - np.tanh(x) ** 2, 0.1),
    Form("σ({x}) * (1 - σ({x}))", lambda x: _sigmoid(x) * (1 - _sigmoid(x)), 0.1),
    Form("σ({x})", _sigmoid, 0.3),
    Form("np.tanh({x})", np.tanh, 0.4),
)
"""Formulas of one array that are the slope of something, or are taken for one."""

FUNCTIONS = (
    Function("σ", _sigmoid, lambda z: _sigmoid(z) * (1 - _sigmoid(z)), "{a} * (1 - {a})"),
    Function("tanh", np.tanh, lambda z: 1 - np.tanh(z) ** 2, "1 - {a}**2"),
    Function("relu", lambda z: np.maximum(z, 0), lambda z: np.where(z >= 0, 1.0, 0.0), "({z} >= 0)"),
    Function(
        "leaky_relu",
        lambda z: np.where(z >= 0, z, 0.01 * z),
        lambda z: np.where(z >= 0, 1, 0.01),
        "np.where({z} >= 0, 1, 0.01)",
    ),
    Function("softplus", lambda z: np.logaddexp(0, z), _sigmoid, "σ({z})"),
    Function("exp", np.exp, np.exp, "{a}"),
    Function("log", np.log, lambda z: 1 / z, "1 / {z}"),
    Function("sqrt", np.sqrt, lambda z: 0.5 / np.sqrt(z), "1 / (2 * {a})"),
    Function("square", lambda z: z**2, lambda z: 2 * z, "2 * {z}"),
    Function("cube", lambda z: z**3, lambda z: 3 * z**2, "3 * {z}**2"),
    Function("reciprocal", lambda z: 1 / z, lambda z: -1 / z**2, "-1 / {z}**2"),
    Function("sin", np.sin, np.cos, "np.cos({z})"),
    Function("cos", np.cos, lambda z: -np.sin(z), "-np.sin({z})"),
    Function("abs", np.abs, np.sign, "np.sign({z})"),
)
"""Functions that a chain of elementwise ops may amount to, whatever it is written with."""
