"""Inverses, linear systems and determinants, of single matrices and of stacks of them.

Source of the rules: M. Giles, "Collected matrix derivative results for forward and reverse mode algorithmic
differentiation", 2008; for the pseudo-inverse G. Golub and V. Pereyra, 1973.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.errors import MissingRuleError
from compgraph.primitive import call, differentiable, primitive
from compgraph.rules.complex_parts import abs2, conjugated, is_complex
from compgraph.rules.composition import composed, value_of
from compgraph.unknown import certain

__all__ = ["adjoint", "log_abs_det", "transposed"]

SMALL = 24
"""Rows up to which the derivative of a singular matrix's determinant is found from its minors, one by one."""

# Of 2 x 2 matrices with entries spread over this interval, as tests draw them, none is close to a singular one.
REGULAR = (-1.0, 3.0)


def transposed(a: Any) -> Any:
    """The matrices of a stack, each transposed."""
    return np.swapaxes(a, -1, -2)


def adjoint(a: Any) -> Any:
    """The matrices of a stack, each transposed and conjugated."""
    return conjugated(np.swapaxes(a, -1, -2))


# -------------------------------------------------------------------------------------------------- inverse and systems


def _vjp_inv(grad: Any, out: Any, a: Any) -> Any:
    back = transposed(out)
    return -(back @ grad @ back)


def _columns(b: Any, x: Any) -> tuple[Any, Any]:
    """The right sides and the solutions as matrices; NumPy takes a vector for a vector only when it has one axis."""
    return (np.expand_dims(b, -1), np.expand_dims(x, -1)) if np.ndim(b) == 1 else (b, x)


def _vjp_solve_matrix(grad: Any, out: Any, a: Any, b: Any) -> Any:
    return -(_columns(b, _vjp_solve_right(grad, out, a, b))[1] @ transposed(_columns(b, out)[1]))


def _vjp_solve_right(grad: Any, out: Any, a: Any, b: Any) -> Any:
    if np.ndim(b) == 1:
        return np.linalg.solve(transposed(a), np.expand_dims(grad, -1))[..., 0]
    return np.linalg.solve(transposed(a), grad)


primitive(np.linalg.inv, _vjp_inv, domain=REGULAR, calls=(call("22"), call("122")))
primitive(
    np.linalg.solve,
    _vjp_solve_matrix,
    _vjp_solve_right,
    domain=(REGULAR, (-2, 2)),
    calls=(call("22,2"), call("22,2c"), call("122,d2c"), call("122,2")),
)

# --------------------------------------------------------------------------------------------------------- determinants


def _minors(a: Any) -> Any:
    """Each matrix's minors: the determinants of what is left without one row and one column."""
    n = np.shape(a)[-1]
    if n == 1:
        return np.ones(np.shape(a), a.dtype)
    others = np.array([[j for j in range(n) if j != i] for i in range(n)])
    return np.linalg.det(a[..., others[:, None, :, None], others[None, :, None, :]])


def _cofactors(a: Any, out: Any) -> Any:
    """det(a) a⁻ᵀ, and where a is singular the same without dividing by 0: the transposed adjugate."""
    n = np.shape(a)[-1]
    if certain(out != 0):
        return np.expand_dims(out, (-1, -2)) * transposed(np.linalg.inv(a))
    if n <= SMALL:
        signs = (-1.0) ** np.add.outer(np.arange(n), np.arange(n))
        return _minors(a) * signs.astype(a.dtype)
    # The minors of U S Vᴴ are those of its factors: det(U) det(Vᴴ) times the conjugate of
    # U diag(products of the other singular values) Vᴴ.
    U, s, Vh = np.linalg.svd(value_of(a))
    others = np.prod(np.where(np.eye(n, dtype=bool), 1.0, np.expand_dims(s, -2)), axis=-1)
    sign = np.linalg.det(U) * np.linalg.det(Vh)
    return np.expand_dims(sign, (-1, -2)) * conjugated((U * np.expand_dims(others, -2)) @ Vh)


def _spread(grad: Any) -> Any:
    return np.expand_dims(grad, (-1, -2))


@differentiable(
    lambda grad, out, a: _spread(grad) * transposed(np.linalg.inv(a)),
    domain=REGULAR,
    elementwise=False,
    calls=(call("22"), call("122")),
)
def log_abs_det(a: Any) -> Any:
    """The logarithm of a determinant's absolute value, for np.linalg.slogdet; its derivative is the inverse transposed.

    >>> float(log_abs_det(np.diag([1.0, -1.0])))
    0.0
    """
    return np.linalg.slogdet(a)[1]


def _vjp_sign_of_det(grad: Any, out: Any, a: Any) -> Any:
    """d sign = i sign Im(tr(A⁻¹ dA)): a complex sign turns, a real one stays."""
    return _spread(1j * np.imag(grad * out)) * transposed(np.linalg.inv(a)) if is_complex(a) else 0.0


@differentiable(_vjp_sign_of_det, domain=REGULAR, elementwise=False, calls=(call("22"), call("122")))
def sign_of_det(a: Any) -> Any:
    """A determinant divided by its absolute value, for np.linalg.slogdet of complex matrices.

    >>> sign_of_det(np.diag([2.0, 3j])).round(12)
    np.complex128(1j)
    """
    return np.linalg.slogdet(a)[0]


primitive(
    np.linalg.det,
    lambda grad, out, a: _spread(grad) * _cofactors(a, out),
    domain=(-2, 2),
    calls=(call("aa"), call("baa")),
)
SlogdetResult: Any = type(np.linalg.slogdet(np.eye(1)))


def _slogdet(a: Any) -> Any:
    """Two results: the sign, which is a plain value where it is ±1, and the logarithm; each factorises the matrix."""
    return SlogdetResult(sign_of_det(a if is_complex(a) else value_of(a)), log_abs_det(a))


composed(np.linalg.slogdet, _slogdet, domain=REGULAR, calls=(call("22"), call("122")))

# ------------------------------------------------------------------------------------------------------ least squares


def _vjp_pinv(grad: Any, out: Any, a: Any, rcond: Any = None, hermitian: bool = False, rtol: Any = None) -> Any:
    """Of a matrix whose rank stays as it is: dP = -P dA P + P Pᴴ dAᴴ (I - A P) + (I - P A) dAᴴ Pᴴ P."""
    if hermitian:
        raise MissingRuleError("pinv(..., hermitian=True) cannot be differentiated: leave it out")
    m, n = np.shape(a)[-2:]
    P, Pt, Ph, Gt = out, transposed(out), adjoint(out), transposed(grad)
    rest = (np.eye(m, dtype=a.dtype) - a @ P) @ Gt @ P @ Ph
    null = Ph @ P @ Gt @ (np.eye(n, dtype=a.dtype) - P @ a)
    return conjugated(rest + null) - Pt @ grad @ Pt


primitive(np.linalg.pinv, _vjp_pinv, domain=REGULAR, calls=(call("22"), call("122"), call("12"), call("31")))


def _lstsq(a: Any, b: Any, rcond: Any = None) -> tuple[Any, Any, Any, Any]:
    """The solution and the residuals are nodes; the rank is plain. The matrix is factorised twice."""
    plain = np.linalg.lstsq(value_of(a), value_of(b), rcond=rcond)
    m, n = np.shape(a)
    limit = np.finfo(np.result_type(value_of(a))).eps * max(m, n) if rcond is None else rcond
    solution = np.linalg.pinv(a, limit) @ b
    square = abs2 if is_complex(solution) else np.square
    residuals = np.sum(square(b - a @ solution), axis=0, keepdims=np.ndim(b) == 1) if plain[1].size else plain[1]
    return solution, residuals, plain[2], np.linalg.svd(a, compute_uv=False)


composed(
    np.linalg.lstsq,
    _lstsq,
    domain=(REGULAR, (-2, 2)),
    calls=(call("22,2"), call("22,2c"), call("31,3"), call("12,1")),
    forward=lambda a, b: np.linalg.lstsq(a, b, rcond=None),
)

# ----------------------------------------------------------------------------------------------------- tensor equations


def _tensorinv(a: Any, ind: int = 2) -> Any:
    if ind <= 0:
        raise ValueError("Invalid ind argument.")
    shape = np.shape(a)
    n = int(np.prod(shape[ind:]))
    return np.reshape(np.linalg.inv(np.reshape(a, (n, -1))), (*shape[ind:], *shape[:ind]))


def _tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    if axes is not None:
        kept = [i for i in range(np.ndim(a)) if i not in axes]
        a = np.transpose(a, (*kept, *axes))
    shape = np.shape(a)[-(np.ndim(a) - np.ndim(b)) :]
    n = int(np.prod(shape))
    return np.reshape(np.linalg.solve(np.reshape(a, (n, n)), np.ravel(b)), shape)


composed(np.linalg.tensorinv, _tensorinv, domain=REGULAR, calls=(call("212", ind=1), call("122", ind=2)))
composed(
    np.linalg.tensorsolve,
    _tensorsolve,
    domain=(REGULAR, (-2, 2)),
    calls=(call("2112,2"), call("212,21"), call("221,2", axes=(1,))),
)
