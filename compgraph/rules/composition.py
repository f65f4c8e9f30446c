"""Functions that are compositions of ops: their derivatives, of any order, are those of the ops they are made of.

``composed(np.outer, lambda a, b: np.expand_dims(np.ravel(a), 1) * np.ravel(b), ...)`` is the whole of a declaration.
NumPy's own implementations turn their arguments into plain arrays and so would lose the derivative; a definition says
the same with functions that nodes pass through. On a tape it appears as the ops it is made of.

The reasons why the remaining functions of NumPy have no derivative here are kept beside it, in :data:`REASONS`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from compgraph.errors import MissingRuleError
from compgraph.primitive import RECORD, Call, Interval

__all__ = ["COMPOSED", "REASONS", "Composition", "composed", "unsupported", "value_of"]

Definition = Callable[..., Any]


class Composition:
    """A function of NumPy and its definition by ops, as declared by :func:`composed`.

    Attributes:
        function: what people call; the key in :data:`COMPOSED`.
        definition: the same by functions that have rules; takes nodes, and NumPy's names of the arguments.
        name: the function's name, as it is written after ``np.``.
        names: the arguments that the definition takes.
        domain: for each array of a call the interval its test values are drawn from; the last stands for the rest.
        calls: the shapes and parameters it is tested with.
        kinks: points of the domain without a derivative, which the numeric tests keep away from.
        forward: the function as ``forward(*arrays, **params)``, where the call differs from that.
        anything: whether the definition takes any keyword.
        by_position: whether it takes any number of arrays, which then have no names.
    """

    # Written out, and no dataclass: importing those takes longer than most of what is here.
    def __init__(
        self,
        function: Callable[..., Any],
        definition: Definition,
        name: str,
        names: tuple[str, ...],
        domain: tuple[Interval, ...],
        calls: tuple[Call, ...],
        kinks: tuple[float, ...],
        forward: Callable[..., Any],
        anything: bool,
        by_position: bool,
    ) -> None:
        self.function = function
        self.definition = definition
        self.name = name
        self.names = names
        self.domain = domain
        self.calls = calls
        self.kinks = kinks
        self.forward = forward
        self.anything = anything
        self.by_position = by_position

    @functools.cached_property
    def signature(self) -> inspect.Signature | None:
        """NumPy's own signature, asked for at the first call: for all functions at once it takes long."""
        return None if self.by_position else _signature(self.function)

    def __repr__(self) -> str:
        return f"<Composition {self.name}>"

    def __call__(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Evaluate the definition on the arguments of a call, whichever way they were passed.

        Raises:
            MissingRuleError: an argument that the definition does not know, such as ``out=``.
        """
        given: Mapping[str, Any] = kwargs
        if self.signature is not None:
            try:
                given = self.signature.bind(*args, **kwargs).arguments
            except TypeError as error:
                raise MissingRuleError(f"{self.name}: {error}") from None
            args = ()
            defaults = self.signature.parameters
            given = {
                name: value
                for name, value in given.items()
                if name in self.names or value is not defaults[name].default
            }
        given = {name: value for name, value in given.items() if value is not np._NoValue}
        for name in given:
            if name not in self.names and not self.anything:
                raise MissingRuleError(
                    f"{self.name}(..., {name}=...) cannot be differentiated; "
                    f"the arguments it can be differentiated with are: {', '.join(self.names)}"
                )
        self._check_axes(args, given)
        return self.definition(
            *[_as_array(x) if isinstance(x, list) else x for x in args],
            **{name: _as_array(x) if isinstance(x, list) or name in ARRAYS else x for name, x in given.items()},
        )

    def _check_axes(self, args: tuple[Any, ...], given: Mapping[str, Any]) -> None:
        """Refuse an axis that the array does not have, as NumPy does; a definition may count modulo their number."""
        array: Any = next((given[name] for name in self.names if name in ARRAYS and name in given), (*args, None)[0])
        if not hasattr(array, "ndim"):
            return
        for name in ("axis", "axis1", "axis2"):
            axes = given.get(name)
            for axis in axes if isinstance(axes, (tuple, list)) else (axes,):
                if isinstance(axis, int) and not isinstance(axis, bool):
                    normalize_axis_index(axis, array.ndim)


ARRAYS = frozenset({"a", "a1", "a2", "arr", "b", "f", "fp", "m", "p", "v", "weights", "x", "x1", "x2", "xp", "y"})
"""NumPy's names for arguments that are arrays; the values of one may also be given as a tuple."""


def _as_array(x: Any) -> Any:
    """A list or a tuple of numbers as an array; anything else, such as a list of nodes, as it is."""
    if not isinstance(x, (list, tuple)) or _holds_a_node(x):
        return x
    try:
        array = np.asarray(x)
    except ValueError:  # parts of different shapes
        return x
    return array if array.dtype.kind in "biuf" else x


def _holds_a_node(x: Any) -> bool:
    return any(map(_holds_a_node, x)) if isinstance(x, (list, tuple)) else hasattr(x, RECORD)


PREFIXES = {"numpy.linalg": "linalg.", "numpy.fft": "fft."}
"""How the functions of NumPy's namespaces are named."""

COMPOSED: dict[Callable[..., Any], Composition] = {}
"""Every function that is declared by its composition."""

REASONS: dict[Callable[..., Any], str] = {}
"""Why a function cannot take a node, and what to write instead."""


def composed(
    function: Callable[..., Any],
    definition: Definition,
    *,
    domain: Interval | tuple[Interval, ...],
    calls: tuple[Call, ...],
    kinks: tuple[float, ...] = (),
    forward: Callable[..., Any] | None = None,
) -> None:
    """Declare a function by other functions that have rules.

    Where the function has a rule of its own as well, the definition is for the ways of calling it that the rule does
    not know, such as ``np.sum(a, where=mask)``.

    Args:
        function: a function of NumPy.
        definition: the same for nodes; it names its arguments as NumPy does, and only those it can take.
        domain: the interval that test values are drawn from, or one for each array.
        calls: the shapes and parameters to test with; see :func:`compgraph.call`.
        kinks: points without a derivative, which numeric tests keep away from.
        forward: the function as ``forward(*arrays, **params)``, where the call differs from that.
    """
    several = isinstance(domain, tuple) and isinstance(domain[0], (tuple, type))
    intervals: Any = domain if several else (domain,)
    code = definition.__code__
    COMPOSED[function] = Composition(
        function,
        definition,
        PREFIXES.get(getattr(function, "__module__", ""), "") + function.__name__,
        code.co_varnames[: code.co_argcount + code.co_kwonlyargcount],
        intervals,
        calls,
        kinks,
        forward or function,
        bool(code.co_flags & inspect.CO_VARKEYWORDS),
        bool(code.co_flags & inspect.CO_VARARGS),
    )


def _signature(function: Callable[..., Any]) -> inspect.Signature | None:
    """NumPy's own signature, where it has one without ``*args`` and without ``**kwargs``."""
    if isinstance(function, np.ufunc):
        return None  # which takes its arrays by position only
    try:
        signature = inspect.signature(function)
    except ValueError:  # functions written in C need not say what they take
        return None
    kinds = {parameter.kind for parameter in signature.parameters.values()}
    return None if kinds & {inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL} else signature


def unsupported(reason: str, *functions: Callable[..., Any]) -> None:
    """Write down why functions cannot take a node; the error that refuses them says it."""
    for function in functions:
        REASONS[function] = reason


def value_of(x: Any) -> Any:
    """The plain value of a node, and anything else as it is."""
    return x.value if hasattr(x, RECORD) else x
