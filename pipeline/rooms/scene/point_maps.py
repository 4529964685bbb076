"""``PointMaps``: what every reconstruction backend returns, and all that later stages know.

Frames: the room frame has z up, the floor at z = 0 where it is known, and metres where ``metric`` is set.
Camera frames follow OpenCV (x right, y down, z forward).
"""

import json
from dataclasses import dataclass, field, replace
from enum import IntEnum
from pathlib import Path
from typing import Self

import numpy as np
from jaxtyping import Bool, Float, Float32, UInt8

from pipeline.left_out import LeftOut, all_as_plain, all_from_plain


class Source(IntEnum):
    """Where a point comes from. ``NONE``: the pixel has no point."""

    NONE = 0
    MEASURED = 1
    INFERRED = 2
    GENERATED = 3


@dataclass(frozen=True)
class View:
    """One photo with its camera and a point for (ideally) every pixel.

    Attributes:
        photo_id: id of the photo in the listing.
        image: RGB, sRGB-encoded, at the resolution of the maps.
        world_from_camera: camera pose, metres.
        K: pinhole intrinsics in pixels of ``image`` (pixel centres at integers).
        points: world points, NaN where there is none.
        confidence: 0 (no point) to 1; of the classical backend the probability that the depth is right within
            5 % (:mod:`pipeline.rooms.depth.confidence`).
        source: :class:`Source` of every point.
    """

    photo_id: str
    image: UInt8[np.ndarray, "H W 3"]
    world_from_camera: Float[np.ndarray, "4 4"]
    K: Float[np.ndarray, "3 3"]
    points: Float32[np.ndarray, "H W 3"]
    confidence: Float32[np.ndarray, "H W"]
    source: UInt8[np.ndarray, "H W"]

    def __post_init__(self) -> None:
        height, width = self.image.shape[:2]
        shapes = {
            "points": (self.points.shape, (height, width, 3)),
            "confidence": (self.confidence.shape, (height, width)),
            "source": (self.source.shape, (height, width)),
            "world_from_camera": (self.world_from_camera.shape, (4, 4)),
            "K": (self.K.shape, (3, 3)),
        }
        for name, (got, want) in shapes.items():
            if got != want:
                raise ValueError(f"view {self.photo_id}: {name} has shape {got}, expected {want}")

    @property
    def valid(self) -> Bool[np.ndarray, "H W"]:
        """Pixels that have a point."""
        valid: Bool[np.ndarray, "H W"] = self.source != Source.NONE
        return valid

    @property
    def generated(self) -> bool:
        """Whether the view was made up rather than taken by a camera."""
        return bool((self.source == Source.GENERATED).any())

    @property
    def centre(self) -> Float[np.ndarray, "3"]:
        """Camera centre in the room frame."""
        return self.world_from_camera[:3, 3]

    def depth_m(self) -> Float32[np.ndarray, "H W"]:
        """z-depth of every point in its own camera, NaN where there is none."""
        rotation, centre = self.world_from_camera[:3, :3], self.centre
        depth: Float32[np.ndarray, "H W"] = ((self.points - centre) @ rotation[:, 2]).astype(np.float32)
        return depth


@dataclass(frozen=True)
class PointMaps:
    """All views of one room in one world frame.

    Attributes:
        views: one per placed photo.
        backend: name of the backend that made it.
        metric: whether a unit is a metre (possibly estimated, see ``scale_sigma``).
        scale_sigma: relative standard deviation of the scale, ``None`` where it is exact or unknown.
        left_out: photo id to the reason why the photo has no camera.
        notes: facts about the run worth showing (plain text).
        least_confidence: below it a point that a camera took is too doubtful for a surface.
    """

    views: tuple[View, ...]
    backend: str
    metric: bool = False
    scale_sigma: float | None = None
    left_out: dict[str, LeftOut] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    least_confidence: float = 0.05

    def view(self, photo_id: str) -> View:
        """The view of this photo; ``KeyError`` if it has none."""
        for view in self.views:
            if view.photo_id == photo_id:
                return view
        raise KeyError(f"no view of photo {photo_id!r}")

    def supported(self, view: View, min_confidence: float = 0.0) -> Bool[np.ndarray, "H W"]:
        """Where the view has points sure enough for a surface, and at least as sure as ``min_confidence``."""
        least = min_confidence if view.generated else max(min_confidence, self.least_confidence)
        enough: Bool[np.ndarray, "H W"] = view.valid & (view.confidence >= least)
        return enough

    def of_cameras(self) -> Self:
        """The views that cameras took, without the generated ones."""
        return replace(self, views=tuple(view for view in self.views if not view.generated))

    def transformed(self, scale: float, new_from_world: Float[np.ndarray, "4 4"]) -> Self:
        """Scale about the origin, then move rigidly: ``x -> R (s x) + t``."""
        rotation, shift = new_from_world[:3, :3], new_from_world[:3, 3]
        views = []
        for view in self.views:
            pose = np.eye(4)
            pose[:3, :3] = rotation @ view.world_from_camera[:3, :3]
            pose[:3, 3] = rotation @ (scale * view.centre) + shift
            points = (scale * view.points) @ rotation.T + shift
            views.append(replace(view, world_from_camera=pose, points=points.astype(np.float32)))
        return replace(self, views=tuple(views))

    def save(self, folder: Path) -> None:
        """Write ``point_maps.json`` and one ``.npz`` per view into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        for index, view in enumerate(self.views):
            np.savez(
                folder / f"view_{index:03d}.npz",
                image=view.image,
                world_from_camera=view.world_from_camera,
                K=view.K,
                points=view.points,
                confidence=view.confidence,
                source=view.source,
            )
        head = {
            "photo_ids": [view.photo_id for view in self.views],
            "backend": self.backend,
            "metric": self.metric,
            "scale_sigma": self.scale_sigma,
            "left_out": all_as_plain(self.left_out),
            "notes": self.notes,
            "least_confidence": self.least_confidence,
        }
        (folder / "point_maps.json").write_text(json.dumps(head, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what :meth:`save` wrote."""
        head = json.loads((folder / "point_maps.json").read_text(encoding="utf-8"))
        views = []
        for index, photo_id in enumerate(head["photo_ids"]):
            with np.load(folder / f"view_{index:03d}.npz", allow_pickle=False) as arrays:
                views.append(
                    View(
                        photo_id=photo_id,
                        image=arrays["image"],
                        world_from_camera=arrays["world_from_camera"],
                        K=arrays["K"],
                        points=arrays["points"],
                        confidence=arrays["confidence"].astype(np.float32),
                        source=arrays["source"],
                    )
                )
        return cls(
            views=tuple(views),
            backend=head["backend"],
            metric=head["metric"],
            scale_sigma=head["scale_sigma"],
            left_out=all_from_plain(head["left_out"]),
            notes=tuple(head["notes"]),
            least_confidence=head.get("least_confidence", cls.least_confidence),
        )
