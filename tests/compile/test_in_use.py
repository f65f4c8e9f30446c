"""Compiled code among a person's own: names of theirs, forks, threads that outlive the program, methods of classes."""

from __future__ import annotations

import ast
import importlib
import os
import re
import subprocess
import sys
import textwrap
from typing import Any

import numpy as np
import pytest

import compgraph as cg
from compgraph.compile.naming import RESERVED
from compgraph.compile.tiled_source import OWN
from compgraph.errors import TracingError

RNG = np.random.default_rng(0)
W = RNG.normal(size=(3, 1))


def test_all_names_of_the_text_of_blocks_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    choosing = importlib.import_module("compgraph.compile.choosing")  # compgraph.compile is the function
    monkeypatch.setattr(choosing, "cores", lambda: 2)
    monkeypatch.setattr(choosing, "GAIN", 1e9)
    constant, argument = RNG.normal(size=(2, 3, 100_000))

    def cost(W: Any, argument: Any) -> Any:
        return np.mean(np.exp(-((W.T @ (constant * argument)) ** 2))) * 2.0

    fast = cg.compile(cost)
    fast(W, argument)
    names = set()
    for part in ast.walk(ast.parse(fast.source)):
        found = [getattr(part, place, None) for place in ("id", "arg", "name")]
        names |= {name for name in found if isinstance(name, str) and not isinstance(part, ast.keyword)}
    counted = {name for name in names if re.fullmatch(r"(t|buffer|number)\d+|\w+_block", name)}
    of_the_person = {"cost", "W", "argument", "constant", "half", "one", "two", "value"}
    assert names - counted - of_the_person - {*RESERVED, "numpy", "__init__"} <= OWN
    assert {"total", "pieces", "begun", "plus"} <= names


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", sorted(OWN))
def test_a_name_of_the_text_of_blocks_may_be_the_persons(
    name: str, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    choosing = importlib.import_module("compgraph.compile.choosing")  # compgraph.compile is the function
    monkeypatch.setattr(choosing, "cores", lambda: threads)
    monkeypatch.setattr(choosing, "GAIN", 1e9)
    x = RNG.normal(size=(3, 100_000))
    space: dict[str, Any] = {"np": np}
    exec(f"def f(w, {name}):\n    return np.mean(np.exp(-(w.T @ {name}) ** 2)) * 2.0", space)
    exec(f"def {name}(w, x):\n    return np.mean(np.exp(-(w.T @ x) ** 2)) * 2.0", space)
    for f in (space["f"], space[name]):
        fast = cg.compile(f)
        expected = fast(W, x)
        np.testing.assert_allclose(expected, f(W, x), rtol=1e-13)
        module: dict[str, Any] = {}
        exec(fast.source, module)
        made = module["prepare"](**fast.constants)
        np.testing.assert_allclose(made(W, x), expected, rtol=1e-15)


@pytest.mark.parametrize("m", [16385, 20_000, 40_000, 87_000, 88_000])
def test_what_is_just_large_enough_for_blocks(m: int) -> None:
    x = RNG.normal(size=(3, m))
    f = cg.value_and_grad(lambda w, x: np.mean(np.tanh(w.T @ x) ** 2 + np.exp(-((w.T @ x) ** 2))))
    np.testing.assert_allclose(cg.compile(f)(W, x)[1], f(W, x)[1], rtol=1e-10)


def run(code: str) -> str:
    start = """
        import importlib, os, threading
        import numpy as np, compgraph as cg
        choosing = importlib.import_module("compgraph.compile.choosing")
        choosing.GAIN, choosing.cores = 1e9, lambda: 2
        x = np.linspace(0.0, 1.0, 300_000).reshape(3, -1)
        fast = cg.compile(lambda w: np.mean(np.exp(-((w.T @ x) ** 2)) * 2.0))
        w = np.ones((3, 1))
        expected = [fast(w), fast(w)][1]
        assert "ThreadPoolExecutor" in fast.source
    """
    code = textwrap.dedent(start) + textwrap.dedent(code)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_has_threads_of_its_own() -> None:
    assert "True" in run("""
        import faulthandler
        pid = os.fork()
        if not pid:
            faulthandler.dump_traceback_later(20, exit=True)
            print(fast(w) == expected, flush=True)
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
    """)


def test_a_thread_that_outlives_the_program_computes_alone() -> None:
    assert "True" in run("""
        def late():
            threading.main_thread().join()
            print(fast(w) == expected, flush=True)
        threading.Thread(target=late).start()
    """)


def test_a_zero_with_a_sign_is_a_number_of_its_own() -> None:
    x = RNG.normal(size=5)
    f = lambda x: np.copysign(x, 0.0) + 2 * np.copysign(np.exp(x), -0.0)  # noqa: E731
    np.testing.assert_array_equal(cg.compile(f)(x), f(x))


def test_a_sum_of_exact_differences_is_exact() -> None:
    x = 1e8 + RNG.normal(size=400)
    y = x + 1e-3 * RNG.normal(size=400)
    np.testing.assert_allclose(cg.compile(lambda x, y: np.sum(x - y))(x, y), np.sum(x - y), rtol=1e-14)


def test_a_decorated_method_is_given_its_instance() -> None:
    class Model:
        @cg.compile
        def cost(self, w: Any) -> Any:
            return np.sum(w * w)

    assert Model().cost(np.array([1.0, 2.0])) == 5.0


@pytest.mark.parametrize("make", [np.zeros, np.ones, lambda n: np.zeros((n, 2))])
def test_a_length_that_is_not_known(make: Any) -> None:
    with pytest.raises(TracingError, match=r"needs a value as a plain number.*static="):
        cg.compile(lambda x, n: make(n) * x)(2.0, 3)
