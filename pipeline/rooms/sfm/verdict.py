"""From candidate models to cameras that can be trusted: choose, verify, place the rest, adjust, explain."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, UInt8

from pipeline.left_out import LeftOut, LeftOutReason
from pipeline.rooms.axes import (
    ManhattanFit,
    RoomAxes,
    Segments,
    fit_manhattan,
    fit_room_axes,
    mean_up,
    quarter_turns,
    with_up,
)
from pipeline.rooms.photos import RoomPhoto
from pipeline.rooms.scene import Cameras, NotEnoughViews
from pipeline.rooms.sfm.bundle import Bundle
from pipeline.rooms.sfm.candidates import Model, read_matches, read_model
from pipeline.rooms.sfm.contradictions import most_contradicted, strangers
from pipeline.rooms.sfm.flatness import flat_photos
from pipeline.rooms.sfm.links import place_by_link
from pipeline.rooms.sfm.look_alikes import merged_wrongly
from pipeline.rooms.sfm.placed import ADVICE, as_cameras, what_is_missing, why_unplaced
from pipeline.rooms.sfm.placement import Lenses, Matches, Placement
from pipeline.rooms.sfm.principal import lowered, principal_rows
from pipeline.rooms.sfm.room_scale import RoomPictures, resized
from pipeline.rooms.sfm.second_look import joined
from pipeline.rooms.sfm.two_point import Turn
from pipeline.rooms.sfm.upright import adjust_together, place_by_axes, seed_pair

_TRUSTED, _TOLERATED, _SUSPECT = 0.85, 0.7, 0.5
_NEAR_DEG, _SNAP_DEG = 12.0, 25.0
_LOST = 0.02
#: share of line weight that must point to the axes before a photo's own frame is believed
CLEAR_LINES = 0.25
_FOCAL_SIGMA = 0.04


@dataclass(frozen=True)
class PreparedPhoto:
    """A photo as the camera stage sees it.

    Attributes:
        name: of its file in the working folder.
        image: at the size that features were found in.
        segments: straight segments, found at ``segment_scale`` times that size.
        camera_key: equal for photos that share intrinsics.
    """

    photo: RoomPhoto
    name: str
    image: UInt8[np.ndarray, "H W 3"]
    segments: Segments
    segment_scale: float
    camera_key: str


@dataclass(frozen=True)
class _Problem:
    """Everything known about the photos of the room before a model is chosen."""

    photos: list[PreparedPhoto]
    fits: list[ManhattanFit | None]
    matches: Matches
    focal_px: dict[str, float]
    focal_sigma: dict[str, float]
    result: dict[str, Any]
    min_observations: int
    seed: int
    pictures: RoomPictures

    @property
    def clear(self) -> Bool[np.ndarray, " N"]:
        """Photos with enough straight lines to tell their orientation."""
        return np.array([fit is not None and fit.support >= CLEAR_LINES for fit in self.fits])


def conclude(
    photos: list[PreparedPhoto],
    focals: dict[str, float],
    result: dict[str, Any],
    folder: Path,
    min_observations: int,
    seed: int,
    turns: dict[tuple[int, int], Turn] | None = None,
    focal_sigmas: dict[str, float] | None = None,
) -> Cameras:
    """Cameras from what the structure-from-motion process left in ``folder``.

    Args:
        photos: all photos of the room.
        focals: focal length of every camera key in units of the longer side.
        result: content of ``result.json``.
        folder: where models and matches lie.
        min_observations: points that a photo must see to count as placed.
        seed: of random choices.
        turns: what a second look found, by pair of photos.
        focal_sigmas: relative uncertainty of every focal length.

    Raises:
        NotEnoughViews: fewer than two photos can be trusted.
    """
    problem = _problem(photos, focals, result, folder, min_observations, seed, turns or {}, focal_sigmas or {})
    unplaced = {p.photo.photo_id: why_unplaced(p.name, result) for p in photos}
    outcomes = []
    for start, given, strategy in _starts(problem, folder, turns or {}):
        if start.placed.sum() >= 2:
            known, start, given = _with_principal_rows(problem, start, given)
            placement, lenses, bundle, reasons = _complete(start, given, known)
            if placement.placed.sum() >= 2 and len(bundle.xyz) >= 8:
                outcomes.append((placement, lenses, bundle, reasons, strategy))
    if not outcomes:
        raise NotEnoughViews(what_is_missing(len(photos), result), ADVICE, unplaced)
    placement, lenses, bundle, reasons, strategy = max(
        outcomes, key=lambda outcome: (int(outcome[0].placed.sum()), len(outcome[2].xyz))
    )
    left_out = {
        p.photo.photo_id: reasons.get(index, unplaced[p.photo.photo_id])
        for index, p in enumerate(photos)
        if not placement.placed[index]
    }
    names = [p.photo.photo_id for p in photos]
    images = [p.image for p in photos]
    return as_cameras(placement, lenses, bundle, names, images, left_out, strategy)


def _problem(
    photos: list[PreparedPhoto],
    focals: dict[str, float],
    result: dict[str, Any],
    folder: Path,
    min_observations: int,
    seed: int,
    turns: dict[tuple[int, int], Turn],
    focal_sigmas: dict[str, float],
) -> _Problem:
    focal_px = {p.camera_key: focals[p.camera_key] * max(p.image.shape[:2]) for p in photos}
    fits = [fit_manhattan(p.segments, focal_px[p.camera_key] * p.segment_scale) for p in photos]
    matches = read_matches(folder / "matches.npz", [p.name for p in photos])
    sigmas = {key: focal_sigmas.get(key, _FOCAL_SIGMA) for key in focal_px}
    pictures = RoomPictures([p.image for p in photos])
    problem = _Problem(photos, fits, matches, focal_px, sigmas, result, min_observations, seed, pictures)
    return replace(problem, matches=joined(matches, turns, _given_lenses(problem), seed))


def _given_lenses(problem: _Problem) -> Lenses:
    photos = problem.photos
    keys = sorted({p.camera_key for p in photos})
    lens = np.array([keys.index(p.camera_key) for p in photos])
    prior = np.array([problem.focal_px[key] for key in keys])
    principal = np.array([[(p.image.shape[1] - 1) / 2, (p.image.shape[0] - 1) / 2] for p in photos])
    sigma = np.array([problem.focal_sigma[key] for key in keys])
    return Lenses(lens, prior.copy(), prior, sigma, principal)


def _with_principal_rows(
    problem: _Problem, placement: Placement, lenses: Lenses
) -> tuple[_Problem, Placement, Lenses]:
    """The same with the principal point of every lens at the height where straight lines put it."""
    photos = problem.photos
    scales = np.array([p.segment_scale for p in photos])
    rows = principal_rows([p.segments for p in photos], scales, problem.fits, problem.clear, lenses)
    photos = [
        replace(p, segments=p.segments.lowered(float(row) * p.segment_scale))
        for p, row in zip(photos, rows, strict=True)
    ]
    fits = [fit and fit_manhattan(p.segments, None, fit) for p, fit in zip(photos, problem.fits, strict=True)]
    return replace(problem, photos=photos, fits=fits), *lowered(placement, lenses, rows)


def _starts(
    problem: _Problem, folder: Path, turns: dict[tuple[int, int], Turn]
) -> list[tuple[Placement, Lenses, str]]:
    """What the other photos can be added to: the best model, and the most certain pair of the second look."""
    names, lenses = [p.name for p in problem.photos], _given_lenses(problem)
    models = [
        read_model(head, folder / f"model_{index}.npz", names, lenses)
        for index, head in enumerate(problem.result["models"])
    ]
    starts = []
    if models:
        judged = [(model, *_judge(model.placement, model.lenses, problem)) for model in models]
        model, axes, agreement = max(judged, key=lambda j: _rank(j[0], j[1], j[2], problem.min_observations))
        starts.append((*_start(model, axes, agreement, problem), model.strategy))
    for (a, b), turn in sorted(turns.items(), key=lambda item: -len(item[1].xy_first)):
        fit = problem.fits[a]
        if fit is None:
            continue
        rotation = np.tile(np.eye(3), (len(problem.photos), 1, 1))
        rotation[a], rotation[b] = fit.camera_from_room, turn.second_from_first @ fit.camera_from_room
        pair = seed_pair(a, b, rotation, lenses, problem.matches, problem.seed)
        if pair is not None:
            starts.append((pair, lenses, "walls and floor seen straight on"))
            break
    return starts


def _judge(
    placement: Placement, lenses: Lenses, problem: _Problem
) -> tuple[RoomAxes | None, Float[np.ndarray, " N"]]:
    """Common room axes of the placed photos, and how well each photo agrees with them (0 where not placed)."""
    agreement = np.zeros(len(problem.photos))
    placed = np.flatnonzero(placement.placed)
    scales = [problem.photos[i].segment_scale for i in placed]
    focals = [float(lenses.focal[lenses.lens[i]]) * scale for i, scale in zip(placed, scales, strict=True)]
    axes = fit_room_axes(
        [problem.photos[i].segments for i in placed],
        focals,
        [placement.rotation[i] for i in placed],
        [problem.fits[i] for i in placed],
    )
    agreement[placed] = 1.0 if axes is None else axes.photo_support
    # a photo without clear lines cannot disagree
    vague = placement.placed & ~problem.clear
    agreement[vague] = np.maximum(agreement[vague], _TRUSTED)
    return axes, agreement


def _start(
    model: Model, axes: RoomAxes | None, agreement: Float[np.ndarray, " N"], problem: _Problem
) -> tuple[Placement, Lenses]:
    """Photos to start from: those that agree with the room, else the best pair turned to agree with it."""
    seen = model.placement.placed & (model.observations >= problem.min_observations)
    trusted = seen & (agreement >= _TRUSTED)
    if trusted.sum() >= 2:
        return replace(model.placement, placed=trusted), model.lenses
    given = replace(model.lenses, focal=model.lenses.focal_prior)
    if axes is not None:
        upright, use = _upright(replace(model.placement, placed=seen), axes, problem, _SNAP_DEG)
        strength = {pair: len(m) for pair, m in problem.matches.pairs.items() if use[list(pair)].all()}
        for a, b in sorted(strength, key=lambda pair: -strength[pair]):
            pair = seed_pair(a, b, upright, given, problem.matches, problem.seed)
            if pair is not None:
                return pair, given
    return replace(model.placement, placed=seen & (agreement >= _SUSPECT)), model.lenses


def _rank(
    model: Model, axes: RoomAxes | None, agreement: Float[np.ndarray, " N"], min_observations: int
) -> tuple[int, float]:
    seen = model.observations >= min_observations
    support = axes.support if axes else 1.0
    return int((seen & (agreement >= _TOLERATED)).sum()), model.evidence * support


def _complete(
    placement: Placement, lenses: Lenses, problem: _Problem
) -> tuple[Placement, Lenses, Bundle, dict[int, LeftOut]]:
    """Adjust the trusted photos, then place the others by the room's axes, best connected first."""
    axes, _ = _judge(placement, lenses, problem)
    reasons: dict[int, LeftOut] = {}
    placement, lenses, bundle = _adjusted(placement, lenses, axes, problem)
    tried: set[int] = set()
    while True:
        open_ = [i for i in np.flatnonzero(~placement.placed) if i not in tried and problem.clear[i]]
        if axes is None or not open_ or len(bundle.xyz) < 8:
            break
        photo = int(max(open_, key=lambda i: _shared(problem.matches, int(i), placement.placed)))
        tried.add(photo)
        found = _by_axes_or_link(photo, placement, lenses, bundle, axes, problem)
        if isinstance(found, LeftOut):
            reasons[photo] = found
            continue
        rotation, shift, placed = placement.rotation.copy(), placement.shift.copy(), placement.placed.copy()
        rotation[photo], shift[photo], placed[photo] = found[0], found[1], True
        trial, trial_lenses, trial_bundle = _adjusted(Placement(rotation, shift, placed), lenses, axes, problem)
        weak = _weak_photos(trial, trial_lenses, trial_bundle, problem)
        if photo in weak or set(weak) & set(np.flatnonzero(placement.placed)):
            reasons[photo] = weak.get(photo, LeftOut(LeftOutReason.CONTRADICTS_OTHERS))
            continue
        placement, lenses, bundle = trial, trial_lenses, trial_bundle
        reasons.pop(photo, None)
        # what was uncertain may be certain now
        tried.clear()
    placement, lenses, bundle = _resized(placement, lenses, bundle, axes, problem)
    placement, lenses, bundle, dropped = _without_doubtful(placement, lenses, bundle, axes, problem)
    if placement.placed.sum() >= 2:
        placement, lenses, bundle = _forgiven(placement, lenses, bundle, axes, problem)
    return placement, lenses, bundle, {**reasons, **dropped}


def _by_axes_or_link(
    photo: int, placement: Placement, lenses: Lenses, bundle: Bundle, axes: RoomAxes, problem: _Problem
) -> tuple[Float[np.ndarray, "3 3"], Float[np.ndarray, "3"]] | LeftOut:
    """Rotation and shift of one more photo, or why it has none."""
    fit = problem.fits[photo]
    turns = quarter_turns(fit.camera_from_room) if fit else []
    options = [turn @ axes.world_from_room.T for turn in turns]
    found = place_by_axes(photo, options, placement, lenses, problem.matches, problem.seed)
    if not isinstance(found, LeftOut):
        return found
    room = _room_from_world(placement, axes)
    linked = place_by_link(
        photo, options, placement, lenses, problem.matches, bundle, room, problem.pictures, problem.seed
    )
    return replace(found, moreover=linked) if isinstance(linked, LeftOut) else linked


def _room_from_world(placement: Placement, axes: RoomAxes) -> Float[np.ndarray, "3 3"]:
    return with_up(axes.world_from_room.T, mean_up(list(placement.rotation[placement.placed])))


def _resized(
    placement: Placement, lenses: Lenses, bundle: Bundle, axes: RoomAxes | None, problem: _Problem
) -> tuple[Placement, Lenses, Bundle]:
    """Parts that hang together with the others by one photo, in the size that the room has."""
    for _ in range(len(problem.photos)):
        if axes is None or len(bundle.xyz) < 8:
            break
        room = _room_from_world(placement, axes)
        changed = resized(placement, lenses, bundle, room, problem.pictures)
        if changed is None:
            break
        placement, lenses, bundle = _adjusted(changed, lenses, axes, problem)
    return placement, lenses, bundle


def _without_doubtful(
    placement: Placement, lenses: Lenses, bundle: Bundle, axes: RoomAxes | None, problem: _Problem
) -> tuple[Placement, Lenses, Bundle, dict[int, LeftOut]]:
    """Leave out photos that show a look-alike, contradict others, or rest on too little; with the reasons."""
    reasons: dict[int, LeftOut] = {}
    while alien := _look_alikes(placement, lenses, bundle, axes, problem):
        reasons.update(dict.fromkeys(alien, LeftOut(LeftOutReason.LOOKS_LIKE_ANOTHER_PART)))
        placement = _less(placement, alien)
        placement, lenses, bundle = _adjusted(placement, lenses, axes, problem)
    while (worst := most_contradicted(placement, lenses, problem.matches)) is not None:
        reasons[worst] = LeftOut(LeftOutReason.MATCHES_CONTRADICT)
        placement = _less(placement, [worst])
        if placement.placed.sum() < 2:
            return placement, lenses, bundle, reasons
        placement, lenses, bundle = _adjusted(placement, lenses, axes, problem)
    for doubt in (_weak_photos, _flat_photos):
        weak = doubt(placement, lenses, bundle, problem)
        reasons.update(weak)
        placement = _less(placement, list(weak))
        if weak and placement.placed.sum() >= 2:
            placement, lenses, bundle = _adjusted(placement, lenses, axes, problem)
    return placement, lenses, bundle, reasons


def _look_alikes(
    placement: Placement, lenses: Lenses, bundle: Bundle, axes: RoomAxes | None, problem: _Problem
) -> list[int]:
    images = [p.image for p in problem.photos]
    world_from_room = np.eye(3) if axes is None else axes.world_from_room
    group = merged_wrongly(placement, lenses, bundle, images, world_from_room, problem.seed)
    return group or strangers(placement, lenses, bundle, images)


def _less(placement: Placement, photos: list[int]) -> Placement:
    keep = placement.placed.copy()
    keep[photos] = False
    return replace(placement, placed=keep)


def _shared(matches: Matches, photo: int, placed: Bool[np.ndarray, " N"]) -> int:
    return sum(
        len(pair)
        for (a, b), pair in matches.pairs.items()
        if (photo == a and placed[b]) or (photo == b and placed[a])
    )


def _adjusted(
    placement: Placement, lenses: Lenses, axes: RoomAxes | None, problem: _Problem, forgiving: bool = False
) -> tuple[Placement, Lenses, Bundle]:
    upright, use = _upright(placement, axes, problem, _NEAR_DEG)
    return adjust_together(placement, lenses, problem.matches, upright, use, forgiving)


def _forgiven(
    placement: Placement, lenses: Lenses, bundle: Bundle, axes: RoomAxes | None, problem: _Problem
) -> tuple[Placement, Lenses, Bundle]:
    """Adjusted once more without rotations by lines that points contradict, unless lines then agree less."""
    found = _adjusted(placement, lenses, axes, problem, forgiving=True)
    before, after = (_judge(*cameras, problem)[1] for cameras in ((placement, lenses), found[:2]))
    return found if (after > before - _LOST).all() else (placement, lenses, bundle)


def _upright(
    placement: Placement, axes: RoomAxes | None, problem: _Problem, most_deg: float
) -> tuple[Float[np.ndarray, "N 3 3"], Bool[np.ndarray, " N"]]:
    """Rotation of every placed photo by its own lines, where that is within ``most_deg`` of the given one."""
    upright, use = placement.rotation.copy(), np.zeros(len(problem.photos), bool)
    for i in np.flatnonzero(placement.placed & problem.clear):
        fit = problem.fits[i]
        if axes is None or fit is None:
            continue
        options = [turn @ axes.world_from_room.T for turn in quarter_turns(fit.camera_from_room)]
        best = max(options, key=lambda option: float(np.trace(option.T @ placement.rotation[i])))
        close = (np.trace(best.T @ placement.rotation[i]) - 1) / 2 > np.cos(np.radians(most_deg))
        upright[i], use[i] = best, bool(close)
    return upright, use


def _weak_photos(placement: Placement, lenses: Lenses, bundle: Bundle, problem: _Problem) -> dict[int, LeftOut]:
    """Placed photos whose place is not certain enough, with the reason."""
    placed = np.flatnonzero(placement.placed)
    counts = np.bincount(bundle.camera, minlength=len(placed))
    _, agreement = _judge(placement, lenses, problem)
    weak = {}
    for i, count in zip(placed, counts, strict=True):
        if count < problem.min_observations:
            weak[int(i)] = LeftOut(LeftOutReason.FEW_POINTS_AGREE, (int(count),))
        elif agreement[i] < _TOLERATED:
            weak[int(i)] = LeftOut(LeftOutReason.LINES_POINT_ELSEWHERE)
    return weak


def _flat_photos(
    placement: Placement, _lenses: Lenses, bundle: Bundle, problem: _Problem
) -> dict[int, LeftOut]:
    flat = flat_photos(placement, bundle, ~problem.clear, problem.seed)
    return dict.fromkeys(flat, LeftOut(LeftOutReason.ON_ONE_PLANE))
