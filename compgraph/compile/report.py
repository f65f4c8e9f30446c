"""The account that a compiled function gives of itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from compgraph.compile.floor import floor_seconds, measured_machine, predicted_seconds
from compgraph.compile.optimise import Step
from compgraph.compile.source import Source
from compgraph.tape import Tape

__all__ = ["Report", "reported"]

ROUNDS = 7
LONG_ENOUGH = 0.01


class Report(NamedTuple):
    """What was compiled and what it costs; ``print`` it.

    Attributes:
        name: of the function.
        arguments: what it was compiled for.
        steps: how many operations there are, and how many bytes they write, after each pass.
        once: how many operations run once and not in every call.
        buffers: bytes of the memory it works in.
        compiling: seconds that compiling took.
        measured: seconds of a call.
        predicted: seconds of a call by the operations that there are, and what such take on this machine.
        floor: seconds that it takes at least: for the matrix products, or for what goes in and comes out.
    """

    name: str
    arguments: str
    steps: tuple[Step, ...]
    once: int
    buffers: int
    compiling: float
    measured: float
    predicted: float
    floor: float

    def __str__(self) -> str:
        width = max(len(step.name) for step in self.steps)
        lines = [f"{self.name}, compiled for {self.arguments}", ""]
        lines += [
            f"  {step.name.replace('_', ' '):<{width}}  {step.operations:>6} operations  {_bytes(step.nbytes):>9}"
            for step in self.steps
        ]
        lines += [
            "",
            f"  {self.once} of the operations run once, the others in every call, in {_bytes(self.buffers)} of buffers",
            f"  compiled in {_time(self.compiling)}",
            f"  a call takes {_time(self.measured)}: {_time(self.predicted)} were predicted, and at least "
            f"{_time(self.floor)} are needed",
        ]
        return "\n".join(lines)


def reported(
    name: str,
    arguments: Sequence[Any],
    steps: tuple[Step, ...],
    tape: Tape,
    source: Source,
    once: int,
    seconds: float,
    run: Callable[[], Any],
) -> Report:
    """Measure a compiled function and give an account of it.

    Args:
        name: of the function.
        arguments: its arguments, as nodes.
        steps: what each pass did.
        tape: what is computed.
        source: its code.
        once: how many operations do not depend on the arguments.
        seconds: that compiling took.
        run: a call.
    """
    measured = _measured(run)
    if floor_seconds(tape, measured_machine()) > measured:  # it was busy when it was measured
        measured_machine.cache_clear()
    machine = measured_machine()
    kinds = [f"{node.name or '?'} {_kind(node.value)}" for node in arguments]
    return Report(
        name,
        ", ".join(kinds) or "no arguments",
        steps,
        once,
        source.nbytes,
        seconds,
        measured,
        predicted_seconds(tape, machine),
        floor_seconds(tape, machine),
    )


def _measured(run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    run()
    times = max(1, int(LONG_ENOUGH / max(time.perf_counter() - start, 1e-7)))
    found = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(times):
            run()
        found.append((time.perf_counter() - start) / times)
    return sorted(found)[ROUNDS // 2]


def _kind(value: Any) -> str:
    return f"{value.dtype} {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__


def _bytes(n: float) -> str:
    for unit in ("bytes", "KB", "MB"):
        if n < 1000:
            return f"{n:.0f} {unit}" if unit == "bytes" else f"{n:.3g} {unit}"
        n /= 1000
    return f"{n:.3g} GB"


def _time(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.0f} ns"
