"""``compgraph train``: what is told, what is saved, and what is left alone."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from compgraph.cli import main
from compgraph.commands import train as module
from compgraph.networks.files import load

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(["train", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_a_table_is_learned_and_the_network_saved(run: Run, flowers: Path) -> None:
    code, out, err = run("flowers.csv", "--target", "species", "--epochs", "300")
    assert code == 0
    assert "flowers.csv: 100 rows, 3 features" in out
    assert "target 'species': label 0 is 'lily', label 1 is 'rose'" in out
    assert "3 features → 8 tanh → 1 σ; learning rate 0.5, 300 epochs, seed 0" in out
    assert "split by seed 0: 80 rows to train on, 20 held out" in out
    accuracy = re.search(r"held-out accuracy ([\d.]+) % \((\d+) of 20 rows\)", out)
    assert accuracy is not None
    assert int(accuracy[2]) >= 18
    assert "saved to flowers.npz\nuse it: compgraph predict flowers.npz DATA.csv\n" in out
    assert max(map(len, out.splitlines())) <= 80
    assert [line.partition(":")[0] for line in err.splitlines()] == [f"epoch {n} of 300" for n in (75, 150, 225, 300)]
    assert {path.name for path in Path().iterdir()} == {"flowers.csv", "flowers.npz"}


def test_the_costs_told_are_those_saved(run: Run, flowers: Path) -> None:
    _, out, _ = run("flowers.csv", "--target", "species", "--epochs", "7", "--out", "f.npz")
    costs = load("f.npz").costs
    assert len(costs) == 8
    assert f"cost at first {costs[0]:.6g}, at last {costs[-1]:.6g}" in out


def test_the_settings_reach_the_network(run: Run, flowers: Path) -> None:
    options = ["--hidden", "3", "--activation", "leaky_relu", "--ignore", "noise", "--epochs", "5"]
    assert run("flowers.csv", "--target", "species", *options, "--out", "f.npz")[0] == 0
    model = load("f.npz")
    assert model.parameters.W1.shape == (3, 2)
    assert (model.activation, model.feature_names) == ("leaky_relu", ("length", "width"))


def test_the_same_seed_saves_the_same_network(run: Run, flowers: Path) -> None:
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        run("flowers.csv", "--target", "species", "--epochs", "5", "--seed", seed, "--out", f"{name}.npz")
    a, b, c = (load(f"{name}.npz").parameters.W1 for name in "abc")
    np.testing.assert_array_equal(a, b, strict=True)
    assert not np.array_equal(a, c)


def test_a_larger_share_can_be_held_out(run: Run, flowers: Path) -> None:
    out = run("flowers.csv", "--target", "species", "--epochs", "1", "--held-out", "0.5")[1]
    assert "50 rows to train on, 50 held out" in out


def test_no_epochs_save_the_start_values(run: Run, flowers: Path) -> None:
    code, _, _ = run("flowers.csv", "--target", "species", "--epochs", "0")
    assert code == 0
    assert len(load("flowers.npz").costs) == 1


# ---------------------------------------------------------------------------------------------------- what is left out


def test_rows_with_missing_values_are_reported_by_line(run: Run, flowers: Path) -> None:
    lines = flowers.read_text().splitlines()
    lines[4] = "," + lines[4].partition(",")[2]  # line 5 of the file
    lines[40] = lines[40].rpartition(",")[0] + ",?"
    flowers.write_text("\n".join(lines))
    out = run("flowers.csv", "--target", "species", "--epochs", "1")[1]
    assert "flowers.csv: 100 rows" in out
    assert "  2 rows left out:\n    line 5: 'length' is empty\n    line 41: 'species' is missing (?)\n" in out
    assert "78 rows to train on, 20 held out" in out


def test_columns_that_are_not_used_are_reported(run: Run, flowers: Path) -> None:
    lines = flowers.read_text().splitlines()
    rows = [f"{line},flower no. {i}" for i, line in enumerate(lines[1:])]
    flowers.write_text("\n".join([lines[0] + ",label", *rows]))
    out = run("flowers.csv", "--target", "species", "--epochs", "1", "--ignore", "noise")[1]
    assert "column not used: 'label': it holds no number" in out
    assert "column not used: 'noise': it is to be ignored" in out
    assert "2 features" in out


def test_names_from_the_table_cannot_steer_the_terminal(run: Run, flowers: Path) -> None:
    text = flowers.read_text().replace("noise", "no\x1b[31mise").replace("rose", "\x1b]0;title\x07")
    flowers.write_text(text)
    code, out, err = run("flowers.csv", "--target", "species", "--epochs", "1", "--ignore", "no\x1b[31mise")
    assert code == 0
    assert "\x1b" not in out + err


# --------------------------------------------------------------------------------------------------- where it is saved


def test_an_earlier_network_is_replaced(run: Run, flowers: Path) -> None:
    for epochs in ("1", "2"):
        code, out, _ = run("flowers.csv", "--target", "species", "--epochs", epochs)
        assert code == 0
    assert "saved to flowers.npz (in place of the earlier network)" in out
    assert len(load("flowers.npz").costs) == 3


def test_no_other_file_is_written_over(run: Run, flowers: Path) -> None:
    Path("notes.txt").write_text("mine")
    np.savez("arrays.npz", x=np.arange(3))
    for name in ("notes.txt", "arrays.npz", "flowers.csv"):
        before = Path(name).read_bytes()
        code, out, err = run("flowers.csv", "--target", "species", "--out", name)
        assert (code, out) == (2, "")
        assert err.startswith(f"compgraph: not written over, since it holds no network of an earlier train: {name}")
        assert Path(name).read_bytes() == before


@pytest.mark.parametrize(
    ("out", "complaint"),
    [
        (".", "it is a folder"),
        ("", "there is no folder"),
        ("nowhere/f.npz", "there is no folder 'nowhere'"),
        ("flowers.csv/f.npz", "Not a directory"),
        ("x" * 300, "File name too long"),
        ("a\0b", "null"),
        pytest.param(
            "/dev/null", "it is there and is no file", marks=pytest.mark.skipif(os.name != "posix", reason="")
        ),
    ],
)
def test_a_place_where_nothing_can_be_saved_is_refused_at_once(
    run: Run, flowers: Path, out: str, complaint: str
) -> None:
    code, told, err = run("flowers.csv", "--target", "species", "--out", out)
    assert (code, told) == (2, "")
    assert complaint in err
    assert err.count("\n") == 1


def test_a_read_only_folder_is_refused_at_once(run: Run, flowers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # the superuser may write anywhere
    code, told, err = run("flowers.csv", "--target", "species")
    assert (code, told) == (2, "")
    assert "read-only" in err


def test_a_rate_that_is_too_large_is_said_in_one_line(run: Run, flowers: Path) -> None:
    arguments = ["--activation", "relu", "--rate", "1e300", "--epochs", "50"]
    code, _, err = run("flowers.csv", "--target", "species", *arguments)
    assert code == 2
    assert "the learning rate 1e+300 is too large" in err.splitlines()[-1]
    assert not Path("flowers.npz").exists()


# -------------------------------------------------------------------------------------------------------------- Ctrl-C


def test_ctrl_c_keeps_the_parameters_reached(run: Run, flowers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("flowers.csv", "--target", "species", "--epochs", "6", "--out", "six.npz")

    class Interrupting:
        def __init__(self, epochs: int, stream: object) -> None:
            pass

        def __enter__(self) -> Callable[[int, float], None]:
            def on_epoch(epoch: int, cost: float) -> None:
                if epoch == 6:
                    raise KeyboardInterrupt

            return on_epoch

        def __exit__(self, *error: object) -> None:
            pass

    monkeypatch.setattr(module, "progress", Interrupting)
    code, out, _ = run("flowers.csv", "--target", "species", "--epochs", "1000", "--out", "cut.npz")
    assert code == 130
    assert "interrupted: the parameters reached after 6 of 1000 epochs are kept" in out
    assert "saved to cut.npz" in out
    for cut, six in zip(load("cut.npz").parameters, load("six.npz").parameters, strict=True):
        np.testing.assert_array_equal(cut, six, strict=True)


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_real_sigint_keeps_the_parameters_reached(flowers: Path) -> None:
    command = [sys.executable, "-W", "error", "-m", "compgraph", "train", "flowers.csv", "--target", "species"]
    process = subprocess.Popen(
        [*command, "--epochs", "50000000", "--out", "cut.npz"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    told = ""
    while "epochs, seed" not in told:  # the line before the training begins
        line = process.stdout.readline()
        assert line, told
        told += line
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    reached = re.search(r"interrupted: the parameters reached after (\d+) of 50000000 epochs are kept", out)
    assert reached is not None
    assert "saved to cut.npz" in out
    assert len(load("cut.npz").costs) == int(reached[1]) + 1 > 1
    assert {path.name for path in Path().iterdir()} == {"flowers.csv", "cut.npz"}
