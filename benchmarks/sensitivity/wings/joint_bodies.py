"""Bodies in a room of several photos of which little was measured, and the surface closed behind them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from benchmarks.sensitivity.made import MadePhoto, photos_of_room
from benchmarks.sensitivity.made_room import SEEDS, true_maps, true_points
from benchmarks.sensitivity.part import Figures, Part
from models.eye.config import SIDES
from pipeline.rooms.joint_bodies import closed_surface, furnished
from pipeline.rooms.prior import own_eye
from pipeline.rooms.scene import PointMaps, Source, View, points_at
from pipeline.rooms.surface import SurfaceSettings

_PHOTOS, _SIZE_PX, _NOISE = 3, (224, 168), 0.01
#: so many columns on the left of each photo were measured, share: under what rooms with bodies have
_MEASURED = 0.12
_PAINTED_CONFIDENCE = 0.5
_EVERY = 4
_SETTINGS = SurfaceSettings(voxel_m=0.05, depth=6, max_faces=20_000)


@dataclass(frozen=True, eq=False)
class _Painted:
    """Photos of made rooms with their maps, on which all but a part is painted on the empty room."""

    photos: list[MadePhoto]
    maps: PointMaps


def _painted() -> list[_Painted]:
    return [_of_room(photos_of_room(seed, _PHOTOS, *_SIZE_PX)) for seed in SEEDS]


def _of_room(photos: list[MadePhoto]) -> _Painted:
    true = true_maps(photos, _NOISE)
    views = tuple(_view(view, photo) for view, photo in zip(true.views, photos, strict=True))
    return _Painted(photos, PointMaps(views, "truth", metric=True, least_confidence=0.05))


def _view(view: View, photo: MadePhoto) -> View:
    measured = np.broadcast_to(np.arange(photo.size[0]) < _MEASURED * photo.size[0], photo.depth_m.shape)
    depth = np.where(measured, view.depth_m(), photo.box_depth_m)
    return View(
        photo_id=view.photo_id,
        image=view.image,
        world_from_camera=view.world_from_camera,
        K=view.K,
        points=points_at(1.0 / depth, photo.K, photo.world_from_camera).astype(np.float32),
        confidence=np.where(measured, 0.9, _PAINTED_CONFIDENCE).astype(np.float32),
        source=np.where(measured, Source.MEASURED, Source.INFERRED).astype(np.uint8),
    )


def _bodies(rooms: list[_Painted]) -> Figures:
    things, rest = [], []
    for room in rooms:
        for view, photo in zip(furnished(room.maps, own_eye()).views, room.photos, strict=True):
            off = np.abs(view.depth_m() / photo.depth_m - 1.0)
            painted = view.source == Source.INFERRED
            things.append(_mean(off, painted & _is_thing(photo)))
            rest.append(_mean(off, painted & ~_is_thing(photo)))
    return {"AbsRel of things": float(np.mean(things)), "AbsRel of the rest": float(np.mean(rest))}


def _furnished() -> list[_Painted]:
    return [_Painted(room.photos, furnished(room.maps, own_eye())) for room in _painted()]


def _closed(rooms: list[_Painted]) -> Figures:
    away, area = [], []
    for room in rooms:
        surface = closed_surface(room.maps, settings=_SETTINGS)
        true = true_points(room.photos, _EVERY)
        away.append(float(np.mean(np.minimum(surface.distance_to(true), 1.0))))
        area.append(float(np.sum(surface.source == Source.GENERATED)) / len(surface.source))
    return {"true points to the mesh, m": float(np.mean(away)), "share that closes": float(np.mean(area))}


def _is_thing(photo: MadePhoto) -> Bool[np.ndarray, "H W"]:
    thing: Bool[np.ndarray, "H W"] = photo.side == SIDES.index("thing")
    return thing


def _mean(off: Float[np.ndarray, "H W"], where: Bool[np.ndarray, "H W"]) -> float:
    return float(np.mean(np.minimum(off[where], 1.0))) if where.any() else 0.0


_DATA = f"{len(SEEDS)} made rooms, {_PHOTOS} photos each, .12 measured, the rest painted on the box"
PARTS = (
    Part("bodies", _DATA, _painted, _bodies, {"AbsRel of things": True, "AbsRel of the rest": True}),
    Part(
        "closing",
        _DATA,
        _furnished,
        _closed,
        {"true points to the mesh, m": True, "share that closes": False},
    ),
)
