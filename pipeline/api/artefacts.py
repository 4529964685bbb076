"""The files of a listing's newest report, each under one flat name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from pipeline.api.shapes import Artefact
from pipeline.report import RoomReport
from pipeline.store import Store

Kind = Literal["mesh", "points", "cameras", "layout", "plan", "view", "decision", "photo"]
MEDIA_TYPES = {
    ".glb": "model/gltf-binary",
    ".ply": "application/octet-stream",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
}
_SURFACE: dict[str, Kind] = {
    "mesh.glb": "mesh",
    "mesh.ply": "mesh",
    "points.glb": "points",
    "points.ply": "points",
    "cameras.json": "cameras",
}
_VIEWS: dict[str, Kind] = {"plan.svg": "plan", "views.json": "decision"}


@dataclass(frozen=True)
class StoredArtefact:
    """A file, and where it lies."""

    told: Artefact
    path: Path


def stored_artefacts(store: Store, listing_id: str) -> list[StoredArtefact]:
    """What can be fetched of a listing; a result that is gone is left out.

    Raises:
        KeyError: the listing is unknown.
    """
    listing, folder = store.listing(listing_id)
    found = [
        _told(folder / photo.file, f"photo.{photo.id}{PurePosixPath(photo.file).suffix}", None, "photo")
        for photo in listing.photos
    ]
    report = store.report(listing_id)
    for room in report.rooms if report is not None else ():
        found += _of_room(store, room)
    return [one for one in found if one is not None]


def _of_room(store: Store, room: RoomReport) -> Iterator[StoredArtefact | None]:
    completed = room.photo_surface_key is not None
    for path in _files(store, room.surface_key):
        if path.name in _SURFACE:
            yield _told(path, f"{room.room_id}.{path.name}", room.room_id, _SURFACE[path.name], completed)
    for path in _files(store, room.photo_surface_key):
        if path.name in _SURFACE:
            yield _told(path, f"{room.room_id}.photos.{path.name}", room.room_id, _SURFACE[path.name])
    for path in _files(store, room.views_key):
        if path.name in _VIEWS or path.suffix == ".png":
            yield _told(path, f"{room.room_id}.{path.name}", room.room_id, _VIEWS.get(path.name, "view"))
    for path in _files(store, room.layouts_key):
        if path.suffix in (".json", ".png"):
            name = path.name if path.name == "layouts.json" else f"layout.{path.name}"
            yield _told(path, f"{room.room_id}.{name}", room.room_id, "layout")


def _files(store: Store, key: str | None) -> list[Path]:
    if key is None:
        return []
    try:
        folder = store.artefacts.folder(key)
    except KeyError:
        return []
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def _told(
    path: Path, name: str, room: str | None, kind: Kind, completed: bool = False
) -> StoredArtefact | None:
    media_type = MEDIA_TYPES.get(path.suffix)
    if media_type is None or not path.is_file():
        return None
    told = Artefact(
        name=name,
        room=room,
        kind=kind,
        completed=completed,
        media_type=media_type,
        bytes=path.stat().st_size,
    )
    return StoredArtefact(told, path)
