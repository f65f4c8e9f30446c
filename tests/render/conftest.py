"""What the drawing tests share: each layout engine in turn, and graphs to draw."""

from __future__ import annotations

import atexit
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

if os.environ.get("COMPGRAPH_TESTS_WITHOUT_DOT"):  # all programs but dot: the drawing tests' second run
    _programs = tempfile.mkdtemp(prefix="compgraph-without-dot-")
    atexit.register(shutil.rmtree, _programs, ignore_errors=True)
    for _folder in reversed(os.environ["PATH"].split(os.pathsep)):
        for _program in Path(_folder).glob("*"):
            _link = Path(_programs, _program.name)
            if _program.name != "dot":
                _link.unlink(missing_ok=True)
                _link.symlink_to(_program)
    os.environ["PATH"] = _programs

SYSTEM_DOT = shutil.which("dot")


@pytest.fixture(autouse=True)
def nothing_is_written_unasked(monkeypatch, tmp_path_factory):
    """Every test runs in a folder of its own, which must still be empty at its end."""
    folder = tmp_path_factory.mktemp("current")
    monkeypatch.chdir(folder)
    yield
    assert list(folder.iterdir()) == []


@pytest.fixture
def no_dot(monkeypatch, tmp_path) -> None:
    """No program dot on the PATH."""
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))


@pytest.fixture(params=["dot", "wasm"])
def engine(request, monkeypatch, tmp_path_factory) -> str:
    """Graphviz in each of its two forms."""
    name: str = request.param
    if name == "wasm":
        monkeypatch.setenv("PATH", str(tmp_path_factory.mktemp("empty")))
    elif SYSTEM_DOT is None:
        pytest.skip("the program dot is not installed")
    else:
        folder = Path(SYSTEM_DOT).parent
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return name


@pytest.fixture
def fake_dot(monkeypatch, tmp_path) -> Callable[[str], None]:
    """Put a Python script in the place of the program dot."""
    if os.name != "posix":
        pytest.skip("scripts stand in for programs on POSIX systems only")

    def install(script: str) -> None:
        folder = tmp_path / "bin"
        folder.mkdir()
        program = folder / "dot"
        program.write_text(f"#!{sys.executable}\nimport sys, time\n{script}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", str(folder))

    return install
