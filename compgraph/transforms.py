"""Transforms: from a function of plain values to the function of its derivatives.

Arguments and results may be trees: dicts, tuples and lists of arrays and numbers (see :mod:`compgraph.nested`). A
gradient has the structure of its argument.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from compgraph.errors import DtypeError, GradientError, ShapeError
from compgraph.forward import push
from compgraph.nested import Branch, Structure, flatten, leaves_like, paths, ravel, unflatten
from compgraph.node import Node, gradient_of
from compgraph.reverse import settle, sweep
from compgraph.tape import Tape
from compgraph.tracing import Argnums, is_nested, lift, places_of, title, trace
from compgraph.unknown import Unknown

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


def grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """Return the function that computes the gradient of ``f``.

    >>> import compgraph as cg
    >>> cg.grad(lambda a, b, c: 3 * (a + b * c), argnums=(0, 1, 2))(5.0, 3.0, 2.0)
    (3.0, 6.0, 9.0)
    >>> cg.grad(lambda x, p: p["w"] * x + p["b"], "p")(4.0, {"w": 2.0, "b": 1.0})
    {'w': 4.0, 'b': 1.0}
    >>> cg.grad(cg.grad(lambda x: x**3))(2.0)
    12.0

    Args:
        f: a function written in plain NumPy that returns a single number.
        argnums: the argument to differentiate with respect to: its position or its name; or a tuple of these.

    Returns:
        A function of the same arguments. It returns the gradient: for an array or number one of its shape and dtype,
        for a tree of them one of the same structure; for several arguments a tuple of gradients. Inside another
        ``grad`` the result can be differentiated again.

    Raises:
        GradientError: ``f`` returned something else than a single number, or there is no such argument.
        DtypeError: something in the argument is no number and no array of them.
    """
    evaluate = value_and_grad(f, argnums)

    @functools.wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return evaluate(*args, **kwargs)[1]

    return gradient


def value_and_grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., tuple[Any, Any]]:
    """Return the function that computes the value of ``f`` and its gradient in one pass.

    >>> import compgraph as cg
    >>> cost, slope = cg.value_and_grad(lambda w: np.sum(w * w))(np.array([1.0, -2.0]))
    >>> float(cost), slope
    (5.0, array([ 2., -4.]))

    Args:
        f: a function written in plain NumPy that returns a single number.
        argnums: the argument to differentiate with respect to: its position or its name; or a tuple of these.

    Returns:
        A function of the same arguments that returns ``(value, gradient)``, the gradient as :func:`grad` gives it.

    Raises:
        GradientError: ``f`` returned something else than a single number, or there is no such argument.
        DtypeError: something in the argument is no number and no array of them.
    """
    places = places_of(f, argnums)
    single = isinstance(argnums, str) or hasattr(argnums, "__index__")

    @functools.wraps(f)
    def evaluate(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        lifted = lift(f, args, kwargs, places)
        output = f(*lifted.args, **lifted.kwargs)
        if not isinstance(output, Node):
            _refuse_no_number(f, output)
        elif type(output.value) is not float and output.dtype.kind == "c":
            raise GradientError(
                f"{title(f)} returned a complex number, which has no gradient: take its real part or its absolute "
                "value, or ask holomorphic_grad for the complex derivative"
            )
        if np.shape(output) != ():
            raise GradientError(
                f"{title(f)} returned an array of shape {np.shape(output)}, which has no one derivative: "
                "reduce it to a number with np.sum or np.mean, or ask for the jacobian"
            )
        value, found = _pull(lifted.nodes, output, 1.0)
        slopes = lifted.arranged(found)
        return value, slopes[0] if single else slopes

    return evaluate


def _refuse_no_number(f: Callable[..., Any], output: Any) -> None:
    leaves, structure = flatten(output)
    if structure is not None:
        raise GradientError(
            f"{title(f)} returned a {structure.kind.__name__} of {len(leaves)}, which has no one derivative: "
            "return one number, or differentiate each result by vjp"
        )
    if not isinstance(output, Unknown) and np.asarray(output).dtype.kind not in "biuf":
        raise GradientError(f"{title(f)} returned {output!r}, which is no real number: is a return missing?")


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """Return the value of ``f`` and the function that pulls a cotangent of it back to all arguments.

    >>> import compgraph as cg
    >>> value, pull = cg.vjp(lambda x, y: x * y, np.array([1.0, 2.0]), 3.0)
    >>> value, pull(np.array([1.0, 10.0]))
    (array([3., 6.]), (array([ 3., 30.]), 21.0))
    >>> value, pull = cg.vjp(lambda x: {"square": x**2, "cube": x**3}, 2.0)
    >>> value, pull({"square": 1.0, "cube": 10.0})
    ({'square': 4.0, 'cube': 8.0}, (124.0,))

    Args:
        f: a function written in plain NumPy. Its result may be of any shape, or a tree.
        primals: its arguments: arrays, numbers and trees.

    Returns:
        ``(f(*primals), pull)``: ``pull(cotangent)`` takes a cotangent of the value's structure and shapes, and gives
        for each argument the vector-Jacobian product, of that argument's structure, shapes and dtypes. It may be
        called any number of times; ``f`` runs once. What in the value is no array and no number keeps its place in
        the cotangent, where anything may stand.

    Raises:
        ShapeError: the cotangent has another structure or shape than the value.
        DtypeError: something in an argument or in the cotangent is no number and no array of them.
    """
    lifted = lift(f, primals, {}, range(len(primals)))
    leaves, structure = flatten(f(*lifted.args))
    nodes = [leaf for leaf in leaves if isinstance(leaf, Node)]
    output = nodes[0] if len(nodes) == 1 else ravel(nodes) if nodes else None
    nested = output is not None and is_nested(Tape(output), lifted.nodes)
    value = unflatten(structure, leaves if nested else [stop_gradient(leaf) for leaf in leaves])

    def pull(cotangent: Any) -> tuple[Any, ...]:
        given = leaves_like(structure, cotangent, "the cotangent")
        seeds = []
        for i, (leaf, seed) in enumerate(zip(leaves, given, strict=True)):
            if _is_number(leaf) and np.shape(seed) != np.shape(leaf):
                raise ShapeError(
                    f"{paths(structure, 'the cotangent')[i]} has shape {np.shape(seed)} and the value of {title(f)} "
                    f"{np.shape(leaf)}: they must be the same"
                )
            if isinstance(leaf, Node):
                _check_direction(seed, leaf, (structure, "the cotangent", i))
                seeds.append(seed)
        if not seeds:
            return lifted.arranged(_pull(lifted.nodes, None, None)[1])
        return lifted.arranged(_pull(lifted.nodes, output, seeds[0] if len(seeds) == 1 else ravel(seeds))[1])

    return value, pull


def _is_number(x: Any) -> bool:
    """Whether a leaf is a number, or an array or node of them."""
    if isinstance(x, (float, Node, Unknown)):
        return True
    return isinstance(x, (int, complex, np.ndarray, np.generic, list)) and np.asarray(x).dtype.kind in "biufc"


def _check_direction(direction: Any, node: Node, place: tuple[Structure, str, int]) -> None:
    """Refuse what is no tangent or cotangent of a node for its type; its place is a tree, its name and a number."""
    structure, name, i = place
    if not _is_number(direction):
        raise DtypeError(f"{paths(structure, name)[i]} is {direction!r}, no number and no array")
    if np.iscomplexobj(stop_gradient(direction)) and node.dtype.kind != "c":
        raise DtypeError(f"{paths(structure, name)[i]} is complex, and what it belongs to is real: take its real part")


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Return the value of ``f`` and its derivative along one direction, in forward mode.

    >>> import compgraph as cg
    >>> cg.jvp(lambda x: x * x, [np.array([1.0, 2.0])], [np.array([1.0, 10.0])])
    (array([1., 4.]), array([ 2., 40.]))
    >>> cg.jvp(lambda p: (p["a"], p["a"] * p["b"]), [{"a": 2.0, "b": 3.0}], [{"a": 1.0, "b": 0.0}])
    ((2.0, 6.0), (1.0, 3.0))

    Args:
        f: a function written in plain NumPy. Its result may be of any shape, or a tree.
        primals: its arguments: arrays, numbers and trees.
        tangents: the direction: for each argument an array of its shape, or a tree of its structure.

    Returns:
        ``(value, tangent)``, both of the structure and shapes of the value. What in the value is no array and no
        number has None for its tangent.

    Raises:
        ShapeError: there are not as many tangents as primals, or one has another structure or shape than its primal.
        DtypeError: something in an argument or a direction is no number and no array of them.
    """
    lifted = lift(f, primals, {}, range(len(primals)))
    parts = [span[2] for span in lifted.spans] if lifted.spans is not None else [None] * len(primals)
    arguments: Structure = Branch(tuple, None, tuple(parts))
    given = leaves_like(arguments, tuple(tangents), "tangents")
    shapes, directions = [node.shape for node in lifted.nodes], [np.shape(t) for t in given]
    if shapes != directions:
        raise ShapeError(f"primals of shapes {shapes} and tangents of shapes {directions}: they must be the same")
    for i, t in enumerate(given):
        _check_direction(t, lifted.nodes[i], (arguments, "tangents", i))
    leaves, structure = flatten(f(*lifted.args))
    nodes = [leaf for leaf in leaves if isinstance(leaf, Node)]
    reached: dict[Node, Any] = {}
    nested = False
    if nodes:
        tape = Tape(nodes)
        nested = is_nested(tape, lifted.nodes) or any(isinstance(t, Node) for t in given)
        directed = {
            node: t if isinstance(t, Node) else gradient_of(node, t)
            for node, t in zip(lifted.nodes, given, strict=True)
        }
        reached = push(tape, directed, create_graph=nested)
    value = unflatten(structure, leaves if nested else [stop_gradient(leaf) for leaf in leaves])
    return value, unflatten(structure, [_tangent(leaf, reached) for leaf in leaves])


def _tangent(leaf: Any, reached: dict[Node, Any]) -> Any:
    """The tangent of one leaf of a result, in memory of its own."""
    if not isinstance(leaf, Node):
        if not _is_number(leaf):
            return None
        return np.zeros(np.shape(leaf)) if np.shape(leaf) else 0.0
    tangent = settle(reached.get(leaf, 0.0), leaf)
    return tangent.copy() if isinstance(tangent, np.ndarray) and leaf.op is None else tangent


def elementwise_grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """Return the function of the derivatives of an elementwise function, entry by entry.

    >>> import compgraph as cg
    >>> cg.elementwise_grad(np.sin)(np.array([0.0, np.pi]))
    array([ 1., -1.])

    Args:
        f: a function whose result's entries each depend on one entry of the argument, such as an activation.
        argnums: the argument to differentiate with respect to: its position or its name; or a tuple of these.

    Returns:
        A function of the same arguments; its result has the argument's shape, or structure. For a function that is
        not elementwise it is the gradient of the sum of the result's entries, of all its arrays if it is a tree.
    """
    return grad(_summed(f), argnums)


def _summed(f: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(f)
    def total(*args: Any, **kwargs: Any) -> Any:
        first, *others = [np.sum(leaf) for leaf in flatten(f(*args, **kwargs))[0] if _is_number(leaf)] or [0.0]
        return sum(others, start=first)

    return total


def stop_gradient(x: Any) -> Any:
    """Return the plain value of a node: a constant of the graph, through which no derivative flows.

    >>> import compgraph as cg
    >>> cg.grad(lambda x: x * cg.stop_gradient(x))(3.0)
    3.0

    Args:
        x: a node, or a tree of nodes, of which the tree of their values is made. What holds no node is returned as it
            is.
    """
    if isinstance(x, Node):
        return x.value
    if not isinstance(x, (dict, tuple, list)):
        return x
    leaves, structure = flatten(x)
    if not any(isinstance(leaf, Node) for leaf in leaves):
        return x
    return unflatten(structure, [leaf.value if isinstance(leaf, Node) else leaf for leaf in leaves])


def _pull(own: Sequence[Node], output: Any, seed: Any) -> tuple[Any, list[Any]]:
    """The value of an output and its gradients with respect to the nodes of a trace."""
    found: dict[Node, Any] = {}
    value = output
    if isinstance(output, Node):
        tape = Tape(output)
        nested = is_nested(tape, own) or isinstance(seed, Node)
        value = output if nested else output.value
        found = sweep(tape, seed if isinstance(seed, (float, Node, Unknown)) else np.array(seed), set(own), nested)
    return value, [settle(found.get(node, 0.0), node) for node in own]
