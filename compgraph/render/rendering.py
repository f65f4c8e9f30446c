"""``render``: a computation graph as a picture, shown in a notebook or written to a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compgraph.node import Node
    from compgraph.render.detail import Detail
    from compgraph.render.direction import Direction
    from compgraph.render.folding import Fold
    from compgraph.render.picture import Picture
    from compgraph.render.sketch import Arrays
    from compgraph.render.theme import Theme
    from compgraph.tape import Tape

# What draws is imported when it is asked for: `import compgraph` would take half as long again with it.

__all__ = ["render"]


def render(
    output: Node | Iterable[Node] | Tape,
    path: str | os.PathLike[str] | None = None,
    *,
    direction: Direction = "LR",
    theme: Theme = "light",
    detail: Detail = "full",
    fold: Fold = None,
    arrays: Arrays = "numbers",
    upto: Node | Iterable[Node] = (),
    names: Mapping[str, Any] | None = None,
) -> Picture:
    """Draw the graph of an output: every node with its name, operation, value and, after ``backward()``, derivative.

    >>> import compgraph as cg
    >>> a, b, c = cg.variables(a=5.0, b=3.0, c=2.0)
    >>> u = b * c
    >>> v = a + u
    >>> J = 3 * v
    >>> J.backward()
    >>> picture = cg.render(J)
    >>> "u = b × c" in picture.dot and "dJ/du = 3" in picture.dot
    True
    >>> cg.render(J, upto=u)
    <Picture: Computation graph of J: 1 variable, 3 operations, 1 constant>

    Args:
        output: a node, or several; or a tape, such as that of a compiled function, which is drawn as it is.
        path: a file to write, in the format its ending names: one of :data:`compgraph.render.formats.FORMATS`;
            without it nothing is written.
        direction: "LR" to draw from left to right, "TB" from top to bottom.
        theme: "light" for paper and the projector, "dark" for a dark screen.
        detail: "names" to draw names and operations only, "values" for values and derivatives too, "full" for the
            local derivatives on the arrows besides.
        fold: which scopes (``with compgraph.scope(name):``) are drawn as one box, alike ones that follow one another
            as one with their number, "× 12": None for those that have to be where the graph has more than 200 nodes,
            and then what repeats itself outside of scopes too; True for all; False for none; or a name or several.
        arrays: "numbers" to tell a large array by shape, range and mean; "heatmap" or "histogram" to draw it besides,
            in formats that are laid out.
        upto: a node or several, behind which nothing is drawn: only what lies between the output and these.
        names: the variables whose names the picture uses for nodes and constant arrays, by name; without it those of
            the caller. A node's own ``name`` wins over them.

    Returns:
        The picture, which has every format as an attribute (``html`` where ``path`` names a page), can be saved and
        shows itself in notebooks.

    Raises:
        RenderError: as for :meth:`Picture.save`; another direction, theme, detail or arrays; an ``upto`` that the
            output does not depend on; a ``fold`` that is no scope's name.
        ConversionError: an output that is not a node.
        MissingExtraError: what the file's format needs is not installed.
    """
    from compgraph.render.drawing import drawn
    from compgraph.render.names import namespaces

    spaces = namespaces(sys._getframe(1)) if names is None else (names,)
    return drawn(output, path, direction, theme, detail, fold, arrays, upto, spaces)
