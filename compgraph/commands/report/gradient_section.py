"""The report's section on the gradients of the network, three ways."""

from __future__ import annotations

import numpy as np

from compgraph.commands.gradient_check import GradientCheck, difference
from compgraph.commands.report.findings import Findings
from compgraph.commands.report.html_pieces import escaped, formulas, table
from compgraph.commands.wording import power_of_ten

__all__ = ["gradient_section"]

_MOST_ENTRIES = 24

_SLOPES = {
    "tanh": "g'(Z1) = 1 - A1²",
    "sigmoid": "g'(Z1) = A1 (1 - A1)",
    "relu": "g'(Z1) = 1 where Z1 >= 0, else 0",
    "leaky_relu": "g'(Z1) = 1 where Z1 >= 0, else 0.01",
}


def gradient_section(found: Findings) -> str:
    """The formulas, how far the three ways lie apart, some entries in full, and the network's graph."""
    by_hand = [
        "dZ2 = A2 - Y",
        "dW2 = (1/m) dZ2 A1ᵀ        db2 = (1/m) np.sum(dZ2, axis=1, keepdims=True)",
        f"dZ1 = W2ᵀ dZ2 * g'(Z1)     {_SLOPES[found.experiment.settings.activation]}",
        "dW1 = (1/m) dZ1 Xᵀ         db1 = (1/m) np.sum(dZ1, axis=1, keepdims=True)",
    ]
    return f"""<section id="gradients">
<h2><span class="number">3</span>Its gradients, three ways</h2>
<p><strong>Autodiff:</strong> the engine walks the network's graph backwards. <strong>By hand:</strong> the formulas
below, in plain NumPy that never calls the engine. <strong>Numeric:</strong> each entry of each parameter is nudged both
ways, and the cost computed again.</p>
{formulas(by_hand)}
{_differences(found.check)}
{_verdict(found.check)}
{_entries(found.check)}
<h3>The network's own graph</h3>
<p>It is a graph like the first one, with arrays in place of numbers. Its <var>dJ/dZ2</var> is
<span class="whole">(1/m)(A2 − Y)</span>, the derivative of a mean. The <span class="whole">dZ2 = A2 − Y</span> of the
formulas is that of the sum, and leaves the 1/m to dW2 and db2. Both lead to the same four gradients.</p>
<figure class="large">
{found.network.svg}
<figcaption>The cost of the trained network on its {found.experiment.train.m} training rows: small arrays in full, large
ones by shape and range</figcaption>
</figure>
</section>"""


def _differences(check: GradientCheck) -> str:
    rows, wrong = [], []
    for position, (at, row) in enumerate(check.rows):
        distances = [*difference(row.autodiff, row.manual), *difference(row.autodiff, row.numeric)]
        rows.append([row.name, at, str(row.shape), *map(power_of_ten, distances), row.verdict])
        if row.verdict != "right":
            wrong.append(position)
    return table(
        "How far they lie apart: the largest difference of two entries, "
        "and the same relative to the gradient's largest entry",
        ["gradient", "parameters", "shape", "absolute", "relative", "absolute", "relative", "verdict"],
        rows,
        ["name", "at", "plain", "plain", "plain", "plain", "plain", "verdict"],
        groups=[("", 3), ("autodiff and by hand", 2), ("autodiff and numeric", 2), ("", 1)],
        wrong=wrong,
    )


def _verdict(check: GradientCheck) -> str:
    if check.ok:
        return (
            '<p class="verdict-line"><strong>All gradients are right.</strong> <span>Autodiff and the formulas differ '
            "by no more than what rounding does to this very computation, and nudging sees the same slopes as exactly "
            "as it can.</span></p>"
        )
    wrong = [f"{row.name} at the {at} parameters: {row.verdict}" for at, row in check.rows if row.verdict != "right"]
    return f'<p class="verdict-line bad"><strong>Not all gradients are right.</strong> {escaped("; ".join(wrong))}</p>'


def _entries(check: GradientCheck) -> str:
    """The small gradients at the trained parameters, entry by entry."""
    rows = []
    for row in check.trained.rows:
        if row.shape != row.manual.shape or not row.autodiff.size <= _MOST_ENTRIES:
            continue
        for place, autodiff in np.ndenumerate(row.autodiff):
            ways = (float(autodiff), float(row.manual[place]), float(row.numeric[place]))
            rows.append(
                [f"{row.name}[{', '.join(map(str, place))}]", *[f"{way:.12f}".replace("-", "−") for way in ways]]
            )
    if not rows:
        return ""
    return table(
        "Entry by entry, at the trained parameters",
        ["entry", "autodiff", "by hand", "numeric"],
        rows,
        ["name", "derivative", "plain", "plain"],
    )
