"""What is imported when it is asked for: what `import compgraph` loads, and that nobody else sees a difference."""

from __future__ import annotations

import ast
import importlib
import inspect
import pickle
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import compgraph as cg

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "compgraph"

ENGINE = {
    "errors", "forward", "later", "nested", "node", "operand", "primitive", "pull", "reverse", "rules", "scope",
    "silence", "strong_zeros", "tape", "tracing", "transforms", "unknown", "watching",
}  # fmt: skip
"""What most programs use; of it there is all but what rules say of SciPy's functions."""

ON_CALL = {
    "compile", "compile.compiling", "compile.to_numpy",
    "explain", "explain.explaining",
    "page", "page.making",
    "render", "render.in_notebook", "render.notice", "render.page_maker", "render.rendering",
}  # fmt: skip
"""Of the rest the functions that are named like a part of the package, and what enters itself somewhere."""


def run(code: str, *arguments: str, folder: Path = ROOT) -> str:
    """What a program prints in an interpreter of its own."""
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"
    command = [sys.executable, "-W", "error", "-c", program, *arguments]
    answer = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def later_in(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The names that a package says are imported later, each with its module: to type checkers, and when it runs."""
    (choice,) = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.If)]
    typed = {
        alias.name: str(entry.module)
        for entry in choice.body
        if isinstance(entry, ast.ImportFrom)
        for alias in entry.names
    }
    (table,) = [node for node in ast.walk(choice) if isinstance(node, ast.Dict)]
    return typed, ast.literal_eval(table)


PACKAGES = {name_of(path): path for path in PACKAGE.rglob("__init__.py") if "= later(" in path.read_text("utf-8")}
LATER = [(package, name) for package, path in PACKAGES.items() for name in later_in(path)[0]]
PARTS = {path.stem if path.suffix else path.name for path in PACKAGE.iterdir()}
BOTH = sorted(PARTS & set(cg.__all__))
"""The public names that are names of modules too."""


def test_what_the_import_loads() -> None:
    modules = run("import compgraph; print(*[name for name in sys.modules if name.startswith('compgraph.')])").split()
    loaded = {name.removeprefix("compgraph.") for name in modules}
    rules = {f"rules.{path.stem}" for path in (PACKAGE / "rules").glob("*.py")} - {"rules.__init__"}
    assert loaded == ENGINE | ON_CALL | rules


@pytest.mark.parametrize("package", PACKAGES)
def test_type_checkers_are_told_the_same(package: str) -> None:
    typed, table = later_in(PACKAGES[package])
    assert typed == table


@pytest.mark.parametrize(("package", "name"), LATER)
def test_it_is_there_when_it_is_asked_for(package: str, name: str) -> None:
    module = importlib.import_module(package)
    assert getattr(module, name) is getattr(module, name)
    assert name in module.__all__
    assert name not in PARTS, "importing the module of that name would put it in the place of what is meant"


def test_all_names_are_listed_before_they_are_asked_for() -> None:
    code = "import compgraph as cg; print(set(cg.__all__) - set(dir(cg)), 'check' in dir(cg), 'compare' in vars(cg))"
    assert run(code) == "set() True False"


def test_a_star_brings_all_of_them() -> None:
    assert run("from compgraph import *; import compgraph; print(set(compgraph.__all__) - set(globals()))") == "set()"


def test_parts_of_the_package_can_be_asked_for() -> None:
    assert run("import compgraph as cg; print(cg.check.__name__, cg.jacobians.__name__)") == (
        "compgraph.check compgraph.jacobians"
    )


@pytest.mark.parametrize("package", PACKAGES)
def test_another_name_is_not(package: str) -> None:
    with pytest.raises(AttributeError, match=f"module '{package}' has no attribute 'compil'"):
        importlib.import_module(package).compil


def test_which_names_are_modules_too() -> None:
    assert BOTH == ["compile", "explain", "primitive", "render", "scope", "tape"]
    assert all(inspect.isroutine(getattr(cg, name)) for name in BOTH)


MODULES = [
    name_of(path)
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.name != "__main__.py" and not {"plugin", "scipy_special", "testing", "dask.py"} & set(path.parts)
]


@pytest.mark.parametrize(
    "order",
    [
        *[[f"compgraph.{name}"] for name in BOTH],
        ["compgraph.render.picture", "compgraph.explain.explanation", "compgraph.explain.tape_table"],
        ["compgraph.compile.compiled", "compgraph.page.data", "compgraph.check.prove"],
        MODULES,
        MODULES[::-1],
    ],
    ids=lambda order: f"{len(order)} modules from {order[0]}",
)
def test_no_module_takes_the_place_of_a_function(order: list[str]) -> None:
    code = """
import importlib, types
for name in sys.argv[1:]:
    importlib.import_module(name)
import compgraph as cg
from compgraph import *
print([name for name in cg.__all__ if isinstance(getattr(cg, name), types.ModuleType)])
print([name for name in cg.__all__ if globals()[name] is not getattr(cg, name)])
"""
    assert run(code, *order).split("\n") == ["[]", "[]"]


def test_a_module_that_is_imported_after_the_function_was_used_changes_nothing() -> None:
    code = f"""
import importlib, compgraph as cg
before = [getattr(cg, name) for name in {BOTH}]
for name in sys.argv[1:]:
    importlib.import_module(name)
print([name for name, f in zip({BOTH}, before) if getattr(cg, name) is not f])
"""
    assert run(code, *MODULES) == "[]"


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("'u = b × c' in cg.render(J).dot", "True"),
        ("'u = b × c' in cg.render(J, 'graph.html').html", "True"),
        ("list(J._repr_mimebundle_())", "['image/svg+xml', 'text/plain']"),
        ("cg.explain(J, wrt=b)", "<Explanation of dJ/db: 1 path>"),
        ("'u     multiply  b, c' in str(cg.tape(J))", "True"),
        ("cg.compare(lambda b: b * b, lambda b: 2 * b, at={'b': 3.0}).ok", "True"),
        ("cg.custom_gradient(lambda x: (x, lambda grad: grad), check=True)(b).value", "3.0"),
        ("cg.gradients(cg.checkpoint(lambda x: x * x)(b), [b])", "[6.0]"),
        ("cg.jacobian(lambda x: x * x)(3.0)", "6.0"),
        ("isinstance(cg.render(J), cg.Picture)", "True"),
    ],
)
def test_what_a_program_uses_first(expression: str, told: str, tmp_path: Path) -> None:
    """Each of it in an interpreter that has imported nothing for it; names are those of the program."""
    given = "import compgraph as cg\nb, c = cg.variables(b=3.0, c=2.0)\nu = b * c\nJ = u * 1.0\n"
    assert run(f"{given}print(repr({expression}))", folder=tmp_path) == told


def test_functions_and_classes_can_be_pickled() -> None:
    kept = [getattr(cg, name) for name in cg.__all__ if name != "OPS"]
    assert not any(isinstance(found, ModuleType) for found in kept)
    names = run(f"import pickle; print(*[found.__name__ for found in pickle.loads({pickle.dumps(kept)!r})])").split()
    assert names == [found.__name__ for found in kept]
