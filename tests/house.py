"""The project's imports as a graph: which module names which, faces of wings looked through."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from tests.places import ROOT

PACKAGES: Final = ("scrapers", "models", "pipeline", "dashboard")


def files(package: str) -> list[Path]:
    """Every Python file of a package, without what set-up brings."""
    found = (ROOT / package).rglob("*.py")
    return sorted(path for path in found if "node_modules" not in path.parts)


def module_name(path: Path) -> str:
    """``pipeline/rooms/box/search.py`` is ``pipeline.rooms.box.search``; a package goes by its folder."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported_modules(path: Path) -> Iterator[str]:
    """Names of modules as the import statements spell them, those within functions too."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module


def imported_names(path: Path) -> Iterator[tuple[str, str]]:
    """Pairs of module and name of every ``from module import name``."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield from ((node.module, alias.name) for alias in node.names)


@cache
def face(wing: str) -> dict[str, str]:
    """Names that a wing shows, each with the module that it comes from; from ``__init__.pyi``."""
    stub = ROOT / Path(*wing.split(".")) / "__init__.pyi"
    if not stub.exists():
        return {}
    shown: dict[str, str] = {}
    for node in _tree(stub).body:
        assert isinstance(node, ast.ImportFrom)
        assert node.level == 1
        for alias in node.names:
            assert alias.asname == alias.name, f"{stub}: {alias.name} is shown under its own name"
            shown[alias.name] = f"{wing}.{node.module or alias.name}"
    return shown


@cache
def wings() -> tuple[str, ...]:
    """Folders that have a face."""
    stubs = (stub for package in PACKAGES for stub in (ROOT / package).rglob("__init__.pyi"))
    return tuple(sorted(".".join(stub.parent.relative_to(ROOT).parts) for stub in stubs))


def wing_of(module: str) -> str | None:
    """The innermost wing that holds a module."""
    holding = [wing for wing in wings() if module == wing or module.startswith(f"{wing}.")]
    return max(holding, key=len, default=None)


def arrows() -> Iterator[tuple[str, str]]:
    """Which module of the project imports which; through a face, the module behind it."""
    known = {module_name(path) for package in PACKAGES for path in files(package)}
    for package in PACKAGES:
        for path in files(package):
            source = module_name(path)
            for module, name in imported_names(path):
                behind = face(module).get(name)
                target = behind or (f"{module}.{name}" if f"{module}.{name}" in known else module)
                if target in known and target != source:
                    yield source, target


def function_lengths(package: str) -> list[int]:
    """Lines of every function and method, docstring included, decorators not; shortest first."""
    return sorted(
        (node.end_lineno or node.lineno) - node.lineno + 1
        for path in files(package)
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))
