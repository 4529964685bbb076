"""Which view is missing: the cameras from which most of the unseen room could be seen.

Next best view (Connolly 1985; Isler et al. 2016) over the room box: a candidate's gain is the area of floor,
ceiling and walls that no photo saw and that it would see past everything that is known to stand in the room.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from jaxtyping import Bool, Float

from pipeline.machine import usable_threads
from pipeline.rooms.scene import PointMaps, Viewpoint
from pipeline.rooms.surface import Surface
from pipeline.rooms.views.original_rule import TURN_RAD, Outcome, RuleDecision
from pipeline.rooms.views.render import scene_of
from pipeline.rooms.views.unseen import HoleReport

#: directions that are offered at the place of each photo, count; set by hand: 24 candidates of three photos,
#: the choice was among the best 3 in 20 of 20 draws of scenenet textured (closing note of an earlier stop)
_YAWS: Final = 8
#: width of a new view, radians; set by hand: usual for photos of rooms
_FOV_RAD: Final = float(np.deg2rad(90))
#: its width and height, px; set by hand for time, effect not measured
_SIZE_PX: Final = (640, 480)
#: width and height of a view by the original's rule, px; the original
_RULE_SIZE_PX: Final = (512, 384)
#: its focal length, shares of the shorter side; the original
_RULE_FOCAL: Final = 0.8
#: a side seen at a flatter angle counts as unseen, cosine; set by hand, effect not measured
_OBLIQUE: Final = 0.12
#: a surface so near in front of a side does not hide it, metres; set by hand: the side's own surface is off by
#: less
_SLACK_M: Final = 0.15
#: if less than this is unseen no view is needed, share of floor, ceiling and walls; set by hand, effect not
#: measured
_ENOUGH_SHARE: Final = 0.02
#: a view that would show less is not worth it, square metres; set by hand, effect not measured
_WORTH_M2: Final = 0.25
#: nearer to a camera than this nothing is in the picture, metres; by definition
_NEAR_M: Final = 0.05


@dataclass(frozen=True)
class Candidate:
    """A camera that could be added.

    Attributes:
        name: what a person would call it: the photo it stands at and how far it is turned.
        photo_id: photo whose place it takes.
        turn_rad: turn about the vertical from that photo, positive to the left.
        viewpoint: the camera.
        gain_m2: unseen area that it would add to those before it.
        by_face: the same for each face of the room.
    """

    name: str
    photo_id: str
    turn_rad: float
    viewpoint: Viewpoint
    gain_m2: float
    by_face: dict[str, float]


@dataclass(frozen=True)
class ViewDecision:
    """The views to generate, best first.

    ``outcome`` is ``none needed`` where the photos saw nearly everything and ``not possible`` where no camera
    would see more; ``ranked`` holds all candidates by their own gain.
    """

    outcome: Outcome
    reason: str
    chosen: tuple[Candidate, ...] = ()
    ranked: tuple[Candidate, ...] = ()


def candidate_viewpoints(
    maps: PointMaps, yaws: int = _YAWS, fov_rad: float = _FOV_RAD, size_px: tuple[int, int] = _SIZE_PX
) -> list[tuple[str, float, Viewpoint]]:
    """Level cameras at the place of every photo, turned in equal steps: (photo id, turn, camera)."""
    if yaws < 1:
        raise ValueError("at least one direction is needed")
    found = []
    for view in maps.views:
        ahead = view.world_from_camera[:3, 2]
        heading = float(np.arctan2(ahead[1], ahead[0]))
        for step in range(yaws):
            turn = 2 * np.pi * step / yaws
            turn = turn - 2 * np.pi if turn > np.pi + 1e-9 else turn
            direction = np.array([np.cos(heading + turn), np.sin(heading + turn), 0.0])
            found.append((view.photo_id, turn, Viewpoint.looking(view.centre, direction, fov_rad, size_px)))
    return found


@dataclass(frozen=True)
class Sight:
    """What every candidate would see, whoever saw it before.

    Attributes:
        offered: the candidates: photo whose place they take, turn, camera.
        visible: for every candidate the cells of all faces of the hole report, in their order.
    """

    offered: tuple[tuple[str, float, Viewpoint], ...]
    visible: Bool[np.ndarray, "N C"]

    @classmethod
    def of(
        cls, offered: Sequence[tuple[str, float, Viewpoint]], surface: Surface, holes: HoleReport
    ) -> "Sight":
        """Look from every candidate past the surface to the sides of the room."""
        return cls(tuple(offered), _visible(offered, surface, holes))

    def without(self, taken: Sequence[Candidate]) -> "Sight":
        """The other candidates."""
        gone = {id(candidate.viewpoint) for candidate in taken}
        kept = [i for i, (_, _, viewpoint) in enumerate(self.offered) if id(viewpoint) not in gone]
        return Sight(tuple(self.offered[i] for i in kept), self.visible[kept])


def decide(
    maps: PointMaps,
    surface: Surface,
    holes: HoleReport,
    count: int = 1,
    candidates: Sequence[tuple[str, float, Viewpoint]] | None = None,
    sight: Sight | None = None,
) -> ViewDecision:
    """Choose up to ``count`` views, each adding most to those before it (greedy set cover).

    Args:
        maps: the photos.
        surface: made of them; what is known to stand in the way.
        holes: what they did not see.
        candidates: cameras to choose from; :func:`candidate_viewpoints` by default.
        sight: of the candidates, where it is known already (it then says which these are).
    """
    if count < 1:
        raise ValueError(f"{count} views cannot be chosen; ask for at least one")
    if sight is not None:
        offered = list(sight.offered)
    else:
        offered = list(candidates) if candidates is not None else candidate_viewpoints(maps)
    if not offered:
        return ViewDecision(Outcome.NOT_POSSIBLE, "no photo has a camera from which to look around")
    if holes.unseen_share < _ENOUGH_SHARE:
        share = f"{100 * (1 - holes.unseen_share):.0f} %"
        return ViewDecision(Outcome.NONE_NEEDED, f"the photos show {share} of floor, ceiling and walls")
    visible = (sight or Sight.of(offered, surface, holes)).visible
    areas = np.concatenate([np.full(face.state.size, face.cell_m2) for face in holes.faces])
    left = np.concatenate([face.unseen.ravel() for face in holes.faces])
    gains = (visible & left) @ areas
    order = np.argsort(-gains, kind="stable")
    ranked = tuple(_candidate(offered[i], visible[i] & left, holes) for i in order)
    chosen = []
    for _ in range(count):
        gains = (visible & left) @ areas
        best = int(np.argmax(gains))
        if gains[best] < _WORTH_M2:
            break
        chosen.append(_candidate(offered[best], visible[best] & left, holes))
        left = left & ~visible[best]
    if not chosen:
        return ViewDecision(
            Outcome.NOT_POSSIBLE,
            f"{holes.unseen_m2:.1f} m2 are unseen, but every place to stand has something in front of them",
            ranked=ranked,
        )
    reason = (
        f"{holes.unseen_m2:.1f} of {holes.area_m2:.1f} m2 are on no photo; "
        f"{chosen[0].name} would show {chosen[0].gain_m2:.1f} m2"
    )
    return ViewDecision(Outcome.VIEW, reason, tuple(chosen), ranked)


def original_view(maps: PointMaps, surface: Surface, holes: HoleReport, rule: RuleDecision) -> ViewDecision:
    """The original's answer as a decision: its photo turned by 30 degrees, with its focal length."""
    if rule.outcome is not Outcome.VIEW or rule.photo_id is None or rule.side is None:
        return ViewDecision(rule.outcome, rule.reason)
    turn = TURN_RAD[rule.side]
    pose = maps.view(rule.photo_id).world_from_camera.copy()
    cosine, sine = np.cos(turn), np.sin(turn)
    pose[:3, :3] = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]]) @ pose[:3, :3]
    width, height = _RULE_SIZE_PX
    focal = _RULE_FOCAL * height
    K = np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1.0]])
    offered = [(rule.photo_id, turn, Viewpoint(K, pose, width, height))]
    unseen = np.concatenate([face.unseen.ravel() for face in holes.faces])
    candidate = _candidate(offered[0], _visible(offered, surface, holes)[0] & unseen, holes)
    return ViewDecision(Outcome.VIEW, f"the original's rule: {rule.reason}", (candidate,), (candidate,))


def _visible(
    offered: Sequence[tuple[str, float, Viewpoint]], surface: Surface, holes: HoleReport
) -> Bool[np.ndarray, "N C"]:
    """Which cells of the room box each candidate would see."""
    points = np.concatenate([face.centres.reshape(-1, 3) for face in holes.faces])
    inward = np.concatenate([_inward(face.axis, face.sign, face.state.size) for face in holes.faces])
    scene = scene_of(surface)
    free: dict[bytes, Bool[np.ndarray, " C"]] = {}
    rows = []
    for _, _, viewpoint in offered:
        key = viewpoint.centre.tobytes()
        if key not in free:
            free[key] = _unblocked(scene, viewpoint.centre, points, inward)
        rows.append(free[key] & _in_picture(viewpoint, points))
    return np.array(rows)


def _inward(axis: int, sign: int, count: int) -> Float[np.ndarray, "N 3"]:
    normals = np.zeros((count, 3))
    normals[:, axis] = sign
    return normals


def _unblocked(
    scene: Any,
    centre: Float[np.ndarray, "3"],
    points: Float[np.ndarray, "C 3"],
    inward: Float[np.ndarray, "C 3"],
) -> Bool[np.ndarray, " C"]:
    import open3d as o3d

    away = points - centre
    distance = np.maximum(np.linalg.norm(away, axis=1), 1e-6)
    rays = np.concatenate([np.broadcast_to(centre, away.shape), away / distance[:, None]], axis=1)
    cast = o3d.core.Tensor.from_numpy(rays.astype(np.float32))
    hit = scene.cast_rays(cast, nthreads=usable_threads())["t_hit"].numpy()
    facing = -(away * inward).sum(axis=1) / distance > _OBLIQUE
    unblocked: Bool[np.ndarray, " C"] = facing & (hit > distance - _SLACK_M)
    return unblocked


def _in_picture(viewpoint: Viewpoint, points: Float[np.ndarray, "C 3"]) -> Bool[np.ndarray, " C"]:
    local = (points - viewpoint.centre) @ viewpoint.world_from_camera[:3, :3]
    z = np.maximum(local[:, 2], 1e-6)
    x = viewpoint.K[0, 0] * local[:, 0] / z + viewpoint.K[0, 2]
    y = viewpoint.K[1, 1] * local[:, 1] / z + viewpoint.K[1, 2]
    inside: Bool[np.ndarray, " C"] = (
        (local[:, 2] > _NEAR_M)
        & (x > -0.5)
        & (y > -0.5)
        & (x < viewpoint.width_px - 0.5)
        & (y < viewpoint.height_px - 0.5)
    )
    return inside


def _candidate(
    offered: tuple[str, float, Viewpoint], cells: Bool[np.ndarray, " C"], holes: HoleReport
) -> Candidate:
    photo_id, turn, viewpoint = offered
    degrees = round(float(np.rad2deg(turn)))
    side = (
        "straight on"
        if degrees == 0
        else f"turned {abs(degrees)} degrees to the {'left' if degrees > 0 else 'right'}"
    )
    by_face, start = {}, 0
    for face in holes.faces:
        gain = float(cells[start : start + face.state.size].sum()) * face.cell_m2
        start += face.state.size
        if gain > 0:
            by_face[face.name] = gain
    return Candidate(f"photo {photo_id}, {side}", photo_id, turn, viewpoint, sum(by_face.values()), by_face)
