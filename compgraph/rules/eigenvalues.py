"""Eigenvalues and eigenvectors of general matrices: of single matrices and of stacks of them.

The results are complex or real as NumPy returns them: real where all eigenvalues of the matrices are. The derivatives
are those of distinct eigenvalues; eigenvectors of equal ones are not determined, and nothing flows through their
turning into each other. Where a matrix has no full set of eigenvectors there is no derivative.

An eigenvector may be multiplied by any number. LAPACK, which NumPy calls, chooses it so that the vector has the length
1 and its largest entry is real, of either sign, and that is what is differentiated here. Where two entries are equally
large the choice jumps, and only the derivative of what does not depend on it means anything, such as that of |v|.

Sources: M. Giles, "Collected matrix derivative results", 2008; C. Boeddeker et al., "On the computation of
complex-valued gradients", 2017; for the normalisation the documentation of LAPACK's zgeev.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compgraph.primitive import call, differentiable
from compgraph.rules.complex_parts import conjugated, is_complex, real_part
from compgraph.rules.composition import composed, value_of
from compgraph.rules.decomposition import inverse_or_zero
from compgraph.rules.solving import transposed

__all__ = ["eig_side_by_side"]

POSITIVE = (0.2, 3)  # of 2 x 2 matrices of positive numbers all eigenvalues are real and distinct


def _of_free_vectors(V: Any, grad_V: Any) -> Any:
    """The cotangent of eigenvectors before they are normalised.

    Of a change dv of a vector the normalisation takes v Re(vᴴ dv) away, for the length, and of what remains the turn
    i v Im(dv)[p] / v[p] that keeps the largest entry, v[p], real.
    """
    along = np.sum(grad_V * V, axis=-2, keepdims=True)
    free = grad_V - real_part(along) * conjugated(V)
    if not is_complex(V):
        return free
    size = np.abs(value_of(V))
    largest = np.arange(np.shape(V)[-2])[:, None] == np.argmax(size, axis=-2, keepdims=True)
    return free - 1j * np.imag(along) * np.where(largest, 1.0 / np.where(largest, np.real(V), 1.0), 0.0)


def _vjp_eig(grad: Any, out: Any, a: Any) -> Any:
    """dw = diag(V⁻¹ dA V), and dV = V (F ∘ (V⁻¹ dA V)) with F[i, j] = 1 / (w[j] - w[i])."""
    w, V = out[..., 0, :], out[..., 1:, :]
    F = inverse_or_zero(np.expand_dims(w, -2) - np.expand_dims(w, -1))
    one = np.eye(np.shape(w)[-1], dtype=w.dtype)
    inner = F * (transposed(V) @ _of_free_vectors(V, grad[..., 1:, :])) + one * np.expand_dims(grad[..., 0, :], -2)
    return np.linalg.solve(transposed(V), inner @ transposed(V))


@differentiable(_vjp_eig, domain=POSITIVE, elementwise=False, calls=(call("22"), call("122")))
def eig_side_by_side(a: Any) -> Any:
    """The eigenvalues as the first row and the eigenvectors as the columns below them.

    >>> eig_side_by_side(np.array([[0.0, 1.0], [-1.0, 0.0]]))[0]
    array([0.+1.j, 0.-1.j])
    """
    w, V = np.linalg.eig(a)
    return np.concatenate([np.expand_dims(w, -2), V], axis=-2)


EigResult: Any = type(np.linalg.eig(np.eye(1)))


def _eig(a: Any) -> Any:
    both = eig_side_by_side(a)
    return EigResult(both[..., 0, :], both[..., 1:, :])


composed(np.linalg.eig, _eig, domain=POSITIVE, calls=(call("22"), call("122")))
composed(np.linalg.eigvals, lambda a: eig_side_by_side(a)[..., 0, :], domain=POSITIVE, calls=(call("22"), call("122")))
