"""Whether two answers to one program are the same up to rounding, and what else holds of compgraph's own."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import compgraph as cg
from tests.oracles.engines import NUMPY, Answer, Engine, by_compgraph, by_jax
from tests.oracles.programs import Program, outputs, weights

__all__ = ["adjoint_identity", "against", "against_jax", "difference", "finite_differences"]

ROUNDING = 1e-9
"""Of the largest entry. Where engines agree they differ by less than a thousandth of that."""
FLOOR = 1e-11
"""Of the largest entry of all arrays: what is left where an array cancels to nothing."""
STEP = 1e-3

Check = Callable[[Program], str]
"""Says what is wrong with a program, or nothing."""


def difference(found: Answer, expected: Answer, rounding: float = ROUNDING) -> str:
    """The first place where two answers differ, in words; empty where they agree."""
    for kind in Answer._fields:
        ours, theirs = getattr(found, kind), getattr(expected, kind)
        if len(ours) != len(theirs):
            return f"{kind}: {len(ours)} and {len(theirs)} of them"
        largest = max((float(np.max(np.abs(x), initial=0.0)) for x in theirs), default=0.0)
        for i, (x, y) in enumerate(zip(ours, theirs, strict=True)):
            if np.shape(x) != np.shape(y):
                return f"{kind} {i}: shapes {np.shape(x)} and {np.shape(y)}"
            allowed = rounding * (np.max(np.abs(y), initial=0.0) + FLOOR / ROUNDING * max(largest, 1.0))
            if not np.all(np.abs(np.subtract(x, y)) <= allowed):
                return f"{kind} {i}: {np.array(x).tolist()} and {np.array(y).tolist()}"
    return ""


def against(engine: Engine, name: str, second: bool = True) -> Check:
    """The check that an engine gives the same results, gradients and second derivatives."""

    def check(program: Program) -> str:
        found = difference(by_compgraph(program, second), engine(program, second))
        return f"compgraph and {name} differ in {found}" if found else ""

    return check


def against_jax(program: Program) -> str:
    """The check that JAX gives the same: compiled, or else one operation after the other."""
    ours = by_compgraph(program, second=False)
    if not difference(ours, by_jax(program, second=False)):
        return ""
    found = difference(ours, by_jax(program, second=False, compiled=False))
    return f"compgraph and JAX differ in {found}" if found else ""


def adjoint_identity(program: Program) -> str:
    """⟨v, J u⟩ = ⟨Jᵀ v, u⟩ for a direction u of the variables and a cotangent v of the results."""

    def f(*variables: Any) -> tuple[Any, ...]:
        inputs = list(program.inputs)
        for i, x in zip(program.variables, variables, strict=True):
            inputs[i] = x
        return outputs(program, NUMPY, inputs)

    primals = [program.inputs[i] for i in program.variables]
    u = [weights(np.shape(x), 2000 + i) for i, x in enumerate(primals)]
    results, pushed = cg.jvp(f, primals, u)
    v = tuple([weights(np.shape(r), 3000 + i) for i, r in enumerate(results)])
    again, pull = cg.vjp(f, *primals)
    forward = [np.sum(a * b) for a, b in zip(v, pushed, strict=True)]
    backward = [np.sum(a * b) for a, b in zip(pull(v), u, strict=True)]
    size = 1.0 + np.sum(np.abs(forward)) + np.sum(np.abs(backward))
    if any(not np.array_equal(a, b) for a, b in zip(results, again, strict=True)):
        return "jvp and vjp give different values"
    if not abs(sum(forward) - sum(backward)) <= ROUNDING * size:
        return f"the adjoint identity fails: ⟨v, Ju⟩ = {sum(forward)}, ⟨Jᵀv, u⟩ = {sum(backward)}"
    return ""


def finite_differences(program: Program) -> str:
    """The gradients along one direction against the slope of the results, measured over four steps."""
    answer = by_compgraph(program, second=False)
    primals = [np.asarray(program.inputs[i]) for i in program.variables]
    direction = [weights(x.shape, 4000 + i) for i, x in enumerate(primals)]

    def total(t: float) -> Any:
        inputs = list(program.inputs)
        for i, x, d in zip(program.variables, primals, direction, strict=True):
            inputs[i] = x + t * d
        return sum(np.sum(weights(np.shape(r), i) * r) for i, r in enumerate(outputs(program, NUMPY, inputs)))

    with warnings.catch_warnings():  # a step may leave the domain of a logarithm
        warnings.simplefilter("ignore")
        slopes = [
            (4 * (total(h / 2) - total(-h / 2)) / h - (total(h) - total(-h)) / (2 * h)) / 3
            for h in (STEP, STEP / 10, STEP / 100)
        ]
    found = sum(np.sum(g * d) for g, d in zip(answer.gradients, direction, strict=True))
    size = 1.0 + sum(np.sum(np.abs(g * d)) for g, d in zip(answer.gradients, direction, strict=True))
    if np.all(np.isfinite(slopes)) and np.ptp(slopes) <= 1e-4 * size and not abs(found - slopes[1]) <= 1e-3 * size:
        return f"the gradients give the slope {found}, finite differences {slopes}"
    return ""
