"""What hangs on walls and ceilings and lies on floors: part of the surface, not a thing, while it is thin."""

import math

from pipeline.distill.rooms import materials as of
from pipeline.distill.rooms.arrays import Side
from pipeline.distill.rooms.build import Builder, Pose
from pipeline.distill.rooms.fittings import mirror
from pipeline.distill.rooms.furniture import clutter
from pipeline.distill.rooms.shell import Plan, Wall
from pipeline.distill.rooms.texture import Texture

#: share of walls that carry a panel to be looked at
_FEATURES = 0.1


def dress_walls(b: Builder, plan: Plan, wet: bool) -> None:
    """Pictures, screens, mirrors, shelves, lamps, boards along the foot and top, panelling."""
    d = b.dice
    skirting = b.material(of.tint(d, 0.75, 0.95, 0.06)) if d.maybe(0.6) else None
    moulding = b.material(of.tint(d, 0.85, 0.97, 0.04)) if d.maybe(0.2) else None
    for wall in plan.walls:
        if skirting is not None:
            _along_foot(b, wall, skirting)
        if moulding is not None and not plan.sloping:
            high = d.between(0.05, 0.12)
            at = wall.pose.at(0, 0.04, dy=wall.height_m - high)
            b.box(at, (wall.length_m, high, 0.08), moulding, side=Side.WALL)
        if wall.height_m < 1.6:
            continue
        for _ in range(d.pick((0, 0, 1, 1, 2, 3))):
            _hang(b, wall, wet)
        if d.maybe(0.05):
            _panelling(b, wall)
        if d.maybe(_FEATURES) and not wet:
            _feature(b, plan, wall)


def _along_foot(b: Builder, wall: Wall, mat: int) -> None:
    high, edges = b.dice.between(0.06, 0.16), [-wall.length_m / 2]
    for low, top in sorted(wall.shut):
        edges += [low + 0.08, top - 0.08]
    edges.append(wall.length_m / 2)
    for a, c in zip(edges[::2], edges[1::2], strict=True):
        if c - a > 0.1:
            b.box(wall.pose.at((a + c) / 2, 0.008), (c - a, high, 0.016), mat, side=Side.WALL)


def _hang(b: Builder, wall: Wall, wet: bool) -> None:
    d = b.dice
    kind = d.roll()
    wide = d.between(0.25, 1.4) if kind < 0.6 else d.between(0.4, 1.5)
    s = wall.free(b, wide)
    if s is None:
        return
    wall.busy.append((s - wide / 2 - 0.05, s + wide / 2 + 0.05))
    if kind < 0.42:
        _pictures(b, wall, s, wide)
    elif kind < 0.6:
        _round(b, wall.pose.at(s, 0.0, dy=d.between(1.1, 1.5)), min(wide, 0.9))
    elif kind < 0.72 and not wet:
        screen = b.material((0.02, 0.02, 0.025), (0.01, 0.01, 0.01), Texture.SCREEN, gloss=0.7)
        foot = d.between(0.8, 1.4)
        b.box(wall.pose.at(s, 0.035, dy=foot), (wide, 0.57 * wide, 0.06), screen, side=Side.WALL)
    elif kind < 0.82:
        mirror(b, wall.pose.at(s, 0.012, dy=d.between(0.2, 1.2)), min(wide, 1.2))
    elif kind < 0.92:
        _board(b, wall, s, wide)
    else:
        _wall_lamp(b, wall, s)


def _pictures(b: Builder, wall: Wall, s: float, wide: float) -> None:
    """One picture, a row of them, or a dark or pale plain one."""
    d = b.dice
    count = d.pick((1, 1, 1, 2, 3))
    each, gap = wide / count, 0.06
    tall = min(each * d.between(0.6, 1.6), wall.height_m - 1.2)
    foot = d.between(1.5, 1.75) - tall / 2
    for k in range(count):
        frame = of.tint(d, 0.02, 0.95, 0.5)
        texture = Texture.PICTURE if d.maybe(0.85) else Texture.BLOBS
        face = b.material(
            of.tint(d, 0.03, 0.95, 0.7), frame, texture, (1.0, 1.0), gloss=d.pick((0.0, 0.0, 0.5))
        )
        edge = b.material(frame)
        x = s + ((k + 0.5) / count - 0.5) * wide
        size = (each - gap, tall, d.between(0.015, 0.05))
        b.box(wall.pose.at(x, size[2] / 2, dy=foot), size, edge, front=face, side=Side.WALL)


def _round(b: Builder, pose: Pose, wide: float) -> None:
    """Flat round things: plates, baskets, wreaths, clocks, suns of rays, mirrors in round or oval frames."""
    d = b.dice
    kind, tall = d.roll(), wide * d.pick((1.0, 1.0, 1.4))
    rim = b.material((0.08, 0.22, 0.06), (0.25, 0.35, 0.1), Texture.LEAVES, (9.0, 9.0)) if kind < 0.2 else None
    rim = rim or d.pick((of.wood, of.metal, of.fabric, of.small))(b)
    if kind > 0.75:
        for k in range(12):
            ray = (0.03, 0.5 * wide, 0.02)
            turn = k * 0.5236
            at = pose.at(0.33 * wide * math.sin(turn), 0.02, dy=wide * (0.25 + 0.33 * math.cos(turn)))
            b.box(at, ray, rim, side=Side.WALL, lean=(0.0, -turn))
    b.blob(pose.at(0, 0.012), (wide, tall, 0.05), rim, side=Side.WALL)
    if kind > 0.45:
        face = b.material((0.9, 0.9, 0.9), gloss=2.0) if d.maybe(0.6) else of.small(b)
        share = d.between(0.6, 0.9)
        side = Side.MIRROR if b.mats[face][10] > 1.5 else Side.WALL
        at = pose.at(0, 0.035, dy=(1 - share) / 2 * tall)
        b.blob(at, (wide * share, tall * share, 0.02), face, side=side)


def _feature(b: Builder, plan: Plan, wall: Wall) -> None:
    """A panel of stone, slats, slabs or dark paint from floor to ceiling, with a screen or shelves let in."""
    d = b.dice
    wide = min(d.between(0.8, 3.5), wall.length_m - 0.1)
    s = wall.free(b, wide, stand=True)
    if s is None or plan.sloping:
        return
    thick, mat = d.between(0.02, 0.1), of.feature(b)
    b.box(wall.pose.at(s, thick / 2), (wide, wall.height_m - 0.01, thick), mat, side=Side.WALL)
    front = wall.pose.at(s, thick)
    if d.maybe(0.35):
        shop = b.material((0.25, 0.2, 0.17), texture=d.pick((Texture.BOOKS, Texture.SHOP)), scale=(2.5, 2.5))
        for k in range(d.whole(2, 5)):
            at = front.at(d.pick((-1, 1)) * 0.25 * wide, 0.01, dy=0.3 + 0.4 * k)
            b.box(at, (0.4 * wide, 0.33, 0.02), of.wood(b), front=shop, side=Side.WALL)
    elif d.maybe(0.5):
        screen = b.material((0.02, 0.02, 0.025), (0.01, 0.01, 0.01), Texture.SCREEN, gloss=0.7)
        size = min(d.between(0.8, 1.4), 0.9 * wide)
        b.box(front.at(0, 0.03, dy=d.between(0.8, 1.3)), (size, 0.57 * size, 0.05), screen, side=Side.WALL)


def _board(b: Builder, wall: Wall, s: float, wide: float) -> None:
    """A shelf on the wall with things on it."""
    d = b.dice
    b.new_instance()
    foot, deep = d.between(1.2, 1.7), d.between(0.17, 0.3)
    for k in range(d.whole(1, 3)):
        high = foot + 0.33 * k
        if high > wall.height_m - 0.3:
            break
        b.box(wall.pose.at(s, deep / 2, dy=high), (wide, 0.03, deep), of.wood(b))
        clutter(b, wall.pose.at(s, deep / 2), wide * 0.9, deep * 0.4, high + 0.03, d.whole(1, 5))


def _wall_lamp(b: Builder, wall: Wall, s: float) -> None:
    d = b.dice
    glow = d.between(0.5, 4) if d.maybe(0.5) else 0.0
    shade = b.material(of.tint(d, 0.6, 0.97, 0.2), glow=glow)
    b.column(wall.pose.at(s, 0.07, dy=1.6), 0.13, 0.2, shade, side=Side.WALL)


def _panelling(b: Builder, wall: Wall) -> None:
    mat, d = b.material(of.tint(b.dice, 0.3, 0.95, 0.4)), b.dice
    high, each = d.between(0.8, 1.2), d.between(0.4, 0.8)
    for k in range(int(wall.length_m / each) + 1):
        x = -wall.length_m / 2 + k * each
        b.box(wall.pose.at(x, 0.01), (0.06, high, 0.02), mat, side=Side.WALL)
    b.box(wall.pose.at(0, 0.02, dy=high), (wall.length_m, 0.05, 0.04), mat, side=Side.WALL)


def dress_ceiling(b: Builder, plan: Plan, outside_light: float) -> None:
    """Lamps that hang, lie flat or are let in; beams. ``outside_light``: how bright the windows are."""
    d = b.dice
    wide, high, deep = plan.high
    mid = Pose(wide * d.between(0.35, 0.65), deep * d.between(0.35, 0.65), 0.0, high)
    on = d.maybe(0.85 if outside_light < 1 else 0.5)
    glow, kind = (d.between(2, 9) if on else 0.0), d.roll()
    if plan.sloping:
        kind = 1.0
    if kind < 0.3:
        _hanging(b, mid, glow)
    elif kind < 0.55:
        shade = b.material(of.tint(d, 0.8, 0.97, 0.1), glow=glow)
        b.column(Pose(mid.x, mid.z, 0.0, high - 0.1), d.between(0.25, 0.6), 0.1, shade, side=Side.CEILING)
    elif kind < 0.75:
        spot = b.material((0.95, 0.95, 0.95), glow=glow)
        step = d.between(0.9, 1.6)
        for i in range(int(wide / step)):
            for k in range(int(deep / step)):
                at = Pose((i + 0.5) * step, (k + 0.5) * step, 0.0, high - 0.015)
                b.column(at, 0.09, 0.02, spot, side=Side.CEILING)
    if not plan.sloping and d.maybe(0.08):
        beams(b, plan)
    if (on and kind < 0.75) or not b.lights:
        power = d.between(0.6, 3.0) * wide * deep / 14
        warm = d.between(0.55, 1.0)
        lamp = (mid.x, min(high - 0.35, 2.3), mid.z)
        b.light(lamp, (0.25, 0.02, 0.25), (power, power * (0.4 + 0.6 * warm), power * warm * warm))


def _hanging(b: Builder, mid: Pose, glow: float) -> None:
    d = b.dice
    b.new_instance()
    drop, count = d.between(0.4, 1.0), d.pick((1, 1, 1, 2, 3))
    shade = b.material(of.tint(d, 0.1, 0.97, 0.4), glow=glow * d.between(0.2, 1))
    size, is_round = d.between(0.2, 0.55) / count**0.5, d.maybe(0.5)
    for k in range(count):
        at = mid.at(0.5 * (k - (count - 1) / 2), 0, dy=-drop)
        if is_round:
            b.blob(at, (size, size * d.between(0.5, 1), size), shade)
        else:
            b.column(at, size, size * d.between(0.4, 0.9), shade)
        b.column(at, 0.012, drop, b.material((0.1, 0.1, 0.1)))


def beams(b: Builder, plan: Plan) -> None:
    """Beams under a flat ceiling."""
    d = b.dice
    mat, thick, gap = of.wood(b), d.between(0.08, 0.22), d.between(0.5, 1.4)
    wide, high, deep = plan.high
    for k in range(int(deep / gap)):
        at = Pose(wide / 2, (k + 0.5) * gap, 0.0, high - thick)
        b.box(at, (wide, thick, thick * 0.8), mat, side=Side.CEILING)


def rugs(b: Builder, plan: Plan) -> None:
    """Rugs: plain, patterned, round, shaggy; as large as a seating group or a mat."""
    d = b.dice
    wide, _, deep = plan.high
    for _ in range(d.pick((0, 1, 1, 1, 2))):
        mat, high = _rug(b), d.pick((0.012, 0.012, 0.03))
        turn = d.pick((0.0, 1.571, 0.0, d.between(0, 3)))
        at = Pose(wide * d.between(0.2, 0.8), deep * d.between(0.2, 0.8), turn)
        if d.maybe(0.15):
            b.column(at, d.between(1.0, 2.2), high, mat, side=Side.FLOOR)
        elif d.maybe(0.5):
            b.box(at, (d.between(1.8, 4.0), high, d.between(1.4, 3.0)), mat, side=Side.FLOOR)
        else:
            b.box(at, (d.between(0.7, 2.4), high, d.between(0.5, 1.5)), mat, side=Side.FLOOR)


def _rug(b: Builder) -> int:
    d = b.dice
    color = of.tint(d, 0.1, 0.95, 0.7)
    second = of.near(d, color, 0.5) if d.maybe(0.4) else of.tint(d, 0.1, 0.95, 0.7)
    kind, scale = d.roll(), d.between(1.5, 7)
    if kind < 0.3:  # shaggy: tufts of light and dark
        size = d.between(3, 12)
        color = of.tint(d, 0.25, 0.95, 0.25) if d.maybe(0.7) else color
        tufts = of.near(d, color, 0.7) if d.maybe(0.7) else second
        texture = d.pick((Texture.NOISE, Texture.BLOBS, Texture.PILE, Texture.LEAVES))
        return b.material(color, tufts, texture, (size, size), grain=d.between(0.1, 0.8))
    if kind < 0.65:
        return b.material(color, second, Texture.RUG, (scale, scale), grain=d.between(0, 0.4))
    texture = d.pick((Texture.BLOBS, Texture.STRIPES, Texture.CHECKER, Texture.WEAVE, Texture.PLAIN))
    return b.material(color, second, texture, (scale, scale), grain=d.between(0, 0.4))
