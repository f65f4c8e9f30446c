"""A cost of a tree of parameters in the form in which SciPy minimises: a function of one vector."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from compgraph.errors import DtypeError, ShapeError
from compgraph.nested import flatten, paths, ravel, unflatten, unravel
from compgraph.tracing import lift
from compgraph.transforms import grad, value_and_grad

__all__ = ["Objective", "scipy_objective"]

Vector = NDArray[np.float64]


class Objective(NamedTuple):
    """A cost as ``scipy.optimize.minimize`` takes it; see :func:`scipy_objective`.

    Attributes:
        fun: the cost at a vector.
        jac: its gradient there, a vector.
        hessp: the product of its matrix of second derivatives and a vector: ``hessp(x, p)``.
        x0: the vector of the parameters it was made with.
        unravel: the parameters of a vector, in their structure, shapes and dtypes.
    """

    fun: Callable[[Any], float]
    jac: Callable[[Any], Vector]
    hessp: Callable[[Any, Any], Vector]
    x0: Vector
    unravel: Callable[[Any], Any]


def scipy_objective(f: Callable[[Any], Any], params: Any) -> Objective:
    """Make of a cost and its parameters what ``scipy.optimize.minimize`` asks for.

    >>> import compgraph as cg
    >>> from scipy.optimize import minimize
    >>> def cost(p):
    ...     return np.sum((p["W"] - 2.0) ** 2) + (p["b"] + 1.0) ** 4
    >>> objective = cg.scipy_objective(cost, {"W": np.zeros((2, 2)), "b": 1.0})
    >>> objective.x0
    array([0., 0., 0., 0., 1.])
    >>> found = minimize(objective.fun, objective.x0, jac=objective.jac, hessp=objective.hessp, method="trust-ncg")
    >>> objective.unravel(np.round(found.x, 1))
    {'W': array([[2., 2.],
           [2., 2.]]), 'b': -1.0}

    ``fun`` and ``jac`` of one and the same vector, which is how SciPy calls them, evaluate ``f`` once. The last vector
    and what was found there are kept together and replaced together, so threads may share an objective. A call of
    ``f`` that fails leaves what was kept as it was.

    Args:
        f: a function of the parameters, **one** argument, that returns a single number.
        params: a tree of arrays and numbers: a dict, a tuple, a list, or one array. Only its structure, shapes and
            dtypes matter, and ``x0``.

    Returns:
        An :class:`Objective`. Its vectors are of dtype float64; ``f`` gets parameters of their own dtypes.

    Raises:
        GradientError: ``f`` returned something else than a single number.
        DtypeError: something in the parameters is no real number and no array of them; the message says where.
        ShapeError: a vector has not as many entries as the parameters.
    """
    structure = flatten(params)[1]
    like = [node.value for node in lift(f, [params], {}, [0]).nodes]
    for value, path in zip(like, paths(structure, "params"), strict=True):
        if np.iscomplexobj(value):
            raise DtypeError(f"{path} is complex: SciPy minimises over real numbers; give its real and imaginary part")
    x0 = np.asarray(ravel(like), np.float64)
    evaluate, gradient = value_and_grad(f), grad(f)
    last: tuple[Vector, float, Vector] | None = None

    def parameters(x: Any) -> Any:
        if np.shape(x) != x0.shape:
            raise ShapeError(f"a vector of the parameters has shape {x0.shape}, not {np.shape(x)}")
        return unflatten(structure, unravel(x, like))

    def at(x: Any) -> tuple[Vector, float, Vector]:
        nonlocal last
        kept = last
        if kept is None or not np.array_equal(kept[0], x):
            tree = parameters(x)
            cost, slope = evaluate(tree)
            last = kept = (np.array(x, np.float64), float(cost), _vector(slope))
        return kept

    def hessp(x: Any, p: Any) -> Vector:
        tree, direction = parameters(x), flatten(parameters(p))[0]

        def along(tree: Any) -> Any:
            slopes = flatten(gradient(tree))[0]
            return sum([np.sum(slope * d) for slope, d in zip(slopes, direction, strict=True)])

        return _vector(grad(along)(tree))

    return Objective(lambda x: at(x)[1], lambda x: at(x)[2].copy(), hessp, x0, parameters)


def _vector(tree: Any) -> Vector:
    return np.asarray(ravel(flatten(tree)[0]), np.float64)
