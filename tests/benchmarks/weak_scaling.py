"""How the time of a gradient grows where work and processes grow alike: `python -m tests.benchmarks.weak_scaling`.

Every process has equally many examples. With a core for each, one process and two take equally long: efficiency 1.
Beside Dask's workers stands the same work in processes that do nothing else, which is what the machine itself allows:
cores share their cache and memory. Efficiency is told in processor time, of the process that takes most: the clock on
the wall also counts the turns of other programs. `--plot FILE` draws the figure of docs/scaling.md.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["Row", "Scaling", "scaling"]

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
FEATURES, HIDDEN, BLOCK = 30, 16, 20_000
KINDS = ("bare", "dask")


@dataclass(frozen=True)
class Row:
    """A number of processes, each with as many examples: seconds per gradient, of every round.

    `bare` and `dask` are processor time, of the process that took most; `elapsed` is that of Dask on the clock.
    """

    processes: int
    examples: int
    bare: Sequence[float]
    dask: Sequence[float]
    elapsed: Sequence[float]


@dataclass(frozen=True)
class Scaling:
    """The same work for each of one process, two, and so on."""

    rows: Sequence[Row]
    seconds_per_task: float
    result_bytes: int
    sound: bool = True

    def efficiency(self, row: Row, kind: str) -> float:
        """The processor time of one process alone, as a share of that of the slowest of several."""
        alone, together = (statistics.median(getattr(each, kind)) for each in (self.rows[0], row))
        return float(alone / together)

    def lines(self) -> Iterator[str]:
        examples = self.rows[0].examples
        yield f"weak  network {FEATURES}-{HIDDEN}-1, {examples:,} examples for each process; ms per gradient"
        yield f"  {'':<10}{'':>10}{'processor time':>30}{'on the clock':>22}"
        yield f"  {'processes':<10}{'examples':>10}{'bare':>9}{'share':>6}{'Dask':>9}{'share':>6}{'Dask, least':>15}"
        for row in self.rows:
            times = [f"{statistics.median(getattr(row, k)) * 1e3:9.1f}{self.efficiency(row, k):6.2f}" for k in KINDS]
            sizes = f"{row.processes:<10}{row.processes * row.examples:>10,}"
            yield f"  {sizes}{''.join(times)}{min(row.elapsed) * 1e3:15.1f}"
        yield f"  an empty task takes {self.seconds_per_task * 1e3:.2f} ms, a result has {self.result_bytes:,} bytes"

    def as_data(self) -> dict[str, Any]:
        return asdict(self)


def parameters() -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    return tuple([rng.normal(size=shape) * 0.1 for shape in ((HIDDEN, FEATURES), (HIDDEN, 1), (1, HIDDEN), (1, 1))])


def cost(params: Any, X: Any, Y: Any) -> Any:
    W1, b1, W2, b2 = params
    A2 = 1 / (1 + np.exp(-(W2 @ np.tanh(W1 @ X + b1) + b2)))
    return -np.mean(Y * np.log(A2) + (1 - Y) * np.log(1 - A2))


def block(seed: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(FEATURES, BLOCK)), (rng.random((1, BLOCK)) < 0.5).astype(float)


def bare_seconds(blocks: int, rounds: int, start: float) -> list[float]:
    """The gradients of some blocks one after the other, begun at the same moment in every process."""
    import compgraph as cg

    evaluate, params = cg.value_and_grad(cost), parameters()
    data = [block(i) for i in range(blocks)]
    for x in data:
        evaluate(params, *x)
    time.sleep(max(0.0, start - time.time()))
    times = []
    for _ in range(rounds):
        begun = time.process_time()
        for x in data:
            evaluate(params, *x)
        times.append(time.process_time() - begun)
    return times


def dask_seconds(client: Any, blocks: int, rounds: int) -> tuple[list[float], list[float]]:
    """Processor time and time on the clock of gradients by data that lie, evenly spread, in the workers' memory."""
    import dask.array as da

    import compgraph.dask

    workers = sorted(client.run(os.getpid))
    held = [client.submit(block, i, workers=workers[i % len(workers)], pure=False) for i in range(blocks)]
    X, Y = (
        da.concatenate([da.from_delayed(client.submit(_nth, x, i), (n, BLOCK), float) for x in held], axis=1).persist()
        for i, n in ((0, FEATURES), (1, 1))
    )
    evaluate, params = compgraph.dask.value_and_grad(cost), parameters()
    evaluate(params, X, Y)
    spent, elapsed = [], []
    for _ in range(rounds):
        before, begun = client.run(time.process_time), time.perf_counter()
        evaluate(params, X, Y)
        elapsed.append(time.perf_counter() - begun)
        after = client.run(time.process_time)
        spent.append(max(after[worker] - before[worker] for worker in workers))
    return spent, elapsed


def _nth(pair: Any, i: int) -> Any:
    return pair[i]


def _nothing(*_: Any) -> None:
    pass


def seconds_per_task(tasks: int = 400) -> float:
    """What a task takes that does nothing, on the clock."""
    import dask

    delayed: Any = dask.delayed  # type: ignore[attr-defined]
    total = delayed(_nothing)([delayed(_nothing, pure=False)(i) for i in range(tasks)])
    total.compute()
    begun = time.perf_counter()
    total.compute()
    return (time.perf_counter() - begun) / tasks


def scaling(rounds: int, processes: Sequence[int] = (1, 2), blocks: int = 8) -> Scaling:
    """Measure both with one process, two, and so on, each with some blocks of 20,000 examples."""
    from distributed import Client, LocalCluster

    os.environ.update(dict.fromkeys(THREADS, "1"))  # which the processes inherit: one core for each
    rows: list[Row] = []
    per_task = 0.0
    for count in processes:
        with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
            start = time.time() + 4.0
            runs = [pool.submit(bare_seconds, blocks, rounds, start) for _ in range(count)]
            bare = [max(times) for times in zip(*[run.result() for run in runs], strict=True)]
        with (
            LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address=None) as cluster,
            Client(cluster) as client,
        ):
            client.wait_for_workers(count)
            per_task = per_task or seconds_per_task()
            rows.append(Row(count, blocks * BLOCK, bare, *dask_seconds(client, blocks * count, rounds)))
    return Scaling(rows, per_task, sum(p.nbytes for p in parameters()))


def draw(result: Scaling, path: Path) -> None:
    """Milliseconds per gradient and efficiency over the number of processes, with every round as a point."""
    from compgraph.plots.style import BLUE, FAINT, ORANGE, dress, legend, panels

    left, right = panels(None, 1, 2, size=(3.6, 3.0))[0]
    counts = [row.processes for row in result.rows]
    for kind, name, colour, mark in (("bare", "without Dask", FAINT, "s-"), ("dask", "on Dask", BLUE, "o-")):
        for row in result.rows:
            shift = 0.05 if kind == "dask" else -0.05
            times = [x * 1e3 for x in getattr(row, kind)]
            left.plot([row.processes + shift] * len(times), times, ".", color=colour, alpha=0.3, markersize=4)
        medians = [statistics.median(getattr(row, kind)) * 1e3 for row in result.rows]
        left.plot(counts, medians, mark, color=colour, label=name)
        right.plot(counts, [result.efficiency(row, kind) for row in result.rows], mark, color=colour, label=name)
    right.axhline(1.0, color=ORANGE, linestyle="--", linewidth=1.2, label="ideal")
    dress(left, "processes", "processor time per gradient, ms")
    dress(right, "processes", "efficiency")
    highest = max(statistics.median(getattr(row, kind)) for row in result.rows for kind in KINDS)
    left.set_ylim(0.0, 1.3e3 * highest)
    right.set_ylim(0.0, 1.15)
    for ax in (left, right):
        ax.set_xticks(counts)
        ax.margins(x=0.2)
    legend(right, loc="lower left")
    left.figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.weak_scaling")
    parser.add_argument("--rounds", type=int, default=40, help="gradients, of which the median counts (40)")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the figure to FILE (needs matplotlib)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results to FILE as well")
    args = parser.parse_args()
    result = scaling(args.rounds)
    print(*result.lines(), sep="\n")
    if args.json:
        args.json.write_text(json.dumps(result.as_data(), indent=2) + "\n", encoding="utf-8")
    if args.plot:
        draw(result, args.plot)


if __name__ == "__main__":
    main()
