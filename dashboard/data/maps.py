"""Maps without a map server: the base is drawn from where a city's places are. Knows no Streamlit."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pandas as pd

    from scrapers.listing import Listing

#: hosts' places are published up to 150 m away from where they are (Airbnb's help, "Where you'll be")
BLUR_M: Final = 150.0
#: tiles across the longer side of a city
_TILES_ACROSS: Final = 34
_LEAST_TILE_M: Final = 250.0
_METRES_PER_DEGREE: Final = 111_320.0
_CORNERS: Final = 6
#: a tile is drawn a little smaller than its cell
_SHRINK: Final = 0.94


@dataclass(frozen=True)
class Tile:
    """A hexagon of a city: its corners (longitude, latitude), its neighbourhood, how many places lie in it."""

    corners: tuple[tuple[float, float], ...]
    neighbourhood: str
    places: int


@dataclass(frozen=True)
class Pin:
    """A listing on a map."""

    listing_id: str
    title: str
    longitude: float
    latitude: float
    told: str = ""


def pin(listing: Listing, told: str = "") -> Pin | None:
    """Where a listing is; ``None`` where the source does not say."""
    if listing.latitude is None or listing.longitude is None:
        return None
    return Pin(listing.id, listing.title, listing.longitude, listing.latitude, told)


def tiles(places: pd.DataFrame) -> tuple[Tile, ...]:
    """Hexagons that hold at least one place; each belongs to the neighbourhood of most of its places.

    Args:
        places: ``longitude``, ``latitude``, ``neighbourhood`` of each place.
    """
    if not len(places):
        return ()
    points = list(zip(places["longitude"], places["latitude"], strict=True))
    names = [str(name or "") for name in places["neighbourhood"]]
    plane = _Plane(points)
    cells: dict[tuple[int, int], Counter[str]] = defaultdict(Counter)
    for (longitude, latitude), name in zip(points, names, strict=True):
        cells[plane.cell(longitude, latitude)][name] += 1
    return tuple(
        Tile(plane.corners(cell), counts.most_common(1)[0][0], counts.total())
        for cell, counts in sorted(cells.items())
    )


class _Plane:
    """A plane around some points, in metres, laid out in hexagons that stand on a corner."""

    def __init__(self, points: Sequence[tuple[float, float]]) -> None:
        self._west, self._south = min(p[0] for p in points), min(p[1] for p in points)
        east, north = max(p[0] for p in points), max(p[1] for p in points)
        self._east_m = _METRES_PER_DEGREE * math.cos(math.radians((self._south + north) / 2))
        longer_m = max((east - self._west) * self._east_m, (north - self._south) * _METRES_PER_DEGREE)
        self._width_m = max(longer_m / _TILES_ACROSS, _LEAST_TILE_M)
        self._row_m = self._width_m * math.sqrt(3) / 2

    def cell(self, longitude: float, latitude: float) -> tuple[int, int]:
        """Column and row of the hexagon that holds a point."""
        x, y = (longitude - self._west) * self._east_m, (latitude - self._south) * _METRES_PER_DEGREE
        row = round(y / self._row_m)
        near = [(r, round(x / self._width_m - (r % 2) / 2)) for r in (row - 1, row, row + 1)]
        best = min(near, key=lambda own: math.hypot(x - self._x(own[1], own[0]), y - own[0] * self._row_m))
        return best[1], best[0]

    def _x(self, column: int, row: int) -> float:
        return (column + (row % 2) / 2) * self._width_m

    def corners(self, cell: tuple[int, int]) -> tuple[tuple[float, float], ...]:
        """Longitude and latitude of the six corners."""
        column, row = cell
        radius_m = _SHRINK * self._width_m / math.sqrt(3)
        found = []
        for corner in range(_CORNERS):
            angle_rad = math.pi / 6 + corner * math.pi / 3
            x = self._x(column, row) + radius_m * math.cos(angle_rad)
            y = row * self._row_m + radius_m * math.sin(angle_rad)
            found.append((self._west + x / self._east_m, self._south + y / _METRES_PER_DEGREE))
        return tuple(found)


def centres(found: Iterable[Tile]) -> dict[str, tuple[float, float]]:
    """Longitude and latitude of the middle of each neighbourhood, weighed by places."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for tile in found:
        own = sums[tile.neighbourhood]
        own[0] += tile.places * sum(x for x, _ in tile.corners) / len(tile.corners)
        own[1] += tile.places * sum(y for _, y in tile.corners) / len(tile.corners)
        own[2] += tile.places
    return {name: (x / count, y / count) for name, (x, y, count) in sums.items()}


def spread(points: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """Longitude and latitude of the middle, and degrees across, of points."""
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    middle = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    return *middle, max(max(xs) - min(xs), max(ys) - min(ys))
