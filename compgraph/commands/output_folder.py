"""The folder that the demonstration writes to: made when it is not there, and nobody else's file replaced in it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from compgraph.errors import UseError
from compgraph.render.files import write_at_once

__all__ = ["GENERATOR", "REPORT", "claim", "write_all"]

REPORT = "report.html"
"""The page, by which a folder of the demonstration is known."""

GENERATOR = '<meta name="generator" content="compgraph demo">'
"""What the page says of itself."""


def claim(folder: Path, names: tuple[str, ...]) -> None:
    """Make sure that files of these names may be written to a folder, and that there is one.

    Files of an earlier demonstration may be replaced; they are known by the report beside them. Other files may stand
    in the folder under other names.

    Args:
        folder: made, with the folders above it, where it does not exist.
        names: of the files to come.

    Raises:
        UseError: it cannot be made or written to, or it holds a file of one of the names that is not the
            demonstration's.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_ours = _is_ours(folder / REPORT)
        taken = [name for name in names if os.path.lexists(folder / name)]
    except FileExistsError:
        raise UseError(f"cannot make the folder {folder}: a file of that name is there") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UseError(f"cannot use the folder {folder}: {reason}") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UseError(f"cannot write to the folder {folder}")
    if taken and not is_ours:
        raise UseError(f"{folder / taken[0]} is there and not from an earlier demo: choose another folder with --out")


def write_all(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files to a folder that was claimed, each of them all at once.

    Args:
        folder: which.
        files: their contents by name.

    Raises:
        RenderError: one cannot be written.
    """
    # The report goes first: should the others be cut short, the folder is known as ours.
    for name in sorted(files, key=lambda name: name != REPORT):
        write_at_once(folder / name, files[name])


def _is_ours(report: Path) -> bool:
    if not report.is_file():
        return False
    with open(report, "rb") as file:
        return GENERATOR.encode() in file.read(1000)
