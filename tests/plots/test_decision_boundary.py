"""A network over the plane: the lines, the boundary and the examples are where the numbers say."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compgraph.errors import SettingError, ShapeError
from compgraph.networks.initialise import random_two_layer
from compgraph.networks.two_layer import TwoLayerParameters, two_layer_forward
from compgraph.plots.decision_boundary import decision_boundary, line_in_box

pytest.importorskip("matplotlib")

RNG = np.random.default_rng(3)
X = RNG.uniform(-2, 2, (2, 40)) * np.array([[1.0], [30.0]])  # the axes have scales of their own
Y = (X[:1] > 0).astype(float)
START = random_two_layer(2, 4, seed=2, scale=1.0)
PARAMETERS = START._replace(W1=START.W1 * np.array([[1.0, 1 / 30]]), b1=RNG.normal(size=(4, 1)) * 0.3)

numbers = st.floats(-5, 5)


def unit_lines(ax: Any) -> list[Any]:
    return [np.array(line.get_data()).T for line in ax.lines if line.get_gid() == "unit"]


@given(
    w=st.tuples(numbers, numbers), b=numbers, low=st.tuples(numbers, numbers), size=st.tuples(*[st.floats(0.1, 9)] * 2)
)
def test_a_line_in_a_box(w: Any, b: float, low: Any, size: Any) -> None:
    w, box = np.array(w), np.stack([low, np.add(low, size)], axis=1)
    ends = line_in_box(w, b, box)
    corners = np.array([[x, y] for x in box[0] for y in box[1]]) @ w + b
    if np.hypot(*w) < 1e-100:
        return
    scale = np.hypot(*w) * 20 + abs(b)
    if ends is None:  # then all of the box is on one side
        assert np.all(corners >= -1e-9 * scale) or np.all(corners <= 1e-9 * scale)
        return
    assert np.min(corners) <= 1e-9 * scale
    assert np.max(corners) >= -1e-9 * scale
    np.testing.assert_allclose(ends @ w + b, 0, atol=1e-9 * scale)
    for end in ends:  # on the rim
        assert np.all((end >= box[:, 0] - 1e-9) & (end <= box[:, 1] + 1e-9))
        assert np.min(np.abs(end[:, None] - box)) < 1e-9


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "leaky_relu", "linear"])
def test_the_lines_of_the_hidden_units_are_where_z_is_zero(activation: str) -> None:
    ax = decision_boundary(PARAMETERS, X, Y, activation=activation)
    lines = unit_lines(ax)
    assert len(lines) == 4
    for ends, w, b in zip(lines, PARAMETERS.W1, PARAMETERS.b1, strict=True):
        np.testing.assert_allclose(ends @ w + b, 0, atol=1e-12)
        assert np.all(ends[0] != ends[1])


def test_the_arrows_point_to_where_z_is_positive() -> None:
    ax = decision_boundary(PARAMETERS, X, Y)
    arrows = [text for text in ax.texts if getattr(text, "arrow_patch", None) is not None]
    assert len(arrows) == 4
    for arrow, w, b in zip(arrows, PARAMETERS.W1, PARAMETERS.b1[:, 0], strict=True):
        assert w @ np.array(arrow.xyann) + b == pytest.approx(0, abs=1e-12)
        assert w @ np.array(arrow.xy) + b > 0
    assert [text.get_text() for text in ax.texts if text.get_text()] == ["1", "2", "3", "4"]


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_on_the_bold_line_the_network_is_undecided(activation: str) -> None:
    ax = decision_boundary(PARAMETERS, X, Y, activation=activation)
    (boundary,) = [c for c in ax.collections if list(np.atleast_1d(getattr(c, "levels", []))) == [0.5]]
    vertices = np.concatenate([path.vertices for path in boundary.get_paths()])
    assert len(vertices) > 50
    A2 = two_layer_forward(*PARAMETERS, vertices.T, activation).A2
    np.testing.assert_allclose(A2, 0.5, atol=5e-3)  # interpolated between points of the grid


def test_the_examples_are_drawn_by_their_label() -> None:
    ax = decision_boundary(PARAMETERS, X, Y)
    by_label = {line.get_label(): line for line in ax.lines if line.get_marker() in {"o", "^"}}
    assert set(by_label) == {"$y$ = 0", "$y$ = 1"}
    for label in (0, 1):
        drawn = np.array(by_label[f"$y$ = {label}"].get_data())
        np.testing.assert_array_equal(drawn, X[:, Y[0] == label])
    colours = {line.get_color() for line in by_label.values()}
    markers = {line.get_marker() for line in by_label.values()}
    assert len(colours) == len(markers) == 2
    (low, high), (below, above) = ax.get_xlim(), ax.get_ylim()
    assert np.all((X[0] > low) & (X[0] < high) & (X[1] > below) & (X[1] < above))


def test_the_title_counts() -> None:
    A2 = two_layer_forward(*PARAMETERS, X, "tanh").A2
    right = int(np.sum((A2 >= 0.5) == Y))
    assert 0 < right < 40
    ax = decision_boundary(PARAMETERS, X, Y, names=("size", "weight"))
    assert ax.get_title(loc="left") == f"4 hidden units (tanh), {right} of 40 right"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("size", "weight")


def test_a_network_that_decides_nothing_has_no_boundary_and_no_lines() -> None:
    zero = TwoLayerParameters(np.zeros((2, 2)), np.ones((2, 1)), np.zeros((1, 2)), np.ones((1, 1)))
    ax = decision_boundary(zero, X, Y)
    assert len(ax.collections) == 1
    assert unit_lines(ax) == []
    ax.figure.canvas.draw()


def test_many_units_have_no_numbers_and_one_entry_of_the_legend() -> None:
    ax = decision_boundary(random_two_layer(2, 30, seed=0, scale=1.0), X, Y)
    assert len(unit_lines(ax)) > 20
    assert not ax.texts
    entries = [text.get_text() for text in ax.get_legend().get_texts()]
    assert entries == ["$A_2$ = ½", "hidden unit, $z$ = 0", "$y$ = 0", "$y$ = 1"]


def test_one_example_is_enough() -> None:
    decision_boundary(PARAMETERS, [[1.0], [2.0]], [[1.0]]).figure.canvas.draw()


def test_what_does_not_fit_is_said() -> None:
    with pytest.raises(ShapeError, match=r"W1 is \(3, 5\), not \(3, 2\)"):
        decision_boundary(random_two_layer(5, 3), X, Y)
    with pytest.raises(ShapeError, match=r"W2 is \(2, 3\), not \(1, 3\); b2 is \(2, 1\), not \(1, 1\)"):
        decision_boundary(random_two_layer(2, 3, 2), X, Y)
    with pytest.raises(ShapeError, match=r"X is \(40, 2\), not \(2, 2\)"):
        decision_boundary(PARAMETERS, X.T, Y)
    with pytest.raises(ShapeError, match=r"Y is \(40,\), not \(1, 40\)"):
        decision_boundary(PARAMETERS, X, Y[0])
    with pytest.raises(ShapeError, match="X is empty"):
        decision_boundary(PARAMETERS, X[:, :0], Y[:, :0])
    with pytest.raises(SettingError, match="no activation is called 'swish'"):
        decision_boundary(PARAMETERS, X, Y, activation="swish")
