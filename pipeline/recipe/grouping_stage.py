"""The stage that sorts a listing's photos into rooms where the source did not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.left_out import in_words
from pipeline.options import AnalysisOptions
from pipeline.progress import Progress
from pipeline.recipe.stages import StageRunner, Stored
from pipeline.rooms.grouping import GroupingSettings, PhotoGroups, group_photos
from pipeline.rooms.photos import RoomPhoto, look_round, without_borders
from pipeline.rooms.processes import ProcessFailed
from pipeline.wording import counted
from scrapers.listing import Listing, RoomPhotos

GROUPING_VERSION = 2
#: up to this many loose photos are taken to be one room: the cameras tell soon enough whether they are
ONE_ROOM_AT_MOST = 3
#: share of the progress that looking for borders and collages takes
_LOOKED_ROUND = 0.1


@dataclass(frozen=True)
class Rooms:
    """The rooms to reconstruct.

    Attributes:
        rooms: each with its photos.
        key: of the stored :class:`PhotoGroups` (the evidence); ``None`` where nothing was grouped.
        notes: what was done and why, and which photos are in no room.
    """

    rooms: tuple[RoomPhotos, ...]
    key: str | None = None
    notes: tuple[str, ...] = ()


def find_rooms(listing: Stored[Listing], options: AnalysisOptions, runner: StageRunner) -> Rooms:
    """The rooms that the source named, and its loose photos grouped by what they show.

    Raises:
        Cancelled: the user asked to stop.
    """
    named = tuple(room for room in listing.value.rooms if room.grouped)
    loose = [photo_id for room in listing.value.rooms if not room.grouped for photo_id in room.photo_ids]
    if not options.rooms or not listing.value.rooms:
        return Rooms(listing.value.rooms)
    if not loose:
        return Rooms(named, notes=("the rooms are those that the source named; no photos had to be grouped",))
    if len(loose) <= ONE_ROOM_AT_MOST:
        return Rooms(
            listing.value.rooms, notes=(f"{counted(len(loose), 'photo')} without a room: taken as one room",)
        )
    settings = GroupingSettings(seed=options.seed)
    try:
        groups = runner.run(
            "group photos",
            PhotoGroups,
            lambda folder, progress: _group(listing, loose, folder, settings, progress),
            inputs={"photos": loose, "settings": settings},
            version=GROUPING_VERSION,
        )
    except ProcessFailed as failure:
        return Rooms(listing.value.rooms, notes=(f"loose photos are one room: {failure.message}",))
    return Rooms(
        (*named, *_as_rooms(groups.value, {room.id for room in named})),
        groups.key,
        _notes(groups.value, listing),
    )


def _group(
    listing: Stored[Listing], loose: list[str], folder: Path, settings: GroupingSettings, progress: Progress
) -> PhotoGroups:
    chosen = [listing.value.photo(photo_id) for photo_id in loose]
    photos = [RoomPhoto(p.id, listing.folder / p.file, p.width_px, p.height_px) for p in chosen]
    framed, collages = look_round(photos, progress.part(0.0, _LOOKED_ROUND))
    photos = without_borders(photos, framed, collages)
    found = group_photos(photos, folder, settings, progress.part(_LOOKED_ROUND, 1.0))
    told = {photo_id: in_words(why).removeprefix("it ") for photo_id, why in collages.items()}
    return replace(found, kept_out=found.kept_out | told)


def _as_rooms(groups: PhotoGroups, taken: set[str]) -> list[RoomPhotos]:
    rooms: list[RoomPhotos] = []
    free = (number for number in range(1, len(groups.groups) + len(taken) + 1) if f"room-{number}" not in taken)
    for number, photo_ids in zip(free, groups.groups, strict=False):
        name = f"Room {number} ({counted(len(photo_ids), 'photo')})"
        rooms.append(RoomPhotos(id=f"room-{number}", name=name, photo_ids=photo_ids, grouped=False))
    return rooms


def _notes(groups: PhotoGroups, listing: Stored[Listing]) -> tuple[str, ...]:
    total = sum(len(group) for group in groups.groups)
    used = sum(edge.role in ("joins", "attaches") for edge in groups.edges)
    cut = sum(edge.role in ("small spot", "too weak") for edge in groups.edges)
    rooms = counted(len(groups.groups), "room")
    said = f"{counted(total, 'photo')} without a room were grouped into {rooms} by what they show in common"
    evidence = f"{groups.compared} pairs compared, {used} verified links used, {cut} doubtful links cut"
    kept_out = [
        f"{listing.value.photo(photo_id).original or photo_id} is in no room: it {reason}"
        for photo_id, reason in groups.kept_out.items()
    ]
    return (f"{said} ({evidence})", *kept_out)
