"""Inputs to check a gradient with: drawn from what is said of the arguments, the same ones for the same seed.

What is said of an argument is an annotation or stands in a dict under its name. The words of an annotation are those of
jaxtyping: sizes in order, by name or number, such as ``"n_h n_x"``. A name is one size for all arguments of a call, and
different names are different sizes, so that nothing fits by accident that would not fit in general.
"""

from __future__ import annotations

import inspect
import sys
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from compgraph.errors import GradientError
from compgraph.tracing import title

__all__ = ["DOMAINS", "Drawn", "arguments_of", "draw"]

SMALLEST = 2
"""The smallest size drawn: an axis of length 1 would let through what is wrong with all others."""

SPARE = 4
"""So many sizes more than there are names are drawn from."""

EXAMPLES = 10
"""So many examples are drawn from a strategy, to take the last: the first is the simplest, all zeros as a rule."""

Shape: TypeAlias = tuple[int, ...]


def _labels(rng: np.random.Generator, shape: Shape) -> NDArray[Any]:
    """Zeros and ones in random order, as many of either as of the other, or one more."""
    size = int(np.prod(shape))
    return rng.permutation((np.arange(size) + rng.integers(2)) % 2).reshape(shape)


def _one_hot_columns(rng: np.random.Generator, shape: Shape) -> NDArray[Any]:
    return np.moveaxis(_one_hot_rows(rng, (*shape[1:], *shape[:1])), -1, 0)


def _one_hot_rows(rng: np.random.Generator, shape: Shape) -> NDArray[Any]:
    *rest, classes = shape
    return np.eye(classes)[rng.integers(classes, size=rest)]


DOMAINS: Mapping[str, Callable[[np.random.Generator, Shape], Any]] = {
    "real": lambda rng, shape: rng.standard_normal(shape),
    "positive": lambda rng, shape: rng.uniform(0.5, 2.0, shape),
    "probability": lambda rng, shape: rng.uniform(0.05, 0.95, shape),
    "labels": _labels,
    "counts": lambda rng, shape: rng.poisson(3.0, shape),
    "one-hot-columns": _one_hot_columns,
    "one-hot-rows": _one_hot_rows,
}
"""What else may be said of an argument, in one word: the numbers that it holds. Unsaid they are ``real``."""


class Drawn(NamedTuple):
    """The arguments of one call.

    Attributes:
        values: by name, in the order of the cost's arguments.
        sizes: the size drawn for each name of a size.
    """

    values: dict[str, Any]
    sizes: dict[str, int]


class Spec(NamedTuple):
    """What an argument is drawn as: its shape (None where nothing says it), dtype, numbers; whether it is a float."""

    shape: tuple[int | str, ...] | None
    dtype: Any = np.dtype(np.float64)
    domain: str = "real"
    is_number: bool = False


def draw(cost: Callable[..., Any], manual: Callable[..., Any], inputs: Any, seed: int) -> Drawn:
    """Draw arguments that a cost and its hand-derived gradient can both be called with, by name.

    >>> def cost(W: Annotated[np.ndarray, "n_h n_x"], x: Annotated[np.ndarray, "n_x 1"], rate: float = 0.1): ...
    >>> values, sizes = draw(cost, cost, None, seed=0)
    >>> list(values), sorted(sizes)
    (['W', 'x'], ['n_h', 'n_x'])
    >>> values["W"].shape == (sizes["n_h"], sizes["n_x"]), values["x"].shape == (sizes["n_x"], 1)
    (True, True)

    Args:
        cost, manual: an argument is drawn by the annotation that the cost has for it, or else the gradient. One with a
            default keeps it, unless its annotation is more than ``float``.
        inputs: what :func:`compgraph.gradient_of` was given.
        seed: of the random numbers; the same seed gives the same inputs.

    Raises:
        GradientError: nothing says how to draw an argument, or what is said makes no sense.
    """
    rng = np.random.default_rng(seed)
    name = title(manual)
    if _is_strategy(inputs):
        return Drawn(_complete(_example(inputs, seed, name), cost, name), {})
    if inputs is not None and not isinstance(inputs, Mapping):
        return Drawn(_complete(inputs(rng), cost, name), {})
    return _drawn(_said(cost, manual, inputs or {}), rng, seed, name)


def arguments_of(f: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The arguments of a function that can be passed by name; none where it does not tell."""
    try:
        parameters = inspect.signature(f).parameters
    except (TypeError, ValueError):  # functions written in C need not say what they take
        return {}
    return {n: p for n, p in parameters.items() if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}


# ------------------------------------------------------------------------------------------ values that are given whole


def _is_strategy(inputs: Any) -> bool:
    """Whether this is a strategy of Hypothesis, which is loaded if so."""
    strategies = sys.modules.get("hypothesis.strategies")
    return strategies is not None and isinstance(inputs, strategies.SearchStrategy)


def _example(strategy: Any, seed: int, name: str) -> Any:
    hypothesis: Any = sys.modules["hypothesis"]
    found: list[Any] = []
    settings = hypothesis.settings(
        database=None,
        deadline=None,
        max_examples=EXAMPLES,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )

    def collect(value: Any) -> None:
        found.append(value)

    try:
        hypothesis.seed(seed)(settings(hypothesis.given(strategy)(collect)))()
    except hypothesis.errors.HypothesisException as error:
        raise GradientError(f"inputs of {name}: the strategy gives no example: {error}") from None
    return found[-1]


def _complete(values: Any, cost: Callable[..., Any], name: str) -> dict[str, Any]:
    if not isinstance(values, Mapping):
        hint = ": call it, as in inputs=draws()" if _is_strategy(values) else ""
        raise GradientError(
            f"inputs of {name}: it gives {type(values).__name__}, not a dict of the arguments by name{hint}"
        )
    arguments = arguments_of(cost)
    _refuse_strangers(values, cost, name)
    missing = [n for n, p in arguments.items() if n not in values and p.default is p.empty]
    if missing:
        raise GradientError(f"inputs of {name}: it gives no {', '.join(missing)}, which {title(cost)} takes")
    return {n: values[n] for n in [*[n for n in arguments if n in values], *[n for n in values if n not in arguments]]}


def _refuse_strangers(values: Mapping[Any, Any], cost: Callable[..., Any], name: str) -> None:
    """Refuse names that are no argument of the cost, unless it takes any."""
    arguments = arguments_of(cost)
    takes_any = not arguments or any(p.kind is p.VAR_KEYWORD for p in inspect.signature(cost).parameters.values())
    strangers = [str(n) for n in values if not isinstance(n, str) or (n not in arguments and not takes_any)]
    if strangers:
        raise GradientError(
            f"inputs of {name}: {title(cost)} has no argument {', '.join(strangers)}; it takes {', '.join(arguments)}"
        )


# -------------------------------------------------------------------------------------- values drawn from what is said


def _said(cost: Callable[..., Any], manual: Callable[..., Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """For each argument what is drawn: a Spec, a strategy, or a value that is taken as it is."""
    name = title(manual)
    _refuse_strangers(inputs, cost, name)
    annotations = {**_annotations(manual), **_annotations(cost)}
    arguments = arguments_of(cost)
    said: dict[str, Any] = {}
    for argument in [*arguments, *[n for n in inputs if n not in arguments]]:
        if argument in inputs:
            what = inputs[argument]
            is_text = isinstance(what, str) and annotations.get(argument) is str
            found = None if is_text else _spec(what, argument) or _prototype(what)
            said[argument] = what if found is None else found
            continue
        parameter = arguments[argument]
        annotation = annotations.get(argument)
        if parameter.default is not parameter.empty and annotation in (None, float):
            continue
        found = _spec(annotation, argument)
        if found is not None and found.shape is not None:
            said[argument] = found
        elif parameter.default is parameter.empty:
            raise GradientError(
                f"{name}: nothing says how to draw {argument}: annotate it with its sizes, as "
                f'{argument}: Annotated[np.ndarray, "n m"], or as float; or give gradient_of(..., inputs=)'
            )
    return said


def _annotations(f: Callable[..., Any]) -> dict[str, Any]:
    try:
        parameters = inspect.signature(f, eval_str=True).parameters
    except (NameError, SyntaxError, AttributeError) as error:
        raise GradientError(f"the annotations of {title(f)} mean nothing: {error}") from None
    except (TypeError, ValueError):  # functions written in C
        return {}
    return {n: p.annotation for n, p in parameters.items() if p.annotation is not p.empty}


def _spec(what: Any, argument: str) -> Spec | None:
    """What an annotation, or one of the words in its place, says; None where it says nothing of drawing."""
    if what is float:
        return Spec((), is_number=True)
    if typing.get_origin(what) is Annotated:
        kind, *said = typing.get_args(what)
        if kind in (int, bool, str, complex):
            raise GradientError(f"{argument}: {kind.__name__} is not drawn: give it by gradient_of(..., inputs=)")
        return _with_words(_spec(kind, argument) or Spec(None), said, argument)
    if isinstance(what, str):
        return _with_words(Spec(None), [what], argument)
    if isinstance(what, tuple) and all(isinstance(size, (int, str)) for size in what):
        return _with_words(Spec(None), [what], argument)
    if isinstance(what, type) and issubclass(what, np.generic):
        return Spec((), _dtype(what, argument))
    if typing.get_origin(what) is np.ndarray:  # NDArray[np.float32]
        (kind,) = typing.get_args(typing.get_args(what)[1]) or (np.float64,)
        return Spec(None, _dtype(kind, argument))
    if isinstance(getattr(what, "dim_str", None), str):  # one of jaxtyping's types
        names = what.dtypes if isinstance(what.dtypes, (list, tuple)) else ["float64"]
        kind = "float64" if "float64" in names else names[-1]
        return _with_words(Spec(None, _dtype(getattr(np, kind, kind), argument)), [(), what.dim_str], argument)
    return None


def _prototype(what: Any) -> Spec | None:
    """An array or number in the place of others of its shape and dtype, where it holds floats."""
    if isinstance(what, float) and type(what) is float:
        return Spec((), is_number=True)
    if isinstance(what, (list, np.ndarray, np.floating)):
        like = np.asarray(what)
        if like.dtype.kind == "f":
            return Spec(like.shape, like.dtype)
    return None


def _dtype(kind: Any, argument: str) -> Any:
    if typing.get_origin(kind) is not None:  # np.floating[Any]
        kind = typing.get_origin(kind)
    if kind in (Any, np.floating, np.number, np.inexact, np.generic):
        return np.dtype(np.float64)
    try:
        dtype = np.dtype(kind)
    except TypeError:
        dtype = np.dtype(object)
    if dtype.kind not in "fbiu":
        raise GradientError(
            f"{argument}: numbers of dtype {kind} are not drawn: give them by gradient_of(..., inputs=)"
        )
    return dtype


def _with_words(spec: Spec, said: Iterable[Any], argument: str) -> Spec:
    """A spec with the sizes and the domain that these words say."""
    sizes: list[int | str] = []
    has_sizes = False
    domains = []
    for word in _words(said):
        if word is None:
            has_sizes = True
        elif word in DOMAINS:
            domains.append(str(word))
        elif isinstance(word, int) or word.isdecimal():
            sizes.append(int(word))
        elif word.isidentifier():
            sizes.append(word)
        else:
            raise GradientError(
                f"{argument}: {word!r} is no size: a size is a name such as n_x or a whole number, and the numbers are "
                f"one of {', '.join(DOMAINS)}"
            )
    if len(domains) > 1:
        raise GradientError(f"{argument} cannot be {' and '.join(domains)} at once")
    if sizes and spec.is_number:
        raise GradientError(
            f"{argument}: {sizes[0]!r} says nothing of a float: it has no sizes, and its numbers are one of "
            f"{', '.join(DOMAINS)}"
        )
    shape = tuple(sizes) if sizes or has_sizes else spec.shape
    if any(isinstance(size, int) and size < 0 for size in sizes):
        raise GradientError(f"{argument}: a size is not negative: {shape}")
    if domains and domains[0].startswith("one-hot") and (shape is None or not shape):
        raise GradientError(f"{argument}: {domains[0]} needs an axis: say its sizes")
    return spec._replace(shape=shape, domain=domains[0] if domains else spec.domain)


def _words(said: Iterable[Any]) -> Iterator[int | str | None]:
    """The words of annotations one by one; None for a tuple, which gives all sizes even where it is empty."""
    for each in said:
        if isinstance(each, str):
            yield from each.split()
        elif isinstance(each, tuple):
            yield None
            yield from _words(each)
        elif isinstance(each, int) and not isinstance(each, bool):
            yield each


def _drawn(said: Mapping[str, Any], rng: np.random.Generator, seed: int, name: str) -> Drawn:
    specs = {argument: what for argument, what in said.items() if isinstance(what, Spec)}
    sizes = _sizes(specs.values(), rng)
    values = {}
    for argument, what in said.items():
        if isinstance(what, Spec):
            values[argument] = _value(what, sizes, rng, argument)
        else:
            values[argument] = _example(what, seed, name) if _is_strategy(what) else what
    return Drawn(values, sizes)


def _sizes(specs: Iterable[Spec], rng: np.random.Generator) -> dict[str, int]:
    """A size for each name: all different, and different from the sizes given as numbers."""
    mentioned = [size for spec in specs for size in spec.shape or ()]
    names = list(dict.fromkeys([size for size in mentioned if isinstance(size, str)]))
    most = SMALLEST + len(names) + SPARE
    free = [size for size in range(SMALLEST, most + len(mentioned)) if size not in mentioned][: len(names) + SPARE]
    return {name: int(size) for name, size in zip(names, rng.permutation(free), strict=False)}


def _value(spec: Spec, sizes: Mapping[str, int], rng: np.random.Generator, argument: str) -> Any:
    shape = tuple([sizes[size] if isinstance(size, str) else size for size in spec.shape or ()])
    domain = spec.domain
    if spec.dtype.kind == "b":
        domain = "labels"
    elif spec.dtype.kind in "iu" and domain not in ("labels", "counts", "one-hot-columns", "one-hot-rows"):
        raise GradientError(
            f"{argument}: whole numbers are drawn as labels, counts or one-hot: say which, or give inputs="
        )
    value = np.asarray(DOMAINS[domain](rng, shape)).astype(spec.dtype)
    return float(value) if spec.is_number else value if shape or spec.shape is None else value[()]
