"""Boxes of single photos beside the true room: ``python -m benchmarks.single_photos --data FOLDER ...``.

Every photo is taken alone, as if the listing had no other, and without its focal length. A folder holds a
``cameras.json`` (see :mod:`benchmarks.rooms`; with ``room_box_min`` and ``room_box_max`` the planes are known
too), or one photo in ``image`` with ``intrinsics.txt``, ``layout_mask.png`` and ``layout_depth_mm.png``.
Without ``--data`` the demo's rooms are rendered and stand in.

Columns: ``turn_deg`` is the angle between found and true axes of the room, whichever of the 24 ways they are
named; ``focal`` is found by true focal length; ``planes`` are the planes in view (``F`` floor, ``C`` ceiling,
``W`` wall) with the error of their distance from the camera, ``depth`` the same with the error of their depth
at the pixels that show them, which a wrong focal length changes less; ``sure`` is the layout's confidence;
``s`` are seconds from the file to the GLB. Scale is free: both are compared after division by the one median
ratio of the photo, over its planes for distances and over its pixels for depths.
"""

import argparse
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from numpy.typing import ArrayLike

from benchmarks.records.recorder import Recorder, add_options
from benchmarks.rooms import demo_sets, table
from benchmarks.single_truth import TruePhoto, read_truth
from pipeline.rooms.layout import Layout, LayoutBox, NoLayout, estimate_geometric
from pipeline.rooms.photos import RoomPhoto, find_lenses, load_rgb
from pipeline.rooms.single_photo import single_surface
from pipeline.rooms.single_photo.room import MAX_PX, box_of, room_from_photo
from pipeline.rooms.surface import texture_surface
from pipeline.rooms.surface.export import write_textured_glb

#: the bar: orientation, planes, seconds
TURN_DEG, PLANE_SHARE, LIMIT_S = 3.0, 0.10, 20.0
#: rays by which planes are compared, and the share of them that shows a plane in view
_GRID, _IN_VIEW = (48, 36), 0.01
#: a found face stands for a true one that looks at least so much (cosine) the same way
_SAME_WAY = 0.7


@dataclass(frozen=True)
class PlaneError:
    """How far one true plane in view was missed.

    Attributes:
        name: ``F``, ``C`` or ``W``.
        share: of the picture that shows it.
        distance: error of its distance from the camera, as a share of that distance.
        depth: error of its depth at the pixels that show it (median), as a share of depth.
    """

    name: str
    share: float
    distance: float
    depth: float


def orientation_error_deg(found: Float[np.ndarray, "3 3"], true: Float[np.ndarray, "3 3"]) -> float:
    """Angle between two frames (columns are axes) up to which axis is called what: 24 symmetries of a cube."""
    between = np.abs(found.T @ true)
    pairs = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))
    named = max(pairs, key=lambda to: sum(between[k, to[k]] for k in range(3)))
    turned = found.T @ true
    matrix = np.stack([turned[:, to] * np.sign(turned[k, to]) for k, to in enumerate(named)], axis=1)
    return float(np.degrees(np.arccos(np.clip((np.trace(matrix) - 1) / 2, -1, 1))))


def face_normals(camera_from_room: Float[np.ndarray, "3 3"]) -> Float[np.ndarray, "5 3"]:
    """Outward normals of front, left, right, floor and ceiling in camera axes."""
    right, forward, up = camera_from_room.T
    return np.stack([forward, -right, right, -up, up])


def plane_errors(box: LayoutBox, truth: TruePhoto, size: tuple[int, int]) -> list[PlaneError]:
    """Error of every true plane in view.

    A true plane is compared with the face of the box that looks the same way; depths along the rays of each
    one's own intrinsics, so that a wrong focal length counts.

    Args:
        box: found.
        truth: of the photo.
        size: width and height that ``box.K`` refers to.
    """
    places = np.stack(np.meshgrid(*((np.arange(n) + 0.5) / n for n in _GRID)), axis=-1).reshape(-1, 2)
    true_rays = _rays(truth.K, (truth.photo.width_px, truth.photo.height_px), places)
    closeness = true_rays @ (truth.normals / truth.distance_m[:, None]).T
    shown: Int[np.ndarray, " N"] = np.argmax(closeness, axis=1)
    seen = [face for face in range(len(truth.names)) if (shown == face).mean() > _IN_VIEW]
    normals = face_normals(box.camera_from_room)
    alike = normals @ truth.normals.T
    match = np.argmax(alike, axis=0)
    missed = alike.max(axis=0) < _SAME_WAY
    toward = _rays(box.K, size, places) @ (normals / box.distance_m[:, None]).T
    with np.errstate(divide="ignore"):
        depth = closeness.max(axis=1) / np.maximum(toward[np.arange(len(shown)), match[shown]], 0.0)
    depth[missed[shown]] = np.inf
    distance = np.where(missed, np.inf, box.distance_m[match] / truth.distance_m)
    away = [_off(distance[seen], distance[seen]), _off([np.median(depth[shown == k]) for k in seen], depth)]
    shares = [float((shown == face).mean()) for face in seen]
    names = [truth.names[face] for face in seen]
    return [PlaneError(*row) for row in zip(names, shares, *away, strict=True)]


def _off(ratios: ArrayLike, scale_from: Float[np.ndarray, " N"]) -> list[float]:
    """How far ratios are from 1 once the median of some is; infinite where that is."""
    scale = float(np.median(scale_from))
    if not np.isfinite(scale):
        return [np.inf] * len(np.asarray(ratios))
    return [float(off) for off in np.abs(np.asarray(ratios) / scale - 1.0)]


def _rays(
    K: Float[np.ndarray, "3 3"], size: tuple[int, int], places: Float[np.ndarray, "N 2"]
) -> Float[np.ndarray, "N 3"]:
    """Rays of depth 1 at places that are shares of width and height."""
    pixels = np.concatenate([places * np.array(size) - 0.5, np.ones((len(places), 1))], axis=1)
    rays: Float[np.ndarray, "N 3"] = pixels @ np.linalg.inv(K).T
    return rays


def measure(truth: TruePhoto, to_glb: bool = True) -> dict[str, Any]:
    """One row of the table."""
    started = time.monotonic()
    photo = find_lenses([truth.photo]).applied([truth.photo])[0]
    image = load_rgb(photo, MAX_PX)
    height, width = image.shape[:2]
    layout = estimate_geometric(image)
    if to_glb:
        _make_glb(photo, layout)
    seconds = time.monotonic() - started
    if photo.lens is not None:
        truth = truth.magnified(photo.lens.zoom(photo.width_px, photo.height_px))
    box, confidence, _ = box_of(layout, width, height)
    focal = box.K[0, 0] / max(width, height)
    row: dict[str, Any] = {
        "photo": photo.photo_id,
        "turn_deg": orientation_error_deg(box.camera_from_room, truth.camera_from_room),
        "focal": float(focal / (truth.K[0, 0] / max(photo.width_px, photo.height_px))),
    }
    if len(truth.normals):
        planes = plane_errors(box, truth, (width, height))
        row["planes"] = " ".join(f"{plane.name}{plane.distance:.2f}" for plane in planes)
        row["depth"] = " ".join(f"{plane.name}{plane.depth:.2f}" for plane in planes)
        row["errors"] = [vars(plane) for plane in planes]
    return row | {"sure": confidence, "s": seconds}


def _make_glb(photo: RoomPhoto, layout: Layout | NoLayout) -> None:
    with tempfile.TemporaryDirectory() as work:
        maps = room_from_photo(photo, layout)
        surface = single_surface(maps)
        write_textured_glb(texture_surface(surface, maps, [photo]), Path(work) / "mesh.glb")


def summary(rows: list[dict[str, Any]]) -> list[str]:
    """Lines that say how many photos and planes meet the bar."""
    turns, focals = [row["turn_deg"] for row in rows], [abs(np.log(row["focal"])) for row in rows]
    lines = [
        f"orientation: {_share(turns, TURN_DEG)} within {TURN_DEG:g} degrees, "
        f"median {statistics.median(turns):.2f}",
        f"focal length: median error {statistics.median(focals):.1%}, {_share(focals, 0.1)} within 10 %",
    ]
    planes = [error for row in rows for error in row.get("errors", [])]
    for what, only in (("walls", "W"), ("walls, floors and ceilings", "WFC")):
        for measure_name in ("distance", "depth"):
            errors = [plane[measure_name] for plane in planes if plane["name"] in only]
            if errors:
                share, middle = _share(errors, PLANE_SHARE), statistics.median(errors)
                lines.append(f"{what}: {measure_name} of {share} within {PLANE_SHARE:.0%}, median {middle:.1%}")
    seconds = [row["s"] for row in rows]
    lines.append(f"time: {_share(seconds, LIMIT_S)} within {LIMIT_S:g} s, longest {max(seconds):.1f} s")
    return lines


def _share(values: list[Any], limit: float) -> str:
    return f"{sum(value <= limit for value in values)} of {len(values)}"


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="+", help="folders, each optionally with #SUBSET; default: demo rooms")
    parser.add_argument(
        "--layout-only", action="store_true", help="stop before the mesh: seconds are without it"
    )
    add_options(parser)
    arguments = parser.parse_args()
    recorder = Recorder.of("single_photos", ["set", "photo"], arguments)
    with tempfile.TemporaryDirectory() as folder:
        for argument in arguments.data or demo_sets(Path(folder)):
            name = "/".join(Path(argument).parts[-2:])
            for truth in read_truth(argument):
                recorder.add({"set": name, **measure(truth, not arguments.layout_only)})
                print(f"{len(recorder.rows)}: {argument} {truth.photo.photo_id} done", file=sys.stderr)
    rows = [dict(row) for row in recorder.rows]
    print(table([{key: value for key, value in row.items() if key != "errors"} for row in rows]))
    for name in dict.fromkeys(row["set"] for row in rows):
        print(f"\n{name}", *summary([row for row in rows if row["set"] == name]), sep="\n  ")
    print("\nall", *summary(rows), sep="\n  ")


if __name__ == "__main__":
    main()
