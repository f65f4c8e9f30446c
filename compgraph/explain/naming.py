"""What the nodes of a tape are called: by their own names, by the caller's variables, or v4 after their place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from compgraph.node import Node
from compgraph.render.formula import formula
from compgraph.render.names import names_in
from compgraph.render.one_line import one_line
from compgraph.render.values import number, shape
from compgraph.tape import Tape

__all__ = ["Naming"]

OUTPUT = "output"
"""What the one output of a tape is called if it has no name."""
ELSEWHERE = "a variable"
"""What a node that is not on the tape is called if it has no name."""
_LONGEST_NAME = 24
_LONGEST_FORMULA = 60


class Naming:
    """Names for everything on a tape, each node's its own.

    >>> import compgraph as cg
    >>> a, b, c = cg.variables(a=5.0, b=3.0, c=2.0)
    >>> u = b * c
    >>> J = 3 * (a + u)
    >>> names = Naming(cg.Tape(J), {"J": J, "u": u})
    >>> [names(node) for node in cg.Tape(J)]
    ['a', 'b', 'c', 'u', 'v5', 'J']
    >>> names.operation(J), names.operation(a)
    ('3 × v5', '')

    Args:
        tape: the nodes, numbered from 1 in its order.
        others: nodes to name beside those of the tape.
        spaces: the variables that nodes and constant arrays may be named after, nearest first
            (see :func:`compgraph.render.names.namespaces`). A node's own ``name`` wins over them.

    Two nodes of one name have their numbers added to it.

    Attributes:
        number: the number of each node on the tape.
    """

    def __init__(self, tape: Tape, *spaces: Mapping[str, Any], others: Iterable[Node] = ()) -> None:
        self.number = {node: place for place, node in enumerate(tape, start=1)}
        constants = [x for node in tape for x in node.inputs if isinstance(x, np.ndarray) and x.ndim]
        strangers = [node for node in others if node not in self.number]
        found = names_in([*tape, *strangers, *constants], *spaces)
        given = {id(node): node.name for node in (*tape, *strangers) if node.name}
        self._names = {key: one_line(str(name), _LONGEST_NAME) for key, name in (found | given).items()}
        uses = Counter(self._names.get(id(node), "") for node in tape)
        for node in strangers:
            self._names.setdefault(id(node), ELSEWHERE)
        for node, place in self.number.items():
            name = self._names.get(id(node), "")
            if not name and len(tape.outputs) == 1 and node is tape.outputs[0] and OUTPUT not in uses:
                name = OUTPUT
            elif not name:
                name = f"v{place}" if f"v{place}" not in uses else f"v#{place}"
            elif uses[name] > 1:  # two nodes of one name would make nonsense of a derivative
                name = f"{name}#{place}"
            self._names[id(node)] = name

    def __call__(self, x: Any) -> str:
        """The name of a node or constant array, or the constant itself."""
        if isinstance(x, Node):
            return self._names[id(x)]
        if np.ndim(x):
            return self._names.get(id(x)) or f"array{shape(x)}"
        return number(np.asarray(x)[()] if isinstance(x, np.ndarray) else x)

    def operation(self, node: Node) -> str:
        """How a node was computed, as one writes it; empty for a leaf."""
        if node.op is None:
            return ""
        return one_line(formula(node.op.symbol, [self(x) for x in node.inputs], node.params), _LONGEST_FORMULA)
