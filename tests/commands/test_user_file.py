"""A person's file is run as a program of theirs would be, and leaves the interpreter as it was."""

import sys
from pathlib import Path
from typing import Any

import pytest

from compgraph.commands.user_file import is_theirs, running, what_happened
from compgraph.errors import UseError


def run(text: str, name: str = "mine.py") -> dict[str, Any]:
    """The names of a file with this text, in the current folder."""
    Path(name).write_text(text)
    with running(name) as names:
        return dict(names)


def refused(text: str, name: str = "mine.py") -> str:
    """What is said of a file that cannot be run."""
    with pytest.raises(UseError) as caught:
        run(text, name)
    return str(caught.value)


def test_the_file_knows_where_it_is_and_is_not_the_program() -> None:
    names = run("import sys\nwhere, argv, started = __file__, list(sys.argv), __name__ == '__main__'\n")
    assert names["where"] == str(Path("mine.py").resolve())
    assert names["argv"] == ["mine.py"]
    assert names["started"] is False


def test_what_stands_beside_the_file_can_be_imported_even_later_on(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "beside.py").write_text("x = 3\n")
    (folder / "later.py").write_text("y = 4\n")
    (folder / "mine.py").write_text("from beside import x\ndef f():\n    from later import y\n    return x + y\n")
    with running(str(folder / "mine.py")) as names:
        assert names["f"]() == 7


def test_what_stands_beside_the_file_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "beside.py").write_text("x = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    Path("beside.py").write_text("x = 2\n")
    assert run("from beside import x\n")["x"] == 2


def test_two_runs_leave_nothing_behind_and_see_what_has_changed() -> None:
    Path("pack").mkdir()
    Path("pack/__init__.py").write_text("from . import part\n")
    for value in (1, 2):
        Path("pack/part.py").write_text(f"x = {value}\n")
        Path("beside.py").write_text(f"x = {value}\n")
        for compiled in Path().rglob("*.pyc"):
            compiled.unlink()
        before = set(sys.modules), list(sys.path), list(sys.argv)
        names = run(
            "import sys\nsys.path.append('nowhere')\nsys.argv.append('more')\n"
            f"import beside, pack.part\nx = {value}, beside.x, pack.part.x\n"
        )
        assert names["x"] == (value,) * 3
        assert (set(sys.modules), list(sys.path), list(sys.argv)) == before


def test_a_file_that_fails_leaves_nothing_behind_either() -> None:
    Path("beside.py").write_text("")
    before = set(sys.modules), list(sys.path), list(sys.argv)
    refused("import beside\n1 / 0\n")
    with pytest.raises(KeyboardInterrupt):
        run("import beside\nraise KeyboardInterrupt\n")
    assert (set(sys.modules), list(sys.path), list(sys.argv)) == before


def test_no_compiled_file_is_written_beside_it() -> None:
    run("x = 1\n")
    assert [path.name for path in Path().iterdir()] == ["mine.py"]


def test_modules_from_elsewhere_stay_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those below the file's folder that were found by another entry of the path, as in a .venv."""
    library = Path("venv").resolve()
    library.mkdir()
    (library / "some_library.py").write_text("")
    monkeypatch.syspath_prepend(str(library))
    try:
        run("import some_library\n")
        assert "some_library" in sys.modules
    finally:
        sys.modules.pop("some_library", None)


def test_a_package_that_was_loaded_before_keeps_all_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("pack").mkdir()
    Path("pack/__init__.py").write_text("")
    Path("pack/part.py").write_text("")
    monkeypatch.syspath_prepend(str(Path().resolve()))
    __import__("pack")
    try:
        run("import pack.part\n")
        assert "pack.part" in sys.modules
    finally:
        for name in ("pack", "pack.part"):
            sys.modules.pop(name, None)


@pytest.mark.parametrize("name", ["random.py", "json.py", "wave.py", "sys.py", "numpy.py", "compgraph.py"])
def test_a_file_may_be_called_like_a_module(name: str) -> None:
    before = dict(sys.modules)
    names = run("import random, json, wave, numpy\nfrom compgraph import grad\nx = random.random(), wave.open\n", name)
    assert 0 <= names["x"][0] < 1
    assert {key: sys.modules[key] for key in before} == before
    sys.modules.pop("wave") if "wave" not in before else None


def test_a_dataclass_finds_its_module() -> None:
    names = run(
        "from __future__ import annotations\nfrom dataclasses import dataclass\nfrom typing import get_type_hints\n"
        "@dataclass\nclass P:\n    w: float\n\nhints = get_type_hints(P)\n"
    )
    assert names["hints"] == {"w": float}


def test_the_package_s_own_future_imports_do_not_reach_the_file() -> None:
    assert run("def f(x: float): ...\n")["f"].__annotations__ == {"x": float}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\nimport no_such_module\n", "mine.py, line 2: ModuleNotFoundError: No module named 'no_such_module'"),
        ("def f():\n    raise OSError('gone')\n\n\nf()\n", "mine.py, line 2: OSError: gone"),
        ("x = 1\ndef f(:\n", "mine.py, line 2: SyntaxError: invalid syntax"),
        ("x = 1\n  y = 2\n", "mine.py, line 2: IndentationError: unexpected indent"),
        ("import sys\nsys.exit(3)\n", "mine.py, line 2: SystemExit: 3"),
        ("assert False\n", "mine.py, line 1: AssertionError"),
        ("raise ValueError('two\\nlines\\x1b[31m')\n", "mine.py, line 1: ValueError: two lines�[31m"),
        ("raise ValueError('x' * 5000)\n", "mine.py, line 1: ValueError: " + "x" * 180 + "…" + "x" * 119),
        ("import beside\n", "mine.py, line 1: ZeroDivisionError: division by zero (raised in beside.py, line 3)"),
        ("import broken\n", "broken.py, line 1: SyntaxError: invalid syntax"),
        ("import numpy as np\nnp.ones(2) @ np.ones(3)\n", "mine.py, line 2: ValueError: matmul: "),
        ("import numpy as np\nnp.stack([])\n", "mine.py, line 2: ValueError: need at least one array to stack"),
        ("import compgraph as cg\ncg.Variable('a')\n", "mine.py, line 2: DtypeError: a variable has dtype <U1"),
    ],
)
def test_a_file_that_cannot_be_run_is_one_line_with_the_place(text: str, said: str) -> None:
    Path("beside.py").write_text("x = 1\n\ny = 1 / 0\n")
    Path("broken.py").write_text("def\n")
    told = refused(text)
    assert told.startswith(f"cannot run {said}")
    assert told.isprintable()


@pytest.mark.parametrize("error", ["BrokenPipeError", "MemoryError"])
def test_what_the_command_has_its_own_words_for_is_left_to_it(error: str) -> None:
    with pytest.raises((BrokenPipeError, MemoryError)) as caught:
        run(f"raise {error}\n")
    assert type(caught.value).__name__ == error


def test_a_null_character_is_one_line_too() -> None:
    assert "null bytes" in refused("x = 1\0\n")


def test_a_file_in_another_encoding_is_read_as_it_says() -> None:
    Path("mine.py").write_bytes("# -*- coding: latin-1 -*-\nx = 'é'\n".encode("latin-1"))
    with running("mine.py") as names:
        assert names["x"] == "é"
    Path("mine.py").write_bytes(b"x = '\xe9'\n")
    with pytest.raises(UseError, match=r"cannot run mine.py, line \d: SyntaxError: .*utf-8"), running("mine.py"):
        pass


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing.py", "cannot read missing.py: No such file or directory"),
        (".", "cannot read .: Is a directory"),
        ("a\0b.py", "cannot read a\0b.py: "),
        ("notes.ipynb", "notes.ipynb is no Python file: its name does not end in .py"),
    ],
)
def test_what_is_no_python_file_is_refused(name: str, said: str) -> None:
    Path("notes.ipynb").write_text("{}")
    with pytest.raises(UseError) as caught, running(name):
        pass
    assert str(caught.value).startswith(said)


def test_an_error_of_theirs_is_told_from_one_of_the_package() -> None:
    names = run("def f():\n    return 1 / 0\n")
    with pytest.raises(ZeroDivisionError) as caught:
        names["f"]()
    traceback = caught.value.__traceback__
    assert traceback is not None
    assert is_theirs(caught.value.with_traceback(traceback.tb_next))
    assert what_happened(caught.value, "mine.py") == "mine.py, line 2: ZeroDivisionError: division by zero"
    assert not is_theirs(ZeroDivisionError())
    assert is_theirs(UseError("said on purpose"))
    assert what_happened(UseError("said on purpose"), "mine.py") == "said on purpose"


def test_an_error_in_another_file_of_theirs_is_found_there() -> None:
    Path("beside.py").write_text("def f():\n    return 1 / 0\n")
    names = run("from beside import f\n")
    with pytest.raises(ZeroDivisionError) as caught:
        names["f"]()
    error = caught.value.with_traceback(caught.value.__traceback__.tb_next)  # type: ignore[union-attr]
    assert what_happened(error, "mine.py") == "beside.py, line 2: ZeroDivisionError: division by zero"
