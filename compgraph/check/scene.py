"""A comparison at one place: the graph of the cost there, what its nodes are called, and what was derived by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from compgraph.check.names import Call, call_with_names
from compgraph.check.problem import Problem, checked, copy
from compgraph.errors import GradientError
from compgraph.node import Node, Variable
from compgraph.reverse import gradients

__all__ = ["Scene"]


class Scene:
    """The cost's graph and the hand-derived gradients at one value of the parameters.

    Attributes:
        problem: what is compared.
        parameters: where.
        output: the cost, a node.
        leaves: the parameters as nodes, by name.
        names: what the cost function called its nodes.
        nodes: the same the other way round.
        numbers: numbers by the name that either function has for them, such as m.
        arrays: constant arrays by the name that the cost function has for them, such as X.
        manual: the hand-derived gradients by parameter name.
        intermediates: those of nodes on the way, by the node's name; only what the person returned.
        locals: what the hand-derived function called its arrays and numbers.
        unknown: the names of what was returned and belongs to no node.
        autodiff: the engine's gradient for every name in ``manual`` and ``intermediates``.
    """

    def __init__(self, problem: Problem, parameters: Sequence[Any]) -> None:
        self.problem = problem
        self.parameters = list(parameters)
        self.leaves = {name: Variable(value, name) for name, value in zip(problem.names, parameters, strict=True)}
        args, kwargs = problem.arguments(list(self.leaves.values()))
        traced = call_with_names(problem.cost, *args, **kwargs)
        self.output: Node = _single_number(traced.result)
        self.nodes: dict[str, Node] = {**traced.nodes, **self.leaves}
        self.names: dict[Node, str] = {}
        for name, node in self.nodes.items():
            self.names.setdefault(node, name)
        derived = self._derive()
        self.manual = problem.given(derived.result)
        further = problem.further(derived.result)
        found = {name: self.node_called(name) for name in further}
        self.intermediates = checked({name: further[name] for name, node in found.items() if node is not None})
        self.unknown = tuple([name for name, node in found.items() if node is None])
        self.locals: Mapping[str, Any] = {**derived.numbers, **derived.arrays}
        self.numbers: dict[str, float] = {**_numbers(problem.data), **derived.numbers, **traced.numbers}
        self.arrays = {**_arrays(problem.data), **traced.arrays}
        wanted = [*self.manual, *self.intermediates]
        swept = gradients(self.output, [self.node(name) for name in wanted])
        self.autodiff = dict(zip(wanted, swept, strict=True))

    def leaves_by_value(self) -> list[tuple[str, Any]]:
        """The parameters by name, as they were given."""
        return list(zip(self.problem.names, self.parameters, strict=True))

    def given(self, name: str) -> Any:
        """The hand-derived gradient of a parameter or an intermediate."""
        return self.manual[name] if name in self.manual else self.intermediates[name]

    def node(self, name: str) -> Node:
        """The node of a parameter or an intermediate."""
        node = self.node_called(name)
        assert node is not None
        return node

    def node_called(self, name: str) -> Node | None:
        """The node that the cost function had under a name; Z1 is found as Z[1] too."""
        if name in self.nodes:
            return self.nodes[name]
        stem = name.rstrip("0123456789")
        return self.nodes.get(f"{stem}[{name[len(stem) :]}]")

    def _derive(self) -> Call:
        manual = self.problem.manual
        if not callable(manual):
            return Call(manual, {}, {}, {})
        args, kwargs = self.problem.arguments([copy(p) for p in self.parameters])
        return call_with_names(manual, *args, **kwargs)


def _numbers(data: Mapping[str, Any]) -> dict[str, float]:
    return {n: v for n, v in data.items() if isinstance(v, (int, float)) and not isinstance(v, bool)}


def _arrays(data: Mapping[str, Any]) -> dict[str, Any]:
    return {n: v for n, v in data.items() if isinstance(v, np.ndarray)}


def _single_number(output: Any) -> Node:
    if np.shape(output) != ():
        raise GradientError(
            f"the cost has shape {np.shape(output)}, not that of a single number: use np.sum or np.mean"
        )
    if not isinstance(output, Node):
        raise GradientError("the cost does not depend on any of its parameters")
    if not math.isfinite(output.value):
        raise GradientError(f"the cost is {output.value} at these parameters, where it has no derivative to compare")
    return output
