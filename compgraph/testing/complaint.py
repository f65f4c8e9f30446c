"""What ``assert_gradient`` says where it fails."""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.node import Node, Variable
from compgraph.primitive import Op
from compgraph.tape import Tape
from compgraph.testing.answers import Answers
from compgraph.testing.leaf_function import LeafFunction

__all__ = ["inconclusive", "not_the_same", "wrong"]

MODE = {"rev": "reverse mode", "fwd": "forward mode"}

OURS = ("numpy", "compgraph", "scipy", "operator", "_operator", "builtins", "math")
"""Where functions come from whose rules are tested with the package."""


def wrong(
    function: LeafFunction,
    u: Any,
    t: Any,
    found: Answers,
    seen: Answers,
    taken: tuple[str, ...],
    count: int | None,
) -> str:
    """The whole message for a wrong derivative.

    Args:
        function: what was differentiated.
        u, t: the entry of the result and that of the arguments, each as a vector of zeros but for one number.
        found: the answers for these.
        seen: the answers by which it was noticed.
        taken: the modes that made ``function`` of the function under test, first one first.
        count: how many entries of the arguments are wrong, if that is known.
    """
    per = float(np.sum(t) * np.sum(u))
    at = entry(t, [np.shape(x) for x in function.at], function.inputs)
    of = entry(u, [np.shape(x) for x in function.call(*function.at)], function.outputs)
    modes = seen.wrong or list(seen.values)
    who = MODE[modes[0]] + " is" if len(modes) == 1 else "both modes are" if seen.wrong else "the modes disagree:"
    what = f"d{of}/d{at}" if len(of) < 12 else f"the derivative of {of} by {at}"
    lines = [f"{who} wrong at order {len(taken) + 1}{_nested(taken)}: {what}" if seen.wrong else f"{who} {what}"]
    lines += [f"  {MODE[mode] + ':':<14} {value / per:.10g}" for mode, value in found.values.items()]
    lines.append(f"  {'nudging:':<14} {found.slope.value / per:.10g} ± {abs(found.slope.error / per):.0e}")
    if count is not None and t.size > 1:
        lines.append(f"  {count} of {t.size} entries of the arguments are wrong")
    if "<u," in of:
        lines.append("  u: fixed random weights, one for each entry of the result")
    if "along t" in of:
        lines.append("  t: a fixed random direction in the arguments")
    lines += ["", _advice(function, found, seen, taken)]
    return "\n".join(lines)


def _nested(taken: tuple[str, ...]) -> str:
    return f", of {' of '.join(MODE[mode] for mode in reversed(taken))}" if taken else ""


def _advice(function: LeafFunction, found: Answers, seen: Answers, taken: tuple[str, ...]) -> str:
    suspects = _declared_elsewhere(function)
    rule = f"the rule of {' or '.join(suspects)}" if suspects else "the rule of an op of your own"
    if len(seen.values) == 2 and (len(seen.wrong) != 2 or found.apart):
        return (
            f"Both modes use the same rules: look whether {rule} is a linear function of its cotangent, and whether an "
            "op is declared elementwise and is not."
        )
    if taken:
        return (
            f"The derivatives of order {len(taken)} are right: look whether {rule} computes with something held fixed "
            "(a .value, stop_gradient, an array kept from an earlier call), so that it cannot be differentiated."
        )
    return (
        f"Look at {rule}, for a part that the engine does not see (stop_gradient, a .value, custom_gradient), and for "
        "a branch that the function takes otherwise for nodes."
    )


def inconclusive(function: LeafFunction, t: Any, answers: Answers, taken: tuple[str, ...]) -> str:
    """What is said where nudging decides nothing."""
    slope = answers.slope
    at = entry(t, [np.shape(x) for x in function.at], function.inputs)
    where = f"at {at}" if np.count_nonzero(t) == 1 else "along a random direction"
    reason = (
        "rounding drowns the slope: give arguments for which the function is computed with more digits, or write it "
        "without the difference of large numbers"
        if answers.drowned
        else "there is a kink, a jump or the edge of its domain within a step: choose arguments away from it"
    )
    values = ", ".join(f"{MODE[mode]} {value:.6g}" for mode, value in answers.values.items())
    return (
        f"inconclusive at order {len(taken) + 1}{_nested(taken)}: the slope {where} is {slope.value:.6g} ± "
        f"{slope.error:.0e} by nudging ({values})\n\n{reason}"
    )


def not_the_same(value: float, again: float, recorded: float) -> str:
    """What is said of a function that is none."""
    if value != again:
        return (
            f"it is not the same twice for the same arguments: {value!r}, then {again!r}\n\n"
            "Draw random numbers outside of it, or seed them inside, and do not write to the arguments."
        )
    return (
        f"it computes {recorded!r} of nodes and {value!r} of plain arrays\n\n"
        "Look for a branch on the type of an argument, or a conversion that only one of them takes."
    )


def entry(vector: Any, shapes: list[tuple[int, ...]], names: tuple[str, ...]) -> str:
    """How the entry with the largest number in a vector is written in code.

    >>> entry(np.array([0.0, 0.0, 1.0]), [(), (2,)], ("b", "w"))
    'w[1]'
    """
    k = int(np.argmax(np.abs(vector)))
    for shape, name in zip(shapes, names, strict=True):
        size = int(np.prod(shape))
        if k < size:
            index = ", ".join(str(int(i)) for i in np.unravel_index(k, shape)) if shape else ""
            return f"{name}[{index}]" if index else name
        k -= size
    raise AssertionError("the vector is longer than the arrays")


def _declared_elsewhere(function: LeafFunction) -> list[str]:
    """The ops in a function whose rules are not the package's."""
    outputs = [x for x in function.call(*[Variable(x) for x in function.at]) if isinstance(x, Node)]
    ops = {node.op for node in Tape(outputs) if node.op is not None} if outputs else set()
    return sorted(op.name for op in ops if not _is_ours(op))


def _is_ours(op: Op) -> bool:
    module = getattr(op.function, "__module__", None)
    return module is None or module.split(".")[0] in OURS
