"""A person's own Python file, run as ``python FILE`` runs it, and nothing of it left behind."""

from __future__ import annotations

import importlib
import linecache
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from compgraph.errors import CompgraphError, UseError
from compgraph.render.one_line import one_line

__all__ = ["is_theirs", "running", "what_happened"]

NAME = "__compgraph_check__"
"""What the file's module is called: not ``__main__``, so that it does not start what it starts as a program."""

_LONGEST = 300


@contextmanager
def running(file: str) -> Iterator[dict[str, Any]]:
    """Run a person's Python file and give its names, for as long as they are needed.

    Inside, the file's folder comes first in ``sys.path``, as for ``python FILE``: the file, and its functions when they
    are called, can import what stands beside it. On leaving, ``sys.path``, ``sys.argv`` and ``sys.modules`` are as they
    were; only modules from elsewhere stay loaded.

    Args:
        file: its path.

    Raises:
        UseError: there is no such file, or it cannot be run to its end; the message names the error and its line.
    """
    path, code = _compiled(file)
    folder = str(path.parent)
    if path.stem in sys.stdlib_module_names:
        importlib.import_module(path.stem)  # whoever imports random means that one, and not a checked random.py
    module = ModuleType(NAME)
    module.__file__ = str(path)
    search, arguments, modules = list(sys.path), list(sys.argv), dict(sys.modules)
    sys.path.insert(0, folder)
    sys.argv[:] = [file]
    sys.modules[NAME] = module  # dataclasses and the like look their module up
    try:
        _execute(code, module, file)
        yield vars(module)
    finally:
        sys.path[:], sys.argv[:] = search, arguments
        _forget_modules(path.parent, modules)


def what_happened(error: BaseException, file: str) -> str:
    """An error of a person's code in one line: where it is in their file, its type, its message.

    Args:
        error: what was raised while the file's code was running.
        file: the file, by the path it was called by.
    """
    message = one_line(str(error).strip(), _LONGEST)
    path = str(Path(file).resolve())
    if isinstance(error, SyntaxError):
        message = one_line(str(error.msg), _LONGEST)
        name = file if error.filename == path else str(error.filename)
        return f"{_short(name)}, line {error.lineno or 1}: {type(error).__name__}: {message}"
    told = f"{type(error).__name__}: {message}" if message else type(error).__name__
    places = _places_in_their_code(error)
    if not places:
        return message if isinstance(error, CompgraphError) else told
    own = [line for name, line in places if name == path]
    name, line = places[-1]
    if not own:
        return f"{_short(name)}, line {line}: {told}"
    elsewhere = "" if name == path else f" (raised in {_short(name)}, line {line})"
    return f"{_short(file)}, line {own[-1]}: {told}{elsewhere}"


def is_theirs(error: BaseException) -> bool:
    """Whether an error comes out of a person's code, or is one that the package raises on purpose."""
    return isinstance(error, CompgraphError) or bool(_places_in_their_code(error))


def _compiled(file: str) -> tuple[Path, Any]:
    try:
        path = Path(file).resolve()
        source = path.read_bytes()
    except (OSError, ValueError) as error:
        raise UseError(f"cannot read {file}: {getattr(error, 'strerror', None) or error}") from None
    if path.suffix != ".py":
        raise UseError(f"{file} is no Python file: its name does not end in .py")
    linecache.checkcache(str(path))
    try:
        return path, compile(source, str(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        raise UseError(f"cannot run {what_happened(error, file)}") from None
    except ValueError as error:  # a null character, in Python 3.11
        raise UseError(f"cannot run {file}: {error}") from None


def _execute(code: Any, module: ModuleType, file: str) -> None:
    try:
        exec(code, vars(module))
    except (BrokenPipeError, MemoryError):
        raise
    except (Exception, SystemExit) as error:
        raise UseError(f"cannot run {what_happened(error, file)}") from None


def _forget_modules(folder: Path, before: dict[str, ModuleType]) -> None:
    """Unload what was imported from a folder, so that the next run finds it as it is then.

    Modules from elsewhere stay: some, written in C, cannot be loaded twice.
    """
    tops = {name.partition(".")[0] for name in sys.modules if name not in before}
    for top in tops.difference(before):
        module = sys.modules.get(top)
        if top == NAME or (module is not None and _is_in(module, folder)):
            for name in [name for name in sys.modules if name == top or name.startswith(f"{top}.")]:
                del sys.modules[name]
    if NAME in before:
        sys.modules[NAME] = before[NAME]


def _is_in(module: ModuleType, folder: Path) -> bool:
    """Whether a module or package stands in a folder itself, not somewhere below."""
    places = list(getattr(module, "__path__", None) or [getattr(module, "__file__", None)])
    return any(isinstance(place, str) and Path(place).resolve().parent == folder for place in places)


def _places_in_their_code(error: BaseException) -> list[tuple[str, int]]:
    """The files and lines that an error passed through, without those of this package, of NumPy and of the interpreter.

    There are none where the package itself, or NumPy called by it, failed.
    """
    places = []
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        package = str(traceback.tb_frame.f_globals.get("__name__")).partition(".")[0]
        if package not in ("compgraph", "numpy") and not code.co_filename.startswith("<"):
            places.append((code.co_filename, traceback.tb_lineno))
        traceback = traceback.tb_next
    return places


def _short(file: str) -> str:
    """A file by its name alone where it is far away."""
    return one_line(file if not Path(file).is_absolute() else Path(file).name, _LONGEST)
