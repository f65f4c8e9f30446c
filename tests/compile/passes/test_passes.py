"""What every pass owes: the same results, by no more operations than before, or by cheaper ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph.compile.capture import capture, signature_of
from compgraph.compile.optimise import FAST, PASSES
from compgraph.compile.passes.common import common_subexpressions
from compgraph.compile.passes.log_sigmoid import log_sigmoids
from compgraph.compile.passes.means import means_as_sums
from compgraph.compile.passes.products import products
from compgraph.compile.passes.related_constants import related_constants
from compgraph.compile.passes.sigmoid_slope import sigmoid_slopes
from compgraph.compile.passes.simplify import simplify
from compgraph.compile.rewriting import evaluated
from compgraph.node import Node
from compgraph.tape import Tape
from tests.compile.networks import ACTIVATIONS, LOSSES, network

ALL = tuple(dict.fromkeys((*PASSES, *FAST)))


def values(tape: Tape, given: dict[Node, Any] | None = None) -> list[Any]:
    """The outputs of a tape, computed anew: its examples are not believed."""
    found: dict[Node, Any] = dict(given or {})
    for node in tape:
        if node in found:
            continue
        if node.op is None:
            found[node] = node.value
        else:
            found[node] = evaluated(node, [found[x] if isinstance(x, Node) else x for x in node.inputs])
    return [found[node] for node in tape.outputs]


def traced(f: Any, *args: Any) -> Tape:
    leaves, signature = signature_of(args, {})
    return capture(f, leaves, signature).tape


def names(tape: Tape) -> list[str]:
    return [node.op.name for node in tape if node.op is not None and node.op.name != "constant"]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_no_pass_changes_a_result(activation: str, loss: str) -> None:
    net = network(activation, loss, (3, 4, 2), 7)
    tape = traced(cg.value_and_grad(net.cost, (0, 1, 2, 3)), *net.parameters(0))
    leaves = [node for node in tape if node.op is None]
    other = dict(zip(sorted(leaves, key=lambda node: node.index), net.parameters(1), strict=True))
    expected = values(tape), values(tape, other)
    for optimise in (*PASSES, *FAST):
        tape = optimise(tape)
        for found, result in zip((values(tape), values(tape, other)), expected, strict=True):
            for x, y in zip(found, result, strict=True):
                assert np.shape(x) == np.shape(y)
                np.testing.assert_allclose(x, y, rtol=1e-12, atol=1e-14, err_msg=optimise.__name__)
        for node, value in zip(tape.outputs, values(tape), strict=True):
            np.testing.assert_allclose(node.value, value, rtol=1e-13, atol=1e-15)  # the examples stay examples


@pytest.mark.parametrize("optimise", ALL, ids=lambda f: f.__name__)
def test_a_pass_leaves_what_it_has_done(optimise: Any) -> None:
    net = network("tanh", "cross-entropy", (3, 4, 2), 7)
    tape = optimise(traced(cg.value_and_grad(net.cost, (0, 1, 2, 3)), *net.parameters(0)))
    assert names(optimise(tape)) == names(tape)


x, y = np.array([[0.3, -1.2, 2.0]]), np.array([[1.0, 0.0, 1.0]])


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda x: -np.negative(x), []),
        (lambda x: x * 1.0, []),
        (lambda x: x + 0.0, []),
        (lambda x: 0.0 - x, ["negative"]),
        (lambda x: x - (-x), ["add"]),
        (lambda x: x + (-np.exp(x)), ["exp", "subtract"]),
        (lambda x: np.transpose(np.transpose(x)), []),
        (lambda x: 2.0 * (3.0 * x), ["multiply"]),
        (lambda x: (2.0 * x) / 4.0, ["multiply"]),
        (lambda x: x**2, ["multiply"]),
        (lambda x: np.reshape(np.sum(x, axis=1, keepdims=True), (1,)), ["sum"]),
        (lambda x: np.ones((1, 3)) * x, []),
        (lambda x: np.ones((4, 3)) * x, ["multiply"]),  # which repeats it
        (lambda x: x * np.float64(1.0), []),
        (lambda x: x * np.broadcast_to(np.sum(x, axis=1, keepdims=True), (1, 3)), ["sum", "multiply"]),
        (lambda x: x * np.broadcast_to(x, (4, 3)), ["broadcast_to", "multiply"]),
        (lambda x: np.broadcast_to(x, (4, 3)) * 2.0, ["broadcast_to", "multiply"]),
        (lambda x: np.exp(np.broadcast_to(x, (4, 3))), ["broadcast_to", "exp"]),
        (lambda x: np.where(np.isinf(x) & (x == 0), 0.0, x), []),
        (lambda x: np.where((x == 2.0) & np.isinf(x), 0.0, np.exp(x)), ["exp"]),
        (lambda x: x - np.where(np.isinf(x) & (x == 0), 1.0, 0), []),
        (lambda x: np.where(np.isinf(x) & (x == np.inf), 0.0, x), ["isinf", "equal", "bitwise_and", "where"]),
        (lambda x: np.where(np.isnan(x) & (x == 0), 0.0, x), ["isnan", "equal", "bitwise_and", "where"]),
        (
            lambda x: np.where(np.isinf(x) & (2 * x == 0), 0.0, x),
            ["isinf", "multiply", "equal", "bitwise_and", "where"],
        ),
        (lambda x: np.where(np.array([[True, True, True]]), x, 0.0), []),
        (lambda x: np.where(np.array([[True, False, True]]), x, 0.0), ["where"]),
        (lambda x: np.where(np.array([[True], [True]]), x, 0.0), ["where"]),  # which repeats it
    ],
)
def test_simplify(f: Any, expected: list[str]) -> None:
    tape = simplify(traced(f, x))
    assert names(tape) == expected
    np.testing.assert_array_equal(values(tape)[0], f(x))


def test_simplify_keeps_the_dtype() -> None:
    single = x.astype(np.float32)
    tape = simplify(traced(lambda x: x * np.float64(1.0), single))
    assert values(tape)[0].dtype == np.float64


def test_an_array_of_ones_in_double_keeps_the_dtype_of_a_product_in_single() -> None:
    single = x.astype(np.float32)
    tape = simplify(traced(lambda x: np.full((1, 3), 0.5) * x, single))
    assert values(tape)[0].dtype == np.float64


def test_common_subexpressions_of_equal_numbers_and_params() -> None:
    tape = common_subexpressions(traced(lambda x: np.sum(x, axis=0) + np.sum(x, axis=1) + np.sum(x, axis=0), x))
    assert names(tape) == ["sum", "sum", "add", "add"]


def test_constants_are_traced_to_what_has_a_name() -> None:
    X, Y = np.arange(6.0).reshape(2, 3), np.array([[1.0, 0.0, 1.0]])

    def f(w: Any) -> Any:
        return np.sum((w @ X) * Y) + np.sum(w @ (X * 0.25)) + np.sum((1 - Y) * 3.0 * np.sum(w)) + np.sum(X.T @ w.T)

    tape = related_constants(traced(f, np.ones((1, 2))))
    assert {node.name for node in tape if node.op is not None and node.op.name == "constant"} == {"X", "Y"}
    np.testing.assert_allclose(values(tape)[0], f(np.ones((1, 2))))


def test_an_array_that_only_nearly_comes_from_another_is_kept() -> None:
    Y = np.array([[1.0, 0.0, 1.0]])
    almost = np.nextafter(1 - Y, 2)
    tape = related_constants(traced(lambda x: np.sum(x * Y) + np.sum(x * almost), x))
    assert [node.name for node in tape if node.op is not None and node.op.name == "constant"] == ["Y", "almost"]
    unnamed = related_constants(traced(lambda x: np.sum(x * Y) + np.sum(x * np.nextafter(1 - Y, 2)), x))
    assert [node.name for node in unnamed if node.op is not None and node.op.name == "constant"] == ["Y", None]


def sigma(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


SLOPES = {
    "J = -(y log a + (1-y) log(1-a))": lambda a, y: y / a - (1 - y) / (1 - a),
    "written the other way round": lambda a, y: -((1 - y) / (1 - a)) + y * (1 / a),
    "over a common denominator": lambda a, y: (y - a) / (a * (1 - a)),
    "scaled": lambda a, y: 0.25 * y / a - 0.25 * (1 - y) / (1 - a),
}


@pytest.mark.parametrize("sigmoid", [sigma, cg.sigmoid], ids=["by exp", "cg.sigmoid"])
@pytest.mark.parametrize("slope", SLOPES.values(), ids=list(SLOPES))
@pytest.mark.parametrize("labels", ["an argument", "a constant"])
def test_the_slope_under_a_cross_entropy_is_the_difference(slope: Any, sigmoid: Any, labels: str) -> None:
    def f(z: Any, y: Any) -> Any:
        a = sigmoid(z)
        return slope(a, y) * (a * (1 - a))

    tape = traced(f, x, y) if labels == "an argument" else traced(lambda z: f(z, y), x)
    short = simplify(sigmoid_slopes(simplify(tape)))
    after = names(short)[names(short).index("sigmoid" if sigmoid is cg.sigmoid else "divide") + 1 :]
    assert set(after) <= {"subtract", "multiply", "negative"}
    assert after.count("subtract") == 1
    np.testing.assert_allclose(values(short)[0], f(x, y), rtol=1e-13)


def test_another_slope_is_left_alone() -> None:
    tape = simplify(traced(lambda z: (y / sigma(z) - (1 - y) / (2 - sigma(z))) * sigma(z), x))
    np.testing.assert_allclose(values(sigmoid_slopes(tape))[0], values(tape)[0], rtol=1e-13)


def test_the_difference_keeps_digits_that_the_long_form_loses() -> None:
    far = np.array([[30.0, -30.0, 20.0]])

    def f(z: Any) -> Any:
        a = sigma(z)
        return (y / a - (1 - y) / (1 - a)) * (a * (1 - a))

    found = values(simplify(sigmoid_slopes(simplify(traced(f, x)))), None)[0]
    assert found.shape == x.shape
    tape = simplify(sigmoid_slopes(simplify(traced(f, far))))
    np.testing.assert_allclose(values(tape)[0], y - sigma(far), rtol=1e-15)


def test_logarithms_of_a_sigmoid_take_one_logarithm() -> None:
    tape = common_subexpressions(log_sigmoids(traced(lambda z: np.log(sigma(z)) + np.log(1 - sigma(z)), x)))
    assert names(tape).count("log") == 1
    np.testing.assert_allclose(values(tape)[0], np.log(sigma(x)) + np.log(1 - sigma(x)), rtol=1e-14)


def test_means_are_sums_to_the_last_bit() -> None:
    z = np.random.default_rng(0).normal(size=(7, 11))
    for f in (np.mean, lambda z: np.mean(z, axis=1), lambda z: np.mean(z, axis=(0, 1), keepdims=True)):
        tape = means_as_sums(traced(f, z))
        assert "mean" not in names(tape)
        np.testing.assert_array_equal(values(tape)[0], f(z))


def test_sums_become_inner_products_where_they_are_short() -> None:
    long = np.ones((1, 9000))
    assert names(products(traced(lambda x: np.sum(x * x), x))) == ["vdot"]
    assert names(products(traced(lambda x: np.sum(x * x), long))) == ["multiply", "sum"]
    assert names(products(traced(lambda x: np.sum(x, axis=1, keepdims=True), x))) == ["dot"]
    assert names(products(traced(lambda x: np.sum(x, axis=0, keepdims=True), x))) == ["dot"]
    assert names(products(traced(lambda x: np.sum(x * x) + np.sum(np.exp(x * x)), x))).count("multiply") == 1
