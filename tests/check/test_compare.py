"""The comparison: right formulas are never called wrong, wrong ones never right."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.errors import DtypeError, GradientError, ShapeError, WrongGradientError
from compgraph.networks import closed_form
from compgraph.networks.two_layer import two_layer_cost

SIZES = st.integers(1, 6)


@st.composite
def networks(draw, dtypes=(np.float64, np.float32), scales=(0.0, 1e-3, 1.0, 10.0)):
    n_x, n_h, n_y, m = draw(SIZES), draw(SIZES), draw(st.integers(1, 3)), draw(st.sampled_from([1, 2, 7, 100]))
    dtype = draw(st.sampled_from(dtypes))
    scale = draw(st.sampled_from(scales))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    X = rng.normal(size=(n_x, m)).astype(dtype)
    Y = (rng.random((n_y, m)) < 0.5).astype(dtype)
    at = {
        "W1": (rng.normal(size=(n_h, n_x)) * scale).astype(dtype),
        "b1": (rng.normal(size=(n_h, 1)) * scale).astype(dtype),
        "W2": (rng.normal(size=(n_y, n_h)) * scale).astype(dtype),
        "b2": (rng.normal(size=(n_y, 1)) * scale).astype(dtype),
    }
    activation = draw(st.sampled_from(sorted(closed_form.ACTIVATIONS)))

    def cost(W1, b1, W2, b2):
        return two_layer_cost(W1, b1, W2, b2, X, Y, activation)

    def manual(W1, b1, W2, b2):
        return closed_form.two_layer(W1, b1, W2, b2, X, Y, activation)

    return cost, manual, at


@given(network=networks())
def test_the_closed_form_is_right(network):
    cost, manual, at = network
    found = cg.compare(cost, manual, at)
    assert {row.verdict for row in found} <= {"right", "right up to rounding", "inconclusive: precision"}, f"\n{found}"


@given(network=networks(dtypes=[np.float64], scales=[1e-3, 1.0]), data=st.data())
def test_one_entry_off_by_a_millionth_of_the_largest_is_wrong(network, data):
    cost, manual, at = network
    gradients = {name: np.array(value, float) for name, value in manual(**at)._asdict().items() if name != "cost"}
    name = data.draw(st.sampled_from(sorted(gradients)))
    wrong = gradients[name]
    largest = np.max(np.abs(wrong))
    assume(largest > 1e-100)
    index = tuple(data.draw(st.integers(0, n - 1)) for n in wrong.shape)
    wrong[index] += largest * 1e-6
    found = cg.compare(cost, gradients, at)
    verdicts = {row.name: row.verdict for row in found}
    assert verdicts.pop(name) == "wrong", f"\n{found}"
    assert set(verdicts.values()) <= {"right", "right up to rounding"}
    assert next(row for row in found if row.name == name).where == index


def test_a_large_cancelling_sum_is_not_called_wrong():
    x = np.concatenate([np.full(10_000, 1e6), np.full(10_000, -1e6), [1.0]])
    found = cg.compare(lambda w: np.sum(w * x), lambda w: np.sum(np.random.default_rng(1).permutation(x)), [2.0])
    assert found.ok


def test_a_random_cost_is_suspect_but_nobody_s_formula_is_wrong():
    rng = np.random.default_rng(0)
    found = cg.compare(lambda w: np.sum(w * 3.0) + rng.normal(), lambda w: np.full(2, 3.0), [np.ones(2)])
    assert (found.rows[0].verdict, found.rows[0].remark) == ("both differ from numeric", "cost not the same twice")


def test_the_digits_of_a_formula_that_loses_them_are_those_of_its_worst_entry():
    def notes(z):
        a = 1 / (1 + np.exp(-z))
        return a * (1 - a)

    row = cg.compare(lambda z: np.sum(cg.sigmoid(z)), notes, [np.array([0.0, 30.0])]).rows[0]
    assert (row.verdict, row.where) == ("right up to rounding", (1,))
    assert int(row.remark.split()[0]) <= 3


def test_a_rule_that_is_wrong_is_found_out_by_the_nudges():
    try:

        @cg.differentiable(lambda grad, out, x: grad * 2.0, domain=(-1, 1))
        def wrongly_declared(x):
            return 3.0 * x

        found = cg.compare(lambda w: np.sum(wrongly_declared(w)), np.full(2, 2.0), [np.ones(2)])
        assert [row.verdict for row in found] == ["both differ from numeric"]
        assert not found.ok
    finally:
        del cg.OPS[wrongly_declared]


def test_shapes_nan_and_inf_are_wrong():
    cost = lambda b: np.sum(b * 2.0)  # noqa: E731
    at = {"b": np.ones((3, 1))}
    lost = cg.compare(cost, {"db": np.full(3, 2.0)}, at).rows[0]
    assert (lost.verdict, lost.remark) == ("wrong", "has shape (3,)")
    for bad in (np.nan, np.inf):
        row = cg.compare(cost, {"db": np.array([[2.0], [bad], [2.0]])}, at).rows[0]
        assert (row.verdict, row.where) == ("wrong", (1, 0))


def test_infinite_slopes_agree_and_huge_ones_do_not_overflow():
    with np.errstate(divide="ignore", invalid="ignore"):
        found = cg.compare(lambda w: np.sum(np.sqrt(w)), lambda w: 0.5 / np.sqrt(w), [np.array([0.0, 1.0])])
    assert found.ok, f"\n{found}"
    assert cg.compare(lambda w: np.sum(w**2), lambda w: 2 * w, [np.array([0.3, -0.5]) * 1e150]).ok
    assert not cg.compare(lambda w: np.sum(w**2), lambda w: 3 * w, [np.array([0.3, -0.5]) * 1e150]).ok


def test_a_cost_that_is_not_finite_has_no_derivative_to_compare():
    with pytest.raises(GradientError, match="the cost is nan at these parameters"):
        cg.compare(lambda w: np.sum(w) * np.nan, lambda w: w, [np.ones(2)])


def test_gradients_are_matched_by_name_or_by_order():
    cost = lambda a, b: a * a * b  # noqa: E731
    at = {"a": 3.0, "b": 2.0}
    for manual in ((12.0, 9.0), {"da": 12.0, "db": 9.0}, {"b": 9.0, "a": 12.0}, lambda a, b: [2 * a * b, a * a]):
        assert cg.compare(cost, manual, at).ok
    assert [row.name for row in cg.compare(cost, {"db": 9.0}, at, wrt=["b"])] == ["db"]
    assert cg.compare(cost, (12.0, 9.0), (3.0, 2.0)).ok
    assert cg.compare(lambda w: np.sum(w**2), lambda w: 2 * w, np.array([1.0, 2.0])).ok


def test_mistakes_of_use_are_told():
    cost = lambda a, b: a * b  # noqa: E731
    at = {"a": 3.0, "b": 2.0}
    with pytest.raises(GradientError, match=r"no da; they are called slope"):
        cg.compare(cost, {"slope": 1.0}, at)
    with pytest.raises(ShapeError, match=r"1 hand-derived gradients for 2 parameters \(a, b\)"):
        cg.compare(cost, (2.0,), at)
    with pytest.raises(GradientError, match=r"no parameter 'c'"):
        cg.compare(cost, (2.0, 3.0), at, wrt=["c"])
    with pytest.raises(GradientError, match=r"shape \(2,\)"):
        cg.compare(lambda a: a * np.ones(2), (1.0,), (1.0,))
    with pytest.raises(GradientError, match=r"cost is called with the parameters w by name and takes \(a, b\)"):
        cg.compare(cost, (2.0,), {"w": 1.0})
    with pytest.raises(GradientError, match=r"hand-derived function is called with 2 parameters and takes \(w\)"):
        cg.compare(cost, lambda w: 2.0, (3.0, 2.0))
    with pytest.raises(DtypeError, match="da is NoneType"):
        cg.compare(cost, {"da": None, "db": 3.0}, at)
    with pytest.raises(GradientError, match="does not depend"):
        cg.compare(lambda a: 3.0, (0.0,), (1.0,))


def test_the_parameters_are_not_changed_by_either_function():
    w = np.ones(3)

    def manual(w):
        w *= 2  # a careless formula
        return w

    assert cg.compare(lambda w: np.sum(w**2), manual, [w]).ok
    assert w.tolist() == [1.0, 1.0, 1.0]


def test_the_table_fits_a_hundred_columns_and_names_the_verdicts():
    rng = np.random.default_rng(0)
    at = {"W1": rng.normal(size=(128, 784)), "b1": np.zeros((128, 1))}
    X = rng.normal(size=(784, 10))
    found = cg.compare(lambda W1, b1: np.mean((W1 @ X + b1) ** 2), {"dW1": at["W1"], "db1": np.zeros(128)}, at)
    text = str(found)
    assert max(map(len, text.splitlines())) <= 100
    assert "wrong" in text
    assert "has shape (128,)" in text
    with pytest.raises(WrongGradientError, match="wrong"):
        found.raise_if_wrong()
    assert repr(found) == "<Comparison of 2 gradients: not all right>"
