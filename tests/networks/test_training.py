"""Gradient descent: what it reaches, what ends it early, and what it says when a setting cannot work."""

import signal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

from compgraph.errors import DivergenceError, SettingError, ShapeError
from compgraph.networks import closed_form
from compgraph.networks.csv_file import read_csv
from compgraph.networks.data import Table, labelled_table, split
from compgraph.networks.initialise import random_two_layer, zero_two_layer
from compgraph.networks.training import fit, train
from compgraph.networks.two_layer import TwoLayerParameters, two_layer_cost
from tests.networks.drawn import ACTIVATIONS, SPURIOUS, Array, Network, networks

pytestmark = SPURIOUS

DATA = Path(__file__).parents[2] / "examples" / "data" / "breast_cancer.csv"
X = np.array([[0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0]])
Y = np.array([[0.0, 1.0, 1.0, 0.0]])


def breast_cancer() -> tuple[Table, Table]:
    return split(labelled_table(read_csv(DATA), "diagnosis"), held_out=0.2, seed=0)


# --------------------------------------------------------------------------------------------------- what it reaches


@pytest.mark.parametrize(("activation", "rate"), [("tanh", 0.5), ("sigmoid", 1.0), ("relu", 0.5), ("leaky_relu", 0.5)])
def test_real_data_is_learnt(activation: str, rate: float) -> None:
    trained_on, held_out = breast_cancer()
    model, interrupted = fit(trained_on, hidden=8, activation=activation, rate=rate, epochs=500, seed=0)
    assert not interrupted
    assert model.costs[-1] < 0.1 < 0.6 < model.costs[0]
    assert model.accuracy(held_out) > 0.95
    assert model.values == ("B", "M")


def test_float32_is_learnt_in_float32() -> None:
    trained_on, held_out = breast_cancer()
    model, _ = fit(trained_on, epochs=300, dtype=np.float32)
    assert {parameter.dtype for parameter in model.parameters} == {np.dtype(np.float32)}
    assert model.probabilities(held_out.X).dtype == np.float32
    assert model.accuracy(held_out) > 0.95


def test_a_seed_repeats_the_run() -> None:
    trained_on, _ = breast_cancer()
    one, same, other = (fit(trained_on, epochs=5, seed=seed).model for seed in (3, 3, 4))
    np.testing.assert_array_equal(one.parameters.W1, same.parameters.W1)
    assert not np.array_equal(one.parameters.W1, other.parameters.W1)


@given(networks(2, kinds=["near"], dtypes=["float64"], activations=["sigmoid", "tanh", "linear"]))
def test_each_epoch_is_one_step_against_the_gradient(network: Network) -> None:
    """Without a kink, where rounding might send the two computations different ways."""
    (activation,) = network.activations
    start = TwoLayerParameters(*network.two_layers)
    before = [parameter.copy() for parameter in start]
    reached, costs, interrupted = train(start, network.X, network.Y, activation=activation, rate=0.1, epochs=3)
    expected = network.two_layers
    for epoch in range(3):
        cost, *gradients = closed_form.two_layer(*expected, network.X, network.Y, activation)
        np.testing.assert_allclose(costs[epoch], cost, rtol=1e-9)
        stepped = [theta - 0.1 * gradient for theta, gradient in zip(expected, gradients, strict=True)]
        expected = (stepped[0], stepped[1], stepped[2], stepped[3])
    for got, want in zip(reached, expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-12)
    assert costs[-1] == two_layer_cost(*reached, network.X, network.Y, activation)
    assert (len(costs), interrupted) == (4, False)
    for parameter, kept in zip(start, before, strict=True):
        np.testing.assert_array_equal(parameter, kept)


def test_zero_weights_never_leave_zero_with_tanh() -> None:
    """All units compute the same, so their gradients are the same: here 0. What moves is b2 alone."""
    labels = np.array([[1.0, 1.0, 1.0, 0.0]])
    (W1, b1, W2, b2), costs, _ = train(zero_two_layer(2, 4), X, labels, activation="tanh", epochs=200)
    for parameter in (W1, b1, W2):
        assert not parameter.any()
    np.testing.assert_allclose(b2, np.log(3), rtol=1e-3)  # σ(b2) = 3/4, the share of the label 1
    assert costs[-1] < costs[0]


def test_random_weights_learn_what_zero_weights_cannot() -> None:
    """XOR needs hidden units that differ."""
    zero = train(zero_two_layer(2, 4), X, Y, rate=2.0, epochs=300)
    drawn = train(random_two_layer(2, 4, seed=1, scale=1.0), X, Y, rate=2.0, epochs=300)
    assert drawn.costs[-1] < 0.02 < 0.69 < zero.costs[-1]


def test_no_epochs_is_the_start() -> None:
    start = random_two_layer(2, 3)
    parameters, costs, interrupted = train(start, X, Y, epochs=0)
    assert parameters == start
    assert costs.shape == (1,)
    assert not interrupted


# ---------------------------------------------------------------------------------------------- what ends it early


def test_progress_is_told_after_each_epoch() -> None:
    told: list[tuple[int, float]] = []
    run = train(random_two_layer(2, 3), X, Y, epochs=4, on_epoch=lambda epoch, cost: told.append((epoch, cost)))
    assert [epoch for epoch, _ in told] == [1, 2, 3, 4]
    assert [cost for _, cost in told] == run.costs[:4].tolist()
    assert run.epochs == 4


def test_ctrl_c_keeps_what_was_reached() -> None:
    def press(epoch: int, cost: float) -> None:
        if epoch == 7:
            raise KeyboardInterrupt

    stopped = train(random_two_layer(2, 3), X, Y, epochs=1000, on_epoch=press)
    whole = train(random_two_layer(2, 3), X, Y, epochs=7)
    assert (stopped.interrupted, stopped.epochs) == (True, 7)
    for got, want in zip(stopped.parameters, whole.parameters, strict=True):
        np.testing.assert_array_equal(got, want)
    np.testing.assert_array_equal(stopped.costs, whole.costs)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer signals on this system")
@pytest.mark.parametrize("delay", [0.001, 0.0123, 0.05])
def test_a_real_ctrl_c_at_any_moment_keeps_parameters_and_costs_together(delay: float) -> None:
    trained_on, _ = breast_cancer()

    def arm(epoch: int, cost: float) -> None:
        if epoch == 1:
            signal.setitimer(signal.ITIMER_REAL, delay)

    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        model, interrupted = fit(trained_on, epochs=1_000_000, on_epoch=arm)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert interrupted
    again = fit(trained_on, epochs=len(model.costs) - 1).model
    np.testing.assert_array_equal(again.parameters.W1, model.parameters.W1)
    np.testing.assert_array_equal(again.costs, model.costs)


def test_other_errors_of_a_callback_are_the_callers() -> None:
    def fail(epoch: int, cost: float) -> None:
        raise RuntimeError("the bar broke")

    with pytest.raises(RuntimeError, match="the bar broke"):
        train(random_two_layer(2, 3), X, Y, epochs=3, on_epoch=fail)


# ---------------------------------------------------------------------------------------------- mistakes of use


def test_a_rate_that_is_too_large_is_named_with_a_remedy() -> None:
    start = random_two_layer(2, 3, scale=1.0)
    with pytest.raises(
        DivergenceError, match=r"the cost became (nan|inf) after \d+ updates .* rate 1e\+200 is too large; try"
    ):
        train(start, X, Y, activation="relu", rate=1e200, epochs=50)


def test_a_cost_that_starts_out_infinite_is_the_datas_fault() -> None:
    with pytest.raises(DivergenceError, match="before the first update"):
        train(random_two_layer(2, 3), X * np.nan, Y, epochs=50)


def test_the_last_update_may_diverge_too() -> None:
    start = random_two_layer(2, 3, scale=1.0)
    with pytest.raises(DivergenceError, match="after 1 updates"):
        train(start, X * 1e150, Y, activation="relu", rate=1e200, epochs=1)


@pytest.mark.parametrize("rate", [0.0, -1.0, float("inf"), float("nan")])
def test_rates_that_are_none(rate: float) -> None:
    with pytest.raises(SettingError, match="learning rate"):
        train(random_two_layer(2, 3), X, Y, rate=rate)


def test_other_settings_out_of_range() -> None:
    with pytest.raises(SettingError, match="-1 epochs"):
        train(random_two_layer(2, 3), X, Y, epochs=-1)
    with pytest.raises(SettingError, match="no activation is called 'swish'"):
        train(random_two_layer(2, 3), X, Y, activation="swish")
    with pytest.raises(SettingError, match="at least 1"):
        fit(breast_cancer()[0], hidden=0)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (Y[0], r"Y is \(4,\), not \(1, 4\)"),  # would broadcast, unnoticed
        (Y.T, r"Y is \(4, 1\), not \(1, 4\)"),
        (np.vstack([Y, Y]), r"Y is \(2, 4\), not \(1, 4\)"),
    ],
)
def test_labels_of_another_shape_are_refused(labels: Array, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        train(random_two_layer(2, 3), X, labels)


def test_data_and_parameters_that_do_not_fit_are_refused() -> None:
    with pytest.raises(
        ShapeError, match=r"with 3 features, 3 hidden units, 1 outputs and 4 examples X is \(2, 4\), not \(3, 4\)"
    ):
        train(random_two_layer(3, 3), X, Y)
    W1, b1, W2, b2 = random_two_layer(2, 3)
    with pytest.raises(ShapeError, match=r"b1 is \(3,\), not \(3, 1\)"):
        train(TwoLayerParameters(W1, b1[:, 0], W2, b2), X, Y)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_trains(activation: str) -> None:
    run = train(random_two_layer(2, 4, seed=2, scale=1.0), X, Y, activation=activation, rate=0.1, epochs=50)
    assert run.costs[-1] < run.costs[0]
