"""The examples run, and what they print is so; the pictures in docs/ are what the examples draw."""

import math
import re
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from compgraph.cli import main

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
IMAGES = ROOT / "docs" / "images"

# Which example draws which picture of the documentation.
MEASURED = {"performance.png", "weak_scaling.png"}
"""Pictures of measurements, which `make bench` and `python -m tests.benchmarks.weak_scaling` draw."""

TAKEN = {"netron.png"}
"""Pictures of other programs, taken by hand."""

DRAWN_BY = {"J.svg": "J_graph.py", "two_layer.svg": "two_layer_backward.py"}

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run an example as a program in an empty folder, and give what it printed."""
    monkeypatch.chdir(tmp_path)

    def run_example(name: str, *arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", [name, *arguments])
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        printed = capsys.readouterr()
        assert printed.err == ""
        return printed.out

    return run_example


def paragraph(printed: str, title: str) -> list[str]:
    """The lines from the one that begins with the title to the next empty one, the title left out."""
    lines = printed.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(title)) + 1
    end = lines.index("", start) if "" in lines[start:] else len(lines)
    return lines[start:end]


def verdicts(table: list[str]) -> dict[str, str]:
    """The verdict of each row of a printed comparison."""
    at = table[0].index("verdict")
    return {line.split()[0]: line[at:] for line in table[2:]}


def numbers(line: str) -> list[float]:
    return [float(text) for text in re.findall(r"-?\d+\.?\d*(?:e[-+]?\d+)?", line)]


def test_every_example_is_tested() -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    untested = [path.name for path in EXAMPLES.glob("*.py") if f'run("{path.name}"' not in here]
    assert not untested


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_an_example_begins_with_what_it_shows_and_how_to_run_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.match(rf'"""[^\n]+\.\n\npython examples/{path.name}\n', text)
    assert len(text.splitlines()) <= 100


def test_J_graph(run: Run, tmp_path: Path) -> None:
    printed = run("J_graph.py")
    assert "J = 3(a + bc) = 33 at a = 5, b = 3, c = 2; on the way u = bc = 6, v = a + u = 11" in printed
    rows = {line.split()[0]: numbers(line) for line in paragraph(printed, "node")}
    # value, dJ/d·, J when nudged by 0.001, slope
    assert rows == {
        "v": [11, 3, 33.003, 3],
        "a": [5, 3, 33.003, 3],
        "u": [6, 3, 33.003, 3],
        "b": [3, 6, 33.006, 6],
        "c": [2, 9, 33.009, 9],
    }
    assert list(tmp_path.iterdir()) == []  # nothing is written unasked


def test_logistic(run: Run) -> None:
    printed = run("logistic.py")
    for title in ("One example", "The vectorised formulas against the graph"):
        found = verdicts(paragraph(printed, title))
        assert list(found) == ["dw", "db"]
        assert all(verdict.startswith("right") for verdict in found.values())
    loop, vectorised, graph = [numbers(line) for line in paragraph(printed, "The gradient over m = 6 examples")]
    assert loop == vectorised == graph
    assert len(loop) == 3
    slips = dict(line.split(": ", 1) for line in paragraph(printed, "Slips"))
    assert slips["summed_to_one_number"].startswith("dw wrong has shape (); db right")
    assert "right" not in slips["not_accumulated"] + slips["sigma_prime_for_dz"]


def test_two_layer(run: Run) -> None:
    printed = run("two_layer.py")
    assert printed.startswith("455 rows to train on, 114 held out; 30 features, 4 hidden units\n")
    costs = [float(cost) for cost in re.findall(r"^epoch .*: cost (.*)$", printed, re.MULTILINE)]
    assert costs == sorted(costs, reverse=True)
    assert costs[0] == pytest.approx(math.log(2), abs=1e-3)
    assert costs[-1] < 0.05
    (accuracy,) = re.findall(r"^held-out accuracy (.*)%", printed, re.MULTILINE)
    assert float(accuracy) > 95
    for title in ("Gradients at the initial parameters", "Gradients at the trained parameters"):
        found = verdicts(paragraph(printed, title))
        assert list(found) == ["dW1", "db1", "dW2", "db2"]
        assert all(verdict.startswith("right") for verdict in found.values())


def test_two_layer_backward(run: Run, tmp_path: Path) -> None:
    printed = run("two_layer_backward.py")
    assert printed.startswith("J = 0.693147 (log 2), m = 4\n")
    steps = re.findall(r"^(d\w+) = .*\n +engine: .*: (.+)$", printed, re.MULTILINE)
    assert steps == [
        ("dZ2", "m times the engine's"),
        ("dW2", "the same"),
        ("db2", "the same"),
        ("dA1", "m times the engine's"),
        ("dZ1", "m times the engine's"),
        ("dW1", "the same"),
        ("db1", "the same"),
    ]
    assert list(tmp_path.iterdir()) == []


def test_zero_initialisation(run: Run) -> None:
    printed = run("zero_initialisation.py")
    found = {}
    for title in ("All zero, tanh", "All zero, sigmoid", "All one half, tanh", "At random, tanh"):
        units, *W1 = paragraph(printed, title)
        found[title] = numbers(units)[0], [tuple(numbers(row)) for row in W1]
    assert [units for units, _ in found.values()] == [1, 1, 1, 4]
    assert set(found["All zero, tanh"][1]) == {(0.0, 0.0)}
    for title in ("All zero, sigmoid", "All one half, tanh"):
        (row,) = set(found[title][1])
        assert min(map(abs, row)) > 0.1  # it learned, and all units the same
    costs = [float(cost) for cost in re.findall(r"at first, (.*) after", printed)]
    assert min(costs[:3]) > 0.5
    assert costs[3] < 0.1


def test_linear_layers_collapse(run: Run) -> None:
    printed = run("linear_layers_collapse.py")
    assert "five linear layers, 96 parameters; the one layer they are, 4 parameters" in printed
    assert "same outputs: True" in printed
    assert "dW1 of the deep network is Uᵀ dW of the one layer: True" in printed
    learned = re.findall(r"with (\w+) +hidden units: cost (\S+), A2 = \[(.*)\]", printed)
    (linear, linear_cost, linear_A2), (tanh, tanh_cost, tanh_A2) = learned
    assert (linear, tanh) == ("linear", "tanh")
    assert float(linear_cost) == pytest.approx(math.log(2), abs=1e-3)
    assert numbers(linear_A2) == [0.5, 0.5, 0.5, 0.5]
    assert float(tanh_cost) < 0.01
    assert numbers(tanh_A2) == [0, 1, 1, 0]


def test_keepdims(run: Run) -> None:
    printed = run("keepdims.py")
    shapes = re.findall(r"^(\w+) (\(.*\)) +d\1 (\(.*\))$", printed, re.MULTILINE)
    assert [(name, shape) for name, shape, _ in shapes] == [
        ("W1", "(4, 3)"),
        ("b1", "(4, 1)"),
        ("W2", "(1, 4)"),
        ("b2", "(1, 1)"),
    ]
    assert all(shape == gradients_shape for _, shape, gradients_shape in shapes)
    found = verdicts(paragraph(printed, "keepdims forgotten"))
    assert found["dW1"].startswith("right")
    assert found["dW2"].startswith("right")
    assert found["db1"] == "wrong: has shape (4,)"
    assert found["db2"] == "wrong: has shape (1,)"
    assert "b1 was (4, 1); after one update with that db1 it is (4, 4)" in printed
    expected = r"^with m = 5 examples: .*axis 1 of matmul has length 5, axis 1 of the constant has 4"
    assert re.search(expected, printed, re.MULTILINE)
    assert "with m = 4 examples: no error, and a wrong Z1 of shape (4, 4)" in printed


@pytest.mark.parametrize("name", ["J_graph.py", "two_layer_backward.py"])
def test_an_example_writes_its_picture_where_it_is_told(run: Run, name: str, tmp_path: Path) -> None:
    assert "picture written to picture.dot" in run(name, "--out", "picture.dot")
    assert [path.name for path in tmp_path.iterdir()] == ["picture.dot"]


def shown(svg: bytes) -> list[tuple[str, dict[str, str], str]]:
    """What a picture shows, but for where: that is Graphviz's choice, and differs between its versions."""
    places = {"x", "y", "width", "height", "d", "points", "transform", "viewBox"}
    return [
        (
            element.tag.rpartition("}")[2],
            {name: value for name, value in element.items() if name not in places},
            (element.text or "").strip(),
        )
        for element in ElementTree.fromstring(svg).iter()
    ]


def test_every_picture_of_the_documentation_is_drawn_by_an_example_or_a_benchmark_or_taken_elsewhere() -> None:
    assert {path.name for path in IMAGES.iterdir() if path.is_file()} == {*DRAWN_BY, *MEASURED, *TAKEN}


@pytest.mark.parametrize(("picture", "example"), DRAWN_BY.items())
def test_the_pictures_of_the_documentation_are_current(run: Run, picture: str, example: str, tmp_path: Path) -> None:
    run(example, "--out", picture)
    drawn, kept = (tmp_path / picture).read_bytes(), (IMAGES / picture).read_bytes()
    assert len(shown(kept)) > 50
    assert shown(drawn) == shown(kept), (
        f"draw it again: python examples/{example} --out docs/images/{picture}, and look at it"
    )


def test_check_me(run: Run) -> None:
    printed = run("check_me.py")
    assert printed.count("right in all 5 tries") == 3
    assert "1 - A1**2 is needed" in printed
    assert printed.endswith("3 of 4 gradients right; wrong: two_layer_gradient\n")


def test_check_the_notes(run: Run) -> None:
    printed = run("check_the_notes.py")
    table, *below = printed.split("\n\n")
    head, rule, *lines = table.splitlines()
    assert max(map(len, printed.splitlines())) <= 100
    columns = [found.span() for found in re.finditer("-+", rule)]
    found = [[line[start:end].strip() for start, end in columns] for line in lines]
    assert [head[start:end].strip() for start, end in columns] == ["formula", "holds", "proved", "what is said of it"]
    formulas = [cells for cells in found if cells[1]]
    slips = [cells for cells in formulas if cells[0].startswith("Slip")]
    for written, holds, proved, said in formulas:
        is_slip = written.startswith("Slip")
        assert (holds, proved) == (("NO", "NO") if is_slip else ("yes", "yes")), written
        assert said if is_slip else said in ("", "dZ: convention", "dZ2, dZ1: convention"), written
    assert below[0] == f"{len(formulas) - len(slips)} of {len(formulas)} hold. What is wrong with the others:"
    told = {written: " ".join(explanation) for written, *explanation in map(str.splitlines, below[1:])}
    assert list(told) == [written for written, *_ in slips]
    assert all(told.values())
    assert "leave out np.sum" in told["Slip: dw = np.sum(np.dot(X, dZ.T)) / m"]
    assert "keepdims=True" in told["Slip: db2 = (1/m) np.sum(dZ2, axis=1)"]


@pytest.mark.parametrize("path", sorted((EXAMPLES / "notes").glob("*.py")), ids=lambda path: path.name)
def test_the_notes_can_be_checked_on_the_command_line(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    has_slips = '"""Slip: ' in path.read_text(encoding="utf-8")
    assert main(["check", str(path), "--tries", "1"]) == has_slips
    assert ("; wrong: slip_" in capsys.readouterr().out) == has_slips


def test_plots(run: Run, tmp_path: Path) -> None:
    printed = run("plots.py")
    assert "Largest derivatives: sigmoid 0.25, tanh 1, relu 1" in printed
    assert "cross-entropy: convex" in printed
    assert "squared error: not convex" in printed
    right = [int(count) for count in re.findall(r"\), (\d+) of 120 right", printed)]
    assert len(right) == 3
    assert min(right) > 110
    ratios = {name: float(x) for name, x in re.findall(r"^(\S+), \w+: .* layer 1 is (\S+) of", printed, re.MULTILINE)}
    assert ratios["σ"] < 1e-4
    assert min(ratios["tanh"], ratios["relu"]) > 0.1
    assert list(tmp_path.iterdir()) == []  # nothing is written unasked
