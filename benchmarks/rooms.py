"""Rooms beside stock pycolmap: ``python -m benchmarks.rooms --data FOLDER[#SUBSET] ...``.

A folder holds photos, or a ``cameras.json`` with ground truth (``frames``: ``image``, ``K``, ``c2w``, optional
``depth``); ``#SUBSET`` names a list in its ``subsets.json``.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pipeline.progress import Progress
from pipeline.rooms import backends
from pipeline.rooms.cameras import Cameras
from pipeline.rooms.errors import RoomError
from pipeline.rooms.metrics import depth_errors, pair_errors_rad, point_errors, umeyama
from pipeline.rooms.photos import RoomPhoto
from pipeline.rooms.point_maps import PointMaps
from pipeline.rooms.surface import reconstruct_surface

_STOCK = """
import sys, tempfile, pycolmap
pycolmap.logging.minloglevel = 3
folder, names = sys.argv[1], sys.argv[2:]
with tempfile.TemporaryDirectory() as work:
    pycolmap.extract_features(work + "/db", folder, image_names=names, device=pycolmap.Device.cpu)
    pycolmap.match_exhaustive(work + "/db", device=pycolmap.Device.cpu)
    options = pycolmap.IncrementalPipelineOptions()
    options.min_model_size = 2
    models = pycolmap.incremental_mapping(work + "/db", folder, work, options=options)
    print(max([model.num_reg_images() for model in models.values()], default=0))
"""
_PHOTOS = {".jpg", ".jpeg", ".png", ".webp"}


@dataclass(frozen=True)
class DataSet:
    """Photos of one room, with ground truth by photo id where there is any."""

    name: str
    photos: list[RoomPhoto]
    frames: dict[str, dict[str, Any]]
    depth_scale: float


def read_set(argument: str) -> DataSet:
    """Read ``FOLDER`` or ``FOLDER#SUBSET``."""
    base, _, subset = argument.partition("#")
    folder = Path(base)
    wanted = set(json.loads((folder / "subsets.json").read_text(encoding="utf-8"))[subset]) if subset else None
    frames: dict[str, dict[str, Any]] = {}
    depth_scale = 1000.0
    if (folder / "cameras.json").is_file():
        document = json.loads((folder / "cameras.json").read_text(encoding="utf-8"))
        depth_scale = float(document.get("depth_scale", 1000))
        frames = {f["name"]: f for f in document["frames"] if wanted is None or f["name"] in wanted}
        paths = {name: folder / frame["image"] for name, frame in frames.items()}
    else:
        files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _PHOTOS)
        paths = {str(path.relative_to(folder)): path for path in files}
    photos = []
    for name, path in paths.items():
        with Image.open(path) as image:
            photos.append(RoomPhoto(name, path, *image.size))
    return DataSet(argument, photos, frames, depth_scale)


def stock_placed(photos: list[RoomPhoto]) -> int:
    """Photos that pycolmap places with its default settings (in a process of its own)."""
    folders = {photo.path.parent for photo in photos}
    if len(folders) != 1:
        return -1
    names = [photo.path.name for photo in photos]
    command = [sys.executable, "-c", _STOCK, str(folders.pop()), *names]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    return int(done.stdout.split()[-1]) if done.returncode == 0 and done.stdout.split() else 0


def camera_row(data: DataSet, cameras: Cameras) -> dict[str, Any]:
    """Median and largest pair rotation error in degrees, where there is ground truth."""
    placed = [camera for camera in cameras.cameras if camera.photo_id in data.frames]
    if len(placed) < 2:
        return {}
    truth = [np.array(data.frames[camera.photo_id]["c2w"]) for camera in placed]
    rotation, _ = pair_errors_rad([camera.world_from_camera for camera in placed], truth)
    errors = np.degrees(rotation)
    return {"rot_med": float(np.median(errors)), "rot_max": float(errors.max())}


def _truth(data: DataSet, name: str, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray] | None:
    """True depth and world points of a photo at ``size`` (width, height), nearest neighbour."""
    frame = data.frames.get(name)
    if frame is None or "depth" not in frame:
        return None
    folder = Path(data.name.partition("#")[0])
    with Image.open(folder / frame["depth"]) as opened:
        full = np.asarray(opened).astype(float) / data.depth_scale
    K, pose = np.array(frame["K"], dtype=float), np.array(frame["c2w"], dtype=float)
    xs = np.clip(((np.arange(size[0]) + 0.5) * full.shape[1] / size[0]).astype(int), 0, full.shape[1] - 1)
    ys = np.clip(((np.arange(size[1]) + 0.5) * full.shape[0] / size[1]).astype(int), 0, full.shape[0] - 1)
    depth = full[np.ix_(ys, xs)]
    grid = np.stack([*np.meshgrid(xs, ys), np.ones(depth.shape)], axis=-1)
    return depth, (grid @ np.linalg.inv(K).T * depth[..., None]) @ pose[:3, :3].T + pose[:3, 3]


def depth_row(data: DataSet, maps: PointMaps) -> dict[str, Any]:
    """AbsRel (median over photos), accuracy, completeness and F-score."""
    relative, estimated, true = [], [], []
    for view in maps.views:
        found = _truth(data, view.photo_id, (view.image.shape[1], view.image.shape[0]))
        if found is None:
            continue
        depth, points = found
        relative.append(depth_errors(view.depth_m(), depth).abs_rel)
        good = (depth > 0) & view.valid
        estimated.append(view.points[good].astype(float))
        true.append(points[good])
    measured = float(np.mean([(view.source == 1).mean() for view in maps.views]))
    row: dict[str, Any] = {"measured": measured}
    if relative:
        a, b = np.concatenate(estimated), np.concatenate(true)
        scale, R, t = umeyama(a, b)
        pick = np.random.default_rng(0).choice(len(a), min(len(a), 100_000), replace=False)
        errors = point_errors(scale * a[pick] @ R.T + t, b[pick])
        row |= {
            "abs_rel": float(np.median(relative)),
            "acc": errors.accuracy_mean_m,
            "comp": errors.completeness_mean_m,
            "f5cm": errors.f_score,
        }
    return row


def measure(data: DataSet, backend_name: str, with_stock: bool) -> dict[str, Any]:
    """One row of the table."""
    row: dict[str, Any] = {"set": Path(data.name).name, "photos": len(data.photos)}
    if with_stock:
        row["stock"] = stock_placed(data.photos)
    backend, _ = backends.choose(backend_name)
    with tempfile.TemporaryDirectory() as work:
        started = time.monotonic()
        try:
            cameras = backend.cameras(data.photos, Path(work), Progress())
        except RoomError as error:
            return {**row, "placed": 0, "note": error.message}
        row |= {
            "placed": len(cameras.cameras),
            **camera_row(data, cameras),
            "s_cam": time.monotonic() - started,
        }
        started = time.monotonic()
        maps = backend.point_maps(data.photos, cameras, Progress())
        row |= {**depth_row(data, maps), "s_dense": time.monotonic() - started}
        surface = reconstruct_surface(maps)
        row |= {"s_surf": surface.stats["seconds"], "faces": int(surface.stats["faces"])}
    return row


def table(rows: list[dict[str, Any]]) -> str:
    """Plain text table of all rows; empty where a row has no such value."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    cells = [columns]
    for row in rows:
        values = [row.get(column, "") for column in columns]
        cells.append([f"{value:.3g}" if isinstance(value, float) else str(value) for value in values])
    widths = [max(len(line[k]) for line in cells) for k in range(len(columns))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="+", required=True, help="folders, each optionally with #SUBSET")
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--no-stock", action="store_true", help="do not run pycolmap's defaults for comparison")
    parser.add_argument("--json", type=Path, help="also write the rows as JSON")
    arguments = parser.parse_args()
    rows = [
        measure(read_set(argument), arguments.backend, not arguments.no_stock) for argument in arguments.data
    ]
    print(table(rows))
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
