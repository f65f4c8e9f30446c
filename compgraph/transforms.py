"""Transforms: from a function of plain values to the function of its derivatives."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from compgraph.errors import GradientError, ShapeError
from compgraph.forward import push
from compgraph.node import Node, Variable, gradient_of
from compgraph.primitive import OPS
from compgraph.reverse import settle, sweep
from compgraph.tape import Tape

__all__ = [
    "elementwise_grad",
    "grad",
    "is_nested",
    "jvp",
    "stop_gradient",
    "title",
    "trace",
    "value_and_grad",
    "vjp",
]

_IDENTITY = OPS[np.positive]


def grad(f: Callable[..., Any], argnums: int | tuple[int, ...] = 0) -> Callable[..., Any]:
    """Return the function that computes the gradient of ``f``.

    >>> import compgraph as cg
    >>> cg.grad(lambda a, b, c: 3 * (a + b * c), argnums=(0, 1, 2))(5.0, 3.0, 2.0)
    (3.0, 6.0, 9.0)
    >>> cg.grad(cg.grad(lambda x: x**3))(2.0)
    12.0

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
        own, output = trace(f, args, kwargs, positions)
        if not isinstance(output, Node) and np.asarray(output).dtype.kind not in "biuf":
            raise GradientError(f"{title(f)} returned {output!r}, which is no real number: is a return missing?")
        if np.shape(output) != ():
            raise GradientError(
                f"{title(f)} returned an array of shape {np.shape(output)}, which has no one derivative: "
                "reduce it to a number with np.sum or np.mean, or ask for the jacobian"
            )
        value, slopes = _pull(own, output, 1.0)
        return value, slopes[0] if isinstance(argnums, int) else slopes

    return evaluate


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """Return the value of ``f`` and the function that pulls a cotangent of it back to all arguments.

    >>> import compgraph as cg
    >>> value, pull = cg.vjp(lambda x, y: x * y, np.array([1.0, 2.0]), 3.0)
    >>> value, pull(np.array([1.0, 10.0]))
    (array([3., 6.]), (array([ 3., 30.]), 21.0))

    Args:
        f: a function of numbers and arrays, written in plain NumPy, with a result of any shape.
        primals: its arguments.

    Returns:
        ``(f(*primals), pull)``: ``pull(cotangent)`` gives for each argument the vector-Jacobian product, of that
        argument's shape and dtype. It may be called any number of times; ``f`` runs once.

    Raises:
        ShapeError: the cotangent has another shape than the value.
    """
    own, output = trace(f, primals, {}, range(len(primals)))
    value = _pull(own, output, None)[0]

    def pull(cotangent: Any) -> tuple[Any, ...]:
        if np.shape(cotangent) != np.shape(output):
            raise ShapeError(
                f"the cotangent has shape {np.shape(cotangent)} and the value of {title(f)} {np.shape(output)}: "
                "they must be the same"
            )
        return _pull(own, output, cotangent)[1]

    return value, pull


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Return the value of ``f`` and its derivative along one direction, in forward mode.

    >>> import compgraph as cg
    >>> cg.jvp(lambda x: x * x, [np.array([1.0, 2.0])], [np.array([1.0, 10.0])])
    (array([1., 4.]), array([ 2., 40.]))

    Args:
        f: a function of numbers and arrays, written in plain NumPy, with a result of any shape.
        primals: its arguments.
        tangents: the direction: for each argument an array of its shape.

    Returns:
        ``(value, tangent)``, both of the shape of the value.

    Raises:
        ShapeError: there are not as many tangents as primals, or one has another shape than its primal.
    """
    shapes, directions = [np.shape(x) for x in primals], [np.shape(t) for t in tangents]
    if shapes != directions:
        raise ShapeError(f"primals of shapes {shapes} and tangents of shapes {directions}: they must be the same")
    own, output = trace(f, primals, {}, range(len(primals)))
    if not isinstance(output, Node):
        return output, np.zeros(np.shape(output)) if np.shape(output) else 0.0
    tape = Tape(output)
    nested = is_nested(tape, own) or any(isinstance(t, Node) for t in tangents)
    directed = {node: t if isinstance(t, Node) else gradient_of(node, t) for node, t in zip(own, tangents, strict=True)}
    tangent = push(tape, directed, create_graph=nested).get(output, 0.0)
    return output if nested else output.value, settle(tangent, output)


def elementwise_grad(f: Callable[..., Any], argnums: int = 0) -> Callable[..., Any]:
    """Return the function of the derivatives of an elementwise function, entry by entry.

    >>> import compgraph as cg
    >>> cg.elementwise_grad(np.sin)(np.array([0.0, np.pi]))
    array([ 1., -1.])

    Args:
        f: a function whose result's entries each depend on one entry of the argument, such as an activation.
        argnums: the position of the argument to differentiate with respect to.

    Returns:
        A function of the same arguments; its result has the argument's shape. For a function that is not
        elementwise it is the gradient of the sum of the result's entries.
    """
    return grad(_summed(f), argnums)


def _summed(f: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(f)
    def total(*args: Any, **kwargs: Any) -> Any:
        return np.sum(f(*args, **kwargs))

    return total


def stop_gradient(x: Any) -> Any:
    """Return the plain value of a node: a constant of the graph, through which no derivative flows.

    >>> import compgraph as cg
    >>> cg.grad(lambda x: x * cg.stop_gradient(x))(3.0)
    3.0

    Args:
        x: a node, or a plain value, which is returned as it is.
    """
    return x.value if isinstance(x, Node) else x


def trace(
    f: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any], positions: Iterable[int]
) -> tuple[list[Node], Any]:
    """Call ``f`` with nodes in some places: those nodes, and what it returned."""
    lifted = list(args)
    own: list[Node] = []
    for position in positions:
        if not -len(args) <= position < len(args):
            raise GradientError(
                f"argnums: {title(f)} was called with {len(args)} positional arguments and has no number {position}"
            )
        if lifted[position] is args[position]:
            lifted[position] = _lift(args[position])
        own.append(lifted[position])
    return own, f(*lifted, **kwargs)


def _pull(own: Sequence[Node], output: Any, seed: Any) -> tuple[Any, tuple[Any, ...]]:
    """The value of an output and its gradients with respect to the nodes of a trace; no gradients without a seed."""
    found: dict[Node, Any] = {}
    value = output
    if isinstance(output, Node):
        tape = Tape(output)
        nested = is_nested(tape, own) or isinstance(seed, Node)
        value = output if nested else output.value
        if seed is not None:
            found = sweep(tape, seed if isinstance(seed, (float, Node)) else np.array(seed), set(own), nested)
    return value, tuple([settle(found.get(node, 0.0), node) for node in own])


def is_nested(tape: Tape, own: Sequence[Node]) -> bool:
    """Whether a trace depends on nodes of a graph around it: then its derivatives do too, and belong to that graph.

    Those nodes are older than the trace's own. Younger leaves are what finished transforms inside it leave behind.
    """
    return bool(own) and tape.nodes[0].index < own[0].index


def _lift(argument: Any) -> Node:
    """An argument as a node of its own, which stays tied to the graph that it may come from."""
    if isinstance(argument, Node):
        return Node(_IDENTITY, argument.value, (argument,))
    return Variable(argument)


def title(f: Callable[..., Any]) -> str:
    return getattr(f, "__name__", repr(f))
