"""A choice between multiples of one array as a product: where(z >= 0, g, 0), the slope of relu, is g (z >= 0).

NumPy chooses entry by entry, and the processor guesses which way each goes; of numbers of either sign it guesses wrong
half of the time. A product takes a fifth of that. The factor is exact: a mask, a mask times a number, or the larger of
a mask and what is at most 1.

0 times infinity is no number, where a choice gives 0. So this is for derivatives only: where one of them is not finite
the function itself is called. And it is done to no array that may be infinite where its inputs are not, such as log z.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.compile.calls import CONSTANT
from compgraph.compile.rewriting import applied, is_number, rewritten
from compgraph.node import Node
from compgraph.tape import Tape

__all__ = ["masks"]

TAME = frozenset({
    np.add, np.subtract, np.multiply, np.negative, np.square, np.tanh, np.sin, np.cos, np.maximum, np.minimum, np.clip,
    np.absolute, np.sign, np.where, np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.transpose,
})  # fmt: skip
"""Functions whose result is finite where their arguments are, unless it is too large for a float."""

MIXING = frozenset({np.matmul, np.dot, np.sum})
"""Functions that spread what is not finite over their results, which no choice could hide."""


def masks(tape: Tape) -> Tape:
    """Return the tape with products with masks in the place of choices between multiples of one array.

    >>> z, g = Node(None, np.array([0.5, -2.0]), ()), Node(None, np.array([3.0, 4.0]), ())
    >>> slope = applied(np.where, applied(np.greater_equal, z, 0), g, 0.0)
    >>> [node.op.name for node in masks(Tape(slope)) if node.op]
    ['greater_equal', 'multiply']
    """
    if not any(_is(node, np.where) for node in tape):
        return tape
    tame = _tame(tape)
    fractions: set[Node] = set()  # factors that have been made, of entries from 0 to 1

    def change(node: Node, inputs: tuple[Any, ...]) -> Any:
        if not _is(node, np.where) or not isinstance(node.value, np.ndarray) or node.dtype.kind != "f":
            return None
        mask, x, y = inputs
        if not isinstance(mask, Node) or mask.dtype != bool:
            return None
        for whole in (x, y):
            for g in (_multiplied(whole), whole) if isinstance(whole, Node) else ():
                share, other = _share(x, g, fractions), _share(y, g, fractions)
                factor = _factor(mask, share, other, node.dtype.type)
                if factor is None or not (_is_positive(share, other) or all(map(tame.__contains__, _nodes(node)))):
                    continue
                product: Node = applied(np.multiply, g, factor)
                if product.shape == node.shape and product.dtype == node.dtype:
                    fractions.add(factor)
                    return product
        return None

    return rewritten(tape, change)


def _is(x: Any, function: Any) -> bool:
    return isinstance(x, Node) and x.op is not None and x.op.function is function and "call" not in x.params


def _nodes(choice: Node) -> list[Node]:
    return [x for x in choice.inputs[1:] if isinstance(x, Node)]


def _multiplied(x: Node) -> Node:
    """g, of a number times g."""
    if _is(x, np.multiply):
        for number, g in (x.inputs, x.inputs[::-1]):
            if is_number(number) and isinstance(g, Node):
                return g
    return x


def _share(x: Any, g: Node, fractions: set[Node]) -> Any:
    """What g is multiplied by to give x: 0, 1, another number up to 1, a factor that has been made; None otherwise."""
    if x is g:
        return 1.0
    if is_number(x):
        return 0.0 if x == 0 else None
    if _is(x, np.multiply):
        for share, other in (x.inputs, x.inputs[::-1]):
            if other is g and (
                (is_number(share) and 0 < share <= 1) or (isinstance(share, Node) and share in fractions)
            ):
                return share
    return None


def _is_positive(*shares: Any) -> bool:
    """Whether nothing is multiplied by 0."""
    return all(is_number(share) and share > 0 for share in shares)


def _factor(mask: Node, share: Any, other: Any, dtype: Any) -> Any:
    """The share where the mask is, the other one elsewhere; None where that takes more than one exact operation."""
    if share is None or other is None or isinstance(share, Node):
        return None
    if is_number(other) and other == 0 and share > 0:
        return mask if share == 1 else applied(np.multiply, dtype(share), mask)
    if share == 1:
        return applied(np.maximum, mask, other if isinstance(other, Node) else dtype(other))
    return applied(np.logical_not, mask) if share == 0 and is_number(other) and other == 1 else None


def _tame(tape: Tape) -> set[Node]:
    """The nodes that are finite where the arguments are."""
    tame: set[Node] = set()
    for node in tape:
        if node.op is None or node.op.function in MIXING:
            tame.add(node)
        elif node.op is CONSTANT:
            if np.all(np.isfinite(node.value)):
                tame.add(node)
        elif node.op.function in TAME and all(
            x in tame if isinstance(x, Node) else is_number(x) and np.isfinite(x) for x in node.inputs
        ):
            tame.add(node)
    return tame
