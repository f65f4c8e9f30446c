"""What needs a process of its own: the time an import takes, and the memory of a graph."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.benchmarks.timing import Lane, Timing

__all__ = ["IMPORTS", "ROOT", "ProcessError", "answer_of", "graph_memory", "import_times", "long_chain"]

ROOT = Path(__file__).parents[2]
IMPORTS = ("numpy", "compgraph", "micrograd.engine", "autograd", "mygrad", "torch", "jax")

IMPORT = """
import json, time
start = time.perf_counter()
import {module}
print(json.dumps(time.perf_counter() - start))
"""

# Every node is one multiplication by a constant. tracemalloc counts exactly what the graph holds, and is too slow to be
# on while a chain is timed.
MEMORY = """
import json, tracemalloc
import compgraph as cg
nodes = {nodes}
x = cg.Variable(1.0)
tracemalloc.start()
J = x
for _ in range(nodes):
    J = J * 1.000001
built = tracemalloc.get_traced_memory()[0]
tracemalloc.reset_peak()
J.backward()
after, peak = tracemalloc.get_traced_memory()
del J
print(json.dumps(dict(built=built / nodes, differentiated=after / nodes, peak=peak / nodes)))
"""

# Without the garbage collector: a graph is to be freed by its reference counts alone.
CHAIN = """
import gc, json, math, time
gc.collect()
gc.disable()
import compgraph as cg
nodes = {nodes}
x = cg.Variable(1.0)
start = time.perf_counter()
J = x
for _ in range(nodes):
    J = J * 1.000001
built = time.perf_counter()
J.backward()
differentiated = time.perf_counter()
assert math.isclose(x.grad, 1.000001**nodes, rel_tol=1e-6), x.grad
del J
freed = time.perf_counter()
left = sum(isinstance(thing, cg.Node) for thing in gc.get_objects()) - 1  # all but x
times = dict(build=built - start, differentiate=differentiated - built, free=freed - differentiated)
print(json.dumps(dict(nodes=nodes, left=left, **times)))
"""


class ProcessError(Exception):
    """The last line of what a process said when it failed."""


def answer_of(code: str, limit: float | None = None, environment: Mapping[str, str] | None = None) -> Any:
    """What a program prints as JSON; it is given up after `limit` seconds."""
    command = [sys.executable, "-c", code]
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=limit, env=environment
        )
    except subprocess.TimeoutExpired:
        raise ProcessError(f"given up after {limit:.0f} s") from None
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        raise ProcessError(lines[-1] if lines else f"ended with exit code {done.returncode}")
    return json.loads(done.stdout)


def import_times(rounds: int) -> list[Lane]:
    """The time to import each of IMPORTS in a fresh interpreter, with byte code, as whatever was installed has it."""
    with TemporaryDirectory() as cache:
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        return _import_times(rounds, {**kept, "PYTHONPYCACHEPREFIX": cache})


def _import_times(rounds: int, environment: Mapping[str, str]) -> list[Lane]:
    samples: dict[str, list[float]] = {module: [] for module in IMPORTS}
    failures: dict[str, str] = {}
    for _ in range(rounds + 1):
        for module in IMPORTS:
            if module not in failures:
                try:
                    samples[module].append(answer_of(IMPORT.format(module=module), environment=environment))
                except ProcessError as error:
                    failures[module] = f"missing: {error}"
    lanes = []
    for module, (_, *times) in ((m, samples[m]) for m in IMPORTS if m not in failures):  # the first wrote byte code
        lanes.append(Lane(module, Timing(statistics.median(times), min(times))))
    return lanes + [Lane(module, None, reason, broken=True) for module, reason in failures.items()]


def graph_memory(nodes: int = 100_000) -> dict[str, float]:
    """Bytes per scalar node: once built, once differentiated, and at most on the way there."""
    result: dict[str, float] = answer_of(MEMORY.format(nodes=nodes))
    return result


def long_chain(nodes: int = 1_000_000) -> dict[str, float]:
    """Seconds to build, differentiate and free a chain of nodes, and how many of its nodes are left after that."""
    result: dict[str, float] = answer_of(CHAIN.format(nodes=nodes))
    return result
