"""The problems of the corpus: a cost, its gradients by hand, and points to compare them at.

Sizes that a formula could confuse are distinct, except in the problems called square, where a transposed matrix keeps
its shape.
"""

from __future__ import annotations

import inspect
import sys
import textwrap
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from tests.slips import formulas
from tests.slips import further_formulas as further


class Problem(NamedTuple):
    """A cost with its hand-derived gradients.

    Attributes:
        cost: of the parameters and the data.
        gradients: the right formula.
        draw: from a random generator and a dtype to the parameters and the data.
        steps: the intermediates of the formula that are derivatives of the cost.
        in_notes: those that are m times that, as the notes of the course write it.
    """

    cost: Callable[..., Any]
    gradients: Callable[..., dict[str, Any]]
    draw: Callable[[np.random.Generator, Any], tuple[dict[str, Any], dict[str, Any]]]
    steps: tuple[str, ...] = ()
    in_notes: tuple[str, ...] = ()

    def written(self, was: str = "", instead: str = "", steps: tuple[str, ...] = ()) -> Callable[..., dict[str, Any]]:
        """The formula with one line written otherwise, returning some of its steps too."""
        lines = textwrap.dedent(inspect.getsource(self.gradients)).splitlines()
        if was:
            (place,) = [i for i, line in enumerate(lines) if line.strip() == was]
            lines[place] = lines[place].replace(was, instead)
        given = "".join(f'"{step}": {step}, ' for step in steps)
        assert lines[-1].lstrip().startswith("return {")
        lines[-1] = lines[-1].replace("return {", f"return {{{given}", 1)
        space = vars(sys.modules[self.gradients.__module__]).copy()
        exec("\n".join(lines), space)
        return space[self.gradients.__name__]


def normal(rng, dtype, *shape, scale=0.7):
    return (rng.normal(size=shape) * scale).astype(dtype)


def labels(rng, dtype, *shape):
    """Zeros and ones, at least one of each in a row."""
    drawn = rng.random(shape) < 0.5
    drawn[..., 0], drawn[..., 1] = True, False
    return drawn.astype(dtype)


def classes(rng, dtype, m, k):
    return np.eye(k, dtype=dtype)[rng.integers(0, k, size=m)]


def logistic_point(rng, dtype):
    at = {"w": normal(rng, dtype, 5, 1), "b": dtype(rng.normal())}
    return at, {"X": normal(rng, dtype, 5, 7, scale=1.0), "Y": labels(rng, dtype, 1, 7)}


def saturated_point(rng, dtype):
    """As logistic_point, with two examples so far out that exp of what goes into the sigmoid overflows."""
    at, data = logistic_point(rng, dtype)
    data["X"][:, 2] *= 1e4 / np.sum(at["w"][:, 0] * data["X"][:, 2])
    data["X"][:, 3] *= -1e4 / np.sum(at["w"][:, 0] * data["X"][:, 3])
    data["Y"][0, 2], data["Y"][0, 3] = 0.0, 1.0
    return at, data


def penalised_point(rng, dtype):
    """The first feature is 1 for all examples and its weight, the bias, is not penalised."""
    X = normal(rng, dtype, 7, 5, scale=1.0)
    X[:, 0] = 1
    return {"theta": normal(rng, dtype, 5)}, {"X": X, "y": labels(rng, dtype, 7), "lam": 0.8}


def layers_point(n_x, n_h, n_y, m):
    def draw(rng, dtype):
        at = {
            "W1": normal(rng, dtype, n_h, n_x),
            "b1": normal(rng, dtype, n_h, 1),
            "W2": normal(rng, dtype, n_y, n_h),
            "b2": normal(rng, dtype, n_y, 1),
        }
        return at, {"X": normal(rng, dtype, n_x, m, scale=1.0), "Y": labels(rng, dtype, n_y, m)}

    return draw


def deep_point(rng, dtype):
    """Square: each layer has 4 neurons, and so has the input."""
    at = {}
    for layer in (1, 2, 3):
        at[f"W{layer}"] = normal(rng, dtype, 4, 4)
        at[f"b{layer}"] = normal(rng, dtype, 4, 1)
    return at, {"X": normal(rng, dtype, 4, 6, scale=1.0), "Y": labels(rng, dtype, 4, 6)}


def tied_point(rng, dtype):
    at = {"W": normal(rng, dtype, 4, 6), "b": normal(rng, dtype, 4, 1), "c": normal(rng, dtype, 6, 1)}
    return at, {"X": normal(rng, dtype, 6, 7, scale=1.0)}


def softmax_regression_point(rng, dtype):
    at = {"W": normal(rng, dtype, 5, 3), "b": normal(rng, dtype, 3)}
    return at, {"X": normal(rng, dtype, 7, 5, scale=1.0), "Y": classes(rng, dtype, 7, 3)}


def ridge_point(rng, dtype):
    at = {"W": normal(rng, dtype, 3, 5), "b": normal(rng, dtype, 3, 1)}
    X, Y = normal(rng, dtype, 5, 7, scale=1.0), normal(rng, dtype, 3, 7, scale=1.0)
    return at, {"X": X, "Y": Y, "lam": 0.3}


def unrolled_point(rng, dtype):
    X, Y = normal(rng, dtype, 5, 7, scale=1.0), normal(rng, dtype, 3, 7, scale=1.0)
    return {"theta": normal(rng, dtype, 15)}, {"X": X, "Y": Y}


def rnn_cell_point(rng, dtype):
    """Square: 4 inputs, 4 hidden units, 4 outputs."""
    at = {"Wx": normal(rng, dtype, 4, 4), "Wh": normal(rng, dtype, 4, 4), "b": normal(rng, dtype, 4, 1)}
    at["Wy"] = normal(rng, dtype, 4, 4)
    return at, {name: normal(rng, dtype, 4, 6) for name in ("x", "h_prev", "target")}


def rnn_point(rng, dtype):
    at = {"Wx": normal(rng, dtype, 4, 3), "Wh": normal(rng, dtype, 4, 4), "b": normal(rng, dtype, 4, 1)}
    at["Wy"] = normal(rng, dtype, 2, 4)
    data = {"X": normal(rng, dtype, 3, 3, 5, scale=1.0), "h0": normal(rng, dtype, 4, 5)}
    return at, {**data, "Y": normal(rng, dtype, 3, 2, 5, scale=1.0)}


def lstm_cell_point(rng, dtype):
    at = {"W": normal(rng, dtype, 12, 5), "b": normal(rng, dtype, 12, 1)}
    data = {name: normal(rng, dtype, 3, 7) for name in ("h_prev", "c_prev", "target")}
    return at, {"x": normal(rng, dtype, 2, 7, scale=1.0), **data}


def convolution_point(rng, dtype):
    at = {"K": normal(rng, dtype, 3, 3), "b": dtype(0.2), "x": normal(rng, dtype, 6, 7, scale=1.0)}
    return {**at, "v": normal(rng, dtype, 20)}, {"y": 0.5}


def batch_norm_point(rng, dtype):
    at = {"x": normal(rng, dtype, 6, 4, scale=1.5), "gamma": normal(rng, dtype, 4), "beta": normal(rng, dtype, 4)}
    return at, {"target": normal(rng, dtype, 6, 4, scale=1.0)}


def attention_point(rng, dtype):
    """Square weights: 5 tokens of 3 features, and heads of 3."""
    at = {"X": normal(rng, dtype, 5, 3, scale=1.0), **{name: normal(rng, dtype, 3, 3) for name in ("Wq", "Wk", "Wv")}}
    return at, {"target": normal(rng, dtype, 5, 3, scale=1.0)}


def gaussian_point(rng, dtype):
    at = {"w": normal(rng, dtype, 5), "b": dtype(rng.normal()), "sigma": dtype(1.3 + rng.random())}
    return at, {"X": normal(rng, dtype, 7, 5, scale=1.0), "y": normal(rng, dtype, 7, scale=2.0)}


def poisson_point(rng, dtype):
    at = {"w": normal(rng, dtype, 5, scale=0.4), "b": dtype(0.4)}
    return at, {"X": normal(rng, dtype, 7, 5, scale=1.0), "k": rng.poisson(2.0, size=7).astype(dtype)}


def smoothed_point(rng, dtype):
    at = {"W": normal(rng, dtype, 5, 4), "b": normal(rng, dtype, 4)}
    return at, {"X": normal(rng, dtype, 8, 5, scale=1.0), "Y": classes(rng, dtype, 8, 4), "eps": 0.1}


def dropout_point(rng, dtype):
    """Square in the middle: either hidden layer has 6 neurons."""
    at = {}
    for layer, (rows, columns) in enumerate([(6, 3), (6, 6), (2, 6)], start=1):
        at[f"W{layer}"] = normal(rng, dtype, rows, columns)
        at[f"b{layer}"] = normal(rng, dtype, rows, 1)
    masks = {name: labels(rng, dtype, 6, 7) for name in ("D1", "D2")}
    X, Y = normal(rng, dtype, 3, 7, scale=1.0), normal(rng, dtype, 2, 7)
    return at, {"X": X, "Y": Y, **masks, "keep": 0.6}


def noisy_point(rng, dtype):
    at = {"w": normal(rng, dtype, 5), "v": normal(rng, dtype, 5, scale=0.4)}
    return at, {"X": normal(rng, dtype, 8, 5, scale=1.0), "y": normal(rng, dtype, 8)}


def embedding_point(rng, dtype):
    """Two words occur more than once, and one not at all."""
    words = rng.permutation(np.array([0, 2, 5, 2, 4, 0, 2, 1]))
    return {"E": normal(rng, dtype, 6, 3), "w": normal(rng, dtype, 3)}, {"words": words, "y": normal(rng, dtype, 8)}


def elastic_point(rng, dtype):
    data = {"X": normal(rng, dtype, 8, 5, scale=1.0), "y": normal(rng, dtype, 8), "l1": 0.3, "l2": 0.7}
    return {"w": normal(rng, dtype, 5), "b": dtype(0.4 + rng.random())}, data


def info_nce_point(rng, dtype):
    at = {"W": normal(rng, dtype, 5, 3), "V": normal(rng, dtype, 4, 3)}
    return at, {"X": normal(rng, dtype, 7, 5), "U": normal(rng, dtype, 7, 4), "tau": 0.6}


def ratings_point(rng, dtype):
    first, second = np.array([0, 1, 2, 0, 3, 0, 1]), np.array([1, 2, 4, 3, 4, 2, 3])
    data = {"first": first, "second": second, "y": labels(rng, dtype, 7), "scale": 1.7}
    return {"r": normal(rng, dtype, 5)}, data


def series_point(*names):
    def draw(rng, dtype):
        return {name: dtype(0.2 + 0.4 * rng.random()) for name in names}, {"x": normal(rng, dtype, 11, scale=1.0)}

    return draw


def gru_point(rng, dtype):
    at = {name: normal(rng, dtype, 4, 3) for name in ("Wz", "Wr", "Wn")}
    at |= {name: normal(rng, dtype, 4, 4) for name in ("Uz", "Ur", "Un")}
    data = {"h": normal(rng, dtype, 4, 6), "x": normal(rng, dtype, 3, 6, scale=1.0), "target": normal(rng, dtype, 4, 6)}
    return at, data


def hinge_point(rng, dtype):
    """So many examples that some are beyond the margin and some are not."""
    X = normal(rng, dtype, 30, 5, scale=1.0)
    return {"w": normal(rng, dtype, 5), "b": dtype(0.3)}, {"X": X, "y": 2 * labels(rng, dtype, 30) - 1, "lam": 0.3}


def swish_point(rng, dtype):
    at = {"W1": normal(rng, dtype, 4, 3), "b1": normal(rng, dtype, 4, 1), "w2": normal(rng, dtype, 1, 4)}
    return at, {"X": normal(rng, dtype, 3, 8, scale=1.0), "y": normal(rng, dtype, 1, 8)}


DISTINCT, SQUARE = layers_point(n_x=5, n_h=4, n_y=3, m=7), layers_point(n_x=4, n_h=4, n_y=4, m=6)
CHAIN = ("dA2", "dZ2", "dA1", "dZ1")

PROBLEMS = {
    "logistic": Problem(formulas.logistic, formulas.logistic_gradients, logistic_point, in_notes=("dZ",)),
    "logistic, in a loop": Problem(formulas.logistic, formulas.logistic_loop, logistic_point),
    "logistic, saturated": Problem(formulas.logits, formulas.logits_gradients, saturated_point),
    "logistic, penalised": Problem(formulas.penalised, formulas.penalised_gradients, penalised_point),
    "two layers": Problem(formulas.two_layer, formulas.two_layer_gradients, DISTINCT, in_notes=("dZ2", "dZ1")),
    "two layers, square": Problem(formulas.two_layer, formulas.two_layer_gradients, SQUARE, in_notes=("dZ2", "dZ1")),
    "two layers, by the chain": Problem(formulas.two_layer, formulas.two_layer_chain, DISTINCT, CHAIN),
    "deep": Problem(formulas.deep, formulas.deep_gradients, deep_point, ("dZ3", "dA2", "dZ2", "dA1", "dZ1")),
    "tied autoencoder": Problem(formulas.tied, formulas.tied_gradients, tied_point, ("dR", "dH", "dZ")),
    "softmax regression": Problem(
        formulas.softmax_regression, formulas.softmax_regression_gradients, softmax_regression_point, ("dP", "dS")
    ),
    "ridge": Problem(formulas.ridge, formulas.ridge_gradients, ridge_point, ("dE",)),
    "unrolled": Problem(formulas.unrolled, formulas.unrolled_gradients, unrolled_point, ("dW",)),
    "RNN cell": Problem(formulas.rnn_cell, formulas.rnn_cell_gradients, rnn_cell_point, ("dy", "dh", "da")),
    "RNN through time": Problem(formulas.rnn, formulas.rnn_gradients, rnn_point),
    "LSTM cell": Problem(formulas.lstm_cell, formulas.lstm_cell_gradients, lstm_cell_point, ("dh", "dc", "dZ")),
    "convolution": Problem(formulas.convolution, formulas.convolution_gradients, convolution_point, ("ds", "dA", "dZ")),
    "batch normalisation": Problem(
        formulas.batch_norm, formulas.batch_norm_gradients, batch_norm_point, ("dout", "dxhat", "dvar", "dmu")
    ),
    "attention": Problem(
        formulas.attention, formulas.attention_gradients, attention_point, ("dout", "dV", "dP", "dS", "dQ", "dK")
    ),
    "Gaussian": Problem(formulas.gaussian, formulas.gaussian_gradients, gaussian_point, ("dr",)),
    "Poisson": Problem(formulas.poisson, formulas.poisson_gradients, poisson_point, ("drate", "deta")),
    "label smoothing": Problem(further.smoothed, further.smoothed_gradients, smoothed_point, ("dS",)),
    "dropout": Problem(
        further.dropout, further.dropout_gradients, dropout_point, ("dZ3", "dA2", "dH2", "dZ2", "dA1", "dH1", "dZ1")
    ),
    "learned variance": Problem(further.noisy, further.noisy_gradients, noisy_point, ("dmu", "ds")),
    "embedding": Problem(further.embedding, further.embedding_gradients, embedding_point, ("dz", "dx")),
    "elastic net": Problem(further.elastic, further.elastic_gradients, elastic_point),
    "InfoNCE": Problem(further.info_nce, further.info_nce_gradients, info_nce_point, ("dS", "dQ", "dK")),
    "ratings": Problem(further.ratings, further.ratings_gradients, ratings_point, ("dd",)),
    "autoregression": Problem(
        further.autoregression, further.autoregression_gradients, series_point("phi1", "phi2", "c"), ("de",)
    ),
    "moving average": Problem(further.moving_average, further.moving_average_gradients, series_point("phi", "theta")),
    "GRU cell": Problem(further.gru, further.gru_gradients, gru_point, ("dout",)),
    "hinge": Problem(further.hinge, further.hinge_gradients, hinge_point),
    "swish": Problem(further.swish, further.swish_gradients, swish_point, ("dout", "dA", "dZ")),
}
