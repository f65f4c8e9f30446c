"""The reverse sweep: what backward() and gradients() promise, whatever the ops are."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes

import compgraph as cg
from compgraph import OPS
from compgraph.errors import ConversionError, DtypeError, GradientError, ShapeError

Variable: Any = cg.Variable
variables: Any = cg.variables


# ------------------------------------------------------------------------------------------------------------ backward


def test_the_course_graph() -> None:
    a, b, c = variables(a=5.0, b=3.0, c=2.0)
    u = b * c
    v = a + u
    J = 3 * v
    assert [node.grad for node in (a, b, c, u, v, J)] == [None] * 6
    J.backward()
    assert [node.grad for node in (a, b, c, u, v, J)] == [3.0, 6.0, 9.0, 3.0, 3.0, 1.0]
    assert all(type(node.grad) is float for node in (a, b, c, u, v, J))


def test_gradients_are_set_not_added() -> None:
    x = Variable([1.0, 2.0])
    y, z = np.sum(x * x), np.sum(3.0 * x)
    for _ in range(3):
        y.backward()
        np.testing.assert_array_equal(x.grad, [2.0, 4.0])
    z.backward()
    np.testing.assert_array_equal(x.grad, [3.0, 3.0])
    (y + z).backward()
    np.testing.assert_array_equal(x.grad, [5.0, 7.0])


def test_every_node_on_the_way_has_its_gradient() -> None:
    """Also one that nothing flows to: zeros, of its shape."""
    x = Variable([[1.0, -2.0]])
    steps = np.sign(x)
    doubled = 2.0 * x
    J = np.sum(doubled * doubled) + np.sum(steps)
    J.backward()
    np.testing.assert_array_equal(steps.grad, [[1.0, 1.0]], strict=True)
    np.testing.assert_array_equal(doubled.grad, 2 * doubled.value, strict=True)
    np.testing.assert_array_equal(x.grad, 8 * x.value, strict=True)
    y = np.sign(np.exp(x))
    np.sum(y).backward()
    np.testing.assert_array_equal(x.grad, [[0.0, 0.0]], strict=True)


def test_what_is_not_on_the_way_keeps_its_gradient() -> None:
    a, b = variables(a=2.0, b=3.0)
    (a * b).backward()
    (a * 5.0).backward()
    assert (a.grad, b.grad) == (5.0, 2.0)


def test_a_leaf_is_its_own_output() -> None:
    x, v = Variable(2.0), Variable([1.0, 2.0])
    x.backward()
    assert x.grad == 1.0
    seed = np.array([3.0, 4.0])
    v.backward(seed)
    np.testing.assert_array_equal(v.grad, seed)
    assert not np.shares_memory(v.grad, seed)
    (found,) = cg.gradients(v, [v], seed=seed)
    assert not np.shares_memory(found, seed)


# --------------------------------------------------------------------------------------------------------------- seeds


@pytest.mark.parametrize("seed", [[1, 10], (1.0, 10.0), np.array([1, 10]), np.array([1.0, 10.0], np.float32)], ids=repr)
def test_a_seed_weighs_the_entries(seed: Any) -> None:
    x = Variable([1.0, 2.0])
    before = np.array(seed)
    y = x * x
    y.backward(seed)
    np.testing.assert_array_equal(x.grad, [2.0, 40.0], strict=True)
    np.testing.assert_array_equal(y.grad, [1.0, 10.0], strict=True)
    np.testing.assert_array_equal(seed, before)
    np.testing.assert_array_equal(cg.gradients(y, [x], seed=seed)[0], [2.0, 40.0])


def test_a_seed_of_a_number() -> None:
    x = Variable(3.0)
    for seed in (2, 2.0, np.float64(2), np.array(2.0)):
        (x * x).backward(seed)
        assert x.grad == 12.0
        assert type(x.grad) is float


def test_the_gradient_of_the_output_is_the_persons_own() -> None:
    x = Variable([1.0, 2.0])
    seed = np.array([1.0, 10.0])
    y = x + 0.0
    y.backward(seed)
    seed[:] = 0.0
    np.testing.assert_array_equal(x.grad, [1.0, 10.0])
    np.testing.assert_array_equal(y.grad, [1.0, 10.0])


@pytest.mark.parametrize(
    ("seed", "error", "message"),
    [
        (None, GradientError, r"shape \(2,\), so it has no one derivative.*np\.sum, np\.mean.*seed="),
        (1.0, ShapeError, r"seed has shape \(\) and the output \(2,\)"),
        ([1.0], ShapeError, r"seed has shape \(1,\) and the output \(2,\)"),
        ([[1.0, 1.0]], ShapeError, r"seed has shape \(1, 2\) and the output \(2,\)"),
        ([[1.0], [1.0, 2.0]], ShapeError, "seed is a list that is no array"),
        ([True, False], DtypeError, "not of dtype bool"),
        ([1j, 1.0], DtypeError, "not of dtype complex128"),
        (["a", "b"], DtypeError, "not of dtype <U1"),
        ([None, 1.0], DtypeError, "not of dtype object"),
        (Variable([1.0, 1.0]), ConversionError, r"seed\.value"),
        ([Variable(1.0), 1.0], ConversionError, r"node\.value"),
    ],
    ids=repr,
)
def test_a_seed_that_does_not_fit(seed: Any, error: type[Exception], message: str) -> None:
    x = Variable([1.0, 2.0])
    y = x * 2.0
    np.sum(y).backward()
    for differentiate in (lambda: y.backward(seed), lambda: cg.gradients(y, [x], seed=seed)):
        with pytest.raises(error, match=message) as caught:
            differentiate()
        assert isinstance(caught.value, cg.CompgraphError)
    np.testing.assert_array_equal(x.grad, [2.0, 2.0])


def test_a_seed_that_is_a_node_is_differentiated_too() -> None:
    x, w = Variable([1.0, 2.0]), Variable([3.0, 4.0])
    (pulled,) = cg.gradients(np.sin(x), [x], seed=w, create_graph=True)
    np.testing.assert_allclose(pulled.value, w.value * np.cos(x.value))
    np.testing.assert_allclose(cg.gradients(np.sum(pulled), [w])[0], np.cos(x.value))
    with pytest.raises(ShapeError, match=r"seed has shape \(\)"):
        cg.gradients(np.sin(x), [x], seed=Variable(1.0), create_graph=True)


# ----------------------------------------------------------------------------------------------------------- gradients


def test_gradients_leave_no_trace() -> None:
    x = Variable([1.0, 2.0])
    y = np.sum(x * x)
    cg.gradients(y, [x, y])
    assert x.grad is None
    assert y.grad is None
    (3.0 * y).backward()
    kept = x.grad
    cg.gradients(y, [x])
    cg.gradients(y, [x], create_graph=True)
    assert x.grad is kept


def test_gradients_with_respect_to_anything_on_the_way() -> None:
    """What is not on the way between is not computed, and does not change the answer."""
    x = Variable([1.0, 2.0, 3.0])
    u = x * x
    v = np.tanh(u)
    J = np.sum(v * u) + np.sum(x)
    full = dict(zip((x, u, v, J), cg.gradients(J, [x, u, v, J]), strict=True))
    for node, expected in full.items():
        (alone,) = cg.gradients(J, [node])
        np.testing.assert_array_equal(alone, expected)
    np.testing.assert_allclose(full[u], v.value + u.value * (1 - v.value**2))
    np.testing.assert_array_equal(full[v], u.value)
    assert full[J] == 1.0


def test_asking_twice_for_one_gives_two_arrays() -> None:
    x = Variable([1.0, 2.0])
    first, second = cg.gradients(np.sum(x * x), [x, x])
    np.testing.assert_array_equal(first, second)
    assert not np.shares_memory(first, second)


def test_what_the_output_does_not_depend_on_has_zeros() -> None:
    x = Variable(2.0)
    others = [Variable(1.0), Variable(np.ones((2, 1), np.float32)), Variable(np.ones((0, 3))), Variable(np.float32(1))]
    found = cg.gradients(x * 2, others)
    for other, gradient in zip(others, found, strict=True):
        assert (np.shape(gradient), np.asarray(gradient).dtype) == (other.shape, other.dtype)
        assert not np.any(gradient)
    graph = cg.gradients(x * 2, [*others, x], create_graph=True)
    assert all(isinstance(gradient, cg.Node) for gradient in graph)


def test_any_collection_of_nodes_will_do() -> None:
    a, b = variables(a=2.0, b=3.0)
    collections: list[Any] = [[a, b], (a, b), iter([a, b]), (node for node in (a, b)), {a: 1, b: 2}]
    for nodes in collections:
        assert cg.gradients(a * b, nodes) == [3.0, 2.0]
    assert cg.gradients(a * b, []) == []


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda x: cg.gradients(33.0, [x]), "only a node can be differentiated, not float"),  # type: ignore[arg-type]
        (lambda x: cg.gradients(np.ones(2), [x]), "only a node.*not ndarray.*depend on a Variable"),  # type: ignore[arg-type]
        (lambda x: cg.gradients([x, x], [x]), "only a node.*not list"),  # type: ignore[arg-type]
        (lambda x: cg.gradients(x * 2, x), r"write gradients\(output, \[node\]\)"),
        (lambda x: cg.gradients(x * 2, [2.0]), "with respect to nodes, not float"),  # type: ignore[list-item]
        (lambda x: cg.gradients(x * 2, [x, x.value]), "with respect to nodes, not float"),
    ],
)
def test_what_cannot_be_differentiated(ask: Any, message: str) -> None:
    with pytest.raises(ConversionError, match=message):
        ask(Variable(2.0))


# -------------------------------------------------------------------------------------------------- shapes and dtypes


@given(shapes=mutually_broadcastable_shapes(num_shapes=3, min_side=0, max_dims=4, max_side=3), single=st.booleans())
def test_broadcasting_is_undone(shapes: Any, single: bool) -> None:
    """The cotangent of a broadcast input is the sum over the places it was repeated to."""
    dtype = np.float32 if single else np.float64
    x, y, z = (
        Variable(np.full(shape, value, dtype)) for shape, value in zip(shapes.input_shapes, (2, 3, 5), strict=True)
    )
    out = x * y + z
    assert out.shape == shapes.result_shape
    repeated = out.size / np.array([max(v.size, 1) for v in (x, y, z)])
    seed = np.ones(out.shape, dtype)
    for dx, dy, dz in (cg.gradients(out, [x, y, z], seed=seed), cg.gradients(np.sum(out), [x, y, z])):
        for v, found, slope in ((x, dx, 3 * repeated[0]), (y, dy, 2 * repeated[1]), (z, dz, repeated[2])):
            expected = np.full(v.shape, slope if out.size else 0, dtype)
            np.testing.assert_array_equal(found, expected if v.shape else expected[()], strict=True)


@pytest.mark.parametrize("last", [cg.relu, np.abs, lambda s: np.maximum(s, 0.0), lambda s: np.clip(s, 0.0, 99.0)])
def test_a_cotangent_without_axes_is_a_number(last: Any) -> None:
    """What np.where gives for numbers is an array of no axes: it means a number, which stands for every entry."""
    A, B = Variable(np.ones((2, 3))), np.full((3, 2), 2.0)
    for total in (np.sum, np.max, lambda product: np.sum(np.transpose(product))):
        J = last(total(A @ B))
        for gradient in (
            *cg.gradients(J, [A]),
            cg.gradients(J, [A, J])[0],
            cg.gradients(J, [A], create_graph=True)[0].value,
        ):
            np.testing.assert_allclose(gradient, np.full((2, 3), 1.0 if total is np.max else 4.0))
        J.backward()
        assert A.grad.shape == (2, 3)


def test_precision_stays_that_of_each_variable() -> None:
    x = Variable(np.array([1.0, 2.0], np.float32))
    y = Variable(np.array([3.0, 4.0], np.float64))
    n = Variable(2.0)
    inner = x * n
    assert inner.dtype == np.float32  # a Python float does not promote
    out = np.sum(np.exp(inner) * y)
    out.backward()
    assert [np.asarray(v.grad).dtype for v in (x, y, inner)] == [np.float32, np.float64, np.float32]
    assert type(n.grad) is float
    for v, gradient in zip((x, y, n, inner), cg.gradients(out, [x, y, n, inner], create_graph=True), strict=True):
        assert gradient.dtype == v.dtype


def test_a_cotangent_that_is_one_number_still_has_a_shape() -> None:
    x = Variable(np.arange(6.0).reshape(2, 3))
    y = 2.0 * x
    z: Any = np.transpose(y)
    w = z + np.ones((4, 3, 2))
    J: Any = np.mean(w)
    J.backward()
    for node in (x, y, z, w):
        assert node.grad.shape == node.shape
        np.testing.assert_allclose(
            node.grad, np.full(node.shape, 1 / 24 if node is w else 1 / 6 if node is not x else 1 / 3)
        )


def test_terms_that_receive_the_same_do_not_share_it() -> None:
    """The rule of a sum hands on the very array it was given: each variable gets one of its own."""
    x, y = Variable([1.0, 2.0]), Variable([3.0, 4.0])
    seed = np.array([5.0, 6.0])
    constant = np.array([7.0, 8.0])
    cases: list[tuple[Any, Any]] = [
        (x + y, y),
        (x * constant, x),
        (np.reshape(x + y, (2, 1))[:, 0], y),
        (np.concatenate([x, y])[1:3], y),
        (np.exp(x * 1.0), x),
    ]
    for J, variable in cases:
        arrays = [*cg.gradients(J, [x, variable], seed=seed), seed, constant, x.value, y.value, J.value]
        J.backward(seed)
        arrays += [x.grad, J.grad, *([y.grad] if variable is y else [])]
        for i, array in enumerate(arrays):
            assert not any(np.shares_memory(array, other) for other in arrays[:i])


def test_writing_into_a_gradient_changes_no_other() -> None:
    x = Variable(np.arange(6.0).reshape(2, 3))
    y = x.reshape(3, 2)
    z = y.T
    J = np.sum(z[0] * np.array([1.0, 2.0, 3.0]))
    J.backward()
    nodes = (x, y, z)
    before = [node.value.copy() for node in nodes]
    for node in nodes:
        others = [other.grad.copy() for other in nodes if other is not node]
        node.grad[...] = -7.0
        for other, kept in zip([other for other in nodes if other is not node], others, strict=True):
            np.testing.assert_array_equal(other.grad, kept)
    for node, value in zip(nodes, before, strict=True):
        np.testing.assert_array_equal(node.value, value)


# --------------------------------------------------------------------------------------------------------- higher order


def test_derivatives_of_derivatives() -> None:
    x = Variable(2.0)
    y = x**5
    for expected in (5 * 2.0**4, 20 * 2.0**3, 60 * 2.0**2, 120 * 2.0, 120.0, 0.0, 0.0):
        (y,) = cg.gradients(y, [x], create_graph=True)
        assert isinstance(y, cg.Node)
        assert y.value == expected


def test_mixed_derivatives() -> None:
    x, y = variables(x=2.0, y=3.0)
    dx, dy = cg.gradients(x**2 * y**3 + np.sin(x * y), [x, y], create_graph=True)
    (dxy,) = cg.gradients(dx, [y])
    (dyx,) = cg.gradients(dy, [x])
    assert dxy == pytest.approx(6 * 2.0 * 3.0**2 + np.cos(6.0) - 6 * np.sin(6.0))
    assert dxy == pytest.approx(dyx)


def test_a_gradient_that_is_constant_is_a_node_too() -> None:
    x = Variable([1.0, 2.0])
    c = np.array([3.0, 4.0])
    (slope,) = cg.gradients(np.sum(c * x), [x], create_graph=True)
    np.testing.assert_array_equal(slope.value, c)
    assert not np.shares_memory(slope.value, c)
    np.testing.assert_array_equal(cg.gradients(np.sum(slope), [x])[0], [0.0, 0.0])


def test_a_gradient_can_be_part_of_an_objective() -> None:
    """As in a penalty on slopes: d/dw of |dJ/dx|² for J = w·x²."""
    x, w = Variable([1.0, 2.0]), Variable([3.0, 4.0])
    (slope,) = cg.gradients(np.sum(w * x**2), [x], create_graph=True)
    penalty = np.sum(slope**2)
    penalty.backward()
    np.testing.assert_allclose(w.grad, 8 * w.value * x.value**2)
    np.testing.assert_allclose(x.grad, 8 * w.value**2 * x.value)


# ---------------------------------------------------------------------------------------------- errors, interruptions


@pytest.fixture
def failing() -> Iterator[Any]:
    """An op whose rule raises what the test says, when it says so."""
    plan: dict[str, type[BaseException] | None] = {"raise": None}

    def rule(grad: Any, out: Any, x: Any) -> Any:
        if plan["raise"] is not None:
            raise plan["raise"]("in a rule")
        return 3.0 * grad

    def tripled(x: Any) -> Any:
        return 3.0 * x

    function: Any = cg.differentiable(rule, domain=(0, 1), name="failing")(tripled)
    function.plan = plan
    yield function
    del OPS[function]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, ZeroDivisionError, MemoryError, StopIteration])
def test_an_exception_in_a_rule_leaves_everything_as_it_was(failing: Any, error: type[BaseException]) -> None:
    x = Variable([1.0, 2.0])
    u = failing(x)
    J: Any = np.sum(u * u * np.sum(u))
    J.backward()
    right, inner = x.grad.copy(), u.grad.copy()
    np.sum(x * u).backward()
    kept = x.grad, u.grad, J.grad
    failing.plan["raise"] = error
    attempts: list[Callable[[], Any]] = [
        J.backward,
        lambda: cg.gradients(J, [x]),
        lambda: cg.gradients(J, [x], create_graph=True),
        lambda: cg.elementwise_grad(failing)(x.value),
    ]
    for differentiate in attempts:
        with pytest.raises(error, match="in a rule"):
            differentiate()
    assert all(a is b for a, b in zip((x.grad, u.grad, J.grad), kept, strict=True))
    failing.plan["raise"] = None
    J.backward()
    np.testing.assert_array_equal(x.grad, right)
    np.testing.assert_array_equal(u.grad, inner)


def test_an_exception_in_a_differentiated_function_passes_through() -> None:
    def cost(x: Any) -> Any:
        if np.sum(x) > 0:
            raise LookupError("not today")
        return np.sum(x * x)

    with pytest.raises(LookupError, match="not today"):
        cg.grad(cost)(np.array([1.0]))
    np.testing.assert_array_equal(cg.grad(cost)(np.array([-1.0])), [-2.0])


# ------------------------------------------------------------------------------------------------------------- threads


def test_threads_do_not_see_each_other() -> None:
    """Eight threads build graphs on one shared variable and on their own, and differentiate them, all at once."""
    shared = Variable(np.linspace(-1.0, 1.0, 5))
    start = threading.Barrier(8)
    wrong: list[Any] = []

    def work(k: int) -> None:
        start.wait()
        try:
            for i in range(60):
                own = Variable(np.full(5, 1.0 + k + i))
                J = np.sum(np.tanh(own * shared) * float(k))
                J.backward()
                expected = k * shared.value * (1 - np.tanh(own.value * shared.value) ** 2)
                np.testing.assert_allclose(own.grad, expected)
                (found,) = cg.gradients(J, [shared])
                np.testing.assert_allclose(found, k * own.value * (1 - np.tanh(own.value * shared.value) ** 2))
                second = cg.grad(cg.grad(lambda x, k=k: x**3 * k))(float(i))
                assert second == 6.0 * i * k
        except BaseException as error:
            wrong.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert wrong == []
