"""The data of a page: the engine's numbers, under the keys of the picture, as plain JSON."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given

import compgraph as cg
from compgraph.explain.naming import Naming
from compgraph.page.data import page_data, plain
from compgraph.render.diagram import diagram
from compgraph.scope import scope
from tests.page.graphs import numbers, several_paths
from tests.render.graphs import lecture, random_graphs, two_layers


def data_of(outputs: Any, fold: Any = False, upto: Any = ()) -> dict[str, Any]:
    tape = cg.Tape(outputs)
    drawn = [diagram(tape, fold=fold, upto=upto)] + ([diagram(tape, upto=upto)] if fold else [])
    return page_data(tape, drawn, Naming(tape), upto)


def sum_over_paths(data: dict[str, Any], start: str) -> float:
    """The derivative of the output with respect to a node, as the page adds it up: path by path."""
    if start == data["output"]:
        return 1.0
    return sum(
        float(slope) * sum_over_paths(data, node["key"])
        for node in data["nodes"]
        for key, slope in zip(node["inputs"], node.get("slopes", ()), strict=False)
        if key == start
    )


@given(numbers())
def test_the_products_along_all_paths_add_up_to_the_gradient(J):
    data = data_of(J)
    tape = cg.Tape(J)
    for node, told, gradient in zip(tape, data["nodes"], cg.gradients(J, tape.nodes), strict=True):
        assert told["grad_number"] == gradient == sum_over_paths(data, told["key"])
        assert told["value_number"] == node.value


def test_the_same_where_slopes_are_no_whole_numbers():
    J, names = several_paths()
    data = data_of(J)
    assert sum_over_paths(data, "n0") == pytest.approx(cg.gradients(J, [names["x"]])[0], rel=1e-14)


@given(random_graphs())
def test_any_graph_has_data_that_are_plain_json(outputs):
    data = data_of(outputs)
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    tape = cg.Tape(outputs)
    assert len(data["nodes"]) == len(tape)
    (view,) = data["views"]
    boxes = {box.key for box in diagram(tape).boxes}
    for node, told in zip(tape, data["nodes"], strict=True):
        assert told["shape"] == str(node.shape)
        assert len(told["inputs"]) == len(node.inputs)
        for key, x in zip(told["inputs"], node.inputs, strict=True):
            assert view["home"].get(key, key) in boxes
            assert (key in data["constants"]) == (not isinstance(x, cg.Node))
        assert ("backward" in told) == ("grad" in told)
    if data["output"] is not None:
        behind = {id(node) for node in cg.Tape(tape[[n["key"] for n in data["nodes"]].index(data["output"])])}
        assert ["backward" in told for told in data["nodes"]] == [id(node) in behind for node in tape]


def test_gradients_of_arrays_are_shown_entry_by_entry():
    J = two_layers()
    data = data_of(J)
    W1 = next(node for node in data["nodes"] if node["name"] == "W1")
    assert W1["grad_entries"]["rows"] == [[f"{x:.4g}".replace("-", "−") for x in row] for row in cg.Tape(J)[0].grad]


def test_before_backward_there_is_no_step_back():
    data = data_of(lecture(backward=False))
    assert data["output"] is None
    assert not any("backward" in node or "grad" in node for node in data["nodes"])
    assert data["notes"] == ["derivatives not computed yet: call J.backward()"]


def test_a_large_array_is_not_dumped():
    x = cg.Variable(np.ones((1000, 1000)), "x")
    J: Any = np.sum(x * 2.0)
    J.backward()
    assert len(json.dumps(data_of(J))) < 6_000


def test_numbers_that_are_not_finite_are_what_javascript_reads():
    x = cg.Variable(0.0, "x")
    with np.errstate(all="ignore"):
        J: Any = np.log(x)
        J.backward()
        told = data_of(J)["nodes"]
    assert told[1]["value_number"] == "-Infinity"
    assert told[1]["slopes"] == ["Infinity"]
    assert [plain(float(x)) for x in (np.nan, np.inf, -np.inf, 2.0)] == ["NaN", "Infinity", "-Infinity", 2.0]


def test_the_line_of_a_node_is_told_where_it_was_recorded():
    with cg.debug():
        x = cg.Variable(2.0)
        y = x * x
    assert data_of(y)["nodes"][1]["source"] == y.source
    assert "source" not in data_of(lecture())["nodes"][-1]


def test_upto_leaves_out_what_came_before():
    a, b = cg.variables(a=2.0, b=3.0)
    u = a * b
    J = u * b
    J.backward()
    data = data_of(J, upto=(u,))
    assert [(node["key"], node["inputs"]) for node in data["nodes"]] == [("n0", []), ("n1", []), ("n2", ["n1", "n0"])]


def test_a_constant_array_has_one_key_and_a_number_one_for_each_use():
    X = np.ones(3)
    x = cg.Variable(np.ones(3), "x")
    y = (x * X + X) * 2.0 * 2.0
    data = data_of(y)
    assert [node["inputs"] for node in data["nodes"][1:]] == [["n0", "k0"], ["n1", "k0"], ["n2", "k1"], ["n3", "k2"]]
    assert data["views"][0]["home"] == {"k0": "c0", "k1": "c1", "k2": "c2"}


def test_scopes_are_told_and_folded_nodes_have_the_box_they_are_in():
    x = cg.Variable(0.5, "x")
    y: Any = x
    for _ in range(3):
        with scope("layer"):
            y = np.tanh(2.0 * y)
    J = y * 3.0
    J.backward()
    data = data_of(J, fold=True)
    folded, opened = data["views"]
    (group,) = folded["folded"].values()
    assert group["holds"] == [f"n{i}" for i in range(1, 7)]
    assert {folded["home"][key] for key in group["holds"]} == set(folded["folded"])
    assert opened["folded"] == {}
    assert [frame["name"] for frame in opened["frames"]] == ["layer"] * 3
    assert [node.get("scope") for node in data["nodes"]] == [None, *[["layer"]] * 6, None]
