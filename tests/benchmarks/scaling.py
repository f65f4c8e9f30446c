"""How time and memory grow with the graph: per node they have to stay the same, from a thousand nodes to a million."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tests.benchmarks.goals import Verdict
from tests.benchmarks.processes import answer_of

__all__ = ["SIZES", "Growth", "Measured", "growth"]

SIZES = (1_000, 10_000, 100_000, 1_000_000)

# A chain is one multiplication behind the other. In a grid every node is the sum of two neighbours of the row before:
# each is used twice, and there are 2**side ways from a leaf to the result. Processor time is told, not the clock on the
# wall: the large graphs take seconds, in which other programs have their turns.
GRAPHS = """
import gc, json, math, time
import compgraph as cg

def chain(nodes):
    x = J = cg.Variable(1.0)
    for _ in range(nodes - 1):
        J = J * 1.000001
    return J, [x], 1.000001 ** (nodes - 1)

def grid(nodes):
    side = math.isqrt(nodes)
    leaves = row = [cg.Variable(1.0) for _ in range(side)]
    for _ in range(side - 1):
        row = [left + right for left, right in zip(row, [*row[1:], row[0]])]
    return sum(row[1:], row[0]), leaves, 2.0 ** (side - 1)

build = {shape}
"""

TIME = (
    GRAPHS
    + """
gc.disable()  # it would look through all that is there again and again, and find nothing
least = [math.inf] * 3
for _ in range({rounds}):
    start = time.process_time()
    J, leaves, right = build({nodes})
    built = time.process_time()
    J.backward()
    differentiated = time.process_time()
    assert all(math.isclose(x.grad, right, rel_tol=1e-6) for x in leaves), "a wrong slope"
    count = len(cg.Tape(J))
    freeing = time.process_time()
    del J, leaves
    freed = time.process_time()
    least = list(map(min, least, (built - start, differentiated - built, freed - freeing)))
print(json.dumps([seconds / count for seconds in least]))
"""
)

MEMORY = (
    GRAPHS
    + """
import tracemalloc
build(10)[0].backward()
tracemalloc.start()
J, leaves, right = build({nodes})
built = tracemalloc.get_traced_memory()[0]
tracemalloc.reset_peak()
J.backward()
after, peak = tracemalloc.get_traced_memory()
tracemalloc.stop()
count = len(cg.Tape(J))
print(json.dumps([built / count, after / count, peak / count]))
"""
)


@dataclass(frozen=True)
class Measured:
    """A graph of one shape and size: per node seconds, of the quickest round, and bytes."""

    shape: str
    nodes: int
    build: float
    differentiate: float
    free: float
    built: float
    differentiated: float
    peak: float


@dataclass(frozen=True)
class Growth:
    """The same shapes at growing sizes."""

    rows: Sequence[Measured]
    sound: bool = True
    verdicts: Sequence[Verdict] = ()

    def lines(self) -> Iterator[str]:
        yield "growth  per node of a scalar graph: µs to build, differentiate, free; bytes"
        yield f"  {'':<6}{'nodes':>10}{'build':>9}{'backward':>10}{'free':>7}{'built':>9}{'after':>7}{'at most':>9}"
        for row in self.rows:
            times = f"{row.build * 1e6:9.2f}{row.differentiate * 1e6:10.2f}{row.free * 1e6:7.2f}"
            yield f"  {row.shape:<6}{row.nodes:>10,}{times}{row.built:9.0f}{row.differentiated:7.0f}{row.peak:9.0f}"

    def as_data(self) -> dict[str, Any]:
        return {"rows": [asdict(row) for row in self.rows]}


def growth(rounds: int, sizes: Sequence[int] = SIZES) -> Growth:
    """Measure both shapes at every size, each in a process of its own; small graphs in more rounds than large ones."""
    rows = []
    for shape in ("chain", "grid"):
        for nodes in sizes:
            again = max(3, min(20 * rounds, 1_000_000 // nodes))
            times = answer_of(TIME.format(shape=shape, nodes=nodes, rounds=again))
            memory = answer_of(MEMORY.format(shape=shape, nodes=nodes))
            rows.append(Measured(shape, nodes, *times, *memory))
    return Growth(rows)
