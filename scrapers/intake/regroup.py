"""Rooms as a person has named and regrouped them by hand, over whatever the source says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from scrapers.digests import digest_of
from scrapers.listing import Listing
from scrapers.rooms import Room, read_name_lists, room_photos
from scrapers.source import Report, Source, silent

_LOOSE = "Other photos"
Rooms = Mapping[str, Sequence[str]]


def write_rooms(path: Path, rooms: Rooms) -> Path:
    """Keep rooms by hand: names of rooms to names of photos, as sources know them."""
    path.write_text(json.dumps({name: list(photos) for name, photos in rooms.items()}), encoding="utf-8")
    return path


class RegroupedSource:
    """A source whose photos lie in rooms by hand; photos of no such room are loose.

    Args:
        inner: the source.
        file: from :func:`write_rooms`.

    Raises:
        BadRoomsFile: the file is no such mapping.
    """

    def __init__(self, inner: Source, file: Path) -> None:
        self.name = inner.name
        self._inner = inner
        self._rooms = read_name_lists(file)

    def fingerprint(self) -> str:
        """Digest of the source and of the rooms."""
        return digest_of("regrouped", self._inner.fingerprint(), repr(sorted(self._rooms.items())))

    def collect(self, folder: Path, report: Report = silent) -> Listing:
        """Collect, then regroup; see :meth:`scrapers.source.Source.collect`."""
        return regroup(self._inner.collect(folder, report), self._rooms)


def regroup(listing: Listing, rooms: Rooms) -> Listing:
    """The listing with its photos in ``rooms``: by the names under which its source knew them."""
    ids = {photo.original: photo.id for photo in listing.photos if photo.original is not None}
    placed: set[str] = set()
    by_hand = []
    for name, photos in rooms.items():
        own = tuple(photo for photo in photos if photo in ids and ids[photo] not in placed)
        placed.update(ids[photo] for photo in own)
        by_hand.append(Room(name, own))
    loose = tuple(original for original, photo_id in ids.items() if photo_id not in placed)
    groups = [room for room in (*by_hand, Room(_LOOSE, loose, named=False)) if room.photos]
    provenance = listing.provenance | {"rooms": "by hand"}
    return listing.model_copy(update={"rooms": room_photos(groups, ids.get), "provenance": provenance})
