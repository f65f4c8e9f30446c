"""A function of whole data, computed block by block."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any

from compgraph.blocks.data import axis_of, cut, is_stream
from compgraph.blocks.first_use import check_reduction
from compgraph.blocks.left_out import left_out
from compgraph.blocks.sums import Reduction, Sums, settled, weighed
from compgraph.errors import GradientError, SettingError, ShapeError, TracingError, UseError
from compgraph.nested import flatten
from compgraph.tracing import Argnums, title
from compgraph.unknown import Unknown

__all__ = ["in_blocks"]


def in_blocks(
    f: Callable[..., Any],
    data: Argnums,
    over: str | int = "columns",
    *,
    size: int | None = None,
    reduction: Reduction = "mean",
    check: bool = True,
) -> Callable[..., Any]:
    """Return the function that computes a mean or a sum over examples from a block of them at a time.

    >>> import numpy as np
    >>> import compgraph as cg
    >>> from compgraph.blocks import in_blocks
    >>> def cost(w, X, Y):
    ...     return np.mean((w @ X - Y) ** 2)
    >>> w, X, Y = np.array([[1.0, 2.0]]), np.arange(14.0).reshape(2, 7), np.ones((1, 7))
    >>> at_once = cg.value_and_grad(cost)
    >>> by_threes = in_blocks(at_once, ("X", "Y"), size=3)
    >>> at_once(w, X, Y)
    (np.float64(520.0), array([[156., 464.]]))
    >>> by_threes(w, X, Y)
    (np.float64(520.0), array([[156., 464.]]))

    The arrays of data may be larger than memory: an ``np.memmap``, or anything that has a shape and can be sliced. Of
    these only a block is read at a time. Or each is an iterator of blocks, of any sizes:

    >>> blocks = [(X[:, :2], Y[:, :2]), (X[:, 2:], Y[:, 2:])]
    >>> by_batch = in_blocks(lambda w, batch: at_once(w, *batch), "batch")
    >>> by_batch(w, iter(blocks))
    (np.float64(520.0), array([[156., 464.]]))

    ``f`` is a cost, or a transform of one: its gradient, its value and gradient and its Hessian are means over examples
    whenever it is one. (The other way round, ``value_and_grad(in_blocks(cost, ...))`` gives the same, but the tape
    holds all blocks.) Which costs are allowed: those with **J = Σ_b w_b J_b** for every way to cut the examples into
    blocks, where J_b is the cost of a block alone, with w_b = m_b/m for a mean and 1 for a sum.

    - A mean over examples is one of these, and so is a mean plus a penalty on the parameters, such as
      ``lam * np.sum(W * W)``, since the weights of a mean add up to 1.
    - A penalty that is divided by the number of examples, lam/(2m) ΣW², is none if m is read off the block: it would be
      divided by m_b. Take m, the number of all examples, as an argument of the cost or from outside it.
    - A sum plus a penalty is none: the penalty would count once for each block. Add it outside.
    - What depends on the block as a whole is none: its maximum, its variance, normalisation by its statistics.
    - What is random is none.

    Args:
        f: a function that returns a number, an array, or a tree of these, of a shape that does not depend on the number
            of examples. So it is not differentiated with respect to the data.
        data: which arguments are the data: a position, a name, or a tuple of these. An argument may be a tree of
            arrays; all arrays have as many examples. The other arguments are passed whole.
        over: along which axis the examples lie: "columns", the last axis; "rows", the first; or an axis by its number.
        size: how many examples a block has, the last one at most. By default as many as make 1 MiB of data, or eight
            times the bytes of the other arguments where those are more. An iterator's blocks are taken as they come.
        reduction: what ``f`` is over the examples, "mean" or "sum".
        check: at the first call compare the first five examples, at once, with two and three of them. That takes three
            evaluations of ``f`` on very few examples, and finds most costs that are not allowed.

    Returns:
        A function of the same arguments with the same result, but for rounding: shapes, dtypes and types are those of
        ``f``. Results in single precision are added in double.

    Raises:
        GradientError: the check found that ``f`` is no such mean or sum; or there is no such argument.
        ShapeError: arrays of data that differ in their number of examples, or have no such axis; no examples at all;
            results of blocks that differ in shape or structure.
        DtypeError: something in the result is no number and no array of them; something in the data is no array.
        SettingError: ``over``, ``size`` or ``reduction`` is nothing that is described above.
        UseError: ``f`` is no function.
        TracingError: the function of blocks was compiled, and not what stands inside.

    Source: N. J. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., section 4.1 (pairwise summation).
    """
    if not callable(f):
        raise UseError(f"in_blocks takes a function, and not its result: {type(f).__name__} cannot be called")
    axis = axis_of(over)
    signature = _signature(f)
    names = _names(f, signature, data)
    if size is not None and (isinstance(size, bool) or not hasattr(size, "__index__") or size < 1):
        raise SettingError(f"size is the number of examples in a block, a whole number, 1 or more, not {size!r}")
    if reduction not in ("mean", "sum"):
        raise SettingError(f"reduction is 'mean' or 'sum', not {reduction!r}")
    unchecked = check

    @functools.wraps(f)
    def evaluate(*args: Any, **kwargs: Any) -> Any:
        nonlocal unchecked
        if any(isinstance(getattr(x, "value", x), Unknown) for x in flatten((args, kwargs))[0]):
            raise TracingError(
                f"{title(f)} in blocks cannot be compiled, since blocks are cut and added up in each call: compile "
                "what stands inside, as in in_blocks(compile(f), ...)"
            )
        try:
            call = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{title(f)}: {error}") from None
        given = {}
        for name in names:
            if name not in call.arguments:
                raise GradientError(f"data: {title(f)} was called without its argument {name!r}")
            given[name] = call.arguments[name]
        streamed = any(map(is_stream, given.values()))
        others = {name: x for name, x in call.arguments.items() if name not in given}

        def of(block: Sequence[Any]) -> Any:
            call.arguments.update(zip(names, block, strict=True))
            try:
                return f(*call.args, **call.kwargs)
            except Exception as error:
                if found := left_out(error, given, others, axis):
                    error.add_note(f"{found.told}: {_advice(found.places, names, streamed)}")
                raise

        sums = Sums(reduction)
        for examples, block in cut(given, list(others.values()), axis, size):
            if unchecked:
                unchecked = not check_reduction(
                    of, dict(zip(names, block, strict=True)) if streamed else given, axis, reduction, title(f)
                )
            try:
                sums.add(weighed(of(block), examples))
            except Exception as error:
                error.add_note(f"in block {sums.count} of {title(f)}, of {examples} examples")
                raise
        if not sums.count:
            raise ShapeError(
                f"{title(f)} was given no examples (an iterator gives its blocks once, and is made anew for each call)"
            )
        return settled(sums.total())

    return evaluate


def _signature(f: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(f)
    except (TypeError, ValueError):  # functions written in C need not say what they take
        raise GradientError(
            f"{title(f)} does not say what its arguments are: wrap it, as in lambda params, X: {title(f)}(params, X)"
        ) from None


def _names(f: Callable[..., Any], signature: inspect.Signature, data: Argnums) -> list[str]:
    """The names of the arguments that are data."""
    known = list(signature.parameters)
    names = []
    for each in data if isinstance(data, (tuple, list, set, frozenset)) else (data,):
        if not isinstance(each, (str, int)) or isinstance(each, bool):
            other = "an array" if hasattr(each, "shape") else repr(each)
            raise GradientError(
                f"data names the arguments that are cut into blocks, as data=('X', 'Y'), and is not {other}"
            )
        if isinstance(each, str) and each in known:
            names.append(each)
        elif isinstance(each, int) and -len(known) <= each < len(known):
            names.append(known[each])
        else:
            raise GradientError(f"data: {title(f)} has no argument {each!r}; it has {_told(f, signature, each)}")
    if not names or len(set(names)) < len(names):
        raise GradientError(f"data names the arguments that are cut into blocks, each once, not {data!r}")
    return names


def _advice(places: Sequence[str], names: Sequence[str], streamed: bool) -> str:
    """What to do about examples that are not cut, from these places in the arguments."""
    if not places:
        return "make it an argument, and name it in data="
    every = tuple(dict.fromkeys([*names, *[place.partition("[")[0] for place in places]]))
    named = f"if they belong to the examples, name {'both' if len(every) == 2 else 'all'}, data={every}"
    return f"{named}, and give an iterator of blocks for each" if streamed else named


def _told(f: Callable[..., Any], signature: inspect.Signature, wanted: int | str) -> str:
    """The arguments of a function, and what may have been meant by one that is none of them."""
    known = [str(p.replace(annotation=p.empty, default=p.empty)) for p in signature.parameters.values()]  # with stars
    told = ", ".join(known) or "none"
    if any(name.startswith("*") for name in known):
        name = wanted if isinstance(wanted, str) and wanted.isidentifier() else "X"
        passed = f"{name}={name}" if known[-1].startswith("**") else name
        called = title(f) if title(f).isidentifier() else "f"
        return f"{told}: give each of the data a name, as in lambda params, {name}: {called}(params, {passed})"
    if isinstance(wanted, str) and "," in wanted:
        return f"{told} (several are a tuple, as {tuple(re.split(', *', wanted.strip(', ')))})"
    return told
