"""Logistic regression, one example"""

from typing import Annotated, Any

import numpy as np

import compgraph as cg

Column = Annotated[np.ndarray, "n_x 1"]
Label = Annotated[float, "labels"]


def sigma(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


# The loss as a function of a alone, and of w and b.
def loss_of_a(a: Annotated[float, "probability"], y: Label) -> Any:
    return -(y * np.log(a) + (1 - y) * np.log(1 - a))


def loss(w: Column, b: float, x: Column, y: Label) -> Any:
    z = (w.T @ x)[0, 0] + b
    a = sigma(z)
    return loss_of_a(a, y)


@cg.gradient_of(loss_of_a)
def by_a(a: Any, y: Any) -> Any:
    """da = -y/a + (1 - y)/(1 - a)"""
    return {"da": -y / a + (1 - y) / (1 - a)}


@cg.gradient_of(loss)
def by_the_chain(w: Any, b: Any, x: Any, y: Any) -> Any:
    """dz = da · a(1 - a)"""
    a = sigma((w.T @ x)[0, 0] + b)
    da = -y / a + (1 - y) / (1 - a)
    dz = da * a * (1 - a)
    return {"da": da, "dz": dz, "dw": x * dz, "db": dz}


@cg.gradient_of(loss)
def in_short(w: Any, b: Any, x: Any, y: Any) -> Any:
    """dz = a - y, dw = x dz, db = dz"""
    a = sigma((w.T @ x)[0, 0] + b)
    dz = a - y
    return {"dz": dz, "dw": x * dz, "db": dz}


# Two features, each weight a number of its own.
def loss_of_two(w1: float, w2: float, b: float, x1: float, x2: float, y: Label) -> Any:
    z = w1 * x1 + w2 * x2 + b
    return loss_of_a(sigma(z), y)


@cg.gradient_of(loss_of_two)
def number_by_number(w1: Any, w2: Any, b: Any, x1: Any, x2: Any, y: Any) -> Any:
    """dw1 = x1 dz, dw2 = x2 dz, db = dz"""
    dz = sigma(w1 * x1 + w2 * x2 + b) - y
    return {"dw1": x1 * dz, "dw2": x2 * dz, "db": dz}


# With the squared error, which makes the cost non-convex, a(1 - a) does not cancel.
def squared_error(w: Column, b: float, x: Column, y: Label) -> Any:
    a = sigma((w.T @ x)[0, 0] + b)
    return (a - y) ** 2 / 2


@cg.gradient_of(squared_error)
def of_squared_error(w: Any, b: Any, x: Any, y: Any) -> Any:
    """L = ½(a - y)²: dz = (a - y) a(1 - a)"""
    a = sigma((w.T @ x)[0, 0] + b)
    dz = (a - y) * a * (1 - a)
    return {"dw": x * dz, "db": dz}
