"""What a function is called with to be compiled: values that take note of everything NumPy does with them.

A :class:`Tracer` stands for an array or number. NumPy's functions and Python's operators on it are evaluated on an
example, for their shapes and dtypes, and written down as nodes. Transforms such as ``grad`` make their nodes of
tracers as they do of arrays, so the derivatives reach a trace as the NumPy code that computes them, and nothing here
knows how to differentiate.
"""

from __future__ import annotations

import inspect
import operator
import sys
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any, NoReturn

import numpy as np

from compgraph.compile.calls import CONSTANT, PART, Slot, op_of
from compgraph.errors import MissingRuleError, TracingError
from compgraph.node import Node
from compgraph.operand import scalar
from compgraph.primitive import OPS, RECORD, Op
from compgraph.rules.composition import COMPOSED
from compgraph.unknown import Unknown

__all__ = ["COUNT", "HELD", "MOST_OPERATIONS", "NEEDED", "TooLong", "Tracer", "constant_node"]

ndarray = np.ndarray
NO_PARAMS: Mapping[str, Any] = {}

STRUCTURE = frozenset({
    np.shape, np.ndim, np.size, np.result_type, np.iscomplexobj, np.isrealobj, np.can_cast, np.common_type,
    np.min_scalar_type, np.zeros_like, np.ones_like, np.empty_like,
})  # fmt: skip
"""Functions that ask for the shape or the dtype of an array only, which are known."""

NUMBERS = (float, int, complex, np.generic, ndarray)
ALONE = frozenset({float, int, bool, complex, str, type(None), ndarray, np.float64, np.float32})

WRITING = frozenset({np.copyto, np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis})
"""Functions that write into an argument."""

SIZING: Mapping[Callable[..., Any], tuple[int, ...]] = {
    np.unique: (0,), np.nonzero: (0,), np.flatnonzero: (0,), np.argwhere: (0,), np.trim_zeros: (0,), np.bincount: (0,),
    np.union1d: (0, 1), np.intersect1d: (0, 1), np.setdiff1d: (0, 1), np.setxor1d: (0, 1), np.roots: (0,),
    np.extract: (0,), np.compress: (0,), np.repeat: (1,), np.delete: (1,), np.insert: (1,), np.split: (1,),
    np.array_split: (1,),
}  # fmt: skip
"""Functions whose result has a shape that depends on the entries of some arguments, with the places of those."""
for _name in ("unique_all", "unique_counts", "unique_inverse", "unique_values"):
    if hasattr(np, _name):
        SIZING = {**SIZING, getattr(np, _name): (0,)}

WRITES = "would write into an array, while the function is traced to be compiled: use a function that returns a new one"
SIZED = (
    "has a result whose shape depends on the values, which are not known while the function is traced to be compiled: "
    "keep the shape, with np.where(mask, x, 0.0) or a sum of mask * x, or name the argument in static="
)

NEEDED = (
    "the function needs a value as a plain number or a plain array, as float(x), int(x), range(x), math.f(x), "
    "np.array([x, y]), np.asarray(x), np.zeros(x), array[i] = x and table[x], of an array that is no argument, do; it "
    "is not known while it is traced to be compiled: use NumPy's functions, np.stack([x, y]) for a list and "
    "compgraph.at(array)[i].set(x) for an assignment, make the table an argument, or name x in static="
)

SHAPING = frozenset({
    "axis", "axes", "axis1", "axis2", "shape", "newshape", "num", "reps", "pad_width", "source", "destination",
    "n", "N", "s", "k", "offset",
})  # fmt: skip
"""Parameters that decide about the shape of a result, or which axis of it is which."""

HARMLESS = frozenset({np.linalg.matrix_power, np.triu, np.tril, np.trace})
"""Functions that have parameters of these names, and results of the same shape whatever they are."""

SHAPED = (
    "decides about the shape of the result, and is not known while the function is traced to be compiled: name the "
    "argument that it depends on in static="
)


class _UnknownAttributeError(TracingError, AttributeError):
    """An attribute of arrays that a value does not have while it is not known."""


class Tracer(Unknown):
    """An array or number in a trace.

    Attributes:
        example: the value in the call that is traced.
        node: what the trace remembers of how it was computed.
    """

    __slots__ = ("example", "node")

    def __init__(self, example: Any, node: Node) -> None:
        self.example = example
        self.node = node

    # ------------------------------------------------------------------ what is known

    @property
    def value(self) -> Tracer:
        """Itself: a tracer is the plain value of the nodes that are made of it."""
        return self

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape."""
        shape: tuple[int, ...] = getattr(self.example, "shape", ())
        return shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype; float64 for a Python float."""
        return np.dtype(getattr(self.example, "dtype", type(self.example)))

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return np.ndim(self.example)

    @property
    def size(self) -> int:
        """The number of entries."""
        return int(np.size(self.example))

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """What isinstance goes by: to the function that is traced, the type of the value; to this package, a tracer."""
        asking = sys._getframe(1).f_globals.get("__name__") or ""
        return Tracer if asking.startswith(("compgraph.", "numpy.")) else type(self.example)

    def __len__(self) -> int:
        return len(self.example)

    def __repr__(self) -> str:
        return f"<Tracer {self.dtype} {self.shape}>"

    # ------------------------------------------------------------------ NumPy's protocols

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if any(type(x) is Node for x in inputs):
            return NotImplemented  # the node's turn: its value is the tracer's affair
        if "out" in kwargs:
            raise TracingError(
                f"np.{ufunc.__name__}(..., out=) or an assignment such as += would write what is not known yet into an "
                "array, while the function is traced to be compiled: write x = x + y"
            )
        function: Callable[..., Any] = ufunc
        if method == "at":
            raise TracingError(f"np.{ufunc.__name__}.at {WRITES}")
        if method != "__call__":
            if method == "reduce" and ufunc in REDUCED_BY:
                kwargs.setdefault("axis", 0)
                return call(REDUCED_BY[ufunc], inputs, {k: v for k, v in kwargs.items() if v is not np._NoValue})
            function = getattr(ufunc, method)
        return call(function, inputs, kwargs)

    def __array_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> Any:
        if any(issubclass(kind, Node) for kind in types):
            return NotImplemented
        if func in STRUCTURE:
            return func(*_examples(args), **_examples(kwargs))
        _refuse(func, args, kwargs)
        if func in COMPOSED and any(map(callable, _parts((args, kwargs)))):
            return COMPOSED[func](args, kwargs)  # so that the functions among its arguments are traced as well
        return call(func, args, kwargs)

    # ------------------------------------------------------------------ what would need the numbers

    def __bool__(self) -> NoReturn:
        raise TracingError(
            "the function decides by a value (an if, while, and, or, not, assert, max or min of Python's), which is "
            "not known while it is traced to be compiled: choose with np.where, np.maximum or np.minimum, or name the "
            "argument that it depends on in static="
        )

    def _unknown(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TracingError(NEEDED)

    __float__ = __int__ = __index__ = __complex__ = __array__ = __trunc__ = item = tolist = _unknown
    __round__ = __floor__ = __ceil__ = __format__ = __hash__ = _unknown

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        raise TracingError(
            "an assignment to entries of an array cannot be compiled: write y = compgraph.at(x)[index].set(value)"
        )

    def __getattr__(self, name: str) -> NoReturn:
        what = f"{name} of a value"
        if hasattr(self.example, name):
            raise _UnknownAttributeError(
                f"{what} that is not known while the function is traced to be compiled: use NumPy's functions, which "
                "return new arrays"
            )
        raise AttributeError(f"'{type(self.example).__name__}' object has no attribute '{name}'")

    def __copy__(self) -> Tracer:
        return self

    def __deepcopy__(self, memo: Any) -> Tracer:
        return self

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __iter__(self) -> Any:
        for i in range(len(self)):
            yield self[i]

    def __getitem__(self, index: Any) -> Any:
        if type(index) is tuple and not index and type(self.example) is not ndarray:
            return self
        for part in index if isinstance(index, tuple) else (index,):
            if isinstance(part, Tracer) and part.dtype == bool:
                raise TracingError(f"x[mask] {SIZED}")
        return call(operator.getitem, (self, index), {})

    # ------------------------------------------------------------------ methods of arrays

    @property
    def T(self) -> Any:
        """The transposed array."""
        return np.transpose(self)

    @property
    def real(self) -> Any:
        """The real parts."""
        return call(np.real, (self,), {}) if self.dtype.kind == "c" else self

    @property
    def imag(self) -> Any:
        """The imaginary parts."""
        return call(np.imag, (self,), {})

    def reshape(self, *shape: Any, order: str = "C") -> Any:
        """np.reshape, the lengths perhaps one by one."""
        return call(
            np.reshape, (self, shape[0] if len(shape) == 1 else shape), {} if order == "C" else {"order": order}
        )

    def transpose(self, *axes: Any) -> Any:
        """np.transpose, the axes perhaps one by one."""
        return np.transpose(self, axes[0] if len(axes) == 1 else axes or None)

    def astype(self, dtype: Any, *args: Any, **kwargs: Any) -> Any:
        """The array in another dtype."""
        return call(_astype, (self, np.dtype(dtype)), {})

    def of_this_kind(self, x: Any) -> Any:
        """Another value in the shape and dtype of this one: a cotangent as the gradient of it."""
        if np.shape(x) != self.shape:
            x = np.broadcast_to(x, self.shape)
        if type(self.example) is float:
            return x if type(_example(x)) is float else float(x) if type(x) is not Tracer else call(float, (x,), {})
        if isinstance(x, float) and self.shape == ():
            return self.dtype.type(x)
        return x if np.result_type(_example(x)) == self.dtype else call(_astype, (x, self.dtype), {})

    def fit(self, cotangent: Any) -> Any:
        """A cotangent as that of this value: a number of Python's if this is one."""
        if type(self.example) is not float:
            return cotangent
        if type(cotangent) is float or (type(cotangent) is Tracer and type(cotangent.example) is float):
            return cotangent
        return self.of_this_kind(cotangent)

    def copy(self, order: str = "C") -> Any:
        """The same: nothing that is traced is ever written to."""
        return self

    flatten = ravel = lambda self, order="C": np.ravel(self, order)


def _astype(a: Any, dtype: Any) -> Any:
    """An array in another dtype; a Python number as a NumPy scalar of it."""
    return np.asarray(a).astype(dtype, copy=False)[()]


REDUCED_BY: dict[np.ufunc, Callable[..., Any]] = {
    np.add: np.sum,
    np.multiply: np.prod,
    np.maximum: np.max,
    np.minimum: np.min,
    np.logical_and: np.all,
    np.logical_or: np.any,
}


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Tracer, *args: Any, **kwargs: Any) -> Any:
        return function(self, *args, **kwargs)

    method.__doc__ = f"The same as np.{function.__name__}."
    return method


for _name in (
    "sum", "mean", "max", "min", "prod", "var", "std", "conj", "conjugate", "dot", "clip", "squeeze", "swapaxes",
    "cumsum", "cumprod", "round", "diagonal", "trace", "repeat", "take", "any", "all", "argmax", "argmin", "argsort",
    "nonzero", "searchsorted", "ptp", "compress", "choose", "argpartition",
):  # fmt: skip
    if hasattr(np, _name):
        setattr(Tracer, _name, _method(getattr(np, _name)))


def _operator(function: Callable[..., Any], operate: Callable[..., Any], reflected: bool = False) -> Callable[..., Any]:
    def method(self: Tracer, *others: Any) -> Any:
        if others and type(others[0]) is Node:
            return NotImplemented
        operands = (*others, self) if reflected else (self, *others)
        return call(function, operands, {}, operate)

    method.__doc__ = f"The same as np.{getattr(function, '__name__', function)}."
    return method


BINARY = {
    "add": (np.add, operator.add), "sub": (np.subtract, operator.sub), "mul": (np.multiply, operator.mul),
    "truediv": (np.divide, operator.truediv), "floordiv": (np.floor_divide, operator.floordiv),
    "mod": (np.remainder, operator.mod), "pow": (np.power, operator.pow), "matmul": (np.matmul, operator.matmul),
    "and": (np.bitwise_and, operator.and_), "or": (np.bitwise_or, operator.or_), "xor": (np.bitwise_xor, operator.xor),
    "lshift": (np.left_shift, operator.lshift), "rshift": (np.right_shift, operator.rshift),
}  # fmt: skip
UNARY: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "neg": (np.negative, operator.neg), "pos": (np.positive, operator.pos), "abs": (np.absolute, operator.abs),
    "invert": (np.invert, operator.invert),
}  # fmt: skip
COMPARED = {
    "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal, "eq": np.equal, "ne": np.not_equal,
}  # fmt: skip
for _name, (_function, _operate) in BINARY.items():
    setattr(Tracer, f"__{_name}__", _operator(_function, _operate))
    setattr(Tracer, f"__r{_name}__", _operator(_function, _operate, reflected=True))
for _name, (_elementwise, _alone) in UNARY.items():
    setattr(Tracer, f"__{_name}__", _operator(_elementwise, _alone))
for _name, _elementwise in COMPARED.items():
    setattr(Tracer, f"__{_name}__", _operator(_elementwise, getattr(operator, _name)))


# ------------------------------------------------------------------------------------------------------- taking note


def record(op: Op, inputs: tuple[Any, ...], params: Mapping[str, Any] = NO_PARAMS) -> Any:
    """Evaluate an op on examples and write it down: what a declared function does on meeting a tracer."""
    for x in inputs:
        if type(x) is Node:  # a node beside a tracer, which is a constant to it
            return getattr(x, RECORD)(op, inputs, params)
    example = op.forward(*[_example(x) for x in inputs], **_examples(params))
    if op.function is operator.getitem and type(_example(inputs[0])) is float:  # which takes no index
        return inputs[0] if np.shape(example) == () else np.reshape(inputs[0], np.shape(example))
    if any(map(_holds_an_array, params.values())):
        if op.function is operator.getitem:
            inputs, params = _called((*inputs, params["index"]), NO_PARAMS)
        else:
            inputs, params = _called((inputs,) if op.variadic else inputs, params)
    return _noted(op, example, inputs, params)


setattr(Tracer, RECORD, staticmethod(record))


def call(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    operate: Callable[..., Any] | None = None,
) -> Any:
    """Evaluate a function of NumPy on examples, and write the call down.

    Args:
        function: the function.
        args, kwargs: its arguments, with tracers in them, perhaps inside of lists, tuples and slices.
        operate: what to evaluate in its place: Python's operator, which makes a float of floats.
    """
    if not isinstance(function, np.ufunc):
        _refuse_shaping(function, args, kwargs)
    examples, named = _examples(args), _examples(kwargs)
    op = OPS.get(function)
    if op is not None and op.scalar is not None and len(examples) == 1 and type(examples[0]) is float and not named:
        try:
            return _noted(op, op.scalar(examples[0]), args, NO_PARAMS)
        except (ValueError, ArithmeticError):
            pass  # outside the domain of the real function: NumPy's answer is nan or inf
    try:
        example = (operate or function)(*examples, **named)
    except ArithmeticError:  # of Python's floats, such as 1.0 / 0.0
        example = function(*[np.float64(x) if type(x) is float else x for x in examples], **named)
    if op is not None:
        try:
            inputs, params = op.bind(args, kwargs)
        except MissingRuleError:
            pass
        else:
            if not any(map(_holds_an_array, params.values())):
                return _noted(op, example, inputs, params)
    if isinstance(function, np.ufunc) and not kwargs:
        return _noted(op_of(function), example, args, NO_PARAMS)
    return _noted(op_of(function), example, *_called(args, kwargs))


def _refuse(func: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Raise if a function writes into an argument, or makes an array of a shape that is not known."""
    name = f"np.{func.__name__}"
    if func in WRITING or kwargs.get("out") is not None or kwargs.get("overwrite_input"):
        raise TracingError(f"{name} {WRITES}")
    if func is np.where and len(args) + len(kwargs) == 1:
        raise TracingError(f"np.where of a mask alone {SIZED}")
    if func in SIZING:
        given = [x for i, x in enumerate(args) if i in SIZING[func]]
        named = [x for key, x in kwargs.items() if key in ("ar", "x", "filt", "condition", "repeats", "obj")]
        if any(type(x) is Tracer for x in _parts((given, named))):
            raise TracingError(f"{name} {SIZED}")


def _refuse_shaping(function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Raise if a parameter that decides about the shape of the result is not known."""
    if not any(type(x) is Tracer and x.dtype.kind in "iu" for x in _parts((args[1:], kwargs))):
        return
    if function in HARMLESS:
        return
    try:
        given = inspect.signature(function).bind_partial(*args, **kwargs).arguments
    except (TypeError, ValueError):  # functions written in C need not say what they take
        given = dict(kwargs)
    for name in SHAPING & given.keys():
        if any(type(x) is Tracer for x in _parts(given[name])):
            raise TracingError(f"np.{getattr(function, '__name__', function)}(..., {name}=) {SHAPED}")


def _parts(x: Any) -> Iterator[Any]:
    """What is in a tree of arguments."""
    if isinstance(x, (tuple, list)):
        for part in x:
            yield from _parts(part)
    elif isinstance(x, Mapping):
        yield from _parts(list(x.values()))
    else:
        yield x


def _called(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[tuple[Any, ...], Mapping[str, Any]]:
    """The inputs of a call, and its form with slots in their places."""
    inputs: list[Any] = []
    form = (_template(args, inputs), _template(dict(kwargs), inputs))
    return tuple(inputs), {"call": form}


def _holds_an_array(x: Any) -> bool:
    if isinstance(x, (tuple, list)):
        return any(map(_holds_an_array, x))
    if isinstance(x, slice):
        return any(map(_holds_an_array, (x.start, x.stop, x.step)))
    return isinstance(x, (Tracer, ndarray))


MOST_OPERATIONS = 30_000
"""A trace of more operations is given up: compiling takes some tenths of a millisecond for each."""

COUNT: ContextVar[list[int] | None] = ContextVar("compgraph.compile.count", default=None)
"""How many operations the trace has so far."""


class TooLong(BaseException):
    """A trace of too many operations. It is no error of the function's, which is not to catch it."""


def _noted(op: Op, example: Any, inputs: tuple[Any, ...], params: Mapping[str, Any]) -> Any:
    count = COUNT.get()
    if count is not None:
        count[0] += 1
        if count[0] > MOST_OPERATIONS:
            raise TooLong
    if isinstance(example, (tuple, list)) and any(isinstance(part, NUMBERS) for part in example):
        whole = Node(op, tuple(example), tuple([_plain_or_node(x) for x in inputs]), params)
        parts = [
            Tracer(part, Node(PART, part, (whole,), {"number": i})) if isinstance(part, NUMBERS) else part
            for i, part in enumerate(example)
        ]
        make = getattr(type(example), "_make", type(example))
        return make(parts)
    if isinstance(example, bool) or not isinstance(example, NUMBERS):
        if not isinstance(example, bool):
            raise TracingError(f"{op.name} returns {type(example).__name__}, which cannot be compiled")
    elif type(example) is not ndarray or not example.ndim:
        example = scalar(example, [_example(x) for x in inputs])
    return Tracer(example, Node(op, example, tuple([_plain_or_node(x) for x in inputs]), params))


def _plain_or_node(x: Any) -> Any:
    """What a node of a trace is made of: the node of a tracer, or of an array; anything else as it is."""
    if type(x) is Tracer:
        return x.node
    return constant_node(x) if isinstance(x, ndarray) else x


HELD: ContextVar[dict[int, tuple[Any, Node]] | None] = ContextVar("compgraph.compile.held", default=None)
"""The arrays that the trace met which are none of its own, by their ids, each with the node that holds it."""


def constant_node(array: Any) -> Any:
    """The node of an array from elsewhere: of a copy, since what is done to the array later is not part of the trace.

    One array has one node, unless it was written to in between.
    """
    if not array.ndim:
        return array[()]
    held = HELD.get()
    known = None if held is None else held.get(id(array))
    if known is not None and _unchanged(array, known[1].value):
        return known[1]
    copy = np.array(array)
    copy.setflags(write=False)
    node = Node(CONSTANT, copy, ())
    if held is not None:
        held[id(array)] = (array, node)
    return node


def _unchanged(array: Any, copy: Any) -> bool:
    return bool(array.shape == copy.shape and array.dtype == copy.dtype and array.tobytes() == copy.tobytes())


def _example(x: Any) -> Any:
    return x.example if type(x) is Tracer else x


def _examples(x: Any) -> Any:
    """The same arguments with examples in the place of tracers."""
    if type(x) is Tracer:
        return x.example
    if type(x) in ALONE:
        return x
    if type(x) is tuple:
        return tuple([_examples(part) for part in x])
    if isinstance(x, (tuple, list)):
        make = getattr(type(x), "_make", type(x))
        return make([_examples(part) for part in x])
    if isinstance(x, Mapping):
        return {key: _examples(part) for key, part in x.items()}
    if isinstance(x, slice):
        return slice(_examples(x.start), _examples(x.stop), _examples(x.step))
    return x


def _template(x: Any, inputs: list[Any]) -> Any:
    """The arguments of a call with a slot in the place of each tracer and array, which go to the inputs."""
    if isinstance(x, (Tracer, ndarray)):
        inputs.append(x)
        return Slot(len(inputs) - 1)
    if isinstance(x, (tuple, list)):
        make = getattr(type(x), "_make", type(x))
        return make([_template(part, inputs) for part in x])
    if isinstance(x, Mapping):
        return {key: _template(part, inputs) for key, part in x.items()}
    if isinstance(x, slice) and _holds_an_array(x):
        raise TracingError(
            "x[a:b] has as many entries as the numbers say, which are not known while the function is traced to be "
            "compiled: take x[a + np.arange(n)] for a piece of n entries, or name the arguments in static="
        )
    return x
