"""The cost of logistic regression over (w, b): cross-entropy is convex and squared error is not, and that is drawn."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compgraph.errors import SettingError, ShapeError
from compgraph.networks.closed_form import sigmoid
from compgraph.plots.cost_surface import LOSSES, Segment, cost, cost_surface, descent, rise, telling_segment

pytest.importorskip("matplotlib")

X = np.array([[-3.0, -2.0, -1.5, -0.5, 0.5, 1.0, 2.0, 3.5]])
Y = np.array([[0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0]])
CROSS_ENTROPY, SQUARED_ERROR = LOSSES.values()

points = st.tuples(st.floats(-8, 8), st.floats(-8, 8)).map(np.array)


@st.composite
def examples(draw: st.DrawFn) -> tuple[Any, Any]:
    m = draw(st.integers(1, 8))
    x = draw(st.lists(st.floats(-4, 4), min_size=m, max_size=m))
    y = draw(st.lists(st.sampled_from([0.0, 1.0]), min_size=m, max_size=m))
    return np.array([x]), np.array([y])


def by_hand(name: str, point: Any, x: Any = X[0], y: Any = Y[0]) -> float:
    (w, b), total = point, 0.0
    for x_i, y_i in zip(x, y, strict=True):
        z = w * x_i + b
        minus_log = np.logaddexp(0, -z if y_i else z)  # -log σ(z), and -log(1 - σ(z)) = -log σ(-z)
        total += minus_log if name == "cross-entropy" else (1 / (1 + np.exp(-z)) - y_i) ** 2 / 2
    return total / len(x)


@pytest.mark.parametrize("name", LOSSES)
@given(point=points)
def test_the_cost_is_that_of_the_formula(name: str, point: Any) -> None:
    assert cost(LOSSES[name], point[0], point[1], X, Y) == pytest.approx(by_hand(name, point), rel=1e-9)


@given(data=examples(), P=points, Q=points)
def test_cross_entropy_is_nowhere_above_a_chord(data: tuple[Any, Any], P: Any, Q: Any) -> None:
    segment = Segment(P, Q)
    w, b = segment.at(np.linspace(0, 1, 50))
    J = cost(CROSS_ENTROPY, w[:, None], b[:, None], *data)
    chord = np.linspace(J[0], J[-1], 50)
    assert np.max(J - chord) <= 1e-12 * np.max(J)


@given(data=examples())
def test_squared_error_rises_above_a_chord_whatever_the_data(data: tuple[Any, Any]) -> None:
    x, y = data
    segment = telling_segment(x, y, (-8, 8), (-8, 8))
    above = rise(SQUARED_ERROR, x, y, segment)
    assert np.max(above) > 1e-3
    # In the middle of the segment, once more by the definition.
    ends = [by_hand("squared error", end, x[0], y[0]) for end in (segment.P, segment.Q)]
    middle = by_hand("squared error", (segment.P + segment.Q) / 2, x[0], y[0])
    along = [by_hand("squared error", point, x[0], y[0]) for point in segment.at(np.linspace(0, 1, 61)).T]
    assert above[30] == pytest.approx((middle - np.mean(ends)) / np.ptp(along), abs=1e-9)


def test_the_titles_say_which_is_convex() -> None:
    grid = cost_surface(X, Y)
    assert [ax.get_title(loc="left") for ax in grid.flat] == [
        "cross-entropy: convex",
        "squared error: not convex",
        "nowhere above its chord PQ",
        "rises above its chord PQ",
    ]
    assert [ax.get_xlabel() for ax in grid[0]] == ["$w$", "$w$"]
    assert [ax.get_ylabel() for ax in grid[0]] == ["$b$", "$b$"]


def test_where_nothing_rises_above_a_chord_that_is_all_it_says() -> None:
    """Near z = 0 the squared error is convex: its second derivative by z there is 1/16."""
    grid = cost_surface(X, Y, w=(-0.05, 0.05), b=(-0.05, 0.05))
    assert grid[0, 1].get_title(loc="left") == "squared error: convex as far as seen"
    assert grid[1, 1].get_title(loc="left") == "nowhere above its chord PQ"


@pytest.mark.parametrize(("column", "name"), list(enumerate(LOSSES)))
def test_below_is_the_cost_along_the_segment_that_is_marked_above(column: int, name: str) -> None:
    above, below = cost_surface(X, Y)[:, column]
    P, Q = np.array(above.lines[0].get_data()).T
    assert [text.get_text() for text in above.texts][-2:] == ["P", "Q"]
    np.testing.assert_allclose([text.get_position() for text in above.texts][-2:], [P, Q], rtol=1e-12)
    J, chord = below.lines
    t = J.get_xdata()
    np.testing.assert_allclose(J.get_ydata(), [by_hand(name, P + s * (Q - P)) for s in t], rtol=1e-9)
    np.testing.assert_allclose(chord.get_ydata(), by_hand(name, P) * (1 - t) + by_hand(name, Q) * t, rtol=1e-9)
    assert [text.get_text() for text in below.get_xticklabels()] == ["P", "Q"]


@pytest.mark.parametrize(("column", "name"), list(enumerate(LOSSES)))
def test_the_lines_of_the_surface_are_lines_of_equal_cost(column: int, name: str) -> None:
    ax = cost_surface(X, Y)[0, column]
    _, lines = ax.collections
    checked = 0
    for level, path in zip(lines.levels, lines.get_paths(), strict=True):
        found = np.array([by_hand(name, vertex) for vertex in path.vertices])
        # Between two points of the grid a contour is interpolated: as good as the grid is fine.
        assert np.median(np.abs(found - level)) < 0.01 * np.ptp(lines.levels)
        checked += len(found)
    assert checked > 500


def test_descent_takes_the_steps_of_the_formulas() -> None:
    x, y, m, rate = X[0], Y[0], X.size, 2.0
    for loss in LOSSES.values():
        path = descent(loss, X, Y, (-3.0, 2.0), rate, 20)
        assert path[:, 0].tolist() == [-3, 2]
        for (w, b), (w_next, b_next) in zip(path.T, path.T[1:], strict=False):
            a = sigmoid(w * x + b)
            dz = (a - y) if loss is CROSS_ENTROPY else (a - y) * a * (1 - a)
            assert w_next == pytest.approx(w - rate * np.sum(dz * x) / m, rel=1e-12)
            assert b_next == pytest.approx(b - rate * np.sum(dz) / m, rel=1e-12)


def test_the_paths_begin_where_they_are_told() -> None:
    grid = cost_surface(X, Y, start=(-5, 6), rate=2.0, epochs=30)
    for ax, loss in zip(grid[0], LOSSES.values(), strict=True):
        np.testing.assert_array_equal(np.array(ax.lines[0].get_data()), descent(loss, X, Y, (-5, 6), 2.0, 30))
        assert np.array(ax.lines[1].get_data()).ravel().tolist() == [-5, 6]
    assert [text.get_text() for text in grid[0, 0].get_legend().get_texts()] == ["gradient descent"]
    assert cost_surface(X, Y)[0, 0].get_legend() is None


def test_what_does_not_fit_is_said() -> None:
    with pytest.raises(ShapeError, match=r"X is \(2, 3\) and Y is \(1, 3\): both are to be \(1, m\)"):
        cost_surface(np.ones((2, 3)), np.ones((1, 3)))
    with pytest.raises(ShapeError, match=r"X is \(1, 3\) and Y is \(3,\)"):
        cost_surface(np.ones((1, 3)), np.ones(3))
    with pytest.raises(ShapeError, match=r"X is \(1, 0\)"):
        cost_surface(np.ones((1, 0)), np.ones((1, 0)))
    with pytest.raises(SettingError, match=r"w = \(8, -8\) is no range"):
        cost_surface(X, Y, w=(8, -8))
    with pytest.raises(ShapeError, match=r"start = \(1,\) has shape \(1,\): give two numbers, w and b"):
        cost_surface(X, Y, start=(1,))  # type: ignore[arg-type]
    with pytest.raises(SettingError, match=r"a rate of 0 and 3 epochs"):
        cost_surface(X, Y, start=(0, 0), rate=0, epochs=3)
