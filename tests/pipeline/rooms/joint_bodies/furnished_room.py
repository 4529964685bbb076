"""A drawn room with one block in it, seen by two cameras, and an eye that knows it but for its scale."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, UInt8

from models.eye.config import SIDES
from pipeline.rooms.prior import Prior
from pipeline.rooms.scene import PointMaps, Source, View, pixel_rays

WIDTH_PX, HEIGHT_PX = 160, 120
LOW, HIGH = np.array([0.0, 0.0, 0.0]), np.array([4.0, 5.0, 2.5])
#: the block stands on the floor, away from all walls
BLOCK = np.array([[1.2, 2.6, 0.0], [2.8, 3.6, 0.8]])
K = np.array([[120.0, 0, (WIDTH_PX - 1) / 2], [0, 120.0, (HEIGHT_PX - 1) / 2], [0, 0, 1]])
#: colours of the six sides of the room, and of the block by the axis that its faces look along
_ROOM = np.array(
    [[200, 190, 180], [190, 200, 180], [210, 205, 200], [205, 210, 200], [120, 90, 60], [240, 240, 240]]
)
_BLOCK = np.array([[30, 60, 120], [40, 80, 150], [60, 100, 180]])


@dataclass(frozen=True)
class Shot:
    """What one camera sees: depth of the room with the block and without it, and where the block is."""

    view: View
    true_m: Float[np.ndarray, "H W"]
    empty_m: Float[np.ndarray, "H W"]
    block: Bool[np.ndarray, "H W"]
    normals: Float[np.ndarray, "H W 3"]
    prior: Prior


def shots(measured: float = 0.12) -> list[Shot]:
    """Two of them; the left part of each photo was measured, the rest is painted on the walls."""
    places = ((0.6, 0.4, 1.5), (3.4, 0.4, 1.5))
    return [_shot(f"photo {number}", place, measured) for number, place in enumerate(places)]


def maps_of(seen: list[Shot]) -> PointMaps:
    """The shots as a backend gives them."""
    return PointMaps(tuple(shot.view for shot in seen), "drawn", True, 0.1, least_confidence=0.3)


class KnowingEye:
    """An eye that is told what it sees; ``scale`` is by how much its things are too far, one for each photo."""

    name, version = "knowing", "1"

    def __init__(self, seen: list[Shot], scale: tuple[float, ...] = (1.0, 1.0)) -> None:
        self._priors = {
            shot.view.image.tobytes(): replace(
                shot.prior,
                depth_over_height=np.where(
                    shot.block, by * shot.prior.depth_over_height, shot.prior.depth_over_height
                ).astype(np.float32),
            )
            for shot, by in zip(seen, scale, strict=True)
        }

    def predict(self, image: UInt8[np.ndarray, "H W 3"], K: Float[np.ndarray, "3 3"] | None = None) -> Prior:
        return self._priors[image.tobytes()]


def _shot(name: str, place: tuple[float, float, float], measured: float) -> Shot:
    pose = _looking(np.array(place), np.array([2.0, 3.4, 0.9]))
    rays = pixel_rays(K, HEIGHT_PX, WIDTH_PX) @ pose[:3, :3].T
    with np.errstate(divide="ignore"):
        toward = np.where(rays > 0, HIGH - pose[:3, 3], LOW - pose[:3, 3]) / rays
        near, far = np.sort((BLOCK[:, None, None] - pose[:3, 3]) / rays, axis=0)
    axis, empty = toward.argmin(axis=-1), toward.min(axis=-1)
    enter, leave = near.max(axis=-1), far.min(axis=-1)
    block = (enter < leave) & (enter > 0)
    true = np.where(block, enter, empty)
    along = np.where(block, near.argmax(axis=-1), axis)
    normals = -np.sign(np.take_along_axis(rays, along[..., None], -1)) * np.eye(3)[along]
    upper = np.take_along_axis(rays, axis[..., None], -1)[..., 0] > 0
    image = np.where(block[..., None], _BLOCK[along], _ROOM[2 * axis + upper]).astype(np.uint8)
    known = np.broadcast_to(np.arange(WIDTH_PX) < measured * WIDTH_PX, true.shape)
    depth = np.where(known, true, empty)
    view = View(
        name,
        image,
        pose,
        K,
        (rays * depth[..., None] + pose[:3, 3]).astype(np.float32),
        np.where(known, 0.9, 0.5).astype(np.float32),
        np.where(known, Source.MEASURED, Source.INFERRED).astype(np.uint8),
    )
    return Shot(view, true, empty, block, normals, _prior(pose, true, block, axis, upper, normals))


def _prior(
    pose: Float[np.ndarray, "4 4"],
    true: Float[np.ndarray, "H W"],
    block: Bool[np.ndarray, "H W"],
    axis: np.ndarray,
    upper: np.ndarray,
    normals: Float[np.ndarray, "H W 3"],
) -> Prior:
    names = np.where(
        axis < 2, SIDES.index("wall"), np.where(upper, SIDES.index("ceiling"), SIDES.index("floor"))
    )
    sides = np.eye(len(SIDES), dtype=np.float32)[np.where(block, SIDES.index("thing"), names)]
    return Prior(
        (true / pose[2, 3]).astype(np.float32),
        np.full(true.shape, 0.1, np.float32),
        sides,
        (normals @ pose[:3, :3]).astype(np.float32),
        np.zeros(true.shape, np.float32),
        K,
        -pose[2, :3],
        True,
        0.0,
        0.0,
    )


def _looking(place: Float[np.ndarray, "3"], at: Float[np.ndarray, "3"]) -> Float[np.ndarray, "4 4"]:
    forward = (at - place) / np.linalg.norm(at - place)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    pose[:3, 3] = place
    return pose
