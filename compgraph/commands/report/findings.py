"""What the report tells of."""

from __future__ import annotations

from typing import NamedTuple

from compgraph.commands.experiment import Experiment, Score
from compgraph.commands.gradient_check import GradientCheck
from compgraph.commands.graph_of_j import GraphOfJ
from compgraph.render import Picture

__all__ = ["Findings"]


class Findings(NamedTuple):
    """All that the report tells of.

    Attributes:
        graph: J = 3(a + bc).
        description: of the table, in a sentence.
        experiment: the trained network.
        score: how it judged the rows held out.
        check: its gradients three ways.
        network: the picture of its graph.
        curve: the picture of its cost as PNG, for light screens.
        dark_curve: the same for dark ones.
    """

    graph: GraphOfJ
    description: str
    experiment: Experiment
    score: Score
    check: GradientCheck
    network: Picture
    curve: bytes
    dark_curve: bytes
