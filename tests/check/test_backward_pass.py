"""The backward pass step by step: its sums are the engine's gradients, and a what-if is what redoing the pass gives."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.check.backward_pass import BackwardPass, values_of
from compgraph.check.diagnosis.suspect import Suspect
from compgraph.check.problem import Problem
from compgraph.check.scene import Scene
from compgraph.check.wrong_step import find_wrong_steps
from compgraph.testing import expressions

SEEDS = st.integers(0, 2**32)


@st.composite
def passes(draw: st.DrawFn) -> BackwardPass:
    """The pass of the sum of squares of a random function."""
    f = draw(expressions(max_steps=8))
    y = f(*[cg.Variable(x) for x in f.arguments])
    return BackwardPass(np.sum(y * y) if y.shape else y * y)


def any_like(x: Any, rng: np.random.Generator) -> Any:
    return rng.normal(size=np.shape(x))


def assert_same(found: dict[Any, Any], expected: dict[Any, Any], nodes: Any) -> None:
    for node in nodes:
        one, other = found.get(node, 0.0), expected.get(node, 0.0)
        largest = max(np.max(np.abs(one), initial=0.0), np.max(np.abs(other), initial=0.0))
        np.testing.assert_allclose(np.broadcast_to(one, node.shape), np.broadcast_to(other, node.shape),
                                   rtol=0, atol=1e-9 * largest + 1e-12)  # fmt: skip


def some_of(data: st.DataObject, steps: BackwardPass) -> list[Any]:
    return data.draw(st.lists(st.sampled_from(steps.tape.nodes), min_size=1, max_size=3, unique_by=id))


@given(steps=passes())
def test_what_arrives_at_every_node_is_the_engine_s_gradient(steps):
    nodes = steps.tape.nodes
    expected = dict(zip(nodes, cg.gradients(steps.tape.outputs[0], nodes), strict=True))
    assert_same(steps.cotangents, expected, nodes)


@given(steps=passes())
def test_what_arrives_is_the_sum_of_what_was_sent(steps):
    for node in steps.tape.nodes[:-1]:
        sent = [steps.sent(step) for step in steps.steps if step.x is node]
        assert all(each.shape == node.shape for each in sent)
        assert_same({node: sum(sent)}, steps.cotangents, [node])


@given(steps=passes())
def test_places_and_positions_are_those_of_the_pass_and_the_tape(steps):
    assert [steps.place(step) for step in steps.steps] == list(range(len(steps.steps)))
    assert [steps.position(node) for node in steps.tape.nodes] == list(range(len(steps.tape)))
    assert steps.position(cg.Variable(1.0)) == -1
    for node in steps.tape.nodes:
        later = steps.steps_from(node)
        assert steps.steps[len(steps.steps) - len(later) :] == later
        own = [step for step in steps.steps if step.node is node]
        assert [step for step in later if step.node is node] == own
        assert not own or later[0].node is node


@given(steps=passes(), data=st.data(), seed=SEEDS)
def test_a_change_is_what_redoing_the_pass_with_it_gives(steps, data, seed):
    """What arrives at some nodes is more by c: the cost is as if it had the further term <c, node>."""
    rng = np.random.default_rng(seed)
    changes = {node: any_like(node.value, rng) for node in some_of(data, steps)}
    output = steps.tape.outputs[0]
    redone = output + sum(np.sum(c * node) for node, c in changes.items())
    nodes = steps.tape.nodes
    again = dict(zip(nodes, cg.gradients(redone, nodes), strict=True))
    changed = steps.change(changes)
    expected = {node: steps.cotangents[node] + changed.get(node, 0.0) for node in nodes}
    assert_same(expected, again, nodes)


@given(steps=passes(), data=st.data(), seed=SEEDS)
def test_a_change_stops_where_cotangents_are_given(steps, data, seed):
    rng = np.random.default_rng(seed)
    given_ones = {node: any_like(node.value, rng) for node in some_of(data, steps)}
    changes = {node: any_like(node.value, rng) for node in some_of(data, steps)}
    output = steps.tape.outputs[0]
    redone = BackwardPass(output + sum(np.sum(c * node) for node, c in changes.items()), given_ones)
    before = BackwardPass(output, given_ones)
    changed = before.change(changes)
    nodes = [node for node in steps.tape.nodes if node is not output or node not in given_ones]
    expected = {node: before.cotangents.get(node, 0.0) + changed.get(node, 0.0) for node in nodes}
    assert_same(expected, redone.cotangents, nodes)


@given(steps=passes(), data=st.data(), seed=SEEDS, share=st.floats(-2, 2))
def test_a_change_is_linear(steps, data, seed, share):
    rng = np.random.default_rng(seed)
    one = {node: any_like(node.value, rng) for node in some_of(data, steps)}
    other = {node: any_like(node.value, rng) for node in some_of(data, steps)}
    both = {node: one.get(node, 0.0) + share * other.get(node, 0.0) for node in {**one, **other}}
    first, second, together = steps.change(one), steps.change(other), steps.change(both)
    expected = {node: first.get(node, 0.0) + share * second.get(node, 0.0) for node in steps.tape.nodes}
    assert_same(together, expected, steps.tape.nodes)


@given(steps=passes(), data=st.data(), seed=SEEDS)
def test_a_given_cotangent_is_passed_on_in_the_place_of_what_arrives(steps, data, seed):
    output = steps.tape.outputs[0]
    node = data.draw(st.sampled_from(steps.tape.nodes))
    instead = any_like(node.value, np.random.default_rng(seed))
    redone = BackwardPass(output, {node: instead})
    assert redone.passed_on(node) is instead
    np.testing.assert_array_equal(redone.cotangents.get(node, 0.0), steps.cotangents.get(node, 0.0))
    own = {x for step in steps.steps_from(node) if step.node is node for x in (step.x,)}
    assume(own)
    rest = steps.without([node])
    pulled = BackwardPass(np.sum(node * instead) if node.shape else node * instead).cotangents
    expected = {x: rest.get(x, 0.0) + pulled.get(x, 0.0) for x in steps.tape.nodes if x is not node}
    assert_same(redone.cotangents, expected, expected)


@given(steps=passes(), data=st.data())
def test_held_nodes_pass_nothing_on_and_cut_steps_carry_nothing(steps, data):
    held = some_of(data, steps)
    own = [step for step in steps.steps if step.node in set(held)]
    assert_same(steps.without(held), steps.cut(own), steps.tape.nodes)
    again = steps.redone({step: values_of(step.node) for step in steps.steps})
    assert_same(again, steps.cotangents, steps.tape.nodes)


@given(steps=passes(), data=st.data(), seed=SEEDS)
def test_tangents_and_changes_are_adjoint(steps, data, seed):
    """<J^T c, v> = <c, J v>: how much of a change arrives along a direction, without pulling it."""
    rng = np.random.default_rng(seed)
    target, x = data.draw(st.sampled_from(steps.tape.nodes)), data.draw(st.sampled_from(steps.tape.nodes))
    change, direction = any_like(x.value, rng), any_like(target.value, rng)
    moved = steps.tangents(target, direction).get(x)
    arrived = steps.change({x: change}).get(target)
    along = 0.0 if moved is None else np.sum(change * moved)
    against = 0.0 if arrived is None else np.sum(arrived * direction)
    terms = 0.0 if moved is None else np.sum(np.abs(change * moved))
    np.testing.assert_allclose(along, against, rtol=1e-7, atol=1e-9 * (1 + terms))


@given(f=expressions(max_steps=8), data=st.data(), seed=SEEDS)
def test_the_effect_of_a_change_on_a_suspect_is_the_change_of_its_gradient(f, data, seed):
    names = list(f.inputs)

    def cost(*args: Any) -> Any:
        y = f(*args)
        return np.sum(y * y)

    problem = Problem(cost, [2 * x for x in f.arguments], f.arguments)
    scene = Scene(problem, problem.parameters)
    name = data.draw(st.sampled_from(scene.problem.names[: len(names)]))
    suspect = Suspect(scene, find_wrong_steps(scene).steps, name, 0.0, None)
    x = data.draw(st.sampled_from(suspect.on_the_way))
    change = any_like(x.value, np.random.default_rng(seed))
    changed = suspect.after({x: change}) - suspect.right
    expected = [np.sum(changed * v) for v in suspect.directions]
    np.testing.assert_allclose(
        suspect.effect(x, change), expected, rtol=1e-7, atol=1e-9 * (1 + np.max(np.abs(changed), initial=0.0))
    )


def test_the_given_nodes_before_another_are_the_nearest_ones():
    w = cg.Variable(np.ones(3))
    a = w * 2
    b = a * 3
    c = a + 1
    J: Any = np.sum(b * c)
    steps = BackwardPass(J, {a: np.ones(3), b: np.ones(3)})
    assert steps.given_before(w) == (a,)
    assert steps.given_before(a) == (b,)
    assert steps.given_before(b) == ()


def test_zeros_are_strong_and_nothing_warns():
    x = cg.Variable(np.array([0.0, 4.0]))
    J = np.sum(np.array([0.0, 1.0]) * np.sqrt(x))
    steps = BackwardPass(J)
    np.testing.assert_array_equal(steps.cotangents[x], [0.0, 0.25])
    infinite = BackwardPass(J, {node: np.array([np.inf, -np.inf]) for node in steps.tape.nodes if node.shape == (2,)})
    assert infinite.cotangents[x].shape == (2,)
