"""A compiled function: straight-line NumPy code, derived and written once for each signature of its arguments."""

from __future__ import annotations

import functools
import gc
import inspect
import os
import sys
import threading
import time
import types
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from compgraph.compile.budget import fitting
from compgraph.compile.calls import CONSTANT
from compgraph.compile.capture import Program, Signature, capture, same_program, signature_of, without_names
from compgraph.compile.choosing import chosen
from compgraph.compile.cut import Cut
from compgraph.compile.loading import door, finite_test, loaded, plainly
from compgraph.compile.optimise import Step, optimised, quickened
from compgraph.compile.report import Report, reported
from compgraph.compile.settings import settled
from compgraph.compile.source import Source, sorted_by_need
from compgraph.compile.tracer import MOST_OPERATIONS, TooLong
from compgraph.errors import TracingError, UseError
from compgraph.nested import Structure, leaves_like, unflatten
from compgraph.node import Node
from compgraph.render.files import write_at_once
from compgraph.tape import Tape
from compgraph.tracing import title
from compgraph.unknown import Unknown

__all__ = ["CompileWarning", "Compiled"]

ndarray = np.ndarray
PACKAGE = os.path.dirname(os.path.dirname(__file__)) + os.sep
KEPT = 1 << 14
"""Arrays of so many bytes are kept as examples on a tape, for drawings."""
MOST_VERSIONS = 16
"""For so many signatures at a time a function is kept compiled; the one that was made first makes room."""


class CompileWarning(UserWarning):
    """Something about compiling that makes a program slow."""


class Version(NamedTuple):
    """What was compiled for one signature.

    Attributes:
        signature: the signature.
        program: what was traced, simplified.
        fast: the same as it is written.
        structure: that of a result, where the program has the plain one that a source is written with.
        source: its text.
        own: returns the function of the traced arguments that belongs to the calling thread.
        run: that function, for any thread.
        finite: whether a result is finite, where it has to be.
        cuts: the constants that are kept in slices, by their nodes, which hold zeros instead.
        steps: what each pass did.
        seconds: how long compiling took.
    """

    signature: Signature
    program: Program
    fast: Program
    structure: Structure
    source: Source
    own: Callable[[], Callable[..., Any]]
    run: Callable[..., Any]
    finite: Callable[[Any], bool]
    cuts: Mapping[Node, Cut]
    steps: tuple[Step, ...]
    seconds: float


class Compiled:
    """A compiled function, as :func:`compgraph.compile` returns it: called like the function itself.

    >>> import compgraph as cg
    >>> fast = cg.compile(lambda x: np.exp(x) * np.exp(x))
    >>> fast(np.zeros(2))
    array([1., 1.])
    >>> [node.op.name for node in fast.tape if node.op]
    ['exp', 'multiply']

    Results never share memory with arguments, with each other or with the buffers that the code works in. Threads may
    call it at once. On nodes, inside of a transform, it is the function that was compiled.

    A function of NumPy's returns a Python float of Python floats, as it does on nodes; outside of graphs it returns an
    ``np.float64``, which makes double precision of single. A list of numbers is an array. NumPy warns as always,
    but of what happens on the way to a derivative only where the result is not finite.
    """

    __name__: str

    def __init__(
        self,
        f: Callable[..., Any],
        static: frozenset[int | str],
        memory: int | None = None,
        threads: int | None = None,
    ) -> None:
        functools.update_wrapper(self, f)
        self._function = f
        self._static = _places(f, static)
        self._memory = memory
        self._threads = threads
        self._versions: list[Version] = []
        self._too_long: list[Signature] = []
        self._dropped = 0
        self._lock = threading.RLock()
        self._enter: Callable[..., Any] = self._slowly

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._enter(*args, **kwargs)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """As a method of a class: the instance is the first argument, which is taken as it is."""
        return self if instance is None else types.MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<Compiled {title(self._function)}, for {len(self._versions)} signatures>"

    def __reduce__(self) -> str | tuple[Any, ...]:
        """As the function that it was made of: what takes a copy, such as another process, compiles for itself."""
        name = getattr(self, "__qualname__", "")
        if getattr(sys.modules.get(getattr(self, "__module__", "")), name, None) is self:  # a decorated function
            return name
        return Compiled, (self._function, self._static, self._memory, self._threads)

    def _slowly(self, *args: Any, **kwargs: Any) -> Any:
        """A call whose arguments have to be looked at one by one: the first, one with trees, one of other shapes."""
        leaves, signature = signature_of(args, kwargs, self._static)
        if any(isinstance(x, (Node, Unknown)) for x in leaves):  # inside of a transform, or of another compiled one
            return self._function(*args, **kwargs)
        if self._too_long and signature in self._too_long:
            return self._function(*args, **kwargs)
        try:
            version = self._version(leaves, signature)
        except TooLong:
            self._too_long.append(signature.kept())
            warnings.warn(
                f"{title(self._function)} takes more than {MOST_OPERATIONS} operations on these arguments, which is "
                "too much to compile in reasonable time: it is run as it is",
                CompileWarning,
                stacklevel=_caller(),
            )
            return self._function(*args, **kwargs)
        try:
            result = version.run(*[leaves[i] for i in version.program.places])
            finite = version.finite(result)
        except (ArithmeticError, TypeError, ValueError):  # as what Python's floats are no function of
            return self._function(*args, **kwargs)
        if not finite:
            return self._function(*args, **kwargs)
        plain = version.program.structure
        if plain == version.structure:
            return result
        return unflatten(version.structure, leaves_like(plain, result, "the result"))

    def _version(self, leaves: list[Any], signature: Signature) -> Version:
        with self._lock:
            for version in self._versions:
                if version.signature == signature:
                    return version
            with _nothing_collected():
                version = self._compiled(leaves, signature)
            if len(self._versions) == MOST_VERSIONS:
                del self._versions[0]
                self._dropped += 1
                if self._dropped == MOST_VERSIONS:
                    warnings.warn(
                        f"{title(self._function)} was compiled for {2 * MOST_VERSIONS} signatures, of which "
                        f"{MOST_VERSIONS} are kept: shapes or static arguments that change all the time cost more than "
                        "compiling saves",
                        CompileWarning,
                        stacklevel=_caller(),
                    )
            self._versions.append(version)
            entrance = None
            if version.program.structure == version.structure:
                entrance = door(version.program, signature, version.source, version.own, self._slowly, self._function)
            self._enter = self._slowly if entrance is None else entrance
            return version

    def _compiled(self, leaves: list[Any], signature: Signature) -> Version:
        start = time.perf_counter()
        traced = capture(self._function, leaves, signature)
        _forget(traced)
        if not same_program(traced, capture(self._function, leaves, signature, without_names)):
            raise TracingError(
                f"{title(self._function)} is not the same at every call: traced twice on the same arguments, it did "
                "different things. Randomness, a counter or any other state would be frozen: make it an argument"
            )
        structure = traced.structure
        program, steps = optimised(traced._replace(structure=plainly(structure)))
        fast, further = quickened(program)
        fast, source = self._written(fast, [leaves[i] for i in fast.places])
        make = loaded(source)
        own = threading.local()

        def mine() -> Callable[..., Any]:
            try:
                function: Callable[..., Any] = own.function
            except AttributeError:
                function = own.function = settled(make(), fast, not source.objects)
            return function

        def run(*arguments: Any) -> Any:
            return mine()(*arguments)

        cuts = {source.slices[name].node: x for name, x in (source.constants or {}).items() if isinstance(x, Cut)}
        _forget(program, cuts)
        _forget(fast, cuts)
        return Version(
            signature.kept(), program, fast, structure, source, mine, run, finite_test(program), cuts,
            (*steps, *further), time.perf_counter() - start,
        )  # fmt: skip

    def _written(self, program: Program, arguments: list[Any]) -> tuple[Program, Source]:
        """A program in the form that is the fastest within the memory that there is."""
        if self._memory is None:
            return program, chosen(program, arguments, self._threads)
        form = fitting(program, arguments, self._memory, self._threads)
        if form.nbytes > self._memory:
            warnings.warn(
                f"{title(self._function)} takes {form.nbytes} bytes at least, where memory={self._memory} was asked "
                "for: what is left is needed, or too much work to be done again",
                CompileWarning,
                stacklevel=_caller(),
            )
        return form.program, form.source

    def _last(self) -> Version:
        if not self._versions:
            raise UseError(
                f"{title(self._function)} has not been compiled yet: that happens at the first call, for the shapes of "
                "its arguments"
            )
        return self._versions[-1]

    def program(self, *args: Any, **kwargs: Any) -> Program:
        """What is computed for these arguments, or without any for those of the last signature."""
        found = self._version(*signature_of(args, kwargs, self._static)) if args or kwargs else self._last()
        for node, cut in found.cuts.items():
            if not any(node.value.strides):
                node.value = cut.whole()
        return found.program

    @property
    def source(self) -> str:
        """The Python code that the last signature was compiled to, as a module."""
        return self._last().source.text

    @property
    def constants(self) -> dict[str, ndarray]:
        """The arrays from around the function that ``prepare`` in the source takes, by name; not to be written to.

        >>> import compgraph as cg
        >>> rates = np.linspace(0.0, 1.0, 20)
        >>> fast = cg.compile(lambda x: np.sum(rates * x))
        >>> value = fast(np.ones(20))
        >>> module = {}
        >>> exec(fast.source, module)
        >>> bool(module["prepare"](**fast.constants)(np.ones(20)) == value)
        True
        """
        found: dict[str, ndarray] = {}
        for name, array in (self._last().source.constants or {}).items():
            found[name] = array.whole() if isinstance(array, Cut) else array.view()
            found[name].setflags(write=False)
        return found

    @property
    def tape(self) -> Tape:
        """What that code computes, as a graph to be drawn; the values of larger arrays are not kept: they are zeros."""
        return self._last().fast.tape

    def report(self) -> Report:
        """What each pass did for the last signature, the memory it takes, and what a call costs, measured now.

        >>> import compgraph as cg
        >>> fast = cg.compile(lambda x: np.sum(np.exp(x) * np.exp(x)))
        >>> float(fast(np.zeros(2)))
        2.0
        >>> [(step.name, step.operations) for step in fast.report().steps[:3]]
        [('trace', 4), ('simplify', 4), ('common_subexpressions', 3)]
        """
        version = self._last()
        program = version.fast
        once, _ = sorted_by_need(program.tape, program.arguments)
        given = [_drawn(node.value) if isinstance(node.value, ndarray) else node.value for node in program.arguments]
        return reported(
            program.name,
            program.arguments,
            version.steps,
            program.tape,
            version.source,
            len(once),
            version.seconds,
            lambda: version.run(*given),
        )

    def save(self, path: str | Path) -> Path:
        """Write the source to a file, which needs NumPy only to run, unless the first lines say otherwise.

        Args:
            path: of the file; one that is there is replaced once the new one is whole.
        """
        write_at_once(path, self.source.encode("utf-8"))
        return Path(path)


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Within it, Python's cycle collector rests.

    A trace makes many objects that stay, and is bounded. The collector would go through all objects of the process
    several times meanwhile, of which a process with JAX or PyTorch in it has a million.
    """
    if not gc.isenabled():
        yield
        return
    try:
        gc.disable()
        yield
    finally:
        gc.enable()


def _caller() -> int:
    """How many calls above the one that warns the person's own code is, as ``warnings.warn`` counts them."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and frame.f_code.co_filename.startswith((PACKAGE, "<compiled ")):
        frame, level = frame.f_back, level + 1
    return level


def _drawn(like: ndarray) -> ndarray:
    """An array to measure with: the example, or where that was let go random numbers of its kind."""
    if like.nbytes <= KEPT or like.dtype.kind not in "fc":
        return np.array(like)
    return np.random.default_rng(0).uniform(-0.1, 0.1, like.shape).astype(like.dtype)


def _forget(program: Program, cuts: Collection[Node] = ()) -> None:
    """Let go of larger arrays: those of the traced call, which are examples, and of constants that are held cut.

    In their places are zeros; NaNs where an argument was not finite.
    """
    for node in program.tape:
        value = node.value
        if (node.op is not CONSTANT or node in cuts) and isinstance(value, ndarray) and value.nbytes > KEPT:
            filling = 0.0 if node.op is not None or np.all(np.isfinite(value)) else np.nan  # which passes ask for
            node.value = np.broadcast_to(np.full((), filling, value.dtype), value.shape)


def _places(f: Callable[..., Any], static: frozenset[int | str]) -> frozenset[int | str]:
    """Static arguments by position and by name, however a call will pass them."""
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):  # functions written in C need not say what they take
        return static
    order = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    known = {*order, *[p.name for p in parameters if p.kind is p.KEYWORD_ONLY]}
    several = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    anything = any(p.kind is p.VAR_KEYWORD for p in parameters)
    found: set[int | str] = set(static)
    for place in static:
        if isinstance(place, str):
            if place not in known and not anything:
                raise UseError(f"static: {title(f)} has no argument {place!r}; it has {', '.join(order) or 'none'}")
            if place in order:
                found.add(order.index(place))
        elif not 0 <= place < len(order) and not (several and place >= 0):
            raise UseError(f"static: {title(f)} has no argument number {place}; they are counted from 0")
        elif place < len(order):
            found.add(order[place])
    return frozenset(found)
