"""The sweeps of reverse and forward mode with many seeds at once: what whole matrices of derivatives are made by.

They call the rules with a :class:`compgraph.batching.Batch` for the cotangent, and do to all its arrays what
:mod:`compgraph.pull` does to one. What does not work on a batch, a rule that writes into its cotangent for example, is
done for each of them; so is a seed whose answer does not come out finite, by the very sweeps that single seeds take.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from compgraph.batching.batch import Batch, aligned
from compgraph.forward import push
from compgraph.node import Node
from compgraph.primitive import Joint, Op
from compgraph.pull import apply_rule, fit
from compgraph.reverse import sweep
from compgraph.rules.composition import value_of
from compgraph.silence import silently
from compgraph.strong_zeros import is_finite
from compgraph.tape import Tape

__all__ = ["push_many", "sweep_many"]


def sweep_many(tape: Tape, seeds: Any, wanted: Collection[Node]) -> dict[Node, Any]:
    """Run the derivative rules of a tape backward from many cotangents of its output at once.

    >>> import compgraph as cg
    >>> x = cg.Variable([1.0, 2.0])
    >>> sweep_many(cg.Tape(x**2), np.eye(2), {x})[x]
    array([[2., 0.],
           [0., 4.]])

    Args:
        tape: of one output.
        seeds: the cotangents of that output, of shape ``(k, *shape)``.
        wanted: the nodes to find cotangents of.

    Returns:
        For each wanted node that anything flowed to its cotangents, of shape ``(k, *shape)`` and the node's dtype;
        perhaps in memory shared with others.
    """
    wanted = dict.fromkeys(wanted)  # a list would be asked by ==, which compares the values of nodes
    found = _finite_or_masked(lambda masked: _swept(tape, seeds, wanted, masked), wanted)
    for i in _lost(found, wanted, len(seeds)):
        alone = sweep(tape, _one(seeds[i], tape.outputs[0]), wanted)
        _replace(found, wanted, i, alone)
    return {x: found[x] for x in wanted if x in found}


def push_many(tape: Tape, node: Node, tangents: Any) -> Any:
    """Push many tangents of one node forward through a tape at once.

    >>> import compgraph as cg
    >>> x = cg.Variable([1.0, 2.0])
    >>> push_many(cg.Tape(x**2), x, np.eye(2))
    array([[2., 0.],
           [0., 4.]])

    Args:
        tape: of one output.
        node: what the tangents belong to.
        tangents: of shape ``(k, *shape)``.

    Returns:
        The tangents of the output, of shape ``(k, *shape)``; None where nothing reached it.
    """
    outputs = tape.outputs
    found = _finite_or_masked(lambda masked: _pushed(tape, node, tangents, masked), outputs)
    for i in _lost(found, outputs, len(tangents)):
        alone = push(tape, {node: _one(tangents[i], node)})
        _replace(found, outputs, i, alone)
    return found.get(outputs[0])


@silently("divide", "over", "invalid")
def _finite_or_masked(run: Callable[[bool], dict[Node, Any]], wanted: Collection[Node]) -> dict[Node, Any]:
    found = run(False)
    return found if all(is_finite(found[x]) for x in wanted if x in found) else run(True)


def _lost(found: dict[Node, Any], wanted: Collection[Node], count: int) -> Any:
    """Which of the seeds have no finite answer; they are given memory that can be written to."""
    lost = np.zeros(count, bool)
    for x in wanted:
        if x in found and not is_finite(found[x]):
            lost |= ~np.isfinite(found[x]).reshape(count, -1).all(axis=1)
    if lost.any():
        found.update({x: np.array(found[x]) for x in wanted if x in found})
    return np.flatnonzero(lost)


def _one(x: Any, node: Node) -> Any:
    """One of many cotangents or tangents of a node, a Python float where its value is one."""
    return float(x) if type(node.value) is float else x


def _replace(found: dict[Node, Any], wanted: Collection[Node], i: int, alone: Mapping[Node, Any]) -> None:
    for x in wanted:
        if x in found:
            found[x][i] = alone.get(x, 0.0)


def _swept(tape: Tape, seeds: Any, wanted: Collection[Node], masked: bool) -> dict[Node, Any]:
    needed = tape.towards(wanted)
    cotangents: dict[Node, Any] = {tape.outputs[0]: seeds}
    ours: set[Node] = set()  # whose cotangents are sums, which nothing else refers to before they are complete
    for node in reversed(tape.nodes):
        grads = cotangents.get(node)
        if grads is None:
            continue
        if node not in wanted:
            del cotangents[node]
        for x, pulled in _pulled(node, grads, needed, masked):
            if x in ours:
                cotangents[x] += pulled
            elif x in cotangents:
                cotangents[x] = cotangents[x] + pulled
                ours.add(x)
            else:
                cotangents[x] = pulled
    return cotangents


def _pulled(node: Node, grads: Any, needed: Collection[Node] | None, masked: bool) -> Iterator[tuple[Node, Any]]:
    """What the rules of one op make of many cotangents: each input that is needed, with its cotangents."""
    op = node.op
    if op is None:
        return
    args = [value_of(x) for x in node.inputs]
    places = [i for i, x in enumerate(node.inputs) if isinstance(x, Node) and (needed is None or x in needed)]
    if isinstance(op.vjps, Joint):
        joint = partial(_together, op.vjps.rule, places, node, args)
        for i, pulled in zip(places, _at_once(op, joint, grads, node, [args[i] for i in places], masked), strict=True):
            yield node.inputs[i], pulled
        return
    for i, (x, vjp) in enumerate(zip(node.inputs, op.vjps, strict=False)):
        if vjp is not None and i in places:
            (pulled,) = _at_once(op, partial(_alone, vjp, node, args), grads, node, [args[i]], masked)
            yield x, pulled


def _alone(vjp: Callable[..., Any], node: Node, args: list[Any], grad: Any) -> list[Any]:
    return [apply_rule(vjp, grad, node.value, args, node.params)]


def _together(rule: Callable[..., Any], places: list[int], node: Node, args: list[Any], grad: Any) -> list[Any]:
    cotangents = apply_rule(rule, grad, node.value, args, node.params)
    zero = Batch(np.zeros(len(grad.data))) if isinstance(grad, Batch) else 0.0
    return [zero if cotangents[i] is None else cotangents[i] for i in places]


def _at_once(
    op: Op, rule: Callable[[Any], list[Any]], grads: Any, node: Node, targets: list[Any], masked: bool
) -> list[Any]:
    """A linear map of cotangents, or tangents, applied to many of them.

    Args:
        op: whose rule it is.
        rule: takes one, an array or a batch, and returns what it maps to for each target.
        grads: of shape ``(k, *shape)``.
        node: whose they are.
        targets: values of the shapes and dtypes that the results are brought to.
        masked: zeros are strong; see :mod:`compgraph.strong_zeros`.
    """
    batch: Any = Batch(grads)
    try:
        found = []
        for pulled, target in zip(rule(batch), targets, strict=True):
            if masked and op.elementwise and isinstance(pulled, Batch):
                lost = ~np.isfinite(pulled.data) & (aligned(batch, pulled.ndim) == 0)
                pulled = Batch(np.where(lost, 0.0, pulled.data))
            found.append(_fit(pulled, target, len(grads)))
        return found
    except Exception:  # whatever it is that a batch cannot do, arrays can, or they say what is wrong
        return _one_by_one(op, rule, grads, node, targets)


def _one_by_one(op: Op, rule: Callable[[Any], list[Any]], grads: Any, node: Node, targets: list[Any]) -> list[Any]:
    found = [np.empty((len(grads), *np.shape(target)), _dtype(target)) for target in targets]
    for i, grad in enumerate(grads):
        for rows, pulled, target in zip(found, rule(_one(grad, node)), targets, strict=True):
            rows[i] = fit(pulled, target, op)
    return found


def _pushed(tape: Tape, start: Node, tangents: Any, masked: bool) -> dict[Node, Any]:
    """Forward mode, as :mod:`compgraph.forward` explains it: a rule that is not diagonal is transposed by a sweep."""
    reached: dict[Node, Any] = {start: tangents}
    for node in tape.nodes:
        op = node.op
        if op is None or node in reached:
            continue
        args = [value_of(x) for x in node.inputs]
        for i, (x, vjp) in enumerate(zip(node.inputs, op.vjps, strict=False)):
            if vjp is None or not isinstance(x, Node) or x not in reached:
                continue
            part = None
            if op.multilinear:
                (part,) = _at_once(op, partial(_in_its_place, i, node, args), reached[x], x, [node.value], masked)
            elif op.elementwise and "c" not in (node.dtype.kind, x.dtype.kind):
                spread = _spread(Batch(reached[x]), node.shape)
                (part,) = _at_once(op, partial(_alone, vjp, node, args), spread, node, [node.value], masked)
            else:
                part = _transposed(vjp, reached[x], node, x, args, masked)
            if part is not None:
                reached[node] = reached[node] + part if node in reached else part
    return reached


def _in_its_place(place: int, node: Node, args: list[Any], tangent: Any) -> list[Any]:
    """The tangent of a result that is linear in an input: the op applied to that input's tangent."""
    assert node.op is not None
    moved = (*args[:place], tangent, *args[place + 1 :])
    if isinstance(tangent, Batch):
        return [Batch.__compgraph_record__(node.op, moved, node.params)]
    return [node.op.forward(*moved, **node.params)]


def _transposed(vjp: Callable[..., Any], tangents: Any, node: Node, x: Node, args: list[Any], masked: bool) -> Any:
    """The tangents of the result of any op, by the transpose of its rule; None for zero."""
    assert node.op is not None
    shape = node.shape
    covector = Node(None, np.zeros(shape, node.dtype) if shape else node.dtype.type(0), ())
    pulled = apply_rule(vjp, covector, node.value, args, node.params)
    if not isinstance(pulled, Node):
        return None
    pulled = fit(pulled, x.value, node.op)
    if pulled.shape != x.shape:
        pulled = np.broadcast_to(pulled, x.shape)
    seeds = _fit(Batch(tangents), pulled.value, len(tangents))
    return _swept(Tape(pulled), seeds, {covector}, masked).get(covector)


def _fit(pulled: Any, target: Any, count: int) -> Any:
    """What :func:`compgraph.pull.fit` does to one cotangent, done to all of a batch; and spread, and of one dtype."""
    shape, dtype = np.shape(target), _dtype(target)
    # what does not depend on the cotangent, such as the zero of a rule that has nothing to say, is the same for all
    data = pulled.data if isinstance(pulled, Batch) else np.broadcast_to(np.asarray(pulled), (count, *np.shape(pulled)))
    extra = data.ndim - 1 - len(shape)
    if data.shape[1:] != shape and extra >= 0:
        stretched = [1 + extra + i for i, n in enumerate(shape) if n == 1 != data.shape[1 + extra + i]]
        axes = (*range(1, 1 + extra), *stretched)
        if axes:
            data = np.add.reduce(data, axis=axes, keepdims=True)
            data = data.reshape(count, *data.shape[1 + extra :])
    if data.dtype != dtype:
        data = (data.real if dtype.kind != "c" else data).astype(dtype)
    return data if data.shape[1:] == shape else _spread(Batch(data), shape)


def _spread(batch: Batch, shape: tuple[int, ...]) -> Any:
    return np.broadcast_to(aligned(batch, len(shape)), (len(batch.data), *shape))


def _dtype(value: Any) -> Any:
    return np.dtype(float) if type(value) is float else value.dtype
