"""The ops of a trace: those of the registry, and any other function of NumPy that a trace meets.

A trace is written down as nodes, like every other graph here. Where a function has no derivative rule, such as
``np.greater``, its op is made of the function alone.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from compgraph.primitive import OPS, Op

__all__ = ["CONSTANT", "PART", "Slot", "filled", "op_of"]


class Slot(NamedTuple):
    """Stands, in the arguments of a call, for the input of that number."""

    number: int


@functools.cache
def op_of(function: Callable[..., Any]) -> Op:
    """The op of a function: that of the registry if it is declared, else one without rules.

    >>> op_of(np.tanh), op_of(np.greater)
    (<Op tanh>, <Op greater>)
    """
    if function in OPS:
        return OPS[function]
    name = str(getattr(function, "__name__", function))
    owner = getattr(function, "__self__", None) if isinstance(getattr(function, "__self__", None), np.ufunc) else None
    return Op(
        function,
        (),
        forward=function,
        name=name,
        names=(),
        symbol=SYMBOLS.get(name, name) if owner is None else f"{owner.__name__}.{name}",
        elementwise=isinstance(function, np.ufunc) and function.signature is None,
        variadic=False,
        optional=False,
        synonyms={},
        exact=False,
        scalar=None,
        domain=(),
        kinks=(),
        calls=(),
    )


SYMBOLS = {
    "greater": ">",
    "greater_equal": "≥",
    "less": "<",
    "less_equal": "≤",
    "equal": "=",
    "not_equal": "≠",
    "logical_and": "∧",
    "logical_or": "∨",
    "logical_not": "¬",
    "bitwise_and": "∧",
    "bitwise_or": "∨",
    "invert": "¬",
    "itemgetter": "[ ]",
}


def constant(value: Any) -> Any:
    """A value that depends on no argument, as a result or as what an op is applied to."""
    return value


CONSTANT = op_of(constant)
"""The op of a node that holds what depends on no argument: a number, or an array that is named in the source."""

PART = op_of(operator.itemgetter)
"""The op of one of several results of a function, such as the eigenvalues of ``np.linalg.eigh``."""


def filled(template: Any, inputs: Any) -> Any:
    """The arguments of a call with the inputs in their places.

    >>> filled(((Slot(0), 2.0), {"axis": 0}), ["x"])
    (('x', 2.0), {'axis': 0})
    """
    if isinstance(template, Slot):
        return inputs[template.number]
    if isinstance(template, (tuple, list)):
        parts = [filled(part, inputs) for part in template]
        make = getattr(type(template), "_make", type(template))
        return make(parts)
    if isinstance(template, Mapping):
        return {key: filled(part, inputs) for key, part in template.items()}
    if isinstance(template, slice):
        return slice(*[filled(part, inputs) for part in (template.start, template.stop, template.step)])
    return template
