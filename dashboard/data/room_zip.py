"""Everything that was made of a room as one ZIP, with a README that tells of each file. Knows no Streamlit."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pipeline.report import RoomReport
from pipeline.store import Store

#: what lies in the ZIP, and what opens it
_TOLD: Final = {
    "mesh.glb": "the surface with its pictures; any glTF viewer, Blender, Windows and macOS previews",
    "mesh.ply": "the surface with a colour at each corner; MeshLab, Blender, CloudCompare",
    "points.glb": "the points behind it, as glTF",
    "points.ply": "the points behind it; MeshLab, CloudCompare",
    "cameras.json": "where each photo was taken: K, world_from_camera (OpenCV axes, metres, z up)",
    "transforms.json": "the same for nerfstudio, with the photos in images/ and points.ply as first points",
    "colmap": "the same for COLMAP and what reads it (text or binary model)",
    "images": "the photos, straightened, as the cameras see them",
    "depth": "a depth map for each photo",
    "new_views": "views that no photo shows: as the photos left them, filled, masks, plan, decision",
    "layouts": "floor, ceiling and walls in each photo",
    "photos_only": "the surface of the photos alone, without what was generated",
}
_LEFT_OUT: Final = (".npz", ".complete")
_NERFSTUDIO: Final = "transforms.json"
_POINTS: Final = "points.ply"
#: quick, as pictures are packed already
_LEVEL: Final = 1


def zipped_room(store: Store, room: RoomReport) -> bytes:
    """The ZIP of a built room; parts whose files are gone are left out.

    Raises:
        ValueError: the room was not built.
    """
    if room.surface_key is None:
        raise ValueError(f"room {room.room_id!r} was not built, so there is nothing to take along")
    packed = io.BytesIO()
    names: set[str] = set()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name, path in _files(store, room):
            names.add(name.partition("/")[0])
            if name == _NERFSTUDIO:
                archive.writestr(name, _with_points(path))
            else:
                archive.write(path, name)
        archive.writestr("README.txt", _readme(room, names))
    return packed.getvalue()


def _files(store: Store, room: RoomReport) -> Iterator[tuple[str, Path]]:
    """Name in the ZIP and path of every file."""
    yield from _folder(store, str(room.surface_key), "")
    for key, below in ((room.views_key, "new_views/"), (room.layouts_key, "layouts/")):
        if key is not None:
            yield from _folder(store, key, below)
    if room.photo_surface_key is not None:
        for name, path in _folder(store, room.photo_surface_key, "photos_only/"):
            if name.endswith("mesh.glb"):
                yield name, path


def _folder(store: Store, key: str, below: str) -> Iterator[tuple[str, Path]]:
    try:
        folder = store.artefacts.folder(key)
    except KeyError:
        return
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in inside.parts)
        if path.is_file() and not hidden and path.suffix not in _LEFT_OUT:
            yield below + inside.as_posix(), path


def _with_points(path: Path) -> str:
    """nerfstudio's file, naming the points to begin with."""
    head = json.loads(path.read_text(encoding="utf-8"))
    return json.dumps({**head, "ply_file_path": _POINTS}, indent=1)


def _readme(room: RoomReport, names: set[str]) -> str:
    lines = [f"{name}: {told}" for name, told in _TOLD.items() if name in names]
    metres = "Lengths are metres" if room.metric else "The scale is not known: lengths are relative"
    if room.metric and room.scale_sigma is not None:
        metres += f", estimated: about ±{100 * room.scale_sigma:.0f} %"
    shares = ", ".join(f"{100 * share:.0f} % {origin}" for origin, share in room.shares().items())
    told = [f"{metres}.", f"Of the surface: {shares}." if shares else ""]
    return "\n".join([room.name, "", *lines, "", *told, ""])
