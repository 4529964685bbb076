"""What the modules of rooms do with the names of their numbers, read from the source once."""

import ast
from collections.abc import Iterator, Set
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
        kernels: functions that are compiled, with the names that they read.
    """

    imports: tuple[tuple[str, str, str], ...]
    assigned: tuple[tuple[str, frozenset[str]], ...]
    at_import: frozenset[str]
    kernels: tuple[tuple[str, frozenset[str]], ...]

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
            kernels=tuple((node.name, _loaded(ast.walk(node))) for node in compiled),
        )

    def taken_from(self, module: str) -> dict[str, str]:
        """Names that it imports from another module, or from the wing that holds it, and what it calls them."""
        shown_by = (module, module.rpartition(".")[0])
        return {name: called for source, name, called in self.imports if source in shown_by}

    def kernels_with(self, names: Set[str]) -> set[str]:
        """Kernels that read one of some names, or call such a kernel of this module."""
        found: set[str] = set()
        for _ in self.kernels:
            found |= {kernel for kernel, read in self.kernels if read & (found | names)}
        return found

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
        kernels = sources()[at].kernels_with(names)
        found |= {at} if kernels else set()
        for other, source in sources().items():
            taken = {ours for theirs, ours in source.taken_from(at).items() if theirs in names | kernels}
            if other not in found and source.kernels_with(taken):
                waiting.append((other, taken))
    return frozenset(found)


def call_kernels(callers: frozenset[str], kernels: frozenset[str]) -> bool:
    """Whether any of some modules imports a kernel of any of others."""
    return any(
        any(name in sources()[caller].taken_from(kernel) for name, _ in sources()[kernel].kernels)
        for caller in callers & sources().keys()
        for kernel in kernels
    )


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
