"""A listing beside its city: the same aspects in the neighbourhood and in the whole city, month by month."""

from __future__ import annotations

import streamlit as st

from dashboard.data import ListingView
from dashboard.markup import city_markup, markup
from dashboard.panels import ui
from dashboard.words import mark, t
from pipeline.reviews.city import CityResults
from pipeline.reviews.report import ReviewReport, Score

WHOLE_CITY = mark("The whole city")


def _scores(
    results: CityResults, neighbourhood: str | None, months: tuple[str, str]
) -> dict[str, tuple[Score, int]]:
    rows = results.aspects(neighbourhood, *months).to_dict("records")
    return {
        str(row["aspect"]): (
            Score(value=row["score"], low=row["low"], high=row["high"], weight=row["judging"]),
            int(row["reviews"]),
        )
        for row in rows
        if row["judging"]
    }


def show(view: ListingView, report: ReviewReport) -> None:
    """The panel; nothing where no city is imported."""
    cities = ui.cities()
    if not cities or not report.aspects:
        return
    ui.html(
        markup.section(
            t("Beside its city"), t("What guests of other places there say, in the months you choose.")
        )
    )
    home = next((name for name in cities if view.listing.neighbourhood in cities[name].neighbourhoods()), None)
    with st.container(key="city"):
        city_box, place_box, month_box = st.columns([1, 1, 2], gap="medium")
        names = list(cities)
        name = city_box.selectbox(t("City"), names, index=names.index(home) if home else 0, key="city_name")
        results = cities[name]
        places = [WHOLE_CITY, *results.neighbourhoods()]
        here = places.index(str(view.listing.neighbourhood)) if home == name else 0
        place = place_box.selectbox(
            t("Neighbourhood"), places, format_func=t, index=here, key=f"city_place_{name}"
        )
        months = results.months()
        chosen = ("", "9999-99")
        if len(months) > 1:
            ends = (months[0], months[-1])
            chosen = month_box.select_slider(t("Months"), months, value=ends, key=f"city_months_{name}")
        own = {one.aspect: (one.score, one.reviews) for one in report.aspects if one.score is not None}
        columns = {t("This listing"): own}
        if place != WHOLE_CITY:
            columns[place] = _scores(results, place, chosen)
        columns[name] = _scores(results, None, chosen)
        ui.html(city_markup.score_table([one.aspect for one in report.aspects], columns))
