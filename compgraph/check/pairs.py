"""Pairs of a cost and its hand-derived gradient: declared by a decorator, found in a file, checked at drawn inputs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from compgraph.check.compare import compare
from compgraph.check.inputs import arguments_of, draw
from compgraph.check.problem import copy
from compgraph.check.report import Comparison
from compgraph.errors import GradientError
from compgraph.tracing import title

__all__ = ["Pair", "Try", "gradient_of", "pairs_in", "try_pair"]

MARK = "__gradient_of__"
"""The attribute by which a decorated function knows its costs; nothing else remembers them."""

F = TypeVar("F", bound=Callable[..., Any])


class Claim(NamedTuple):
    """What the decorator says of a function: that it is the gradient of a cost."""

    cost: Callable[..., Any]
    wrt: tuple[str, ...] | None
    inputs: Any


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


def gradient_of(
    cost: Callable[..., Any], *, wrt: str | Sequence[str] | None = None, inputs: Any = None
) -> Callable[[F], F]:
    """Say of a function that it is the hand-derived gradient of a cost, for ``compgraph check FILE.py`` to find.

    >>> from typing import Annotated
    >>> import numpy as np
    >>> import compgraph as cg
    >>> Vector, Matrix = Annotated[np.ndarray, "n"], Annotated[np.ndarray, "m n"]
    >>> def cost(w: Vector, X: Matrix, y: Annotated[np.ndarray, "m"]):
    ...     return np.mean((X @ w - y) ** 2)
    >>> @gradient_of(cost)
    ... def gradient(w, X, y):
    ...     return {"dw": X.T @ (X @ w - y) / len(y)}  # the 2 is forgotten
    >>> (pair,) = pairs_in({"gradient": gradient})
    >>> [row.verdict for row in try_pair(pair, seed=0).found.rows]
    ['wrong']

    Nothing else happens to the function: it is returned as it is, with one attribute more.

    Args:
        cost: plain NumPy code that returns one number. It and the function take the same arguments and are called with
            them by name.
        wrt: the names of the arguments to differentiate with respect to. By default those that the function names,
            where it returns a dict or a named tuple (``dW1`` or ``W1``); else as many as it returns gradients, from the
            first on. All other arguments are data.
        inputs: where the arguments come from. By default from the annotations: ``float``, or an array's sizes, as in
            ``Annotated[np.ndarray, "n_h n_x"]``, ``Annotated[np.ndarray, ("n_h", 1)]``,
            ``Annotated[NDArray[np.float32], "m n"]`` or jaxtyping's ``Float[np.ndarray, "m n"]``. A size named twice is
            the same, and different names are different sizes. One word more says what the numbers are:
            ``Annotated[np.ndarray, "1 m", "labels"]``; see :data:`compgraph.check.inputs.DOMAINS`. Else give

            - a dict by name, for all arguments or for some: of such sizes and words (``("n_h", 1)``, ``"n_h n_x"``,
              ``"positive"``), of arrays of floats or floats, in whose place others of their shape and dtype are drawn,
              or of anything else, which is passed as it is (a text is, where the annotation is ``str``);
            - a function that takes a ``numpy.random.Generator`` and returns the arguments, a dict by name;
            - a strategy of Hypothesis for such dicts.

    Returns:
        A decorator.

    Raises:
        GradientError: the cost is no function, or ``inputs`` nothing to draw from.
    """
    if not callable(cost):
        raise GradientError(f"gradient_of takes the cost, a function, not {type(cost).__name__}")
    drawable = inputs is None or isinstance(inputs, Mapping) or callable(inputs) or hasattr(inputs, "example")
    if not drawable:
        raise GradientError(
            f"gradient_of: inputs= is a dict by name, a function of a random generator or a strategy, not "
            f"{type(inputs).__name__}"
        )
    names = (wrt,) if isinstance(wrt, str) else None if wrt is None else tuple(wrt)

    def decorate(manual: F) -> F:
        try:
            setattr(manual, MARK, (*_claims(manual), Claim(cost, names, inputs)))
        except (AttributeError, TypeError):
            raise GradientError(f"gradient_of decorates a function, not {type(manual).__name__}") from None
        return manual

    return decorate


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
        claims = _claims(value)
        manual = value
        if isinstance(value, staticmethod):  # decorated itself, or what it is made of
            manual = value.__func__
            claims = (*_claims(manual), *claims)
        found[id(value)] = [Pair(claim.cost, manual, claim.wrt, claim.inputs) for claim in claims]
        if isinstance(value, type) and value.__module__ == module:
            _find(vars(value), module, found)


def _claims(value: Any) -> tuple[Claim, ...]:
    try:
        return vars(value).get(MARK, ())  # type: ignore[no-any-return]
    except TypeError:  # it has no attributes of its own
        return ()


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
