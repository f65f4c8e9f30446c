"""compile: a function as straight-line NumPy code that does the same, with the derivatives in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from compgraph.errors import UseError

if TYPE_CHECKING:
    from compgraph.compile.compiled import Compiled

# The compiler is imported when it is asked for: it is no part of `import compgraph`.

__all__ = ["compile"]


def compile(
    f: Callable[..., Any], *, static: int | str | Iterable[int | str] = (), memory: int | str | None = None
) -> Compiled:
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

    Args:
        f: a function written in NumPy, or a transform of one, such as ``value_and_grad(cost)``. Its arguments may be
            arrays, numbers, and trees of them.
        static: positions or names of arguments to take as they are: each value of one is compiled for itself. Bools,
            strings and None are anyway.
        memory: what its results may take at once, beside the arguments: bytes, or text such as ``"200MB"``. To stay
            below it, results that are cheap to make are made again when they are needed again. Where even that is not
            enough a warning says how much it takes.

    Returns:
        The function; see :class:`compgraph.compile.compiled.Compiled` for what it can tell of itself.

    Raises:
        TracingError: at a call: the function asks for a number that is not known while it is traced, or does something
            else each time it is called.
        UseError: f is no function, ``static`` names no argument of it, or ``memory`` is no size.
    """
    from compgraph.compile.compiled import Compiled
    from compgraph.compile.recomputing import bytes_of

    if not callable(f):
        raise UseError(f"compile takes a function, and not its result: {type(f).__name__} cannot be called")
    fixed = [static] if isinstance(static, (int, str)) else list(static)
    return Compiled(f, frozenset(fixed), None if memory is None else bytes_of(memory))
