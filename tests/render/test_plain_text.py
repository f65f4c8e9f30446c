"""Trees of plain text."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import numpy as np
import pytest
from hypothesis import given

import compgraph as cg
from compgraph.node import Node
from compgraph.render.diagram import diagram
from compgraph.render.plain_text import WIDTH, plain_text
from tests.render.graphs import HOSTILE, lecture, random_graphs, two_layers


def columns(line: str) -> int:
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def test_the_lecture():
    assert plain_text(diagram(cg.Tape(lecture()))) == (
        "Computation graph of J: 3 variables, 3 operations, 1 constant\n"
        "\n"
        "J = 3 × v                             33            dJ/dJ = 1\n"
        "├─ 3\n"
        "└─ v = a + u                          11            dJ/dv = 3\n"
        "   ├─ a                               5             dJ/da = 3\n"
        "   └─ u = b × c                       6             dJ/du = 3\n"
        "      ├─ b                            3             dJ/db = 6\n"
        "      └─ c                            2             dJ/dc = 9\n"
    )


@given(random_graphs())
def test_lines_are_at_most_80_columns_wide_and_safe(outputs):
    picture = diagram(cg.Tape(outputs))
    text = plain_text(picture)
    assert all(columns(line) <= WIDTH for line in text.split("\n"))
    assert not [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cs")]
    assert not set(text) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068")


@given(random_graphs())
def test_every_operation_has_one_tree_with_all_of_its_operands(outputs):
    for node in cg.Tape(outputs):
        node.name = None
    picture = diagram(cg.Tape(outputs))
    lines = plain_text(picture).split("\n")
    stems = [re.match(r"[│ ]*(?:[├└]─ )?", line) for line in lines]
    uses = sum(stem is not None and "─" in stem[0] for stem in stems)
    assert uses == len(picture.arrows)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(name):
    picture = diagram(cg.Tape(cg.Variable(1.0, name)))
    first = picture.boxes[0].lines[0]
    assert plain_text(picture).partition("\n\n")[2].startswith(getattr(first, "text", "?")[:36])


def test_a_long_first_line_is_wrapped_and_nothing_of_it_left_out():
    w = cg.Variable(0.9)
    a: Any = cg.Variable(0.5)
    for _ in range(5_000):
        a = np.tanh(w * a)
    picture = cg.render(a).diagram
    above, _, _ = plain_text(picture).partition("\n\n")
    assert columns(picture.summary) > WIDTH
    assert " ".join(above.split("\n")) == picture.summary


def test_what_is_used_twice_is_told_once():
    x = cg.Variable(2.0, "x")
    y = x * x
    J = y * y + y
    J.name = "J"
    J.backward()
    text = plain_text(diagram(cg.Tape(J)))
    assert text.count("x × x [n1]  …") == 3
    assert text.count("4             dJ/d· = 9") == 1
    assert re.search(r"^x × x \[n1\] +4 ", text, re.MULTILINE)


def test_a_deep_graph_is_cut_into_trees():
    x: Node = cg.Variable(1.0, "x")
    for _ in range(3000):
        x = -x
    lines = plain_text(diagram(cg.Tape(x))).split("\n")
    assert len([line for line in lines if line.endswith("…")]) == pytest.approx(3000 / 8, abs=2)
    assert max(map(columns, lines)) <= WIDTH


def test_matrices_and_notes():
    text = plain_text(diagram(cg.Tape(two_layers())))
    assert "(3, 2) [ −1.265 −0.623 ]\n" in text
    assert "dJ/dW2 = [ −0.0173 −0.1171 −0.0804 ]\n" in text
    assert plain_text(diagram(cg.Tape(lecture(backward=False)))).endswith(
        "\n\nderivatives not computed yet: call J.backward()\n"
    )
