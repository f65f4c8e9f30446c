"""How long a picture takes, from the call to the finished file: the first in a process, and one again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.goals import Verdict
from tests.benchmarks.processes import answer_of

__all__ = ["ENGINES", "GRAPHS", "Drawing", "drawing"]

GRAPHS: Mapping[str, str] = {
    "J = 3(a + bc)": "lecture()",
    "two layers, derivatives": "derivatives()",
    "chain of 300": "chain(150)",
    "the same unfolded": "chain(150), False",
    "chain of 10,000": "chain(5000)",
    "irregular 10,000": "irregular(17000)",
    "chain, unfolded": "chain(5000), False",
}
"""What is drawn; a chain unfolded has as many boxes as nodes."""

# Each takes away from the machine what comes before it in the order in which layouts are tried.
ENGINES: Mapping[str, str] = {
    "dot": "there = system_dot.available()",
    "wasm": "os.environ['PATH'] = os.devnull; there = wasm_dot.available()",
    "own": "os.environ['PATH'] = os.devnull; wasm_dot.available = lambda: False; there = True",
}

CODE = """
import json, os, random, time, warnings
import numpy as np
import compgraph as cg
from compgraph.render import system_dot, wasm_dot
warnings.simplefilter("ignore")

def lecture():
    a, b, c = cg.variables(a=5.0, b=3.0, c=2.0)
    J = 3 * (a + b * c)
    J.backward()
    return J

def derivatives():
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(2, 400)), (rng.random((1, 400)) > 0.5) * 1.0
    W1, b1, W2, b2 = cg.variables(
        W1=rng.normal(size=(4, 2)), b1=np.zeros((4, 1)), W2=rng.normal(size=(1, 4)), b2=np.zeros((1, 1))
    )
    A2 = cg.sigmoid(W2 @ np.tanh(W1 @ X + b1) + b2)
    J = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / 400
    return cg.gradients(J, [W1, b1, W2, b2], create_graph=True)

def chain(steps):
    x, w = cg.variables(x=0.5, w=0.9)
    for _ in range(steps):
        x = np.tanh(w * x)
    x.backward()
    return x

def irregular(nodes):
    random.seed(0)
    made = [cg.Variable(0.01 * i, f"x{{i}}") for i in range(50)]
    for _ in range(nodes):
        a, b = random.choice(made[-50:]), random.choice(made[-50:])
        made.append(random.choice([lambda: a + b, lambda: a * b, lambda: np.tanh(a), lambda: np.sin(b)])())
    J = sum(made[-49:], made[-50])
    J.backward()
    return J

def seconds(form):
    start = time.perf_counter()
    getattr(cg.render(output, fold=fold, names={{}}), form)
    return time.perf_counter() - start

{engine}
if there:
    output, fold = (*({graph},), None)[:2]
    nodes = len(cg.Tape(output))
    first = seconds("svg")
    again = min(seconds("svg") for _ in range({rounds}))
    png = min(seconds("png") for _ in range({rounds})) if {png} else None
    print(json.dumps(dict(nodes=nodes, first=first, again=again, png=png)))
else:
    print("null")
"""


@dataclass(frozen=True)
class Drawing:
    """Seconds for each graph with each layout: the first SVG, SVG again, PNG again; None where there is no such layout.

    PNG of a graph that is not folded at all takes minutes, and is not drawn.
    """

    results: Mapping[str, Mapping[str, Mapping[str, float] | None]]
    sound: bool = True
    verdicts: Sequence[Verdict] = ()

    def lines(self) -> Iterator[str]:
        yield "drawing  seconds to the SVG, first in a process and again, and to the PNG again"
        heads = "".join(f"{engine + ': first':>12}{'again':>7}{'png':>6}" for engine in ENGINES)
        yield f"  {heads}"
        for graph, engines in self.results.items():
            nodes = next((f"{result['nodes']:,.0f}" for result in engines.values() if result), "")
            yield f"  {graph}, {nodes} nodes"
            yield "  " + "".join(
                f"{short(result['first']):>12}{short(result['again']):>7}{short(result['png']):>6}"
                if result
                else f"{'missing':>25}"
                for result in engines.values()
            )

    def as_data(self) -> dict[str, Any]:
        return dict(self.results)


def drawing(rounds: int, graphs: Sequence[str] = tuple(GRAPHS)) -> Drawing:
    """Draw each graph with each layout, each in a process of its own."""
    results: dict[str, dict[str, Mapping[str, float] | None]] = {}
    for graph in graphs:
        again = 1 if "10,000" in graph or "unfolded" in graph else min(rounds, 5)
        results[graph] = {
            name: answer_of(CODE.format(engine=engine, graph=GRAPHS[graph], rounds=again, png="unfolded" not in graph))
            for name, engine in ENGINES.items()
        }
    return Drawing(results)


def short(seconds: float | None) -> str:
    """Two digits."""
    return (
        "–"
        if seconds is None
        else f"{seconds:.0f}"
        if seconds >= 10
        else f"{seconds:.2g}"
        if seconds > 0.01
        else f"{seconds:.3f}"
    )
