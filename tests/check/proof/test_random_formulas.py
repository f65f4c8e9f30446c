"""Formulas at random: one that is rearranged is proved, and two that are proved are the same."""

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.check.proof.array import ExactArray
from compgraph.check.proof.draw import Draw
from compgraph.check.proof.residue import Residue, ZeroDenominatorError
from compgraph.check.prove import prove
from tests.check.proof.expressions import PARAMETERS, derivative, formulas, mutated, rearranged, value

points = st.lists(st.floats(0.25, 1.75).map(lambda x: round(x, 3)), min_size=PARAMETERS, max_size=PARAMETERS)


def exact(x, seed=0):
    array = np.empty(len(x), object)
    array[:] = Draw(seed).parameters(x)
    return array.view(ExactArray)


def numbers(f, x):
    with np.errstate(all="ignore"):
        return np.float64(value(f, [np.float64(t) for t in x]))


def same(a, b):
    return (a.exact if isinstance(a, Residue) else a) == (b.exact if isinstance(b, Residue) else b)


@given(formulas, points, st.data())
def test_a_rearranged_formula_is_the_same(f, x, data):
    """The atoms know what exp, log, roots, cos and sin have in common, so the way of writing makes no difference."""
    x = exact(x)
    try:
        a = value(f, x)
        b = rearranged(f, x, lambda n: data.draw(st.integers(0, n - 1)))
    except ZeroDenominatorError:  # the root of a root, which half of the draws have not
        assume(False)
    assume(isinstance(a, Residue) and isinstance(b, Residue))
    assert a.exact == b.exact
    assert np.isclose(a.shadow, b.shadow, rtol=1e-6, atol=1e-6) or not np.isfinite(a.shadow + b.shadow)


@given(formulas, points, points, st.data())
def test_formulas_that_are_not_the_same_number_elsewhere_are_not_proved(f, x, elsewhere, data):
    """Soundness: equal residues mean equal functions, so no place can tell the two apart."""
    g = data.draw(mutated(f))
    x = exact(x)
    try:
        a, b = value(f, x), value(g, x)
    except ZeroDenominatorError:
        assume(False)
    assume(isinstance(a, Residue) and isinstance(b, Residue))
    if a.exact == b.exact and not x[0].draw.roots:
        u, v = numbers(f, elsewhere), numbers(g, elsewhere)
        assert not np.isfinite(u + v) or np.isclose(u, v, rtol=1e-6, atol=1e-6)


def gradient_of(f):
    slopes = [derivative(f, i) for i in range(PARAMETERS)]
    return lambda *x: tuple([value(slope, x) + 0.0 * x[0] for slope in slopes])


@given(formulas, points)
def test_the_gradient_from_a_table_of_derivatives_is_proved(f, x):
    assume(np.isfinite(numbers(f, x)) and abs(numbers(f, x)) < 1e6)
    assert prove(lambda *p: value(f, p) + 0.0 * p[0], gradient_of(f), x, seed=1).proved


@given(formulas, points, points, st.data())
def test_a_mutated_gradient_is_proved_only_where_it_is_the_same(f, x, elsewhere, data):
    g = data.draw(mutated(f))
    assume(np.isfinite(numbers(f, x)) and abs(numbers(f, x)) < 1e6)
    assume(all(np.isfinite(numbers(derivative(g, i), x)) for i in range(PARAMETERS)))
    found = prove(lambda *p: value(f, p) + 0.0 * p[0], gradient_of(g), x, seed=1)
    for i, row in enumerate(found):
        here, there = ([numbers(derivative(h, i), at) for h in (f, g)] for at in (x, elsewhere))
        apart = not np.isclose(here[0], here[1], rtol=1e-4, atol=1e-4)
        if row.proved:
            assert not np.isfinite(sum(there)) or np.isclose(there[0], there[1], rtol=1e-5, atol=1e-5)
        if apart:
            assert not row.proved
        if np.allclose(here[0], here[1], rtol=1e-12, atol=0):
            assert row.verdict != "different"


def test_the_gradient_of_a_graph_that_was_written_otherwise():
    def cost(w, b):
        return np.mean(cg.softplus(w * np.array([1.0, -2.0, 0.5]) + b))

    def by_hand(w, b):
        x = np.array([1.0, -2.0, 0.5])
        slope = (1 + np.tanh((w * x + b) / 2)) / 2
        return slope @ x / 3, slope.mean()

    assert prove(cost, by_hand, {"w": 0.3, "b": -0.2}).proved
