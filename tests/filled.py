"""Instances of any dataclass or pydantic model, with every field filled by its type: :func:`filled`.

No field keeps its default, no two values are alike, and floats need all their bits, so that whatever loses,
rounds or mixes up a field is found out by :func:`differences`.
"""

import datetime as dt
import enum
import random
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np
from pydantic import BaseModel

#: what a field holds beyond its type: "Class.field" to a maker that gets the fields made before it
Makers = Mapping[str, Callable[[Mapping[str, Any]], Any]]
Examples = Mapping[type, Sequence[Any]]
_NONE: Final = object()
_DTYPES: Final = ("float64", "float32", "int64", "int32", "uint8", "bool")
#: entries of a collection without a fixed length
_ENTRIES: Final = 2


class Filler:
    """Makes instances.

    Args:
        makers: for fields whose values must fit together.
        examples: of kinds whose fields exclude each other; together they must fill every field.
        bare: leaves every field that has a default at it, and every optional one at ``None``.
    """

    def __init__(self, makers: Makers, examples: Examples, *, bare: bool = False) -> None:
        self._makers, self._examples, self._bare = makers, examples, bare
        self._random, self._made = random.Random(0), 0

    def instance(self, kind: type) -> Any:
        """An instance of a dataclass or model; ``AssertionError`` where a field keeps its default."""
        hints, made, sizes = get_type_hints(kind, include_extras=True), dict[str, Any](), dict[str, int]()
        for name, default in _defaults(kind).items():
            if self._bare and default is not _NONE:
                continue
            maker = self._makers.get(f"{kind.__name__}.{name}")
            made[name] = maker(made) if maker else self._value(hints[name], default, sizes)
            assert default is _NONE or self._bare or list(differences(made[name], default)), (
                f"{kind.__name__}.{name} keeps its default"
            )
        return kind(**made)

    def _value(self, hint: Any, default: Any, sizes: dict[str, int]) -> Any:
        origin, given = get_origin(hint), get_args(hint)
        if origin is Annotated:
            return self._value(given[0], default, sizes)
        if origin in (Union, types.UnionType):
            return self._one_of_union(given, default, sizes)
        if origin is Literal:
            return self._other(given, default)
        if origin in (tuple, list):
            return self._row(origin, given, sizes)
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return {
                self._value(given[0], _NONE, sizes): self._value(given[1], _NONE, sizes)
                for _ in range(_ENTRIES)
            }
        if hasattr(hint, "dim_str"):
            return self._array(hint, sizes)
        return self._single(hint, default)

    def _one_of_union(self, given: tuple[Any, ...], default: Any, sizes: dict[str, int]) -> Any:
        kinds = [kind for kind in given if kind is not types.NoneType]
        if self._bare and len(kinds) < len(given):
            return None
        self._made += 1
        return self._value(kinds[self._made % len(kinds)], default, sizes)

    def _other(self, given: tuple[Any, ...], default: Any) -> Any:
        self._made += 1
        choice = [value for value in given if value != default]
        return choice[self._made % len(choice)]

    def _row(self, origin: type, given: tuple[Any, ...], sizes: dict[str, int]) -> Any:
        kinds = given if origin is tuple and given[-1] is not Ellipsis else given[:1] * _ENTRIES
        return origin(self._value(kind, _NONE, sizes) for kind in kinds)

    def _array(self, hint: Any, sizes: dict[str, int]) -> np.ndarray:
        dtype = next(name for name in _DTYPES if name in hint.dtypes)
        shape = tuple(self._size(size, sizes) for size in hint.dim_str.split())
        self._made += 1
        rng = np.random.default_rng(self._made)
        if dtype.startswith("float"):
            return rng.uniform(0.1, 0.9, shape).astype(dtype)
        return rng.integers(0, 2 if dtype == "bool" else 200, shape).astype(dtype)

    def _size(self, size: str, sizes: dict[str, int]) -> int:
        return int(size) if size.isdigit() else sizes.setdefault(size, 3 + len(sizes))

    def _single(self, kind: Any, default: Any) -> Any:
        self._made += 1
        if kind is Any or kind is object or kind is str:
            return f"s{self._made}"
        if kind is bool:
            return not default if isinstance(default, bool) else bool(self._made % 2)
        if kind is int:
            return 100 + self._made
        if kind is float:
            return self._random.uniform(0.1, 0.9)
        if kind is dt.date:
            return dt.date(2020, 1, 1) + dt.timedelta(days=self._made)
        if issubclass(kind, enum.Enum):
            return self._other(tuple(kind), default)
        if kind in self._examples:
            return self._example(kind)
        return self.instance(kind)

    def _example(self, kind: type) -> Any:
        given = self._examples[kind]
        for name, default in _defaults(kind).items():
            assert any(list(differences(getattr(one, name), default)) for one in given), (
                f"no example of {kind.__name__} fills its {name}"
            )
        return given[self._made % len(given)]


def _defaults(kind: type) -> dict[str, Any]:
    """Every field with its default (``_NONE`` where it has none)."""
    if issubclass(kind, BaseModel):
        return {
            name: _NONE if info.is_required() else info.get_default(call_default_factory=True)
            for name, info in kind.model_fields.items()
        }
    assert is_dataclass(kind), f"{kind.__name__} is neither a dataclass nor a model: its fields are not known"
    return {field.name: _default(field) for field in fields(kind) if field.init}


def _default(field: "Field[Any]") -> Any:
    if field.default is not MISSING:
        return field.default
    return _NONE if field.default_factory is MISSING else field.default_factory()


def differences(left: Any, right: Any, at: str = "") -> Iterator[str]:
    """Where two values are not the same, by type, shape, dtype and every bit."""
    if type(left) is not type(right):
        yield f"{at or 'it'}: {type(left).__name__} became {type(right).__name__}"
    elif is_dataclass(left) or isinstance(left, BaseModel):
        for name in _defaults(type(left)):
            yield from differences(getattr(left, name), getattr(right, name), f"{at}.{name}")
    elif isinstance(left, np.ndarray):
        if left.dtype != right.dtype or left.shape != right.shape:
            yield f"{at}: {left.dtype}{left.shape} became {right.dtype}{right.shape}"
        elif not np.array_equal(left, right, equal_nan=left.dtype.kind == "f"):
            yield f"{at}: other values"
    elif isinstance(left, Mapping):
        if list(left) != list(right):
            yield f"{at}: keys {list(left)} became {list(right)}"
        else:
            for key, value in left.items():
                yield from differences(value, right[key], f"{at}[{key!r}]")
    elif isinstance(left, tuple | list):
        if len(left) != len(right):
            yield f"{at}: {len(left)} entries became {len(right)}"
        else:
            for index, (one, other) in enumerate(zip(left, right, strict=True)):
                yield from differences(one, other, f"{at}[{index}]")
    elif left != right:
        yield f"{at}: {left!r} became {right!r}"
