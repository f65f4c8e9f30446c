"""Pairs of a cost and its hand-derived gradient: declared by a decorator, found in a file, checked at drawn inputs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from compgraph.check.compare import compare
from compgraph.check.gradient_of import claims_of, gradient_of
from compgraph.check.inputs import arguments_of, draw
from compgraph.check.problem import copy
from compgraph.check.report import Comparison
from compgraph.errors import GradientError
from compgraph.tracing import title

__all__ = ["Pair", "Try", "pairs_in", "try_pair"]


class Pair(NamedTuple):
    """A cost and a function said to be its gradient.

    Attributes:
        cost: the cost.
        manual: the hand-derived gradient.
        wrt: the names of the parameters; None where what the gradient returns tells them.
        inputs: how to draw the arguments; None where the annotations tell.
    """

    cost: Callable[..., Any]
    manual: Callable[..., Any]
    wrt: tuple[str, ...] | None
    inputs: Any

    @property
    def line(self) -> tuple[str, int] | None:
        """The file and the line where the gradient is defined, decorators included; None for what has no code."""
        code = getattr(inspect.unwrap(self.manual), "__code__", None)
        return None if code is None else (code.co_filename, code.co_firstlineno)

    def __str__(self) -> str:
        return f"{title(self.manual)} against {title(self.cost)}"


class Try(NamedTuple):
    """One comparison of a pair.

    Attributes:
        found: the comparison.
        seed: of the inputs.
        sizes: the sizes that were drawn, by the names that the annotations give them.
    """

    found: Comparison
    seed: int
    sizes: dict[str, int]


DECORATOR = gradient_of(abs).__code__
"""That of a decorator still waiting for its function."""


def pairs_in(namespace: Mapping[str, Any]) -> list[Pair]:
    """The pairs among the functions of a module, and among the static methods of its classes, each once.

    Args:
        namespace: ``vars(module)``.

    Raises:
        GradientError: a function was decorated without saying its cost.
    """
    found: dict[int, list[Pair]] = {}
    _find(namespace, namespace.get("__name__"), found)
    return [pair for pairs in found.values() for pair in pairs]


def _find(names: Mapping[str, Any], module: Any, found: dict[int, list[Pair]]) -> None:
    """Add what is among some names to the pairs found so far, by the identity of what was looked at."""
    for name, value in names.items():
        if id(value) in found:
            continue
        if getattr(value, "__code__", None) is DECORATOR:
            raise GradientError(f"{name} is decorated with gradient_of and no cost: write @cg.gradient_of(cost)")
        claims = claims_of(value)
        manual = value
        if isinstance(value, staticmethod):  # decorated itself, or what it is made of
            manual = value.__func__
            claims = (*claims_of(manual), *claims)
        found[id(value)] = [Pair(claim.cost, manual, claim.wrt, claim.inputs) for claim in claims]
        if isinstance(value, type) and value.__module__ == module:
            _find(vars(value), module, found)


def try_pair(pair: Pair, seed: int) -> Try:
    """Compare a pair at inputs drawn from a seed.

    Raises:
        CompgraphError: the inputs cannot be drawn, or the two functions not be compared at them.
    """
    values, sizes = draw(pair.cost, pair.manual, pair.inputs, seed)
    _check_call(pair, values)
    chosen = _parameters(pair, values) if pair.wrt is None else pair.wrt
    defaults = {n: p.default for n, p in arguments_of(pair.cost).items() if p.default is not p.empty}
    for name in chosen:
        if name not in values and name not in defaults:
            takes = ", ".join(arguments_of(pair.cost))
            raise GradientError(f"{title(pair.manual)}: wrt names {name}, and {title(pair.cost)} takes {takes}")
    at = {name: values[name] if name in values else defaults[name] for name in chosen}
    data = {name: value for name, value in values.items() if name not in at}
    return Try(compare(pair.cost, pair.manual, at=at, data=data), seed, sizes)


def _check_call(pair: Pair, values: Mapping[str, Any]) -> None:
    for f in (pair.cost, pair.manual):
        try:
            inspect.signature(f).bind(**values)
        except TypeError as error:
            raise GradientError(
                f"{title(f)} is called with {', '.join(values)} by name, as the cost and its gradient both are: {error}"
            ) from None
        except ValueError:  # functions written in C need not say what they take
            pass


def _parameters(pair: Pair, values: Mapping[str, Any]) -> list[str]:
    """The arguments that the gradient returns a derivative for."""
    names = list(arguments_of(pair.cost)) or list(values)
    returned = pair.manual(**{name: copy(value) for name, value in values.items()})
    if hasattr(returned, "_asdict"):
        returned = returned._asdict()
    if isinstance(returned, Mapping):
        chosen = [name for name in names if f"d{name}" in returned or name in returned]
        if not chosen:
            raise GradientError(
                f"{title(pair.manual)} returns {', '.join(map(str, returned)) or 'nothing'}, and no d{names[0]} or "
                f"other derivative by an argument of {title(pair.cost)}: it takes {', '.join(names)}"
                if names
                else f"{title(pair.cost)} has no arguments"
            )
        return chosen
    count = len(returned) if isinstance(returned, (tuple, list)) else 1
    if returned is None or not 0 < count <= len(names):
        what = "nothing" if returned is None else f"{count} gradients"
        raise GradientError(
            f"{title(pair.manual)} returns {what}, and {title(pair.cost)} takes {', '.join(names) or 'no arguments'}"
        )
    return names[:count]
