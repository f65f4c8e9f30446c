"""What a node sends back to one of its inputs, as a formula with its reason: dW2 = dZ2 A1ᵀ, since Z2 = W2 A1.

As in :mod:`compgraph.explain.slopes`, nothing is differentiated by these formulas; the tests compute each and compare
it with what the engine's rule returns.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.explain.expression import Slot, write
from compgraph.explain.matrix_forms import FORMS, Form, without_axes
from compgraph.explain.naming import Naming
from compgraph.explain.slopes import slope
from compgraph.explain.symbol import Written, differential, latex_name, named, of_number
from compgraph.node import Node
from compgraph.render.one_line import one_line

__all__ = ["form", "in_words", "slots_of", "written_slope"]

_LONGEST_OP = 40


def form(node: Node, place: int, names: Naming) -> Form | None:
    """The formula of what a node sends to one of its inputs; None where there is none but the rule itself.

    >>> import compgraph as cg
    >>> W = cg.Variable(np.ones((3, 4)), name="W")
    >>> Z = W @ np.ones((4, 7))
    >>> found = form(Z, 0, Naming(cg.Tape(Z)))
    >>> found.template, found.shapes
    ('grad @ y.T', ((3, 4), (3, 7), (7, 4)))

    Args:
        node: what an op made.
        place: the place of an input that is a node.
        names: what the reasons call the nodes.
    """
    op = node.op
    assert op is not None
    if node.dtype.kind == "c" or any(np.asarray(_value(x)).dtype.kind == "c" for x in node.inputs):
        return None
    if not op.elementwise:
        builder = FORMS.get(op.function)
        return None if builder is None else builder(node, place, names)
    if _is_flat(node, place):
        return Form("0", (f"{_title(node)} is flat in {names(node.inputs[place])}, so its slope there is 0",))
    template = slope(node, place)
    if template is None:
        return None
    reason = _elementwise_reason(node, place, template, names)
    return without_axes(Form(_times_grad(template), (reason,)), node.shape, node.inputs[place], names)


def written_slope(node: Node, place: int, names: Naming) -> Written:
    """The local derivative of a node with respect to one of its inputs, both numbers.

    >>> import compgraph as cg
    >>> x = cg.Variable(2.0, name="x")
    >>> J = np.tanh(x)
    >>> J.name = "J"
    >>> written_slope(J, 0, Naming(cg.Tape(J))).text
    '1 − J²'
    """
    op = node.op
    assert op is not None
    real = node.dtype.kind != "c"
    if real and op.elementwise:
        template = "0" if _is_flat(node, place) else slope(node, place)
        if template is not None:
            return write(template, slots_of(node, names))
    elif real and op.function in FORMS:
        found = FORMS[op.function](node, place, names)
        if found is not None:
            template = "1" if found.template == "grad" else found.template.removeprefix("grad * ")
            return write(template, slots_of(node, names) | {"grad": Slot(named("1"))}, found.index)
    return _by_name(node, place, names)


def in_words(node: Node, place: int, names: Naming) -> tuple[Written, tuple[str, ...], tuple[tuple[int, ...], ...]]:
    """What a node sends to one of its inputs: the formula, the reasons for it, and the shapes that it joins.

    >>> import compgraph as cg
    >>> b = cg.Variable(np.ones((3, 1)), name="b")
    >>> Z = b + np.ones((3, 7))
    >>> Z.name = "Z"
    >>> formula, reasons, shapes = in_words(Z, 0, Naming(cg.Tape(Z)))
    >>> formula.text, shapes
    ('Σ(dZ, axis=1, keepdims)', ((3, 1), (3, 7)))
    >>> reasons[1]
    'b (3, 1) was broadcast along axis 1 to (3, 7), so its derivative is summed over that axis'

    Args:
        node, place, names: as :func:`form` takes them.

    Returns:
        The formula; one or two sentences without a full stop; the shape of the input's derivative, followed by those of
        the matrices that are multiplied, or by that of what is summed or spread.
    """
    found = form(node, place, names)
    slots = slots_of(node, names)
    x = node.inputs[place]
    if found is not None:
        return write(found.template, slots, found.index), found.reasons, found.shapes or (x.shape,)
    assert node.op is not None
    grad, target = differential(names(node)), differential(names(x))
    if node.op.elementwise and node.shape == x.shape and node.dtype.kind != "c" and x.dtype.kind != "c":
        local = _by_name(node, place, names)
        reason = f"{_title(node)} acts on each entry by itself: the derivative is multiplied by the slope there"
        sign, latex = (" * ", r" \odot ") if node.shape else (" · ", r" \cdot ")
        return Written(grad.text + sign + local.text, grad.latex + latex + local.latex), (reason,), (x.shape,)
    of, by = names(node), names(x)
    jacobian = f"\\left(\\frac{{\\partial {latex_name(of)}}}{{\\partial {latex_name(by)}}}\\right)^{{\\mathsf{{T}}}}"
    formula = Written(f"(∂{of}/∂{by})ᵀ {grad.text}", f"{jacobian}\\, {grad.latex}")
    reason = (
        f"the derivative rule of {_title(node)} takes {grad.text}, of shape {node.shape}, "
        f"to {target.text}, of shape {x.shape}"
    )
    return formula, (reason,), (x.shape, node.shape)


def slots_of(node: Node, names: Naming) -> dict[str, Slot]:
    """The names in the formulas of a node: ``grad`` and ``out``, and ``x``, ``y``, ``z`` for its inputs."""
    slots = {
        "grad": Slot(differential(names(node)), bool(node.shape)),
        "out": Slot(named(names(node)), bool(node.shape)),
    }
    for slot, x in zip("xyz", node.inputs, strict=False):
        value = _value(x)
        is_array = bool(np.ndim(value))
        is_number = not is_array and not isinstance(x, Node)
        slots[slot] = Slot(of_number(np.asarray(value)[()]) if is_number else named(names(x)), is_array)
    return slots


def _elementwise_reason(node: Node, place: int, template: str, names: Naming) -> str:
    assert node.op is not None
    function = node.op.function
    if template == "1":
        return f"{names(node.inputs[place])} enters with the slope 1: the derivative passes as it is"
    if template == "-1":
        return f"{names(node.inputs[place])} enters with a minus sign"
    if function is np.where:
        return f"only where {names(node)} took {names(node.inputs[place])} does the derivative go back to it"
    if function is np.multiply:
        return "the slope of a product in one factor is the other factor"
    local = write(template, slots_of(node, names)).text
    if not node.shape:
        return f"the slope of {names.operation(node)} in {names(node.inputs[place])} is {local}"
    return f"{_title(node)} acts on each entry by itself: the derivative is multiplied by the slope there, {local}"


def _times_grad(template: str) -> str:
    if template == "1":
        return "grad"
    if template == "-1":
        return "-grad"
    for start, instead in (("1 / ", "grad / "), ("-1 / ", "-grad / ")):
        if template.startswith(start):
            return instead + template.removeprefix(start)
    return f"grad * ({template})"


def _by_name(node: Node, place: int, names: Naming) -> Written:
    """The local derivative by the op's name, where there is no formula: sinc′(x)."""
    of, by = names(node), names(node.inputs[place])
    if len(node.inputs) == 1:
        title = _title(node)
        return Written(f"{title}′({by})", f"{latex_name(title)}'\\left({latex_name(by)}\\right)")
    return Written(f"∂{of}/∂{by}", f"\\frac{{\\partial {latex_name(of)}}}{{\\partial {latex_name(by)}}}")


def _is_flat(node: Node, place: int) -> bool:
    """Whether the derivative with respect to an input is declared to be zero everywhere."""
    assert node.op is not None
    rules = node.op.vjps
    return isinstance(rules, tuple) and rules[place] is None


def _title(node: Node) -> str:
    assert node.op is not None
    return one_line(node.op.name, _LONGEST_OP)


def _value(x: Any) -> Any:
    return x.value if isinstance(x, Node) else x
