"""Transforms: from a function of plain values to the function of its derivatives."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from compgraph.errors import GradientError
from compgraph.node import Node, Variable
from compgraph.primitive import OPS
from compgraph.reverse import settle, sweep
from compgraph.tape import Tape

__all__ = ["grad", "value_and_grad"]

_IDENTITY = OPS[np.positive]


def grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """Return the function that computes the gradient of ``f``.

    >>> import compgraph as cg
    >>> cg.grad(lambda a, b, c: 3 * (a + b * c), argnums=(0, 1, 2))(5.0, 3.0, 2.0)
    (3.0, 6.0, 9.0)
    >>> cg.grad(cg.grad(np.sin))(0.5) == -np.sin(0.5)
    True

    Args:
        f: a function of numbers and arrays, written in plain NumPy, that returns a single number.
        argnums: the position, or a tuple of positions, of the arguments to differentiate with respect to.

    Returns:
        A function of the same arguments. It returns the gradient, of the argument's shape and dtype; for a tuple of
        positions a tuple of gradients. Inside another ``grad`` the result can be differentiated again.

    Raises:
        GradientError: ``f`` returned something else than a single number, or there is no such argument.
    """
    evaluate = value_and_grad(f, argnums)

    @functools.wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return evaluate(*args, **kwargs)[1]

    return gradient


def value_and_grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., tuple[Any, Any]]:
    """Return the function that computes the value of ``f`` and its gradient in one pass.

    >>> import compgraph as cg
    >>> cost, slope = cg.value_and_grad(lambda w: np.sum(w * w))(np.array([1.0, -2.0]))
    >>> float(cost), slope
    (5.0, array([ 2., -4.]))

    Args:
        f: a function of numbers and arrays, written in plain NumPy, that returns a single number.
        argnums: the position, or a tuple of positions, of the arguments to differentiate with respect to.

    Returns:
        A function of the same arguments that returns ``(value, gradient)``; for a tuple of positions the gradient is
        a tuple.

    Raises:
        GradientError: ``f`` returned something else than a single number, or there is no such argument.
    """
    positions = (argnums,) if isinstance(argnums, int) else tuple(argnums)

    @functools.wraps(f)
    def evaluate(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        lifted = list(args)
        own: list[Node] = []
        for position in positions:
            if not -len(args) <= position < len(args):
                raise GradientError(f"argnums={argnums}: {_title(f)} was called with {len(args)} positional arguments")
            own.append(_lift(args[position]))
            lifted[position] = own[-1]
        output = f(*lifted, **kwargs)
        if np.shape(output) != ():
            raise GradientError(
                f"{_title(f)} returned an array of shape {np.shape(output)}, which has no one derivative: "
                "reduce it to a number with np.sum or np.mean"
            )
        found: dict[Node, Any] = {}
        if isinstance(output, Node):
            tape = Tape(output)
            # A leaf that is not ours belongs to a graph around this call, and the gradient belongs to it too.
            mine = set(own)
            nested = any(node.op is None and node not in mine for node in tape.nodes)
            found = sweep(tape, 1.0, mine, create_graph=nested)
            output = output if nested else output.value
        slopes = tuple([settle(found.get(node, 0.0), node) for node in own])
        return output, slopes[0] if isinstance(argnums, int) else slopes

    return evaluate


def _lift(argument: Any) -> Node:
    """An argument as a node of its own, which stays tied to the graph that it may come from."""
    if isinstance(argument, Node):
        return Node(_IDENTITY, argument.value, (argument,))
    return Variable(argument)


def _title(f: Callable[..., Any]) -> str:
    return getattr(f, "__name__", repr(f))
