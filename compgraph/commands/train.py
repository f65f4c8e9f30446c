"""``compgraph train``: a two-layer network trained on anybody's table and saved to a file."""

from __future__ import annotations

import os
import shlex
import stat
import sys
from collections.abc import Collection
from pathlib import Path

import numpy as np

from compgraph.commands.experiment import Experiment, Settings, run_experiment, score
from compgraph.commands.progress import progress
from compgraph.commands.told_rows import told_rows
from compgraph.commands.wording import percent
from compgraph.errors import DataError, UseError
from compgraph.networks.csv_file import quoted, read_csv
from compgraph.networks.data import Table, labelled_table
from compgraph.networks.files import load, save

__all__ = ["default_out", "train"]

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells have it: 128 and the number of the signal."""


def train(data: str, target: str, settings: Settings, *, ignore: Collection[str] = (), out: str | None = None) -> int:
    """Train a network on a table, say how it did, and save it.

    Args:
        data: a CSV file.
        target: the column to predict.
        settings: how to split and train.
        ignore: the columns that are no features.
        out: the file to save to; by default the table's name with the ending .npz, in the current folder.

    Returns:
        The exit code: 0, or 130 where Ctrl-C ended the training early; the parameters reached are saved then, too.

    Raises:
        DataError: the table cannot be learned from.
        UseError: the file to save to is somebody's, or cannot be there.
        DivergenceError: the learning rate is too large.
    """
    path = out if out is not None else default_out(data)
    replaces = _check_out(path)
    cells = read_csv(data)
    table = labelled_table(cells, target, ignore=ignore)
    _tell_table(data, len(cells.rows), table)
    _tell_settings(settings, table)
    with progress(settings.epochs, sys.stderr) as on_epoch:
        experiment = run_experiment(table, settings, on_epoch)
    save(experiment.model, path)  # before all else: a second Ctrl-C cannot take it any more
    _tell_result(experiment)
    print(f"saved to {path}{' (in place of the earlier network)' if replaces else ''}")
    print(f"use it: compgraph predict {shlex.quote(path)} DATA.csv")
    return INTERRUPTED if experiment.interrupted else 0


def default_out(data: str) -> str:
    """The file that a network is saved to when none is named.

    >>> default_out("tables/flowers.csv")
    'flowers.npz'
    """
    return f"{Path(data).stem}.npz"


def _check_out(path: str) -> bool:
    """Make sure, before anything takes time, that a network can be saved there; tell whether one is there already."""
    folder = Path(path).parent
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        if not path or not folder.is_dir():
            raise UseError(f"cannot save to {path!r}: there is no folder {str(folder)!r}") from None
        if not os.access(folder, os.W_OK | os.X_OK):
            raise UseError(f"cannot save to {path!r}: the folder {str(folder)!r} is read-only") from None
        return False
    except (OSError, ValueError) as error:
        raise UseError(f"cannot save to {path!r}: {getattr(error, 'strerror', None) or error}") from None
    if stat.S_ISDIR(mode):
        raise UseError(f"cannot save to {path!r}: it is a folder; name a file with --out")
    if not stat.S_ISREG(mode):
        raise UseError(f"cannot save to {path!r}: it is there and is no file")
    try:
        load(path)
    except DataError as error:
        raise UseError(f"not written over, since it holds no network of an earlier train: {error}") from None
    return True


def _tell_table(data: str, rows: int, table: Table) -> None:
    first, second = table.values
    print(f"{data}: {rows} rows, {len(table.feature_names)} features")
    print(f"target {table.target!r}: label 0 is {quoted(first)}, label 1 is {quoted(second)}")
    for column in table.left_out_columns:
        print(f"  column not used: {quoted(column.name)}: {column.reason}")
    if table.left_out_rows:
        print(told_rows(table.left_out_rows))


def _tell_settings(settings: Settings, table: Table) -> None:
    network = f"{len(table.feature_names)} features → {settings.hidden} {settings.activation} → 1 σ"
    print(f"{network}; learning rate {settings.rate:g}, {settings.epochs} epochs, seed {settings.seed}", flush=True)


def _tell_result(experiment: Experiment) -> None:
    judged, costs, settings = score(experiment), experiment.model.costs, experiment.settings
    common = experiment.model.values[int(np.mean(experiment.train.Y) >= 0.5)]
    if experiment.interrupted:
        print(f"interrupted: the parameters reached after {experiment.epochs} of {settings.epochs} epochs are kept")
    print(f"split by seed {settings.seed}: {experiment.train.m} rows to train on, {experiment.test.m} held out")
    print(f"cost at first {costs[0]:.6g}, at last {costs[-1]:.6g}")
    print(f"held-out accuracy {percent(judged.accuracy)} ({judged.right} of {judged.rows} rows)")
    print(f"  always answering {quoted(common)} would get {percent(judged.baseline)}")
