"""Constants are read by the names they have, and the remedy does what it says."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from compgraph.check.diagnosis.constants import lengths_of, readings, recognise
from compgraph.check.problem import Problem
from compgraph.check.scene import Scene

NAMES = {"m": 7, "n_h": 5, "lam": 0.3, "alpha": 11.0}
X = np.ones((13, 17))


def scene() -> Scene:
    def cost(w, X):
        m, n_h, lam, alpha = 7, 5, 0.3, 11.0
        return np.sum(w * X) * (m * n_h * lam * alpha)

    problem = Problem(cost, [1.0], {"w": np.ones((13, 1))}, data={"X": X})
    return Scene(problem, problem.parameters)


SCENE = scene()
SPACE: dict[str, Any] = {**NAMES, "X": X, "w": np.ones((13, 1)), "sqrt": math.sqrt}


def remedied(ratio: float, remedy: str) -> float:
    """What is left of a factor after doing what the remedy says."""
    if remedy == "change the sign":
        return -ratio
    match = re.fullmatch(r"(divide|multiply) by (.+?)( and change the sign)?", remedy)
    assert match, remedy
    number = eval(match[2], dict(SPACE))
    left = ratio / number if match[1] == "divide" else ratio * number
    return -left if match[3] else left


@given(name=st.sampled_from(sorted(NAMES)), inverse=st.booleans(), sign=st.sampled_from([1, -1]))
def test_a_named_number_is_recognised_by_its_name(name, inverse, sign):
    ratio = sign * (1 / NAMES[name] if inverse else NAMES[name])
    found = recognise(SCENE, ratio)
    assert found is not None
    assert found.far <= 0.1
    assert re.search(rf"(?<!\w){name}(?!\w)", found.remedy)
    assert found.remedy.startswith("multiply by" if inverse else "divide by")
    assert found.remedy.endswith("and change the sign") == (sign < 0)
    assert found.value == ratio
    assert math.isclose(remedied(ratio, found.remedy), 1)
    if not inverse:
        assert found.times == f"{'-' if sign < 0 else ''}{name} = {ratio:.6g}"


@given(reading=st.sampled_from(readings(SCENE)))
def test_every_reading_has_a_remedy_that_undoes_it(reading):
    _, value, _ = reading
    found = recognise(SCENE, value)
    if value == 1:
        assert found is None
        return
    assert found is not None
    assert math.isclose(found.value, value, rel_tol=1e-7)
    assert math.isclose(remedied(value, found.remedy), 1, rel_tol=1e-5)
    shown = found.times.partition(" = ")[0]
    assert math.isclose(eval(shown, dict(SPACE)), value, rel_tol=1e-5)


@given(up=st.integers(-100, 100), down=st.integers(1, 20))
def test_small_fractions_are_recognised(up, down):
    assume(up not in (0, down))
    found = recognise(SCENE, up / down)
    assert found is not None
    assert math.isclose(remedied(up / down, found.remedy), 1, rel_tol=1e-5)


@pytest.mark.parametrize("ratio", [1.0, 0.0, math.nan, math.inf, -math.inf, 1.2345678, math.pi, 1e300, 1e-300])
def test_what_is_no_constant_of_anything_is_none(ratio):
    assert recognise(SCENE, ratio) is None


@given(ratio=st.floats())
def test_whatever_is_recognised_is_the_number(ratio):
    found = recognise(SCENE, ratio)
    if found is not None:
        assert math.isclose(found.value, ratio, rel_tol=1e-6)
        assert math.isclose(remedied(ratio, found.remedy), 1, rel_tol=1e-5)


def remedy_of(ratio: float) -> str:
    found = recognise(SCENE, ratio)
    assert found is not None
    return found.remedy


def test_lengths_of_axes_are_named_after_the_array():
    assert dict(lengths_of(SCENE)) == {"X.shape[0]": 13.0, "X.shape[1]": 17.0}
    assert remedy_of(17.0) == "divide by X.shape[1]"
    assert remedy_of(1 / 13) == "multiply by X.shape[0]"


def test_the_plainest_reading_comes_first():
    assert remedy_of(-1.0) == "change the sign"
    assert remedy_of(2.0) == "divide by 2"
    assert remedy_of(0.5) == "multiply by 2"
    assert remedy_of(14.0) == "divide by (2 * m)"
    assert remedy_of(49.0) == "divide by (m**2)"
    assert remedy_of(6.0) == "divide by (m - 1)"
