"""A memory of bounded size that forgets what was not asked for longest."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """At most ``limit`` values after :meth:`forget`."""

    def __init__(self, limit: int) -> None:
        self._values: OrderedDict[K, V] = OrderedDict()
        self._limit = limit

    def get(self, key: K) -> V | None:
        """The value, which counts as used; ``None`` if it is not known."""
        found = self._values.get(key)
        if found is not None:
            self._values.move_to_end(key)
        return found

    def put(self, key: K, value: V) -> None:
        """Remember ``value``."""
        self._values[key] = value

    def forget(self) -> None:
        """Drop what is too much, the longest unused first."""
        while len(self._values) > self._limit:
            self._values.popitem(last=False)
