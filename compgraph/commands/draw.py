"""``compgraph render``: the picture of a formula, or of a node or function in a file of one's own."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Sequence
from typing import Any

from compgraph.commands.asked_graph import AskedGraph, asked_graph
from compgraph.commands.warnings_told import warnings_told
from compgraph.errors import UseError
from compgraph.render import render
from compgraph.render.direction import Direction
from compgraph.render.formats import format_of

__all__ = ["draw"]

STDOUT = "-"

_BEGINNINGS = (
    b"\x89PNG\r\n\x1a\n",
    b"%PDF-",
    b"<svg ",
    b"digraph compgraph ",
    b"% Drawn by compgraph",
    b"flowchart LR\n    n0",
    b"flowchart TB\n    n0",
    b"Computation graph of ",
)
"""How the files begin that are pictures."""
_TITLE = b"<title>Computation graph of "
"""What stands near the beginning of one that is a page."""
_LOOKED_AT = 2000


def draw(
    asked: str, at: Sequence[str], out: str | None, *, direction: Direction = "LR", seed: int = 0, **look: Any
) -> int:
    """Draw a graph with its values and derivatives.

    Args:
        asked: a formula or ``FILE.py:NAME`` (see :func:`compgraph.commands.asked_graph.asked_graph`).
        at: values, each ``name=value``.
        out: the file to write; None or ``-`` prints the picture as plain text.
        direction: of the drawing.
        seed: of the arguments that are drawn for a function.
        look: what else :func:`compgraph.render.render` takes, ``theme`` and ``detail``.

    Returns:
        The exit code, 0.

    Raises:
        UseError: nothing can be drawn of what is asked, or the file is somebody's.
        RenderError: the file's ending is none of a picture, or it cannot be written.
        MissingExtraError: what draws it is not installed.
    """
    if out is not None and out != STDOUT:
        format_of(out)
        _check_out(out)
    graph = asked_graph(asked, at, seed)
    with warnings_told():
        _differentiate(graph)
        path = None if out is None or out == STDOUT else out
        picture = render(graph.output, path, direction=direction, names=graph.names, **look)
        said = picture.txt.rstrip("\n") if path is None else f"{path}: {picture.diagram.summary}"
    print(said)
    if graph.output.shape != () and not graph.is_theirs:
        what = f"the output has shape {graph.output.shape}, and derivatives are of one number"
        print(f"no derivatives: {what}, such as its sum", file=sys.stderr)
    return 0


def _differentiate(graph: AskedGraph) -> None:
    """Compute the derivatives, where that is for us to do and there are any."""
    if not graph.is_theirs and graph.output.shape == ():
        graph.output.backward()


def _check_out(path: str) -> None:
    """Make sure, before anything is run, that no file but a picture is written over."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return  # what cannot be written to is refused when it is
        with open(path, "rb") as file:
            beginning = file.read(_LOOKED_AT)
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise UseError(f"cannot write {path!r}: {getattr(error, 'strerror', None) or error}") from None
    if beginning and not beginning.startswith(_BEGINNINGS) and _TITLE not in beginning:
        raise UseError(f"{path!r} is there and is no picture of a graph: choose another file with -o")
