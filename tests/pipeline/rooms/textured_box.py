"""A box room whose walls carry pictures of noise, photographed exactly: photos, cameras, true depth."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from pipeline.rooms.photos.room_photo import RoomPhoto
from pipeline.rooms.scene.cameras import Cameras, PlacedCamera, SparsePoints
from pipeline.rooms.stereo.stereo import StereoDepth, StereoInput

SIZE_M = np.array([4.0, 3.2, 2.5])
TEXELS_PER_M = 90.0


@dataclass(frozen=True)
class Shot:
    """One rendered photo with its camera and z-depth."""

    image: np.ndarray
    depth_m: np.ndarray
    K: np.ndarray
    world_from_camera: np.ndarray


def looking(centre: tuple[float, float, float], at: tuple[float, float, float]) -> np.ndarray:
    """Pose of an upright camera."""
    ahead = np.subtract(at, centre).astype(float)
    ahead /= np.linalg.norm(ahead)
    right = np.cross(ahead, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3] = np.stack([right, np.cross(ahead, right), ahead, np.array(centre)], axis=1)
    return pose


def _texture(face: int) -> np.ndarray:
    rng = np.random.default_rng(face)
    side = int(SIZE_M.max() * TEXELS_PER_M) + 2
    coarse = ndimage.zoom(rng.random((side // 24 + 2, side // 24 + 2, 3)), (24, 24, 1), order=0)[:side, :side]
    fine = ndimage.gaussian_filter(rng.normal(size=(side, side, 1)), (1.5, 1.5, 0))
    picture: np.ndarray = np.clip(0.15 + 0.7 * coarse + 0.5 * fine, 0, 1)
    return picture


TEXTURES = [_texture(face) for face in range(6)]


def shoot(world_from_camera: np.ndarray, width: int = 240, height: int = 180, focal_px: float = 150.0) -> Shot:
    """Render one photo."""
    K = np.array([[focal_px, 0, (width - 1) / 2], [0, focal_px, (height - 1) / 2], [0, 0, 1]])
    grid = np.stack([*np.meshgrid(np.arange(width), np.arange(height)), np.ones((height, width))], axis=-1)
    rays = grid @ np.linalg.inv(K).T @ world_from_camera[:3, :3].T
    centre = world_from_camera[:3, 3]
    walls = np.where(rays > 0, SIZE_M, 0.0)
    steps = (walls - centre) / np.where(np.abs(rays) < 1e-9, 1e-9, rays)
    axis = np.argmin(steps, axis=-1)
    depth = np.take_along_axis(steps, axis[..., None], axis=-1)[..., 0]
    points = centre + rays * depth[..., None]
    image = np.zeros((height, width, 3))
    for k in range(3):
        u, v = (points[..., other] * TEXELS_PER_M for other in range(3) if other != k)
        for upper in (0, 1):
            mine = (axis == k) & ((rays[..., k] > 0) == bool(upper))
            texture = TEXTURES[2 * k + upper]
            for channel in range(3):
                sampled = ndimage.map_coordinates(
                    texture[..., channel], [u[mine], v[mine]], order=1, mode="nearest"
                )
                image[..., channel][mine] = sampled
    return Shot(np.rint(image * 255).astype(np.uint8), depth, K, world_from_camera)


def shots(width: int = 240) -> list[Shot]:
    """Four photos that overlap."""
    at = (3.4, 1.8, 1.0)
    centres = [(0.7, 0.6, 1.4), (0.9, 1.2, 1.5), (0.6, 1.8, 1.3), (1.2, 0.9, 1.6)]
    poses = [looking(centre, at) for centre in centres]
    return [shoot(pose, width, width * 3 // 4, width * 0.625) for pose in poses]


def as_photos(taken: list[Shot], folder: Path) -> list[RoomPhoto]:
    """Write the photos as PNG."""
    photos = []
    for index, shot in enumerate(taken):
        path = folder / f"shot_{index}.png"
        Image.fromarray(shot.image).save(path)
        photos.append(RoomPhoto(f"p{index}", path, shot.image.shape[1], shot.image.shape[0]))
    return photos


def true_cameras(taken: list[Shot], points_per_photo: int = 60) -> Cameras:
    """Exact cameras with sparse points on the walls."""
    rng = np.random.default_rng(3)
    xyz, rows = [], []
    for shot in taken:
        y, x = rng.integers(0, shot.image.shape[0], points_per_photo), rng.integers(0, shot.image.shape[1], 60)
        rays = np.stack([x, y, np.ones(len(x))], axis=1) @ np.linalg.inv(shot.K).T * shot.depth_m[y, x][:, None]
        xyz.append(rays @ shot.world_from_camera[:3, :3].T + shot.world_from_camera[:3, 3])
    points = np.concatenate(xyz)
    for index, shot in enumerate(taken):
        local = (points - shot.world_from_camera[:3, 3]) @ shot.world_from_camera[:3, :3]
        pixels = local @ shot.K.T
        xy = pixels[:, :2] / np.maximum(pixels[:, 2:], 1e-6)
        height, width = shot.image.shape[:2]
        seen = (local[:, 2] > 0.1) & (xy >= 0).all(axis=1) & (xy[:, 0] < width) & (xy[:, 1] < height)
        rows += [(point, index, *xy[point]) for point in np.flatnonzero(seen)]
    table = np.array(rows)
    cameras = tuple(
        PlacedCamera(f"p{i}", s.image.shape[1], s.image.shape[0], s.K, s.world_from_camera, 60, 0.3)
        for i, s in enumerate(taken)
    )
    sparse = SparsePoints(
        points,
        np.zeros((len(points), 3), np.uint8),
        np.zeros(len(points)),
        table[:, 0].astype(np.int64),
        table[:, 1].astype(np.int64),
        table[:, 2:],
    )
    return Cameras(cameras, sparse)


def as_stereo(taken: list[Shot]) -> StereoInput:
    """The photos with points anywhere in the room that all of them are said to see."""
    rng = np.random.default_rng(0)
    return StereoInput(
        images=[shot.image for shot in taken],
        K=np.stack([shot.K for shot in taken]),
        world_from_camera=np.stack([shot.world_from_camera for shot in taken]),
        xyz=rng.uniform(0, 1, size=(400, 3)) * SIZE_M,
        seen=[np.arange(400) for _ in taken],
    )


def unmeasured(data: StereoInput) -> list[StereoDepth]:
    """Stereo that measured nothing."""
    return [
        StereoDepth(
            np.full(image.shape[:2], 0.3, np.float32),
            np.zeros((*image.shape[:2], 2), np.float32),
            np.ones(image.shape[:2], np.float32),
            np.zeros(image.shape[:2], np.int64),
        )
        for image in data.images
    ]
