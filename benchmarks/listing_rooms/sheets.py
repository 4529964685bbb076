"""Contact sheets of rooms: each photo, the mesh from there, from half a metre aside, and the whole room."""

from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from benchmarks.listing_rooms.figures import BuiltRoom
from pipeline.rooms.judging import Picture, look_aside, picture_of, viewpoint_of
from pipeline.rooms.scene import Source, Viewpoint

TILE_PX: Final = 300
_GAP_PX: Final = 4
_HOLE: Final = np.array((255, 0, 255), np.uint8)
_SOURCES: Final = {
    Source.NONE: (0, 0, 0),
    Source.MEASURED: (70, 160, 90),
    Source.INFERRED: (80, 120, 200),
    Source.GENERATED: (220, 150, 60),
}
#: of looks at the whole room, radians; wide enough for a room from its corner
_FIELD_RAD: Final = 1.3


def write_sheet(room: BuiltRoom, path: Path) -> None:
    """A row for each photo (photo, from there, right, left, forward), then above, outside, and by source."""
    rows = []
    for view in room.views:
        viewpoint = viewpoint_of(view, TILE_PX)
        looks = look_aside(room.surface, [view])
        rows.append(
            [view.image, _shown(picture_of(room.surface, viewpoint)), *(_shown(a.picture) for a in looks)]
        )
    rows.append(_whole(room))
    _paste(rows).save(path)


def _whole(room: BuiltRoom) -> list[UInt8[np.ndarray, "H W 3"]]:
    low, high = np.quantile(room.surface.vertices.astype(float), [0.01, 0.99], axis=0)
    middle, size = (low + high) / 2, float(np.linalg.norm(high - low))
    above = _into(room, _looking(middle, np.array([0.02, 0.0, -1.0]), 0.95 * size))
    outside = [
        _into(room, _looking(middle, np.array([*side, -0.7]), size)) for side in ((1.0, 0.8), (-1.0, -0.8))
    ]
    first = picture_of(room.surface, viewpoint_of(room.views[0], TILE_PX))
    colors = np.array([_SOURCES[Source(number)] for number in range(len(_SOURCES))], np.uint8)
    return [*(_shown(picture) for picture in (above, *outside)), colors[first.source]]


def _into(room: BuiltRoom, viewpoint: Viewpoint) -> Picture:
    """From outside, through the backs of walls, floor and ceiling."""
    return picture_of(room.surface, viewpoint, cull=True)


def _looking(middle: np.ndarray, direction: np.ndarray, distance: float) -> Viewpoint:
    ahead = direction / np.linalg.norm(direction)
    size = (TILE_PX, TILE_PX * 3 // 4)
    return Viewpoint.looking(middle - distance * ahead, ahead, _FIELD_RAD, size)


def _shown(picture: Picture) -> UInt8[np.ndarray, "H W 3"]:
    shown: UInt8[np.ndarray, "H W 3"] = np.where(picture.hole[..., None], _HOLE, picture.image)
    return shown


def _paste(rows: list[list[UInt8[np.ndarray, "H W 3"]]]) -> Image.Image:
    tiles = [[Image.fromarray(image) for image in row] for row in rows]
    for row in tiles:
        for tile in row:
            tile.thumbnail((TILE_PX, TILE_PX))
    heights = [max(tile.height for tile in row) + _GAP_PX for row in tiles]
    sheet = Image.new("RGB", (max(map(len, tiles)) * (TILE_PX + _GAP_PX), sum(heights)), "#222")
    for row, top in zip(tiles, np.cumsum([0, *heights[:-1]]), strict=True):
        for column, tile in enumerate(row):
            sheet.paste(tile, (column * (TILE_PX + _GAP_PX), int(top)))
    return sheet
