"""What a picture shows of a tape."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.errors import RenderError
from compgraph.node import Node
from compgraph.render.part import part_of
from tests.render.graphs import random_graphs


@given(random_graphs(), st.data())
def test_a_node_is_drawn_if_an_output_reaches_it_without_passing_an_end(outputs, data):
    tape = cg.Tape(outputs)
    upto = data.draw(st.lists(st.sampled_from(tape.nodes), max_size=3, unique_by=id))
    part = part_of(tape, upto)
    stops = {id(node) for node in upto}
    drawn = {id(node) for node in tape.outputs}
    for node in reversed(tape.nodes):
        if id(node) in drawn and id(node) not in stops:
            drawn |= {id(x) for x in node.inputs if isinstance(x, Node)}
    if not upto:
        drawn = {id(node) for node in tape}
    assert [id(node) for node in part.nodes] == [id(node) for node in tape if id(node) in drawn]
    assert {id(node) for node in part.ends} == {id(n) for n in upto if n.op is not None and id(n) in drawn}


def test_a_node_of_another_graph_is_refused():
    x = cg.Variable(1.0)
    with pytest.raises(RenderError, match="upto= has the node 'y', which nothing that is drawn depends on"):
        part_of(cg.Tape(x * 2), [cg.Variable(1.0, "y")])
