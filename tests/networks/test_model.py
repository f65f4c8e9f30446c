"""A trained network judges rows as they stand in a table."""

import numpy as np

from compgraph.networks import closed_form
from compgraph.networks.data import Table
from compgraph.networks.initialise import random_two_layer
from compgraph.networks.model import Model
from compgraph.networks.standardise import Scale

SCALE = Scale(np.array([[5.0], [-1.0]]), np.array([[2.0], [0.5]]))
PARAMETERS = random_two_layer(2, 3, seed=4, scale=1.0)
MODEL = Model(PARAMETERS, "relu", ("a", "b"), SCALE, "kind", ("no", "yes"), np.array([0.7, 0.5]))
X = np.array([[5.0, 7.0, 1.0, 9.0], [-1.0, 0.0, 0.0, -2.0]])


def test_rows_are_standardised_by_the_training_rows_scale() -> None:
    A2 = closed_form.two_layer_forward(*PARAMETERS, (X - SCALE.mean) / SCALE.std, "relu").A2
    np.testing.assert_allclose(MODEL.probabilities(X), A2, rtol=1e-14)


def test_predictions_are_labels_and_words() -> None:
    labels = MODEL.predict(X)
    np.testing.assert_array_equal(labels, (MODEL.probabilities(X) >= 0.5).astype(float))
    assert {*labels[0]} == {0.0, 1.0}
    assert MODEL.answers(X) == tuple("yes" if label else "no" for label in labels[0])


def test_accuracy_is_the_share_judged_right() -> None:
    right = MODEL.predict(X)
    assert MODEL.accuracy(Table(("a", "b"), X, right, "kind", ("no", "yes"), (2, 3, 4, 5))) == 1.0
    one_wrong = right.copy()
    one_wrong[0, 1] = 1 - one_wrong[0, 1]
    assert MODEL.accuracy(Table(("a", "b"), X, one_wrong, "kind", ("no", "yes"), (2, 3, 4, 5))) == 0.75
