"""Which nodes of a tape a picture shows: all of them, or those between the outputs and nodes that one chooses."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from compgraph.errors import RenderError
from compgraph.node import Node
from compgraph.tape import Tape

__all__ = ["Part", "part_of"]


@dataclass(frozen=True, slots=True)
class Part:
    """Nodes in tape order, and those among them behind which nothing is drawn although something is there."""

    nodes: tuple[Node, ...]
    ends: tuple[Node, ...]


def part_of(tape: Tape, upto: Collection[Node] = ()) -> Part:
    """Walk from the outputs backward, not beyond the nodes of ``upto``.

    >>> import compgraph as cg
    >>> a, b, c = cg.variables(a=5.0, b=3.0, c=2.0)
    >>> u = b * c
    >>> J = 3 * (a + u)
    >>> part = part_of(cg.Tape(J), [u])
    >>> len(part.nodes), b in set(part.nodes), part.ends == (u,)
    (4, False, True)

    Args:
        tape: the whole graph.
        upto: nodes of it; none draws everything.

    Raises:
        RenderError: the outputs do not depend on one of ``upto``.
    """
    if not upto:
        return Part(tape.nodes, ())
    stops = set(upto)
    everything = set(tape.nodes)
    for node in upto:
        if node not in everything:
            raise RenderError(
                f"upto= has the node {node.name or node!r}, which nothing that is drawn depends on: "
                "give nodes that the outputs were computed from"
            )
    reached = set(tape.outputs)
    waiting = list(reached)
    while waiting:
        node = waiting.pop()
        if node not in stops:
            new = {x for x in node.inputs if isinstance(x, Node)} - reached
            reached |= new
            waiting += new
    nodes = tuple([node for node in tape.nodes if node in reached])
    return Part(nodes, tuple([node for node in nodes if node in stops and node.op is not None]))
