"""A figure of matplotlib, written to a file all at once."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

from compgraph.errors import RenderError
from compgraph.render.files import write_at_once

__all__ = ["save"]


def save(figure: Any, path: str | os.PathLike[str]) -> None:
    """Write a figure in the form that the file's ending says.

    Args:
        figure: a figure of matplotlib.
        path: the file, such as ``errors.png``; what was there is replaced only when all is written.

    Raises:
        RenderError: the ending is none that matplotlib knows, or the file cannot be written.
    """
    ending = Path(path).suffix.lower().removeprefix(".") or "png"
    known = figure.canvas.get_supported_filetypes()
    if ending not in known:
        raise RenderError(f"cannot write {os.fspath(path)!r}: {ending!r} is not one of {', '.join(sorted(known))}")
    picture = io.BytesIO()
    figure.savefig(picture, format=ending)
    write_at_once(path, picture.getvalue())
