"""``gradient_of``: the decorator that says which cost a hand-derived gradient belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from compgraph.errors import GradientError

__all__ = ["MARK", "Claim", "claims_of", "gradient_of"]

MARK = "__gradient_of__"
"""The attribute by which a decorated function knows its costs; nothing else remembers them."""

F = TypeVar("F", bound=Callable[..., Any])


class Claim(NamedTuple):
    """What the decorator says of a function: that it is the gradient of a cost."""

    cost: Callable[..., Any]
    wrt: tuple[str, ...] | None
    inputs: Any


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
    >>> from compgraph.check.pairs import pairs_in, try_pair
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
            setattr(manual, MARK, (*claims_of(manual), Claim(cost, names, inputs)))
        except (AttributeError, TypeError):
            raise GradientError(f"gradient_of decorates a function, not {type(manual).__name__}") from None
        return manual

    return decorate


def claims_of(value: Any) -> tuple[Claim, ...]:
    try:
        return vars(value).get(MARK, ())  # type: ignore[no-any-return]
    except TypeError:  # it has no attributes of its own
        return ()
