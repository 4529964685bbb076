"""The hole report: which part of floor, ceiling and walls no photo saw, how large it is and where."""

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, UInt8
from scipy import ndimage

from pipeline.rooms.new_view import Box, seen_by
from pipeline.rooms.planes import RoomPlane, find_planes
from pipeline.rooms.point_maps import PointMaps, Source
from pipeline.rooms.samples import collect, merge

_CELL_M: Final = 0.1
_THROUGH: Final = 1.06
#: nobody takes a photo closer to a wall than this
_STANDING_M: Final = 0.1
_CONFIDENT: Final = 0.05
_SAMPLE_VOXEL_M: Final = 0.04
_FACE_NAMES: Final = {(2, 1): "floor", (2, -1): "ceiling"}
_COMPASS: Final = {
    (0, 1): "wall towards -x",
    (0, -1): "wall towards +x",
    (1, 1): "wall towards -y",
    (1, -1): "wall towards +y",
}


class Seen(IntEnum):
    """What the photos say of a piece of a wall.

    ``OUTSIDE``: in no picture; ``HIDDEN``: behind something in every picture that shows its direction;
    ``SEEN``: on a photo; ``OPEN``: a photo looked through it, so nothing closes the room there.
    """

    OUTSIDE = 0
    HIDDEN = 1
    SEEN = 2
    OPEN = 3


@dataclass(frozen=True)
class Face:
    """One of the six sides of the room box, cut into square cells.

    Attributes:
        name: ``floor``, ``ceiling`` or the direction of the wall.
        axis, sign, offset: the plane ``x[axis] = offset``; ``sign`` points into the room.
        evidence: weight of the measured points on it; 0 where the plane itself is a guess.
        state: :class:`Seen` of every cell.
        centres: of the cells, room frame.
        cell_m2: area of a cell.
    """

    name: str
    axis: int
    sign: int
    offset: float
    evidence: float
    state: UInt8[np.ndarray, "A B"]
    centres: Float[np.ndarray, "A B 3"]
    cell_m2: float

    def area_m2(self, *states: Seen) -> float:
        """Area in any of the states; of the whole face without any."""
        wanted = np.isin(self.state, states) if states else np.ones(self.state.shape, bool)
        return float(wanted.sum()) * self.cell_m2

    @property
    def unseen(self) -> Bool[np.ndarray, "A B"]:
        """Cells that no photo saw although there is a wall."""
        unseen: Bool[np.ndarray, "A B"] = self.state <= Seen.HIDDEN
        return unseen

    def largest_hole(self) -> tuple[float, Float[np.ndarray, "3"]] | None:
        """Area (m2) and centre of the largest connected unseen piece, ``None`` if there is none."""
        pieces, count = ndimage.label(self.unseen)
        if count == 0:
            return None
        sizes = np.bincount(pieces.ravel())[1:]
        largest = pieces == 1 + int(np.argmax(sizes))
        return float(sizes.max()) * self.cell_m2, self.centres[largest].mean(axis=0)


@dataclass(frozen=True)
class HoleReport:
    """The six faces of the room box with what was seen of them."""

    faces: tuple[Face, ...]
    low: Float[np.ndarray, "3"]
    high: Float[np.ndarray, "3"]

    @property
    def area_m2(self) -> float:
        """Area of the box without its openings."""
        return sum(face.area_m2(Seen.OUTSIDE, Seen.HIDDEN, Seen.SEEN) for face in self.faces)

    @property
    def unseen_m2(self) -> float:
        """Area that no photo saw."""
        return sum(face.area_m2(Seen.OUTSIDE, Seen.HIDDEN) for face in self.faces)

    @property
    def unseen_share(self) -> float:
        """Unseen part of the area."""
        return self.unseen_m2 / max(self.area_m2, 1e-9)

    def summary(self) -> list[dict[str, float | str]]:
        """A row for each face, for tables and files (square metres, room frame)."""
        rows: list[dict[str, float | str]] = []
        for face in self.faces:
            hole = face.largest_hole()
            row: dict[str, float | str] = {"face": face.name, "area_m2": face.area_m2()}
            row |= {f"{state.name.lower()}_m2": face.area_m2(state) for state in Seen}
            if hole:
                row |= {"largest_hole_m2": hole[0]}
                row |= {f"largest_hole_{axis}_m": float(v) for axis, v in zip("xyz", hole[1], strict=True)}
            rows.append(row)
        return rows


def closing_planes(maps: PointMaps) -> list[RoomPlane]:
    """The six planes that close the room, in the order -x +x -y +y floor ceiling.

    Raises:
        ValueError: the maps hold no confident point.
    """
    samples = collect(maps, _CONFIDENT)
    if len(samples.points) == 0:
        raise ValueError("the point maps hold no confident point, so there is no room to report on")
    merged = merge(samples, _SAMPLE_VOXEL_M)
    measured = merged.source != Source.GENERATED
    centres = np.stack([view.centre for view in maps.views])
    planes = find_planes(merged.points[measured], merged.normals[measured], merged.weight[measured], centres)
    best = {(plane.axis, plane.sign): plane for plane in reversed(planes) if plane.hull}
    return [best[axis, sign] for axis in range(3) for sign in (1, -1)]


def report_holes(maps: PointMaps, cell_m: float = _CELL_M, box: Box | None = None) -> HoleReport:
    """What the photos saw of the room's six faces.

    Args:
        maps: of the room, in the room frame (z up).
        cell_m: side of the cells.
        box: corners of the room by its layout, for the sides on which no point was measured.

    Raises:
        ValueError: no confident point, or a cell that is not positive.
    """
    if not cell_m > 0:
        raise ValueError(f"cells of {cell_m} m make no sense; give a positive length")
    planes = closing_planes(maps)
    if box is not None:
        planes = [_guided(plane, box, maps) for plane in planes]
    low = np.array([next(p.offset for p in planes if (p.axis, p.sign) == (axis, 1)) for axis in range(3)])
    high = np.array([next(p.offset for p in planes if (p.axis, p.sign) == (axis, -1)) for axis in range(3)])
    return HoleReport(tuple(_face(plane, low, high, maps, cell_m) for plane in planes), low, high)


def _guided(plane: RoomPlane, box: Box, maps: PointMaps) -> RoomPlane:
    """The plane where the layout has it, if no point says otherwise and all cameras stay inside."""
    offset = float(box[0 if plane.sign > 0 else 1][plane.axis])
    inside = min(((view.centre[plane.axis] - offset) * plane.sign for view in maps.views), default=0.0)
    return replace(plane, offset=offset) if plane.weight == 0 and inside > _STANDING_M else plane


def _face(
    plane: RoomPlane, low: Float[np.ndarray, "3"], high: Float[np.ndarray, "3"], maps: PointMaps, cell_m: float
) -> Face:
    others = [axis for axis in range(3) if axis != plane.axis]
    counts = np.clip(np.ceil((high - low)[others] / cell_m).astype(int), 1, 400)
    steps = (high - low)[others] / counts
    grid = np.meshgrid(
        *(low[axis] + step * (np.arange(n) + 0.5) for axis, step, n in zip(others, steps, counts, strict=True)),
        indexing="ij",
    )
    centres = np.zeros((*grid[0].shape, 3))
    centres[..., others[0]], centres[..., others[1]] = grid
    centres[..., plane.axis] = plane.offset
    key = plane.axis, plane.sign
    return Face(
        name=_FACE_NAMES.get(key) or _COMPASS[key],
        axis=plane.axis,
        sign=plane.sign,
        offset=plane.offset,
        evidence=plane.weight,
        state=_states(centres, maps),
        centres=centres,
        cell_m2=float(np.prod(steps)),
    )


def _states(centres: Float[np.ndarray, "A B 3"], maps: PointMaps) -> UInt8[np.ndarray, "A B"]:
    state = np.full(centres.shape[:2], Seen.OUTSIDE, np.uint8)
    through = np.zeros(state.shape, bool)
    seen = np.zeros(state.shape, bool)
    for view in maps.views:
        here, where, z = seen_by(view, centres)
        height, width = view.image.shape[:2]
        inside = (z > 0.05) & (where > -0.5).all(axis=-1) & (where < [width - 0.5, height - 0.5]).all(axis=-1)
        column, row = np.clip(
            np.rint(np.where(inside[..., None], where, 0)).astype(int), 0, [width - 1, height - 1]
        ).transpose(2, 0, 1)
        depth = np.nan_to_num(view.depth_m(), nan=-1.0)[row, column]
        measured = view.source[row, column] == Source.MEASURED
        state[inside & (depth > 0)] = Seen.HIDDEN
        seen |= here
        through |= inside & measured & (depth > _THROUGH * z + 0.05)
    state[through] = Seen.OPEN
    state[seen] = Seen.SEEN
    return state
