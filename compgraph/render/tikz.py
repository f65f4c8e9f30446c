"""A picture as a standalone LaTeX document, drawn with TikZ at the places of the layout."""

from __future__ import annotations

from compgraph.render.contents import Run
from compgraph.render.palette import Palette
from compgraph.render.placement import Point
from compgraph.render.scene import Group, Polygon, Rectangle, Scene, Shape, Stroke, Writing
from compgraph.render.tex_text import tex_text
from compgraph.render.typesetting import NAME_SIZE, TEXT_SIZE

__all__ = ["tikz_text"]

_LARGEST_SIDE = 16_000.0  # points; TeX knows no length above 16383.99
_POINTS_PER_PIXEL = 0.75

_PREAMBLE = r"""% Drawn by compgraph. Compile with lualatex, xelatex or pdflatex.
\documentclass[border=0pt]{standalone}
\usepackage{iftex}
\usepackage{textcomp}
\usepackage{tikz}
\ifPDFTeX
  \usepackage[T1]{fontenc}
  % a letter that pdfTeX does not know is set as a question mark
  \newcommand\letter[1]{\ifcsname u8:\detokenize{#1}\endcsname #1\else ?\fi}
\else
  \usepackage{fontspec}
  \IfFontExistsTF{DejaVu Sans}{\setsansfont{DejaVu Sans}}{}
  \newcommand\letter[1]{#1}
\fi
\renewcommand\familydefault{\sfdefault}
"""
_ANCHORS = {"start": "base west", "middle": "base", "end": "base east"}


def tikz_text(scene: Scene) -> str:
    r"""Write a picture as a LaTeX document of its own, or to take the ``tikzpicture`` and the colours from.

    >>> from compgraph.render.palette import LIGHT
    >>> text = Writing(10.0, 12.0, "start", (Run("b × c", "plain"),))
    >>> document = tikz_text(Scene(40.0, 20.0, "one", (Group("box", (0.0, 0.0), (text,)),), (), LIGHT))
    >>> [line for line in document.splitlines() if "west" in line]
    ['\\node[anchor=base west] at (10,12) {{\\cgtext\\color{cgname}b \\ensuremath{\\times} c}};']

    With LuaLaTeX or XeLaTeX the text is set in DejaVu Sans where that is installed, in which the boxes are measured;
    LaTeX's own sans serif is narrower and fits as well.

    Args:
        scene: shapes and texts with their places and colours.
    """
    unit = min(_POINTS_PER_PIXEL, _LARGEST_SIDE / max(scene.width, scene.height))
    colours = _Colours(scene.palette)
    body: list[str] = []
    for group in (*scene.graph, *scene.legend):
        body += _group(group, colours)
    size, name_size = (f"{points * unit:.3g}" for points in (TEXT_SIZE, NAME_SIZE))
    ground = f"\\fill[{colours.of(scene.palette.ground)}] (0,0) rectangle ({_n(scene.width)},{_n(scene.height)});"
    picture = [
        f"\\begin{{tikzpicture}}[x={_n(unit)}pt,y=-{_n(unit)}pt,every node/.style={{inner sep=0pt,outer sep=0pt}}]",
        f"\\newcommand\\cgtext{{\\fontsize{{{size}}}{{{size}}}\\selectfont}}",
        f"\\newcommand\\cgtitle{{\\fontsize{{{name_size}}}{{{name_size}}}\\selectfont\\bfseries}}",
        ground,
        *body,
        "\\end{tikzpicture}",
    ]
    lines = [*colours.definitions(), "\\begin{document}", *picture, "\\end{document}"]
    return _PREAMBLE + "\n".join(lines) + "\n"


class _Colours:
    """The colours of a palette by names that TeX can have."""

    def __init__(self, palette: Palette) -> None:
        self.text = palette.text
        self.names: dict[str, str] = {}
        for name, colour in (
            ("ground", palette.ground),
            ("arrow", palette.arrow),
            *palette.text.items(),
            *((f"{kind}fill", colour) for kind, colour in palette.fill.items()),
            *((f"{kind}line", colour) for kind, colour in palette.outline.items()),
        ):
            self.names.setdefault(colour, f"cg{name}")

    def of(self, colour: str) -> str:
        return self.names.setdefault(colour, f"cgshade{len(self.names)}")  # a shade of a heat map

    def definitions(self) -> list[str]:
        return [f"\\definecolor{{{name}}}{{HTML}}{{{colour[1:].upper()}}}" for colour, name in self.names.items()]


def _group(group: Group, colours: _Colours) -> list[str]:
    x, y = group.place
    return [_shape(shape, x, y, colours) for shape in group.shapes]


def _shape(shape: Shape, x: float, y: float, colours: _Colours) -> str:
    def at(point: Point) -> str:
        return f"({_n(point[0] + x)},{_n(point[1] + y)})"

    match shape:
        case Rectangle():
            options = [f"fill={colours.of(shape.fill)}"]
            if shape.outline is not None:
                options += [f"draw={colours.of(shape.outline)}", f"line width={_n(0.75 * shape.line_width)}pt"]
            if shape.dashed:
                options.append("densely dashed")
            if shape.radius:
                options.append(f"rounded corners={_n(0.75 * shape.radius)}pt")
            corners = at((shape.x, shape.y)), at((shape.x + shape.width, shape.y + shape.height))
            return f"\\path[{','.join(options)}] {corners[0]} rectangle {corners[1]};"
        case Stroke():
            path = " -- ".join(map(at, shape.line))
            for i in range(0, len(shape.curve), 3):
                first, second, end = map(at, shape.curve[i : i + 3])
                path += f" .. controls {first} and {second} .. {end}"
            return f"\\draw[{colours.of(shape.colour)},line width={_n(0.75 * shape.line_width)}pt] {path};"
        case Polygon():
            return f"\\fill[{colours.of(shape.fill)}] {' -- '.join(map(at, shape.corners))} -- cycle;"
        case Writing():
            text = "".join(_run(run, colours) for run in shape.runs)
            return f"\\node[anchor={_ANCHORS[shape.anchor]}] at {at((shape.x, shape.y))} {{{text}}};"


def _run(run: Run, colours: _Colours) -> str:
    size = "\\cgtitle" if run.style == "name" else "\\cgtext"
    text = tex_text(run.text)
    spaced = f"\\ {text[1:]}" if text.startswith(" ") else text  # TeX drops spaces at the beginning of a group's line
    return f"{{{size}\\color{{{colours.of(colours.text[run.style])}}}{spaced}}}"


def _n(x: float) -> str:
    return f"{x:.2f}".rstrip("0").rstrip(".") if round(x, 2) else "0"
