"""The forms a picture can be had in: the one list that files, errors and the documentation go by."""

from __future__ import annotations

import os
from dataclasses import dataclass

from compgraph.errors import RenderError

__all__ = ["FORMATS", "Format", "format_of"]


@dataclass(frozen=True, slots=True)
class Format:
    """One form of a picture.

    Attributes:
        attribute: of :class:`compgraph.render.Picture` that holds it, text or bytes.
        endings: of the files that are written in it, with their dots.
        what: it is, in a few words.
        needs: what has to be installed besides this package; empty where nothing has.
    """

    attribute: str
    endings: tuple[str, ...]
    what: str
    needs: str = ""


FORMATS = (
    Format("svg", (".svg",), "vector graphics for pages and notebooks"),
    Format("html", (".html",), "an interactive page in one file"),
    Format("png", (".png",), "pixels, two for one", "resvg-py"),
    Format("pdf", (".pdf",), "vector graphics for print, with the font in it"),
    Format("tex", (".tex",), "a standalone LaTeX document, drawn with TikZ"),
    Format("txt", (".txt",), "a tree in 80 columns of plain text"),
    Format("dot", (".dot", ".gv"), "the language of Graphviz, not laid out"),
    Format("mermaid", (".mmd", ".mermaid"), "a flowchart in the language of Mermaid, not laid out"),
)
"""Every form, in the order in which errors and tables name them."""


def format_of(path: str | os.PathLike[str]) -> Format:
    """Tell the format of a file from its ending.

    >>> format_of("J.PDF").attribute, format_of("J.gv").attribute
    ('pdf', 'dot')
    >>> format_of("J.jpg")
    Traceback (most recent call last):
    compgraph.errors.RenderError: cannot draw 'J.jpg': its ending must be one of .svg .html .png .pdf ...mermaid

    Args:
        path: of a file, which need not exist.

    Raises:
        RenderError: no format has this ending.
    """
    ending = os.path.splitext(os.fspath(path))[1].lower()
    for form in FORMATS:
        if ending in form.endings:
            return form
    endings = " ".join(ending for form in FORMATS for ending in form.endings)
    raise RenderError(f"cannot draw {os.fspath(path)!r}: its ending must be one of {endings}")
