"""The plan of a room as lines and words in metres, for SVG, DXF and PNG alike.

x runs to the right and y up, from the lower corner of the room. Sides that no photo shows are drawn dashed, as
far as something was seen and cameras stood; floor that no photo shows is hatched. Nobody knows where north is,
so it is not drawn.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pipeline.rooms.sizes import Band, RoomMeasure, RoomSize
from pipeline.sizing.words import metres

#: how far dimension lines lie outside the walls, metres
_DIMENSION_M: Final = 0.55
#: length of the strokes at the ends of a dimension line, metres
_TICK_M: Final = 0.09
#: length of the sides of a camera's mark, metres
_CAMERA_M: Final = 0.32
#: the mark shows at most this half angle, radians: wider ones look like a fan
_WIDEST_RAD: Final = 0.75
#: between the strokes of a hatched cell, cells
_STROKES: Final = 2
#: how far the scale bar lies below the dimension line, metres
_BAR_M: Final = 0.65
_BAR_HEIGHT_M: Final = 0.08
_LETTER_M: Final = 0.2
#: how far words stand from their line, metres
_WORDS_BESIDE_M: Final = 0.16
Point = tuple[float, float]


class Layer(StrEnum):
    """What a line is; layers of the DXF, classes of the SVG."""

    WALL = "WALLS"
    UNSEEN = "UNSEEN_WALLS"
    HATCH = "UNSEEN_FLOOR"
    DIMENSION = "DIMENSIONS"
    CAMERA = "CAMERAS"
    SCALE = "SCALE_BAR"


@dataclass(frozen=True)
class Line:
    """A straight line, metres."""

    layer: Layer
    start: Point
    end: Point


@dataclass(frozen=True)
class Words:
    """A line of text around a point; ``turned`` by a quarter to the left."""

    layer: Layer
    at: Point
    text: str
    turned: bool = False


@dataclass(frozen=True)
class Plan:
    """A room from above.

    Attributes:
        title: what is shown.
        lines, words: of the drawing.
        low, high: corners of all that is drawn, metres.
        floor: corners of the room itself.
    """

    title: str
    lines: tuple[Line, ...]
    words: tuple[Words, ...]
    low: Point
    high: Point
    floor: tuple[Point, Point]


def plan_of(measure: RoomMeasure, size: RoomSize, title: str) -> Plan:
    """The plan of a measured room.

    Args:
        measure: what its photos tell.
        size: how large it is.
        title: its name.
    """
    scale = size.scale.value
    origin = tuple(_end(measure, axis, 0) for axis in (0, 1))
    far = tuple(scale * (_end(measure, axis, 1) - origin[axis]) for axis in (0, 1))
    floor = ((0.0, 0.0), (far[0], far[1]))
    lines = [*_walls(measure, floor[1]), *_hatch(measure, (origin[0], origin[1]), scale, floor[1])]
    dimensions, told = _dimensions(measure, size, (origin[0], origin[1]))
    bar, bar_words = _scale_bar(floor[1])
    cameras, numbers = _cameras(measure, (origin[0], origin[1]), scale)
    lines += [*dimensions, *bar, *cameras]
    words = (*told, *bar_words, *numbers)
    corners = [point for line in lines for point in (line.start, line.end)] + [one.at for one in words]
    margin = 2 * _LETTER_M
    low = (min(x for x, _ in corners) - margin, min(y for _, y in corners) - margin)
    high = (max(x for x, _ in corners) + margin, max(y for _, y in corners) + margin)
    return Plan(title, tuple(lines), words, low, high, floor)


def _seen_end(measure: RoomMeasure, axis: int, which: int) -> float:
    """How far the room was seen on one side, units."""
    side = measure.pair(axis)[which]
    return side.offset if side.seen else side.reach


def _end(measure: RoomMeasure, axis: int, which: int) -> float:
    """Where the drawing of the room ends on one side, units: cameras lie within where there is no wall."""
    end = _seen_end(measure, axis, which)
    if measure.pair(axis)[which].seen:
        return end
    places = [photo.position[axis] for photo in measure.photos]
    return min(end, *places) if which == 0 else max(end, *places)


def _walls(measure: RoomMeasure, far: Point) -> Iterator[Line]:
    x, y = far
    ends = (((0, 0), (0, y)), ((x, 0), (x, y)), ((0, 0), (x, 0)), ((0, y), (x, y)))
    for side, (start, end) in zip(measure.sides[:4], ends, strict=True):
        yield Line(Layer.WALL if side.seen else Layer.UNSEEN, start, end)


def _hatch(measure: RoomMeasure, origin: Point, scale: float, far: Point) -> Iterator[Line]:
    """Strokes through every cell of the floor that no photo shows, within the drawn room."""
    floor = measure.floor
    cell = scale * floor.cell
    left, foot = (scale * (floor.origin[k] - origin[k]) for k in (0, 1))
    for row, cells in enumerate(floor.rows):
        for column, seen in enumerate(cells):
            x, y = left + column * cell, foot + row * cell
            inside = -cell / 2 < x < far[0] - cell / 2 and -cell / 2 < y < far[1] - cell / 2
            if seen == "0" and inside:
                yield from _strokes(max(x, 0.0), max(y, 0.0), min(x + cell, far[0]), min(y + cell, far[1]))


def _strokes(x0: float, y0: float, x1: float, y1: float) -> Iterator[Line]:
    """Parallel strokes that go on from cell to cell."""
    for k in range(_STROKES):
        share = k / _STROKES
        yield Line(Layer.HATCH, (x0 + share * (x1 - x0), y0), (x1, y1 - share * (y1 - y0)))
        if k:
            yield Line(Layer.HATCH, (x0, y0 + share * (y1 - y0)), (x1 - share * (x1 - x0), y1))


def _dimensions(measure: RoomMeasure, size: RoomSize, origin: Point) -> tuple[list[Line], list[Words]]:
    """Dimension lines below and to the left, with the number and its band."""
    lines: list[Line] = []
    words: list[Words] = []
    for name, axis in zip(("length", "width"), size.axes[:2], strict=True):
        told = _told(size.of(name), size.at_least.get(name))
        if not told:
            continue
        ends = [size.scale.value * (_seen_end(measure, axis, which) - origin[axis]) for which in (0, 1)]
        middle, beside = sum(ends) / 2, -_DIMENSION_M + _WORDS_BESIDE_M
        marks = [(ends[0], ends[1], -_DIMENSION_M, -_DIMENSION_M)]
        marks += [(end, end, -_DIMENSION_M - _TICK_M, -_DIMENSION_M + _TICK_M) for end in ends]
        for start, end, low, high in marks:
            flat = ((start, low), (end, high))
            upright = ((low, start), (high, end))
            lines.append(Line(Layer.DIMENSION, *(flat if axis == 0 else upright)))
        at = (middle, beside) if axis == 0 else (beside, middle)
        words.append(Words(Layer.DIMENSION, at, told, turned=axis == 1))
    return lines, words


def _told(band: Band | None, least: float | None) -> str:
    if band is not None:
        return f"{metres(band.value)} ({band.low:.1f} to {band.high:.1f})"
    return "" if least is None else f"at least {metres(least)}"


def _scale_bar(far: Point) -> tuple[list[Line], list[Words]]:
    """A bar of whole metres below the plan."""
    whole = max(1, min(5, math.floor(far[0] + _TICK_M)))
    y = -_DIMENSION_M - _BAR_M
    lines = [Line(Layer.SCALE, (0.0, y), (float(whole), y))]
    lines += [Line(Layer.SCALE, (float(x), y), (float(x), y + _BAR_HEIGHT_M)) for x in range(whole + 1)]
    words = [Words(Layer.SCALE, (float(whole) / 2, y + _BAR_HEIGHT_M + _WORDS_BESIDE_M), f"{whole} m")]
    return lines, words


def _cameras(measure: RoomMeasure, origin: Point, scale: float) -> tuple[list[Line], list[Words]]:
    """Where the photos were taken, which way they look, and their numbers."""
    lines: list[Line] = []
    words: list[Words] = []
    for number, photo in enumerate(measure.photos, start=1):
        x, y = (scale * (photo.position[k] - origin[k]) for k in (0, 1))
        look = math.atan2(photo.ahead[1], photo.ahead[0])
        half = min(photo.half_angle_rad, _WIDEST_RAD)
        tips = [(x + _CAMERA_M * math.cos(look + s), y + _CAMERA_M * math.sin(look + s)) for s in (half, -half)]
        lines += [Line(Layer.CAMERA, (x, y), tip) for tip in tips]
        lines.append(Line(Layer.CAMERA, tips[0], tips[1]))
        behind = (x - _WORDS_BESIDE_M * math.cos(look), y - _WORDS_BESIDE_M * math.sin(look))
        words.append(Words(Layer.CAMERA, behind, str(number)))
    return lines, words
