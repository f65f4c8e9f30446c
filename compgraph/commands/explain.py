"""``compgraph explain``: the chain rule for one derivative of a formula, or of a node or function in a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from compgraph.commands.asked_graph import AskedGraph, asked_graph
from compgraph.commands.warnings_told import warnings_told
from compgraph.errors import UseError
from compgraph.explain import explain
from compgraph.node import Node
from compgraph.render.one_line import one_line

__all__ = ["explain_derivative"]

_LONGEST_NAME = 40
_LONGEST_LIST = 200


def explain_derivative(
    asked: str, at: Sequence[str], wrt: str, *, form: Literal["text", "latex", "html"] = "text", seed: int = 0
) -> int:
    """Print how a derivative comes to be.

    >>> explain_derivative("u = b*c; J = 3*u", ["b=3", "c=2"], "b")
    dJ/db, the derivative of J with respect to b, by the chain rule
    <BLANKLINE>
      u = b × c = 6    du/db = c = 2
      J = 3 × u = 18   dJ/du = 3
    <BLANKLINE>
    dJ/db = dJ/du · du/db = 3 · 2 = 6
    0

    Args:
        asked: a formula or ``FILE.py:NAME`` (see :func:`compgraph.commands.asked_graph.asked_graph`).
        at: values, each ``name=value``.
        wrt: the name of a variable, or of a node on the way.
        form: of what is printed.
        seed: of the arguments that are drawn for a function.

    Returns:
        The exit code, 0.

    Raises:
        UseError: there is no such graph, or no such node in it.
        CompgraphError: its output has no one derivative.
    """
    graph = asked_graph(asked, at, seed)
    with warnings_told():
        said = getattr(explain(graph.output, wrt=_node(graph, wrt), names=graph.names), form)
    print(said)
    return 0


def _node(graph: AskedGraph, name: str) -> Node:
    nodes = {key: value for key, value in graph.names.items() if isinstance(value, Node)}
    if name not in nodes:
        listed = one_line(", ".join(nodes), _LONGEST_LIST) or "none"
        raise UseError(f"--wrt {one_line(name, _LONGEST_NAME)}: there is no node of that name; there are {listed}")
    return nodes[name]
