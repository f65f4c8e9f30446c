"""``render``: a computation graph as a picture, shown in a notebook or written to a file."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from compgraph.errors import CompgraphError, ConversionError, RenderError
from compgraph.node import Node
from compgraph.render.detail import Detail
from compgraph.render.direction import Direction
from compgraph.render.folding import Fold
from compgraph.render.formats import Format, format_of
from compgraph.render.names import names_in, namespaces
from compgraph.render.notice import LayoutWarning
from compgraph.render.page_maker import makers
from compgraph.render.sketch import Arrays
from compgraph.render.theme import Theme
from compgraph.tape import Tape

if TYPE_CHECKING:
    from compgraph.render.diagram import Diagram
    from compgraph.render.palette import Palette
    from compgraph.render.placement import Layout
    from compgraph.render.scene import Scene
    from compgraph.render.typesetting import Typeset

# What draws is imported by what is asked for, below: `import compgraph` would take half as long again with it.

__all__ = ["Picture", "render"]

Path = str | os.PathLike[str]
_MOST_SHOWN = 60


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
        theme: "light" or "dark".
        page: the interactive page of the same graph, where it was asked for.

    Attributes:
        diagram: what is drawn, as data.
        direction: as given.
        theme: as given.
    """

    def __init__(
        self, diagram: Diagram, direction: Direction = "LR", theme: Theme = "light", page: str | None = None
    ) -> None:
        self.diagram = diagram
        self.direction = direction
        self.theme = theme
        self._page = page

    @cached_property
    def svg(self) -> str:
        """The picture as SVG text, laid out as :func:`compgraph.render.layout.layout` says."""
        from compgraph.render.svg import svg_text

        return svg_text(self._scene)

    @cached_property
    def png(self) -> bytes:
        """The picture as PNG; needs the package resvg-py."""
        from compgraph.render.png import png_bytes

        return png_bytes(self.svg)

    @cached_property
    def pdf(self) -> bytes:
        """The picture as PDF, with the font in it."""
        from compgraph.render.pdf import pdf_bytes

        return pdf_bytes(self._scene)

    @cached_property
    def tex(self) -> str:
        """The picture as a standalone LaTeX document, drawn with TikZ."""
        from compgraph.render.tikz import tikz_text

        return tikz_text(self._scene)

    @cached_property
    def txt(self) -> str:
        """The picture as a tree of plain text, at most 80 columns wide."""
        from compgraph.render.plain_text import plain_text

        return plain_text(self.diagram)

    @cached_property
    def dot(self) -> str:
        """The picture as DOT text, for Graphviz; it is not laid out."""
        from compgraph.render.dot import dot_text
        from compgraph.render.palette import PALETTES

        return dot_text(self.diagram, self.direction, PALETTES[self.theme])

    @cached_property
    def mermaid(self) -> str:
        """The picture as a flowchart of Mermaid; it is not laid out."""
        from compgraph.render.mermaid import mermaid_text
        from compgraph.render.palette import PALETTES

        return mermaid_text(self.diagram, self.direction, PALETTES[self.theme])

    @property
    def html(self) -> str:
        """The interactive page, as one HTML file; of a picture that was drawn for one: ``render(J, "j.html")``.

        Raises:
            RenderError: it was not. A page tells more of the graph than a picture keeps.
        """
        if self._page is None:
            raise RenderError(
                "this picture was drawn without its page, which is made from the graph itself: "
                'name the file when you draw it, render(output, "graph.html")'
            )
        return self._page

    @property
    def _scene(self) -> Scene:
        from compgraph.render.palette import PALETTES

        return self.scene(PALETTES[self.theme])

    def scene(self, palette: Palette) -> Scene:
        """The picture as shapes and texts with their places, in colours of one's own."""
        from compgraph.render.scene import scene

        diagram, boxes, plan = self._laid_out
        return scene(diagram, boxes, plan, palette)

    @property
    def notes(self) -> tuple[str, ...]:
        """The sentences below the picture."""
        return self._laid_out[0].notes

    @cached_property
    def _laid_out(self) -> tuple[Diagram, dict[str, Typeset], Layout]:
        from compgraph.render.layout import layout
        from compgraph.render.scene import label_size
        from compgraph.render.typesetting import typeset

        diagram = self.diagram
        boxes = {box.key: typeset(box) for box in diagram.boxes}
        sizes = {key: (box.width, box.height) for key, box in boxes.items()}
        arrows = [(arrow.tail, arrow.head) for arrow in diagram.arrows]
        labels = {place: label_size(arrow.label) for place, arrow in enumerate(diagram.arrows) if arrow.label}
        plan = layout(sizes, arrows, self.direction, labels, diagram.frames)
        if plan.note:
            diagram = replace(diagram, notes=(*diagram.notes, plan.note))
        return diagram, boxes, plan

    def save(self, path: Path) -> None:
        """Write the picture to a file, in the format its ending names.

        >>> import tempfile
        >>> import compgraph as cg
        >>> x = cg.Variable(2.0)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     cg.render(x * x).save(folder + "/square.dot")

        Args:
            path: with an ending of :data:`compgraph.render.formats.FORMATS`. An existing file is replaced, all at once.

        Raises:
            RenderError: another ending; a folder that does not exist; a target that cannot be written.
            MissingExtraError: what the format needs is not installed.
        """
        from compgraph.render.files import write_at_once

        write_at_once(path, self._as(format_of(path)))

    def _as(self, form: Format) -> bytes:
        drawn: str | bytes = getattr(self, form.attribute)
        return drawn.encode() if isinstance(drawn, str) else drawn

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


def render(
    output: Node | Iterable[Node] | Tape,
    path: Path | None = None,
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
    from compgraph.render.diagram import diagram

    _one_of(Direction, "direction", direction, "'LR' (left to right) or 'TB' (top to bottom)")
    _one_of(Theme, "theme", theme, "'light' or 'dark'")
    _one_of(Detail, "detail", detail, "'names', 'values' or 'full'")
    _one_of(Arrays, "arrays", arrays, "'numbers', 'heatmap' or 'histogram'")
    if path is not None:
        format_of(path)
    tape = _tape(output)
    spaces = namespaces(sys._getframe(1)) if names is None else (names,)
    ends = Tape(upto).outputs

    def draw(named: Mapping[int, str], fold: Fold = fold) -> Diagram:
        return diagram(tape, named, upto=ends, detail=detail, fold=fold, arrays=arrays, reminds=output is not tape)

    if path is not None and format_of(path).attribute == "html":
        picture = makers[0](tape, spaces, ends, draw, direction, theme)
    else:
        constants = [x for node in tape for x in node.inputs if isinstance(x, np.ndarray)]
        picture = Picture(draw(names_in([*tape, *constants], *spaces)), direction, theme)
    if path is not None:
        picture.save(path)
    return picture


def _one_of(choices: Any, what: str, given: Any, remedy: str) -> None:
    if given not in get_args(choices):
        raise RenderError(f"{what}={given!r}: give {remedy}")


def _tape(output: Any) -> Tape:
    if not isinstance(output, (Node, Iterable)):
        raise ConversionError(
            f"render draws nodes, not {type(output).__name__}: does the output depend on a Variable at all?"
        )
    tape = output if isinstance(output, Tape) else Tape(output)
    if not tape.outputs:
        raise RenderError("there is nothing to draw: the list of outputs is empty")
    return tape


def _in_notebook(self: Node, include: Any = None, exclude: Any = None) -> dict[str, str]:
    """A node at the end of a notebook's cell: its picture where its graph is small and the front end shows pictures."""
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
