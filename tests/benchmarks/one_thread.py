"""The networks once more in a process where a matrix product may use one thread only."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.goals import Verdict
from tests.benchmarks.processes import ROOT, ProcessError
from tests.benchmarks.table import Comparison
from tests.benchmarks.timing import Lane, Timing
from tests.benchmarks.workloads import WORKLOADS

__all__ = ["KEYS", "OneThread", "comparison", "one_thread"]

KEYS = tuple(workload.key for workload in WORKLOADS if workload.network)


@dataclass(frozen=True)
class OneThread:
    """The same comparisons as with as many threads as there are cores."""

    comparisons: Sequence[Comparison]

    @property
    def sound(self) -> bool:
        return all(part.sound for part in self.comparisons)

    @property
    def verdicts(self) -> list[Verdict]:
        return [
            verdict._replace(goal=f"{part.key}: {verdict.goal}")
            for part in self.comparisons
            for verdict in part.verdicts
        ]

    def lines(self) -> Iterator[str]:
        for i, part in enumerate(self.comparisons):
            if i:
                yield ""
            first, *rest = part.lines()
            yield f"{first}, one BLAS thread"
            yield from rest

    def as_data(self) -> dict[str, Any]:
        return {part.key: part.as_data() for part in self.comparisons}


def one_thread(rounds: int) -> OneThread:
    """Run this benchmark's networks in another process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "results.json")
        command = [sys.executable, "-m", "tests.benchmarks", *KEYS, "--threads", "1", "--rounds", str(rounds)]
        done = subprocess.run(
            [*command, "--json", str(path)], cwd=ROOT, capture_output=True, text=True, check=False
        )  # fmt: skip
        if not path.exists():
            raise ProcessError((done.stderr.strip().splitlines() or ["no results"])[-1])
        results = json.loads(path.read_text(encoding="utf-8"))["results"]
    return OneThread([comparison(results[key]) for key in KEYS if key in results])


def comparison(data: dict[str, Any]) -> Comparison:
    """A comparison from its plain data, with the goals of its workload."""
    goals = next((workload.goals for workload in WORKLOADS if workload.key == data["key"]), ())
    lanes = [Lane(**{**lane, "timing": lane["timing"] and Timing(**lane["timing"])}) for lane in data["lanes"]]
    return Comparison(data["key"], data["title"], data["base"], lanes, goals)
