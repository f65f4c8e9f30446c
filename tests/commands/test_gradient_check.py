"""The network's gradients three ways: right for every activation, and wrong where a formula is."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compgraph.commands.experiment import ACTIVATIONS, Experiment, Settings, run_experiment
from compgraph.commands.gradient_check import check_gradients, difference, network_picture
from compgraph.networks import closed_form
from compgraph.networks.data import Table
from compgraph.networks.standardise import standardise


def experiment(activation: str = "tanh", seed: int = 0, hidden: int = 3) -> Experiment:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(2, 30))
    Y = (X[:1] + 0.3 * rng.normal(size=(1, 30)) > 0).astype(float)
    Y[0, :2] = 0, 1
    rows = Table(("a", "b"), X, Y, "kind", ("no", "yes"), tuple(range(2, 32)))
    return run_experiment(rows, Settings(hidden=hidden, activation=activation, rate=1.0, epochs=40, seed=seed))


@given(st.sampled_from(ACTIVATIONS), st.integers(0, 100))
def test_the_three_ways_agree(activation: str, seed: int) -> None:
    check = check_gradients(experiment(activation, seed))
    wrong = [(at, row) for at, row in check.rows if row.verdict == "wrong"]
    assert wrong == []
    assert [(at, row.name) for at, row in check.rows] == [
        (at, name) for at in ("initial", "trained") for name in ("dW1", "db1", "dW2", "db2")
    ]


def test_each_comparison_is_at_its_own_parameters() -> None:
    done = experiment()
    X, Y = standardise(done.train.X, done.model.scale), done.train.Y
    for at, parameters in (("initial", done.start), ("trained", done.model.parameters)):
        expected = closed_form.two_layer(*parameters, X, Y, "tanh")._asdict()
        rows = [row for name, row in check_gradients(done).rows if name == at]
        assert len(rows) == 4
        for row in rows:
            np.testing.assert_array_equal(row.manual, expected[row.name])
            np.testing.assert_allclose(row.autodiff, expected[row.name], rtol=1e-9, atol=1e-12)
            np.testing.assert_allclose(row.numeric, expected[row.name], rtol=1e-4, atol=1e-7)


def test_a_forgotten_mean_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = closed_form.two_layer

    def forgets_the_mean_in_db2(*arguments: Any) -> closed_form.TwoLayer:
        found = honest(*arguments)
        return found._replace(db2=found.db2 * arguments[4].shape[1])

    monkeypatch.setattr(closed_form, "two_layer", forgets_the_mean_in_db2)
    check = check_gradients(experiment())
    assert not check.ok
    assert check.right == 6
    assert {row.name for _, row in check.rows if row.verdict == "wrong"} == {"db2"}


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5), st.floats(-1, 1))
def test_a_difference_is_the_largest_of_all(entries: list[float], shift: float) -> None:
    one = np.array(entries)
    other = one.copy()
    other[0] += shift
    found = difference(one, other)
    assert found.absolute == abs(one[0] - other[0])
    largest = max(np.max(np.abs(one)), np.max(np.abs(other)))
    assert found.relative == (found.absolute / largest if largest else 0)


def test_entries_that_were_not_computed_are_passed_over() -> None:
    assert difference(np.array([1.0, 2.0]), np.array([np.nan, 2.5])) == (0.5, 0.2)


def test_other_shapes_are_infinitely_far() -> None:
    assert difference(np.zeros((3, 1)), np.zeros(3)) == (np.inf, np.inf)


def test_the_picture_names_every_step() -> None:
    text = network_picture(experiment()).dot
    for name in ("W1", "b1", "W2", "b2", "X", "Y", "Z1 = ", "A1 = tanh(Z1)", "Z2 = ", "J = ", "dJ/dW2"):
        assert name in text
