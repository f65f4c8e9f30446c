"""What may take part in a graph: the values of variables and constants, and what is said of those that may not."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterable, Mapping
from types import FrameType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.exceptions import AxisError
from numpy.linalg import LinAlgError

from compgraph.errors import CompgraphError, DtypeError, MatrixError, ShapeError
from compgraph.primitive import OPS, PLAIN, RECORD, Op
from compgraph.rules.composition import COMPOSED, REASONS
from compgraph.rules.scipy_loading import reason_of_the_caller
from compgraph.unknown import Unknown

if TYPE_CHECKING:
    from compgraph.misfit import Operand

# What is looked up for messages only is imported there.

__all__ = [
    "CONSTANTS",
    "as_numpy",
    "constant",
    "leaf_value",
    "lost_in_an_array",
    "misused",
    "no_rule",
    "scalar",
    "shown",
    "unusable",
]

ndarray = np.ndarray

CONSTANTS = frozenset({float, int, bool, ndarray, np.float64, np.float32, np.int64, np.bool_})
"""The types that can stand beside a node as they are; anything else is looked at by :func:`constant`."""

MOST = 4
"""So many operands are listed in an error message."""

NO_PARAMS: Mapping[str, Any] = {}

NUMBERS = frozenset({float, int, bool, type(None)})
"""Python's own numbers, which are weakly typed: they do not decide the dtype of a result."""


def leaf_value(value: Any, name: str | None) -> Any:
    if type(value) is ndarray and value.dtype.kind in "fc" and value.ndim:
        array = value.copy()  # so that the caller's array may change
        array.setflags(write=False)
        return array
    if isinstance(value, Unknown) and value.dtype.kind in "iufc":
        return value if value.dtype.kind in "fc" else np.multiply(value, 1.0)  # type: ignore[call-overload]
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


def unusable(
    error: Exception, op: Op, inputs: tuple[Any, ...], params: Mapping[str, Any] = NO_PARAMS
) -> CompgraphError:
    """What is raised where an op's function refuses its inputs: which they are, and what of them does not fit."""
    beginning = f"{op.name} of {_listed(inputs)}: "
    if isinstance(error, ValueError):
        from compgraph.misfit import clash

        reason = clash(op, [_operand(x) for x in inputs], params) or str(error).strip().replace("\n", " ")
        if isinstance(error, LinAlgError):
            return MatrixError(beginning + reason)
        return ShapeError(beginning + reason)
    if any(np.iscomplexobj(x.value if hasattr(x, RECORD) else x) for x in inputs):
        return DtypeError(
            f"{beginning}it is no function of complex numbers ({error}); take node.real, node.imag or np.abs(node)"
        )
    return DtypeError(f"{beginning}{error}")


def misused(error: Exception, name: str, args: Iterable[Any]) -> Exception:
    """What is raised where the definition of a composition refuses its arguments by an error of NumPy's or Python's."""
    if isinstance(error, CompgraphError) or type(error) not in (ValueError, TypeError, LinAlgError, AxisError):
        return error
    arrays = [x for arg in args for x in (arg if isinstance(arg, (list, tuple)) else [arg])]
    nodes = tuple([x for x in arrays if hasattr(x, RECORD) or isinstance(x, ndarray)])
    message = f"{name} of {_listed(nodes)}: {str(error).strip()}" if nodes else f"{name}: {error}"
    return {TypeError: DtypeError, LinAlgError: MatrixError}.get(type(error), ShapeError)(message)


def _listed(inputs: tuple[Any, ...]) -> str:
    rest = len(inputs) - MOST
    named = [shown(x) for x in (inputs if rest <= 1 else inputs[:MOST])]
    return " and ".join(named if rest <= 1 else [*named, f"{rest} more"])


def _operand(x: Any) -> Operand:
    from compgraph.misfit import Operand

    if not hasattr(x, RECORD):
        return Operand("the constant", np.shape(x), False)
    return Operand(x.name or (x.op.name if x.op else "the variable"), x.shape, bool(x.name))


def lost_in_an_array(x: Any) -> str:
    """What is said to whoever wants a node as a plain array: NumPy does, of whatever it finds in a list."""
    what, remedy = reason_of_the_caller() or _asked_by_numpy() or LOST
    return f"{what} would lose the derivative of {shown(x)}: {remedy}"


LOST = (
    "turning a node into a plain array, as np.array([node, ...]), np.exp([node, ...]) and array[i] = node do,",
    "write compgraph.array([node, ...]) for the list, compgraph.at(array)[i].set(node) for the assignment, "
    "or take node.value",
)

OBJECTS = {
    "AxisConcatenator.__getitem__": (
        "np.r_[node, ...] or np.c_[node, ...]",
        "write np.concatenate, compgraph.array([node, ...]) or np.stack([node, ...], axis=1)",
    ),
    "vectorize.__call__": (
        "np.vectorize, which calls its function with plain numbers,",
        "call the function with the node itself, in NumPy's functions, which take arrays entry by entry",
    ),
}
"""What NumPy's classes want plain arrays for, by the method that does."""


def _asked_by_numpy() -> tuple[str, str] | None:
    """The function of NumPy, written in Python, that met a node where it did not look for one: in a list, mostly."""
    frame: FrameType | None = sys._getframe(1)
    callers = []
    while frame is not None:
        callers.append((str(frame.f_globals.get("__name__")), frame.f_code))
        frame = frame.f_back
    beyond = itertools.dropwhile(lambda caller: caller[0].startswith("compgraph."), callers)
    asking = list(itertools.takewhile(lambda caller: caller[0].startswith("numpy."), beyond))
    if not asking:
        return None
    module, code = asking[-1]
    if code.co_qualname in OBJECTS:
        return OBJECTS[code.co_qualname]
    space = "linalg." if module.startswith("numpy.linalg") else ""
    function = getattr(np.linalg if space else np, code.co_name, None)
    form = f"np.{space}{code.co_name}"
    if function in REASONS:
        return form, REASONS[function]
    if function in OPS or function in COMPOSED or function in PLAIN:
        return f"{form} of a list that holds a node", f"write {form}(compgraph.array([...])), or take node.value"
    return None


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
