"""From what the model predicts to cameras and world points of every photo."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, UInt8

from pipeline.left_out import LeftOut, LeftOutReason
from pipeline.progress import Progress
from pipeline.rooms.learned.geometry import confident, fit_similarity, pinhole, pnp_pose, weiszfeld_focal
from pipeline.rooms.photos import RoomPhoto
from pipeline.rooms.scene import NotEnoughViews, PointMaps, Source, View

FAST3R_LICENCE_NOTE = "Fast3R weights: FAIR non-commercial research licence, not for commercial use"
NOT_MEASURED = "all points are guesses of a learned model: none is measured"
#: focal length where the points tell none, longer sides; by definition: 67 degrees wide, usual for rooms
_DEFAULT_FOCAL_FACTOR = 0.75
#: photos are not made smaller than this, px; by definition: two patches of the model
_LEAST_PX = 32


@dataclass(frozen=True)
class LearnedSettings:
    """Settings of the learned backends.

    Attributes:
        seed: of image indices and RANSAC.
        longer_px: longer side of the photos that the model sees, and of the point maps.
        pose_share: share of the pixels, by confidence, that poses and alignments come from (paper: 15 %).
        kept_share: share of the pixels of every view that get a point.
    """

    seed: int = 0
    longer_px: int = 512
    pose_share: float = 0.15
    kept_share: float = 0.9

    def __post_init__(self) -> None:
        if self.longer_px < _LEAST_PX or not 0 < self.pose_share <= 1 or not 0 < self.kept_share <= 1:
            raise ValueError("longer_px >= 32, and shares above 0 and at most 1, are needed")


@dataclass(frozen=True)
class Predicted:
    """One view's maps as arrays, confidence from 0 to 1; ``local`` is ``None`` without a local head."""

    points: Float32[np.ndarray, "H W 3"]
    confidence: Float32[np.ndarray, "H W"]
    local: Float32[np.ndarray, "H W 3"] | None
    local_confidence: Float32[np.ndarray, "H W"]


def assemble(
    photos: list[RoomPhoto],
    images: list[UInt8[np.ndarray, "_ _ 3"]],
    predicted: list[Predicted],
    backend: str,
    settings: LearnedSettings,
    progress: Progress,
) -> PointMaps:
    """Cameras and world points of every photo, in the frame of the first one.

    Raises:
        NotEnoughViews: no photo could be placed.
    """
    views: list[View] = []
    left_out: dict[str, LeftOut] = {}
    inliers: list[float] = []
    first_focal = weiszfeld_focal(predicted[0].points, predicted[0].confidence)
    for index, (photo, image, maps) in enumerate(zip(photos, images, predicted, strict=True)):
        progress(index / len(photos), f"placing photo {index + 1} of {len(photos)}")
        own = first_focal if maps.local is None else weiszfeld_focal(maps.local, maps.local_confidence)
        focal_px = own or first_focal or _DEFAULT_FOCAL_FACTOR * max(image.shape[:2])
        K = pinhole(focal_px, image.shape[1], image.shape[0])
        placed = _place(maps, K, settings)
        if placed is None:
            left_out[photo.photo_id] = LeftOut(LeftOutReason.NOT_ON_THE_MODEL)
            continue
        world_from_camera, points, share = placed
        inliers.append(share)
        views.append(_view(photo.photo_id, image, world_from_camera, K, points, maps, settings))
    if not views:
        raise NotEnoughViews(
            "The model found no camera for any photo.",
            "Check the weights, or use the classical backend.",
            left_out,
        )
    notes = [FAST3R_LICENCE_NOTE, NOT_MEASURED]
    found = [share for share in inliers if share > 0]
    if found:
        notes.append(f"{100 * float(np.median(found)):.0f} % of the confident points agree with the cameras")
    if len(found) < len(inliers):
        notes.append(
            f"{len(inliers) - len(found)} photos have a doubtful camera: only the shape of their points gave it"
        )
    return PointMaps(tuple(views), backend, left_out=left_out, notes=tuple(notes))


def _place(
    maps: Predicted, K: np.ndarray, settings: LearnedSettings
) -> tuple[np.ndarray, Float32[np.ndarray, "H W 3"], float] | None:
    """Pose, world points, and the share of confident points that agree with the pose."""
    use = confident(maps.confidence, settings.pose_share)
    found = pnp_pose(maps.points, use, K, settings.seed)
    moved = None if maps.local is None else fit_similarity(maps.local[use], maps.points[use])
    if found is None and moved is None:
        return None
    points = maps.points if moved is None or maps.local is None else moved(maps.local).astype(np.float32)
    if found is not None:
        return found[0], points, found[1]
    return (moved.pose(), points, 0.0) if moved is not None else None


def _view(
    photo_id: str,
    image: UInt8[np.ndarray, "H W 3"],
    world_from_camera: np.ndarray,
    K: np.ndarray,
    points: Float32[np.ndarray, "H W 3"],
    maps: Predicted,
    settings: LearnedSettings,
) -> View:
    """A view without the least confident pixels and without points behind its camera."""
    confidence = maps.confidence if maps.local is None else maps.local_confidence
    ahead = (points - world_from_camera[:3, 3]) @ world_from_camera[:3, 2] > 0
    kept = confident(confidence, settings.kept_share) & np.isfinite(points).all(axis=2) & ahead
    return View(
        photo_id=photo_id,
        image=image,
        world_from_camera=world_from_camera,
        K=K,
        points=np.where(kept[..., None], points, np.nan).astype(np.float32),
        confidence=np.where(kept, confidence, 0.0).astype(np.float32),
        source=np.where(kept, Source.INFERRED, Source.NONE).astype(np.uint8),
    )
