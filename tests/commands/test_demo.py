"""``compgraph demo``: what it tells, what it writes, and that it does the same each time."""

import contextlib
import io
import re
import struct
import sys
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest

from compgraph.cli import main
from compgraph.commands import demo as module
from compgraph.commands.demo import PICTURES
from compgraph.commands.experiment import run_experiment
from compgraph.commands.output_folder import REPORT
from compgraph.networks import closed_form

pytest.importorskip("matplotlib")
pytest.importorskip("resvg_py")


class Done(NamedTuple):
    """A demonstration that was run."""

    folder: Path
    code: int
    out: str
    err: str


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    folder = tmp_path_factory.mktemp("demo") / "to be made" / "résumé"
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["demo", "--out", str(folder)])
    return Done(folder, code, out.getvalue(), err.getvalue())


def test_it_succeeds_and_fits_the_terminal(done: Done) -> None:
    assert done.code == 0
    told = done.out.partition("\nReport")[0]
    assert max(map(len, told.splitlines())) <= 80
    assert [line.partition(":")[0] for line in done.err.splitlines()] == [
        f"epoch {n} of 1000" for n in (250, 500, 750, 1000)
    ]


def test_it_tells_the_derivatives_of_j_and_the_nudges(done: Done) -> None:
    rows = re.findall(r"^   ([vaubc]) +(\d+) +(\d+) +[\d.]+ +([\d.]+) +([\d.]+)$", done.out, re.MULTILINE)
    assert rows == [
        ("v", "11", "3", "33.003", "3.000000"),
        ("a", "5", "3", "33.003", "3.000000"),
        ("u", "6", "3", "33.003", "3.000000"),
        ("b", "3", "6", "33.006", "6.000000"),
        ("c", "2", "9", "33.009", "9.000000"),
    ]
    assert "5 of 5 agree" in done.out


def test_the_network_is_right_in_more_than_95_of_100_rows_held_out(done: Done) -> None:
    assert "455 rows to train on, 114 held out (split by seed 0)" in done.out
    accuracy = re.search(r"held-out accuracy ([\d.]+) % \((\d+) of 114\)", done.out)
    assert accuracy is not None
    assert int(accuracy[2]) / 114 > 0.95
    cost = re.search(r"cost ([\d.]+) → ([\d.]+)", done.out)
    assert cost is not None
    assert float(cost[2]) < 0.1 * float(cost[1])


def test_all_gradients_are_right(done: Done) -> None:
    rows = re.findall(r"^   (d\w+) +(initial|trained) .* (\w+)$", done.out, re.MULTILINE)
    assert rows == [(name, at, "right") for at in ("initial", "trained") for name in ("dW1", "db1", "dW2", "db2")]


def test_it_says_where_the_report_is(done: Done) -> None:
    assert str(done.folder / REPORT) in done.out
    assert (done.folder / REPORT).as_uri() in done.out
    assert (done.folder / REPORT).as_uri().startswith("file:///")


def test_it_writes_the_report_and_the_pictures_and_nothing_else(done: Done) -> None:
    assert {path.name for path in done.folder.iterdir()} == {REPORT, *PICTURES}
    for path in done.folder.glob("*.png"):
        data = path.read_bytes()
        assert data.startswith(b"\x89PNG\r\n\x1a\n")
        width, height = struct.unpack(">II", data[16:24])
        assert width > 500
        assert height > 300
    for path in done.folder.glob("*.svg"):
        assert ElementTree.parse(path).getroot().tag.endswith("svg")
    text = (done.folder / "graph.svg").read_text(encoding="utf-8")
    assert all(f"dJ/d{name}" in text for name in "vaubc")


def test_a_second_time_it_writes_the_same(done: Done, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--out", "again"]) == 0
    for name in (REPORT, *PICTURES):
        assert Path("again", name).read_bytes() == (done.folder / name).read_bytes(), name
    # and over its own files, too
    before = Path("again", REPORT).stat().st_ino
    assert main(["demo", "--out", "again"]) == 0
    assert Path("again", REPORT).stat().st_ino != before
    assert len(list(Path("again").iterdir())) == 1 + len(PICTURES)


def test_by_default_it_writes_to_a_folder_of_its_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "run_experiment", stop)
    assert main(["demo"]) == 130
    assert capsys.readouterr().err == "compgraph: interrupted\n"
    assert [path.name for path in Path().iterdir()] == ["compgraph-demo"]
    assert list(Path("compgraph-demo").iterdir()) == []


def stop(*arguments: object) -> None:
    raise KeyboardInterrupt


def test_ctrl_c_in_the_training_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*arguments: Any) -> Any:
        return run_experiment(*arguments)._replace(interrupted=True)

    monkeypatch.setattr(module, "run_experiment", interrupted)
    assert main(["demo", "--out", "d"]) == 130
    assert capsys.readouterr().err.endswith("compgraph: interrupted\n")
    assert list(Path("d").iterdir()) == []


def test_somebody_s_files_are_refused_before_anything_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    Path("graph.png").write_text("mine")
    assert main(["demo", "--out", "."]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        "compgraph: graph.png is there and not from an earlier demo: choose another folder with --out\n"
    )
    assert Path("graph.png").read_text() == "mine"


@pytest.mark.parametrize("package", ["matplotlib", "resvg_py"])
def test_a_missing_extra_is_named_before_anything_is_told(
    package: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    assert main(["demo"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert re.fullmatch(r"compgraph: .*pip install 'compgraph\[render.*\]'\n", captured.err)
    assert list(Path().iterdir()) == []


def test_a_wrong_formula_is_told_in_every_place(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    honest = closed_form.two_layer

    def with_a_slip(*arguments: Any) -> closed_form.TwoLayer:
        found = honest(*arguments)
        return found._replace(dW2=1.001 * found.dW2)

    monkeypatch.setattr(closed_form, "two_layer", with_a_slip)
    assert main(["demo", "--out", "d"]) == 1
    out = capsys.readouterr().out
    assert "6 of 8 gradients are right" in out
    page = Path("d", REPORT).read_text(encoding="utf-8")
    assert "Not all gradients are right." in page
    assert "dW2 at the trained parameters: wrong" in page
    assert page.count('<tr class="wrong">') == 2
    assert "6 of 8" in page
