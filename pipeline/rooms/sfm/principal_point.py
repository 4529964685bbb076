"""Where the optical axis meets the photo, in height: lines tell it where it is not the middle."""

import math
from dataclasses import replace
from typing import Final

import numpy as np
from jaxtyping import Bool, Float
from scipy.spatial.transform import Rotation

from pipeline.rooms.axes import ManhattanFit, Segments, fit_manhattan, principal_row
from pipeline.rooms.sfm.reconstruction import Intrinsics, Reconstruction

#: photos with clear lines that tell of their lens, count; set by hand, effect not measured
_LEAST_PHOTOS: Final = 3


def principal_rows(
    segments: list[Segments],
    scales: Float[np.ndarray, " N"],
    fits: list[ManhattanFit | None],
    clear: Bool[np.ndarray, " N"],
    intrinsics: Intrinsics,
) -> Float[np.ndarray, " N"]:
    """Pixels that the principal point of every photo lies below the given one; 0 where lines do not tell.

    Args:
        segments: of every photo, found at ``scales`` times the size that ``intrinsics`` refers to.
        fits: Manhattan frame of every photo.
        clear: photos whose lines can be trusted.
    """
    rows = np.zeros(len(segments))
    for number, focal in enumerate(intrinsics.focal):
        lens = intrinsics.lens == number
        own = []
        for i in np.flatnonzero(lens & clear):
            fit = fit_manhattan(segments[i], float(focal) * float(scales[i]), fits[i])
            if fit is not None:
                own.append((segments[i], fit))
        if len(own) < _LEAST_PHOTOS:
            continue
        row = principal_row([s for s, _ in own], [fit for _, fit in own])
        longer = np.array([max(s.width_px, s.height_px) for s in segments]) / scales
        rows[lens] = row * longer[lens]
    return rows


def lowered(state: Reconstruction, rows_px: Float[np.ndarray, " N"]) -> Reconstruction:
    """Cameras with their principal points moved down, tilted so that they look where they looked before."""
    rotation, shift, principal = state.rotation.copy(), state.shift.copy(), state.intrinsics.principal.copy()
    for i, row in enumerate(rows_px):
        tilt = Rotation.from_euler("x", math.atan2(row, state.intrinsics.focal_of(i))).as_matrix()
        rotation[i], shift[i] = tilt @ rotation[i], tilt @ shift[i]
        principal[i, 1] += row
    tilted = state.moved(rotation, shift)
    return replace(tilted, intrinsics=replace(state.intrinsics, principal=principal))
