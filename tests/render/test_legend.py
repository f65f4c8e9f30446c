"""The legend below a picture."""

from __future__ import annotations

import itertools

import pytest

import compgraph as cg
from compgraph.render.diagram import diagram
from compgraph.render.legend import legend
from compgraph.render.typesetting import run_width
from tests.render.graphs import lecture


def test_one_row_where_there_is_room_and_two_where_there_is_not():
    picture = diagram(cg.Tape(lecture()))
    wide, narrow = legend(picture, 1000.0), legend(picture, 100.0)
    assert len({text.y for text in wide.texts}) == 1
    assert len({text.y for text in narrow.texts}) == 2
    assert narrow.height == 2 * wide.height
    assert [text.run for text in narrow.texts] == [text.run for text in wide.texts]


@pytest.mark.parametrize("width", [0.0, 400.0, 1000.0])
@pytest.mark.parametrize("backward", [True, False])
def test_nothing_stands_outside_or_on_anything_else(width, backward):
    key = legend(diagram(cg.Tape(lecture(backward))), width)
    spans = [(text.y, text.x, text.x + run_width(text.run)) for text in key.texts]
    spans += [(sample.y + 4.7, sample.x - sample.width / 2, sample.x + sample.width / 2) for sample in key.samples]
    spans.sort()
    assert all(0 <= left < right <= key.width + 0.1 and 0 < y < key.height for y, left, right in spans)
    for (y, _, right), (next_y, left, _) in itertools.pairwise(spans):
        assert next_y > y or left > right + 3


def test_a_long_note_is_broken_between_words():
    x = cg.Variable(1.0, "x" * 24)
    J = x * x
    J.name = "m" * 24
    J.backward(2.0)
    key = legend(diagram(cg.Tape(J)), 0.0)
    notes = [text.run.text for text in key.texts if text.run.style == "faint"]
    assert len(notes) > 1
    assert " ".join(notes).startswith("grad: what the last backward() left")
