"""Cholesky, eigenvalues of Hermitian matrices, singular values, QR: of single matrices and of stacks of them.

A decomposition with several results is one op whose value holds them side by side, so that the matrix is factorised
once; what people get are slices of it. Like NumPy, ``cholesky`` and ``eigh`` read one triangle of a Hermitian matrix
only: the derivative by the entries of the other is 0, and the one by an entry below the diagonal counts it twice.

The vectors of a complex matrix may be multiplied by numbers of absolute value 1, which NumPy chooses: the derivatives
of what does not depend on the choice are right, such as that of |vᵢ| or of V diag(w) Vᴴ.

Sources: I. Murray, "Differentiation of the Cholesky decomposition", 2016; M. Giles, "Collected matrix derivative
results", 2008; J. Townsend, "Differentiating the singular value decomposition", 2016; M. Seeger et al.,
"Auto-differentiating linear algebra", 2017. Vectors that belong to equal eigenvalues or singular values are
not determined, and nothing flows through their turning into each other; nor does anything through singular value 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.errors import MissingRuleError
from compgraph.primitive import call, differentiable, primitive
from compgraph.rules.complex_parts import conjugated, is_complex, real_part
from compgraph.rules.composition import composed
from compgraph.rules.solving import REGULAR, adjoint, transposed

__all__ = ["eigh_side_by_side", "inverse_or_zero", "qr_side_by_side", "svd_side_by_side"]


def _one_triangle(S: Any, upper: bool) -> Any:
    """The derivative by the entries that are read, from one by all entries of the Hermitian matrix."""
    both = S + adjoint(S)
    half = np.where(np.eye(np.shape(S)[-1], dtype=bool), 0.5 * both, both)
    return np.triu(half) if upper else np.tril(half)


def inverse_or_zero(x: Any) -> Any:
    """1 / x, and 0 where x is 0."""
    zero = x == 0
    return np.where(zero, 0.0, 1.0 / np.where(zero, 1.0, x))


# ------------------------------------------------------------------------------------------------------------- Cholesky


def _vjp_cholesky(grad: Any, out: Any, a: Any, upper: bool = False) -> Any:
    L, G = (adjoint(out), adjoint(grad)) if upper else (out, grad)
    product = np.tril(transposed(L) @ G)
    phi = np.where(np.eye(np.shape(product)[-1], dtype=bool), 0.5 * product, product)
    S = np.linalg.solve(transposed(L), transposed(np.linalg.solve(adjoint(L), transposed(phi))))  # L⁻ᵀ Φ L̄⁻¹
    return _one_triangle(S, upper)


primitive(
    np.linalg.cholesky,
    _vjp_cholesky,
    domain=(0.5, 3),
    calls=(call("11"), call("a11"), call("11", upper=True)),  # larger matrices that are positive definite: in the tests
)

# ------------------------------------------------------------------------------------------------ symmetric eigenvalues


# Where an entry or the trace changes its sign, so may the vectors as they are computed; here none does.
POSITIVE = (0.2, 3)


def _vjp_eigh(grad: Any, out: Any, a: Any, UPLO: str = "L") -> Any:
    w, V = real_part(out[..., 0, :]), out[..., 1:, :]
    grad_w, grad_V = grad[..., 0, :], grad[..., 1:, :]
    F = inverse_or_zero(np.expand_dims(w, -2) - np.expand_dims(w, -1))
    inner = F * (transposed(V) @ grad_V) + np.eye(np.shape(w)[-1], dtype=w.dtype) * np.expand_dims(
        real_part(grad_w), -2
    )
    return _one_triangle(conjugated(V) @ inner @ transposed(V), UPLO == "U")


@differentiable(
    _vjp_eigh,
    domain=POSITIVE,
    elementwise=False,
    calls=(call("22"), call("122"), call("22", UPLO="U")),
)
def eigh_side_by_side(a: Any, UPLO: Any = "L") -> Any:
    """The eigenvalues as the first row and the eigenvectors as the columns below them.

    >>> eigh_side_by_side(np.diag([1.0, 2.0]))
    array([[1., 2.],
           [1., 0.],
           [0., 1.]])
    """
    w, V = np.linalg.eigh(a, UPLO=UPLO)
    return np.concatenate([np.expand_dims(w, -2), V], axis=-2)


EighResult: Any = type(np.linalg.eigh(np.eye(1)))


def _eigh(a: Any, UPLO: str = "L") -> Any:
    both = eigh_side_by_side(a, UPLO=UPLO.upper())
    return EighResult(real_part(both[..., 0, :]), both[..., 1:, :])


composed(np.linalg.eigh, _eigh, domain=POSITIVE, calls=(call("22"), call("122"), call("22", UPLO="U")))
composed(
    np.linalg.eigvalsh,
    lambda a, UPLO="L": real_part(eigh_side_by_side(a, UPLO=UPLO.upper())[..., 0, :]),
    domain=POSITIVE,
    calls=(call("22"), call("122"), call("22", UPLO="U")),
)

# ------------------------------------------------------------------------------------------------------ singular values


def _vjp_svd(grad: Any, out: Any, a: Any) -> Any:
    m = np.shape(a)[-2]
    U, s, V = out[..., :m, :], real_part(out[..., m, :]), conjugated(out[..., m + 1 :, :])
    gU, gs, gV = grad[..., :m, :], grad[..., m, :], conjugated(grad[..., m + 1 :, :])
    Ut, Vt = transposed(U), transposed(V)
    row = np.expand_dims(s, -2)
    column = np.expand_dims(s, -1)
    F = inverse_or_zero((row - column) * (row + column))
    left, right = Ut @ gU, Vt @ gV
    inner = (F * (left - adjoint(left))) * row + column * (F * (right - adjoint(right)))
    one = np.eye(np.shape(s)[-1], dtype=s.dtype)
    inner = inner + one * np.expand_dims(real_part(gs), -2)
    over = inverse_or_zero(row)
    if is_complex(out):  # that the phase of u and v turns: half of it is given to either
        inner = inner + one * (0.5j * np.imag(left - right) * over)
    outside = ((gU - conjugated(U) @ left) * over) @ Vt + conjugated(U) @ adjoint((gV - conjugated(V) @ right) * over)
    return conjugated(U) @ inner @ Vt + outside


@differentiable(_vjp_svd, domain=REGULAR, elementwise=False, calls=(call("22"), call("122")))
def svd_side_by_side(a: Any) -> Any:
    """The columns of U, below them the row of the singular values, and below it the rows of Vᴴ as columns.

    >>> svd_side_by_side(np.array([[2.0]])).ravel()
    array([1., 2., 1.])
    """
    U, s, Vh = np.linalg.svd(a, full_matrices=False)
    return np.concatenate([U, np.expand_dims(s, -2), transposed(Vh)], axis=-2)


SVDResult: Any = type(np.linalg.svd(np.eye(1)))


def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    m, n = np.shape(a)[-2:]
    if hermitian:
        raise MissingRuleError("svd(..., hermitian=True) cannot be differentiated: leave it out, or use eigh")
    if compute_uv and full_matrices and m != n:
        raise MissingRuleError(
            f"svd of matrices of shape {(m, n)} with full_matrices=True cannot be differentiated: "
            "the vectors beyond the singular values are not determined; give full_matrices=False"
        )
    whole = svd_side_by_side(a)
    s = real_part(whole[..., m, :])
    if not compute_uv:
        return s
    return SVDResult(whole[..., :m, :], s, transposed(whole[..., m + 1 :, :]))


SVDS = (call("22"), call("122"), call("22", full_matrices=False), call("12", compute_uv=False))
composed(np.linalg.svd, _svd, domain=REGULAR, calls=(*SVDS, call("31", compute_uv=False)))
composed(
    np.linalg.svdvals,
    lambda x: real_part(svd_side_by_side(x)[..., np.shape(x)[-2], :]),
    domain=REGULAR,
    calls=(call("22"), call("122"), call("12")),
)

# ------------------------------------------------------------------------------------------------------------------- QR


def _diagonal_of(M: Any) -> Any:
    """The real part of the diagonal, as a matrix: that of R is real, as LAPACK computes it."""
    return np.where(np.eye(np.shape(M)[-1], dtype=bool), real_part(M), 0.0)


def _vjp_qr(grad: Any, out: Any, a: Any) -> Any:
    m, n = np.shape(a)[-2:]
    Q, Rt = out[..., :m, :], out[..., m:, :]
    gQ, gRt = grad[..., :m, :], grad[..., m:, :]
    if m < n:  # A = [X Y], R = [U W]: X = Q U as for a square matrix, and Y = Q W
        gQ = gQ + conjugated(a[..., :, m:] @ gRt[..., m:, :])
        rest = conjugated(Q) @ transposed(gRt[..., m:, :])
        Rt, gRt = Rt[..., :m, :], gRt[..., :m, :]
    gRt = np.tril(gRt)  # above the diagonal Rᵀ is 0 whatever A is
    M = transposed(Rt) @ gRt - transposed(gQ) @ Q
    below = np.tril(M, -1)
    hermitian = conjugated(below) + transposed(below) + _diagonal_of(M)
    front = transposed(np.linalg.solve(transposed(Rt), transposed(gQ + conjugated(Q) @ hermitian)))
    return np.concatenate([front, rest], axis=-1) if m < n else front


@differentiable(_vjp_qr, domain=REGULAR, elementwise=False, calls=(call("22"), call("122")))
def qr_side_by_side(a: Any) -> Any:
    """The columns of Q and below them the columns of Rᵀ.

    >>> np.abs(qr_side_by_side(np.array([[2.0]])).ravel())
    array([1., 2.])
    """
    Q, R = np.linalg.qr(a)
    return np.concatenate([Q, transposed(R)], axis=-2)


QRResult: Any = type(np.linalg.qr(np.eye(1)))


def _qr(a: Any, mode: str = "reduced") -> Any:
    m, n = np.shape(a)[-2:]
    if mode not in {"reduced", "complete", "r"} or (mode == "complete" and m > n):
        raise MissingRuleError(f"qr(..., mode={mode!r}) of matrices of shape {(m, n)} cannot be differentiated")
    whole = qr_side_by_side(a)
    R = transposed(whole[..., m:, :])
    return R if mode == "r" else QRResult(whole[..., :m, :], R)


composed(
    np.linalg.qr,
    _qr,
    domain=REGULAR,
    calls=(call("22"), call("122"), call("22", mode="r"), call("22", mode="complete")),
)


def _cond(x: Any, p: Any = None) -> Any:
    if p in {None, 2, -2}:
        s = np.linalg.svd(x, compute_uv=False)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    return np.linalg.norm(x, ord=p, axis=(-2, -1)) * np.linalg.norm(np.linalg.inv(x), ord=p, axis=(-2, -1))


composed(
    np.linalg.cond, _cond, domain=REGULAR, calls=(call("22"), call("122", p=-2), call("22", p="fro"), call("22", p=1))
)
