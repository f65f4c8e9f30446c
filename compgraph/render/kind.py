"""What kind of box a node is drawn as."""

from __future__ import annotations

from compgraph.node import Node
from compgraph.render.contents import Kind

__all__ = ["kind_of"]


def kind_of(node: Node) -> Kind:
    """Tell variables, operations and constants apart.

    A graph that was recorded has its constants in the operations. On the tape of a compiled function they are nodes:
    ops of nothing.

    >>> import compgraph as cg
    >>> x = cg.Variable(2.0)
    >>> kind_of(x), kind_of(3 * x)
    ('variable', 'operation')
    """
    if node.op is None:
        return "variable"
    return "operation" if node.inputs else "constant"
