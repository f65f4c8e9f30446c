"""Tape: an immutable, ordered snapshot of what some results depend on.

The tape is what every other part of the package reads: the reverse sweep, the drawings, the compiler.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from operator import attrgetter

from compgraph.errors import ConversionError
from compgraph.node import Node

__all__ = ["Tape"]

_creation = attrgetter("index")


class Tape:
    """All nodes that some outputs depend on, in the order they were computed (a Wengert list).

    >>> import compgraph as cg
    >>> a, b, c = cg.variables(a=5.0, b=3.0, c=2.0)
    >>> u = b * c
    >>> J = 3 * (a + u)
    >>> tape = cg.Tape(J)
    >>> [node.name or node.op.name for node in tape]
    ['a', 'b', 'c', 'multiply', 'add', 'multiply']
    >>> tape.leaves == (a, b, c)
    True

    Args:
        outputs: one node or several.

    Attributes:
        outputs: the nodes asked for.
        nodes: every node they depend on and they themselves, each once, inputs before what is made of them.
    """

    __slots__ = ("nodes", "outputs")

    outputs: tuple[Node, ...]
    nodes: tuple[Node, ...]

    def __init__(self, outputs: Node | Iterable[Node]):
        if isinstance(outputs, Node):
            self.outputs = (outputs,)
            nodes = [outputs]
        else:
            try:
                self.outputs = tuple(outputs)
            except TypeError:
                raise _no_node(outputs) from None
            for output in self.outputs:
                if not isinstance(output, Node):
                    raise _no_node(output)
            nodes = list(dict.fromkeys(self.outputs))
        seen = set(nodes)
        for node in nodes:  # which grows as it is walked: no recursion, however deep the graph
            for x in node.inputs:
                if isinstance(x, Node) and x not in seen:
                    seen.add(x)
                    nodes.append(x)
        nodes.sort(key=_creation)
        self.nodes = tuple(nodes)

    @property
    def leaves(self) -> tuple[Node, ...]:
        """The nodes that no op made: the variables, in the order they were made."""
        return tuple([node for node in self.nodes if node.op is None])

    def towards(self, wanted: Collection[Node]) -> set[Node] | None:
        """Return the nodes that are wanted or depend on one that is; None where these are all of them.

        >>> import compgraph as cg
        >>> a, b, c = cg.variables(a=5.0, b=3.0, c=2.0)
        >>> u = b * c
        >>> J = 3 * (a + u)
        >>> cg.Tape(J).towards({a}) & {a, b, u} == {a}
        True
        """
        for node in self.nodes:
            if node.op is None and node not in wanted:
                break
        else:
            return None
        needed = set(wanted)
        for node in self.nodes:
            if node not in needed and any(isinstance(x, Node) and x in needed for x in node.inputs):
                needed.add(node)
        return needed

    def __len__(self) -> int:
        return len(self.nodes)

    def __getitem__(self, position: int) -> Node:
        return self.nodes[position]

    def __contains__(self, node: object) -> bool:
        return any(node is other for other in self.nodes)  # identity: == between nodes compares their values

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __repr__(self) -> str:
        return f"<Tape of {len(self.nodes)} nodes, {len(self.leaves)} of them leaves>"


def _no_node(output: object) -> ConversionError:
    return ConversionError(
        f"a tape is made of nodes, not of {type(output).__name__}: does the output depend on a Variable at all?"
    )
