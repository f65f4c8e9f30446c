"""Nodes of whole functions: one node for a call, one rule for all its inputs, however many results it has."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from compgraph.nested import ravel
from compgraph.node import Node
from compgraph.primitive import NO_SYNONYMS, OPS, Joint, Op

__all__ = ["cut", "results"]


def results(
    name: str,
    values: Sequence[Any],
    inputs: Sequence[Node],
    forward: Callable[..., Sequence[Any]],
    rule: Callable[..., Sequence[Any]],
) -> list[Node]:
    """Return the nodes of the results of one call.

    >>> import compgraph as cg
    >>> x, y = cg.variables(x=3.0, y=2.0)
    >>> (product,) = results(
    ...     "product", [6.0], [x, y], lambda x, y: [x * y], lambda grad, out, x, y: [grad * y, grad * x]
    ... )
    >>> cg.gradients(product, [x, y])
    [2.0, 3.0]

    A node has one value and one cotangent. So several results are laid end to end in one vector, which is the node of
    the call, and each result is a part of it: a view, which takes no memory of its own.

    Args:
        name: what the call is called in pictures and messages.
        values: its results: at least one number or array.
        inputs: the nodes it depends on.
        forward: computes the values from those of the inputs.
        rule: ``rule(grad, out, *inputs)``, the :class:`~compgraph.primitive.Joint` rule; ``grad`` and ``out`` are of
            the one result, or of the vector of all.
    """
    alone = len(values) == 1
    op = Op(
        forward,
        Joint(rule, len(inputs)),
        forward=(lambda *x: forward(*x)[0]) if alone else (lambda *x: ravel(forward(*x))),
        name=name,
        names=(),
        symbol=name,
        elementwise=False,
        variadic=False,
        optional=False,
        synonyms=NO_SYNONYMS,
        exact=False,
        scalar=None,
        domain=(),
        kinks=(),
        calls=(),
    )
    if alone:
        return [Node(op, values[0], tuple(inputs))]
    return cut(Node(op, ravel(values), tuple(inputs)), values)


def cut(vector: Any, like: Sequence[Any]) -> list[Any]:
    """Return the parts of a vector, or of a node of one, in the shapes of some numbers and arrays.

    >>> cut(np.array([4.0, 5.0, 6.0]), like=[1.0, np.array([[2.0, 3.0]])])
    [4.0, array([[5., 6.]])]

    Args:
        vector: an array of one axis, or a node of one.
        like: values whose shapes and dtypes the parts are to have; a Python float makes one of its part.
    """
    parts: list[Any] = []
    start = 0
    for x in like:
        stop = start + int(np.size(x))
        if type(x) is float:
            if isinstance(vector, Node):  # a Python float stays one, of weak type, and an entry of an array is none
                part: Any = Node(OPS[operator.getitem], float(vector.value[start]), (vector,), {"index": start})
            else:
                part = float(vector[start])
        else:
            part = np.reshape(vector[start:stop], np.shape(x)) if np.shape(x) else vector[start]
            if part.dtype != x.dtype:
                part = part.astype(x.dtype)
        parts.append(part)
        start = stop
    return parts
