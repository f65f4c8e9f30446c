"""``compgraph explain``: one derivative of a formula, or of a node or function in a file."""

from pathlib import Path

import pytest

from compgraph.cli import main
from compgraph.commands.expression import compute
from compgraph.explain import explain

J = "u = b*c; v = a + u; J = 3*v"
AT = ["--at", "a=5", "b=3", "c=2"]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["explain", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize(("option", "form"), [([], "text"), (["--latex"], "latex"), (["--html"], "html")])
@pytest.mark.parametrize("by", ["b", "u"])
def test_what_is_printed_is_the_explanation(
    capsys: pytest.CaptureFixture[str], option: list[str], form: str, by: str
) -> None:
    found = compute(J, {"a": 5.0, "b": 3.0, "c": 2.0})
    expected = getattr(explain(found.output, wrt=found.names[by], names=found.names), form)
    assert run(capsys, J, *AT, "--wrt", by, *option) == (0, f"{expected}\n", "")


def test_the_chain_rule_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, J, *AT, "--wrt", "b")[1]
    assert "u = b × c = 6" in out
    assert "dJ/db = dJ/dv · dv/du · du/db = 3 · 1 · 2 = 6" in out


def test_arrays_are_explained_by_the_backward_pass(capsys: pytest.CaptureFixture[str]) -> None:
    at = ["--at", "W=[[1, 2], [3, 4]]", "x=[1, -1]"]
    code, out, err = run(capsys, "s = W @ x; J = sum(s)", *at, "--wrt", "W")
    assert (code, err) == (0, "")
    assert "dJ/dW" in out
    assert "(2, 2)" in out


def test_a_function_and_a_node_of_a_file_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.py").write_text(
        "import compgraph as cg\n"
        "def cost(w: float, x: float):\n    z = w * x\n    return z**2\n"
        "a, b = cg.variables(a=2.0, b=3.0)\nK = a * b + a\n"
    )
    assert "dz/dw = x = 5" in run(capsys, "mine.py:cost", "--at", "w=4", "x=5", "--wrt", "w")[1]
    assert run(capsys, "mine.py:cost", "--wrt", "z", "--seed", "3")[0] == 0
    out = run(capsys, "mine.py:K", "--wrt", "a")[1]
    assert out.rstrip().endswith("= 3 + 1 = 4")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([J, *AT, "--wrt", "z"], "--wrt z: there is no node of that name; there are a, b, c, u, v, J"),
        ([J, *AT, "--wrt", ""], "--wrt : there is no node of that name"),
        (
            ["k = [1, 2]; J = sum(a*k)", "--at", "a=1", "--wrt", "k"],
            "--wrt k: there is no node of that name; there are a",
        ),
        (["2*x", "--at", "x=[1, 2]", "--wrt", "x"], "the output has shape (2,), so it has no one derivative"),
        (["J = a^2", "--at", "a=1", "--wrt", "a"], "column 6: '^' has no place"),
        ([J, *AT], "the following arguments are required: --wrt"),
        ([J, *AT, "--wrt", "a", "--latex", "--html"], "argument --html: not allowed with argument --latex"),
        (["missing.py:J", "--wrt", "a"], "cannot read missing.py"),
    ],
)
def test_what_cannot_be_explained_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"compgraph: {told}")
    assert err.count("\n") == 1
