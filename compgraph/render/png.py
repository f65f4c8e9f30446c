"""SVG as PNG, with the font that comes with the package."""

from __future__ import annotations

import math
from xml.etree import ElementTree

from compgraph.errors import MissingExtraError, RenderError
from compgraph.render.fonts import FILES, covers

__all__ = ["png_bytes"]

_SCALE = 2.0
_MOST_PIXELS = 40e6
_LONGEST_SIDE = 30_000.0


def png_bytes(svg: str) -> bytes:
    """Draw an SVG picture as PNG, two pixels for one (fewer for a very large picture).

    The font files are the package's own, so a picture is the same on every machine; the system's fonts are asked only
    where a text has letters that these lack, such as Chinese ones or emoji.

    >>> svg = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>'
    >>> png_bytes(svg)[:8]
    b'\\x89PNG\\r\\n\\x1a\\n'

    Args:
        svg: a picture as :func:`compgraph.render.svg.svg_text` makes it, its width and height in pixels.

    Raises:
        MissingExtraError: the package resvg-py is not installed.
        RenderError: the picture cannot be drawn.
    """
    try:
        import resvg_py
    except ImportError:
        raise MissingExtraError("drawing PNG", "resvg-py", "render") from None
    try:
        root = ElementTree.fromstring(svg)
        width, height = float(root.get("width", "")), float(root.get("height", ""))
        scale = min(_SCALE, math.sqrt(_MOST_PIXELS / (width * height)), _LONGEST_SIDE / max(width, height))
        return bytes(
            resvg_py.svg_to_bytes(
                svg_string=svg,
                width=max(1, round(scale * width)),
                dpi=96.0,
                font_files=list(FILES),
                font_family="DejaVu Sans",
                sans_serif_family="DejaVu Sans",
                skip_system_fonts=covers("".join(root.itertext())),
            )
        )
    except (ElementTree.ParseError, ArithmeticError, ValueError, RuntimeError) as error:
        raise RenderError(f"the picture could not be drawn as PNG: {error}") from None
