"""What the documentation shows is what happens: docstrings' examples, and the code blocks of README.md and docs/.

In a page, the ```python blocks run from top to bottom in one namespace, as one program would. A ```text block that
follows one directly is that block's output, where `...` stands for any text. A block of `>>>` lines is a doctest.
"""

import contextlib
import doctest
import importlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = [path for path in sorted((ROOT / "compgraph").rglob("*.py")) if path.name != "__main__.py"]
README = ROOT / "README.md"
PAGES = sorted((ROOT / "docs").rglob("*.md"))
OPTIONS = doctest.ELLIPSIS


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Examples may write files by a bare name; they are not to land in the checkout."""
    monkeypatch.chdir(tmp_path)


def run(test: doctest.DocTest) -> None:
    report = io.StringIO()
    failures, _ = doctest.DocTestRunner(optionflags=OPTIONS).run(test, out=report.write, clear_globs=False)
    if failures:
        pytest.fail(report.getvalue(), pytrace=False)


# ----------------------------------------------------------------------------------------------------------- docstrings


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_docstrings(path: Path) -> None:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    module = importlib.import_module(name)
    for test in doctest.DocTestFinder(exclude_empty=True).find(module, name):
        if test.examples:
            run(test)


# ---------------------------------------------------------------------------------------------------------------- pages


@dataclass(frozen=True)
class Block:
    """A fenced block of a page: its language, its text, the line its text starts on, and what directly precedes it."""

    language: str
    text: str
    line: int
    follows: "Block | None"


FENCE = re.compile(r"^(?P<fence>`{3,})(?P<language>[^\n`]*)\n(?P<text>.*?)^(?P=fence)[ \t]*$", re.MULTILINE | re.DOTALL)


def blocks(page: str) -> Iterator[Block]:
    previous, end = None, 0
    for found in FENCE.finditer(page):
        directly = previous is not None and not page[end : found.start()].strip()
        line = page.count("\n", 0, found.start("text")) + 1
        previous = Block(found["language"].strip(), found["text"], line, previous if directly else None)
        end = found.end()
        yield previous


def without_trailing_spaces(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.rstrip().splitlines()) + "\n"


def run_page(page: str, name: str) -> int:
    """Run a page's code and compare what it prints with what it shows; return how many outputs were compared."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    compared, printed = 0, ""
    for block in blocks(page):
        if block.text.lstrip().startswith(">>>"):
            test = doctest.DocTestParser().get_doctest(block.text, namespace, name, name, block.line - 1)
            test.globs = namespace  # the parser copies it; what the examples define is for the blocks after them
            run(test)
            compared += len(test.examples)
        elif block.language == "python":
            # Empty lines in front, so that a traceback names the page's own line.
            code = compile("\n" * (block.line - 1) + block.text, name, "exec")
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(code, namespace)
            printed = out.getvalue()
        elif block.language == "text" and block.follows is not None and block.follows.language == "python":
            want, got = without_trailing_spaces(block.text), without_trailing_spaces(printed)
            if not doctest.OutputChecker().check_output(want, got, OPTIONS):
                pytest.fail(
                    f"{name}, line {block.line} shows\n{want}\nbut the code before it prints\n{got}", pytrace=False
                )
            compared += 1
    return compared


@pytest.mark.parametrize("path", PAGES, ids=relative)
def test_pages(path: Path) -> None:
    run_page(path.read_text(encoding="utf-8"), relative(path))


def test_the_readme_shows_the_output_of_its_code() -> None:
    assert run_page(README.read_text(encoding="utf-8"), "README.md") > 0


def test_the_pages_name_only_tasks_that_exist() -> None:
    tasks = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for path in [README, *PAGES]:
        named = set(re.findall(r"(?:`|^ *\$? *)make ([a-z-]+)", path.read_text(encoding="utf-8"), re.MULTILINE))
        assert named <= tasks, f"{relative(path)} names make {sorted(named - tasks)}, which the Makefile has not"


WRONG_PAGE = """
```python
x = 2
print(x + 1)
```

```text
4
```
"""


def test_a_wrong_page_fails() -> None:
    with pytest.raises(pytest.fail.Exception, match="line 8 shows\n4\n\nbut the code before it prints\n3"):
        run_page(WRONG_PAGE, "page.md")
    assert run_page(WRONG_PAGE.replace("4", "3"), "page.md") == 1


PAGE_IN_PIECES = """
```python
x = 2
```
Prose.
```pycon
>>> y = x + 1
>>> y
3
```
```python
assert y == 3
```
"""


def test_the_blocks_of_a_page_share_one_namespace() -> None:
    assert run_page(PAGE_IN_PIECES, "page.md") == 2
