"""The tape: every node once, inputs first, at any depth; and memory that goes when the results go."""

from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

import compgraph as cg
from compgraph.errors import ConversionError

Variable: Any = cg.Variable

LONG = 1_000_000 if settings().max_examples > 100 else 200_000
"""Nodes of a long chain: as many as people ask for in the deep profile, still far beyond any recursion in the quick."""


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Only counting references frees anything here, so that a cycle would show."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


# --------------------------------------------------------------------------------------------------------------- order


def test_the_order_is_that_of_creation() -> None:
    a, b, c = cg.variables(a=5.0, b=3.0, c=2.0)
    u = b * c
    v = a + u
    J = 3 * v
    tape = cg.Tape(J)
    assert [id(node) for node in tape] == [id(node) for node in (a, b, c, u, v, J)]
    assert tape.nodes == tuple(tape)
    assert tape.outputs == (J,)
    assert tape.leaves == (a, b, c)
    assert len(tape) == 6
    assert tape[0] is a
    assert tape[-1] is J
    assert repr(tape) == "<Tape of 6 nodes, 3 of them leaves>"


def test_inputs_stand_before_what_is_made_of_them() -> None:
    """Also where a node that was made first is met last."""
    rng = np.random.default_rng(0)
    nodes = [Variable(float(i)) for i in range(5)]
    for _ in range(300):
        i, j = rng.integers(len(nodes), size=2)
        nodes.append(nodes[i] + nodes[j])
    tape = cg.Tape(nodes[::-7])
    place = {id(node): k for k, node in enumerate(tape)}
    assert len(place) == len(tape)
    for node in tape:
        assert all(place[id(x)] < place[id(node)] for x in node.inputs)


def test_what_the_output_does_not_depend_on_is_not_on_it() -> None:
    a, b = cg.variables(a=1.0, b=2.0)
    aside = b * 3
    J = a * 2
    tape = cg.Tape(J)
    assert tape.nodes == (a, J)
    assert a in tape
    assert b not in tape
    assert aside not in tape
    assert 1.0 not in tape


def test_constants_are_not_nodes() -> None:
    x = Variable([1.0, 2.0])
    y: Any = np.where(np.array([True, False]), x, 0.0) * np.ones(2)
    assert len(cg.Tape(y)) == 3
    assert y.inputs[1].__class__ is np.ndarray


def test_several_outputs_share_one_tape() -> None:
    a = Variable(1.0)
    b, c = a * 2, a * 3
    tape = cg.Tape([c, b, c])
    assert tape.outputs == (c, b, c)
    assert tape.nodes == (a, b, c)
    assert cg.Tape([]).nodes == ()
    assert cg.Tape(node for node in (b,)).nodes == (a, b)


def test_a_shared_node_is_there_once() -> None:
    """A thousand doublings are 2**1000 paths and 1001 nodes."""
    x = total = Variable(1.0)
    for _ in range(1000):
        total = total + total
    assert len(cg.Tape(total)) == 1001
    assert cg.gradients(total, [x]) == [2.0**1000]


def test_a_tape_does_not_follow_what_is_built_on() -> None:
    x = Variable(1.0)
    y = x * 2
    tape = cg.Tape(y)
    y * 3
    assert tape.nodes == (x, y)
    with pytest.raises(AttributeError):
        tape.other = 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("output", [5.0, np.ones(2), np.array(1.0), None, "ab", [1.0], [Variable(1.0), 2.0]], ids=repr)
def test_a_tape_is_made_of_nodes(output: Any) -> None:
    with pytest.raises(ConversionError, match=r"made of nodes, not of \w+: does the output depend on a Variable"):
        cg.Tape(output)


# --------------------------------------------------------------------------------------------------------------- depth


def chain(length: int, x: Any) -> Any:
    for _ in range(length // 2):
        x = -x + 0.5
    return x


def test_a_long_chain_needs_no_recursion(no_collector: None) -> None:
    limit = sys.getrecursionlimit()
    x = Variable(1.0)
    y = chain(LONG, x)
    tape = cg.Tape(y)
    assert len(tape) == LONG + 1
    y.backward()
    assert x.grad == (-1.0) ** (LONG // 2)
    assert cg.gradients(y, [x]) == [x.grad]
    gone = weakref.ref(tape[LONG // 2])
    del tape, y
    assert gone() is None  # and freeing it took no recursion either
    assert sys.getrecursionlimit() == limit


def test_the_graph_of_a_gradient_may_be_as_deep() -> None:
    x = Variable(1.5)
    y = chain(20_000, x) * x
    (slope,) = cg.gradients(y, [x], create_graph=True)
    assert len(cg.Tape(slope)) > 20_000
    assert cg.gradients(slope, [x]) == [2.0]


def test_a_wide_grid_of_shared_nodes() -> None:
    """Each node of a row is used twice in the next: as many paths as there are ways through, one visit each."""
    row = [Variable(1.0) for _ in range(30)]
    leaves = row
    for _ in range(30):
        row = [0.5 * (left + right) for left, right in zip(row, [*row[1:], row[0]], strict=True)]
    total = sum(row[1:], row[0])
    assert len(cg.Tape(total)) == 30 + 30 * 30 * 2 + 29
    np.testing.assert_allclose(cg.gradients(total, leaves), np.ones(30), rtol=1e-12)


# -------------------------------------------------------------------------------------------------------------- memory


def graph_and_witnesses(x: Any) -> tuple[Any, list[Any]]:
    """A result, and weak references to what stands between it and its variable."""
    u = np.tanh(x * np.array([1.0, 2.0]))
    v = np.concatenate([u, x])[1:]
    w = np.where(v > 0, v, 0.1 * v)
    J = np.sum(w * w)
    return J, [weakref.ref(node) for node in (u, v, w, J)]


def test_a_graph_dies_with_its_result(no_collector: None) -> None:
    x = Variable([1.0, -2.0])
    J, witnesses = graph_and_witnesses(x)
    assert all(witness() is not None for witness in witnesses)
    del J
    assert all(witness() is None for witness in witnesses)


def test_a_differentiated_graph_dies_too(no_collector: None) -> None:
    x = Variable([1.0, -2.0])
    J, witnesses = graph_and_witnesses(x)
    J.backward()
    J.backward()
    kept = x.grad
    cg.gradients(J, [x, *[witness() for witness in witnesses]])
    (slope,) = cg.gradients(J, [x], create_graph=True)
    second = cg.gradients(np.sum(slope), [x])
    witnesses.append(weakref.ref(slope))
    del J, slope
    assert all(witness() is None for witness in witnesses)
    assert kept.shape == second[0].shape == (2,)


def test_a_graph_that_met_an_error_dies_too(no_collector: None) -> None:
    x = Variable([1.0, -2.0])
    J, witnesses = graph_and_witnesses(x)
    with pytest.raises(cg.CompgraphError):
        J + np.ones(3) @ x
    with pytest.raises(cg.CompgraphError):
        J.backward(seed=[1.0])
    with pytest.raises(cg.CompgraphError):
        float(J)
    del J
    assert all(witness() is None for witness in witnesses)


def test_a_transform_leaves_nothing_behind(no_collector: None) -> None:
    witnesses = []

    def cost(x: Any) -> Any:
        J, made = graph_and_witnesses(x)
        witnesses.extend([*made, weakref.ref(x)])
        return J

    cg.value_and_grad(cost)(np.array([1.0, -2.0]))
    cg.grad(lambda x: np.sum(cg.grad(cost)(x) ** 2))(np.array([1.0, -2.0]))
    assert len(witnesses) == 10
    assert all(witness() is None for witness in witnesses)


def test_training_does_not_grow(no_collector: None) -> None:
    """What a step of training made is gone before the next one but one: as many objects after 300 steps as after 10."""
    W, X = np.ones((3, 2)), np.ones((2, 5))
    counts = []
    for step in range(300):
        w = Variable(W)
        cost = np.sum(np.tanh(w @ X) ** 2)
        cost.backward()
        W = W - 0.01 * w.grad
        if step in (10, 299):
            counts.append(sum(type(thing) is cg.Node for thing in gc.get_objects()))
    assert counts[0] == counts[1] > 0
