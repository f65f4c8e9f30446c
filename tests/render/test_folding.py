"""What is drawn as one box, and that the picture stays one without cycles."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.errors import RenderError
from compgraph.node import Node
from compgraph.render import folding as folding_module
from compgraph.render import render
from compgraph.render.contents import Box, Diagram, Line
from compgraph.render.diagram import diagram
from compgraph.render.folding import Fold, _runs, folding
from compgraph.scope import scope
from tests.render.graphs import random_graphs, two_layers


def texts(box: Box) -> list[str]:
    return [line.text for line in box.lines if isinstance(line, Line)]


def titles(picture: Diagram) -> list[str]:
    return [texts(box)[0] for box in picture.boxes]


def deep(layers: int, width: int = 3) -> Node:
    """A network of equal layers, each in a scope, with a weight of its own."""
    weights = [cg.Variable(np.eye(width) / 2, f"W{i}") for i in range(layers)]
    a: Any = np.ones((width, 2))
    with scope("network"):
        for W in weights:
            with scope("layer"):
                a = np.tanh(W @ a + 1)
    with scope("loss"):
        J: Any = np.mean(a * a)
    J.name = "J"
    assert isinstance(J, Node)
    return J


def paths_of(nodes: tuple[Node, ...]) -> list[str]:
    scopes = [node.scope for node in nodes]
    return sorted({name for one in scopes if one for name in (one.name, "/".join(one.path))})


@given(random_graphs(), st.data())
def test_a_folded_picture_holds_every_node_once_and_has_an_arrow_for_every_way_between_boxes(outputs, data):
    tape = cg.Tape(outputs)
    names = paths_of(tape.nodes)
    choices = [st.just(True), st.just(None)] + ([st.sets(st.sampled_from(names))] if names else [])
    fold: Fold = data.draw(st.one_of(choices))
    with pytest.MonkeyPatch.context() as patch:
        most = data.draw(st.integers(0, 20))
        patch.setattr(folding_module, "MOST_NODES", most)
        patch.setattr(folding_module, "_STRETCHES", 3)
        patch.setattr(folding_module, "_MOST_ALIKE", data.draw(st.integers(1, 4)))
        picture = diagram(tape, fold=fold)
    places = {box.key: i for i, box in enumerate(picture.boxes)}
    assert len(places) == len(picture.boxes)
    assert all(places[arrow.tail] < places[arrow.head] for arrow in picture.arrows)
    box_of: dict[str, str] = {}
    for box in picture.boxes:
        for key in box.holds or ([box.key] if box.key[0] == "n" else []):
            assert key not in box_of
            box_of[key] = box.key
    assert set(box_of) == {f"n{i}" for i in range(len(tape))}
    number = {node: f"n{i}" for i, node in enumerate(tape)}
    ways = {
        (box_of[number[x]], box_of[number[node]])
        for node in tape
        for x in filter(lambda x: isinstance(x, Node), node.inputs)
        if box_of[number[x]] != box_of[number[node]]
    }
    drawn = [(arrow.tail, arrow.head) for arrow in picture.arrows if arrow.tail[0] != "c"]
    assert set(drawn) == ways
    assert max(Counter(way for way in drawn if way[1][0] == "g").values(), default=1) == 1
    assert {box.key for box in picture.boxes if box.is_output} == {box_of[number[output]] for output in tape.outputs}
    in_frames = Counter(key for frame in picture.frames for key in frame.all_boxes)
    assert max(in_frames.values(), default=1) == 1
    assert set(in_frames) <= set(places)
    if fold is True and most >= len(tape):
        assert picture.frames == ()


@given(st.lists(st.integers(0, 2), max_size=40))
def test_runs_are_apart_and_repeat_themselves(marks):
    end_before = 0
    for start, period, times in _runs(marks):
        end = start + period * times
        assert end_before <= start
        assert end <= len(marks)
        assert times >= 2
        assert marks[start : end - period] == marks[start + period : end]
        end_before = end


@given(st.lists(st.integers(0, 9), min_size=1, max_size=5, unique=True), st.integers(2, 9), st.integers(0, 3))
def test_what_repeats_itself_is_found(unit, times, before):
    marks = [*range(-before, 0), *(unit * times), 99]
    assert _runs(marks) == [(before, len(unit), times)]


def test_small_graphs_are_drawn_as_they_are_and_large_ones_folded_with_a_note():
    x = cg.Variable(0.5, "x")
    y: Any = x
    for _ in range(folding_module.MOST_NODES - 1):
        y = np.tanh(y)
    assert folding(cg.Tape(y).nodes).groups == ()
    picture = diagram(cg.Tape(np.tanh(y)), fold=None)
    assert titles(picture) == ["x", "tanh × 200"]
    assert picture.notes[0] == "folded: 201 nodes; fold=False draws each of them"
    assert len(diagram(cg.Tape(np.tanh(y)), fold=False).boxes) == 201


def test_a_scope_is_a_frame_or_one_box():
    J = deep(2)
    picture = diagram(cg.Tape(J), fold=None)
    (network, loss) = picture.frames
    assert (network.title, loss.title) == ("network", "loss")
    assert [frame.title for frame in network.frames] == ["layer", "layer"]
    assert network.boxes == ()
    assert network.frames[0].boxes == ("c0", "n2", "c1", "n3", "n4")  # with the array and the 1 that only it uses
    picture = diagram(cg.Tape(J), fold="network")
    (box,) = [box for box in picture.boxes if box.kind == "folded"]
    assert texts(box) == ["network", "6 operations", "2 × (3, 3) → (3, 2)"]
    assert box.description == "network: 6 nodes folded\nmatmul 2, add 2, tanh 2"
    assert [frame.title for frame in picture.frames] == ["loss"]


def test_the_same_scope_one_behind_the_other_is_one_box_with_its_number():
    picture = diagram(cg.Tape(deep(12)), fold={"layer"})
    assert titles(picture)[:2] == ["W0 … W11", "layer × 12"]
    assert texts(picture.boxes[1])[1:] == ["3 operations each", "12 × (3, 3) → (3, 2)"]
    assert picture.frames[0].boxes == ("g1",)
    assert picture.notes == ("derivatives not computed yet: call J.backward()",)


def test_scopes_of_one_name_that_differ_stay_apart():
    a: Any = cg.Variable(np.ones((2, 1)), "x")
    for width in (3, 4, 5):
        with scope("layer"):
            a = np.tanh(np.ones((width, a.shape[0])) @ a)
    with scope("layer"):
        a = np.exp(a)
    with scope("other"):
        a = np.exp(a)
    assert titles(diagram(cg.Tape(a), fold=True)) == ["x", "layer", "layer", "layer", "layer", "other"]


def test_two_scopes_and_what_is_between_them_repeat_themselves_as_one():
    a: Any = cg.Variable(np.ones(3), "x")
    for _ in range(4):
        with scope("attention"):
            b = np.exp(a) / 2
        b = b + a
        with scope("mlp"):
            a = np.tanh(b)
    assert titles(diagram(cg.Tape(a), fold=True)) == ["x", "attention, add, mlp × 4"]
    assert titles(diagram(cg.Tape(a), fold={"attention", "mlp"}))[:2] == ["x", "attention"]


def test_nothing_is_folded_over_what_stays_open():
    x: Any = cg.Variable(0.5, "x")
    for name in ("a", "open", "a"):
        with scope(name):
            x = np.tanh(x)
    picture = diagram(cg.Tape(x), fold="a")
    assert titles(picture) == ["x", "a", "tanh(·)", "a"]
    assert [(arrow.tail, arrow.head) for arrow in picture.arrows] == [("n0", "g0"), ("g0", "n2"), ("n2", "g1")]


def test_two_ways_between_two_folded_boxes_are_one_arrow():
    x = cg.Variable(0.5, "x")
    with scope("one"):
        y, z = np.tanh(x), np.exp(x)
    with scope("other"):
        J = y * z
    picture = diagram(cg.Tape(J), fold=True)
    assert [(arrow.tail, arrow.head) for arrow in picture.arrows] == [("n0", "g0"), ("g0", "g1")]
    assert texts(picture.boxes[-1])[2] == "2 numbers → a number"


def test_variables_of_two_boxes_are_two_bundles():
    weights = [cg.Variable(float(i), f"w{i}") for i in range(14)]
    with scope("one"):
        x: Any = sum(weights[1:7], weights[0])
    with scope("other"):
        x = sum(weights[7:], x)
    assert titles(diagram(cg.Tape(x), fold=True)) == ["w0 … w6", "w7 … w13", "one", "other"]


def test_paths_name_scopes_too():
    with scope("one"):
        x = cg.Variable(1.0, "x")
        with scope("layer"):
            y = np.tanh(x)
    with scope("other"), scope("layer"):
        z = np.exp(np.tanh(y))
    picture = diagram(cg.Tape(z), fold="one/layer")
    assert [box.kind for box in picture.boxes] == ["variable", "folded", "operation", "operation"]


def test_of_nested_scopes_the_inner_ones_are_folded_where_that_is_enough(monkeypatch):
    J = deep(12)
    monkeypatch.setattr(folding_module, "MOST_NODES", 30)
    assert titles(diagram(cg.Tape(J), fold=None)) == ["W0 … W11", "layer × 12", "· × ·", "J = mean(·)"]
    assert titles(diagram(cg.Tape(J), fold=True)) == ["W0 … W11", "network", "loss"]


def test_without_scopes_and_without_repeats_stretches_of_the_tape_are_drawn():
    rng = np.random.default_rng(0)
    nodes: list[Any] = [cg.Variable(0.5, "x"), cg.Variable(0.25, "y")]
    for kind in rng.integers(0, 5, 3000):
        a, b = nodes[-1], nodes[rng.integers(0, len(nodes))]
        nodes.append([np.tanh(a), a + b, a * b, np.sin(a), a - b][kind])
    tape = cg.Tape(nodes[-1])
    picture = diagram(tape, fold=None)
    assert len(picture.boxes) <= 42
    assert sum(len(box.holds) for box in picture.boxes) > len(tape) - 3
    assert "… " not in picture.notes[0]


def test_variables_alike_are_bundled_where_something_is_folded():
    inputs = [cg.Variable(float(i)) for i in range(1000)]
    picture = diagram(cg.Tape(sum(inputs[1:], inputs[0])), fold=None)
    assert [texts(box)[:3] for box in picture.boxes] == [
        ["variables", "1,000 variables", "1,000 numbers"],
        ["add × 999", "1 operation each", "1,000 numbers → a number"],
    ]


def test_an_output_in_a_folded_box_is_told_with_its_derivative():
    J = two_layers()
    with scope("cost"):
        K = J * 2
    K.name = "K"
    K.backward()
    picture = diagram(cg.Tape(K), fold=True)
    assert texts(picture.boxes[-1]) == ["cost", "1 operation", "a number → a number", f"K  {K.value:.6g}", "dK/dK = 1"]
    assert picture.boxes[-1].is_output
    names = diagram(cg.Tape(K), fold=True, detail="names")
    assert texts(names.boxes[-1])[-1] == "K"


def test_named_constant_arrays_stay_and_those_of_one_box_alone_go_with_it():
    X = np.ones((2, 9))
    x = cg.Variable(np.ones((2, 2)), "W")
    with scope("layer"):
        y = np.tanh(x @ X + np.ones((2, 1))) * 3
    picture = diagram(cg.Tape(y), {id(X): "X"}, fold=True)
    assert titles(picture) == ["W", "X", "layer"]
    assert texts(picture.boxes[-1])[1:3] == ["4 operations", "(2, 2), (2, 9) → (2, 9)"]
    assert picture.summary.endswith("1 variable, 4 operations, 3 constants, drawn as 3 boxes")


def test_names_that_no_scope_has_are_refused():
    with pytest.raises(RenderError, match=r"fold= names the scope 'lyer', which is not in this graph; there are 'la"):
        render(deep(2), fold={"lyer"})
    with pytest.raises(RenderError, match="there are none: open one"):
        render(two_layers(), fold="layer")


def test_scopes_nested_very_deep_take_no_deep_recursion():
    def down(x: Any, depth: int) -> Any:
        with scope(f"call {depth}"):
            return down(np.tanh(x), depth - 1) if depth else x * 2

    y = down(cg.Variable(0.5, "x"), 150)
    assert "call 150" in render(y, fold=False, detail="names").dot
    assert titles(diagram(cg.Tape(y), fold=True)) == ["x", "call 150"]


def test_the_picture_of_ten_thousand_nodes_is_small_in_every_format():
    x, w = cg.Variable(0.5, "x"), cg.Variable(0.9, "w")
    y: Any = x
    for _ in range(5000):
        y = np.tanh(w * y)
    y.name = "J"
    picture = render(y)
    assert titles(picture.diagram) == ["x", "w", "multiply, tanh × 5,000"]
    assert "folded: 10,002 nodes" in picture.svg
    assert len(picture.svg) < 10_000
    assert picture.png[:4] == b"\x89PNG"
    assert picture.pdf[:5] == b"%PDF-"
    assert all(len(text) < 10_000 for text in (picture.dot, picture.txt, picture.mermaid, picture.tex))
