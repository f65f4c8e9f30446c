"""How long compiling takes: from the first call of a function to its result, and how that grows with the graph."""

import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tests.benchmarks.engines import compiled
from tests.benchmarks.goals import Verdict, judged, seconds
from tests.benchmarks.processes import ProcessError, answer_of
from tests.benchmarks.workloads import WORKLOADS, Workload

__all__ = ["LIMITS", "NODES", "Compiling", "FirstCall", "Grown", "compiling"]

LIMITS: Mapping[str, float | None] = {"W1": None, "W1b": 0.3, "W2": 0.05, "W3": 0.05, "W4": None}
"""Seconds that a first call may take."""

NODES = (1_000, 10_000, 100_000)
PATIENCE = 600.0
"""After so many seconds a process is given up."""

# A small function is compiled before, since the first of all imports what it needs.
GROWN = """
import json, time, warnings
import compgraph as cg
from tests.benchmarks.engines import compiled
from tests.benchmarks.workloads import scalar_recurrence
cg.compile(lambda x: x * x)(2.0)
workload = scalar_recurrence(rounds={nodes} // 5)
function = compiled(workload, deep=True)
start = time.process_time()
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always", cg.CompileWarning)
    function(*workload.parameters)
print(json.dumps([time.process_time() - start, not told]))
"""


@dataclass(frozen=True)
class FirstCall:
    """Seconds of a first call: the median and the least of the rounds."""

    key: str
    title: str
    median: float
    least: float


@dataclass(frozen=True)
class Grown:
    """Seconds of processor time of the first call of a program of so many scalar nodes; None if it was given up."""

    nodes: int
    seconds: float | None
    reason: str = ""
    compiled: bool = True  # or else too long, and run as it is

    @property
    def each(self) -> float | None:
        return None if self.seconds is None else self.seconds / self.nodes


@dataclass(frozen=True)
class Compiling:
    """First calls of the workloads, and of scalar programs of growing size."""

    first: Sequence[FirstCall]
    growth: Sequence[Grown]
    sound: bool = True

    def lines(self) -> Iterator[str]:
        yield "compile  the first call of a function: traced, derived, written, run"
        yield f"  {'':<34}{'median':>12}{'least':>12}"
        for row in self.first:
            yield f"  {row.key:<5}{row.title:<29}{seconds(row.median):>12}{seconds(row.least):>12}"
        yield f"  {'scalar nodes':<34}{'in all':>12}{'per node':>12}"
        for grown in self.growth:
            if grown.seconds is None or grown.each is None:
                yield f"  {grown.nodes:<34,}{grown.reason}"
            else:
                told = "" if grown.compiled else "  not compiled"
                yield f"  {grown.nodes:<34,}{seconds(grown.seconds):>12}{seconds(grown.each):>12}{told}"
        yield from (verdict.line() for verdict in self.verdicts)

    @property
    def verdicts(self) -> list[Verdict]:
        times = {row.key: row.median for row in self.first}
        found = [
            judged(f"{key} compiled within {seconds(limit)}", times.get(key), limit, seconds)
            for key, limit in LIMITS.items()
            if limit is not None and key in times
        ]
        reached = [grown for grown in self.growth if grown.compiled]
        if len(reached) > 1:
            small, large = reached[0], reached[-1]
            ratio = large.each / small.each if large.each and small.each else None
            found.append(judged(f"a node of {large.nodes:,} at most 2 x one of {small.nodes:,}", ratio, 2.0))
        return found

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def compiling(rounds: int, workloads: Sequence[Workload] = WORKLOADS, nodes: Sequence[int] = NODES) -> Compiling:
    """Compile each workload that has a place in LIMITS anew in every round, and scalar programs of growing size."""
    chosen = [workload for workload in workloads if workload.key in LIMITS]
    times: dict[str, list[float]] = {workload.key: [] for workload in chosen}
    for _ in range(max(3, min(rounds, 7)) + 1):
        for workload in chosen:
            times[workload.key].append(first_call(workload))
    first = [
        FirstCall(workload.key, workload.title, statistics.median(kept), min(kept))
        for workload in chosen
        for kept in [times[workload.key][1:]]  # the first of all imports what it needs
    ]
    return Compiling(first, [grown(count) for count in nodes])


def first_call(workload: Workload) -> float:
    function = compiled(workload)
    start = time.perf_counter()
    function(*workload.parameters)
    return time.perf_counter() - start


def grown(nodes: int) -> Grown:
    try:
        taken, compiled_at_all = answer_of(GROWN.format(nodes=nodes), PATIENCE)
        return Grown(nodes, taken, compiled=compiled_at_all)
    except ProcessError as error:
        return Grown(nodes, None, str(error))
