"""The corpus: every slip is found where it is and explained as what it is, and no right formula is ever accused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import compgraph as cg
from compgraph.check.explanation import KINDS
from tests.slips.corpus import RIGHT, SLIPS
from tests.slips.examine import examine
from tests.slips.problems import PROBLEMS

SEEDS = st.integers(0, 2**32)
DTYPES = st.sampled_from([np.float64, np.float32])
FEWER = settings(max_examples=10 if settings().max_examples < 100 else settings().max_examples)
"""For tests that are run on each of many formulas: test_no_false_accusation.py draws more, and at more scales."""
DIAGNOSED = [slip for slip in SLIPS if not slip.missed]


def assert_not_accused(problem, manual, seed, dtype):
    at, data = problem.draw(np.random.default_rng(seed), dtype)
    with np.errstate(all="ignore"):
        found = cg.compare(problem.cost, manual, at=at, data=data)
    assert found.ok, f"\n{found}"
    assert not [row.name for row in found if row.explanations], f"\n{found}"
    return found


@pytest.mark.parametrize("name", PROBLEMS)
@FEWER
@given(seed=SEEDS, dtype=DTYPES)
def test_a_right_formula_is_not_accused(name, seed, dtype):
    problem = PROBLEMS[name]
    found = assert_not_accused(problem, problem.written(steps=problem.steps), seed, dtype)
    assert set(problem.steps) < {row.name for row in found}


@pytest.mark.parametrize(("name", "was", "instead"), RIGHT, ids=[instead for _, _, instead in RIGHT])
@FEWER
@given(seed=SEEDS, dtype=DTYPES)
def test_a_right_line_that_looks_like_a_slip_is_not_accused(name, was, instead, seed, dtype):
    problem = PROBLEMS[name]
    assert_not_accused(problem, problem.written(was, instead, problem.steps), seed, dtype)


@pytest.mark.parametrize("name", [name for name, problem in PROBLEMS.items() if problem.in_notes])
@FEWER
@given(seed=SEEDS, dtype=DTYPES)
def test_the_steps_of_the_notes_are_a_convention(name, seed, dtype):
    problem = PROBLEMS[name]
    at, data = problem.draw(np.random.default_rng(seed), dtype)
    found = cg.compare(problem.cost, problem.written(steps=problem.in_notes), at=at, data=data)
    assert found.ok, f"\n{found}"
    said = {row.name: [explanation.kind for explanation in row.explanations] for row in found if row.explanations}
    assert said == {name: ["convention"] for name in problem.in_notes}


@pytest.mark.parametrize("slip", SLIPS, ids=str)
def test_a_slip_is_found_where_it_is_and_explained(slip):
    outcome = examine(slip)
    found = outcome.found
    assert {row.name for row in found if row.verdict == "wrong"} == set(slip.wrong.split()), f"\n{found}"
    assert all(row.is_right for row in found if row.verdict != "wrong"), f"\n{found}"
    if slip.steps and slip.wrong:
        assert_the_first_wrong_step_is_marked(slip, found)
    if slip.missed:
        assert not outcome.is_diagnosed, "diagnosed by now: take it off the list of those that are missed"
    else:
        assert outcome.is_diagnosed, f"expected {slip.kinds}, saying {slip.says!r}\n{outcome.row.explanations}"
        assert outcome.mends, outcome.first


def assert_the_first_wrong_step_is_marked(slip, found):
    first, *others = slip.wrong.split()
    expected = {first: "slip", **dict.fromkeys(others, "inherited")}
    assert {row.name: row.step for row in found if row.step} == expected, f"\n{found}"


@given(slip=st.sampled_from(SLIPS), seed=SEEDS, dtype=DTYPES)
def test_a_slip_is_found_anywhere(slip, seed, dtype):
    outcome = examine(slip, seed, dtype)
    assert not slip.wrong or outcome.row.verdict == "wrong", f"\n{outcome.found}"


def test_the_corpus_is_large_and_of_every_kind():
    assert len(SLIPS) >= 60
    assert len({str(slip) for slip in SLIPS}) == len(SLIPS)
    of_two_variables = {"exchanged", "independent"}  # hardly a slip of one line
    for kind in KINDS.keys() - of_two_variables:
        assert sum(kind in slip.kinds for slip in SLIPS) >= 2, kind
    assert {kind for slip in SLIPS for kind in slip.kinds} <= KINDS.keys()
    assert {slip.problem for slip in SLIPS} == set(PROBLEMS)


def test_at_least_95_percent_are_diagnosed():
    assert len(DIAGNOSED) >= 0.95 * len(SLIPS)
