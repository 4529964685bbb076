"""The face of this wing: point maps to a mesh, and beside it the files that viewers and other programs open."""

from collections.abc import Callable
from pathlib import Path

from pipeline.progress import Progress
from pipeline.rooms.photos import RoomPhoto
from pipeline.rooms.scene import PointMaps
from pipeline.rooms.surface import export
from pipeline.rooms.surface.surface import Surface, reconstruct_surface
from pipeline.rooms.surface.texture import TexturedSurface, texture_surface

Mesh = Callable[[PointMaps, Progress | None], Surface]
Texture = Callable[[Surface, PointMaps, list[RoomPhoto], Progress | None], TexturedSurface]


def _usual_mesh(maps: PointMaps, progress: Progress | None) -> Surface:
    return reconstruct_surface(maps, progress=progress)


def build(
    maps: PointMaps,
    photos: list[RoomPhoto],
    folder: Path,
    progress: Progress | None = None,
    mesh: Mesh = _usual_mesh,
    texture: Texture = texture_surface,
) -> Surface:
    """Make the surface of a room, and write its files.

    Args:
        maps: in the room frame.
        photos: that colours are taken from, by the ids of the maps.
        folder: gets ``mesh.glb`` (textured), ``mesh.ply``, ``points.glb``, ``points.ply``, ``cameras.json``,
            ``transforms.json`` and the folders ``images``, ``depth`` and ``colmap`` of the real photos.
        mesh, texture: make the surface and lay photos on it where the usual way does not fit.

    Raises:
        EmptySurface: too few confident points.
    """
    progress = progress or Progress()
    surface = mesh(maps, progress.part(0.0, 0.6))
    textured = texture(surface, maps, photos, progress.part(0.6, 0.9))
    surface.stats.update(textured.shares())
    progress(0.9, "writing files")
    export.write_textured_glb(textured, folder / "mesh.glb")
    export.write_points_glb(maps, folder / "points.glb")
    export.write_mesh_ply(surface, folder / "mesh.ply")
    export.write_points_ply(maps, folder / "points.ply")
    of_photos = maps.of_cameras()
    export.write_images(of_photos, folder / "images")
    export.write_depth_maps(of_photos, folder / "depth")
    lenses = {photo.photo_id: photo.lens for photo in photos if photo.lens is not None}
    export.write_cameras_json(of_photos, folder / "cameras.json", lenses)
    export.write_colmap_text(of_photos, folder / "colmap")
    export.write_transforms_json(of_photos, folder / "transforms.json")
    return surface
