"""Scopes as frames around boxes."""

from __future__ import annotations

from compgraph.render.frames import DEEPEST, Frame, frames_of
from compgraph.scope import Scope


def test_boxes_are_nested_by_their_scopes_in_their_order():
    network, loss = Scope("network"), Scope("loss")
    first, second = Scope("layer", network), Scope("layer", network)
    homes = {"x": None, "b": second, "a": first, "J": loss, "c": network, "d": second}
    assert frames_of(homes) == (
        Frame("s0", "network", ("c",), (Frame("s1", "layer", ("b", "d"), ()), Frame("s2", "layer", ("a",), ()))),
        Frame("s3", "loss", ("J",), ()),
    )
    assert frames_of(homes)[0].all_boxes == ("c", "b", "d", "a")


def test_scopes_that_lie_too_deep_are_drawn_as_the_one_around_them():
    scope = None
    for i in range(DEEPEST + 10):
        scope = Scope(f"call {i}", scope)
    (frame,) = frames_of({"n0": scope})
    depth = 1
    while frame.frames:
        (frame,), depth = frame.frames, depth + 1
    assert (depth, frame.title, frame.boxes) == (DEEPEST, f"call {DEEPEST - 1}", ("n0",))


def test_titles_are_made_fit_for_one_line():
    (frame,) = frames_of({"n0": Scope("two\nlines " + "x" * 100)})
    assert frame.title.startswith("two lines x")
    assert len(frame.title) == 40
