"""Cost curves: every cost at its epoch, and a legend in the order of the ends."""

from typing import Any

import numpy as np
import pytest

from compgraph.errors import SettingError, ShapeError
from compgraph.networks.initialise import random_two_layer
from compgraph.networks.training import train
from compgraph.plots.cost_curves import cost_curves

pytest.importorskip("matplotlib")
from matplotlib.figure import Figure


def entries(ax: Any) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_a_curve_holds_the_costs_at_their_epochs() -> None:
    given: dict[str, Any] = {"a": [0.7, 0.5, 0.4], "b": np.array([0.6, 0.2]), "c": (0.9,)}
    ax = cost_curves(given)
    for line, costs in zip(ax.lines, given.values(), strict=True):
        assert line.get_xdata().tolist() == list(range(len(costs)))
        assert line.get_ydata().tolist() == list(costs)
    assert len({(line.get_color(), str(line.get_linestyle())) for line in ax.lines}) == 3
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_ylim()[0]) == ("epoch", "cost $J$", 0)


def test_what_train_returns_is_taken() -> None:
    X, Y = np.array([[-1.0, 0.0, 1.0]]), np.array([[0.0, 0.0, 1.0]])
    training = train(random_two_layer(1, 2), X, Y, epochs=5)
    (line,) = cost_curves({"mine": training}).lines
    assert line.get_ydata().tolist() == training.costs.tolist()


def test_the_legend_is_in_the_order_of_the_last_costs() -> None:
    ax = cost_curves({"low": [0.7, 0.1], "high": [0.7, 0.5], "middle": [0.1, 0.25]})
    assert entries(ax) == ["high: 0.5", "middle: 0.25", "low: 0.1"]
    colours = {line.get_ydata()[-1]: line.get_color() for line in ax.lines}
    assert [handle.get_color() for handle in ax.get_legend().legend_handles] == [colours[x] for x in (0.5, 0.25, 0.1)]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_curve_that_diverges_ends_with_a_cross(bad: float) -> None:
    ax = cost_curves({"fine": [0.7, 0.5, 0.4], "wild": [0.7, 5.0, bad, 3.0]})
    assert entries(ax) == ["wild: diverged", "fine: 0.4"]
    _, wild, cross = ax.lines
    assert wild.get_ydata().tolist() == [0.7, 5.0]
    assert (cross.get_marker(), cross.get_xdata().tolist(), cross.get_ydata().tolist()) == ("X", [1], [5.0])
    assert cross.get_color() == wild.get_color()
    ax.figure.canvas.draw()


def test_a_training_without_any_finite_cost() -> None:
    ax = cost_curves({"never": [np.nan]})
    assert entries(ax) == ["never: diverged"]
    ax.figure.canvas.draw()


def test_a_logarithmic_axis_stays_one() -> None:
    ax = Figure().subplots()
    ax.set(xscale="log", yscale="log")
    assert cost_curves({"a": [0.7, 0.07, 0.007]}, ax=ax) is ax
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert 0 < ax.get_ylim()[0] < 0.007
    ax.figure.canvas.draw()


def test_epochs_are_whole() -> None:
    ax = cost_curves({"a": [0.7, 0.6, 0.5]})
    assert all(tick == int(tick) for tick in ax.get_xticks())


def test_more_curves_than_colours() -> None:
    ax = cost_curves({str(i): [1.0, 1 / (i + 1)] for i in range(20)})
    looks = {(line.get_color(), str(line._unscaled_dash_pattern)) for line in ax.lines}  # set by no public name
    assert len(looks) == 20


def test_what_are_no_costs_is_said() -> None:
    with pytest.raises(SettingError, match="no training to draw"):
        cost_curves({})
    with pytest.raises(SettingError, match="'a' has no cost"):
        cost_curves({"a": []})
    with pytest.raises(ShapeError, match=r"the costs of 'a' have shape \(2, 2\)"):
        cost_curves({"a": [[1.0, 2.0], [3.0, 4.0]]})
