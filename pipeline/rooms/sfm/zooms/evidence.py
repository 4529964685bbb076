"""What lines and matches say of a pair of photos at given focal lengths.

Epipolar geometry alone hardly tells two focal lengths of level cameras: their axes lie in one plane, where it
is degenerate (Sturm and others, "Focal length calibration from two views", 2005). Straight lines make up for
that: at the right focal lengths matches turn the second photo against the first by what the room's axes say.
"""

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import poselib  # type: ignore[import-untyped, unused-ignore]
from jaxtyping import Float

from pipeline.rooms.axes import ManhattanFit, Segments, fit_manhattan, quarter_turns
from pipeline.rooms.scene import rotation_angle_rad

#: how far a match may be off its epipolar line to speak for it, px; set by hand, effect not measured
_LIMIT_PX: Final = 2.0
#: matches that a pair is judged by, count; bounds the time
_MOST_MATCHES: Final = 300
#: rounds of RANSAC, count; bounds the time
_MOST_ROUNDS: Final = 1000
#: matches below which a pair says nothing, count; set by hand, effect not measured
LEAST_MATCHES: Final = 20
#: standard deviation of a turn by matches against that by lines, radians; at true focal lengths more than half
#: of the pairs of hololens n8, icl and scenenet textured are within 3 degrees
_TURN_SIGMA_RAD: Final = math.radians(3.0)
#: a turn that is off by more standard deviations is wrong, and says no more, count; by definition of an outlier
_MOST_SIGMAS: Final = 5.0
#: share of the weight of lines that makes a difference (as in :mod:`pipeline.rooms.axes.manhattan`), share; set
#: by hand, effect not measured
_LINE_UNIT: Final = 0.01


@dataclass(frozen=True, eq=False)
class LensView:
    """One photo as zooms are told from.

    Attributes:
        segments: its straight lines, found at ``segment_scale`` times its size.
        focal_px: the focal length that it shares with the other photos of its camera.
        principal_px: its principal point.
        may_zoom: whether that focal length may be wrong for it (a camera that tells it is right).
    """

    segments: Segments
    segment_scale: float
    focal_px: float
    principal_px: Float[np.ndarray, "2"]
    may_zoom: bool


Pairs = dict[tuple[int, int], tuple[Float[np.ndarray, "M 2"], Float[np.ndarray, "M 2"]]]


@dataclass(frozen=True)
class Evidence:
    """Logarithms of how likely focal lengths are, as ratios to the shared ones; remembered."""

    views: list[LensView]
    pairs: Pairs
    seed: int
    _fits: dict[tuple[int, float], ManhattanFit | None] = field(default_factory=dict)
    _known: dict[tuple[int, int, float, float], tuple[float, float]] = field(default_factory=dict)

    def by_lines(self, photo: int, ratio: float) -> float:
        """What the lines of one photo say."""
        fit = self._fit(photo, ratio)
        return fit.support / _LINE_UNIT / 2 if fit else 0.0

    def by_pair(self, pair: tuple[int, int], ratio: tuple[float, float]) -> tuple[float, float]:
        """What the matches of a pair say, and how their turn and that of the lines agree."""
        key = (*pair, *ratio)
        if key not in self._known:
            self._known[key] = self._compared(pair, ratio)
        return self._known[key]

    def _fit(self, photo: int, ratio: float) -> ManhattanFit | None:
        if (photo, ratio) not in self._fits:
            view = self.views[photo]
            focal = view.focal_px * view.segment_scale * ratio
            self._fits[photo, ratio] = fit_manhattan(view.segments, focal)
        return self._fits[photo, ratio]

    def _compared(self, pair: tuple[int, int], ratio: tuple[float, float]) -> tuple[float, float]:
        focal = [self.views[photo].focal_px * by for photo, by in zip(pair, ratio, strict=True)]
        principal = [self.views[photo].principal_px for photo in pair]
        xy = _few(self.pairs[pair], self.seed)
        second_from_first, explained = _related(xy, focal, principal, self.seed)
        fits = [self._fit(photo, by) for photo, by in zip(pair, ratio, strict=True)]
        if fits[0] is None or fits[1] is None:
            return explained, 0.0
        off = min(
            rotation_angle_rad(second_from_first, fits[1].camera_from_room @ turn.T)
            for turn in quarter_turns(fits[0].camera_from_room)
        )
        return explained, -0.5 * min(off / _TURN_SIGMA_RAD, _MOST_SIGMAS) ** 2


def _few(
    xy: tuple[Float[np.ndarray, "M 2"], Float[np.ndarray, "M 2"]], seed: int
) -> tuple[Float[np.ndarray, "L 2"], Float[np.ndarray, "L 2"]]:
    if len(xy[0]) <= _MOST_MATCHES:
        return xy
    chosen = np.random.default_rng(seed).permutation(len(xy[0]))[:_MOST_MATCHES]
    return xy[0][chosen], xy[1][chosen]


def _related(
    xy: tuple[Float[np.ndarray, "M 2"], Float[np.ndarray, "M 2"]],
    focal: list[float],
    principal: list[Float[np.ndarray, "2"]],
    seed: int,
) -> tuple[Float[np.ndarray, "3 3"], float]:
    """Rotation of the second photo against the first, and the matches that it explains, each by how well."""
    cameras = [
        {"model": "SIMPLE_PINHOLE", "width": 1, "height": 1, "params": [f, *middle]}
        for f, middle in zip(focal, principal, strict=True)
    ]
    options = {"max_epipolar_error": _LIMIT_PX, "seed": seed, "max_iterations": _MOST_ROUNDS}
    pose, _ = poselib.estimate_relative_pose(*xy, *cameras, options, {})
    R, t = np.asarray(pose.R), np.asarray(pose.t)
    x, y = (
        np.concatenate([(p - middle) / f, np.ones((len(p), 1))], axis=1)
        for p, f, middle in zip(xy, focal, principal, strict=True)
    )
    E = np.array([[0, -t[2], t[1]], [t[2], 0, -t[0]], [-t[1], t[0], 0]]) @ R
    forward, backward = x @ E.T, y @ E
    slope = (forward[:, :2] ** 2).sum(axis=1) / focal[1] ** 2 + (backward[:, :2] ** 2).sum(axis=1) / focal[
        0
    ] ** 2
    off_px = np.abs((y * forward).sum(axis=1)) / np.sqrt(np.maximum(slope, 1e-24))
    return R, float(np.clip(1 - (off_px / _LIMIT_PX) ** 2, 0, None).sum())
