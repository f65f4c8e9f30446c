"""Slips in a term of a sum: one that is missing, one of the wrong sign, one with a wrong constant."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from compgraph.check.backward_pass import Step, values_of
from compgraph.check.diagnosis.constants import recognise
from compgraph.check.diagnosis.guess import Guess
from compgraph.check.diagnosis.suspect import Suspect
from compgraph.check.diagnosis.what_if import what_if
from compgraph.node import Node

__all__ = ["SUMS", "held_constant", "part_of", "single_use", "terms", "uses_left_out"]

SUMS = frozenset({"add", "subtract"})
SELECTIONS = frozenset({"getitem", "take", "take_along_axis", "diagonal", "compress"})
MOST_NAMED = 3
"""Of so many products at most each is named."""
MOST_HELD = 12
"""So many nodes at most are held constant in turn, and in pairs."""


def terms(suspect: Suspect) -> Iterator[Guess]:
    """A part of the gradient, that which comes along one step of the pass, is there with a wrong constant factor."""
    if not suspect.fits:
        return
    for group in _steps_alike(suspect):
        step = _most_telling(suspect, group)
        effect = suspect.effect(step.x, suspect.steps.sent(step))
        share = suspect.share(effect)
        if share is None:
            continue
        times = share + 1
        constant = None
        if abs(times) > 1e-6:
            constant = recognise(suspect.scene, times)
            if constant is None or constant.far > 1:
                continue
            times = constant.value
        else:
            times = 0.0
        change = suspect.after({step.x: (times - 1) * suspect.steps.sent(step)})
        if not suspect.is_manual(change):
            continue
        title, part = f"manual d{suspect.name}", part_of(suspect, step)
        key = ("term", suspect.steps.place(group[0]), constant.remedy if constant else "missing")
        fix = suspect.instead_of(change)
        vague = 0.3 if "…" in part else 0.0  # whatever can say more goes first
        if times == 0:
            yield Guess("missing-term", key, f"{title} lacks {part}: add it", fix, vague)
        elif times == -1:
            yield Guess("term-sign", key, f"{title} has {part} with the wrong sign: change it", fix, vague)
        else:
            assert constant is not None
            message = f"{title} has {part} exactly {constant.times} times: {constant.remedy} there"
            yield Guess("term-factor", key, message, fix, constant.far + vague)


def uses_left_out(suspect: Suspect) -> Iterator[Guess]:
    """All steps through products with one array are left out, as those from one time step to the one before."""
    if not suspect.fits:
        return
    for factor in suspect.steps.tape.nodes:
        if factor not in suspect.scene.names:
            continue
        uses = [
            step
            for step in suspect.steps.steps
            if suspect.reaches(step.x) and any(x is factor for x in step.node.inputs) and step.x is not factor
        ]
        if len(uses) < 2:
            continue
        held = suspect.steps.cut(uses).get(suspect.target)
        if held is None or suspect.agree(held, suspect.right):
            continue
        each = list(dict.fromkeys([suspect.spelling.inside(step.node) for step in uses]))
        names = ", ".join(each if len(each) <= MOST_NAMED else [*each[:1], "…", each[-1]])
        message = (
            f"manual d{suspect.name} lacks what comes back through the products with {suspect.spelling(factor)} "
            f"({names}): add it"
        )
        key = ("uses", suspect.steps.position(factor))
        yield from what_if(suspect, {suspect.target: held - suspect.right}, "missing-term", key, message, 0.1)
        other = suspect.steps.redone({step: _negated(step, factor) for step in uses})[suspect.target]
        message = (
            f"manual d{suspect.name} has what comes back through the products with {suspect.spelling(factor)} "
            f"({names}) with the wrong sign: change it"
        )
        key = ("uses negated", suspect.steps.position(factor))
        yield from what_if(suspect, {suspect.target: other - suspect.right}, "term-sign", key, message, 0.1)


def _negated(step: Step, factor: Node) -> list[Any]:
    """The values of a step's inputs, those of one of them with the other sign."""
    return [-value if x is factor else value for x, value in zip(step.node.inputs, values_of(step.node), strict=True)]


def single_use(suspect: Suspect) -> Iterator[Guess]:
    """Of several parts that add up only one is there, as where a loop overwrites what it should add to."""
    if not suspect.fits:
        return
    parts = [step for step in suspect.steps.steps if step.x is suspect.target]
    if len(parts) < 3 or len({step.node.op for step in parts}) > 1:
        return  # in a loop the parts are alike
    for i, step in enumerate(parts):
        change = suspect.steps.sent(step) - suspect.right
        which = "first" if i == len(parts) - 1 else "last" if i == 0 else _ordinal(len(parts) - i)
        message = (
            f"manual d{suspect.name} is the {which} of {len(parts)} parts alone, that which comes from "
            f"{suspect.spelling.inside(step.node)}: add them up (+=)"
        )
        yield from what_if(suspect, {suspect.target: change}, "missing-term", ("single", i), message, 0.1)


def _ordinal(n: int) -> str:
    """A place in words.

    >>> [_ordinal(n) for n in (2, 3, 4, 11, 22)]
    ['2nd', '3rd', '4th', '11th', '22nd']
    """
    return f"{n}{'th' if n % 100 in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"


def held_constant(suspect: Suspect) -> Iterator[Guess]:
    """What depends on the variable, such as a mean of it, was differentiated as if it did not."""
    if not suspect.fits:
        return
    nodes = [node for node in suspect.on_the_way if _is_statistic(node)][:MOST_HELD]
    for held in (*[(node,) for node in nodes], *itertools.combinations(nodes, 2)):
        slipped = suspect.steps.without(held).get(suspect.target)
        if slipped is None or suspect.agree(slipped, suspect.right):
            continue
        names = " and ".join(map(suspect.spelling, held))
        message = (
            f"manual d{suspect.name} takes {names} for constant{'' if len(held) == 1 else 's'}: "
            f"{names} depend{'s' if len(held) == 1 else ''} on {suspect.name}, add the paths through "
            f"{'it' if len(held) == 1 else 'them'}"
        )
        key = ("held", *[suspect.steps.position(node) for node in held])
        yield from what_if(
            suspect, {suspect.target: slipped - suspect.right}, "missing-term", key, message, 0.2 * len(held)
        )


def _is_statistic(node: Node) -> bool:
    """Whether a node is computed from a whole array, so that one may forget that it depends on each entry."""
    if node.op is None or node.op.elementwise or node.op.name in SELECTIONS:
        return False
    sizes = [x.size for x in node.inputs if isinstance(x, Node)]
    return bool(sizes) and node.size < max(sizes)


def _steps_alike(suspect: Suspect) -> list[list[Step]]:
    """The steps, those with the same effect on the gradient together, without those through which all of it comes."""
    right = np.array([float(np.sum(suspect.right * v)) for v in suspect.directions])
    scale = max(float(np.max(np.abs(right))), 1e-300)
    groups: list[tuple[np.ndarray, list[Step]]] = []
    for step in suspect.steps.steps:
        if not suspect.reaches(step.x) or sum(x is step.x for x in step.node.inputs) > 1:
            continue  # of a product of a node with itself each half is no term
        effect = suspect.effect(step.x, suspect.steps.sent(step))
        if not np.all(np.isfinite(effect)) or np.allclose(effect, right, rtol=1e-9, atol=0):
            continue
        if float(np.max(np.abs(effect))) <= 1e-12 * scale:
            continue
        for known, members in groups:
            if np.allclose(known, effect, rtol=1e-9, atol=1e-12 * scale):
                members.append(step)
                break
        else:
            groups.append((effect, [step]))
    return [members for _, members in groups]


def _most_telling(suspect: Suspect, group: list[Step]) -> Step:
    """Of steps with the same effect the one that a person would name: into a named node, or the first of the pass."""
    for step in group:
        if step.x in suspect.scene.names and step.x is not suspect.target:
            return step
    return group[0]


def part_of(suspect: Suspect, step: Step) -> str:
    """The part of the gradient that comes along a step, in words."""
    spelling, output = suspect.spelling, suspect.steps.tape.outputs[0]
    if step.node in _summands(output):
        return f"the derivative of the term {spelling(step.x)} of the cost"
    if step.x is suspect.target:
        return f"the part that comes from {spelling.inside(step.node)}"
    if sum(each.x is step.x for each in suspect.steps.steps) > 1:
        return f"the part that {spelling.derivative(step.x)} gets from {spelling(step.node)}"
    return f"the part that comes through {spelling(step.x)}"


def _summands(output: Node) -> set[Node]:
    """The output and the sums that it is a sum of: what they add are terms of the cost."""
    found: set[Node] = set()
    waiting = [output]
    while waiting:
        node = waiting.pop()
        if node.op is not None and node.op.name in SUMS and node not in found:
            found.add(node)
            waiting += [x for x in node.inputs if isinstance(x, Node)]
    return found
