"""The box room as its cameras see it: point maps with exact depth, and meshes of it."""

from __future__ import annotations

import numpy as np

from pipeline.rooms.scene.point_maps import PointMaps, Source, View
from pipeline.rooms.surface.surface import Surface
from tests.pipeline.rooms.box_room import HIGH, LOW, look, picture, points_of

HEIGHT, WIDTH = 90, 120
K = np.array([[70.0, 0, 59.5], [0, 70.0, 44.5], [0, 0, 1]])

#: quads of the box, corners as 0 (low) and 1 (high) by axis, ordered so that the front looks inside
_SIDES = [
    [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)],
    [(0, 0, 1), (0, 1, 1), (1, 1, 1), (1, 0, 1)],
    [(0, 0, 0), (0, 0, 1), (1, 0, 1), (1, 0, 0)],
    [(0, 1, 0), (1, 1, 0), (1, 1, 1), (0, 1, 1)],
    [(0, 0, 0), (0, 1, 0), (0, 1, 1), (0, 0, 1)],
    [(1, 0, 0), (1, 0, 1), (1, 1, 1), (1, 1, 0)],
]


def seen_from(*cameras: tuple[tuple[float, float, float], tuple[float, float, float]]) -> PointMaps:
    """Point maps of an empty room, one view for each (centre, target)."""
    views = []
    for number, (centre, target) in enumerate(cameras, start=1):
        pose = look(centre, target)
        local = points_of(pose, K, HEIGHT, WIDTH)
        world = local @ pose[:3, :3].T + pose[:3, 3]
        views.append(
            View(
                photo_id=f"p{number}",
                image=picture(pose, local),
                world_from_camera=pose,
                K=K,
                points=world.astype(np.float32),
                confidence=np.ones((HEIGHT, WIDTH), np.float32),
                source=np.full((HEIGHT, WIDTH), Source.MEASURED, np.uint8),
            )
        )
    return PointMaps(tuple(views), "exact", metric=True)


def box_surface(low: np.ndarray = LOW, high: np.ndarray = HIGH, *, inside: bool = True) -> Surface:
    """A box as twelve triangles that look inside (a room) or outside (a thing in it)."""
    corners = np.array([corner for side in _SIDES for corner in side], float)
    vertices = low + corners * (high - low)
    first = np.arange(len(_SIDES))[:, None] * 4
    faces = np.concatenate([first + np.array(triangle) for triangle in ((0, 1, 2), (0, 2, 3))])
    if not inside:
        faces = faces[:, ::-1]
    count = len(vertices)
    return Surface(
        vertices.astype(np.float32),
        np.ascontiguousarray(faces, np.int32),
        np.zeros((count, 3), np.float32),
        np.full((count, 3), 128, np.uint8),
        np.full(count, Source.MEASURED, np.uint8),
    )


def joined(*surfaces: Surface) -> Surface:
    """Several meshes as one."""
    offsets = np.cumsum([0, *(len(s.vertices) for s in surfaces[:-1])])
    return Surface(
        np.concatenate([s.vertices for s in surfaces]),
        np.concatenate([s.faces + offset for s, offset in zip(surfaces, offsets, strict=True)]).astype(
            np.int32
        ),
        np.concatenate([s.normals for s in surfaces]),
        np.concatenate([s.colors for s in surfaces]),
        np.concatenate([s.source for s in surfaces]),
    )
