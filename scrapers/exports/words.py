"""The words of many languages by which exports are read, from ``words.tsv`` and ``months.tsv``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources


@lru_cache(maxsize=1)
def _table() -> Mapping[str, tuple[str, ...]]:
    return {what: tuple(words.split("|")) for what, words in rows("words.tsv")}


def rows(name: str) -> list[list[str]]:
    """The rows of a table of this folder, without its heading."""
    text = resources.files("scrapers.exports").joinpath(name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines()[1:]]


@lru_cache(maxsize=64)
def words(what: str) -> frozenset[str]:
    """The words for ``what``, in lower case."""
    return frozenset(_table()[what])


@lru_cache(maxsize=8)
def words_by(kind: str) -> Mapping[str, str]:
    """Each word of the rows ``kind ...`` to the rest of its row's name."""
    return {
        word: what.removeprefix(f"{kind} ")
        for what, all_words in _table().items()
        if what.startswith(f"{kind} ")
        for word in all_words
    }


@lru_cache(maxsize=1)
def months() -> Mapping[str, int]:
    """Names of months to their numbers."""
    return {name: int(month) for month, names in rows("months.tsv") for name in names.split()}
