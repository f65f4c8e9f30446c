"""A node at the end of a notebook's cell."""

from __future__ import annotations

import sys
import warnings
from typing import Any

from compgraph.node import Node
from compgraph.render.notice import LayoutWarning
from compgraph.render.rendering import render

__all__: list[str] = []

_MOST_SHOWN = 60


def _in_notebook(self: Node, include: Any = None, exclude: Any = None) -> dict[str, str]:
    """The picture of a node where its graph is small and the front end shows pictures."""
    if not (_is_small(self) and _shows_pictures()):
        return {"text/plain": repr(self)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LayoutWarning)  # nobody asked for a picture; it says so itself
        main = vars(sys.modules["__main__"])
        return render(self, names=main)._repr_mimebundle_() | {"text/plain": repr(self)}


def _is_small(node: Node) -> bool:
    """Whether a graph has few nodes; a large one is not walked to its end."""
    seen = {node}
    waiting = [node]
    while waiting and len(seen) <= _MOST_SHOWN:
        new = {x for x in waiting.pop().inputs if isinstance(x, Node)} - seen
        seen |= new
        waiting += new
    return len(seen) <= _MOST_SHOWN


def _shows_pictures() -> bool:
    """False in IPython on a terminal, which asks for pictures and throws them away."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is None or "image/svg+xml" in shell.display_formatter.active_types


Node._repr_mimebundle_ = _in_notebook
