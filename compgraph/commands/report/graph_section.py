"""The report's section on J = 3(a + bc)."""

from __future__ import annotations

from compgraph.commands.graph_of_j import NUDGE, GraphOfJ
from compgraph.commands.report.html_pieces import formulas, table
from compgraph.commands.wording import power_of_ten
from compgraph.render.values import number

__all__ = ["graph_section"]


def graph_section(graph: GraphOfJ) -> str:
    """The graph, its values and derivatives, and the same slopes seen by nudging."""
    value = {node.name: number(node.value) for node in graph.nodes}
    slope = {node.name: number(node.derivative) for node in graph.nodes}
    exact = {node.name: node.value for node in graph.nodes}
    code = [
        f"a, b, c = cg.variables(a={exact['a']!r}, b={exact['b']!r}, c={exact['c']!r})",
        "u = b * c",
        "v = a + u",
        "J = 3 * v",
        "J.backward()",
    ]
    nudges = table(
        f"Each node nudged by {NUDGE:g}",
        ["node", "value", "derivative dJ/d·", "nudged to", f"J goes from {number(graph.J)} to", "slope"],
        [
            [node.name, *map(number, (node.value, node.derivative, node.nudged, node.J)), f"{node.slope:.6f}"]
            for node in graph.nodes
        ],
        ["name", "value", "derivative", "plain", "plain", "derivative"],
    )
    return f"""<section id="graph">
<h2><span class="number">1</span>The graph of <var>J</var> = 3(<var>a</var> + <var>bc</var>)</h2>
<p>Two steps on the way have names of their own, <span class="whole"><var>u</var> = <var>bc</var></span> and
<span class="whole"><var>v</var> = <var>a</var> + <var>u</var></span>, so that
<span class="whole"><var>J</var> = 3<var>v</var></span>. The forward pass runs from left to right and finds the
<span class="value">values</span>. The reverse pass runs from right to left and finds the
<span class="derivative">derivatives</span>.</p>
{formulas(code)}
<figure>
{graph.picture.svg}
<figcaption>The graph at a = {value["a"]}, b = {value["b"]}, c = {value["c"]}, as the engine recorded it</figcaption>
</figure>
<p>Each derivative is a product along the arrows, taken backwards. <var>c</var> reaches <var>J</var> through
<var>u</var> and <var>v</var>, so <var>dJ/dc</var> = <var>dJ/dv</var> · <var>dv/du</var> · <var>du/dc</var> =
{slope["v"]} · 1 · {value["b"]} = <span class="derivative">{slope["c"]}</span>.</p>
<h3>The same slopes, seen by nudging</h3>
{nudges}
<p>To nudge <var>u</var> or <var>v</var>, that step is given the nudged value, and everything after it is computed
again. Slope and derivative differ by {power_of_ten(graph.largest_difference)} at most: that is the last digit of
<var>J</var>, divided by {NUDGE:g}.</p>
</section>"""
