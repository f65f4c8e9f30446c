"""Slips in the forward pass of a hand-derived function: its A2 is not the cost's A2, and so the gradient cannot be.

The person's function is run once more, on nodes, so that its own formulas are a tape. A value on it that the person
called as the cost calls one of its nodes, and that differs, is replaced by the cost's; if what follows from it is the
right gradient, that was the slip.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from compgraph.check.diagnosis.guess import Guess
from compgraph.check.diagnosis.slopes import FUNCTIONS
from compgraph.check.diagnosis.suspect import Suspect
from compgraph.check.names import Call, call_with_names
from compgraph.errors import CompgraphError
from compgraph.node import Node, Variable
from compgraph.tape import Tape

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
        return
    derived = _on_nodes(suspect)
    if derived is None:
        return
    name, node = different[0]  # what comes after it differs because of it
    theirs = derived.nodes.get(name)
    result = _gradient(suspect, derived)
    if theirs is None or result is None:
        return
    mended = replayed(result, {theirs: node.value})
    if mended is None or not suspect.agree(mended, suspect.right):
        return
    message = (
        f"manual d{suspect.name} goes on from another {name} than the cost has: it is {_formula(suspect, node)}, and "
        f"the formula computes {_written(suspect, theirs, derived)}"
    )
    yield Guess("forward", ("forward", name), message, lambda _: np.array(mended))


def _differs(suspect: Suspect, theirs: Any, node: Node) -> bool:
    return theirs is not None and theirs.shape == node.shape and not suspect.agree(theirs, node.value)


def _on_nodes(suspect: Suspect) -> Call | None:
    """The person's function run on nodes; None where it cannot be."""
    problem = suspect.scene.problem
    if not callable(problem.manual):
        return None
    args, kwargs = problem.arguments([Variable(value) for value in suspect.scene.parameters])
    try:
        return call_with_names(problem.manual, *args, **kwargs)
    except (CompgraphError, ArithmeticError, ValueError, TypeError, AttributeError, IndexError):
        return None


def _gradient(suspect: Suspect, derived: Call) -> Node | None:
    problem = suspect.scene.problem
    found: Mapping[str, Any] = {**problem.further(derived.result)}
    result = derived.result._asdict() if hasattr(derived.result, "_asdict") else derived.result
    if isinstance(result, Mapping):
        found = {**found, **{name: result.get(f"d{name}", result.get(name)) for name in problem.chosen}}
    elif isinstance(result, (tuple, list)) and len(result) == len(problem.chosen):
        found = dict(zip(problem.chosen, result, strict=True))
    else:
        found = {problem.chosen[0]: result}
    node = found.get(suspect.name)
    return node if isinstance(node, Node) else None


def replayed(output: Node, values: Mapping[Node, Any]) -> Any:
    """The value of a node, were some of those that it depends on other values; None where that cannot be computed."""
    found: dict[Node, Any] = dict(values)
    for node in Tape(output):
        if node in found:
            continue
        if node.op is None:
            found[node] = node.value
            continue
        inputs = [found[x] if isinstance(x, Node) else x for x in node.inputs]
        try:
            with np.errstate(all="ignore"):
                found[node] = node.op.forward(*inputs, **node.params)
        except (ArithmeticError, ValueError, TypeError):
            return None
    return np.asarray(found[output])


def _formula(suspect: Suspect, node: Node) -> str:
    for x in suspect.steps.tape.nodes:
        if x in suspect.scene.names and x.shape == node.shape and x is not node and x.index < node.index:
            for function in FUNCTIONS:
                with np.errstate(all="ignore"):
                    if suspect.agree(function.value(x.value), node.value):
                        return f"{function.name}({suspect.spelling(x)})"
    return suspect.spelling.inside(node)


def _written(suspect: Suspect, theirs: Node, derived: Call) -> str:
    """The formula that the person wrote."""
    names = {node: name for name, node in derived.nodes.items()}
    return suspect.spelling.among(names).inside(theirs)
