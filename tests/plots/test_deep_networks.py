"""Deep networks while they learn: what is measured, and what two of the plots make of it."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compgraph.errors import SettingError, ShapeError
from compgraph.networks import closed_form
from compgraph.networks.initialise import DeepParameters, random_layers
from compgraph.plots.deep_training import spread, train_deep
from compgraph.plots.spread import Trial, layer_spread
from compgraph.plots.start_values import SCHEMES, scaled_layers, start_values, xavier

pytest.importorskip("matplotlib")

RNG = np.random.default_rng(0)
X = RNG.uniform(-2, 2, (3, 40))
Y = (X[:1] * X[1:2] > 0).astype(float)
SIZES = [3, 6, 6, 6, 1]


def drawn(ax: Any) -> Any:
    return np.array([line.get_ydata() for line in ax.lines], dtype=float)


# ------------------------------------------------------------------------------------------------------------- measured


def test_spread_is_the_standard_deviation_over_the_examples() -> None:
    A = RNG.normal(size=(5, 200)) * 3 + np.arange(5)[:, None] * 100  # how units differ from one another is not counted
    assert spread(A) == pytest.approx(3, rel=0.1)
    assert spread(A) == pytest.approx(np.sqrt(np.mean([np.mean((row - row.mean()) ** 2) for row in A])))
    assert spread(np.full((4, 9), 7.0)) == 0


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "leaky_relu", "linear"])
def test_a_training_is_that_of_the_formulas(activation: str) -> None:
    W, b = random_layers(SIZES, seed=1, scale=0.7)
    names, rate = [activation] * 3, 0.3
    found = train_deep(DeepParameters(W, b), X, Y, names, rate=rate, epochs=6)
    for epoch in range(7):
        A = closed_form.deep_forward(W, b, X, names).A
        J, dW, db = closed_form.deep_by_delta(W, b, X, Y, names)[:3]
        assert found.costs[epoch] == pytest.approx(float(J), rel=1e-10)
        np.testing.assert_allclose(found.activations[:, epoch], [np.sqrt(np.mean(A_l.var(axis=1))) for A_l in A[1:]])
        np.testing.assert_allclose(found.gradients[:, epoch], [np.sqrt(np.mean(dW_l**2)) for dW_l in dW], rtol=1e-9)
        W = [W_l - rate * dW_l for W_l, dW_l in zip(W, dW, strict=True)]
        b = [b_l - rate * db_l for b_l, db_l in zip(b, db, strict=True)]


def test_after_a_cost_that_is_not_finite_all_is_nan() -> None:
    start = random_layers([3, 6, 6, 1], scale=1e60)
    found = train_deep(start, X, Y, ["relu", "relu"], rate=1.0, epochs=5)
    assert np.isfinite(found.costs[0])
    assert np.all(np.isnan(found.costs[2:]))
    assert np.all(np.isnan(found.activations[:, 2:]))
    assert np.all(np.isnan(found.gradients[:, 2:]))


# --------------------------------------------------------------------------------------------------------- layer_spread


def test_each_column_is_a_network_and_each_line_a_layer() -> None:
    starts = [random_layers(SIZES, seed=seed, scale=0.5) for seed in (1, 2)]
    trials = {"one": Trial(starts[0], "tanh"), "two": Trial(starts[1], ["relu", "tanh", "sigmoid"])}
    grid = layer_spread(trials, X, Y, rate=0.2, epochs=10)
    for column, (start, names) in enumerate(zip(starts, (["tanh"] * 3, ["relu", "tanh", "sigmoid"]), strict=True)):
        found = train_deep(start, X, Y, names, rate=0.2, epochs=10)
        np.testing.assert_array_equal(drawn(grid[0, column]), found.activations)
        np.testing.assert_array_equal(drawn(grid[1, column]), found.gradients)
    assert [ax.get_title(loc="left") for ax in grid[0]] == ["one", "two"]
    assert [text.get_text() for text in grid[0, 1].get_legend().get_texts()] == [f"$l$ = {i}" for i in (1, 2, 3, 4)]
    assert len({tuple(line.get_color()) for line in grid[0, 0].lines}) == 4


def test_the_gradient_of_a_deep_sigmoid_network_vanishes_and_that_of_tanh_does_not() -> None:
    sizes = [3, *[10] * 6, 1]
    start = scaled_layers(sizes, xavier)
    grid = layer_spread({"σ": Trial(start, "sigmoid"), "tanh": Trial(start, "tanh")}, X, Y, rate=0.05, epochs=3)
    sigmoid, tanh = (drawn(ax)[:, 0] for ax in grid[1])
    assert np.all(np.diff(sigmoid) > 0)  # smaller in every earlier layer
    assert sigmoid[0] < 1e-3 * sigmoid[-1]
    assert tanh[0] > 0.1 * tanh[-1]
    assert grid[1, 0].get_ylim() == grid[1, 1].get_ylim()  # so that it is seen
    low, high = grid[1, 0].get_ylim()
    assert low < sigmoid.min()
    assert high > max(sigmoid.max(), tanh.max())
    assert {ax.get_yscale() for ax in grid.flat} == {"log"}


def test_networks_of_different_depths_and_dead_ones() -> None:
    trials = {
        "deep": Trial(random_layers(SIZES, scale=0.5), "tanh"),
        "shallow": Trial(random_layers([3, 2, 1], scale=0.5), "tanh"),
        "zero": Trial(random_layers([3, 2, 1], scale=0.0), "relu"),
    }
    grid = layer_spread(trials, X, Y, epochs=4)
    assert len(grid[0, 2].get_legend().get_texts()) == 4  # the layers of the deepest
    assert np.all(np.isnan(drawn(grid[1, 2])[0]))  # zero has no place on a logarithmic axis
    grid[0, 0].figure.canvas.draw()


# --------------------------------------------------------------------------------------------------------- start_values


@given(n=st.integers(1, 400))
def test_the_schemes_are_those_of_the_papers(n: int) -> None:
    found = {name: scheme(n) for name, scheme in SCHEMES.items()}
    assert found == pytest.approx(
        {"zero": 0, "0.01": 0.01, "large, 3": 3, "Xavier, √(1/n)": n**-0.5, "He, √(2/n)": (2 / n) ** 0.5}
    )


def test_all_schemes_scale_the_same_random_numbers() -> None:
    random, _ = random_layers(SIZES, seed=5, scale=1.0)
    for scheme in SCHEMES.values():
        W, b = scaled_layers(SIZES, scheme, seed=5)
        for W_l, random_l, n in zip(W, random, SIZES, strict=False):
            np.testing.assert_array_equal(W_l, random_l * scheme(n))
        assert not np.any(np.concatenate(b))


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_lines_are_the_spreads_at_the_start_and_the_costs(activation: str) -> None:
    left, right = start_values(X, Y, SIZES, activation=activation, rate=0.1, epochs=8, seed=4)[0]
    for i, scheme in enumerate(SCHEMES.values()):
        found = train_deep(scaled_layers(SIZES, scheme, 4), X, Y, [activation] * 3, rate=0.1, epochs=8)
        assert list(left.lines[i].get_xdata()) == [1, 2, 3]
        np.testing.assert_array_equal(left.lines[i].get_ydata(), found.activations[:-1, 0])
        np.testing.assert_array_equal(right.lines[i].get_ydata(), found.costs)
        assert left.lines[i].get_color() == right.lines[i].get_color()
    guessing = right.lines[len(SCHEMES)]
    assert set(guessing.get_ydata()) == {np.log(2)}
    assert left.get_ylim()[0] == right.get_ylim()[0] == 0
    assert left.get_yscale() == "symlog"


def test_what_start_values_are_for() -> None:
    """Zero and tiny weights: nothing comes through, nothing is learned. Xavier: both."""
    sizes = [3, *[12] * 6, 1]
    left, right = start_values(X, Y, sizes, rate=0.3, epochs=60)[0]
    spreads = dict(zip(SCHEMES, (line.get_ydata()[-1] for line in left.lines), strict=False))
    costs = dict(zip(SCHEMES, (line.get_ydata()[-1] for line in right.lines), strict=False))
    assert spreads["zero"] == 0
    assert spreads["0.01"] < 1e-8
    assert spreads["Xavier, √(1/n)"] > 0.1
    assert spreads["large, 3"] > 0.9  # saturated
    share = np.mean(Y)
    of_the_share = -share * np.log(share) - (1 - share) * np.log(1 - share)  # the least without a look at the features
    assert costs["zero"] == pytest.approx(of_the_share, abs=1e-3)
    assert costs["0.01"] == pytest.approx(of_the_share, abs=1e-3)
    assert costs["Xavier, √(1/n)"] < of_the_share - 0.1


def test_the_legend_says_what_is_beyond_the_axis() -> None:
    schemes = {"fine": lambda n: 0.5, "wild": lambda n: 1e60, "high": lambda n: 40.0}
    _, right = start_values(X, Y, SIZES, activation="relu", schemes=schemes, rate=1e-9, epochs=2)[0]
    assert [text.get_text() for text in right.get_legend().get_texts()][:1] == ["fine"]
    assert "high: higher" in [text.get_text() for text in right.get_legend().get_texts()]
    _, right = start_values(X, Y, SIZES, activation="relu", schemes=schemes, rate=1.0, epochs=3)[0]
    assert "wild: diverged" in [text.get_text() for text in right.get_legend().get_texts()]
    right.figure.canvas.draw()


def test_several_outputs_cost_more_to_guess() -> None:
    _, right = start_values(X, np.vstack([Y, 1 - Y]), [3, 4, 2], epochs=2)[0]
    assert set(right.lines[len(SCHEMES)].get_ydata()) == {2 * np.log(2)}
    assert "guessing: 2 log 2" in [text.get_text() for text in right.texts]


# --------------------------------------------------------------------------------------------------------------- errors


def test_what_does_not_fit_is_said() -> None:
    W, b = random_layers(SIZES)
    trial = Trial(DeepParameters(W, b), "tanh")
    with pytest.raises(SettingError, match="no network to train"):
        layer_spread({}, X, Y)
    with pytest.raises(SettingError, match="no activation is called 'swish'"):
        layer_spread({"a": Trial(trial.start, "swish")}, X, Y)
    with pytest.raises(SettingError, match="2 activations are no network"):
        layer_spread({"a": Trial(trial.start, ["tanh", "tanh"])}, X, Y)
    with pytest.raises(SettingError, match="a rate of -1 and 200 epochs"):
        layer_spread({"a": trial}, X, Y, rate=-1)
    with pytest.raises(ShapeError, match=r"W\[1\] is \(6, 3\), not \(6, 40\); Y is \(1, 40\), not \(1, 3\)"):
        layer_spread({"a": trial}, X.T, Y)
    with pytest.raises(ShapeError, match=r"X is \(3,\), not \(n_0, m\)"):
        layer_spread({"a": trial}, X[:, 0], Y)
    with pytest.raises(ShapeError, match=r"b\[2\] is \(6,\), not \(6, 1\)"):
        layer_spread({"a": Trial(DeepParameters(W, [b[0], b[1][:, 0], *b[2:]]), "tanh")}, X, Y)
    with pytest.raises(SettingError, match=r"layers of \[3, 1\] units, 5 schemes: give a hidden layer"):
        start_values(X, Y, [3, 1])
    with pytest.raises(SettingError, match="0 schemes"):
        start_values(X, Y, SIZES, schemes={})
    with pytest.raises(ShapeError, match=r"W\[1\] is \(6, 2\), not \(6, 3\)"):
        start_values(X, Y, [2, 6, 1])
