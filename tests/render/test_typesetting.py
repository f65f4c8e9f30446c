"""Where text stands in a box."""

from __future__ import annotations

from hypothesis import given

import compgraph as cg
from compgraph.render.diagram import Box, Line, Matrix, Run, diagram
from compgraph.render.typesetting import Bracket, Cell, Place, Text, run_width, typeset
from tests.render.graphs import random_graphs


@given(random_graphs())
def test_every_piece_stands_inside_its_box(outputs):
    for box in diagram(cg.Tape(outputs), arrays="heatmap").boxes:
        size = typeset(box)
        for piece in size.pieces:
            if isinstance(piece, Bracket):
                left, right, top, bottom = piece.x, piece.x, piece.top, piece.bottom
            elif isinstance(piece, Text):
                width = sum(map(run_width, piece.runs))
                left, right, top, bottom = piece.x - width / 2, piece.x + width / 2, piece.y - 10, piece.y + 3
            elif isinstance(piece, Place):
                left, right = piece.x, piece.x + piece.width
                top, bottom = piece.y, piece.y + piece.height
            else:
                width = run_width(piece.run)
                left = piece.x - width if piece.ends else piece.x
                right, top, bottom = left + width, piece.y - 10, piece.y + 3
            assert -size.width / 2 + 4 <= left
            assert right <= size.width / 2 - 4
            assert -size.height / 2 + 1 <= top
            assert bottom <= size.height / 2 - 1


def test_the_entries_of_a_matrix_end_in_columns_between_its_brackets():
    matrix = Matrix(Run("(2, 2)", "faint"), (("1.00", "−20.50"), ("−3.25", "4.00")), "value")
    pieces = typeset(Box("n0", "variable", False, (Line((Run("W", "name"),)), matrix), "")).pieces
    left, right = (piece for piece in pieces if isinstance(piece, Bracket))
    lead, *entries = (piece for piece in pieces if isinstance(piece, Cell))
    assert [entry.run.text for entry in entries] == ["1.00", "−3.25", "−20.50", "4.00"]
    assert entries[0].x == entries[1].x < entries[2].x == entries[3].x < right.x
    assert lead.x + run_width(lead.run) < left.x < entries[1].x - run_width(entries[1].run)
    assert entries[1].x + 5 < entries[2].x - run_width(entries[2].run), "columns keep apart"
    assert entries[0].y < lead.y < entries[1].y
    assert left.feet > 0 > right.feet


def test_a_box_without_text_still_has_a_size():
    size = typeset(Box("c0", "constant", False, (), ""))
    assert size.width > 0
    assert size.height > 0
