"""A wrong gradient under examination: its shapes, what is on the way, what lies around."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.check.diagnosis.suspects import numbers, suspect_of, with_gradient

SEEDS = st.integers(0, 2**32)


@pytest.mark.parametrize(
    ("right", "manual", "fits"),
    [
        ((3, 1), (3,), True),
        ((3,), (1, 3), True),
        ((), (1, 1), True),
        ((2, 3), (2, 3), True),
        ((2, 3), (3, 2), False),
        ((2, 3), (6,), False),
        ((3,), (3, 3), False),
    ],
)
def test_a_gradient_fits_but_for_axes_of_length_1(right, manual, fits):
    suspect = with_gradient(np.ones(right), np.ones(manual))
    assert suspect.fits == fits
    assert suspect.as_given.shape == manual
    assert suspect.manual.shape == (right if fits else manual)
    assert suspect.is_manual(np.ones(right)) == fits


@given(seed=SEEDS, size=st.sampled_from([1e-8, 1.0, 1e8]))
def test_agreement_is_to_the_precision_of_the_computation(seed, size):
    x = numbers((4,), seed) * size
    suspect = with_gradient(x, x)
    largest = np.max(np.abs(x))
    assert suspect.agree(x, x + 0.5 * suspect.precision * largest)
    assert not suspect.agree(x, x + 3 * suspect.precision * largest)
    assert not suspect.agree(x, x + np.where(np.arange(4) == 2, np.inf, 0))
    assert not suspect.agree(np.full(4, np.inf), x)
    assert suspect.precision == 1e4 * np.finfo(np.float64).eps


def test_what_is_on_the_way_to_a_parameter_and_what_is_not():
    def cost(w, v):
        z = w * 2.0
        a = np.tanh(z)
        b = np.exp(v)
        return np.sum(a * b)

    suspect = suspect_of(cost, [np.ones(3), np.ones(3)], {"w": np.ones(3), "v": np.ones(3)})
    nodes = suspect.scene.nodes
    assert suspect.on_the_way[0] is suspect.scene.output
    assert suspect.on_the_way[-1] is nodes["w"]
    assert suspect.reaches(nodes["a"])
    assert suspect.reaches(nodes["z"])
    assert not suspect.reaches(nodes["b"])
    assert not suspect.reaches(nodes["v"])
    with pytest.raises(KeyError):
        suspect.effect(nodes["b"], np.ones(3))


def test_the_arrays_that_may_have_been_taken_for_one():
    X, V = numbers((2, 3), 0), numbers((2, 3), 1)

    def cost(W, X, V):
        Z = W * X
        return np.sum(Z * V)

    suspect = suspect_of(cost, [X], {"W": V + 1}, data={"X": X, "V": V})
    assert [name for name, _ in suspect.arrays_of((2, 3))] == ["W", "Z", "X", "V"]
    assert list(suspect.arrays_of((3, 2))) == []
    for name, value in suspect.arrays_of((2, 3)):
        expected = {"W": V + 1, "Z": (V + 1) * X, "X": X, "V": V}[name]
        np.testing.assert_array_equal(value, expected)
    assert {"W", "Z", "X", "V"} <= {name for name, _ in suspect.arrays_like(np.zeros((2, 3)))}


@given(seed=SEEDS, times=st.sampled_from([0.0, 2.0, -1.0, 7.0]))
def test_the_share_of_a_part(seed, times):
    G, H = numbers((4,), seed), numbers((4,), seed + 1)

    def cost(w):
        first = np.sum(G * w)
        second = np.sum(H * np.tanh(w))
        return first + second

    w = numbers((4,), seed + 2)
    part = H * (1 - np.tanh(w) ** 2)
    suspect = suspect_of(cost, [G + times * part], {"w": w})
    second = suspect.scene.nodes["second"]
    share = suspect.share(suspect.effect(second, suspect.steps.cotangents[second]))
    assert share == pytest.approx(times - 1, rel=1e-7)
    assert suspect.factor(suspect.effect(second, (times - 1) * suspect.steps.cotangents[second])) == pytest.approx(1)


def test_fixes():
    suspect = with_gradient(np.ones((3, 1)), np.array([1.0, 2.0, 3.0]))
    mended = suspect.instead_of(np.array([[1.0], [2.0], [3.0]]))(suspect.as_given)
    np.testing.assert_array_equal(mended, np.ones((3, 1)))
    np.testing.assert_array_equal(suspect.replaced_by(suspect.right)(None), suspect.right)
