"""The reverse sweep over a tape: from the cotangent of an output to those of everything it depends on.

The rules give each input's cotangent; what all of them have in common happens here, once: cotangents of a shared
node add up, those of broadcast inputs are summed to the input's shape, and no gradient shares memory with anything.

A cotangent that is the same for every entry is kept as one number until an op needs it in full, so that
``np.sum(...).backward()`` does not fill arrays with ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np

from compgraph.errors import ConversionError, DtypeError, GradientError, ShapeError
from compgraph.node import Node, gradient_of
from compgraph.primitive import Op
from compgraph.rules.shape import cast
from compgraph.tape import Tape

__all__ = ["backward", "fit", "gradients", "settle", "sweep"]

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
    (output,) = tape.outputs
    cotangents: dict[Node, Any] = {output: seed}
    needed = None if wanted is None else _on_the_way(tape, wanted)
    cotangent_of = cotangents.get
    everything = needed is None and not create_graph
    for node in reversed(tape.nodes):
        grad = cotangent_of(node)
        if grad is None:
            continue
        if wanted is not None and node not in wanted:
            del cotangents[node]  # and with it, but for the views of it, its memory
        op = node.op
        if op is None:
            continue
        inputs = node.inputs
        out = node.value
        if type(grad) is not ndarray and type(out) not in NUMBERS:
            grad = _in_full(grad, node, op, create_graph)
        pulled: Sequence[tuple[Node, Any]]
        rules = op.direct
        if rules is None or node.params or not everything:
            pulled = _pull(op, grad, node, needed, create_graph)
        else:  # the same for one or two inputs without parameters, which is most of any tape, at twice the speed
            try:
                if len(rules) == 1:
                    (x,) = inputs
                    cotangent = rules[0](grad, out, x.value)
                    if (
                        type(cotangent) is type(grad) is ndarray
                        and op.elementwise
                        and x.op is not None
                        and cotangent.shape == grad.shape
                    ):
                        sofar = cotangent_of(x)  # of the shape of grad, and so of x: nothing to fit
                        cotangents[x] = cotangent if sofar is None else sofar + cotangent
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
            except ArithmeticError:
                pulled = _pull(op, grad, node, needed, create_graph)
        for x, cotangent in pulled:
            if type(cotangent) is ndarray:
                target = x.value
                if type(target) is not ndarray or cotangent.shape != target.shape:
                    cotangent = fit(cotangent, target, op)
                if x.op is None and type(cotangent) is ndarray and _borrowed(cotangent, grad, out, inputs):
                    cotangent = cotangent.copy()
            elif type(cotangent) is not float:
                cotangent = fit(cotangent, x.value, op)
            sofar = cotangent_of(x)
            cotangents[x] = cotangent if sofar is None else sofar + cotangent
    return cotangents


def _on_the_way(tape: Tape, wanted: Collection[Node]) -> set[Node] | None:
    """The nodes that are wanted or depend on one that is; None where these are all of them."""
    for node in tape.nodes:
        if node.op is None and node not in wanted:
            break
    else:
        return None
    needed = set(wanted)
    for node in tape.nodes:
        if node not in needed and any(isinstance(x, Node) and x in needed for x in node.inputs):
            needed.add(node)
    return needed


def _pull(op: Op, grad: Any, node: Node, needed: Collection[Node] | None, create_graph: bool) -> list[tuple[Node, Any]]:
    """Apply an op's rules: the cotangent of each input that is a node and needed."""
    inputs, params = node.inputs, node.params
    out = node if create_graph else node.value
    args = inputs if create_graph else [x.value if isinstance(x, Node) else x for x in inputs]
    pulled = []
    for x, vjp in zip(inputs, op.vjps, strict=False):
        if vjp is not None and isinstance(x, Node) and (needed is None or x in needed):
            try:
                cotangent = vjp(grad, out, *args, **params)
            except ArithmeticError:  # Python's answer for floats, such as 1.0 / 0.0; NumPy's is inf or nan
                numbers = [np.float64(a) if type(a) is float else a for a in (grad, out, *args)]
                cotangent = vjp(*numbers, **params)
            pulled.append((x, cotangent))
    return pulled


def _borrowed(cotangent: Any, grad: Any, out: Any, inputs: tuple[Any, ...]) -> bool:
    """Whether a rule returned memory that is not its own: a view, or one of the things it was given."""
    if cotangent.base is not None or cotangent is grad or cotangent is out:
        return True
    for x in inputs:  # noqa: SIM110 - a generator takes as long as the op
        if cotangent is x or (isinstance(x, Node) and cotangent is x.value):
            return True
    return False


def _shape(x: Any) -> tuple[int, ...]:
    """np.shape of a value of the tape; np.shape itself turns numbers into arrays, which takes as long as an op."""
    return x.shape if type(x) is ndarray or not isinstance(x, (float, int)) else ()


def _in_full(grad: Any, node: Node, op: Op, create_graph: bool) -> Any:
    """One number for all entries as the array it stands for, unless the rule does as well with the number."""
    value = node.value
    shape = value.shape
    if type(grad) is not float and _shape(grad) == shape:
        return grad
    if op.elementwise:
        for x in node.inputs:
            if isinstance(x, Node) and (type(x.value) is not ndarray or x.value.shape != shape):
                break
        else:
            return grad
    return np.broadcast_to(grad, shape) if create_graph else np.full(shape, grad, value.dtype)


def fit(cotangent: Any, target: Any, op: Op) -> Any:
    """What a rule returned, summed over the axes that broadcasting repeated and spread over those it reduced."""
    if cotangent is None:
        raise GradientError(f"a derivative rule of {op.name} returned None: is a return missing?")
    shape = _shape(target)
    have = _shape(cotangent)
    if not have and type(cotangent) is ndarray:
        cotangent = cotangent[()]  # np.where of numbers is an array of no axes: it means a number, for every entry
    if have != shape and have:
        extra = len(have) - len(shape)
        if extra >= 0:
            repeated = list(range(extra))
            for n in shape:
                if n == 1 != have[extra]:
                    repeated.append(extra)
                extra += 1
            if repeated:
                cotangent = np.add.reduce(cotangent, axis=tuple(repeated), keepdims=True)
                if len(have) != len(shape):
                    cotangent = cotangent.reshape(cotangent.shape[len(have) - len(shape) :])
        have = cotangent.shape
        if have and have != shape:
            try:
                cotangent = np.broadcast_to(cotangent, shape)
            except ValueError:
                raise ShapeError(
                    f"the derivative rule of {op.name} returned shape {have} for an input of shape {shape}: "
                    "a cotangent has the shape of its input, or one that broadcasts with it"
                ) from None
    if type(target) is float and not isinstance(cotangent, Node) and not np.iscomplexobj(cotangent):
        return float(cotangent)
    return cotangent


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
    for node, cotangent in cotangents.items():
        node._cotangent = cotangent


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
    if output.dtype.kind == "c":
        raise GradientError(f"the output is complex ({output.dtype}): take its real part, or its absolute value")
    if seed is None:
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
    if np.result_type(array).kind not in "iuf":
        raise DtypeError(f"a seed is an array of real numbers, not of dtype {array.dtype}")
    if np.shape(array) != shape:
        raise ShapeError(f"the seed has shape {np.shape(array)} and the output {shape}: they must be the same")
    if isinstance(seed, Node):
        return seed
    return array.astype(output.dtype, copy=False) if shape else float(array)
