"""The demonstration's folder: made where it can be, and nobody's file replaced."""

import os
from pathlib import Path

import pytest

from compgraph.commands.output_folder import GENERATOR, REPORT, claim, write_all
from compgraph.errors import RenderError, UseError

NAMES = (REPORT, "graph.svg")
OURS = {REPORT: f"<!DOCTYPE html>{GENERATOR}".encode(), "graph.svg": b"<svg/>"}


def test_a_folder_is_made_with_those_above_it() -> None:
    claim(Path("a/b"), NAMES)
    write_all(Path("a/b"), OURS)
    assert {path.name: path.read_bytes() for path in Path("a/b").iterdir()} == OURS


def test_other_people_s_files_stay() -> None:
    Path("notes.txt").write_text("mine")
    claim(Path(), NAMES)
    write_all(Path(), OURS)
    assert Path("notes.txt").read_text() == "mine"


def test_an_earlier_demonstration_is_replaced() -> None:
    write_all(Path(), OURS)
    claim(Path(), NAMES)
    write_all(Path(), OURS | {"graph.svg": b"<svg>2</svg>"})
    assert Path("graph.svg").read_bytes() == b"<svg>2</svg>"


@pytest.mark.parametrize("name", NAMES)
def test_somebody_s_file_of_one_of_the_names_is_refused(name: str) -> None:
    Path(name).write_text("mine")
    with pytest.raises(UseError, match=f"{name} is there and not from an earlier demo: .*--out"):
        claim(Path(), NAMES)
    assert Path(name).read_text() == "mine"


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_link_that_leads_nowhere_is_somebody_s_too() -> None:
    Path("graph.svg").symlink_to("elsewhere")
    with pytest.raises(UseError, match=r"graph\.svg is there"):
        claim(Path(), NAMES)


def test_a_file_in_the_place_of_the_folder_is_refused() -> None:
    Path("taken").write_text("mine")
    with pytest.raises(UseError, match="cannot make the folder taken: a file of that name is there"):
        claim(Path("taken"), NAMES)
    with pytest.raises(UseError, match="cannot use the folder"):
        claim(Path("taken/below"), NAMES)


def test_a_folder_of_the_report_s_name_is_refused() -> None:
    Path(REPORT).mkdir()
    with pytest.raises(UseError, match="is there and not from an earlier demo"):
        claim(Path(), NAMES)


def test_a_name_that_no_folder_can_have_is_refused() -> None:
    for name in ("a\0b", "x" * 5000):
        with pytest.raises(UseError, match="cannot use the folder"):
            claim(Path(name), NAMES)


def test_a_read_only_folder_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # the superuser may write anywhere
    with pytest.raises(UseError, match="cannot write to the folder"):
        claim(Path(), NAMES)


def test_the_report_is_written_first(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("graph.svg").mkdir()
    with pytest.raises(RenderError):
        write_all(Path(), OURS)
    assert Path(REPORT).exists()
