"""Source as a function that runs: one for each thread where it works in buffers of its own, and checked at its door.

What stands at the door is generated too, since asking each argument for its type in a loop takes longer than a small
function itself: whether the arguments are those that were compiled for, and whether what comes out is finite.
"""

from __future__ import annotations

import builtins
import cmath
import itertools
import linecache
import math
import threading
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from compgraph.compile.blas_threads import one_blas_thread_each
from compgraph.compile.capture import Leaf, Program, Signature
from compgraph.compile.settings import is_quiet
from compgraph.compile.source import Source
from compgraph.nested import Branch, Structure

__all__ = ["door", "finite_test", "loaded", "plainly"]

ndarray = np.ndarray
NUMBERS = (float, complex, np.generic, ndarray)
FINITE = {"is_finite": math.isfinite, "is_finite_complex": cmath.isfinite}
_numbers = itertools.count(1)
NO_LINES: Any = (0, None, [], "")


def loaded(source: Source) -> Callable[[], Callable[..., Any]]:
    """Run the text of a source; what is returned makes the function, anew at each call if it works in buffers."""
    namespace: dict[str, Any] = dict(source.objects)
    _execute(source.text, source.name, "prepare" if source.constants is not None else source.name, namespace)
    if source.constants is None:
        function: Callable[..., Any] = namespace[source.name]
        return lambda: function
    prepare, constants = namespace["prepare"], tuple(source.constants.values())
    if source.alone_in_blas:
        return lambda: one_blas_thread_each()(prepare(*constants))
    return lambda: prepare(*constants)


def plainly(structure: Structure) -> Structure:
    """The structure that a source is written with: of dicts, tuples and lists, with keys that can be written."""
    if structure is None:
        return None
    parts = tuple([plainly(part) for part in structure.parts])
    if structure.keys is not None:
        if all(type(key) in (str, int, bool, type(None)) for key in structure.keys):
            return Branch(dict, structure.keys, parts, {})
        return Branch(tuple, None, parts)
    return Branch(list if structure.kind is list else tuple, None, parts)


def _execute(text: str, name: str, function: str, namespace: dict[str, Any]) -> None:
    """Run a text; tracebacks find its lines for as long as there is a function of it."""
    filename = f"<compiled {name} {next(_numbers)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    exec(builtins.compile(text, filename, "exec"), namespace)  # text of our own making
    # Emptied, and not taken out: that may be while linecache goes through all names, which would be a KeyError.
    weakref.finalize(namespace[function], linecache.cache.__setitem__, filename, NO_LINES).atexit = False


def door(
    program: Program,
    signature: Signature,
    source: Source,
    make: Callable[[], Callable[..., Any]],
    otherwise: Callable[..., Any],
    eagerly: Callable[..., Any],
) -> Callable[..., Any] | None:
    """A function of any arguments that runs a compiled one on those it was compiled for.

    Args:
        program, signature, source: what was compiled.
        make: returns the compiled function that belongs to the calling thread.
        otherwise: called with the arguments if they are others.
        eagerly: called with the arguments if a derivative is not finite: zeros are strong there, and NumPy's warnings
            say what happened. Also if Python's floats raise where NumPy's are infinite.

    Returns:
        None where arguments are passed by keyword or in trees, which are taken apart one by one.
    """
    assert signature.structure is not None
    positional, keywords = signature.structure.parts
    assert positional is not None
    assert keywords is not None
    if keywords.parts or any(part is not None for part in positional.parts):
        return None
    names = [f"x{i}" for i in range(len(signature.leaves))]
    namespace: dict[str, Any] = {
        "make": make, "local": threading.local(), "otherwise": otherwise, "eagerly": eagerly, "ndarray": ndarray,
        **FINITE,
    }  # fmt: skip
    tests = []
    for name, leaf in zip(names, signature.leaves, strict=True):
        tests += _tests(name, leaf, namespace)
    given = "".join(f"{name}, " for name in names)
    passed = ", ".join(names[i] for i in program.places)
    of_one_thread = bool(source.constants is not None and source.nbytes) or is_quiet(program)
    lines = [
        "def enter(*args, **kwargs):",
        f"    if len(args) == {len(names)} and not kwargs:",
        *([f"        {given}= args"] if names else []),
        f"        if {' and '.join(tests) or 'True'}:",
        "            try:",
    ]
    if of_one_thread:
        lines += [
            "                try:",
            "                    run = local.run",
            "                except AttributeError:",
            "                    run = local.run = make()",
        ]
    else:
        namespace["run"] = namespace["make"]()
    lines += [
        f"                result = run({passed})",
        "            except (ArithmeticError, TypeError, ValueError):",
        "                return eagerly(*args)",
        *_finite_or_eager(program),
        "            return result",
        "    return otherwise(*args, **kwargs)",
        "",
    ]
    _execute("\n".join(lines), f"call of {source.name}", "enter", namespace)
    entrance: Callable[..., Any] = namespace["enter"]
    return entrance


def _tests(name: str, leaf: Leaf, namespace: dict[str, Any]) -> list[str]:
    """Conditions under which an argument is what was compiled for."""
    if leaf.kind is ndarray:
        dtype = f"dtype_of_{name}"
        namespace[dtype] = leaf.dtype
        return [f"type({name}) is ndarray", f"{name}.shape == {leaf.shape!r}", f"{name}.dtype is {dtype}"]
    if leaf.kind in (float, int, complex):
        return [f"type({name}) is {leaf.kind.__name__}"]
    if leaf.kind is None and (leaf.value is None or isinstance(leaf.value, bool)):
        return [f"{name} is {leaf.value}"]
    return ["False"]  # anything else is looked at more closely


def _finite_or_eager(program: Program) -> list[str]:
    """Lines that look at the result of a function with derivatives in it, which must be finite."""
    if not program.differentiated:
        return []
    tests = _finite(program)
    if not tests:
        return []
    return [
        "            try:",
        f"                finite = {' and '.join(tests)}",
        "            except (TypeError, OverflowError):  # a complex number, where Python's power of floats is one",
        "                finite = False",
        "            if not finite:",
        "                return eagerly(*args)",
    ]


def _finite(program: Program) -> list[str]:
    """Conditions under which all entries of a result are finite, and no warning is given where they are not.

    Of an array the sum of the squares of all entries is finite, which takes one call of BLAS; it may also be infinite
    by overflow.
    """
    tests = []
    outputs = iter(program.tape.outputs)

    def taken(structure: Any, path: str) -> None:
        if structure is not None:
            for i, part in enumerate(structure.parts):
                taken(part, f"{path}[{i if structure.keys is None else structure.keys[i]!r}]")
            return
        output = next(outputs)
        value = output.value
        if isinstance(value, NUMBERS) and np.result_type(value).kind in "fc" and np.size(value):
            test = "is_finite" if np.result_type(value).kind == "f" else "is_finite_complex"
            flat = f"{path}.ravel()"
            tests.append(f"{test}({f'{flat}.dot({flat})' if type(value) is ndarray else path})")

    taken(program.structure, "result")
    return tests


def finite_test(program: Program) -> Callable[[Any], bool]:
    """A function that says whether a result is finite, where it has to be."""
    tests = _finite(program) if program.differentiated else []
    found: Callable[[Any], bool] = eval(f"lambda result: {' and '.join(tests) or 'True'}", dict(FINITE))
    return found
