"""From what was collected (a parsed page, reviews, photo files) to a :class:`Listing`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from scrapers.airbnb.parse.parsed import ParsedListing, ParsedPhoto
from scrapers.errors import EmptySource, Partial
from scrapers.listing import Problem, Review, RoomPhotos
from scrapers.source import Report

_LOOSE_ID, _LOOSE, _LOOSE_BESIDE_ROOMS = "photos", "Photos", "Other photos"


def import_photos(
    page: ParsedListing, place: Callable[[ParsedPhoto], Path | None], folder: Path, report: Report
) -> dict[str, Any]:
    """Take the photos of ``page`` into ``folder``.

    Args:
        place: the file of a photo; ``None`` where there is none.

    Returns:
        ``photos``, ``rooms`` and ``problems`` of the listing.
    """
    from scrapers.photos import PhotoImporter

    photos = distinct(page.photos)
    files = [(photo.url, path) for photo in photos if (path := place(photo)) is not None]
    importer = PhotoImporter(folder)
    importer.add_all(files, report)
    texts: dict[str, dict[str, str]] = {}
    for photo in photos:
        known = texts.setdefault(importer.id_of(photo.url) or "", {})
        for name, text in (("caption", photo.caption), ("label", photo.label)):
            if text is not None:
                known.setdefault(name, text)
    return {
        "photos": tuple(photo.model_copy(update=texts.get(photo.id, {})) for photo in importer.photos),
        "rooms": _rooms(page, photos, importer.id_of),
        "problems": importer.problems,
    }


def distinct(photos: Iterable[ParsedPhoto]) -> list[ParsedPhoto]:
    """One entry per address: the one that names a room, else the first."""
    found: dict[str, ParsedPhoto] = {}
    for photo in photos:
        known = found.setdefault(photo.url, photo)
        if known.room is None and photo.room is not None:
            found[photo.url] = photo
    return list(found.values())


def _rooms(
    page: ParsedListing, photos: Sequence[ParsedPhoto], id_of: Callable[[str], str | None]
) -> tuple[RoomPhotos, ...]:
    """The rooms of the tour that have photos, then the photos of no room; each photo in one room."""
    members = _members(page, photos, id_of)
    rooms = [
        RoomPhotos(id=room.id, name=room.name, photo_ids=tuple(members[room.id]))
        for room in page.rooms
        if members[room.id]
    ]
    if members[None]:
        rooms.append(_loose(members[None], {room.id for room in rooms}))
    return tuple(rooms)


def _members(
    page: ParsedListing, photos: Sequence[ParsedPhoto], id_of: Callable[[str], str | None]
) -> dict[str | None, list[str]]:
    """Photos of every room of the tour and of none; one that names a room before its copies without."""
    members: dict[str | None, list[str]] = {room.id: [] for room in page.rooms} | {None: []}
    placed: set[str] = set()
    for in_a_room in (True, False):
        for photo in photos:
            room = photo.room if photo.room in members else None
            photo_id = id_of(photo.url)
            if (room is not None) == in_a_room and photo_id is not None and photo_id not in placed:
                placed.add(photo_id)
                members[room].append(photo_id)
    return members


def _loose(photo_ids: Sequence[str], taken: Collection[str]) -> RoomPhotos:
    """The photos of no room, under an id that no room has."""
    name = _LOOSE_BESIDE_ROOMS if taken else _LOOSE
    free = next(i for i in (_LOOSE_ID, *(f"{_LOOSE_ID}-{n}" for n in range(2, 999))) if i not in taken)
    return RoomPhotos(id=free, name=name, photo_ids=tuple(photo_ids), grouped=False)


def merge_reviews(better: Iterable[Review], others: Iterable[Review]) -> tuple[Review, ...]:
    """Each review once; of two with one id the one in ``better``."""
    found: dict[str, Review] = {}
    for review in (*better, *others):
        found.setdefault(review.id, review)
    return tuple(found.values())


def missing_reviews(total: int | None, read: int, unreadable: int, advice: str) -> tuple[Problem, ...]:
    """What is to be said when fewer reviews came than there are; ``advice`` is how to get the others."""
    problems = []
    if unreadable:
        problems.append(Problem(subject="reviews", message=f"{unreadable} have no text that could be read"))
    missing = max(0, total - read - unreadable) if total is not None else 0
    if missing:
        partial = Partial(missing, f"{missing} of {total} reviews are still missing.", advice)
        problems.append(Problem(subject="reviews", message=str(partial)))
    return tuple(problems)


def empty(title: str, problems: Sequence[Problem]) -> EmptySource:
    """The error for a page that yields nothing to analyse."""
    reasons = "; ".join(f"{problem.subject} {problem.message}" for problem in problems[:3])
    return EmptySource(
        f"{title!r} yielded neither a usable photo nor a review{f' ({reasons})' if reasons else ''}.",
        "Try again later, or give a folder with the listing's photos.",
    )
