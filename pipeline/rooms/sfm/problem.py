"""What is known about the photos of a room before a model is chosen, and how cameras agree with their lines."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from jaxtyping import Bool, Float

from pipeline.rooms.axes import (
    ManhattanFit,
    RoomAxes,
    fit_manhattan,
    fit_room_axes,
    mean_up,
    quarter_turns,
    with_up,
)
from pipeline.rooms.sfm.joint_adjustment import adjust_together
from pipeline.rooms.sfm.prepared import Focals, PreparedPhoto
from pipeline.rooms.sfm.principal_point import lowered, principal_rows
from pipeline.rooms.sfm.process_files import read_matches
from pipeline.rooms.sfm.reconstruction import Intrinsics, Matches, Reconstruction
from pipeline.rooms.sfm.room_scale import RoomPictures
from pipeline.rooms.sfm.second_look import SecondLook, joined

#: line weight that points to the axes before a photo's own frame is believed, share; set by hand, effect not
#: measured
CLEAR_LINES: Final = 0.25
#: agreement with the room's axes from which a photo is trusted, share; set by hand, effect not measured
TRUSTED: Final = 0.85
#: how far a photo's own rotation may be from the points' to be used in an adjustment, degrees; set by hand,
#: effect not measured
_NEAR_DEG: Final = 12.0
#: relative uncertainty of a focal length that nothing else is said about, share; set by hand, effect not
#: measured
_FOCAL_SIGMA: Final = 0.04


@dataclass(frozen=True)
class Problem:
    """Everything known about the photos of the room before a model is chosen.

    Attributes:
        fits: Manhattan frame of every photo, ``None`` where its lines do not tell.
        matches: of the first look, and of the second where there was one.
        given: intrinsics before anything was refined.
        result: content of the process's ``result.json``.
        min_observations: points that a photo must see to count as placed.
        pictures: the photos, to judge cameras by the room's box.
        again: what the second look found.
    """

    photos: list[PreparedPhoto]
    fits: list[ManhattanFit | None]
    matches: Matches
    given: Intrinsics
    result: dict[str, Any]
    min_observations: int
    seed: int
    pictures: RoomPictures
    again: SecondLook

    @classmethod
    def read(
        cls,
        photos: list[PreparedPhoto],
        focals: Focals,
        result: dict[str, Any],
        folder: Path,
        again: SecondLook,
        min_observations: int,
        seed: int,
    ) -> Self:
        """From what the structure-from-motion process left in ``folder`` and a second look found."""
        fits = [fit_manhattan(p.segments, focals.px(p) * p.segment_scale) for p in photos]
        given = given_intrinsics(photos, focals)
        first = read_matches(folder / "matches.npz", [p.name for p in photos])
        matches = joined(first, again, given, seed)
        pictures = RoomPictures([p.image for p in photos])
        return cls(photos, fits, matches, given, result, min_observations, seed, pictures, again)

    @property
    def clear(self) -> Bool[np.ndarray, " N"]:
        """Photos with enough straight lines to tell their orientation."""
        return np.array([fit is not None and fit.support >= CLEAR_LINES for fit in self.fits])

    def with_principal_rows(self, state: Reconstruction) -> tuple[Self, Reconstruction]:
        """The same with the principal point of every lens at the height where straight lines put it."""
        scales = np.array([p.segment_scale for p in self.photos])
        segments = [p.segments for p in self.photos]
        rows = principal_rows(segments, scales, self.fits, self.clear, state.intrinsics)
        photos = [
            replace(p, segments=p.segments.lowered(float(row) * p.segment_scale))
            for p, row in zip(self.photos, rows, strict=True)
        ]
        fits = [fit and fit_manhattan(p.segments, None, fit) for p, fit in zip(photos, self.fits, strict=True)]
        return replace(self, photos=photos, fits=fits), lowered(state, rows)

    def room_axes(self, state: Reconstruction) -> tuple[RoomAxes | None, Float[np.ndarray, " N"]]:
        """Common room axes of the placed photos, and how well each agrees with them (0 where not placed)."""
        agreement = np.zeros(len(self.photos))
        scales = [self.photos[i].segment_scale for i in state.photos]
        focals = [state.intrinsics.focal_of(i) * scale for i, scale in zip(state.photos, scales, strict=True)]
        axes = fit_room_axes(
            [self.photos[i].segments for i in state.photos],
            focals,
            [state.rotation[i] for i in state.photos],
            [self.fits[i] for i in state.photos],
        )
        agreement[state.photos] = 1.0 if axes is None else axes.photo_support
        # a photo without clear lines cannot disagree
        vague = state.placed & ~self.clear
        agreement[vague] = np.maximum(agreement[vague], TRUSTED)
        return axes, agreement

    def by_own_lines(
        self, state: Reconstruction, axes: RoomAxes | None, most_deg: float
    ) -> tuple[Float[np.ndarray, "N 3 3"], Bool[np.ndarray, " N"]]:
        """Rotation of every placed photo by its own lines, where within ``most_deg`` of the given one."""
        rotation, use = state.rotation.copy(), np.zeros(len(self.photos), bool)
        for i in np.flatnonzero(state.placed & self.clear):
            fit = self.fits[i]
            if axes is None or fit is None:
                continue
            options = [turn @ axes.world_from_room.T for turn in quarter_turns(fit.camera_from_room)]
            best = max(options, key=lambda option: float(np.trace(option.T @ state.rotation[i])))
            close = (np.trace(best.T @ state.rotation[i]) - 1) / 2 > np.cos(np.radians(most_deg))
            rotation[i], use[i] = best, bool(close)
        return rotation, use

    def adjusted(self, state: Reconstruction, axes: RoomAxes | None, forgiving: bool = False) -> Reconstruction:
        """Cameras and points that agree with the matches and, where that is near, with the photos' lines."""
        rotation, use = self.by_own_lines(state, axes, _NEAR_DEG)
        return adjust_together(state, self.matches, rotation, use, forgiving)

    def shared(self, photo: int, state: Reconstruction) -> int:
        """Matches of a photo with placed photos."""
        return sum(
            len(pair)
            for (a, b), pair in self.matches.pairs.items()
            if (photo == a and state.placed[b]) or (photo == b and state.placed[a])
        )


def room_from_world(state: Reconstruction, axes: RoomAxes) -> Float[np.ndarray, "3 3"]:
    """Rotation to the room's axes, z up."""
    return with_up(axes.world_from_room.T, mean_up(list(state.rotation[state.placed])))


def given_intrinsics(photos: list[PreparedPhoto], focals: Focals) -> Intrinsics:
    """Intrinsics before anything is refined: the optical axis through the middle of every photo."""
    keys = sorted({p.camera_key for p in photos})
    focal_px = {p.camera_key: focals.px(p) for p in photos}
    prior = np.array([focal_px[key] for key in keys])
    return Intrinsics(
        lens=np.array([keys.index(p.camera_key) for p in photos]),
        focal=prior.copy(),
        focal_prior=prior,
        focal_sigma=np.array([focals.sigma.get(key, _FOCAL_SIGMA) for key in keys]),
        principal=np.array([[(p.image.shape[1] - 1) / 2, (p.image.shape[0] - 1) / 2] for p in photos]),
    )
