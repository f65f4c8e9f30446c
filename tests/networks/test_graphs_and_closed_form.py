"""The gradients of the engine are the hand-derived ones, as far as rounding lets two computations agree."""

import ast
import importlib
import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.errors import SettingError, ShapeError
from compgraph.networks import closed_form
from compgraph.networks.deep import deep_cost, deep_forward
from compgraph.networks.logistic import logistic_cost, logistic_cost_loop, logistic_loss, logistic_probabilities
from compgraph.networks.rounding import rounding_tolerances
from compgraph.networks.two_layer import two_layer_cost, two_layer_forward
from tests.networks.drawn import ACTIVATIONS, SPURIOUS, Array, Network, assert_within, networks

pytestmark = SPURIOUS

PARAMETERS = (0, 1, 2, 3)


def assert_of_its_kind(gradient: Array, parameter: Array) -> None:
    assert np.shape(gradient) == np.shape(parameter)
    assert np.result_type(gradient) == np.result_type(parameter)
    assert isinstance(gradient, np.ndarray) == isinstance(parameter, np.ndarray)


@given(network=networks(2))
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_two_layers(activation: str, network: Network) -> None:
    W1, b1, W2, b2 = network.two_layers
    X, Y = network.X, network.Y
    by_hand = closed_form.two_layer(W1, b1, W2, b2, X, Y, activation)
    cost, gradients = cg.value_and_grad(two_layer_cost, PARAMETERS)(W1, b1, W2, b2, X, Y, activation)
    allowed = rounding_tolerances(network.W, network.b, X, Y, [activation])

    assert_within(cost, by_hand.cost, allowed.cost, "cost")
    tolerances = (allowed.dW[0], allowed.db[0], allowed.dW[1], allowed.db[1])
    for name, gradient, parameter, tolerance in zip(
        ("dW1", "db1", "dW2", "db2"), gradients, network.two_layers, tolerances, strict=True
    ):
        assert_within(gradient, getattr(by_hand, name), tolerance, name)
        assert_of_its_kind(gradient, parameter)


@given(networks(2))
def test_two_layer_forward(network: Network) -> None:
    (activation,) = network.activations
    by_hand = closed_form.two_layer_forward(*network.two_layers, network.X, activation)
    arrays = two_layer_forward(*network.two_layers, network.X, activation)
    W1, b1, W2, b2 = map(cg.Variable, network.two_layers)
    nodes = two_layer_forward(W1, b1, W2, b2, network.X, activation)
    for step, array, node in zip(by_hand, arrays, nodes, strict=True):
        assert array.dtype == node.dtype == network.X.dtype
        np.testing.assert_array_equal(array, node.value)
        # σ is written in two ways, each of them within 7 units in the last place; before it all is the same code.
        np.testing.assert_allclose(array, step, rtol=14 * np.finfo(network.X.dtype).eps, atol=0)


@given(networks(st.integers(1, 4)))
def test_any_number_of_layers(network: Network) -> None:
    X, Y, activations = network.X, network.Y, network.activations
    W, b = [cg.Variable(w) for w in network.W], [cg.Variable(v) for v in network.b]
    J = deep_cost(W, b, X, Y, activations)
    dW, db = cg.gradients(J, W), cg.gradients(J, b)
    allowed = network.tolerances()
    for by_hand in (
        closed_form.deep_by_delta(network.W, network.b, X, Y, activations),
        closed_form.deep_element_by_element(network.W, network.b, X, Y, activations),
    ):
        assert_within(J.value, by_hand.cost, allowed.cost, "cost")
        for layer in range(len(W)):
            assert_within(dW[layer], by_hand.dW[layer], allowed.dW[layer], f"dW{layer + 1}")
            assert_within(db[layer], by_hand.db[layer], allowed.db[layer], f"db{layer + 1}")
            assert_of_its_kind(dW[layer], network.W[layer])
            assert_of_its_kind(db[layer], network.b[layer])


@given(network=networks(1, n_y=1), python=st.booleans())
def test_logistic_regression(network: Network, python: bool) -> None:
    w, b, X, Y = network.W[0].T, network.b[0][0, 0], network.X, network.Y
    if python and b.dtype == np.float64:
        b = float(b)  # a number as people write it, which the engine keeps as such
    by_hand = closed_form.logistic(w, b, X, Y)
    allowed = network.tolerances()
    for cost in (logistic_cost, logistic_cost_loop):
        J, (dw, db) = cg.value_and_grad(cost, (0, 1))(w, b, X, Y)
        assert_within(J, by_hand.cost, allowed.cost, "cost")
        assert_within(dw.T, by_hand.dw.T, allowed.dW[0], "dw")
        assert_within(db, by_hand.db, allowed.db[0][0, 0], "db")
        assert_of_its_kind(dw, w)
        assert_of_its_kind(db, b)


@given(networks(1, n_y=1))
def test_one_example_of_logistic_regression(network: Network) -> None:
    w, b, x, y = network.W[0].T, network.b[0][0, 0], network.X[:, :1], network.Y[0, 0]
    by_hand = closed_form.logistic_one_example(w, b, x, y)
    allowed = rounding_tolerances(network.W, network.b, x, network.Y[:, :1], [])
    L, (dw, db) = cg.value_and_grad(logistic_loss, (0, 1))(w, b, x, y)
    assert_within(L, by_hand.cost, allowed.cost, "loss")
    assert_within(dw.T, by_hand.dw.T, allowed.dW[0], "dw")
    assert_within(db, by_hand.db, allowed.db[0][0, 0], "db")


# --------------------------------------------------------------------------------------------- numbers at the edges


@pytest.mark.parametrize("activation", ["relu", "leaky_relu"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_exact_zero_before_a_relu_counts_as_positive(activation: str, dtype: str) -> None:
    """Z1 = 1·2 - 2·1 = 0 exactly: g'(0) = 1 lets the whole derivative through, and no tolerance may hide that."""
    W1, b1, W2, b2, X, Y = (np.array(values, dtype) for values in ([[1, -2]], [[0]], [[3]], [[0]], [[2], [1]], [[1]]))
    dW1 = cg.grad(two_layer_cost)(W1, b1, W2, b2, X, Y, activation)
    np.testing.assert_array_equal(dW1, [[-3, -1.5]])  # dZ2 = -1/2, dZ1 = -3/2
    np.testing.assert_array_equal(closed_form.two_layer(W1, b1, W2, b2, X, Y, activation).dW1, dW1)
    assert np.max(rounding_tolerances([W1, W2], [b1, b2], X, Y, [activation]).dW[0]) < 1000 * np.finfo(dtype).eps


@pytest.mark.parametrize("z", [50.0, -50.0, 800.0, -800.0, 1e30])
@pytest.mark.parametrize("y", [0.0, 1.0])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_saturated_networks(z: float, y: float, activation: str) -> None:
    for dtype in ("float32", "float64"):
        W1, b1, W2, b2, X, Y = (
            np.array(values, dtype) for values in ([[z], [z]], [[0], [1]], [[1, z]], [[z]], [[1]], [[y]])
        )
        if activation not in {"sigmoid", "tanh"} and abs(z) > 1e18 and dtype == "float32":
            continue  # z·z itself has no float32
        by_hand = closed_form.two_layer(W1, b1, W2, b2, X, Y, activation)
        cost, gradients = cg.value_and_grad(two_layer_cost, PARAMETERS)(W1, b1, W2, b2, X, Y, activation)
        allowed = rounding_tolerances([W1, W2], [b1, b2], X, Y, [activation])
        assert np.isfinite(cost)
        assert_within(cost, by_hand.cost, allowed.cost, "cost")
        for got, want, off in zip(
            gradients, by_hand[1:], (allowed.dW[0], allowed.db[0], allowed.dW[1], allowed.db[1]), strict=True
        ):
            assert_within(got, want, off, f"{activation} {dtype}")


# ------------------------------------------------------------------------------------------------- what one knows


@given(network=networks(2, kinds=["near", "whole"]), units=st.integers(2, 4))
def test_equal_hidden_units_get_equal_gradients(network: Network, units: int) -> None:
    """So zero weights, or any equal ones, leave a layer with units that stay identical for ever."""
    W1, b1, W2, b2 = network.two_layers
    W1, b1, W2 = np.repeat(W1[:1], units, axis=0), np.repeat(b1[:1], units, axis=0), np.repeat(W2[:, :1], units, axis=1)
    (activation,) = network.activations
    dW1, db1, dW2 = cg.grad(two_layer_cost, (0, 1, 2))(W1, b1, W2, b2, network.X, network.Y, activation)
    allowed = rounding_tolerances([W1, W2], [b1, b2], network.X, network.Y, [activation])
    assert_within(dW1, np.broadcast_to(dW1[:1], dW1.shape), allowed.dW[0], "rows of dW1")
    assert_within(db1, np.broadcast_to(db1[:1], db1.shape), allowed.db[0], "rows of db1")
    assert_within(dW2, np.broadcast_to(dW2[:, :1], dW2.shape), allowed.dW[1], "columns of dW2")


@given(networks(2))
def test_zero_weights_and_tanh_give_exactly_zero(network: Network) -> None:
    W1, b1, W2, b2 = (np.zeros_like(parameter) for parameter in network.two_layers)
    dW1, db1, dW2, db2 = cg.grad(two_layer_cost, PARAMETERS)(W1, b1, W2, b2, network.X, network.Y, "tanh")
    assert not dW1.any()
    assert not db1.any()
    assert not dW2.any()
    np.testing.assert_array_equal(np.sign(db2), np.sign(np.mean(0.5 - network.Y, axis=1, keepdims=True)))


@given(networks(3, kinds=["whole"], activations=["linear"]))
def test_linear_hidden_layers_collapse_to_one_affine_map(network: Network) -> None:
    """Whole numbers, so that both ways of multiplying give the same to the last bit."""
    (W1, W2, W3), (b1, b2, b3) = network.W, network.b
    deep = deep_forward(network.W, network.b, network.X, network.activations).Z[-1]
    W, b = W3 @ W2 @ W1, W3 @ W2 @ b1 + W3 @ b2 + b3
    np.testing.assert_array_equal(deep, W @ network.X + b)
    two = two_layer_forward(W1, b1, W2, b2, network.X, "linear").Z2
    np.testing.assert_array_equal(two, W2 @ W1 @ network.X + W2 @ b1 + b2)


# ----------------------------------------------------------------------------------------------------- mistakes of use


def test_an_unknown_activation_is_refused_with_those_there_are() -> None:
    with pytest.raises(
        SettingError, match="no activation is called 'tahn': choose one of sigmoid, tanh, relu, leaky_relu"
    ):
        two_layer_forward(np.ones((1, 1)), 0.0, np.ones((1, 1)), 0.0, np.ones((1, 1)), "tahn")


def test_lists_that_are_no_network_are_refused() -> None:
    with pytest.raises(SettingError, match="2 weights, 1 biases and 1 activations are no network"):
        deep_cost([np.ones((1, 1))] * 2, [np.ones((1, 1))], np.ones((1, 1)), np.ones((1, 1)), ["tanh"])


def test_data_of_another_width_is_refused_with_the_shapes() -> None:
    W1, b1, W2, b2 = cg.variables(W1=np.ones((3, 2)), b1=np.ones((3, 1)), W2=np.ones((1, 3)), b2=np.ones((1, 1)))
    with pytest.raises(ShapeError, match=r"W1 \(3, 2\)"):
        two_layer_cost(W1, b1, W2, b2, np.ones((4, 5)), np.ones((1, 5)))


def test_probabilities_are_those_of_the_forward_pass() -> None:
    w, X = np.array([[1.0], [-2.0]]), np.array([[0.5, 1.0], [3.0, 0.5]])
    expected = closed_form.sigmoid(np.dot(w.T, X) + 0.25)
    np.testing.assert_allclose(logistic_probabilities(w, 0.25, X), expected, rtol=1e-15)


@pytest.mark.parametrize("module", ["activations", "logistic", "two_layer", "deep", "training"])
def test_the_graphs_know_nothing_of_the_closed_form(module: str) -> None:
    source = inspect.getsource(importlib.import_module(f"compgraph.networks.{module}"))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            assert "closed_form" not in f"{node.module} {[alias.name for alias in node.names]}"
        elif isinstance(node, ast.Import):
            assert "closed_form" not in str([alias.name for alias in node.names])
