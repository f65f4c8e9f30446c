"""The course's first graph, J = 3(a + bc): its derivatives from the reverse pass and from nudging each node."""

from __future__ import annotations

import sys
from typing import NamedTuple

import compgraph as cg
from compgraph.render import Picture, render

__all__ = ["NUDGE", "GraphOfJ", "NudgedNode", "graph_of_J"]

NUDGE = 0.001
"""How far each node is nudged."""


class NudgedNode(NamedTuple):
    """A node of the graph and what a nudge of it does.

    Attributes:
        name: v, a, u, b or c.
        value: the node's value.
        derivative: dJ/d(node) from the reverse pass.
        nudged: the value after the nudge.
        J: what J becomes when everything downstream of the node is computed again from the nudged value.
        slope: how much J moved, over how much the node was moved.
    """

    name: str
    value: float
    derivative: float
    nudged: float
    J: float
    slope: float


class GraphOfJ(NamedTuple):
    """The graph of J, differentiated.

    Attributes:
        J: its value.
        nodes: the others, in the order in which the reverse pass comes to them.
        rounding: how far a derivative and a slope may lie apart because J has a last digit.
        picture: the graph as it is drawn.
    """

    J: float
    nodes: tuple[NudgedNode, ...]
    rounding: float
    picture: Picture

    @property
    def largest_difference(self) -> float:
        """The largest difference between a derivative and the slope of its nudge."""
        return max(abs(node.derivative - node.slope) for node in self.nodes)

    @property
    def agreeing(self) -> int:
        """The number of nodes whose derivative is the slope of their nudge, up to rounding."""
        return sum(abs(node.derivative - node.slope) <= self.rounding for node in self.nodes)


def graph_of_J(a: float = 5.0, b: float = 3.0, c: float = 2.0) -> GraphOfJ:
    """Build J = 3(a + bc), differentiate it, and nudge each of its nodes.

    >>> found = graph_of_J()
    >>> found.J
    33.0
    >>> [(node.name, node.derivative, round(node.slope, 6)) for node in found.nodes]
    [('v', 3.0, 3.0), ('a', 3.0, 3.0), ('u', 3.0, 3.0), ('b', 6.0, 6.0), ('c', 9.0, 9.0)]

    Args:
        a, b, c: where.
    """
    leaf_a, leaf_b, leaf_c = cg.variables(a=a, b=b, c=c)
    u = leaf_b * leaf_c
    v = leaf_a + u
    J = 3 * v
    J.backward()

    graph = {"v": v, "a": leaf_a, "u": u, "b": leaf_b, "c": leaf_c}
    rows = []
    for name, node in graph.items():
        nudged = node.value + NUDGE
        moved = _J_with(**({"a": a, "b": b, "c": c} | {name: nudged}))
        slope = (moved - J.value) / (nudged - node.value)
        rows.append(NudgedNode(name, node.value, node.grad, nudged, moved, slope))
    # J is a polynomial of degree one in each node, so nothing but rounding can part a slope from its derivative.
    rounding = 16 * sys.float_info.epsilon * 3 * (abs(a) + abs(b * c) + 1) / NUDGE
    return GraphOfJ(J.value, tuple(rows), rounding, render(J, names={"u": u, "v": v, "J": J}))


def _J_with(a: float, b: float, c: float, u: float | None = None, v: float | None = None) -> float:
    """J computed step by step in plain Python; a u or v that is given takes the place of its own step."""
    u = b * c if u is None else u
    v = a + u if v is None else v
    return 3 * v
