"""Some of the entries are wrong: the region that they form is named, and nothing else is touched by the fix."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from compgraph.check.diagnosis.region import region
from tests.check.diagnosis.suspects import assert_mends, numbers, told_of, with_gradient

SEEDS = st.integers(0, 2**32)
SHAPES = st.sampled_from([(6,), (4, 5), (3, 4), (2, 3, 4), (5, 1)])


def guesses(right: Any, manual: Any) -> list[Any]:
    found = list(region(with_gradient(right, manual)))
    assert_mends(found, manual, right)
    return found


def named(spans: list[tuple[int, int]], shape: tuple[int, ...]) -> str:
    """A block as it is written in an index."""
    words = []
    for (start, stop), n in zip(spans, shape, strict=True):
        if stop - start == n:
            words.append(":")
        elif stop - start == 1:
            words.append(str(start))
        else:
            words.append(f"{start or ''}:{stop if stop < n else ''}")
    return ", ".join(words)


@given(shape=SHAPES, seed=SEEDS, data=st.data(), zero=st.booleans())
def test_a_block_is_named(shape, seed, data, zero):
    spans = []
    for n in shape:
        start = data.draw(st.integers(0, n - 1))
        spans.append((start, data.draw(st.integers(start + 1, n))))
    block = tuple(slice(*span) for span in spans)
    right = numbers(shape, seed)
    assume(np.all(right[block]))
    manual = right.copy()
    manual[block] = 0 if zero else right[block] * 3
    found = guesses(right, manual)
    if right[block].size == right.size:
        assert found == []
        return
    (guess,) = found
    narrow = [axis for axis, (start, stop) in enumerate(spans) if stop - start < shape[axis]]
    at_an_end = len(narrow) == 1 and any(
        spans[narrow[0]] == end for end in ((0, 1), (shape[narrow[0]] - 1, shape[narrow[0]]))
    )
    if at_an_end and shape[narrow[0]] > 2:
        assert guess.kind == "off-by-one"
        assert f"the {'first' if spans[narrow[0]][0] == 0 else 'last'} " in guess.message
        assert ("(it is zero)" in guess.message) == zero
    else:
        assert guess.kind == "block"
        assert f"[{named(spans, shape)}] only" in guess.message


@pytest.mark.parametrize(
    ("shape", "index", "says"),
    [
        ((5,), 0, "the first entry only"),
        ((5,), -1, "the last entry only"),
        ((4, 3), 0, "the first row only"),
        ((4, 3), (slice(None), -1), "the last column only"),
        ((3, 4, 5), (slice(None), slice(None), 0), "the first slice of axis 2 only"),
    ],
)
def test_an_end_is_named(shape, index, says):
    right = numbers(shape, 0)
    manual = right.copy()
    manual[index] *= 2
    (first, *_) = told_of(right, manual)
    assert first.kind == "off-by-one"
    assert says in first.message


@given(shape=SHAPES, seed=SEEDS, bad=st.sampled_from([np.nan, np.inf, -np.inf]), count=st.integers(1, 3))
def test_entries_that_are_not_finite_are_named(shape, seed, bad, count):
    rng = np.random.default_rng(seed)
    right = numbers(shape, seed)
    manual = right.copy()
    places = rng.choice(right.size, min(count, right.size - 1), replace=False)
    manual.flat[places] = bad
    first = ", ".join(map(str, np.unravel_index(min(places), shape)))
    (guess,) = guesses(right, manual)
    assert guess.kind == "not-finite"
    assert ("NaN" if np.isnan(bad) else "infinite") in guess.message
    assert f"at [{first}]" in guess.message
    assert "right elsewhere" in guess.message
    (guess,) = guesses(right, manual * 2)
    assert "right elsewhere" not in guess.message


@given(shape=SHAPES, seed=SEEDS)
def test_scattered_entries_are_no_region(shape, seed):
    right = numbers(shape, seed)
    assert guesses(right, right * 2) == []
    assume(right.size > 3)
    manual = right.copy()
    manual.flat[[0, -1]] += 5
    assume(not (len(shape) > 1 and shape[1:] == (1,)))
    assert guesses(right, manual) == []


def test_of_numbers_and_of_nothing_there_is_no_region():
    assert guesses(np.array(2.0), np.array(3.0)) == []
    assert guesses(np.zeros((0, 2)), np.zeros((0, 2))) == []
    assert list(region(with_gradient(np.ones(3), np.ones(4)))) == []


def test_of_two_entries_one_is_no_end():
    (guess,) = guesses(np.array([1.0, 2.0]), np.array([1.0, 3.0]))
    assert guess.kind == "block"


def test_of_nothing_but_nan_nothing_is_right_elsewhere():
    (guess,) = guesses(np.array([1.0, 2.0]), np.full(2, np.nan))
    assert "NaN everywhere: look" in guess.message
