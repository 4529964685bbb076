"""Sizes of the rooms of a stored listing, from what its analysis measured and what somebody typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.report import ListingReport, RoomReport
from pipeline.rooms.sizes import RoomMeasure, RoomSize, SeenFrom, TypedLength, sizes_of
from pipeline.sizing.lengths import kept_lengths
from pipeline.store import Store, read_result

#: why a built room has no size
_ROUGH: Final = "Its photos fit together only roughly, so nothing is measured in it."
_OLD: Final = "It was analysed before sizes were measured; analyse the listing again."


@dataclass(frozen=True)
class ListingSizes:
    """What is known of the sizes of a listing's rooms.

    Attributes:
        rooms: room id to its size; rooms that were not measured are missing.
        measures: the same rooms as measured, in the units of their point maps.
        why: room id to why it has no size.
    """

    rooms: Mapping[str, RoomSize]
    measures: Mapping[str, RoomMeasure]
    why: Mapping[str, str]

    def why_not(self, room_id: str) -> tuple[str, ...]:
        """Why numbers of a room are missing; empty where none is."""
        size = self.rooms.get(room_id)
        if size is not None:
            return size.why
        said = self.why.get(room_id)
        return () if said is None else (said,)

    def photos(self) -> dict[str, SeenFrom]:
        """Photo id to where and through which lens it was taken; what photos tell together is kept."""
        found: dict[str, SeenFrom] = {}
        for measure in sorted(self.measures.values(), key=lambda one: one.of_one_photo):
            for photo in measure.photos:
                found.setdefault(photo.photo_id, photo)
        return found


def listing_sizes(
    store: Store, report: ListingReport | None, typed: Sequence[TypedLength] | None = None
) -> ListingSizes:
    """The sizes of all rooms of a report; rooms whose measure is gone or damaged have none.

    Args:
        store: where it is kept.
        report: of the listing.
        typed: true lengths; those that were typed and kept where ``None``.
    """
    if typed is None:
        typed = kept_lengths(store, report) if report is not None else ()
    measures: dict[str, RoomMeasure] = {}
    why: dict[str, str] = {}
    for room in report.rooms if report is not None else ():
        measure = _measure(store, room)
        if measure is not None:
            measures[room.room_id] = measure
        if room.status == "built" and (room.rough or measure is None):
            why[room.room_id] = _ROUGH if room.rough else _OLD
    told = {room_id: measure for room_id, measure in measures.items() if room_id not in why}
    return ListingSizes(sizes_of(told, typed), measures, why)


def _measure(store: Store, room: RoomReport) -> RoomMeasure | None:
    if room.size_key is None:
        return None
    try:
        return read_result(RoomMeasure, store.artefacts.folder(room.size_key))
    except KeyError:
        return None
