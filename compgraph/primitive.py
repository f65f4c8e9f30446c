"""One declaration per op: its forward function, its derivative rule and the domain it is tested on.

``primitive(np.tanh, lambda grad, out, x: grad * (1 - out**2), domain=(-3, 3))`` is the whole of it. The registry
:data:`OPS` is what the engine differentiates by, what the generic tests check, and what the docs and the
drawings list; nothing about an op is written anywhere else.
"""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, ParamSpec, TypeVar

import numpy as np

from compgraph.errors import MissingRuleError, RegistrationError

__all__ = ["OPS", "PLAIN", "Call", "Joint", "Op", "call", "differentiable", "plain", "primitive"]

Rule = Callable[..., Any]
Interval = tuple[float, float] | type[bool]
P = ParamSpec("P")
R = TypeVar("R")

RECORD = "__compgraph_record__"
"""The attribute by which a function of ours finds an argument's recorder; NumPy's functions ask by NEP 13 and 18."""


class Call(NamedTuple):
    """A way of calling an op in its tests: shapes such as ``"ab,bc"`` (one letter, one drawn size) and parameters.

    A digit stands for that size itself. A parameter that is a function is called with the drawn sizes by letter,
    so that ``call("ab", shape=lambda a, b: (b * a,))`` can follow them.
    """

    shapes: str
    params: Mapping[str, Any]


def call(shapes: str, **params: Any) -> Call:
    """Describe a way of calling an op in its tests.

    >>> call("ab", axis=0)
    Call(shapes='ab', params={'axis': 0})
    """
    return Call(shapes, params)


class _ByArgument:
    """The rules of a function of any number of arrays: one rule, told each time which of them is meant."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    def __iter__(self) -> Iterator[Rule]:
        return (functools.partial(self.rule, argnum=argnum) for argnum in itertools.count())

    def __len__(self) -> int:
        return 1


class Joint:
    """One rule for all inputs of an op at once, for an op whose cotangents come out of one computation.

    ``rule(grad, out, *inputs, **params)`` returns a cotangent for each input, or None for a zero. Where rules are gone
    through one by one, as those of any other op, each of these computes all of them and takes its own.
    """

    def __init__(self, rule: Callable[..., Sequence[Any]], count: int) -> None:
        self.rule = rule
        self.count = count

    def __iter__(self) -> Iterator[Rule]:
        return (functools.partial(self._alone, argnum) for argnum in range(self.count))

    def __len__(self) -> int:
        return self.count

    def _alone(self, argnum: int, *args: Any, **params: Any) -> Any:
        cotangent = self.rule(*args, **params)[argnum]
        return 0.0 if cotangent is None else cotangent


class Op:
    """A differentiable operation, as declared by :func:`primitive`.

    >>> import numpy as np
    >>> import compgraph as cg
    >>> cg.OPS[np.tanh]
    <Op tanh>

    Attributes:
        function: what people call, such as ``np.tanh``; the key in :data:`OPS`.
        forward: the same, called as ``forward(*inputs, **params)`` on plain values.
        vjps: for each differentiable argument its rule ``vjp(grad, out, *inputs, **params)``, or None where the
            derivative is zero. A rule is plain NumPy code. Its result is any array that broadcasts to the input's
            shape or that the input's shape broadcasts to: the engine sums or spreads it. Or one :class:`Joint` rule.
        direct: the rules once more where they are one or two and none of them is None, which the sweep calls directly.
        names: the names of the arguments, in order; those beyond the differentiable ones are parameters.
        symbol: how the operation is drawn, such as ``×``.
        elementwise: whether entry i of the result depends on entries i of the broadcast inputs alone.
        variadic: whether the function takes one sequence of arrays, as ``np.concatenate`` does.
        optional: whether inputs may be None or left out, as the bounds of ``np.clip`` may.
        synonyms: further names of arguments, such as ``min`` for the ``a_min`` of ``np.clip``.
        exact: whether it only moves, selects or negates entries, so that nothing is rounded.
        multilinear: whether it is linear in each input, so that forward mode puts the tangent in an input's place.
        scalar: the function for one Python float, when there is a faster one than NumPy's.
        domain: for each input the interval its test values are drawn from.
        kinks: points of the domain without a derivative, which the numeric tests keep away from.
        calls: the shapes and parameters it is tested with; empty for the broadcasting shapes of an elementwise op.
    """

    __slots__ = (
        "calls",
        "direct",
        "domain",
        "elementwise",
        "exact",
        "forward",
        "function",
        "kinks",
        "multilinear",
        "name",
        "names",
        "optional",
        "scalar",
        "symbol",
        "synonyms",
        "variadic",
        "vjps",
    )

    def __init__(
        self,
        function: Callable[..., Any],
        vjps: tuple[Rule | None, ...] | _ByArgument | Joint,
        *,
        forward: Callable[..., Any],
        name: str,
        names: tuple[str, ...],
        symbol: str,
        elementwise: bool,
        variadic: bool,
        optional: bool,
        synonyms: Mapping[str, str],
        exact: bool,
        multilinear: bool = False,
        scalar: Callable[[float], float] | None,
        domain: tuple[Interval, ...],
        kinks: tuple[float, ...],
        calls: tuple[Call, ...],
    ) -> None:
        self.function = function
        self.vjps = vjps
        direct = tuple([vjp for vjp in vjps if vjp is not None]) if isinstance(vjps, tuple) else ()
        self.direct = direct if len(direct) == len(vjps) <= 2 else None
        self.forward = forward
        self.name = name
        self.names = names
        self.symbol = symbol
        self.elementwise = elementwise
        self.variadic = variadic
        self.optional = optional
        self.synonyms = synonyms
        self.exact = exact
        self.multilinear = multilinear
        self.scalar = scalar
        self.domain = domain
        self.kinks = kinks
        self.calls = calls

    def __repr__(self) -> str:
        return f"<Op {self.name}>"

    def bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Sort the arguments of a call into (inputs, params), whichever way they were passed.

        >>> import numpy as np
        >>> import compgraph as cg
        >>> cg.OPS[np.sum].bind(("x", 0), {"keepdims": True})
        (('x',), {'axis': 0, 'keepdims': True})

        Raises:
            MissingRuleError: a parameter that the rule does not know, such as ``np.sum(..., dtype=int)``.
        """
        count = len(self.vjps)
        if not kwargs and len(args) == count and not self.variadic:
            return args, {}
        inputs, rest, names = args[:count], args[count:], self.names[count:]
        if self.synonyms:
            kwargs = {self.synonyms.get(name, name): value for name, value in kwargs.items()}
        if len(inputs) < count:
            missing = self.names[len(inputs) : count]
            inputs += tuple([kwargs[name] if name in kwargs else self._default(name) for name in missing])
            kwargs = {name: value for name, value in kwargs.items() if name not in missing}
        if self.variadic:
            inputs = tuple(inputs[0])
        if rest:
            kwargs = {**dict(zip(self._order(len(rest)), rest, strict=True)), **kwargs}
        params = {}
        for name, value in kwargs.items():
            if value is np._NoValue or (value is None and name not in names):
                continue
            if name not in names:
                raise MissingRuleError(
                    f"{self.name}(..., {name}=...) has no derivative rule; "
                    f"the arguments it can be differentiated with are: {', '.join(self.names)}"
                )
            params[name] = value
        return inputs, params

    def _order(self, count: int) -> tuple[str, ...]:
        """The names of so many parameters in the order in which the function takes them, which is NumPy's choice."""
        first = len(self.vjps)
        if count == 1 and len(self.names) > first:
            return self.names[first : first + 1]
        order = tuple([p.name for p in self._parameters() if p.kind <= p.POSITIONAL_OR_KEYWORD])[first:]
        if len(order) < count:
            raise MissingRuleError(f"{self.name} takes {first + len(order)} arguments, not {first + count}")
        return order[:count]

    def _default(self, name: str) -> Any:
        """What an input is where a call leaves it out."""
        if self.optional:
            return None
        for parameter in self._parameters():
            if parameter.name == name and parameter.default not in (None, parameter.empty):
                return parameter.default
        raise MissingRuleError(f"{self.name} without {name} has no derivative rule: give {', '.join(self.names)}")

    def _parameters(self) -> list[inspect.Parameter]:
        try:
            return list(inspect.signature(self.function).parameters.values())
        except ValueError:  # functions written in C need not say what they take
            return [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in self.names]


OPS: dict[Callable[..., Any], Op] = {}
"""Every declared op by the function people call."""

NO_SYNONYMS: Mapping[str, str] = {}

PLAIN: set[Callable[..., Any]] = set()
"""The functions whose results do not vary smoothly with their inputs: on nodes they return plain values."""


def plain(*functions: Callable[..., Any]) -> None:
    """Declare functions that return plain values, not nodes: comparisons, ``argmax``, ``np.shape`` and their like."""
    PLAIN.update(functions)


def primitive(
    function: Callable[..., Any],
    *vjps: Rule | None,
    domain: Interval | tuple[Interval, ...],
    name: str | None = None,
    symbol: str | None = None,
    names: tuple[str, ...] | None = None,
    elementwise: bool | None = None,
    variadic: bool = False,
    optional: bool = False,
    synonyms: Mapping[str, str] = NO_SYNONYMS,
    exact: bool = False,
    multilinear: bool = False,
    forward: Callable[..., Any] | None = None,
    scalar: Callable[[float], float] | None = None,
    kinks: tuple[float, ...] = (),
    calls: tuple[Call, ...] = (),
) -> Op:
    """Declare the derivative rule of a function, and with it the op.

    >>> import numpy as np
    >>> import compgraph as cg
    >>> softsign = cg.differentiable(
    ...     lambda grad, out, x: grad * (1 - np.abs(out)) ** 2, domain=(-3, 3), kinks=(0.0,)
    ... )(lambda x: x / (1 + np.abs(x)))
    >>> float(cg.grad(softsign)(1.0))
    0.25

    Args:
        function: a NumPy function or ufunc; for a function of your own use :func:`differentiable`, which calls this.
        vjps: one rule for each differentiable argument, in order: ``vjp(grad, out, *inputs, **params)`` gives the
            cotangent of that argument from ``grad``, the cotangent of the result ``out``. None where the derivative
            is zero everywhere. The rule's own argument names are those of the function. Rules are NumPy code that
            works on arrays and on nodes alike, and neither sum over nor repeat along broadcast axes: the engine does.
        domain: the interval that test values are drawn from, or one for each input (bool for a mask). There is no
            default: an op that cannot be tested cannot be declared.
        name: the op's name; by default the function's.
        symbol: how it is drawn; by default the name.
        names: the argument names, where no rule is there to read them from.
        elementwise: by default whether the function is a ufunc without a core signature.
        variadic: the function takes one sequence of arrays; its one rule gets ``argnum``, the position meant.
        optional: inputs may be None or left out.
        synonyms: further names under which NumPy takes its arguments.
        exact: the function only moves, selects or negates entries, so that nothing is rounded.
        multilinear: the function is linear in each input, with the others as they are.
        forward: the function to evaluate as ``forward(*inputs, **params)``, where the call differs from that.
        scalar: a faster function for a single Python float, such as ``math.tanh``.
        kinks: points without a derivative, which numeric tests keep away from.
        calls: the shapes and parameters to test with (see :func:`call`); elementwise ops need none.

    Returns:
        The op, which is now in :data:`OPS` under ``function``.

    Raises:
        RegistrationError: no rule, no usable domain, or no way of calling it in a test.
    """
    title = str(name or getattr(function, "__name__", repr(function)))
    if not vjps or not all(vjp is None or callable(vjp) for vjp in vjps):
        raise RegistrationError(f"{title}: give a rule for each differentiable argument (None where it is zero)")
    if function in OPS:
        raise RegistrationError(f"{title} is declared already")
    if elementwise is None:
        elementwise = isinstance(function, np.ufunc) and function.signature is None
    if not elementwise and not calls:
        raise RegistrationError(f'{title} is not elementwise: say how to call it in tests, calls=(call("ab,bc"),)')
    if variadic and (len(vjps) != 1 or vjps[0] is None):
        raise RegistrationError(f"{title} is variadic: give one rule, which is told by argnum which array is meant")
    intervals = _intervals(title, domain, len(vjps))
    if names is None:
        rule = next((vjp for vjp in vjps if vjp is not None), None)
        names = _argument_names(rule, variadic) if rule is not None else ("x", "y")[: len(vjps)]
    rules: tuple[Rule | None, ...] | _ByArgument = vjps
    if variadic and vjps[0] is not None:
        rules = _ByArgument(vjps[0])
        forward = forward or (lambda *arrays, **params: function(arrays, **params))
    op = Op(
        function,
        rules,
        forward=forward or function,
        name=title,
        names=names,
        symbol=symbol or title,
        elementwise=elementwise,
        variadic=variadic,
        optional=optional,
        synonyms=synonyms,
        exact=exact,
        multilinear=multilinear,
        scalar=scalar,
        domain=intervals,
        kinks=kinks,
        calls=calls,
    )
    OPS[function] = op
    return op


def differentiable(
    *vjps: Rule | None, domain: Interval | tuple[Interval, ...], **declaration: Any
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate a NumPy function of your own with its derivative rule, so that it works on arrays and on nodes.

    >>> import compgraph as cg
    >>> @cg.differentiable(lambda grad, out, x: grad * 3 * x**2, domain=(-2, 2))
    ... def cube(x):
    ...     return x**3
    >>> cube(2.0), cg.grad(cube)(2.0)
    (8.0, 12.0)

    Args:
        vjps, domain, declaration: as for :func:`primitive`; elementwise unless ``elementwise=False`` is said.

    Returns:
        A decorator. The decorated function calls yours directly on plain values and records an op on nodes.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        declaration.setdefault("elementwise", True)

        @functools.wraps(function)
        def dispatch(*args: P.args, **kwargs: P.kwargs) -> R:
            for argument in (*args, *kwargs.values()) if kwargs else args:
                record = getattr(argument, RECORD, None)
                if record is not None:
                    recorded: R = record(op, *op.bind(args, kwargs))
                    return recorded
            return function(*args, **kwargs)

        op = primitive(dispatch, *vjps, domain=domain, forward=function, **declaration)
        return dispatch

    return decorate


def _argument_names(rule: Rule, variadic: bool) -> tuple[str, ...]:
    code = getattr(rule, "__code__", None)
    if code is None or inspect.ismethod(rule):
        raise RegistrationError(f"the rule {rule!r} is no plain function: give the names of the arguments, names=(...)")
    declared: tuple[str, ...] = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    if not variadic:
        return declared[2:]
    sequence: str = code.co_varnames[code.co_argcount + code.co_kwonlyargcount]
    return (sequence, *(name for name in declared[2:] if name != "argnum"))


def _intervals(title: str, domain: Any, count: int) -> tuple[Interval, ...]:
    several = isinstance(domain, tuple) and any(isinstance(part, tuple) or part is bool for part in domain)
    intervals = domain if several else (domain,) * count
    for interval in intervals:
        if interval is bool:
            continue
        try:
            low, high = interval
            usable = -np.inf < low < high < np.inf
        except (TypeError, ValueError):
            usable = False
        if not usable:
            raise RegistrationError(
                f"{title}: domain={domain!r} is not an interval (low, high) with finite low < high, "
                "nor a tuple of one (or bool) for each input"
            )
    if all(interval is bool for interval in intervals):
        raise RegistrationError(f"{title}: domain={domain!r} leaves no input to differentiate by: a mask has no slope")
    if len(intervals) != count:
        raise RegistrationError(f"{title}: {len(intervals)} intervals for {count} inputs")
    return tuple(intervals)
