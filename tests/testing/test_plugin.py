"""pytest's plugin, in runs of pytest of its own: what the fixture does, what a failure shows, what it costs others."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from compgraph.testing.effort import DEEP, USUAL

PLUGIN = "pytest_compgraph"


@pytest.fixture(autouse=True)
def _installed() -> None:
    """These tests are about the installed plugin, as users have it."""
    if PLUGIN not in {point.value for point in entry_points(group="pytest11")}:
        pytest.fail("the installation is older than the plugin: pip install -e . again", pytrace=False)


def outcome(pytester: pytest.Pytester, test: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(test)
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *options)


FAILING = """
    import numpy as np

    X = np.array([1.0, 2.0, 4.0])

    def cost(w, b):
        return np.mean((w * X + b - 1.0) ** 2)

    def by_hand(w, b):
        error = w * X + b - 1.0
        return {"dw": np.mean(2 * error * X), "db": np.mean(error)}

    def test_by_hand(gradcheck):
        gradcheck.matches(cost, by_hand, {"w": 0.5, "b": 0.25})
"""


def test_a_failure_shows_the_report_and_nothing_of_the_package(pytester: pytest.Pytester) -> None:
    result = outcome(pytester, FAILING)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            ">*gradcheck.matches(cost, by_hand, *",
            "E*WrongGradientError:*",
            "E*verdict*",
            "E*dw*right*",
            "E*db*wrong*",
            "test_a_failure*.py:*: WrongGradientError",
        ]
    )
    shown = result.stdout.str()
    for inside in ("compgraph/testing", "compgraph/check", "__tracebackhide__", "During handling", "direct cause"):
        assert inside not in shown


def test_a_failure_of_the_engine_is_shown_alike(pytester: pytest.Pytester) -> None:
    result = outcome(
        pytester,
        """
        import compgraph as cg

        @cg.differentiable(lambda grad, out, x: grad * 2 * x**2, domain=(1, 2))
        def cube(x):
            return x**3

        def test_cube(gradcheck):
            gradcheck(cube, 2.0)
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [">*gradcheck(cube, 2.0)", "E*cube: both modes are wrong at order 1: dcube/dx", "E*reverse mode:*8"]
    )
    assert "compgraph/testing" not in result.stdout.str()


def test_what_is_right_passes(pytester: pytest.Pytester) -> None:
    result = outcome(
        pytester,
        """
        import numpy as np
        from hypothesis import given
        from compgraph.testing import expressions

        def test_it(gradcheck):
            gradcheck(np.tanh, np.array([0.5, -1.0]), modes=("rev",), order=1)
            gradcheck.matches(lambda w: w**2, lambda w: 2 * w, {"w": 3.0}, wrt=["w"])

        @given(f=expressions(max_steps=2))
        def test_with_hypothesis(gradcheck, f):
            gradcheck(f, *f.arguments, order=1)
        """,
        "-W",
        "error",
    )
    result.assert_outcomes(passed=2)


ONLY_THERE = """
    import numpy as np

    def test_gradient(gradcheck):
        gradcheck.matches(lambda w: w**3, lambda w: 3 * w, {"w": 1.0})

    def test_one_point(gradcheck):
        gradcheck.matches(lambda w: w**3, lambda w: 3 * w, {"w": 1.0}, points=1)

    def test_how_hard(gradcheck):
        print("effort:", *gradcheck.effort)
"""


@pytest.mark.parametrize(
    ("options", "passed", "effort"), [((), 3, USUAL), (("--compgraph-deep",), 2, DEEP)], ids=["usual", "deep"]
)
def test_the_option_makes_it_look_harder(
    pytester: pytest.Pytester, options: tuple[str, ...], passed: int, effort: tuple[int, ...]
) -> None:
    result = outcome(pytester, ONLY_THERE, "-s", *options)
    result.assert_outcomes(passed=passed, failed=3 - passed)
    result.stdout.fnmatch_lines([f"*effort: {' '.join(map(str, effort))}*"])
    assert all(more > less for more, less in zip(DEEP, USUAL, strict=True))


def test_the_fixture_and_the_option_are_documented(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_subprocess("--fixtures", "-v")
    result.stdout.fnmatch_lines(["gradcheck*session scope*", "*gradcheck(f, [*]args), and gradcheck.matches(*"])
    result = pytester.runpytest_subprocess("--help")
    result.stdout.fnmatch_lines(["compgraph:", "*--compgraph-deep*"])


def test_a_run_that_does_not_use_it_imports_nothing_for_it(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # others may import NumPy
    result = outcome(
        pytester,
        f"""
        import sys

        def test_modules():
            assert "{PLUGIN}" in sys.modules
            assert {{"compgraph", "numpy", "hypothesis"}}.isdisjoint(sys.modules)
        """,
        "-p",
        PLUGIN,
    )
    result.assert_outcomes(passed=1)


def test_it_can_be_switched_off(pytester: pytest.Pytester) -> None:
    result = outcome(pytester, "def test_it(gradcheck): ...", "-p", "no:compgraph")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'gradcheck' not found"])


# ---------------------------------------------------------------------------------------------------- missing packages


def run(program: str) -> str:
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


WITHOUT = "import sys; sys.modules['hypothesis'] = sys.modules['pytest'] = None\n"


def test_the_assertions_need_neither_pytest_nor_hypothesis() -> None:
    run(
        WITHOUT + "from compgraph.testing import Gradcheck, assert_gradient, assert_matches\n"
        "assert_gradient(lambda x: x**2, 3.0)\n"
        "assert_matches(lambda x: x**2, lambda x: 2 * x, [3.0])\n"
        "Gradcheck()(lambda x: x**2, 3.0)"
    )


@pytest.mark.parametrize("call", ["arrays_like(1.0)", "broadcastable()", "networks()", "expressions()"])
def test_the_strategies_say_what_to_install(call: str) -> None:
    shown = run(
        WITHOUT + "import compgraph, compgraph.testing\n"
        f"try: compgraph.testing.{call}\n"
        "except compgraph.CompgraphError as error: print(type(error).__name__, error)"
    )
    assert shown == (
        "MissingExtraError drawing random test cases needs the package hypothesis, which is not installed: "
        "pip install 'compgraph[testing]'\n"
    )


def test_importing_the_module_loads_neither() -> None:
    run("import sys, compgraph.testing\nassert {'pytest', 'hypothesis'}.isdisjoint(sys.modules)")
