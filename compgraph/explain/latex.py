"""The formulas of an explanation in LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from compgraph.explain.chain import Contribution, Factor, Path, ScalarStep, Step
from compgraph.explain.symbol import derivative, differential, of_number

if TYPE_CHECKING:
    from compgraph.explain.explanation import Explanation

__all__ = ["latex", "lines"]

_DOTS = r"\cdots"


def latex(explanation: Explanation) -> str:
    """Write the formulas of an explanation as an ``aligned`` environment of LaTeX's package amsmath.

    >>> import compgraph as cg
    >>> b, c = cg.variables(b=3.0, c=2.0)
    >>> J = b * c
    >>> print(latex(cg.explain(J, wrt=b)))
    \\begin{aligned}
    \\frac{\\mathrm{d}J}{\\mathrm{d}b} &= c = 2
    \\end{aligned}

    Args:
        explanation: what :func:`compgraph.explain.explain` returns.
    """
    written = " \\\\\n".join(f"{left} &= {right}" for left, right in lines(explanation))
    return f"\\begin{{aligned}}\n{written}\n\\end{{aligned}}"


def lines(explanation: Explanation) -> list[tuple[str, str]]:
    """The same line by line: the left side, which may be empty, and what follows the equals sign.

    >>> import compgraph as cg
    >>> b, c = cg.variables(b=3.0, c=2.0)
    >>> J = b * c
    >>> [right for _, right in lines(cg.explain(J, wrt=J))]
    ['1']
    """
    title = derivative(explanation.output, explanation.by).latex
    if not explanation.count:
        return [(title, "0")]
    if explanation.paths:
        return _of_paths(explanation, title)
    rows = []
    for place, step in enumerate(explanation.steps):
        if explanation.left_out and place == explanation.before_gap:
            rows.append((r"\vdots", rf"\vdots \quad ({explanation.left_out})"))
        rows.append(_of_scalar_step(step, explanation.output) if isinstance(step, ScalarStep) else _of_step(step))
    return rows


def _of_paths(explanation: Explanation, title: str) -> list[tuple[str, str]]:
    paths = explanation.paths
    if not paths[0].factors:
        return [(title, "1")]
    rows = [(derivative(factor.of, factor.by).latex, _local(factor)) for factor in explanation.factors]
    if explanation.left_out:
        rows.insert((len(rows) + 1) // 2, (r"\vdots", rf"\vdots \quad ({explanation.left_out})"))
    if len(paths) == 1 and len(paths[0].factors) == 1:
        return rows
    rows.append((title, _sum([_product([derivative(f.of, f.by).latex for f in path.factors], path) for path in paths])))
    rows.append(("", _sum([_product([_number(f.value) for f in path.factors], path) for path in paths])))
    if len(paths) > 1:
        rows.append(("", _sum([_number(path.product) for path in paths])))
    rows.append(("", of_number(explanation.value).latex))
    return rows


def _local(factor: Factor) -> str:
    value = of_number(factor.value).latex
    return value if factor.formula.latex == value else f"{factor.formula.latex} = {value}"


def _product(factors: list[str], path: Path) -> str:
    if path.left_out:
        factors.insert((len(factors) + 1) // 2, _DOTS)
    return r" \cdot ".join(factors)


def _sum(terms: Sequence[str]) -> str:
    return " + ".join(terms)


def _number(value: Any) -> str:
    """A number as it stands in a product or sum."""
    written = of_number(value).latex
    return f"\\left({written}\\right)" if written.startswith("-") else written


def _of_scalar_step(step: ScalarStep, output: str) -> tuple[str, str]:
    left = derivative(output, step.name).latex
    if not step.factors:
        return left, "1"
    names, numbers = [], []
    for factor, above in step.factors:
        local = derivative(factor.of, factor.by).latex
        first = factor.of == output
        names.append(local if first else f"{derivative(output, factor.of).latex} \\cdot {local}")
        numbers.append(_number(factor.value) if first else f"{_number(above)} \\cdot {_number(factor.value)}")
    if step.left_out:
        names.append(_DOTS)
        numbers.append(_DOTS)
    alone = [] if names == [left] else [_sum(names)]
    return left, " = ".join([*alone, _sum(numbers), of_number(step.value).latex])


def _of_step(step: Step) -> tuple[str, str]:
    terms = [contribution.formula.latex for contribution in step.contributions] or ["1"]
    right = _sum(terms) + f" + {_DOTS}" * bool(step.left_out)
    shapes = [_shapes(contribution) for contribution in step.contributions]
    return differential(step.name).latex, f"{right} \\qquad {shapes[0]}" if len(shapes) == 1 else right


def _shapes(contribution: Contribution) -> str:
    first, *rest = ["(" + r" \times ".join(map(str, shape)) + ")" for shape in contribution.shapes]
    if len(rest) < 2:
        return first if not rest or rest[0] == first else rf"{first} \leftarrow {rest[0]}"
    return f"{first} = {''.join(rest)}"
