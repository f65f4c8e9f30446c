"""What the variables of a function were called: its locals, read as it returns.

``compare`` speaks of Z1 and m as the person's code does, and matches a hand-derived ``dZ2`` to the node that the cost
function called Z2. Python tells a profiler when a function returns; at that moment its local variables are still there.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

from compgraph.node import Node
from compgraph.unknown import Unknown

__all__ = ["Call", "call_with_names"]

PACKAGE = os.path.dirname(os.path.dirname(__file__)) + os.sep
FORMULAS = PACKAGE + "networks" + os.sep
"""The part of this package that is written as a person would."""
NUMPY = os.path.dirname(np.__file__) + os.sep
STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep
INSTALLED = f"{os.sep}site-packages{os.sep}"


class Call(NamedTuple):
    """What a function returned, and what it called its variables.

    Attributes:
        result: what it returned.
        nodes: nodes by the name of the variable that held them. ``Z[1]`` is what stood in a list or dict.
        numbers: numbers by name, Python's or NumPy's, among them those that the function took from around it.
        arrays: arrays by name.
        unknowns: what a function is traced with to be compiled, by name.
    """

    result: Any
    nodes: Mapping[str, Node]
    numbers: Mapping[str, float]
    arrays: Mapping[str, Any]
    unknowns: Mapping[str, Unknown] = {}


def call_with_names(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Call:
    """Call a function and note what it called its variables.

    >>> import compgraph as cg
    >>> def cost(w):
    ...     m = 4
    ...     z = w * 3.0
    ...     return z**2 / m
    >>> found = call_with_names(cost, cg.Variable(2.0))
    >>> found.nodes["z"].value, found.numbers
    (6.0, {'m': 4})

    A variable means what it held when its function returned. Where functions that were called on the way use one name
    for several things, it is the outermost function that counts, and a name that remains ambiguous is left out. While
    a profiler such as cProfile runs nothing is noted: there is room for one.

    Args:
        f: any function; what libraries that it calls do inside is passed over.
        args, kwargs: what to call it with.

    Raises:
        whatever ``f`` raises. The profiler that was set before is set again in any case.
    """
    seen: list[tuple[int, dict[str, Any]]] = []
    depth = 0
    home = _home(f)

    def look(frame: FrameType, event: str, _: Any) -> None:
        nonlocal depth
        if event == "call":
            depth += 1
        elif event == "return":
            depth -= 1
            if _is_formula(frame, home):
                seen.append((depth, {**_taken_from_around(frame), **frame.f_locals}))

    before = sys.getprofile()
    if before is not None and not callable(before):  # a profiler written in C, which could not be set again
        return Call(f(*args, **kwargs), {}, {}, {})
    sys.setprofile(look)
    try:
        result = f(*args, **kwargs)
    finally:
        sys.setprofile(before)
    found = _by_name(seen)
    return Call(
        result,
        {name: value for name, value in found.items() if isinstance(value, Node)},
        {name: value for name, value in found.items() if _is_number(value)},
        {name: value for name, value in found.items() if isinstance(value, np.ndarray)},
        {name: value for name, value in found.items() if isinstance(value, Unknown)},
    )


def _home(f: Callable[..., Any]) -> str:
    """The folder that a function is defined in; empty where it does not tell."""
    code = getattr(inspect.unwrap(f), "__code__", None)
    return "" if code is None else os.path.dirname(code.co_filename) + os.sep


def _is_formula(frame: FrameType, home: str) -> bool:
    """Whether a function's local variables are a person's, not the engine's, NumPy's or another library's.

    What is installed is a library, unless the function that was asked about is itself installed there.
    """
    file = frame.f_code.co_filename
    if file.startswith(FORMULAS):
        return True
    if file.startswith((PACKAGE, NUMPY)):
        return False
    if INSTALLED in file:
        return len(home) > 1 and file.startswith(home)
    return not file.startswith(STANDARD_LIBRARY)


def _taken_from_around(frame: FrameType) -> dict[str, Any]:
    """The module's own numbers and arrays that the code of a function mentions."""
    around = frame.f_globals
    return {name: around[name] for name in frame.f_code.co_names if _is_data(around.get(name))}


def _is_data(value: Any) -> bool:
    return _is_number(value) or isinstance(value, np.ndarray)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def _by_name(seen: list[tuple[int, dict[str, Any]]]) -> dict[str, Any]:
    """The value of each name: that of the outermost function, unless several there disagree."""
    found: dict[str, tuple[int, Any]] = {}
    ambiguous: dict[str, int] = {}
    for depth, variables in seen:
        for name, value in _spread_out(variables):
            if name not in found or depth < found[name][0]:
                found[name] = (depth, value)
            elif depth == found[name][0] and not _same(found[name][1], value):
                ambiguous[name] = depth
    outermost_first = sorted(found.items(), key=lambda item: item[1][0])
    return {name: value for name, (depth, value) in outermost_first if ambiguous.get(name) != depth}


def _spread_out(variables: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Each variable, and what stands in those that are lists, tuples or dicts: Z[1]."""
    found = []
    for name, value in variables.items():
        if name.startswith("."):  # the iterator of a comprehension
            continue
        found.append((name, value))
        pairs: list[tuple[Any, Any]] = []
        if isinstance(value, dict):
            pairs = list(value.items())
        elif isinstance(value, (list, tuple)):
            pairs = list(enumerate(value))
        if len(pairs) <= 1000:
            found += [(f"{name}[{key}]", part) for key, part in pairs if isinstance(part, (Node, np.ndarray, Unknown))]
    return found


def _same(one: Any, other: Any) -> bool:
    if one is other:
        return True
    if _is_number(one) and _is_number(other):
        return bool(one == other)
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.shape == other.shape and bool(np.array_equal(one, other))
    return False
