"""Materials as listings show them: much white and wood, some loud."""

import colorsys

from pipeline.distill.rooms.build import Builder, Color, Dice
from pipeline.distill.rooms.texture import Texture as Tx


def tint(dice: Dice, low: float, high: float, most: float = 0.5) -> Color:
    """A colour of this lightness and at most this saturation, mostly little."""
    hue = dice.pick((0.07, 0.09, 0.1, 0.12, 0.58, 0.6)) + dice.bell(0.03) if dice.maybe(0.6) else dice.roll()
    saturation = most * dice.roll() ** (1.5 if dice.maybe(0.6) else 0.7)
    return colorsys.hsv_to_rgb(hue % 1.0, saturation, dice.between(low, high))


def near(dice: Dice, color: Color, change: float) -> Color:
    """A colour like another one, lighter or darker."""
    factor = 1 + dice.between(-change, change)
    return (min(color[0] * factor, 1.0), min(color[1] * factor, 1.0), min(color[2] * factor, 1.0))


def wood_color(dice: Dice) -> Color:
    """Pale oak to nearly black."""
    light = dice.between(0.12, 0.75)
    return colorsys.hsv_to_rgb(dice.between(0.04, 0.11), dice.between(0.15, 0.65), light)


def plaster(b: Builder) -> int:
    """Paint of a wall: mostly white or pale, sometimes a colour, wallpaper, brick, boards, slats or stone."""
    d = b.dice
    kind = d.roll()
    if kind < 0.55:
        return b.material(tint(d, 0.7, 0.95, 0.12), grain=d.between(0, 0.06))
    if kind < 0.74:
        return b.material(tint(d, 0.25, 0.92, 0.6), grain=d.between(0, 0.08))
    if kind < 0.84:
        return _papered(b)
    return feature(b)


def _papered(b: Builder) -> int:
    d = b.dice
    color = tint(d, 0.3, 0.9, 0.5)
    second = near(d, color, 0.35) if d.maybe(0.6) else tint(d, 0.2, 0.95, 0.6)
    texture = d.pick((Tx.BLOBS, Tx.STRIPES, Tx.NOISE, Tx.WEAVE, Tx.MARBLE))
    scale = d.between(2, 12)
    return b.material(color, second, texture, (scale, 0.2 if texture == Tx.STRIPES else scale), grain=0.05)


def feature(b: Builder) -> int:
    """What one wall of a room is made of to be looked at: dark paint, stone, brick, slats, boards, slabs."""
    d = b.dice
    kind, color = d.roll(), tint(d, 0.2, 0.9, 0.35)
    if kind < 0.2:
        return b.material(tint(d, 0.03, 0.35, 0.6), grain=d.between(0, 0.05))
    if kind < 0.45:
        return masonry(b)
    if kind < 0.6:  # upright slats
        second = tint(d, 0.03, 0.3, 0.3)
        return b.material(wood_color(d), second, Tx.STRIPES, (d.between(8, 30), 1.0))
    if kind < 0.75:
        return boards(b)
    if kind < 0.9:  # polished slabs
        gloss, scale = d.between(0, 0.6), d.between(0.7, 2.5)
        color = color if d.maybe(0.4) else tint(d, 0.75, 0.96, 0.08)
        return b.material(color, near(d, color, 0.6), Tx.MARBLE, (scale, scale), gloss=gloss)
    second = near(d, color, 0.5)
    return b.material(color, second, Tx.NOISE, (d.between(2, 6), d.between(3, 9)), grain=0.5)


def masonry(b: Builder) -> int:
    """Brick or stone, as of chimneys: red, sand, grey, or painted."""
    d = b.dice
    color = colorsys.hsv_to_rgb(d.between(0.02, 0.12), d.between(0.05, 0.55), d.between(0.2, 0.85))
    if d.maybe(0.35):
        return b.material(color, near(d, color, 0.5), Tx.BRICK, (4.5, 13.0), grain=d.between(0.2, 0.5))
    second = near(d, color, 0.6) if d.maybe(0.5) else tint(d, 0.15, 0.8, 0.35)
    scale = (d.between(2, 6), d.between(4, 14))
    return b.material(color, second, Tx.STONE, scale, grain=d.between(0.1, 0.5))


def boards(b: Builder) -> int:
    """Wooden boards on a wall or ceiling."""
    d = b.dice
    color = wood_color(d) if d.maybe(0.6) else tint(d, 0.6, 0.95, 0.1)
    return b.material(color, near(d, color, 0.25), Tx.PLANKS, (d.between(2, 4), d.between(6, 14)), grain=0.1)


def ceiling(b: Builder) -> int:
    """Nearly always white."""
    d = b.dice
    if d.maybe(0.85):
        return b.material(tint(d, 0.8, 0.97, 0.06), grain=d.between(0, 0.05))
    return boards(b) if d.maybe(0.6) else b.material(tint(d, 0.3, 0.9, 0.4))


def floor(b: Builder, wet: bool = False) -> int:
    """Planks, parquet, tiles, carpet, stone or concrete; more often glossy than not."""
    d = b.dice
    kind = d.between(0.5, 1.0) if wet else d.roll()
    gloss = d.between(0, 0.95) if d.maybe(0.65) else 0.0
    if kind < 0.5:
        color = wood_color(d)
        second = near(d, color, d.between(0.1, 0.7))
        width = d.between(5, 14)
        texture = Tx.PLANKS if d.maybe(0.8) else Tx.HERRINGBONE
        scale = (width, width) if d.maybe(0.5) else (width * 0.7, width)
        return b.material(color, second, texture, scale, grain=d.between(0, 0.2), gloss=gloss)
    if kind < 0.72:
        color, size = tint(d, 0.15, 0.92, 0.3), d.between(1.2, 6)
        joint = near(d, color, 0.5)
        texture = Tx.TILES if d.maybe(0.8) else Tx.CHECKER
        return b.material(color, joint, texture, (size, size), grain=d.between(0, 0.2), gloss=gloss)
    if kind < 0.93 and not wet:
        return carpet(b)
    color = tint(d, 0.3, 0.9, 0.2)
    texture = d.pick((Tx.MARBLE, Tx.NOISE))
    return b.material(color, near(d, color, 0.4), texture, (1.5, 1.5), grain=0.1, gloss=gloss)


def carpet(b: Builder) -> int:
    """From wall to wall: mostly pale and plain, with a pile that shows tracks, or woven, or nearly nothing."""
    d = b.dice
    pale = d.maybe(0.65)
    color = tint(d, 0.55, 0.93, 0.2) if pale else tint(d, 0.12, 0.7, 0.5)
    kind, grain = d.roll(), d.between(0.05, 0.4)
    if kind < 0.5:
        second = near(d, color, d.between(0.05, 0.3))
        return b.material(color, second, Tx.PILE, (d.between(0.7, 4), d.between(0.7, 4)), grain=grain)
    if kind < 0.75:
        return b.material(color, near(d, color, 0.3), Tx.WEAVE, (8.0, 8.0), grain=0.35)
    return b.material(color, grain=d.between(0.0, 0.3))


def wood(b: Builder) -> int:
    """Of furniture: grain along, or painted."""
    d = b.dice
    if d.maybe(0.45):
        return b.material(tint(d, 0.1, 0.95, 0.25), gloss=d.pick((0.0, 0.2, 0.5)))
    color = wood_color(d)
    return b.material(color, near(d, color, 0.35), Tx.PLANKS, (2.0, d.between(2, 8)), gloss=d.pick((0.0, 0.3)))


def fabric(b: Builder, low: float = 0.1, high: float = 0.9) -> int:
    """Of sofas and chairs: plain, woven, patterned, leather."""
    d = b.dice
    color = tint(d, low, high, 0.6)
    kind = d.roll()
    bend = d.between(0.1, 0.3)
    if kind < 0.4:
        return b.material(color, grain=d.between(0, 0.15), bend=bend)
    if kind < 0.7:
        return b.material(color, near(d, color, 0.3), Tx.WEAVE, (9.0, 9.0), grain=0.25, bend=bend)
    if kind < 0.82:
        return b.material(color, near(d, color, 0.2), Tx.QUILT, (3.0, 3.0), gloss=0.2, bend=bend)
    texture = d.pick((Tx.STRIPES, Tx.BLOBS, Tx.CHECKER, Tx.NOISE))
    scale = d.between(3, 14)
    return b.material(color, tint(d, 0.1, 0.95, 0.6), texture, (scale, scale), bend=bend)


def linen(b: Builder) -> int:
    """Of beds: white as often as not, wrinkled, sometimes patterned."""
    d = b.dice
    color = tint(d, 0.8, 0.97, 0.08) if d.maybe(0.55) else tint(d, 0.2, 0.9, 0.6)
    if d.maybe(0.75):
        return b.material(color, near(d, color, 0.12), Tx.QUILT, (d.between(1, 3), d.between(1, 3)), bend=0.15)
    texture = d.pick((Tx.BLOBS, Tx.STRIPES, Tx.CHECKER, Tx.WEAVE))
    scale = d.between(2, 9)
    return b.material(color, tint(d, 0.2, 0.95, 0.5), texture, (scale, scale), grain=0.1, bend=0.15)


def metal(b: Builder) -> int:
    """Steel, brass or black."""
    d = b.dice
    color = d.pick(((0.6, 0.6, 0.62), (0.75, 0.75, 0.76), (0.5, 0.4, 0.2), (0.04, 0.04, 0.04)))
    return b.material(color, gloss=d.between(0.3, 1.0))


def ceramic(b: Builder) -> int:
    """White and glossy."""
    return b.material(tint(b.dice, 0.82, 0.97, 0.04), gloss=b.dice.between(0.3, 0.8))


def stone(b: Builder) -> int:
    """Of counters."""
    d = b.dice
    color = tint(d, 0.08, 0.92, 0.2)
    texture = d.pick((Tx.MARBLE, Tx.NOISE, Tx.PLAIN, Tx.PLANKS))
    return b.material(color, near(d, color, 0.5), texture, (6.0, 6.0), grain=0.1, gloss=d.between(0, 0.7))


def tiles(b: Builder) -> int:
    """On walls of kitchens and baths."""
    d = b.dice
    color = tint(d, 0.7, 0.95, 0.1) if d.maybe(0.6) else tint(d, 0.15, 0.9, 0.6)
    scale = d.pick(((3.0, 3.0), (5.0, 10.0), (7.0, 7.0), (2.0, 4.0), (10.0, 10.0)))
    texture = d.pick((Tx.TILES, Tx.TILES, Tx.BRICK))
    return b.material(color, near(d, color, 0.35), texture, scale, gloss=d.between(0, 0.5))


def small(b: Builder) -> int:
    """Of small things: any colour."""
    d = b.dice
    if d.maybe(0.7):
        return b.material(tint(d, 0.05, 0.95, 0.9), gloss=d.pick((0.0, 0.0, 0.5)))
    texture = d.pick((Tx.STRIPES, Tx.BLOBS, Tx.NOISE, Tx.BOOKS))
    return b.material(tint(d, 0.05, 0.95, 0.9), tint(d, 0.05, 0.95, 0.9), texture, (9.0, 9.0))
