"""Nodes: values that remember how they were computed, by operators and by NumPy's own functions.

A :class:`Node` holds a value, the op that made it and that op's inputs. Nodes point to their inputs only and
carry the next number of one counter, so creation order is a topological order and no list of nodes is kept
anywhere: a graph lives exactly as long as its results do.

Values are Python floats, NumPy arrays of at least one axis, or NumPy scalars of any other kind. A
Python float stays one through every op, and is weakly typed as in NumPy: it does not promote a float32 array.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, NoReturn

import numpy as np

from compgraph import rules
from compgraph.errors import ConversionError, CopyError, MissingRuleError, MutationError
from compgraph.operand import (
    CONSTANTS,
    as_numpy,
    constant,
    leaf_value,
    lost_in_an_array,
    misused,
    no_rule,
    scalar,
    shown,
    unusable,
)
from compgraph.primitive import OPS, PLAIN, RECORD, Op
from compgraph.rules.composition import COMPOSED, REASONS
from compgraph.rules.scipy_loading import called, has_rule_by_now
from compgraph.scope import OPEN, Scope, belong, enclosing, scope_of
from compgraph.unknown import Unknown

__all__ = ["Node", "Variable", "record", "variables"]

ndarray = np.ndarray
NO_PARAMS: Mapping[str, Any] = {}
_tick = itertools.count().__next__


def record(op: Op, inputs: tuple[Any, ...], params: Mapping[str, Any] = NO_PARAMS) -> Node:
    """Evaluate an op on the values of its inputs and return the node that remembers it.

    >>> a = Variable(5.0)
    >>> record(OPS[np.sum], (a,)).value
    5.0

    Args:
        op: an op of the registry.
        inputs: nodes and constants, in the order of the op's arguments.
        params: the op's parameters by name; plain values.

    Raises:
        ShapeError: the inputs do not fit together.
        ConversionError: a node stands where only a plain value can.
    """
    values = [x.value if isinstance(x, Node) else x for x in inputs]
    for value in values:
        if type(value) not in CONSTANTS:
            inputs = tuple([x if isinstance(x, Node) else constant(x, op) for x in inputs])
            values = [x.value if isinstance(x, Node) else x for x in inputs]
            for unknown in values:
                if isinstance(unknown, Unknown):  # which takes note of the op itself
                    return Node(op, getattr(unknown, RECORD)(op, tuple(values), params), inputs, params)
            break
    if params:
        for name, parameter in params.items():
            if isinstance(parameter, Node):
                raise ConversionError(
                    f"{op.name}: {name}= is a parameter without a derivative and cannot be a node; "
                    f"give {name}=node.value"
                )
    try:
        value = op.forward(*values, **params) if params else op.forward(*values)
    except (ValueError, TypeError) as error:
        raise unusable(error, op, inputs, params) from error
    if type(value) is not ndarray or not value.ndim:
        value = scalar(value, values)
    return Node(op, value, inputs, params)


def _binary(function: Callable[..., Any], operate: Callable[[Any, Any], Any]) -> Callable[[Node, Any], Node]:
    op = OPS[function]

    def method(self: Node, other: Any) -> Node:
        if isinstance(other, Node):
            right = other.value
        elif type(other) in CONSTANTS:
            right = other
        else:
            other = right = constant(other, op)
        try:
            value = operate(self.value, right)
        except (ZeroDivisionError, OverflowError):
            value = as_numpy(function, op, self.value, right)
        except (ValueError, TypeError) as error:
            raise unusable(error, op, (self, other)) from None
        if type(value) is not ndarray and type(value) is not float:
            value = scalar(value, [self.value, right])
        return Node(op, value, (self, other))

    method.__doc__ = f"The node of {op.name}: the same as np.{op.name}(self, other)."
    return method


def _reflected(function: Callable[..., Any], operate: Callable[[Any, Any], Any]) -> Callable[[Node, Any], Node]:
    op = OPS[function]

    def method(self: Node, other: Any) -> Node:
        if type(other) not in CONSTANTS:
            other = constant(other, op)
        try:
            value = operate(other, self.value)
        except (ZeroDivisionError, OverflowError):
            value = as_numpy(function, op, other, self.value)
        except (ValueError, TypeError) as error:
            raise unusable(error, op, (other, self)) from None
        if type(value) is not ndarray and type(value) is not float:
            value = scalar(value, [other, self.value])
        return Node(op, value, (other, self))

    method.__doc__ = f"The node of {op.name}: the same as np.{op.name}(other, self)."
    return method


def _unary(function: Callable[..., Any], operate: Callable[[Any], Any]) -> Callable[[Node], Node]:
    op = OPS[function]

    def method(self: Node) -> Node:
        try:
            value = operate(self.value)
        except (ValueError, TypeError) as error:
            raise unusable(error, op, (self,)) from None
        if type(value) is not ndarray and type(value) is not float:
            value = scalar(value, [self.value])
        return Node(op, value, (self,))

    method.__doc__ = f"The node of np.{op.name}(self)."
    return method


def _by_function(function: np.ufunc, reflected: bool = False) -> Callable[..., Any]:
    def method(self: Node, *other: Any) -> Any:
        return function(*other, self) if reflected else function(self, *other)

    method.__doc__ = f"The same as np.{function.__name__}, which refuses a node if it is one of bits."
    return method


def _compare(function: Callable[..., Any]) -> Callable[[Node, Any], Any]:
    def method(self: Node, other: Any) -> Any:
        if isinstance(other, (list, tuple)):
            other = np.asarray(other)
        return function(self.value, other.value if isinstance(other, Node) else other)

    method.__doc__ = f"Compare the values (a plain bool or array of bools): operator.{function.__name__}."
    return method


def _power(x: Any, y: Any) -> Any:
    value = x**y
    if type(value) is float or type(value) is ndarray:
        return value
    if isinstance(value, Unknown):
        return np.power(x, y)  # which has no complex answer either
    if type(value) is complex and complex not in (type(x), type(y)):
        return np.power(x, y)  # nan, where Python's answer for (-2.0) ** 0.5 is complex
    return value


def _method(function: Callable[..., Any]) -> Callable[..., Node]:
    op = OPS[function]

    def method(self: Node, *args: Any, **kwargs: Any) -> Node:
        try:
            inputs, params = op.bind((self, *args), kwargs)
        except MissingRuleError:
            if function not in COMPOSED:
                raise
            composed: Node = _compose(function, (self, *args), kwargs)
            return composed
        return record(op, inputs, params)

    method.__doc__ = f"The node of np.{op.name}(self, ...), with the same parameters."
    return method


def _compose(function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    composition = COMPOSED[function]
    try:
        return composition(args, kwargs)
    except (ValueError, TypeError) as error:
        refusal = misused(error, composition.name, (*args, *kwargs.values()))
        if refusal is error:
            raise
        raise refusal from error


def _composed_method(function: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Node, *args: Any, **kwargs: Any) -> Any:
        return function(self, *args, **kwargs)

    method.__doc__ = f"The same as np.{function.__name__}(self, ...), made of the ops that it is a composition of."
    return method


def _refusal(what: str, remedy: str, kind: type[Exception] = ConversionError) -> Callable[..., NoReturn]:
    def method(self: Node, *args: Any, **kwargs: Any) -> NoReturn:
        raise kind(f"{what} would lose the derivative of {shown(self)}: {remedy}")

    return method


REDUCED_BY: dict[np.ufunc, Callable[..., Any]] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
}

ACCUMULATED_BY: dict[np.ufunc, Callable[..., Any]] = {np.add: np.cumsum, np.multiply: np.cumprod}


class Node:
    """A value that remembers how it was computed, so that derivatives can be asked of it.

    Nodes are made by computing with variables; they take part in Python's operators and NumPy's functions.

    >>> a, b, c = variables(a=5.0, b=3.0, c=2.0)
    >>> J = 3 * (a + b * c)
    >>> J.value, J.op, len(J.inputs)
    (33.0, <Op multiply>, 2)
    >>> J.backward()
    >>> a.grad, b.grad, c.grad
    (3.0, 6.0, 9.0)

    Attributes:
        value: the plain value, computed when the node was made.
        op: the op that made it; None for a leaf.
        inputs: what the op was applied to: nodes, and constants as they were given.
        params: the op's parameters by name, such as ``{"axis": 1}``.
        name: a name for pictures and messages; may be set at any time.
        index: the place in the order of creation.
    """

    __slots__ = ("__weakref__", "_cotangent", "_own", "_record", "index", "inputs", "name", "op", "params", "value")

    value: Any
    op: Op | None
    inputs: tuple[Any, ...]
    params: Mapping[str, Any]
    name: str | None
    index: int
    _cotangent: Any  # what the last reverse pass left here; not set before one
    _own: Any  # the same once it has been looked at: then it is the person's own memory
    _record: Any  # what compgraph.debugging remembers of the making; not set outside a debug block
    backward: ClassVar[Callable[..., None]]  # the reverse sweep, from compgraph.reverse
    _repr_mimebundle_: ClassVar[Callable[..., dict[str, str]]]  # the picture in a notebook, from compgraph.render

    def __init__(self, op: Op | None, value: Any, inputs: tuple[Any, ...], params: Mapping[str, Any] = NO_PARAMS):
        self.op = op
        self.value = value
        self.inputs = inputs
        self.params = params
        self.name = None
        self.index = _tick()
        if OPEN:
            belong(self, enclosing.get())

    # ------------------------------------------------------------------ NumPy's protocols

    __compgraph_record__ = staticmethod(record)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "__call__" and not kwargs:
            op = OPS.get(ufunc)
            if op is not None:
                if len(inputs) == 1:
                    value = self.value
                    if type(value) is ndarray:
                        try:
                            return Node(op, ufunc(value), inputs)
                        except TypeError as error:
                            raise unusable(error, op, inputs) from None
                    if op.scalar is not None and type(value) is float:
                        try:
                            return Node(op, op.scalar(value), inputs)
                        except (ValueError, ArithmeticError):
                            pass  # outside the domain of the real function: NumPy's answer is nan or inf
                elif len(inputs) == 2 and type(inputs[0]) is ndarray:  # array * node: the array's own operator is first
                    try:
                        value = ufunc(inputs[0], self.value)
                    except (ValueError, TypeError) as error:
                        raise unusable(error, op, inputs) from None
                    if type(value) is ndarray:
                        return Node(op, value, inputs)
                return record(op, inputs)
            if ufunc in PLAIN:
                return ufunc(*[x.value if isinstance(x, Node) else x for x in inputs])
        if method == "__call__" and ufunc in COMPOSED and "out" not in kwargs:
            return _compose(ufunc, inputs, kwargs)
        if "out" in kwargs:
            target = next((x for x in kwargs["out"] if isinstance(x, ndarray)), None)
            raise MutationError(
                f"{called(ufunc)}(..., out=) or an assignment such as += would write a node into a plain array"
                f"{'' if target is None else f' of shape {target.shape}'}: write x = x + node instead of x += node"
            )
        if method == "reduce" and ufunc in REDUCED_BY:
            kwargs.setdefault("axis", 0)
            return REDUCED_BY[ufunc](*inputs, **kwargs)
        if method == "accumulate" and ufunc in ACCUMULATED_BY:
            kwargs.setdefault("axis", 0)
            return ACCUMULATED_BY[ufunc](*inputs, **kwargs)
        if method == "at":
            raise MutationError(
                f"{called(ufunc)}.at would write a node into a plain array, or change a node: "
                f"write array = compgraph.at(array)[index].{'add' if ufunc is np.add else ufunc.__name__}(values)"
            )
        if method == "outer" and not kwargs:
            left, right = inputs
            return ufunc(np.reshape(left, np.shape(left) + (1,) * np.ndim(right)), right)
        if method == "__call__" and has_rule_by_now(ufunc) and (ufunc in COMPOSED or not kwargs):
            return self.__array_ufunc__(ufunc, method, *inputs, **kwargs)
        if ufunc in REASONS:
            raise MissingRuleError(f"{called(ufunc)} has no derivative rule: {REASONS[ufunc]}")
        form = called(ufunc) + ("" if method == "__call__" else f".{method}")
        raise MissingRuleError(no_rule(form, kwargs, known=ufunc in OPS))

    def __array_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Any:
        op = OPS.get(func)
        if op is not None:
            try:
                inputs, params = op.bind(args, kwargs)
            except MissingRuleError:
                if func not in COMPOSED:
                    raise
            else:
                return record(op, inputs, params)
        if func in COMPOSED:
            return _compose(func, args, kwargs)
        if func in PLAIN:
            return func(*map(_plain, args), **{name: _plain(x) for name, x in kwargs.items()})
        form = f"{func.__module__.replace('numpy', 'np', 1)}.{func.__name__}"
        if func in REASONS:
            raise MissingRuleError(f"{form} has no derivative rule: {REASONS[func]}")
        raise MissingRuleError(no_rule(form, {}, known=False))

    # ------------------------------------------------------------------ operators

    __add__ = _binary(np.add, operator.add)
    __radd__ = _reflected(np.add, operator.add)
    __sub__ = _binary(np.subtract, operator.sub)
    __rsub__ = _reflected(np.subtract, operator.sub)
    __mul__ = _binary(np.multiply, operator.mul)
    __rmul__ = _reflected(np.multiply, operator.mul)
    __truediv__ = _binary(np.divide, operator.truediv)
    __rtruediv__ = _reflected(np.divide, operator.truediv)
    __floordiv__ = _binary(np.floor_divide, operator.floordiv)
    __rfloordiv__ = _reflected(np.floor_divide, operator.floordiv)
    __mod__ = _binary(np.remainder, operator.mod)
    __rmod__ = _reflected(np.remainder, operator.mod)
    __pow__ = _binary(np.power, _power)
    __rpow__ = _reflected(np.power, _power)
    __matmul__ = _binary(np.matmul, operator.matmul)
    __rmatmul__ = _reflected(np.matmul, operator.matmul)
    __divmod__ = _by_function(np.divmod)
    __rdivmod__ = _by_function(np.divmod, reflected=True)
    __and__ = __rand__ = _by_function(np.bitwise_and)
    __or__ = __ror__ = _by_function(np.bitwise_or)
    __xor__ = __rxor__ = _by_function(np.bitwise_xor)
    __invert__ = _by_function(np.invert)
    __lshift__ = __rlshift__ = _by_function(np.left_shift)
    __rshift__ = __rrshift__ = _by_function(np.right_shift)
    __neg__ = _unary(np.negative, operator.neg)
    __pos__ = _unary(np.positive, operator.pos)
    __abs__ = _unary(np.absolute, operator.abs)
    __lt__ = _compare(operator.lt)
    __le__ = _compare(operator.le)
    __gt__ = _compare(operator.gt)
    __ge__ = _compare(operator.ge)
    __eq__ = _compare(operator.eq)  # elementwise, as in NumPy
    __ne__ = _compare(operator.ne)
    __hash__ = object.__hash__

    def __getitem__(self, index: Any) -> Node:
        plain = _plain(index)
        try:
            return record(OPS[operator.getitem], (self,), {"index": plain})
        except IndexError:
            if plain is index:
                raise
            raise ConversionError(
                f"an index of {shown(self)} is a node, and places are integers: take int(node.value)"
            ) from None

    __setitem__ = _refusal(
        "node[...] = value",
        "nodes do not change; write node = compgraph.at(node)[...].set(value), or .add(value) for +=",
        MutationError,
    )
    __delitem__ = _refusal("del node[...]", "nodes do not change; write node = np.delete(node, i)", MutationError)

    # ------------------------------------------------------------------ what an array has

    @property
    def grad(self) -> Any:
        """The derivative of the output of the last ``backward()`` with respect to this node.

        >>> x = Variable([1.0, 2.0])
        >>> x.grad is None
        True
        >>> np.sum(x * x).backward()
        >>> x.grad
        array([2., 4.])

        Returns:
            A value of exactly the node's shape and dtype that is no part of any other array, or None while no
            reverse pass has reached this node.
        """
        try:
            cotangent = self._cotangent
        except AttributeError:
            return None
        value = self.value
        if type(cotangent) is float and type(value) is float:
            return cotangent
        if self.op is None:  # whose cotangent is in memory of its own already, and fitted to its shape
            if type(cotangent) is type(value) is ndarray and cotangent.dtype is value.dtype:
                return cotangent
            self._cotangent = cotangent = gradient_of(self, cotangent)
            return cotangent
        if getattr(self, "_own", None) is not cotangent:
            self._own = self._cotangent = cotangent = gradient_of(self, cotangent)
        return cotangent

    @property
    def source(self) -> str | None:
        """The line that recorded this node, as ``file.py:12``, if that was inside ``with compgraph.debug():``."""
        record = getattr(self, "_record", None)
        return None if record is None or record.place is None else str(record.place)

    @property
    def scope(self) -> Scope | None:
        """The innermost ``with compgraph.scope(name):`` block that this node was made in; None outside of all."""
        return scope_of(self)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value; () for a number."""
        value = self.value
        return () if type(value) is float else value.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the value; float64 for a Python float."""
        value = self.value
        return np.dtype(float) if type(value) is float else value.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of entries."""
        return int(np.size(self.value))

    @property
    def real(self) -> Node:
        """The node of the real parts; of a real node the node itself."""
        return record(OPS[np.real], (self,)) if self.dtype.kind == "c" else self

    @property
    def imag(self) -> Node:
        """The node of the imaginary parts."""
        return record(OPS[np.imag], (self,))

    @property
    def T(self) -> Node:
        """The transposed node."""
        return record(OPS[np.transpose], (self,))

    sum = _method(np.sum)
    mean = _method(np.mean)
    max = _method(np.max)
    min = _method(np.min)
    prod = _method(np.prod)
    var = _method(np.var)
    std = _method(np.std)
    conj = _method(np.conjugate)
    conjugate = _method(np.conjugate)
    dot = _method(np.dot)
    clip = _method(np.clip)
    ravel = _method(np.ravel)
    flatten = _method(np.ravel)
    squeeze = _method(np.squeeze)
    swapaxes = _method(np.swapaxes)
    astype = _method(rules.shape.cast)
    cumsum = _method(np.cumsum)
    cumprod = _method(np.cumprod)
    round = _method(np.round)
    diagonal = _composed_method(np.diagonal)
    trace = _composed_method(np.trace)
    repeat = _composed_method(np.repeat)
    take = _composed_method(np.take)

    def reshape(self, *shape: Any, order: str = "C") -> Node:
        """The node of np.reshape(self, shape); the lengths may be given one by one."""
        target = shape[0] if len(shape) == 1 else shape
        op = OPS[np.reshape]
        return record(op, *op.bind((self,), {"shape": target, "order": order}))

    def transpose(self, *axes: Any) -> Node:
        """The node of np.transpose(self, axes); the axes may be given one by one."""
        op = OPS[np.transpose]
        return record(op, *op.bind((self,), {"axes": axes[0] if len(axes) == 1 else axes or None}))

    def item(self) -> Any:
        """The value of a node of one entry as a Python number, outside the graph."""
        return np.asarray(self.value).item()

    def argmax(self, axis: int | None = None) -> Any:
        """The position of the largest value: plain integers, outside the graph."""
        return np.argmax(self.value, axis=axis)

    def argmin(self, axis: int | None = None) -> Any:
        """The position of the smallest value: plain integers, outside the graph."""
        return np.argmin(self.value, axis=axis)

    def __len__(self) -> int:
        if not self.shape:
            raise ConversionError(f"{shown(self)} is a single number and has no length")
        return self.shape[0]

    def __iter__(self) -> Iterator[Node]:
        for i in range(len(self)):
            yield self[i]

    # ------------------------------------------------------------------ what would lose the derivative

    __float__ = _refusal(
        "float(node)",
        "compute with np functions instead of math's, write compgraph.at(array)[i].set(node) for array[i] = node, "
        "or take node.value",
    )
    __int__ = _refusal("int(node)", "take int(node.value)")
    __complex__ = _refusal("complex(node)", "compute with np functions instead of cmath's, or take node.value")
    __index__ = _refusal("using a node as an integer", "take int(node.value)")

    __trunc__ = _refusal("math.trunc(node)", "write np.trunc(node), whose derivative is 0, or math.trunc(node.value)")
    __round__ = _refusal("round(node)", "write np.round(node), whose derivative is 0, or round(node.value)")
    as_integer_ratio = _refusal(
        "as_integer_ratio, as statistics.mean([node, ...]) asks for it,", "write np.mean(compgraph.array([node, ...]))"
    )

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ConversionError(lost_in_an_array(self))

    def __bool__(self) -> bool:
        if np.size(self.value) != 1:
            raise ConversionError(
                f"the truth of {shown(self)} is ambiguous: compare with np.any or np.all, or choose with np.where"
            )
        return bool(self.value)

    def __format__(self, specification: str) -> str:
        if specification and self.shape:
            raise ConversionError(
                f"the format {specification!r} is one of numbers, not of {shown(self)}: "
                "write np.array2string(node, precision=3)"
            )
        return format(self.value, specification) if specification else str(self)

    def __reduce_ex__(self, protocol: Any) -> Any:
        if self.op is None:
            return Variable, (self.value, self.name)
        raise CopyError(
            f"{shown(self)} cannot be copied or pickled without what it was computed from: "
            "take compgraph.Tape(node), which holds the graph, or node.value"
        )

    def __repr__(self) -> str:
        name = f" {self.name}" if self.name else ""
        if self.op is None:
            return f"<Variable{name} {_value_text(self.value)}>"
        return f"<Node{name} {self.op.name} {_value_text(self.value)}>"


def Variable(value: Any, name: str | None = None) -> Node:
    """Make a leaf of the graph: a node that derivatives are taken with respect to.

    >>> W = Variable([[1, 2], [3, 4]], name="W")
    >>> W
    <Variable W float64 (2, 2)>
    >>> Variable(5.0).op is None
    True

    (Leaves are nodes without an op, not a class of their own: a graph of one class runs measurably faster, since the
    interpreter's caches for attributes hold for one class at a time.)

    Args:
        value: a number, an array or nested lists of them. Integers become float64; real and complex floating dtypes
            are kept. An array is copied, so what is done to it later does not change the graph.
        name: a name for pictures and messages.

    Raises:
        DtypeError: bools, strings and objects, which cannot vary smoothly.
        ShapeError: nested lists that are no array.
    """
    node = Node(None, value if type(value) is float else leaf_value(value, name), ())
    node.name = name
    return node


def variables(**values: Any) -> tuple[Node, ...]:
    """Make one named variable of each argument, in order.

    >>> a, b = variables(a=5.0, b=[1.0, 2.0])
    >>> a.name, a.value, b.shape
    ('a', 5.0, (2,))

    Args:
        values: the value of each variable by name; see :class:`Variable`.
    """
    return tuple([Variable(value, name) for name, value in values.items()])


def gradient_of(node: Node, cotangent: Any) -> Any:
    """A swept cotangent as the gradient of a node: of its shape and dtype, and in memory of its own.

    The sweep leaves the cotangents of leaves in memory of their own; only those of other nodes need a copy.
    """
    value = node.value
    if type(value) is float and type(cotangent) is float:
        return cotangent
    if (
        node.op is None
        and type(cotangent) is ndarray
        and type(value) is ndarray
        and cotangent.shape == value.shape
        and cotangent.dtype == value.dtype
    ):
        return cotangent
    if type(value) is float:
        return float(cotangent)
    if isinstance(value, np.generic):
        return np.asarray(cotangent, dtype=value.dtype)[()]
    if type(value) is not ndarray:  # of another library, or unknown yet
        return _fitted(value, cotangent)
    gradient = np.empty(value.shape, value.dtype)
    gradient[...] = cotangent
    return gradient


def _fitted(value: Any, cotangent: Any) -> Any:
    """A cotangent of the shape and dtype of a value that NumPy knows by its protocols only."""
    if isinstance(value, Unknown):
        return value.of_this_kind(cotangent)
    return np.broadcast_to(cotangent, value.shape).astype(value.dtype)


def _plain(x: Any) -> Any:
    """The same argument with the values of the nodes in it, lists and tuples looked into."""
    if isinstance(x, Node):
        return x.value
    if isinstance(x, (list, tuple)) and any(isinstance(part, (Node, list, tuple)) for part in x):
        return type(x)([_plain(part) for part in x])
    return x


def _value_text(value: Any) -> str:
    return f"{value.dtype} {value.shape}" if isinstance(value, ndarray) else repr(value)
