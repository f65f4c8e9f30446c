"""Names of the caller's variables."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.render.names import names_in, namespaces

words = st.text("abcxyz_", min_size=1, max_size=4)


class Thing:
    """Equal to everything and true of nothing, as arrays and nodes may be: only identity can tell these apart."""

    def __eq__(self, other):
        raise AssertionError("names are found by identity")

    __hash__ = object.__hash__


@given(st.dictionaries(words, st.integers(0, 5)), st.dictionaries(words, st.integers(0, 5)))
def test_a_name_leads_back_to_its_object(near, far):
    things = [Thing() for _ in range(6)]
    spaces = [{name: things[k] for name, k in space.items()} for space in (near, far)]
    found = names_in(things, *spaces)
    seen = {**spaces[1], **spaces[0]}
    for thing in things:
        bound = [name for name, value in seen.items() if value is thing and not name.startswith("_")]
        if bound:
            assert found[id(thing)] in bound
        else:
            assert id(thing) not in found


def test_a_nearer_name_wins_and_hides_farther_ones():
    x, y = Thing(), Thing()
    assert names_in([x], {"near": x}, {"far": x}) == {id(x): "near"}
    assert names_in([x, y], {"v": x}, {"v": y}) == {id(x): "v"}
    assert names_in([x], {"first": x, "second": x}) == {id(x): "first"}


def test_elements_of_containers():
    W, b, deep = Thing(), Thing(), Thing()
    assert names_in([W, b], {"layers": [(W, b)]}) == {id(W): "layers[0][0]", id(b): "layers[0][1]"}
    assert names_in([W, b], {"params": {"W": W, "b": b}}) == {id(W): "W", id(b): "b"}
    assert names_in([W], {"params": {"W": W}, "weights": W}) == {id(W): "weights"}
    assert names_in([deep], {"too": [[[deep]]]}) == {}
    assert names_in([W], {"kept": {3: W}}) == {id(W): "kept[3]"}
    assert names_in([W], {"kept": {(1, 2): W}}) == {}


def test_two_objects_never_share_a_short_name():
    W, dW, other = Thing(), Thing(), Thing()
    assert names_in([W, dW], {"params": {"W": W}, "grads": {"W": dW}}) == {
        id(W): 'params["W"]',
        id(dW): 'grads["W"]',
    }
    assert names_in([W, other], {"W": other, "params": {"W": W}}) == {id(other): "W", id(W): 'params["W"]'}


def test_what_is_not_looked_at():
    x = Thing()
    assert names_in([x], {"_": x, "_3": x, "In": [x], "Out": {3: x}}) == {}
    assert names_in([x], {"long": [0] * 5000 + [x]}) == {}
    assert names_in([x], {"space": SimpleNamespace(x=x)}) == {}
    assert names_in([], {"x": x}) == {}


def test_no_code_of_the_objects_runs():
    class Trap(dict):
        def items(self):
            raise AssertionError("opened")

        def __len__(self):
            raise AssertionError("measured")

    x = cg.Variable(np.ones(3))
    assert names_in([x], {"trap": Trap(x=x), "x": x}) == {id(x): "x"}


def test_namespaces_of_a_frame():
    inside = Thing()
    local, module = namespaces(sys._getframe())
    assert local["inside"] is inside
    assert module["Thing"] is Thing
    assert namespaces(None) == ()
