"""The eye on photos it was never trained on: ``python -m benchmarks.eye --data FOLDER ... [--weights FILE]``.

A folder holds ``cameras.json`` with true depth (as for benchmarks.rooms), or an annotated photo with
``layout_mask.png``. Without ``--data`` the demo's rooms are rendered. Beside the eye stand the true box of the
room ("box only") and, with ``--today``, the single-photo room that the product makes of eye and layout.

Columns (medians over photos): ``abs_rel``, ``in1.25`` depth after one scale by the median of ratios; ``side``
share of pixels whose side is right (openings and mirrors count as wall), ``iou`` of things (more than 25 cm in
front of the true room); ``furn`` share of the pixels of things nearer to their true depth than the true box is,
scaled on the room's surfaces; ``box`` AbsRel of the true box; ``normal`` median angle to the normals of even
patches of the true depth, degrees, ``n<22`` their share below 22.5; ``blind`` abs_rel without knowing K;
``focal`` relative error of the guessed focal length; ``tilt`` angle between guessed and true gravity, degrees;
``sure`` rank correlation of told uncertainty and error; ``s`` seconds per photo.

``--sheets FOLDER --out DIR`` writes contact sheets instead: photo, sides and depth of every photo of a folder.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float
from PIL import Image
from scipy.stats import spearmanr

from benchmarks.eye.sheets import write_sheets
from benchmarks.eye.truth import THING, WALL, EyeTruth, read_truth
from benchmarks.metrics import depth_errors
from benchmarks.rooms import demo_sets, table
from pipeline.rooms.photos import RoomPhoto
from pipeline.rooms.prior import PIXELS, EyePrior, Prior
from pipeline.rooms.scene import pixel_rays

_LEAST_PX = 50
#: normals are judged where the true depth is even: the step between neighbours changes by less than this share
_EVEN, _APART_PX = 0.004, 4
_SURE_PX = 4000


def measure(truth: EyeTruth, eye: EyePrior) -> dict[str, Any]:
    """The figures of one photo."""
    image = truth.image
    began = time.monotonic()
    prior = eye.predict(image, truth.K)
    seconds = time.monotonic() - began
    height, width = truth.depth_m.shape
    full = prior.resized(width, height)
    depth = full.depth_over_height.astype(float)
    blind = eye.predict(image)
    blind_errors = depth_errors(blind.resized(width, height).depth_over_height, truth.depth_m)
    row = {**depth_row(depth, truth), **side_row(full, truth), **normal_row(full, truth)}
    row |= {
        "blind": blind_errors.abs_rel,
        "focal": abs(float(blind.K[0, 0] * width / blind.depth_over_height.shape[1] / truth.K[0, 0]) - 1),
    }
    if truth.down is not None:
        row["tilt"] = float(np.degrees(np.arccos(np.clip(blind.down @ truth.down, -1, 1))))
    return row | {"sure": _sureness(full, truth), "s": seconds}


def depth_row(depth: Float[np.ndarray, "H W"], truth: EyeTruth) -> dict[str, Any]:
    """Depth after one scale; things beside the true box."""
    errors = depth_errors(depth, truth.depth_m)
    row: dict[str, Any] = {"abs_rel": errors.abs_rel, "in1.25": errors.within_125}
    thing = truth.thing
    if thing is None or truth.box_depth_m is None:
        return row
    room = truth.known & ~thing
    if thing.sum() > _LEAST_PX and room.any():
        scaled = depth * np.median(truth.depth_m[room] / depth[room])
        off, box_off = np.abs(scaled - truth.depth_m)[thing], np.abs(truth.box_depth_m - truth.depth_m)[thing]
        row["furn"] = float((off < box_off).mean())
    return row | {"box": float((np.abs(truth.box_depth_m - truth.depth_m) / truth.depth_m)[truth.known].mean())}


def side_row(prior: Prior, truth: EyeTruth) -> dict[str, Any]:
    """Accuracy of sides, overlap of things."""
    sides, known = truth.sides, truth.known
    if sides is None:
        return {}
    told = prior.sides.argmax(axis=-1)
    told = np.where(told > THING, WALL, told)
    said, is_thing = known & (told == THING), known & (sides == THING)
    union = float((said | is_thing).sum())
    return {
        "side": float((told == sides)[known].mean()),
        "iou": float((said & is_thing).sum()) / max(union, 1.0),
    }


def normal_row(prior: Prior, truth: EyeTruth) -> dict[str, Any]:
    """Angles between told normals and those of the true depth."""
    true, even = true_normals(truth)
    if even.sum() < _LEAST_PX:
        return {}
    d = _APART_PX
    cosine = (prior.normals[d:-d, d:-d] * true).sum(axis=-1)[even]
    angle = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    return {"normal": float(np.median(angle)), "n<22": float((angle < 22.5).mean())}


def true_normals(truth: EyeTruth) -> tuple[Float[np.ndarray, "h w 3"], Bool[np.ndarray, "h w"]]:
    """Normals of the true depth towards the camera, without the border, and where the depth is even."""
    d = _APART_PX
    points = pixel_rays(truth.K, *truth.depth_m.shape) * truth.depth_m[..., None]
    middle, right, left = points[d:-d, d:-d], points[d:-d, 2 * d :], points[d:-d, : -2 * d]
    below, above = points[2 * d :, d:-d], points[: -2 * d, d:-d]
    normal = np.cross(below - above, right - left)
    normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-12)
    bent = np.maximum(np.abs(right + left - 2 * middle)[..., 2], np.abs(below + above - 2 * middle)[..., 2])
    whole = np.min([part[..., 2] for part in (middle, right, left, below, above)], axis=0) > 0
    return normal, whole & (bent < _EVEN * middle[..., 2])


def _sureness(prior: Prior, truth: EyeTruth) -> float:
    known = np.flatnonzero(truth.known)
    few = np.random.default_rng(0).choice(known, min(_SURE_PX, len(known)), replace=False)
    off = np.log(prior.depth_over_height.ravel()[few] / truth.depth_m.ravel()[few])
    return float(spearmanr(np.abs(off - np.median(off)), prior.uncertainty.ravel()[few]).statistic)


def today_row(truth: EyeTruth) -> dict[str, Any]:
    """The same depth figures of the single-photo room of today, which knows the focal length."""
    from pipeline.rooms.single_photo.room import room_from_photo

    height, width = truth.depth_m.shape
    photo = RoomPhoto(truth.path.stem, truth.path, width, height, focal_px=float(truth.K[0, 0]))
    view = room_from_photo(photo).views[0]
    depth = np.asarray(Image.fromarray(view.depth_m().astype(np.float32)).resize((width, height)), dtype=float)
    row = depth_row(depth, truth)
    return {f"today_{name}": row[name] for name in ("abs_rel", "in1.25", "furn") if name in row}


def medians(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians of the columns over photos."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: float(np.median([row[name] for row in rows if name in row])) for name in names}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="+", type=Path, help="folders; default: the demo's rooms")
    parser.add_argument("--weights", type=Path, help="another file than the packaged one")
    parser.add_argument("--pixels", type=int, default=PIXELS, help="area at which photos are looked at")
    parser.add_argument("--today", action="store_true", help="also the single-photo room of the product")
    parser.add_argument("--json", type=Path, help="also write the rows as JSON")
    parser.add_argument("--sheets", type=Path, help="instead: contact sheets of the photos of this folder")
    parser.add_argument("--out", type=Path, default=Path("sheets"), help="folder for the sheets")
    arguments = parser.parse_args()
    eye = EyePrior(arguments.weights, arguments.pixels)
    if arguments.sheets:
        print("\n".join(map(str, write_sheets(arguments.sheets, arguments.out, eye))))
        return
    rows, summary = [], []
    with tempfile.TemporaryDirectory() as work:
        for folder in arguments.data or [Path(found) for found in demo_sets(Path(work))]:
            found = []
            for truth in read_truth(folder):
                row = measure(truth, eye) | (today_row(truth) if arguments.today else {})
                found.append(row)
                print(f"{folder.name} {truth.path.name} done", file=sys.stderr)
            name = "/".join(folder.parts[-2:])
            rows += [{"set": name, **row} for row in found]
            summary.append({"set": name, "photos": len(found), **medians(found)})
    print(table(summary))
    if arguments.json:
        arguments.json.write_text(json.dumps({"summary": summary, "photos": rows}, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
