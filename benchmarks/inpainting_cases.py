"""Pictures with known content that is hidden: planes from ground truth, and seeded holes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8
from PIL import Image
from scipy import ndimage

from pipeline.rooms.inpainting import PlaneLabels
from pipeline.rooms.layout import NoLayout, estimate_geometric

_ON_PLANE_M = 0.05
_FLAT = 0.9
_NOISE = 0.005
_NORMAL_SHARE = 0.004
_MIN_PLANE_SHARE = 0.02
_RANSAC_DRAWS = 300
_MAX_PLANES = 8
_LAYOUT_KINDS = ("wall", "wall", "wall", "floor", "ceiling")
_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


@dataclass(frozen=True)
class Scene:
    """A photo, and what is known of its planes.

    Attributes:
        name: of folder and photo.
        image: sRGB.
        K: intrinsics in pixels.
        planes: labels -1 where furniture hides the planes; ``None`` for a plain photo.
        kinds: per plane ``wall``, ``floor`` or ``ceiling``.
        estimated: whether the planes are those of an estimated layout.
    """

    name: str
    image: UInt8[np.ndarray, "H W 3"]
    K: Float[np.ndarray, "3 3"] | None = None
    planes: PlaneLabels | None = None
    kinds: tuple[str, ...] = ()
    estimated: bool = False

    def region(self, kind: str) -> Bool[np.ndarray, "H W"]:
        """Pixels on planes of one kind; the whole picture for ``mixed``."""
        if kind == "mixed" or self.planes is None:
            return np.ones(self.image.shape[:2], dtype=bool)
        chosen = [index for index, other in enumerate(self.kinds) if other == kind]
        return np.isin(self.planes.labels, chosen)


def scenes(folder: Path, every: int = 1) -> Iterator[Scene]:
    """Every n-th photo of a folder, with planes where ``cameras.json`` has depth (and layout masks, if any).

    A photo without depth comes twice: with the planes of its estimated layout (if it has one), and without.
    """
    file = folder / "cameras.json"
    if not file.exists():
        for picture in sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)[::every]:
            plain = Scene(f"{folder.name}/{picture.stem}", _rgb(picture))
            yield from (*_with_layout(plain), plain)
        return
    document = json.loads(file.read_text(encoding="utf-8"))
    for frame in document["frames"][::every]:
        yield _scene(folder, document, frame)


def _with_layout(scene: Scene) -> list[Scene]:
    """The photo with the box that the geometric layout finds in it, as far as it finds one."""
    found = estimate_geometric(scene.image)
    layout = found.guess if isinstance(found, NoLayout) else found
    if layout is None or layout.box is None:
        return []
    right, front, up = layout.box.camera_from_room.T
    normals = np.stack([front, -right, right, -up, up])
    axes = np.array([[right, up], [front, up], [front, up], [right, front], [right, front]])
    labels = layout.classes.astype(np.int64) - 1
    planes = PlaneLabels(labels, normals, layout.box.distance_m, axes)
    return [Scene(scene.name, scene.image, layout.box.K, planes, _LAYOUT_KINDS, estimated=True)]


def _scene(folder: Path, document: dict[str, Any], frame: dict[str, Any]) -> Scene:
    image, name = _rgb(folder / frame["image"]), f"{folder.name}/{frame['name']}"
    if "depth" not in frame:
        return Scene(name, image)
    with Image.open(folder / frame["depth"]) as opened:
        depth = np.asarray(opened) / float(document["depth_scale"])
    K = np.array(frame["K"], dtype=np.float64)
    layout = np.zeros(depth.shape, dtype=np.int64)
    layout_file = folder / str(frame.get("layout", f"layout/{frame['name']}.png"))
    if layout_file.exists():
        with Image.open(layout_file) as opened:
            layout = np.asarray(opened).astype(np.int64)
    up = _up_in_camera(document, np.array(frame["c2w"]))
    named = {int(key): str(value) for key, value in document.get("layout_labels", {}).items()}
    pose = np.array(frame["c2w"], dtype=np.float64)
    box = {key: _box_plane(document, name_, pose, up) for key, name_ in named.items()}
    points, valid = _unproject(depth, K), depth > 0
    level = np.abs(_normals(points, valid) @ up) > _FLAT
    flat = [key for key, name_ in named.items() if not name_.startswith("wall")]
    planes, kinds = _planes(points, valid & (level | ~np.isin(layout, flat)), layout, up, box)
    return Scene(name, image, K, planes, kinds)


def _up_in_camera(
    document: dict[str, Any], world_from_camera: Float[np.ndarray, "4 4"]
) -> Float[np.ndarray, " 3"]:
    """The world axis that is most upright in the photo (cameras are held upright), pointing up."""
    rotation = np.asarray(world_from_camera)[:3, :3]
    axes = np.concatenate([rotation, -rotation])
    return np.asarray(axes[int(np.argmin(axes[:, 1]))])


def _unproject(depth: Float[np.ndarray, "H W"], K: Float[np.ndarray, "3 3"]) -> Float[np.ndarray, "H W 3"]:
    height, width = depth.shape
    grid = np.stack([*np.meshgrid(np.arange(width), np.arange(height)), np.ones((height, width))], axis=-1)
    points: Float[np.ndarray, "H W 3"] = grid @ np.linalg.inv(K).T * depth[..., None]
    return points


def _planes(
    points: Float[np.ndarray, "H W 3"],
    valid: Bool[np.ndarray, "H W"],
    layout: Int[np.ndarray, "H W"],
    up: Float[np.ndarray, " 3"],
    box: dict[int, tuple[Float[np.ndarray, " 3"], float] | None],
) -> tuple[PlaneLabels, tuple[str, ...]]:
    """Sides of the known box, else RANSAC on the depth of every layout class, else on all of the depth.

    A pixel lies on a plane if its depth and its own normal say so; pixels without depth (sensor holes) take the
    plane around them.
    """
    rng = np.random.default_rng(0)
    labels = np.full(valid.shape, -1, dtype=np.int64)
    found: list[tuple[Float[np.ndarray, " 3"], float]] = []
    classes = [int(value) for value in np.unique(layout) if value > 0]
    own_normals = _normals(points, valid)
    wanted = [(layout == value, box.get(value)) for value in classes]
    least = _MIN_PLANE_SHARE * valid.size / (4 if classes else 1)
    for region, side in wanted or [(np.ones_like(valid), None)] * _MAX_PLANES:
        left = region & valid & (labels < 0)
        if left.sum() < least:
            continue
        normal, offset = side or _ransac(points[left], up, rng)
        close = np.abs(points @ normal - offset) < _ON_PLANE_M + _NOISE * points[..., 2]
        near = left & close & (np.abs(own_normals @ normal) > _FLAT)
        if near.sum() < least:
            continue
        labels[near] = len(found)
        found.append((normal, offset))
    labels = _without_sensor_holes(labels, valid, layout)
    kinds = tuple(_kind(normal, offset, up) for normal, offset in found)
    axes = np.array([_axes(normal, up) for normal, _ in found]).reshape(-1, 2, 3)
    normals = np.array([normal for normal, _ in found]).reshape(-1, 3)
    return PlaneLabels(labels, normals, np.array([offset for _, offset in found]), axes), kinds


def _normals(points: Float[np.ndarray, "H W 3"], valid: Bool[np.ndarray, "H W"]) -> Float[np.ndarray, "H W 3"]:
    """Normals of the depth, smoothed over its valid pixels."""
    sigma = _NORMAL_SHARE * max(valid.shape)
    weight = ndimage.gaussian_filter(valid.astype(np.float64), sigma)
    smooth = ndimage.gaussian_filter(np.where(valid[..., None], points, 0.0), (sigma, sigma, 0.0))
    smooth /= np.maximum(weight, 1e-6)[..., None]
    normals: Float[np.ndarray, "H W 3"] = np.cross(np.gradient(smooth, axis=1), np.gradient(smooth, axis=0))
    return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-12))


def _without_sensor_holes(
    labels: Int[np.ndarray, "H W"], valid: Bool[np.ndarray, "H W"], layout: Int[np.ndarray, "H W"]
) -> Int[np.ndarray, "H W"]:
    """Pixels without depth take the label of the nearest one with depth, if it is of the same class."""
    if valid.all() or not valid.any():
        return labels
    nearest = tuple(ndimage.distance_transform_edt(~valid, return_distances=False, return_indices=True))
    return np.where(layout[nearest] == layout, labels[nearest], -1)


def _ransac(
    points: Float[np.ndarray, "N 3"], up: Float[np.ndarray, " 3"], rng: np.random.Generator
) -> tuple[Float[np.ndarray, " 3"], float]:
    """Horizontal or upright plane with the most points (5 cm), refined by least squares."""
    sample = points[rng.choice(len(points), min(len(points), 4000), replace=False)]
    best, most = (up, 1.0), -1
    for _ in range(_RANSAC_DRAWS):
        a, b, c = sample[rng.choice(len(sample), 3, replace=False)]
        normal = np.cross(b - a, c - a)
        if np.linalg.norm(normal) < 1e-6:
            continue
        normal /= np.linalg.norm(normal)
        if 0.1 < abs(normal @ up) < 0.97:
            continue
        count = int((np.abs((sample - a) @ normal) < _ON_PLANE_M).sum())
        if count > most:
            best, most = (normal, float(a @ normal)), count
    for _ in range(3):
        near = points[np.abs(points @ best[0] - best[1]) < _ON_PLANE_M][:: max(most // 20, 1)]
        centre = near.mean(axis=0)
        normal = np.linalg.svd(near - centre, full_matrices=False)[2][2]
        best = (normal, float(normal @ centre))
    return best


def _box_plane(
    document: dict[str, Any],
    name: str,
    world_from_camera: Float[np.ndarray, "4 4"],
    up: Float[np.ndarray, " 3"],
) -> tuple[Float[np.ndarray, " 3"], float] | None:
    """The side of the box that a layout label names (``floor``, ``wall x=min``), in the camera's frame."""
    if "room_box_min" not in document or not name:
        return None
    rotation, position = world_from_camera[:3, :3], world_from_camera[:3, 3]
    along_up = rotation @ up
    if name.startswith("wall"):
        axis, side = "xyz".index(name.split()[1][0]), name.split("=")[1]
    else:
        axis = int(np.argmax(np.abs(along_up)))
        side = "min" if name.startswith("floor") == bool(along_up[axis] > 0) else "max"
    value = float(document[f"room_box_{side}"][axis])
    return rotation[axis], value - float(position[axis])


def _kind(normal: Float[np.ndarray, " 3"], offset: float, up: Float[np.ndarray, " 3"]) -> str:
    if abs(normal @ up) < _FLAT:
        return "wall"
    return "ceiling" if offset * (normal @ up) > 0 else "floor"


def _axes(normal: Float[np.ndarray, " 3"], up: Float[np.ndarray, " 3"]) -> Float[np.ndarray, "2 3"]:
    """Two unit vectors in the plane; upright second one for walls."""
    reference = up if abs(normal @ up) < _FLAT else np.array([1.0, 0.0, 0.0])
    second = reference - (reference @ normal) * normal
    second /= np.linalg.norm(second)
    return np.stack([np.cross(second, normal), second])


def _rgb(file: Path) -> UInt8[np.ndarray, "H W 3"]:
    with Image.open(file) as opened:
        return np.asarray(opened.convert("RGB"))


def seeded_hole(region: Bool[np.ndarray, "H W"], share: float, seed: int) -> Bool[np.ndarray, "H W"]:
    """A blob with a rough outline around a random pixel that hides ``share`` of the region."""
    height, width = region.shape
    rng = np.random.default_rng(seed)
    y, x = np.argwhere(region)[rng.integers(int(region.sum()))]
    rows, columns = np.mgrid[:height, :width]
    radius = np.hypot(rows - y, columns - x)
    noise = ndimage.gaussian_filter(rng.standard_normal((height, width)), 0.03 * max(height, width))
    radius = radius * (1.0 + 0.35 * noise / max(float(noise.std()), 1e-9))
    return np.asarray(region & (radius <= np.quantile(radius[region], share)))
