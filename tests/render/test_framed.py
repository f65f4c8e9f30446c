"""Frames, in every layout: around their own boxes and no others."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compgraph.render.framed import framed
from compgraph.render.frames import Frame
from compgraph.render.layered import layered
from compgraph.render.layout import layout
from compgraph.render.placement import Layout
from compgraph.render.typesetting import title_width
from tests.render.test_layout import Arrows, Sizes, boxes_and_arrows, distance


@st.composite
def framed_graphs(draw: st.DrawFn) -> tuple[Sizes, Arrows, tuple[Frame, ...]]:
    """A graph with frames around stretches of its boxes, one of them around another."""
    sizes, arrows = draw(boxes_and_arrows())
    keys = list(sizes)
    cuts = sorted(draw(st.lists(st.integers(0, len(keys)), min_size=4, max_size=4)))
    first, inner, second = (tuple(keys[a:b]) for a, b in itertools.pairwise(cuts))
    titles = st.sampled_from(["", "loss", "a rather long title of a scope"])
    frames = []
    if first or inner:
        inside = (Frame("s1", draw(titles), inner, ()),) if inner else ()
        frames.append(Frame("s0", draw(titles), first, inside))
    if second:
        frames.append(Frame("s2", draw(titles), second, ()))
    return sizes, arrows, tuple(frames)


def check(plan: Layout, sizes: Sizes, arrows: Arrows, frames: tuple[Frame, ...]) -> None:
    assert set(plan.centres) == set(sizes)
    for a, b in itertools.combinations(sizes, 2):
        gaps = [abs(plan.centres[a][k] - plan.centres[b][k]) - (sizes[a][k] + sizes[b][k]) / 2 for k in (0, 1)]
        assert max(gaps) > 5, "two boxes touch"
    every = [*frames, *(inner for frame in frames for inner in frame.frames)]
    assert set(plan.frames) == {frame.key for frame in every}
    for frame in every:
        left, top, right, bottom = plan.frames[frame.key]
        assert right - left >= title_width(frame.title) - 1, "the title does not fit"
        for key, (x, y) in plan.centres.items():
            width, height = sizes[key]
            if key in frame.all_boxes:
                assert left + 4 < x - width / 2
                assert x + width / 2 < right - 4
                assert top + 16 < y - height / 2, "no room for the title"
                assert y + height / 2 < bottom - 4
            else:
                assert x + width / 2 < left or right < x - width / 2 or y + height / 2 < top or bottom < y - height / 2
        for inner in frame.frames:
            inside = plan.frames[inner.key]
            assert left < inside[0] < inside[2] < right
            assert top + 16 < inside[1] < inside[3] < bottom
    for (tail, head), curve in zip(arrows, plan.curves, strict=True):
        assert len(curve.points) % 3 == 1
        assert distance(curve.points[0], plan.centres[tail], sizes[tail]) < 2
        assert distance(curve.tip, plan.centres[head], sizes[head]) < 2
        assert distance(curve.points[-1], curve.tip, (24.0, 24.0)) == 0, "the head of an arrow is torn off"


@given(framed_graphs(), st.sampled_from(["LR", "TB"]), st.booleans())
def test_the_layout_of_the_packages_own(graph, direction, labelled):
    sizes, arrows, frames = graph
    labels = dict.fromkeys(range(len(arrows)), (60.0, 18.0)) if labelled else {}
    plan = framed(sizes, arrows, direction, labels, frames)
    check(plan, sizes, arrows, frames)
    assert all((curve.label is not None) == labelled for curve in plan.curves)
    assert plan == framed(sizes, arrows, direction, labels, frames)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(graph=framed_graphs(), direction=st.sampled_from(["LR", "TB"]), labelled=st.booleans())
def test_graphviz(engine, graph, direction, labelled):
    sizes, arrows, frames = graph
    labels = dict.fromkeys(range(len(arrows)), (60.0, 18.0)) if labelled else {}
    plan = layout(sizes, arrows, direction, labels, frames)
    check(plan, sizes, arrows, frames)


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_a_small_box_with_a_long_title_and_a_label_inside(engine, direction):
    sizes = {"a": (20.0, 20.0), "b": (20.0, 20.0), "c": (20.0, 20.0)}
    frames = (Frame("s0", "a rather long title of a scope", ("a",), ()), Frame("s1", "", ("b", "c"), ()))
    arrows, labels = [("a", "b"), ("b", "c")], {0: (60.0, 18.0), 1: (60.0, 18.0)}
    for plan in (layout(sizes, arrows, direction, labels, frames), framed(sizes, arrows, direction, labels, frames)):
        check(plan, sizes, arrows, frames)
        left, top, right, bottom = plan.frames["s1"]
        (x, y) = plan.curves[1].label or (0.0, 0.0)
        assert left < x - 30
        assert x + 30 < right
        assert top < y - 9
        assert y + 9 < bottom


def test_no_frames_is_the_plain_layout():
    sizes, arrows = {"a": (40.0, 40.0), "b": (20.0, 90.0)}, [("a", "b")]
    assert framed(sizes, arrows, "TB") == layered(sizes, arrows, "TB")
