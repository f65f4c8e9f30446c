"""Slips in a local derivative: an elementwise factor such as tanh'(Z1) is missing, there twice, or another one's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from compgraph.check.diagnosis.guess import Guess
from compgraph.check.diagnosis.slopes import FORMS, FUNCTIONS
from compgraph.check.diagnosis.suspect import Suspect
from compgraph.check.diagnosis.what_if import what_if
from compgraph.node import Node

__all__ = ["elementwise_factors", "local_derivatives"]

EXACT = frozenset({"positive", "negative", "reshape", "transpose", "astype"})


class Local(NamedTuple):
    """The derivative of a node with respect to another that it depends on entry by entry.

    Attributes:
        node: the one.
        x: the other, of the same shape.
        slope: the derivative of each entry, an array.
        title: what it is called, such as ``tanh'(Z1) = 1 - A1**2``.
        function: the place of what it is the derivative of in the table of known functions; None for another.
    """

    node: Node
    x: Node
    slope: Any
    title: str
    function: int | None


class Factor(NamedTuple):
    """An array that may stand as a factor where another belongs."""

    title: str
    value: Any
    far: float


def local_derivatives(suspect: Suspect) -> Iterator[Guess]:
    """An elementwise function's derivative is missing, or another stands in its place."""
    if not suspect.fits:
        return
    locals_ = _locals(suspect)
    for local in locals_:
        grad = np.asarray(suspect.steps.passed_on(local.node))
        node, x = suspect.steps.position(local.node), suspect.steps.position(local.x)

        def swapped(factor: Any, upstream: Any = grad, local: Local = local, grad: Any = grad) -> dict[Node, Any]:
            with np.errstate(all="ignore"):
                return {local.x: upstream * factor - grad * local.slope}

        at = _at(suspect, local.x, local.node)
        missing, upstream, doubled = (("missing", node, x), ("upstream", node, x), ("doubled", node, x))
        message = f"multiply {at} by {local.title}"
        yield from what_if(suspect, swapped(1.0), "missing-derivative", missing, message)
        flat = _is_constant(grad)  # what arrives is a constant: a factor
        for share in () if flat else (1.0, 1 / (suspect.examples or 1)):  # of the summed cost, of the mean
            change = swapped(local.slope, upstream=share)
            for guess in what_if(suspect, change, "missing-derivative", upstream, "", 0.1, scaled=True):
                exactly = guess.key == upstream and share == 1
                yield guess._replace(
                    message=_alone(suspect, local, at, exactly), far=0.1 if guess.key == upstream else 0.3
                )
        message = f"{at} has the factor {local.title} twice: leave out one"
        yield from what_if(suspect, swapped(local.slope**2), "doubled-derivative", doubled, message)
        with np.errstate(all="ignore"):
            inverse = Factor(f"1 / ({local.title})", 1 / local.slope, 0.0)
        for other in (inverse, *_others(suspect, local, locals_)):
            changes = swapped(other.value)
            if suspect.factor(suspect.effect(local.x, changes[local.x])) is None:
                continue
            with np.errstate(all="ignore"):
                nothing = not np.any(grad * other.value)  # then a term is missing, whatever stands there
            if nothing or suspect.agree(other.value, local.slope):
                continue
            yield from what_if(
                suspect,
                changes,
                "wrong-derivative",
                ("wrong", node, x, other.title),
                f"{at} has the factor {other.title} where {local.title} is needed",
                0.2 + other.far,
            )


def elementwise_factors(suspect: Suspect) -> Iterator[Guess]:
    """A node's derivative has an elementwise factor that does not belong, or lacks one."""
    if not suspect.fits:
        return
    for x in suspect.on_the_way:
        if (x.shape == () and suspect.right.shape) or not (x in suspect.scene.names or x is suspect.target):
            continue
        grad = np.asarray(suspect.steps.cotangents[x])
        number = suspect.steps.position(x)
        at = _at(suspect, x)
        broadcast = _broadcast_factors(suspect, x) if x is suspect.target else ()
        for other in (*_factors(suspect, x.shape), *broadcast):
            with np.errstate(all="ignore"):
                yield from what_if(
                    suspect,
                    {x: grad * (other.value - 1)},
                    "doubled-derivative",
                    ("extra", number, other.title),
                    f"{at} has a factor {other.title} that does not belong there: leave it out",
                    0.5 + other.far,
                )
                if x is suspect.target and np.all(other.value):
                    yield from what_if(
                        suspect,
                        {x: grad / other.value - grad},
                        "missing-derivative",
                        ("lacking", number, other.title),
                        f"{at} lacks the factor {other.title}: multiply by it",
                        0.6 + other.far,
                    )


def _alone(suspect: Suspect, local: Local, at: str, exactly: bool) -> str:
    """The instruction for a slope that was taken for the whole derivative, exactly or up to a constant such as 1/m."""
    node = suspect.spelling(local.node)
    remedy = f"multiply {at} by d{node}" if exactly else f"{at.rstrip(',')} is d{node} times that"
    if local.node not in suspect.scene.names:
        remedy = remedy.replace(f"d{node}", suspect.spelling.derivative(local.node))
    return f"{local.title} alone is the derivative of {node}, not of the cost: {remedy}"


def _at(suspect: Suspect, x: Node, node: Node | None = None) -> str:
    """Where in the person's formulas something is done: in a gradient, or in the part of it that comes from a node."""
    if x is suspect.target:
        several = node is not None and sum(step.x is x for step in suspect.steps.steps) > 1
        return (
            f"the part of manual d{suspect.name} that comes from {suspect.spelling(node)}"
            if several
            else f"manual d{suspect.name}"
        )
    return f"{suspect.spelling.derivative(x)}, on the way to d{suspect.name},"


def _locals(suspect: Suspect) -> list[Local]:
    """The elementwise functions on the way: those from one named node to another, and single ops outside of these."""
    names = suspect.scene.names
    between: set[Node] = set()
    found, single = [], []
    for node in suspect.on_the_way:
        if node.op is None or not node.op.elementwise or node.op.name in EXACT:
            continue
        slopes = _slopes(suspect, node)
        for x, slope in slopes.items():
            if not suspect.reaches(x) or _is_constant(slope) or "c" in (x.dtype.kind, node.dtype.kind):
                continue
            named = node in names and x in names
            if not named and not (sum(isinstance(y, Node) for y in node.inputs) == 1 and _is_among(x, node.inputs)):
                continue
            local = Local(node, x, slope, *_title(suspect, node, x, slope))
            if named:
                found.append(local)
                if local.function is not None:  # what it is made of is no step of its own
                    between |= {other for other in slopes if other not in names}
            elif local.function is not None:
                single.append(local)
    return found + [local for local in single if between.isdisjoint((local.node, local.x))]


def _slopes(suspect: Suspect, node: Node) -> dict[Node, Any]:
    """The derivative of a node entry by entry with respect to every node it is an elementwise function of."""
    slopes: dict[Node, Any] = {node: np.ones(node.shape, node.dtype)}
    for step in suspect.steps.steps_from(node):
        assert step.node.op is not None
        if step.node not in slopes or not step.node.op.elementwise or step.x.shape != node.shape:
            continue
        more = suspect.steps.sent(step, slopes[step.node])
        slopes[step.x] = more if step.x not in slopes else slopes[step.x] + more
    del slopes[node]
    return slopes


def _title(suspect: Suspect, node: Node, x: Node, slope: Any) -> tuple[str, int | None]:
    a, z = suspect.spelling.atom(node), suspect.spelling.atom(x)
    for i, function in enumerate(FUNCTIONS):
        with np.errstate(all="ignore"):
            if suspect.agree(function.value(x.value), node.value) and suspect.agree(function.slope(x.value), slope):
                within = suspect.spelling(x)
                text = function.text.format(a=a if node in suspect.scene.names else f"{function.name}({within})", z=z)
                return f"{function.name}'({within}) = {text}", i
    if written := _as_formula(suspect, slope):
        return written, None
    alone = node.op is not None and len(node.inputs) == 1 and _is_among(x, node.inputs)
    name = node.op.name if node.op is not None and alone else ""
    return (f"{name}'({z})" if name else f"d{a}/d{z}"), None


def _as_formula(suspect: Suspect, slope: Any) -> str | None:
    """A slope as a named array, a constant times one, or one of the formulas of one array."""
    size = np.max(np.abs(slope), initial=0.0)
    place = int(np.argmax(np.abs(slope)))
    for title, value in suspect.arrays_like(slope):
        spread = np.broadcast_to(value, slope.shape)
        with np.errstate(all="ignore"):
            ratio = float(slope.flat[place] / spread.flat[place])
        if np.isfinite(ratio) and size and suspect.agree(ratio * spread, slope):
            return title if np.isclose(ratio, 1) else f"{suspect.spelling.number(ratio)} * {title}"
    for title, value in suspect.arrays_like(slope):
        for form in FORMS:
            with np.errstate(all="ignore"):
                if suspect.agree(np.broadcast_to(form.slope(np.asarray(value, np.float64)), slope.shape), slope):
                    return form.text.format(x=title)
    return None


def _is_constant(x: Any) -> bool:
    """Whether an array is one number throughout, and so is no factor of its own; not of a single number."""
    x = np.asarray(x)
    return x.size == 0 or (x.size > 1 and bool(np.all(x == x.flat[0])))


def _is_among(x: Node, inputs: tuple[Any, ...]) -> bool:
    return any(x is each for each in inputs)  # ``in`` would compare values


def _others(suspect: Suspect, local: Local, locals_: list[Local]) -> Iterator[Factor]:
    """What may stand in the place of a local derivative."""
    shape = local.x.shape
    if local.function is not None:
        function = FUNCTIONS[local.function]
        for title, value in suspect.arrays_of(shape):
            if value is not local.x.value:
                with np.errstate(all="ignore"):
                    slope = function.slope(value)
                if not _is_constant(slope):
                    yield Factor(f"{function.name}'({title})", slope, 0.0)
        for other in FUNCTIONS:
            if other is not function:
                with np.errstate(all="ignore"):
                    z = suspect.spelling(local.x)
                    yield Factor(f"{other.name}'({z})", other.slope(local.x.value), 0.1)
    for each in locals_:
        if each.slope.shape == shape and each.slope is not local.slope:
            yield Factor(each.title, each.slope, 0.0)
    names = suspect.scene.names
    unnamed = [node for node in (local.node, local.x) if node not in names and node.shape == shape]
    yield from _factors(suspect, shape, *unnamed)


def _broadcast_factors(suspect: Suspect, x: Node) -> Iterator[Factor]:
    """The named arrays that are a factor of every row or column."""
    for title, value in suspect.arrays_like(x.value):
        if value.shape != x.shape and value.size > 1:
            yield Factor(title, value, 0.2)


def _factors(suspect: Suspect, shape: tuple[int, ...], *unnamed: Node) -> Iterator[Factor]:
    """The slopes that people write, of every named array of a shape, and of some nodes without a name."""
    for title, value in (*suspect.arrays_of(shape), *[(suspect.spelling.atom(node), node.value) for node in unnamed]):
        for form in FORMS:
            with np.errstate(all="ignore"):
                factor = form.slope(np.asarray(value, np.float64))
            if np.all(np.isfinite(factor)) and not _is_constant(factor):  # a constant is no such factor
                yield Factor(form.text.format(x=title), factor, form.far)
