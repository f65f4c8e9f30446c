"""Arrays made of nested lists that hold nodes, which np.array itself does not let in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from compgraph.errors import DtypeError, ShapeError
from compgraph.primitive import RECORD, call
from compgraph.rules.composition import composed, value_of
from compgraph.rules.shape import cast

__all__ = ["array"]

PYTHON_NUMBERS = (bool, int, float, complex)


def array(nested: Any, dtype: Any = None) -> Any:
    """Make an array of nested lists of numbers, arrays and nodes: np.array for lists that hold nodes.

    >>> import compgraph as cg
    >>> a, b = cg.variables(a=2.0, b=3.0)
    >>> M = cg.array([[a, 1.0], [0.0, a * b]])
    >>> M
    <Node stack float64 (2, 2)>
    >>> cg.gradients(np.linalg.det(M), [a, b])
    [12.0, 4.0]
    >>> cg.array([[1.0, 2.0], [3.0, 4.0]])  # no node, so a plain array
    array([[1., 2.],
           [3., 4.]])

    Args:
        nested: lists or tuples of one length on each level, and in them numbers, arrays or nodes of one shape.
        dtype: of the result; by default that of NumPy's arithmetic, in which Python's numbers, and nodes that hold
            such, do not decide: with a float32 array beside them the result is float32.

    Returns:
        A node, made by np.stack on each level, or a plain array if there is no node in the lists. A node that is given
        alone comes back as it is.

    Raises:
        ShapeError: parts of different shapes.
        DtypeError: a dtype without derivatives, such as int; something beside the nodes that is no number.
    """
    if isinstance(nested, np.ndarray) and nested.dtype == object:
        nested = nested.tolist()
    leaves = list(_leaves(nested))
    if dtype is None:
        dtype = _common_dtype(leaves)
    if any(hasattr(leaf, RECORD) for leaf in leaves):
        return _stacked(nested, dtype, "")
    try:
        return np.array(nested, dtype)
    except ValueError as error:
        raise ShapeError(f"array: {error}") from None


def _leaves(nested: Any) -> Iterator[Any]:
    if isinstance(nested, (list, tuple)):
        for part in nested:
            yield from _leaves(part)
    else:
        yield nested


def _common_dtype(leaves: list[Any]) -> Any:
    """The dtype of floating-point arithmetic with these numbers; None where it is not of that kind, or nothing is."""
    kinds: dict[Any, Any] = {}  # a number of each type and each dtype: there may be very many leaves, but few of these
    for leaf in leaves:
        x = value_of(leaf)
        kinds.setdefault(type(x) if type(x) in PYTHON_NUMBERS else getattr(x, "dtype", object), x)
    if object in kinds or not kinds:
        return None
    dtype = np.result_type(*[x if type(x) in PYTHON_NUMBERS else x.dtype for x in kinds.values()])
    return dtype if dtype.kind in "fc" else None


def _stacked(nested: Any, dtype: Any, place: str) -> Any:
    if hasattr(nested, RECORD):
        return nested if dtype is None or nested.dtype == dtype else cast(nested, dtype)
    if not isinstance(nested, (list, tuple)):
        plain = np.asarray(nested)
        if plain.dtype.kind not in "biufc":
            raise DtypeError(f"array: a {type(nested).__name__} at {place} cannot stand beside nodes: give a number")
        return plain.astype(dtype, copy=False)
    parts = [_stacked(part, dtype, f"{place}[{i}]") for i, part in enumerate(nested)]
    for i, part in enumerate(parts):
        if np.shape(part) != np.shape(parts[0]):
            raise ShapeError(
                f"array: the part {place}[{i}] has shape {np.shape(part)}, but {place}[0] has {np.shape(parts[0])}: "
                "all parts of a list have one shape"
            )
    return np.stack(parts) if any(hasattr(part, RECORD) for part in parts) else np.array(parts, dtype)


composed(
    array,
    array,
    domain=(-3, 3),
    calls=(call(","), call("a,a"), call("ab,ab")),
    forward=lambda a, b: array([[a, a + 1.0], (a * b, b)]),
)
