"""The results as text of at most 80 columns, and as plain data for a file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from tests.benchmarks.goals import Asked, Verdict
from tests.benchmarks.timing import Lane

__all__ = ["WIDTH", "Chain", "Comparison", "Memory", "Result"]

WIDTH = 80


class Result(Protocol):
    """What one part of the benchmark found."""

    @property
    def sound(self) -> bool: ...

    @property
    def verdicts(self) -> Sequence[Verdict]: ...

    def lines(self) -> Iterator[str]: ...

    def as_data(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Comparison:
    """Lanes told as multiples of the lane named `base`, and what is asked of compgraph among them."""

    key: str
    title: str
    base: str
    lanes: Sequence[Lane]
    goals: Sequence[Asked]

    @property
    def sound(self) -> bool:
        """Whether compgraph ran wherever it was meant to, and came to the right answers."""
        return not any(lane.broken for lane in self.lanes if lane.name.startswith("compgraph"))

    def lines(self) -> Iterator[str]:
        yield f"{self.key}  {self.title}"
        yield f"  {'':<20}{'median':>12}{'least':>14}{'x ' + self.base:>13}"
        base = self.medians.get(self.base)
        for lane in self.lanes:
            if lane.timing is None:
                yield shortened(f"  {lane.name:<22}{lane.reason}")
            else:
                ratio = f"{lane.timing.median / base:13.2f}" if base else ""
                yield f"  {lane.name:<20}{seconds(lane.timing.median)}{seconds(lane.timing.least):>14}{ratio}"
        yield from (verdict.line() for verdict in self.verdicts)

    @property
    def medians(self) -> dict[str, float]:
        return {lane.name: lane.timing.median for lane in self.lanes if lane.timing}

    def ratio(self, name: str) -> float | None:
        """What one of the lanes takes as a multiple of `base`; None where either has no time."""
        own, base = self.medians.get(name), self.medians.get(self.base)
        return own / base if own and base else None

    @property
    def verdicts(self) -> list[Verdict]:
        return [goal.judge(self.medians) for goal in self.goals]

    def as_data(self) -> dict[str, Any]:
        lanes = [asdict(lane) for lane in self.lanes]
        goals = [verdict._asdict() for verdict in self.verdicts]
        return {"key": self.key, "title": self.title, "base": self.base, "lanes": lanes, "goals": goals}


@dataclass(frozen=True)
class Memory:
    """Bytes per scalar node."""

    bytes_per_node: Mapping[str, float]
    sound: bool = True
    verdicts: Sequence[Verdict] = ()

    def lines(self) -> Iterator[str]:
        yield "memory  bytes per scalar node"
        yield "  built {built:.0f}, differentiated {differentiated:.0f}, at most {peak:.0f} on the way".format(
            **self.bytes_per_node
        )

    def as_data(self) -> dict[str, Any]:
        return dict(self.bytes_per_node)


@dataclass(frozen=True)
class Chain:
    """The life of one long chain of scalar nodes."""

    facts: Mapping[str, float]
    verdicts: Sequence[Verdict] = ()

    @property
    def sound(self) -> bool:
        return not self.facts["left"]

    def lines(self) -> Iterator[str]:
        yield "chain  {nodes:,.0f} scalar nodes one behind the other, the garbage collector off".format(**self.facts)
        yield (
            "  built in {build:.2f} s, differentiated in {differentiate:.2f} s, freed in {free:.2f} s; {left:.0f} left"
        ).format(**self.facts)

    def as_data(self) -> dict[str, Any]:
        return dict(self.facts)


def seconds(value: float) -> str:
    for unit, size in (("s ", 1.0), ("ms", 1e-3)):
        if value >= size:
            return f"{value / size:9.3f} {unit}"
    return f"{value / 1e-6:9.2f} µs"


def shortened(line: str) -> str:
    """The line as one of a table: no breaks in it, and cut where it would not fit."""
    line = line.replace("\n", " ")
    return line if len(line) <= WIDTH else line[: WIDTH - 4] + " ..."
