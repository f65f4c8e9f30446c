"""``compgraph demo``: a drawn graph, a trained network, its gradients checked, and a report of it all."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import indent

from compgraph.check.table import aligned
from compgraph.commands.breast_cancer import DESCRIPTION, TARGET, table_path
from compgraph.commands.cost_curve import DARK, LIGHT, cost_curve, require_matplotlib
from compgraph.commands.experiment import Experiment, Settings, run_experiment, score
from compgraph.commands.gradient_check import GradientCheck, check_gradients, difference, network_picture
from compgraph.commands.graph_of_j import NUDGE, GraphOfJ, graph_of_J
from compgraph.commands.output_folder import REPORT, claim, write_all
from compgraph.commands.progress import progress
from compgraph.commands.report.findings import Findings
from compgraph.commands.report.page import page
from compgraph.commands.wording import distance, percent
from compgraph.networks.csv_file import read_csv
from compgraph.networks.data import labelled_table
from compgraph.render.values import number

__all__ = ["PICTURES", "SETTINGS", "demo"]

SETTINGS = Settings(hidden=4, activation="tanh", rate=0.5, epochs=1000, seed=0, held_out=0.2)
"""With four hidden units the network's graph still shows its small arrays in full."""

PICTURES = ("graph.svg", "graph.png", "cost_curve.png", "network.svg", "network.png")
"""The files that are written beside the report."""


def demo(out: str) -> int:
    """Run the demonstration and write its report and pictures to a folder.

    Args:
        out: the folder.

    Returns:
        The exit code: 0, or 1 where a gradient is not right.

    Raises:
        UseError, RenderError: the folder cannot be written to, or holds somebody's files of the same names.
        MissingExtraError: what draws is not installed.
        KeyboardInterrupt: Ctrl-C, before anything was written.
    """
    folder = Path(out)
    require_matplotlib()
    graph = graph_of_J()
    pictures = {"graph.svg": graph.picture.svg.encode(), "graph.png": graph.picture.png}
    claim(folder, (REPORT, *PICTURES))
    _tell_graph(graph)

    table = labelled_table(read_csv(table_path()), TARGET)
    print("\n2  A two-layer network learns from the breast cancer data\n", flush=True)
    with progress(SETTINGS.epochs, sys.stderr) as on_epoch:
        experiment = run_experiment(table, SETTINGS, on_epoch)
    if experiment.interrupted:
        raise KeyboardInterrupt
    _tell_network(experiment)

    check = check_gradients(experiment)
    _tell_check(check)

    network = network_picture(experiment)
    curve = cost_curve(experiment.model.costs, LIGHT)
    pictures |= {"cost_curve.png": curve, "network.svg": network.svg.encode(), "network.png": network.png}
    dark_curve = cost_curve(experiment.model.costs, DARK)
    found = Findings(graph, DESCRIPTION, experiment, score(experiment), check, network, curve, dark_curve)
    write_all(folder, {REPORT: page(found).encode(), **pictures})
    print(f"\nReport    {folder / REPORT}")
    print(f"          {(folder / REPORT).resolve().as_uri()}")
    print(f"Beside it {', '.join(PICTURES)}")
    return 0 if check.ok else 1


def _tell_graph(graph: GraphOfJ) -> None:
    value = {node.name: number(node.value) for node in graph.nodes}
    head = ("node", "value", "dJ/d·", "nudged to", "J becomes", "slope")
    rows = [
        (node.name, *map(number, (node.value, node.derivative, node.nudged, node.J)), f"{node.slope:.6f}")
        for node in graph.nodes
    ]
    print(f"1  J = 3(a + bc) at a = {value['a']}, b = {value['b']}, c = {value['c']}: J = {number(graph.J)}\n")
    print(indent(aligned([head, *rows], left=(0,)), "   "))
    print(
        f"\n   dJ/d· is from the reverse pass, the slope from nudging the node by {NUDGE:g}.\n"
        f"   {graph.agreeing} of {len(graph.nodes)} agree; they differ by {distance(graph.largest_difference)} at most."
    )


def _tell_network(experiment: Experiment) -> None:
    settings, judged, costs = experiment.settings, score(experiment), experiment.model.costs
    lines = [
        f"{experiment.train.m} rows to train on, {experiment.test.m} held out (split by seed {settings.seed})",
        f"{len(experiment.model.feature_names)} features → {settings.hidden} {settings.activation} → 1 σ, "
        f"cross-entropy, learning rate {settings.rate:g}, {experiment.epochs} epochs",
        f"cost {costs[0]:.4f} → {costs[-1]:.4f}",
        f"held-out accuracy {percent(judged.accuracy)} ({judged.right} of {judged.rows})",
    ]
    print(indent("\n".join(lines), "   "))


def _tell_check(check: GradientCheck) -> None:
    head = ("", "parameters", "shape", "by hand", "relative", "numeric", "relative", "verdict")
    rows = []
    for at, row in check.rows:
        distances = [*difference(row.autodiff, row.manual), *difference(row.autodiff, row.numeric)]
        rows.append((row.name, at, str(row.shape), *map(distance, distances), row.verdict))
    print("\n3  Its gradients three ways: autodiff against by hand, and against numeric\n")
    print(indent(aligned([head, *rows], left=(0, 1, 2, 7)), "   "))
    print(
        f"\n   The largest difference in any entry; relative: over the largest entry.\n"
        f"   {check.right} of {len(check.rows)} gradients are right."
    )
