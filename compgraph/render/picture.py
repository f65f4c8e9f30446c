"""``render``: a computation graph as a picture, shown in a notebook or written to a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from compgraph.errors import CompgraphError, ConversionError, RenderError
from compgraph.node import Node
from compgraph.render.direction import Direction
from compgraph.render.names import names_in, namespaces
from compgraph.tape import Tape

if TYPE_CHECKING:
    from compgraph.render.diagram import Diagram

# What draws is imported by what is asked for, below: `import compgraph` would take half as long again with it.

__all__ = ["Picture", "render"]

Path = str | os.PathLike[str]


class Picture:
    """A picture of a computation graph, drawn when it is asked for.

    >>> import compgraph as cg
    >>> a, b = cg.variables(a=5.0, b=3.0)
    >>> J = a * b
    >>> picture = cg.render(J)
    >>> picture
    <Picture: Computation graph of J: 2 variables, 1 operation, 0 constants>
    >>> picture.svg.startswith("<svg"), picture.dot.startswith("digraph")
    (True, True)

    It holds text only: what is done to the graph later does not change it. At the end of a notebook's cell it shows
    itself.

    Args:
        diagram: what is drawn.
        direction: "LR" for left to right, "TB" for top to bottom.

    Attributes:
        diagram: what is drawn, as data.
        direction: as given.
    """

    def __init__(self, diagram: Diagram, direction: Direction = "LR") -> None:
        self.diagram = diagram
        self.direction = direction

    @cached_property
    def dot(self) -> str:
        """The picture as DOT text; needs nothing but this package."""
        from compgraph.render.dot import dot_text

        return dot_text(self.diagram, self.direction)

    @cached_property
    def svg(self) -> str:
        """The picture as SVG text; needs Graphviz in either form (see :func:`compgraph.render.layout.layout`)."""
        from compgraph.render.layout import layout
        from compgraph.render.svg import svg_text
        from compgraph.render.typesetting import typeset

        boxes = {box.key: typeset(box) for box in self.diagram.boxes}
        sizes = {key: (box.width, box.height) for key, box in boxes.items()}
        arrows = [(arrow.tail, arrow.head) for arrow in self.diagram.arrows]
        return svg_text(self.diagram, boxes, layout(sizes, arrows, self.direction))

    @cached_property
    def png(self) -> bytes:
        """The picture as PNG; needs besides what SVG needs the package resvg-py."""
        from compgraph.render.png import png_bytes

        return png_bytes(self.svg)

    def save(self, path: Path) -> None:
        """Write the picture to a file, in the format its ending names.

        >>> import tempfile
        >>> import compgraph as cg
        >>> x = cg.Variable(2.0)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     cg.render(x * x).save(folder + "/square.dot")

        Args:
            path: ending in .svg, .png, .dot or .gv. An existing file is replaced, all at once.

        Raises:
            RenderError: another ending; a folder that does not exist; a target that cannot be written; no layout.
            MissingExtraError: what the format needs is not installed.
        """
        from compgraph.render.files import write_at_once

        write_at_once(path, _form(path)(self))

    def _repr_svg_(self) -> str | None:
        try:
            return self.svg
        except CompgraphError:
            return None

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        try:
            return {"image/svg+xml": self.svg, "text/plain": repr(self)}
        except CompgraphError as error:  # a cell's result is still worth its one line, and the reason
            return {"text/plain": f"{self!r}\n{error}"}

    def __repr__(self) -> str:
        return f"<Picture: {self.diagram.summary}>"


_FORMS: Mapping[str, Callable[[Picture], bytes]] = {
    ".svg": lambda picture: picture.svg.encode(),
    ".png": lambda picture: picture.png,
    ".dot": lambda picture: picture.dot.encode(),
    ".gv": lambda picture: picture.dot.encode(),
}


def render(
    output: Node | Iterable[Node],
    path: Path | None = None,
    *,
    direction: Direction = "LR",
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

    Args:
        output: a node, or several.
        path: a file to write, ending in .svg, .png, .dot or .gv; without it nothing is written.
        direction: "LR" to draw from left to right, "TB" from top to bottom.
        names: the variables whose names the picture uses for nodes and constant arrays, by name; without it those of
            the caller. A node's own ``name`` wins over them.

    Returns:
        The picture, which has the forms ``.dot``, ``.svg`` and ``.png``, can be saved and shows itself in notebooks.

    Raises:
        RenderError: as for :meth:`Picture.save`; or another direction.
        ConversionError: an output that is not a node.
        MissingExtraError: what the file's format needs is not installed.
    """
    from compgraph.render.diagram import diagram

    if direction not in get_args(Direction):
        raise RenderError(f"direction={direction!r}: give 'LR' (left to right) or 'TB' (top to bottom)")
    if path is not None:
        _form(path)
    tape = _tape(output)
    spaces = namespaces(sys._getframe(1)) if names is None else (names,)
    constants = [x for node in tape for x in node.inputs if isinstance(x, np.ndarray)]
    picture = Picture(diagram(tape, names_in([*tape, *constants], *spaces)), direction)
    if path is not None:
        picture.save(path)
    return picture


def _tape(output: Any) -> Tape:
    if not isinstance(output, (Node, Iterable)):
        raise ConversionError(
            f"render draws nodes, not {type(output).__name__}: does the output depend on a Variable at all?"
        )
    tape = Tape(output)
    if not tape.outputs:
        raise RenderError("there is nothing to draw: the list of outputs is empty")
    return tape


def _form(path: Path) -> Callable[[Picture], bytes]:
    ending = os.path.splitext(os.fspath(path))[1].lower()
    form = _FORMS.get(ending)
    if form is None:
        raise RenderError(f"cannot draw {os.fspath(path)!r}: its ending must be one of {' '.join(_FORMS)}")
    return form
