"""Tapes of compiled functions as pictures: constants by name, no zeros for values that were let go, no reminder."""

from __future__ import annotations

import numpy as np
import pytest

import compgraph as cg
from compgraph.compile.calls import CONSTANT, Slot, op_of
from compgraph.render.called import called
from compgraph.render.diagram import Line, Matrix
from compgraph.render.kind import kind_of
from compgraph.render.value_lines import exact, value_line
from compgraph.render.values import is_told
from tests.render.graphs import lecture

W1, b1 = np.array([[0.3, -0.2], [0.1, 0.4], [-0.5, 0.2]]), np.zeros((3, 1))
W2, b2 = np.array([[0.2, -0.1, 0.7]]), np.zeros((1, 1))


def network(examples):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2, examples))
    Y = (X[:1] * X[1:] > 0) * 1.0

    def cost(W1, b1, W2, b2):
        A1 = np.tanh(W1 @ X + b1)
        A2 = 1 / (1 + np.exp(-(W2 @ A1 + b2)))
        return -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / examples

    fast = cg.compile(cg.value_and_grad(cost, (0, 1, 2, 3)))
    fast(W1, b1, W2, b2)
    return fast


def compiled(f, *args):
    fast = cg.compile(f)
    fast(*args)
    return fast.tape


def titles(picture):
    return [box.lines[0].text if isinstance(box.lines[0], Line) else "" for box in picture.diagram.boxes]


def boxes(picture):
    return dict(zip(titles(picture), picture.diagram.boxes, strict=True))


def texts(box):
    return [line.lead.text if isinstance(line, Matrix) else line.text for line in box.lines]


def test_the_lecture_with_its_derivatives():
    def J(a, b, c):
        u = b * c
        v = a + u
        return 3 * v

    picture = cg.render(compiled(cg.value_and_grad(J, (0, 1, 2)), 5.0, 3.0, 2.0))
    drawn = [texts(box) for box in picture.diagram.boxes if box.kind != "constant"]
    assert sorted(drawn) == [
        ["a", "5"],
        ["b", "3"],
        ["c", "2"],
        ["db = 3 × c", "6"],
        ["dc = 3 × b", "9"],
        ["u = b × c", "6"],
        ["v = a + u", "11"],
        ["value = 3 × v", "33"],
    ]
    assert sorted(texts(box) for box in picture.diagram.boxes if box.kind == "constant") == [["3"]] * 3 + [
        ["output", "3"]
    ]
    assert boxes(picture)["output"].is_output
    assert picture.notes == ()
    assert picture.diagram.derivative is None


def test_results_are_the_outputs_and_nothing_else_is():
    picture = cg.render(network(50).tape)
    assert [title.partition(" ")[0] for title, box in boxes(picture).items() if box.is_output] == [
        "value",
        "db2",
        "dW2",
        "db1",
        "dW1",
    ]
    assert not any("output" in title for title in titles(picture))


def test_constants_are_boxes_of_their_own_kind_with_their_names():
    picture = cg.render(network(50).tape)
    drawn = boxes(picture)
    assert drawn["X"].kind == drawn["Y"].kind == drawn["ones"].kind == "constant"
    assert texts(drawn["Y"])[1].startswith("(1, 50)  0 … 1, mean ")
    assert drawn["Y"].description.startswith("Y: float64 (1, 50): 0 … 1, mean ")
    assert not any("constant()" in title for title in titles(picture))
    kinds = [box.kind for box in picture.diagram.boxes]
    assert f"{kinds.count('constant')} constants" in picture.diagram.summary
    assert f"{kinds.count('operation')} operations" in picture.diagram.summary


def test_constants_without_a_name_are_told_by_number_or_shape():
    def f(x):
        return x @ np.array([[2.0], [3.0]]) + np.sum(x @ (np.arange(60.0).reshape(2, 30) % 7))

    tape = compiled(f, np.ones((4, 2)))
    leads = [texts(box)[0] for box in cg.render(tape).diagram.boxes if box.kind == "constant"]
    assert leads[0] == "(2, 1)"
    assert leads[1].startswith("(2, 30)  0 … 6, mean ")
    assert [texts(box) for box in cg.render(tape, detail="names").diagram.boxes if box.kind == "constant"][:2] == [
        ["(2, 1)"],
        ["(2, 30)"],
    ]


def test_a_number_without_a_name_is_written_in_the_formula():
    number = cg.Node(CONSTANT, 2.5, ())
    assert kind_of(number) == "constant"
    product = cg.Node(op_of(np.multiply), 5.0, (cg.Variable(2.0, "x"), number))
    assert titles(cg.render(cg.Tape(product), names={})) == ["2.5", "x", "output = x × 2.5"]


@pytest.mark.parametrize("arrays", ["numbers", "heatmap", "histogram"])
def test_values_that_were_let_go_are_not_told(arrays):
    picture = cg.render(network(5000).tape, arrays=arrays)
    gone = [box for box in picture.diagram.boxes if box.kind == "operation" and "5000" in texts(box)[-1]]
    assert len(gone) > 8
    for box in gone:
        assert texts(box)[1:] in (["(1, 5000)"], ["(3, 5000)"], ["(5000, 2)"], ["(5000, 3)"])
        assert "all 0" not in box.description
        assert box.sketches == ()
    kept = {name: box for name, box in boxes(picture).items() if box.kind == "constant"}
    assert len(texts(kept["X"])[1]) > len("(2, 5000)  ")
    assert bool(kept["X"].sketches) == (arrays != "numbers")
    assert picture.notes == ("where only the shape of an array is told, its value was not kept",)


def test_small_values_are_those_of_the_call():
    fast = network(50)
    J, (_, _, dW2, _) = fast(W1, b1, W2, b2)
    drawn = {title.partition(" ")[0]: box for title, box in boxes(cg.render(fast.tape)).items()}
    assert texts(drawn["value"])[1] == f"{J:.6g}"
    line = drawn["dW2"].lines[1]
    assert isinstance(line, Matrix)
    assert [float(x.replace("−", "-")) for x in line.rows[0]] == pytest.approx(dW2[0], abs=1e-4)


def test_no_word_of_derivatives_that_nobody_asked_for():
    picture = cg.render(network(50).tape)
    assert picture.notes == ()
    for form in (picture.txt, picture.svg, picture.dot, picture.mermaid, picture.tex):
        assert "not computed" not in form
        assert "backward" not in form
        assert "constant()" not in form


def test_the_tape_of_a_recorded_graph_is_drawn_as_it_is():
    J = lecture()
    of_node, of_tape = cg.render(J), cg.render(cg.Tape(J))
    assert of_tape.diagram == of_node.diagram
    J = lecture(backward=False)
    assert cg.render(J).notes == ("derivatives not computed yet: call J.backward()",)
    assert cg.render(cg.Tape(J)).notes == ()


def test_calls_of_functions_without_a_rule_are_written_as_they_were_made():
    def f(A, k):
        values, vectors = np.linalg.eigh(A @ A.T)
        e = np.einsum("ij,ij->i", A, A)
        q = np.take(A, [0, 1], axis=1)
        o = np.add.outer(e, e)
        g = A[0, 1:]
        n = ~(A > 0) & (A < 1)
        return values, vectors, e, q, o, g, n, A[k]

    drawn = titles(cg.render(compiled(f, np.arange(9.0).reshape(3, 3), np.array(1))))
    assert [title for title in drawn if title] == [
        "A",
        "k",
        "Aᵀ",
        "A @ Aᵀ",
        "eigh(A @ Aᵀ)",
        "values = eigh(A @ Aᵀ)[0]",
        "vectors = eigh(A @ Aᵀ)[1]",
        "e = einsum('ij,ij->i', A, A)",
        "q = take(A, (0, 1), axis=1)",
        "o = add.outer(e, e)",
        "g = A[0, 1:]",
        "0",
        "A > 0",
        "¬(A > 0)",
        "1",
        "A < 1",
        "n = ¬(A > 0) ∧ (A < 1)",
        "output = A[k]",
    ]


def test_of_several_results_the_shapes_are_told():
    picture = cg.render(compiled(lambda A: np.sum(np.linalg.eigh(A)[0]), np.eye(3)))
    (box,) = [box for box in picture.diagram.boxes if texts(box)[0] == "eigh(A)"]
    assert texts(box)[1] == "(3,) and (3, 3)"
    assert "(3,) and (3, 3)" in box.description


def held_together(picture, tape):
    """The kinds of the nodes in each folded box: one, or a constant would be counted and titled as an operation."""
    kinds = {f"n{place}": kind_of(node) for place, node in enumerate(tape)}
    held = [{kinds[key] for key in box.holds} for box in picture.diagram.boxes if box.holds]
    assert all(len(kinds) == 1 for kinds in held)
    return held


def test_many_constants_are_folded_and_counted_apart():
    def f(x):
        for i in range(60):
            x = np.tanh(np.array([[1.0, i], [i, 2.0]]) @ x + np.ones((2, 1)) * i)
        return np.sum(x)

    tape = compiled(cg.grad(f), np.ones((2, 3)))
    assert len(tape) > 200
    picture = cg.render(tape)
    kinds = [kind_of(node) for node in tape]
    assert f"{kinds.count('operation')} operations" in picture.diagram.summary
    bundles = [box for box in picture.diagram.boxes if texts(box)[0] == "constants"]
    assert [texts(box)[1:] for box in bundles] == [["59 constants", "59 × (2, 2)"]]
    assert bundles[0].description.splitlines() == ["constants: 59 nodes folded", "constant 59"]
    assert {kind for kinds in held_together(picture, tape) for kind in kinds} == {"constant", "operation"}
    assert len(picture.diagram.boxes) < 20


def test_variables_and_constants_of_the_same_box_are_bundled_apart():
    def f(xs):
        total = 0.0
        for i, x in enumerate(xs):
            total = np.tanh(x * (np.arange(5.0) + i)) + total
        return total

    tape = compiled(f, [np.ones(5) + i for i in range(9)])
    picture = cg.render(tape, fold=True)
    assert sorted(map(tuple, held_together(picture, tape))) == [("constant",), ("operation",), ("variable",)]


def test_stretches_of_a_long_tape_hold_operations_only():
    order = np.random.default_rng(0).integers(0, 4, 300)

    def f(x):
        for i in order:
            x = [np.tanh, np.sin, np.arctan, np.square][i](x) * np.array([1.0, 0.5, i])
        return x

    tape = compiled(f, np.ones(3))
    picture = cg.render(tape)
    assert {"operation"} in held_together(picture, tape)
    assert len(picture.diagram.boxes) < 200


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (np.broadcast_to(np.zeros(()), (4, 400)), False),
        (np.broadcast_to(np.zeros((), bool), (7,)), False),
        (np.broadcast_to(np.ones(()), (4, 400)), True),
        (np.zeros((4, 400)), True),
        (np.broadcast_to(np.zeros((4, 1)), (4, 400)), True),
        (np.zeros(0), True),
        (np.zeros(()), True),
        (np.broadcast_to(np.zeros(()), (1, 1)), True),
        (0.0, True),
        ((np.zeros(2), 1.0), False),
        (None, True),
    ],
)
def test_what_stands_for_a_value_is_told_by_its_shape(value, told):
    assert is_told(value) == told
    if isinstance(value, np.ndarray) and value.size > 1:
        assert ("all 0" in exact(value)) == (told and not value.any())
        line = value_line(value)
        assert isinstance(line, Line)
        assert (line.text == str(value.shape)) != told


def test_slots_stand_wherever_an_argument_may():
    form = ((Slot(1), [Slot(0), 2], "valid", slice(None, Slot(0))), {"where": Slot(1), "axis": (0, 1), "out": None})
    operands, params = called("f", ["x", "y + z"], {"call": form})
    assert operands[:3] == ["y + z", "(x, 2)", "'valid'"]
    assert params == {"where": "y + z", "axis": (0, 1), "out": None}
