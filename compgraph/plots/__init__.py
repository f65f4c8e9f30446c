"""Plots for teaching: each is one function, draws in the axes it is given or in a new figure, and returns the axes.

- :mod:`~compgraph.plots.activations`: activation functions and their derivatives
- :mod:`~compgraph.plots.cost_surface`: the cost of logistic regression, cross-entropy against squared error
- :mod:`~compgraph.plots.decision_boundary`: a two-layer network over the plane, and the lines of its hidden units
- :mod:`~compgraph.plots.cost_curves`: the costs of several trainings
- :mod:`~compgraph.plots.spread`: activations and gradients of each layer while a deep network learns
- :mod:`~compgraph.plots.start_values`: start values of the weights compared
- :mod:`~compgraph.plots.deep_training`: the training that the last two measure
- :mod:`~compgraph.plots.style`: colours and axes of all of them

They need matplotlib, ``pip install 'compgraph[plot]'``, and never its pyplot: no figure stays open. A new figure is
``ax.figure``; ``ax.figure.savefig("plot.svg")`` writes it.
"""

from compgraph.plots.activations import activation_functions
from compgraph.plots.cost_curves import cost_curves
from compgraph.plots.cost_surface import cost_surface
from compgraph.plots.decision_boundary import decision_boundary
from compgraph.plots.spread import Trial, layer_spread
from compgraph.plots.start_values import SCHEMES, he, scaled_layers, start_values, xavier

__all__ = [
    "SCHEMES",
    "Trial",
    "activation_functions",
    "cost_curves",
    "cost_surface",
    "decision_boundary",
    "he",
    "layer_spread",
    "scaled_layers",
    "start_values",
    "xavier",
]
