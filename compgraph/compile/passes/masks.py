"""A choice between multiples of one array as a product: where(z >= 0, g, 0), the slope of relu, is g (z >= 0).

NumPy chooses entry by entry, and the processor guesses which way each goes; of numbers of either sign it guesses wrong
half of the time. A product takes a fifth of that. The factor is exact: a mask, a mask times a number, or the larger of
a mask and what is at most 1.

0 times infinity is no number, where a choice gives 0. So this is for derivatives only: where one of them is not finite
the function itself is called. And it is done to no array that may be infinite where its inputs are not, such as log z,
nor where what is no number would not reach a result: the comparison of one is false, which is as finite as true.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from compgraph.compile.calls import CONSTANT
from compgraph.compile.rewriting import applied, is_number, rewritten
from compgraph.node import Node
from compgraph.rules.shape import cast
from compgraph.tape import Tape

__all__ = ["masks"]

TAME = frozenset({
    np.add, np.subtract, np.multiply, np.negative, np.square, np.tanh, np.sin, np.cos, np.maximum, np.minimum, np.clip,
    np.absolute, np.sign, np.where, np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.transpose,
})  # fmt: skip
"""Functions whose result is finite where their arguments are, unless it is too large for a float."""

PASSING = TAME - {np.sign, np.where, np.greater, np.greater_equal, np.less, np.less_equal, np.equal} | {
    np.divide, np.exp, np.expm1, np.log, np.log1p, np.sqrt, np.sum, np.mean, np.matmul, np.dot, np.vdot, np.reshape,
    np.ravel, np.squeeze, np.expand_dims, np.broadcast_to, cast,
}  # fmt: skip
"""Functions whose result has an entry that is no number where one of any argument is none."""

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
    choices = {node for node in tape if _is(node, np.where)}
    while True:
        found, products = _with_products(tape, tame, choices)
        passed_on = _passed_on(tape, products)
        hidden = {node for node, with_zeros in products.items() if with_zeros and node not in passed_on}
        if not hidden:
            return found
        choices -= hidden  # others may have been seen through one of these


def _with_products(tape: Tape, tame: set[Node], choices: Collection[Node]) -> tuple[Tape, dict[Node, bool]]:
    """The tape with products in the place of some choices; which they were, and whether the mask has zeros in it."""
    fractions: set[Node] = set()  # factors that have been made, of entries from 0 to 1
    products: dict[Node, bool] = {}

    def change(node: Node, inputs: tuple[Any, ...]) -> Any:
        if node not in choices or not isinstance(node.value, np.ndarray) or node.dtype.kind != "f":
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
                    products[node] = not _is_positive(share, other)
                    return product
        return None

    return rewritten(tape, change), products


def _passed_on(tape: Tape, products: Collection[Node]) -> set[Node]:
    """The nodes that are finite if all results are.

    Args:
        tape: of the choices as they were.
        products: the choices that become products, which pass on what a choice may leave out.
    """
    found = {node for node in tape.outputs if _may_be_no_number(node)}
    for node in reversed(tuple(tape)):
        if node in found and node.op is not None and _may_be_no_number(node):
            if node in products:
                found.update(_nodes(node))
            elif node.op.function in PASSING and not node.params.keys() & {"call", "where"}:
                found.update(x for x in node.inputs if isinstance(x, Node))
    return found


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


def _may_be_no_number(node: Node) -> bool:
    value = node.value
    return isinstance(value, (float, complex, np.inexact, np.ndarray)) and np.result_type(value).kind in "fc"


def _tame(tape: Tape) -> set[Node]:
    """The nodes that are finite where the arguments are, which some are not that have entries missing."""
    tame: set[Node] = set()
    for node in tape:
        if node.op is None or node.op is CONSTANT:
            if not isinstance(node.value, np.ndarray) or np.all(np.isfinite(node.value)):
                tame.add(node)
        elif node.op.function in MIXING or (
            node.op.function in TAME
            and all(x in tame if isinstance(x, Node) else is_number(x) and np.isfinite(x) for x in node.inputs)
        ):
            tame.add(node)
    return tame
