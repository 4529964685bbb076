"""Which photos may be joined: those that verified matches connect. For backends that would join anything."""

import tempfile
from pathlib import Path

from pipeline.left_out import LeftOut, LeftOutReason
from pipeline.progress import Progress
from pipeline.rooms.grouping.group import GroupingSettings, group_photos
from pipeline.rooms.photos import RoomPhoto
from pipeline.rooms.scene import NotEnoughViews


def joined_by_matches(
    photos: list[RoomPhoto], seed: int = 0, progress: Progress | None = None
) -> tuple[list[RoomPhoto], dict[str, LeftOut]]:
    """The most photos that evidence connects, and why the others are left out.

    A learned model builds one dense scene out of whatever it is given, unrelated photos included. Matches that
    a two-view geometry explains better than chance do not.

    Args:
        photos: that are to become one room; a single one needs no evidence.

    Raises:
        NotEnoughViews: there are several, and no two of them are connected.
        ProcessFailed: the process that compares them died.
    """
    if len(photos) < 2:
        return photos, {}
    with tempfile.TemporaryDirectory(prefix="showroom-") as folder:
        found = group_photos(photos, Path(folder), GroupingSettings(seed=seed), progress)
    largest = set(found.groups[0]) if found.groups else set()
    largest = largest if len(largest) > 1 else set()
    apart = [photo.photo_id for photo in photos if photo.photo_id not in largest]
    left_out = dict.fromkeys(apart, LeftOut(LeftOutReason.SHARES_NOTHING))
    if not largest:
        raise NotEnoughViews(
            "The photos share nothing that could be verified.", "Take photos that overlap by half.", left_out
        )
    return [photo for photo in photos if photo.photo_id in largest], left_out
