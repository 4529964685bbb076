"""Which pieces stand in which kind of room, and where."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.distill.rooms import fittings, furniture
from pipeline.distill.rooms.build import Builder, Pose
from pipeline.distill.rooms.shell import Plan, Wall

Maker = Callable[[Builder, Pose, float, float], None]
Span = tuple[float, float]
#: rooms from this area on get some pieces twice
_LARGE_M2 = 20.0
#: pieces that need a wall higher than this leave nothing of it to hang things on
_LOOKED_OVER_M = 1.9


@dataclass(frozen=True)
class Piece:
    """A kind of piece.

    Attributes:
        make: puts it at a pose.
        width_m, depth_m: span of its footprint.
        at_wall: share that stands with its back to a wall; the others stand anywhere.
        least_height_m: height of wall that it needs.
    """

    make: Maker
    width_m: Span
    depth_m: Span
    at_wall: float
    least_height_m: float = 0.0


PIECES = {
    "bed": Piece(furniture.bed, (0.9, 2.0), (1.95, 2.2), 0.95),
    "nightstand": Piece(furniture.nightstand, (0.35, 0.6), (0.3, 0.5), 1.0),
    "sofa": Piece(furniture.sofa, (1.3, 2.8), (0.8, 1.05), 0.7),
    "armchair": Piece(furniture.armchair, (0.6, 0.95), (0.65, 0.9), 0.3),
    "pouf": Piece(furniture.pouf, (0.35, 1.2), (0.35, 0.6), 0.1),
    "chair": Piece(furniture.chair, (0.38, 0.5), (0.38, 0.5), 0.4),
    "coffee table": Piece(furniture.coffee_table, (0.5, 1.4), (0.45, 0.8), 0.0),
    "table": Piece(furniture.table, (0.6, 1.8), (0.6, 0.9), 0.3),
    "dining": Piece(furniture.dining, (0.9, 2.2), (1.6, 2.0), 0.1),
    "cabinet": Piece(furniture.cabinet, (0.5, 2.2), (0.3, 0.5), 1.0),
    "wardrobe": Piece(furniture.wardrobe, (0.8, 2.4), (0.45, 0.65), 1.0, 2.35),
    "shelf": Piece(furniture.shelf, (0.5, 1.6), (0.22, 0.4), 1.0, 2.2),
    "desk": Piece(furniture.desk, (0.9, 1.6), (1.0, 1.2), 0.95),
    "floor lamp": Piece(furniture.floor_lamp, (0.35, 0.5), (0.35, 0.5), 0.8),
    "plant": Piece(furniture.plant, (0.4, 0.6), (0.4, 0.6), 0.6),
    "pile": Piece(furniture.pile, (0.3, 0.6), (0.3, 0.6), 0.7),
    "kitchen": Piece(fittings.kitchen, (1.6, 4.2), (0.58, 0.66), 1.0, 2.3),
    "island": Piece(fittings.island, (1.2, 2.4), (0.8, 1.1), 0.0),
    "vanity": Piece(fittings.vanity, (0.5, 1.4), (0.4, 0.55), 1.0, 2.0),
    "tub": Piece(fittings.tub, (1.5, 1.8), (0.7, 0.85), 0.95),
    "toilet": Piece(fittings.toilet, (0.36, 0.4), (0.6, 0.7), 1.0),
    "shower": Piece(fittings.shower, (0.8, 1.4), (0.8, 1.0), 1.0, 2.1),
    "washer": Piece(fittings.washer, (0.6, 0.6), (0.55, 0.62), 1.0),
    "stairs": Piece(fittings.stairs, (2.2, 3.2), (0.8, 1.0), 0.95, 2.4),
    "hearth": Piece(fittings.hearth, (1.0, 1.8), (0.3, 0.5), 1.0, 2.3),
}

#: kinds of room: share, span of widths and of heights in metres, and (piece, chance) in the order of placing
ROOMS: dict[str, tuple[float, Span, Span, tuple[tuple[str, float], ...]]] = {
    "living room": (0.3, (3.0, 7.5), (2.3, 3.3), (
        ("hearth", 0.4), ("stairs", 0.08), ("sofa", 0.95), ("sofa", 0.35), ("armchair", 0.5),
        ("armchair", 0.3), ("coffee table", 0.8), ("cabinet", 0.75), ("shelf", 0.35), ("dining", 0.5),
        ("kitchen", 0.12),
        ("floor lamp", 0.4), ("plant", 0.55), ("plant", 0.25), ("pouf", 0.3), ("desk", 0.1), ("pile", 0.3))),
    "bedroom": (0.3, (2.5, 5.5), (2.2, 3.1), (
        ("bed", 1.0), ("bed", 0.2), ("nightstand", 0.7), ("nightstand", 0.5), ("wardrobe", 0.55),
        ("cabinet", 0.5), ("armchair", 0.25), ("desk", 0.2), ("pouf", 0.25), ("plant", 0.3),
        ("floor lamp", 0.25), ("shelf", 0.2), ("chair", 0.25), ("pile", 0.25))),
    "kitchen": (0.16, (2.2, 6.0), (2.3, 3.0), (
        ("kitchen", 1.0), ("kitchen", 0.6), ("island", 0.3), ("dining", 0.75), ("table", 0.3),
        ("chair", 0.3), ("cabinet", 0.25), ("shelf", 0.2), ("plant", 0.25), ("pile", 0.2))),
    "bathroom": (0.12, (1.6, 3.6), (2.2, 2.8), (
        ("tub", 0.5), ("shower", 0.5), ("vanity", 0.95), ("toilet", 0.8), ("washer", 0.2), ("cabinet", 0.15),
        ("plant", 0.15), ("pouf", 0.1), ("pile", 0.2))),
    "dining room": (0.12, (3.0, 7.5), (2.3, 3.1), (
        ("dining", 1.0), ("dining", 0.6), ("table", 0.8), ("table", 0.5), ("chair", 0.7), ("chair", 0.6),
        ("chair", 0.4), ("cabinet", 0.6), ("shelf", 0.2), ("desk", 0.3), ("plant", 0.4), ("armchair", 0.2))),
    "open plan": (0.12, (4.5, 9.0), (2.4, 3.6), (
        ("kitchen", 0.95), ("island", 0.45), ("stairs", 0.2), ("hearth", 0.3), ("sofa", 0.9),
        ("armchair", 0.5), ("coffee table", 0.7), ("dining", 0.9), ("cabinet", 0.5), ("shelf", 0.3),
        ("plant", 0.6),
        ("plant", 0.3), ("floor lamp", 0.3), ("pile", 0.3))),
}  # fmt: skip


def furnish(b: Builder, plan: Plan, kind: str) -> None:
    """Put the pieces of a kind of room into a shell; what finds no place is left out."""
    share = b.dice.pick((0.3, 0.6, 0.9, 1.1, 1.2, 1.3))
    area = plan.high[0] * plan.high[2]
    for name, chance in ROOMS[kind][3]:
        for _ in range(1 + (area > _LARGE_M2 and b.dice.maybe(0.5))):
            if b.dice.maybe(chance * share):
                _place(b, plan, PIECES[name])
    if kind == "bedroom":
        return
    if b.dice.maybe(0.15):
        _place(b, plan, PIECES[b.dice.pick(sorted(PIECES))])


def _place(b: Builder, plan: Plan, piece: Piece) -> None:
    d = b.dice
    for _ in range(10):
        w, deep = d.between(*piece.width_m), d.between(*piece.depth_m)
        at_wall = d.maybe(piece.at_wall)
        pose = _by_wall(b, plan, piece, w, deep) if at_wall else _anywhere(b, plan, w, deep)
        if pose is None:
            continue
        rectangle = footprint(pose, w, deep)
        if not any(_meet(rectangle, other) for other in plan.taken):
            plan.taken.append(rectangle)
            piece.make(b, pose, w, deep)
            return


def _by_wall(b: Builder, plan: Plan, piece: Piece, w: float, deep: float) -> Pose | None:
    d = b.dice
    walls = [wall for wall in plan.walls if wall.height_m > piece.least_height_m and wall.length_m > w + 0.02]
    if not walls:
        return None
    wall = d.pick(walls)
    gap = d.between(0.0, 0.06) if d.maybe(0.8) else d.between(0.06, 0.3)
    s = _in_corner(b, wall, w) if d.maybe(0.3) else wall.free(b, w, stand=True)
    if s is None:
        return None
    if piece.least_height_m > _LOOKED_OVER_M:
        if _overlaps(wall.busy, s, w):
            return None
        wall.busy.append((s - w / 2, s + w / 2))
    return wall.pose.at(s, deep / 2 + gap, d.bell(0.02) if d.maybe(0.2) else 0.0)


def _in_corner(b: Builder, wall: Wall, w: float) -> float | None:
    """A place at either end of a wall; ``None`` where nothing may stand there."""
    s = b.dice.pick((-1, 1)) * (wall.length_m - w - 0.02) / 2
    return None if _overlaps(wall.shut, s, w) else s


def _overlaps(spans: Sequence[Span], s: float, w: float) -> bool:
    return any(s - w / 2 < top and s + w / 2 > low for low, top in spans)


def _anywhere(b: Builder, plan: Plan, w: float, deep: float) -> Pose | None:
    d, room = b.dice, plan.high
    turn = d.pick((0.0, 1, 2, 3)) * math.pi / 2
    if d.maybe(0.35):
        turn += d.bell(0.4)
    half = 0.5 * max(w, deep)
    if room[0] < 2 * half + 0.2 or room[2] < 2 * half + 0.2:
        return None
    return Pose(d.between(half, room[0] - half), d.between(half, room[2] - half), turn)


def footprint(pose: Pose, w: float, deep: float) -> tuple[float, float, float, float]:
    """Rectangle on the floor that holds a turned piece."""
    c, s = abs(math.cos(pose.turn_rad)), abs(math.sin(pose.turn_rad))
    x, z = (c * w + s * deep) / 2, (s * w + c * deep) / 2
    return pose.x - x, pose.z - z, pose.x + x, pose.z + z


def _meet(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    slack = 0.02
    return a[0] < b[2] - slack and b[0] < a[2] - slack and a[1] < b[3] - slack and b[1] < a[3] - slack
