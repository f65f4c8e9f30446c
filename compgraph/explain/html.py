"""An explanation as HTML: text with its structure, and nothing that a page would have to load."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from compgraph.explain import text as plain
from compgraph.explain.amounts import amount
from compgraph.explain.chain import ScalarStep, Step
from compgraph.explain.symbol import derivative
from compgraph.render.values import number

if TYPE_CHECKING:
    from compgraph.explain.explanation import Explanation

__all__ = ["html"]


def html(explanation: Explanation) -> str:
    """Write an explanation as one ``div`` of plain HTML, which takes the style of the page it stands in.

    >>> import compgraph as cg
    >>> b, c = cg.variables(b=3.0, c=2.0)
    >>> J = b * c
    >>> page = html(cg.explain(J, wrt=b))
    >>> page.startswith('<div class="compgraph-explanation">'), "<code>dJ/db = c = 2</code>" in page
    (True, True)

    Args:
        explanation: what :func:`compgraph.explain.explain` returns.
    """
    parts = [f"<p>{escape(plain.headline(explanation))}</p>"]
    if explanation.paths:
        parts += [_locals(explanation), _paths(explanation)]
        parts += [_note(note) for note in explanation.notes]
    elif explanation.steps:
        parts += [_note(note) for note in explanation.notes]
        parts += [_steps(explanation), f"<p><strong>{_code(plain.summary(explanation))}</strong></p>"]
    return f'<div class="compgraph-explanation">{"".join(parts)}</div>'


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _note(sentence: str) -> str:
    return f"<p>{escape(sentence[:1].upper() + sentence[1:])}.</p>"


def _locals(explanation: Explanation) -> str:
    rows = [
        f"<tr><td>{_code(factor.operation)}</td><td>{_code(plain.local(factor))}</td></tr>"
        for factor in explanation.factors
    ]
    if not rows:
        return ""
    if explanation.left_out:
        gap = f'<tr><td colspan="2">… {explanation.left_out:,} more local derivatives …</td></tr>'
        rows.insert((len(rows) + 1) // 2, gap)
    head = '<tr><th scope="col">operation</th><th scope="col">local derivative</th></tr>'
    return f"<table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


def _paths(explanation: Explanation) -> str:
    paths = explanation.paths
    if not paths[0].factors:
        return ""
    title = derivative(explanation.output, explanation.by).text
    if len(paths) == 1:
        return f"<p><strong>{_code(' = '.join([title, *plain.products_of(paths[0], title)]))}</strong></p>"
    written = [" = ".join(plain.products_of(path)) for path in paths]
    items = "".join(
        f"<li>{escape(plain.way_of(path))}: {_code(line)}</li>" for path, line in zip(paths, written, strict=True)
    )
    total = " + ".join(plain.in_product(number(path.product)) for path in paths)
    said = f"{len(paths)} paths lead from {explanation.by} to {explanation.output}; their products add up:"
    result = f"{title} = {total} = {amount(explanation.value)}"
    return f"<p>{escape(said)}</p><ul>{items}</ul><p><strong>{_code(result)}</strong></p>"


def _steps(explanation: Explanation) -> str:
    items = []
    for place, step in enumerate(explanation.steps):
        if explanation.left_out and place == explanation.before_gap:
            items.append(f'<li style="list-style: none">… {explanation.left_out:,} more steps are left out here …</li>')
        items.append(f"<li>{_scalar_step(step, explanation) if isinstance(step, ScalarStep) else _step(step)}</li>")
    return f"<ul>{''.join(items)}</ul>"


def _scalar_step(step: ScalarStep, explanation: Explanation) -> str:
    return "<br/>".join(_code(line.strip()) for line in plain.scalar_step(step, explanation).splitlines())


def _step(step: Step) -> str:
    title = plain.title_of_step(step)
    if not step.contributions:
        return _code(f"{title} = 1")
    parts = []
    for place, contribution in enumerate(step.contributions):
        sign = f"{title} =" if place == 0 else "+"
        because = f"{contribution.of}: {'; '.join(contribution.reasons)}."
        parts.append(
            f"{_code(f'{sign} {contribution.formula.text}')} \N{EM SPACE}{_code(plain.shapes_text(contribution))}"
            f"<br/><small>{escape(because)}</small>"
        )
    if step.left_out:
        parts.append(f"+ … ({step.left_out:,} more)")
    return "<br/>".join([*parts, _code(f"{title} = {step.value}")])
