"""Flowcharts that Mermaid reads as they were meant: read back here by its grammar for what is written."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from hypothesis import given

import compgraph as cg
from compgraph.render.diagram import Diagram, box_text, diagram
from compgraph.render.frames import Frame
from compgraph.render.mermaid import mermaid_text
from tests.render.graphs import HOSTILE, lecture, random_graphs, two_layers

LABEL = r'"((?:[^"<>&`\\#;|{}$*_~\[\]!^%?-]|<br/>|#\d+;|[\[\]+])*)"'
NODE = re.compile(rf"    (\w+)(\(\[{LABEL}\]\)|\[{LABEL}\]|\({LABEL}\)):::(\w+)")
ARROW = re.compile(rf"    (\w+) -->(?:\|{LABEL}\|)? (\w+)")
MEMBER = re.compile(r" +(\w+)")
SUBGRAPH = re.compile(rf" +subgraph (\w+)\[{LABEL}\]")
OTHER = re.compile(rf" +(classDef \w+ [\w:#,. -]+|style \w+ [\w:#,-]+|notes\[{LABEL}\])")


def read(label: str) -> list[str]:
    """What Mermaid shows of a label: ``#60;`` is ``&#60;`` to it."""
    return [html.unescape(re.sub(r"#(\d+);", r"&#\1;", line)) for line in label.split("<br/>")]


def read_back(
    text: str,
) -> tuple[dict[str, tuple[str, list[str]]], list[tuple[str, str, str | None]], tuple[Frame, ...]]:
    first, *lines = text.split("\n")
    assert first in ("flowchart LR", "flowchart TB")
    assert lines.pop() == ""
    boxes, arrows = {}, []
    opened = [Frame("", "", (), ())]
    for line in lines:
        if subgraph := SUBGRAPH.fullmatch(line):
            opened.append(Frame(subgraph[1], read(subgraph[2])[0], (), ()))
        elif line.strip() == "end":
            inner = opened.pop()
            opened[-1] = replace(opened[-1], frames=(*opened[-1].frames, inner))
        elif (member := MEMBER.fullmatch(line)) and len(opened) > 1:
            opened[-1] = replace(opened[-1], boxes=(*opened[-1].boxes, member[1]))
        elif node := NODE.fullmatch(line):
            label = next(label for label in node.groups()[2:5] if label is not None)
            boxes[node[1]] = (node[6], read(label))
        elif arrow := ARROW.fullmatch(line):
            arrows.append((arrow[1], arrow[3], arrow[2] and read(arrow[2])[0]))
        else:
            assert OTHER.fullmatch(line), line
    (whole,) = opened
    return boxes, arrows, whole.frames


def check(picture: Diagram) -> None:
    boxes, arrows, frames = read_back(mermaid_text(picture))
    assert frames == picture.frames
    assert boxes == {box.key: (box.kind, box_text(box)) for box in picture.boxes}
    assert arrows == [(arrow.tail, arrow.head, arrow.label) for arrow in picture.arrows]


@given(random_graphs())
def test_any_text_is_read_back(outputs):
    check(diagram(cg.Tape(outputs)))


@pytest.mark.parametrize("name", [*HOSTILE, "1. first", "- item", "# head", "1) one", "+ plus", "`code`", "a;b", "end"])
def test_hostile_names(name):
    check(diagram(cg.Tape(cg.Variable(1.0, name))))


def test_nothing_at_the_beginning_of_a_line_makes_a_list():
    for name in ("1. first", "2) second", "+ third"):
        text = mermaid_text(diagram(cg.Tape(cg.Variable(1.0, name))))
        assert not re.search(r'["/>]\s*(\d+[.)]|[-*+]) ', text)


def test_matrices_direction_notes_and_outputs():
    text = mermaid_text(diagram(cg.Tape(two_layers())), "TB")
    assert text.startswith("flowchart TB\n")
    assert "<br/>dJ/dW2 =<br/>#91;" in text
    assert "    style n18 stroke-width:2px\n" in text
    assert 'notes["derivatives not computed yet' in mermaid_text(diagram(cg.Tape(lecture(backward=False))))
