"""The complex derivative of holomorphic functions, and the refusal of those that are not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import compgraph as cg
from compgraph.errors import GradientError

POINTS = st.complex_numbers(min_magnitude=0.1, max_magnitude=2.0, allow_nan=False)

PAIRS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "power": (lambda z: z**3, lambda z: 3 * z**2),
    "exp": (np.exp, np.exp),
    "sin": (lambda z: np.sin(z) * z, lambda z: np.cos(z) * z + np.sin(z)),
    "rational": (lambda z: (2j - z) / (z + 5), lambda z: -(5 + 2j) / (z + 5) ** 2),
    "twice conjugated": (lambda z: np.conj(np.conj(z) ** 2), lambda z: 2 * z),
    "constant": (lambda z: 2.0 + 3j, lambda z: 0.0),
}


@pytest.mark.parametrize("name", PAIRS)
@given(z=POINTS)
def test_known_derivatives(name: str, z: complex) -> None:
    f, slope = PAIRS[name]
    found = cg.holomorphic_grad(f)(z)
    assert np.iscomplexobj(found)
    assert found == pytest.approx(slope(z), rel=1e-12, abs=1e-12)


@given(z=POINTS)
def test_again_and_again(z: complex) -> None:
    third = cg.holomorphic_grad(cg.holomorphic_grad(cg.holomorphic_grad(lambda z: np.exp(2 * z) + z**2)))
    assert third(z) == pytest.approx(8 * np.exp(2 * z), rel=1e-12)


@given(z=POINTS)
def test_inside_a_gradient(z: complex) -> None:
    """The gradient of |f'(z)|² of f = z³ is 36 |z|² conj(z)."""
    found = cg.grad(lambda z: np.abs(cg.holomorphic_grad(lambda z: z**3)(z)) ** 2)(z)
    assert found == pytest.approx(36 * abs(z) ** 2 * np.conj(z), rel=1e-11)


def test_arrays_names_several_arguments_and_trees() -> None:
    z = np.array([1 + 1j, 2.0, -1j])
    np.testing.assert_allclose(cg.holomorphic_grad(lambda z: np.sum(z**2))(z), 2 * z)

    def f(a: Any, b: Any) -> Any:
        return a * np.exp(b)

    assert cg.holomorphic_grad(f, "b")(2.0, b=1j) == pytest.approx(2 * np.exp(1j))
    assert cg.holomorphic_grad(f, "b")(2.0, 1j) == pytest.approx(2 * np.exp(1j))
    assert cg.holomorphic_grad(f, (1, 0))(2.0, 1j) == pytest.approx((2 * np.exp(1j), np.exp(1j)))
    assert cg.holomorphic_grad(lambda p: p["a"] * p["b"])({"a": 2.0, "b": 3j}) == {"a": 3j, "b": 2.0}


def test_a_real_argument_is_taken_as_a_complex_one() -> None:
    found = cg.holomorphic_grad(lambda z: np.sqrt(z))(np.float32(-4.0))
    assert found.dtype == np.complex64
    assert found == pytest.approx(1 / (2 * np.sqrt(-4 + 0j)))
    assert cg.holomorphic_grad(lambda z: z * z)(3) == 6 + 0j


NOT_HOLOMORPHIC = {
    "conj": lambda z: np.conj(z) * z,
    "mixed": lambda z: z + 1e-3 * np.conj(z),
    "real part": lambda z: np.real(z) + 0j,
    "angle": lambda z: np.exp(1j * np.angle(z)),
}


@pytest.mark.parametrize("name", NOT_HOLOMORPHIC)
@given(z=POINTS)
def test_what_is_not_holomorphic_is_refused(name: str, z: complex) -> None:
    with pytest.raises(GradientError, match=r"is not holomorphic: .* ask compgraph\.grad"):
        cg.holomorphic_grad(NOT_HOLOMORPHIC[name])(z)


def test_other_mistakes_are_told() -> None:
    with pytest.raises(GradientError, match=r"returned a real number of a complex one.*ask compgraph\.grad"):
        cg.holomorphic_grad(np.abs)(1 + 1j)
    with pytest.raises(GradientError, match=r"returned an array of shape \(2,\)"):
        cg.holomorphic_grad(np.exp)(np.array([1j, 2j]))
    with pytest.raises(GradientError, match="is a return missing"):
        cg.holomorphic_grad(lambda z: None)(1j)
    with pytest.raises(GradientError, match="has no number 3"):
        cg.holomorphic_grad(np.exp, 3)(1j)
