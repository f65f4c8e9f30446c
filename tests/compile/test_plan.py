"""Plans of memory: that nothing is overwritten while it is needed, whatever the graph, and that little is used."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given

import compgraph as cg
from compgraph.compile.calls import CONSTANT
from compgraph.compile.plan import Plan, planned
from compgraph.compile.rewriting import evaluated
from tests.compile.test_random_programs import ProgramOf, programs


def computed(tape: cg.Tape) -> list[cg.Node]:
    return [node for node in tape if node.op is not None and node.op is not CONSTANT]


def run(nodes: list[cg.Node], outputs: tuple[cg.Node, ...], plan: Plan) -> list[Any]:
    """The outputs, computed in the memory that was planned, as the source does it."""
    memory = {b: np.full(b.shape, 13, b.dtype) for b in plan.buffers}
    values: dict[cg.Node, Any] = {}

    def value(x: Any) -> Any:
        return values.get(x, x.value) if isinstance(x, cg.Node) else x

    for node in nodes:
        assert node.op is not None
        inputs = [value(x) for x in node.inputs]
        target = plan.target.get(node)
        if target is None:
            values[node] = evaluated(node, inputs)
        elif node.op.function in (np.dot, np.sum):
            function: Any = node.op.function
            values[node] = function(*inputs, **node.params, out=memory[target])
        else:
            values[node] = node.op.function(*inputs, out=memory[target])
    found = [value(x) for x in outputs]
    return [x.copy() if i in plan.copied else x for i, x in enumerate(found)]


@given(programs())
def test_nothing_is_overwritten_while_it_is_needed(drawn: tuple[ProgramOf, list[tuple[Any, ...]]]) -> None:
    """Every result of a random program and of its gradient is what it is in memory of its own."""
    program, ((*arguments,), *_) = drawn
    variables = [cg.Variable(x) for x in arguments]
    cost = program.cost(*variables)
    if not isinstance(cost, cg.Node):
        return
    slopes = cg.gradients(cost, variables, create_graph=True)
    tape = cg.Tape([cost, *slopes])
    nodes = computed(tape)
    lasting = [node for node in tape if node.op is None]
    plan = planned(nodes, tape.outputs, lasting)
    before = [np.copy(x.value) for x in tape]
    found = run(nodes, tape.outputs, plan)
    for x, y in zip(found, tape.outputs, strict=True):
        np.testing.assert_array_equal(x, y.value)
    assert all(np.array_equal(x, node.value, equal_nan=True) for x, node in zip(before, tape, strict=True))
    arrays = [x for x in found if isinstance(x, np.ndarray)]
    given = [node.value for node in lasting if isinstance(node.value, np.ndarray)]
    for i, x in enumerate(arrays):
        assert not any(np.shares_memory(x, y) for y in (*arrays[:i], *given))


def test_a_chain_runs_in_place() -> None:
    x: Any = cg.Variable(np.ones(5))
    y: Any = x
    for _ in range(10):
        y = np.sin(y)
    out: Any = np.sum(y)
    plan = planned(computed(cg.Tape(out)), (out,), [x])
    assert len(plan.buffers) == 1
    assert len(plan.over) == 9


def test_a_view_keeps_its_memory() -> None:
    """The transposed y is read after the last use of y itself, so no result takes over the memory of y before."""
    x: Any = cg.Variable(np.ones((3, 3)))
    y: Any = np.sin(x)
    view: Any = np.transpose(y)
    z: Any = np.exp(x)
    out: Any = np.sum(np.cos(z) * view)
    nodes = computed(cg.Tape(out))
    plan = planned(nodes, (out,), [x])
    assert plan.target[y] is not plan.target[z]
    (found,) = run(nodes, (out,), plan)
    assert found == out.value


def test_no_result_takes_over_memory_that_its_own_op_reads_in_another_order() -> None:
    x: Any = cg.Variable(np.arange(9.0).reshape(3, 3))
    y: Any = np.sin(x)
    z: Any = y - np.transpose(y)
    out: Any = np.sum(np.exp(z))
    nodes = computed(cg.Tape(out))
    plan = planned(nodes, (out,), [x])
    assert z not in plan.over
    assert run(nodes, (out,), plan) == [out.value]


def test_what_is_returned_is_in_no_buffer() -> None:
    x: Any = cg.Variable(np.ones((3, 3)))
    y: Any = np.sin(x)
    view: Any = np.transpose(y)
    outputs: Any = (x, y, view, y, np.einsum("ij->ji", y))
    plan = planned(computed(cg.Tape(outputs)), outputs, [x])
    assert plan.target == {}
    assert plan.copied == {0, 2, 3, 4}
