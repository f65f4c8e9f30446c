"""Time compgraph against hand-written NumPy and against other engines: `python -m tests.benchmarks` or `make bench`.

An engine that is not installed is shown as missing. `make bench` installs the small ones; for all of them, run this
with a Python that has torch and jax as well. The exit code is 1 where compgraph came to a wrong answer or to none.
"""

import argparse
import json
import os
import platform
import sys
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
    from tests.benchmarks.engines import ENGINES
    from tests.benchmarks.race import race
    from tests.benchmarks.scaling import growth
    from tests.benchmarks.table import Chain, Comparison, Memory
    from tests.benchmarks.timing import Goal
    from tests.benchmarks.workloads import BY_HAND, WORKLOADS, Workload

    def timed(workload: Workload) -> "Callable[[int], Result]":
        return lambda rounds: Comparison(
            workload.key, workload.title, BY_HAND, race(workload, ENGINES, rounds), workload.goals
        )

    return {
        **{workload.key: timed(workload) for workload in WORKLOADS},
        "import": lambda rounds: Comparison(
            "import", "in a fresh interpreter", "numpy", processes.import_times(rounds), (Goal("numpy", 1.5),)
        ),
        "memory": lambda rounds: Memory(processes.graph_memory()),
        "chain": lambda rounds: Chain(processes.long_chain()),
        "growth": growth,
    }


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help="W1 W1b W2 W3 W4 W5 import memory chain growth; all by default"
    )
    parser.add_argument("--rounds", type=int, default=15, help="interleaved rounds, of which the median counts (15)")
    parser.add_argument("--threads", type=int, help="how many threads matrix products may use (as they come)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results to FILE as well")
    return parser


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

    from tests.benchmarks.processes import ProcessError

    machine = {
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
        "cores": os.cpu_count(),
        "threads": args.threads or "default",
    }
    print(", ".join(f"{key} {value}" for key, value in machine.items()))
    results: dict[str, Any] = {}
    sound = True
    for name in args.parts or available:
        try:
            result = available[name](args.rounds)
        except ProcessError as error:
            sound = False
            print(f"\n{name}  failed: {error}", flush=True)
        else:
            sound = sound and result.sound
            results[name] = result.as_data()
            print("", *result.lines(), sep="\n", flush=True)
    if args.json:
        temporary = args.json.with_name(f".{args.json.name}.partial")
        temporary.write_text(json.dumps({"machine": machine, "results": results}, indent=2) + "\n", encoding="utf-8")
        temporary.replace(args.json)
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
