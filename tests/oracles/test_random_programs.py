"""Random programs of 5 to 60 instructions, run by compgraph, PyTorch and JAX: the same values, gradients and more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import compgraph as cg
from tests.oracles.agreement import adjoint_identity, against, against_jax, difference, finite_differences
from tests.oracles.drawing import SHAPES, random_program
from tests.oracles.engines import NUMPY, Answer, by_compgraph, by_torch, missing
from tests.oracles.fuzz import complaint, main, minimal
from tests.oracles.programs import Program, Step, evaluate, source_of

PARTS = 8
"""The programs are spread over so many tests, so that several cores can share them."""
IN_PYTORCH = 2000
IN_JAX = max(4 * settings().max_examples // 25 * 25, PARTS)
"""JAX compiles each program, which takes a second: 100 by the profile `quick`, 2000 by `deep`."""

PROGRAMS = st.tuples(
    st.lists(st.sampled_from(SHAPES), min_size=2, max_size=5), st.integers(5, 60), st.integers(0, 2**32 - 1)
)

needs_torch = pytest.mark.skipif(missing("torch") is not None, reason=missing("torch") or "")
needs_jax = pytest.mark.skipif(missing("jax") is not None, reason=missing("jax") or "")
in_parts = pytest.mark.parametrize("part", range(PARTS))


def examples(count: int) -> Any:
    """The programs of one part. A failing one is cut down as a program, not by hypothesis as random numbers."""
    return settings(
        max_examples=-(-count // PARTS), phases=[Phase.generate], suppress_health_check=list(HealthCheck), deadline=None
    )


def program_of(drawn: Any, part: int = 0) -> Program:
    shapes, length, seed = drawn
    return random_program(np.random.default_rng([part, seed]), tuple(shapes), length, NUMPY)


def holds(program: Program, *checks: Any) -> None:
    if what := complaint(program, checks):
        small = minimal(program, what, checks)
        pytest.fail(f"{complaint(small, checks)}\n{source_of(small)}", pytrace=False)


@needs_torch
@in_parts
@examples(IN_PYTORCH)
@given(drawn=PROGRAMS)
def test_pytorch_agrees(part: int, drawn: Any) -> None:
    """On values, gradients and second derivatives."""
    holds(program_of(drawn, part), against(by_torch, "PyTorch"))


@needs_jax
@in_parts
@examples(IN_JAX)
@given(drawn=PROGRAMS)
def test_jax_agrees(part: int, drawn: Any) -> None:
    """On values and gradients."""
    holds(program_of(drawn, part), against_jax)


@examples(25 * PARTS)
@given(drawn=PROGRAMS)
def test_forward_and_reverse_mode_agree(drawn: Any) -> None:
    holds(program_of(drawn), adjoint_identity, finite_differences)


def single(program: Program) -> Program:
    return program.with_inputs(lambda x: np.float32(x) if isinstance(x, float) else np.asarray(x, np.float32))


@needs_torch
@examples(25 * PARTS)
@given(drawn=PROGRAMS)
def test_single_precision_stays_single(drawn: Any) -> None:
    """All results and gradients of a float32 program are float32, and close to those in double precision."""
    program = program_of(drawn)
    ours, theirs = by_compgraph(single(program)), by_torch(single(program))
    double = by_compgraph(single(program).with_inputs(lambda x: np.asarray(x, float)))
    for kind in Answer._fields:
        for x, y, exact in zip(getattr(ours, kind), getattr(theirs, kind), getattr(double, kind), strict=True):
            assert x.dtype == y.dtype == np.float32
            assert exact.dtype == np.float64
    assert difference(ours, double, rounding=1e-2) == ""


def test_the_programs_are_broad() -> None:
    """Nearly every instruction there is occurs, results are used twice, and inputs are constants at times."""
    programs = [
        random_program(np.random.default_rng(i), ((), (3,), (2, 3), (3, 3)), 5 + i % 56, NUMPY) for i in range(200)
    ]
    assert len({step.name for program in programs for step in program.steps}) > 85
    assert {len(program.steps) for program in programs} == set(range(5, 61))
    assert any(not all(program.variable) for program in programs)
    assert all(
        any(sum(step.operands.count(i) for step in program.steps) > 1 for i in range(60)) for program in programs[50:]
    )
    for program in programs:
        assert all(np.all(np.isfinite(x)) for x in evaluate(program, NUMPY, program.inputs))


# --------------------------------------------------------------------------------------------- the checks look properly


@pytest.fixture
def wrong_arctan2(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that is a tenth of a thousandth off."""
    op = cg.OPS[np.arctan2]
    first, second = tuple(op.vjps)
    assert second is not None
    rules = (first, lambda *args, **params: 1.0001 * second(*args, **params))
    for name, value in (("vjps", rules), ("direct", rules)):
        monkeypatch.setattr(op, name, value)


def long_program() -> Program:
    """Sixty instructions one of which is an arctan2."""
    for seed in range(1000):
        program = random_program(np.random.default_rng(seed), ((2, 3), (3,), (2, 1)), 60, NUMPY)
        if [step.name for step in program.steps].count("arctan2") == 1 and not complaint(program, [adjoint_identity]):
            return program
    raise AssertionError("none drawn")


@pytest.mark.usefixtures("wrong_arctan2")
@needs_torch
def test_a_wrong_rule_is_found_and_cut_down() -> None:
    checks = (against(by_torch, "PyTorch"),)
    program = long_program()
    what = complaint(program, checks)
    assert "compgraph and PyTorch differ in gradients" in what
    assert [step.name for step in minimal(program, what, checks).steps] == ["arctan2"]


def test_an_exception_is_a_failure_and_is_cut_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(grad: Any, out: Any, x: Any) -> Any:
        raise ZeroDivisionError("broken")

    op = cg.OPS[np.tanh]
    monkeypatch.setattr(op, "vjps", (broken,))
    monkeypatch.setattr(op, "direct", (broken,))
    x = np.array([0.5, 0.25])
    steps = (Step("sin", (0,)), Step("tanh", (1,)), Step("add", (1, 2)), Step("cos", (3,)))
    program = Program((x,), (True,), steps)
    what = complaint(program, [adjoint_identity])
    assert what == "ZeroDivisionError in broken: broken"
    small = minimal(program, what, [adjoint_identity])
    assert [step.name for step in small.steps] == ["tanh"]
    assert len(small.inputs) == 1


def test_a_program_as_text_is_the_program() -> None:
    for seed in range(50):
        program = random_program(np.random.default_rng(seed), ((), (3,), (2, 3)), 30, NUMPY)
        again = eval(source_of(program), {"np": np, "Program": Program, "Step": Step})
        for x, y in zip(evaluate(program, NUMPY, program.inputs), evaluate(again, NUMPY, again.inputs), strict=True):
            np.testing.assert_array_equal(x, y)


def test_the_fuzzer_tells_how_it_went(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-n", "5", "--keep", str(tmp_path)]) == 0
    assert "5 programs of" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_the_fuzzer_keeps_what_fails(
    tmp_path: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(program: Program) -> str:
        return "wrong: a sum" if any(step.name == "sum" for step in program.steps) else ""

    monkeypatch.setattr("tests.oracles.fuzz.checks", lambda: (check,))
    assert main(["-n", "20", "--keep", str(tmp_path)]) == 1
    files = sorted(tmp_path.iterdir())
    assert files
    for path in files:
        kept: dict[str, Any] = {"__name__": "kept"}
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), kept)
        assert [step.name for step in kept["program"].steps] == ["sum"]
    assert f"{len(files)} failed" in capsys.readouterr().out


def test_the_fuzzer_can_be_stopped(
    tmp_path: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    done = iter([""] * 3)

    def check(program: Program) -> str:
        for found in done:
            return found
        raise KeyboardInterrupt

    monkeypatch.setattr("tests.oracles.fuzz.checks", lambda: (check,))
    assert main(["--keep", str(tmp_path)]) == 0
    assert "stopped" in (out := capsys.readouterr().out)
    assert "3 programs of" in out
