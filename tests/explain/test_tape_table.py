"""The tape as a table: aligned, at most 100 columns wide, long ones cut in the middle."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.check.columns import width
from compgraph.explain import tape as typed_tape
from compgraph.node import Node

tape: Any = typed_tape  # which is also given what it has to refuse


@st.composite
def graphs(draw: st.DrawFn) -> Node:
    """A graph of arrays and numbers under names of any kind."""
    text = st.text(st.characters(codec=None), max_size=80)
    x = cg.Variable(np.full(draw(st.sampled_from([(), (2,), (3, 4), (2, 3, 4)])), 1e-7), name=draw(text))
    nodes: list[Any] = [x]
    for _ in range(draw(st.integers(1, 12))):
        left, right = (
            draw(st.sampled_from(nodes)),
            draw(st.sampled_from([*nodes, 2.5, np.arange(24.0).reshape(2, 3, 4)])),
        )
        made = np.tanh(left) if draw(st.booleans()) or np.shape(right) == (2, 3, 4) else left * right
        made.name = draw(st.none() | text)
        nodes.append(made)
    return np.sum(nodes[-1])


@given(graphs(), st.booleans())
def test_every_table_is_aligned_and_fits(output: Node, backward: bool) -> None:
    if backward:
        output.backward()
    table = tape(output)
    _, rule, *lines = str(table).split("\n\n")[0].splitlines()
    assert all(width(line) <= 100 for line in str(table).splitlines())
    assert len(table.rows) == len(lines) == len(cg.Tape(output))
    starts = [i for i, sign in enumerate(rule) if sign == "-" and (i == 0 or rule[i - 1] == " ")]
    assert len(starts) == 7
    for row, node in zip(table.rows, cg.Tape(output), strict=True):
        assert row[4] == str(node.shape)
        assert (row[6] != "") == backward
    assert ElementTree.fromstring(f"<div>{table._repr_html_()}</div>").find("table") is not None


def test_the_lecture() -> None:
    a, b, c = cg.variables(a=5.0, b=3.0, c=2.0)
    u = b * c
    J = 3 * (a + u)
    assert str(tape(J)).splitlines() == [
        "#  name  op        inputs  shape  value  grad",
        "-  ----  --------  ------  -----  -----  ----",
        "1  a     variable          ()         5",
        "2  b     variable          ()         3",
        "3  c     variable          ()         2",
        "4  u     multiply  b, c    ()         6",
        "5  v5    add       a, u    ()        11",
        "6  J     multiply  3, v5   ()        33",
        "",
        "Derivatives are not computed yet: call J.backward() first.",
    ]
    J.backward()
    assert [row[6] for row in tape(J).rows] == ["3", "6", "9", "3", "3", "1"]
    assert tape(J).head[6] == "dJ/d·"


def test_derivatives_of_another_output_are_not_called_this_ones() -> None:
    x = cg.Variable(2.0)
    y = x * x
    J = y + 1
    y.backward()
    table = tape(J)
    assert table.head[6] == "grad"
    assert [row[6] for row in table.rows] == ["4", "1", ""]
    assert table.notes == (
        "grad: what the last backward() left, started from another node or with another seed than 1.",
        "Blank: no backward() has reached that node.",
    )


def test_a_long_tape_is_left_out_in_the_middle_with_its_number() -> None:
    x: Any = cg.Variable(0.5)
    y = x
    for _ in range(99):
        y = np.sin(y)
    table = tape(y, most_rows=7)
    assert [row[0] for row in table.rows] == ["1", "2", "3", "4", "98", "99", "100"]
    assert table.left_out == 93
    assert str(table).splitlines()[6].split() == ["…", "93", "more"]
    assert repr(table) == "<TapeTable of 100 nodes>"
    assert tape(y, most_rows=100).left_out == 0
    assert tape(x).rows[0][1] == "x"


def test_long_names_are_cut_where_a_table_would_be_too_wide() -> None:
    x = cg.Variable(np.full((2, 3, 4, 5), 1e-123), name="损失" * 30)
    w = cg.Variable(np.linspace(-1.23456e-7, 9.87654e8, 120).reshape(2, 3, 4, 5), name="a_very_long_name_indeed" * 3)
    J = np.sum(cg.binary_cross_entropy_with_logits(x * w, np.ones((2, 3, 4, 5))))
    J.backward()
    lines = str(tape(J)).splitlines()
    assert max(map(width, lines)) == 100
    assert "(2, 3, 4, 5)" in lines[2]
    assert "…" in lines[2]


def test_several_outputs_a_tape_and_constant_arrays() -> None:
    x = cg.Variable(np.ones((2, 3)))
    targets = np.zeros((2, 3))
    y, z = x - targets, x * np.full((2, 3), 2.0)
    assert [row[3] for row in tape([y, z]).rows] == ["", "x, targets", "x, array(2, 3)"]
    assert str(tape(cg.Tape([y, z]))) == str(tape([y, z]))


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: tape(3.0), cg.errors.ConversionError, "not behind float"),
        (lambda: tape([3.0]), cg.errors.ConversionError, "made of nodes"),
        (lambda: tape(cg.Variable(1.0), most_rows=1), cg.errors.SettingError, "most_rows=1"),
    ],
)
def test_what_has_no_tape_is_refused(call: Any, kind: Any, message: str) -> None:
    with pytest.raises(kind, match=message):
        call()
