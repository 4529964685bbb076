"""The shell of a room: its parts, sloping ceilings, windows, glass fronts, doors, passages."""

import math
from dataclasses import dataclass, field

from pipeline.distill.rooms import materials as of
from pipeline.distill.rooms.arrays import Side
from pipeline.distill.rooms.build import Builder, Color, Pose
from pipeline.distill.rooms.texture import Texture

Corner = tuple[float, float, float]
#: the ridge of a roof is at least this high
_LEAST_RIDGE_M = 2.3
#: faces of a cell that are walls, and the turn of a pose that looks from them into the cell
WALLS = {0: math.pi / 2, 1: -math.pi / 2, 4: 0.0, 5: math.pi}


@dataclass
class Wall:
    """One wall of a part of a room.

    Attributes:
        pose: the middle of its foot, looking into the room; local x runs along it.
        length_m, height_m: its size.
        busy: stretches along it (from, to, measured from the middle) where nothing else may hang.
        shut: stretches where nothing may stand either.
    """

    pose: Pose
    length_m: float
    height_m: float
    busy: list[tuple[float, float]] = field(default_factory=list)
    shut: list[tuple[float, float]] = field(default_factory=list)

    def free(self, b: Builder, wide: float, *, stand: bool = False) -> float | None:
        """A place for something this wide, or None after some tries."""
        room = self.length_m - wide
        if room <= 0.05:
            return None
        for _ in range(8):
            s = b.dice.between(-0.5, 0.5) * room
            spans = self.shut if stand else self.busy + self.shut
            if all(s + wide / 2 < low or s - wide / 2 > high for low, high in spans):
                return s
        return None


@dataclass
class Plan:
    """The shell while it is furnished.

    Attributes:
        low, high: corners of the main part.
        walls: that may be dressed.
        taken: rectangles on the floor (x0, z0, x1, z1) where something stands or must not.
        windows: middle, normal into the room, and whether the sun may come in.
        doors: poses of passages, looking into the room.
    """

    low: Corner
    high: Corner
    walls: list[Wall] = field(default_factory=list)
    taken: list[tuple[float, float, float, float]] = field(default_factory=list)
    windows: list[tuple[Corner, Pose]] = field(default_factory=list)
    doors: list[Pose] = field(default_factory=list)
    sloping: bool = False


def walls_of(low: Corner, high: Corner, height: float) -> dict[int, Wall]:
    """The four walls of a part."""
    mx, mz = (low[0] + high[0]) / 2, (low[2] + high[2]) / 2
    at = {0: (low[0], mz), 1: (high[0], mz), 4: (mx, low[2]), 5: (mx, high[2])}
    return {
        face: Wall(Pose(*at[face], turn), high[2] - low[2] if face < 2 else high[0] - low[0], height)
        for face, turn in WALLS.items()
    }


def slab(
    wall: Pose, s: float, wide: float, heights: tuple[float, float], out: tuple[float, float]
) -> tuple[Corner, Corner]:
    """Corners of a block that reaches out of a room through its wall."""
    a, c = wall.at(s - wide / 2, -out[0]), wall.at(s + wide / 2, -out[1])
    low = (min(a.x, c.x), heights[0], min(a.z, c.z))
    return low, (max(a.x, c.x), heights[1], max(a.z, c.z))


def new_shell(b: Builder, size: Corner, wet: bool) -> Plan:
    """The main part, sometimes with sloping ceilings, sometimes with a second part at its side."""
    d = b.dice
    wide, high, deep = size
    low, top = (0.0, 0.0, 0.0), (wide, high, deep)
    wall, floor, ceiling = of.plaster(b), of.floor(b, wet), of.ceiling(b)
    mats = [wall, wall, floor, ceiling, wall, wall]
    if d.maybe(0.3):  # one wall of its own
        mats[d.pick((0, 1, 4, 5))] = of.plaster(b)
    if wet and d.maybe(0.7):
        mats = [m if i in (2, 3) or d.maybe(0.4) else of.tiles(b) for i, m in enumerate(mats)]
    plan = Plan(low, top)
    walls = walls_of(low, top, high)
    if not wet and d.maybe(0.14):
        _attic(b, plan, walls, mats)
    else:
        b.cell(low, top, mats)
        plan.walls = list(walls.values())
        if not wet and d.maybe(0.3):
            _second_part(b, plan, walls, mats)
    return plan


def _attic(b: Builder, plan: Plan, walls: dict[int, Wall], mats: list[int]) -> None:
    """One or two roof slopes along x, with beams as often as not."""
    d = b.dice
    wide, deep = plan.high[0], plan.high[2]
    knee, rise = d.between(0.4, 1.7), math.tan(math.radians(d.between(22, 50)))
    both = d.maybe(0.6)
    knee = max(knee, _LEAST_RIDGE_M - rise * (wide / 2 if both else wide))
    ridge = min(knee + rise * (wide / 2 if both else wide), 4.6) if both else min(knee + rise * wide, 3.6)
    top = max(d.between(2.3, ridge) if d.maybe(0.4) else ridge, 2.2)
    size = math.hypot(rise, 1.0)
    slopes = [(-rise / size, 1 / size, 0.0, knee / size)]
    if both:
        slopes.append((rise / size, 1 / size, 0.0, (knee + rise * wide) / size))
    roof = list(mats)
    if d.maybe(0.5):
        roof[3] = mats[0] if d.maybe(0.7) else of.boards(b)
    plan.high, plan.sloping = (wide, top, deep), True
    b.cell(plan.low, plan.high, roof, slopes=slopes)
    walls[0].height_m = knee
    if both:
        walls[1].height_m = knee
    plan.walls = [wall for wall in walls.values() if wall.height_m > 0.9]
    for wall in plan.walls:
        wall.height_m = min(wall.height_m, top, 2.2)
    if d.maybe(0.6):
        _rafters(b, plan, knee, rise, both)


def _rafters(b: Builder, plan: Plan, knee: float, rise: float, both: bool) -> None:
    mat, d = of.wood(b), b.dice
    wide, top, deep = plan.high
    thick, angle = d.between(0.08, 0.2), math.atan(rise)
    reach = (min(top - knee, rise * (wide / 2 if both else wide))) / rise
    length, gap = reach / math.cos(angle), d.between(0.7, 1.6)
    for k in range(1, int(deep / gap) + 1):
        for side in (0, 1) if both else (0,):
            x = reach / 2 if side == 0 else wide - reach / 2
            pose = Pose(x, k * gap, 0.0, knee + reach / 2 * rise - thick / 2)
            roll = angle if side == 0 else -angle
            b.box(pose, (length, thick, thick), mat, side=Side.CEILING, lean=(0.0, roll))
    if both and d.maybe(0.5):
        high = min(max(2.1, knee + 0.3), top - 0.1)
        for k in range(1, int(deep / gap) + 1):
            b.box(Pose(wide / 2, k * gap, 0.0, high), (wide, thick, thick), mat, side=Side.CEILING)


def _second_part(b: Builder, plan: Plan, walls: dict[int, Wall], mats: list[int]) -> None:
    """An L-shape or a wide passage into a second room, sharing the floor as a rule."""
    d = b.dice
    face = d.pick(list(WALLS))
    wall = walls[face]
    wide = wall.length_m * d.between(0.4, 1.0) if d.maybe(0.6) else min(d.between(1.4, 3), wall.length_m - 0.3)
    s = d.pick((-1, 0, 1)) * (wall.length_m - wide) / 2
    top = plan.high[1] if d.maybe(0.6) else d.between(2.1, plan.high[1])
    through = 0.0 if d.maybe(0.6) else d.between(0.1, 0.4)
    deep = d.between(1.2, 4.5)
    own = list(mats)
    if d.maybe(0.4):
        own = [of.plaster(b) if i not in (2, 3) else m for i, m in enumerate(own)]
    if through:
        b.cell(*slab(wall.pose, s, wide, (0.0, top), (0.0, through)), mats)
        extra = wall.length_m if d.maybe(0.5) else wide
        low, high = slab(wall.pose, s, extra, (0.0, plan.high[1]), (through, through + deep))
    else:
        low, high = slab(wall.pose, s, wide, (0.0, top), (0.0, deep))
    b.cell(low, high, own)
    wall.shut.append((s - wide / 2 - 0.1, s + wide / 2 + 0.1))
    back = {0: 1, 1: 0, 4: 5, 5: 4}[face]
    plan.walls += [part for f, part in walls_of(low, high, high[1]).items() if f != back and deep > 1.5]
    front = wall.pose.at(s, 0.3)
    plan.taken.append((front.x - 0.5, front.z - 0.5, front.x + 0.5, front.z + 0.5))


def add_openings(b: Builder, plan: Plan, wet: bool) -> None:
    """Windows or glass fronts on one to three walls, one or two doors."""
    d = b.dice
    sunny = d.pick(plan.walls) if plan.walls else None
    for wall in plan.walls:
        share = 0.8 if wall is sunny else 0.18
        if wall.height_m > 1.7 and d.maybe(share * (0.5 if wet else 1.0)):
            _glaze(b, plan, wall, wet)
    for _ in range(d.whole(0, 2) + (0 if plan.doors else 1)):
        chosen = d.pick(plan.walls) if plan.walls else None
        if chosen is not None and chosen.height_m > 2.0:
            door(b, plan, chosen)


def _glaze(b: Builder, plan: Plan, wall: Wall, wet: bool) -> None:
    """A glass front or some windows in one wall."""
    d = b.dice
    if d.maybe(0.22) and wall.length_m > 1.5 and not wet:
        glass_front(b, plan, wall)
        return
    for _ in range(d.whole(1, 3) if wall.length_m > 3 else 1):
        window(b, plan, wall)


def _hole(
    b: Builder, wall: Wall, s: float, wide: float, heights: tuple[float, float], deep: float, mat: int
) -> None:
    """A reveal whose far face is outside."""
    low, high = slab(wall.pose, s, wide, heights, (0.0, deep))
    turn = round(wall.pose.turn_rad / (math.pi / 2)) % 4
    outer = {1: 0, 3: 1, 0: 4, 2: 5}[turn]
    mats = [mat] * 6
    sides = [Side.WALL] * 6
    mats[outer], sides[outer] = -1, Side.OPENING
    b.cell(low, high, mats, sides=sides)


def window(b: Builder, plan: Plan, wall: Wall) -> None:
    """A window in its reveal, with frame and bars, a sill, curtains or blinds, a radiator below."""
    d = b.dice
    wide, sill = min(d.between(0.5, 2.2), wall.length_m - 0.4), d.between(0.4, 1.2)
    tall = min(d.between(0.6, 1.8), wall.height_m - sill - 0.1)
    s = wall.free(b, wide + 0.1) if wide > 0.4 and tall > 0.3 else None
    if s is None:
        return
    deep, white = d.between(0.05, 0.35), b.material(of.tint(d, 0.75, 0.95, 0.05), gloss=0.2)
    _hole(b, wall, s, wide, (sill, sill + tall), deep, white)
    frame = white if d.maybe(0.7) else of.wood(b)
    _bars(b, wall.pose.at(s, -deep + 0.03, dy=sill), wide, tall, frame, d.pick((1, 2, 2, 3)), d.pick((1, 1, 2)))
    if d.maybe(0.5):
        b.box(wall.pose.at(s, 0.04, dy=sill - 0.03), (wide + 0.15, 0.03, 0.1), white, side=Side.WALL)
    _glow(b, plan, wall, s, sill + tall / 2, wide, tall)
    wall.busy.append((s - wide / 2 - 0.1, s + wide / 2 + 0.1))
    dress_window(b, wall, s, wide, sill, tall)


def glass_front(b: Builder, plan: Plan, wall: Wall) -> None:
    """Glass from the floor up, in two to four panes, outside seen through it."""
    d = b.dice
    wide = min(d.between(1.0, 4.5), wall.length_m - 0.1)
    tall = min(d.between(2.0, 2.6), wall.height_m - 0.05)
    s = wall.free(b, wide)
    if s is None:
        return
    mat = of.metal(b) if d.maybe(0.5) else b.material(of.tint(d, 0.75, 0.95, 0.05))
    deep = d.between(0.05, 0.3)
    _hole(b, wall, s, wide, (0.0, tall), deep, mat)
    _bars(b, wall.pose.at(s, -deep + 0.04), wide, tall, mat, max(1, round(wide / d.between(0.7, 1.2))), 1)
    _glow(b, plan, wall, s, tall / 2, wide, tall)
    wall.busy.append((s - wide / 2 - 0.05, s + wide / 2 + 0.05))
    if d.maybe(0.5):
        wall.shut.append((s - wide / 2, s + wide / 2))
    if d.maybe(0.5):
        curtains(b, wall, s, wide, tall, 0.0)


def _bars(b: Builder, pose: Pose, wide: float, tall: float, mat: int, columns: int, rows: int) -> None:
    """Frame and glazing bars; they belong to the opening."""
    thick = b.dice.between(0.03, 0.07)
    for k in range(columns + 1):
        x = (k / columns - 0.5) * (wide - thick)
        b.box(pose.at(x, 0), (thick, tall, 0.05), mat, side=Side.OPENING)
    for k in range(rows + 1):
        y = k / rows * (tall - thick)
        b.box(pose.at(0, 0, dy=y), (wide, thick, 0.05), mat, side=Side.OPENING)


def _glow(b: Builder, plan: Plan, wall: Wall, s: float, y: float, wide: float, tall: float) -> None:
    """The window as a light."""
    at, out = wall.pose.at(s, 0.02), wall.pose.at(s, 1.0)
    nx, nz = out.x - wall.pose.at(s, 0.0).x, out.z - wall.pose.at(s, 0.0).z
    half: Color = (wide / 2 * abs(nz), tall / 2, wide / 2 * abs(nx))
    plan.windows.append(((at.x, y, at.z), Pose(at.x, at.z, wall.pose.turn_rad)))
    if len(b.lights) < 3:
        power = wide * tall
        b.light((at.x, y, at.z), half, (power, power, power), (round(nx), 0.0, round(nz)))


def dress_window(b: Builder, wall: Wall, s: float, wide: float, sill: float, tall: float) -> None:
    """Curtains, a blind, a radiator."""
    d = b.dice
    if d.maybe(0.45):
        low = 0.02 if d.maybe(0.7) else sill - 0.1
        curtains(b, wall, s, wide, min(sill + tall + 0.15, wall.height_m - 0.02), low)
    elif d.maybe(0.3):
        drop = tall * d.between(0.15, 1.0)
        blind = b.material(
            of.tint(d, 0.5, 0.95, 0.3), texture=d.pick((Texture.SLATS, Texture.PLAIN)), scale=(1, 30)
        )
        b.box(wall.pose.at(s, 0.03, dy=sill + tall - drop), (wide + 0.05, drop, 0.03), blind, side=Side.OPENING)
    if d.maybe(0.25) and sill > 0.7:
        from pipeline.distill.rooms.fittings import radiator

        radiator(b, wall.pose.at(s, 0.06), wide * d.between(0.6, 1.0), 0.08)


def curtains(b: Builder, wall: Wall, s: float, wide: float, top: float, low: float) -> None:
    """Two curtains on a rod, sometimes a thin one across; flat, so they are part of the wall."""
    d = b.dice
    color = of.tint(d, 0.5, 0.97, 0.15) if d.maybe(0.6) else of.tint(d, 0.1, 0.9, 0.7)
    folds = b.material(color, of.near(d, color, 0.3), Texture.FOLDS, (d.between(5, 14), 1.0))
    each = d.between(0.15, 0.5) * wide
    for side in (-1, 1):
        x = s + side * (wide / 2 + 0.12 - each / 2 + 0.05)
        b.box(wall.pose.at(x, 0.08, dy=low), (each, top - low, d.between(0.06, 0.12)), folds, side=Side.WALL)
    b.box(wall.pose.at(s, 0.08, dy=top), (wide + 0.6, 0.025, 0.025), of.metal(b), side=Side.WALL)
    if d.maybe(0.2):
        thin = b.material((0.9, 0.9, 0.9), (0.8, 0.8, 0.8), Texture.FOLDS, (9.0, 1.0), glow=d.between(0.3, 2.5))
        b.box(wall.pose.at(s, 0.04, dy=low), (wide, top - low, 0.02), thin, side=Side.OPENING)


def door(b: Builder, plan: Plan, wall: Wall) -> None:
    """A closed door with its frame, or a passage into a room behind."""
    d = b.dice
    wide, tall = d.between(0.75, 1.0), min(d.between(1.98, 2.15), wall.height_m - 0.03)
    s = wall.free(b, wide + 0.2)
    if s is None:
        return
    frame = b.material(of.tint(d, 0.75, 0.95, 0.08)) if d.maybe(0.6) else of.wood(b)
    for side in (-1, 1):
        at = wall.pose.at(s + side * (wide / 2 + 0.035), 0.01)
        b.box(at, (0.07, tall + 0.07, 0.03), frame, side=Side.WALL)
    b.box(wall.pose.at(s, 0.01, dy=tall), (wide, 0.07, 0.03), frame, side=Side.WALL)
    wall.shut.append((s - wide / 2 - 0.15, s + wide / 2 + 0.15))
    clear = wall.pose.at(s, 0.5)
    plan.taken.append((clear.x - 0.45, clear.z - 0.45, clear.x + 0.45, clear.z + 0.45))
    if d.maybe(0.45):
        row = b.mats[frame]
        leaf = b.material((row[0], row[1], row[2]), (0.5, 0.5, 0.5), Texture.DOOR)
        b.box(wall.pose.at(s, 0.0), (wide, tall, 0.03), leaf, side=Side.WALL)
        return
    _passage(b, plan, wall, s, wide, tall, frame)


def _passage(b: Builder, plan: Plan, wall: Wall, s: float, wide: float, tall: float, frame: int) -> None:
    d = b.dice
    through, deep = d.between(0.1, 0.25), d.between(1.0, 3.5)
    b.cell(*slab(wall.pose, s, wide, (0.0, tall), (0.0, through)), [frame] * 6)
    wall_mat, floor = of.plaster(b), of.floor(b)
    shift, behind = d.between(-0.6, 0.6), d.between(1.3, 4.0)
    low, high = slab(wall.pose, s + shift, behind, (0.0, d.between(2.3, 2.8)), (through, through + deep))
    b.cell(low, high, [wall_mat, wall_mat, floor, of.ceiling(b), wall_mat, wall_mat])
    plan.doors.append(wall.pose.at(s, -through - 0.15))
    lamp = ((low[0] + high[0]) / 2, 2.1, (low[2] + high[2]) / 2)
    if d.maybe(0.7) and len(b.lights) < 5:
        power = d.between(0.3, 2.5)
        b.light(lamp, (0.1, 0.05, 0.1), (power, power * 0.95, power * 0.85))
    if d.maybe(0.4):  # an open leaf, standing in the room behind
        leaf = b.material(of.tint(d, 0.7, 0.95, 0.1), (0.5, 0.5, 0.5), Texture.DOOR)
        side = d.pick((-1, 1))
        b.new_instance()
        b.box(wall.pose.at(s + side * wide / 2, -through - 0.03 - wide / 2), (0.04, tall, wide), leaf)
