"""``compgraph predict``: a CSV on stdout, everything else on stderr."""

import csv
import dataclasses
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compgraph.cli import main
from compgraph.networks.files import load, save
from compgraph.networks.model import Model
from compgraph.networks.standardise import Scale
from compgraph.networks.two_layer import TwoLayerParameters

Run = Callable[..., tuple[int, list[list[str]], str]]


def model(values: tuple[str, str] = ("lily", "rose"), activation: str = "tanh", weight: float = 3.0) -> Model:
    """Judges by the sign of length + width."""
    parameters = TwoLayerParameters(
        np.array([[1.0, 1.0]]), np.zeros((1, 1)), np.array([[weight]]), np.full((1, 1), 0.0)
    )
    scale = Scale(np.zeros((2, 1)), np.ones((2, 1)))
    return Model(parameters, activation, ("length", "width"), scale, "species", values, np.array([0.7, 0.1]))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(data: str, network: str = "f.npz") -> tuple[int, list[list[str]], str]:
        code = main(["predict", network, data])
        captured = capsys.readouterr()
        return code, list(csv.reader(io.StringIO(captured.out))), captured.err

    save(model(), "f.npz")
    return call


def test_each_row_gets_its_line_probability_and_label(run: Run) -> None:
    Path("t.csv").write_text("width,length\n1,1\n\n-2,1\n0,0\n")
    code, rows, err = run("t.csv")
    assert code == 0
    assert rows[0] == ["line", "probability", "label"]
    assert [(line, label) for line, _, label in rows[1:]] == [("2", "rose"), ("4", "lily"), ("5", "rose")]
    expected = load("f.npz").probabilities(np.array([[1.0, 1.0, 0.0], [1.0, -2.0, 0.0]]))[0]
    np.testing.assert_allclose([float(row[1]) for row in rows[1:]], expected, rtol=1e-5)
    assert err == "probability: of 'species' being 'rose'\n"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.permutations(["length", "width", "species", "spare"]))
def test_the_order_of_the_columns_is_of_no_matter(run: Run, order: list[str]) -> None:
    row = {"length": "0.5", "width": "-0.1", "species": "rose", "spare": "x"}
    Path("t.csv").write_text(",".join(order) + "\n" + ",".join(row[name] for name in order))
    _, rows, err = run("t.csv")
    assert rows[1] == ["2", f"{load('f.npz').probabilities(np.array([[0.5], [-0.1]]))[0, 0]:.6g}", "rose"]
    assert "accuracy 100 % (1 of 1 rows)" in err


def test_what_was_trained_is_what_predicts(run: Run, flowers: Path) -> None:
    assert main(["train", "flowers.csv", "--target", "species", "--epochs", "50", "--out", "trained.npz"]) == 0
    code, rows, err = run("flowers.csv", "trained.npz")
    truth = [line.rpartition(",")[2] for line in flowers.read_text().splitlines()[1:]]
    labels = [row[2] for row in rows if row[0].isdigit()]
    assert code == 0
    right = sum(a == b for a, b in zip(labels, truth, strict=True))
    assert right > 85
    assert f"({right} of 100 rows)" in err


def test_the_lines_judged_wrong_are_named(run: Run) -> None:
    Path("t.csv").write_text("length,width,species\n1,1,rose\n1,2,lily\n-1,0,rose\n-1,-1,lily\n3,3,tulip\n1,0,\n")
    _, rows, err = run("t.csv")
    assert len(rows) == 7
    assert "  in 2 rows 'species' is neither 'lily' nor 'rose'\n" in err
    assert "accuracy 50.0 % (2 of 4 rows)\n  wrong on lines 3, 4\n" in err


def test_a_target_without_any_known_value_gives_no_accuracy(run: Run) -> None:
    Path("t.csv").write_text("length,width,species\n1,1,\n")
    code, _, err = run("t.csv")
    assert code == 0
    assert "accuracy" not in err


def test_rows_without_a_number_are_reported_and_left_out(run: Run) -> None:
    Path("t.csv").write_text("length,width\n1,1\nx,1\n1,\n")
    _, rows, err = run("t.csv")
    assert [row[0] for row in rows] == ["line", "2"]
    assert "  2 rows left out:\n    line 3: 'length' is 'x', not a number\n    line 4: 'width' is empty\n" in err


@pytest.mark.filterwarnings("error")
def test_numbers_beyond_all_measure_get_no_probability(run: Run) -> None:
    large = np.array([[1e200, 0.0], [0.0, 1e200]])
    parameters = TwoLayerParameters(large, np.zeros((2, 1)), np.array([[1.0, -1.0]]), np.zeros((1, 1)))  # inf - inf
    huge = dataclasses.replace(model(activation="relu"), parameters=parameters)
    save(huge, "huge.npz")
    Path("t.csv").write_text("length,width\n1e300,1e300\n0,0\n")
    code, rows, err = run("t.csv", "huge.npz")
    assert code == 0
    assert [row[0] for row in rows] == ["line", "3"]
    assert "line 2: its numbers are too far from those of the training" in err


@pytest.mark.parametrize("values", [("a,b", 'c"d'), ("größe", "花"), ("=1+1", "two words")])
def test_any_label_comes_through_the_csv(run: Run, values: tuple[str, str]) -> None:
    save(model(values), "f.npz")
    Path("t.csv").write_text("length,width\n-1,-1\n1,1\n")
    _, rows, _ = run("t.csv")
    assert [row[2] for row in rows[1:]] == list(values)


def test_missing_columns_are_named_in_one_line(run: Run) -> None:
    Path("t.csv").write_text("length,height\n1,1\n")
    code, rows, err = run("t.csv")
    assert (code, rows) == (2, [])
    assert err == ("compgraph: t.csv lacks 1 of the 2 columns needed: 'width'; its columns are: 'length', 'height'\n")


def test_a_table_in_the_place_of_the_network_is_refused(run: Run) -> None:
    Path("t.csv").write_text("length,width\n1,1\n")
    code, rows, err = run("f.npz", "t.csv")
    assert (code, rows) == (2, [])
    assert err == "compgraph: t.csv is not an .npz archive\n"
