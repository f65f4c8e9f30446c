"""One workload through every engine: each answer is checked against the hand-derived one before its time counts."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from tests.benchmarks.engines import CannotRunError, Engine
from tests.benchmarks.timing import Lane, interleaved
from tests.benchmarks.workloads import BY_HAND, Answer, Workload

__all__ = ["difference", "race"]

# Of the largest entry of each derivative: the longest chain rounds 10,000 times, the error stays far below this.
TOLERANCE = 1e-9


def difference(answer: Answer, expected: Answer) -> str:
    """In what an answer differs from the expected one, however it is nested; empty where it does not."""
    answer = flat(answer)
    if len(answer) != len(expected):
        return f"{len(answer)} results for {len(expected)}"
    for position, (got, want) in enumerate(zip(map(np.asarray, answer), map(np.asarray, expected), strict=True)):
        what = f"derivative {position}" if position else "the value"
        if got.shape != want.shape:
            return f"{what} has shape {got.shape}, not {want.shape}"
        error, scale = np.max(np.abs(got - want)), np.max(np.abs(want))
        if not error <= TOLERANCE * scale:
            return f"{what} is off by {error:.1e}, its largest entry is {scale:.1e}"
    return ""


def flat(answer: Any) -> Answer:
    """The leaves of nested tuples, in order.

    >>> flat((1.0, (2.0, (3.0,))))
    (1.0, 2.0, 3.0)
    """
    return tuple(leaf for part in answer for leaf in flat(part)) if isinstance(answer, tuple) else (answer,)


def race(workload: Workload, engines: Mapping[str, Engine], rounds: int) -> list[Lane]:
    """Time `engines` and the hand-written program side by side; the fastest comes first, those without a time last."""
    expected = workload.by_hand()
    steps = {BY_HAND: workload.by_hand}
    unplaced = []
    for name, engine in engines.items():
        try:
            step = engine(workload)
            wrong = difference(step(), expected)
        except CannotRunError as reason:
            unplaced.append(Lane(name, None, str(reason)))
        except Exception as error:  # a peer may fail in any way; the race goes on and says so
            unplaced.append(Lane(name, None, f"failed: {type(error).__name__}: {error}", broken=True))
        else:
            if wrong:
                unplaced.append(Lane(name, None, f"wrong: {wrong}", broken=True))
            else:
                steps[name] = step
    timings = interleaved(steps, rounds)
    placed = sorted(timings.items(), key=lambda item: item[1].median)
    return [Lane(name, timing) for name, timing in placed] + unplaced
