"""Memory: what has been computed is freed by counting references alone, at once, whatever happened on the way.

Python's cycle collector is off in all of these tests, so that a reference cycle, which it would find sooner or later,
shows. NumPy's arrays are invisible to the collector: a cycle that holds a few can keep gigabytes.
"""

from __future__ import annotations

import contextlib
import gc
import math
import sys
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

import compgraph as cg
from compgraph import OPS, Op
from compgraph.rules.composition import COMPOSED, Composition
from tests.rules.test_every_declared_call import sample_of
from tests.sampling import Sample, apply, real_sum

Variable: Any = cg.Variable

SIDE = 1000 if settings().max_examples > 100 else 300
"""Of the grid of shared nodes: a million of them in the deep profile."""


@pytest.fixture(autouse=True, scope="module")
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    gc.freeze()  # what is there already is not looked through again and again; nor is it later, see tests/conftest.py
    try:
        yield
    finally:
        gc.enable()


def cycles(work: Callable[[], object]) -> list[str]:
    """What some work leaves behind that only the cycle collector can free, by type; caches are filled before."""
    work()
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        work()
        gc.collect()
        return sorted(type(thing).__name__ for thing in gc.garbage)
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.collect()


def test_a_cycle_is_found() -> None:
    def work() -> None:
        node: Any = Variable(1.0) * 2.0
        node.name = [node]

    assert "Node" in cycles(work)
    assert cycles(lambda: Variable(1.0) * 2.0) == []


# -------------------------------------------------------------------------------------------------- every op, every way


def as_called(declaration: Op | Composition, sample: Any) -> tuple[Any, list[Any]]:
    """The result of a call with variables in all places that can have one, and the variables."""
    if isinstance(sample, Sample):
        assert isinstance(declaration, Op)
        inputs = [x if x.dtype == bool else Variable(x) for x in sample.inputs]
        result = apply(declaration, inputs, sample.params)
        return result, [x for x in inputs if isinstance(x, cg.Node)]
    arrays, params = sample
    variables = [Variable(x) for x in arrays]
    return declaration.forward(*variables, **params), variables


def summed(result: Any) -> Any:
    """The sum of the entries of all nodes of a result, which may be a list or a tuple."""
    if isinstance(result, (list, tuple)):
        return sum(summed(part) for part in result)
    return real_sum(result) if isinstance(result, cg.Node) else 0.0


DECLARATIONS: list[Op | Composition] = [*OPS.values(), *COMPOSED.values()]


@pytest.mark.parametrize("declaration", DECLARATIONS, ids=lambda declaration: declaration.name)
def test_no_op_makes_a_cycle(declaration: Op | Composition) -> None:
    for call in declaration.calls or (cg.call(",".join(["ab"] * len(getattr(declaration, "vjps", ())))),):
        sample = sample_of(declaration, call)

        def work(sample: Any = sample) -> None:
            result, variables = as_called(declaration, sample)
            total = summed(result)
            total.backward()
            for slope in cg.gradients(total, variables, create_graph=True):
                cg.gradients(real_sum(slope), variables)

        assert cycles(work) == [], f"{declaration.name} called as {call}"


# ------------------------------------------------------------------------------------------------------- transforms


def cost(x: Any) -> Any:
    return np.sum(np.tanh(x * x) * np.exp(-x)) / (1.0 + np.max(x))


AT = np.array([0.5, -1.0, 2.0])
TRANSFORMS: dict[str, Callable[[Callable[..., Any]], Any]] = {
    "grad": lambda f: cg.grad(f)(AT),
    "value_and_grad": lambda f: cg.value_and_grad(f)(AT),
    "grad of grad": lambda f: cg.grad(lambda x: np.sum(cg.grad(f)(x) ** 2))(AT),
    "grad of grad of grad": lambda f: cg.grad(lambda x: np.sum(cg.grad(lambda y: np.sum(cg.grad(f)(y)))(x)))(AT),
    "vjp": lambda f: cg.vjp(f, AT)[1](1.0),
    "jvp": lambda f: cg.jvp(f, [AT], [np.ones(3)]),
    "jvp of jvp": lambda f: cg.jvp(lambda x: cg.jvp(f, [x], [np.ones(3)])[1], [AT], [np.ones(3)]),
    "jvp of grad": lambda f: cg.jvp(cg.grad(f), [AT], [np.ones(3)]),
    "grad of jvp": lambda f: cg.grad(lambda x: cg.jvp(f, [x], [np.ones(3)])[1])(AT),
    "jacobian": lambda f: cg.jacobian(lambda x: x * f(x))(AT),
    "forward jacobian": lambda f: cg.jacobian(lambda x: x * f(x), mode="forward")(AT),
    "hessian": lambda f: cg.hessian(f)(AT),
    "hessian_vector_product": lambda f: cg.hessian_vector_product(f)(AT, np.ones(3)),
    "elementwise_grad": lambda f: cg.elementwise_grad(f)(AT),
    "backward": lambda f: f(Variable(AT)).backward(),
}

every_transform = pytest.mark.parametrize("transform", TRANSFORMS.values(), ids=list(TRANSFORMS))


@every_transform
def test_no_transform_makes_a_cycle(transform: Callable[..., Any]) -> None:
    witnesses: list[weakref.ref[Any]] = []

    def watched(x: Any) -> Any:
        J = cost(x)
        witnesses.extend([weakref.ref(x), weakref.ref(J)])
        return J

    result = transform(watched)
    assert witnesses
    assert all(witness() is None for witness in witnesses), "a node outlives the transform"
    del result
    assert cycles(lambda: transform(cost)) == []


class InjectedError(Exception):
    pass


@every_transform
@pytest.mark.parametrize("error", [InjectedError, KeyboardInterrupt, ValueError, StopIteration])
@pytest.mark.parametrize("place", ["function", "rule"])
def test_no_exception_makes_a_cycle(transform: Callable[..., Any], error: type[BaseException], place: str) -> None:
    """In the function that is differentiated, or in a rule: all nodes are gone when the exception is."""
    witnesses: list[weakref.ref[Any]] = []
    raised = 0

    def fail(grad: Any, out: Any, x: Any) -> Any:
        nonlocal raised
        raised += 1
        raise error("injected")

    def doubled(x: Any) -> Any:
        return 2.0 * x

    failing: Any = cg.differentiable(fail, domain=(0, 1), name="failing")(doubled)

    def watched(x: Any) -> Any:
        J = cost(failing(x) if place == "rule" else x)
        witnesses.extend([weakref.ref(x), weakref.ref(J)])
        if place == "function":
            fail(None, None, None)
        return J

    def work() -> None:
        with contextlib.suppress(error, RuntimeError):  # a generator turns StopIteration into a RuntimeError
            transform(watched)

    try:
        assert cycles(work) == []
        assert raised >= 2
        assert all(witness() is None for witness in witnesses), "a node outlives the exception"
    finally:
        del OPS[failing]


# ------------------------------------------------------------------------------------------------------------ training


def train(steps: int, parameters: list[Any], X: Any, Y: Any) -> list[Any]:
    """Steps of descent of a two-layer network of tanh and σ, with a penalty on the slopes by the input."""
    for _ in range(steps):
        W1, b1, W2, b2 = nodes = [Variable(p) for p in parameters]
        A = cg.sigmoid(W2 @ np.tanh(W1 @ X + b1) + b2)
        J = -np.mean(Y * np.log(A) + (1 - Y) * np.log(1 - A))
        J.backward()
        parameters = [p - 0.1 * node.grad for p, node in zip(parameters, nodes, strict=True)]
    return parameters


def test_ten_thousand_steps_of_training_take_no_more_memory_than_one() -> None:
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(2, 8)), (rng.random((1, 8)) < 0.5).astype(float)
    parameters: list[Any] = [rng.normal(size=s) for s in ((3, 2), (3, 1), (1, 3), (1, 1))]
    parameters = train(50, parameters, X, Y)
    blocks = sys.getallocatedblocks()
    parameters = train(10_000, parameters, X, Y)
    assert abs(sys.getallocatedblocks() - blocks) < 50  # Python's objects, of which each step makes some hundred
    tracemalloc.start()
    try:
        parameters = train(20, parameters, X, Y)
        before = tracemalloc.get_traced_memory()[0]
        parameters = train(500, parameters, X, Y)
        assert abs(tracemalloc.get_traced_memory()[0] - before) < 2000  # bytes, with those of the arrays
    finally:
        tracemalloc.stop()


# -------------------------------------------------------------------------------------------------------- large graphs


def test_a_grid_of_shared_nodes() -> None:
    """Every node is the sum of two neighbours of the row before, in a ring: as many ways through as binomials say.

    A sweep that went every way by itself would take 2**SIDE steps; freeing the graph by recursion would overflow.
    """
    leaves = [Variable(1.0) for _ in range(SIDE)]
    row = leaves
    for _ in range(SIDE):
        row = [left + right for left, right in zip(row, [*row[1:], row[0]], strict=True)]
    first, total = row[0], sum(row[1:], row[0])
    tape = cg.Tape(total)
    assert len(tape) == SIDE + SIDE * SIDE + SIDE - 1
    assert total.value == SIDE * 2.0**SIDE
    total.backward()
    assert {x.grad for x in leaves} == {2.0**SIDE}
    ways = [2.0, *[float(math.comb(SIDE, j)) for j in range(1, SIDE)]]
    np.testing.assert_allclose(cg.gradients(first, leaves), ways, rtol=1e-12)
    inner = weakref.ref(tape[len(tape) // 2])
    del tape, row, first, total
    assert inner() is None
