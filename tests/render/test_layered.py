"""The layout that needs no Graphviz."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compgraph.render.layered import layered
from tests.render.test_layout import boxes_and_arrows, distance


@given(boxes_and_arrows(), st.sampled_from(["LR", "TB"]), st.booleans())
def test_boxes_stand_apart_and_arrows_lead_from_box_to_box(graph, direction, labelled):
    sizes, arrows = graph
    labels = dict.fromkeys(range(len(arrows)), (60.0, 18.0)) if labelled else {}
    plan = layered(sizes, arrows, direction, labels)
    assert list(plan.centres) == list(sizes)
    for a, b in itertools.combinations(sizes, 2):
        gaps = [abs(plan.centres[a][k] - plan.centres[b][k]) - (sizes[a][k] + sizes[b][k]) / 2 for k in (0, 1)]
        assert max(gaps) > 5, "two boxes touch"
    along = 0 if direction == "LR" else 1
    for (tail, head), curve in zip(arrows, plan.curves, strict=True):
        assert len(curve.points) % 3 == 1
        assert distance(curve.points[0], plan.centres[tail], sizes[tail]) < 2
        assert distance(curve.tip, plan.centres[head], sizes[head]) < 2
        assert plan.centres[tail][along] < plan.centres[head][along]
        assert (curve.label is None) is not labelled
    assert layered(sizes, arrows, direction, labels) == plan


@given(boxes_and_arrows())
def test_no_arrow_goes_through_a_box(graph):
    sizes, arrows = graph
    plan = layered(sizes, arrows)
    for (tail, head), curve in zip(arrows, plan.curves, strict=True):
        for key in set(sizes) - {tail, head}:
            for point in curve.points[::3]:
                assert distance(point, plan.centres[key], sizes[key]) > 0, f"{tail} → {head} through {key}"


def test_two_arrows_between_the_same_boxes_are_two():
    one, other = layered({"a": (40, 60), "b": (40, 60)}, [("a", "b"), ("a", "b")]).curves
    assert abs(one.tip[1] - other.tip[1]) > 15


def test_a_constant_stands_aside_and_the_chain_is_straight():
    sizes = dict.fromkeys(("x", "a", "k", "b", "l", "c"), (40.0, 40.0))
    centres = layered(sizes, [("x", "a"), ("a", "b"), ("k", "b"), ("b", "c"), ("l", "c")]).centres
    assert centres["a"][1] == pytest.approx(centres["b"][1], abs=3)
    assert centres["b"][1] == pytest.approx(centres["c"][1], abs=3)
    assert abs(centres["k"][1] - centres["b"][1]) > 40


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_a_long_chain_is_broken_into_rows(direction):
    keys = [f"n{i}" for i in range(5000)]
    plan = layered(dict.fromkeys(keys, (90.0, 50.0)), [*itertools.pairwise(keys)], direction)
    xs, ys = zip(*plan.centres.values(), strict=True)
    assert 0.4 < (max(xs) - min(xs)) / (max(ys) - min(ys)) < 2.5
    along = 0 if direction == "LR" else 1
    steps = [plan.centres[b][along] - plan.centres[a][along] for a, b in itertools.pairwise(keys)]
    back = sum(step < 0 for step in steps)
    assert 10 < back < 100
    places = sorted(plan.centres.values())
    assert len(set(places)) == 5000


def test_nothing_and_one_box():
    assert layered({}, []).centres == {}
    assert layered({"a": (40.0, 20.0)}, []).centres == {"a": (20.0, 0.0)}
