"""The first wrong step: a slip is where a step does not follow, what comes after it follows and is wrong by it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.check.problem import Problem
from compgraph.check.scene import Scene
from compgraph.check.wrong_step import close, find_wrong_steps, order_of_the_pass

SEEDS = st.integers(0, 2**32)
STEPS = ("A3", "Z3", "A2", "Z2", "A1", "Z1")
FOLLOWS = {"Z3": "W3 b3", "Z2": "W2 b2", "Z1": "W1 b1"}
"""The parameters' gradients that come from a step directly."""


class Chain:
    """A network of three layers whose backward pass goes wrong at chosen steps."""

    def __init__(self, seed: int, wrong: tuple[str, ...], m: int = 6, *, notes: bool = False) -> None:
        rng = np.random.default_rng(seed)
        sizes = (3, 4, 2, 3)
        self.at: dict[str, Any] = {}
        for layer in (1, 2, 3):
            self.at[f"W{layer}"] = rng.normal(size=(sizes[layer], sizes[layer - 1]))
            self.at[f"b{layer}"] = rng.normal(size=(sizes[layer], 1))
        self.X, self.Y, self.m = rng.normal(size=(3, m)), rng.normal(size=(3, m)), m
        self.wrong, self.notes = wrong, notes

    def cost(self, **at: Any) -> Any:
        A = self.X
        for layer in (1, 2, 3):
            Z = at[f"W{layer}"] @ A + at[f"b{layer}"]
            A = np.tanh(Z)
            if layer == 1:
                Z1, A1 = Z, A  # noqa: F841
            elif layer == 2:
                Z2, A2 = Z, A  # noqa: F841
            else:
                Z3, A3 = Z, A  # noqa: F841
        return np.sum((A - self.Y) ** 2) / self.m

    def manual(self, **at: Any) -> dict[str, Any]:
        A = {0: self.X}
        for layer in (1, 2, 3):
            A[layer] = np.tanh(at[f"W{layer}"] @ A[layer - 1] + at[f"b{layer}"])
        early, late = (1, self.m) if self.notes else (self.m, 1)
        d = {"A3": 2 * (A[3] - self.Y) / early}
        for layer in (3, 2, 1):
            self._slip(d, f"A{layer}")
            d[f"Z{layer}"] = d[f"A{layer}"] * (1 - A[layer] ** 2)
            self._slip(d, f"Z{layer}")
            d[f"W{layer}"] = d[f"Z{layer}"] @ A[layer - 1].T / late
            self._slip(d, f"W{layer}")
            d[f"b{layer}"] = np.sum(d[f"Z{layer}"], axis=1, keepdims=True) / late
            self._slip(d, f"b{layer}")
            if layer > 1:
                d[f"A{layer - 1}"] = at[f"W{layer}"].T @ d[f"Z{layer}"]
        return {f"d{name}": value for name, value in d.items()}

    def _slip(self, d: dict[str, Any], name: str) -> None:
        if name in self.wrong:
            d[name] = d[name] * np.linspace(0.5, 1.7, d[name].size).reshape(d[name].shape)

    @property
    def expected(self) -> dict[str, str]:
        """The state of every gradient, found by following what is wrong down the pass."""
        states = {}
        tainted = False
        for step in STEPS:
            if step in self.wrong:
                states[step], tainted = "slip", True
            elif tainted:
                states[step] = "inherited"
            for name in FOLLOWS.get(step, "").split():
                if name in self.wrong:
                    states[name] = "slip"
                elif tainted:
                    states[name] = "inherited"
        return states


NAMES = (*STEPS, *[f"{name}{layer}" for layer in (1, 2, 3) for name in "Wb"])


@given(
    seed=SEEDS,
    wrong=st.lists(st.sampled_from(NAMES), max_size=3, unique=True).map(tuple),
    notes=st.booleans(),
    m=st.sampled_from([1, 6]),
)
def test_slips_and_what_inherits_them(seed, wrong, notes, m):
    chain = Chain(seed, wrong, m, notes=notes)
    scene = Scene(Problem(chain.cost, chain.manual, chain.at), list(chain.at.values()))
    found = find_wrong_steps(scene)
    assert found.states == chain.expected
    assert found.conventions == (dict.fromkeys(STEPS, m) if notes and m > 1 else {})


@given(seed=SEEDS, wrong=st.lists(st.sampled_from(STEPS), max_size=2, unique=True).map(tuple), notes=st.booleans())
def test_the_report_marks_them(seed, wrong, notes):
    chain = Chain(seed, wrong, notes=notes)
    found = cg.compare(chain.cost, chain.manual(**chain.at), at=chain.at)
    assert {row.name[1:]: row.step for row in found if row.step} == chain.expected
    for row in found:
        name = row.name[1:]
        assert (row.verdict == "wrong") == (name in chain.expected)
        assert not (row.step == "inherited" and row.explanations)
        is_convention = [explanation.kind for explanation in row.explanations] == ["convention"]
        assert is_convention == (notes and name in STEPS and name not in chain.expected)


@given(seed=SEEDS, given_steps=st.lists(st.sampled_from(STEPS), unique=True))
def test_only_what_is_given_is_a_step(seed, given_steps):
    """A slip in a step that is not given shows where it first arrives."""
    chain = Chain(seed, ("A3",))
    returned = {k: v for k, v in chain.manual(**chain.at).items() if k[1:] in given_steps or k[1:] not in STEPS}
    scene = Scene(Problem(chain.cost, returned, chain.at), list(chain.at.values()))
    states = find_wrong_steps(scene).states
    first = next((step for step in STEPS if step in given_steps), None)
    for name, state in states.items():
        source = next((step for step in FOLLOWS if name in FOLLOWS[step].split()), name)
        before = [step for step in given_steps if STEPS.index(step) <= STEPS.index(source) and step != name]
        assert state == ("inherited" if before else "slip")
        assert name != first or state == "slip"


def test_the_order_of_the_pass_is_that_of_the_tape_backwards():
    chain = Chain(0, ())
    scene = Scene(Problem(chain.cost, chain.manual, chain.at), list(chain.at.values()))
    order = order_of_the_pass(scene)
    assert sorted(order) == sorted(NAMES)
    assert [name for name in order if name in STEPS] == list(STEPS)
    for step, parameters in FOLLOWS.items():
        assert all(order.index(step) < order.index(name) for name in parameters.split())


def test_what_is_right_need_not_follow_from_a_wrong_step():
    chain = Chain(1, ("Z3",), notes=True)
    right, wrong = Chain(1, (), notes=True).manual(**chain.at), chain.manual(**chain.at)
    returned = {**right, "dZ3": wrong["dZ3"]}
    found = cg.compare(chain.cost, returned, at=chain.at)
    assert {row.name: row.step for row in found if row.verdict == "wrong"} == {"dZ3": "slip"}


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_step_that_is_not_finite_is_the_slip(bad):
    chain = Chain(2, ())
    returned = chain.manual(**chain.at)
    returned["dZ2"] = returned["dZ2"] * bad
    found = cg.compare(chain.cost, returned, at=chain.at)
    assert {row.name: row.step for row in found if row.step} == {"dZ2": "slip"}
    assert [e.kind for row in found for e in row.explanations] == ["not-finite"]


@pytest.mark.parametrize("slip", [1, 2])
def test_a_2_is_a_slip_where_something_is_wrong_by_it_and_else_a_number_of_examples(slip):
    X = np.array([[1.0, 2.0], [3.0, 5.0]])

    def cost(w):
        Z = w @ X
        return 0.5 * np.sum(Z**2)

    def manual(w):
        dZ = slip * (w @ X)
        return {"dZ": dZ, "dw": dZ @ X.T}

    found = cg.compare(cost, manual, at={"w": np.array([[1.0, -2.0]])})
    assert {row.name: row.step for row in found if row.step} == ({"dZ": "slip", "dw": "inherited"} if slip == 2 else {})
    of_the_notes = cg.compare(cost, lambda w: {"dZ": 2 * (w @ X), "dw": w @ X @ X.T}, at={"w": np.array([[1.0, -2.0]])})
    assert of_the_notes.ok


def test_nothing_follows_from_a_step_of_another_shape():
    chain = Chain(3, ())
    returned = chain.manual(**chain.at)
    returned["dZ2"] = returned["dZ2"].T
    found = cg.compare(chain.cost, returned, at=chain.at)
    assert {row.name: row.step for row in found if row.step} == {"dZ2": "slip"}


def test_a_huge_step_of_a_single_precision_cost_warns_of_nothing():
    def cost(w):
        z = w * 2
        return np.sum(z * z)

    w = np.ones(3, np.float32)
    scene = Scene(Problem(cost, {"dw": 8 * w, "dz": np.full(3, 1e300)}, {"w": w}), [w])
    assert find_wrong_steps(scene).states == {"z": "slip"}


# ------------------------------------------------------------------------------------------------------------ closeness

VALUES = st.sampled_from([0.0, 1.0, -2.0, 1e-300, 1e300, np.nan, np.inf, -np.inf])


@given(x=st.lists(VALUES, min_size=1, max_size=4), y=st.lists(VALUES, min_size=1, max_size=4))
def test_close_knows_infinities_and_nan(x, y):
    one, other = np.array(x), np.array(y)
    assert close(one, one)
    assert close(one, other) == close(other, one)
    assume(len(x) == len(y))
    if not np.array_equal(np.isfinite(one), np.isfinite(other)):
        assert not close(one, other)
    strange = ~np.isfinite(one)
    if np.any(strange) and not np.array_equal(one[strange], other[strange], equal_nan=True):
        assert not close(one, other)


@given(seed=SEEDS, dtype=st.sampled_from([np.float32, np.float64]), shape=st.sampled_from([(), (3,), (2, 3)]))
def test_close_is_relative_to_the_largest_entry(seed, dtype, shape):
    x = np.random.default_rng(seed).normal(size=shape).astype(dtype)
    largest, eps = np.max(np.abs(x)), np.finfo(dtype).eps
    assert close(x, x + dtype(0.5e4 * eps * largest))
    assert not close(x, x + dtype(3e4 * eps * largest))
    assert close(x, x + dtype(3e4 * eps * largest), tolerance=4e4 * eps * largest)
    assert close(x, x + dtype(0.4 * largest), precision=0.5)
    assert not close(x, x[..., None])


def test_close_of_numbers_and_complex_ones():
    assert close(3, 3.0)
    assert close(np.array([1 + 2j]), np.array([1 + 2j]))
    assert not close(np.array([1 + 2j]), np.array([1.0]))
    assert close(np.zeros((0, 2)), np.zeros((0, 2)))
    assert not close(np.array([0.0, np.nan]), np.array([1.0, np.nan]))
    assert close(np.array([0.0, np.nan]), np.array([1.0, np.nan]), tolerance=np.array([1.0, 0.0]))
