"""Comparisons as their reports may meet them: rows made by hand, ordinary ones and strange ones."""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from compgraph.check.explanation import KINDS, Explanation
from compgraph.check.report import Comparison
from compgraph.check.row import Row
from compgraph.check.verdicts import BOTH_DIFFER, KINK, PRECISION

VERDICTS = ("right", "right up to rounding", "wrong", KINK, PRECISION, BOTH_DIFFER)

STRANGE = "<b>&\"'</b></style><script>x</script>]]>\x1b[31m\u202e\ufffe\n[red]勾配∂θ̂é"
"""What must come out as text: markup of three kinds, control characters, wide letters and combining marks."""


def explained(message: str, kind: str = "factor") -> Explanation:
    return Explanation(kind, message, lambda manual: manual)


def row(name: str, autodiff: Any, manual: Any, verdict: str | None = None, **attributes: Any) -> Row:
    """A row with the verdict it gets itself, or another; numeric is set at the entry that is shown."""
    made = Row(name, np.asarray(autodiff), np.asarray(manual), 0.0)
    if made.autodiff.size:
        made.numeric[made.where] = made.autodiff[made.where]
    if verdict is not None:
        made.verdict = verdict
    for attribute, value in attributes.items():
        setattr(made, attribute, value)
    return made


def complex_row(name: str, autodiff: Any, manual: Any) -> Row:
    """A wrong gradient of complex numbers."""
    made = row(name, np.real(autodiff), np.real(manual), "wrong")
    made.autodiff, made.manual, made.numeric = np.asarray(autodiff), np.asarray(manual), np.asarray(autodiff)
    apart = np.abs(made.autodiff - made.manual)
    made.max_abs, made.max_rel, made.max_ulp = float(np.max(apart)), 0.5, 1e15
    return made


def ordinary() -> Comparison:
    """A two-layer network with slips: one first wrong step, what inherits it, a lost axis."""
    rng = np.random.default_rng(0)
    dW2, db2, dZ1, dW1, db1 = (rng.normal(size=n) / 100 for n in ((1, 4), (1, 1), (4, 6), (4, 2), (4, 1)))
    messages = (
        "manual dZ1 lacks an elementwise factor, the derivative of A1 = tanh(Z1): multiply by tanh'(Z1) = 1 - A1**2",
        "manual dZ1 is the gradient with respect to A1 and not to Z1: multiply by dA1/dZ1",
    )
    return Comparison(
        [
            row("dW2", dW2, dW2),
            row("db2", db2, db2 * (1 + 3e-16)),
            row("dZ1", dZ1, dZ1 * 1.3, step="slip", explanations=tuple(map(explained, messages))),
            row("dW1", dW1, dW1 * 1.3, step="inherited"),
            row("db1", db1, np.ravel(db1), explanations=(explained("manual db1 has lost an axis: keepdims=True"),)),
        ],
        ["The slopes of dZ1 were taken along random directions; compare(..., entries='all') takes each of its 24."],
    )


TEXTS = st.text(st.sampled_from([*"abcdeW12_ '", *STRANGE]), max_size=40)
LONG_TEXTS = TEXTS | st.integers(0, 300).map(lambda n: "sehr_lang" * n) | st.just("a word " * 60)
NUMBERS = st.sampled_from([0.0, -0.0, 1.0, -1.2345678e-300, 6.02e300, np.nan, np.inf, -np.inf]) | st.floats()


@st.composite
def rows(draw: st.DrawFn) -> Row:
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=3) | st.just((2, 1, 1, 1, 3)))
    dtype = draw(st.sampled_from([np.float64, np.float32]))
    with np.errstate(all="ignore"):
        autodiff = draw(hnp.arrays(np.float64, shape, elements=NUMBERS)).astype(dtype)
        manual = draw(hnp.arrays(np.float64, shape, elements=NUMBERS)).astype(dtype)
        if draw(st.booleans()):
            manual = autodiff.copy()
        elif draw(st.booleans()):
            manual = np.ravel(manual)
        made = row(
            draw(LONG_TEXTS),
            autodiff,
            manual,
            draw(st.none() | st.sampled_from(VERDICTS)),
            remark=draw(LONG_TEXTS),
            step=draw(st.sampled_from(["", "slip", "inherited"])),
            explanations=tuple(
                explained(draw(LONG_TEXTS), draw(st.sampled_from(sorted(KINDS))))
                for _ in range(draw(st.integers(0, 5)))
            ),
        )
        if draw(st.booleans()):
            made.shape = tuple(10**9 * (n + 1) for n in shape)  # as long as shapes get
        if autodiff.size and made.shape == shape and draw(st.booleans()):
            made.autodiff, made.numeric = made.autodiff * (1 - 3.33j), made.numeric + 1e-100j
    return made


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    return Comparison(draw(st.lists(rows(), max_size=4)), draw(st.lists(LONG_TEXTS, max_size=2)))
