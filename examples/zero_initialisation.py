"""Why weights start at random: hidden units that start equal stay equal for ever.

python examples/zero_initialisation.py
"""

import numpy as np

from compgraph.networks.initialise import random_two_layer, zero_two_layer
from compgraph.networks.training import train
from compgraph.networks.two_layer import TwoLayerParameters

# Points of the plane; label 1 inside a circle. One line cannot part them, three or more can.
X = np.random.default_rng(0).uniform(-2, 2, (2, 80))
Y = (np.sum(X**2, axis=0, keepdims=True) < 2).astype(float)
n_x, n_h = 2, 4


def try_out(title: str, start: TwoLayerParameters, activation: str) -> None:
    """Train from these start values and tell what became of the hidden units."""
    (W1, b1, W2, _), costs, _ = train(start, X, Y, activation=activation, rate=1.0, epochs=1000)
    units = np.hstack([W1, b1, W2.T])  # a row holds all that belongs to one unit
    different = len(np.unique(units.round(6), axis=0))
    print(f"\n{title}, {activation}: cost {costs[0]:.3f} at first, {costs[-1]:.3f} after {len(costs) - 1} updates")
    print(f"different hidden units: {different} of {n_h}; W1 =")
    print(W1.round(3))


print(f"{int(np.sum(Y))} of {Y.size} points are inside")
zeros = zero_two_layer(n_x, n_h)
halves = TwoLayerParameters(np.full((n_h, n_x), 0.5), zeros.b1, np.full((1, n_h), 0.5), zeros.b2)

# dW1 = W2ᵀ dZ2 * g'(Z1) · Xᵀ / m is zero as long as W2 is, and dW2 = dZ2 A1ᵀ / m as long as A1 = tanh(0) = 0 is.
try_out("All zero", zeros, "tanh")

# A1 = σ(0) = 1/2 lets W2 move, and W1 after it: each row of dW1 like the others.
try_out("All zero", zeros, "sigmoid")
try_out("All one half", halves, "tanh")

try_out("At random", random_two_layer(n_x, n_h, seed=0), "tanh")
