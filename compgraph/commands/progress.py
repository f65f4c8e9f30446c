"""How far the training is: a bar on a terminal, a few lines elsewhere."""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO, TypeAlias

__all__ = ["OnEpoch", "progress"]

OnEpoch: TypeAlias = Callable[[int, float], None]
"""Told after each epoch how many there were and the cost."""

_REDRAW = 0.1
_LONGEST_SILENCE = 30.0
_LINES = 4
_BAR = 28


@contextmanager
def progress(epochs: int, stream: TextIO | None) -> Iterator[OnEpoch]:
    """Show how far a training of so many epochs is.

    >>> import sys
    >>> with progress(4, sys.stdout) as on_epoch:
    ...     for epoch, cost in enumerate([0.7, 0.5, 0.4, 0.35], start=1):
    ...         on_epoch(epoch, cost)
    epoch 1 of 4: cost 0.7
    epoch 2 of 4: cost 0.5
    epoch 3 of 4: cost 0.4
    epoch 4 of 4: cost 0.35

    Args:
        epochs: how many there will be.
        stream: where to show it: a terminal gets a bar (by the package rich, where that is installed), a file or a
            pipe gets four lines, and one more after every half minute; None gets nothing.
    """
    if stream is None or not epochs:
        yield lambda epoch, cost: None
    elif not stream.isatty() or os.environ.get("TERM") == "dumb":
        yield _lines(epochs, stream)
    elif importlib.util.find_spec("rich") is not None:
        with _rich_bar(epochs, stream) as on_epoch:
            yield on_epoch
    else:
        with _plain_bar(epochs, stream) as on_epoch:
            yield on_epoch


def _lines(epochs: int, stream: TextIO) -> OnEpoch:
    last = time.monotonic()

    def on_epoch(epoch: int, cost: float) -> None:
        nonlocal last
        is_due = epoch * _LINES // epochs > (epoch - 1) * _LINES // epochs
        if is_due or time.monotonic() - last > _LONGEST_SILENCE:
            last = time.monotonic()
            print(f"epoch {epoch} of {epochs}: cost {cost:.4g}", file=stream, flush=True)

    return on_epoch


@contextmanager
def _plain_bar(epochs: int, stream: TextIO) -> Iterator[OnEpoch]:
    def draw(epoch: int, cost: float) -> None:
        done = _BAR * epoch // epochs
        bar = "#" * done + "." * (_BAR - done)
        stream.write(f"\rtraining [{bar}] epoch {epoch}/{epochs} cost {cost:.4f}\x1b[K")
        stream.flush()

    try:
        with _now_and_then(draw) as on_epoch:
            yield on_epoch
    finally:
        stream.write("\n")
        stream.flush()


@contextmanager
def _rich_bar(epochs: int, stream: TextIO) -> Iterator[OnEpoch]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("training"),
        BarColumn(bar_width=_BAR),
        TextColumn("epoch"),
        MofNCompleteColumn(),
        TextColumn("{task.fields[cost]}"),
        TimeRemainingColumn(),
        console=Console(file=stream),
        auto_refresh=False,  # no thread: a Ctrl-C has one place to arrive at
        redirect_stdout=False,
        redirect_stderr=False,
    )
    task = bar.add_task("", total=epochs, cost="")

    def draw(epoch: int, cost: float) -> None:
        bar.update(task, completed=epoch, cost=f"cost {cost:.4f}", refresh=True)

    with bar, _now_and_then(draw) as on_epoch:
        yield on_epoch


@contextmanager
def _now_and_then(draw: OnEpoch) -> Iterator[OnEpoch]:
    """Draw ten times a second at most, and once more at the end, so that the bar stops where the training stopped."""
    last = time.monotonic() - _REDRAW
    latest: tuple[int, float] | None = None

    def on_epoch(epoch: int, cost: float) -> None:
        nonlocal last, latest
        latest = epoch, cost
        now = time.monotonic()
        if now - last >= _REDRAW:
            last = now
            draw(epoch, cost)

    try:
        yield on_epoch
    finally:
        if latest is not None:
            draw(*latest)
