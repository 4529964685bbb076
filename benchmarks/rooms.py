"""Rooms beside stock pycolmap: ``python -m benchmarks.rooms --data FOLDER[#SUBSET] ...``.

A folder holds photos, or a ``cameras.json`` with ground truth (``frames``: ``image``, ``K``, ``c2w``, optional
``depth`` and ``layout``); ``#SUBSET`` names a list in its ``subsets.json``. Without ``--data`` the demo's rooms
are rendered and stand in: their ground truth is exact. Every set runs in a process of its own. True depth is
that of the photos' pixels: where photos were straightened, it is taken from where a point lies in the photo.

Columns: ``lens`` is the strongest radial distortion taken out; ``rot_*`` and ``trans_med`` are degrees over
pairs of placed photos; ``auc3`` to ``auc30`` are of the larger of both, over all pairs of the set, with 180
degrees for pairs that were not placed (as COLMAP and VGGT count); depth figures are medians over photos;
``acc``, ``comp`` and ``flat`` (of the worst wall or floor) are metres, ``on2cm`` is the share of the pixels of
walls and floor within 2 cm of their plane; ``s_*`` wall, ``cpu_s`` CPU seconds.
"""

import argparse
import json
import multiprocessing
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from PIL import Image

from benchmarks.metrics import (
    coverage,
    depth_errors,
    flatness_m,
    pair_errors_rad,
    point_errors,
    pose_auc,
    umeyama,
)
from benchmarks.records.recorder import Recorder, add_options
from pipeline.progress import Progress
from pipeline.recipe import Storable
from pipeline.rooms import backends
from pipeline.rooms.photos import Lens, RoomPhoto, find_lenses
from pipeline.rooms.scene import Cameras, PointMaps
from pipeline.rooms.scene.errors import RoomError
from pipeline.rooms.surface import reconstruct_surface, texture_surface
from pipeline.rooms.surface.export import write_textured_glb

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
T = TypeVar("T", bound=Storable)
_ON_SIDE_M = 0.02
#: a wall of so many pixels is judged; so near to its plane (metres) a pixel lies on it
_LEAST_WALL_PX, _ON_PLANE_M = 1000, 0.02
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


def stock_row(photos: list[RoomPhoto]) -> dict[str, Any]:
    """Photos that pycolmap places with its default settings (in a process of its own), and its seconds."""
    folders = {photo.path.parent for photo in photos}
    if len(folders) != 1:
        return {}
    names = [photo.path.name for photo in photos]
    command = [sys.executable, "-c", _STOCK, str(folders.pop()), *names]
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    placed = int(done.stdout.split()[-1]) if done.returncode == 0 and done.stdout.split() else 0
    return {"stock": placed, "s_stock": time.monotonic() - started}


def camera_row(data: DataSet, cameras: Cameras | None) -> dict[str, Any]:
    """Pair errors in degrees and AUC, where there is ground truth; AUC also where nothing was placed."""
    placed = cameras.cameras if cameras else ()
    estimated = {c.photo_id: c.world_from_camera for c in placed if c.photo_id in data.frames}
    truth = {name: np.array(frame["c2w"], dtype=float) for name, frame in data.frames.items()}
    if len(truth) < 2:
        return {}
    areas = {f"auc{threshold:g}": value for threshold, value in pose_auc(estimated, truth).items()}
    if len(estimated) < 2:
        return areas
    rotation, translation = pair_errors_rad(list(estimated.values()), [truth[name] for name in estimated])
    row = {
        "rot_med": float(np.degrees(np.median(rotation))),
        "rot_max": float(np.degrees(rotation.max())),
        "trans_med": float(np.degrees(np.median(translation))),
    }
    return row | areas


def truth_of(data: DataSet, name: str, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray] | None:
    """True depth and world points of a photo at ``size`` (width, height), nearest neighbour."""
    frame = data.frames.get(name)
    if frame is None or "depth" not in frame:
        return None
    folder = Path(data.name.partition("#")[0])
    with Image.open(folder / frame["depth"]) as opened:
        full = np.asarray(opened).astype(float) / data.depth_scale
    K, pose = np.array(frame["K"], dtype=float), np.array(frame["c2w"], dtype=float)
    height, width = full.shape
    at, lens = _photo_pixels(data, name, size, (height, width))
    depth = full[at[..., 1], at[..., 0]]
    if lens is not None:
        at = lens.straight_xy(at.astype(float), width, height)
        K[:2, :2] *= lens.zoom(width, height)
    grid = np.concatenate([at, np.ones((*depth.shape, 1))], axis=-1)
    return depth, (grid @ np.linalg.inv(K).T * depth[..., None]) @ pose[:3, :3].T + pose[:3, 3]


def _photo_pixels(
    data: DataSet, name: str, size: tuple[int, int], shape: tuple[int, int]
) -> tuple[np.ndarray, Lens | None]:
    """Pixels (x, y) of the photo, of height and width ``shape``, that a map of ``size`` shows, and its lens."""
    height, width = shape
    xs = np.clip(((np.arange(size[0]) + 0.5) * width / size[0]).astype(int), 0, width - 1)
    ys = np.clip(((np.arange(size[1]) + 0.5) * height / size[1]).astype(int), 0, height - 1)
    at = np.stack(np.meshgrid(xs, ys), axis=-1)
    lens = next((photo.lens for photo in data.photos if photo.photo_id == name), None)
    if lens is not None:
        bent = np.rint(lens.photo_xy(at.astype(float), width, height)).astype(int)
        at = np.clip(bent, 0, [width - 1, height - 1])
    return at, lens


def depth_row(data: DataSet, maps: PointMaps) -> dict[str, Any]:
    """Coverage; AbsRel and inlier ratios (medians over photos), accuracy, completeness and F-score."""
    errors, estimated, true = [], [], []
    for view in maps.views:
        found = truth_of(data, view.photo_id, (view.image.shape[1], view.image.shape[0]))
        if found is None or not ((found[0] > 0) & view.valid).any():
            continue
        depth, points = found
        errors.append(depth_errors(view.depth_m(), depth))
        good = (depth > 0) & view.valid
        estimated.append(view.points[good].astype(float))
        true.append(points[good])
    shares = coverage([view.source for view in maps.views])
    row: dict[str, Any] = {"measured": shares.measured, "inferred": shares.inferred, "covered": shares.any}
    if not errors:
        return row
    a, b = np.concatenate(estimated), np.concatenate(true)
    scale, R, t = umeyama(a, b)
    pick = np.random.default_rng(0).choice(len(a), min(len(a), 100_000), replace=False)
    points_found = point_errors(scale * a[pick] @ R.T + t, b[pick])
    row |= {
        "abs_rel": float(np.median([e.abs_rel for e in errors])),
        "in1.25": float(np.median([e.within_125 for e in errors])),
        "in1.03": float(np.median([e.within_103 for e in errors])),
        "acc": points_found.accuracy_mean_m,
        "comp": points_found.completeness_mean_m,
        "f5cm": points_found.f_score,
    }
    return row | _flatness(data, maps, scale)


def _flatness(data: DataSet, maps: PointMaps, scale: float) -> dict[str, float]:
    """Worst flatness of the visible floor and walls without their farthest 2 %, and share of all within 2 cm.

    Empty where the set does not label them. Labels are those of the room's box, in front of which furniture may
    stand: a pixel counts where its true surface is that side of the box.
    """
    shown: dict[int, list[tuple[np.ndarray, np.ndarray]]] = {}
    for view in maps.views:
        size = (view.image.shape[1], view.image.shape[0])
        labels, truth = _layout(data, view.photo_id, size), truth_of(data, view.photo_id, size)
        if labels is None or truth is None:
            continue
        for label in (1, 3, 4, 5, 6):
            mine = (labels == label) & (truth[0] > 0) & view.valid
            shown.setdefault(label, []).append((truth[1][mine], view.points[mine].astype(float) * scale))
    box = room_box(data)
    parts = [[np.concatenate(column) for column in zip(*part, strict=True)] for part in shown.values()]
    walls = [] if box is None else [found[on_side(true, box)] for true, found in parts]
    walls = [points for points in walls if len(points) >= _LEAST_WALL_PX]
    if not walls:
        return {}
    away = [_off_plane(points) for points in walls]
    worst = max(flatness_m(p[off <= np.quantile(off, 0.98)]) for p, off in zip(walls, away, strict=True))
    return {"flat": worst, "on2cm": float((np.concatenate(away) < _ON_PLANE_M).mean())}


def room_box(data: DataSet) -> np.ndarray | None:
    """Lower and upper corner (2, 3) of the room's box in the world of the true cameras (metres), if known."""
    file = Path(data.name.partition("#")[0]) / "cameras.json"
    if not file.is_file():
        return None
    document = json.loads(file.read_text(encoding="utf-8"))
    if "room_box_min" not in document:
        return None
    return np.array([document["room_box_min"], document["room_box_max"]], dtype=float)


def on_side(points: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Which points (N, 3) lie within 2 cm of the side of the box that most of those near to one lie on."""
    near = np.abs(points[:, None, :] - box) < _ON_SIDE_M
    side = int(near.sum(axis=0).argmax())
    on: np.ndarray = near.reshape(len(points), 6)[:, side]
    return on


def _off_plane(points: np.ndarray) -> np.ndarray:
    """Distances (N,) of points (N, 3) to their plane along an axis."""
    axis = int(np.argmin(np.subtract(*np.quantile(points, [0.9, 0.1], axis=0))))
    off: np.ndarray = np.abs(points[:, axis] - np.median(points[:, axis]))
    return off


def _layout(data: DataSet, name: str, size: tuple[int, int]) -> np.ndarray | None:
    """Class of the room's box at every pixel (1 floor, 2 ceiling, 3 to 6 walls), furniture included."""
    frame = data.frames.get(name)
    if frame is None or "layout" not in frame:
        return None
    with Image.open(Path(data.name.partition("#")[0]) / frame["layout"]) as opened:
        labels = np.asarray(opened)
    at, _ = _photo_pixels(data, name, size, (labels.shape[0], labels.shape[1]))
    shown: np.ndarray = labels[at[..., 1], at[..., 0]]
    return shown


def measure(argument: str, backend_name: str, with_stock: bool, seed: int = 0) -> dict[str, Any]:
    """One row of the table (call it in a process of its own for its memory)."""
    data = read_set(argument)
    row: dict[str, Any] = {"set": Path(data.name).name, "photos": len(data.photos)}
    if with_stock:
        row |= stock_row(data.photos)
    before = _cpu_s()
    backend, _ = backends.choose(backend_name, seed)
    row["backend"] = backend.name
    try:
        row |= _run(data, backend)
    except RoomError as error:
        row |= {"placed": 0, **camera_row(data, None), "note": error.message}
    usage = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    row |= {"cpu_s": _cpu_s() - before, "peak_gb": max(u.ru_maxrss for u in usage) / 1024**2}
    return row


def _cpu_s() -> float:
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in usage)


def _run(data: DataSet, backend: backends.Backend) -> dict[str, Any]:
    """Photos to GLB, with times."""
    row: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as work:
        started = time.monotonic()
        lenses = _stored(find_lenses(data.photos), Path(work) / "lens")
        data = replace(data, photos=lenses.applied(data.photos))
        row["lens"] = max((photo.lens.radial for photo in data.photos if photo.lens), key=abs, default=0)
        cameras = backend.cameras(data.photos, Path(work), Progress()) if backend.places_cameras else None
        if cameras is not None:
            cameras = _stored(cameras, Path(work) / "cameras")
            row |= {"placed": len(cameras.cameras), **camera_row(data, cameras)}
        row["s_cam"] = time.monotonic() - started
        started = time.monotonic()
        maps = _stored(backend.point_maps(data.photos, cameras, Progress()), Path(work) / "maps")
        row["s_dense"] = time.monotonic() - started
        row |= {"placed": len(maps.views), **depth_row(data, maps)}
        started = time.monotonic()
        surface = reconstruct_surface(maps)
        write_textured_glb(texture_surface(surface, maps, data.photos), Path(work) / "mesh.glb")
        row["s_surf"] = time.monotonic() - started
        row["faces"] = int(surface.stats["faces"])
        row["glb_mb"] = (Path(work) / "mesh.glb").stat().st_size / 1e6
    row["s_all"] = row["s_cam"] + row["s_dense"] + row["s_surf"]
    return row


def _stored(result: T, folder: Path) -> T:
    """The result as the next stage gets it: written into the store and read again."""
    folder.mkdir()
    result.save(folder)
    return type(result).load(folder)


def demo_sets(folder: Path) -> list[str]:
    """Render the demo's rooms into ``folder``; their sets."""
    from tools.demo_renderer.rendered import RenderSettings, render_demo

    render_demo(folder, RenderSettings(size_px=(768, 512), samples=1))
    return [str(path.parent) for path in sorted((folder / "ground_truth").glob("*/cameras.json"))]


def table(rows: Sequence[Mapping[str, Any]]) -> str:
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
    parser.add_argument("--data", nargs="+", help="folders, each optionally with #SUBSET; default: demo rooms")
    parser.add_argument("--backend", default="auto")
    parser.add_argument("--no-stock", action="store_true", help="do not run pycolmap's defaults for comparison")
    parser.add_argument("--seed", type=int, default=0, help="of everything random; three make a noise band")
    add_options(parser)
    arguments = parser.parse_args()
    recorder = Recorder.of("rooms", ["set"], arguments)
    with tempfile.TemporaryDirectory() as folder:
        for argument in arguments.data or demo_sets(Path(folder)):
            context = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(1, mp_context=context) as alone:
                work = alone.submit(
                    measure, argument, arguments.backend, not arguments.no_stock, arguments.seed
                )
                recorder.add(work.result())
            print(f"{len(recorder.rows)}: {argument} done", file=sys.stderr)
    print(table(recorder.rows))


if __name__ == "__main__":
    main()
