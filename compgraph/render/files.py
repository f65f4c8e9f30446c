"""Writing a file all at once: the target is either as it was or complete."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from compgraph.errors import RenderError

__all__ = ["write_at_once"]


def write_at_once(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file under a temporary name beside its target and move it into place.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_at_once(Path(folder, "a.svg"), b"<svg/>")
    ...     [file.name for file in Path(folder).iterdir()]
    ['a.svg']

    Args:
        path: the target; a link is followed, an existing file is replaced.
        data: its contents.

    Raises:
        RenderError: the folder does not exist, or the target is a folder, is read-only or cannot be written.
    """
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise RenderError(f"cannot write {os.fspath(path)!r}: the folder {str(target.parent)!r} does not exist")
    if target.exists():
        if not target.is_file():
            raise RenderError(f"cannot write {os.fspath(path)!r}: it is there and is not a file")
        if not os.access(target, os.W_OK):
            raise RenderError(f"cannot write {os.fspath(path)!r}: the file is read-only")
    temporary = target.with_name(f".{target.name[:100]}.{os.urandom(4).hex()}.tmp")
    try:
        with open(temporary, "xb") as file:
            file.write(data)
        os.replace(temporary, target)
    except OSError as error:
        raise RenderError(f"cannot write {os.fspath(path)!r}: {error.strerror or error}") from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
