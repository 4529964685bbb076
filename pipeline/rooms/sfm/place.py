"""Cameras from photos: prepares photos, runs :mod:`pipeline.rooms.sfm.process`, verifies what it found.

Few wide-angle photos of one room often admit several reconstructions that fit the matches equally well. Each
strategy and initial pair gives a candidate; the one whose photos agree on one Manhattan frame wins, and a
photo that disagrees with it is left out rather than kept wrong.
"""

import json
import math
import shutil
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from PIL import Image

from pipeline.left_out import LeftOut, LeftOutReason
from pipeline.machine import usable_threads
from pipeline.progress import Progress
from pipeline.rooms.axes import find_segments, fit_manhattan, shared_focal_factor
from pipeline.rooms.photos import RoomPhoto, load_rgb, working_size
from pipeline.rooms.processes import run_reporting
from pipeline.rooms.scene import Cameras, NotEnoughPhotos, NotEnoughViews, SfmFailed
from pipeline.rooms.sfm.second_look import Glance, look_again
from pipeline.rooms.sfm.two_point import Turn
from pipeline.rooms.sfm.verdict import CLEAR_LINES, PreparedPhoto, conclude

_SEGMENT_PX, _LEAST_PX = 640, 48
_DEFAULT_FOCAL_FACTOR, _DEFAULT_SIGMA = 0.75, 0.25
_EXIF_SIGMA = 0.03
#: fewer and closer sizes than the default in half the time; many photos overlap enough for it
_FEW_PHOTOS = 12
_QUICK_POOLING = {"dsp_num_scales": 4, "dsp_min_scale": 1 / 3, "dsp_max_scale": 2.0}
_REFINED, _GIVEN = "refined focal length", "given focal length"
#: straight lines of few photos can mislead: what the points of a shared camera say instead is tried as well
_DOUBT, _DOUBT_PHOTOS, _DOUBT_ROUNDS, _DOUBT_SIGMA, _CLEARLY_LESS_ERROR = 0.1, 3, 2, 0.1, 0.93
_SETTLED = 0.05


def _relaxed() -> dict[str, float]:
    return {
        "init_min_num_inliers": 20,
        "init_min_tri_angle": 3.0,
        "init_max_forward_motion": 0.99,
        "abs_pose_min_num_inliers": 12,
        "abs_pose_min_inlier_ratio": 0.1,
        "filter_min_tri_angle": 1.0,
    }


@dataclass(frozen=True)
class SfmSettings:
    """Settings of the camera stage.

    Attributes:
        seed: of every random choice.
        max_px: longer side of the photos that features are found in.
        max_features: per photo.
        initial_pairs: how many initial pairs are tried beside the mapper's own choice.
        min_observations: points that a photo must see to count as placed.
        timeout_s: of the whole process.
    """

    seed: int = 0
    max_px: int = 1024
    max_features: int = 4000
    initial_pairs: int = 4
    min_observations: int = 15
    timeout_s: float = 900.0
    mapper: dict[str, float] = field(default_factory=_relaxed)

    def __post_init__(self) -> None:
        if self.max_px < 64 or self.max_features < 100:
            raise ValueError("max_px >= 64 and max_features >= 100 are needed")


def place_cameras(
    photos: list[RoomPhoto],
    work_dir: Path,
    settings: SfmSettings | None = None,
    progress: Progress | None = None,
) -> Cameras:
    """Estimate where the photos of one room were taken.

    Args:
        photos: of one room; order does not matter for the result's meaning.
        work_dir: folder for intermediate files (its ``sfm`` sub-folder is emptied).

    Raises:
        NotEnoughPhotos: fewer than two photos.
        NotEnoughViews: no two photos could be placed together.
        UnreadablePhoto: a file that cannot be decoded.
        SfmFailed: the process died.
    """
    settings, progress = settings or SfmSettings(), progress or Progress()
    if len({photo.photo_id for photo in photos}) != len(photos):
        raise ValueError("every photo needs an id of its own")
    small = {photo.photo_id: reason for photo in photos if (reason := _too_small(photo, settings.max_px))}
    photos = [photo for photo in photos if photo.photo_id not in small]
    if len(photos) < 2:
        raise NotEnoughPhotos(
            f"A room needs at least two photos of the same things; there {'is 1' if photos else 'are 0'}.",
            "Take two or more photos from different corners, each showing at least half of what another shows.",
            {**small, **{photo.photo_id: LeftOut(LeftOutReason.ALONE) for photo in photos}},
        )
    try:
        cameras = _placed(photos, work_dir, settings, progress)
    except NotEnoughViews as error:
        error.left_out.update(small)
        raise
    progress(1.0, f"{len(cameras.cameras)} of {len(photos) + len(small)} photos placed")
    return replace(cameras, left_out={**cameras.left_out, **small})


def _too_small(photo: RoomPhoto, max_px: int) -> LeftOut | None:
    """Why a photo is too small for features (the detector aborts on a few pixels), ``None`` where it is not."""
    if min(working_size(photo.width_px, photo.height_px, max_px)) >= _LEAST_PX:
        return None
    return LeftOut(LeftOutReason.TOO_SMALL, (photo.width_px, photo.height_px))


def _placed(photos: list[RoomPhoto], work_dir: Path, settings: SfmSettings, progress: Progress) -> Cameras:
    folder = work_dir / "sfm"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "images").mkdir(parents=True)
    prepared = _prepare(photos, folder / "images", settings, progress.part(0.0, 0.15))
    focals, priors, sigmas = _focal_priors(prepared, progress.part(0.15, 0.25))
    cameras, moved = _by_best_focals(
        prepared, focals, priors, sigmas, folder, settings, progress.part(0.25, 0.99)
    )
    origins = {
        "shared points" if moved and origin == "straight lines" else origin for origin in priors.values()
    }
    notes = tuple(f"focal length from {origin}" for origin in sorted(origins))
    return replace(cameras, notes=(*notes, *cameras.notes))


def _by_best_focals(
    prepared: list[PreparedPhoto],
    focals: dict[str, float],
    origin: dict[str, str],
    sigmas: dict[str, float],
    folder: Path,
    settings: SfmSettings,
    progress: Progress,
) -> tuple[Cameras, bool]:
    """Cameras with the given focal lengths, or (second value) with those that the points insist on.

    Wherever even the model that agrees best with the given focal lengths moves them far, the search starts
    again from what it found, until points and focal lengths agree. The result of that counts if it places as
    many photos with clearly less error.
    """
    outcomes: list[tuple[int, float, Cameras]] = []
    failure: NotEnoughViews | None = None
    for number in range(1 + _DOUBT_ROUNDS):
        part = progress.part(0.0, 0.75) if not number else progress.part(1 - 0.5**number / 4, 1.0)
        _write_request(prepared, focals, folder, settings)
        run_reporting(
            [sys.executable, "-m", "pipeline.rooms.sfm.process", str(folder / "request.json")],
            part.part(0.0, 0.7),
            settings.timeout_s,
        )
        try:
            found = _concluded(prepared, focals, sigmas, folder, settings, part.part(0.7, 1.0))
            seen = sum(c.n_observations for c in found.cameras)
            error = sum(c.n_observations * c.reprojection_error_px for c in found.cameras) / max(seen, 1)
            outcomes.append((len(found.cameras), error if outcomes else error * _CLEARLY_LESS_ERROR, found))
        except NotEnoughViews as error_:
            failure = failure or error_
        doubted = _focals_by_points(_read_result(folder), prepared, focals, origin)
        if number and outcomes:
            doubted = _focals_by_cameras(outcomes[-1][2], prepared, focals, origin)
        if not doubted:
            break
        focals = {**focals, **doubted}
        sigmas = {**sigmas, **dict.fromkeys(doubted, _DOUBT_SIGMA)}
    if failure is not None and not outcomes:
        raise failure
    best = min(outcomes, key=lambda outcome: (not _has_look_alikes(outcome[2]), -outcome[0], outcome[1]))
    return best[2], best is not outcomes[0]


def _has_look_alikes(cameras: Cameras) -> bool:
    """Whether photos were taken out of a merge of two places; then no other merge of them is trusted either."""
    return any(why.reason == LeftOutReason.LOOKS_LIKE_ANOTHER_PART for why in cameras.left_out.values())


def _focals_by_cameras(
    cameras: Cameras, prepared: list[PreparedPhoto], focals: dict[str, float], origin: dict[str, str]
) -> dict[str, float]:
    """Focal lengths in longer sides that ended away from the given ones; empty if not all photos are placed."""
    if len(cameras.cameras) < len(prepared):
        return {}
    ended = {c.photo_id: float(c.K[0, 0]) / max(c.width_px, c.height_px) for c in cameras.cameras}
    found = {p.camera_key: ended[p.photo.photo_id] for p in prepared if origin[p.camera_key] != "EXIF"}
    return {key: f for key, f in found.items() if abs(math.log(f / focals[key])) > _SETTLED}


def _focals_by_points(
    result: dict[str, Any], prepared: list[PreparedPhoto], focals: dict[str, float], origin: dict[str, str]
) -> dict[str, float]:
    """Focal lengths that every model of all photos moves far, as moved least; empty where there are none."""
    names = {key: [p.name for p in prepared if p.camera_key == key] for key in focals if origin[key] != "EXIF"}
    names = {key: mine for key, mine in names.items() if len(mine) >= _DOUBT_PHOTOS}
    longer = {p.name: max(p.image.shape[:2]) for p in prepared}
    models = [
        {camera["name"]: camera["K"][0][0] for camera in model["cameras"]}
        for model in result["models"]
        if model["strategy"] == _REFINED and len(model["cameras"]) == len(prepared)
    ]
    moved: dict[str, float] = {}
    for key, mine in names.items():
        found = [model[mine[0]] / longer[mine[0]] for model in models]
        nearest = min(found, key=lambda focal: abs(math.log(focal / focals[key])), default=focals[key])
        if abs(math.log(nearest / focals[key])) > _DOUBT:
            moved[key] = nearest
    return moved


def _concluded(
    prepared: list[PreparedPhoto],
    focals: dict[str, float],
    sigmas: dict[str, float],
    folder: Path,
    settings: SfmSettings,
    progress: Progress,
) -> Cameras:
    """Cameras by the first look; where that leaves photos out, by a second look at walls and floor as well."""
    result = _read_result(folder)

    def decided(turns: dict[tuple[int, int], Turn]) -> Cameras | NotEnoughViews:
        try:
            return conclude(
                prepared, focals, result, folder, settings.min_observations, settings.seed, turns, sigmas
            )
        except NotEnoughViews as error:
            return error

    first = decided({})
    if isinstance(first, Cameras) and (not first.left_out or _has_look_alikes(first)):
        # what joined look-alikes once would do so again
        return first
    glances = []
    for p in prepared:
        focal_px = focals[p.camera_key] * max(p.image.shape[:2])
        fit = fit_manhattan(p.segments, focal_px * p.segment_scale)
        clear = fit is not None and fit.support >= CLEAR_LINES
        glances.append(Glance(p.name, p.image, focal_px, fit if clear else None))
    turns = look_again(glances, folder, settings.seed, settings.timeout_s, progress)
    second = decided(turns) if turns else first
    if isinstance(second, Cameras) and (
        isinstance(first, NotEnoughViews) or len(second.cameras) > len(first.cameras)
    ):
        return second
    if isinstance(first, NotEnoughViews):
        raise first
    return first


def _prepare(
    photos: list[RoomPhoto], folder: Path, settings: SfmSettings, progress: Progress
) -> list[PreparedPhoto]:
    prepared = []
    for index, photo in enumerate(photos):
        progress(index / len(photos), f"reading photo {index + 1} of {len(photos)}")
        image = load_rgb(photo, settings.max_px)
        name = f"photo_{index:04d}.png"
        Image.fromarray(image).save(folder / name, compress_level=1)
        small = load_rgb(photo, _SEGMENT_PX)
        height, width = image.shape[:2]
        key = f"{photo.camera or ''}|{width}x{height}" + (f"|{photo.focal_px:.1f}" if photo.focal_px else "")
        key += f"|{photo.lens.model}{photo.lens.radial:+.4f}" if photo.lens else ""
        prepared.append(PreparedPhoto(photo, name, image, find_segments(small), small.shape[1] / width, key))
    return prepared


def _focal_priors(
    prepared: list[PreparedPhoto], progress: Progress
) -> tuple[dict[str, float], dict[str, str], dict[str, float]]:
    """Of each camera: focal length in longer sides, where it comes from, its relative uncertainty."""
    focals: dict[str, float] = {}
    origin: dict[str, str] = {}
    sigma: dict[str, float] = {}
    keys = sorted({p.camera_key for p in prepared})
    for index, key in enumerate(keys):
        progress(index / len(keys), "focal length from straight lines")
        mine = [p for p in prepared if p.camera_key == key]
        photo = mine[0].photo
        if photo.focal_px:
            focals[key], origin[key] = photo.focal_px / max(photo.width_px, photo.height_px), "EXIF"
            sigma[key] = _EXIF_SIGMA
            continue
        found = shared_focal_factor([p.segments for p in mine])
        focals[key], sigma[key] = found if found else (_DEFAULT_FOCAL_FACTOR, _DEFAULT_SIGMA)
        origin[key] = "straight lines" if found else "a usual value"
    return focals, origin, sigma


def _write_request(
    prepared: list[PreparedPhoto], focals: dict[str, float], folder: Path, settings: SfmSettings
) -> None:
    images = [
        {
            "name": p.name,
            "camera": p.camera_key,
            "width_px": p.image.shape[1],
            "height_px": p.image.shape[0],
            "focal_px": focals[p.camera_key] * max(p.image.shape[:2]),
        }
        for p in prepared
    ]
    request = {
        "image_dir": str(folder / "images"),
        "images": images,
        "seed": settings.seed,
        "threads": usable_threads(),
        "features": {
            "estimate_affine_shape": True,
            "domain_size_pooling": True,
            **({} if len(prepared) <= _FEW_PHOTOS else _QUICK_POOLING),
            "peak_threshold": 0.002,
            "max_num_features": settings.max_features,
        },
        "matching": {"max_ratio": 0.85, "min_num_inliers": 12, "strong_pair": 150},
        "strategies": _strategies(len(prepared), settings),
        "max_seconds_per_model": 60,
    }
    (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")


def _strategies(n_photos: int, settings: SfmSettings) -> list[dict[str, Any]]:
    """Attempts in order of cost; the later ones are made only if the earlier ones left photos out.

    Placing a photo by all its matches rather than by known points takes longer the more photos there are, so
    many photos are placed without it first, and once with it if that left photos out.
    """
    few = n_photos <= _FEW_PHOTOS
    kinds = [(_REFINED, True, settings.initial_pairs, few, False)]
    kinds.append((_GIVEN, False, settings.initial_pairs, few, n_photos > 4))
    if not few:
        kinds.append((_REFINED, True, 0, True, True))
    return [
        {
            "name": name,
            "mapper": settings.mapper,
            "refine_focal": refine,
            "initial_pairs": pairs,
            "by_matches": by_matches,
            "fallback": fallback,
        }
        for name, refine, pairs, by_matches, fallback in kinds
    ]


def _read_result(folder: Path) -> dict[str, Any]:
    path = folder / "result.json"
    if not path.is_file():
        raise SfmFailed(
            "Camera estimation ended without a result.", "Try again; if it repeats, report the photos."
        )
    result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return result
