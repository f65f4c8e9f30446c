"""What a call of the largest network takes in memory, beside its arguments: by hand, eagerly, compiled."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tests.benchmarks.goals import Goal, Verdict, judged
from tests.benchmarks.processes import answer_of
from tests.benchmarks.workloads import BY_HAND, COMPILED

__all__ = ["OF_DATA", "CallMemory", "call_memory"]

MEGABYTE = 1e6
OF_DATA = f"{COMPILED}, of data"
"""The data are arguments, which are not copied; else they are constants, which are."""

GOALS = (Goal(BY_HAND, 0.5, COMPILED), Goal(BY_HAND, 0.5, OF_DATA))

# Counted from before the function was made: what it keeps from call to call is part of what a call takes.
CODE = """
import concurrent.futures.thread, gc, json, tracemalloc
from tests.benchmarks.engines import ENGINES, compiled_of_data
from tests.benchmarks.workloads import WORKLOADS
for workload in WORKLOADS[:4]:  # what is imported and cached by then is none of a call's
    ENGINES["compgraph"](workload)()
    ENGINES["compgraph compile"](workload)()
beside = {{"by hand": lambda workload: workload.by_hand, {of_data!r}: compiled_of_data}}
make = dict(ENGINES, **beside)[{name!r}]
tracemalloc.start()
before = tracemalloc.get_traced_memory()[0]
step = make(next(workload for workload in WORKLOADS if workload.key == {key!r}))
step()
gc.collect()
kept, first = (x - before for x in tracemalloc.get_traced_memory())
tracemalloc.reset_peak()
step()
peak = tracemalloc.get_traced_memory()[1] - before
print(json.dumps(dict(kept=kept, first=first, peak=peak)))
"""


@dataclass(frozen=True)
class CallMemory:
    """Bytes for each way to compute the same: kept between calls, most in the first call, most in any other."""

    key: str
    found: Mapping[str, Mapping[str, float]]
    sound: bool = True

    def lines(self) -> Iterator[str]:
        yield f"peak  bytes beside the arguments of a call of {self.key}, in MB"
        yield f"  {'':<28}{'kept':>10}{'first call':>12}{'a call':>10}{'x ' + BY_HAND:>12}"
        for name, row in self.found.items():
            sizes = f"{row['kept'] / MEGABYTE:10.2f}{row['first'] / MEGABYTE:12.2f}{row['peak'] / MEGABYTE:10.2f}"
            yield f"  {name:<28}{sizes}{self.ratio(name):12.2f}"
        yield from (verdict.line() for verdict in self.verdicts)

    def ratio(self, name: str) -> float:
        return self.found[name]["peak"] / self.found[BY_HAND]["peak"]

    @property
    def verdicts(self) -> Sequence[Verdict]:
        return [
            judged(f"{goal.of} at most {goal.factor} x {goal.reference} in memory", self.ratio(goal.of), goal.factor)
            for goal in GOALS
        ]

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def call_memory(key: str = "W4") -> CallMemory:
    """Measure each in a process of its own."""
    names = (BY_HAND, "compgraph", COMPILED, OF_DATA)
    return CallMemory(key, {name: answer_of(CODE.format(key=key, name=name, of_data=OF_DATA)) for name in names})
