"""``compgraph predict``: what a saved network says of the rows of a table."""

from __future__ import annotations

import csv
import sys

import numpy as np

from compgraph.commands.told_rows import line_ranges, told_rows
from compgraph.commands.wording import percent
from compgraph.networks.csv_file import CsvFile, quoted, read_csv
from compgraph.networks.data import LeftOutRow, features, labels
from compgraph.networks.files import load
from compgraph.networks.model import Model

__all__ = ["predict"]

_HEAD = ("line", "probability", "label")


def predict(file: str, data: str) -> int:
    """Print as CSV, for each row of a table, its line, the probability of the label 1, and the label in words.

    What there is to say besides goes to stderr: the meaning of the probability, the rows left out, and the accuracy
    where the table has the target column.

    Args:
        file: a network saved by ``compgraph train``.
        data: a CSV file with the columns that the network was trained on, in any order.

    Returns:
        The exit code 0.

    Raises:
        DataError: the file holds no network, or the table not its columns.
    """
    model = load(file)
    cells = read_csv(data)
    found = features(cells, model.feature_names)
    with np.errstate(over="ignore", invalid="ignore"):  # where that leaves no probability, the row is left out
        probabilities = model.probabilities(found.X)[0]
        usable = np.isfinite(probabilities)
        answers = model.answers(found.X[:, usable])
    lines = [line for line, fine in zip(found.lines, usable, strict=True) if fine]
    left_out = [
        *found.left_out_rows,
        *[
            LeftOutRow(line, "its numbers are too far from those of the training")
            for line, fine in zip(found.lines, usable, strict=True)
            if not fine
        ],
    ]

    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(_HEAD)
    for line, probability, answer in zip(lines, probabilities[usable], answers, strict=True):
        table.writerow((line, f"{probability:.6g}", answer))
    sys.stdout.flush()

    print(f"probability: of {quoted(model.target)} being {quoted(model.values[1])}", file=sys.stderr)
    if left_out:
        print(told_rows(sorted(left_out)), file=sys.stderr)
    if model.target in cells.header and lines:
        _tell_accuracy(model, cells, lines, answers)
    return 0


def _tell_accuracy(model: Model, cells: CsvFile, lines: list[int], answers: tuple[str, ...]) -> None:
    truth = labels(cells, model.target, model.values, lines)[0]
    given = np.array([float(model.values.index(answer)) for answer in answers])
    known = ~np.isnan(truth)
    if unknown := int(np.sum(~known)):
        first, second = map(quoted, model.values)
        print(f"  in {unknown} rows {model.target!r} is neither {first} nor {second}", file=sys.stderr)
    if not np.any(known):
        return
    right = int(np.sum(truth[known] == given[known]))
    print(f"accuracy {percent(right / int(np.sum(known)))} ({right} of {int(np.sum(known))} rows)", file=sys.stderr)
    wrong = [line for line, is_wrong in zip(lines, known & (truth != given), strict=True) if is_wrong]
    if wrong:
        print(f"  wrong on line{'s' * (len(wrong) > 1)} {line_ranges(wrong)}", file=sys.stderr)
