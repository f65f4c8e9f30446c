"""docs/functions.md is what the registries say; a rule that is added, taken away or renamed shows here."""

from __future__ import annotations

import difflib
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import compgraph as cg
from compgraph.primitive import OPS, PLAIN
from compgraph.rules.composition import COMPOSED, REASONS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "functions.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def generated() -> str:
    """The page as it would be written now; in a process of its own, since tests declare ops as well."""
    pytest.importorskip("scipy", reason="the page lists SciPy's functions too, and SciPy is not installed")
    command = [sys.executable, "-m", "tests.functions_page", "--print"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def versions(page: str) -> list[str]:
    found = re.search(r"with NumPy (\S+) and SciPy (\S+);", page)
    assert found
    return list(found.groups())


def difference(page: str, generated: str) -> str:
    """What a page lacks and has too much, with what to do; nothing where it is as it would be written."""
    lines = difflib.unified_diff(
        page.splitlines(), generated.splitlines(), "docs/functions.md", "registries", n=0, lineterm=""
    )
    changes = [line for line in lines if not line.startswith("@@")]
    if not changes:
        return ""
    return "\n".join([*changes, "docs/functions.md is out of date: python -m tests.functions_page writes it anew"])


def test_the_page_is_what_the_registries_say(generated: str) -> None:
    if versions(PAGE) != versions(generated):
        pytest.skip(f"the page is of NumPy and SciPy {versions(PAGE)}; here they are {versions(generated)}")
    difference_found = difference(PAGE, generated)
    if difference_found:
        pytest.fail(difference_found, pytrace=False)


@pytest.mark.parametrize(
    "change",
    [
        lambda page: page.replace("| `np.tanh` |", "| `np.tanhh` |"),
        lambda page: page.replace("**a**, **b**", "**a**, `b`", 1),
        lambda page: re.sub(r"\| `np\.sin` .*\n", "", page),
        lambda page: page + "\n| `np.new` | | |",
    ],
)
def test_a_page_out_of_date_is_noticed(change, generated: str) -> None:
    changed = change(generated)
    assert changed != generated
    assert difference(changed, generated).endswith("python -m tests.functions_page writes it anew")
    assert difference(generated, generated) == ""


def test_every_public_function_of_numpy_is_on_it(generated: str) -> None:
    """By its name as people call it, whatever the tables are made of."""
    count = 0
    for table in (OPS, COMPOSED, PLAIN, REASONS):
        for function in table:
            for space, module in (("np", np), ("np.linalg", np.linalg), ("np.fft", np.fft), ("cg", cg)):
                name = getattr(function, "__name__", "")
                if getattr(module, name, None) is function:
                    count += 1
                    assert f"`{space}.{name}`" in generated
    assert count > 400


def test_an_argument_without_a_rule_is_not_bold(generated: str) -> None:
    assert "| `np.where` | `condition`, **x**, **y** |" in generated
    assert "| `np.tanh` | **x** | entry by entry |" in generated
    assert "| `scipy.special.jv` | **z**, `v` |" in generated


def test_the_contents_lead_to_headings(generated: str) -> None:
    headings = re.findall(r"^## (.*)$", generated, re.MULTILINE)
    links = re.findall(r"^- \[(.*?)\]\(#(.*?)\)", generated, re.MULTILINE)
    assert [text for text, _ in links] == [heading for heading in headings if heading != "Contents"]
    for text, target in links:
        assert target == re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-")


def test_the_tables_are_tables(generated: str) -> None:
    rows = [line for line in generated.splitlines() if line.startswith("|")]
    assert {line.count("|") - line.count("\\|") for line in rows} == {4}
