"""Graphviz as a program of the system: ``dot``, started without a shell and with a time limit."""

from __future__ import annotations

import shutil
import subprocess

from compgraph.errors import RenderError
from compgraph.render.one_line import one_line

__all__ = ["available", "run"]


def available() -> bool:
    """Tell whether there is a program ``dot`` on the PATH."""
    return shutil.which("dot") is not None


def run(source: str, time_limit: float) -> bytes:
    """Lay out DOT text with the program ``dot``.

    Args:
        source: DOT text.
        time_limit: the seconds after which the program is stopped.

    Returns:
        Graphviz's json0.

    Raises:
        RenderError: the program is not there, could not be started, failed, or took too long. What it writes to
            stderr while succeeding (about fonts, mostly) is passed over.
    """
    program = shutil.which("dot")
    if program is None:
        raise RenderError("there is no program dot on the PATH")
    try:
        done = subprocess.run(
            [program, "-Tjson0"], input=source.encode(), capture_output=True, timeout=time_limit, check=False
        )
    except subprocess.TimeoutExpired:
        raise RenderError(f"{program} was stopped after {time_limit:g} s") from None
    except OSError as error:
        raise RenderError(f"{program} could not be started: {error.strerror or error}") from None
    if done.returncode:
        said = one_line(done.stderr.decode(errors="replace"), 200)
        raise RenderError(f"{program} failed with exit code {done.returncode}{f': {said}' if said else ''}")
    return done.stdout
