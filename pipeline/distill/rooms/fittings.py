"""Kitchens and baths: counters, cupboards, appliances, tubs, basins, showers; stairs, radiators, hearths."""

from pipeline.distill.rooms import materials as of
from pipeline.distill.rooms.arrays import Side
from pipeline.distill.rooms.build import Builder, Pose
from pipeline.distill.rooms.furniture import chair, clutter, fronts
from pipeline.distill.rooms.texture import Texture


def kitchen(b: Builder, pose: Pose, w: float, d: float) -> None:
    """A run of base cupboards with a counter, sink, cooker, wall cupboards, hood, tall fridge."""
    dice = b.dice
    b.new_instance()
    mat, top, high = of.wood(b), of.stone(b), dice.between(0.84, 0.92)
    tall = dice.between(0.55, 0.7) if dice.maybe(0.6) and w > 1.8 else 0.0
    run, x0 = w - tall, -tall / 2 * dice.pick((-1, 1))
    line = pose.at(x0, 0)
    b.box(line.at(0, -0.02), (run, high - 0.04, d - 0.04), mat, front=fronts(b, mat, run))
    b.box(line.at(0, 0, dy=high - 0.04), (run, 0.04, d), top)
    b.box(line.at(0, -d / 2 + 0.006, dy=high), (run, 0.5, 0.012), of.tiles(b), side=Side.WALL)
    sink = dice.between(-0.35, 0.35) * run
    steel = of.metal(b)
    b.box(line.at(sink, 0, dy=high - 0.005), (0.5, 0.01, 0.4), steel)
    b.column(line.at(sink, -0.2, dy=high), 0.03, 0.28, steel)
    _cooker(b, line.at(-sink, 0), d, high)
    clutter(b, line, run * 0.9, d * 0.4, high, dice.whole(1, 6))
    if dice.maybe(0.75):
        _wall_cupboards(b, line, run, d, mat, -sink)
    if tall:
        fridge = pose.at(-x0 / (tall / 2) * (w / 2 - tall / 2) if x0 else 0.0, 0)
        body = of.metal(b) if dice.maybe(0.5) else mat
        b.box(fridge, (tall - 0.01, dice.between(1.6, 2.2), d), body, front=fronts(b, body, tall))


def _cooker(b: Builder, pose: Pose, d: float, high: float) -> None:
    black = b.material((0.03, 0.03, 0.03), gloss=0.6)
    b.box(pose.at(0, 0, dy=high), (0.58, 0.012, 0.5), black)
    if b.dice.maybe(0.7):
        b.box(pose.at(0, d / 2 - 0.03, dy=0.2), (0.58, 0.55, 0.045), black)


def _wall_cupboards(b: Builder, pose: Pose, run: float, d: float, mat: int, cooker: float) -> None:
    dice = b.dice
    foot, tall, deep = dice.between(1.35, 1.5), dice.between(0.5, 0.85), dice.between(0.3, 0.38)
    if dice.maybe(0.25):  # open boards instead
        for k in range(2):
            b.box(pose.at(0, -d / 2 + 0.13, dy=foot + 0.35 * k), (run * 0.8, 0.03, 0.25), of.wood(b))
            clutter(b, pose.at(0, -d / 2 + 0.13), run * 0.7, 0.1, foot + 0.03 + 0.35 * k, 4)
        return
    if dice.maybe(0.4):
        mat = of.wood(b)
    for low, high in ((-run / 2, cooker - 0.32), (cooker + 0.32, run / 2)):
        if high - low > 0.25:
            at = pose.at((low + high) / 2, -d / 2 + deep / 2, dy=foot)
            b.box(at, (high - low, tall, deep), mat, front=fronts(b, mat, high - low))
    hood = pose.at(cooker, -d / 2 + 0.22, dy=1.5)
    steel = of.metal(b)
    b.box(hood, (0.6, 0.08, 0.44), steel)
    b.box(hood.at(0, -0.1), (0.25, 0.9, 0.22), steel)


def island(b: Builder, pose: Pose, w: float, d: float) -> None:
    """A block with a counter and stools."""
    dice = b.dice
    b.new_instance()
    mat, high = of.wood(b), dice.between(0.88, 1.08)
    b.box(pose.at(0, -0.1), (w - 0.1, high - 0.04, d - 0.3), mat, front=fronts(b, mat, w))
    b.box(pose.at(0, 0, dy=high - 0.04), (w, dice.between(0.03, 0.08), d), of.stone(b))
    clutter(b, pose, w * 0.8, d * 0.5, high, dice.whole(0, 4))
    for k in range(dice.whole(0, 3)):
        at = pose.at(w * ((k + 0.5) / 3 - 0.5), d / 2 + 0.15, dice.bell(0.3))
        if dice.maybe(0.5):
            seat = of.wood(b)
            b.column(at.at(0, 0, dy=0.65), 0.36, 0.06, seat)
            b.column(at, 0.05, 0.65, of.metal(b))
        else:
            chair(b, at, 0.42, 0.42)


def vanity(b: Builder, pose: Pose, w: float, d: float) -> None:
    """A basin on a cupboard, its mirror above, a tap."""
    dice = b.dice
    b.new_instance()
    mat, high, lift = of.wood(b), dice.between(0.78, 0.9), dice.pick((0.0, 0.0, 0.3))
    b.box(pose.at(0, 0, dy=lift), (w, high - lift, d), mat, front=fronts(b, mat, w))
    white, steel = of.ceramic(b), of.metal(b)
    b.box(pose.at(0, 0.01, dy=high), (w + 0.02, 0.03, d + 0.02), white)
    if dice.maybe(0.5):
        b.column(pose.at(0, 0.02, dy=high + 0.02), min(0.45, w * 0.8), 0.13, white)
    b.column(pose.at(0, -d / 2 + 0.06, dy=high), 0.03, 0.2, steel)
    clutter(b, pose, w * 0.8, d * 0.4, high + 0.03, dice.whole(0, 3))
    mirror(b, pose.at(0, -d / 2 + 0.012, dy=high + dice.between(0.15, 0.4)), w * dice.between(0.7, 1.1))


def mirror(b: Builder, pose: Pose, w: float) -> None:
    """A mirror on a wall, with or without a frame; ``pose`` is the middle of its foot."""
    dice = b.dice
    high = dice.between(0.5, 1.1)
    silver = b.material((0.9, 0.9, 0.9), gloss=2.0)
    if dice.maybe(0.5):
        b.box(pose.at(0, -0.004, dy=-0.03), (w + 0.06, high + 0.06, 0.02), of.wood(b), side=Side.WALL)
    b.box(pose.at(0, 0.004), (w, high, 0.016), silver, side=Side.MIRROR)


def tub(b: Builder, pose: Pose, w: float, d: float) -> None:
    """A bath tub: built in or free-standing, white inside."""
    dice = b.dice
    b.new_instance()
    white, high = of.ceramic(b), dice.between(0.5, 0.62)
    skirt = white if dice.maybe(0.6) else of.tiles(b)
    if dice.maybe(0.2):
        b.blob(pose, (w, 2 * high, d), white)
        return
    rim = 0.08
    for side in (-1, 1):
        b.box(pose.at(side * (w - rim) / 2, 0), (rim, high, d), skirt)
        b.box(pose.at(0, side * (d - rim) / 2), (w - 2 * rim, high, rim), skirt)
    b.box(pose, (w - rim, 0.18, d - rim), white)
    if dice.maybe(0.4):  # glass screen or curtain
        sheet = of.linen(b) if dice.maybe(0.5) else b.material((0.7, 0.78, 0.78), gloss=0.8)
        b.box(pose.at(-w / 4, d / 2 - 0.02, dy=high), (w / 2, 1.4, 0.02), sheet)


def toilet(b: Builder, pose: Pose, w: float, d: float) -> None:
    """Bowl, lid and cistern."""
    b.new_instance()
    white = of.ceramic(b)
    b.column(pose.at(0, 0.08), w, 0.36, white, flat=1.35)
    b.column(pose.at(0, 0.08, dy=0.36), w * 1.05, 0.05, white, flat=1.35)
    b.box(pose.at(0, -d / 2 + 0.08, dy=0.36), (w, 0.4, 0.16), white)


def shower(b: Builder, pose: Pose, w: float, d: float) -> None:
    """A tray, tiled walls, and one or two walls of glass seen by their frames."""
    b.new_instance()
    tiles, steel = of.tiles(b), of.metal(b)
    b.box(pose, (w, 0.06, d), of.ceramic(b), side=Side.FLOOR)
    b.box(pose.at(0, -d / 2 + 0.008), (w, 2.05, 0.016), tiles, side=Side.WALL)
    for x, z, wide, deep in ((-w / 2, d / 2, 0.03, 0.03), (w / 2, d / 2, 0.03, 0.03), (0, d / 2, w, 0.02)):
        high = 2.0 if wide < 0.1 else 0.04
        b.box(pose.at(x, z, dy=0.0 if wide < 0.1 else 1.96), (wide, high, deep), steel)
    b.column(pose.at(0, -d / 2 + 0.06, dy=1.0), 0.025, 1.0, steel)
    b.box(pose.at(0, -d / 2 + 0.16, dy=2.0), (0.2, 0.02, 0.2), steel)


def washer(b: Builder, pose: Pose, w: float, d: float) -> None:
    """A washing machine or dryer."""
    b.new_instance()
    white = of.ceramic(b)
    b.box(pose, (w, 0.85, d), white)
    dark = b.material((0.05, 0.05, 0.06), gloss=0.7)
    b.blob(pose.at(0, d / 2, dy=0.25), (0.36, 0.36, 0.06), dark)


def stairs(b: Builder, pose: Pose, w: float, d: float) -> None:
    """A flight of steps along local x, with a rail."""
    dice = b.dice
    b.new_instance()
    mat, count = of.wood(b), 13
    rise, run = 0.18, w / count
    for k in range(count):
        solid = (k + 1) * rise
        b.box(pose.at(-w / 2 + (k + 0.5) * run, 0), (run, min(solid, 3.0), d), mat)
    if dice.maybe(0.6):
        for k in range(0, count, 2):
            b.box(
                pose.at(-w / 2 + (k + 0.5) * run, d / 2 - 0.03, dy=(k + 1) * rise),
                (0.03, 0.9, 0.03),
                of.wood(b),
            )


def hearth(b: Builder, pose: Pose, w: float, d: float) -> None:
    """A chimney breast (wall) with a fireplace, or a stove."""
    dice = b.dice
    b.new_instance()
    black = b.material((0.02, 0.02, 0.02))
    if dice.maybe(0.35):
        iron = b.material((0.06, 0.06, 0.065), gloss=0.3)
        b.box(pose, (0.5, 0.8, 0.42), iron, front=b.material((0.25, 0.1, 0.03), glow=0.6))
        b.column(pose.at(0, -0.05, dy=0.8), 0.14, 1.9, iron)
        return
    stone = of.masonry(b)
    front = of.plaster(b) if dice.maybe(0.3) else stone
    b.box(pose, (w, 4.0, d), front, side=Side.WALL)
    wide, foot = dice.between(0.6, 0.9), dice.pick((0.02, 0.1, 0.35))
    if dice.maybe(0.4):  # a surround, plain or of tiles
        around = of.ceramic(b) if dice.maybe(0.5) else of.tiles(b)
        b.box(pose.at(0, d / 2), (wide + 0.5, foot + 0.95, 0.06), around, side=Side.WALL)
    fire = b.material((0.9, 0.35, 0.05), (0.02, 0.02, 0.02), Texture.BLOBS, (6.0, 5.0), glow=dice.between(0, 2))
    b.box(pose.at(0, d / 2, dy=foot), (wide, 0.65, 0.09), black, side=Side.WALL)
    if dice.maybe(0.5):
        b.box(pose.at(0, d / 2, dy=foot + 0.02), (wide * 0.8, 0.3, 0.1), black, front=fire, side=Side.WALL)
    slab = stone if dice.maybe(0.6) else of.stone(b)
    if foot > 0.2:  # a bench of stone
        b.box(pose.at(0, d / 2 + 0.2), (w, foot - 0.03, 0.4), slab)
    else:
        b.box(pose.at(0, d / 2 + 0.2), (w, 0.03, 0.4), slab, side=Side.FLOOR)
    _mantle(b, pose.at(0, d / 2), w)


def _mantle(b: Builder, pose: Pose, w: float) -> None:
    """A board with things on it, and what hangs over it; ``pose`` is the foot of the breast's face."""
    dice = b.dice
    if dice.maybe(0.8):
        b.box(pose.at(0, 0.08, dy=1.1), (w, 0.08, 0.16), of.wood(b))
        clutter(b, pose.at(0, 0.06), w * 0.8, 0.05, 1.18, dice.whole(0, 4))
    for k in range(dice.whole(0, 4)):
        face = b.material(of.tint(dice, 0.03, 0.95, 0.7), of.tint(dice, 0.02, 0.95, 0.4), Texture.PICTURE)
        size = dice.between(0.25, 0.7)
        at = pose.at(dice.between(-0.35, 0.35) * w, 0.02, dy=1.35 + 0.25 * k)
        b.box(at, (size, size * dice.between(0.6, 1.3), 0.04), face, side=Side.WALL)


def radiator(b: Builder, pose: Pose, w: float, d: float) -> None:
    """A radiator below a window: flatter than a thing, part of the wall."""
    white = b.material(of.tint(b.dice, 0.8, 0.95, 0.05), (0.6, 0.6, 0.6), Texture.SLATS, (12.0, 12.0))
    b.box(pose.at(0, 0, dy=0.12), (w, b.dice.between(0.35, 0.65), d), white, side=Side.WALL)
