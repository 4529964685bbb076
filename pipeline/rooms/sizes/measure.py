"""``RoomMeasure``: what the photos of one room tell of its size, in the units of its point maps.

It holds no metres that were guessed: how large a unit is, :mod:`pipeline.rooms.sizes.posterior` decides for all
rooms of a listing together, and again whenever somebody types a length. Nothing of the room is measured anew.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

from pipeline.rooms.sizes.band import Band

_FILE: Final = "measure.json"
#: the dimensions of a room along the axes of its frame, none; by definition
AXES: Final = (0, 1, 2)


@dataclass(frozen=True)
class Side:
    """One of the six sides of a room.

    Attributes:
        axis: of the room frame that it stands across.
        sign: 1 for the side at the lower end, -1 at the upper, as the side faces.
        offset: where it stands, units.
        seen: whether photos show it; the place of one that is not seen is a guess.
        area: that photos show of it, square units.
        measured: share of that which was measured, of 1; the rest was inferred.
        reach: how far out something was seen, units; a side that is not seen lies farther out.
    """

    axis: int
    sign: int
    offset: float
    seen: bool
    area: float
    measured: float
    reach: float


@dataclass(frozen=True)
class SeenFrom:
    """Where one photo was taken, and through which lens.

    Attributes:
        photo_id: of the photo.
        position: of the camera in the room frame, units.
        ahead: direction in which it looks, on the floor (not a unit vector where it looks up or down).
        half_angle_rad: half of the horizontal angle of view.
        focal_35mm: focal length as 35-mm equivalent (by the diagonal), with its band; ``None`` where unknown.
        from_exif: whether the camera wrote it into the file.
    """

    photo_id: str
    position: tuple[float, float, float]
    ahead: tuple[float, float]
    half_angle_rad: float
    focal_35mm: Band | None
    from_exif: bool


@dataclass(frozen=True)
class FloorSeen:
    """Which parts of the floor the photos show.

    Attributes:
        origin: lower corner of the cells, units.
        cell: side of a cell, units.
        rows: one string for each cell along y (from the lower end), ``1`` where seen, along x.
    """

    origin: tuple[float, float]
    cell: float
    rows: tuple[str, ...]


@dataclass(frozen=True)
class RoomMeasure:
    """What one room's photos tell of its size.

    Attributes:
        sides: -x, +x, -y, +y, floor, ceiling.
        photos: one for each placed photo.
        of_one_photo: whether everything was inferred from one photo.
        sureness: how sure the layout of that photo is, 0 to 1; 1 for several photos.
        floor: the parts of it that were seen.
    """

    sides: tuple[Side, ...]
    photos: tuple[SeenFrom, ...]
    of_one_photo: bool
    sureness: float
    floor: FloorSeen

    def __post_init__(self) -> None:
        wanted = [(axis, sign) for axis in AXES for sign in (1, -1)]
        if [(side.axis, side.sign) for side in self.sides] != wanted:
            raise ValueError("six sides are needed, in the order -x +x -y +y floor ceiling")

    def pair(self, axis: int) -> tuple[Side, Side]:
        """The two sides across an axis, the lower one first."""
        return self.sides[2 * axis], self.sides[2 * axis + 1]

    def is_seen(self, axis: int) -> bool:
        """Whether both sides across an axis are seen."""
        return all(side.seen for side in self.pair(axis))

    def extent(self, axis: int) -> float:
        """Distance of the two sides across an axis, units; a guess where one is not seen."""
        low, high = self.pair(axis)
        return high.offset - low.offset

    def least_extent(self, axis: int) -> float:
        """What the room measures at least along an axis, units: as far as something was seen."""
        low, high = self.pair(axis)
        ends = [side.offset if side.seen else side.reach for side in (low, high)]
        return max(ends[1] - ends[0], 0.0)

    def save(self, folder: Path) -> None:
        """Write ``measure.json`` into ``folder``."""
        (folder / _FILE).write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what :meth:`save` wrote."""
        row = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        floor = row["floor"]
        return cls(
            sides=tuple(Side(**side) for side in row["sides"]),
            photos=tuple(_seen_from(photo) for photo in row["photos"]),
            of_one_photo=row["of_one_photo"],
            sureness=row["sureness"],
            floor=FloorSeen(tuple(floor["origin"]), floor["cell"], tuple(floor["rows"])),
        )


def _seen_from(row: dict[str, object]) -> SeenFrom:
    values: dict[str, object] = dict(row)
    for name in ("position", "ahead"):
        values[name] = tuple(values[name])  # type: ignore[arg-type]
    focal = values["focal_35mm"]
    values["focal_35mm"] = Band(**focal) if isinstance(focal, dict) else None
    return SeenFrom(**values)  # type: ignore[arg-type]
