"""Cameras from photos: prepares photos, runs :mod:`pipeline.rooms.sfm.process`, verifies what it found.

Few wide-angle photos of one room often admit several reconstructions that fit the matches equally well. Each
strategy and initial pair gives a candidate; the one whose photos agree on one Manhattan frame wins, and a
photo that disagrees with it is left out rather than kept wrong.
"""

import math
import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from pipeline.left_out import LeftOut, LeftOutReason
from pipeline.progress import Progress
from pipeline.rooms.axes import fit_manhattan
from pipeline.rooms.photos import RoomPhoto, working_size
from pipeline.rooms.processes import run_reporting
from pipeline.rooms.scene import Cameras, NotEnoughPhotos, NotEnoughViews
from pipeline.rooms.sfm.conclude import conclude
from pipeline.rooms.sfm.prepared import (
    EXIF,
    LINES,
    MATCHES,
    REFINED,
    Focals,
    PreparedPhoto,
    SfmSettings,
    apart,
    focal_priors,
    prepare,
    write_request,
)
from pipeline.rooms.sfm.problem import CLEAR_LINES, Problem
from pipeline.rooms.sfm.process_files import read_matches, read_result
from pipeline.rooms.sfm.room_first import elsewhere
from pipeline.rooms.sfm.second_look import Glance, SecondLook, look_again
from pipeline.rooms.sfm.zooms import LensView, zooms

#: shorter side below which features cannot be found (the detector aborts), px; set by hand, effect not measured
_LEAST_PX: Final = 48
#: how far every model of all photos must move a focal length for it to be doubted, logarithm; set by hand,
#: effect not measured
_DOUBT: Final = 0.1
#: photos of one camera from which its focal length is doubted (straight lines of few mislead, points of few do
#: too), count; set by hand, effect not measured
_DOUBT_PHOTOS: Final = 3
#: how often the search starts again from focal lengths that points insist on, count; set by hand, effect not
#: measured
_DOUBT_ROUNDS: Final = 2
#: relative uncertainty of such a focal length, share; set by hand, effect not measured
_DOUBT_SIGMA: Final = 0.1
#: error that the cameras of such focal lengths may have, share of the first ones'; set by hand, effect not
#: measured
_CLEARLY_LESS_ERROR: Final = 0.93
#: a focal length that ended this near the given one is settled, logarithm; set by hand, effect not measured
_SETTLED: Final = 0.05
#: where reading photos ends, share of progress; about its share of the time
_READ: Final = 0.15
#: where telling focal lengths ends, share of progress; about its share of the time
_FOCALS_TOLD: Final = 0.25
#: where finding cameras ends, share of progress; about its share of the time
_FOUND: Final = 0.99
#: where the first of several searches ends, share of their progress; most end with it
_FIRST_SEARCH: Final = 0.75
#: where the process within a search ends, share of its progress; about its share of the time
_PROCESS: Final = 0.7


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
        ProcessFailed: the process died.
    """
    settings, progress = settings or SfmSettings(), progress or Progress()
    if len({photo.photo_id for photo in photos}) != len(photos):
        raise ValueError("every photo needs an id of its own")
    small = {photo.photo_id: why for photo in photos if (why := _too_small(photo, settings.max_px))}
    usable = [photo for photo in photos if photo.photo_id not in small]
    if len(usable) < 2:
        raise _not_enough(usable, small)
    try:
        cameras = _placed(usable, work_dir, settings, progress)
    except NotEnoughViews as error:
        error.left_out.update(small)
        raise
    progress(1.0, f"{len(cameras.cameras)} of {len(photos)} photos placed")
    return replace(cameras, left_out={**cameras.left_out, **small})


def _too_small(photo: RoomPhoto, max_px: int) -> LeftOut | None:
    """Why a photo is too small for features (the detector aborts on a few pixels), ``None`` where it is not."""
    if min(working_size(photo.width_px, photo.height_px, max_px)) >= _LEAST_PX:
        return None
    return LeftOut(LeftOutReason.TOO_SMALL, (photo.width_px, photo.height_px))


def _not_enough(usable: list[RoomPhoto], small: dict[str, LeftOut]) -> NotEnoughPhotos:
    alone = {photo.photo_id: LeftOut(LeftOutReason.ALONE) for photo in usable}
    return NotEnoughPhotos(
        f"A room needs at least two photos of the same things; there {'is 1' if usable else 'are 0'}.",
        "Take two or more photos from different corners, each showing at least half of what another shows.",
        {**small, **alone},
    )


@dataclass(frozen=True)
class _Room:
    """The photos of one room, where their files lie, and how they are placed."""

    photos: list[PreparedPhoto]
    folder: Path
    settings: SfmSettings


def _placed(photos: list[RoomPhoto], work_dir: Path, settings: SfmSettings, progress: Progress) -> Cameras:
    folder = work_dir / "sfm"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "images").mkdir(parents=True)
    prepared = prepare(photos, folder / "images", settings, progress.part(0.0, _READ))
    focals = focal_priors(prepared, progress.part(_READ, _FOCALS_TOLD))
    room = _Room(prepared, folder, settings)
    found = _by_best_focals(room, focals, progress.part(_FOCALS_TOLD, _FOUND))
    return replace(found.cameras, notes=(*found.notes, *found.cameras.notes))


@dataclass(frozen=True)
class _Found:
    """Cameras by one set of focal lengths.

    Attributes:
        error_px: error of the cameras for the comparison with other sets.
        moved: whether points moved focal lengths that straight lines told.
    """

    cameras: Cameras
    error_px: float
    focals: Focals
    moved: bool

    @property
    def order(self) -> tuple[bool, int, bool, float]:
        """The least is best: parted look-alikes, most photos, zooms where matches tell them, least error."""
        zoomed = MATCHES in self.focals.origin.values()
        return not _has_look_alikes(self.cameras), -len(self.cameras.cameras), not zoomed, self.error_px

    @property
    def notes(self) -> tuple[str, ...]:
        """What told the focal lengths."""
        told = self.focals.origin.values()
        origins = {"shared points" if self.moved and origin == LINES else origin for origin in told}
        return tuple(f"focal length from {origin}" for origin in sorted(origins))


def _by_best_focals(room: _Room, focals: Focals, progress: Progress) -> _Found:
    """Cameras with the given focal lengths, or with those that matches and points insist on.

    Wherever matches tell that photos were zoomed, the search starts again with cameras of their own for them;
    that counts if it places as many photos. Wherever even the model that agrees best with given focal lengths
    moves them far, it starts again from there, until both agree; that counts if it places as many photos with
    clearly less error.
    """
    outcomes: list[_Found] = []
    failure: NotEnoughViews | None = None
    moved = False
    for number in range(1 + _DOUBT_ROUNDS):
        try:
            cameras = _searched(room, focals, _search_part(progress, number))
            margin = 1.0 if outcomes else _CLEARLY_LESS_ERROR
            outcomes.append(_Found(cameras, _mean_error_px(cameras) * margin, focals, moved))
        except NotEnoughViews as error:
            failure = failure or error
        if number == 0 and (ratios := _zoom_ratios(room, focals)):
            photos, focals = apart(room.photos, focals, ratios)
            room = replace(room, photos=photos)
            continue
        doubted = _focals_by_points(read_result(room.folder), room.photos, focals)
        if number and outcomes:
            doubted = _focals_by_cameras(outcomes[-1].cameras, room.photos, focals)
        if not doubted:
            break
        focals, moved = focals.moved(doubted, _DOUBT_SIGMA), True
    if failure is not None and not outcomes:
        raise failure
    return min(outcomes, key=lambda outcome: outcome.order)


def _zoom_ratios(room: _Room, focals: Focals) -> dict[int, float]:
    """Focal lengths of photos that their matches tell to be others than those of their cameras, as ratios."""
    views = [_lens_view(photo, focals) for photo in room.photos]
    if not any(view.may_zoom for view in views):
        return {}
    matches = read_matches(room.folder / "matches.npz", [photo.name for photo in room.photos])
    pairs = {
        (a, b): (matches.keypoints[a][rows[:, 0]], matches.keypoints[b][rows[:, 1]])
        for (a, b), rows in matches.pairs.items()
    }
    return zooms(views, pairs, room.settings.seed)


def _lens_view(photo: PreparedPhoto, focals: Focals) -> LensView:
    height, width = photo.image.shape[:2]
    return LensView(
        photo.segments,
        photo.segment_scale,
        focals.px(photo),
        np.array([(width - 1) / 2, (height - 1) / 2]),
        focals.origin[photo.camera_key] != EXIF,
    )


def _search_part(progress: Progress, number: int) -> Progress:
    """Progress of one of several searches; most end with the first."""
    return progress.part(1 - 0.5**number / 4, 1.0) if number else progress.part(0.0, _FIRST_SEARCH)


def _searched(room: _Room, focals: Focals, progress: Progress) -> Cameras:
    """Cameras with these focal lengths."""
    request = write_request(room.photos, focals, room.folder, room.settings)
    command = [sys.executable, "-m", "pipeline.rooms.sfm.process", str(request)]
    run_reporting(command, progress.part(0.0, _PROCESS), room.settings.timeout_s)
    return _concluded(room, focals, progress.part(_PROCESS, 1.0))


def _mean_error_px(cameras: Cameras) -> float:
    seen = sum(c.n_observations for c in cameras.cameras)
    return sum(c.n_observations * c.reprojection_error_px for c in cameras.cameras) / max(seen, 1)


def _has_look_alikes(cameras: Cameras) -> bool:
    """Whether photos were taken out of a merge of two places; then no other merge of them is trusted either."""
    return any(why.reason == LeftOutReason.LOOKS_LIKE_ANOTHER_PART for why in cameras.left_out.values())


def _focals_by_cameras(cameras: Cameras, prepared: list[PreparedPhoto], focals: Focals) -> dict[str, float]:
    """Focal lengths in longer sides that ended away from the given ones; empty if not all photos are placed.

    Those of zoomed photos are given roughly, and end elsewhere by design.
    """
    if len(cameras.cameras) < len(prepared):
        return {}
    ended = {c.photo_id: float(c.K[0, 0]) / max(c.width_px, c.height_px) for c in cameras.cameras}
    settled = {EXIF, MATCHES}
    found = {
        p.camera_key: ended[p.photo.photo_id] for p in prepared if focals.origin[p.camera_key] not in settled
    }
    return {key: f for key, f in found.items() if abs(math.log(f / focals.factor[key])) > _SETTLED}


def _focals_by_points(
    result: dict[str, Any], prepared: list[PreparedPhoto], focals: Focals
) -> dict[str, float]:
    """Focal lengths that every model of all photos moves far, as moved least; empty where there are none."""
    models = [
        {camera["name"]: camera["K"][0][0] for camera in model["cameras"]}
        for model in result["models"]
        if model["strategy"] == REFINED and len(model["cameras"]) == len(prepared)
    ]
    moved: dict[str, float] = {}
    for key, given in focals.factor.items():
        mine = [p for p in prepared if p.camera_key == key]
        if focals.origin[key] == EXIF or len(mine) < _DOUBT_PHOTOS:
            continue
        found = [model[mine[0].name] / mine[0].longer_px for model in models]
        nearest = min(found, key=lambda focal: abs(math.log(focal / given)), default=given)
        if abs(math.log(nearest / given)) > _DOUBT:
            moved[key] = nearest
    return moved


def _concluded(room: _Room, focals: Focals, progress: Progress) -> Cameras:
    """Cameras by the first look; where that leaves photos out, by a second look at walls and floor as well."""
    first = _decided(room, focals, SecondLook())
    if isinstance(first, Cameras) and (not first.left_out or _has_look_alikes(first)):
        # what joined look-alikes once would do so again
        return first
    glances = [_glance(photo, focals.px(photo)) for photo in room.photos]
    again = look_again(glances, room.folder, room.settings.seed, room.settings.timeout_s, progress)
    second = _decided(room, focals, again) if again.pairs or again.chance else first
    return _better(first, second, [photo.photo.photo_id for photo in room.photos], again)


def _better(
    first: Cameras | NotEnoughViews, second: Cameras | NotEnoughViews, names: list[str], again: SecondLook
) -> Cameras:
    """The second cameras where they place more photos, or where certain pairs contradict the first."""
    if isinstance(second, Cameras) and (
        isinstance(first, NotEnoughViews) or len(second.cameras) > len(first.cameras)
    ):
        return second
    if isinstance(first, Cameras):
        inverse = {names.index(c.photo_id): c.world_from_camera for c in first.cameras}
        poses = {i: (pose[:3, :3].T, pose[:3, 3]) for i, pose in inverse.items()}
        first = first if elsewhere(poses, again) is None else second
    if isinstance(first, NotEnoughViews):
        raise first
    return first


def _decided(room: _Room, focals: Focals, again: SecondLook) -> Cameras | NotEnoughViews:
    """Cameras with what a second look found, or why there are none."""
    result, settings = read_result(room.folder), room.settings
    problem = Problem.read(
        room.photos, focals, result, room.folder, again, settings.min_observations, settings.seed
    )
    try:
        return conclude(problem, room.folder)
    except NotEnoughViews as error:
        return error


def _glance(photo: PreparedPhoto, focal_px: float) -> Glance:
    fit = fit_manhattan(photo.segments, focal_px * photo.segment_scale)
    clear = fit is not None and fit.support >= CLEAR_LINES
    return Glance(photo.name, photo.image, focal_px, fit if clear else None)
