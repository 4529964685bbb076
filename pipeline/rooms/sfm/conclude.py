"""From candidate models to cameras that can be trusted: choose, verify, place the rest, adjust, explain."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from jaxtyping import Float, UInt8

from pipeline.left_out import LeftOut, LeftOutReason
from pipeline.rooms.axes import RoomAxes, quarter_turns
from pipeline.rooms.scene import Cameras, NotEnoughViews, PlacedCamera, SparsePoints
from pipeline.rooms.sfm.axis_placement import place_by_axes, seed_pair
from pipeline.rooms.sfm.bundle import Bundle
from pipeline.rooms.sfm.doubts import flat_photos, most_contradicted, strangers
from pipeline.rooms.sfm.look_alikes import merged_wrongly
from pipeline.rooms.sfm.one_neighbour import place_by_neighbour
from pipeline.rooms.sfm.problem import TRUSTED, Problem, room_from_world
from pipeline.rooms.sfm.process_files import CandidateModel, read_model
from pipeline.rooms.sfm.reconstruction import Reconstruction
from pipeline.rooms.sfm.room_first import place_by_standing, standing_elsewhere, surer, unlikelier
from pipeline.rooms.sfm.room_scale import resized

#: agreement with the room's axes below which a placed photo is left out, share; set by hand, effect not
#: measured
_TOLERATED: Final = 0.7
#: agreement below which a photo of a doubted model is no start, share; set by hand, effect not measured
_SUSPECT: Final = 0.5
#: how far lines may turn a photo of a model that disagrees with the room, degrees; set by hand, effect not
#: measured
_SNAP_DEG: Final = 25.0
#: agreement that every photo may lose when rotations by lines are forgiven, share; set by hand, effect not
#: measured
_LOST: Final = 0.02

#: features below which a photo shows nothing that can be recognised, count; set by hand, effect not measured
_LEAST_FEATURES: Final = 50

_ADVICE = (
    "Add photos taken between these, from about half a step to two steps apart, each showing at least half of "
    "what its neighbour shows."
)


@dataclass(frozen=True)
class _Outcome:
    """Cameras from one start, why photos have none, and what the start was found with."""

    state: Reconstruction
    reasons: dict[int, LeftOut]
    strategy: str

    @property
    def worth(self) -> tuple[int, int]:
        return len(self.state.photos), len(self.state.bundle.xyz)


def conclude(problem: Problem, folder: Path) -> Cameras:
    """Cameras from what the structure-from-motion process left in ``folder``.

    Args:
        problem: what is known about all photos of the room.

    Raises:
        NotEnoughViews: fewer than two photos can be trusted.
    """
    unplaced = {p.photo.photo_id: _why_unplaced(p.name, problem.result) for p in problem.photos}
    outcomes = []
    for start, strategy in _starts(problem, folder):
        if len(start.photos) >= 2:
            known, lowered = problem.with_principal_rows(start)
            state, reasons = _completed(lowered, known)
            if len(state.photos) >= 2 and state.has_points:
                outcomes.append(_Outcome(state, reasons, strategy))
    if not outcomes:
        raise NotEnoughViews(_what_is_missing(len(problem.photos), problem.result), _ADVICE, unplaced)
    best = max(outcomes, key=lambda outcome: outcome.worth)
    names = [p.photo.photo_id for p in problem.photos]
    left_out = {
        name: best.reasons.get(index, unplaced[name])
        for index, name in enumerate(names)
        if not best.state.placed[index]
    }
    return _as_cameras(best.state, names, [p.image for p in problem.photos], left_out, best.strategy)


def _starts(problem: Problem, folder: Path) -> list[tuple[Reconstruction, str]]:
    """What the other photos can be added to: the best model, and the most certain pair of the second look."""
    names = [p.name for p in problem.photos]
    models = [
        read_model(head, folder / f"model_{index}.npz", names, problem.given)
        for index, head in enumerate(problem.result["models"])
    ]
    starts: list[tuple[Reconstruction, str]] = []
    if models:
        judged = [(model, *problem.room_axes(model.state)) for model in models]
        model, axes, agreement = max(judged, key=lambda j: _rank(j[0], j[1], j[2], problem.min_observations))
        starts.append((_start(model, axes, agreement, problem), model.strategy))
    pair = _surest_pair(problem)
    return [*starts, (pair, "walls and floor seen straight on")] if pair else starts


def _surest_pair(problem: Problem) -> Reconstruction | None:
    """The pair of the second look with most matches that agree on a direction."""
    for (a, b), turn in sorted(problem.again.pairs.items(), key=lambda item: -len(item[1].xy_first)):
        fit = problem.fits[a]
        if fit is None:
            continue
        rotation = np.tile(np.eye(3), (len(problem.photos), 1, 1))
        rotation[a], rotation[b] = fit.camera_from_room, turn.second_from_first @ fit.camera_from_room
        pair = seed_pair(a, b, rotation, problem.given, problem.matches, problem.seed)
        if pair is not None:
            return pair
    return None


def _start(
    model: CandidateModel, axes: RoomAxes | None, agreement: Float[np.ndarray, " N"], problem: Problem
) -> Reconstruction:
    """Photos to start from: those that agree with the room, else the best pair turned to agree with it."""
    seen = model.state.placed & (model.observations >= problem.min_observations)
    trusted = seen & (agreement >= TRUSTED)
    if trusted.sum() >= 2:
        return model.state.only(trusted)
    given = replace(model.state.intrinsics, focal=model.state.intrinsics.focal_prior)
    if axes is not None:
        rotation, use = problem.by_own_lines(model.state.only(seen), axes, _SNAP_DEG)
        strength = {pair: len(m) for pair, m in problem.matches.pairs.items() if use[list(pair)].all()}
        for a, b in sorted(strength, key=lambda pair: -strength[pair]):
            pair = seed_pair(a, b, rotation, given, problem.matches, problem.seed)
            if pair is not None:
                return pair
    return model.state.only(seen & (agreement >= _SUSPECT))


def _rank(
    model: CandidateModel, axes: RoomAxes | None, agreement: Float[np.ndarray, " N"], min_observations: int
) -> tuple[int, float]:
    seen = model.observations >= min_observations
    support = axes.support if axes else 1.0
    return int((seen & (agreement >= _TOLERATED)).sum()), model.evidence * support


def _completed(state: Reconstruction, problem: Problem) -> tuple[Reconstruction, dict[int, LeftOut]]:
    """Adjust the trusted photos, place the others by the room's axes, and leave out what is in doubt."""
    axes, _ = problem.room_axes(state)
    state, reasons = _with_others(problem.adjusted(state, axes), axes, problem)
    state, dropped = _without_doubtful(_resized(state, axes, problem), axes, problem)
    if len(state.photos) >= 2:
        state = _forgiven(state, axes, problem)
    return state, {**reasons, **dropped}


def _with_others(
    state: Reconstruction, axes: RoomAxes | None, problem: Problem
) -> tuple[Reconstruction, dict[int, LeftOut]]:
    """Place photos with clear lines, best connected first, as long as nobody becomes uncertain by it."""
    reasons: dict[int, LeftOut] = {}
    tried: set[int] = set()
    while True:
        others = [int(i) for i in np.flatnonzero(~state.placed & problem.clear) if i not in tried]
        if axes is None or not others or not state.has_points:
            return state, reasons
        photo = max(others, key=lambda i: problem.shared(i, state))
        tried.add(photo)
        found = _with_one_more(photo, state, axes, problem)
        if isinstance(found, LeftOut):
            reasons[photo] = found
            continue
        state = found
        reasons.pop(photo, None)
        # what was uncertain may be certain now
        tried.clear()


def _with_one_more(
    photo: int, state: Reconstruction, axes: RoomAxes, problem: Problem
) -> Reconstruction | LeftOut:
    """One more photo placed and all adjusted, or why it has no place among the others."""
    found = _by_axes_or_neighbour(photo, state, axes, problem)
    if isinstance(found, LeftOut):
        return found
    trial = problem.adjusted(state.with_placed(photo, *found), axes)
    weak = _weak_photos(trial, problem)
    if photo in weak or set(weak) & set(state.photos):
        return weak.get(photo, LeftOut(LeftOutReason.CONTRADICTS_OTHERS))
    return trial


def _by_axes_or_neighbour(
    photo: int, state: Reconstruction, axes: RoomAxes, problem: Problem
) -> tuple[Float[np.ndarray, "3 3"], Float[np.ndarray, "3"]] | LeftOut:
    """Rotation and shift of one more photo, or why it has none."""
    fit = problem.fits[photo]
    turns = quarter_turns(fit.camera_from_room) if fit else []
    options = [turn @ axes.world_from_room.T for turn in turns]
    found = place_by_axes(photo, options, state, problem.matches, problem.seed)
    if not isinstance(found, LeftOut):
        return found
    room = room_from_world(state, axes)
    linked = place_by_neighbour(photo, options, state, problem.matches, room, problem.pictures, problem.seed)
    standing = place_by_standing(photo, state, problem.again)
    if standing is None:
        return replace(found, moreover=linked) if isinstance(linked, LeftOut) else linked
    return standing if isinstance(linked, LeftOut) else surer(linked, standing, state)


def _resized(state: Reconstruction, axes: RoomAxes | None, problem: Problem) -> Reconstruction:
    """Parts that hang together with the others by one photo, in the size that the room has."""
    for _ in range(len(problem.photos)):
        if axes is None or not state.has_points:
            break
        changed = resized(state, room_from_world(state, axes), problem.pictures)
        if changed is None or unlikelier(changed, state, problem.again):
            break
        state = problem.adjusted(changed, axes)
    return state


def _without_doubtful(
    state: Reconstruction, axes: RoomAxes | None, problem: Problem
) -> tuple[Reconstruction, dict[int, LeftOut]]:
    """Leave out photos that show a look-alike, contradict others, or rest on too little; with the reasons."""
    reasons: dict[int, LeftOut] = {}
    while alien := _look_alikes(state, axes, problem):
        reasons.update(dict.fromkeys(alien, LeftOut(LeftOutReason.LOOKS_LIKE_ANOTHER_PART)))
        state = problem.adjusted(state.without(alien), axes)
    while (worst := _contradicted(state, problem)) is not None:
        reasons[worst] = LeftOut(LeftOutReason.MATCHES_CONTRADICT)
        state = state.without([worst])
        if len(state.photos) < 2:
            return state, reasons
        state = problem.adjusted(state, axes)
    for doubt in (_weak_photos, _flat_photos):
        weak = doubt(state, problem)
        reasons.update(weak)
        state = state.without(list(weak))
        if weak and len(state.photos) >= 2:
            state = problem.adjusted(state, axes)
    return state, reasons


def _contradicted(state: Reconstruction, problem: Problem) -> int | None:
    """The placed photo whose matches speak against its place most, if any do."""
    worst = most_contradicted(state, problem.matches)
    return standing_elsewhere(state, problem.again) if worst is None else worst


def _look_alikes(state: Reconstruction, axes: RoomAxes | None, problem: Problem) -> list[int]:
    images = [p.image for p in problem.photos]
    world_from_room = np.eye(3) if axes is None else axes.world_from_room
    return merged_wrongly(state, images, world_from_room, problem.seed) or strangers(state, images)


def _forgiven(state: Reconstruction, axes: RoomAxes | None, problem: Problem) -> Reconstruction:
    """Adjusted once more without rotations by lines that points contradict, unless lines then agree less."""
    found = problem.adjusted(state, axes, forgiving=True)
    before, after = problem.room_axes(state)[1], problem.room_axes(found)[1]
    return found if (after > before - _LOST).all() else state


def _weak_photos(state: Reconstruction, problem: Problem) -> dict[int, LeftOut]:
    """Placed photos whose place is not certain enough, with the reason."""
    counts = np.bincount(state.bundle.camera, minlength=len(state.photos))
    _, agreement = problem.room_axes(state)
    weak = {}
    for i, count in zip(state.photos, counts, strict=True):
        if count < problem.min_observations:
            weak[int(i)] = LeftOut(LeftOutReason.FEW_POINTS_AGREE, (int(count),))
        elif agreement[i] < _TOLERATED:
            weak[int(i)] = LeftOut(LeftOutReason.LINES_POINT_ELSEWHERE)
    return weak


def _flat_photos(state: Reconstruction, problem: Problem) -> dict[int, LeftOut]:
    flat = flat_photos(state, ~problem.clear, problem.seed)
    return dict.fromkeys(flat, LeftOut(LeftOutReason.ON_ONE_PLANE))


def _why_unplaced(name: str, result: dict[str, Any]) -> LeftOut:
    """Why the first look did not place a photo."""
    if result["features"].get(name, 0) < _LEAST_FEATURES:
        return LeftOut(LeftOutReason.NOTHING_TO_RECOGNISE)
    shared = [n for a, b, n in result["pairs"] if name in (a, b) and n > 0]
    if not shared:
        return LeftOut(LeftOutReason.SHARES_NOTHING)
    return LeftOut(LeftOutReason.SHARES_TOO_LITTLE, (max(shared),))


def _what_is_missing(n_photos: int, result: dict[str, Any]) -> str:
    """Why nothing could be placed."""
    best = max((n for _, _, n in result["pairs"]), default=0)
    if best == 0:
        return f"None of the {n_photos} photos shares anything recognisable with another."
    return f"The {n_photos} photos share too little or were taken from one spot (at most {best} shared points)."


def _as_cameras(
    state: Reconstruction,
    names: list[str],
    images: list[UInt8[np.ndarray, "H W 3"]],
    left_out: dict[str, LeftOut],
    strategy: str,
) -> Cameras:
    """The placed photos and their points.

    Args:
        names: id of every photo.
        images: every photo at the size that ``state`` refers to.
    """
    bundle = state.bundle
    errors = np.linalg.norm(bundle.residuals(), axis=1)
    rgb = np.zeros((len(bundle.xyz), 3), np.uint8)
    cameras = []
    for number, i in enumerate(state.photos.tolist()):
        mine = bundle.camera == number
        height, width = images[i].shape[:2]
        xy = np.clip(np.rint(bundle.xy[mine]).astype(int), 0, [width - 1, height - 1])
        rgb[bundle.point[mine]] = images[i][xy[:, 1], xy[:, 0]]
        cameras.append(_camera(state, i, names[i], (width, height), errors[mine]))
    return Cameras(tuple(cameras), _points(bundle, rgb, errors), left_out, strategy, (_evidence(cameras),))


def _points(bundle: Bundle, rgb: UInt8[np.ndarray, "P 3"], errors: Float[np.ndarray, " M"]) -> SparsePoints:
    count = np.maximum(np.bincount(bundle.point, minlength=len(rgb)), 1)
    point_error = np.bincount(bundle.point, errors, minlength=len(rgb)) / count
    return SparsePoints(bundle.xyz, rgb, point_error, bundle.point, bundle.camera, bundle.xy)


def _camera(
    state: Reconstruction, photo: int, name: str, size: tuple[int, int], errors: Float[np.ndarray, " M"]
) -> PlacedCamera:
    K = np.diag([state.intrinsics.focal_of(photo)] * 2 + [1.0])
    K[:2, 2] = state.intrinsics.principal[photo]
    camera_from_world = np.eye(4)
    camera_from_world[:3, :3], camera_from_world[:3, 3] = state.rotation[photo], state.shift[photo]
    return PlacedCamera(
        photo_id=name,
        width_px=size[0],
        height_px=size[1],
        K=K,
        world_from_camera=np.linalg.inv(camera_from_world),
        n_observations=len(errors),
        reprojection_error_px=float(errors.mean()) if len(errors) else 0.0,
    )


def _evidence(cameras: list[PlacedCamera]) -> str:
    seen = [camera.n_observations for camera in cameras]
    error = sum(c.n_observations * c.reprojection_error_px for c in cameras) / max(sum(seen), 1)
    return (
        f"every photo's place rests on {min(seen)} to {max(seen)} shared points, on average {error:.1f} px off"
    )
