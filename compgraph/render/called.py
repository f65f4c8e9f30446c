"""Operations that were recorded as whole calls, as functions without a rule are on the tape of a compiled function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from compgraph.render.formula import parameter

__all__ = ["called"]


class _Written(str):
    """An operand where it stands in a call."""

    __slots__ = ()


def called(symbol: str, operands: Sequence[str], params: Mapping[str, Any]) -> tuple[list[str], Mapping[str, Any]]:
    """Give the operands and parameters that a call is written with, in the order in which it was made.

    >>> from compgraph.compile.calls import Slot
    >>> called("einsum", ["x", "a"], {"call": (("ij,ij->i", Slot(0), Slot(1)), {"optimize": True})})
    (["'ij,ij->i'", 'x', 'a'], {'optimize': True})
    >>> called("sum", ["x"], {"axis": 1})
    (['x'], {'axis': 1})
    >>> called("[ ]", ["x", "k"], {"call": ((Slot(0), (Slot(1), slice(None))), {})})
    (['x'], {'index': ('k', slice(None, None, None))})

    Args:
        symbol: the op's.
        operands: how each input of the node is written.
        params: those of the node; under ``call`` its arguments, by position and by name, with a slot for each input.
    """
    if "call" not in params:
        return list(operands), params
    args, kwargs = _filled(params["call"], operands)
    if symbol == "[ ]" and len(args) == 2:
        return [_argument(args[0])], {"index": args[1]}
    return [_argument(x) for x in args], kwargs


def _argument(x: Any) -> str:
    return repr(x) if isinstance(x, str) and not isinstance(x, _Written) else parameter(x)


def _filled(form: Any, operands: Sequence[str]) -> Any:
    if getattr(form, "_fields", None) == ("number",):  # a slot
        return _Written(operands[form.number])
    if isinstance(form, (tuple, list)):
        return type(form)([_filled(part, operands) for part in form])
    if isinstance(form, Mapping):
        return {key: _filled(part, operands) for key, part in form.items()}
    if isinstance(form, slice):
        return slice(*[_filled(part, operands) for part in (form.start, form.stop, form.step)])
    return form
