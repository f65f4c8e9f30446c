"""From a tape to a picture that has its page."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from compgraph.node import Node
from compgraph.render.notice import LayoutWarning
from compgraph.tape import Tape

if TYPE_CHECKING:
    from compgraph.render.diagram import Diagram
    from compgraph.render.direction import Direction
    from compgraph.render.picture import Picture
    from compgraph.render.theme import Theme

# What makes a page is imported when one is asked for: it is no part of `import compgraph`.

__all__ = ["MOST_UNFOLDED", "page_picture"]

MOST_UNFOLDED = 5_000
"""The nodes of a graph that is folded, but can be unfolded on its page."""


def page_picture(
    tape: Tape,
    spaces: Sequence[Mapping[str, Any]],
    upto: Sequence[Node],
    draw: Callable[..., Diagram],
    direction: Direction = "LR",
    theme: Theme = "light",
) -> Picture:
    """Draw a tape and make the page of its picture.

    On the page every node has a name, since formulas speak of it: v5 after its number on the tape, where it has none
    of its own.

    >>> from compgraph.render.diagram import diagram
    >>> import compgraph as cg
    >>> b, c = cg.variables(b=3.0, c=2.0)
    >>> J = 3 * (b * c)
    >>> tape = cg.Tape(J)
    >>> picture = page_picture(tape, [{"J": J}], (), lambda names, **look: diagram(tape, names, **look))
    >>> picture.html.startswith("<!doctype html>"), "v3 = b × c" in picture.dot
    (True, True)

    Args:
        tape: the graph.
        spaces: the variables that nodes and constant arrays are named after, nearest first.
        upto: nodes behind which nothing is drawn.
        draw: makes the diagram, given the names of nodes and constant arrays by ``id`` and perhaps ``fold=False``.
        direction, theme: as :func:`compgraph.render.render` takes them.
    """
    from compgraph.explain.naming import Naming
    from compgraph.page.data import page_data
    from compgraph.page.html import IN_A_PAGE, page_html
    from compgraph.render.names import names_in
    from compgraph.render.picture import Picture

    names = Naming(tape, *spaces)
    constants = [x for node in tape for x in node.inputs if isinstance(x, np.ndarray)]
    named = names_in(constants, *spaces) | {id(node): names(node) for node in tape}
    pictures = [Picture(draw(named), direction, theme)]
    if any(box.holds for box in pictures[0].diagram.boxes) and len(tape) <= MOST_UNFOLDED:
        pictures.append(Picture(draw(named, fold=False), direction, theme))
    data = page_data(tape, [picture.diagram for picture in pictures], names, upto)
    with warnings.catch_warnings():
        scenes = [pictures[0].scene(IN_A_PAGE)]
        warnings.simplefilter("ignore", LayoutWarning)  # said once is enough
        scenes += [picture.scene(IN_A_PAGE) for picture in pictures[1:]]
    data["notes"] = list(pictures[0].notes)
    return Picture(pictures[0].diagram, direction, theme, page_html(data, scenes, theme))
