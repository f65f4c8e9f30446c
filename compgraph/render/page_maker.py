"""Who makes interactive pages: a part of the package that stands above this one, since a page explains derivatives too.

It enters itself here when the package is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compgraph.node import Node
    from compgraph.render.diagram import Diagram
    from compgraph.render.direction import Direction
    from compgraph.render.picture import Picture
    from compgraph.render.theme import Theme
    from compgraph.tape import Tape

__all__ = ["PageMaker", "makers"]

PageMaker = Callable[
    ["Tape", "Sequence[Mapping[str, Any]]", "Sequence[Node]", "Callable[..., Diagram]", "Direction", "Theme"],
    "Picture",
]
"""Makes a picture that has its page, of a tape; of the variables that its nodes are named after; of the nodes behind
which nothing is drawn; of what draws its diagram, given the names by ``id`` and perhaps ``fold=False``; of a direction
and a theme."""

makers: list[PageMaker] = []
"""The one that is there."""
