"""Scopes: which node belongs to which, in loops, threads, tasks, copies and after errors."""

from __future__ import annotations

import asyncio
import copy
import gc
import pickle
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.errors import SettingError
from compgraph.node import Node
from compgraph.scope import OPEN, Scope, _members, enclosing, scope


@pytest.fixture(autouse=True)
def none_is_left_open() -> Iterator[None]:
    yield
    assert OPEN == []
    assert enclosing.get() is None


def path_of(node: Any) -> tuple[str, ...]:
    """The names of the scopes a node is in."""
    assert isinstance(node, Node)
    assert node.scope is not None
    return node.scope.path


# A program is a list of steps: None makes a node, a list is a scope with a program inside.
programs = st.recursive(st.none(), lambda inner: st.lists(inner, max_size=4), max_leaves=12)


@given(programs)
def test_every_node_is_of_the_scopes_it_was_made_in(program):
    made: list[tuple[Any, tuple[Scope, ...]]] = []

    def run(step, around: tuple[Scope, ...]) -> None:
        if step is None:
            variable = cg.Variable(1.0)
            made.extend([(variable, around), (np.tanh(variable), around), (2 * variable, around)])
            return
        with scope(f"at {len(around)}") as entered:
            for inner in step:
                run(inner, (*around, entered))

    run(program, ())
    for node, around in made:
        assert node.scope is (around[-1] if around else None)
        if node.scope is not None:
            assert node.scope.chain == around
            assert node.scope.path == tuple(f"at {i}" for i in range(len(around)))


def test_every_entry_is_a_scope_of_its_own():
    nodes = []
    for _ in range(2):
        with scope("layer"):
            nodes += [cg.Variable(1.0), cg.Variable(2.0)]
    assert nodes[0].scope is nodes[1].scope
    assert nodes[0].scope is not nodes[2].scope
    assert path_of(nodes[0]) == path_of(nodes[2]) == ("layer",)


def test_a_function_can_be_a_scope():
    @scope("square")
    def square(x: Node) -> Node:
        return x * x

    x = cg.Variable(3.0)
    first, second = square(x), square(x)
    assert x.scope is None
    assert path_of(first) == path_of(second) == ("square",)
    assert first.scope is not second.scope


def test_all_that_makes_nodes_is_noticed():
    x = cg.Variable([[1.0, 2.0]])
    with scope("all"):
        made = [x + 1, 1 - x, -x, x @ x.T, np.exp(x), np.ones(2) * x, x.sum(), np.var(x), x[0], cg.sigmoid(x)]
        (slope,) = cg.gradients(np.sum(x * x), [x], create_graph=True)
    assert all(node.scope is not None and node.scope.name == "all" for node in (*made, slope))


def test_an_error_leaves_the_scope():
    x = cg.Variable(1.0)
    with pytest.raises(ZeroDivisionError), scope("broken"):
        raise ZeroDivisionError
    assert (x + 1).scope is None


@pytest.mark.parametrize("name", ["", "  ", None, 3])
def test_a_name_is_a_text(name):
    with pytest.raises(SettingError, match=r"give a name, such as scope\('hidden layer'\)"), scope(name):
        pass


def test_threads_have_scopes_of_their_own():
    x = cg.Variable(1.0)
    entered, done = threading.Barrier(3), threading.Barrier(3)
    found: dict[str, Node] = {}

    def work(name: str) -> None:
        with scope(name):
            entered.wait(10)
            found[name] = x * 2
            done.wait(10)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("one", "other")]
    for thread in threads:
        thread.start()
    entered.wait(10)
    outside = x * 2
    done.wait(10)
    for thread in threads:
        thread.join()
    assert {name: path_of(node) for name, node in found.items()} == {"one": ("one",), "other": ("other",)}
    assert outside.scope is None


def test_tasks_have_scopes_of_their_own():
    x = cg.Variable(1.0)

    async def work(name: str) -> tuple[str, ...]:
        with scope(name):
            await asyncio.sleep(0)
            node = x * 2
            await asyncio.sleep(0)
            return path_of(node)

    async def both() -> tuple[tuple[str, ...], ...]:
        return tuple(await asyncio.gather(work("one"), work("other")))

    assert asyncio.run(both()) == (("one",), ("other",))


def test_inside_a_debug_block_too():
    with cg.debug(), scope("watched"):
        x = cg.Variable(1.0)
        y = x * 2
    assert x.scope is y.scope is not None
    assert y.source is not None


def test_the_table_keeps_no_node_alive_and_is_empty_without_scopes():
    gc.collect()
    before = len(_members)
    with scope("short"):
        x = cg.Variable(1.0)
        for _ in range(1000):
            x = x + 1.0
    assert len(_members) == before + 1001
    del x
    gc.collect()
    assert len(_members) == before
    outside = cg.Variable(1.0) * 2
    assert outside.scope is None
    assert len(_members) == before


@pytest.mark.parametrize(
    "again", [copy.deepcopy, lambda tape: pickle.loads(pickle.dumps(tape))], ids=["copy", "pickle"]
)
def test_a_copied_tape_has_scopes_alike_and_its_own(again):
    with scope("network"):
        x: Any = cg.Variable(1.0)
        for _ in range(2):
            with scope("layer"):
                x = np.tanh(2 * x)
    tape = cg.Tape(x + 1)
    with scope("where it is copied"):
        twin = again(tape)
    assert [node.scope and node.scope.path for node in twin] == [node.scope and node.scope.path for node in tape]
    for i, node in enumerate(tape):
        assert twin[i].scope is None or twin[i].scope is not node.scope
        for j, other in enumerate(tape):
            assert (twin[i].scope is twin[j].scope) == (node.scope is other.scope)
    assert twin[1].scope.outer is twin[0].scope


def test_a_variable_copied_on_its_own_is_of_no_scope():
    with scope("here"):
        x = cg.Variable(1.0, "x")
    assert copy.deepcopy(x).scope is None
    assert x.scope is not None


def test_what_a_scope_is_called():
    assert repr(Scope("layer", Scope("network"))) == "<Scope network/layer>"
