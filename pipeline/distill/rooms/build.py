"""Putting a room together: dice, materials, and pieces placed in frames of their own."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from pipeline.distill.rooms.arrays import Arrays, Side
from pipeline.distill.rooms.raycast import BOX, CYLINDER, ELLIPSOID, bounds_of, build_tree, with_openings
from pipeline.distill.rooms.texture import Texture

T = TypeVar("T")
Color = tuple[float, float, float]
_NO_SLOPE = (0.0, 0.0, 0.0, 1.0)
_BLOCK = 2048


class Dice:
    """Quick scalar random numbers of one seed."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._left: list[float] = []

    def roll(self) -> float:
        """A number in [0, 1)."""
        if not self._left:
            self._left = self._rng.random(_BLOCK).tolist()
        return self._left.pop()

    def between(self, low: float, high: float) -> float:
        """Uniform between two numbers."""
        return low + (high - low) * self.roll()

    def whole(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return low + int(self.roll() * (high - low + 1))

    def maybe(self, share: float) -> bool:
        """True in this share of cases."""
        return self.roll() < share

    def pick(self, items: Sequence[T]) -> T:
        """One of them."""
        return items[int(self.roll() * len(items))]

    def bell(self, width: float) -> float:
        """About normal, with this standard deviation."""
        return width * (self.roll() + self.roll() + self.roll() - 1.5) * 2.0


@dataclass(frozen=True)
class Pose:
    """Where a piece stands: its middle on the floor, and where its front (local z+) looks.

    Attributes:
        x, z: metres.
        turn_rad: turn about the upright axis.
        y: height of its foot.
    """

    x: float
    z: float
    turn_rad: float
    y: float = 0.0

    def at(self, dx: float, dz: float, turn_rad: float = 0.0, dy: float = 0.0) -> "Pose":
        """A pose given in the frame of this one."""
        c, s = math.cos(self.turn_rad), math.sin(self.turn_rad)
        return Pose(self.x + c * dx + s * dz, self.z - s * dx + c * dz, self.turn_rad + turn_rad, self.y + dy)


def _rotation(turn: float, lean: float, roll: float) -> list[float]:
    """Rows: axes of a piece turned about y after leaning back (about x) and rolling (about z)."""
    c, s = math.cos(turn), math.sin(turn)
    if lean == 0.0 and roll == 0.0:
        return [c, 0.0, -s, 0.0, 1.0, 0.0, s, 0.0, c]
    cl, sl, cr, sr = math.cos(lean), math.sin(lean), math.cos(roll), math.sin(roll)
    upright = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    back = np.array([[1, 0, 0], [0, cl, sl], [0, -sl, cl]])
    rolled = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return list((upright @ back @ rolled).T.ravel())


@dataclass
class Builder:
    """Collects what a room is made of.

    Attributes:
        dice: of everything random.
    """

    dice: Dice
    geo: list[list[float]] = field(default_factory=list)
    mats_of: list[tuple[int, int]] = field(default_factory=list)
    sides: list[int] = field(default_factory=list)
    instances: list[int] = field(default_factory=list)
    mats: list[tuple[float, ...]] = field(default_factory=list)
    cells: list[list[float]] = field(default_factory=list)
    slopes: list[list[Sequence[float]]] = field(default_factory=list)
    cell_mats: list[list[int]] = field(default_factory=list)
    cell_sides: list[list[int]] = field(default_factory=list)
    lights: list[list[float]] = field(default_factory=list)
    instance: int = 0

    def new_instance(self) -> int:
        """What is added from now on is one more object."""
        self.instance += 1
        return self.instance

    def material(
        self,
        color: Color,
        second: Color | None = None,
        texture: Texture = Texture.PLAIN,
        scale: tuple[float, float] = (1.0, 1.0),
        *,
        grain: float = 0.0,
        gloss: float = 0.0,
        glow: float = 0.0,
        bend: float = 0.0,
    ) -> int:
        """A material; scale is in patterns per metre along and up; gloss above 1.5 is a mirror."""
        seed = self.dice.whole(1, 100000)
        row = (*color, *(second or color), float(texture), *scale, grain, gloss, glow, bend, float(seed))
        self.mats.append(row)
        return len(self.mats) - 1

    def _add(
        self,
        shape: int,
        pose: Pose,
        size: tuple[float, float, float],
        mats: tuple[int, int],
        side: Side,
        lean: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        half = [max(0.5 * extent, 1e-3) for extent in size]
        turned = _rotation(pose.turn_rad, *lean)
        self.geo.append([pose.x, pose.y + half[1], pose.z, *half, *turned, float(shape)])
        self.mats_of.append(mats)
        self.sides.append(int(side))
        self.instances.append(self.instance if side == Side.THING else 0)

    def box(
        self,
        pose: Pose,
        size: tuple[float, float, float],
        mat: int,
        *,
        front: int | None = None,
        side: Side = Side.THING,
        lean: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        """A box of this size (width, height, depth) whose foot's middle is at the pose."""
        self._add(BOX, pose, size, (mat, mat if front is None else front), side, lean)

    def blob(
        self,
        pose: Pose,
        size: tuple[float, float, float],
        mat: int,
        *,
        side: Side = Side.THING,
        lean: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        """An ellipsoid in a box of this size."""
        self._add(ELLIPSOID, pose, size, (mat, mat), side, lean)

    def column(
        self, pose: Pose, width: float, height: float, mat: int, *, side: Side = Side.THING, flat: float = 1.0
    ) -> None:
        """An upright cylinder; ``flat`` is its depth over its width."""
        self._add(CYLINDER, pose, (width, height, width * flat), (mat, mat), side)

    def cell(
        self,
        low: tuple[float, float, float],
        high: tuple[float, float, float],
        mats: Sequence[int],
        *,
        sides: Sequence[Side] = (Side.WALL, Side.WALL, Side.FLOOR, Side.CEILING, Side.WALL, Side.WALL),
        slopes: Sequence[Sequence[float]] = (),
    ) -> None:
        """A part of the shell; faces are x-, x+, floor, ceiling, z-, z+; material -1 is outside."""
        self.cells.append([*low, *high])
        self.cell_mats.append(list(mats))
        self.cell_sides.append([int(side) for side in sides])
        self.slopes.append([*slopes, *[_NO_SLOPE] * (2 - len(slopes))])

    def light(
        self, at: Color, half: Color, color: Color, normal: Color = (0.0, 0.0, 0.0), *, near: bool = True
    ) -> None:
        """A lamp or window; ``near`` false: as strong everywhere."""
        self.lights.append([*at, *half, *normal, *color, 1.0 if near else 0.0])

    def arrays(self, ambient: Sequence[float], sun: Color, outside: Sequence[float]) -> Arrays:
        """Everything as arrays."""
        geo = np.array(self.geo, dtype=np.float64).reshape(-1, 16)
        tree, links, items = build_tree(bounds_of(geo)) if len(geo) else _no_tree()
        return Arrays(
            geo=geo,
            mats_of=np.array(self.mats_of, dtype=np.int64).reshape(-1, 2),
            sides=np.array(self.sides, dtype=np.int64),
            instances=np.array(self.instances, dtype=np.int64),
            mats=np.array(self.mats, dtype=np.float64),
            cells=with_openings(np.array(self.cells, dtype=np.float64)),
            slopes=np.array(self.slopes, dtype=np.float64),
            cell_mats=np.array(self.cell_mats, dtype=np.int64),
            cell_sides=np.array(self.cell_sides, dtype=np.int64),
            lights=np.array(self.lights, dtype=np.float64).reshape(-1, 13),
            ambient=np.array(ambient, dtype=np.float64),
            sun=np.array(sun, dtype=np.float64),
            outside=np.array(outside, dtype=np.float64),
            tree=tree,
            links=links,
            items=items,
        )


def _no_tree() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.zeros((1, 6)), np.zeros((1, 2), np.int64), np.zeros(0, np.int64)
