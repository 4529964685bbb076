"""Bodies of furniture, the box that stands in, and the mesh of one photo, where the true box is known."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from benchmarks.sensitivity.made import MadePhoto, photos_alone
from benchmarks.sensitivity.made_room import true_points
from benchmarks.sensitivity.part import Figures, Part
from benchmarks.sensitivity.true_box import true_box
from pipeline.rooms.layout import Layout, NoLayout
from pipeline.rooms.prior import own_eye
from pipeline.rooms.scene import PointMaps
from pipeline.rooms.single_photo import single_surface
from pipeline.rooms.single_photo.bodies import Bodies, bodies_of
from pipeline.rooms.single_photo.room import BACKEND, box_of, view_of

_PHOTOS, _SIZE_PX = 4, (320, 240)
_EVERY = 5


@dataclass(frozen=True, eq=False)
class _Known:
    photo: MadePhoto
    bodies: Bodies


def _photos() -> list[MadePhoto]:
    return photos_alone(_PHOTOS, *_SIZE_PX)


def _bodies(photos: list[MadePhoto]) -> Figures:
    errors, gains = [], []
    for photo in photos:
        box = true_box(photo)
        found, empty = _seen(photo).depth_m, box.depth_m(*photo.size)
        errors.append(_abs_rel(found, photo))
        gains.append(_abs_rel(empty, photo) - errors[-1])
    return {"AbsRel": float(np.mean(errors)), "gain over the empty box": float(np.mean(gains))}


def _known() -> list[_Known]:
    return [_Known(photo, _seen(photo)) for photo in _photos()]


def _seen(photo: MadePhoto) -> Bodies:
    return bodies_of(photo.rgb, true_box(photo), own_eye().predict(photo.rgb, photo.K))


def _mesh(known: list[_Known]) -> Figures:
    away, faces = [], []
    for one in known:
        box, size = true_box(one.photo), one.photo.size
        layout = Layout(box.classes(*size), 1.0, None, box, "truth")
        seen, sure, _ = box_of(layout, *size)
        view = view_of("photo", one.photo.rgb, one.bodies, seen, sure)
        surface = single_surface(PointMaps((view,), BACKEND, True))
        # the mesh stands in its own room: across the floor and turned to the photo
        true = (true_points([one.photo], _EVERY) - one.photo.world_from_camera[:3, 3]) @ (
            one.photo.world_from_camera[:3, :3] @ view.world_from_camera[:3, :3].T
        ) + view.world_from_camera[:3, 3]
        away.append(float(np.mean(cKDTree(surface.vertices).query(true)[0])))
        faces.append(len(surface.faces))
    return {"true points to vertices, m": float(np.mean(away)), "faces": float(np.mean(faces))}


def _usual(photos: list[MadePhoto]) -> Figures:
    errors = []
    for photo in photos:
        box, _, _ = box_of(NoLayout("not told", "truth"), *photo.size)
        ratio = box.depth_m(*photo.size) / photo.box_depth_m
        errors.append(float(np.median(np.abs(ratio - 1.0))))
    return {"depth error": float(np.mean(errors))}


def _abs_rel(depth: np.ndarray, photo: MadePhoto) -> float:
    return float(np.mean(np.abs(depth / photo.depth_m - 1.0)))


_DATA = f"{_PHOTOS} photos of made rooms with their true box"
PARTS = (
    Part("bodies", _DATA, _photos, _bodies, {"AbsRel": True, "gain over the empty box": False}),
    Part("mesh", _DATA, _known, _mesh, {"true points to vertices, m": True, "faces": True}),
    Part("usual", f"{_PHOTOS} photos of made rooms", _photos, _usual, {"depth error": True}),
)
