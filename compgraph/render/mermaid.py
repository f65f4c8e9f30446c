"""A diagram as a flowchart of Mermaid, which GitHub, GitLab and many notebooks draw from the text."""

from __future__ import annotations

from compgraph.render.contents import Diagram, box_text
from compgraph.render.direction import Direction
from compgraph.render.frames import Frame
from compgraph.render.palette import LIGHT, Palette

__all__ = ["mermaid_text"]

_SHAPES = {"variable": '(["{}"])', "operation": '["{}"]', "constant": '("{}")', "folded": '[["{}"]]'}
_PLAIN = set(" ()=/,.:+@'…")


def mermaid_text(diagram: Diagram, direction: Direction = "LR", palette: Palette = LIGHT) -> str:
    """Write a diagram as a flowchart of Mermaid.

    >>> from compgraph.render.contents import Box, Line, Run
    >>> box = Box("n0", "variable", True, (Line((Run('a "b" <c>', "name"),)), Line((Run("5", "value"),))), "")
    >>> print(mermaid_text(Diagram((box,), (), None, (), "")))
    flowchart LR
        n0(["a #34;b#34; #60;c#62;<br/>5"]):::variable
        classDef variable fill:#e3f3ec,stroke:#00805c,color:#14181c
        classDef operation fill:#ffffff,stroke:#4a5560,color:#14181c
        classDef constant fill:#f0f0f0,stroke:#8a929a,color:#14181c,stroke-dasharray:3 2
        classDef folded fill:#e8eef5,stroke:#3d5a80,color:#14181c
        style n0 stroke-width:2px
    <BLANKLINE>

    What means something to Mermaid, to HTML or to Markdown is written by its number. Mermaid draws about 500 arrows
    unless it is told to draw more (``maxEdges``).

    Args:
        diagram: what to draw.
        direction: "LR" to draw from left to right, "TB" from top to bottom.
        palette: the colours of boxes.
    """
    lines = [f"flowchart {direction}"]
    for box in diagram.boxes:
        lines.append(f"    {box.key}{_SHAPES[box.kind].format(_label(box_text(box)))}:::{box.kind}")
    for frame in diagram.frames:
        lines += _subgraph(frame, palette, "    ")
    for arrow in diagram.arrows:
        label = f'|"{_escaped(arrow.label)}"|' if arrow.label else ""
        lines.append(f"    {arrow.tail} -->{label} {arrow.head}")
    if diagram.notes:
        lines.append(f'    notes["{_label(list(diagram.notes))}"]')
        lines.append(f"    style notes fill:none,stroke:none,color:{palette.text['faint']}")
    for kind, fill in palette.fill.items():
        dashes = ",stroke-dasharray:3 2" if kind == "constant" else ""
        colours = f"fill:{fill},stroke:{palette.outline[kind]},color:{palette.text['plain']}"
        lines.append(f"    classDef {kind} {colours}{dashes}")
    lines += [f"    style {box.key} stroke-width:2px" for box in diagram.boxes if box.is_output]
    return "\n".join(lines) + "\n"


def _subgraph(frame: Frame, palette: Palette, indent: str) -> list[str]:
    lines = [f'{indent}subgraph {frame.key}["{_escaped(frame.title)}"]']
    lines += [f"{indent}    {key}" for key in frame.boxes]
    for inner in frame.frames:
        lines += _subgraph(inner, palette, indent + "    ")
    colours = f"fill:none,stroke:{palette.outline['folded']},color:{palette.text['scope']}"
    return [*lines, f"{indent}end", f"{indent}style {frame.key} {colours}"]


def _label(lines: list[str]) -> str:
    return "<br/>".join(map(_escaped, lines))


def _escaped(text: str) -> str:
    """Letters, digits and a few signs as they are; at the beginning of a line signs too may make a list or heading."""
    letters = [letter if _is_plain(letter) else f"#{ord(letter)};" for letter in text]
    start = len(text) - len(text.lstrip(" 0123456789"))
    if start < len(text) and text[start] in ".)+=:":
        letters[start] = f"#{ord(text[start])};"
    return "".join(letters)


def _is_plain(letter: str) -> bool:
    return letter.isalnum() or letter in _PLAIN or not letter.isascii()
