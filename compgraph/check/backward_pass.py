"""The reverse pass with every step of it at hand: what each op sent to each of its inputs, and what if it had not.

The engine's sweep keeps nothing but the sums. To find a slip one asks what the gradients would be had one step been
done otherwise. A step's contribution enters the rest of the pass linearly, so that only the change of it has to be
pulled further down; and how much of it arrives at a parameter along a direction v is its product with the tangent that
v causes there, ⟨Jᵀc, v⟩ = ⟨c, J v⟩. With the tangents of a few random directions at hand, a what-if costs a product.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from compgraph.forward import push
from compgraph.node import Node
from compgraph.pull import apply_rule, fit
from compgraph.tape import Tape

__all__ = ["BackwardPass", "Step"]


NOTHING: Mapping[Any, Any] = MappingProxyType({})


class Step(NamedTuple):
    """One step of the pass: what a node sends to one of its inputs.

    Attributes:
        node: whose cotangent is pulled back.
        place: which of its inputs is meant.
        x: that input.
    """

    node: Node
    place: int
    x: Node


class BackwardPass:
    """The reverse pass from an output, step by step.

    >>> import compgraph as cg
    >>> a, b, c = cg.variables(a=5.0, b=3.0, c=2.0)
    >>> J = 3 * (a + b * c)
    >>> steps = BackwardPass(J)
    >>> [(step.node.op.name, float(steps.sent(step))) for step in steps.steps]
    [('multiply', 3.0), ('add', 3.0), ('add', 3.0), ('multiply', 6.0), ('multiply', 9.0)]

    Args:
        output: a node that is a single number.
        given: for some nodes the cotangent that they pass on, whatever arrives at them.

    Attributes:
        tape: the graph.
        steps: every step, in the order of the pass.
        cotangents: what arrives at every node, in full: the derivative of the output with respect to it.
        given: what some of them pass on instead.
    """

    def __init__(self, output: Node, given: Mapping[Node, Any] | None = None) -> None:
        self.tape = Tape(output)
        self.steps = tuple(_steps(self.tape))
        self.given: Mapping[Node, Any] = given or {}
        self._sent: dict[Step, Any] = {}
        self._place = {step: i for i, step in enumerate(self.steps)}
        self._position = {node: i for i, node in enumerate(self.tape.nodes)}
        self.cotangents = self._pulled({output: np.ones((), output.dtype)}, self.given)

    def position(self, node: Node) -> int:
        """The position of a node on the tape, the same wherever the same code is traced; -1 if it is not there."""
        return self._position.get(node, -1)

    def place(self, step: Step) -> int:
        """The position of a step in the pass, likewise."""
        return self._place[step]

    def steps_from(self, node: Node) -> tuple[Step, ...]:
        """The steps of the pass from a node on."""
        first = next((i for i, step in enumerate(self.steps) if step.node is node), len(self.steps))
        return self.steps[first:]

    def passed_on(self, node: Node) -> Any:
        """The cotangent with which the pass goes on from a node."""
        return self.given[node] if node in self.given else self.cotangents[node]

    def given_before(self, node: Node) -> tuple[Node, ...]:
        """The nodes with a given cotangent from which the pass arrives at a node, none other of them in between."""
        reached = {node}
        found = []
        for later in self.tape.nodes:
            if later is not node and any(isinstance(x, Node) and x in reached for x in later.inputs):
                if later in self.given:
                    found.append(later)
                else:
                    reached.add(later)
        return tuple(found)

    def raw(self, step: Step, grad: Any = None, *, out: Any = None, args: Any = None) -> Any:
        """What the step's rule returns before it is summed over broadcast axes.

        Args:
            step: the step.
            grad, out, args: what to give the rule in place of the node's cotangent, its value and its inputs' values.
        """
        node = step.node
        grad = self.passed_on(node) if grad is None else grad
        out = node.value if out is None else out
        args = values_of(node) if args is None else args
        rule = next(vjp for place, vjp in enumerate(_rules(node)) if place == step.place)
        assert rule is not None
        with np.errstate(all="ignore"):
            found = apply_rule(rule, grad, out, args, node.params)
        if np.shape(found) == np.shape(grad) and not np.all(np.isfinite(found)):
            found = np.where(np.asarray(grad) == 0, 0, found)  # zeros are strong: see compgraph.strong_zeros
        return found

    def sent(self, step: Step, grad: Any = None, *, out: Any = None, args: Any = None) -> Any:
        """What the step contributes to the cotangent of its input, an array of that one's shape."""
        as_it_was = grad is out is args is None
        if as_it_was and step in self._sent:
            return self._sent[step]
        assert step.node.op is not None
        with np.errstate(all="ignore"):
            found = fit(self.raw(step, grad, out=out, args=args), step.x.value, step.node.op)
            sent = np.broadcast_to(np.asarray(found, step.x.dtype), step.x.shape)
        if as_it_was:
            self._sent[step] = sent
        return sent

    def change(self, changes: Mapping[Node, Any]) -> dict[Node, Any]:
        """How the cotangents of all nodes change as what arrives at some does. Nodes that were given stop a change."""
        return self._pulled(changes, dict.fromkeys(self.given))

    def without(self, held: Collection[Node]) -> dict[Node, Any]:
        """The cotangents of all nodes, were some held constant: they pass nothing on."""
        passed_on = {**self.given, **dict.fromkeys(held)}
        return self._pulled({self.tape.outputs[0]: np.ones((), self.tape.outputs[0].dtype)}, passed_on)

    def cut(self, left_out: Collection[Step]) -> dict[Node, Any]:
        """The cotangents of all nodes, were some steps left out."""
        return self.redone(dict.fromkeys(left_out))

    def redone(self, args: Mapping[Step, Any]) -> dict[Node, Any]:
        """The cotangents of all nodes, were some steps given other values of the inputs; with None, left out."""
        output = self.tape.outputs[0]
        return self._pulled({output: np.ones((), output.dtype)}, self.given, args)

    def _pulled(
        self, seeds: Mapping[Node, Any], passed_on: Mapping[Node, Any], args: Mapping[Step, Any] = NOTHING
    ) -> dict[Node, Any]:
        found: dict[Node, Any] = {node: np.asarray(seed) for node, seed in seeds.items()}
        for step in self.steps:
            grad = passed_on[step.node] if step.node in passed_on else found.get(step.node)
            if grad is None or (step in args and args[step] is None):
                continue
            more = self.sent(step, np.broadcast_to(grad, step.node.shape), args=args.get(step))
            with np.errstate(all="ignore"):
                found[step.x] = more if step.x not in found else found[step.x] + more
        return found

    def tangents(self, target: Node, direction: Any, still: Iterable[Node] = ()) -> dict[Node, Any]:
        """How every node moves as one moves along a direction, while those that were given, and others, stand still."""
        moves: dict[Node, Any] = {node: np.zeros(node.shape, node.dtype) for node in (*self.given, *still)}
        moves[target] = direction
        with np.errstate(all="ignore"):
            return push(self.tape, moves)


def values_of(node: Node) -> list[Any]:
    """The values of a node's inputs."""
    return [x.value if isinstance(x, Node) else x for x in node.inputs]


def _steps(tape: Tape) -> Iterator[Step]:
    for node in reversed(tape.nodes):
        if node.op is None:
            continue
        for place, (x, rule) in enumerate(zip(node.inputs, _rules(node), strict=False)):
            if rule is not None and isinstance(x, Node):
                yield Step(node, place, x)


def _rules(node: Node) -> Any:
    assert node.op is not None
    return node.op.vjps
