"""The missing views: rendered, inpainted, given depth, and put back among the point maps as generated.

Each round renders the room from a chosen camera, fills what no photo shows, and gives the filled pixels the
depth of the room's side behind them, or of the surface where one stands in front of it. Known pixels are left
to the photos that took them, so what was measured stays as it is.
"""

from dataclasses import asdict, dataclass, field, replace
from typing import Final, Literal

import numpy as np
from jaxtyping import Float, Int

from pipeline.progress import Progress
from pipeline.rooms.inpainting import Hole, Inpainter, InpaintingError, PlaneLabels, inpaint
from pipeline.rooms.layout import RoomLayouts
from pipeline.rooms.scene import PointMaps, Source, View
from pipeline.rooms.surface import Surface
from pipeline.rooms.views.generated_room import AddedView, GeneratedRoom
from pipeline.rooms.views.next_best_view import (
    Candidate,
    Sight,
    ViewDecision,
    candidate_viewpoints,
    decide,
    original_view,
)
from pipeline.rooms.views.original_rule import Outcome, RuleDecision, original_decision
from pipeline.rooms.views.plan_picture import draw_plan
from pipeline.rooms.views.render import NewView, leave_box, render_view
from pipeline.rooms.views.unseen import HoleReport, report_holes, seen_also

#: confidence of a generated point, share; set by hand: above the least of a surface (.05), below what a camera
#: took
_CONFIDENCE: Final = 0.2
#: what stands so far in front of a side of the room is not part of it, metres; set by hand, effect not measured
_IN_FRONT_M: Final = 0.15
#: and so far, share of the depth; by definition: the error at which a depth counts as right
_IN_FRONT: Final = 0.05
#: a picture of which less is known is not painted, share; set by hand, effect not measured
_LEAST_KNOWN: Final = 0.02
#: where painting begins and how much of the bar of progress it takes, shares; set by hand
_PAINTING: Final = (0.1, 0.85)
_PREFIX: Final = "generated"


@dataclass(frozen=True)
class GenerateSettings:
    """Budget of the stage.

    Attributes:
        views: most views to add.
        rule: what chooses them: ``gain`` (what shows most of the unseen room) or ``original``, the rule of the
            original for three photos.
        seed: of the inpainting.
    """

    views: int = 5
    rule: Literal["gain", "original"] = "gain"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.views < 0:
            raise ValueError(f"{self.views} views cannot be added; give 0 or more")


def generate_views(
    maps: PointMaps,
    surface: Surface,
    inpainter: Inpainter,
    settings: GenerateSettings | None = None,
    progress: Progress | None = None,
    layouts: RoomLayouts | None = None,
) -> GeneratedRoom:
    """Add views until the photos and they show nearly everything, or the budget is spent.

    Args:
        maps: of the room, from photos.
        surface: made of them.
        inpainter: fills the holes; others stand in where it fails.
        layouts: of the photos: their box stands in for sides without points; the original's rule needs them.
    """
    settings, progress = settings or GenerateSettings(), progress or Progress()
    progress(0.0, "looking for what no photo shows")
    holes = report_holes(maps, box=layouts.box if layouts else None)
    rule = original_decision(maps, layouts) if layouts else None
    decision, sight = _first_decision(maps, surface, holes, rule, settings)
    if decision.outcome is not Outcome.VIEW or settings.views == 0:
        return _record(maps, maps, decision, rule, (holes, holes), (), ())
    grown = _Grown(maps, holes)
    _grow(grown, surface, decision.chosen[0], sight, inpainter, settings, progress)
    progress(1.0, f"{len(grown.added)} new views")
    decision = replace(decision, chosen=tuple(grown.chosen))
    notes = tuple(f"{name} was skipped: {why}" for name, why in grown.skipped.items())
    return _record(maps, grown.maps, decision, rule, (holes, grown.holes), tuple(grown.added), notes)


def _first_decision(
    maps: PointMaps,
    surface: Surface,
    holes: HoleReport,
    rule: RuleDecision | None,
    settings: GenerateSettings,
) -> tuple[ViewDecision, Sight]:
    """The views to begin with, and what every camera that may be chosen would see."""
    if settings.rule == "original":
        rule = rule or RuleDecision(
            Outcome.NOT_POSSIBLE, "the original's rule needs three photos with a layout"
        )
        decision = original_view(maps, surface, holes, rule)
        offered = [(c.photo_id, c.turn_rad, c.viewpoint) for c in decision.chosen]
        return decision, Sight.of(offered, surface, holes)
    sight = Sight.of(candidate_viewpoints(maps), surface, holes)
    return decide(maps, surface, holes, max(settings.views, 1), sight=sight), sight


def _grow(
    grown: "_Grown",
    surface: Surface,
    first: Candidate,
    sight: Sight,
    inpainter: Inpainter,
    settings: GenerateSettings,
    progress: Progress,
) -> None:
    """Add views to ``grown`` until nothing is worth another, or the budget is spent."""
    wanted = min(settings.views, len(sight.offered))
    candidate: Candidate | None = first
    aside: list[Candidate] = []
    begin, length = _PAINTING
    while candidate is not None and len(grown.added) < wanted:
        number = len(grown.added) + 1
        part = progress.part(begin + length * (number - 1) / wanted, begin + length * number / wanted)
        part(0.0, f"new view {number} of at most {wanted}: {candidate.name}")
        try:
            grown.add(candidate, *_added(grown, surface, candidate, inpainter, settings.seed, part))
            aside = []
        except TooLittleKnown as error:
            aside.append(candidate)
            grown.skipped[candidate.name] = error.message
        except InpaintingError as error:
            grown.failed.append(candidate)
            grown.skipped[candidate.name] = error.message
        left = sight.without(grown.chosen + grown.failed + aside)
        again = decide(grown.maps, surface, grown.holes, sight=left)
        candidate = again.chosen[0] if again.chosen else None


class TooLittleKnown(InpaintingError):
    """A picture that shows nothing known yet; with the next added view that can change."""


@dataclass
class _Grown:
    """The room while views are added: each next one is chosen for what those before it left open."""

    maps: PointMaps
    holes: HoleReport
    added: list[AddedView] = field(default_factory=list)
    chosen: list[Candidate] = field(default_factory=list)
    failed: list[Candidate] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)

    def add(self, candidate: Candidate, view: View, record: AddedView) -> None:
        self.maps = replace(self.maps, views=(*self.maps.views, view))
        self.holes = seen_also(self.holes, [view])
        self.added.append(record)
        self.chosen.append(candidate)
        self.skipped.pop(candidate.name, None)


def _record(
    photos: PointMaps,
    maps: PointMaps,
    decision: ViewDecision,
    rule: RuleDecision | None,
    holes: tuple[HoleReport, HoleReport],
    added: tuple[AddedView, ...],
    notes: tuple[str, ...],
) -> GeneratedRoom:
    before, after = holes
    return GeneratedRoom(
        maps=maps,
        outcome=decision.outcome,
        reason=decision.reason,
        added=added,
        holes_before=before.summary(),
        holes_after=after.summary(),
        unseen_before=before.unseen_share,
        unseen_after=after.unseen_share,
        plan=draw_plan(photos, before, decision),
        original=None if rule is None else asdict(rule),
        ranked=[{"view": candidate.name, "gain_m2": candidate.gain_m2} for candidate in decision.ranked],
        notes=(*notes, *(f"{view.name}: {note}" for view in added for note in view.notes)),
    )


def _added(
    grown: _Grown,
    surface: Surface,
    candidate: Candidate,
    inpainter: Inpainter,
    seed: int,
    progress: Progress,
) -> tuple[View, AddedView]:
    """One more view, and its record."""
    maps, holes = grown.maps, grown.holes
    seen = render_view(surface, maps, candidate.viewpoint, (holes.low, holes.high))
    if seen.known_share < _LEAST_KNOWN:
        raise TooLittleKnown(f"only {100 * seen.known_share:.0f} % of the picture are known.")
    if not seen.unknown.any():
        raise InpaintingError("nothing of it is unknown.")
    planes, depth = scene_planes(seen, holes)
    new = seen.unknown & np.isfinite(depth)
    if not new.any():
        raise InpaintingError("no place behind its unknown pixels is known.")
    number = len(grown.added) + 1
    hole = Hole(seen.image, seen.unknown, candidate.viewpoint.K, planes, seed + number)
    filled = inpaint(hole, inpainter, progress)
    points = candidate.viewpoint.centre + candidate.viewpoint.rays() * depth[..., None]
    view = View(
        photo_id=f"{_PREFIX}-{number}",
        image=filled.image,
        world_from_camera=candidate.viewpoint.world_from_camera,
        K=candidate.viewpoint.K,
        points=np.where(new[..., None], points, np.nan).astype(np.float32),
        confidence=np.where(new, _CONFIDENCE, 0.0).astype(np.float32),
        source=np.where(new, Source.GENERATED, Source.NONE).astype(np.uint8),
    )
    record = AddedView(
        photo_id=view.photo_id,
        name=candidate.name,
        before=seen.image,
        after=filled.image,
        unknown=seen.unknown,
        backend=filled.backend,
        gain_m2=candidate.gain_m2,
        notes=filled.notes,
    )
    return view, record


def scene_planes(seen: NewView, holes: HoleReport) -> tuple[PlaneLabels, Float[np.ndarray, "H W"]]:
    """Which side of the room each pixel lies on (-1: on something in it), and the depth for unknown pixels.

    The depth is NaN where only the back of a surface is in view: what faces the camera there is not known.
    """
    viewpoint = seen.viewpoint
    rays = viewpoint.rays()
    exit_depth, _ = leave_box(viewpoint.centre, rays, (holes.low, holes.high))
    ends = viewpoint.centre + rays * np.where(np.isfinite(exit_depth), exit_depth, 0.0)[..., None]
    gaps = np.stack([np.abs(ends[..., face.axis] - face.offset) for face in holes.faces])
    side = gaps.argmin(axis=0)
    in_front = exit_depth - np.nan_to_num(seen.depth_m, nan=np.inf) > np.maximum(
        _IN_FRONT_M, _IN_FRONT * exit_depth
    )
    labels = np.where(in_front | ~np.isfinite(exit_depth), -1, side)
    depth = np.where(in_front, np.where(seen.facing, seen.depth_m, np.nan), exit_depth)
    depth = np.where(np.isfinite(depth), depth, np.nan)
    return _plane_labels(labels, seen, holes), depth


def _plane_labels(labels: Int[np.ndarray, "H W"], seen: NewView, holes: HoleReport) -> PlaneLabels:
    rotation, centre = seen.viewpoint.world_from_camera[:3, :3], seen.viewpoint.centre
    normals, offsets, axes = [], [], []
    for face in holes.faces:
        others = [axis for axis in range(3) if axis != face.axis]
        normals.append(rotation[face.axis])
        gap = face.offset - float(centre[face.axis])
        offsets.append(gap if abs(gap) > 1e-6 else 1e-6)
        axes.append(rotation[others])
    return PlaneLabels(labels.astype(np.int16), np.array(normals), np.array(offsets), np.array(axes))
