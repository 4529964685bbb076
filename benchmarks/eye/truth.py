"""Photos with true depth for the eye: what stands in front of the room, where down is, what the lens was."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, UInt8
from PIL import Image

from pipeline.rooms.scene import pixel_rays

#: a thing is what lies so far in front of walls, floor and ceiling (metres)
THING_M = 0.25
#: classes of the truth, as the eye's sides: floor, ceiling, wall, thing
FLOOR, CEILING, WALL, THING = range(4)
_LEAST_DEPTH_M = 0.1


@dataclass(frozen=True, eq=False)
class EyeTruth:
    """One photo and its truth; maps are of the photo's size.

    Attributes:
        path: of the photo.
        K: intrinsics in pixels, pixel centres at integers.
        depth_m: z-depth, 0 where unknown.
        box_depth_m: z-depth of the empty room, None where unknown.
        structure: floor, ceiling or wall behind every pixel, None where unknown.
        down: gravity in camera axes, None where unknown.
    """

    path: Path
    K: Float[np.ndarray, "3 3"]
    depth_m: Float[np.ndarray, "H W"]
    box_depth_m: Float[np.ndarray, "H W"] | None
    structure: UInt8[np.ndarray, "H W"] | None
    down: Float[np.ndarray, "3"] | None

    @property
    def image(self) -> UInt8[np.ndarray, "H W 3"]:
        """The photo."""
        with Image.open(self.path) as opened:
            return np.asarray(opened.convert("RGB"))

    @property
    def known(self) -> Bool[np.ndarray, "H W"]:
        """Pixels with a true depth."""
        return self.depth_m > _LEAST_DEPTH_M

    @property
    def thing(self) -> Bool[np.ndarray, "H W"] | None:
        """Pixels of things, None where the empty room is not known."""
        return None if self.box_depth_m is None else self.known & (self.box_depth_m - self.depth_m > THING_M)

    @property
    def sides(self) -> UInt8[np.ndarray, "H W"] | None:
        """Floor, ceiling, wall or thing, None where it is not known."""
        if self.structure is None or self.thing is None:
            return None
        return np.where(self.thing, THING, self.structure).astype(np.uint8)


def read_truth(folder: Path) -> list[EyeTruth]:
    """Photos of a folder with ``cameras.json``, or of an annotated photo with ``layout_mask.png``.

    Raises:
        ValueError: the folder has neither.
    """
    if (folder / "cameras.json").is_file():
        document = json.loads((folder / "cameras.json").read_text(encoding="utf-8"))
        frames = [frame for frame in document["frames"] if "depth" in frame]
        down = down_of_world([np.array(frame["c2w"], dtype=float) for frame in frames])
        return [_frame(folder, document, frame, down) for frame in frames]
    if (folder / "layout_mask.png").is_file():
        return [_annotated(folder)]
    raise ValueError(f"{folder} has neither cameras.json nor layout_mask.png")


def down_of_world(poses: list[Float[np.ndarray, "4 4"]]) -> Float[np.ndarray, "3"]:
    """The axis of the world that the columns of the photos run along: cameras are held more or less upright."""
    mean = np.mean([pose[:3, 1] for pose in poses], axis=0)
    axis = int(np.abs(mean).argmax())
    down: np.ndarray = np.eye(3)[axis] * np.sign(mean[axis])
    return down


def _frame(
    folder: Path, document: dict[str, Any], frame: dict[str, Any], down: Float[np.ndarray, "3"]
) -> EyeTruth:
    depth = _png(folder / frame["depth"]) / float(document.get("depth_scale", 1000))
    K, pose = np.array(frame["K"], dtype=float), np.array(frame["c2w"], dtype=float)
    box = None
    if "room_box_min" in document:
        corners = np.array([document["room_box_min"], document["room_box_max"]], dtype=float)
        box = box_depth(corners, K, pose, depth.shape[0], depth.shape[1])
    structure = None
    if "layout" in frame:
        labels = _png(folder / frame["layout"]).astype(np.uint8)
        structure = np.select([labels == 1, labels == 2], [FLOOR, CEILING], WALL).astype(np.uint8)
    return EyeTruth(folder / frame["image"], K, depth, box, structure, pose[:3, :3].T @ down)


def box_depth(
    corners: Float[np.ndarray, "2 3"],
    K: Float[np.ndarray, "3 3"],
    world_from_camera: Float[np.ndarray, "4 4"],
    height: int,
    width: int,
) -> Float[np.ndarray, "H W"]:
    """z-depth of a box along the axes of the world, seen from inside."""
    rays = pixel_rays(K, height, width) @ world_from_camera[:3, :3].T
    o = world_from_camera[:3, 3]
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.where(rays > 0, (corners[1] - o) / rays, (corners[0] - o) / rays)
    depth: Float[np.ndarray, "H W"] = np.where(rays == 0, np.inf, reach).min(axis=-1)
    return depth


def _annotated(folder: Path) -> EyeTruth:
    numbers = [float(x) for x in (folder / "intrinsics.txt").read_text(encoding="utf-8").split()]
    turn = np.array([
        [float(x) for x in line.split()[:3]]
        for line in sorted((folder / "extrinsics").iterdir())[0].read_text(encoding="utf-8").splitlines()[:3]
    ])  # fmt: skip
    labels = _png(folder / "layout_mask.png").astype(np.uint8)
    structure = np.select([labels == 1, labels == 2], [FLOOR, CEILING], WALL).astype(np.uint8)
    return EyeTruth(
        sorted((folder / "image").iterdir())[0],
        np.array(numbers).reshape(3, 3),
        _png(folder / "depth_mm.png") / 1000,
        _png(folder / "layout_depth_mm.png") / 1000,
        structure,
        turn[1],
    )


def _png(path: Path) -> Float[np.ndarray, "H W"]:
    with Image.open(path) as opened:
        return np.asarray(opened).astype(float)
