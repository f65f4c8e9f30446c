"""compile: a function as straight-line NumPy code that does the same, with the derivatives in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, overload

from compgraph.errors import UseError

if TYPE_CHECKING:
    from compgraph.compile.compiled import Compiled

# The compiler is imported when it is asked for: it is no part of `import compgraph`.

__all__ = ["compile"]


@overload
def compile(
    f: Callable[..., Any],
    *,
    static: int | str | Iterable[int | str] = (),
    memory: int | str | None = None,
    threads: int | None = None,
) -> Compiled: ...


@overload
def compile(
    f: None = None,
    *,
    static: int | str | Iterable[int | str] = (),
    memory: int | str | None = None,
    threads: int | None = None,
) -> Callable[[Callable[..., Any]], Compiled]: ...


def compile(
    f: Callable[..., Any] | None = None,
    *,
    static: int | str | Iterable[int | str] = (),
    memory: int | str | None = None,
    threads: int | None = None,
) -> Compiled | Callable[[Callable[..., Any]], Compiled]:
    """Return a function that does the same by straight-line NumPy code, traced, derived and written at its first call.

    >>> import compgraph as cg
    >>> def cost(w, b):
    ...     z = w * 3.0 + b
    ...     return z * z
    >>> fast = cg.compile(cg.value_and_grad(cost, (0, 1)))
    >>> fast(2.0, 1.0)
    (49.0, (42.0, 14.0))
    >>> print(fast.source[fast.source.index("    z =") :], end="")
        z = w * 3.0 + b
        value = z * z
        dz = z + z
        dw = dz * 3.0
        return (value, (dw, dz))

    The function is called once with tracers in the place of its arguments, and what NumPy does is written down: a tape.
    Passes make it shorter, a plan gives each result a place in memory, and the code is written for just these shapes
    and dtypes. Other shapes or dtypes are traced anew.

    What Python does in the function is done once, while it is traced, and frozen: loops are unrolled, and arrays and
    numbers from around the function are constants, as they are then. A decision by a value raises.

    It is a decorator too, with settings or without:

    >>> @cg.compile(static="n")
    ... def power(x, n):
    ...     return x if n == 1 else x * power(x, n - 1)
    >>> power(2.0, 3)
    8.0

    Args:
        f: a function written in NumPy, or a transform of one, such as ``value_and_grad(cost)``. Its arguments may be
            arrays, numbers, and trees of them. Left out, what is returned is a decorator.
        static: positions or names of arguments to take as they are: each value of one is compiled for itself. Bools,
            strings and None are anyway.
        memory: what a call may take at its peak in each thread that makes one: bytes, or text such as ``"200MB"``.
            What counts is all that the code makes: memory to work in, also what is kept for the next call, what is
            computed once of arrays from around the function, what NumPy's functions make on their way, and the results
            returned. Arguments, arrays from around the function and results of earlier calls do not count, nor does
            the first call, which traces. The forms that the code can have are tried with the arguments of that call
            and measured by tracemalloc, which does not see the work space of LAPACK: examples in shorter blocks, and
            results made again when they are needed again. The fastest that fits is taken; where none does, a warning
            says what the sparest takes. Measured again a call takes what was measured, to a twentieth and 30 KB.
        threads: how many threads the code may use for one call. By default as many as there are cores, where a sum over
            examples was not measured to be slower so at the first call. The forms that are tried differ in rounding:
            with ``threads=1`` nothing is measured, and every process gets the same digits.

    Returns:
        The function; see :class:`compgraph.compile.compiled.Compiled` for what it can tell of itself.

    Raises:
        TracingError: at a call: the function asks for a number that is not known while it is traced, or does something
            else each time it is called.
        UseError: f is no function, ``static`` names no argument of it, ``memory`` is no size, or ``threads`` no number
            of threads.
    """
    if f is None:
        return lambda function: compile(function, static=static, memory=memory, threads=threads)
    from compgraph.compile.compiled import Compiled
    from compgraph.compile.recomputing import bytes_of

    if not callable(f):
        raise UseError(f"compile takes a function, and not its result: {type(f).__name__} cannot be called")
    if threads is not None and (isinstance(threads, bool) or not hasattr(threads, "__index__") or threads < 1):
        raise UseError(f"threads={threads!r} is no number of threads: give 1 or more")
    fixed: list[Any] = list(static) if isinstance(static, Iterable) and not isinstance(static, str) else [static]
    if any(type(place) not in (int, str) for place in fixed):
        raise UseError(f'static={static!r} names no arguments: give positions or names, as in static=("n", 2)')
    return Compiled(f, frozenset(fixed), None if memory is None else bytes_of(memory), threads)
