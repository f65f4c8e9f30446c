"""The teaching plots, each with what it is drawn from.

python examples/plots.py
python examples/plots.py --out FOLDER     (writes the pictures too, as PNG)
"""

import argparse
import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image  # comes with matplotlib

from compgraph import plots
from compgraph.networks.initialise import random_two_layer
from compgraph.networks.training import train

parser = argparse.ArgumentParser(description="the teaching plots")
parser.add_argument("--out", metavar="FOLDER", type=Path, help="write the pictures into this folder")
folder = parser.parse_args().out


def save(name: str, ax: Any) -> None:
    """Write the figure of these axes, in 200 colours, which makes a small file."""
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    full = io.BytesIO()
    ax.figure.savefig(full, format="png")
    Image.open(full).convert("RGB").quantize(200, Image.Quantize.MAXCOVERAGE).save(
        folder / f"{name}.png", optimize=True
    )


axes = plots.activation_functions()
save("activation_functions", axes[0, 0])
steepest = [float(np.nanmax(ax.lines[1].get_ydata())) for ax in axes.flat]
print(f"Largest derivatives: sigmoid {steepest[0]:g}, tanh {steepest[1]:g}, relu {steepest[2]:g}")

# Logistic regression of one feature; two of the labels are on the wrong side.
x = np.array([[-3.0, -2.0, -1.5, -0.5, 0.5, 1.0, 2.0, 3.5]])
y = np.array([[0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0]])
axes = plots.cost_surface(x, y, start=(-5.0, 6.0), rate=2.0, epochs=60)
save("cost_surface", axes[0, 0])
print()
for ax in axes[0]:
    w, b = (float(path[-1]) for path in ax.lines[0].get_data())
    print(f"{ax.get_title(loc='left')}; from w = -5, b = 6 gradient descent comes to w = {w:.2f}, b = {b:.2f}")

# Points of the plane; label 1 inside a circle.
X = np.random.default_rng(0).uniform(-2, 2, (2, 120))
Y = (np.sum(X**2, axis=0, keepdims=True) < 2).astype(float)
start = random_two_layer(2, 4, seed=2, scale=0.5)
trainings = {
    f"{activation}, α = {rate:g}": train(start, X, Y, activation=activation, rate=rate, epochs=1500)
    for activation, rate in (("sigmoid", 1.0), ("tanh", 1.0), ("relu", 0.5))
}
save("cost_curves", plots.cost_curves(trainings))
print()
for name, training in trainings.items():
    activation = name.partition(",")[0]
    ax = plots.decision_boundary(training.parameters, X, Y, activation=activation)
    print(f"{ax.get_title(loc='left')}, cost {training.costs[-1]:.3f}")
    if activation != "sigmoid":
        save(f"decision_boundary_{activation}", ax)

# Seven layers, the same random numbers in each, scaled as one is advised to.
sizes = [2, *[10] * 6, 1]
xavier, he = plots.scaled_layers(sizes, plots.xavier), plots.scaled_layers(sizes, plots.he)
trials = {
    "σ, Xavier": plots.Trial(xavier, "sigmoid"),
    "tanh, Xavier": plots.Trial(xavier, "tanh"),
    "relu, He": plots.Trial(he, "relu"),
}
axes = plots.layer_spread(trials, X, Y, rate=0.04, epochs=300)
save("layer_spread", axes[0, 0])
print()
for name, ax in zip(trials, axes[1], strict=True):
    first, last = ax.lines[0].get_ydata()[0], ax.lines[-1].get_ydata()[0]
    print(f"{name}: at the start the rms of dW in layer 1 is {first / last:.1g} of that in layer 7")

rng = np.random.default_rng(0)
X20 = rng.normal(size=(20, 120))
Y20 = (X20[:1] * X20[1:2] > 0).astype(float)
axes = plots.start_values(X20, Y20, [20] * 7 + [1], rate=0.1, epochs=250)
save("start_values", axes[0, 0])
print()
for spreads, costs in zip(axes[0, 0].lines, axes[0, 1].lines, strict=False):
    spread, cost = spreads.get_ydata()[-1], costs.get_ydata()[-1]
    print(f"{spreads.get_label():15} spread of layer 6 {spread:.1e}, cost after 250 epochs {cost:.4f}")
if folder is not None:
    print(f"\npictures written to {folder}")
