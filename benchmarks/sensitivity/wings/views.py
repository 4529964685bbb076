"""Views added to a made room of which two photos are known: what they leave unseen, and where they put it."""

from dataclasses import replace
from functools import partial

import numpy as np
from jaxtyping import UInt8

from benchmarks.sensitivity.made_room import Meshed, meshed_room, sides_off_m
from benchmarks.sensitivity.part import Figures, Part
from pipeline.progress import Progress
from pipeline.rooms.inpainting import Hole
from pipeline.rooms.scene import Source
from pipeline.rooms.surface import SurfaceSettings
from pipeline.rooms.views import GenerateSettings, generate_views
from pipeline.rooms.views.unseen import report_holes

_PHOTOS, _SIZE_PX, _NOISE, _ADDED = 2, (160, 120), 0.005, 2
_AXIS, _ON_WALL_M = 0, 0.15
_SETTINGS = SurfaceSettings(voxel_m=0.06, depth=6, max_faces=10_000)


class _Plain:
    """Fills holes with the mean colour: what is painted is not what is measured here."""

    name, version, queue = "plain", "1", "cpu"

    def fill(self, hole: Hole, progress: Progress) -> UInt8[np.ndarray, "H W 3"]:
        """See the class."""
        mean = hole.image[~hole.mask].mean(axis=0) if (~hole.mask).any() else np.full(3, 127)
        filled: UInt8[np.ndarray, "H W 3"] = np.where(hole.mask[..., None], mean, hole.image).astype(np.uint8)
        return filled


def _generated(known: Meshed) -> Figures:
    result = generate_views(known.maps, known.surface, _Plain(), GenerateSettings(_ADDED))
    points = [view.points[view.source == Source.GENERATED] for view in result.maps.views if view.generated] or [
        np.zeros((0, 3))
    ]
    points_m = np.concatenate(points).astype(float)
    off = np.abs(points_m[:, None, :] - known.room.box_m).reshape(len(points_m), -1).min(axis=1, initial=9.0)
    return {
        "share unseen": result.unseen_after,
        "generated points off the true sides, m": float(off.mean()) if len(off) else 1.0,
    }


def _unmeasured() -> Meshed:
    """The room with its far wall in the pictures, and nothing measured on it."""
    known = meshed_room(_PHOTOS, _SIZE_PX, _NOISE, _SETTINGS)
    views = []
    for view in known.maps.views:
        far = np.abs(view.points[..., _AXIS] - known.room.box_m[1, _AXIS]) < _ON_WALL_M
        views.append(
            replace(
                view,
                confidence=np.where(far, 0.0, view.confidence).astype(np.float32),
                source=np.where(far, Source.INFERRED, view.source).astype(np.uint8),
            )
        )
    return replace(known, maps=replace(known.maps, views=tuple(views)))


def _guided(known: Meshed) -> Figures:
    low, high = known.room.box_m
    report = report_holes(known.maps, box=(low, high))
    return {"sides off, m": sides_off_m(report.low, report.high, known.room)}


PARTS = (
    Part(
        "adding",
        f"a made room, {_PHOTOS} photos with true depth, {_ADDED} views added",
        partial(meshed_room, _PHOTOS, _SIZE_PX, _NOISE, _SETTINGS),
        _generated,
        {"share unseen": True, "generated points off the true sides, m": True},
    ),
    Part(
        "layout",
        f"a made room, {_PHOTOS} photos with true depth but on one wall, whose place the layout knows",
        _unmeasured,
        _guided,
        {"sides off, m": True},
    ),
)
