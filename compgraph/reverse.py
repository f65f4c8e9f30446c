"""The reverse sweep over a tape: from the cotangent of an output to those of everything it depends on.

The rules give each input's cotangent; what all of them have in common happens here, once: cotangents of a shared
node add up, those of broadcast inputs are summed to the input's shape, and no gradient shares memory with anything.

A cotangent that is the same for every entry is kept as one number until an op needs it in full, so that
``np.sum(...).backward()`` does not fill arrays with ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextvars import copy_context
from itertools import repeat
from typing import Any

import numpy as np

from compgraph.errors import ConversionError, DtypeError, GradientError, ShapeError
from compgraph.node import Node, gradient_of
from compgraph.pull import borrowed, fit, in_full, pull
from compgraph.rules.shape import cast
from compgraph.strong_zeros import is_finite, masked_sweep
from compgraph.tape import Tape
from compgraph.watching import watching

__all__ = ["backward", "gradients", "settle", "sweep"]

ndarray = np.ndarray
NUMBERS = frozenset({float, np.float64, np.float32})


def sweep(tape: Tape, seed: Any, wanted: Collection[Node] | None = None, create_graph: bool = False) -> dict[Node, Any]:
    """Run the derivative rules of a tape backward from the cotangent of its output.

    >>> import compgraph as cg
    >>> a, b = cg.variables(a=5.0, b=3.0)
    >>> J = a * b
    >>> sweep(cg.Tape(J), 1.0)[a]
    3.0

    Args:
        tape: of one output.
        seed: the cotangent of that output; a number stands for that number in every entry.
        wanted: the nodes to find cotangents of; what does not lead to them is not computed. None: all nodes.
        create_graph: apply the rules to the nodes themselves, which makes the cotangents nodes of a graph.

    Returns:
        The cotangent of each node that anything flowed to, as the rules left it: perhaps one number for all entries,
        and, but for leaves, perhaps in memory shared with others.
    """
    on_the_way = None if wanted is None else tape.towards(wanted)
    if watching.get():
        return masked_sweep(tape, seed, wanted, on_the_way, create_graph)
    try:
        # Nothing but Python's floats leads to a Python float, and their arithmetic knows no warnings to silence.
        # For the rest NumPy's error state is changed in a copy of the context: compgraph.silence, a call less deep.
        if type(tape.outputs[0].value) is float:
            found = _swept(tape, seed, wanted, on_the_way, create_graph)
        else:
            found = copy_context().run(_swept_silently, tape, seed, wanted, on_the_way, create_graph)
    except ArithmeticError:  # of Python's floats, such as 1.0 / 0.0, which is inf or nan to NumPy
        found = None
    return masked_sweep(tape, seed, wanted, on_the_way, create_graph) if found is None else found


def _swept(
    tape: Tape, seed: Any, wanted: Collection[Node] | None, needed: Collection[Node] | None, create_graph: bool
) -> dict[Node, Any] | None:
    """The sweep as NumPy multiplies; None if something that it was asked for is not finite."""
    cotangents: dict[Node, Any] = {tape.outputs[0]: seed}
    everything = needed is None and not create_graph
    arrays: list[Any] = []
    for node in reversed(tape.nodes):
        try:
            grad = cotangents[node]
        except KeyError:
            continue
        op = node.op
        if op is None or wanted is not None:
            if wanted is None or node in wanted:
                if type(grad) is ndarray:
                    arrays.append(grad)
                elif grad - grad if type(grad) is float else not is_finite(grad):
                    return None
            else:
                del cotangents[node]  # and with it, but for the views of it, its memory
            if op is None:
                continue
        inputs = node.inputs
        out = node.value
        if type(grad) is not ndarray and type(out) not in NUMBERS:
            grad = in_full(grad, node, op, create_graph)
        pulled: Sequence[tuple[Node, Any]]
        rules = op.direct
        if rules is None or node.params or not everything:
            pulled = pull(op, grad, node, needed, create_graph)
        elif len(rules) == 1:  # the same for one or two inputs without parameters, which is most of any tape
            (x,) = inputs
            value = x.value
            cotangent = rules[0](grad, out, value)
            if (
                type(cotangent) is type(value) is ndarray
                and x.op is not None
                and cotangent.shape == value.shape
                and cotangent.dtype is value.dtype
            ):  # as in any chain of elementwise ops: there is nothing to fit and nothing to own
                cotangents[x] = cotangents[x] + cotangent if x in cotangents else cotangent
                continue
            pulled = ((x, cotangent),)
        else:
            x, y = inputs
            if not isinstance(x, Node):
                pulled = ((y, rules[1](grad, out, x, y.value)),)
            elif not isinstance(y, Node):
                pulled = ((x, rules[0](grad, out, x.value, y)),)
            else:
                left, right = x.value, y.value
                pulled = ((x, rules[0](grad, out, left, right)), (y, rules[1](grad, out, left, right)))
        for x, cotangent in pulled:
            if type(cotangent) is ndarray:
                target = x.value
                if (
                    type(target) is not ndarray
                    or cotangent.shape != target.shape
                    or cotangent.dtype is not target.dtype
                ):
                    cotangent = fit(cotangent, target, op)
                if x.op is None and type(cotangent) is ndarray and borrowed(cotangent, grad, out, inputs):
                    cotangent = cotangent.copy()
            elif type(cotangent) is not float:
                cotangent = fit(cotangent, x.value, op)
            cotangents[x] = cotangents[x] + cotangent if x in cotangents else cotangent
    squares = 0.0
    for array in arrays:
        flat = array.ravel()
        squares += flat.dot(flat)  # the cheapest look at all entries; it may also be infinite by overflow
    return cotangents if squares - squares == 0 or all(map(is_finite, arrays)) else None


# What is infinite or NaN on the way is no news to the caller before it arrives: see compgraph.strong_zeros.
_swept_silently = np.errstate(divide="ignore", over="ignore", invalid="ignore")(_swept)


def backward(output: Node, seed: Any = None) -> None:
    """Find the derivative of this node with respect to every node it depends on, and leave it in their ``grad``.

    >>> import compgraph as cg
    >>> a, b, c = cg.variables(a=5.0, b=3.0, c=2.0)
    >>> u = b * c
    >>> J = 3 * (a + u)
    >>> J.backward()
    >>> a.grad, u.grad, b.grad, c.grad
    (3.0, 3.0, 6.0, 9.0)

    The gradients are **set**, not added to those of an earlier call: ``x.grad`` is always the derivative of one
    output, the last one asked for, and there is nothing to reset between two steps of training. (Frameworks that add
    do so to accumulate over batches; here the sum of two outputs is an output: ``(J1 + J2).backward()``.) Nothing is
    consumed, so ``backward`` may be called again.

    Args:
        seed: the cotangent of the output, of its shape; needed unless the output is a single number, where it is 1.

    Raises:
        GradientError: the output is not a single number and there is no seed.
        ShapeError: the seed has another shape than the output.
    """
    seed = _seed(output, seed)
    tape = Tape(output)
    cotangents = sweep(tape, seed)
    # Only now, so that an exception in the sweep leaves every gradient as it was.
    if len(cotangents) < len(tape.nodes):
        cotangents = {node: cotangents.get(node, 0.0) for node in tape.nodes}
    # All at once: Python looks for Ctrl-C between its own steps, and here there is only one.
    any(map(setattr, cotangents, repeat("_cotangent"), cotangents.values()))  # which are all None


Node.backward = backward


def gradients(output: Node, nodes: Iterable[Node], *, seed: Any = None, create_graph: bool = False) -> list[Any]:
    """Return the derivatives of an output with respect to some nodes, and leave no trace on any node.

    >>> import compgraph as cg
    >>> a, b, c = cg.variables(a=5.0, b=3.0, c=2.0)
    >>> J = 3 * (a + b * c)
    >>> gradients(J, [b, c])
    [6.0, 9.0]
    >>> (slope,) = gradients(a**3, [a], create_graph=True)
    >>> gradients(slope, [a])
    [30.0]

    Args:
        output: the node to differentiate; a single number, or any shape with a seed.
        nodes: what to differentiate with respect to: variables or any nodes on the way.
        seed: the cotangent of the output, of its shape; 1 by default.
        create_graph: return nodes of a graph of their own, which can be differentiated and drawn, not plain values.

    Returns:
        For each node a gradient of exactly its shape and dtype; zeros where the output does not depend on it.

    Raises:
        GradientError: the output is not a single number and there is no seed.
        ShapeError: the seed has another shape than the output.
        ConversionError: the output or one of the nodes is not a node.
    """
    if isinstance(nodes, Node):
        raise ConversionError("gradients(output, nodes) takes a list of nodes: write gradients(output, [node])")
    nodes = list(nodes)
    for node in nodes:
        if not isinstance(node, Node):
            raise ConversionError(
                f"derivatives are taken with respect to nodes, not {type(node).__name__}: make it a Variable first"
            )
    seed = _seed(output, seed, create_graph)
    found = sweep(Tape(output), seed, set(nodes), create_graph)
    settled: dict[Node, Any] = {}
    gradients = []
    for node in nodes:
        twice = node in settled and not isinstance(settled[node], (float, Node))
        gradient = settled[node].copy() if twice else settle(found.get(node, 0.0), node)
        if create_graph and not isinstance(gradient, Node):
            gradient = Node(None, gradient, ())  # the same wherever the variables are: a leaf
        settled[node] = gradient
        gradients.append(gradient)
    return gradients


def settle(cotangent: Any, node: Node) -> Any:
    """Return a swept cotangent as the gradient a person is given: of exactly the node's shape and dtype."""
    if not isinstance(cotangent, Node):
        return gradient_of(node, cotangent)
    if cotangent.shape != node.shape:
        cotangent = np.broadcast_to(cotangent, node.shape)
    return cotangent if cotangent.dtype == node.dtype else cast(cotangent, dtype=node.dtype)


def _seed(output: Node, seed: Any, create_graph: bool = False) -> Any:
    if not isinstance(output, Node):
        raise ConversionError(
            f"only a node can be differentiated, not {type(output).__name__}: "
            "does the output depend on a Variable at all?"
        )
    if seed is None and isinstance(output.value, float):
        return 1.0
    shape = output.shape
    if seed is None:
        if output.dtype.kind == "c":
            raise GradientError(
                f"the output is complex ({output.dtype}), and has no one derivative: take its real part or its "
                "absolute value, give seed=, or ask compgraph.holomorphic_grad for that of a holomorphic function"
            )
        if shape != ():
            raise GradientError(
                f"the output has shape {shape}, so it has no one derivative: "
                "reduce it to a number (np.sum, np.mean) or give seed=, an array of that shape"
            )
        return 1.0
    if isinstance(seed, Node) and not create_graph:
        raise ConversionError(
            "a seed is made of plain values: give seed.value, or ask gradients(..., create_graph=True) for nodes"
        )
    try:
        array = seed.value if isinstance(seed, Node) else np.array(seed)
    except ValueError as error:
        raise ShapeError(f"the seed is a list that is no array: {error}") from None
    kinds = "iufc" if output.dtype.kind == "c" else "iuf"
    if np.result_type(array).kind not in kinds:
        numbers = "numbers" if "c" in kinds else "real numbers"
        raise DtypeError(f"the seed of a {output.dtype} output is an array of {numbers}, not of dtype {array.dtype}")
    if np.shape(array) != shape:
        raise ShapeError(f"the seed has shape {np.shape(array)} and the output {shape}: they must be the same")
    if isinstance(seed, Node):
        return seed
    if shape:
        return array.astype(output.dtype, copy=False)
    return float(array) if output.dtype.kind == "f" else array.astype(output.dtype)[()]
