"""Time compgraph against hand-written NumPy and against other engines: `python -m tests.benchmarks` or `make bench`.

With --write the figures and the picture of docs/performance.md are those of the run; `make bench` does that.

An engine that is not installed is shown as missing. `make bench` installs the small ones; for all of them, run this
with a Python that has torch and jax as well. The exit code is 1 where compgraph came to a wrong answer or to none.
"""

import argparse
import json
import os
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.benchmarks.table import Result

# What each library that multiplies matrices reads, when it is loaded, to learn how many threads it may use.
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def parts() -> "dict[str, Callable[[int], Result]]":
    """Everything there is to measure, each a function of the number of rounds."""
    # Imported here because numpy reads THREADS when it is loaded.
    from tests.benchmarks import processes
    from tests.benchmarks.call_memory import call_memory
    from tests.benchmarks.compiling import compiling
    from tests.benchmarks.drawing import drawing
    from tests.benchmarks.engines import ENGINES
    from tests.benchmarks.floors import floors
    from tests.benchmarks.goals import Goal
    from tests.benchmarks.one_thread import one_thread
    from tests.benchmarks.race import race
    from tests.benchmarks.scaling import growth
    from tests.benchmarks.table import Chain, Comparison, Memory
    from tests.benchmarks.workloads import BY_HAND, WORKLOADS, Workload

    def timed(workload: Workload) -> "Callable[[int], Result]":
        return lambda rounds: Comparison(
            workload.key, workload.title, BY_HAND, race(workload, ENGINES, rounds), workload.goals
        )

    return {
        **{workload.key: timed(workload) for workload in WORKLOADS},
        "one-thread": one_thread,
        "compile": compiling,
        "peak": lambda rounds: call_memory(),
        "floor": floors,
        "import": lambda rounds: Comparison(
            "import", "in a fresh interpreter", "numpy", processes.import_times(rounds), (Goal("numpy", 1.5),)
        ),
        "memory": lambda rounds: Memory(processes.graph_memory()),
        "chain": lambda rounds: Chain(processes.long_chain()),
        "growth": growth,
        "drawing": drawing,
    }


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument(
        "parts", nargs="*", metavar="PART",
        help="W1 W1b W2 W3 W4 W5 one-thread compile peak floor import memory chain growth drawing; all by default",
    )  # fmt: skip
    parser.add_argument("--rounds", type=int, default=15, help="interleaved rounds, of which the median counts (15)")
    parser.add_argument("--threads", type=int, help="how many threads matrix products may use (as they come)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results to FILE as well")
    parser.add_argument("--write", action="store_true", help="write what was measured into docs/performance.md")
    return parser


def write(path: Path, text: str) -> None:
    """Write a file at once: whoever reads it meanwhile finds the old one whole."""
    temporary = path.with_name(f".{path.name}.partial")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def write_page(results: "dict[str, Result]", facts: dict[str, Any]) -> None:
    """Put what was measured into the page, and draw its picture."""
    from tests.benchmarks.page import PAGE, PICTURE, REGIONS, regions, with_regions
    from tests.benchmarks.picture import draw

    made = regions(results, facts)
    if "speed" in made:
        draw(results, PICTURE)
    write(PAGE, with_regions(PAGE.read_text(encoding="utf-8"), made))
    left = [name for name in REGIONS if name not in made]
    kept = f"; {', '.join(left)} left, whose parts were not all measured" if left else ""
    print(f"\n{PAGE.name}: {', '.join(made) or 'nothing'} written{kept}")


def main() -> int:
    parser = arguments()
    args = parser.parse_args()
    if args.rounds < 1 or (args.threads is not None and args.threads < 1):
        parser.error("--rounds and --threads count from 1")
    if args.threads is not None:
        os.environ.update(dict.fromkeys(THREADS, str(args.threads)))
    available = parts()
    if unknown := [name for name in args.parts if name not in available]:
        parser.error(f"no part {', '.join(unknown)}; there are {' '.join(available)}")

    from tests.benchmarks.machine import described, machine
    from tests.benchmarks.processes import ProcessError
    from tests.benchmarks.summary import summary

    facts = machine(args.threads)
    print(*textwrap.wrap(f"{described(facts)}, BLAS threads {facts['threads']}", 80), sep="\n")
    results: dict[str, Result] = {}
    sound = True
    for name in args.parts or available:
        try:
            result = available[name](args.rounds)
        except ProcessError as error:
            sound = False
            print(f"\n{name}  failed: {error}", flush=True)
        else:
            sound = sound and result.sound
            results[name] = result
            print("", *result.lines(), sep="\n", flush=True)
    print("", *summary(results), sep="\n")
    if args.json:
        data = {name: result.as_data() for name, result in results.items()}
        write(args.json, json.dumps({"machine": facts, "results": data}, indent=2) + "\n")
    if args.write:
        write_page(results, facts)
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
