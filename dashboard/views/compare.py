"""Compare up to eight listings: who fits best and why, one table, radars, topics, rooms and photos."""

from __future__ import annotations

from urllib.parse import quote

import htpy as h
import streamlit as st

from dashboard.components.room_viewer import room_viewer
from dashboard.data import ListingView, comparing, maps, room_views, services, what_it_costs
from dashboard.markup import aspect_markup, city_markup, compare_markup, map_markup, markup, radar_markup
from dashboard.panels import ui
from dashboard.words import in_address, mark, t, told
from pipeline.reviews.report import Comparison, ReviewReport, compare_reports, rank
from pipeline.sizing import listing_card
from pipeline.store import ListingEntry

VIEWER_HEIGHT_PX = 340
MAP_HEIGHT_PX = 420
#: photos of a kind of room that each listing shows
PHOTOS = 2
USUAL_CHOICE = 3
#: what some people look for: weights that differ from the usual
WISHES = {
    mark("Everything alike"): {},
    mark("Quiet nights"): {"noise": 4, "price": 1, "host": 1},
    mark("Family"): {"cleanliness": 4, "noise": 3, "space": 4, "location": 3},
    mark("Low budget"): {"price": 4, "value": 4, "space": 1, "facilities": 1},
}


def _asked(entries: dict[str, ListingEntry]) -> list[str]:
    ids = [part for part in st.query_params.get("listings", "").split(",") if part]
    unknown = [listing_id for listing_id in ids if listing_id not in entries]
    if unknown:
        ui.stop_with(
            t("A listing is not known"),
            t("There is no listing with the id “{id}” here.", id=unknown[0]),
            t("The address may be mistyped, or the listing was removed."),
            (ui.COMPARE, t("Choose listings")),
            (ui.START, t("All listings")),
        )
    return list(dict.fromkeys(ids))[: comparing.MOST]


def _choose(entries: dict[str, ListingEntry]) -> list[ListingView]:
    asked = _asked(entries)
    chosen = st.multiselect(
        t("Listings"),
        list(entries),
        default=asked or list(entries)[:USUAL_CHOICE],
        format_func=lambda listing_id: entries[listing_id].title,
        max_selections=comparing.MOST,
        key="compare_choice",
        placeholder=t("Choose two or more"),
    )
    if chosen != asked:
        st.query_params["listings"] = ",".join(chosen)
    return [ui.view(entries[listing_id]) for listing_id in chosen]


def _reports(views: list[ListingView]) -> dict[str, ReviewReport]:
    found = {view.id: ui.review_report(view) for view in views}
    return {name: report for name, report in found.items() if report is not None and report.status == "ok"}


def _sizes(views: list[ListingView]) -> dict[str, str]:
    return {view.id: told(listing_card(view.listing, view.rooms, ui.sizes(view)).short) for view in views}


def _heads(views: list[ListingView]) -> list[compare_markup.Head]:
    heads, titles = [], comparing.names(views)
    for view in views:
        cover = services.collage(view.listing, 1)
        heads.append(
            compare_markup.Head(
                titles[view.id],
                f"overview?listing={quote(view.id)}{in_address()}",
                view.url(cover[0], 320) if cover else None,
                view.listing.synthetic,
            )
        )
    return heads


def _wish() -> None:
    """Put the weights of a wish into the sliders."""
    wish = WISHES.get(st.session_state.get("wish") or "", {})
    for key in [str(key) for key in st.session_state if str(key).startswith("weight_")]:
        name = key.removeprefix("weight_")
        st.session_state[key] = wish.get(name, comparing.usual_weight(name))


def _weights(names: list[str]) -> dict[str, int]:
    """A slider for each criterion; they stand in the address."""
    written = comparing.read_weights(st.query_params.get("weights", ""), names)
    st.pills(t("What you look for"), list(WISHES), format_func=t, key="wish", on_change=_wish)
    weights = {}
    with st.grid(min_column_width=150, gap="small", key="weights"):
        for name in names:
            key = f"weight_{name}"
            st.session_state.setdefault(key, written[name])
            label = comparing.criterion_name(name)
            weights[name] = st.slider(label, 0, comparing.WEIGHTS[-1], key=key)
    text = comparing.write_weights(weights)
    if text:
        st.query_params["weights"] = text
    elif "weights" in st.query_params:
        del st.query_params["weights"]
    return weights


@st.fragment
def _ranking(views: list[ListingView], reports: dict[str, ReviewReport]) -> None:
    """Who fits best; moving a slider leaves the rest of the page alone."""
    worths = comparing.worths(views, reports)
    names = comparing.criteria(worths)
    if not names:
        return
    titles = comparing.names(views)
    ui.html(
        markup.section(
            t("Which fits you best"), t("Say what matters, 0 for nothing. The band is the uncertainty.")
        )
    )
    with st.container(key="ranking"):
        left, right = st.columns([5, 6], gap="large")
        with left:
            weights = _weights(names)
        with right:
            if not any(weights.values()):
                ui.html(markup.panel(t("Nothing matters"), t("Move at least one slider to the right.")))
                return
            ranks = rank(worths, weights)
            ui.html(markup.note(compare_markup.chance_words(ranks, titles)))
            values = {name: {key: one.told for key, one in own.items()} for name, own in worths.items()}
            ui.html(compare_markup.ranking(ranks, titles, values, comparing.deal_breakers(reports)))


def _guests(views: list[ListingView], reports: dict[str, ReviewReport], found: Comparison | None) -> None:
    """What the reviews of all say, side by side."""
    if found is None:
        ui.html(markup.section(t("What guests say")))
        ui.html(markup.note(t("Two listings with analysed reviews can be compared here.")))
        return
    titles = comparing.names(views)
    shapes = radar_markup.radars(found, titles)
    if shapes is not None:
        note = t("Outwards is better. Line: this listing, with its band; grey: the mean of the others.")
        ui.html(markup.section(t("The shape of each"), note))
        with st.container(key="compare_radars"):
            ui.html(shapes)
    ui.html(
        markup.section(
            t("Topics that they share"), t("How much of each listing's reviews is about it, on one scale.")
        )
    )
    with st.container(key="compare_shared"):
        ui.html(compare_markup.shared_topics(found.shared, found, titles))
    _apart([view for view in views if view.id in reports], found)


def _apart(views: list[ListingView], found: Comparison) -> None:
    """What tells each listing from the others."""
    titles = comparing.names(views)
    ui.html(markup.section(t("What tells them apart")))
    with st.grid(min_column_width=260, gap="medium", key="compare_alone"):
        for view in views:
            with st.container(key=f"alone_{view.id}"):
                ui.html(h.p(".sr-column-title")[titles[view.id]])
                if found.special.get(view.id):
                    ui.html(aspect_markup.special_list(found.special[view.id]))
                ui.html(markup.note(t("Topics of this listing alone")))
                ui.html(compare_markup.topics_alone(found.distinguishing, view.id))


def _map(views: list[ListingView]) -> None:
    """Where they are, over the city that the first one lies in."""
    pins = [here for view in views if (here := maps.pin(view.listing, what_it_costs(view.listing).answer))]
    if len(pins) < 2:
        return
    ui.html(markup.section(t("Where they are"), t("Circles are as wide as hosts' places are blurred.")))
    with st.container(key="compare_map"):
        st.pydeck_chart(
            map_markup.deck(ui.home_tiles(views[0]), pins, height_px=MAP_HEIGHT_PX), height=MAP_HEIGHT_PX
        )
        ui.html(city_markup.place_list(pins))


def _photos(views: list[ListingView], heads: list[compare_markup.Head]) -> None:
    rows = comparing.photos_by_kind(views, PHOTOS)
    if not rows:
        return
    shown = [
        (t(kind), [[view.url(photo, 320) for photo in ids] for view, ids in zip(views, columns, strict=True)])
        for kind, columns in rows
    ]
    ui.html(markup.section(t("Room by room"), t("Photos of the same kind of room side by side.")))
    with st.container(key="compare_photos"):
        ui.html(compare_markup.photo_table(heads, shown))


@st.fragment
def _rooms(views: list[ListingView]) -> None:
    """The rooms in 3D, once somebody asks: each takes a moment to load."""
    built = [view for view in views if view.built]
    if not built:
        return
    ui.html(markup.section(t("Rooms in 3D"), t("Walk through them side by side.")))
    with st.container(key="compare_rooms"):
        if not st.toggle(t("Show the rooms"), key="compare_show_rooms"):
            return
        for column, view in zip(st.columns(len(built), gap="medium"), built, strict=True):
            with column:
                ui.html(h.p(".sr-column-title")[view.listing.title])
                _viewer(view)


def _viewer(view: ListingView) -> None:
    built = sorted(view.built, key=room_views.is_guessed)
    room = built[0]
    if len(built) > 1:
        names = {one.room_id: one.name for one in built}
        picked = st.selectbox(
            t("Room"),
            list(names),
            format_func=lambda room_id: names[room_id],
            key=f"compare_room_{view.id}",
            label_visibility="collapsed",
        )
        room = view.room(picked)
    if room_views.is_guessed(room):
        ui.html(markup.pill(room_views.guessed_words(room), "warn"))
    data = services.viewer_data(view, room, height_px=VIEWER_HEIGHT_PX, compact=True)
    room_viewer(data, ui.points_file(room), key=f"compare_viewer_{view.id}_{room.room_id}")


entries = {entry.id: entry for entry in ui.store().catalogue.listings()}
if not entries:
    ui.nothing_yet()
ui.page_head(t("Compare"), t("Which of these stays?"), compact=True)
views = _choose(entries)
if not views:
    ui.stop_with(
        t("Nothing chosen"), t("Choose two or more listings above."), "", (ui.START, t("All listings"))
    )
if len(entries) == 1:
    ui.html(markup.panel(t("Only one listing so far"), t("Analyse another one to see them side by side.")))
reports = _reports(views)
found = compare_reports(reports) if len(reports) > 1 else None
heads = _heads(views)
if len(views) > 1:
    _ranking(views, reports)
ui.html(markup.section(t("Side by side")))
with st.container(key="compare_table"):
    ui.html(compare_markup.wide_table(heads, comparing.groups(views, reports, found, _sizes(views))))
_guests(views, reports, found)
_map(views)
_photos(views, heads)
_rooms(views)
