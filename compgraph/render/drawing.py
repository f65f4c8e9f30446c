"""What ``render`` does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

import numpy as np

from compgraph.errors import ConversionError, RenderError
from compgraph.node import Node
from compgraph.render.detail import Detail
from compgraph.render.diagram import Diagram, diagram
from compgraph.render.direction import Direction
from compgraph.render.folding import Fold
from compgraph.render.formats import format_of
from compgraph.render.names import names_in
from compgraph.render.page_maker import makers
from compgraph.render.picture import Path, Picture
from compgraph.render.sketch import Arrays
from compgraph.render.theme import Theme
from compgraph.tape import Tape

__all__ = ["drawn"]


def drawn(
    output: Node | Iterable[Node] | Tape,
    path: Path | None,
    direction: Direction,
    theme: Theme,
    detail: Detail,
    fold: Fold,
    arrays: Arrays,
    upto: Node | Iterable[Node],
    spaces: Sequence[Mapping[str, Any]],
) -> Picture:
    """Draw a graph.

    Args:
        output, path, direction, theme, detail, fold, arrays, upto: those of :func:`compgraph.render`.
        spaces: the variables that nodes and constant arrays are named after, nearest first.

    Returns, Raises: as :func:`compgraph.render` does.
    """
    _one_of(Direction, "direction", direction, "'LR' (left to right) or 'TB' (top to bottom)")
    _one_of(Theme, "theme", theme, "'light' or 'dark'")
    _one_of(Detail, "detail", detail, "'names', 'values' or 'full'")
    _one_of(Arrays, "arrays", arrays, "'numbers', 'heatmap' or 'histogram'")
    if path is not None:
        format_of(path)
    tape = _tape(output)
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
