"""How far each compiled function is from the least that this machine can do the same work in.

For arrays that is the larger of two: the additions and multiplications of the matrix products at the rate of BLAS, and
the arguments, constants and results once through memory at the rate at which NumPy copies. For plain numbers it is a
multiplication in straight-line Python for each operation. All rates are measured in the same run.
"""

import functools
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tests.benchmarks.engines import compiled
from tests.benchmarks.goals import Verdict, seconds
from tests.benchmarks.timing import interleaved
from tests.benchmarks.workloads import BY_HAND, COMPILED, WORKLOADS, Workload

__all__ = ["Floor", "Floors", "floors"]


@dataclass(frozen=True)
class Floor:
    """The least for one workload, and what it takes.

    Attributes:
        flops: additions and multiplications of the matrix products.
        nbytes: of arguments, constants and results.
        operations: on plain numbers, where there is nothing else.
        products, transfer, python: seconds for each of these.
        by_hand, call: seconds that a call takes, at the least: the rates are those of the best moments too.
    """

    key: str
    title: str
    flops: int
    nbytes: int
    operations: int
    products: float
    transfer: float
    python: float
    by_hand: float
    call: float

    @property
    def least(self) -> float:
        return max(self.products, self.transfer, self.python)

    @property
    def distance(self) -> float:
        """What a call takes, as a multiple of the least."""
        return self.call / self.least


@dataclass(frozen=True)
class Floors:
    """All workloads, and the rates that the machine was measured to have."""

    flops_per_second: float
    bytes_per_second: float
    seconds_per_operation: float
    rows: Sequence[Floor]
    sound: bool = True
    verdicts: Sequence[Verdict] = ()

    def lines(self) -> Iterator[str]:
        yield (
            f"floor  {self.flops_per_second / 1e9:.1f} GFLOP/s in products, {self.bytes_per_second / 1e9:.1f} GB/s in "
            f"copies, {seconds(self.seconds_per_operation)} in Python"
        )
        yield f"  {'':<6}{'MFLOP':>9}{'MB':>8}{'products':>10}{'memory':>10}{'Python':>10}{'a call':>10}{'x floor':>9}"
        for row in self.rows:
            parts = "".join(
                f"{seconds(x) if x else '–':>10}" for x in (row.products, row.transfer, row.python, row.call)
            )
            yield f"  {row.key:<6}{row.flops / 1e6:9.3g}{row.nbytes / 1e6:8.3g}{parts}{row.distance:9.1f}"

    def as_data(self) -> dict[str, Any]:
        return {**asdict(self), "rows": [{**asdict(row), "distance": row.distance} for row in self.rows]}


def floors(rounds: int, workloads: Sequence[Workload] = WORKLOADS) -> Floors:
    """Measure the machine, and every workload that is compiled."""
    from compgraph.compile.floor import flops

    machine, operation = fastest_machine(), seconds_per_operation()
    found = []
    for workload in workloads:
        if workload.depth > 1_000:
            continue
        function = compiled(workload)
        step = functools.partial(function, *workload.parameters)
        step()
        tape = function.tape
        given = [node.value for node in tape if node.op is None or node.op.name == "constant"]
        nbytes = sum(x.nbytes for x in [*given, *[node.value for node in tape.outputs]] if isinstance(x, np.ndarray))
        operations = 0 if nbytes else sum(node.op is not None and node.op.name != "constant" for node in tape)
        timings = interleaved({BY_HAND: workload.by_hand, COMPILED: step}, rounds)
        found.append((workload, flops(tape), nbytes, operations, timings))
    machine = machine._make(map(min, machine, fastest_machine()))
    rows = [
        Floor(
            workload.key,
            workload.title,
            work,
            nbytes,
            operations,
            work * machine.flop,
            nbytes * machine.byte,
            operations * operation,
            timings[BY_HAND].least,
            timings[COMPILED].least,
        )
        for workload, work, nbytes, operations, timings in found
    ]
    return Floors(1 / machine.flop, 1 / machine.byte, operation, rows)


def fastest_machine(rounds: int = 5) -> Any:
    """What the machine can do at its best: it may have been busy with something else while it was measured."""
    from compgraph.compile.floor import measured_machine

    measured: list[Any] = [measured_machine.__wrapped__() for _ in range(rounds)]
    return measured[0]._make(map(min, zip(*measured, strict=True)))


def seconds_per_operation(lines: int = 1000) -> float:
    """What a line `t = a * b` takes among others of its kind."""
    namespace: dict[str, Any] = {}
    body = "\n".join("    t = a * b" for _ in range(lines))
    exec(f"def multiply(a, b):\n{body}\n", namespace)
    least = math.inf
    for _ in range(50):
        start = time.perf_counter()
        namespace["multiply"](1.5, 0.5)
        least = min(least, time.perf_counter() - start)
    return least / lines
