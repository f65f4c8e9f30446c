"""Activation functions: the curves are the functions and their derivatives, jumps are drawn as jumps."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compgraph.errors import SettingError, ShapeError
from compgraph.networks.closed_form import sigmoid
from compgraph.plots.activations import ACTIVATIONS, activation_functions, jumps

pytest.importorskip("matplotlib")

# Value and derivative, written out; where a derivative jumps, the engine takes the value from the right.
CLOSED_FORM: dict[str, Any] = {
    "sigmoid": (sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z))),
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "relu": (lambda z: np.maximum(0, z), lambda z: np.where(z >= 0, 1.0, 0.0)),
    "leaky_relu": (lambda z: np.maximum(0.1 * z, z), lambda z: np.where(z >= 0, 1.0, 0.1)),
    "softplus": (lambda z: np.log1p(np.exp(z)), sigmoid),
    "linear": (lambda z: z, np.ones_like),
}


def curve(line: Any) -> tuple[Any, Any]:
    return np.asarray(line.get_xdata(), dtype=float), np.asarray(line.get_ydata(), dtype=float)


def test_all_are_known() -> None:
    assert set(CLOSED_FORM) == set(ACTIVATIONS)


@pytest.mark.parametrize("name", CLOSED_FORM)
def test_the_curves_are_the_function_and_its_derivative(name: str) -> None:
    ax = activation_functions(name, z=(-5, 5))[0, 0]
    g, slope = CLOSED_FORM[name]
    (z, value), (at, derivative) = (curve(line) for line in ax.lines[:2])
    assert (z[0], z[-1], at[0], at[-1]) == (-5, 5, -5, 5)
    np.testing.assert_allclose(value, g(z), rtol=1e-12, atol=1e-15)
    shown = np.isfinite(derivative)
    np.testing.assert_allclose(derivative[shown], slope(at[shown]), rtol=1e-12, atol=1e-15)
    assert np.sum(~shown) == (name in {"relu", "leaky_relu"})
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["$g(z)$", "$g'(z)$"]
    assert ax.lines[0].get_color() != ax.lines[1].get_color()
    assert ax.lines[0].get_linestyle() != ax.lines[1].get_linestyle()


@pytest.mark.parametrize(("name", "left"), [("relu", 0.0), ("leaky_relu", 0.1)])
def test_a_jump_is_a_gap_with_a_dot_at_the_value_taken(name: str, left: float) -> None:
    ax = activation_functions(name)[0, 0]
    at, derivative = curve(ax.lines[1])
    (gap,) = np.flatnonzero(np.isnan(derivative))
    assert derivative[gap - 1] == left
    assert derivative[gap + 1] == 1
    assert -1e-9 < at[gap - 1] < 0 <= at[gap + 1] < 1e-9
    dots, rings = (line for line in ax.lines if line.get_marker() == "o")
    assert (dots.get_markerfacecolor(), rings.get_markerfacecolor()) == (dots.get_color(), "white")
    assert [curve(dots), curve(rings)] == [(0, 1), (0, left)]


def test_the_rings_of_a_derivative_that_is_between_its_sides() -> None:
    ax = activation_functions({"|z - 1|": lambda z: np.abs(z - 1)})[0, 0]
    dots, rings = (line for line in ax.lines if line.get_marker() == "o")
    assert [values.tolist() for values in curve(dots)] == [[1], [0]]
    assert [values.tolist() for values in curve(rings)] == [[1, 1], [-1, 1]]
    assert ax.get_title(loc="left") == "|z - 1|"


def test_a_smooth_function_has_no_dots() -> None:
    for ax in activation_functions(["sigmoid", "tanh", "softplus", "linear"]).flat:
        assert not [line for line in ax.lines if line.get_marker() == "o"]


def test_panels_show_the_same_part_and_those_left_over_are_empty() -> None:
    grid = activation_functions(["tanh", "relu", "sigmoid", "linear"], z=(-3, 2), heights=(-1, 3))
    assert grid.shape == (2, 3)
    assert [ax.axison for ax in grid.flat] == [True] * 4 + [False] * 2
    assert {(ax.get_xlim(), ax.get_ylim()) for ax in grid.flat[:4]} == {((-3, 2), (-1, 3))}


@given(at=st.floats(-0.99, 0.99), height=st.floats(0.1, 5))
def test_a_jump_is_found_wherever_it_is(at: float, height: float) -> None:
    def f(z: Any) -> Any:
        return np.sin(z) + np.where(z < at, 0.0, height)

    (found,) = jumps(f, np.linspace(-1, 1, 101), least=0.05)
    below, above = found
    assert below < at <= above
    assert above - below < 1e-9


@given(steepness=st.floats(1, 1e6), at=st.floats(-0.9, 0.9))
def test_what_is_only_steep_does_not_jump(steepness: float, at: float) -> None:
    assert jumps(lambda z: np.tanh(steepness * (z - at)), np.linspace(-1, 1, 101), least=0.05) == []


def test_what_cannot_be_drawn_is_said() -> None:
    with pytest.raises(SettingError, match="no activation is called 'swish': choose some of sigmoid, tanh"):
        activation_functions(["tanh", "swish"])
    with pytest.raises(SettingError, match="no function to draw"):
        activation_functions([])
    with pytest.raises(SettingError, match=r"z = \(1, 1\) is no range"):
        activation_functions(z=(1, 1))
    with pytest.raises(SettingError, match=r"heights = \(2, -2\) is no range"):
        activation_functions(heights=(2, -2))
    with pytest.raises(ShapeError, match=r"of 401 numbers .* makes an array of shape \(\): give an elementwise"):
        activation_functions({"sum": np.sum})
