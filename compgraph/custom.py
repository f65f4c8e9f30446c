"""Functions with a derivative of the user's own."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, overload

import numpy as np

from compgraph.errors import DtypeError, GradientError, WrongGradientError
from compgraph.joint import cut, results
from compgraph.nested import flatten, leaves_like, paths, ravel, unflatten
from compgraph.node import Node
from compgraph.operand import scalar
from compgraph.tracing import title
from compgraph.unknown import Unknown

__all__ = ["custom_gradient"]

Pull: TypeAlias = Callable[[Any], Any]

SAFETY = 8
"""Times the estimated error of a nudged slope, as in :func:`compgraph.compare`."""


@overload
def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]: ...
@overload
def custom_gradient(*, check: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]: ...
def custom_gradient(f: Callable[..., Any] | None = None, *, check: bool = False) -> Any:
    """Decorate a function that says itself how cotangents are pulled back through it.

    >>> import numpy as np
    >>> import compgraph as cg
    >>> @cg.custom_gradient
    ... def clip_gradient(x):
    ...     return x, lambda grad: np.clip(grad, -1.0, 1.0)
    >>> clip_gradient(3.0), cg.grad(lambda x: 50 * clip_gradient(x))(3.0)
    (3.0, 1.0)

    With several arguments there are as many cotangents:

    >>> @cg.custom_gradient(check=True)
    ... def scaled(x, s):
    ...     return x / s, lambda grad: (grad / s, -np.sum(grad * x) / s**2)
    >>> cg.grad(scaled, (0, 1))(3.0, 2.0)
    (0.5, -0.75)

    For an op with a rule for each argument, which the generic tests check, there is :func:`compgraph.differentiable`.

    Args:
        f: plain NumPy code that returns ``(value, pull)``. ``pull(grad)`` takes the cotangent of the value and
            returns that of the argument, or for several a tuple of one for each **positional** argument of the call;
            None is a zero. An argument may be a tree, and its cotangent is then one of the same structure; so may the
            value be. Keyword arguments are settings and are not differentiated.
        check: compare what ``pull`` gives with nudged slopes, on the first call with nodes that succeeds. Leave it out
            where the two are meant to differ, as in ``clip_gradient``.

    Returns:
        A function of the same arguments that returns the value. A derivative of higher order, or one that is itself
        part of a graph, runs ``f`` once more, on the nodes, and differentiates what ``pull`` computes with them: so
        ``pull`` is plain NumPy code too, and ``f`` returns the same when it is run again. Forward mode takes ``pull``
        as the linear function that it is at grad = 0.

    Raises:
        GradientError: ``f`` does not return ``(value, pull)``, ``pull`` not a cotangent for each argument; a node is
            passed as a keyword argument, or comes from outside the function.
        WrongGradientError: the check found a cotangent that is not the slope.
    """
    if f is None:
        return functools.partial(_custom, check=check)
    return _custom(f, check)


def _custom(f: Callable[..., Any], check: bool) -> Callable[..., Any]:
    unchecked = check

    @functools.wraps(f)
    def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal unchecked
        for name, setting in kwargs.items():
            if any(isinstance(leaf, Node) for leaf in flatten(setting)[0]):
                raise GradientError(
                    f"{title(f)}: {name} is passed by keyword, as a setting, and is a node: pass it by position to "
                    "differentiate by it, or give its value"
                )
        recorded = _Call(f, args, kwargs)
        if unchecked and recorded.inputs and not any(isinstance(x.value, Unknown) for x in recorded.inputs):
            _check(recorded)
            unchecked = False  # only now: a check that fails is made again
        return recorded.result()

    return call


class _Call:
    """One call: its arguments, where the nodes in them are, and the function of those nodes that it is."""

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.f = f
        self.args = args
        self.kwargs = kwargs
        self.leaves, self.structure = flatten(args)
        self.places = [i for i, leaf in enumerate(self.leaves) if isinstance(leaf, Node)]
        self.inputs: list[Node] = [self.leaves[i] for i in self.places]

    def run(self, inputs: Sequence[Any]) -> tuple[Value, Pull]:
        """What the user's function returns for these values, or nodes, in the place of its nodes."""
        leaves = list(self.leaves)
        for i, x in zip(self.places, inputs, strict=True):
            leaves[i] = x
        returned = self.f(*unflatten(self.structure, leaves), **self.kwargs)
        if not (isinstance(returned, tuple) and len(returned) == 2 and callable(returned[1])):
            raise GradientError(
                f"{title(self.f)} has a custom gradient and returns (value, pull), pull a function of the cotangent; "
                f"it returned {type(returned).__name__}"
            )
        value, pull = returned
        return Value(value, inputs), pull

    def result(self) -> Any:
        """The value, as a node where the arguments hold nodes."""
        values = [x.value for x in self.inputs]
        value, pull = self.run(values)
        if any(isinstance(leaf, Node) for leaf in value.leaves):
            raise GradientError(
                f"{title(self.f)} has a custom gradient and depends on a node that is none of its arguments: "
                "pass it as an argument"
            )
        if not (self.inputs and value.varying):
            return unflatten(value.structure, value.leaves)
        shape = value.emptied()

        def rule(grad: Any, out: Any, *inputs: Any) -> list[Any]:
            same = all(x is value for x, value in zip(inputs, values, strict=True))
            # Else nodes, for a derivative that can be differentiated, or values that are tried out in place of ours.
            return self.cotangents(pull if same else self.run(inputs)[1], shape.filled_with(grad))

        def forward(*inputs: Any) -> list[Any]:
            return self.run(inputs)[0].numbers

        return value.with_numbers(results(title(self.f), value.numbers, self.inputs, forward, rule))

    def cotangents(self, pull: Pull, grad: Any) -> list[Any]:
        """Those of the nodes that the user's function makes of that of the value."""
        returned = pull(grad)
        name = f"what the pull of {title(self.f)} returned"
        if len(self.args) == 1 and returned is None:
            raise GradientError(f"{name} is None: is a return missing?")
        if len(self.args) == 1 and (isinstance(self.args[0], tuple) or not isinstance(returned, tuple)):
            returned = (returned,)
        if not isinstance(returned, (tuple, list)) or len(returned) != len(self.args):
            many = f"{len(returned)} cotangents" if isinstance(returned, (tuple, list)) else "one cotangent"
            raise GradientError(
                f"{name} is {many}, and the call has {len(self.args)} positional arguments: return one for each, None "
                "for a zero; settings are passed by keyword"
            )
        found = leaves_like(self.structure, returned, name, absent=True)
        return [self._own(found[i], i) for i in self.places]

    def _own(self, cotangent: Any, place: int) -> Any:
        """A cotangent in memory of its own, whatever the user's function keeps of it."""
        if cotangent is None or isinstance(cotangent, (float, Node, Unknown)):
            return cotangent
        try:
            array = np.array(cotangent)
        except ValueError:  # lists that are no array
            array = np.array(None)
        if array.dtype.kind not in "biufc":
            raise DtypeError(
                f"the pull of {title(self.f)} returned {cotangent!r} for {self.name_of(place)}: give an array or a "
                "number, None for a zero"
            )
        return array.astype(np.float64) if array.dtype.kind in "biu" else array

    def name_of(self, place: int) -> str:
        return paths(self.structure, "args")[place]


class Value:
    """What the user's function returned: a tree, and the numbers in it that have a derivative.

    Attributes:
        leaves, structure: the tree.
        varying: which leaves are floating-point numbers or arrays of them.
        numbers: these, as the tape holds them.
    """

    def __init__(self, tree: Any, inputs: Sequence[Any]) -> None:
        self.leaves, self.structure = flatten(tree)
        self.varying: list[int] = []
        self.numbers: list[Any] = []
        for i, leaf in enumerate(self.leaves):
            if isinstance(leaf, (float, np.ndarray, np.generic, list, Node, Unknown)):
                number: Any = np.asarray(leaf) if isinstance(leaf, list) else leaf
                number = (
                    number if np.shape(number) or isinstance(leaf, (Node, Unknown)) else scalar(number, list(inputs))
                )
                if isinstance(number, float) or number.dtype.kind in "fc":
                    self.varying.append(i)
                    self.numbers.append(number)

    def emptied(self) -> Value:
        """The same without the memory of its arrays."""
        empty = Value.__new__(Value)
        empty.structure, empty.varying = self.structure, self.varying
        empty.leaves = [0.0 if isinstance(x, float) else None for x in self.leaves]
        empty.numbers = [None]
        if len(self.numbers) > 1:  # the shapes that a vector is cut into
            empty.numbers = [
                x if isinstance(x, float) else np.broadcast_to(np.zeros((), x.dtype), x.shape) for x in self.numbers
            ]
        return empty

    def with_numbers(self, numbers: Sequence[Any]) -> Any:
        """The tree with others in their place."""
        leaves = list(self.leaves)
        for i, number in zip(self.varying, numbers, strict=True):
            leaves[i] = number
        return unflatten(self.structure, leaves)

    def filled_with(self, grad: Any) -> Any:
        """The tree of a cotangent, in memory that the user may write to."""
        grads = [grad] if len(self.numbers) == 1 else cut(grad, self.numbers)
        return self.with_numbers([g.copy() if isinstance(g, np.ndarray) else g for g in grads])


def _check(call: _Call) -> None:
    """Compare a pull with central differences of the value, at the arguments of a call in double precision."""
    from compgraph.check.numeric import numeric_slopes  # not above: with it comes all that checks gradients

    if any(x.dtype.kind == "c" for x in call.inputs):
        raise GradientError(f"{title(call.f)}: the check nudges real numbers, and an argument is complex")
    point = [np.asarray(x.value, np.float64) if x.shape else float(x.value) for x in call.inputs]
    value, pull = call.run(point)
    rng = np.random.default_rng(0)
    weights = [rng.uniform(0.5, 1.5, x.shape) if np.shape(x) else rng.uniform(0.5, 1.5) for x in value.numbers]
    seed = weights[0] if len(weights) == 1 else ravel(weights)
    found = call.cotangents(pull, value.emptied().filled_with(seed)) if weights else [None] * len(point)
    size = sum(float(np.sum(np.abs(w * x))) for w, x in zip(weights, value.numbers, strict=True))
    for k, cotangent in enumerate(found):

        def along(x: Any, k: int = k) -> Any:
            numbers = call.run([*point[:k], x if x.shape else float(x), *point[k + 1 :]])[0].numbers
            return sum(float(np.sum(w * x)) for w, x in zip(weights, numbers, strict=True))

        nudged = numeric_slopes(along, point[k], noise=float(np.finfo(float).eps) * size)
        given = np.broadcast_to(0.0 if cotangent is None else cotangent, np.shape(point[k])).reshape(-1)[nudged.entries]
        apart = np.abs(given - nudged.slopes)
        wrong = ~(apart <= SAFETY * (nudged.errors + np.finfo(float).eps * np.abs(given)))
        wrong &= np.isfinite(nudged.slopes)  # at the edge of the domain there is nothing to compare with
        if np.any(wrong):
            worst = int(np.argmax(np.where(wrong, apart, -1.0)))
            entry = [int(i) for i in np.unravel_index(nudged.entries[worst], np.shape(point[k]))]
            raise WrongGradientError(
                f"the pull of {title(call.f)} is wrong: for {call.name_of(call.places[k])}{entry or ''} it gives "
                f"{given[worst]:.6g}, and nudging gives {nudged.slopes[worst]:.6g} "
                f"(for a random cotangent; {int(np.sum(wrong))} of {wrong.size} entries are wrong)"
            )
