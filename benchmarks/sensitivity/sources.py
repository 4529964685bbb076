"""What the modules of rooms do with the names of their numbers, read from the source once."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from pipeline.config import PROJECT_ROOT

_DECORATORS: Final = ("njit", "kernel")


@dataclass(frozen=True)
class Source:
    """One module.

    Attributes:
        imports: (module, name, what it is called here) of every ``from module import name``.
        assigned: names that it assigns at its top level, with the names that these are made of.
        at_import: names that it reads when it is imported.
        kernels: functions that are compiled.
        in_kernels: names that these read.
    """

    imports: tuple[tuple[str, str, str], ...]
    assigned: tuple[tuple[str, frozenset[str]], ...]
    at_import: frozenset[str]
    kernels: frozenset[str]
    in_kernels: frozenset[str]

    @classmethod
    def of(cls, tree: ast.Module) -> "Source":
        """Read a module."""
        nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
        compiled = [node for node in tree.body if isinstance(node, ast.FunctionDef) and _is_kernel(node)]
        return cls(
            imports=tuple(
                (node.module or "", alias.name, alias.asname or alias.name)
                for node in nodes
                for alias in node.names
            ),
            assigned=tuple(
                (target, _loaded(ast.walk(node.value))) for node, target in assignments(tree) if node.value
            ),
            at_import=_loaded(part for node in tree.body for part in _outside_functions(node)),
            kernels=frozenset(node.name for node in compiled),
            in_kernels=_loaded(part for node in compiled for part in ast.walk(node)),
        )

    def taken_from(self, module: str) -> dict[str, str]:
        """Names that it imports from another module, or from the wing that holds it, and what it calls them."""
        shown_by = (module, module.rpartition(".")[0])
        return {name: called for source, name, called in self.imports if source in shown_by}

    def with_derived(self, name: str) -> set[str]:
        """A name, and those that the module makes of it."""
        names = {name}
        for target, used in self.assigned:
            if used & names:
                names.add(target)
        return names


def assignments(tree: ast.Module) -> Iterator[tuple[ast.Assign | ast.AnnAssign, str]]:
    """Every assignment at the top level of a module, with its target as text."""
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                yield node, ast.unparse(target)


@cache
def sources() -> dict[str, Source]:
    """Every module of rooms."""
    found = {}
    for path in sorted((PROJECT_ROOT / "pipeline" / "rooms").rglob("*.py")):
        found[_module(path)] = Source.of(ast.parse(path.read_text(encoding="utf-8")))
    return found


@cache
def binders(module: str, name: str) -> frozenset[str]:
    """Modules that import a name of another one."""
    return frozenset(other for other, source in sources().items() if name in source.taken_from(module))


@cache
def read_at_import(module: str, name: str) -> bool:
    """Whether anything is made of a number when modules are imported: other numbers, defaults, kernels."""
    if kernels_anew(module, name):
        return True
    return any(name in sources()[other].at_import for other in (module, *binders(module, name)))


@cache
def kernels_anew(module: str, name: str) -> frozenset[str]:
    """Modules whose kernels hold a number as a constant, and those whose kernels call these."""
    waiting = [(module, sources()[module].with_derived(name))]
    found: set[str] = set()
    while waiting:
        at, names = waiting.pop()
        if at not in found and sources()[at].in_kernels & names:
            found.add(at)
            names = names | sources()[at].kernels
        for other, source in sources().items():
            taken = {ours for theirs, ours in source.taken_from(at).items() if theirs in names}
            if other not in found and source.in_kernels & taken:
                waiting.append((other, taken))
    return frozenset(found)


def _module(path: Path) -> str:
    return ".".join(path.relative_to(PROJECT_ROOT).with_suffix("").parts).removesuffix(".__init__")


def _loaded(parts: Iterator[ast.AST]) -> frozenset[str]:
    return frozenset(part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load))


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    """All parts of a statement that run when it is imported."""
    yield node
    if isinstance(node, ast.FunctionDef | ast.Lambda):
        parts: list[ast.AST] = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
        parts += node.decorator_list if isinstance(node, ast.FunctionDef) else []
    else:
        parts = list(ast.iter_child_nodes(node))
    for part in parts:
        yield from _outside_functions(part)


def _is_kernel(node: ast.FunctionDef) -> bool:
    return any(word in ast.unparse(decorator) for decorator in node.decorator_list for word in _DECORATORS)
