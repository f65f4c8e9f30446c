"""An explanation as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from compgraph.check.columns import width, wrapped
from compgraph.explain.amounts import amount
from compgraph.explain.chain import Contribution, Factor, Path, ScalarStep, Step
from compgraph.explain.symbol import derivative, differential
from compgraph.render.values import number

if TYPE_CHECKING:
    from compgraph.explain.explanation import Explanation

__all__ = [
    "headline",
    "in_product",
    "local",
    "products_of",
    "scalar_step",
    "shapes_text",
    "summary",
    "text",
    "title_of_step",
]

_WIDE = 100


def text(explanation: Explanation) -> str:
    """Write an explanation as plain text.

    >>> import compgraph as cg
    >>> x = cg.Variable(3.0)
    >>> J = x * x + x
    >>> print(text(cg.explain(J, wrt=x, names={"x": x, "J": J})))
    dJ/dx, the derivative of J with respect to x, by the chain rule
    <BLANKLINE>
      v2 = x × x = 9    dv2/dx = x + x = 6
      J = v2 + x = 12   dJ/dv2 = 1
                        dJ/dx = 1
    <BLANKLINE>
    2 paths lead from x to J; their products add up:
      x → v2 → J:  dJ/dv2 · dv2/dx = 1 · 6 = 6
      x → J:  dJ/dx = 1
    <BLANKLINE>
    dJ/dx = 6 + 1 = 7

    Args:
        explanation: what :func:`compgraph.explain.explain` returns.
    """
    blocks = [headline(explanation)]
    if explanation.paths:
        blocks += [_locals(explanation), _paths(explanation)]
    elif explanation.steps:
        blocks += [*map(_filled, explanation.notes), _steps(explanation), summary(explanation)]
        return "\n\n".join(filter(None, blocks))
    return "\n\n".join(filter(None, [*blocks, *map(_filled, explanation.notes)]))


def headline(explanation: Explanation) -> str:
    """What is explained, in a sentence."""
    over, by = explanation.output, explanation.by
    title = derivative(over, by).text
    if not explanation.count:
        return f"{over} does not depend on {by}, so {title} = 0{' in every entry' * bool(np.ndim(explanation.value))}."
    if over == by:
        return f"{title} = 1: {over} is what is differentiated, and its slope in itself is 1."
    what = f"{title}, the derivative of {over} with respect to {by}"
    if explanation.paths or all(isinstance(step, ScalarStep) for step in explanation.steps):
        return f"{what}, by the chain rule"
    shape = explanation.steps[-1].shape if isinstance(explanation.steps[-1], Step) else ()
    short = differential(by).text
    return (
        f"{what} {shape}, by the backward pass\n"
        f"({short} is short for {title}, and has the shape of {by}; so for every other name)"
    )


def _locals(explanation: Explanation) -> str:
    """A line for each local derivative, beside the operation that it is one of."""
    rows: list[tuple[str, str]] = []
    before = ""
    for place, factor in enumerate(explanation.factors):
        if explanation.left_out and place == (len(explanation.factors) + 1) // 2:
            rows.append((f"… {explanation.left_out:,} more local derivatives …", ""))
        operation = factor.operation if factor.operation != before else ""
        before = factor.operation
        rows.append((operation, local(factor)))
    widest = max((width(left) for left, right in rows if right and width(left) <= _WIDE // 2), default=0)
    return "\n".join(f"  {left}{' ' * max(3, widest + 3 - width(left))}{right}".rstrip() for left, right in rows)


def local(factor: Factor) -> str:
    """A local derivative as a formula and as a number."""
    title, value = derivative(factor.of, factor.by).text, number(factor.value)
    return f"{title} = {value}" if factor.formula.text == value else f"{title} = {factor.formula.text} = {value}"


def _paths(explanation: Explanation) -> str:
    paths = explanation.paths
    title = derivative(explanation.output, explanation.by).text
    if len(paths) == 1:
        if not paths[0].factors:
            return ""
        return _chained([title, *products_of(paths[0], title)])
    lines = [f"{len(paths)} paths lead from {explanation.by} to {explanation.output}; their products add up:"]
    for path in paths:
        way = f"  {way_of(path)}:  "
        line = " = ".join(products_of(path))
        lines.append(way + line if width(way + line) <= _WIDE else f"{way.rstrip()}\n      {line}")
    total = " + ".join(in_product(number(path.product)) for path in paths)
    return "\n".join(lines) + f"\n\n{title} = {total} = {amount(explanation.value)}"


def _chained(parts: list[str]) -> str:
    """Equal things in one line, or beneath each other where they are long."""
    line = " = ".join(parts)
    if width(line) <= _WIDE:
        return line
    indent = " " * (width(parts[0]) + 1)
    leads = [f"{parts[0]} = ", *[f"{indent}= "] * (len(parts) - 2)]
    lines: list[str] = []
    for lead, part in zip(leads, parts[1:], strict=True):
        lines += _listed(part.split(" + "), lead, f"{indent}  + ", before=" + ")
    return "\n".join(lines)


def _listed(items: Sequence[str], first: str, rest: str, *, before: str = "", after: str = "") -> list[str]:
    """Items in as few lines as hold them.

    Args:
        items: at least one.
        first: stands before the first item.
        rest: stands before the first item of every further line.
        before: stands between two items of a line, after what ``after`` says.
        after: stands after every item but the last.
    """
    lines = [f"{first}{items[0]}"]
    for item in items[1:]:
        lines[-1] += after
        if width(f"{lines[-1]}{before}{item}{after}") <= _WIDE:
            lines[-1] += f"{before}{item}"
        else:
            lines.append(f"{rest}{item}")
    return lines


def way_of(path: Path) -> str:
    """The nodes along a path, from the input on."""
    names = [path.factors[0].of, *(factor.by for factor in path.factors)]
    if path.left_out:
        names.insert((len(path.factors) + 1) // 2 + 1, "…")
    return " → ".join(reversed(names))


def products_of(path: Path, title: str = "") -> list[str]:
    """The product along a path: in names, in numbers, and multiplied out.

    Args:
        path: one with factors.
        title: what is equal to it, which is not said twice.
    """
    names = _product([derivative(factor.of, factor.by).text for factor in path.factors], path.left_out)
    numbers = _product([in_product(number(factor.value)) for factor in path.factors], path.left_out)
    alone = len(path.factors) == 1
    return [*([] if names == title else [names]), *([] if alone else [numbers]), number(path.product)]


def _product(factors: list[str], left_out: int) -> str:
    if left_out:
        factors.insert((len(factors) + 1) // 2, f"… ({left_out:,} more) …")
    return " · ".join(factors)


def in_product(value: str) -> str:
    """A number as it stands in a product or sum: a negative one in parentheses."""
    return f"({value})" if value.startswith("−") else value


def _steps(explanation: Explanation) -> str:
    blocks = []
    for place, step in enumerate(explanation.steps):
        if explanation.left_out and place == explanation.before_gap:
            blocks.append(f"… {explanation.left_out:,} more steps are left out here …")
        blocks.append(scalar_step(step, explanation) if isinstance(step, ScalarStep) else _step(step))
    between = "\n" if isinstance(explanation.steps[0], ScalarStep) else "\n\n"
    return between.join(blocks)


def scalar_step(step: ScalarStep, explanation: Explanation) -> str:
    """A step where all are numbers: the derivative in names and in numbers, and the local derivatives it is made of."""
    over = explanation.output
    title = derivative(over, step.name).text
    if not step.factors:
        return f"{title} = 1"
    more = f" + … ({step.left_out:,} more)" * bool(step.left_out)
    products = [
        derivative(f.of, f.by).text
        if f.of == over
        else f"{derivative(over, f.of).text} · {derivative(f.of, f.by).text}"
        for f, _ in step.factors
    ]
    amounts = [
        in_product(number(f.value)) if f.of == over else f"{in_product(number(d))} · {in_product(number(f.value))}"
        for f, d in step.factors
    ]
    parts = [" + ".join(products) + more, " + ".join(amounts) + more, number(step.value)]
    if len(step.factors) == 1 and step.factors[0][0].of == over:
        parts = [step.factors[0][0].formula.text, number(step.value)]
    if parts[-2] == parts[-1]:
        parts.pop()
    slopes = [local(f) for f, _ in step.factors if f.of != over and f.formula.text != number(f.value)]
    lines = [_chained([title, *parts])]
    if slopes:
        lines += _listed(slopes, "    with ", "         ", before=" ", after=",")
    return "\n".join(lines)


def title_of_step(step: Step) -> str:
    """The left side of a step: the derivative that it finds."""
    return differential(step.name).text


def _step(step: Step) -> str:
    title = title_of_step(step)
    if not step.contributions:
        return f"{title} = 1"
    lines = []
    if len(step.contributions) == 1:
        (only,) = step.contributions
        lines += _with_shapes(f"{title} = {only.formula.text}", only)
    else:
        uses = len(step.contributions) + step.left_out
        lines.append(f"{title} is a sum, since {step.name} is used {uses} times:")
        for place, contribution in enumerate(step.contributions):
            sign = "=" if place == 0 else "+"
            lines += _with_shapes(f"    {sign} {contribution.formula.text}", contribution)
        if step.left_out:
            lines.append(f"    + … ({step.left_out:,} more)")
    return "\n".join([*lines, f"    {title} = {step.value}"])


def _with_shapes(line: str, contribution: Contribution) -> list[str]:
    shapes = shapes_text(contribution)
    gap = " " * max(3, 44 - width(line))
    lines = [f"{line}{gap}{shapes}"] if width(line + gap + shapes) <= _WIDE else [line, f"        {shapes}"]
    because = f"{contribution.of}: {'; '.join(contribution.reasons)}"
    return lines + wrapped(because, _WIDE, first=" " * 8, rest=" " * 8)


def shapes_text(contribution: Contribution) -> str:
    """The shapes that a formula joins: ``(3, 4) = (3, 7)(7, 4)`` of a product, ``(4, 1) ← (4, 7)`` of a sum."""
    first, *rest = contribution.shapes
    if not rest:
        return str(first)
    if len(rest) == 1:
        return str(first) if rest[0] == first else f"{first} ← {rest[0]}"
    return f"{first} = {''.join(map(str, rest))}"


def summary(explanation: Explanation) -> str:
    """The last line: the derivative that was asked for."""
    return f"{derivative(explanation.output, explanation.by).text} = {amount(explanation.value)}"


def _filled(sentence: str) -> str:
    return "\n".join(wrapped(f"{sentence[:1].upper()}{sentence[1:]}.", _WIDE))
