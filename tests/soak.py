"""Run for long under everything that may go wrong: `python -m tests.soak --minutes 10` or `make soak MINUTES=10`.

Round after round: a network is trained; eight threads take nested derivatives of all kinds; exceptions are raised at
random calls inside the functions that are differentiated and inside the derivative rules; and the main thread is
interrupted at random moments, as by Ctrl-C. Each value is compared bit by bit with the first of its kind, and that one
with a closed form. The cycle collector is off: between rounds no node may be left, and the memory has to stay flat.
"""

from __future__ import annotations

import argparse
import gc
import math
import os
import random
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import compgraph as cg
from tests.benchmarks.workloads import two_layer_network

Variable: Any = cg.Variable

THREADS = 8
LEAST_EXCEPTIONS = 10_000
BOUND = 8.0
"""How many MiB the process may grow by after the first fifth of the run."""


class InjectedError(Exception):
    """What goes wrong in somebody's function."""


KINDS = (InjectedError, ValueError, ZeroDivisionError, MemoryError, KeyboardInterrupt, RuntimeError)

fuse = threading.local()
"""How many calls of :func:`step`, and of its rule, go well in this thread before one raises, and what it raises."""


def burn() -> None:
    left = getattr(fuse, "left", math.inf)
    fuse.left = left - 1
    if left <= 0:
        fuse.left = math.inf
        raise fuse.kind("injected")


def _step_rule(grad: Any, out: Any, x: Any) -> Any:
    burn()
    return grad * 1.0


@cg.differentiable(_step_rule, domain=(-1, 1), name="step")
def step(x: Any) -> Any:
    """The same number: a place in a function, and in the reverse sweep over it, where an exception may be raised."""
    burn()
    return x * 1.0


# ------------------------------------------------------------------------------------------ what is computed, and right

RNG = np.random.default_rng(0)
X = RNG.uniform(0.5, 1.5, 6)
V = RNG.normal(size=6)
W = RNG.normal(size=(4, 6))
C = RNG.normal(size=4)
NETWORK = two_layer_network("soak", 2, 4, 1, 50, ())


def slopes_of_the_network() -> Any:
    nodes = [Variable(p) for p in NETWORK.parameters]
    step(NETWORK.program(np, nodes, NETWORK.data)).backward()
    return [node.grad for node in nodes]


def penalty() -> Any:
    x, w = Variable(X), Variable(V)
    (slope,) = cg.gradients(np.sum(step(w) * step(x) ** 2), [x], create_graph=True)
    return cg.gradients(step(np.sum(slope**2)), [w])[0]


def trained() -> Any:
    W1, W2, data = W.copy(), C.copy(), X
    for _ in range(30):
        slope1, slope2 = cg.grad(lambda a, b: step(np.sum((b @ np.tanh(step(a) @ data) - 1.0) ** 2)), (0, 1))(W1, W2)
        W1, W2 = W1 - 0.01 * slope1, W2 - 0.01 * slope2
    return [W1, W2]


def trained_by_hand() -> Any:
    W1, W2 = W.copy(), C.copy()
    for _ in range(30):
        A = np.tanh(W1 @ X)
        dZ2 = 2 * (W2 @ A - 1.0)
        W1, W2 = W1 - 0.01 * np.outer(dZ2 * W2 * (1 - A**2), X), W2 - 0.01 * dZ2 * A
    return [W1, W2]


def cubes(x: Any) -> Any:
    return np.sum(step(x) ** 3)


CASES: dict[str, tuple[Callable[[], Any], Any]] = {
    "grad of grad of grad": (lambda: cg.grad(cg.grad(cg.grad(lambda x: step(x) ** 5)))(1.5), 60 * 1.5**2),
    "a derivative inside another": (lambda: cg.grad(lambda x: x * cg.grad(lambda y: step(x * y))(2.0))(3.0), 6.0),
    "hessian": (lambda: cg.hessian(cubes)(X), np.diag(6 * X)),
    "hessian times vector": (lambda: cg.hessian_vector_product(cubes)(X, V), 6 * X * V),
    "jvp of grad": (lambda: cg.jvp(cg.grad(lambda x: np.sum(np.exp(step(x)))), [X], [V])[1], np.exp(X) * V),
    "grad of jvp": (lambda: cg.grad(lambda x: cg.jvp(cubes, [x], [V])[1])(X), 6 * X * V),
    "jacobian": (lambda: cg.jacobian(lambda x: step(x) ** 2)(X), np.diag(2 * X)),
    "jacobian, forward": (lambda: cg.jacobian(lambda x: np.tanh(W @ step(x)), mode="forward")(X), None),
    "vjp": (lambda: cg.vjp(lambda x: np.tanh(step(W @ x)), X)[1](C)[0], W.T @ ((1 - np.tanh(W @ X) ** 2) * C)),
    "penalty on a slope": (penalty, 8 * V * X**2),
    "network": (slopes_of_the_network, NETWORK.by_hand()[1:]),
    "training": (trained, trained_by_hand()),
}
CASES["jacobian, forward"] = (CASES["jacobian, forward"][0], (1 - np.tanh(W @ X) ** 2)[:, None] * W)


def bits(result: Any) -> bytes:
    return b"".join(np.asarray(part).tobytes() for part in (result if isinstance(result, list) else [result]))


def reference() -> dict[str, bytes]:
    """Every case once, quietly: close to its closed form, to 1e-11 of its size, and from now on right to the bit."""
    kept = {}
    for name, (compute, right) in CASES.items():
        result = compute()
        for found, expected in zip(
            result if isinstance(result, list) else [result], right if isinstance(right, (list, tuple)) else [right],
            strict=True,
        ):  # fmt: skip
            assert np.shape(found) == np.shape(expected), name
            error, scale = np.max(np.abs(found - expected)), np.max(np.abs(expected))
            assert error <= 1e-11 * (1 + scale), f"{name} is off by {error:.1e} from the closed form"
        kept[name] = bits(result)
    return kept


def grid(side: int = 1000) -> None:
    """A million nodes, each the sum of two neighbours of the row before; the ways through them are the binomials."""
    row = leaves = [Variable(1.0) for _ in range(side)]
    for _ in range(side):
        row = [left + right for left, right in zip(row, [*row[1:], row[0]], strict=True)]
    sum(row[1:], row[0]).backward()
    assert {x.grad for x in leaves} == {2.0**side}, "the grid's slopes by the sum"
    ways = [2.0, *[float(math.comb(side, j)) for j in range(1, side)]]
    np.testing.assert_allclose(cg.gradients(row[0], leaves), ways, rtol=1e-12)


# ----------------------------------------------------------------------------------------------------------- the rounds


@dataclass
class Tally:
    """What has happened so far; the threads of a round each have their own, added up at its end."""

    values: int = 0
    exceptions: int = 0
    interrupts: int = 0
    wrong: list[str] = field(default_factory=list)

    def __iadd__(self, other: Tally) -> Tally:
        self.values += other.values
        self.exceptions += other.exceptions
        self.interrupts += other.interrupts
        self.wrong += other.wrong
        return self

    def check(self, name: str, right: dict[str, bytes]) -> None:
        self.values += 1
        if bits(CASES[name][0]()) != right[name]:
            self.wrong.append(name)


def with_exceptions(rng: random.Random, right: dict[str, bytes], tally: Tally, times: int) -> None:
    """Start a case that is going to fail somewhere; then see that it, and another, come out as ever."""
    names = list(CASES)
    for _ in range(times):
        name = rng.choice(names)
        fuse.kind, fuse.left = rng.choice(KINDS), rng.choice((0, 1, 1, 2, 2, 3, 5, 8, 20))
        try:
            tally.check(name, right)
        except (*KINDS, cg.CompgraphError) as error:  # what an op of one's own raises may be reported as a misfit
            if "injected" not in str(error):
                raise
            tally.exceptions += 1
        fuse.left = math.inf
        tally.check(name, right)
        tally.check(rng.choice(names), right)


def with_interrupts(rng: random.Random, right: dict[str, bytes], tally: Tally, times: int) -> None:
    """In the main thread: KeyboardInterrupt between any two steps of the interpreter, as the timer will have it."""
    names = list(CASES)
    x = Variable(X)
    J = np.sum(np.tanh(x) * V)
    J.backward()
    slope = x.grad
    state = np.geterr()
    for _ in range(times):
        try:
            try:
                signal.setitimer(signal.ITIMER_REAL, rng.uniform(1e-5, 2e-3))
                for _ in range(20):
                    tally.check(rng.choice(names), right)
                    J.backward()
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        except KeyboardInterrupt:
            tally.interrupts += 1
        if np.geterr() != state:
            tally.wrong.append(f"an interrupt left NumPy's error state at {np.geterr()}")
            np.seterr(**state)
        if not np.array_equal(x.grad, slope):
            tally.wrong.append("an interrupt changed a gradient")


def in_threads(seed: int, right: dict[str, bytes], times: int) -> Tally:
    tallies = [Tally() for _ in range(THREADS)]

    def work(k: int) -> None:
        try:
            with_exceptions(random.Random(seed * THREADS + k), right, tallies[k], times)
        except BaseException as error:
            tallies[k].wrong.append(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=work, args=(k,)) for k in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = Tally()
    for tally in tallies:
        total += tally
    return total


def megabytes() -> float:
    """The memory of this process: what is resident now where the system tells it, else the most that ever was."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def nodes_alive() -> int:
    return sum(type(thing) is cg.Node for thing in gc.get_objects())


@contextmanager
def conditions() -> Iterator[None]:
    """No collector, threads that alternate a hundred times as often as usual, and a timer that interrupts."""

    def interrupt(number: int, frame: Any) -> None:
        raise KeyboardInterrupt("injected")

    interval = sys.getswitchinterval()
    before = signal.signal(signal.SIGALRM, interrupt)
    gc.collect()
    gc.disable()
    sys.setswitchinterval(5e-5)
    try:
        yield
    finally:
        sys.setswitchinterval(interval)
        gc.enable()
        signal.signal(signal.SIGALRM, before)


def soak(minutes: float) -> int:
    right = reference()
    tally = Tally()
    rng = random.Random(0)
    start = time.monotonic()
    settled: float | None = None
    rounds = 0
    with conditions():
        grid()
        alive = nodes_alive()
        while True:
            rounds += 1
            tally += in_threads(rounds, right, times=100)
            with_interrupts(rng, right, tally, times=100)
            passed = time.monotonic() - start
            if left := nodes_alive() - alive:
                tally.wrong.append(f"{left} nodes are left after round {rounds}")
            if settled is None and passed > 12 * minutes and rounds >= 3:
                settled, blocks = megabytes(), sys.getallocatedblocks()
            print(
                f"\r{passed / 60:5.1f} min  {rounds} rounds  {tally.values:,} values  {tally.exceptions:,} exceptions  "
                f"{tally.interrupts:,} interrupts  {megabytes():.1f} MiB  {len(tally.wrong)} wrong ",
                end="",
                flush=True,
            )
            enough = passed > 60 * minutes and tally.exceptions >= LEAST_EXCEPTIONS and settled is not None
            if enough or len(tally.wrong) > 20:
                break
    print()
    if settled is not None:
        growth, objects = megabytes() - settled, sys.getallocatedblocks() - blocks
        print(
            f"memory: {settled:.1f} MiB after the first fifth, {settled + growth:.1f} MiB at the end: "
            f"{growth:+.1f} MiB ({BOUND:g} allowed), {objects:+,} objects"
        )
        if growth > BOUND:
            tally.wrong.append(f"the process grew by {growth:.1f} MiB")
    for complaint in dict.fromkeys(tally.wrong):
        print("WRONG", complaint)
    return 1 if tally.wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0, help="how long, at the least (10)")
    args = parser.parse_args()
    return soak(args.minutes)


if __name__ == "__main__":
    sys.exit(main())
