"""Files are written whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from compgraph.errors import RenderError
from compgraph.render.files import write_at_once


def test_a_file_is_written_and_replaced(tmp_path):
    target = tmp_path / "a.svg"
    write_at_once(target, b"one")
    write_at_once(str(target), b"two")
    assert target.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_new_file_has_the_permissions_of_any_other(tmp_path):
    (tmp_path / "usual").write_bytes(b"")
    write_at_once(tmp_path / "a.svg", b"")
    usual, ours = (stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("usual", "a.svg"))
    assert ours == usual


@pytest.mark.parametrize("failing", ["replace", "open"])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, failing):
    target = tmp_path / "a.svg"
    target.write_bytes(b"old")

    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(*(("os.replace", refuse) if failing == "replace" else ("builtins.open", refuse)))
    with pytest.raises(RenderError, match=r"cannot write '.*a.svg': Permission denied"):
        write_at_once(target, b"new")
    monkeypatch.undo()
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_an_interruption_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_at_once(tmp_path / "a.svg", b"new")
    assert list(tmp_path.iterdir()) == []


def test_targets_that_cannot_be(tmp_path, monkeypatch):
    with pytest.raises(RenderError, match=r"folder .* does not exist"):
        write_at_once(tmp_path / "no" / "a.svg", b"")
    folder = tmp_path / "folder.svg"
    folder.mkdir()
    with pytest.raises(RenderError, match="not a file"):
        write_at_once(folder, b"")
    protected = tmp_path / "protected.svg"
    protected.write_bytes(b"old")
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(RenderError, match="read-only"):
        write_at_once(protected, b"new")
    assert protected.read_bytes() == b"old"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder nobody can write to")
def test_a_folder_that_takes_no_files():
    with pytest.raises(RenderError, match=r"cannot write '/proc/self/a\.svg'"):
        write_at_once("/proc/self/a.svg", b"")


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_a_link_is_followed(tmp_path):
    (tmp_path / "real.svg").write_bytes(b"old")
    (tmp_path / "link.svg").symlink_to("real.svg")
    write_at_once(tmp_path / "link.svg", b"new")
    assert (tmp_path / "link.svg").is_symlink()
    assert (tmp_path / "real.svg").read_bytes() == b"new"


def test_a_very_long_name(tmp_path):
    target = tmp_path / ("x" * 240 + ".svg")
    write_at_once(target, b"1")
    assert target.read_bytes() == b"1"
