"""Beds, seats, tables, cases, plants and lamps, built of boxes, ellipsoids and cylinders.

Every maker gets the pose of the middle of its footprint, its front towards local z+, and the footprint's width
and depth in metres.
"""

import math

from pipeline.distill.rooms import materials as of
from pipeline.distill.rooms.build import Builder, Pose
from pipeline.distill.rooms.texture import Texture


def legs(b: Builder, pose: Pose, w: float, d: float, high: float, mat: int, thick: float = 0.05) -> None:
    """Four legs, round or square."""
    is_round = b.dice.maybe(0.4)
    for sx in (-0.5, 0.5):
        for sz in (-0.5, 0.5):
            at = pose.at(sx * (w - 1.4 * thick), sz * (d - 1.4 * thick))
            if is_round:
                b.column(at, thick, high, mat)
            else:
                b.box(at, (thick, high, thick), mat)


def bed(b: Builder, pose: Pose, w: float, d: float) -> None:
    """Frame, mattress, cover with a flat or folded top, pillows, headboard, throw."""
    dice = b.dice
    b.new_instance()
    foot, thick = dice.between(0.12, 0.32), dice.between(0.18, 0.32)
    frame, sheet = of.wood(b) if dice.maybe(0.6) else of.fabric(b), of.linen(b)
    if dice.maybe(0.75):
        b.box(pose, (w + 0.04, foot, d), frame)
    else:
        legs(b, pose, w, d, foot, frame)
        b.box(pose.at(0, 0, dy=foot - 0.05), (w, 0.05, d), frame)
    top = foot + thick
    b.box(pose.at(0, 0.02, dy=foot), (w, thick, d - 0.06), sheet)
    cover = sheet if dice.maybe(0.4) else of.linen(b)
    length = d * dice.between(0.55, 0.85)
    hang = dice.between(0.0, thick)
    b.box(
        pose.at(0, (d - length) / 2, dy=top - hang),
        (w + 0.06, hang + dice.between(0.02, 0.09), length + 0.02),
        cover,
    )
    if dice.maybe(0.35):  # a throw over the foot of the bed
        b.box(
            pose.at(0, 0.28 * d, dy=top - 0.3), (w + 0.09, 0.4, dice.between(0.3, 0.6)), of.fabric(b, 0.05, 0.8)
        )
    if dice.maybe(0.85):
        _headboard(b, pose, w, d, top)
    _pillows(b, pose, w, d, top)


def _headboard(b: Builder, pose: Pose, w: float, d: float, top: float) -> None:
    dice = b.dice
    high, wide = top + dice.between(0.2, 0.8), w + dice.between(0.0, 0.4)
    mat = of.fabric(b) if dice.maybe(0.5) else of.wood(b)
    if dice.maybe(0.8):
        b.box(pose.at(0, -d / 2 + 0.05), (wide, high, dice.between(0.05, 0.14)), mat)
        return
    for k in range(9):  # bars
        b.box(pose.at(w * (k / 8 - 0.5), -d / 2 + 0.04), (0.03, high, 0.03), mat)
    b.box(pose.at(0, -d / 2 + 0.04, dy=high - 0.04), (w, 0.05, 0.04), mat)


def _pillows(b: Builder, pose: Pose, w: float, d: float, top: float) -> None:
    dice = b.dice
    count = 1 if w < 1.15 else 2
    lean = dice.pick((0.0, 0.0, 0.5, 0.9))
    for row in range(dice.whole(1, 3)):
        mat, size = of.linen(b) if row < 2 else of.fabric(b), dice.between(0.5, 0.95) if row else 1.0
        for k in range(count):
            x = w * ((k + 0.5) / count - 0.5) + dice.bell(0.03)
            at = pose.at(x, -d / 2 + 0.3 + 0.17 * row, dice.bell(0.08), dy=top - 0.03)
            tilt = (lean * dice.between(0.7, 1.1) + 0.25 * row, 0.0)
            extent = (0.85 * w / count * size, 0.2, 0.5 * size)
            if dice.maybe(0.6):
                b.blob(at, (extent[0] * 1.1, extent[1] * 1.3, extent[2] * 1.15), mat, lean=tilt)
            else:
                b.box(at, extent, mat, lean=tilt)


def sofa(b: Builder, pose: Pose, w: float, d: float) -> None:
    """Base, seat cushions, back, arms, loose cushions; sometimes a chaise."""
    dice = b.dice
    b.new_instance()
    mat, seat, back = of.fabric(b), dice.between(0.36, 0.48), dice.between(0.65, 0.95)
    lift = dice.pick((0.0, 0.05, 0.12))
    b.box(pose.at(0, 0, dy=lift), (w, seat - 0.12 - lift, d), mat)
    if lift > 0.06:
        legs(b, pose, w, d, lift, of.wood(b), 0.04)
    arm = dice.between(0.08, 0.25)
    count = max(1, round(w / dice.between(0.6, 0.95)))
    cushion = mat if dice.maybe(0.8) else of.fabric(b)
    for k in range(count):
        wide = (w - 2 * arm) / count
        x = -w / 2 + arm + (k + 0.5) * wide
        b.box(pose.at(x, 0.08, dy=seat - 0.13), (wide - 0.015, 0.14, d - 0.18), cushion)
        b.box(
            pose.at(x, -d / 2 + 0.24, dy=seat),
            (wide - 0.02, back - seat, 0.16),
            cushion,
            lean=(-0.15, 0.0),
        )
    b.box(pose.at(0, -d / 2 + 0.08), (w, back - 0.06, 0.16), mat)
    if dice.maybe(0.9):
        for side in (-1, 1):
            b.box(pose.at(side * (w - arm) / 2, 0), (arm, seat + dice.between(0.1, 0.25), d), mat)
    if dice.maybe(0.2) and w > 1.7:
        side = dice.pick((-1, 1))
        b.box(pose.at(side * (w / 2 - 0.4), d / 2 + 0.3), (0.8, seat, 0.8), mat)
    loose_cushions(b, pose, w - 2 * arm, -d / 2 + 0.38, seat)


def loose_cushions(b: Builder, pose: Pose, w: float, z: float, high: float) -> None:
    """Square cushions that lean against a back."""
    dice = b.dice
    for _ in range(dice.whole(0, 4)):
        mat, size = of.fabric(b, 0.05, 0.95), dice.between(0.36, 0.5)
        at = pose.at(dice.between(-0.45, 0.45) * w, z, dice.bell(0.2), dy=high - 0.02)
        tilt = (-dice.between(0.1, 0.5), dice.bell(0.08))
        if dice.maybe(0.5):
            b.blob(at, (size * 1.15, size * 1.15, 0.2), mat, lean=tilt)
        else:
            b.box(at, (size, size, 0.13), mat, lean=tilt)


def armchair(b: Builder, pose: Pose, w: float, d: float) -> None:
    """A soft chair, boxy, round or on legs."""
    dice = b.dice
    b.new_instance()
    mat, seat = of.fabric(b), dice.between(0.36, 0.46)
    style = dice.roll()
    if style < 0.25:  # tub
        b.column(pose, w, seat, mat, flat=d / w)
        for k in range(7):
            turn = math.pi * (k / 6 + 1.0)
            at = pose.at(0.45 * w * math.cos(turn), 0.45 * d * math.sin(turn), -turn + math.pi / 2)
            b.box(at, (0.26 * w, seat + 0.33, 0.1), mat)
        return
    lift = dice.pick((0.0, 0.15, 0.2))
    if lift:
        legs(b, pose, w, d, lift, of.wood(b), 0.04)
    b.box(pose.at(0, 0, dy=lift), (w, seat - lift, d), mat)
    back = dice.between(0.7, 1.05)
    b.box(pose.at(0, -d / 2 + 0.09, dy=lift), (w, back - lift, 0.16), mat, lean=(-0.12, 0.0))
    if style < 0.8:
        for side in (-1, 1):
            b.box(pose.at(side * (w / 2 - 0.06), 0, dy=lift), (0.12, seat + 0.18 - lift, d), mat)
    loose_cushions(b, pose, 0.3, -d / 2 + 0.3, seat)


def pouf(b: Builder, pose: Pose, w: float, d: float) -> None:
    """A pouf, stool or bench."""
    dice = b.dice
    b.new_instance()
    high = dice.between(0.32, 0.5)
    if dice.maybe(0.4):
        b.column(pose, w, high, of.fabric(b), flat=d / w)
    elif dice.maybe(0.5):
        b.box(pose, (w, high, d), of.fabric(b))
    else:
        mat = of.wood(b)
        b.box(pose.at(0, 0, dy=high - 0.05), (w, 0.05, d), mat)
        legs(b, pose, w, d, high - 0.05, mat)


def chair(b: Builder, pose: Pose, w: float, d: float) -> None:
    """Seat, back of slats or one piece, legs or a foot."""
    dice = b.dice
    b.new_instance()
    mat = of.wood(b) if dice.maybe(0.6) else of.small(b)
    seat, back = dice.between(0.43, 0.48), dice.between(0.75, 1.0)
    b.box(pose.at(0, 0, dy=seat - 0.04), (w, dice.between(0.03, 0.08), d), mat)
    if dice.maybe(0.8):
        legs(b, pose, w, d, seat - 0.03, mat if dice.maybe(0.6) else of.metal(b), 0.035)
    else:
        b.column(pose, 0.06, seat, of.metal(b))
        b.column(pose, 0.45, 0.03, of.metal(b))
    if dice.maybe(0.6):
        b.box(pose.at(0, -d / 2 + 0.02, dy=seat + 0.05), (w, back - seat - 0.05, 0.03), mat, lean=(-0.1, 0.0))
        return
    for k in range(dice.whole(2, 5)):
        b.box(pose.at(0, -d / 2 + 0.015, dy=seat + 0.1 + 0.09 * k), (w, 0.045, 0.02), mat)
    for side in (-1, 1):
        b.box(pose.at(side * (w / 2 - 0.02), -d / 2 + 0.02, dy=seat), (0.035, back - seat, 0.03), mat)


def table(b: Builder, pose: Pose, w: float, d: float, high: float = 0.74) -> None:
    """A table with legs, a column or cheeks; things on it."""
    dice = b.dice
    b.new_instance()
    top = dice.pick((of.wood, of.wood, of.wood, of.stone, of.fabric))(b)
    thick = dice.between(0.02, 0.06)
    is_round = dice.maybe(0.25)
    if is_round:
        b.column(pose.at(0, 0, dy=high - thick), w, thick, top, flat=d / w)
    else:
        b.box(pose.at(0, 0, dy=high - thick), (w, thick, d), top)
    foot = top if dice.maybe(0.5) else of.metal(b)
    if is_round or dice.maybe(0.1):
        b.column(pose, dice.between(0.07, 0.25), high - thick, foot)
        b.column(pose, 0.5 * w, 0.03, foot, flat=d / w)
    elif dice.maybe(0.8):
        legs(b, pose, w, d, high - thick, foot, dice.between(0.03, 0.09))
    else:
        for side in (-0.5, 0.5):
            b.box(pose.at(side * (w - 0.1), 0), (0.05, high - thick, d), foot)
    clutter(b, pose, w * 0.7, d * 0.7, high, dice.whole(0, 5))


def coffee_table(b: Builder, pose: Pose, w: float, d: float) -> None:
    """A low table."""
    table(b, pose, w, d, b.dice.between(0.3, 0.5))


def dining(b: Builder, pose: Pose, w: float, d: float) -> None:
    """A table and the chairs round it."""
    dice = b.dice
    table_w, table_d = w, max(0.7, d - 0.9)
    table(b, pose, table_w, table_d, dice.between(0.72, 0.78))
    per_side = max(1, int(table_w / 0.6))
    state = [dice.roll() for _ in range(8)]
    for side in (-1, 1):
        for k in range(per_side):
            if dice.maybe(0.15):
                continue
            x = table_w * ((k + 0.5) / per_side - 0.5) + dice.bell(0.05)
            z = side * (table_d / 2 + dice.between(-0.12, 0.2))
            turn = (math.pi if side > 0 else 0.0) + dice.bell(0.15)
            chair(b, pose.at(x, z, turn), 0.4 + 0.08 * state[0], 0.4 + 0.08 * state[1])


def cabinet(b: Builder, pose: Pose, w: float, d: float) -> None:
    """A sideboard or chest with fronts and things on top, sometimes on legs."""
    dice = b.dice
    b.new_instance()
    high, lift = dice.pick((0.4, 0.5, 0.6, 0.75, 0.85, 1.1)), dice.pick((0.0, 0.0, 0.1, 0.18))
    mat = of.wood(b)
    b.box(pose.at(0, 0, dy=lift), (w, high - lift, d), mat, front=fronts(b, mat, w))
    if lift:
        legs(b, pose, w, d, lift, mat, 0.04)
    clutter(b, pose, w * 0.85, d * 0.6, high, dice.whole(0, 6))
    if high < 0.9 and dice.maybe(0.35):
        tv_set(b, pose.at(0, -0.03, dy=high))


def fronts(b: Builder, mat: int, w: float) -> int:
    """Fronts of doors or drawers in the material's colour."""
    row, dice = b.mats[mat], b.dice
    color = (row[0], row[1], row[2])
    count = max(1, round(w / dice.between(0.35, 0.7)))
    handle = dice.pick(((0.6, 0.6, 0.6), (0.05, 0.05, 0.05), (0.5, 0.4, 0.2), color))
    return b.material(color, handle, Texture.PANELS, (count / w, 1.0), gloss=row[10])


def tv_set(b: Builder, pose: Pose) -> None:
    """A television on a foot."""
    w = b.dice.between(0.7, 1.5)
    black = b.material((0.02, 0.02, 0.025), (0.01, 0.01, 0.01), Texture.SCREEN, gloss=0.7)
    b.box(pose.at(0, 0, dy=0.06), (w, 0.56 * w, 0.05), black)
    b.box(pose, (0.3 * w, 0.07, 0.18), black)


def wardrobe(b: Builder, pose: Pose, w: float, d: float) -> None:
    """A tall closed case."""
    b.new_instance()
    mat = of.wood(b)
    b.box(pose, (w, b.dice.between(1.7, 2.3), d), mat, front=fronts(b, mat, w))


def shelf(b: Builder, pose: Pose, w: float, d: float) -> None:
    """Boards with books and things between two cheeks, open or against a back."""
    dice = b.dice
    b.new_instance()
    mat, high, count = of.wood(b), dice.between(0.8, 2.2), dice.whole(2, 5)
    b.box(pose.at(0, -d / 2 + 0.01), (w, high, 0.02), mat)
    for side in (-0.5, 0.5):
        b.box(pose.at(side * w, 0), (0.025, high, d), mat)
    gap = high / count
    for k in range(count + 1):
        b.box(pose.at(0, 0, dy=min(k * gap, high - 0.02)), (w, 0.025, d), mat)
        if k < count and dice.maybe(0.8):
            tall, wide = gap * dice.between(0.4, 0.85), w * dice.between(0.3, 0.95)
            books = b.material(
                (0.3, 0.25, 0.2), texture=dice.pick((Texture.BOOKS, Texture.SHOP)), scale=(2.5, 2.5)
            )
            x = dice.between(-0.5, 0.5) * (w - wide)
            b.box(pose.at(x, -0.03, dy=k * gap + 0.02), (wide, tall, d * 0.7), of.small(b), front=books)


def desk(b: Builder, pose: Pose, w: float, d: float) -> None:
    """A desk with a chair, sometimes a screen."""
    table(b, pose.at(0, -0.15), w, d - 0.3, 0.74)
    chair(b, pose.at(b.dice.bell(0.1), d / 2 - 0.25, math.pi + b.dice.bell(0.4)), 0.45, 0.45)
    if b.dice.maybe(0.5):
        tv_set(b, pose.at(0, -0.25, dy=0.74))


def nightstand(b: Builder, pose: Pose, w: float, d: float) -> None:
    """A small case with a lamp."""
    b.new_instance()
    mat, high = of.wood(b), b.dice.between(0.4, 0.65)
    b.box(pose, (w, high, d), mat, front=fronts(b, mat, w))
    if b.dice.maybe(0.75):
        table_lamp(b, pose.at(0, 0, dy=high))
    else:
        clutter(b, pose, w * 0.6, d * 0.5, high, 2)


def table_lamp(b: Builder, pose: Pose) -> None:
    """A foot and a shade; one in two is lit."""
    dice = b.dice
    tall, wide = dice.between(0.2, 0.4), dice.between(0.18, 0.38)
    b.column(pose, dice.between(0.03, 0.16), tall, of.small(b))
    b.column(pose.at(0, 0, dy=tall * 0.8), wide, dice.between(0.15, 0.26), _shade(b))


def _shade(b: Builder) -> int:
    dice = b.dice
    glow = dice.between(0.8, 4.0) if dice.maybe(0.5) else 0.0
    return b.material(of.tint(dice, 0.5, 0.97, 0.3), glow=glow)


def floor_lamp(b: Builder, pose: Pose, w: float, d: float) -> None:
    """A lamp on a stick."""
    dice = b.dice
    b.new_instance()
    high, mat = dice.between(1.3, 1.8), of.metal(b)
    b.column(pose, 0.28, 0.03, mat)
    b.column(pose, 0.025, high, mat)
    b.column(pose.at(0, 0, dy=high - 0.25), min(w, d) * dice.between(0.7, 1.2), 0.28, _shade(b))


def plant(b: Builder, pose: Pose, w: float, d: float) -> None:
    """A pot and a cloud of leaves."""
    dice = b.dice
    b.new_instance()
    pot, wide = dice.between(0.2, 0.45), dice.between(0.2, 0.4)
    b.column(pose, wide, pot, of.small(b))
    green = (dice.between(0.03, 0.2), dice.between(0.12, 0.35), dice.between(0.02, 0.15))
    leaf = b.material(green, of.near(dice, green, 0.6), Texture.LEAVES, (8.0, 8.0))
    tall, spread = dice.between(0.3, 1.3), dice.between(0.15, 0.4)
    narrow = dice.maybe(0.5)
    for _ in range(dice.whole(8, 22)):
        size = dice.between(0.12, 0.35)
        at = pose.at(dice.bell(spread), dice.bell(spread), dice.between(0, 6.28), pot + tall * dice.roll())
        lean = (dice.between(-1.2, 1.2), dice.between(-0.6, 0.6))
        b.blob(at, (size * (0.3 if narrow else 0.7), 0.03 if narrow else size * 0.3, size), leaf, lean=lean)
    b.column(pose.at(0, 0, dy=pot), 0.04, tall * 0.6, of.wood(b))


def clutter(b: Builder, pose: Pose, w: float, d: float, high: float, count: int) -> None:
    """Vases, bowls, books, frames and boxes on a top."""
    dice = b.dice
    for _ in range(count):
        at = pose.at(dice.between(-0.5, 0.5) * w, dice.between(-0.5, 0.5) * d, dice.bell(0.6), high)
        mat, kind = of.small(b), dice.roll()
        if kind < 0.25:
            b.column(at, dice.between(0.05, 0.16), dice.between(0.08, 0.35), mat)
        elif kind < 0.45:
            size = dice.between(0.08, 0.25)
            b.blob(at, (size, size * dice.between(0.4, 1.2), size), mat)
        elif kind < 0.6:
            b.box(at, (dice.between(0.15, 0.3), dice.between(0.02, 0.1), dice.between(0.12, 0.25)), mat)
        elif kind < 0.8:
            b.box(at, (dice.between(0.08, 0.3), dice.between(0.08, 0.35), dice.between(0.02, 0.2)), mat)
        elif kind < 0.9:
            table_lamp(b, at)
        else:
            size = dice.between(0.15, 0.4)
            green = b.material((0.08, 0.22, 0.06), (0.2, 0.3, 0.1), Texture.LEAVES, (12.0, 12.0))
            b.column(at, 0.5 * size, 0.4 * size, mat)
            b.blob(at.at(0, 0, dy=0.4 * size), (size, size, size), green)


def pile(b: Builder, pose: Pose, w: float, d: float) -> None:
    """Boxes, baskets, bags and other things that stand about."""
    dice = b.dice
    b.new_instance()
    for _ in range(dice.whole(1, 4)):
        at = pose.at(dice.bell(0.15), dice.bell(0.15), dice.bell(0.8))
        size = (dice.between(0.15, w), dice.between(0.15, 0.8), dice.between(0.15, d))
        if dice.maybe(0.3):
            b.column(at, size[0], size[1], of.small(b))
        elif dice.maybe(0.3):
            b.blob(at, size, of.fabric(b))
        else:
            b.box(at, size, of.small(b) if dice.maybe(0.6) else of.fabric(b))
