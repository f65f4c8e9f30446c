"""Graphviz as a program of the system: ``dot``, started without a shell and with a time limit."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess

from compgraph.errors import RenderError
from compgraph.render.one_line import one_line

__all__ = ["available", "run"]

_POSIX = os.name == "posix"


def available() -> bool:
    """Tell whether there is a program ``dot`` on the PATH."""
    return shutil.which("dot") is not None


def run(source: str, time_limit: float) -> bytes:
    """Lay out DOT text with the program ``dot``.

    Args:
        source: DOT text.
        time_limit: the seconds after which the program is stopped, with whatever it has started.

    Returns:
        Graphviz's json0.

    Raises:
        RenderError: the program is not there, could not be started, failed, was killed, or took too long. What it
            writes to stderr while succeeding (about fonts, mostly) is passed over.
    """
    program = shutil.which("dot")
    if program is None:
        raise RenderError("there is no program dot on the PATH")
    pipe = subprocess.PIPE
    try:
        # a group of its own, so that what a script in dot's place has started is stopped with it
        process = subprocess.Popen(
            [program, "-Tjson0"], stdin=pipe, stdout=pipe, stderr=pipe, process_group=0 if _POSIX else None
        )
    except OSError as error:
        raise RenderError(f"{program} could not be started: {error.strerror or error}") from None
    with process:
        try:
            answer, said = process.communicate(source.encode(), time_limit)
        except subprocess.TimeoutExpired:
            raise RenderError(f"{program} was stopped after {time_limit:g} s") from None
        finally:
            if process.returncode is None:  # after the time limit, or Ctrl-C
                _stop(process)
    if process.returncode < 0:
        raise RenderError(f"{program} was killed by signal {-process.returncode}")
    if process.returncode:
        reason = one_line(said.decode(errors="replace"), 200)
        raise RenderError(f"{program} failed with exit code {process.returncode}{f': {reason}' if reason else ''}")
    return answer


def _stop(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if _POSIX:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()
