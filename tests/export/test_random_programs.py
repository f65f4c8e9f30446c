"""Random programs of 5 to 25 instructions, their results and gradients, in JAX and in onnxruntime."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

import compgraph as cg
from compgraph.errors import TracingError
from compgraph.export.to_jax import to_jax
from compgraph.export.to_onnx import to_onnx
from compgraph.nested import flatten
from tests.oracles.agreement import difference
from tests.oracles.drawing import SHAPES, random_program
from tests.oracles.engines import NUMPY, Answer, by_compgraph
from tests.oracles.programs import Program, outputs, source_of, weights

PROGRAMS = st.tuples(
    st.lists(st.sampled_from(SHAPES), min_size=2, max_size=4), st.integers(5, 25), st.integers(0, 2**32 - 1)
)

some = settings(
    max_examples=settings().max_examples,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    deadline=None,
)


def derived(program: Program) -> Callable[..., Any]:
    """The function of the program's variables that returns the results and the gradients of a sum of their entries."""

    def results(*variables: Any) -> Any:
        given = list(program.inputs)
        for i, x in zip(program.variables, variables, strict=True):
            given[i] = x
        return outputs(program, NUMPY, given)

    def cost(*variables: Any) -> Any:
        found = results(*variables)
        return sum(np.sum(np.asarray(weights(np.shape(x), i), x.dtype) * x) for i, x in enumerate(found))

    slopes = cg.grad(cost, tuple(range(len(program.variables))))
    return lambda *variables: (tuple(results(*variables)), slopes(*variables))


def holds(program: Program, *ways: Callable[[Callable[..., Any], tuple[Any, ...]], list[Any]]) -> None:
    """Fail unless what is run, in one way or another, agrees with what compgraph computes at once."""
    expected = by_compgraph(program, second=False)
    args = tuple([np.asarray(program.inputs[i]) for i in program.variables])
    count = len(expected.results)
    what = ""
    for run in ways:
        try:
            found = run(derived(program), args)
        except TracingError:
            assume(False)  # something that has no counterpart: what that is, is listed beside the tests of every op
        what = difference(Answer(tuple(found[:count]), tuple(found[count:]), ()), expected)
        if not what:
            return
    pytest.fail(f"{what}\n{source_of(program)}", pytrace=False)


def drawn(what: Any) -> Program:
    shapes, length, seed = what
    return random_program(np.random.default_rng(seed), tuple(shapes), length, NUMPY)


@some
@given(what=PROGRAMS)
def test_in_jax(what: Any) -> None:
    """Compiled by XLA, which is wrong about a program in some hundreds, or else one operation after the other."""
    jax = pytest.importorskip("jax", reason="JAX is an extra")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        compiled = lambda f, args: flatten(jax.jit(to_jax(f))(*args))[0]  # noqa: E731
        holds(drawn(what), compiled, lambda f, args: flatten(to_jax(f)(*args))[0])
    finally:
        jax.config.update("jax_enable_x64", before)


@some
@given(what=PROGRAMS)
def test_in_onnxruntime(what: Any, tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="onnx is an extra")
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime runs what was written; the package needs it not")

    def run(f: Callable[..., Any], args: tuple[Any, ...]) -> list[Any]:
        session = runtime.InferenceSession(to_onnx(f, tmp_path / "f.onnx", *args), providers=["CPUExecutionProvider"])
        names = [each.name for each in session.get_inputs()]
        results: list[Any] = session.run(None, dict(zip(names, args, strict=True)))
        return results

    holds(drawn(what), run)
