"""Map: listings in their city, and what guests of each neighbourhood say of one thing."""

from __future__ import annotations

import streamlit as st

from dashboard import formatting
from dashboard.data import city_data, maps, placed
from dashboard.markup import city_markup, map_markup, markup
from dashboard.panels import ui
from dashboard.words import mark, t, word
from pipeline.reviews.city import CityResults

HEIGHT_PX = 560
SENTENCES = 6
NOTHING_JUDGED = mark("Where listings are")


def _pins(home: str | None, names: set[str]) -> list[maps.Pin]:
    """The stored listings with a place; those of the city only, where one is shown."""
    return [one.pin for one in placed(ui.store()) if home is None or one.neighbourhood in names]


def _go(event: object) -> None:
    """Open the listing that was clicked, or read the neighbourhood that was."""
    objects = getattr(getattr(event, "selection", None), "objects", {}) or {}
    for row in objects.get("listings", []):
        st.switch_page(ui.OVERVIEW, query_params={"listing": str(row["listing_id"])})
    for row in objects.get("city", []):
        st.session_state["map_place"] = row["neighbourhood"]


def _said(results: CityResults, place: str, aspect: str) -> None:
    """Criticism of the neighbourhood, the newest first."""
    said = city_data.criticism(results, place, aspect, SENTENCES)
    title = (
        t("{aspect} in {place}", aspect=word("aspect", aspect).capitalize(), place=place) if aspect else place
    )
    ui.html(markup.section(title, t("What guests complain of, in their own words, the newest first.")))
    with st.container(key="map_said"):
        if said:
            ui.html(city_markup.sentences(said))
        else:
            ui.html(markup.note(t("Nobody complains of it.")))


def _city(cities: dict[str, CityResults]) -> None:
    names = list(cities)
    asked = st.query_params.get("city", names[0])
    left, right = st.columns([1, 3], gap="medium")
    with left:
        name = st.selectbox(t("City"), names, index=names.index(asked) if asked in names else 0, key="map_city")
    results = cities[name]
    known = city_data.aspects(results)
    aspect_asked = st.query_params.get("aspect", "noise" if "noise" in known else known[0])
    with right:
        chosen = st.pills(
            t("What about"),
            known,
            default=aspect_asked if aspect_asked in known else known[0],
            format_func=lambda own: word("aspect", own).capitalize() if own else t("Everything"),
            key="map_aspect",
            required=True,
        )
    aspect = chosen or ""
    st.query_params.from_dict({"city": name, "aspect": aspect})
    scores = city_data.scores_by_neighbourhood(results, aspect)
    base = ui.city_tiles(name, results)
    pins = _pins(name, set(results.neighbourhoods()))
    map_box, table_box = st.columns([8, 5], gap="medium")
    with map_box, st.container(key="map"):
        if base or pins:
            shown = map_markup.deck(base, pins, scores, height_px=HEIGHT_PX)
            _go(st.pydeck_chart(shown, height=HEIGHT_PX, on_select="rerun", key=f"deck_{name}_{aspect}"))
        else:
            ui.html(
                markup.note(t("This city was read without its listings file, so nobody knows where it is."))
            )
        if scores:
            ui.html(map_markup.legend(scores))
    with table_box, st.container(key="map_table", height=HEIGHT_PX, border=False):
        ui.html(city_markup.ranked(scores, city_data.LEAST_REVIEWS))
    place = st.session_state.get("map_place") or next(iter(city_data.worst_first(scores)), "")
    if place:
        _said(results, place, aspect)


def _listings_only() -> None:
    pins = _pins(None, set())
    if not pins:
        ui.stop_with(
            t("No places on record"),
            t("None of the listings says where it is, and no city has been read."),
            t(
                "Listings from Airbnb or Inside Airbnb have a place."
                " A city is read with: python -m pipeline city"
            ),
            (ui.START, t("Go to Start")),
        )
    ui.html(markup.section(t(NOTHING_JUDGED), formatting.count(len(pins), "listing")))
    with st.container(key="map"):
        shown = map_markup.deck((), pins, height_px=HEIGHT_PX)
        _go(st.pydeck_chart(shown, height=HEIGHT_PX, on_select="rerun", key="deck_listings"))
    ui.html(city_markup.place_list(pins))


ui.page_head(t("Map"), t("Where guests are content, and where they are not."), compact=True)
cities = ui.cities()
if cities:
    _city(cities)
else:
    _listings_only()
