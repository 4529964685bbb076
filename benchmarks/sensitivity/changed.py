"""A number of the source, changed before anything has seen it.

An import hook changes the value where the module assigns it. So defaults of arguments, values derived from it
and compiled kernels, which keep a number as a constant, all get the changed one. Kernels of the module, and of
those that import kernels of it, are compiled anew in memory; all others come from numba's cache.
"""

import ast
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Self

from benchmarks.sensitivity.sources import assignments, binders, kernels_anew

ROOMS: Final = "pipeline.rooms"
#: where a change is told to the processes that a bench starts
VARIABLE: Final = "SHOWROOM_CHANGED_NUMBER"
#: what a module calls the function that scales; no source holds this name
_SCALED: Final = "__changed__"
#: values without a unit between these are varied by their distance to 1
_NEAR_ONE: Final = (0.75, 1.43)


@dataclass(frozen=True)
class Change:
    """One number, changed.

    Attributes:
        module: with dots.
        name: of the constant.
        factor: by which it is multiplied.
        about_one: whether its distance to 1 is multiplied instead (shares, cosines and ratios near 1).
        odd: whether a whole number stays odd (windows around a pixel).
    """

    module: str
    name: str
    factor: float
    about_one: bool = False
    odd: bool = False

    def of(self, value: Any) -> Any:
        """The changed value; of arrays, lists and dictionaries every number."""
        import numpy as np

        if isinstance(value, dict):
            return {key: self.of(one) for key, one in value.items()}
        if isinstance(value, tuple | list):
            return type(value)(self.of(one) for one in value)
        if isinstance(value, np.ndarray):
            changed = [self.of(one) for one in value.ravel().tolist()]
            return np.array(changed, value.dtype).reshape(value.shape)
        if isinstance(value, np.generic):
            return value.dtype.type(self.of(value.item()))
        if isinstance(value, bool) or not isinstance(value, int | float):
            return value
        return self._whole(value) if isinstance(value, int) else self._real(value)

    def _real(self, value: float) -> float:
        if self.about_one and _NEAR_ONE[0] < value < _NEAR_ONE[1] and value != 1.0:
            return 1.0 + (value - 1.0) * self.factor
        return value * self.factor

    def _whole(self, value: int) -> int:
        """At least one more or less, two where it stays odd; never from a positive number to 0."""
        away = 1 if self.factor > 1 else -1
        least = 2 if self.odd else 1
        step = max(least, round(abs(value * (self.factor - 1))))
        if self.odd and step % 2:
            step += 1
        changed = value + away * step * (1 if value >= 0 else -1)
        return max(changed, 1) if value > 0 else changed

    @classmethod
    def told(cls) -> Self | None:
        """The change that this process was started with."""
        text = os.environ.get(VARIABLE)
        return cls(**json.loads(text)) if text else None

    def tell(self) -> None:
        """Make it known to processes that this one starts: they import :mod:`benchmarks.sensitivity.site`."""
        os.environ[VARIABLE] = json.dumps(asdict(self))
        site = str(Path(__file__).with_name("site"))
        os.environ["PYTHONPATH"] = os.pathsep.join([site, *filter(None, [os.environ.get("PYTHONPATH")])])


class _Loader(importlib.machinery.SourceFileLoader):
    """Compiles the module with the change, and nothing of it is kept on disk."""

    def __init__(self, fullname: str, path: str, change: Change) -> None:
        super().__init__(fullname, path)
        self._change = change

    def get_code(self, fullname: str) -> Any:
        """The code of the source, with the assignment of the number wrapped."""
        tree = ast.parse(self.get_data(self.path), self.path)
        if not _wrap(tree, self._change.name):
            raise LookupError(f"{fullname} assigns no {self._change.name}")
        return compile(tree, self.path, "exec")

    def exec_module(self, module: ModuleType) -> None:
        """Run it."""
        setattr(module, _SCALED, self._change.of)
        super().exec_module(module)


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, change: Change) -> None:
        self._change = change

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: Any = None) -> Any:
        """The module that assigns the number."""
        if fullname != self._change.module:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is None or spec.origin is None:
            return None
        loader = _Loader(fullname, spec.origin, self._change)
        return importlib.util.spec_from_file_location(fullname, spec.origin, loader=loader)


def install(change: Change) -> None:
    """From now on modules are imported with the change.

    Raises:
        RuntimeError: the module, or one that uses its kernels, was imported already.
    """
    anew = kernels_anew(change.module, change.name)
    early = [name for name in {change.module, *anew} if name in sys.modules]
    if early:
        raise RuntimeError(f"imported before the change: {', '.join(sorted(early))}")
    sys.meta_path.insert(0, _Finder(change))
    if anew:
        import numba

        numba.njit = _partly_cached(numba.njit, anew)


def apply(change: Change) -> None:
    """Change the number in modules that are imported already: for one that only functions read, when they run.

    Raises:
        KeyError: its module is not imported.
    """
    module = sys.modules[change.module]
    changed = change.of(getattr(module, change.name))
    for name in {change.module, *binders(change.module, change.name)} & set(sys.modules):
        setattr(sys.modules[name], change.name, changed)


def _wrap(tree: ast.Module, name: str) -> bool:
    for node, target in assignments(tree):
        if target == name and node.value is not None:
            call = ast.Call(ast.Name(_SCALED, ast.Load()), [node.value], [])
            node.value = ast.copy_location(call, node.value)
            ast.fix_missing_locations(tree)
            return True
    return False


def _partly_cached(njit: Any, anew: frozenset[str]) -> Any:
    """numba's decorator, which keeps no machine code of some modules and finds none."""

    def decorator(*args: Any, **options: Any) -> Any:
        def compiled(function: Any) -> Any:
            kept = options.get("cache", False) and function.__module__ not in anew
            return njit(**{**options, "cache": kept})(function)

        return compiled(args[0]) if args else compiled

    return decorator
