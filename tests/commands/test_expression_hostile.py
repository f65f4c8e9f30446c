"""Formulas of people who mean harm, or whose cat walked over the keys: an answer or one line, in little room."""

import contextlib
import re
import subprocess
import sys
import tracemalloc
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from compgraph.commands.expression import compute, values_at
from compgraph.commands.expression_evaluation import MOST_ENTRIES
from compgraph.commands.expression_functions import FUNCTIONS
from compgraph.errors import UseError

AT = {"a": 2.0, "x": np.array([[1.0, 2.0], [3.0, 4.0]])}
MOST_BYTES = 50_000_000

# What gets at Python's own things.
ESCAPES = [
    "__import__('os').system('touch owned')",
    '__import__("os")',
    "eval(a)",
    "exec(a)",
    "compile(a, a, a)",
    "open(a)",
    "input()",
    "breakpoint()",
    "globals()",
    "getattr(a, a)",
    "print(a)",
    "a.__class__",
    "a.__class__.__mro__[1].__subclasses__()",
    "().__class__",
    "[].append(a)",
    "x.value",
    "x.backward()",
    "x.T.__class__",
    "x.T.op",
    "x.tofile(a)",
    "np.load(a)",
    "np.save(a, a)",
    "np.fromfile(a)",
    "np.memmap(a)",
    "np.lib.npyio",
    "np.ctypeslib",
    "np.f2py.compile(a)",
    "np.testing",
    "np.linalg.linalg",
    "np.linalg",
    "np.sum.__globals__",
    "np.sum.__self__",
    "np.sum(x).__class__",
    "np.random.rand(10)",
    "np.vectorize(a)",
    "np.apply_along_axis(a, 0, x)",
    "np.frompyfunc(a, 1, 1)",
    "np.add.reduce(x)",
    "np.add.at(x, 0, 1)",
    "np.add(x, x, out=x)",
    "np.sum(x, where=a)",
    "np.sum(x, out=x)",
    "np.sum(x, dtype=object)",
    "np.sum(*x)",
    "np.sum(**x)",
    "np.sum(x, **a)",
    "cg.primitive(a)",
    "cg.OPS",
    "cg.cli",
    "cg.debug()",
    "sum",
    "np",
    "cg",
    "np()",
    "cg.np.sum(x)",
    "np.np.sum(x)",
    "a.np.sum(x)",
    "(np).sum(x)",
    "[np][0].sum(x)",
    "(np.sum)(x)",
    "a if a else a",
    "a and a",
    "a or a",
    "not a",
    "a is a",
    "a in a",
    "lambda: a",
    "(lambda: a)()",
    "[a for a in x]",
    "[*x]",
    "{a}",
    "{a: a}",
    "{**a}",
    "(a := 3)",
    "a(b=(a := 3))",
    "x[(a := 0)]",
    "yield a",
    "await a",
    "(yield)",
    "import os",
    "from os import system",
    "import os; a",
    "def f(): pass",
    "class A: pass",
    "del a",
    "global a",
    "assert a",
    "raise a",
    "return a",
    "pass",
    "with a: pass",
    "for a in x: a",
    "while a: a",
    "try: a",
    "@a",
    "match a: case _: a",
    "type A = a",
    "a: a = a",
    "a = a",
    "a, x = x, a",
    "*a = x",
    "a.b = a",
    "x[0] = a",
    "a += 1",
    "a; a",
    "f'{a}'",
    "f\"{__import__('os')}\"",
    "'a'",
    "'a' * 10**9",
    "b'a'",
    '"""a"""',
    "a # b",
    "a \\\n + a",
    "`a`",
    "a!r",
    "a?",
    "$a",
    "a\0",
    "\0",
    "a\x1b[31m",
    "a\u202eb",
    "a\ufeff",
    "\ud800",
    "a\x0c+ a",
    "a\u00a0+ a",
    "ａ.__class__",
    "a.＿＿class＿＿",
    "＿＿import＿＿(a)",
    "ｌａｍｂｄａ: a",
    "ｅｖａｌ(a)",
    "nᵖ.sum(x)",
    "1j * a",
    "0x10 * a",
    "0b1 * a",
    "1_000 * a",
    "01 * a",
    "1if a else 2",
    "1.a",
    "1..T",
    "a..T",
    "a.",
    ".T",
    ".",
    "...",
    "None",
    "True",
    "()",
    "(,)",
    "[,]",
    "[",
    ")",
    "=",
    "==",
    "a ==",
    "= a",
    "a <> a",
    "a -> a",
    "a @",
    "~a",
    "a % 2",
    "a & a",
    "a | a",
    "a ^ a",
    "a << 2",
    "a // 2",
    "a < a",
    "x[a]",
    "x[x]",
    "x[True]",
    "x[[0]]",
    "x[0.0]",
    "x[::0]",
    "x['a']",
    "x[sum(a)]",
    "x[0:a]",
    "where(x, x, x)",
    "where(True, x, x)",
    "where(x > where(x > 0, x, x), x)",
    "clip(x)",
    "reshape(x, (3, 3))",
    "reshape(x, (2, -1, -1))",
    "linspace(0, 1, 2.5) * a",
    "arange(0, 5, 0) * a",
    "arange(None) * a",
    "arange(True, None, None) * a",
    "eye(-1) * a",
    "full((2,), (1, 2, 3)) * a",
    "full((2,), None) * a",
    "sum(x, axis=(0, 0))",
    "sum(x, axis=(0, (1,)))",
    "sum(x, axis=None, keepdims=None)",
    "expand_dims(x, (0, 99))",
    "expand_dims(x, None)",
    "squeeze(x, 0)",
    "transpose(x, (0, 0))",
    "transpose(x, 1)",
    "var(x, ddof=None)",
    "diff(x, 100)",
    "diff(x, -1)",
    "norm(x, ord=(1, 2))",
    "norm(x, ord=0.5)",
    "norm([x, x], ord=2)",
    "inv(0*x)",
    "inv(a)",
    "solve(x, [1, 2, 3])",
    "det(x[0])",
    "trace(a)",
    "diag(a)",
    "stack([])",
    "concatenate([a, a])",
    "concatenate(([],))",
    "vstack([[], x])",
    "prod([]) * a",
    "max([]) * a",
    "mean([]) * a",
    "[x, a]",
    "[[a], a]",
    "[[[[a]], []]]",
    "softmax(a, axis=5)",
    "softmax(x, axis=None)",
    "logsumexp([])",
    "leaky_relu(x, slope=None)",
    "binary_cross_entropy(x, x)",
]

# What takes all the time or all the memory there is.
BOMBS = [
    "9**9**9",
    "9**9**9**9",
    "a + 9**9**9",
    "a**9**9**9",
    "10**10**10 * a",
    "2**(2**(2**(2**(2**2)))) * a",
    "9" * 5000,
    "9" * 5000 + ".0 * a",
    "1e" + "9" * 5000,
    "1" + "*9" * 3000,
    "x[" + "9" * 4000 + "]",
    "x[" + "9" * 5000 + "]",
    "sum(x, " + "9" * 400 + ")",
    "sum(x, axis=1e308)",
    "np.ones((10**9,))",
    "np.ones((1000000,))",
    "np.ones((1000000, 1000000)) * a",
    "np.ones((" + "1000, " * 15 + ")) * a",
    "np.zeros(1000000) * a",
    "full((1000000,), 1) * a",
    "eye(1000000) * a",
    "eye(1, 1000000) * a",
    "linspace(0, 1, 1000000) * a",
    "arange(1000000) * a",
    "arange(0, 1, 1e-300) * a",
    "arange(0, 1000000, 1e-6) * a",
    "arange(0, 1e6, 5e-324) * a",
    "u = linspace(0, 1, 10000); a * u[:, None] * u",
    "u = linspace(0, 1, 10000); outer(u, u) * a",
    "u = linspace(0, 1, 10000); u[:, None] @ u[None] * a",
    "u = linspace(0, 1, 10000); where(u[:, None] > u, a, a)",
    "u = linspace(0, 1, 10000); diag(u) * a",
    "u = linspace(0, 1, 10000); [u, a*u]",
    "u = linspace(0, 1, 10000); concatenate([a*u, u])",
    "u = linspace(0, 1, 10000); stack((u, u, u)) * a",
    "u = linspace(0, 1, 10000); clip(a*u, u[:, None], u[:, None, None])",
    "u = linspace(0, 1, 10000); dot(u[:, None], u[None]) * a",
    "u = linspace(0, 1, 10000); inner(u[:, None], u[:, None]) * a",
    "u = linspace(0, 1, 10000); solve(ones((100, 1, 1)), u[:, None]) * a",
    "u = linspace(0, 1, 10000); solve(ones((100, 1, 1)), u[None]) * a",
    "u = linspace(0, 1, 10000); matmul(u[:, None, None], u[None, None]) * a",
    "u = linspace(0, 1, 10000); logaddexp(u[:, None], u) * a",
    "u = linspace(0, 1, 10000); binary_cross_entropy(u[:, None], u) * a",
    "; ".join(["x1 = x"] + [f"x{i + 1} = [x{i}, x{i}]" for i in range(1, 40)]),
    "; ".join(["x1 = x"] + [f"x{i + 1} = x{i} @ x{i}" for i in range(1, 600)]),
    "; ".join(["x1 = x"] + [f"x{i + 1} = x{i}[None] + x" for i in range(1, 60)]),
    "-" * 5000 + "a",
    "+-" * 2500 + "a",
    "- " * 4999 + "a",
    "(" * 5000 + "a" + ")" * 4999,
    "[" * 5000 + "a" + "]" * 4999,
    "(" * 9999,
    ")" * 9999,
    "tanh(" * 1500 + "a" + ")" * 1500,
    "tanh(" * 40 + "a" + ")" * 40,
    "x" + "[0]" * 3000,
    "x" + ".T" * 4000,
    "a" + "()" * 4000,
    "a" + "**a" * 3000,
    "a" + "+a" * 4000,
    "a" + "<a" * 4000,
    "a" + ".a" * 4000,
    "a" + "=a" * 4000,
    "a;" * 4000,
    ";" * 9999,
    "\n" * 9999,
    " " * 9999,
    "\t" * 9999,
    "a" * 9999,
    "a" * 10**6,
    "é" * 10**6,
    "[" + "1," * 4900 + "]",
    "[" + "a," * 4900 + "]",
    "sum(" + "a," * 4900 + ")",
    "sum(a, " + ",".join(f"b{i}=1" for i in range(1200)) + ")",
    "x[" + ":," * 3000 + "]",
    "x[" + "None," * 1500 + "]",
    "x[" + "(" * 45 + "0" + ")" * 45 + "]",
    "; ".join(f"b{i} = a" for i in range(900)),
    "+".join(f"b{i}" for i in range(2000)),
]


def answer(text: str, at: tuple[str, ...] = ()) -> str:
    """What is said of a text: the words of the refusal, or nothing; any other error fails the test."""
    try:
        values = {**AT, **values_at(at)}
        found = compute(text, {name: values[name] for name in values if name in _names(text)})
    except UseError as error:
        told = str(error)
        assert told.isprintable()
        assert len(told) < 600
        return told
    assert np.size(found.output.value) <= MOST_ENTRIES
    assert found.output.dtype == np.float64
    return ""


def _names(text: str) -> set[str]:
    """The variables of a text, more or less: those not used would be refused for that alone."""
    return set(re.findall(r"\w+", unicodedata.normalize("NFKC", text)))


OTHERWISE_WRITTEN = ("(np).sum(x)", "(np.sum)(x)", "nᵖ.sum(x)")
"""What Python reads as np.sum(x)."""


@pytest.mark.parametrize("text", ESCAPES)
def test_nothing_gets_at_python(text: str) -> None:
    for whole in (text, f"J = {text}", f"J = a + ({text})", f"J = sum({text})", f"u = {text}; J = a"):
        answer(whole)


@pytest.mark.parametrize("text", ESCAPES[: ESCAPES.index("1j * a")])
def test_what_gets_at_python_is_refused(text: str) -> None:
    assert bool(answer(text)) == (text not in OTHERWISE_WRITTEN)


@pytest.mark.parametrize("text", BOMBS, ids=lambda text: f"{text[:40]!r} of {len(text)}")
def test_nothing_grows(text: str) -> None:
    tracemalloc.start()
    try:
        answer(text)
        answer("a", (f"b={text}",))
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    finally:
        tracemalloc.stop()


def test_powers_and_sizes_are_refused_before_they_are_computed() -> None:
    assert "not finite" in answer("9**9**9")
    assert "a plain number stands here" in answer("np.ones((10**9,)) * a")
    assert "more than 10,000 entries" in answer("np.ones((1000000, 1000000)) * a")


def test_no_code_is_run_and_no_file_opened() -> None:
    """Python tells of every exec, import, open and process; while formulas are computed there are none."""
    code = (
        "import sys\n"
        "from tests.commands import test_expression_hostile as hostile\n"
        "for text in hostile.ESCAPES: hostile.answer(text)\n"  # whatever is imported late is imported now
        "on, seen = False, set()\n"
        "def hook(event, arguments):\n"
        "    if on and event.partition('.')[0] in ('exec', 'import', 'open', 'os', 'subprocess', 'ctypes', 'socket'):\n"
        "        seen.add((event, str(arguments[0])))\n"
        "sys.addaudithook(hook)\n"
        "on = True\n"
        "for text in [*hostile.ESCAPES, *hostile.BOMBS]: hostile.answer(text)\n"
        "on = False\n"
        "assert not seen, seen\n"
        "on = True; eval('1'); on = False\n"
        "assert {event for event, _ in seen} == {'exec'}\n"  # the hook works
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


# ---------------------------------------------------------------------------------------------------------- by chance

WORDS = [
    *(
        "a",
        "x",
        "b",
        "np",
        "cg",
        "pi",
        "T",
        "J",
        "0",
        "1",
        "2",
        "-1",
        "3.5",
        "1e9",
        "1e400",
        "None",
        "True",
        "inf",
        "nan",
    ),
    *("lambda", "if", "for", "in", "not", "import", "é", "+", "-", "*", "/", "**", "@", "//", "%", "(", ")", "[", "]"),
    *(",", ":", ";", "=", "==", "<", ">", "!=", ".", "...", "\n"),
    " ",
    "'",
    "__class__",
    *sorted(FUNCTIONS)[::3],
    *[f"{name}(" for name in sorted(FUNCTIONS)],
    "axis=",
    "keepdims=True",
]


@given(st.text(max_size=60))
@example("a\r+\rx")
@example("\x1c")
def test_any_text_is_answered(text: str) -> None:
    answer(text)


@given(st.lists(st.sampled_from(WORDS), max_size=25).map("".join))
def test_any_words_are_answered(text: str) -> None:
    answer(text)
    answer(f"J = sum({text})")


def formulas() -> st.SearchStrategy[str]:
    """Texts that Python can read: of the language of formulas and of what is next to it."""
    leaves = st.sampled_from(["a", "x", "2", "0", "1.5", "-1", "None", "True", "...", "[]", "np", "tanh", "'s'", "()"])
    names = st.sampled_from([*sorted(FUNCTIONS), "np.load", "eval", "a", "x.sum"])
    settings = st.sampled_from(
        ["axis=0", "axis=-1", "axis=(0, 1)", "keepdims=True", "axis=None", "M=3", "num=2", "n=2"]
    )

    def grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        several = st.lists(inner, min_size=1, max_size=3).map(", ".join)
        signs = st.sampled_from(["+", "-", "*", "/", "**", "@", "<", "==", "%", "//", "and", "if a else", ":="])
        return st.one_of(
            st.tuples(inner, signs, inner).map(lambda parts: f"({' '.join(parts)})"),
            st.tuples(st.sampled_from(["-", "+", "not ", "~", "*"]), inner).map("".join),
            st.tuples(names, several).map(lambda parts: f"{parts[0]}({parts[1]})"),
            st.tuples(names, several, settings).map(lambda parts: f"{parts[0]}({parts[1]}, {parts[2]})"),
            st.tuples(inner, inner, inner).map(lambda parts: f"where({parts[0]} > {parts[1]}, {parts[1]}, {parts[2]})"),
            several.map(lambda parts: f"[{parts}]"),
            several.map(lambda parts: f"({parts},)"),
            st.tuples(inner, st.sampled_from([".T", "[0]", "[:, None]", "[1:, ...]", "[a]", ".value", "()"])).map(
                "".join
            ),
        )

    return st.recursive(leaves, grow, max_leaves=12)


@given(formulas())
def test_anything_that_python_reads_is_answered(text: str) -> None:
    answer(text)
    answer(f"u = {text}; J = a + sum(u)")
    with contextlib.suppress(UseError):
        values_at([f"b={text}"])
