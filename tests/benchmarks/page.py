"""Writes the figures of docs/performance.md: `python -m tests.benchmarks --write`, or `make bench`.

What stands between `<!-- bench: NAME -->` and `<!-- /bench: NAME -->` is made here from the results of one run, and
nothing of it by hand. A region is written if every part that it needs was measured; the others stay as they are.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.benchmarks.call_memory import MEGABYTE, CallMemory
from tests.benchmarks.compiling import Compiling
from tests.benchmarks.floors import Floors
from tests.benchmarks.goals import Verdict, seconds
from tests.benchmarks.machine import described
from tests.benchmarks.one_thread import OneThread
from tests.benchmarks.scaling import Growth
from tests.benchmarks.summary import COLUMNS, best, cell
from tests.benchmarks.table import Comparison, Result
from tests.benchmarks.workloads import WORKLOADS

__all__ = ["PAGE", "PICTURE", "REGIONS", "regions", "with_regions"]

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
PICTURE = PAGE.parent / "images" / "performance.png"

Results = Mapping[str, Any]


class Region(NamedTuple):
    """A stretch of the page.

    Attributes:
        parts: what has to have been measured for it.
        lines: what it says, of all results.
    """

    parts: Sequence[str]
    lines: Callable[[Results], Iterator[str]]


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> Iterator[str]:
    """A table of Markdown whose first columns are text and the others figures."""
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * left + "---:|" * (len(heads) - left)
    for row in rows:
        yield f"| {' | '.join(row)} |"


def goals(found: Sequence[Verdict]) -> Iterator[str]:
    yield ""
    yield from table(
        ("goal", "reached", ""),
        [(verdict.goal.replace(" x ", " × "), verdict.text.replace(" x ", " × "), verdict.word) for verdict in found],
    )


def compared(parts: Sequence[Comparison]) -> Iterator[str]:
    rows = []
    for part in parts:
        base = part.medians.get(part.base)
        ratios = [cell(best(part, names)) for names in COLUMNS.values()]
        rows.append((f"{part.key}: {part.title}", "–" if base is None else seconds(base), *ratios))
    yield from table(("", "by hand", *COLUMNS), rows)


def speed(results: Results) -> Iterator[str]:
    parts: list[Comparison] = [results[workload.key] for workload in WORKLOADS]
    yield f"![Time per call as a multiple of the hand-written code](images/{PICTURE.name})"
    yield ""
    yield from compared(parts)
    alone: OneThread = results["one-thread"]
    yield ""
    yield "The networks with one thread for each matrix product, as `OPENBLAS_NUM_THREADS=1` asks for:"
    yield ""
    yield from compared(alone.comparisons)
    told = [verdict._replace(goal=f"{part.key}: {verdict.goal}") for part in parts for verdict in part.verdicts]
    told += [verdict._replace(goal=f"{verdict.goal} (1 BLAS thread)") for verdict in alone.verdicts]
    yield from goals(told)


def first_calls(results: Results) -> Iterator[str]:
    found: Compiling = results["compile"]
    yield from table(
        ("first call of", "median", "least"),
        [(f"{row.key}: {row.title}", seconds(row.median), seconds(row.least)) for row in found.first],
    )
    yield ""
    yield from table(
        ("scalar nodes", "processor time", "per node"),
        [
            (
                f"{row.nodes:,}" if row.compiled else f"{row.nodes:,}, not compiled",
                *((seconds(row.seconds), seconds(row.each or 0.0)) if row.seconds else (row.reason, "–")),
            )
            for row in found.growth
        ],
    )
    yield from goals(found.verdicts)


def memory(results: Results) -> Iterator[str]:
    found: CallMemory = results["peak"]
    rows = [
        (name, *[f"{row[key] / MEGABYTE:.2f}" for key in ("kept", "first", "peak")], cell(found.ratio(name)))
        for name, row in found.found.items()
    ]
    heads = (f"{found.key}, in MB", "kept between calls", "most in the first call", "most in a call", "× by hand")
    yield from table(heads, rows)
    yield from goals(found.verdicts)


def floor(results: Results) -> Iterator[str]:
    found: Floors = results["floor"]
    rows = []
    for row in found.rows:
        parts = [seconds(x) if x else "–" for x in (row.products, row.transfer, row.python)]
        hand = cell(row.by_hand / row.least)
        rows.append((row.key, f"{row.flops / 1e6:.3g}", f"{row.nbytes / 1e6:.3g}", *parts, hand, cell(row.distance)))
    heads = ("", "MFLOP", "MB", "products", "memory", "Python", "by hand, × floor", "compiled, × floor")
    yield from table(heads, rows)
    yield ""
    yield (
        f"Measured in the same run: {found.flops_per_second / 1e9:.1f} GFLOP/s in matrix products, "
        f"{found.bytes_per_second / 1e9:.1f} GB/s in copies, {seconds(found.seconds_per_operation)} for an operation "
        "of Python."
    )


def growth(results: Results) -> Iterator[str]:
    found: Growth = results["growth"]
    rows = [
        (
            row.shape,
            f"{row.nodes:,}",
            *[f"{x * 1e6:.2f}" for x in (row.build, row.differentiate, row.free)],
            *[f"{x:.0f}" for x in (row.built, row.differentiated, row.peak)],
        )
        for row in found.rows
    ]
    heads = (
        "graph", "nodes", "µs to build", "µs to differentiate", "µs to free", "bytes, built",
        "bytes, differentiated", "bytes, at most",
    )  # fmt: skip
    yield from table(heads, rows)


REGIONS: Mapping[str, Region] = {
    "speed": Region((*[workload.key for workload in WORKLOADS], "one-thread"), speed),
    "compile": Region(("compile",), first_calls),
    "peak": Region(("peak",), memory),
    "floor": Region(("floor",), floor),
    "growth": Region(("growth",), growth),
}


def regions(results: Mapping[str, Result], machine: dict[str, Any]) -> dict[str, str]:
    """The text of each region whose parts were all measured."""
    stamp = f"*{described(machine)}.*"
    others = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    found = {}
    for name, region in REGIONS.items():
        if all(part in results for part in region.parts):
            lines = [*region.lines(results), "", stamp]
            if name == "speed" and others:
                lines[-1] = f"{stamp[:-2]}; {others}.*"
            found[name] = "\n".join(lines)
    return found


def with_regions(page: str, made: Mapping[str, str]) -> str:
    """The page with these regions made anew.

    Raises:
        LookupError: the page has no such region.
    """
    for name, text in made.items():
        begin, end = f"<!-- bench: {name} -->", f"<!-- /bench: {name} -->"
        pattern = re.compile(f"{re.escape(begin)}\n.*?{re.escape(end)}", re.DOTALL)
        if len(pattern.findall(page)) != 1:
            raise LookupError(f"the page has no region between {begin} and {end}, or several")
        before, after = pattern.split(page)
        page = f"{before}{begin}\n\n{text}\n\n{end}{after}"
    return page
