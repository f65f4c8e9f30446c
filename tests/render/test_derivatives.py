"""Whose derivatives the nodes carry."""

from __future__ import annotations

import numpy as np
from hypothesis import given

import compgraph as cg
from compgraph.render.derivatives import differentiated_output
from tests.render.graphs import random_graphs, two_layers


@given(random_graphs())
def test_the_output_that_was_differentiated_last_is_found(outputs):
    scalars = [output for output in outputs if output.size == 1]
    for output in scalars:
        output.backward()
        found = differentiated_output(cg.Tape(output))
        assert found is output
        again = differentiated_output(cg.Tape(outputs))
        assert again is not None
        if again is not output:  # two outputs may have the same derivatives: the later one is named
            nodes = list(cg.Tape(again))
            for node, gradient in zip(nodes, cg.gradients(again, nodes), strict=True):
                assert np.array_equal(node.grad, gradient)


def test_nothing_was_differentiated():
    x = cg.Variable(2.0)
    assert differentiated_output(cg.Tape(x * x)) is None


def test_a_later_backward_of_another_node_is_noticed():
    a, b = cg.variables(a=2.0, b=3.0)
    J = a * b
    J.backward()
    (5 * b).backward()  # b carries another derivative now; a still carries J's
    assert differentiated_output(cg.Tape(J)) is None


def test_another_seed_is_noticed():
    x = cg.Variable(2.0)
    J = x * x
    K = 2 * J
    K.backward()
    assert differentiated_output(cg.Tape(J)) is None
    assert differentiated_output(cg.Tape([J, K])) is K
    J.backward(3.0)
    assert differentiated_output(cg.Tape(J)) is None


def test_an_output_of_several_entries_has_no_derivative_to_speak_of():
    x = cg.Variable([1.0, 2.0])
    y = x * x
    y.backward(np.ones(2))
    assert differentiated_output(cg.Tape(y)) is None


def test_arrays():
    assert differentiated_output(cg.Tape(J := two_layers())) is J
