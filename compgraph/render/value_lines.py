"""The lines of a box that tell of a value or a derivative."""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.render.contents import Line, Matrix, Run
from compgraph.render.one_line import one_line
from compgraph.render.values import dtype_told, is_told, matrix, number, shape, statistics

__all__ = ["derivative_line", "exact", "single", "value_line"]


def single(x: Any) -> str:
    """A value of no axes: a number, or None and what else an op may take.

    >>> single(np.array(2.5)), single(None)
    ('2.5', 'None')
    """
    return number(np.asarray(x)[()] if isinstance(x, np.ndarray) else x)


def value_line(value: Any) -> Line | Matrix:
    """What a value is: a number, a small array in full, the range of a larger one.

    >>> value_line(5.0).text, value_line(np.linspace(0, 1, 100)).text
    ('5', '(100,)  0 … 1, mean 0.5')
    >>> value_line(np.broadcast_to(0.0, (4, 400))).text  # which stands for an array that was let go
    '(4, 400)'
    """
    if not is_told(value):
        return Line((Run(shape(value), "faint"),))
    told = dtype_told(value)
    if not np.ndim(value):
        dtype = (Run(f"{told}  ", "faint"),) if told else ()
        return Line((*dtype, Run(single(value), "value")))
    lead = f"{told} {shape(value)}" if told else shape(value)
    rows = matrix(value)
    if rows is not None:
        return Matrix(Run(lead, "faint"), rows, "value")
    return Line((Run(f"{lead}  ", "faint"), Run(statistics(value), "value")))


def derivative_line(title: str, gradient: Any) -> Line | Matrix:
    """A derivative under its title.

    >>> derivative_line("dJ/da", 3.0).text
    'dJ/da = 3'
    """
    if not np.ndim(gradient):
        return Line((Run(f"{title} = {number(gradient)}", "derivative"),))
    rows = matrix(gradient)
    if rows is not None:
        return Matrix(Run(f"{title} =", "derivative"), rows, "derivative")
    return Line((Run(f"{title}: {statistics(gradient)}", "derivative"),))


def exact(value: Any) -> str:
    """A value for a tooltip: a number with all its digits, an array by its type, shape and range.

    >>> exact(0.1 + 0.2), exact(np.zeros(3, np.float32))
    ('0.30000000000000004', 'float32 (3,): all 0')
    """
    if isinstance(value, tuple):
        return shape(value)
    if not np.ndim(value):
        return one_line(str(value), 40)
    range_told = f": {statistics(value)}" if is_told(value) else ""
    return f"{np.asarray(value).dtype} {shape(value)}{range_told}"
