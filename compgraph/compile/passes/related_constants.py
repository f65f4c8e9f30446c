"""Constants by the formulas they come from: X.T, 1 - Y and Y/m instead of arrays that nobody knows.

What NumPy made of a person's arrays before anything was traced, such as ``1 - Y``, is on the tape as an array without a
name. Where it is exactly what a formula makes of an array with a name, the formula takes its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from compgraph.compile.calls import CONSTANT
from compgraph.compile.rewriting import again, applied, rewritten
from compgraph.node import Node
from compgraph.tape import Tape

__all__ = ["related_constants"]

ndarray = np.ndarray


def related_constants(tape: Tape) -> Tape:
    """Return the tape in which constants without a name are computed from those that have one, where they can be.

    >>> Y = Node(CONSTANT, np.array([1.0, 0.0, 1.0]), ())
    >>> Y.name = "Y"
    >>> W = Node(None, np.ones(3), ())
    >>> J = applied(np.add, applied(np.multiply, W, Y), Node(CONSTANT, np.array([0.0, 1.0, 0.0]), ()))
    >>> [node.op.name for node in related_constants(Tape(J)) if node.op and node.op is not CONSTANT]
    ['subtract', 'multiply', 'add']
    """
    arrays = [node for node in tape if node.op is CONSTANT and isinstance(node.value, ndarray)]
    known = [node for node in arrays if node.name is not None]
    found: dict[Node, Node] = {}
    for node in arrays:
        if node.name is None:
            formula = next(_formulas(node.value, known), None)
            if formula is None:
                known.append(node)  # for those to come
            else:
                found[node] = formula

    def change(node: Node, inputs: tuple[Any, ...]) -> Node | None:
        if any(isinstance(x, Node) and x in found for x in inputs):
            return again(node, tuple([found.get(x, x) if isinstance(x, Node) else x for x in inputs]))
        return None

    return rewritten(tape, change) if found else tape


def _formulas(array: ndarray, known: Sequence[Node]) -> Iterator[Node]:
    """Formulas for an array by arrays that are known, the simplest first."""
    for build in FORMULAS:
        for node in known:
            if node.value.dtype == array.dtype and node.value.size == array.size and array.dtype.kind != "b":
                candidate = build(node, array)
                if candidate is not None and _equal(candidate.value, array):
                    yield candidate


def _equal(x: ndarray, y: ndarray) -> bool:
    return x.shape == y.shape and bool(np.array_equal(x, y, equal_nan=x.dtype.kind in "fc"))


def _ratio(array: ndarray, node: Node, of: ndarray) -> float | None:
    """The number that an array is of another one."""
    if array.dtype.kind != "f" or not of.size or of.shape != array.shape:
        return None
    i = int(np.argmax(np.abs(of)))
    if not of.flat[i]:
        return None
    with np.errstate(all="ignore"):
        ratio = float(array.flat[i] / of.flat[i])
    return ratio if np.isfinite(ratio) and ratio not in (0.0, 1.0) else None


def _multiple(node: Node, array: ndarray) -> Node | None:
    ratio = _ratio(array, node, node.value)
    scaled: Node | None = None if ratio is None else applied(np.multiply, ratio, node)
    return scaled


def _multiple_of_the_rest(node: Node, array: ndarray) -> Node | None:
    if node.value.shape != array.shape:
        return None
    rest = applied(np.subtract, 1, node)
    ratio = _ratio(array, node, rest.value)
    scaled: Node | None = None if ratio is None else applied(np.multiply, ratio, rest)
    return scaled


FORMULAS: tuple[Callable[[Node, ndarray], Node | None], ...] = (
    lambda node, array: node,
    lambda node, array: applied(np.transpose, node),
    lambda node, array: applied(np.subtract, 1, node),
    lambda node, array: applied(np.negative, node),
    _multiple,
    _multiple_of_the_rest,
)
