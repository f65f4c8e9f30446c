"""A cost, the gradient derived by hand, and how the two are called: what a comparison and a proof begin with."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from compgraph.errors import DtypeError, GradientError, ShapeError

__all__ = ["Data", "Parameters", "Problem", "checked", "copy"]

Parameters: TypeAlias = Mapping[str, Any] | Sequence[Any] | NDArray[Any] | float
Data: TypeAlias = Mapping[str, Any] | Sequence[Any] | None


class Problem:
    """A cost and its hand-derived gradient, with the names of the parameters and the way both are called.

    Attributes:
        cost: the person's cost.
        manual: the person's gradient: a function, or values.
        names: the parameters' names, in order.
        parameters: where to compare, in the same order.
        chosen: the names of those to compare.
        data: what both functions are given besides the parameters, by name where it has one.
    """

    def __init__(
        self,
        cost: Callable[..., Any],
        manual: Any,
        at: Parameters,
        wrt: Sequence[str] | None = None,
        data: Data = None,
    ) -> None:
        self.cost = cost
        self.manual = manual
        self.by_name = isinstance(at, Mapping)
        self.names, self.parameters = _named(cost, at)
        self.data = _named_data(cost, self.names, data)
        self.chosen = list(self.names) if wrt is None else list(wrt)
        for name in self.chosen:
            if name not in self.names:
                raise GradientError(f"wrt: there is no parameter {name!r}; the parameters are {', '.join(self.names)}")
        for title, f in (("cost", cost), ("the hand-derived function", manual)):
            if callable(f):
                self._check_call(title, f)

    def arguments(self, parameters: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What either function is called with: the data as copies, so that neither can change what the other gets."""
        data = {name: copy(value) for name, value in self.data.items()}
        positional = [] if self.by_name else list(parameters)
        named = dict(zip(self.names, parameters, strict=True)) if self.by_name else {}
        for name in list(data):
            if name.startswith("args["):
                positional.append(data.pop(name))
        return tuple(positional), {**named, **data}

    def call(self, f: Callable[..., Any], parameters: Sequence[Any]) -> Any:
        """Call either function at some values of the parameters."""
        args, kwargs = self.arguments(parameters)
        return f(*args, **kwargs)

    def given(self, manual: Any) -> dict[str, Any]:
        """The hand-derived gradients by parameter name, however they were returned, and further ones by their own."""
        if hasattr(manual, "_asdict"):
            manual = manual._asdict()
        if isinstance(manual, Mapping):
            found = {}
            for name in self.chosen:
                key = f"d{name}" if f"d{name}" in manual else name
                if key not in manual:
                    raise GradientError(
                        f"the hand-derived gradients have no d{name}; they are called {', '.join(map(str, manual))}"
                    )
                found[name] = manual[key]
            return checked(found)
        if not isinstance(manual, (tuple, list)):
            manual = (manual,)
        if len(manual) != len(self.chosen):
            raise ShapeError(
                f"{len(manual)} hand-derived gradients for {len(self.chosen)} parameters ({', '.join(self.chosen)}): "
                "return one for each, in this order, or a dict by name"
            )
        return checked(dict(zip(self.chosen, manual, strict=True)))

    def by_variable(self, manual: Any) -> dict[str, Any]:
        """All that a hand-derived function returned, by the name of what it is the derivative of, unchecked."""
        if hasattr(manual, "_asdict"):
            manual = manual._asdict()
        if isinstance(manual, Mapping):
            parameters = {name: manual.get(f"d{name}", manual.get(name)) for name in self.chosen}
            return {**self.further(manual), **parameters}
        return dict(zip(self.chosen, manual if isinstance(manual, (tuple, list)) else (manual,), strict=False))

    def further(self, manual: Any) -> dict[str, Any]:
        """What was given by name beyond the gradients of parameters: intermediates, by the name without its d."""
        if hasattr(manual, "_asdict"):
            manual = manual._asdict()
        if not isinstance(manual, Mapping):
            return {}
        return {
            key[1:]: value
            for key, value in manual.items()
            if isinstance(key, str) and key.startswith("d") and len(key) > 1 and key[1:] not in self.names
        }

    def _check_call(self, title: str, f: Callable[..., Any]) -> None:
        """Refuse parameters that a function does not take before calling it, in words about parameters."""
        try:
            signature = inspect.signature(f)
        except (TypeError, ValueError):  # some functions written in C do not tell
            return
        args, kwargs = self.arguments([None] * len(self.names))
        try:
            signature.bind(*args, **kwargs)
        except TypeError as error:
            parameters = (
                f"the parameters {', '.join(self.names)} by name" if self.by_name else f"{len(self.names)} parameters"
            )
            also = f" and the data {', '.join(self.data)}" if self.data else ""
            raise GradientError(f"{title} is called with {parameters}{also} and takes {signature}: {error}") from None


def copy(value: Any) -> Any:
    """A copy of an argument, so that a careless function cannot change the caller's."""
    return np.array(value) if isinstance(value, np.ndarray) else value


def _named(cost: Callable[..., Any], at: Parameters) -> tuple[tuple[str, ...], list[Any]]:
    if isinstance(at, Mapping):
        return tuple(at), list(at.values())
    if not isinstance(at, Sequence):  # one array or number, not put into a list
        at = (at,)
    fields = getattr(at, "_fields", None)  # those of a named tuple
    names = tuple(fields or [p.name for p in _arguments(cost) if p.kind is not p.KEYWORD_ONLY])[: len(at)]
    if len(names) < len(at):
        names = tuple([f"p{i}" for i in range(len(at))])
    return names, list(at)


def _arguments(f: Callable[..., Any]) -> list[inspect.Parameter]:
    """The arguments that a function names; none where it does not tell."""
    try:
        signature = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):  # some functions written in C
        return []
    return [p for p in signature if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


def _named_data(cost: Callable[..., Any], parameters: Sequence[str], data: Data) -> dict[str, Any]:
    """The data by name: those of the cost's own arguments; by place, ``args[i]``, where these have none."""
    if data is None:
        return {}
    if isinstance(data, Mapping):
        return dict(data)
    if not isinstance(data, (list, tuple)):
        data = (data,)
    free = [p.name for p in _arguments(cost) if p.name not in parameters and p.kind is not p.POSITIONAL_ONLY]
    if len(free) < len(data):
        return {f"args[{i}]": value for i, value in enumerate(data)}
    return dict(zip(free, data, strict=False))


def checked(manual: dict[str, Any]) -> dict[str, Any]:
    """Hand-derived gradients by name, which are arrays of real numbers; else an error that says which is not."""
    for name, value in manual.items():
        try:
            kind = np.asarray(value).dtype.kind
        except (TypeError, ValueError) as error:
            raise DtypeError(f"the hand-derived d{name} is no array: {error}") from None
        if kind not in "iuf":
            raise DtypeError(f"the hand-derived d{name} is {type(value).__name__}, not an array of real numbers")
    return manual
