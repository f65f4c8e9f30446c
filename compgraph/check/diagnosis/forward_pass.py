"""Slips in the forward pass of a hand-derived function: its A2 is not the cost's A2, and so the gradient cannot be.

A value that the person called as the cost calls one of its nodes, and that differs, is replaced by the cost's in the
person's own formula; if what follows from it is the right gradient, that was the slip.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from compgraph.check.diagnosis.guess import Guess
from compgraph.check.diagnosis.slopes import FUNCTIONS
from compgraph.check.diagnosis.suspect import Suspect
from compgraph.check.diagnosis.what_if import what_if
from compgraph.node import Node, Variable, record
from compgraph.reverse import gradients

__all__ = ["forward_pass"]


def forward_pass(suspect: Suspect) -> Iterator[Guess]:
    """A value that the person computed on the way forward is not the one the cost computed."""
    scene = suspect.scene
    different = [
        (name, node)
        for node, name in sorted(scene.names.items(), key=lambda pair: suspect.steps.position(pair[0]))
        if node.op is not None and _differs(suspect, scene.locals.get(name), node)
    ]
    if not different:
        yield from _another_constant(suspect)
        return
    name, node = different[0]  # what comes after it differs because of it
    if suspect.formula is None:
        yield from _by_the_cost(suspect, name, node)
        return
    theirs = suspect.formula.nodes.get(name)
    if theirs is None:
        return
    mended = suspect.formula.with_values({theirs: node.value})
    if mended is None:
        return
    if suspect.part == "intermediate" and not suspect.agree(mended, suspect.right) and suspect.examples:
        mended = mended / suspect.examples  # given as m times the derivative
    if not suspect.agree(mended, suspect.right):
        return
    written = suspect.spelling.among(suspect.formula.names, suspect.formula.arrays).inside(theirs)
    message = (
        f"manual d{suspect.name} goes on from another {name} than the cost has: it is {_formula(suspect, node)}, and "
        f"the formula computes {written}"
    )
    yield Guess("forward", ("forward", name), message, suspect.replaced_by(mended))


def _another_constant(suspect: Suspect) -> Iterator[Guess]:
    """An array made of the data alone, such as smoothed labels, is not what the cost has under that name."""
    scene, formula = suspect.scene, suspect.formula
    if formula is None:
        return
    for name, needed in scene.arrays.items():
        theirs = formula.arrays.get(name)
        if theirs is None or theirs.shape != needed.shape or suspect.agree(theirs, needed):
            continue
        mended = formula.with_values({}, theirs, needed)
        if mended is not None and suspect.agree(mended, suspect.right):
            where = tuple([int(i) for i in np.unravel_index(np.argmax(np.abs(needed - theirs)), needed.shape)])
            at = f"{name}[{', '.join(map(str, where))}]"
            message = (
                f"manual d{suspect.name} goes on from another {name} than the cost has: {at} is {needed[where]:.6g} "
                f"there, and {theirs[where]:.6g} in the formula"
            )
            yield Guess("forward", ("forward", name), message, suspect.replaced_by(mended))


def _by_the_cost(suspect: Suspect, name: str, node: Node) -> Iterator[Guess]:
    """The gradient of the cost, were its value the person's: where their function does not run on nodes."""
    value = suspect.scene.locals[name]
    shadow: dict[Node, Node] = {}
    for each in suspect.steps.tape:
        if each.op is None:
            shadow[each] = Variable(each.value)
            continue
        made = record(each.op, tuple([shadow[x] if isinstance(x, Node) else x for x in each.inputs]), each.params)
        if each is node:
            made.value = np.asarray(value, made.dtype)
        shadow[each] = made
    output = suspect.steps.tape.outputs[0]
    slipped = gradients(shadow[output], [shadow[suspect.target]])[0]
    message = (
        f"manual d{suspect.name} goes on from another {name} than the cost has: it is {_formula(suspect, node)}, and "
        f"the formula computes something else under that name"
    )
    yield from what_if(suspect, {suspect.target: slipped - suspect.right}, "forward", ("forward", name), message)


def _differs(suspect: Suspect, theirs: Any, node: Node) -> bool:
    return theirs is not None and np.shape(theirs) == node.shape and not suspect.agree(theirs, node.value)


def _formula(suspect: Suspect, node: Node) -> str:
    for x in suspect.steps.tape.nodes:
        if x in suspect.scene.names and x.shape == node.shape and x is not node and x.index < node.index:
            for function in FUNCTIONS:
                with np.errstate(all="ignore"):
                    if suspect.agree(function.value(x.value), node.value):
                        return f"{function.name}({suspect.spelling(x)})"
    return suspect.spelling.inside(node)
