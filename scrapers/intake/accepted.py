"""Kinds of files that sources read, by the end of their names: one list for every way in."""

from __future__ import annotations

from typing import Final

from scrapers.airbnb.saved import PAGE_SUFFIXES
from scrapers.folder import PHOTO_SUFFIXES
from scrapers.intake.archive import ARCHIVE_SUFFIXES
from scrapers.reviews_file import REVIEW_SUFFIXES


def _types(suffixes: tuple[str, ...]) -> tuple[str, ...]:
    """What stands after the last dot, each once."""
    return tuple(dict.fromkeys(suffix.rpartition(".")[2] for suffix in suffixes))


PHOTO_TYPES: Final = _types(tuple(sorted(PHOTO_SUFFIXES)))
REVIEW_TYPES: Final = _types(REVIEW_SUFFIXES)
#: these hold a listing by themselves
WHOLE_TYPES: Final = _types((*ARCHIVE_SUFFIXES, *PAGE_SUFFIXES))
OTHER_TYPES: Final = (*REVIEW_TYPES, *WHOLE_TYPES)
