"""A picture of a computation graph, in every format."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from compgraph.errors import CompgraphError, RenderError
from compgraph.render.direction import Direction
from compgraph.render.formats import Format, format_of
from compgraph.render.theme import Theme

if TYPE_CHECKING:
    from compgraph.render.diagram import Diagram
    from compgraph.render.palette import Palette
    from compgraph.render.placement import Layout
    from compgraph.render.scene import Scene
    from compgraph.render.typesetting import Typeset

# What makes a format is imported when that format is asked for.

__all__ = ["Path", "Picture"]

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
