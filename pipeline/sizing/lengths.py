"""Lengths that people typed: checked, kept with the listing, and read back."""

from __future__ import annotations

from pipeline.report import ListingReport, RoomReport
from pipeline.rooms.sizes import TypedLength
from pipeline.store import LengthEntry, Store


def keep_length(store: Store, report: ListingReport, length: TypedLength) -> None:
    """Keep a length of a room; one of the same room and kind is replaced.

    Raises:
        ValueError: the room is unknown or was not measured.
    """
    room = next((room for room in report.rooms if room.room_id == length.room_id), None)
    if room is None or room.size_key is None:
        known = ", ".join(room.room_id for room in report.rooms if room.size_key is not None)
        raise ValueError(f"There is no measured room {length.room_id!r}; measured are: {known or 'none'}.")
    measure = room.size_key if length.of == "points" else None
    entry = LengthEntry(length.room_id, length.of, length.metres, length.units, measure)
    store.catalogue.put_length(report.listing_id, entry)


def forget_lengths(store: Store, report: ListingReport, room_id: str) -> None:
    """Forget what was typed for a room."""
    store.catalogue.forget_lengths(report.listing_id, room_id)


def kept_lengths(store: Store, report: ListingReport) -> list[TypedLength]:
    """What was typed for the rooms of a report; places of a room that was measured anew since mean nothing."""
    rooms = {room.room_id: room for room in report.rooms}
    return [
        TypedLength(entry.room_id, entry.metres, entry.of, entry.units)
        for entry in store.catalogue.lengths(report.listing_id)
        if entry.room_id in rooms and _still_means_it(entry, rooms[entry.room_id])
    ]


def _still_means_it(entry: LengthEntry, room: RoomReport) -> bool:
    return entry.measure is None or entry.measure == room.size_key
