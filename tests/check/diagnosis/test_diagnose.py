"""From a wrong gradient to what is said: verified at other places, ranked, and never in the way of the verdict."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import compgraph as cg
from compgraph.check.diagnosis import diagnose as diagnosing
from compgraph.check.diagnosis.diagnose import FAMILIES, FARNESS, MOST
from compgraph.check.diagnosis.guess import Guess
from compgraph.check.explanation import KINDS
from compgraph.testing import expressions
from tests.check.diagnosis.suspects import numbers, suspect_of, told

SEEDS = st.integers(0, 2**32)
ODD: dict[str, Any] = {
    "huge": lambda g: np.full(np.shape(g), 1e308),
    "tiny": lambda g: np.full(np.shape(g), 5e-324),
    "of both signs": lambda g: np.where(np.arange(np.size(g)).reshape(np.shape(g)) % 2, 1e308, -1e308),
    "infinite": lambda g: np.full(np.shape(g), -np.inf),
    "infinities": lambda g: np.where(np.arange(np.size(g)).reshape(np.shape(g)) % 2, np.inf, -np.inf),
    "NaN": lambda g: np.full(np.shape(g), np.nan),
    "integers": lambda g: np.arange(np.size(g)).reshape(np.shape(g)),
    "lists": lambda g: (np.asarray(g) * 2).tolist(),
    "unsigned": lambda g: np.ones(np.shape(g), np.uint8),
    "half precision": lambda g: np.asarray(g, np.float16) * 3,
    "long": lambda g: np.asarray(g, np.longdouble) * 3,
    "a number": lambda g: 4,
    "empty": lambda g: np.zeros((0, 3)),
    "many axes": lambda g: np.ones((1,) * 7),
    "another size": lambda g: np.ones((3, 5, 2)),
    "zeros": lambda g: np.zeros(np.shape(g)),
}


@given(f=expressions(), odd=st.sampled_from(sorted(ODD)), as_values=st.booleans())
def test_no_family_stumbles_or_warns_whatever_is_given(f, odd, as_values):
    """Each family alone, and the whole, on random functions; warnings are errors here."""

    def cost(*args: Any) -> Any:
        y = f(*args)
        return np.sum(y * y)

    def manual(*args: Any) -> Any:
        right = cg.grad(cost, argnums=tuple(range(len(args))))(*args)
        return [ODD[odd](g) for g in right]

    at = [float(x) if x.shape == () else x for x in f.arguments]
    given_by_hand = manual(*at) if as_values else manual
    suspect = suspect_of(cost, given_by_hand, at)
    with np.errstate(all="ignore"):
        for family in FAMILIES:
            assert all(guess.kind in FARNESS for guess in family(suspect))
    found = cg.compare(cost, given_by_hand, at)
    assert len(found.rows) == len(at)
    for row in found:
        assert len(row.explanations) <= MOST
        assert {explanation.kind for explanation in row.explanations} <= KINDS.keys()


@given(f=expressions(), odd=st.sampled_from(sorted(ODD)))
def test_nor_of_an_intermediate(f, odd):
    def cost(*args: Any) -> Any:
        y = f(*args)
        return np.sum(y * y)

    def manual(*args: Any) -> Any:
        y = np.asarray(f(*args))
        parameters = {f"dp{i}" if len(args) > 1 else "dp0": 2 * x for i, x in enumerate(args)}
        return {**parameters, f"d{f.steps[-1].name}": ODD[odd](2 * y)}

    found = cg.compare(cost, manual, f.arguments)
    assert f"d{f.steps[-1].name}" in {row.name for row in found}


@pytest.mark.parametrize(
    ("cost", "at"),
    [
        (lambda w: w**3, 2.0),
        (lambda w: np.tanh(w) * 3, np.float32(0.5)),
        (lambda w: cg.sigmoid(w * 2.0), 1),
        (lambda w: np.sum(np.abs(np.fft.fft(w)) ** 2), numbers((6,), 0)),
        (lambda w: np.real(np.sum(np.exp(w * (1 + 1j)))), numbers((3,), 0)),
        (lambda w: np.linalg.det(w), numbers((3, 3), 0) + 3 * np.eye(3)),
        (lambda w: np.sum(np.linalg.inv(w)), numbers((3, 3), 0) + 3 * np.eye(3)),
        (lambda w: np.linalg.slogdet(w)[1], numbers((3, 3), 0) + 3 * np.eye(3)),
        (lambda w: np.linalg.eigh(w + w.T)[0][0], numbers((3, 3), 0)),
        (lambda w: np.linalg.norm(w), numbers((3, 3), 0)),
        (lambda w: np.sum(w[[0, 1, 0]] ** 2), numbers((3,), 0)),
        (lambda w: np.sum(np.cumsum(np.sort(w)) ** 2), numbers((5,), 0)),
    ],
)
def test_no_family_stumbles_over_numbers_complex_ones_or_linear_algebra(cost, at):
    for manual in (lambda w: w, lambda w: 3 * w, lambda w: np.transpose(w) + 1):
        suspect = suspect_of(cost, manual, [at])
        with np.errstate(all="ignore"):
            for family in FAMILIES:
                assert all(guess.kind in FARNESS for guess in family(suspect))
        assert cg.compare(cost, manual, [at]).rows[0].verdict == "wrong"


def test_a_derivative_of_numbers_is_explained():
    def cost(w):
        z = w * 3
        a = np.tanh(z)
        return a * 5

    (first, *_) = told(cost, lambda w: 15.0, {"w": 0.4})
    assert "tanh'(z)" in first.message


def test_a_coincidence_at_one_place_is_not_told():
    """At w = 2 the square is twice w; elsewhere it is not."""
    at = {"w": np.array([2.0, 2.0, 2.0])}

    def cost(w):
        return np.sum(w**2) / 2

    assert [each.kind for each in told(cost, [np.full(3, 4.0)], at)][:1] == ["factor"]
    assert "factor" not in [each.kind for each in told(cost, lambda w: w**2, at)]


@pytest.mark.parametrize(
    "error", [KeyError, RuntimeError, AssertionError, TypeError, StopIteration, np.linalg.LinAlgError]
)
def test_functions_that_raise_elsewhere_are_no_obstacle(error):
    for fails in ("manual", "cost"):
        called: list[str] = []

        def stumble(who: str, fails: str = fails, called: list[str] = called) -> None:
            called.append(who)
            if who == fails and called.count(who) > (1 if who == "manual" else 40):
                raise error("elsewhere")

        def cost(w):
            return np.sum(w**2)

        def manual(w):
            stumble("manual")
            return w

        (first, *_) = told(cost, manual, {"w": np.array([1.0, 3.0])})
        assert first.kind == "factor"


def test_what_is_returned_may_be_other_things_elsewhere():
    w = np.array([1.0, 3.0])
    for others in ([w, w], "text", w[:1], {"dw": w, "dz": w}, None):
        calls: list[Any] = []

        def manual(w, others=others, calls=calls):
            calls.append(w)
            return w if len(calls) == 1 else others

        found = told(lambda w: np.sum(w**2), manual, {"w": w})
        assert {each.kind for each in found} <= {"factor"}


def test_a_family_that_stumbles_does_not_take_the_verdict_away(monkeypatch):
    def stumbles(suspect):
        raise ZeroDivisionError
        yield

    monkeypatch.setattr(diagnosing, "FAMILIES", (stumbles, *FAMILIES))
    assert told(lambda w: np.sum(w**2), lambda w: w, {"w": np.ones(3)})[0].kind == "factor"


def test_a_guess_whose_fix_does_not_mend_is_not_told(monkeypatch):
    def lies(suspect):
        yield Guess("sign", "lie", "change the sign", lambda manual: -manual)

    monkeypatch.setattr(diagnosing, "FAMILIES", (lies,))
    assert told(lambda w: np.sum(w**2), lambda w: 3 * w, {"w": np.ones(3)}) == ()
    assert [each.kind for each in told(lambda w: np.sum(w**2), lambda w: -2 * w, {"w": np.ones(3)})] == ["sign"]


def test_the_plainest_comes_first_and_little_else():
    X = numbers((3, 5), 0)
    found = told(
        lambda W: np.sum(np.tanh(W @ X)), lambda W: -(1 - np.tanh(W @ X) ** 2) @ X.T, {"W": numbers((2, 3), 1)}
    )
    assert [each.kind for each in found] == ["sign"]
    assert set(FARNESS) <= set(KINDS)


@settings(max_examples=4)
@given(seed=SEEDS, named=st.booleans())
def test_all_gradients_off_by_the_number_of_examples_are_one_slip(seed, named):
    rng = np.random.default_rng(seed)
    X, Y = rng.normal(size=(3, 37)), rng.normal(size=(11, 37))

    def cost(W, b):
        E = W @ X + b - Y
        if not named:
            return np.mean(E**2)  # over 11 · 37 entries, which nothing has for its length
        m = X.shape[1]
        return np.sum(E**2) / m

    def manual(W, b):
        E = W @ X + b - Y
        return 2 * E @ X.T, 2 * np.sum(E, axis=1, keepdims=True)

    at = {"W": rng.normal(size=(11, 3)), "b": rng.normal(size=(11, 1))}
    found = [told(cost, manual, at, row)[0] for row in ("dW", "db")]
    assert [each.kind for each in found] == ["summed-cost", "summed-cost"]
    times = "m = 37" if named else "407"
    assert f"every gradient is exactly {times} times that of the cost" in found[0].message
    assert "the summed cost, not of the mean" in found[0].message
    assert found[0].message.endswith(f"divide by {'m' if named else '407'}")

    def only_one(W, b):
        dW, db = manual(W, b)
        return dW, db / (37 if named else 407)

    assert told(cost, only_one, at, "dW")[0].kind == "factor"


def test_without_a_wrong_row_nothing_is_asked():
    assert diagnosing.diagnose(None, [], {}) == {}  # type: ignore[arg-type]
