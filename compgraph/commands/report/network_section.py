"""The report's section on the network that learns from data."""

from __future__ import annotations

import numpy as np

from compgraph.commands.report.findings import Findings
from compgraph.commands.report.html_pieces import escaped, facts, formulas, picture, table
from compgraph.commands.wording import percent
from compgraph.render.values import number

__all__ = ["network_section"]


def network_section(found: Findings) -> str:
    """The data, the network, how its cost fell, and how it judges the rows it has never seen."""
    done, judged = found.experiment, found.score
    settings, model = done.settings, done.model
    first, second = model.values
    names, costs = model.feature_names, model.costs
    architecture = [
        f"Z1 = W1 X + b1        A1 = {settings.activation}(Z1)",
        "Z2 = W2 A1 + b2       A2 = σ(Z2)",
        "J = -(1/m) Σ ( y log a + (1 - y) log(1 - a) )",
        "θ := θ - α ∂J/∂θ      for W1, b1, W2, b2",
    ]
    how = facts(
        [
            ("training rows m", str(done.train.m)),
            ("rows held out", f"{done.test.m}"),
            ("split at random, seed", str(settings.seed)),
            ("start values, seed", str(settings.seed)),
            ("features, standardised", str(len(names))),
            ("hidden units", f"{settings.hidden}, {settings.activation}"),
            ("learning rate α", number(settings.rate)),
            ("epochs", str(done.epochs)),
        ]
    )
    fall = f"from {costs[0]:.4g} to {costs[-1]:.4g}"
    curve = picture(found.curve, found.dark_curve, f"A curve: the cost over {done.epochs} epochs, {fall}")
    common = first if np.mean(done.train.Y) < 0.5 else second
    counts = table(
        "The rows held out",
        [model.target, f"judged {first}", f"judged {second}"],
        [[f"is {value}", *map(str, line)] for value, line in zip(model.values, judged.counts.tolist(), strict=True)],
        ["name", "plain", "plain"],
    )
    return f"""<section id="network">
<h2><span class="number">2</span>A network of two layers learns from data</h2>
<p>{escaped(found.description)} {done.train.m + done.test.m} rows, {len(names)} features. The network is to tell
{escaped(second)} (label 1) from {escaped(first)} (label 0). A column of <var>X</var> is an example.</p>
{formulas(architecture)}
<p>The start values are W = randn · 0.01 and b = 0. Every epoch is one update with all training rows; the gradients in
it are the engine's.</p>
{how}
<figure>
{curve}
<figcaption>The cost on the training rows, {fall}</figcaption>
</figure>
<h3>How it judges rows it has never seen</h3>
<p>{judged.right} of {judged.rows} are judged right: <strong>{percent(judged.accuracy)}</strong>. Always answering
{escaped(common)} would get {percent(judged.baseline)}.</p>
{counts}
<details><summary>The {len(names)} features</summary><p>{", ".join(map(escaped, names))}</p></details>
</section>"""
