"""The hole report: which part of floor, ceiling and walls no photo saw, how large it is and where."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8
from scipy import ndimage

from pipeline.rooms.box import RoomPlane, closing_planes, corners
from pipeline.rooms.scene import PointMaps, Source, View
from pipeline.rooms.views.render import Box, depth_at, seen_by

#: side of the cells that the room's sides are cut into, metres; set by hand, effect not measured
_CELL_M: Final = 0.1
#: cells of a side at most, count; by definition: 40 m
_MOST_CELLS: Final = 400
#: a photo looked through a cell whose depth there is larger by this, ratio; set by hand: above the 5 % that a
#: sure depth may be off
_THROUGH: Final = 1.06
#: and by this, metres; set by hand, effect not measured
_THROUGH_M: Final = 0.05
#: nearer to a camera than this nothing is in the picture, metres; by definition
_NEAR_M: Final = 0.05
#: of a side must be in some picture before the layout of the pictures can tell its place, share; set by hand,
#: effect not measured
_IN_SIGHT: Final = 0.1
#: where a cell has several states, the last of these counts
_PRECEDENCE: Final = ("OUTSIDE", "HIDDEN", "OPEN", "SEEN")
#: axis and sign of the level sides to their names, none; by definition
_FACE_NAMES: Final = {(2, 1): "floor", (2, -1): "ceiling"}
#: axis and sign of the walls to their names, none; by definition
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


def report_holes(maps: PointMaps, cell_m: float = _CELL_M, box: Box | None = None) -> HoleReport:
    """What the pictures show of the room's six faces.

    Args:
        maps: of the room, in the room frame (z up).
        cell_m: side of the cells.
        box: corners of the room by its layout, for sides that are in the pictures but without measured points.

    Raises:
        ValueError: no confident point, or a cell that is not positive.
    """
    if not cell_m > 0:
        raise ValueError(f"cells of {cell_m} m make no sense; give a positive length")
    planes = closing_planes(maps)
    faces = _faces(planes, maps.views, cell_m)
    if box is not None:
        planes = [_guided(plane, face, box, maps) for plane, face in zip(planes, faces, strict=True)]
        faces = _faces(planes, maps.views, cell_m)
    return HoleReport(faces, *corners(planes))


def seen_also(report: HoleReport, views: Sequence[View]) -> HoleReport:
    """The report with more pictures of the same room."""
    order = np.array([_PRECEDENCE.index(state.name) for state in Seen])
    faces = []
    for face in report.faces:
        state = _states(face.centres, views)
        faces.append(replace(face, state=np.where(order[state] > order[face.state], state, face.state)))
    return replace(report, faces=tuple(faces))


def _guided(plane: RoomPlane, face: Face, box: Box, maps: PointMaps) -> RoomPlane:
    """The plane where the layout has it, if no point tells its place but enough of it is in the pictures."""
    offset = float(box[0 if plane.sign > 0 else 1][plane.axis])
    inside = min(((view.centre[plane.axis] - offset) * plane.sign for view in maps.views), default=0.0)
    if plane.weight > 0 or inside <= 0:
        return plane
    moved = face.centres.copy()
    moved[..., plane.axis] = offset
    open_share = (_states(moved, maps.views) == Seen.OPEN).mean()
    told = _unmeasured(moved, maps.views).mean() >= _IN_SIGHT and open_share < _IN_SIGHT
    return replace(plane, offset=offset) if told else plane


def _unmeasured(centres: Float[np.ndarray, "A B 3"], views: Sequence[View]) -> Bool[np.ndarray, "A B"]:
    """Cells in some picture at a pixel without measured depth."""
    found = np.zeros(centres.shape[:2], bool)
    for view in views:
        _, where, z = seen_by(view, centres)
        inside, row, column = _pixels(view, where, z)
        found |= inside & (view.source[row, column] != Source.MEASURED)
    return found


def _pixels(
    view: View, where: Float[np.ndarray, "A B 2"], z: Float[np.ndarray, "A B"]
) -> tuple[Bool[np.ndarray, "A B"], Int[np.ndarray, "A B"], Int[np.ndarray, "A B"]]:
    """Which cells are in the picture, and at which row and column."""
    height, width = view.image.shape[:2]
    inside = (z > _NEAR_M) & (where > -0.5).all(axis=-1) & (where < [width - 0.5, height - 0.5]).all(axis=-1)
    nearest = np.rint(np.where(inside[..., None], where, 0)).astype(int)
    column, row = np.clip(nearest, 0, [width - 1, height - 1]).transpose(2, 0, 1)
    return inside, row, column


def _faces(planes: Sequence[RoomPlane], views: Sequence[View], cell_m: float) -> tuple[Face, ...]:
    low, high = corners(planes)
    return tuple(_face(plane, low, high, views, cell_m) for plane in planes)


def _face(
    plane: RoomPlane,
    low: Float[np.ndarray, "3"],
    high: Float[np.ndarray, "3"],
    views: Sequence[View],
    cell_m: float,
) -> Face:
    others = [axis for axis in range(3) if axis != plane.axis]
    counts = np.clip(np.ceil((high - low)[others] / cell_m).astype(int), 1, _MOST_CELLS)
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
        state=_states(centres, views),
        centres=centres,
        cell_m2=float(np.prod(steps)),
    )


def _states(centres: Float[np.ndarray, "A B 3"], views: Sequence[View]) -> UInt8[np.ndarray, "A B"]:
    state = np.full(centres.shape[:2], Seen.OUTSIDE, np.uint8)
    through = np.zeros(state.shape, bool)
    seen = np.zeros(state.shape, bool)
    for view in views:
        here, where, z = seen_by(view, centres)
        inside, row, column = _pixels(view, where, z)
        depth = np.nan_to_num(depth_at(view, row, column), nan=-1.0)
        measured = view.source[row, column] == Source.MEASURED
        state[inside & (depth > 0)] = Seen.HIDDEN
        seen |= here
        through |= inside & measured & (depth > _THROUGH * z + _THROUGH_M)
    state[through] = Seen.OPEN
    state[seen] = Seen.SEEN
    return state
