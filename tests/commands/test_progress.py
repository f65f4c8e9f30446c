"""Progress: a bar on a terminal, with the package rich and without it, a few lines elsewhere."""

import io
import re
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compgraph.commands.progress import progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def terminal_of_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock to be set by hand."""
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def run(stream: io.StringIO | None, epochs: int, until: int | None = None) -> str:
    with progress(epochs, stream) as on_epoch:
        for epoch in range(1, (epochs if until is None else until) + 1):
            on_epoch(epoch, 1 / epoch)
    return "" if stream is None else stream.getvalue()


@given(st.integers(1, 1000))
def test_a_file_gets_four_lines_at_most_and_the_last_epoch(epochs: int) -> None:
    lines = run(io.StringIO(), epochs).splitlines()
    assert len(lines) == min(epochs, 4)
    assert lines[-1].startswith(f"epoch {epochs} of {epochs}: cost ")


def test_a_long_silence_is_broken(clock: list[float]) -> None:
    stream = io.StringIO()
    with progress(1000, stream) as on_epoch:
        on_epoch(1, 0.5)
        assert stream.getvalue() == ""
        clock[0] = 31.0
        on_epoch(2, 0.5)
        assert stream.getvalue() == "epoch 2 of 1000: cost 0.5\n"


@pytest.mark.parametrize("epochs", [0, 3])
def test_nothing_is_said_where_there_is_no_stream(epochs: int) -> None:
    assert run(None, epochs) == ""


def test_no_epochs_need_no_bar() -> None:
    assert run(Terminal(), 0) == ""


def test_a_terminal_that_cannot_move_back_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert "\r" not in run(Terminal(), 8)


def test_rich_draws_the_bar() -> None:
    pytest.importorskip("rich")
    written = run(Terminal(), 50)
    assert "━" in written
    assert "50/50" in written


def test_without_rich_there_is_a_plain_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich", None)
    written = run(Terminal(), 50)
    assert written.endswith("\n")
    states = re.findall(r"\r([^\r\n\x1b]*)", written)
    assert states[-1] == f"training [{'#' * 28}] epoch 50/50 cost 0.0200"
    assert max(map(len, states)) < 80


@pytest.mark.parametrize("rich", [True, False])
def test_the_bar_stops_where_the_training_stopped(
    rich: bool, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    if rich:
        pytest.importorskip("rich")
    else:
        monkeypatch.setitem(sys.modules, "rich", None)
    assert re.search(r"37/100\b", run(Terminal(), 100, until=37))


@pytest.mark.parametrize("rich", [True, False])
def test_the_bar_is_not_drawn_for_every_epoch(rich: bool, clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    if not rich:
        monkeypatch.setitem(sys.modules, "rich", None)
    written = run(Terminal(), 10_000)
    assert written.count("/10000") <= 4


def test_an_error_in_the_training_passes_through() -> None:
    stream = Terminal()

    def fail() -> None:
        with progress(10, stream) as on_epoch:
            on_epoch(1, 0.5)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert re.search(r"1/10.*\n", stream.getvalue())  # the bar keeps its line
