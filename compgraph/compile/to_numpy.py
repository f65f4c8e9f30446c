"""to_numpy: a function, or the derivatives of one, as the text of a module."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from compgraph.errors import UseError
from compgraph.tracing import title

if TYPE_CHECKING:
    from compgraph.compile.capture import Program

# The compiler is imported when it is asked for: it is no part of `import compgraph`.

__all__ = ["to_numpy"]


def to_numpy(f: Callable[..., Any], *args: Any, style: Literal["readable", "fast"] = "readable", **kwargs: Any) -> str:
    """Return a function as NumPy code, with the derivatives in it, to be read or run.

    >>> import numpy as np
    >>> import compgraph as cg
    >>> def cost(w, b):
    ...     z = w * 3.0 + b
    ...     J = np.sum(z**2)
    ...     return J
    >>> code = cg.to_numpy(cg.value_and_grad(cost, (0, 1)), np.ones(4), 2.0)
    >>> print(code[code.index("    z =") :], end="")
        z = w * 3.0 + b  # (4,)
        J = np.sum(z**2)
        dz = 2 * z  # (4,)
        db = float(np.sum(dz))
        dw = 6.0 * z  # (4,)
        return J, (dw, db)

    Args:
        f: a function written in NumPy, a transform of one, or what :func:`compile` made of either.
        args, kwargs: arguments to call it with: the code is that for their shapes. A compiled function needs none, if
            it has been called.
        style: ``"readable"``: formulas, a line for each variable of the person's own, and arrays that the function
            takes from around it as arguments; ``"fast"``: what ``compile`` runs.

    Raises:
        TracingError: the function asks for a number that is not known while it is traced.
        UseError: another style, or no arguments.
    """
    if style not in ("readable", "fast"):
        raise UseError(f'style={style!r}: there are "readable" and "fast"')
    from compgraph.compile.optimise import quickened
    from compgraph.compile.readable import readable
    from compgraph.compile.source import written

    program = _program(f, args, kwargs)
    return readable(program) if style == "readable" else written(quickened(program)[0]).text


def _program(f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Program:
    from compgraph.compile.capture import capture, signature_of
    from compgraph.compile.compiled import Compiled
    from compgraph.compile.optimise import optimised

    if isinstance(f, Compiled):
        return f.program(*args, **kwargs)
    if not args and not kwargs:
        raise UseError(f"give arguments to call {title(f)} with: the code is that for their shapes")
    leaves, signature = signature_of(args, kwargs)
    return optimised(capture(f, leaves, signature))[0]
