"""A call of a function as a tape: its arguments as leaves, its results as outputs, and in between what NumPy did."""

from __future__ import annotations

import copy
import inspect
import keyword
import re
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from compgraph.check.names import Call, call_with_names
from compgraph.compile.calls import CONSTANT
from compgraph.compile.naming import RESERVED
from compgraph.compile.tracer import COUNT, HELD, NEEDED, Tracer, constant_node
from compgraph.errors import TracingError
from compgraph.nested import Structure, flatten, paths, unflatten
from compgraph.node import Node
from compgraph.tape import Tape
from compgraph.tracing import title
from compgraph.unknown import Unknown
from compgraph.watching import Watcher, watching

__all__ = ["Program", "Signature", "capture", "same_program", "signature_of", "without_names"]

ndarray = np.ndarray
WEAK = frozenset({float, int, complex})
"""Python's numbers that may change from call to call; bool, str and whatever else are part of the signature."""
NAMED = (type, FunctionType, ModuleType, np.ufunc)
"""What has a dictionary of its own, and is what it is."""


class Leaf(NamedTuple):
    """What is known of a leaf of the arguments: what a trace is made for.

    Attributes:
        kind: Python's type of a number, ``ndarray``, or None for what is taken as it is.
        dtype, shape: those of an array or a NumPy scalar.
        value: of what is taken as it is.
    """

    kind: Any
    dtype: Any = None
    shape: tuple[int, ...] = ()
    value: Any = None


class Signature(NamedTuple):
    """What decides which trace a call belongs to.

    Attributes:
        structure: of the positional and the keyword arguments.
        leaves: what is known of each leaf.
    """

    structure: Structure
    leaves: tuple[Leaf, ...]

    def kept(self) -> Signature:
        """The same, whatever is done to a static argument later."""
        leaves = [x._replace(value=x.value.kept()) if isinstance(x.value, _Fixed) else x for x in self.leaves]
        return self._replace(leaves=tuple(leaves))


class Program(NamedTuple):
    """A traced call.

    Attributes:
        tape: from the arguments to the results; what depends on none of them is the constant of a node.
        arguments: for each traced leaf of the arguments its node, in order.
        places: their positions among all leaves.
        structure: that of the result.
        numbers: numbers of the function by the names of its variables.
        name: the function's.
        differentiated: whether a reverse sweep is part of it.
    """

    tape: Tape
    arguments: tuple[Node, ...]
    places: tuple[int, ...]
    structure: Structure
    numbers: Mapping[str, float]
    name: str
    differentiated: bool


def signature_of(
    args: tuple[Any, ...], kwargs: Mapping[str, Any], static: frozenset[int | str] = frozenset()
) -> tuple[list[Any], Signature]:
    """Take the arguments of a call apart: their leaves, and the signature of the call.

    Args:
        args, kwargs: the arguments.
        static: positions and names of arguments to take as they are.
    """
    fixed = {i: args[i] for i in range(len(args)) if i in static} | {n: kwargs[n] for n in kwargs if n in static}
    held = tuple([_Fixed(x) if i in fixed else x for i, x in enumerate(args)])
    named = {name: _Fixed(kwargs[name]) if name in fixed else kwargs[name] for name in sorted(kwargs)}
    leaves, structure = flatten((held, named))
    known = [_leaf(x) for x in leaves]
    for i, x in enumerate(leaves):
        if known[i].kind in (ndarray, list) and type(x) is not ndarray:  # a list of numbers, a memory-mapped array
            leaves[i] = np.asarray(x)
    return leaves, Signature(structure, tuple(known))


class _Fixed:
    """An argument that is taken as it is, whatever is in it."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Fixed) and _alike(self.value, other.value)

    def __hash__(self) -> int:
        return hash(type(self.value))

    def kept(self) -> _Fixed:
        """The same, whatever is done to the argument later."""
        changing = isinstance(self.value, (list, tuple, dict, set, ndarray))
        return _Fixed(copy.deepcopy(self.value)) if changing else self


def _alike(x: Any, y: Any) -> bool:
    """Whether two static arguments are the same: equal, and of the same type, as 1 and 1.0 and True are not."""
    if type(x) is not type(y):
        return False
    if isinstance(x, ndarray):
        return bool(x.dtype == y.dtype and x.shape == y.shape and x.tobytes() == y.tobytes())
    if isinstance(x, (list, tuple)):
        return len(x) == len(y) and all(map(_alike, x, y))
    if isinstance(x, dict):
        return list(x) == list(y) and all(_alike(x[key], y[key]) for key in x)
    if isinstance(x, (float, complex)):
        return repr(x) == repr(y)
    return x is y or bool(x == y)


def _leaf(x: Any) -> Leaf:
    kind = type(x)
    if isinstance(x, (Node, Unknown)):  # for which nothing is compiled
        return Leaf(kind)
    if kind is ndarray or isinstance(x, (ndarray, np.generic)):
        if isinstance(x, (np.ma.MaskedArray, np.matrix)):
            raise TracingError(
                f"an argument of type {kind.__name__} cannot be compiled: give an array, as np.asarray does"
            )
        if x.dtype.kind not in "biufc":
            raise TracingError(
                f"an argument of dtype {x.dtype} cannot be compiled: give numbers, or name it in static="
            )
        return Leaf(ndarray if isinstance(x, ndarray) else np.generic, x.dtype, x.shape)
    if kind in WEAK:
        return Leaf(kind)
    if isinstance(x, list):  # of numbers, which NumPy makes an array of
        try:
            array = np.asarray(x)
        except ValueError as error:
            raise TracingError(f"a list among the arguments is no array of numbers: {error}") from None
        return Leaf(list, array.dtype, array.shape)
    try:
        hash(x)
    except TypeError:
        raise TracingError(
            f"an argument of type {kind.__name__} is no array, and cannot be told from another one: "
            "take it from where the function is defined"
        ) from None
    by_place = kind.__dict__.get("__hash__", kind.__hash__) is object.__dict__["__hash__"]
    if by_place and getattr(x, "__dict__", None) and not isinstance(x, NAMED):
        raise TracingError(
            f"an argument of type {kind.__name__} may change unseen: give its arrays, or name it in static= if it "
            "never does"
        )
    return Leaf(None, value=x)


def capture(
    f: Callable[..., Any],
    leaves: Sequence[Any],
    signature: Signature,
    caller: Callable[..., Call] = call_with_names,
) -> Program:
    """Call a function with tracers in the place of its arrays and numbers, and write down what NumPy does.

    >>> def area(a, b):
    ...     return 3 * a * b
    >>> leaves, signature = signature_of((2.0, np.ones(3)), {})
    >>> [node.name or node.op.name for node in capture(area, leaves, signature).tape]
    ['a', 'b', 'multiply', 'multiply']

    Args:
        f: the function; it may be the result of a transform.
        leaves, signature: a call of it, taken apart by :func:`signature_of`.
        caller: what calls it: :func:`without_names` takes less time, and leaves the nodes without names.

    Raises:
        TracingError: the function asks for a number that is not known while it is traced.
        TooLong: it takes more operations than are compiled in reasonable time.
    """
    return copy_context().run(_capture, f, leaves, signature, caller)


def without_names(f: Callable[..., Any], *args: Any, **kwargs: Any) -> Call:
    """Call a function and take no note of what it called its variables."""
    return Call(f(*args, **kwargs), {}, {}, {})


@np.errstate(all="ignore")  # the call itself will say what there is to say
def _capture(
    f: Callable[..., Any], leaves: Sequence[Any], signature: Signature, caller: Callable[..., Call]
) -> Program:
    sweeps: list[tuple[Node, Any]] = []
    watching.set(Watcher(lambda node, cotangent: sweeps.append((node, cotangent)), lambda *_: None))
    names = _argument_names(f, signature)
    arguments: list[Node] = []
    places: list[int] = []
    held: list[Any] = []
    for i, (x, leaf) in enumerate(zip(leaves, signature.leaves, strict=True)):
        if leaf.kind is None:
            held.append(x.value if isinstance(x, _Fixed) else x)
            continue
        example = x
        if leaf.kind in (list, ndarray):
            example = np.asarray(x).view()
            example.setflags(write=False)
        node = Node(None, example, ())
        node.name = names[i]
        arguments.append(node)
        places.append(i)
        held.append(Tracer(example, node))
    args, kwargs = unflatten(signature.structure, held)
    constants: dict[int, tuple[Any, Node]] = {}
    HELD.set(constants)
    COUNT.set([0])
    try:
        called = caller(f, *args, **kwargs)
    except (TypeError, ValueError) as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, TracingError):
            cause = cause.__cause__ or cause.__context__
        if cause is None and "<Tracer " in str(error):  # NumPy has asked it for a number, and tells of its own error
            raise TracingError(NEEDED) from error
        if cause is None or cause is error:
            raise
        raise cause from None  # which NumPy met, and raised another one for
    results, structure = flatten(called.result)
    _name(called, sweeps)
    tape = Tape([_output(f, x) for x in results])
    if sweeps:
        _name_value(tape.outputs, structure)
    own = set(arguments)
    if any(node.op is None and node not in own for node in tape):
        raise TracingError(
            f"{title(f)} uses a value of a call that was traced before: something is kept from call to call, which a "
            "compiled function does not do"
        )
    _name_constants({name: array for name, array in called.arrays.items() if "[" not in name}, constants)
    return Program(
        tape,
        tuple(arguments),
        tuple(places),
        structure,
        dict(called.numbers),
        _function_name(f),
        bool(sweeps),
    )


def _function_name(f: Callable[..., Any]) -> str:
    """What the compiled function is called: as the function, if that has a name."""
    name = title(f)
    if not name.isidentifier() or not name.isascii() or keyword.iskeyword(name):
        return "function"
    return f"{name}_" if name in RESERVED else name


def _name(called: Call, sweeps: Sequence[tuple[Node, Any]]) -> None:
    """Give the nodes of a trace the names of the function's variables, and their cotangents those with a d."""
    named = {**called.unknowns, **{name: node.value for name, node in called.nodes.items()}}
    for name, x in named.items():
        if isinstance(x, Tracer) and (x.node.name is None or (x.node.op is None and not name.endswith("]"))):
            x.node.name = _tidy(name)
    for node, cotangent in sweeps:
        if isinstance(node.value, Tracer) and isinstance(cotangent, Tracer):
            called_ = node.value.node.name
            if called_ is not None and cotangent.node.name is None:
                cotangent.node.name = f"d{called_}"


def _name_constants(arrays: Mapping[str, ndarray], constants: Mapping[int, tuple[ndarray, Node]]) -> None:
    """Give constants the names of the function's arrays, and XT to the transpose of an X that is none itself."""
    for name, array in arrays.items():
        if id(array) in constants and constants[id(array)][1].name is None:
            constants[id(array)][1].name = name  # the first is the outermost function's
    views: dict[Any, Node] = {}
    for array, node in constants.values():
        if array.base is not None and node.name is None:
            views.setdefault(_place(array), node)
    for name, whole in arrays.items():
        if views and id(whole) not in constants:
            same, turned = views.get(_place(whole)), views.get(_place(whole.T))
            if same is not None and same.name is None:
                same.name = name
            elif turned is not None and turned.name is None:
                turned.name = f"{name}T"


def _place(array: ndarray) -> Any:
    """Where an array has its entries, and which: the same for two objects that are all of the same array."""
    return array.__array_interface__["data"][0], array.shape, array.strides, array.dtype


def _name_value(outputs: Sequence[Node], structure: Structure) -> None:
    """Call the value of a function that stands beside its gradient the value, if it has no name of its own."""
    first = outputs[0] if outputs else None
    if first is None or first.op is None or first.op is CONSTANT or first.name is not None or structure is None:
        return
    if len(structure.parts) == 2 and structure.parts[0] is None and np.ndim(first.value) == 0:
        first.name = "value"


def _tidy(name: str) -> str:
    """``Z[1]`` as Z1, and ``cache['A1']`` as A1."""
    return re.sub(r"\[(\d+)\]", r"\1", name.rpartition("['")[2].removesuffix("']"))


def _argument_names(f: Callable[..., Any], signature: Signature) -> list[str | None]:
    """What each leaf of the arguments is called: a parameter's name, or the key that it stands under."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    assert signature.structure is not None
    positional, keywords = signature.structure.parts
    assert positional is not None
    assert keywords is not None
    names: list[str | None] = []
    for i, part in enumerate(positional.parts):
        by_name = i < len(parameters) and parameters[i].kind <= inspect.Parameter.POSITIONAL_OR_KEYWORD
        names += [_identifier(path) for path in paths(part, parameters[i].name if by_name else "")]
    for name, part in zip(keywords.keys or (), keywords.parts, strict=True):
        names += [_identifier(path) for path in paths(part, name)]
    return names


def _identifier(path: str) -> str | None:
    """``params['W1']`` as W1, ``layers[0][1]`` as layers_0_1."""
    inner = path.rpartition("['")[2].removesuffix("']") if path.endswith("']") else path
    name = "_".join(part.strip("'") for part in inner.replace("]", "").split("["))
    return name if name.isidentifier() else None


PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic, np.dtype)
"""What may be part of a result besides arrays, and is the same in every call."""


def _output(f: Callable[..., Any], x: Any) -> Node:
    """The node of a leaf of the result."""
    if isinstance(x, Tracer):
        return x.node
    if isinstance(x, ndarray):
        x = constant_node(x)
    if isinstance(x, Node) and x.op is CONSTANT:
        return x
    if isinstance(x, Node):
        raise TracingError(
            f"{title(f)} returns a node of a graph around it, which is there only now: make the variable that it "
            "depends on an argument, or take its value"
        )
    if isinstance(x, (*PLAIN, list)):
        return Node(CONSTANT, x, ())
    raise TracingError(
        f"{title(f)} returns a value of type {type(x).__name__}, which cannot be compiled: return arrays and numbers, "
        "or dicts, tuples and lists of them"
    )


def same_program(one: Program, other: Program) -> bool:
    """Whether two traces of one call are of the same steps and the same numbers."""
    if len(one.tape) != len(other.tape) or one.structure != other.structure:
        return False
    number = {node: i for i, node in enumerate(one.tape)} | {node: i for i, node in enumerate(other.tape)}
    place = {node: i for program in (one, other) for i, node in enumerate(program.arguments)}

    def alike(x: Any, y: Any) -> bool:
        if isinstance(x, Node) and isinstance(y, Node):
            return number[x] == number[y]
        if isinstance(x, ndarray) or isinstance(y, ndarray):
            same = np.shape(x) == np.shape(y) and np.result_type(x) == np.result_type(y)
            if same and np.array_equal(x, y):  # in a fraction of the time that it takes to look for NaN
                return True
            return same and bool(np.array_equal(x, y, equal_nan=np.result_type(x).kind in "fc"))
        return type(x) is type(y) and repr(x) == repr(y)

    for x, y in zip(one.tape, other.tape, strict=True):
        if x.op is not y.op or len(x.inputs) != len(y.inputs) or not all(map(alike, x.inputs, y.inputs)):
            return False
        if repr(x.params) != repr(y.params):
            return False
        if x.op is None and place[x] != place[y]:
            return False
        if x.op is CONSTANT and not alike(x.value, y.value):
            return False
    return True
