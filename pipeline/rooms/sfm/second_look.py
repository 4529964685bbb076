"""A second look where plain features left photos out: features on walls, floor and ceiling seen straight on.

Costs about as much as the first look at the same photos, so it is taken only where the first left photos out.
"""

import json
import shutil
import sys
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any, Final

import numpy as np
from jaxtyping import Float, Int
from PIL import Image
from scipy.spatial import cKDTree

from pipeline.machine import usable_threads
from pipeline.progress import Progress
from pipeline.rooms.axes import ManhattanFit
from pipeline.rooms.prior import own_eye
from pipeline.rooms.processes import run_reporting
from pipeline.rooms.scene import rotation_angle_rad
from pipeline.rooms.sfm.one_neighbour import Pair, relate
from pipeline.rooms.sfm.placing import FacingView, Look, Standing, as_plane_keypoints, facing_views, rate_turns
from pipeline.rooms.sfm.prepared import PEAK_THRESHOLD
from pipeline.rooms.sfm.reconstruction import Intrinsics, Matches

#: SIFT of facing views, which are smaller than photos, counts and contrast; set by hand, effect not measured
_FEATURES: Final = {"peak_threshold": PEAK_THRESHOLD, "max_num_features": 1000, "first_octave": 0}
#: evidence from which a place is certain, natural logarithm; of 68 pairs of different rooms and 91
#: of one lounge with truth, no wrong one with 15 matches is above 21, and all 16 above 30 are right
_LEAST_EVIDENCE: Final = 30.0
#: how many times more than for the next turn, none; set by hand, effect not measured
_CLEARER: Final = 2
#: matches that a certain turn has, count; set by hand, effect not measured
_LEAST_MATCHES: Final = 15
#: from here on two looks at a pair contradict each other, radians; set by hand, effect not measured
_DISAGREES_RAD: Final = np.deg2rad(12.0)
#: a feature of both looks is at one place up to here, px; set by hand, effect not measured
_SAME_PLACE_PX: Final = 2.0
#: where writing the views ends, share of progress; about its share of the time
_WRITTEN: Final = 0.1
#: where finding their features ends, share of progress; about its share of the time
_FEATURES_FOUND: Final = 0.7


@dataclass(frozen=True)
class Glance:
    """One photo for the second look.

    Attributes:
        name: of its file (and of its keypoints in ``matches.npz``).
        image: the photo.
        focal_px: its focal length.
        fit: its Manhattan frame, ``None`` where its lines do not tell.
    """

    name: str
    image: np.ndarray
    focal_px: float
    fit: ManhattanFit | None


@dataclass(frozen=True)
class SecondLook:
    """What a second look found.

    Attributes:
        looks: what is known of each photo, ``None`` where its lines do not tell its axes.
        pairs: where the second photo of a pair stands from the first, by the pairs that are certain of it.
        chance: pairs that agree on no place beyond chance.
    """

    looks: tuple[Look | None, ...] = ()
    pairs: dict[tuple[int, int], Standing] = field(default_factory=dict)
    chance: frozenset[tuple[int, int]] = frozenset()


def look_again(
    photos: list[Glance],
    folder: Path,
    seed: int,
    timeout_s: float,
    progress: Progress,
) -> SecondLook:
    """Where photos stand from each other, where that is certain, with the matches that prove it.

    Args:
        folder: of the first look (``matches.npz``); its ``views`` sub-folder is emptied.

    Raises:
        ProcessFailed: the process died.
    """
    work = folder / "views"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    progress(0.0, "facing walls, floor and ceiling")
    views = [_views(photo) for photo in photos]
    names = []
    for photo, mine in zip(photos, views, strict=True):
        for number, view in enumerate(mine):
            names.append(f"{Path(photo.name).stem}_{number}.png")
            Image.fromarray(view.image).save(work / names[-1], compress_level=1)
    if not names:
        return SecondLook(tuple(None for _ in photos), {})
    request: dict[str, Any] = {
        "image_dir": str(work),
        "images": [{"name": name} for name in names],
        "seed": seed,
        "threads": usable_threads(),
        "features": _FEATURES,
    }
    (work / "views.json").write_text(json.dumps(request), encoding="utf-8")
    command = [sys.executable, "-m", "pipeline.rooms.sfm.process", "views", str(work / "views.json")]
    run_reporting(command, progress.part(_WRITTEN, _FEATURES_FOUND), timeout_s)
    looks = _looks(photos, views, folder)
    return _rate_pairs([p.name for p in photos], looks, folder, seed, progress.part(_FEATURES_FOUND, 1.0))


def _views(photo: Glance) -> list[FacingView]:
    if photo.fit is None:
        return []
    return facing_views(photo.image, _intrinsics(photo), photo.fit.camera_from_room)


def _intrinsics(photo: Glance) -> Float[np.ndarray, "3 3"]:
    K = np.diag([photo.focal_px, photo.focal_px, 1.0])
    K[:2, 2] = _principal(photo)
    return K


def _principal(photo: Glance) -> Float[np.ndarray, "2"]:
    height, width = photo.image.shape[:2]
    return np.array([(width - 1) / 2, (height - 1) / 2])


def _looks(photos: list[Glance], views: list[list[FacingView]], folder: Path) -> list[Look | None]:
    """What is known of each photo; ``None`` where its lines do not tell its axes."""
    with (
        np.load(folder / "views" / "views.npz", allow_pickle=False) as seen,
        np.load(folder / "matches.npz", allow_pickle=False) as first,
    ):
        return [
            _look(photo, mine, dict(seen), first[f"keypoints {photo.name}"])
            for photo, mine in zip(photos, views, strict=True)
        ]


def _look(
    photo: Glance, views: list[FacingView], seen: dict[str, np.ndarray], keypoints: Float[np.ndarray, "K 2"]
) -> Look | None:
    if photo.fit is None:
        return None
    size, stem = (photo.image.shape[1], photo.image.shape[0]), Path(photo.name).stem
    planes = [
        as_plane_keypoints(view, seen[f"keypoints {stem}_{k}.png"], seen[f"descriptors {stem}_{k}.png"], size)
        for k, view in enumerate(views)
    ]
    prior = own_eye().predict(photo.image, _intrinsics(photo))
    axes = photo.fit.camera_from_room
    return Look(photo.focal_px, _principal(photo), size, axes, keypoints, planes, prior)


def _rate_pairs(
    names: list[str], looks: list[Look | None], folder: Path, seed: int, progress: Progress
) -> SecondLook:
    """Where photos stand from each other, for the pairs that are certain of it."""
    putative: dict[tuple[int, int], Int[np.ndarray, "M 2"]] = {}
    with np.load(folder / "matches.npz", allow_pickle=False) as first:
        for a, b in combinations(range(len(names)), 2):
            key = f"putative {names[a]} {names[b]}"
            putative[a, b] = first[key] if key in first.files else np.zeros((0, 2), np.int64)
    found, chance = {}, set()
    for number, ((a, b), rows) in enumerate(putative.items()):
        progress(number / len(putative), f"comparing walls of pair {number + 1} of {len(putative)}")
        one, other = looks[a], looks[b]
        if one is None or other is None:
            continue
        best, second = rate_turns(one, other, rows, seed)[:2]
        clear = best.evidence >= max(_LEAST_EVIDENCE, _CLEARER * second.evidence)
        if clear and len(best.xy_first) >= _LEAST_MATCHES:
            found[a, b] = best
        elif best.evidence <= 0:
            chance.add((a, b))
    return SecondLook(tuple(looks), found, frozenset(chance))


def joined(matches: Matches, again: SecondLook, intrinsics: Intrinsics, seed: int) -> Matches:
    """Matches of the first look together with those of the second.

    Where both looks at a pair contradict each other, neither's matches are kept; nor are those of pairs that no
    look is sure of.
    """
    keypoints, pairs = [*matches.keypoints], dict(matches.pairs)
    for pair in sorted(again.chance & pairs.keys()):
        if not isinstance(relate(*pair, intrinsics, matches, seed), Pair):
            del pairs[pair]
    for (a, b), turn in again.pairs.items():
        first = relate(a, b, intrinsics, matches, seed)
        contradicted = isinstance(first, Pair) and (
            rotation_angle_rad(first.rotation, turn.second_from_first) > _DISAGREES_RAD
        )
        if contradicted:
            pairs.pop((a, b), None)
            pairs.pop((b, a), None)
            continue
        old = matches.between(a, b) if isinstance(first, Pair) else np.zeros((0, 2), np.int64)
        rows = []
        for photo, xy in ((a, turn.xy_first), (b, turn.xy_second)):
            index, keypoints[photo] = _indexed(keypoints[photo], xy)
            rows.append(index)
        pairs.pop((b, a), None)
        pairs[a, b] = _one_to_one(np.concatenate([old, np.stack(rows, axis=1)]))
    return Matches(keypoints, dict(sorted(pairs.items())))


def _one_to_one(rows: Int[np.ndarray, "M 2"]) -> Int[np.ndarray, "L 2"]:
    """Rows whose keypoints no earlier row holds."""
    for side in (0, 1):
        rows = rows[np.sort(np.unique(rows[:, side], return_index=True)[1])]
    return rows


def _indexed(
    known: Float[np.ndarray, "K 2"], xy: Float[np.ndarray, "M 2"]
) -> tuple[Int[np.ndarray, " M"], Float[np.ndarray, "L 2"]]:
    """Indices of ``xy`` among the known keypoints; those farther than a step from all are appended."""
    if not len(xy):
        return np.zeros(0, np.int64), known
    if len(known):
        distance, nearest = cKDTree(known).query(xy)
    else:
        distance, nearest = np.full(len(xy), np.inf), np.zeros(len(xy), np.int64)
    new = distance > _SAME_PLACE_PX
    index = np.where(new, len(known) + np.cumsum(new) - 1, nearest)
    return index.astype(np.int64), np.concatenate([known, xy[new]])
