"""The report as a whole: its head, its results at a glance, its sections, where it comes from."""

from __future__ import annotations

import platform
from importlib.resources import files

import numpy as np

import compgraph as cg
from compgraph.commands.breast_cancer import ATTRIBUTION
from compgraph.commands.output_folder import GENERATOR
from compgraph.commands.report.findings import Findings
from compgraph.commands.report.gradient_section import gradient_section
from compgraph.commands.report.graph_colours import dark_rules
from compgraph.commands.report.graph_section import graph_section
from compgraph.commands.report.html_pieces import escaped
from compgraph.commands.report.network_section import network_section
from compgraph.commands.wording import percent

__all__ = ["page"]


def page(found: Findings) -> str:
    """Write the report.

    Args:
        found: what there is to tell.

    Returns:
        A page in HTML, with its pictures and its style inside it and without a script. The same findings give the
        same page.
    """
    style = files("compgraph.commands.report").joinpath("report.css").read_text(encoding="utf-8")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
{GENERATOR}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>From a graph to a trained network: compgraph demo</title>
<style>
{style}@media screen and (prefers-color-scheme: dark) {{
{dark_rules("figure")}
}}
</style>
</head>
<body>
<header>
<p class="brand">compgraph demo</p>
<h1>From a graph to a trained network</h1>
<p class="lead">Every computation on this page was recorded as a graph, and every derivative was found by walking that
graph backwards. Next to each derivative stands a second opinion: the slope seen by nudging, or the formula derived by
hand.</p>
</header>
{_results(found)}
<main>
{graph_section(found.graph)}
{network_section(found)}
{gradient_section(found)}
</main>
<footer>
<p>The data: {escaped(ATTRIBUTION)}.</p>
<p>Made by <code>compgraph demo</code>, version {escaped(cg.__version__)}, with Python {platform.python_version()} and
NumPy {escaped(np.__version__)}. Run it again, and it makes the same page.</p>
</footer>
</body>
</html>
"""


def _results(found: Findings) -> str:
    graph, judged, check = found.graph, found.score, found.check
    agree = graph.agreeing == len(graph.nodes)
    tiles = [
        ("graph", agree, f"{graph.agreeing} of {len(graph.nodes)}", "derivatives of J equal the slope of their nudge"),
        ("network", True, percent(judged.accuracy), f"of {judged.rows} rows it has never seen are judged right"),
        ("gradients", check.ok, f"{check.right} of {len(check.rows)}", "gradients of the network agree three ways"),
    ]
    items = [
        f'<li class="{"good" if fine else "bad"}"><a href="#{where}"><strong>{escaped(size)}</strong> '
        f"<span>{escaped(what)}</span></a></li>"
        for where, fine, size, what in tiles
    ]
    return f'<ul class="results">\n{"".join(items)}\n</ul>'
