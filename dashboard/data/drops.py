"""What a visitor's files hold, in words, before any work on them starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dashboard.data import facts
from dashboard.data.uploads import SavedUpload
from dashboard.words import number, t, tn
from scrapers.errors import CollectError
from scrapers.intake.understand import Understood, UnderstoodRoom, outline
from scrapers.sources import resolve

#: that many names are told, then their number
_MOST_NAMES: Final = 8
#: sources whose title is the listing's, not a file's
_TITLED: Final = ("saved-page", "inside-airbnb")


@dataclass(frozen=True)
class Told:
    """What is said about dropped files.

    Attributes:
        rows: what was found, and how much of it.
        left_out: name and reason of what will not be used.
        refused: why nothing can be read, and what to do; empty where something can.
        rooms: rooms by name with the names of their photos; those of no named room stand under "".
        files: where photos lie, by their names.
    """

    rows: tuple[tuple[str, str], ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    refused: str = ""
    rooms: tuple[tuple[str, tuple[str, ...]], ...] = ()
    files: Mapping[str, Path] = field(default_factory=dict)

    @property
    def photos(self) -> tuple[str, ...]:
        """Names of all photos, in order."""
        return tuple(photo for _, photos in self.rooms for photo in photos)


def understood(saved: SavedUpload, cache: Path) -> Told:
    """Look into kept files without opening a photo or fetching anything.

    Args:
        saved: from :func:`dashboard.data.save`.
        cache: folder for what has to be unpacked.
    """
    try:
        source = resolve(saved.origin, reviews=saved.reviews_file, cache=cache)
        return _in_words(outline(source, saved.origin))
    except CollectError as error:
        return Told(refused=str(error))


def _in_words(found: Understood) -> Told:
    named = [t(facts.label_of(name)) for name in found.facts if name in facts.NAMED]
    rows = (
        (t("Listing"), found.title if found.kind in _TITLED else ""),
        (t("Photos"), _photos(found.photos, found.rooms)),
        (t("Reviews"), _reviews(found.reviews, found.review_count)),
        (t("Facts"), _listed(named)),
    )
    left_out = tuple((problem.subject, problem.message) for problem in found.left_out)
    rooms = tuple((room.name if room.named else "", room.photos) for room in found.rooms)
    return Told(tuple(row for row in rows if row[1]), left_out, rooms=rooms, files=found.files)


def _photos(photos: int, rooms: Sequence[UnderstoodRoom]) -> str:
    if not photos:
        return t("None: there will be no rooms")
    named = [f"{room.name} ({len(room.photos)})" for room in rooms if room.named]
    loose = sum(len(room.photos) for room in rooms if not room.named)
    parts = [
        t("{photos} in {rooms}", photos=photos, rooms=_listed(named)) if named and not loose else _listed(named)
    ]
    if loose:
        parts.append(t("{photos} of no named room, to be sorted by what they share", photos=loose))
    return "; ".join(part for part in parts if part)


def _reviews(reviews: int, stated: int | None) -> str:
    if stated is not None and stated > reviews:
        return tn(
            "{read} of the {number} review that the source states",
            "{read} of the {number} reviews that the source states",
            stated,
            read=number(reviews),
        )
    return number(reviews) if reviews else t("None: nothing will be read")


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    shown = ", ".join(names[:_MOST_NAMES])
    return t("{names} and {more} more", names=shown, more=more) if more > 0 else shown
