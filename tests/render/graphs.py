"""Graphs to draw: those of the lecture, and random ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

import compgraph as cg
from compgraph.node import Node
from compgraph.scope import Scope, belong

NAMES = {"u": 3, "v": 4, "J": 5}
ANY_TEXT = st.text(st.characters(codec=None), max_size=60)
HOSTILE = [
    'say "hi"',
    "<b>bold</b>",
    "<>",
    "a & b &amp; &lt;",
    "back\\slash\\",
    "\\N\\G\\l",
    "two\nlines\ttab",
    "🐍 损失 θ₁",
    "\x00\x1b\ud800\u202e\ufffe",
    "]]>",
    "graph",
    "x" * 10_000,
    "  spaces  inside  ",
    "{a|b}",
    "12",
]


def lecture(backward: bool = True) -> Node:
    """J = 3(a + bc) at 5, 3, 2, every node with its name."""
    a, b, c = cg.variables(a=5.0, b=3.0, c=2.0)
    u = b * c
    v = a + u
    J = 3 * v
    u.name, v.name, J.name = "u", "v", "J"
    if backward:
        J.backward()
    return J


def two_layers(m: int = 3) -> Node:
    """The cost of a network of two inputs, three tanh units and one output at m examples, with its derivatives."""
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(2, m)), (rng.random((1, m)) > 0.5) * 1.0
    W1, b1, W2, b2 = cg.variables(
        W1=rng.normal(size=(3, 2)), b1=np.zeros((3, 1)), W2=rng.normal(size=(1, 3)), b2=np.zeros((1, 1))
    )
    A1 = np.tanh(W1 @ X + b1)
    A2 = cg.sigmoid(W2 @ A1 + b2)
    J = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m
    J.name = "J"
    J.backward()
    return J


@st.composite
def random_graphs(draw: st.DrawFn) -> list[Node]:
    """One to three outputs of a random graph with shared nodes, squares, constants and names of any kind.

    Its nodes are in scopes as if several threads had made them in turns: one may be left and entered again.
    """
    shapes: list[tuple[int, ...]] = [(), (2,), (3, 2), (7, 3, 2)]
    nodes: list[Node] = [cg.Variable(np.full(shape, 1.5)) for shape in shapes[: draw(st.integers(1, 4))]]
    constants = [np.arange(2.0), 2.5, 3, np.ones((1, 2))]
    for _ in range(draw(st.integers(0, 12))):
        x = draw(st.sampled_from(nodes))
        y = draw(st.sampled_from([*nodes, *constants]))
        made: Any
        match draw(st.integers(0, 4)):
            case 0:
                made = np.tanh(x)
            case 1:
                made = x * x
            case 2:
                made = np.sum(x)
            case _:
                made = x + y
        nodes.append(made)
    scopes: list[Scope | None] = [None]
    for _ in range(draw(st.integers(0, 4))):
        title = draw(st.sampled_from(["layer", *HOSTILE]) | ANY_TEXT.filter(str.strip))
        scopes.append(Scope(title, draw(st.sampled_from(scopes))))
    for node in nodes:
        belong(node, draw(st.sampled_from(scopes)))
        node.name = draw(st.none() | st.sampled_from(HOSTILE) | ANY_TEXT)
    outputs = draw(st.lists(st.sampled_from(nodes), min_size=1, max_size=3, unique_by=id))
    if outputs[0].size == 1 and draw(st.booleans()):
        outputs[0].backward()
    return outputs
