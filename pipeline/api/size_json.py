"""Sizes of rooms and lenses of photos as ``show ID --json`` prints them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from pipeline.report import RoomReport
from pipeline.rooms.sizes import Band, RoomSize
from pipeline.sizing import ListingSizes
from scrapers.listing import Listing


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ShownBand(_Shown):
    """A number, and the band that holds the truth 8 times of 10."""

    value: float
    low: float
    high: float


class ShownSize(_Shown):
    """Inner size of a room; a side is null where the photos do not show both of its walls.

    Attributes:
        evidence: what the numbers rest on.
    """

    length_m: ShownBand | None
    width_m: ShownBand | None
    height_m: ShownBand | None
    floor_area_m2: ShownBand | None
    evidence: list[str]


class ShownAtLeast(_Shown):
    """What a room measures at least, in metres, where there is no number for a side."""

    length_m: float | None
    width_m: float | None
    height_m: float | None


class ShownPhoto(_Shown):
    """One photo of the listing.

    Attributes:
        name: of the file, or its address, as the source has it.
        room: id of the room that it stands in; null where it has no camera.
        focal_35mm: focal length as 35-mm equivalent, by the diagonal of the photo.
        from_camera: whether the camera wrote it into the file.
    """

    id: str
    name: str | None
    room: str | None
    focal_35mm: ShownBand | None
    from_camera: bool


def shown_photos(listing: Listing, rooms: list[RoomReport], sizes: ListingSizes) -> list[ShownPhoto]:
    """All photos of the listing, in its order."""
    stands_in = {photo_id: room.room_id for room in reversed(rooms) for photo_id in room.placed}
    seen = sizes.photos()
    shown = []
    for photo in listing.photos:
        own = seen.get(photo.id)
        shown.append(
            ShownPhoto(
                id=photo.id,
                name=photo.original,
                room=stands_in.get(photo.id),
                focal_35mm=_band(own.focal_35mm) if own is not None else None,
                from_camera=own is not None and own.from_exif,
            )
        )
    return shown


def _band(band: Band | None) -> ShownBand | None:
    return None if band is None else ShownBand(value=band.value, low=band.low, high=band.high)


def shown_size(size: RoomSize | None) -> ShownSize | None:
    """The size of a room; null where nothing is known."""
    if size is None or not size.is_known:
        return None
    return ShownSize(
        length_m=_band(size.length_m),
        width_m=_band(size.width_m),
        height_m=_band(size.height_m),
        floor_area_m2=_band(size.floor_area_m2),
        evidence=list(size.evidence),
    )


def shown_at_least(size: RoomSize | None) -> ShownAtLeast | None:
    """What a room measures at least; null where nothing can be said."""
    if size is None or not size.at_least:
        return None
    return ShownAtLeast(**{f"{side}_m": size.at_least.get(side) for side in ("length", "width", "height")})
