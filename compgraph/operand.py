"""What may take part in a graph: the values of variables and constants, and what is said of those that may not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from compgraph.errors import CompgraphError, DtypeError, ShapeError
from compgraph.primitive import RECORD, Op

__all__ = ["CONSTANTS", "as_numpy", "constant", "leaf_value", "no_rule", "scalar", "shown", "unusable"]

ndarray = np.ndarray

CONSTANTS = frozenset({float, int, bool, ndarray, np.float64, np.float32, np.int64, np.bool_})
"""The types that can stand beside a node as they are; anything else is looked at by :func:`constant`."""

NUMBERS = frozenset({float, int, bool, type(None)})
"""Python's own numbers, which are weakly typed: they do not decide the dtype of a result."""


def leaf_value(value: Any, name: str | None) -> Any:
    if type(value) is ndarray and value.dtype.kind in "fc" and value.ndim:
        array = value.copy()  # so that the caller's array may change
        array.setflags(write=False)
        return array
    title = f"variable {name}" if name else "a variable"
    if hasattr(value, RECORD):
        raise DtypeError(f"{title} is made of plain values, not of a node: use the node as it is, or give node.value")
    if isinstance(value, np.ma.MaskedArray):
        raise DtypeError(f"{title} cannot be a masked array: its mask would be lost; fill it, or use np.where")
    try:
        array = np.array(value)
    except ValueError as error:
        raise ShapeError(f"{title}: nested lists that are no array: {error}") from None
    if array.dtype.kind in "iu":
        array = array.astype(np.float64)
    if array.dtype.kind not in "fc":
        remedy = {
            "b": "take 1.0 and 0.0 for True and False",
            "O": "give a rectangular array of numbers (a very large integer is an object to NumPy too)",
        }.get(array.dtype.kind, "give numbers")
        raise DtypeError(f"{title} has dtype {array.dtype}, which cannot be differentiated: {remedy}")
    if not array.ndim:
        return float(array) if isinstance(value, (int, float)) and type(value) is not np.float64 else array[()]
    array.setflags(write=False)
    return array


def constant(x: Any, op: Op | None = None) -> Any:
    """A constant operand as the tape holds it, or a clear refusal."""
    if type(x) in CONSTANTS:
        return x
    place = f"{op.name}: " if op is not None else ""
    if isinstance(x, (list, tuple)):
        try:
            x = np.asarray(x)
        except ValueError as error:
            raise ShapeError(f"{place}a list that is no array: {error}") from None
    if isinstance(x, np.ma.MaskedArray):
        raise DtypeError(f"{place}a masked array cannot take part: its mask would be lost; fill it or use np.where")
    if isinstance(x, (ndarray, np.generic)):
        if x.dtype.kind not in "biufcO":
            raise DtypeError(f"{place}a constant of dtype {x.dtype} cannot take part in a graph of numbers")
        return np.asarray(x) if isinstance(x, ndarray) else x
    if isinstance(x, (int, float, complex)) or (x is None and op is not None and op.optional):
        return x
    if hasattr(x, "__array_function__"):
        return x
    raise DtypeError(f"{place}{type(x).__name__} {_short(x)} cannot take part in a graph: give a number or an array")


def scalar(value: Any, values: list[Any]) -> Any:
    """A result of no axes as the tape holds it: a Python float where every input is one, else a NumPy scalar.

    (Complex numbers are NumPy scalars always, so that every value but a float has a dtype.)
    """
    if type(value) is ndarray:
        value = value[()]
    if type(value) is np.float64:
        for x in values:
            if type(x) not in NUMBERS:
                return value
        return float(value)
    return np.complex128(value) if type(value) is complex else value


def as_numpy(function: Callable[..., Any], op: Op, x: Any, y: Any) -> Any:
    """NumPy's answer, inf or nan and a warning, where Python's floats raise, as for 1.0 / 0.0."""
    try:
        return function(*[np.float64(number) if type(number) is float else number for number in (x, y)])
    except OverflowError as error:
        raise DtypeError(f"{op.name}: {error}; give it as a float or an array") from None


def shown(x: Any) -> str:
    """An operand in an error message: its name if it has one, and its shape."""
    title = (x.name or (x.op.name if x.op else "variable")) if hasattr(x, RECORD) else "constant"
    return f"{title} {np.shape(x)}"


def _short(x: Any) -> str:
    text = repr(x)
    return text if len(text) <= 40 else text[:37] + "..."


def _misfit(error: ValueError, op: Op, inputs: tuple[Any, ...]) -> ShapeError:
    shapes = [np.shape(x) for x in inputs]
    remedy = ""
    if op.elementwise and len(shapes) == 2 and sorted(map(len, shapes)) == [1, 2]:
        remedy = "; a vector of shape (n,) is a row: make it a column with v[:, None] or keepdims=True"
    elif op.symbol == "@" and len(shapes) == 2 and shapes[0] and len(shapes[1]) > 1:
        remedy = f"; the {shapes[0][-1]} columns of the left must meet as many rows of the right, not {shapes[1][-2]}"
    operands = " and ".join(shown(x) for x in inputs)
    return ShapeError(f"{op.name} of {operands}: {str(error).strip()}{remedy}")


def unusable(error: Exception, op: Op, inputs: tuple[Any, ...]) -> CompgraphError:
    if isinstance(error, ValueError):
        return _misfit(error, op, inputs)
    return DtypeError(f"{op.name} of {' and '.join(shown(x) for x in inputs)}: {error}")


def no_rule(form: str, kwargs: Mapping[str, Any], *, known: bool) -> str:
    if known and not kwargs:
        return f"{form} has no derivative rule: write it with functions that have one (see compgraph.OPS)"
    if known:
        given = ", ".join(f"{name}=" for name in kwargs)
        return f"{form}({given}) has no derivative rule on a node; the call without it has one"
    return (
        f"{form} has no derivative rule. Write it with functions that have one (see compgraph.OPS), or declare it: "
        f"compgraph.primitive({form}, lambda grad, out, x: ..., domain=(low, high))"
    )
