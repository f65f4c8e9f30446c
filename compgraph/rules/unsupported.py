"""Why the rest of NumPy's functions cannot take a node, and what to write instead.

With the ops, the compositions and the functions of plain values this covers every public function of ``numpy``,
``numpy.linalg`` and ``numpy.fft``; a test holds it to that. The error that refuses such a function says its reason.
"""

from __future__ import annotations

import numpy as np

from compgraph.rules.composition import unsupported

__all__: list[str] = []


def _because(reason: str, names: str, namespace: object = np) -> None:
    """Write a reason down for functions by name; those that this version of NumPy does not have are passed over."""
    unsupported(reason, *[getattr(namespace, name) for name in names.split() if hasattr(namespace, name)])


_because(
    "it writes into an array in place, and the arrays of a graph do not change; "
    "write array = compgraph.at(array)[index].set(node), or np.where(mask, value, node)",
    "copyto fill_diagonal place put put_along_axis putmask",
)
_because(
    "it is a function of whole numbers or of bits, and a node holds real numbers; give it node.value as integers",
    "bitwise_and bitwise_count bitwise_invert bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift "
    "bitwise_xor gcd invert lcm left_shift right_shift packbits unpackbits ravel_multi_index unravel_index",
)
_because(
    "it is a function of dates; give it plain arrays",
    "busday_count busday_offset datetime_as_string datetime_data is_busday isnat",
)
_because("it writes a file: give it node.value", "save savetxt savez savez_compressed")
_because(
    "the derivative of counts is zero or undefined, and the edges depend on the data: give it node.value, "
    "or sum a smooth kernel over the entries",
    "histogram histogram2d histogramdd histogram_bin_edges",
)
_because(
    "the values of a set come in no fixed place: write np.unique(np.concatenate([a, b])), or pick entries with a mask",
    "intersect1d setdiff1d setxor1d union1d",
)
_because(
    "NumPy does not say in which order it returns the values: write np.unique(node)",
    "unique_all unique_counts unique_inverse unique_values",
)
_because("call the function itself with axis=(...) and keepdims=True", "apply_over_axes")
_because("it fits by np.linalg.lstsq: write np.linalg.lstsq(np.vander(x, deg + 1), y)[0]", "polyfit")
_because("the coefficients are made of the roots one by one: multiply (x - root) by np.polymul", "poly")
_because("the roots are the eigenvalues of the companion matrix: write np.linalg.eigvals of it", "roots")
_because("the lengths of its results depend on the values of the coefficients", "polydiv")
_because(
    "NumPy does not let nodes take part in it: keep the node as it is, np.copy(node) for an array of its own, "
    "or join nodes with compgraph.array, np.stack, np.concatenate or np.block",
    "array asanyarray asarray asarray_chkfinite ascontiguousarray asfortranarray asmatrix bmat require",
)
_because(
    "NumPy does not let nodes take part in it: write np.broadcast_to(node, shape)",
    "full",
)
_because(
    "it makes a new array of plain numbers, and NumPy does not let nodes take part in it; "
    "compute with what it returns, such as node * np.arange(n)",
    "arange bartlett blackman diag_indices empty eye fromfunction fromiter hamming hanning identity indices kaiser "
    "mask_indices ones tri tril_indices triu_indices zeros",
)
_because(
    "it makes an array from a file, a buffer or a text",
    "from_dlpack frombuffer fromfile fromregex fromstring genfromtxt load loadtxt",
)
_because("it makes functions of objects, which have no derivative", "frompyfunc")
_because("it is an old name of np.vstack", "row_stack")
_because("it is an old name of np.isin", "in1d")
_because("it is an old name of np.trapezoid", "trapz")
_because(
    "it writes a number out: give it node.value",
    "base_repr binary_repr format_float_positional format_float_scientific",
)
_because(
    "it tells or sets something about NumPy, a type or a shape, and takes no array of numbers",
    "broadcast_shapes get_include get_printoptions getbufsize geterr geterrcall info isdtype isfortran isscalar "
    "issubdtype iterable mintypecode nested_iters printoptions promote_types set_printoptions setbufsize seterr "
    "seterrcall show_config show_runtime test typename",
)
_because("it runs NumPy's own tests", "test", np.linalg)
_because("it runs NumPy's own tests", "test", np.fft)
_because(
    "it makes the frequencies of a transform, plain numbers, of the length of an array", "fftfreq rfftfreq", np.fft
)
