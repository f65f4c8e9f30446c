"""``compgraph check``: what it finds in a file, what it prints, and the exit codes that a script can rely on."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from compgraph.check import pairs as pairs_module
from compgraph.check.pairs import Pair, Try
from compgraph.check.report import Comparison
from compgraph.check.row import Row
from compgraph.check.verdicts import BOTH_DIFFER, KINK
from compgraph.cli import main
from compgraph.commands import check as check_module

HEAD = """\
from typing import Annotated
import numpy as np
from compgraph.check.pairs import gradient_of

Vector, Matrix, Answers = [Annotated[np.ndarray, sizes] for sizes in ("n", "m n", "m")]

def cost(w: Vector, X: Matrix, y: Answers):
    return np.mean((X @ w - y) ** 2)
"""

RIGHT = """
@gradient_of(cost)
def right(w, X, y):
    return {"dw": 2 * X.T @ (X @ w - y) / len(y)}
"""

SLIP = """
@gradient_of(cost)
def slip(w, X, y):
    return {"dw": X.T @ (X @ w - y) / len(y)}
"""

UNSAID = """
def plain(w: np.ndarray):
    return np.sum(w)

@gradient_of(plain)
def unsaid(w):
    return np.ones_like(w)
"""

FAILS = """
@gradient_of(cost)
def fails(w, X, y):
    return {"dw": np.ones(7) @ X}
"""

RANDOM = """
noise = np.random.default_rng(0)

def noisy(w: Vector):
    return np.sum(w) + 1e-3 * noise.standard_normal()

@gradient_of(noisy)
def of_noise(w):
    return {"dw": np.ones_like(w)}
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Check a file of these parts."""

    def call(*parts: str, options: tuple[str, ...] = (), name: str = "mine.py") -> tuple[int, str, str]:
        Path(name).write_text(HEAD + "".join(parts))
        code = main(["check", name, *options])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def command(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-W", "error", "-m", "compgraph", "check", *arguments]
    return subprocess.run(words, check=False, text=True, capture_output=True, **options)


# ------------------------------------------------------------------------------------------------- what is found


def test_a_right_gradient_is_reported_and_exits_0(run: Run) -> None:
    code, out, err = run(RIGHT)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "right against cost (mine.py:10)"
    assert any(line.startswith("dw") and "right: " in line for line in lines)
    assert "right in all 5 tries" in lines
    assert lines[-1] == "1 of 1 gradient right"


def test_a_wrong_gradient_is_reported_and_exits_1(run: Run) -> None:
    code, out, err = run(RIGHT, SLIP)
    assert (code, err) == (1, "")
    report = out.partition("slip against cost (mine.py:14)\n")[2]
    assert any(line.startswith("dw") and line.endswith("wrong") for line in report.splitlines())
    assert "\nwrong in try 1 of 5: " in report
    assert out.endswith("\n\n1 of 2 gradients right; wrong: slip\n")


def test_after_the_first_wrong_try_a_pair_is_done(run: Run) -> None:
    """The slip shows at some inputs only; the command that is printed shows it again, at once."""
    part = """
    def now_and_then(w, X, y):
        calls.append(len(y))
        return {"dw": (2 - (len(y) > 5)) * X.T @ (X @ w - y) / len(y)}
    """.replace("\n    ", "\n")
    code, out, _ = run("calls = []\n@gradient_of(cost, wrt='w')", part, options=("--tries", "50"))
    assert code == 1
    assert out.count("against") == out.count("verdict") == 1
    (said,) = [line for line in out.splitlines() if line.startswith("wrong in try ")]
    number, sizes = int(said.split()[3]), said.partition(": ")[2]
    assert 1 < number < 50
    (again,) = [line for line in out.splitlines() if line.startswith("again: ")]
    assert again == f"again: compgraph check mine.py --seed {number - 1} --tries 1"
    code, out, _ = run("calls = []\n@gradient_of(cost, wrt='w')", part, options=tuple(again.split()[4:]))
    assert code == 1
    assert f"wrong in try 1 of 1: {sizes}\n" in out


def test_the_seed_decides_what_is_drawn(run: Run) -> None:
    first, second, other = [run(RIGHT, options=("--seed", seed, "--tries", "1"))[1] for seed in ("7", "7", "8")]
    assert first == second != other
    assert "\nright in 1 try\n" in first


def test_a_pair_that_cannot_be_checked_says_why_and_the_others_are(run: Run) -> None:
    code, out, err = run(UNSAID, FAILS, RIGHT)
    assert (code, err) == (2, "")
    assert "not checked: unsaid: nothing says how to draw w: annotate it with its sizes, as w: Annotated[" in out
    assert "not checked: mine.py, line 19: ValueError: matmul: Input operand 1 has a mismatch" in out
    assert out.count("again: compgraph check mine.py --seed 0 --tries 1") == 1
    assert "right in all 5 tries" in out
    assert out.endswith("1 of 3 gradients right; not checked: unsaid, fails\n")


def test_wrong_weighs_more_than_not_checked(run: Run) -> None:
    code, out, _ = run(UNSAID, SLIP)
    assert code == 1
    assert out.endswith("0 of 2 gradients right; wrong: slip; not checked: unsaid\n")


def test_what_a_person_s_code_raises_never_ends_the_check(run: Run) -> None:
    leaves = "import sys\n@gradient_of(cost)\ndef leaves(w, X, y):\n    sys.exit('done')\n"
    code, out, err = run(leaves, RIGHT)
    assert (code, err) == (2, "")
    assert "not checked: mine.py, line 12: SystemExit: done\n" in out
    assert "right in all 5 tries" in out


@pytest.mark.parametrize(
    ("error", "code", "said"), [("BrokenPipeError", 141, ""), ("MemoryError", 2, "compgraph: not enough memory\n")]
)
def test_what_ends_the_command_ends_it(run: Run, error: str, code: int, said: str) -> None:
    raising = f"@gradient_of(cost)\ndef f(w, X, y):\n    raise {error}\n"
    assert run(raising)[::2] == (code, said)


def test_a_fault_of_the_package_is_not_hidden(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs_module, "compare", 3)
    with pytest.raises(TypeError, match="'int' object is not callable"):
        run(RIGHT)


def test_a_cost_that_is_not_the_same_twice_is_not_settled(run: Run) -> None:
    code, out, _ = run(RANDOM)
    assert code == 1
    assert "both differ from numeric" in out
    assert "\nnot settled in try 1 of 5: n = " in out
    assert out.endswith("0 of 1 gradient right; not settled: of_noise\n")


@pytest.mark.parametrize(
    ("verdicts", "tries", "code", "said"),
    [
        ([KINK, "right", "right"], 3, 0, "right in 2 of 3 tries; the others are inconclusive"),
        ([KINK, KINK, KINK], 3, 1, "not settled in try 1 of 3"),
        ([KINK, "wrong", "right"], 2, 1, "wrong in try 2 of 3"),
        (["right", BOTH_DIFFER, "right"], 3, 1, "not settled in try 2 of 3"),
        (["right", BOTH_DIFFER, "wrong"], 3, 1, "wrong in try 3 of 3"),
        (["right up to rounding", "right", "right"], 3, 0, "right in all 3 tries"),
    ],
)
def test_all_tries_together_give_the_verdict(
    run: Run, monkeypatch: pytest.MonkeyPatch, verdicts: list[str], tries: int, code: int, said: str
) -> None:
    seeds = []

    def tried(pair: Pair, seed: int) -> Try:
        seeds.append(seed)
        row = Row("dw", np.ones(2), np.ones(2), 0.0)
        row.verdict = verdicts[seed]
        return Try(Comparison([row]), seed, {})

    monkeypatch.setattr(check_module, "try_pair", tried)
    found, out, _ = run(RIGHT, options=("--tries", "3"))
    assert found == code
    assert f"\n{said}\n" in out
    assert seeds == list(range(tries))


# ---------------------------------------------------------------------------------------------- mistakes of use


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "x = 1\n",
            "mine.py declares no hand-derived gradient: write @cg.gradient_of(cost), cg being compgraph, above",
        ),
        (
            "import missing_module\n",
            "cannot run mine.py, line 1: ModuleNotFoundError: No module named 'missing_module'",
        ),
        ("def f(:\n", "cannot run mine.py, line 1: SyntaxError: invalid syntax"),
        ("raise ValueError('\\x1b[31mred\\n')\n", "cannot run mine.py, line 1: ValueError: �[31mred"),
        (HEAD + "@gradient_of\ndef f(w): ...\n", "mine.py: f is decorated with gradient_of and no cost: write"),
        (HEAD + "@gradient_of(3)\ndef f(w): ...\n", "cannot run mine.py, line 9: GradientError: gradient_of takes the"),
    ],
)
def test_a_file_without_pairs_is_one_line(text: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.py").write_text(text)
    assert main(["check", "mine.py"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"compgraph: {said}")
    assert err.count("\n") == 1
    assert err[:-1].isprintable()


def test_names_from_the_file_are_printed_safely(run: Run) -> None:
    evil = """
def strange(w, X, y):
    return {"dw": 2 * X.T @ (X @ w - y) / len(y), "d\\x1b[31m\\nZ": 1.0}

strange.__name__ = "st\\x1b[2Jra\\nnge"
gradient_of(cost)(strange)
"""
    code, out, _ = run(evil, name="a file.py")
    assert code == 0
    assert "\x1b" not in out
    assert out.startswith("st�[2Jra nge against cost (a file.py:10)\n")


def test_the_path_is_quoted_where_a_shell_needs_it(run: Run) -> None:
    assert "again: compgraph check 'my file.py' --seed 0 --tries 1\n" in run(SLIP, name="my file.py")[1]


# ------------------------------------------------------------------------------------------------- as a program


def test_a_file_in_another_folder_with_its_own_imports(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "costs.py").write_text(HEAD)
    (folder / "random.py").write_text(f"from costs import *\n{RIGHT}")
    answer = command(str(folder / "random.py"))
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.startswith("right against cost (random.py:3)\n")
    assert list(Path().iterdir()) == []


def test_a_pair_of_another_file_is_named_by_that_file(run: Run) -> None:
    Path("costs.py").write_text(HEAD + RIGHT + FAILS)
    Path("mine.py").write_text("from costs import fails, right\n")
    answer = command("mine.py")
    assert answer.returncode == 2
    assert "fails against cost (costs.py:14)\nnot checked: costs.py, line 16: ValueError: matmul" in answer.stdout
    assert "right against cost (costs.py:10)\n" in answer.stdout


def test_two_checks_in_one_process_see_the_file_as_it_is(run: Run) -> None:
    before = set(sys.modules), list(sys.path)
    assert [run(part)[0] for part in (RIGHT, SLIP, RIGHT)] == [0, 1, 0]
    assert (set(sys.modules), list(sys.path)) == before


def test_ctrl_c_is_one_line_and_130(run: Run) -> None:
    interrupted = "@gradient_of(cost)\ndef f(w, X, y):\n    raise KeyboardInterrupt\n"
    code, out, err = run(RIGHT, interrupted)
    assert (code, err) == (130, "compgraph: interrupted\n")
    assert out.startswith("right against cost")


@pytest.mark.skipif(os.name != "posix", reason="POSIX")
def test_a_reader_that_was_never_there_is_no_error() -> None:
    Path("mine.py").write_text(HEAD + RIGHT)
    read, write = os.pipe()
    os.close(read)
    words = [sys.executable, "-W", "error", "-m", "compgraph", "check", "mine.py"]
    answer = subprocess.run(words, check=False, text=True, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert (answer.returncode, answer.stderr) == (141, "")


def on_a_terminal(*arguments: str, before: str = "", **environment: str) -> str:
    """What the command writes to a terminal of 80 columns."""
    terminal, its_end = pty.openpty()
    code = f"import sys; {before}\nfrom compgraph.cli import main\nsys.exit(main(['check', *sys.argv[1:]]))"
    settings = {**os.environ, "TERM": "xterm", "COLUMNS": "80", **environment}
    settings.pop("NO_COLOR", None)
    process = subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=its_end, env=settings)
    os.close(its_end)
    written = b""
    try:
        while piece := os.read(terminal, 65536):
            written += piece
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(terminal)
    assert process.wait(timeout=60) == 1
    return written.decode().replace("\r\n", "\n")


@pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals")
def test_a_terminal_gets_colours_and_lines_that_fit() -> None:
    wide = """
@gradient_of(lambda weights_of_the_layer: np.sum(weights_of_the_layer**3), inputs={"weights_of_the_layer": "m n"})
def wide(weights_of_the_layer):
    return {"dweights_of_the_layer": 3 * weights_of_the_layer**2}
"""
    Path("mine.py").write_text(HEAD + RIGHT + SLIP + UNSAID + wide)
    coloured = on_a_terminal("mine.py")
    assert "\x1b[32mright in all 5 tries\x1b[0m" in coloured
    assert "\x1b[1;31mwrong in try 1 of 5" in coloured
    for plain in (
        on_a_terminal("mine.py", before="sys.modules['rich'] = None"),
        on_a_terminal("mine.py", TERM="dumb"),
    ):
        assert "\x1b" not in plain
        assert "\nright in all 5 tries\n" in plain
        assert "2 of 4 gradients right; wrong: slip; not checked: unsaid\n" in plain
        assert max(map(len, plain.splitlines())) <= 80
        assert "annotate it with its sizes, as\nw: Annotated[" in plain
