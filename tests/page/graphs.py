"""Graphs of numbers to make pages of."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

import compgraph as cg
from compgraph.node import Node


def several_paths() -> tuple[Node, dict[str, Node]]:
    """J = x·y + sin(x)·x of five operations, with four paths from x to J."""
    x, y = cg.variables(x=0.5, y=-1.25)
    s: Any = np.sin(x)
    p, q = s * x, x * y
    J: Node = p + q + x
    J.backward()
    return J, {"x": x, "y": y, "s": s, "p": p, "q": q, "J": J}


@st.composite
def numbers(draw: st.DrawFn) -> Node:
    """A differentiated graph of whole numbers, whose derivatives are whole numbers too."""
    nodes: list[Any] = [cg.Variable(float(draw(st.integers(-3, 3)))) for _ in range(draw(st.integers(1, 3)))]
    for _ in range(draw(st.integers(1, 7))):
        x, y = draw(st.sampled_from(nodes)), draw(st.sampled_from([*nodes, 2.0, -3.0]))
        match draw(st.integers(0, 3)):
            case 0:
                nodes.append(x + y)
            case 1:
                nodes.append(x - y)
            case 2:
                nodes.append(x * y)
            case _:
                nodes.append(-x)
    J: Node = nodes[-1]
    J.backward()
    return J
