"""The stage that measures a built room: its sides, its floor, and the lenses of its photos."""

from __future__ import annotations

import json
from pathlib import Path

from pipeline.progress import Progress
from pipeline.recipe.room_stages import RoomWork
from pipeline.recipe.stages import Stored
from pipeline.rooms.photos import RoomPhoto
from pipeline.rooms.scene import PointMaps
from pipeline.rooms.sizes import RoomMeasure, measure_room

SIZE_VERSION = 1


def measured_room(work: RoomWork, maps: Stored[PointMaps], photos: list[RoomPhoto]) -> Stored[RoomMeasure]:
    """What the photos of a room tell of its size and of their lenses.

    Args:
        work: the room.
        maps: its point maps.
        photos: as they were read, straightened where they were bent.
    """
    lenses = {photo.photo_id: (_zoom(photo), photo.focal_px is not None) for photo in photos}

    def measure(folder: Path, progress: Progress) -> RoomMeasure:
        return measure_room(maps.value, lenses, progress)

    return work.runner.run(
        "size",
        RoomMeasure,
        measure,
        inputs={"maps": maps.key, "lenses": json.dumps(lenses, sort_keys=True)},
        version=SIZE_VERSION,
        scope=work.scope,
    )


def _zoom(photo: RoomPhoto) -> float:
    """By how much straightening magnified the middle of a photo."""
    return 1.0 if photo.lens is None else photo.lens.zoom(photo.width_px, photo.height_px)
