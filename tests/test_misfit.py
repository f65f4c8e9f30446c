"""Shapes that do not fit: one line that names the operands, the axis of each and the lengths, and what may be meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes

import compgraph as cg
from compgraph.errors import MatrixError, ShapeError
from compgraph.misfit import Operand, clash

Variable: Any = cg.Variable
W = Variable(np.ones((3, 4)), name="W")
X = Variable(np.ones((3, 2)), name="X")
S = Variable(np.eye(3), name="S")
A3 = Variable(np.ones((2, 3, 4)), name="A3")
B3 = Variable(np.ones((3, 4, 2)), name="B3")
x = Variable(np.ones(3), name="x")
y = Variable(np.ones(4), name="y")
n = Variable(2.0, name="n")

MESSAGES: dict[str, tuple[Callable[[], Any], str]] = {
    # broadcasting
    "vectors": (lambda: x + y, "add of x (3,) and y (4,): axis 0 of x has length 3, axis 0 of y has 4"),
    "a column that is a row": (
        lambda: W - x,
        "subtract of W (3, 4) and x (3,): axis 1 of W has length 4, axis 0 of x has 3; "
        "a vector of shape (3,) is a row: make it a column: x[:, None], or keepdims=True before",
    ),
    "a column without a name": (
        lambda: np.exp(x) * W,
        "multiply of exp (3,) and W (3, 4): axis 0 of exp has length 3, axis 1 of W has 4; "
        "a vector of shape (3,) is a row: make it a column: v[:, None], or keepdims=True before",
    ),
    "a vector that fits no axis": (
        lambda: W * np.ones(2),
        "multiply of W (3, 4) and constant (2,): axis 1 of W has length 4, axis 0 of the constant has 2",
    ),
    "matrices, one on its side": (
        lambda: np.maximum(X, Variable(np.ones((2, 3)), name="Y")),
        "maximum of X (3, 2) and Y (2, 3): axis 1 of X has length 2, axis 1 of Y has 3; did you mean Y.T?",
    ),
    "results without names": (
        lambda: np.exp(W) + np.exp(X),
        "add of exp (3, 4) and exp (3, 2): axis 1 of the first exp has length 4, axis 1 of the second exp has 2",
    ),
    "further axes": (
        lambda: A3 * np.ones((3, 1, 4)),
        "multiply of A3 (2, 3, 4) and constant (3, 1, 4): axis 0 of A3 has length 2, axis 0 of the constant has 3",
    ),
    "an array in front": (
        lambda: np.ones((4, 1, 2)) * x,
        "multiply of constant (4, 1, 2) and x (3,): axis 2 of the constant has length 2, axis 0 of x has 3",
    ),
    "np.where": (
        lambda: np.where(np.ones(2, bool), x, 0.0),
        "where of constant (2,) and x (3,) and constant (): "
        "axis 0 of the first constant has length 2, axis 0 of x has 3",
    ),
    "np.clip": (
        lambda: np.clip(x, y, None),
        "clip of x (3,) and y (4,) and constant (): axis 0 of x has length 3, axis 0 of y has 4",
    ),
    "a loss": (
        lambda: cg.binary_cross_entropy(x, np.ones(4)),
        "binary_cross_entropy of x (3,) and constant (4,): axis 0 of x has length 3, axis 0 of the constant has 4",
    ),
    "np.broadcast_to": (
        lambda: np.broadcast_to(x, (3, 2)),
        "broadcast_to of x (3,): axis 0 of x has length 3, axis 1 of the shape asked for has 2; "
        "a vector of shape (3,) is a row: make it a column: x[:, None], or keepdims=True before",
    ),
    "np.broadcast_to fewer axes": (
        lambda: np.broadcast_to(W, (4,)),
        "broadcast_to of W (3, 4): it has 2 axes, and the shape asked for, (4,), has fewer",
    ),
    # products
    "matmul": (
        lambda: W @ X,
        "matmul of W (3, 4) and X (3, 2): W has 4 columns, but X has 3 rows; did you mean W.T @ X?",
    ),
    "matmul of an array": (
        lambda: np.ones((2, 4)) @ W,
        "matmul of constant (2, 4) and W (3, 4): the constant has 4 columns, but W has 3 rows; "
        "did you mean left @ W.T?",
    ),
    "matmul, two remedies": (
        lambda: W @ np.exp(W),
        "matmul of W (3, 4) and exp (3, 4): W has 4 columns, but exp has 3 rows; "
        "did you mean W.T @ right or W @ right.T?",
    ),
    "matmul, the wrong way round": (
        lambda: X @ Variable(np.ones((5, 3)), name="Z"),
        "matmul of X (3, 2) and Z (5, 3): X has 2 columns, but Z has 5 rows; did you mean Z @ X?",
    ),
    "matmul, no remedy": (
        lambda: W @ np.ones((5, 7)),
        "matmul of W (3, 4) and constant (5, 7): W has 4 columns, but the constant has 5 rows",
    ),
    "matmul of a vector": (
        lambda: W @ x,
        "matmul of W (3, 4) and x (3,): W has 4 columns, but x has 3 entries; did you mean W.T @ x or x @ W?",
    ),
    "a vector's matmul": (
        lambda: y @ W,
        "matmul of y (4,) and W (3, 4): y has 4 entries, but W has 3 rows; did you mean y @ W.T or W @ y?",
    ),
    "matmul of vectors": (lambda: x @ y, "matmul of x (3,) and y (4,): x has 3 entries, but y has 4 entries"),
    "matmul of a number": (
        lambda: W @ n,
        "matmul of W (3, 4) and n (): n is a number, and a matrix product takes none: write *",
    ),
    "matmul of stacks": (
        lambda: A3 @ B3,
        "matmul of A3 (2, 3, 4) and B3 (3, 4, 2): axis 0 of A3 has length 2, axis 0 of B3 has 3",
    ),
    "matmul of stacks inside": (
        lambda: A3 @ X,
        "matmul of A3 (2, 3, 4) and X (3, 2): A3 has 4 columns, but X has 3 rows",
    ),
    "np.dot": (
        lambda: np.dot(W, X),
        "dot of W (3, 4) and X (3, 2): W has 4 columns, but X has 3 rows; did you mean W.T @ X?",
    ),
    "np.linalg.multi_dot": (
        lambda: np.linalg.multi_dot([W, X, S]),
        "matmul of W (3, 4) and X (3, 2): W has 4 columns, but X has 3 rows; did you mean W.T @ X?",
    ),
    "np.einsum": (
        lambda: np.einsum("ij,jk", W, X),
        "contract of W (3, 4) and X (3, 2): the letter j of 'ij,jk->ik' has length 4 in W and 3 in X",
    ),
    "np.einsum axes": (
        lambda: np.einsum("ij,jk->k", W, x),
        "einsum of W (3, 4) and x (3,): einstein sum: 'jk' names 2 axes of an operand of shape (3,)",
    ),
    "np.tensordot": (lambda: np.tensordot(W, X, axes=1), "tensordot of W (3, 4) and X (3, 2): shape-mismatch for sum"),
    # joining
    "np.concatenate": (
        lambda: np.concatenate([W, W, X]),
        "concatenate of W (3, 4) and W (3, 4) and X (3, 2): "
        "axis 1 of part 2, X (3, 2), has length 2, and of part 0 4: the parts may differ only along axis=0",
    ),
    "np.concatenate axes": (
        lambda: np.concatenate([W, y]),
        "concatenate of W (3, 4) and y (4,): part 1, y (4,), has 1 axis, and part 0, W (3, 4), has 2 axes: "
        "x[None] adds one in front",
    ),
    "np.concatenate numbers": (
        lambda: np.concatenate([n, n * 2]),
        "concatenate of n () and multiply (): part 0, n (), has no axes: "
        "np.stack or compgraph.array makes a vector of numbers",
    ),
    "np.concatenate of many": (
        lambda: np.concatenate([x] * 9 + [W]),
        "concatenate of x (3,) and x (3,) and x (3,) and x (3,) and 6 more: "
        "part 9, W (3, 4), has 2 axes, and part 0, the first x (3,), has 1 axis: x[None] adds one in front",
    ),
    "np.stack": (
        lambda: np.stack([x, x, y]),
        "stack of x (3,) and x (3,) and y (4,): "
        "part 2, y (4,), has another shape than part 0, the first x (3,): np.stack takes parts of one shape",
    ),
    # matrices
    "np.linalg.solve": (
        lambda: np.linalg.solve(S, y),
        "solve of S (3, 3) and y (4,): S has 3 rows, but y has 4 entries",
    ),
    "np.linalg.solve not square": (
        lambda: np.linalg.solve(W, x),
        "solve of W (3, 4) and x (3,): W has 3 rows and 4 columns: it has to be square",
    ),
    "np.linalg.inv": (lambda: np.linalg.inv(X), "inv of X (3, 2): X has 3 rows and 2 columns: it has to be square"),
    "np.linalg.det": (lambda: np.linalg.det(x), "det of x (3,): x has 1 axis, and a matrix has 2"),
    "singular": (lambda: np.linalg.inv(0 * S), "inv of multiply (3, 3): Singular matrix"),
    # updates, and what NumPy itself says well
    "cg.at": (
        lambda: cg.at(x)[:2].set(y),
        "at.set of x (3,) and y (4,): values of shape (4,) do not fill the entries of shape (2,) of the index",
    ),
    "np.reshape": (lambda: np.reshape(x, (2, 2)), "reshape of x (3,): cannot reshape array of size 3 into shape (2,2)"),
    "np.sum": (lambda: np.sum(x, axis=1), "sum of x (3,): axis 1 is out of bounds for array of dimension 1"),
    "np.split": (lambda: np.split(x, 2), "split of x (3,): array split does not result in an equal division"),
}


@pytest.mark.parametrize(("build", "message"), MESSAGES.values(), ids=MESSAGES.keys())
def test_the_message_says_which_axes_clash(build: Callable[[], Any], message: str) -> None:
    with pytest.raises(ShapeError) as caught:
        build()
    assert str(caught.value) == message


def test_a_suggested_product_works() -> None:
    assert (W.T @ X).shape == (4, 2)
    assert (y @ W.T).shape == (3,)
    assert (W - x[:, None]).shape == (3, 4)


def test_matrices_without_an_inverse_are_numpys_error_too() -> None:
    for attempt in (np.linalg.inv, np.linalg.cholesky, lambda a: np.linalg.solve(a, x)):
        with pytest.raises(np.linalg.LinAlgError) as caught:
            attempt(-0.0 * S)
        assert isinstance(caught.value, MatrixError)


def test_a_column_and_a_vector_make_a_matrix_as_in_numpy() -> None:
    """(n, 1) against (n,) is legal, and is (n, n)."""
    assert (x[:, None] - x).shape == (3, 3)


@given(shapes=st.lists(array_shapes(min_dims=0, max_dims=3, min_side=1, max_side=3), min_size=2, max_size=3))
def test_a_clash_is_found_exactly_where_numpy_finds_one(shapes: list[tuple[int, ...]]) -> None:
    operands = [Operand(f"v{i}", shape, True) for i, shape in enumerate(shapes)]
    op = cg.OPS[np.where] if len(shapes) == 3 else cg.OPS[np.add]
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        assert clash(op, operands, {})
    else:
        assert clash(op, operands, {}) is None


@given(left=array_shapes(min_dims=0, max_dims=3, max_side=3), right=array_shapes(min_dims=0, max_dims=3, max_side=3))
def test_a_clash_of_a_product_is_found_exactly_where_numpy_finds_one(
    left: tuple[int, ...], right: tuple[int, ...]
) -> None:
    found = clash(cg.OPS[np.matmul], [Operand("a", left, True), Operand("b", right, True)], {})
    try:
        np.matmul(np.ones(left), np.ones(right))
    except ValueError:
        assert found
        for form in found.partition("did you mean ")[2].rstrip("?").split(" or "):
            if form:  # which is a product that works
                eval(form, {"a": np.ones(left), "b": np.ones(right)})
    else:
        assert found is None
