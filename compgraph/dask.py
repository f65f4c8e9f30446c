"""Gradients on Dask: one task for each block of the data, and a tree of tasks that adds what they come to.

Any of Dask's schedulers runs them: threads, processes, or many machines. What a lost machine had computed is computed
again, and the order in which the results are added does not depend on who computed them, or when: a run with losses
gives the same bits as one without.

Dask arrays may also stand beside nodes as constants, as arrays of NumPy do: they pass through the rules by NumPy's
protocols. Then every op makes tasks of its own, and each gradient is computed by itself as soon as it is one. This
module is the way to have all of them in one pass.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from compgraph import transforms
from compgraph.blocks.data import arrays_in, axis_of
from compgraph.blocks.first_use import PREFIX, check_reduction
from compgraph.blocks.left_out import left_out
from compgraph.blocks.sums import Partial, Reduction, joined, settled, weighed
from compgraph.errors import GradientError, MissingExtraError, SettingError, ShapeError, UseError
from compgraph.nested import Structure, flatten, paths, unflatten
from compgraph.tracing import Argnums, Place, places_of, title

__all__ = ["value_and_grad"]


def value_and_grad(
    cost: Callable[..., Any],
    argnums: Argnums = 0,
    over: str | int = "columns",
    *,
    reduction: Reduction = "mean",
    check: bool = True,
) -> Callable[..., tuple[Any, Any]]:
    """Return the function that computes a cost of Dask arrays and its gradient, a task for each block.

    >>> import numpy as np
    >>> import dask.array as da
    >>> import compgraph.dask
    >>> def cost(w, X, Y):
    ...     return np.mean((w @ X - Y) ** 2)
    >>> w, X, Y = np.array([[1.0, 2.0]]), da.arange(14.0).reshape(2, 7), da.ones((1, 7), chunks=3)
    >>> compgraph.dask.value_and_grad(cost)(w, X, Y)
    (np.float64(520.0), array([[156., 464.]]))

    The arguments that are Dask arrays, or trees that hold some, are the data; all others are passed whole, once to each
    worker. A block is what the first of the Dask arrays has for a chunk along the axis of the examples; the others are
    cut likewise, and no array is cut along another axis. Each block is one task, which calls ``cost`` on plain arrays;
    the results, of the size of the gradients, are added two by two. They are computed when the function is called, by
    the scheduler that is in force: ``dask.config``, or the ``Client`` of a cluster.

    Args:
        cost: a function of NumPy arrays that returns a single number, a mean or a sum over the examples. It is pickled
            if the workers are other processes, which have compgraph installed. It may run more than once for a block,
            and has to do the same then. Which costs are allowed: see :func:`compgraph.blocks.in_blocks`.
        argnums: the argument to differentiate with respect to, which is no Dask array: its position or its name; or a
            tuple of these.
        over: along which axis the examples lie: "columns", the last axis; "rows", the first; or an axis by its number.
        reduction: what the cost is over the examples, "mean" or "sum".
        check: at the first call compare the first five examples, at once, with two and three of them; that is done
            here and not by the workers.

    Returns:
        A function of the same arguments that returns ``(value, gradient)``, plain numbers and arrays, as
        :func:`compgraph.value_and_grad` gives them, but for rounding.

    Raises:
        MissingExtraError: Dask is not installed.
        GradientError: there is no Dask array, or an argument to differentiate by is one; the check found that the cost
            is no such mean or sum.
        ShapeError: the arrays differ in their number of examples, have no such axis, or chunks of unknown size.
        SettingError: ``over`` or ``reduction`` is nothing that is described above.
        UseError: ``cost`` is no function.
    """
    dask = _dask()
    if not callable(cost):
        raise UseError(f"value_and_grad takes a function, and not its result: {type(cost).__name__} cannot be called")
    axis = axis_of(over)
    places = places_of(cost, argnums)
    if reduction not in ("mean", "sum"):
        raise SettingError(f"reduction is 'mean' or 'sum', not {reduction!r}")
    unchecked = check

    @functools.wraps(cost)
    def evaluate(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        nonlocal unchecked
        _refuse_data(cost, places, args, kwargs)
        program, data = _separated(cost, argnums, args, kwargs)
        sizes, blocks = _chunks(data, axis)
        try:
            if unchecked:
                few = dict(zip(data, dask.compute(*[_first(x, axis) for x in data.values()]), strict=True))
                unchecked = not check_reduction(program, few, axis, reduction, title(cost))
            value, gradient = settled(_tree(dask, program, blocks, sizes, reduction).compute())
        except Exception as error:
            if found := left_out(error, data, program.others(), axis):
                error.add_note(f"{found.told}: {_advice(found.places)}")
            raise
        return value, gradient

    return evaluate


def _tree(dask: Any, program: Program, blocks: Sequence[Any], sizes: Sequence[int], reduction: Reduction) -> Any:
    """The result over all blocks, as one of Dask's delayed values."""
    # Named by a task of its own, so that it goes to each worker once and not along with every block.
    task = dask.delayed(_of_block, pure=False)
    shared = dask.delayed(program, traverse=False, pure=False)
    level = [task(shared, block, examples) for block, examples in zip(blocks, sizes, strict=True)]
    join = dask.delayed(joined, pure=False)
    while len(level) > 1:
        pairs = [join(left, right, reduction) for left, right in zip(level[::2], level[1::2], strict=False)]
        level = pairs + level[2 * len(pairs) :]
    return level[0]


def _advice(places: Sequence[str]) -> str:
    """What to do about examples that are no Dask array, from these places in the arguments."""
    if not places:
        return "make it an argument, and a Dask array"
    return (
        f"if they belong to the examples, give a Dask array there too, as dask.array.from_array({places[0]}) makes one"
    )


def _dask() -> Any:
    try:
        return importlib.import_module("dask")
    except ImportError:
        raise MissingExtraError("computing on Dask", "dask", "dask") from None


@dataclass(frozen=True)
class Program:
    """What all tasks have in common: the function, and its arguments with gaps for the data."""

    cost: Callable[..., Any]
    argnums: Argnums
    leaves: list[Any]
    names: list[str]
    structure: Structure
    gaps: list[int]

    def __call__(self, block: Sequence[Any]) -> tuple[Any, Any]:
        """The value and gradient for a block."""
        leaves = list(self.leaves)
        for i, x in zip(self.gaps, block, strict=True):
            leaves[i] = x
        args, kwargs = unflatten(self.structure, leaves)
        return transforms.value_and_grad(self.cost, self.argnums)(*args, **kwargs)

    def others(self) -> dict[str, Any]:
        """The arguments that are no data, by their names."""
        return {name: x for i, (name, x) in enumerate(zip(self.names, self.leaves, strict=True)) if i not in self.gaps}


def _of_block(program: Program, block: Sequence[Any], examples: int) -> Partial:
    try:
        return weighed(program(block), examples)
    except Exception as error:
        error.add_note(f"in a block of {examples} examples of {title(program.cost)}")
        raise


def _is_dask(x: Any) -> bool:
    return isinstance(x, importlib.import_module("dask.array").Array)


def _refuse_data(cost: Callable[..., Any], places: Sequence[Place], args: Any, kwargs: Any) -> None:
    """What is differentiated by is no Dask array: its gradient would have an entry for each example."""
    for place in places:
        position, name = (place, None) if isinstance(place, int) else (place.position, place.name)
        argument = kwargs.get(name)
        if argument is None and position is not None and -len(args) <= position < len(args):
            argument = args[position]
        if any(map(_is_dask, flatten(argument)[0])):
            raise GradientError(
                f"argnums: argument {place if name is None else name!r} of {title(cost)} is a Dask array, which is "
                "data: differentiate by arrays of NumPy (x.compute() makes one)"
            )


def _separated(
    cost: Callable[..., Any], argnums: Argnums, args: Sequence[Any], kwargs: dict[str, Any]
) -> tuple[Program, dict[str, Any]]:
    """The arguments without the data, and the data with their places in the call."""
    leaves, structure = flatten((args, kwargs))
    roots = [*_parameters(cost, len(args)), *kwargs]
    names = [
        name for root, x in zip(roots, (*args, *kwargs.values()), strict=True) for name in paths(flatten(x)[1], root)
    ]
    for name, x in zip(names, leaves, strict=True):
        if not _is_dask(x) and importlib.import_module("dask").is_dask_collection(x):
            raise GradientError(
                f"{name} is of Dask's type {type(x).__name__} and no array: make one, by dask.array.from_delayed, or "
                "by to_dask_array(lengths=True) of a DataFrame"
            )
    gaps = [i for i, x in enumerate(leaves) if _is_dask(x)]
    if not gaps:
        raise GradientError(
            f"{title(cost)} was called without a Dask array, and these are what is cut into blocks: make one by "
            "dask.array.from_array, or compute here, by compgraph.blocks.in_blocks"
        )
    data = {names[i]: leaves[i] for i in gaps}
    return Program(cost, argnums, [None if _is_dask(x) else x for x in leaves], names, structure, gaps), data


def _parameters(cost: Callable[..., Any], count: int) -> list[str]:
    """What the positional arguments are called."""
    try:
        parameters = inspect.signature(cost).parameters.values()
    except (TypeError, ValueError):  # functions written in C need not say what they take
        parameters = {}.values()
    names = [p.name for p in parameters if p.kind <= p.POSITIONAL_OR_KEYWORD][:count]
    return names + [f"args[{i}]" for i in range(len(names), count)]


def _chunks(data: dict[str, Any], axis: int) -> tuple[list[int], list[list[Any]]]:
    """How many examples each block has, and the chunks of data that it is made of, as Dask's delayed values."""
    for place, x in data.items():
        if any(map(math.isnan, x.shape)):
            raise ShapeError(f"{place} has chunks of unknown size: call its compute_chunk_sizes() first")
    if not arrays_in(data, axis).examples:
        raise ShapeError(f"there are no examples in {' and '.join(data)}")
    sizes: Any = None
    columns = []
    for x in data.values():
        along = axis % x.ndim
        sizes = tuple(filter(None, x.chunks[along])) if sizes is None else sizes
        whole = x.rechunk({i: sizes if i == along else -1 for i in range(x.ndim)})
        columns.append(list(whole.to_delayed().ravel()))
    return list(sizes), [list(block) for block in zip(*columns, strict=True)]


def _first(x: Any, axis: int) -> Any:
    """The few examples of an array that are looked at here."""
    index = [slice(None)] * x.ndim
    index[axis] = slice(PREFIX)
    return x[tuple(index)]
