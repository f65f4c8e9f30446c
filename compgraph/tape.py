"""Tape: an immutable, ordered snapshot of what some results depend on.

The tape is what every other part of the package reads: the reverse sweep, the drawings, the compiler.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Iterator
from operator import attrgetter
from typing import Any

from compgraph.errors import ConversionError, CopyError
from compgraph.node import Node
from compgraph.primitive import OPS, Op
from compgraph.rules.scipy_loading import load_scipy_rules
from compgraph.scope import Scope, belong

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

    def __reduce_ex__(self, protocol: Any) -> Any:
        """What pickle and copy.deepcopy ask for: the graph as flat lists, so that neither has to go down into it.

        The leaves stand in it as nodes, so that one that is pickled or copied beside the tape stays the same node. The
        other nodes are numbered after them, in their order.
        """
        leaves = self.leaves
        number = {node: i for i, node in enumerate(leaves)}
        computed = [node for node in self.nodes if node.op is not None]
        for i, node in enumerate(computed, start=len(leaves)):
            number[node] = i
        titles = {op: _title(op) for op in {node.op for node in computed} if op is not None}
        ops = list(titles)
        place = {op: i for i, op in enumerate(ops)}
        columns = {
            "op": [place[node.op] for node in computed if node.op is not None],
            "value": [node.value for node in computed],
            "inputs": [tuple([number[x] if isinstance(x, Node) else -1 for x in node.inputs]) for node in computed],
            "constants": [tuple([x for x in node.inputs if not isinstance(x, Node)]) for node in computed],
            "params": [dict(node.params) if node.params else None for node in computed],
            "name": [node.name for node in computed],
        }
        outputs = [number[node] for node in self.outputs]
        scopes = {place: scope for node, place in number.items() if (scope := node.scope) is not None}
        return _rebuilt, (list(leaves), [titles[op] for op in ops], columns, outputs, scopes)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tape:
        """The same, without looking into the numbers of the lists one by one."""
        _, (leaves, titles, columns, outputs, scopes) = self.__reduce_ex__(4)
        columns["value"] = [x if type(x) is float else copy.deepcopy(x, memo) for x in columns["value"]]
        for name in ("constants", "params"):
            columns[name] = [x and copy.deepcopy(x, memo) for x in columns[name]]
        return _rebuilt(copy.deepcopy(leaves, memo), titles, columns, outputs, copy.deepcopy(scopes, memo))

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


def _title(op: Op) -> tuple[str, str]:
    """By what an op is found in the registry of another process: where its function is from, and its name."""
    title = (str(getattr(op.function, "__module__", None) or "numpy"), op.name)
    if _by_title().get(title) is not op:
        raise CopyError(
            f"the op {op.name} is in no registry, or is one of several of that name, so that a copy could not find it "
            "again: pickle the variables, and compute the graph anew"
        )
    return title


def _by_title() -> dict[tuple[str, str], Op | None]:
    """The ops of the registry by module and name; None where two have the same."""
    found: dict[tuple[str, str], Op | None] = {}
    for op in OPS.values():
        title = (str(getattr(op.function, "__module__", None) or "numpy"), op.name)
        found[title] = None if title in found else op
    return found


def _rebuilt(
    leaves: list[Node],
    titles: list[tuple[str, str]],
    columns: dict[str, Any],
    outputs: list[int],
    scopes: dict[int, Scope],
) -> Tape:
    """The tape that these lists describe, of new nodes; what is in them is looked up, and nothing is computed."""
    load_scipy_rules()
    known = _by_title()
    ops = []
    for module, name in titles:
        op = known.get((module, name))
        if op is None:
            raise CopyError(f"the op {name} of {module} is not declared here: import the module that declares it first")
        ops.append(op)
    nodes = list(leaves)
    for i, value, numbers, constants, params, name in zip(*columns.values(), strict=True):
        plain = iter(constants)
        node = Node(
            ops[i],
            value,
            tuple([next(plain) if number < 0 else nodes[number] for number in numbers]),
            *([params] if params else []),
        )
        node.name = name
        nodes.append(node)
    for place, node in enumerate(nodes):
        belong(node, scopes.get(place))  # whatever scope is open where the tape is unpickled
    return Tape([nodes[number] for number in outputs])


def _no_node(output: object) -> ConversionError:
    return ConversionError(
        f"a tape is made of nodes, not of {type(output).__name__}: does the output depend on a Variable at all?"
    )
