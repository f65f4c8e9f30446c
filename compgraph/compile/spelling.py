"""How the ops of a tape are written in Python: by NumPy's names, by operators, by methods."""

from __future__ import annotations

import functools
import importlib
import math
import operator
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from compgraph.compile.calls import PART, filled
from compgraph.node import Node
from compgraph.notation import ATOM, OPERATORS, Text, index_text, operation
from compgraph.primitive import Op
from compgraph.rules.shape import cast

__all__ = ["Imports", "call_text", "function_text", "literal", "object_text", "operator_text", "rule_text"]

ndarray = np.ndarray


class Imports:
    """What a source has to import besides NumPy, collected while it is written."""

    def __init__(self) -> None:
        self.lines: dict[str, None] = {}
        self.alone = True  # whether NumPy and the standard library are all it needs

    def need(self, line: str, alone: bool = True) -> None:
        """Add an import, once."""
        self.lines.setdefault(line)
        self.alone = self.alone and alone

    def merged(self) -> list[str]:
        """The lines, with one for all that comes from one module."""
        names: dict[str, list[str]] = {}
        for line in self.lines:
            module, _, name = line.partition(" import ")
            names.setdefault(module, []).extend([name] if name else [])
        return [f"{module} import {', '.join(sorted(found))}" if found else module for module, found in names.items()]


def literal(x: Any) -> str:
    """A plain value as Python code.

    >>> literal((2, slice(None, None, -1), None, 0.5)), literal(np.float32(0.5)), literal(np.dtype("f4"))
    ('(2, slice(None, None, -1), None, 0.5)', 'np.float32(0.5)', 'np.float32')
    """
    if isinstance(x, (np.longdouble, np.clongdouble)):
        return f"np.{type(x).__name__}({str(x)!r})"
    if isinstance(x, (ndarray, np.generic)) and np.ndim(x) == 0:
        return f"np.{np.dtype(x.dtype).name}({literal(x.item())})"
    if isinstance(x, float) and not math.isfinite(x):
        return {"inf": "np.inf", "-inf": "-np.inf"}.get(str(x), "np.nan")
    if isinstance(x, np.dtype):
        return f"np.{x.name}" if x.isbuiltin == 1 and x.isnative else f"np.dtype({x.str!r})"
    if isinstance(x, type) and issubclass(x, np.generic):
        return f"np.{x.__name__}"
    if isinstance(x, tuple):
        return f"({', '.join(map(literal, x))}{',' if len(x) == 1 else ''})"
    if isinstance(x, list):
        return f"[{', '.join(map(literal, x))}]"
    if isinstance(x, dict):
        return f"{{{', '.join(f'{literal(k)}: {literal(v)}' for k, v in x.items())}}}"
    if isinstance(x, slice):
        return f"slice({literal(x.start)}, {literal(x.stop)}, {literal(x.step)})"
    if x is Ellipsis:
        return "..."
    if isinstance(x, _Written):
        return x.text
    if isinstance(x, ndarray) and not x.size:
        return f"np.empty({x.shape}, {literal(x.dtype)})"
    if isinstance(x, ndarray):
        return f"np.array({literal(x.tolist())}, dtype={literal(x.dtype)})"
    if isinstance(x, type) and x in (float, int, bool, complex):
        return x.__name__
    return repr(x)


def rule_text(array: ndarray) -> str | None:
    """How an array is made whose entries are all the same, or count from 0; None for any other.

    >>> rule_text(np.zeros(3)), rule_text(np.full(2, 0.5)), rule_text(np.arange(20)), rule_text(np.eye(2))
    ('np.zeros((3,), np.float64)', 'np.full((2,), np.float64(0.5))', 'np.arange(20)', None)
    """
    if not array.size:
        return None
    if array.dtype == np.arange(1).dtype and array.ndim == 1 and array.size > 2:
        return f"np.arange({array.size})" if np.array_equal(array, np.arange(array.size)) else None
    number = array.flat[0]
    if array.flat[array.size // 2].tobytes() != number.tobytes():  # which is quick to say of most
        return None
    bits = array.tobytes()
    for name, x in (("zeros", 0), ("ones", 1)):
        if bits == np.full_like(array, x).tobytes():
            return f"np.{name}({array.shape}, {literal(array.dtype)})"
    return f"np.full({array.shape}, {literal(number)})" if bits == np.full_like(array, number).tobytes() else None


class _Written:
    """A text that stands for itself among plain values."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def function_text(op: Op, imports: Imports) -> str | None:
    """The name that a function is called by; None if no import reaches it."""
    function: Any = op.function
    name = getattr(function, "__name__", "")
    if function is float:
        return name
    owner: Any = getattr(function, "__self__", None)
    if isinstance(owner, np.ufunc):  # np.add.outer and its like
        whose = owner.__name__
        if getattr(np, whose, None) is owner:
            return f"np.{whose}.{name}"
    if isinstance(function, np.ufunc):
        if getattr(np, name, None) is function:
            return f"np.{name}"
        if getattr(sys.modules.get("scipy.special"), name, None) is not function:
            return None
        imports.need("import scipy.special", alone=False)
        return f"scipy.special.{name}"
    module = str(getattr(function, "__module__", "") or "numpy")
    for space in ("", "linalg.", "fft.", "lib.stride_tricks."):
        holder = functools.reduce(getattr, space.split(".")[:-1], np)
        if getattr(holder, name, None) is function:
            return f"np.{space}{name}"
    if module.startswith(("compgraph", "scipy")):
        holder = importlib.import_module(module)
        if getattr(holder, name, None) is function:
            imports.need(f"from {module} import {name}", alone=False)
            return name
    return None


def call_text(node: Node, inputs: list[str], imports: Imports, out: str | None = None) -> str | None:
    """A node as the call of a function; None if it cannot be written.

    Args:
        node: what is computed.
        inputs: how its inputs are written.
        imports: where what has to be imported is noted.
        out: the array to write the result into.
    """
    op = node.op
    assert op is not None
    function = op.function
    if op is PART:
        return f"{inputs[0]}[{node.params['number']}]"
    if "call" in node.params:
        args, kwargs = filled(node.params["call"], [_Written(text) for text in inputs])
    else:
        written: list[Any] = [_Written(text) for text in inputs]
        args, kwargs = (([written] if op.variadic else written), dict(node.params))
    if function is operator.getitem:
        index = args[1] if len(args) > 1 else kwargs["index"]
        return f"{literal(args[0])}[{index_text(index, literal)}]"
    if function is cast or getattr(function, "__name__", "") == "_astype":
        dtype = args[1] if len(args) > 1 else kwargs["dtype"]
        return f"np.asarray({literal(args[0])}).astype({literal(dtype)}, copy=False)"
    if function is np.sum and set(kwargs) <= {"axis", "keepdims"}:
        return _called("np.add.reduce", args, {"axis": kwargs.get("axis"), **kwargs}, out)
    name = function_text(op, imports)
    return None if name is None else _called(name, args, kwargs, out)


def object_text(name: str, node: Node, inputs: list[str]) -> str:
    """A node as the call of a function that goes by this name."""
    written = [_Written(text) for text in inputs]
    args, kwargs = filled(node.params["call"], written) if "call" in node.params else (written, node.params)
    return _called(name, args, kwargs, None)


def _called(name: str, args: Any, kwargs: Mapping[str, Any], out: str | None) -> str:
    parts = [*map(literal, args), *[f"{key}={literal(value)}" for key, value in kwargs.items()]]
    return f"{name}({', '.join([*parts, f'out={out}'] if out else parts)})"


def operator_text(node: Node, inputs: Sequence[Text], imports: Imports) -> Text | None:
    """A node as a formula: its text, and how tightly what holds it together binds.

    Args:
        node: what is computed.
        inputs: texts of its inputs, and how tightly those bind.
        imports: where what has to be imported is noted.
    """
    op = node.op
    assert op is not None
    function: Callable[..., Any] = op.function
    if not node.params:
        if function is np.dot and all(np.ndim(x.value if isinstance(x, Node) else x) == 2 for x in node.inputs):
            function = np.matmul
        if function in OPERATORS:
            return operation(function, *inputs)
    called = [text for text, _ in inputs]
    if function is operator.getitem or op is PART:
        called[0] = inputs[0].at_least(ATOM)
    text_of_call = call_text(node, called, imports)
    return None if text_of_call is None else Text(text_of_call.replace("np.add.reduce(", "np.sum("))
