"""Trees: lists, tuples and dicts of arrays and numbers, taken apart into their leaves and put together again.

A tree is a container of trees: a dict, a tuple, a named tuple or a list. Everything else is a leaf. One case needs a
decision: a list of numbers, or of such lists, is what NumPy makes an array of, as ``Variable([1.0, 2.0])`` does. So it
is one leaf. A list that holds anything else is a tree, and so is every tuple.

========================================  =======================================
``{"W": array, "b": 0.0}``                two leaves
``[(array, array), (array, array)]``      four leaves
``(1.0, 2.0)``                            two leaves
``[1.0, 2.0]``, ``[[1, 2], [3, 4]]``      one leaf, an array
``[]``, ``()``, ``{}``                    no leaves
========================================  =======================================
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from compgraph.errors import ShapeError

__all__ = ["Branch", "Structure", "flatten", "leaves_like", "paths", "ravel", "unflatten", "unravel"]


class Branch(NamedTuple):
    """The structure of a container, without what is in it.

    Attributes:
        kind: its type.
        keys: the keys of a dict in their order; None for a sequence.
        parts: the structure of each part in order.
        empty: a dict of its kind without entries, which keeps what a defaultdict knows; None for a sequence.
    """

    kind: type
    keys: tuple[Any, ...] | None
    parts: tuple[Structure, ...]
    empty: Any = None


Structure: TypeAlias = Branch | None
"""The structure of a tree; None for a leaf."""


def flatten(tree: Any) -> tuple[list[Any], Structure]:
    """Take a tree apart.

    >>> leaves, structure = flatten({"layer": [(1.0, 2.0)], "scale": 3.0})
    >>> leaves
    [1.0, 2.0, 3.0]
    >>> unflatten(structure, [10.0, 20.0, 30.0])
    {'layer': [(10.0, 20.0)], 'scale': 30.0}

    Args:
        tree: containers of containers, and what is in them.

    Returns:
        The leaves as they are, depth first, and the structure, which holds none of them.
    """
    leaves: list[Any] = []
    return leaves, _flattened(tree, leaves)


def _flattened(tree: Any, leaves: list[Any]) -> Structure:
    kind = type(tree)
    if isinstance(tree, dict):
        keys = tuple(tree)
        empty = {}
        if kind is not dict:
            empty = copy.copy(tree)
            empty.clear()
        return Branch(kind, keys, tuple([_flattened(tree[key], leaves) for key in keys]), empty)
    if isinstance(tree, tuple) or (isinstance(tree, list) and not _is_array(tree)):
        return Branch(kind, None, tuple([_flattened(part, leaves) for part in tree]))
    leaves.append(tree)
    return None


def _is_array(items: list[Any]) -> bool:
    """Whether a list is one of numbers, or of such lists."""
    for x in items:
        if not (isinstance(x, (int, float, complex, np.generic)) or (isinstance(x, list) and _is_array(x))):
            return False
    return bool(items)


def unflatten(structure: Structure, leaves: Iterable[Any]) -> Any:
    """Put a tree together: the inverse of :func:`flatten`, which see.

    Args:
        structure: of the tree.
        leaves: as many as it has.
    """
    return _unflattened(structure, iter(leaves))


def _unflattened(structure: Structure, leaves: Iterator[Any]) -> Any:
    if structure is None:
        return next(leaves)
    parts = [_unflattened(part, leaves) for part in structure.parts]
    if structure.keys is not None:
        tree = copy.copy(structure.empty)
        tree.update(zip(structure.keys, parts, strict=True))
        return tree
    kind: Any = structure.kind
    return kind._make(parts) if hasattr(kind, "_make") else kind(parts)


def paths(structure: Structure, root: str) -> list[str]:
    """Return how each leaf is written in code.

    >>> paths(flatten({"layer": [(1.0, 2.0)], "scale": 3.0})[1], "params")
    ["params['layer'][0][0]", "params['layer'][0][1]", "params['scale']"]

    Args:
        structure: of a tree.
        root: what the tree itself is called.
    """
    if structure is None:
        return [root]
    steps = _steps(structure)
    return [path for step, part in zip(steps, structure.parts, strict=True) for path in paths(part, root + step)]


def _steps(structure: Branch) -> list[str]:
    """How each part of a container is reached from it."""
    if structure.keys is not None:
        return [f"[{key!r}]" for key in structure.keys]
    fields = getattr(structure.kind, "_fields", None)
    return [f"[{i}]" for i in range(len(structure.parts))] if fields is None else [f".{field}" for field in fields]


def leaves_like(structure: Structure, tree: Any, root: str, *, absent: bool = False) -> list[Any]:
    """Return what stands in a tree in the places of another's leaves.

    >>> structure = flatten({"layer": (1.0, 2.0), "scale": 3.0})[1]
    >>> leaves_like(structure, {"scale": 6.0, "layer": [4.0, 5.0]}, "the cotangent")
    [4.0, 5.0, 6.0]

    Args:
        structure: of the other.
        tree: what is to have that structure; a sequence may stand for any other, and a dict's order is free.
        root: what it is called in messages.
        absent: None may stand for a whole container: then for each of its leaves.

    Raises:
        ShapeError: it has another structure; the message says where.
    """
    if structure is None:
        return [tree]
    if tree is None and absent:
        return [None] * len(paths(structure, root))
    if structure.keys is not None:
        if not isinstance(tree, Mapping):
            raise ShapeError(f"{root} is {_kind_of(tree)}, where a dict is expected")
        if set(tree) != set(structure.keys):
            raise ShapeError(f"{root} has the keys {_listed(tree)}, where {_listed(structure.keys)} are expected")
        parts = [tree[key] for key in structure.keys]
    else:
        if not isinstance(tree, (tuple, list)):
            raise ShapeError(f"{root} is {_kind_of(tree)}, where a {structure.kind.__name__} is expected")
        if len(tree) != len(structure.parts):
            raise ShapeError(f"{root} is of length {len(tree)}, where one of {len(structure.parts)} is expected")
        parts = list(tree)
    found: list[Any] = []
    for step, part, below in zip(_steps(structure), parts, structure.parts, strict=True):
        found += leaves_like(below, part, root + step, absent=absent)
    return found


def _kind_of(x: Any) -> str:
    return "None" if x is None else f"of type {type(x).__name__}"


def _listed(keys: Iterable[Any]) -> str:
    return ", ".join(map(repr, keys)) or "none"


def ravel(leaves: Sequence[Any]) -> Any:
    """Lay numbers and arrays, or nodes, end to end in one vector.

    >>> ravel([1.0, np.array([[2.0, 3.0]])])
    array([1., 2., 3.])
    """
    return np.concatenate([np.ravel(x) for x in leaves]) if leaves else np.zeros(0)


def unravel(vector: Any, like: Sequence[Any]) -> list[Any]:
    """Cut a vector into numbers and arrays: the inverse of :func:`ravel`.

    >>> unravel(np.array([4.0, 5.0, 6.0]), like=[1.0, np.array([[2.0, 3.0]], np.float32)])
    [4.0, array([[5., 6.]], dtype=float32)]

    Args:
        vector: an array of one axis.
        like: values whose shapes and dtypes the parts are to have; a Python float makes one of its part.

    Returns:
        The parts, each in memory of its own.
    """
    parts = []
    start = 0
    for x in like:
        stop = start + int(np.size(x))
        piece = np.array(vector[start:stop], dtype=np.result_type(x)).reshape(np.shape(x))
        parts.append(float(piece) if isinstance(x, float) and not isinstance(x, np.generic) else piece[()])
        start = stop
    return parts
