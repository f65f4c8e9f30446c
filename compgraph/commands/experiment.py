"""A network trained on one part of a table and judged by the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from compgraph.networks.data import Table, split
from compgraph.networks.initialise import random_two_layer
from compgraph.networks.model import Model
from compgraph.networks.training import fit
from compgraph.networks.two_layer import TwoLayerParameters

__all__ = ["ACTIVATIONS", "Experiment", "Score", "Settings", "run_experiment", "score"]

OnEpoch: TypeAlias = Callable[[int, float], None]

ACTIVATIONS = ("tanh", "sigmoid", "relu", "leaky_relu")
"""The hidden activations that make a network of two layers more than one of one layer."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to split, start and train.

    Attributes:
        hidden: the number of hidden units.
        activation: the hidden activation, one of ``ACTIVATIONS``.
        rate: the learning rate α.
        epochs: the number of updates.
        seed: of the split and of the start values.
        held_out: the share of the rows that the network is judged by and never sees.
    """

    hidden: int = 8
    activation: str = "tanh"
    rate: float = 0.5
    epochs: int = 1000
    seed: int = 0
    held_out: float = 0.2


class Score(NamedTuple):
    """How a network judged some rows.

    Attributes:
        counts: how many rows of label i (the row) were judged to be of label j (the column), (2, 2).
        baseline: the share that is judged right by always giving the answer that is most common in training.
    """

    counts: NDArray[np.int64]
    baseline: float

    @property
    def right(self) -> int:
        """The number of rows judged right."""
        return int(np.trace(self.counts))

    @property
    def rows(self) -> int:
        """The number of rows."""
        return int(np.sum(self.counts))

    @property
    def accuracy(self) -> float:
        """The share of the rows judged right."""
        return self.right / self.rows


class Experiment(NamedTuple):
    """A trained network, the two parts of the table, and how it came about.

    Attributes:
        settings: as given.
        train: the rows it learned from.
        test: the rows it was held back from.
        start: the parameters it began with.
        model: the trained network.
        interrupted: whether Ctrl-C ended the training early.
    """

    settings: Settings
    train: Table
    test: Table
    start: TwoLayerParameters
    model: Model
    interrupted: bool

    @property
    def epochs(self) -> int:
        """The number of updates made."""
        return len(self.model.costs) - 1


def run_experiment(table: Table, settings: Settings, on_epoch: OnEpoch | None = None) -> Experiment:
    """Split a table, train a network on one part of it, and keep the other part to judge it by.

    >>> X = np.linspace(-3.0, 5.0, 40)[None]
    >>> table = Table(("size",), X, (X > 1).astype(float), "kind", ("small", "large"), tuple(range(2, 42)))
    >>> done = run_experiment(table, Settings(hidden=2, epochs=200))
    >>> done.train.m, done.test.m, score(done).accuracy
    (32, 8, 1.0)

    Args:
        table: all rows.
        settings: how.
        on_epoch: called after each epoch with the number of epochs made and the cost, for a progress bar.

    Raises:
        DataError, SettingError, DivergenceError: as for :func:`compgraph.networks.data.split` and
            :func:`compgraph.networks.training.fit`.
    """
    train, test = split(table, settings.held_out, settings.seed)
    # What `fit` starts from, too: it draws the same numbers from the same seed.
    start = random_two_layer(len(table.feature_names), settings.hidden, 1, settings.seed)
    model, interrupted = fit(
        train,
        hidden=settings.hidden,
        activation=settings.activation,
        rate=settings.rate,
        epochs=settings.epochs,
        seed=settings.seed,
        on_epoch=on_epoch,
    )
    return Experiment(settings, train, test, start, model, interrupted)


def score(experiment: Experiment) -> Score:
    """Judge the rows that were held out.

    Args:
        experiment: with the trained network and the rows.
    """
    test, train = experiment.test, experiment.train
    truth = test.Y[0].astype(int)
    answers = experiment.model.predict(test.X)[0].astype(int)
    counts: NDArray[Any] = np.zeros((2, 2), dtype=np.int64)
    np.add.at(counts, (truth, answers), 1)
    most_common = int(np.mean(train.Y) >= 0.5)
    return Score(counts, float(np.mean(truth == most_common)))
