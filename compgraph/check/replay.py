"""A graph evaluated again from a node on, with another value there."""

from __future__ import annotations

from typing import Any

from compgraph.node import Node
from compgraph.tape import Tape

__all__ = ["Replay"]


class Replay:
    """An output as a function of the value of one node that it depends on.

    >>> import compgraph as cg
    >>> a, b, c = cg.variables(a=5.0, b=3.0, c=2.0)
    >>> u = b * c
    >>> print(Replay(3 * (a + u), u)(7.0))
    36.0

    Args:
        output: what is computed again.
        node: what is given another value. Of what does not depend on it the values are kept.
    """

    def __init__(self, output: Node, node: Node) -> None:
        tape = Tape(output)
        needed = tape.towards({node})
        self.output = output
        self.node = node
        self._after = [each for each in tape if each is not node and (needed is None or each in needed)]

    def __call__(self, value: Any) -> Any:
        """Return the output's value for this value of the node."""
        values: dict[Node, Any] = {self.node: value}
        for each in self._after:
            if each.op is None:
                values[each] = each.value
            else:
                inputs = [values.get(x, x.value) if isinstance(x, Node) else x for x in each.inputs]
                values[each] = each.op.forward(*inputs, **each.params)
        return values.get(self.output, self.output.value)
