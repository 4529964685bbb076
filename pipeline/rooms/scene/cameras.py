"""``Cameras``: where the photos of one room were taken, with the evidence for it."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np
from jaxtyping import Float, Int, UInt8

from pipeline.left_out import LeftOut, all_as_plain, all_from_plain


@dataclass(frozen=True)
class PlacedCamera:
    """One photo whose camera is known.

    Attributes:
        photo_id: id of the photo.
        width_px, height_px: size that ``K`` refers to.
        K: pinhole intrinsics (pixel centres at integers).
        world_from_camera: pose; OpenCV camera axes.
        n_observations: sparse points that the photo sees.
        reprojection_error_px: their mean reprojection error.
    """

    photo_id: str
    width_px: int
    height_px: int
    K: Float[np.ndarray, "3 3"]
    world_from_camera: Float[np.ndarray, "4 4"]
    n_observations: int
    reprojection_error_px: float


@dataclass(frozen=True)
class SparsePoints:
    """Triangulated points and which photo sees which of them where.

    Attributes:
        xyz: world points.
        rgb: their colours (sRGB).
        error_px: mean reprojection error of each.
        track_point, track_camera: index of the point and of the placed camera of every observation.
        track_xy: pixel of every observation (of the camera's size).
    """

    xyz: Float[np.ndarray, "P 3"]
    rgb: UInt8[np.ndarray, "P 3"]
    error_px: Float[np.ndarray, " P"]
    track_point: Int[np.ndarray, " T"]
    track_camera: Int[np.ndarray, " T"]
    track_xy: Float[np.ndarray, "T 2"]

    def seen_by(self, camera_index: int) -> Int[np.ndarray, " N"]:
        """Indices of the points that this camera observes."""
        found: Int[np.ndarray, " N"] = self.track_point[self.track_camera == camera_index]
        return found


@dataclass(frozen=True)
class Cameras:
    """Placed cameras of one room in one (arbitrary) world frame and scale.

    Attributes:
        cameras: one per placed photo.
        points: sparse points.
        left_out: photo id to the reason why it was not placed.
        strategy: name of the settings that placed the most photos.
        notes: facts about the run worth showing.
    """

    cameras: tuple[PlacedCamera, ...]
    points: SparsePoints
    left_out: dict[str, LeftOut] = field(default_factory=dict)
    strategy: str = ""
    notes: tuple[str, ...] = ()

    def save(self, folder: Path) -> None:
        """Write ``cameras.json`` and ``sparse.npz`` into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        head = {
            "cameras": [
                {
                    "photo_id": camera.photo_id,
                    "width_px": camera.width_px,
                    "height_px": camera.height_px,
                    "K": camera.K.tolist(),
                    "world_from_camera": camera.world_from_camera.tolist(),
                    "n_observations": camera.n_observations,
                    "reprojection_error_px": camera.reprojection_error_px,
                }
                for camera in self.cameras
            ],
            "left_out": all_as_plain(self.left_out),
            "strategy": self.strategy,
            "notes": list(self.notes),
        }
        (folder / "cameras.json").write_text(json.dumps(head, indent=1), encoding="utf-8")
        np.savez_compressed(folder / "sparse.npz", **vars(self.points))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what :meth:`save` wrote."""
        head = json.loads((folder / "cameras.json").read_text(encoding="utf-8"))
        cameras = []
        for entry in head["cameras"]:
            arrays = {name: np.array(entry[name], dtype=float) for name in ("K", "world_from_camera")}
            cameras.append(PlacedCamera(**{**entry, **arrays}))
        with np.load(folder / "sparse.npz", allow_pickle=False) as arrays_file:
            points = SparsePoints(**{name: arrays_file[name] for name in arrays_file.files})
        return cls(
            tuple(cameras), points, all_from_plain(head["left_out"]), head["strategy"], tuple(head["notes"])
        )
