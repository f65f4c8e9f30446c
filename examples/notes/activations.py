"""The derivatives of the activations"""

from typing import Annotated, Any

import numpy as np

import compgraph as cg

Vector = Annotated[np.ndarray, "n"]


# Each cost is the sum of a = g(z) over some z, so that its gradient holds g'(z) for each of them.
def sum_of_sigma(z: Vector) -> Any:
    return np.sum(1 / (1 + np.exp(-z)))


@cg.gradient_of(sum_of_sigma)
def sigma_prime(z: Any) -> Any:
    """σ' = a(1 - a)"""
    a = 1 / (1 + np.exp(-z))
    return {"dz": a * (1 - a)}


def sum_of_tanh(z: Vector) -> Any:
    return np.sum(np.tanh(z))


@cg.gradient_of(sum_of_tanh)
def tanh_prime(z: Any) -> Any:
    """tanh' = 1 - a²"""
    a = np.tanh(z)
    return {"dz": 1 - a**2}


def sum_of_relu(z: Vector) -> Any:
    return np.sum(np.maximum(0, z))


@cg.gradient_of(sum_of_relu)
def relu_prime(z: Any) -> Any:
    """ReLU' = 0 for z < 0, 1 for z >= 0"""
    return {"dz": np.where(z < 0, 0.0, 1.0)}


def sum_of_leaky_relu(z: Vector) -> Any:
    return np.sum(np.maximum(0.01 * z, z))


@cg.gradient_of(sum_of_leaky_relu)
def leaky_relu_prime(z: Any) -> Any:
    """leaky ReLU' = 0.01 for z < 0, 1 for z >= 0"""
    return {"dz": np.where(z < 0, 0.01, 1.0)}


def sum_of_linear(z: Vector) -> Any:
    return np.sum(z)


@cg.gradient_of(sum_of_linear)
def linear_prime(z: Any) -> Any:
    """g(z) = z: g' = 1"""
    return {"dz": np.ones(z.shape)}
