"""An experiment: the start values it tells of are the training's, and its score is a count."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compgraph.commands.experiment import ACTIVATIONS, Settings, run_experiment, score
from compgraph.networks.data import Table
from compgraph.networks.standardise import standardise
from compgraph.networks.two_layer import two_layer_cost


def table(m: int = 60, seed: int = 0) -> Table:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(2, m)) * [[3.0], [0.1]] + [[5.0], [-1.0]]
    Y = (rng.random((1, m)) < 0.3).astype(float)
    Y[0, :2] = 0, 1
    return Table(("a", "b"), X, Y, "kind", ("no", "yes"), tuple(range(2, m + 2)))


@given(st.integers(0, 1000), st.sampled_from(ACTIVATIONS), st.integers(1, 5))
def test_the_start_values_are_those_that_the_training_began_with(seed: int, activation: str, hidden: int) -> None:
    done = run_experiment(table(), Settings(hidden=hidden, activation=activation, epochs=3, seed=seed))
    X = standardise(done.train.X, done.model.scale)
    assert two_layer_cost(*done.start, X, done.train.Y, activation) == pytest.approx(done.model.costs[0], rel=1e-12)
    assert done.epochs == 3


@given(st.integers(2, 60), st.floats(0.05, 0.95), st.integers(0, 1000))
def test_every_row_is_either_learned_from_or_held_out(m: int, share: float, seed: int) -> None:
    rows = table(m)
    done = run_experiment(rows, Settings(hidden=2, epochs=1, held_out=share, seed=seed))
    assert sorted((*done.train.lines, *done.test.lines)) == list(rows.lines)
    assert score(done).rows == done.test.m


@given(st.integers(0, 1000))
def test_the_score_is_a_count(seed: int) -> None:
    done = run_experiment(table(seed=seed), Settings(hidden=3, rate=2.0, epochs=30, seed=seed))
    judged = score(done)
    truth = done.test.Y[0]
    answers = done.model.predict(done.test.X)[0]
    pairs = list(zip(truth, answers, strict=True))
    assert judged.counts.tolist() == [[pairs.count((i, j)) for j in (0, 1)] for i in (0, 1)]
    assert judged.accuracy == pytest.approx(done.model.accuracy(done.test))
    common = float(done.train.Y.mean() >= 0.5)
    assert judged.baseline == pytest.approx(np.mean(truth == common))


def test_the_same_seed_gives_the_same_network() -> None:
    one, other, third = (run_experiment(table(), Settings(epochs=5, seed=seed)) for seed in (3, 3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(one.model.parameters, other.model.parameters, strict=True))
    assert not np.array_equal(one.model.parameters.W1, third.model.parameters.W1)
