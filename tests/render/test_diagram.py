"""What is on a picture."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given

import compgraph as cg
from compgraph.node import Node
from compgraph.render.diagram import Box, Diagram, Line, Matrix, diagram
from tests.render.graphs import lecture, random_graphs, two_layers


def texts(box: Box) -> list[str]:
    return [line.text if isinstance(line, Line) else line.lead.text for line in box.lines]


def drawn(picture: Diagram) -> dict[str, list[str]]:
    return {texts(box)[0]: texts(box)[1:] for box in picture.boxes}


def test_the_picture_of_the_lecture():
    assert drawn(diagram(cg.Tape(lecture()))) == {
        "a": ["5", "dJ/da = 3"],
        "b": ["3", "dJ/db = 6"],
        "c": ["2", "dJ/dc = 9"],
        "u = b × c": ["6", "dJ/du = 3"],
        "v = a + u": ["11", "dJ/dv = 3"],
        "3": [],
        "J = 3 × v": ["33", "dJ/dJ = 1"],
    }


def test_kinds_and_outputs():
    J = lecture()
    boxes = {texts(box)[0][0]: box for box in diagram(cg.Tape(J)).boxes}
    assert {name: box.kind for name, box in boxes.items()} == {
        "a": "variable",
        "b": "variable",
        "c": "variable",
        "u": "operation",
        "v": "operation",
        "J": "operation",
        "3": "constant",
    }
    assert [name for name, box in boxes.items() if box.is_output] == ["J"]


def test_before_the_reverse_pass_the_picture_says_so_and_shows_no_zeros():
    picture = diagram(cg.Tape(lecture(backward=False)))
    assert drawn(picture)["v = a + u"] == ["11"]
    assert picture.notes == ("derivatives not computed yet: call J.backward()",)
    assert picture.derivative is None
    assert diagram(cg.Tape(lecture())).notes == ()


@given(random_graphs())
def test_every_node_is_drawn_once_and_every_use_has_an_arrow(outputs):
    tape = cg.Tape(outputs)
    picture = diagram(tape)
    keys = [box.key for box in picture.boxes]
    assert len(set(keys)) == len(keys)
    assert [key for key in keys if key.startswith("n")] == [f"n{i}" for i in range(len(tape))]
    arrows = Counter((arrow.tail, arrow.head) for arrow in picture.arrows)
    order = {node: f"n{i}" for i, node in enumerate(tape)}
    for node in tape:
        for x in set(filter(lambda x: isinstance(x, Node), node.inputs)):
            assert arrows[order[x], order[node]] == sum(y is x for y in node.inputs)
    heads = Counter(arrow.head for arrow in picture.arrows)
    assert heads == Counter({order[node]: len(node.inputs) for node in tape if node.inputs})
    numbers = sum(not isinstance(x, (Node, np.ndarray)) for node in tape for x in node.inputs)
    arrays = {id(x) for node in tape for x in node.inputs if isinstance(x, np.ndarray)}
    assert len(keys) == len(tape) + numbers + len(arrays)
    places = {key: place for place, key in enumerate(keys)}
    assert all(places[arrow.tail] < places[arrow.head] for arrow in picture.arrows)


def test_a_constant_array_is_drawn_once_and_a_number_at_each_use():
    K = np.arange(2.0)
    x = cg.Variable([1.0, 2.0], "x")
    picture = diagram(cg.Tape(2 * (2 * (x * K) + K)), {id(K): "K"})
    assert Counter(texts(box)[0] for box in picture.boxes if box.kind == "constant") == {"K": 1, "2": 2}


def test_names_given_win_over_names_found():
    x = cg.Variable(1.0, "given")
    y = cg.Variable(1.0)
    found = {id(x): "found", id(y): "y"}
    assert list(drawn(diagram(cg.Tape(x * y), found))) == ["given", "y", "output = given × y"]


def test_operands_without_a_name():
    x = cg.Variable(2.0, "x")
    title = list(drawn(diagram(cg.Tape(-((x + 1) * np.log(x + 2))))))
    assert title[-2:] == ["(x + 1) × log(x + 2)", "output = −((x + 1) × log(x + 2))"]
    title = list(drawn(diagram(cg.Tape(-((x + 1) * np.log(np.exp(x) + 2))))))
    assert title[-2:] == ["(x + 1) × log(exp(x) + 2)", "output = −·"]
    anonymous = diagram(cg.Tape(cg.Variable(1.0) * cg.Variable(2.0)))
    assert list(drawn(anonymous)) == ["variable", "output = · × ·"]


def test_a_chain_without_names_takes_no_deep_recursion():
    x: Node = cg.Variable(1.0)
    for _ in range(3000):
        x = x + 1.0
    assert len(diagram(cg.Tape(x)).boxes) == 6001


def test_small_arrays_in_full_and_large_ones_as_shape_and_range():
    by_name = {texts(box)[0]: box for box in diagram(cg.Tape(two_layers(m=400))).boxes}
    _, value, derivative = by_name["W2"].lines
    assert isinstance(value, Matrix)
    assert isinstance(derivative, Matrix)
    assert value.lead.text == "(1, 3)"
    assert derivative.lead.text == "dJ/dW2 ="
    assert (len(value.rows), len(value.rows[0])) == (1, 3)
    (large,) = [box for name, box in by_name.items() if name.startswith("tanh")]
    assert texts(large)[1].startswith("(3, 400)  −1 … ")
    assert " … " in texts(large)[2]


def test_several_outputs_of_which_one_was_differentiated():
    a, b = cg.variables(a=5.0, b=3.0)
    J, K = a * a, a * b
    J.name, K.name = "J", "K"
    J.backward()
    assert drawn(diagram(cg.Tape([J, K]))) == {
        "a": ["5", "dJ/da = 10"],
        "b": ["3"],
        "J = a × a": ["25", "dJ/dJ = 1"],
        "K = a × b": ["15"],
    }


def test_derivatives_of_something_else_are_not_called_those_of_the_output():
    a = cg.Variable(5.0, "a")
    J, K = a * 2, a * 3
    J.name = "J"
    J.backward()
    K.backward()
    picture = diagram(cg.Tape(J))
    assert drawn(picture)["a"] == ["5", "grad = 3"]
    assert picture.derivative == "grad"
    assert "another node" in picture.notes[0]


def test_the_description_is_the_whole_truth_in_words():
    x = cg.Variable(1 / 3, "x")
    y = x * np.ones((50, 2), np.float32)
    picture = diagram(cg.Tape(y.sum()))
    assert picture.boxes[0].description == "x: variable\nvalue 0.3333333333333333"
    assert picture.boxes[1].description == "constant: float32 (50, 2): all 1"
    assert picture.summary == "Computation graph of output: 1 variable, 2 operations, 1 constant"


@pytest.mark.parametrize("name", ["", None])
def test_an_output_without_a_name_is_called_output(name):
    x = cg.Variable(2.0, "x")
    y = x * x
    y.name = name
    y.backward()
    assert drawn(diagram(cg.Tape(y))) == {"x": ["2", "doutput/dx = 4"], "output = x × x": ["4", "doutput/doutput = 1"]}
