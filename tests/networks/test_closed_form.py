"""The hand-derived formulas, checked against numeric derivatives, each other, and the values one knows."""

import ast
import inspect
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compgraph.networks import closed_form
from tests.networks.drawn import ACTIVATIONS, SPURIOUS, Array, Network, assert_within, networks

pytestmark = SPURIOUS

EDGES = np.array([-1000.0, -50.0, -0.0, 0.0, 50.0, 1000.0])


# ---------------------------------------------------------------------------------------------------- activations


def test_every_activation_has_its_derivative() -> None:
    assert set(closed_form.ACTIVATIONS) == set(closed_form.DERIVATIVES) == set(ACTIVATIONS)


@pytest.mark.parametrize(
    ("name", "values", "slopes"),
    [
        ("sigmoid", [0, np.exp(-50), 0.5, 0.5, 1, 1], [0, np.exp(-50), 0.25, 0.25, 0, 0]),
        ("tanh", [-1, -1, 0, 0, 1, 1], [0, 0, 1, 1, 0, 0]),
        ("relu", [0, 0, 0, 0, 50, 1000], [0, 0, 1, 1, 1, 1]),
        ("leaky_relu", [-10, -0.5, 0, 0, 50, 1000], [0.01, 0.01, 1, 1, 1, 1]),
        ("linear", EDGES, [1, 1, 1, 1, 1, 1]),
    ],
)
def test_activations_at_the_edges(name: str, values: Array, slopes: Array) -> None:
    np.testing.assert_allclose(closed_form.ACTIVATIONS[name](EDGES), values, rtol=1e-15)
    np.testing.assert_allclose(closed_form.DERIVATIVES[name](EDGES), slopes, rtol=1e-15)


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(z=st.floats(-8, 8).filter(lambda z: abs(z) > 1e-3))
def test_activation_slopes_are_those_of_the_activations(name: str, z: float) -> None:
    g, h = closed_form.ACTIVATIONS[name], 1e-5
    points = np.array([z - h, z + h])
    slope = np.diff(g(points)) / np.diff(points)
    # |g'''| <= 2, so the truncation is at most h²/3; the values are below 10, with 5 roundings each.
    assert_within(slope, closed_form.DERIVATIVES[name](np.array([z])), h**2 / 3 + 100 * np.finfo(float).eps / h, name)


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_activations_keep_the_dtype(name: str, dtype: str) -> None:
    Z = EDGES.astype(dtype)
    assert closed_form.ACTIVATIONS[name](Z).dtype == dtype
    assert closed_form.DERIVATIVES[name](Z).dtype == dtype


def test_the_loss_is_the_written_one_and_survives_where_that_does_not() -> None:
    z, y = np.linspace(-8, 8, 33), np.linspace(0, 1, 33)
    a = 1 / (1 + np.exp(-z))
    np.testing.assert_allclose(closed_form.cross_entropy(z, y), -(y * np.log(a) + (1 - y) * np.log(1 - a)), rtol=1e-12)
    np.testing.assert_array_equal(closed_form.cross_entropy(EDGES, np.zeros(6))[[0, -1]], [0, 1000])
    np.testing.assert_array_equal(closed_form.cross_entropy(EDGES, np.ones(6))[[0, -1]], [1000, 0])


# ------------------------------------------------------------------------------------------- numeric derivatives

STEP = 1e-4


def numeric_derivative(
    cost: Callable[[], float], parameter: Array, index: tuple[int, ...], error: float
) -> tuple[float, float]:
    """The central difference, and how far it may be off: by its truncation and by the cost's rounding."""

    def slope(h: float) -> float:
        kept = parameter[index]
        try:
            parameter[index] = kept + h
            above, up = cost(), parameter[index]
            parameter[index] = kept - h
            return float((above - cost()) / (up - parameter[index]))
        finally:
            parameter[index] = kept

    coarse, fine = slope(STEP), slope(STEP / 2)
    # The truncation falls with h², so that of the finer slope is a third of the difference; as much again for h⁴.
    return fine, abs(coarse - fine) + 4 * error / STEP


def away_from_the_kink(network: Network) -> bool:
    Z = closed_form.deep_forward(network.W, network.b, network.X, network.activations).Z
    kinked = [Z_l for Z_l, name in zip(Z, network.activations, strict=False) if name in {"relu", "leaky_relu"}]
    return all(np.min(np.abs(Z_l)) > 0.1 for Z_l in kinked)


@given(networks(st.integers(1, 4), kinds=["near"], dtypes=["float64"]).filter(away_from_the_kink))
def test_the_delta_recursion_gives_the_slopes_of_the_cost(network: Network) -> None:
    W, b, X, Y, activations = network.W, network.b, network.X, network.Y, network.activations
    cost, dW, db = closed_form.deep_by_delta(W, b, X, Y, activations)
    assert cost == closed_form.deep_by_delta(W, b, X, Y, activations).cost
    for layer in range(len(W)):
        for name, parameter, gradient in (("dW", W[layer], dW[layer]), ("db", b[layer], db[layer])):
            for index in np.ndindex(parameter.shape):
                slope, off = numeric_derivative(
                    lambda: float(closed_form.deep_by_delta(W, b, X, Y, activations).cost),
                    parameter,
                    index,
                    network.tolerances().cost,
                )
                assert_within(gradient[index], slope, off, f"{name}[{layer + 1}][{index}]")


def test_a_numeric_derivative_notices_a_wrong_gradient() -> None:
    rng = np.random.default_rng(0)
    W, b = [rng.normal(size=(2, 3))], [rng.normal(size=(2, 1))]
    X, Y = rng.normal(size=(3, 4)), np.ones((2, 4))
    slope, off = numeric_derivative(lambda: float(closed_form.deep_by_delta(W, b, X, Y, []).cost), W[0], (1, 2), 1e-15)
    right = closed_form.deep_by_delta(W, b, X, Y, []).dW[0][1, 2]
    assert abs(right - slope) <= off < 1e-5 * abs(right)


# ---------------------------------------------------------------------------------------------- one another


@given(networks(st.integers(1, 4)))
def test_element_by_element_is_the_delta_recursion(network: Network) -> None:
    W, b, X, Y, activations = network.W, network.b, network.X, network.Y, network.activations
    vectorised = closed_form.deep_by_delta(W, b, X, Y, activations)
    elements = closed_form.deep_element_by_element(W, b, X, Y, activations)
    allowed = network.tolerances()
    assert_within(elements.cost, vectorised.cost, allowed.cost, "cost")
    for layer in range(len(W)):
        assert_within(elements.dW[layer], vectorised.dW[layer], allowed.dW[layer], f"dW{layer + 1}")
        assert_within(elements.db[layer], vectorised.db[layer], allowed.db[layer], f"db{layer + 1}")
        assert elements.dW[layer].dtype == vectorised.dW[layer].dtype == W[layer].dtype
        assert elements.db[layer].dtype == vectorised.db[layer].dtype == b[layer].dtype
    assert np.result_type(elements.cost) == np.result_type(vectorised.cost) == X.dtype


@given(networks(2))
def test_two_layers_are_the_delta_recursion_with_two(network: Network) -> None:
    cost, dW1, db1, dW2, db2 = closed_form.two_layer(*network.two_layers, network.X, network.Y, *network.activations)
    deep = closed_form.deep_by_delta(network.W, network.b, network.X, network.Y, network.activations)
    allowed = network.tolerances()
    assert_within(cost, deep.cost, allowed.cost, "cost")
    for layer, (dW, db) in enumerate([(dW1, db1), (dW2, db2)]):
        assert_within(dW, deep.dW[layer], allowed.dW[layer], f"dW{layer + 1}")
        assert_within(db, deep.db[layer], allowed.db[layer], f"db{layer + 1}")


@given(networks(1, n_y=1))
def test_logistic_loop_is_logistic_vectorised_is_one_layer(network: Network) -> None:
    w, b, X, Y = network.W[0].T, network.b[0][0, 0], network.X, network.Y
    allowed = network.tolerances()
    deep = closed_form.deep_by_delta(network.W, network.b, X, Y, [])
    for version in (closed_form.logistic, closed_form.logistic_loop):
        cost, dw, db = version(w, b, X, Y)
        assert_within(cost, deep.cost, allowed.cost, "cost")
        assert_within(dw.T, deep.dW[0], allowed.dW[0], "dw")
        assert_within(db, deep.db[0][0, 0], allowed.db[0][0, 0], "db")
        assert dw.dtype == np.result_type(db) == np.result_type(cost) == X.dtype


@given(networks(2, kinds=["near", "whole"], dtypes=["float32"]))
def test_float32_is_float64_rounded(network: Network) -> None:
    single = closed_form.two_layer(*network.two_layers, network.X, network.Y, *network.activations)
    wide = [array.astype(np.float64) for array in (*network.two_layers, network.X, network.Y)]
    double = closed_form.two_layer(wide[0], wide[1], wide[2], wide[3], wide[4], wide[5], *network.activations)
    allowed = network.tolerances()
    assert_within(single.cost, double.cost, allowed.cost, "cost")
    for name, off in [("dW1", allowed.dW[0]), ("db1", allowed.db[0]), ("dW2", allowed.dW[1]), ("db2", allowed.db[1])]:
        assert getattr(single, name).dtype == np.float32
        assert_within(getattr(single, name), getattr(double, name), off, name)


# -------------------------------------------------------------------------------------------------- what one knows


@given(networks(2))
def test_every_gradient_has_its_parameters_shape(network: Network) -> None:
    """Without ``keepdims`` db would be (n,), which broadcasts against (n, 1) to (n, n) in the update."""
    _, dW1, db1, dW2, db2 = closed_form.two_layer(*network.two_layers, network.X, network.Y, *network.activations)
    assert [d.shape for d in (dW1, db1, dW2, db2)] == [p.shape for p in network.two_layers]


def test_one_example_by_hand() -> None:
    """z = 1·2 + 0.5·(-4) + 0 = 0, a = 1/2, dz = a - y = -1/2."""
    w, x = np.array([[1.0], [0.5]]), np.array([[2.0], [-4.0]])
    cost, dw, db = closed_form.logistic_one_example(w, 0.0, x, 1.0)
    assert (cost, db) == (np.log(2), -0.5)
    np.testing.assert_array_equal(dw, [[-1.0], [2.0]])


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_hidden_units_that_start_equal_stay_equal_for_ever(activation: str) -> None:
    """Each number of one row goes through the same operations as that of the other, so the rows agree to the bit."""
    rng = np.random.default_rng(1)
    X, Y = rng.normal(size=(2, 5)), np.array([[0.0, 1.0, 1.0, 0.0, 1.0]])
    W, b = [np.zeros((3, 2)), np.zeros((1, 3))], [np.zeros((3, 1)), np.zeros((1, 1))]
    for _ in range(40):
        _, dW, db = closed_form.deep_element_by_element(W, b, X, Y, [activation])
        assert len({row.tobytes() for row in dW[0]}) == 1
        if activation == "tanh":
            assert not dW[0].any()
        for layer in (0, 1):
            W[layer] -= 0.5 * dW[layer]
            b[layer] -= 0.5 * db[layer]
    assert len({row.tobytes() for row in W[0]}) == 1
    assert W[0].any() == (activation == "sigmoid"), "only σ, whose g(0) is not 0, ever leaves zero"


@given(networks(2, activations=["linear"]))
def test_linear_hidden_layers_collapse_to_one_affine_map(network: Network) -> None:
    W1, b1, W2, b2 = network.two_layers
    X = network.X
    Z2 = closed_form.two_layer_forward(W1, b1, W2, b2, X, "linear").Z2
    collapsed = np.dot(np.dot(W2, W1), X) + np.dot(W2, b1) + b2
    # n_x + n_h + 4 roundings along any path, on either side, of terms whose absolute values add up to `size`.
    size = np.abs(W2) @ (np.abs(W1) @ np.abs(X) + np.abs(b1)) + np.abs(b2)
    eps = np.finfo(X.dtype)
    assert_within(Z2, collapsed, (sum(W1.shape) + 4) * 2 * (eps.eps * size + eps.tiny), "Z2")


def test_nothing_is_written_to() -> None:
    rng = np.random.default_rng(2)
    W, b = [rng.normal(size=(3, 2)), rng.normal(size=(1, 3))], [np.zeros((3, 1)), np.zeros((1, 1))]
    X, Y = rng.normal(size=(2, 5)), np.ones((1, 5))
    for array in (*W, *b, X, Y):
        array.flags.writeable = False
    for activation in ACTIVATIONS:
        closed_form.two_layer(W[0], b[0], W[1], b[1], X, Y, activation)
        closed_form.deep_element_by_element(W, b, X, Y, [activation])
    closed_form.logistic_loop(W[1].T[:2], 0.0, X, Y)


def test_the_formulas_import_only_numpy() -> None:
    imported = set()
    for node in ast.walk(ast.parse(inspect.getsource(closed_form))):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add(str(node.module))
    assert imported == {"__future__", "collections.abc", "typing", "numpy", "numpy.typing"}
