"""Proofs of whole gradients: right ones are proved, wrong ones are not, and what cannot be computed with is refused."""

import gc
import itertools
import re

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.check.prove import prove
from compgraph.networks import closed_form, deep, logistic, two_layer

ACTIVATIONS = list(closed_form.ACTIVATIONS)


def drawn(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def labels(*shape, seed=0):
    return (np.random.default_rng([seed, *shape]).random(shape) < 0.5).astype(float)


def verdicts(found):
    return [row.verdict for row in found]


X, Y = drawn(3, 4), labels(1, 4)
w, b = drawn(3, 1), 0.25


def naive_cost(w, b):
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    return -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / X.shape[1]


# ------------------------------------------------------------------------------------------------------ closed forms


def loop_of_the_notes(w, b):
    m = X.shape[1]
    dw, db = np.zeros((3, 1)), 0
    for i in range(m):
        z = np.dot(w.T, X[:, i]) + b
        dz = (1 / (1 + np.exp(-z)) - Y[0, i])[0]
        for j in range(3):
            dw[j] += X[j, i] * dz
        db += dz
    return dw / m, db / m


@pytest.mark.parametrize("cost", [lambda w, b: logistic.logistic_cost(w, b, X, Y), naive_cost], ids=["stable", "naive"])
@pytest.mark.parametrize(
    "by_hand",
    [
        lambda w, b: closed_form.logistic(w, b, X, Y)[1:],
        lambda w, b: closed_form.logistic_loop(w, b, X, Y)[1:],
        loop_of_the_notes,
    ],
    ids=["vectorised", "loop", "loop of the notes"],
)
def test_logistic_regression(cost, by_hand):
    found = prove(cost, by_hand, {"w": w, "b": b})
    assert found.proved
    assert 0 < found.chance < 1e-15


def test_logistic_regression_one_example():
    x = X[:, :1]
    assert prove(
        lambda w, b: logistic.logistic_loss(w, b, x, 1.0),
        lambda w, b: closed_form.logistic_one_example(w, b, x, 1.0)[1:],
        (w, b),
    ).proved


def test_the_loop_as_a_graph():
    assert prove(
        lambda w, b: logistic.logistic_cost_loop(w, b, X, Y), lambda w, b: closed_form.logistic(w, b, X, Y)[1:], (w, b)
    ).proved


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(("n_x", "n_h", "n_y", "m"), [(5, 4, 2, 6), (1, 1, 1, 1), (3, 2, 1, 4)])
def test_two_layers(activation, n_x, n_h, n_y, m):
    X, Y = drawn(n_x, m), labels(n_y, m)
    parameters = drawn(n_h, n_x), drawn(n_h, 1), drawn(n_y, n_h), drawn(n_y, 1)
    found = prove(
        lambda W1, b1, W2, b2: two_layer.two_layer_cost(W1, b1, W2, b2, X, Y, activation),
        lambda W1, b1, W2, b2: closed_form.two_layer(W1, b1, W2, b2, X, Y, activation)._asdict(),
        parameters,
    )
    assert found.proved, found
    assert [row.name for row in found] == ["dW1", "db1", "dW2", "db2"]


@pytest.mark.parametrize("by_hand", [closed_form.deep_by_delta, closed_form.deep_element_by_element])
def test_deep_networks(by_hand):
    activations = ["tanh", "sigmoid", "leaky_relu"]
    sizes = [3, 2, 3, 2, 1]
    parameters = [drawn(n, k) for k, n in itertools.pairwise(sizes)] + [drawn(n, 1) for n in sizes[1:]]

    def gradients(*p):
        found = by_hand(p[:4], p[4:], X, Y, activations)
        return [*found.dW, *found.db]

    assert prove(lambda *p: deep.deep_cost(p[:4], p[4:], X, Y, activations), gradients, parameters).proved


def test_float32_data_and_parameters():
    X32, Y32 = X.astype(np.float32), Y.astype(np.float32)
    assert prove(
        lambda w, b: logistic.logistic_cost(w, b, X32, Y32),
        lambda w, b: closed_form.logistic(w, b, X32, Y32)[1:],
        (w.astype(np.float32), np.float32(b)),
    ).proved


# ------------------------------------------------------------------------------------------------------------- slips


def slips(W1, b1, W2, b2, X, Y):
    m = X.shape[1]
    Z1, A1, _, A2 = closed_form.two_layer_forward(W1, b1, W2, b2, X, "tanh")
    dZ2 = A2 - Y
    dZ1 = np.dot(W2.T, dZ2) * (1 - A1**2)
    dW1, dW2 = np.dot(dZ1, X.T) / m, np.dot(dZ2, A1.T) / m
    return {
        "without 1/m": dW1 * m,
        "sign": -dW1,
        "twice": 2 * dW1,
        "g' missing": np.dot(np.dot(W2.T, dZ2), X.T) / m,
        "g' of the wrong node": np.dot(np.dot(W2.T, dZ2) * (1 - Z1**2), X.T) / m,
        "g' of A1": np.dot(np.dot(W2.T, dZ2) * (1 - np.tanh(A1) ** 2), X.T) / m,
        "sigmoid's for tanh's": np.dot(np.dot(W2.T, dZ2) * A1 * (1 - A1), X.T) / m,
        "A2 for dZ2": np.dot(np.dot(W2.T, A2) * (1 - A1**2), X.T) / m,
        "last example missing": np.dot(dZ1[:, :-1], X[:, :-1].T) / m,
        "weight decay that the cost has not": dW1 + 0.01 * W1,
        "another matrix": dW1 + dW2[:1].T - dW2[:1].T * 1.0001,
        "transposed": dW1.T,
        "summed": np.sum(dW1),
        "off by a millionth": dW1 * 1.000001,
    }


@pytest.mark.parametrize("slip", list(slips(*[np.ones((3, 3))] * 6)))
def test_a_slip_is_different(slip):
    n, m = 3, 4
    X, Y = drawn(n, m), labels(2, m)
    parameters = {"W1": drawn(n, n), "b1": drawn(n, 1), "W2": drawn(2, n), "b2": drawn(2, 1)}
    found = prove(
        lambda W1, b1, W2, b2: two_layer.two_layer_cost(W1, b1, W2, b2, X, Y),
        lambda W1, b1, W2, b2: (slips(W1, b1, W2, b2, X, Y)[slip],),
        parameters,
        wrt=["W1"],
    )
    assert verdicts(found) == ["different"]
    assert not found.proved


def test_a_wrong_shape_is_different():
    found = prove(lambda W: np.sum(W**2), lambda W: np.sum(2 * W, axis=0), {"W": drawn(2, 3)})
    assert verdicts(found) == ["different"]
    assert found.rows[0].remark == "has shape (3,)"


def test_a_difference_names_the_first_entry():
    by_hand = lambda x: np.array([2.0, 2.0, 3.0]) * x  # noqa: E731
    (row,) = prove(lambda x: np.sum(x**2), by_hand, {"x": np.array([1.0, 1.0, 2.0])})
    assert row.where == (2,)
    assert row.remark == "4 and 6"


def test_what_agrees_at_one_place_alone_is_not_proved_and_not_called_wrong():
    """b is 0, so a gradient without it has the same numbers there; no place near by is asked."""
    found = prove(lambda w, b: w**2 + b**3, lambda w, b: (2 * w, b**2), {"w": 1.5, "b": 0.0})
    assert verdicts(found) == ["proved", "not proved: needs an identity between atoms"]


def test_an_identity_that_the_atoms_do_not_know_is_not_called_wrong():
    found = prove(lambda x: np.arctan(x) ** 2, lambda x: 2 * (np.pi / 2 - np.arctan(1 / x)) / (1 + x**2), {"x": 0.7})
    assert verdicts(found) == ["not proved: needs an identity between atoms"]
    assert found.rows[0].remark == ""
    with pytest.raises(cg.CompgraphError, match="needs an identity"):
        found.raise_if_not_proved()


# ------------------------------------------------------------------------------------------ NumPy's functions and ops

x3, X33 = drawn(3), drawn(3, 3)
ONES = np.ones(3)


def softmax_by_hand(Z):
    E = np.exp(Z - np.max(Z, axis=0, keepdims=True))
    return E / np.sum(E, axis=0, keepdims=True)


def batch_norm(x):
    hat = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5)
    return np.sum(hat**2 * np.arange(12.0).reshape(4, 3))


def batch_norm_by_hand(x):
    deviation, root = x - x.mean(axis=0), np.sqrt(x.var(axis=0) + 1e-5)
    hat = deviation / root
    d = 2 * hat * np.arange(12.0).reshape(4, 3)
    return (d - d.mean(axis=0) - hat * (d * hat).mean(axis=0)) / root


RIGHT = {
    "einsum": (
        lambda W: np.einsum("ij,jk,k->i", W, W, ONES) @ ONES,
        lambda W: np.outer(ONES, W.sum(1)) + np.outer(W.sum(0), ONES),
        X33,
    ),
    "mean and broadcasting": (lambda W: np.mean((W - ONES) ** 2), lambda W: 2 / 9 * (W - 1), X33),
    "keepdims": (
        lambda W: np.sum(W / np.sum(W, axis=1, keepdims=True) * X33),
        lambda W: (X33 - (W * X33).sum(1, keepdims=True) / W.sum(1, keepdims=True)) / W.sum(1, keepdims=True),
        np.abs(X33),
    ),
    "indexing": (
        lambda x: x[0] * np.sum(x[1:]),
        lambda x: np.concatenate([[np.sum(x[1:])], np.full(2, 1.0) * x[0]]),
        x3,
    ),
    "an index more than once": (lambda x: np.sum(x[[0, 0, 2]] ** 2), lambda x: np.array([4.0, 0.0, 2.0]) * x, x3),
    "where": (lambda x: np.sum(np.where(x > 0, x**2, -x)), lambda x: np.where(x > 0, 2 * x, -1), x3),
    "mask": (lambda x: np.sum((x > 0) * x), lambda x: (x > 0).astype(float), x3),
    "max": (lambda x: np.max(x) ** 2, lambda x: 2 * np.max(x) * (x == np.max(x)), x3),
    "abs": (lambda x: np.sum(np.abs(x)), lambda x: np.sign(x), x3),
    "clip": (lambda x: np.sum(np.clip(x, -0.5, 0.5) ** 2), lambda x: np.where(np.abs(x) < 0.5, 2 * x, 0), x3),
    "sort": (lambda x: np.sum(np.sort(x) * np.arange(3)), lambda x: np.argsort(np.argsort(x)) * 1.0, x3),
    "cumsum": (lambda x: np.sum(np.cumsum(x) ** 2), lambda x: 2 * np.cumsum(np.cumsum(x)[::-1])[::-1], x3),
    "prod": (lambda x: np.prod(x), lambda x: np.prod(x) / x, x3),
    "outer and concatenate": (
        lambda x: np.sum(np.concatenate([np.outer(x, x), np.outer(x, ONES)])),
        lambda x: 2 * np.sum(x) * ONES + 3,
        x3,
    ),
    "var": (lambda x: np.var(x), lambda x: 2 * (x - x.mean()) / 3, x3),
    "std": (lambda x: np.std(x), lambda x: (x - x.mean()) / (3 * x.std()), x3),
    "norm": (lambda x: np.linalg.norm(x), lambda x: x / np.sqrt(np.sum(x**2)), x3),
    "batch norm": (batch_norm, batch_norm_by_hand, drawn(4, 3)),
    "softplus": (lambda x: np.sum(cg.softplus(x)), lambda x: 1 / (1 + np.exp(-x)), x3),
    "softplus without overflow": (
        lambda x: np.sum(np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))),
        lambda x: np.exp(x) / (1 + np.exp(x)),
        x3,
    ),
    "logaddexp": (lambda x: np.sum(np.logaddexp(x, 0)), lambda x: cg.sigmoid(x), x3),
    "expit": (lambda x: np.sum(scipy.special.expit(x)), lambda x: scipy.special.expit(x) * scipy.special.expit(-x), x3),
    "tanh by exp": (
        lambda x: np.sum(np.tanh(x)),
        lambda x: 1 - ((np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))) ** 2,
        x3,
    ),
    "tanh by cosh": (lambda x: np.sum(np.tanh(x)), lambda x: 1 / np.cosh(x) ** 2, x3),
    "tanh by sigmoid": (lambda x: np.sum(np.tanh(x)), lambda x: 1 - (2 * cg.sigmoid(2 * x) - 1) ** 2, x3),
    "sin and cos": (lambda x: np.sum(np.sin(x) * np.cos(x)), lambda x: np.cos(2 * x), x3),
    "tan": (lambda x: np.sum(np.tan(x)), lambda x: 1 + np.tan(x) ** 2, x3),
    "arcsin": (lambda x: np.sum(np.arcsin(x)), lambda x: 1 / np.sqrt(1 - x**2), x3 / 9),
    "powers": (lambda x: np.sum(x**2.5), lambda x: 2.5 * x * np.sqrt(x), np.abs(x3)),
    "2 to the power": (lambda x: np.sum(2.0**x), lambda x: np.log(2) * np.exp2(x), x3),
    "softmax regression": (
        lambda W: -np.sum(np.eye(3) * cg.log_softmax(W @ X33, axis=0)),
        lambda W: (softmax_by_hand(W @ X33) - np.eye(3)) @ X33.T,
        drawn(3, 3, seed=1),
    ),
    "entropy": (
        lambda x: -np.sum(cg.softmax(x) * cg.log_softmax(x)),
        lambda x: (lambda p: -p * (np.log(p) - np.sum(p * np.log(p))))(softmax_by_hand(x)),
        x3,
    ),
    "logsumexp": (lambda x: cg.logsumexp(x), lambda x: np.exp(x - cg.logsumexp(x)), x3),
    "cross-entropy": (
        lambda x: np.sum(cg.binary_cross_entropy(cg.sigmoid(x), np.array([1.0, 0.0, 0.3]))),
        lambda x: cg.sigmoid(x) - np.array([1.0, 0.0, 0.3]),
        x3,
    ),
    "inv": (lambda A: np.trace(np.linalg.inv(A)), lambda A: -(np.linalg.inv(A) @ np.linalg.inv(A)).T, X33),
    "solve": (
        lambda A: np.sum(np.linalg.solve(A, ONES)),
        lambda A: -np.outer(np.linalg.solve(A.T, ONES), np.linalg.solve(A, ONES)),
        X33,
    ),
    "det": (lambda A: np.linalg.det(A), lambda A: np.linalg.det(A) * np.linalg.inv(A).T, X33),
    "slogdet": (lambda A: np.linalg.slogdet(A)[1], lambda A: np.linalg.inv(A).T, X33),
}


@pytest.mark.parametrize("name", list(RIGHT))
def test_a_right_gradient_is_proved_and_a_scaled_one_is_not(name):
    cost, by_hand, at = RIGHT[name]
    found = prove(cost, lambda *p: by_hand(*p), [at])
    assert found.proved, found
    assert not prove(cost, lambda *p: by_hand(*p) * 1.01, [at]).proved


def test_a_likelihood_with_two_parameters():
    def cost(mu, s):
        return np.sum(np.log(s) + (X - mu) ** 2 / (2 * s**2))

    def by_hand(mu, s):
        return np.sum((mu - X) / s**2), np.sum(1 / s - (X - mu) ** 2 / s**3)

    assert prove(cost, by_hand, (0.3, 1.5)).proved


def test_an_exponent_that_is_a_parameter():
    def by_hand(x, k):
        return k * x**k / x, np.sum(x**k * np.log(x))

    assert prove(lambda x, k: np.sum(x**k), by_hand, (np.abs(x3), 1.7)).proved


def test_an_op_of_the_persons_own_runs_as_it_is_written():
    swish = cg.differentiable(
        lambda grad, out, x: grad * (cg.sigmoid(x) + out * cg.sigmoid(-x)), domain=(-3, 3), name="swish"
    )(lambda x: x * cg.sigmoid(x))

    def by_hand(x):
        a = 1 / (1 + np.exp(-x))
        return a + x * a * (1 - a)

    assert prove(lambda x: np.sum(swish(x)), by_hand, [x3]).proved


# ------------------------------------------------------------------------------------------------- regions and chance


def test_the_region_is_named_where_something_was_chosen():
    relu = prove(lambda x: np.sum(cg.relu(x)), lambda x: (x >= 0) * 1.0, [x3])
    smooth = prove(lambda x: np.sum(np.tanh(x)), lambda x: 1 - np.tanh(x) ** 2, [x3])
    masked = prove(lambda x: np.sum(x * (x > 0)), lambda x: np.array([1.0 if t > 0 else 0.0 for t in x3]), [x3])
    assert smooth.notes == ()
    assert [len(found.notes) for found in (relu, masked)] == [1, 1]
    assert "comes out as at these parameters" in relu.notes[0]
    assert [found.proved for found in (relu, smooth, masked)] == [True] * 3


def test_a_gradient_that_is_right_on_one_side_only_is_proved_there_alone():
    proofs = [prove(lambda x: np.abs(x), lambda x: 1.0 + 0 * x, [at]) for at in (2.0, -2.0)]
    assert [found.proved for found in proofs] == [True, False]


def test_beside_a_kink():
    found = prove(lambda x: np.sum(cg.relu(x)), lambda x: (x > 0) * 1.0, [np.array([0.0, 1.0, -1.0])])
    assert found.proved
    assert "kink" in found.notes[-1]


def test_a_root_of_a_square_has_the_sign_of_the_region():
    cost = lambda x, y: np.sqrt(x**2 - 2 * x * y + y**2)  # noqa: E731
    for x, sign in ((2.0, 1.0), (-2.0, -1.0)):
        wrong = prove(cost, lambda x, y, s=sign: (-s + 0 * x, s + 0 * x), (x, 0.5), seed=3)
        assert not any(row.proved for row in wrong)


def test_more_repetitions_less_chance():
    proofs = [
        prove(naive_cost, lambda w, b: closed_form.logistic(w, b, X, Y)[1:], (w, b), repetitions=k) for k in (1, 2, 3)
    ]
    assert [found.repetitions for found in proofs] == [1, 2, 3]
    assert proofs[1].chance < proofs[0].chance ** 1.9 < 1e-20
    assert proofs[2].chance < proofs[1].chance


def test_a_weak_bound_is_made_up_for_by_repetitions_and_else_is_no_proof():
    n = 55  # so many square roots, each of which doubles the degree
    x = np.linspace(1.0, 2.0, n)
    by_hand = lambda x: 0.5 / np.sqrt(1 + x)  # noqa: E731
    strong = prove(lambda x: np.sum(np.sqrt(1 + x)), by_hand, [x[:40]])
    assert strong.proved
    weak = prove(lambda x: np.sum(np.sqrt(1 + x)), by_hand, [x])
    assert verdicts(weak) == ["not proved: chance could have done it"]
    assert weak.repetitions == 6


@given(st.integers(0, 2**32))
def test_every_seed_proves_the_same(seed):
    found = prove(naive_cost, lambda w, b: (closed_form.logistic(w, b, X, Y).dw, b), (w, b), seed=seed)
    assert verdicts(found) == ["proved", "different"]


# ------------------------------------------------------------------------------------------------------------ refused


@pytest.mark.parametrize(
    ("cost", "name"),
    [
        (lambda A: np.linalg.eigh(A + A.T)[0][0], "eigh"),
        (lambda A: np.linalg.svd(A)[1][0], "svd"),
        (lambda A: np.sum(np.linalg.pinv(A)), "pinv"),
        (lambda A: np.sum(np.abs(np.fft.fft(A)) ** 2), "fft.fft"),
        (lambda A: np.sum(np.i0(A)), "i0"),
        (lambda A: np.sum(scipy.special.gammaln(A**2)), "gammaln"),
        (lambda A: cg.checkpoint(lambda B: np.sum(B**2))(A), "a checkpoint or custom gradient,"),
    ],
)
def test_what_has_no_exact_meaning_is_refused_by_name(cost, name):
    with pytest.raises(cg.CompgraphError, match=rf"{re.escape(name)}.* has no exact meaning"):
        prove(cost, lambda A: 2 * A, [X33])


@pytest.mark.parametrize(
    ("by_hand", "name"),
    [
        (lambda A: np.linalg.eigh(A + A.T)[1], "np.linalg.eigh"),
        (lambda A: np.fft.fft(A).real, "np.fft.fft"),
        (lambda A: scipy.special.gammaln(A**2), "gammaln"),
        (lambda A: np.i0(A), "np.i0"),
    ],
)
def test_the_same_in_the_hand_derived_function(by_hand, name):
    with pytest.raises(cg.CompgraphError, match=rf"{re.escape(name)} has no exact meaning"):
        prove(lambda A: np.sum(A**2), by_hand, [X33])


def by_math(x):
    import math

    return 2 * math.sqrt(x * x)


def into_floats(x):
    slopes = np.asarray([0.0, 0.0, 0.0])
    slopes[0] = 2 * x[0]
    return slopes


@pytest.mark.parametrize(
    ("f", "by_hand", "at", "message"),
    [
        (lambda x: x**2, by_math, 1.5, "instead of math's"),
        (lambda x: np.sum(x**2), into_floats, x3, "np.zeros_like"),
        (lambda x: np.sum(x**2), lambda x: np.zeros(3) + np.add(x, x, out=np.asarray([0.0] * 3)), x3, "np.add would"),
        (lambda x: np.sum(x**2), lambda x: 2 * x.nothing, x3, "nothing"),
        (lambda x: x**2, 3.0, 1.5, "give the function"),
        (lambda x: x, lambda x: x, x3, "shape"),
        (lambda x: 3.0, lambda x: x, 1.0, "does not depend"),
        (lambda x: np.sum(x**2), lambda x: 1 / (x - x), x3, "denominator is 0 whatever"),
        (lambda x: np.sum(x**2), lambda x: 2 * x + 0 * np.log(-(x**2)), x3, "outside the function's domain"),
    ],
)
@pytest.mark.filterwarnings("ignore:(divide by zero|invalid value|overflow)")
def test_what_cannot_be_run_is_said_so(f, by_hand, at, message):
    with pytest.raises((cg.CompgraphError, AttributeError), match=message):
        prove(f, by_hand, [at])


def test_repetitions_are_counted_from_one():
    with pytest.raises(cg.CompgraphError, match="repetitions=0"):
        prove(lambda x: x**2, lambda x: 2 * x, [1.0], repetitions=0)


# ---------------------------------------------------------------------------------------------------- nothing is left


def test_nothing_of_the_callers_is_changed():
    parameters = {"w": w.copy(), "b": b}

    def careless(w, b):
        found = closed_form.logistic(w, b, X, Y)[1:]
        w *= 0
        return found

    before = X.copy(), Y.copy(), w.copy()
    assert prove(naive_cost, careless, parameters).proved
    for after, expected in zip((X, Y, parameters["w"]), before, strict=True):
        assert np.array_equal(after, expected)
        assert after.dtype == float


def test_the_collector_is_left_as_it_was():
    def fails(x):
        raise ValueError("own")

    for enabled in (True, False):
        (gc.enable if enabled else gc.disable)()
        try:
            prove(lambda x: x**2, lambda x: 2 * x, [1.0])
            with pytest.raises(ValueError, match="own"):
                prove(lambda x: x**2, fails, [1.0])
            assert gc.isenabled() == enabled
        finally:
            gc.enable()


# -------------------------------------------------------------------------------------------------------------- printed


def test_the_table_is_narrow_and_says_all():
    n, m = 3, 4
    X, Y = drawn(n, m), labels(2, m)
    names = ["a_parameter_of_a_rather_long_name", "b", "W2", "b2"]
    parameters = dict(zip(names, [drawn(n, n), drawn(n, 1), drawn(2, n), drawn(2, 1)], strict=True))

    def by_hand(**p):
        W1, b1, W2, b2 = p.values()
        found = closed_form.two_layer(W1, b1, W2, b2, X, Y, "tanh")
        return [found.dW1, -found.db1, found.dW2, found.db2[:, 0]]

    def cost(**p):
        W1, b1, W2, b2 = p.values()
        return two_layer.two_layer_cost(W1, b1, W2, b2, X, Y)

    found = prove(cost, by_hand, parameters)
    text = str(found)
    assert max(map(len, text.splitlines())) <= 100
    assert verdicts(found) == ["proved", "different", "proved", "different"]
    for part in ("[0,0]", "has shape (2,)", "2^61 - 1", f"{found.chance:.0e}"):
        assert part in text
    assert repr(found) == "<Proof: 2 of 4 gradients proved>"
