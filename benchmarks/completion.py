"""How much more of a room is there after the new views: ``python -m benchmarks.completion --data FOLDER ...``.

Three of the photos are given. Completeness is the share of the true surface (what somebody standing where the
photos of the set were taken can see) within 10 cm of the mesh, before and after the views were generated;
accuracy is the mean distance of measured vertices to the true surface. ``--estimated`` runs the whole road from
the photos instead of starting from true depth.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from PIL import Image
from scipy.spatial import cKDTree

from benchmarks.metrics import umeyama
from benchmarks.records.recorder import Recorder, add_options
from benchmarks.true_room import TrueRoom, true_maps
from pipeline.progress import Progress
from pipeline.rooms.backends import Classical
from pipeline.rooms.inpainting import Inpainter, choose_inpainter
from pipeline.rooms.layout import find_layouts
from pipeline.rooms.layout.backends import Geometric
from pipeline.rooms.photos import RoomPhoto
from pipeline.rooms.scene import PointMaps, Source
from pipeline.rooms.scene.errors import RoomError
from pipeline.rooms.surface import Surface, reconstruct_surface
from pipeline.rooms.views import GenerateSettings, generate_views

_NEAR_M = 0.10
_SAMPLES = 300_000
Similarity = tuple[float, Float[np.ndarray, "3 3"], Float[np.ndarray, "3"]]


def estimated_maps(folder: Path, truth: PointMaps) -> PointMaps:
    """Point maps from the photos alone."""
    frames = {f["name"]: f for f in json.loads((folder / "cameras.json").read_text(encoding="utf-8"))["frames"]}
    photos = []
    for view in truth.views:
        path = folder / frames[view.photo_id]["image"]
        with Image.open(path) as image:
            photos.append(RoomPhoto(view.photo_id, path, *image.size))
    backend = Classical()
    with tempfile.TemporaryDirectory() as work:
        cameras = backend.cameras(photos, Path(work), Progress())
        return backend.point_maps(photos, cameras, Progress())


def to_truth(maps: PointMaps, truth: PointMaps) -> Similarity:
    """Similarity of points at the same pixels (Umeyama 1991)."""
    ours, theirs = [], []
    for view in maps.views:
        true = truth.view(view.photo_id)
        rows = np.linspace(0, view.image.shape[0] - 1, 60).round().astype(int)
        columns = np.linspace(0, view.image.shape[1] - 1, 80).round().astype(int)
        zoom = np.array(true.image.shape[:2]) / np.array(view.image.shape[:2])
        a = view.points[np.ix_(rows, columns)]
        b = true.points[np.ix_((rows * zoom[0]).astype(int), (columns * zoom[1]).astype(int))]
        good = np.isfinite(a).all(axis=-1) & np.isfinite(b).all(axis=-1)
        ours.append(a[good])
        theirs.append(b[good])
    return umeyama(np.concatenate(ours), np.concatenate(theirs))


def scores(surface: Surface, alignment: Similarity, true: Float[np.ndarray, "P 3"]) -> tuple[float, float]:
    """Completeness at 10 cm, and mean distance of measured vertices to the truth in metres."""
    import open3d as o3d

    scale, rotation, shift = alignment
    vertices = scale * surface.vertices @ rotation.T + shift
    mesh = o3d.geometry.TriangleMesh(
        o3d.utility.Vector3dVector(vertices), o3d.utility.Vector3iVector(surface.faces)
    )
    o3d.utility.random.seed(0)
    ours = np.asarray(mesh.sample_points_uniformly(_SAMPLES).points)
    near = cKDTree(ours).query(true, distance_upper_bound=_NEAR_M, workers=2)[0] < _NEAR_M
    measured = vertices[surface.source == Source.MEASURED]
    return float(near.mean()), float(cKDTree(true).query(measured, workers=2)[0].mean())


def completed(
    given: PointMaps,
    folder: Path,
    inpainter: Inpainter,
    true: Float[np.ndarray, "P 3"],
    views: int,
    estimated: bool,
) -> dict[str, Any]:
    """Figures of one draw: completeness (shares), how far measured vertices are off (mm), before and after."""
    maps = estimated_maps(folder, given) if estimated else given
    alignment = to_truth(maps, given)
    before = reconstruct_surface(maps)
    began = time.monotonic()
    layouts = find_layouts(maps, Geometric(), "as the recipe does by default")
    result = generate_views(maps, before, inpainter, GenerateSettings(views=views), layouts=layouts)
    seconds = time.monotonic() - began
    after = reconstruct_surface(result.maps)
    (was, was_off), (now, now_off) = scores(before, alignment, true), scores(after, alignment, true)
    return {
        "complete_before": was,
        "complete_after": now,
        "off_mm_before": 1000 * was_off,
        "off_mm_after": 1000 * now_off,
        "views": len(result.added),
        "s": seconds,
    }


def line(row: Mapping[str, Any]) -> str:
    """A row in words."""
    return (
        f"{row['set']} draw {row['draw']} photos {row['photos']}: "
        f"complete {100 * row['complete_before']:.1f} -> "
        f"{100 * row['complete_after']:.1f} %, measured vertices off by {row['off_mm_before']:.1f} -> "
        f"{row['off_mm_after']:.1f} mm, {row['views']} views in {row['s']:.0f} s"
    )


def main() -> None:
    """Print a row for each draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", required=True)
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--views", type=int, default=5)
    parser.add_argument("--inpainter", default="auto")
    parser.add_argument("--estimated", action="store_true", help="cameras and depth from the photos")
    parser.add_argument("--seed", type=int, default=0)
    add_options(parser)
    options = parser.parse_args()
    recorder = Recorder.of("completion", ["set", "draw"], options)
    inpainter, why = choose_inpainter(options.inpainter)
    print(f"inpainter: {inpainter.name} ({why})")
    for folder in options.data:
        truth, room = true_maps(folder), TrueRoom(folder, _SAMPLES)
        true = room.points[np.any([room.visible(view.centre) for view in truth.views], axis=0)]
        random = np.random.default_rng(options.seed)
        gains = []
        for draw in range(options.draws):
            picked = sorted(int(i) for i in random.choice(len(truth.views), 3, replace=False))
            given = replace(truth, views=tuple(truth.views[i] for i in picked))
            try:
                row = completed(given, folder, inpainter, true, options.views, options.estimated)
            except RoomError as error:
                print(f"{folder.name} draw {draw} photos {picked}: {error.message}", flush=True)
                continue
            gains.append(row["complete_after"] - row["complete_before"])
            recorder.add({"set": folder.name, "draw": draw, "photos": str(picked), **row})
            print(line(recorder.rows[-1]), flush=True)
        if gains:
            print(f"{folder.name}: {100 * np.mean(gains):+.1f} points on average of {len(gains)} draws")


if __name__ == "__main__":
    main()
