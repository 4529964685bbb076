"""Maps by deck.gl over a base of our own: no tiles, no map server, nothing leaves this computer."""

from __future__ import annotations

import base64
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import htpy as h
from markupsafe import Markup, escape

from dashboard.data import maps
from dashboard.formatting import count
from dashboard.words import t
from pipeline.reviews.report import Score

if TYPE_CHECKING:
    import pydeck

Colour = tuple[int, int, int]
#: from bad to good, safe for the colour-blind (ColorBrewer's BrBG, Harrower and Brewer 2003)
SCALE: Final[tuple[Colour, ...]] = (
    (166, 97, 26),
    (211, 166, 100),
    (196, 205, 198),
    (106, 178, 166),
    (1, 110, 98),
)
QUIET: Final[Colour] = (168, 178, 173)
ACCENT: Final[Colour] = (201, 73, 33)
#: colours span this part of the scores of a city, so that differences show
_LEAST_SPAN: Final = 0.1
_LABELS: Final = 10
#: how wide and high a name is, as a share of the city
_NAME_WIDE: Final = 0.22
_NAME_HIGH: Final = 0.06
_HALF_OPAQUE: Final = 150
_BASE_OPAQUE: Final = 70
_WORLD_DEGREES: Final = 360.0
#: how much of the picture the points may fill
_MARGIN: Final = 1.1
_TILE_PX: Final = 512
_LEAST_ACROSS: Final = 0.02


def colour_of(value: float, lowest: float, highest: float) -> Colour:
    """A colour of :data:`SCALE` between the lowest and the highest value."""
    span = max(highest - lowest, _LEAST_SPAN)
    place = min(max((value - lowest) / span, 0.0), 1.0) * (len(SCALE) - 1)
    left = min(int(place), len(SCALE) - 2)
    share = place - left
    mixed = [round(a + share * (b - a)) for a, b in zip(SCALE[left], SCALE[left + 1], strict=True)]
    return mixed[0], mixed[1], mixed[2]


def deck(
    tiles: Sequence[maps.Tile],
    pins: Sequence[maps.Pin],
    scores: Mapping[str, tuple[Score, int]] | None = None,
    *,
    height_px: int,
) -> pydeck.Deck:
    """The map: tiles as base (coloured by the score of their neighbourhood), listings as circles.

    Args:
        tiles: of the city, may be none.
        pins: listings; their circle is as wide as their place is blurred.
        scores: by neighbourhood: score, and reviews that judge.
    """
    import pydeck as pdk

    points = [corner for tile in tiles for corner in tile.corners] or [(p.longitude, p.latitude) for p in pins]
    longitude, latitude, across = maps.spread(points)
    layers = [pdk.Layer("PolygonLayer", id="city", **_tile_layer(tiles, scores))] if tiles else []
    if tiles:
        layers.append(pdk.Layer("TextLayer", id="names", **_label_layer(tiles)))
    layers.append(pdk.Layer("ScatterplotLayer", id="listings", **_pin_layer(pins)))
    visible = max(across * _MARGIN, _LEAST_ACROSS)
    zoom = math.log2(_WORLD_DEGREES * 2 * height_px / (_TILE_PX * visible)) - 1
    return pdk.Deck(
        layers=layers,
        initial_view_state=pdk.ViewState(longitude=longitude, latitude=latitude, zoom=zoom, pitch=0),
        map_provider=None,  # and no map_style: with None for it Streamlit would fetch one of its own
        tooltip={"text": "{told}"},
    )


def _tile_layer(tiles: Sequence[maps.Tile], scores: Mapping[str, tuple[Score, int]] | None) -> dict[str, Any]:
    values = [score.value for score, _ in (scores or {}).values()]
    rows = []
    for tile in tiles:
        judged = (scores or {}).get(tile.neighbourhood)
        colour = QUIET if judged is None else colour_of(judged[0].value, min(values), max(values))
        rows.append(
            {
                "corners": [list(corner) for corner in tile.corners],
                "colour": [*colour, _BASE_OPAQUE if judged is None else _HALF_OPAQUE],
                "neighbourhood": tile.neighbourhood,
                "told": _tile_words(tile, judged),
            }
        )
    return {
        "data": rows,
        "get_polygon": "corners",
        "get_fill_color": "colour",
        "stroked": False,
        "pickable": True,
        "auto_highlight": True,
    }


def _tile_words(tile: maps.Tile, judged: tuple[Score, int] | None) -> str:
    if judged is None:
        return tile.neighbourhood
    score, reviews = judged
    low, high = f"{100 * score.low:.0f}", f"{100 * score.high:.0f}"
    value = t("{score} of 100 ({low} to {high})", score=f"{100 * score.value:.0f}", low=low, high=high)
    return f"{tile.neighbourhood}\n{value}\n{count(reviews, 'review')}"


def _label_layer(tiles: Sequence[maps.Tile]) -> dict[str, Any]:
    from pydeck.types import String

    places = maps.centres(tiles)
    names = _apart(Counter(tile.neighbourhood for tile in tiles), places)
    return {
        "data": [{"name": name, "place": list(places[name])} for name in names],
        "get_position": "place",
        "get_text": "name",
        "get_size": 12,
        "get_color": [22, 33, 31, 255],
        "background": True,
        "get_background_color": [255, 255, 255, 190],
        "background_padding": [5, 2],
        "font_family": String("Instrument Sans, system-ui, sans-serif"),
        "pickable": False,
    }


def _apart(sizes: Counter[str], places: Mapping[str, tuple[float, float]]) -> list[str]:
    """The largest neighbourhoods whose names do not cover each other."""
    _, _, across = maps.spread(list(places.values()))
    chosen: list[str] = []
    for name, _ in sizes.most_common():
        x, y = places[name]
        clear = all(
            abs(x - places[other][0]) > _NAME_WIDE * across or abs(y - places[other][1]) > _NAME_HIGH * across
            for other in chosen
        )
        if name and clear and len(chosen) < _LABELS:
            chosen.append(name)
    return chosen


def _pin_layer(pins: Sequence[maps.Pin]) -> dict[str, Any]:
    rows = [
        {"place": [p.longitude, p.latitude], "listing_id": p.listing_id, "told": f"{p.title}\n{p.told}".strip()}
        for p in pins
    ]
    return {
        "data": rows,
        "get_position": "place",
        "get_radius": maps.BLUR_M,
        "radius_min_pixels": 6,
        "get_fill_color": [*ACCENT, _HALF_OPAQUE],
        "get_line_color": [*ACCENT, 255],
        "line_width_min_pixels": 2,
        "stroked": True,
        "pickable": True,
    }


def legend(scores: Mapping[str, tuple[Score, int]]) -> Markup:
    """What the colours mean, from the worst to the best of the city."""
    values = [100 * score.value for score, _ in scores.values()]
    stops = ",".join(f"rgb{colour}" for colour in SCALE)
    bar = h.i(style=f"background:linear-gradient(90deg,{stops})")
    return escape(
        h.div(".sr-scale")[
            h.span[t("{score}, worst", score=f"{min(values):.0f}")],
            bar,
            h.span[t("{score}, best", score=f"{max(values):.0f}")],
        ]
    )


_LOCATOR_PX: Final = 150
_GREY, _RED = "#8fa39c", "#c94921"


def locator(tiles: Sequence[maps.Tile], here: maps.Pin) -> Markup | None:
    """A small picture of where a listing lies in its city; ``None`` where nothing is known of the city."""
    if not tiles:
        return None
    points = [corner for tile in tiles for corner in tile.corners]
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    scale = _LOCATOR_PX / max(east - west, 1e-6)
    stretch = scale / math.cos(math.radians(here.latitude))

    def at(x: float, y: float) -> str:
        return f"{(x - west) * scale:.1f},{(north - y) * stretch:.1f}"

    shapes = (h.polygon(points=" ".join(at(*corner) for corner in tile.corners)) for tile in tiles)
    centre_x, centre_y = at(here.longitude, here.latitude).split(",")
    drawing = h.svg(
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"-6 -6 {_LOCATOR_PX + 12} {(north - south) * stretch + 12:.0f}",
    )[
        h.g(fill=_GREY, fill_opacity="0.45")[shapes],
        h.circle(
            cx=centre_x, cy=centre_y, r="6", fill=_RED, fill_opacity="0.55", stroke=_RED, stroke_width="2"
        ),
    ]
    address = f"data:image/svg+xml;base64,{base64.b64encode(str(drawing).encode()).decode()}"
    return escape(
        h.img(".sr-locator", src=address, alt=t("About where {listing} lies in its city", listing=here.title))
    )
