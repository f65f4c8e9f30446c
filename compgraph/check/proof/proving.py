"""The proof that a hand-derived gradient and the engine's are the same function, not only equal at one place.

Both are run on numbers modulo the prime 2^61 - 1, with random ones in the place of the parameters and of each value of
exp, log and the like. Two rational functions that are not the same agree there with a probability that is computed
(Schwartz 1980, Zippel 1979); of compilers that check their rewriting so, see Wu et al., "Mirage", OSDI 2025.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from compgraph.check.compare import compare
from compgraph.check.problem import Data, Parameters, Problem, copy
from compgraph.check.proof.array import ExactArray
from compgraph.check.proof.draw import Draw
from compgraph.check.proof.field import PRIME
from compgraph.check.proof.rehearsal import derive
from compgraph.check.proof.replay import exact_gradients
from compgraph.check.proof.residue import Residue, UndecidedError, ZeroDenominatorError
from compgraph.check.proof.result import DIFFERENT, NOT_PROVED, TOO_WEAK, Proof, ProofRow
from compgraph.errors import CompgraphError, GradientError, ShapeError
from compgraph.node import Node, Variable
from compgraph.tape import Tape

__all__ = ["proved"]

ATTEMPTS = 24
"""So many times random numbers are drawn again, where a denominator is 0 or a comparison undecided."""

NUDGE = 1e-3
"""How far, relatively, the parameters are moved off a place where a comparison is undecided."""

ENOUGH = 1e-9
"""A chance of error below this is called a proof."""

MOST = 6
"""So many times the random numbers are chosen at most, where the chance of error is not below that after fewer."""

AGREE = 1e-6
"""Numbers that differ by less, relatively to the largest, agree."""


def proved(
    cost: Callable[..., Any],
    manual: Callable[..., Any],
    like: Parameters,
    wrt: Sequence[str] | None,
    data: Data,
    repetitions: int,
    seed: int | None,
) -> Proof:
    """Prove that a hand-derived gradient is the gradient of a cost: see :func:`compgraph.prove`."""
    if not callable(manual):
        raise GradientError(
            "a proof is of formulas: give the function that computes the gradients, not their values; "
            "compgraph.compare takes values"
        )
    if repetitions < 1:
        raise GradientError(f"repetitions={repetitions}: the random numbers have to be chosen once at least")
    problem = Problem(cost, manual, like, wrt, data)
    floats = problem.given(problem.call(manual, [copy(p) for p in problem.parameters]))
    shapes = {name: np.shape(value) for name, value in zip(problem.names, problem.parameters, strict=True)}
    rows = {name: ProofRow(f"d{name}", shapes[name]) for name in problem.chosen}
    for name, row in rows.items():
        if np.shape(floats[name]) != row.shape:
            row.verdict, row.remark = DIFFERENT, f"has shape {np.shape(floats[name])}"
    nudges = np.random.default_rng(seed)
    decided = moved = False
    times = 0
    with _without_collector():
        while times < repetitions or (
            times < MOST and any(row.proved and row.chance > ENOUGH for row in rows.values())
        ):
            found, away = _run(problem, None if seed is None else seed + 1000 * times, nudges)
            decided, moved = decided or found.decided, moved or away
            times += 1
            for name, row in rows.items():
                if row.proved:
                    found.judge(row, name)
    for row in rows.values():
        if row.proved and row.chance > ENOUGH:
            row.verdict = TOO_WEAK
    if any(row.verdict == NOT_PROVED for row in rows.values()):
        _call_different(cost, manual, like, wrt, data, rows)
    return Proof(list(rows.values()), times, _notes(decided, moved))


@contextlib.contextmanager
def _without_collector() -> Iterator[None]:
    """Residues refer to their operands and never in a circle: looking for circles among so many takes half the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


class _Run:
    """Both gradients for one choice of the random numbers."""

    def __init__(self, problem: Problem, parameters: Sequence[Any], seed: int | None) -> None:
        self.draw = Draw(seed)
        leaves = [Variable(value, name) for name, value in zip(problem.names, parameters, strict=True)]
        output = problem.call(problem.cost, leaves)
        if not isinstance(output, Node) or output.shape:
            shape = np.shape(output)
            raise GradientError(
                f"the cost has shape {shape}, not that of a single number: use np.sum or np.mean"
                if shape
                else "the cost does not depend on any of its parameters"
            )
        exact = [_exact(leaf, self.draw) for leaf in leaves]
        gradients = exact_gradients(output, leaves, exact, self.draw.constant(1))
        self.automatic = dict(zip(problem.names, gradients, strict=True))
        self.manual = derive(problem, [x.copy() if isinstance(x, np.ndarray) else x for x in exact])
        self.decided = self.draw.decisions > 0 or any(_chooses(node) for node in Tape(output))
        self.attempts = 1

    def judge(self, row: ProofRow, name: str) -> None:
        """Take back that a row is proved, or note what chance there was of it."""
        automatic = np.broadcast_to(np.asarray(self.automatic[name], object), row.shape)
        manual = np.asarray(self.manual[name], object)
        if manual.shape != row.shape:
            raise ShapeError(
                f"the hand-derived {row.name} has shape {manual.shape} only when it is run on exact numbers"
            )
        shadows = []
        for where in np.ndindex(row.shape):
            a, m = self._lifted(automatic[where]), self._lifted(manual[where])
            if a is None or m is None or (a.exact - m.exact) % PRIME != 0:
                row.verdict = NOT_PROVED
                row.where = where
                if a is not None and m is not None:
                    row.remark = f"{a.shadow:.5g} and {m.shadow:.5g}"
                return
            row.degree = max(row.degree, a.top + m.bottom, m.top + a.bottom)
            shadows.append((a.shadow, m.shadow))
        if self.draw.roots and not _agree(shadows):  # a root of a square was taken with the other sign
            row.verdict = NOT_PROVED
            return
        row.chance *= min(1.0, self.attempts * self.draw.chance(row.degree))

    def _lifted(self, x: Any) -> Residue | None:
        if isinstance(x, Residue):
            return x
        return self.draw.constant(x) if np.isfinite(x) else None


def _run(problem: Problem, seed: int | None, nudges: np.random.Generator) -> tuple[_Run, bool]:
    """Both gradients for random numbers for which all is defined; and whether the parameters had to be moved."""
    parameters, moved = problem.parameters, False
    undecided = False
    for attempt in range(ATTEMPTS):
        try:
            run = _Run(problem, parameters, None if seed is None else seed + attempt)
        except ZeroDenominatorError:
            undecided = False
        except UndecidedError:
            undecided = moved = True
            parameters = [_nudged(p, nudges) for p in problem.parameters]
        else:
            run.attempts = attempt + 1
            return run, moved
    raise GradientError(
        "a comparison, a logarithm or a root is undecided at these parameters and near them: two sides of a "
        "comparison are too close to each other, or a number is outside the function's domain; choose others, like="
        if undecided
        else "a denominator is 0 whatever the parameters are, or a root of roots is none in any of the draws"
    )


def _nudged(x: Any, rng: np.random.Generator) -> Any:
    x = np.asarray(x, np.float64)
    scale = float(np.max(np.abs(x), initial=0.0)) or 1.0
    moved = x + NUDGE * scale * rng.standard_normal(x.shape)
    return moved if x.shape else float(moved)


def _exact(leaf: Node, draw: Draw) -> Any:
    if not leaf.shape:
        return draw.parameters([leaf.value])[0]
    array = np.empty(leaf.value.size, object)
    array[:] = draw.parameters(leaf.value.ravel())
    return array.reshape(leaf.shape).view(ExactArray)


def _chooses(node: Node) -> bool:
    """Whether a node depends on what may be a choice made as the cost was run: a mask, or places looked up."""
    index = node.params.get("index")
    places = [x for x in (index if isinstance(index, tuple) else (index,)) if isinstance(x, np.ndarray)]
    masks = [x for x in node.inputs if isinstance(x, (np.ndarray, np.bool_)) and x.dtype == bool]
    return bool(places or masks)


def _agree(pairs: Sequence[tuple[float, float]]) -> bool:
    a, m = np.array(pairs, float).reshape(-1, 2).T
    known = np.isfinite(a) & np.isfinite(m)
    size = float(np.max(np.abs(a[known]), initial=0.0))
    return bool(np.all(np.abs(a[known] - m[known]) <= AGREE * size))


def _call_different(
    cost: Callable[..., Any],
    manual: Callable[..., Any],
    like: Parameters,
    wrt: Sequence[str] | None,
    data: Data,
    rows: dict[str, ProofRow],
) -> None:
    """Of the rows that are not proved those are different where the numbers are, by more than rounding explains."""
    try:
        compared = compare(cost, manual, like, wrt=wrt, data=data)
    except CompgraphError:
        return
    verdicts = {row.name: row.verdict for row in compared.rows}
    for row in rows.values():
        if row.verdict == NOT_PROVED:
            if verdicts.get(row.name) == "wrong":
                row.verdict = DIFFERENT
            else:
                row.remark = ""


def _notes(decided: bool, moved: bool) -> list[str]:
    notes = []
    if decided:
        notes.append("where every comparison (of max, abs, relu, where, ...) comes out as at these parameters")
    if moved:
        notes.append("these parameters lie on a kink or a tie; what is said holds beside it")
    return notes
