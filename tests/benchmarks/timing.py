"""How it is timed: in interleaved rounds, so that whatever else the machine does falls on every engine alike."""

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Lane", "Timing", "interleaved"]


@dataclass(frozen=True)
class Timing:
    """Seconds per call: the median and the least of the rounds."""

    median: float
    least: float


@dataclass(frozen=True)
class Lane:
    """One contestant's time, or why it has none; `broken` where it ought to have one."""

    name: str
    timing: Timing | None
    reason: str = ""
    broken: bool = False


def seconds_per_call(step: Callable[[], Any], calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        step()
    return (time.perf_counter() - start) / calls


def interleaved(steps: Mapping[str, Callable[[], Any]], rounds: int, round_seconds: float = 0.02) -> dict[str, Timing]:
    """Time every step once per round, each for about `round_seconds`, over `rounds` rounds."""
    calls = {}
    for name, step in steps.items():
        step()  # first calls fill caches
        calls[name] = max(1, int(round_seconds / max(seconds_per_call(step, 1), 1e-7)))
    samples: dict[str, list[float]] = {name: [] for name in steps}
    gc.collect()
    gc.freeze()  # or the collector looks through all that the other engines have loaded, on this one's time
    try:
        for _ in range(rounds):
            for name, step in steps.items():
                samples[name].append(seconds_per_call(step, calls[name]))
    finally:
        gc.unfreeze()
    return {name: Timing(statistics.median(times), min(times)) for name, times in samples.items()}
