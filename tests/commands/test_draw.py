"""``compgraph render``: the picture of a formula or of a node or function in a file, and what is never written over."""

import os
import warnings
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from compgraph.cli import main
from compgraph.commands import draw
from compgraph.node import Variable
from compgraph.render import render
from compgraph.render.formats import FORMATS
from compgraph.render.notice import LayoutWarning

J = "u = b*c; v = a + u; J = 3*v"
AT = ["--at", "a=5", "b=3", "c=2"]
ENDINGS = [ending for form in FORMATS for ending in form.endings]
TREE = """\
Computation graph of J: 3 variables, 3 operations, 1 constant

J = 3 × v                             33            dJ/dJ = 1
├─ 3
└─ v = a + u                          11            dJ/dv = 3
   ├─ a                               5             dJ/da = 3
   └─ u = b × c                       6             dJ/du = 3
      ├─ b                            3             dJ/db = 6
      └─ c                            2             dJ/dc = 9
"""
MINE = """\
from typing import Annotated
import numpy as np
import numpy.typing as npt
import compgraph as cg

Vector = Annotated[np.ndarray, "n"]

def cost(w: Vector, X: Annotated[np.ndarray, "m n"], y: Annotated[np.ndarray, "m"], rate: float = 0.1):
    residual = X @ w - y
    return np.mean(residual ** 2)

def square(w):
    J = w * w
    return J

def counted(w: float, labels: Annotated[npt.NDArray[np.int64], "n labels"]):
    return w * np.sum(labels)

def halves(w: Vector):
    return w / 2

def faulty(w: float):
    return [w][1]

def forgetful(w: float):
    return 3.0

def pair(w: float):
    return w, w

def leaving(w: float):
    raise SystemExit("bye")

def imports(w: float):
    import beside
    return beside.twice(w)

class Model:
    pass

a, b = cg.variables(a=2.0, b=3.0)
product = a * b
K = product + a
K.backward()
L = product - b
number = 3
several = [K, L]
"""


@pytest.fixture(autouse=True)
def mine() -> None:
    Path("mine.py").write_text(MINE, encoding="utf-8")
    Path("beside.py").write_text("def twice(w):\n    return 2 * w\n")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["render", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    before = {path.name: path.read_bytes() for path in Path().iterdir() if path.is_file()}
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("compgraph: ")
    assert err.endswith("\n")
    assert err[:-1].isprintable()
    assert {path.name: path.read_bytes() for path in Path().iterdir() if path.is_file()} == before
    return err.removeprefix("compgraph: ").rstrip("\n")


# ------------------------------------------------------------------------------------------------------------ formulas


@pytest.mark.parametrize("out", [[], ["-o", "-"]])
def test_without_a_file_the_picture_is_printed(capsys: pytest.CaptureFixture[str], out: list[str]) -> None:
    assert run(capsys, J, *AT, *out) == (0, TREE, "")


def test_the_names_and_the_derivatives_are_in_the_picture(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, J, *AT, "-o", "j.svg")
    assert (code, out, err) == (0, "j.svg: Computation graph of J: 3 variables, 3 operations, 1 constant\n", "")
    drawn = "".join(ET.fromstring(Path("j.svg").read_text(encoding="utf-8")).itertext())
    assert "u = b × c" in drawn
    assert "v = a + u" in drawn
    assert "dJ/db = 6" in drawn


def test_the_look_is_that_of_render(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, J, *AT, "-o", "wide.svg")
    run(capsys, J, *AT, "-o", "tall.svg", "--direction", "TB")
    run(capsys, J, *AT, "-o", "dark.svg", "--theme", "dark")
    run(capsys, J, *AT, "-o", "names.svg", "--detail", "names")
    wide, tall, dark, names = (
        Path(f"{name}.svg").read_text(encoding="utf-8") for name in ("wide", "tall", "dark", "names")
    )
    size = {text: [float(ET.fromstring(text).attrib[side]) for side in ("width", "height")] for text in (wide, tall)}
    assert size[wide][0] > size[wide][1]
    assert size[tall][0] < size[tall][1]
    assert dark != wide
    assert "dJ/db" in wide
    assert "dJ/db" not in names


def test_an_array_is_drawn_and_its_missing_derivatives_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "2*x", "--at", "x=[1, 2]", "-o", "x.svg")
    assert (code, out.split(":")[0]) == (0, "x.svg")
    assert err == "no derivatives: the output has shape (2,), and derivatives are of one number, such as its sum\n"
    assert run(capsys, "2*x", "--at", "x=[1, 2]")[2] == err


def test_values_can_be_given_in_several_places(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--at", "a=5", "--at", "b=3", "c=2", "-o", "-", J) == (0, TREE, "")


def test_infinities_are_drawn_and_warn_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "J = log(a)", "--at", "a=0")
    assert (code, err) == (0, "")
    assert "−inf" in out


def test_a_simpler_layout_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def dull(*_: object, **__: object) -> Any:
        warnings.warn("simple,\nthat is", LayoutWarning, stacklevel=2)
        warnings.warn("of no use", RuntimeWarning, stacklevel=2)
        return render(Variable(1.0))

    monkeypatch.setattr(draw, "render", dull)
    code, _, err = run(capsys, J, *AT, "-o", "j.svg")
    assert (code, err) == (0, "compgraph: simple, that is\n")


def test_a_mistake_in_the_formula_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(capsys, "J = a^2", "--at", "a=1", "-o", "j.svg").startswith("column 6: '^' has no place")
    assert refused(capsys, "J = a*b", "--at", "a=1").startswith("column 7: no value is given for b")
    assert refused(capsys, "J = a", "--at", "a=x").startswith("--at a: column 1: x is no number")


# --------------------------------------------------------------------------------------------------- what is written


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_a_picture_is_replaced_by_a_picture(capsys: pytest.CaptureFixture[str], ending: str, direction: str) -> None:
    """In every format, the new ones too: a format that is not known again could be drawn only once."""
    out = f"j{ending}"
    assert run(capsys, J, *AT, "-o", out, "--direction", direction)[0] == 0
    first = Path(out).read_bytes()
    assert run(capsys, "J = a", "--at", "a=1", "-o", out, "--direction", direction)[0] == 0
    assert Path(out).read_bytes() != first
    assert sorted(path.name for path in Path().iterdir() if path.is_file()) == sorted(["beside.py", "mine.py", out])


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("text", ["my notes on Computation graphs\n", "% my notes\n", "<!doctype html><p>mine", "x"])
def test_any_other_file_is_left_alone(capsys: pytest.CaptureFixture[str], ending: str, text: str) -> None:
    out = f"j{ending}"
    Path(out).write_text(text)
    told = refused(capsys, "mine.py:square", "--at", "w=1", "-o", out)
    assert told == f"'{out}' is there and is no picture of a graph: choose another file with -o"


def test_an_empty_file_is_written_to(capsys: pytest.CaptureFixture[str]) -> None:
    Path("j.txt").touch()
    assert run(capsys, J, *AT, "-o", "j.txt")[0] == 0
    assert Path("j.txt").read_text(encoding="utf-8").startswith("Computation graph of J")


def test_nothing_is_run_for_a_file_that_cannot_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    Path("loud.py").write_text("print('run')\n")
    Path("j.txt").write_text("mine")
    refused(capsys, "loud.py:x", "-o", "j.txt")
    assert "its ending must be one of .svg" in refused(capsys, "loud.py:x", "-o", "j.jpg")
    assert "its ending must be one of .svg" in refused(capsys, "loud.py:x", "-o", "loud.py")


def test_a_target_that_cannot_be_written_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("folder.svg").mkdir()
    assert "it is there and is not a file" in refused(capsys, J, *AT, "-o", "folder.svg")
    assert "does not exist" in refused(capsys, J, *AT, "-o", "nowhere/j.svg")
    assert "cannot write" in refused(capsys, J, *AT, "-o", "a\0.svg")
    assert "Not a directory" in refused(capsys, J, *AT, "-o", "mine.py/j.svg")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root reads and writes everything")
def test_a_file_that_may_not_be_read_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("j.svg").write_text("<svg ")
    Path("j.svg").chmod(0)
    assert run(capsys, J, *AT, "-o", "j.svg")[0] == 2
    assert "Permission denied" in capsys.readouterr().err


# ---------------------------------------------------------------------------------------------------- a file of theirs


def test_a_function_is_called_with_values_that_are_given(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "mine.py:square", "--at", "w=4")
    assert (code, err) == (0, "")
    assert "J = w × w                             16" in out
    assert "dJ/dw = 8" in out


def test_a_function_is_called_with_values_that_are_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "mine.py:cost")
    assert (code, err) == (0, "")
    assert "cost = mean(residual²)" in out
    assert "residual = (X @ w) − y" in out
    assert "dcost/dw" in out
    assert run(capsys, "mine.py:cost")[1] == out
    assert run(capsys, "mine.py:cost", "--seed", "1")[1] != out


def test_what_is_no_float_is_no_variable(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "mine.py:counted")
    assert code == 0
    assert "1 variable, 1 operation, 1 constant" in out


def test_a_node_is_drawn_as_the_file_leaves_it(capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, "mine.py:K")[1]
    assert "K = product + a" in out
    assert "dK/da = 4" in out
    out = run(capsys, "mine.py:L")[1]
    assert "L = product − b" in out
    assert "dL/da" not in out


def test_a_function_may_import_what_stands_beside_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    Path("below").mkdir()
    for name in ("mine.py", "beside.py"):
        Path(name).rename(Path("below", name))
    assert "imports = 2 × w" in run(capsys, "below/mine.py:imports")[1]


def test_an_array_of_a_function_is_drawn_too(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "mine.py:halves")
    assert code == 0
    assert "halves = w ÷ 2" in out
    assert err.startswith("no derivatives: the output has shape (")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["mine.py"], "mine.py: which node or function of it? Write mine.py:NAME"),
        (["mine.py:"], "mine.py: which node or function of it? Write mine.py:NAME"),
        (["missing.py:J"], "cannot read missing.py: No such file or directory"),
        (["mine.py:nothing"], "mine.py has no nothing; it has cost, square, "),
        (["mine.py:__name__"], "mine.py has no __name__; it has"),
        (["mine.py:\x1b[31m\nx"], "mine.py has no �[31m x; it has"),
        (["mine.py:number"], "mine.py:number is no node and no function, but of type int; it has cost"),
        (["mine.py:several"], "mine.py:several is no node and no function, but of type list"),
        (["mine.py:Model"], "mine.py:Model is no node and no function, but of type type"),
        (["mine.py:Vector"], "mine.py:Vector is no node and no function"),
        (["mine.py:np"], "mine.py:np is no node and no function, but of type module"),
        (["mine.py:K", "--at", "a=1"], "mine.py:K is a node, which has its values"),
        (["mine.py:square"], "mine.py: square: nothing says how to draw w: "),
        (["mine.py:cost", "--at", "w=1"], "mine.py:cost: no value is given for X, y: add --at X=... y=..."),
        (["mine.py:square", "--at", "w=1", "z=2"], "mine.py:square: --at gives z, and its arguments are w"),
        (["mine.py:square", "--at", "w=x"], "--at w: column 1: x is no number"),
        (["mine.py:forgetful"], "mine.py:forgetful returns float, not one node"),
        (["mine.py:pair"], "mine.py:pair returns tuple, not one node"),
        (["mine.py:faulty"], "mine.py:faulty: mine.py, line 23: IndexError"),
        (["mine.py:leaving"], "mine.py:leaving: mine.py, line 32: SystemExit: bye"),
        (["mine.py:cost", "--at", "w=[1, 2]", "X=[[1, 2, 3]]", "y=[1, 2, 3]"], "mine.py:cost: mine.py, line 9: "),
    ],
)
def test_what_cannot_be_drawn_is_one_line(capsys: pytest.CaptureFixture[str], asked: list[str], told: str) -> None:
    assert refused(capsys, *asked).startswith(told)
