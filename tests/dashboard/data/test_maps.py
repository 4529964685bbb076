"""The base of a map comes from where a city's places are; nothing is fetched for it."""

from __future__ import annotations

import json
import math

import pandas as pd
import pytest

from dashboard.data import maps
from dashboard.markup import map_markup
from pipeline.reviews.city.city_places import read_places, write_places
from pipeline.reviews.report import Score
from tests.dashboard.data.test_decision import view

GOOD, POOR = Score(value=0.9, low=0.85, high=0.95, weight=50), Score(value=0.5, low=0.4, high=0.6, weight=50)


def city(step: float = 0.01, across: int = 12) -> pd.DataFrame:
    """A grid of places: the west is Oldtown, the east Harbour."""
    rows = [
        (103.8 + step * x, 1.3 + step * y, "Oldtown" if x < across / 2 else "Harbour")
        for x in range(across)
        for y in range(across)
    ]
    return pd.DataFrame(rows, columns=["longitude", "latitude", "neighbourhood"])


def test_every_place_lies_in_one_tile_of_its_neighbourhood() -> None:
    places = city()
    found = maps.tiles(places)
    assert sum(tile.places for tile in found) == len(places)
    assert {tile.neighbourhood for tile in found} == {"Oldtown", "Harbour"}
    for tile in found:
        middle = sum(x for x, _ in tile.corners) / 6
        assert (tile.neighbourhood == "Oldtown") == (middle < 103.855)


def test_tiles_do_not_overlap() -> None:
    middles = [[sum(axis) / 6 for axis in zip(*tile.corners, strict=True)] for tile in maps.tiles(city())]
    width = max(x for x, _ in maps.tiles(city())[0].corners) - min(x for x, _ in maps.tiles(city())[0].corners)
    nearest = min(math.dist(a, b) for n, a in enumerate(middles) for b in middles[:n])
    assert nearest >= 0.99 * width


def test_an_empty_city_has_no_base() -> None:
    assert maps.tiles(city().head(0)) == ()
    assert map_markup.locator((), maps.Pin("x", "X", 0.0, 0.0)) is None


def test_a_listing_without_coordinates_has_no_pin() -> None:
    assert maps.pin(view().listing) is None
    assert maps.pin(view(latitude=1.0, longitude=2.0).listing, "$80") == maps.Pin("x", "X", 2.0, 1.0, "$80")


def test_a_map_asks_no_map_server_and_its_circles_are_as_wide_as_the_blur() -> None:
    shown = map_markup.deck(maps.tiles(city()), [maps.Pin("x", "X", 103.85, 1.35)], height_px=400)
    plain = json.loads(shown.to_json())
    assert plain["mapStyle"] == "__MAP_STYLE__", "the mark by which Streamlit draws no base map"
    assert "http" not in shown.to_json()
    [circles] = [layer for layer in plain["layers"] if layer["id"] == "listings"]
    assert circles["getRadius"] == maps.BLUR_M


def test_tiles_take_the_colour_of_their_neighbourhood() -> None:
    scores = {"Oldtown": (POOR, 40), "Harbour": (GOOD, 30)}
    plain = json.loads(map_markup.deck(maps.tiles(city()), [], scores, height_px=400).to_json())
    [layer] = [layer for layer in plain["layers"] if layer["id"] == "city"]
    told = {row["neighbourhood"]: (tuple(row["colour"][:3]), row["told"]) for row in layer["data"]}
    assert told["Oldtown"] == (map_markup.SCALE[0], "Oldtown\n50 of 100 (40 to 60)\n40 reviews")
    assert told["Harbour"][0] == map_markup.SCALE[-1]


def test_names_do_not_cover_each_other() -> None:
    twin = city().assign(neighbourhood="Twin")
    twin["longitude"] += 0.001
    plain = json.loads(map_markup.deck(maps.tiles(pd.concat([city(), twin])), [], height_px=400).to_json())
    [names] = [layer for layer in plain["layers"] if layer["id"] == "names"]
    places = [row["place"] for row in names["data"]]
    assert places and all(math.dist(a, b) > 0.005 for n, a in enumerate(places) for b in places[:n])
    assert names["fontFamily"] == "Instrument Sans, system-ui, sans-serif", "a word, not an expression"


@pytest.mark.parametrize("value", [-1.0, 0.0, 0.5, 1.0, 2.0])
def test_colours_stay_on_the_scale(value: float) -> None:
    assert all(0 <= part <= 255 for part in map_markup.colour_of(value, 0.0, 1.0))


def test_places_of_a_city_come_back_with_their_price(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    header = "id,name,neighbourhood_cleansed,latitude,longitude,price,accommodates\n"
    rows = '1,Mill,Oldtown,1.35,103.9,"$1,150.00",4\n2,Nowhere,Oldtown,,,$10.00,2\n'
    (folder / "listings.csv").write_text(header + rows)
    write_places(folder / "listings.csv", folder)
    [row] = read_places(folder).to_dict("records")
    assert (row["listing_id"], row["price"], row["currency"], row["guests"]) == ("1", 1150.0, "$", 4)
    assert len(read_places(folder / "elsewhere")) == 0
