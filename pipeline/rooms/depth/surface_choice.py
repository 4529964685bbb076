"""The surface that every pixel of a photo shows: one of the room's planes, or its own."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from jaxtyping import Bool, Float, Float32, Int, UInt8
from scipy import ndimage

from pipeline.rooms.box import RoomPlane, inside_hull
from pipeline.rooms.depth.edges import Ground, distance_over_edges
from pipeline.rooms.depth.labelling import label_pixels
from pipeline.rooms.depth.looked_through import looked_through
from pipeline.rooms.depth.offered_planes import FAR, NEAR, UNKNOWN_MATCH, OfferedPlanes
from pipeline.rooms.depth.smooth_fill import is_textured
from pipeline.rooms.scene import points_at
from pipeline.rooms.stereo import StereoDepth, StereoInput

#: a plane this close to a measured pixel is what was measured, share of depth; wider without gain on walls
SNAP = 0.015
#: steps of lightness in the colour models, count; set by hand, effect not measured
_COLORS = 12
#: weight of the colour models, cost per logarithm; set by hand, effect not measured
_COLOR_WEIGHT = 0.2
#: fewest measured pixels that one needs, count; set by hand, effect not measured
_LEAST_COLORED = 150
#: blur of the photo before its colours are told, px; set by hand, effect not measured
_COLOR_BLUR_PX = 1.0
#: blur of the colour models, steps; set by hand, effect not measured
_MODEL_BLUR = 0.7
#: share of a colour below which it is not told from none, share; set by hand, effect not measured
_LEAST_SHARE = 1e-4
#: logarithms of ratios that count at least and at most, none; set by hand, effect not measured
_COLOR_RANGE = (-2.0, 1.0)
#: sum of a bright pixel's channels, levels; by definition, 3 x 256
_BRIGHTEST = 768.0
#: share of measured pixels from which on the colour models are trusted in full, share; set by hand, effect not
#: measured
_WELL_MEASURED = 0.2
#: cost of a plane where a rough depth is off it, none; set by hand, effect not measured
_ROUGH_COST = 0.5
#: share of the distance to a rough depth that counts, share; .4 and .2 while it reached over edges
_ROUGH_REACH = 0.02
#: cost of the colours of rough depths above which a pixel has others, none; set by hand, effect not measured
_ROUGH_COLOR = 0.04
#: cost of a closing plane per unit of distance to its measured part, and the most units, 1 / units and units;
#: .12 with four paths, .15 with eight
_CLOSING_AWAY = (0.15, 1.0)
#: cost of an inner plane per unit of distance to its measured part, and the most units, 1 / units and units;
#: set by hand, effect not measured
_INNER_AWAY = (0.45, 2.0)
#: power of its area (units squared) by which a large inner plane goes on farther, none; set by hand, effect not
#: measured
_LARGER = 0.25
#: cost of a closing plane that was measured nowhere, none; set by hand, effect not measured
_UNSEEN_COST = 0.04
#: cost of an upright inner plane on plain ground, which is a wall more often than a piece of furniture, none;
#: set by hand, effect not measured
_PLAIN_UPRIGHT = 0.1
#: cost of its colours up to which a plane has those of the plain ground, none; set by hand, effect not measured
_OWN_COLORS = 0.03
#: cost below which the photos agree with a plane, none; set by hand, effect not measured
_MATCHES = 0.15
#: distance to where it was measured at which a surface costs 1, px; 24 and 30 at first, 15 since planes begin
#: nearer to what was measured
_SPREAD_PX = 15.0
#: most that a surface costs by that distance, none; set by hand, effect not measured
_MOST_SPREAD = 0.7
#: cost of a change of surface in a smooth region, none; 1.5 with eight paths, others without gain
_SMOOTH = 1.5
#: cost where nothing can be, none; set by hand, effect not measured
_IMPOSSIBLE = 5.0
#: cost of a surface outside the room, none; set by hand, effect not measured
_OUTSIDE = 1.0
#: how far outside a plane and a pixel's own surface may lie, units; set by hand, effect not measured
_MARGINS = (0.03, 0.05)
#: cost of each photo, of two at most, that looks through a plane, none; set by hand, effect not measured
_THROUGH_COST = 0.5
#: cost of a plane off a measured pixel, and per unit of distance to the plane's measured part, none; set by
#: hand, effect not measured
_OFF_MEASURED = (1.5, 0.1)
#: difference from the measured depth at which it costs that, logarithm of depth; set by hand, effect not
#: measured
_OFF_DEPTH = 0.02
#: cost of a pixel's own surface where it was measured and where it was not, none; set by hand, effect not
#: measured
_OWN_COST = (0.25, 0.3)
#: pixels for which a plane must be the cheapest to be worth its time, share; set by hand, effect not measured
_USEFUL = 0.002


@dataclass(frozen=True)
class PhotoFacts:
    """What is known of every pixel of a photo before surfaces are chosen.

    Attributes:
        own: inverse depth of the pixel's own surface: measured, or filled in from around.
        measured: by stereo.
        alone: of a rough depth that no plane comes near.
        edge: 1 where the photo is smooth, towards 0 across its edges.
        ground: where it is plain.
    """

    own: Float[np.ndarray, "H W"]
    measured: Bool[np.ndarray, "H W"]
    alone: Bool[np.ndarray, "H W"]
    edge: Float32[np.ndarray, "H W"]
    ground: Ground


@dataclass(frozen=True)
class Chosen:
    """The surface of every pixel.

    Attributes:
        labels: number of the offered plane; the number of planes stands for the pixel's own surface.
        candidate: inverse depth on each plane and, last, on its own surface.
    """

    labels: Int[np.ndarray, "H W"]
    candidate: Float[np.ndarray, "H W L"]

    @property
    def inverse_depth(self) -> Float[np.ndarray, "H W"]:
        """Of the chosen surfaces."""
        chosen = np.take_along_axis(self.candidate, self.labels[..., None], axis=2)
        depth: Float[np.ndarray, "H W"] = chosen[..., 0]
        return depth

    @property
    def on_plane(self) -> Bool[np.ndarray, "H W"]:
        """Pixels that show a plane of the room."""
        on: Bool[np.ndarray, "H W"] = self.labels < self.candidate.shape[2] - 1
        return on


@dataclass(frozen=True)
class Surfaces:
    """What the pixels of a photo may show.

    Attributes:
        candidate: inverse depth on each offered plane and, last, on the pixel's own surface.
        cost: of each of them.
        facts: what is known of the pixels.
    """

    candidate: Float[np.ndarray, "H W L"]
    cost: Float32[np.ndarray, "H W L"]
    facts: PhotoFacts

    @classmethod
    def of(
        cls,
        data: StereoInput,
        depths: list[StereoDepth],
        planes: list[RoomPlane],
        offered: OfferedPlanes,
        index: int,
        facts: PhotoFacts,
    ) -> Self:
        """Of one photo.

        Args:
            data: photos and cameras in the room frame.
            depths: stereo result of every photo.
            planes: of the room.
            offered: those that the photo may show.
            index: of the photo.
            facts: what is known of its pixels.
        """
        raw = np.concatenate([offered.inverse_depth, facts.own[..., None]], axis=2)
        candidate = np.clip(raw, 1 / FAR, 1 / NEAR)
        costs = _Costs.of(data, depths, [plane for plane in planes if plane.hull], index, facts)
        unary = np.full(candidate.shape, _IMPOSSIBLE, np.float32)
        for label, plane in enumerate(offered.planes):
            unary[..., label] = costs.on_plane(plane, candidate[..., label], offered.match[label])
        unary[..., -1] = costs.on_own()
        unary[(raw <= 1 / FAR) | (raw >= 1 / NEAR)] = _IMPOSSIBLE
        return cls(candidate, unary, facts)

    def judged(self, cost_of: Callable[[Float[np.ndarray, "H W"]], Float32[np.ndarray, "H W"]]) -> Self:
        """With what ``cost_of`` says of every candidate (an inverse depth) of the pixels not measured."""
        more = np.stack([cost_of(w) for w in np.moveaxis(self.candidate, 2, 0)], axis=2)
        return replace(self, cost=self.cost + np.where(self.facts.measured[..., None], 0, more))

    def choose(self) -> Chosen:
        """The surface that each pixel shows: cheap, and the same as beside it where the photo is smooth."""
        unary, last = self.cost, self.cost.shape[2] - 1
        # planes that win hardly anywhere only cost time
        wins = np.bincount(np.argmin(unary, axis=2).ravel(), minlength=last + 1)
        useful = np.flatnonzero((wins > _USEFUL * self.facts.own.size) | (np.arange(last + 1) == last))
        unary = np.ascontiguousarray(unary[..., useful])
        depth = -np.log(self.candidate[..., useful]).astype(np.float32)
        return Chosen(useful[label_pixels(unary, depth, self.facts.edge, _SMOOTH)], self.candidate)


def goes_on(plane: RoomPlane) -> bool:
    """Whether plain ground is likely to be this plane where it goes on behind something nearer."""
    return plane.hull


@dataclass(frozen=True)
class _Costs:
    """Cost of a surface at every pixel of a photo.

    Attributes:
        data: photos and cameras.
        depths: stereo result of every photo.
        closing: planes that close the room.
        index: of the photo.
        facts: what is known of its pixels.
        spread: by the distance to where something was measured.
        over_edges: the same along paths on which edges of the photo count.
        colors: cell of the colour of every pixel.
        trust: in the colours of what was measured.
    """

    data: StereoInput
    depths: list[StereoDepth]
    closing: list[RoomPlane]
    index: int
    facts: PhotoFacts
    spread: Float[np.ndarray, "H W"]
    over_edges: Float32[np.ndarray, "H W"]
    colors: Int[np.ndarray, "H W"]
    trust: float

    @classmethod
    def of(
        cls,
        data: StereoInput,
        depths: list[StereoDepth],
        closing: list[RoomPlane],
        index: int,
        facts: PhotoFacts,
    ) -> "_Costs":
        surely = facts.measured & ~facts.ground.borrowed
        over_edges = distance_over_edges(surely, facts.edge)
        return cls(
            data,
            depths,
            closing,
            index,
            facts,
            spread=_spread(ndimage.distance_transform_edt(~facts.measured)),
            over_edges=_spread(over_edges),
            colors=_color_cells(data.images[index]),
            trust=min(1.0, float(facts.measured.mean()) / _WELL_MEASURED),
        )

    def points(self, w: Float[np.ndarray, "H W"]) -> Float[np.ndarray, "H W 3"]:
        """World points at inverse depth ``w``."""
        return points_at(w, self.data.K[self.index], self.data.world_from_camera[self.index])

    def largeness(self, plane: RoomPlane) -> float:
        """How much farther than a small inner plane this one is likely to go on (1: no farther)."""
        area = plane.weight / float(np.median(self.data.K[:, 0, 0])) ** 2
        return 1.0 if plane.hull else max(1.0, area) ** _LARGER

    def on_plane(
        self, plane: RoomPlane, w: Float[np.ndarray, "H W"], match: Float32[np.ndarray, "H W"]
    ) -> Float[np.ndarray, "H W"]:
        """Of a plane with inverse depths ``w`` on which the photos match with cost ``match``."""
        measured, ground, stuck = self.facts.measured, self.facts.ground, self.depths[self.index].inverse_depth
        points = self.points(w)
        slope, most = _CLOSING_AWAY if plane.hull else _INNER_AWAY
        away = np.minimum(plane.distance_at(points), most)
        other_color = self.trust * _color_cost(self.colors, measured & (np.abs(w / stuck - 1.0) < SNAP))
        cost = slope / self.largeness(plane) * away + other_color
        cost += _UNSEEN_COST * (plane.hull and plane.weight <= 0)
        cost += _PLAIN_UPRIGHT * (not plane.hull and plane.axis < 2) * ground.plain
        cost += _OUTSIDE * (~inside_hull(self.closing, points, _MARGINS[0]))
        cost += _THROUGH_COST * np.minimum(looked_through(self.data, self.depths, self.index, w), 2)
        cost += _ROUGH_COST * self.facts.alone
        stands = measured
        if goes_on(plane):
            behind = (other_color <= _OWN_COLORS) & (ground.plain | (match < _MATCHES))
            match = np.where(ground.borrowed, UNKNOWN_MATCH, match)
            cost -= np.where(behind, self.over_edges - self.spread, 0.0)
            stands = measured & ~(ground.borrowed & behind)
        off, per_unit = _OFF_MEASURED
        differs = np.minimum(np.abs(np.log(w / stuck)) / _OFF_DEPTH, 1.0)
        full: Float[np.ndarray, "H W"] = np.where(stands, off * differs + per_unit * away, cost + match)
        return full

    def on_own(self) -> Float[np.ndarray, "H W"]:
        """Of the pixel's own surface."""
        measured, alone, spread = self.facts.measured, self.facts.alone, self.spread
        if alone.any():
            rough = _spread(_ROUGH_REACH * distance_over_edges(alone, self.facts.edge))
            alike = is_textured(self.data.images[self.index])
            alike &= _color_cost(self.colors, alone) <= _ROUGH_COLOR
            spread = np.where(alike, np.minimum(spread, rough), spread)
        outside = ~inside_hull(self.closing, self.points(self.facts.own), _MARGINS[1])
        sure, unsure = _OWN_COST
        cost: Float[np.ndarray, "H W"] = np.where(measured, sure, unsure + spread + _OUTSIDE * outside)
        return cost


def _spread(far_px: Float[np.ndarray, "H W"]) -> Float[np.ndarray, "H W"]:
    cost: Float[np.ndarray, "H W"] = np.minimum(far_px / _SPREAD_PX, _MOST_SPREAD)
    return cost


def _color_cells(image: UInt8[np.ndarray, "H W 3"]) -> Int[np.ndarray, "H W"]:
    """Cell of every pixel in a coarse grid of lightness and two opponent colours."""
    r, g, b = (ndimage.gaussian_filter(image[..., k].astype(np.float32), _COLOR_BLUR_PX) for k in range(3))
    lightness = np.clip((r + g + b) / _BRIGHTEST * _COLORS, 0, _COLORS - 1).astype(np.int64)
    opponents = [
        np.clip(((a + 128.0) / 256.0) * 2 * _COLORS, 0, 2 * _COLORS - 1).astype(np.int64)
        for a in (r - g, (r + g) / 2 - b)
    ]
    cells: Int[np.ndarray, "H W"] = (lightness * 2 * _COLORS + opponents[0]) * 2 * _COLORS + opponents[1]
    return cells


def _color_cost(cells: Int[np.ndarray, "H W"], on: Bool[np.ndarray, "H W"]) -> Float[np.ndarray, "H W"]:
    """Cost of a plane from its colours: below 0 where they are those of its measured part, above where not.

    Colour models of surfaces as in Gallup et al. 2010, as a ratio to the colours of the whole photo.
    """
    if on.sum() < _LEAST_COLORED:
        return np.zeros(cells.shape)
    grid = (_COLORS, 2 * _COLORS, 2 * _COLORS)
    whole, mine = (
        ndimage.gaussian_filter(
            np.bincount(c, minlength=grid[0] * grid[1] * grid[2]).reshape(grid) * 1.0, _MODEL_BLUR
        )
        for c in (cells.reshape(-1), cells[on])
    )
    ratio = (mine / mine.sum() + _LEAST_SHARE) / (whole / whole.sum() + _LEAST_SHARE)
    cost: Float[np.ndarray, "H W"] = -_COLOR_WEIGHT * np.clip(np.log(ratio), *_COLOR_RANGE).reshape(-1)[cells]
    return cost
