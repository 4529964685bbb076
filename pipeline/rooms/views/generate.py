"""The missing views: rendered, inpainted, given depth, and put back among the point maps as generated.

Each round renders the room from a chosen camera, fills what no photo shows, and gives the filled pixels the
depth of the room's side behind them, or of the surface where one stands in front of it. Known pixels are left
to the photos that took them, so what was measured stays as it is.
"""

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal, Self

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8
from PIL import Image

from pipeline.progress import Progress
from pipeline.rooms.inpainting import Hole, Inpainter, InpaintingError, PlaneLabels, inpaint
from pipeline.rooms.layout import RoomLayouts
from pipeline.rooms.photos import RoomPhoto
from pipeline.rooms.scene import PointMaps, Source, View
from pipeline.rooms.surface import Surface
from pipeline.rooms.views.choice import (
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

_CONFIDENCE: Final = 0.2
_ON_PLANE_M: Final = 0.05
_IN_FRONT_M: Final = 0.15
_LEAST_KNOWN: Final = 0.02
_PREFIX: Final = "generated"
_PLAN: Final = "plan.svg"


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


@dataclass(frozen=True)
class AddedView:
    """One generated view, for the record.

    Attributes:
        photo_id: under which it stands in the point maps.
        name: where its camera stands, in words.
        before, after: the picture as rendered and as filled.
        unknown: what was filled.
        backend: that filled it; ``notes`` says which ones failed before.
        gain_m2: unseen area that it was expected to show.
    """

    photo_id: str
    name: str
    before: UInt8[np.ndarray, "H W 3"]
    after: UInt8[np.ndarray, "H W 3"]
    unknown: Bool[np.ndarray, "H W"]
    backend: str
    gain_m2: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class GeneratedRoom:
    """Point maps with the generated views, and how they came about.

    Attributes:
        maps: the photos' views, unchanged, then the generated ones.
        outcome, reason: of the decision: whether a view was needed and possible.
        added: the generated views.
        holes_before, holes_after: rows of the hole report (square metres).
        unseen_before, unseen_after: share of floor, ceiling and walls on no picture.
        plan: the decision as a picture (SVG): the room from above.
        original: what the original's rule says (outcome, reason, photo_id, side), for three photos.
        ranked: what each place to stand would have shown (square metres), best first.
        notes: what did not go as planned.
    """

    maps: PointMaps
    outcome: Outcome
    reason: str
    added: tuple[AddedView, ...]
    holes_before: list[dict[str, float | str]] = field(default_factory=list)
    holes_after: list[dict[str, float | str]] = field(default_factory=list)
    unseen_before: float = 0.0
    unseen_after: float = 0.0
    plan: str = ""
    original: dict[str, str | None] | None = None
    ranked: list[dict[str, float | str]] = field(default_factory=list)
    notes: tuple[str, ...] = ()

    def save(self, folder: Path) -> None:
        """Write the point maps, ``views.json``, ``plan.svg``, and three pictures for each generated view."""
        self.maps.save(folder / "maps")
        rows = []
        for index, view in enumerate(self.added):
            for name in ("before", "after"):
                Image.fromarray(getattr(view, name)).save(folder / _picture(index, name))
            Image.fromarray(view.unknown).save(folder / _picture(index, "mask"))
            rows.append(
                {
                    "photo_id": view.photo_id,
                    "name": view.name,
                    "backend": view.backend,
                    "gain_m2": view.gain_m2,
                    "notes": view.notes,
                }
            )
        head = {
            "outcome": self.outcome,
            "reason": self.reason,
            "views": rows,
            "holes_before": self.holes_before,
            "holes_after": self.holes_after,
            "unseen_before": self.unseen_before,
            "unseen_after": self.unseen_after,
            "original": self.original,
            "ranked": self.ranked,
            "notes": self.notes,
        }
        (folder / _PLAN).write_text(self.plan, encoding="utf-8")
        (folder / "views.json").write_text(json.dumps(head, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what :meth:`save` wrote."""
        head: dict[str, Any] = json.loads((folder / "views.json").read_text(encoding="utf-8"))
        rows = head.pop("views")
        pictures = [
            [_read(folder / _picture(index, name)) for name in ("before", "after", "mask")]
            for index in range(len(rows))
        ]
        added = [
            AddedView(
                photo_id=row["photo_id"],
                name=row["name"],
                before=before,
                after=after,
                unknown=mask.astype(bool),
                backend=row["backend"],
                gain_m2=row["gain_m2"],
                notes=tuple(row["notes"]),
            )
            for row, (before, after, mask) in zip(rows, pictures, strict=True)
        ]
        outcome, notes = Outcome(head.pop("outcome")), tuple(head.pop("notes"))
        maps, plan = PointMaps.load(folder / "maps"), (folder / _PLAN).read_text(encoding="utf-8")
        return cls(maps=maps, outcome=outcome, added=tuple(added), plan=plan, notes=notes, **head)

    def photos(self, folder: Path) -> list[RoomPhoto]:
        """The generated pictures in ``folder`` as photos, for the texture."""
        return [
            RoomPhoto(view.photo_id, folder / _picture(index, "after"), *view.after.shape[1::-1])
            for index, view in enumerate(self.added)
        ]


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
    if settings.rule == "original":
        rule = rule or RuleDecision(
            Outcome.NOT_POSSIBLE, "the original's rule needs three photos with a layout"
        )
        decision = original_view(maps, surface, holes, rule)
        sight = Sight.of([(c.photo_id, c.turn_rad, c.viewpoint) for c in decision.chosen], surface, holes)
    else:
        sight = Sight.of(candidate_viewpoints(maps), surface, holes)
        decision = decide(maps, surface, holes, max(settings.views, 1), sight=sight)
    if decision.outcome is not Outcome.VIEW or settings.views == 0:
        return _record(maps, maps, decision, rule, (holes, holes), (), ())
    wanted = min(settings.views, len(sight.offered))
    grown = _Grown(maps, holes)
    candidate: Candidate | None = decision.chosen[0]
    aside: list[Candidate] = []
    while candidate is not None and len(grown.added) < wanted:
        number = len(grown.added) + 1
        part = progress.part(0.1 + 0.85 * (number - 1) / wanted, 0.1 + 0.85 * number / wanted)
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
        again = decide(maps, surface, grown.holes, sight=sight.without(grown.chosen + grown.failed + aside))
        candidate = again.chosen[0] if again.chosen else None
    progress(1.0, f"{len(grown.added)} new views")
    decision = replace(decision, chosen=tuple(grown.chosen))
    notes = tuple(f"{name} was skipped: {why}" for name, why in grown.skipped.items())
    return _record(maps, grown.maps, decision, rule, (holes, grown.holes), tuple(grown.added), notes)


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
    in_front = exit_depth - np.nan_to_num(seen.depth_m, nan=np.inf) > np.maximum(_IN_FRONT_M, 0.05 * exit_depth)
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


def _picture(index: int, name: str) -> str:
    return f"view_{index + 1:02d}_{name}.png"


def _read(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)
