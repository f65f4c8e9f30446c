"""A figure in a file: in the form that the ending says, all at once, or an error that says why not."""

from __future__ import annotations

import os

import pytest

from compgraph.check import picture_file
from compgraph.errors import RenderError

matplotlib_figure = pytest.importorskip("matplotlib.figure")

BEGINNINGS = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}


@pytest.fixture
def figure():
    return matplotlib_figure.Figure(figsize=(1, 1))


@pytest.mark.parametrize("ending", [*BEGINNINGS, "PNG", "SVG"])
def test_the_ending_says_the_form(tmp_path, figure, ending):
    picture_file.save(figure, tmp_path / f"errors.{ending}")
    picture_file.save(figure, os.fspath(tmp_path / f"errors.{ending}"))  # over what is there
    assert (tmp_path / f"errors.{ending}").read_bytes().startswith(BEGINNINGS[ending.lower()])


def test_without_an_ending_it_is_a_png(tmp_path, figure):
    picture_file.save(figure, tmp_path / "errors")
    assert (tmp_path / "errors").read_bytes().startswith(BEGINNINGS["png"])


def test_an_unknown_ending_is_refused_and_nothing_written(tmp_path, figure):
    with pytest.raises(RenderError, match=r"'doc' is not one of .*pdf.*png.*svg"):
        picture_file.save(figure, tmp_path / "errors.doc")
    with pytest.raises(RenderError, match="does not exist"):
        picture_file.save(figure, tmp_path / "no folder" / "errors.png")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_drawn_leaves_the_file_as_it_was(tmp_path, figure, monkeypatch):
    path = tmp_path / "errors.png"
    path.write_bytes(b"before")

    def fails(*args, **kwargs):
        raise ValueError("half way")

    monkeypatch.setattr(figure, "savefig", fails)
    with pytest.raises(ValueError, match="half way"):
        picture_file.save(figure, path)
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]
