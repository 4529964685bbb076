"""The mesh of a room made from one photo: a whole box, and bodies in it."""

import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, Int, UInt8

from pipeline.progress import Progress
from pipeline.rooms.photos import RoomPhoto, load_rgb
from pipeline.rooms.scene import EmptySurface, PointMaps, View
from pipeline.rooms.single_photo.body_mesh import bodies_mesh
from pipeline.rooms.single_photo.emptied import emptied
from pipeline.rooms.single_photo.extent import extent_of
from pipeline.rooms.single_photo.parts import Part
from pipeline.rooms.single_photo.shell import shell_of
from pipeline.rooms.surface import Surface, TexturedSurface, build

#: longer side of the photo as a texture, px; that of photos of rooms of several (texture.py)
_PHOTO_PX = 1024


@dataclass(frozen=True)
class SingleMesh:
    """Room and bodies of one photo, and the two pictures that they show.

    Attributes:
        view: the photo and its place.
        shell: walls, floor and ceiling; they show ``empty``.
        bodies: what stands in the room; they show the photo.
        empty: picture of the empty room.
        painted: pixels of it that the photo does not show.
    """

    view: View
    shell: Part
    bodies: Part
    empty: UInt8[np.ndarray, "H W 3"]
    painted: Bool[np.ndarray, "H W"]

    def surface(self) -> Surface:
        """The mesh with colours at its vertices."""
        whole = Part.joined([self.shell, self.bodies])
        corner = whole.vertices[whole.faces]
        cross = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
        area = float(0.5 * np.linalg.norm(cross, axis=1).sum())
        counts = {"vertices": float(len(whole.vertices)), "faces": float(len(whole.faces))}
        return Surface(
            whole.vertices.astype(np.float32),
            np.ascontiguousarray(whole.faces, dtype=np.int32),
            _normals(whole.vertices, whole.faces, cross),
            whole.colors,
            whole.source,
            {**counts, "area_m2": area, "views": 1.0},
        )

    def textured(self, photo: RoomPhoto) -> TexturedSurface:
        """The mesh with the photo and the picture of the empty room as texture."""
        surface = self.surface()
        image = load_rgb(photo, _PHOTO_PX)
        atlas = np.concatenate([image, _enlarged(self.empty, self.painted, image)])
        pixel = np.concatenate([self.shell.pixel, self.bodies.pixel])
        height, width = image.shape[:2]
        at = (pixel + 0.5) * width / self.view.image.shape[1]
        at = np.clip(at, 0.5, [width - 0.5, height - 0.5])
        at[: len(self.shell.pixel), 1] += height
        shown = np.isfinite(at).all(axis=1)[surface.faces].all(axis=1)
        return TexturedSurface(
            vertices=surface.vertices,
            normals=surface.normals,
            colors=surface.colors,
            source=surface.source,
            uv=np.nan_to_num(at / [width, 2 * height]).astype(np.float32),
            textured_faces=surface.faces[shown],
            plain_faces=surface.faces[~shown],
            atlas=atlas,
        )


def single_mesh(maps: PointMaps, progress: Progress | None = None) -> SingleMesh:
    """Mesh of the room of :func:`pipeline.rooms.single_photo.room.room_from_photo`.

    Raises:
        EmptySurface: the view has no points.
    """
    progress = progress or Progress()
    progress(0.0, "one photo: walls, floor and ceiling")
    view = maps.views[0]
    if not np.isfinite(view.points).all() or not view.valid.all():
        raise EmptySurface("The photo has pixels without a point.", "Make the point maps of this room again.")
    extent = extent_of(view)
    empty, painted = emptied(view, extent, progress.part(0.1, 0.8))
    shell = shell_of(view, extent, empty, painted)
    progress(0.8, "one photo: furniture")
    return SingleMesh(view, shell, bodies_mesh(view, extent), empty, painted)


def single_surface(maps: PointMaps, progress: Progress | None = None) -> Surface:
    """The surface of :func:`single_mesh`.

    Every face of the room is there: what the photo shows in its colours and marked as inferred, what it hides
    painted, the rest in the plain colour of that face or of its like, both marked as generated.
    """
    started = time.monotonic()
    surface = single_mesh(maps, progress).surface()
    surface.stats["seconds"] = time.monotonic() - started
    return surface


def build_single(
    maps: PointMaps, photos: list[RoomPhoto], folder: Path, progress: Progress | None = None
) -> Surface:
    """Make the surface of a room of one photo, and write its files (:func:`pipeline.rooms.surface.build`)."""
    made: list[SingleMesh] = []
    photo = next(photo for photo in photos if photo.photo_id == maps.views[0].photo_id)

    def mesh(maps: PointMaps, progress: Progress | None) -> Surface:
        made.append(single_mesh(maps, progress))
        return made[-1].surface()

    def texture(*_: object) -> TexturedSurface:
        return made[-1].textured(photo)

    return build(maps, photos, folder, progress, mesh, texture)


def _enlarged(
    empty: UInt8[np.ndarray, "h w 3"], painted: Bool[np.ndarray, "h w"], image: UInt8[np.ndarray, "H W 3"]
) -> UInt8[np.ndarray, "H W 3"]:
    """The picture of the empty room at the size of the photo: the photo itself wherever it shows the room."""
    size = image.shape[1], image.shape[0]
    smooth = cv2.resize(empty, size, interpolation=cv2.INTER_LINEAR)
    share = cv2.resize(painted.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)[..., None]
    enlarged: UInt8[np.ndarray, "H W 3"] = np.rint(share * smooth + (1.0 - share) * image).astype(np.uint8)
    return enlarged


def _normals(
    vertices: Float[np.ndarray, "V 3"], faces: Int[np.ndarray, "F 3"], cross: Float[np.ndarray, "F 3"]
) -> Float32[np.ndarray, "V 3"]:
    """Normal of every vertex, the mean of its faces by their area."""
    total = np.stack(
        [np.bincount(faces.ravel(), np.repeat(cross[:, k], 3), len(vertices)) for k in range(3)], axis=1
    )
    normals: Float32[np.ndarray, "V 3"] = total / np.maximum(
        np.linalg.norm(total, axis=1, keepdims=True), 1e-12
    )
    return normals.astype(np.float32)
