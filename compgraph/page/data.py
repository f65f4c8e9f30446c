"""What an interactive page knows of a graph: its nodes, the steps of both passes, local derivatives; as plain data.

The data are made of text and numbers. A node has the key of its box in the picture, so that both are found together.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from compgraph.explain.amounts import amount, brief
from compgraph.explain.chain import Graph
from compgraph.explain.naming import Naming
from compgraph.node import Node
from compgraph.page.entries import entries, room_for
from compgraph.page.formulas import Formula, computed, pulled_back, summed
from compgraph.render.derivatives import differentiated_output
from compgraph.render.diagram import Diagram, box_text
from compgraph.render.frames import Frame
from compgraph.render.local_derivatives import local_derivatives
from compgraph.render.one_line import one_line
from compgraph.render.part import part_of
from compgraph.render.values import is_told
from compgraph.tape import Tape

__all__ = ["page_data"]

_LONGEST_SOURCE = 200
_LONGEST_NUMBER = 40


def page_data(tape: Tape, diagrams: Sequence[Diagram], names: Naming, upto: Collection[Node] = ()) -> dict[str, Any]:
    """Describe a graph for the page of its pictures.

    >>> from compgraph.render.diagram import diagram
    >>> import compgraph as cg
    >>> b, c = cg.variables(b=3.0, c=2.0)
    >>> u = b * c
    >>> J = 3 * u
    >>> J.backward()
    >>> tape = cg.Tape(J)
    >>> data = page_data(tape, [diagram(tape)], Naming(tape, {"u": u, "J": J}))
    >>> [node["name"] for node in data["nodes"]], data["output"]
    (['b', 'c', 'u', 'J'], 'n3')
    >>> data["nodes"][3]["inputs"], data["nodes"][3]["slopes"], data["views"][0]["home"]
    (['k0', 'n2'], [None, 3.0], {'k0': 'c0'})
    >>> data["nodes"][0]["backward"]["text"]
    'dJ/db = dJ/du · du/db = 3 · 2 = 6'

    Args:
        tape: the graph.
        diagrams: the pictures of it, such as one that is folded and one that is not.
        names: what its nodes are called.
        upto: nodes behind which nothing is drawn.

    Returns:
        ``title``; ``notes``; ``output``, the key of the node whose derivatives are shown, None where none are;
        ``nodes`` in the order of the tape; ``constants`` by key; and ``views``, for each diagram the boxes in which
        ``home`` nodes and constants are drawn that have none of their own key, the ``folded`` boxes and what they
        hold, and the ``frames`` of scopes. Nothing in it is other than JSON has it: a number that is not finite is the
        text JavaScript reads it from.
    """
    return _Describing(tape, names, upto).data(diagrams)


class _Describing:
    """One graph on its way to the data of its page."""

    def __init__(self, tape: Tape, names: Naming, upto: Collection[Node]) -> None:
        self.names = names
        part = part_of(tape, upto)
        self.nodes = part.nodes
        self.keys: dict[int, str] = {id(node): f"n{place}" for place, node in enumerate(part.nodes)}
        self.constants: dict[str, dict[str, Any]] = {}
        self.most = room_for(2 * sum(bool(node.shape) for node in self.nodes))
        ends = set(part.ends)
        self.inputs = {
            node: [] if node in ends else [self.keys.get(id(x)) or self.constant(x) for x in node.inputs]
            for node in self.nodes
        }
        self.output = differentiated_output(tape)
        self.users: dict[Node, list[Node]] = {node: [] for node in self.nodes}
        self.behind: tuple[Node, ...] = ()
        if self.output is not None:
            behind = Tape(self.output)
            self.behind = behind.nodes
            self.graph = Graph(behind, self.output, names)
            for user in reversed(behind.nodes):
                for x in dict.fromkeys(x for x in user.inputs if isinstance(x, Node)):
                    if x in self.users:
                        self.users[x].append(user)

    def data(self, diagrams: Sequence[Diagram]) -> dict[str, Any]:
        differentiated = set(self.behind)
        return {
            "title": diagrams[0].summary,
            "notes": list(diagrams[0].notes),
            "output": None if self.output is None else self.keys.get(id(self.output)),
            "nodes": [self.node(node, self.inputs[node], node in differentiated) for node in self.nodes],
            "constants": self.constants,
            "views": [self.view(diagram) for diagram in diagrams],
        }

    def view(self, diagram: Diagram) -> dict[str, Any]:
        """Where each node and constant is drawn: its box has its key, or another that is told."""
        boxes = {box.key for box in diagram.boxes}
        into: dict[str, list[str]] = {}
        for arrow in diagram.arrows:
            into.setdefault(arrow.head, []).append(arrow.tail)
        home = {held: box.key for box in diagram.boxes for held in box.holds}
        for node in self.nodes:
            key = self.keys[id(node)]
            if key in boxes:
                for operand, tail in zip(self.inputs[node], into.get(key, []), strict=True):
                    if operand in self.constants:
                        home[operand] = tail
        folded = {
            box.key: {"name": box_text(box)[0], "said": box.description, "holds": list(box.holds)}
            for box in diagram.boxes
            if box.holds
        }
        return {"home": home, "folded": folded, "frames": _framed(diagram.frames)}

    def node(self, node: Node, keys: Sequence[str], has_derivative: bool) -> dict[str, Any]:
        told: dict[str, Any] = {
            "key": self.keys[id(node)],
            "name": self.names(node),
            "op": "" if node.op is None else one_line(node.op.name, _LONGEST_NUMBER),
            "inputs": list(keys),
            "shape": str(node.shape),
            **({} if node.dtype == np.float64 else {"dtype": str(node.dtype)}),
            **self.amounts("value", node.value),
            "forward": _written(computed(node, self.names)),
        }
        slopes = local_derivatives(node)[: len(keys)]
        if any(slope is not None for slope in slopes):
            told["slopes"] = [None if slope is None else plain(slope) for slope in slopes]
        if node.scope is not None:
            told["scope"] = [one_line(name, _LONGEST_NUMBER) for name in node.scope.path]
        if node.source is not None:
            told["source"] = one_line(node.source, _LONGEST_SOURCE)
        if has_derivative:
            told |= self.amounts("grad", node.grad)
            told["backward"] = _written(self.derivative(node))
        return told

    def constant(self, x: Any) -> str:
        """The key of a constant: an array that is used twice has one, a number as many as it has uses."""
        key = f"k{len(self.constants)}"
        name = self.names(x) if np.ndim(x) else ""
        self.constants[key] = {"name": name, "shape": str(np.shape(x)), **self.amounts("value", x)}
        if isinstance(x, np.ndarray):
            self.keys[id(x)] = key
        return key

    def amounts(self, what: str, value: Any) -> dict[str, Any]:
        """A value in a word, the number itself or the first entries of the array."""
        if not isinstance(value, tuple) and not np.ndim(value):
            exact = value if isinstance(value, float) else np.asarray(value)[()]
            told = {what: amount(value)}
            return told | ({f"{what}_number": plain(float(exact))} if _is_real(exact) else {})
        if not is_told(value):
            return {what: "not kept"}
        shown = entries(value, self.most)
        return {what: brief(value)} | ({f"{what}_entries": shown} if shown else {})

    def derivative(self, node: Node) -> Formula:
        assert self.output is not None
        users = self.users[node] if node is not self.output else []
        if all(_is_real(x.value) for x in (node, *users)):
            uses = [(self.graph.factor(user, node), float(user.grad)) for user in users]
            return summed(self.names(node), self.names(self.output), uses, float(node.grad))
        places = [(user, place) for user in users for place, x in enumerate(user.inputs) if x is node]
        return pulled_back(node, self.output, places, self.names)


def plain(x: float) -> float | str:
    """A number as JSON has it; one that is not finite as the text that JavaScript's ``Number`` reads.

    >>> plain(0.5), plain(-math.inf), plain(math.nan)
    (0.5, '-Infinity', 'NaN')
    """
    if math.isfinite(x):
        return float(x)
    return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"


def _written(formula: Formula) -> dict[str, Any]:
    told: dict[str, Any] = {
        "text": formula.text,
        "left": formula.left.latex,
        "rows": [[sign, written.latex] for sign, written in formula.rows],
    }
    if formula.shapes:
        told["shapes"] = list(formula.shapes)
    if formula.reasons:
        told["why"] = list(formula.reasons)
    return told


def _framed(frames: Sequence[Frame]) -> list[dict[str, Any]]:
    """The scopes that are drawn open, outer ones before inner ones, each with the keys of all boxes in it."""
    told = []
    for frame in frames:
        told.append({"key": frame.key, "name": one_line(frame.title, _LONGEST_NUMBER), "boxes": list(frame.all_boxes)})
        told += _framed(frame.frames)
    return told


def _is_real(value: Any) -> bool:
    return np.ndim(value) == 0 and np.asarray(value).dtype.kind == "f"
