"""The figures of docs/performance.md are in the form in which the benchmark writes them. Nothing is timed here."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.call_memory import OF_DATA, CallMemory
from tests.benchmarks.compiling import Compiling, FirstCall, Grown
from tests.benchmarks.engines import ENGINES
from tests.benchmarks.floors import Floor, Floors
from tests.benchmarks.machine import machine
from tests.benchmarks.one_thread import OneThread, comparison
from tests.benchmarks.page import PAGE, PICTURE, REGIONS, regions, with_regions
from tests.benchmarks.picture import draw
from tests.benchmarks.scaling import SIZES, Growth, Measured
from tests.benchmarks.summary import summary
from tests.benchmarks.table import Comparison
from tests.benchmarks.timing import Lane, Timing
from tests.benchmarks.workloads import BY_HAND, COMPILED, WORKLOADS


def made_up() -> dict[str, Any]:
    """A run in which everything took as long as it pleased."""
    names = [BY_HAND, *ENGINES]
    lanes = [Lane(name, Timing(1e-3 * (i + 1), 1e-3)) for i, name in enumerate(names)]
    parts = {w.key: Comparison(w.key, w.title, BY_HAND, lanes, w.goals) for w in WORKLOADS}
    networks = [parts[w.key] for w in WORKLOADS if w.network]
    timed = [w for w in WORKLOADS if w.depth <= 1_000]
    first = [FirstCall(w.key, w.title, 0.2, 0.1) for w in timed]
    sizes: dict[str, float] = {"kept": 0.0, "first": 5e7, "peak": 5e7}
    return {
        **parts,
        "one-thread": OneThread(networks),
        "compile": Compiling(first, [Grown(1_000, 0.5), Grown(10_000, 5.0), Grown(100_000, 50.0, compiled=False)]),
        "peak": CallMemory("W4", dict.fromkeys((BY_HAND, "compgraph", COMPILED, OF_DATA), sizes)),
        "floor": Floors(1e11, 1e10, 1e-8, [Floor(w.key, w.title, 0, 0, 5, 0.0, 0.0, 5e-8, 1e-6, 1e-6) for w in timed]),
        "growth": Growth([Measured(s, n, *[1e-6] * 3, *[200.0] * 3) for s in ("chain", "grid") for n in SIZES]),
    }


def form(text: str) -> list[str]:
    """What stays from run to run: prose without its numbers, and of tables the heads and what each row is about."""
    lines = []
    kept = [line.strip() for line in text.splitlines() if line.strip()]
    for line, after in zip(kept, [*kept, ""][1:], strict=True):
        if line.startswith("*"):  # where and when
            lines.append("*")
        elif line.startswith("|") and not line.startswith("|-") and not after.startswith("|-"):
            lines.append(line.split("|")[1].strip())
        else:
            lines.append(re.sub(r"[\d.,]+( [µnm]?s\b)?", "0", line))
    return lines


def told(page: str, name: str) -> str:
    return page.partition(f"<!-- bench: {name} -->")[2].partition(f"<!-- /bench: {name} -->")[0]


@pytest.mark.parametrize("name", REGIONS)
def test_a_region_of_the_page_is_what_the_benchmark_writes(name: str) -> None:
    want = regions(made_up(), machine())[name]
    got = told(PAGE.read_text(encoding="utf-8"), name)
    assert form(got) == form(want), (
        f"write it with `python -m tests.benchmarks {' '.join(REGIONS[name].parts)} --write`"
    )
    stamp = got.strip().splitlines()[-1]
    assert re.match(r"\*.+, \d+ cores, .+, Python 3[.\d]+, NumPy [.\d]+ with \S+, \d{4}-\d\d-\d\d, load average", stamp)


def test_the_form_of_a_region_is_told_from_others() -> None:
    text = regions(made_up(), machine())["floor"]
    assert form(text) == form(text.replace("100.0 GFLOP/s", "12.3 GFLOP/s").replace("1 µs", "2.5 ms"))
    assert form(text) != form(text.replace("in copies", "in loops"))
    assert form(text) != form(text.replace("| W1b |", "| W9 |"))
    assert form(text) != form(text.replace("| memory |", "|"))


def test_only_what_was_measured_is_written() -> None:
    results = made_up()
    del results["W3"]
    made = regions(results, machine())
    assert list(made) == ["compile", "peak", "floor", "growth"]
    kept = "<!-- bench: speed -->\nkept\n<!-- /bench: speed -->\n"
    page = f"# A\n<!-- bench: peak -->\nold\n<!-- /bench: peak -->\nB\n{kept}"
    written = with_regions(page, {"peak": "| new |"})
    assert written == page.replace("\nold\n", "\n\n| new |\n\n")
    assert with_regions(written, {"peak": "| new |"}) == written
    with pytest.raises(LookupError, match="no region between <!-- bench: floor -->"):
        with_regions(page, {"floor": ""})


def test_the_page_shows_its_picture(tmp_path: Path) -> None:
    assert f"](images/{PICTURE.name})" in told(PAGE.read_text(encoding="utf-8"), "speed")
    assert PICTURE.exists()
    draw(made_up(), tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 10_000


def test_all_goals_stand_in_one_table() -> None:
    results = made_up()
    lines = list(summary(results))
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    for result in results.values():
        for verdict in result.verdicts:
            assert verdict.goal in text
    for result in results.values():
        assert max(map(len, result.lines())) <= 80


def test_a_comparison_comes_back_from_its_data() -> None:
    part = made_up()["W2"]
    assert comparison(part.as_data()) == part
