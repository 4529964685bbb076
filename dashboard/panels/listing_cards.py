"""All listings as cards: search, order, pages; rename, analyse again, delete."""

from __future__ import annotations

import streamlit as st

from dashboard import formatting
from dashboard.data import listing_list, services
from dashboard.markup import markup
from dashboard.panels import ui
from dashboard.panels.deleting import WHAT_GOES
from dashboard.words import mark, t, tn, told
from pipeline.jobs import submit_again
from pipeline.store import ListingEntry, StillAnalysed, forget_listing

RENAME, AGAIN, DELETE = mark("Rename"), mark("Analyse again"), mark("Delete")
LONGEST_TITLE = 200


def _rename(entry: ListingEntry) -> None:
    title = st.text_input(t("Title"), entry.title, max_chars=LONGEST_TITLE, key="rename_title")
    if st.button(t("Keep this title"), type="primary", key="rename_now", disabled=not title.strip()):
        ui.store().catalogue.rename_listing(entry.id, title)
        st.rerun()


def _delete(entry: ListingEntry) -> None:
    ui.html(markup.panel(entry.title, t(WHAT_GOES), tone="warn"))
    if st.button(t("Delete it"), type="primary", key="delete_really"):
        try:
            gone = forget_listing(ui.store(), entry.id)
        except StillAnalysed as refusal:
            st.error(formatting.markdown_text(told(str(refusal))))
            return
        st.toast(t("Deleted: {size}", size=formatting.byte_size(gone.bytes)))
        st.rerun()


def _act(entry: ListingEntry, action: str | None) -> None:
    if action == RENAME:
        st.dialog(t("Rename"))(_rename)(entry)
    elif action == DELETE:
        st.dialog(t("Delete this listing?"))(_delete)(entry)
    elif action == AGAIN:
        job = submit_again(ui.store(), entry)
        st.query_params.from_dict({"job": job.id})
        st.rerun()


def _lines(entry: ListingEntry) -> list[str]:
    view = ui.view_if_stored(entry)
    built = t("not analysed yet")
    if view is None:
        built = t("files are gone or damaged")
    elif view.report is not None:
        built = tn("{number} room in 3D", "{number} rooms in 3D", len(view.built))
    counts = (
        f"{formatting.count(entry.photos, 'photo')} · {formatting.count(entry.reviews, 'review')} · {built}"
    )
    return [counts, formatting.ago(entry.updated_s)]


def _card(entry: ListingEntry) -> None:
    view = ui.view_if_stored(entry)
    cover = services.collage(view.listing, 1) if view else []
    mark = markup.pill(t("Synthetic"), "accent") if entry.synthetic else None
    with st.container(key=f"card_listing_{entry.id}"):
        ui.html(markup.cover(view.url(cover[0], 640) if view and cover else None, entry.title, mark))
        ui.html(markup.card_text(entry.title, _lines(entry)))
        with st.container(horizontal=True, key=f"row_listing_{entry.id}"):
            st.page_link(ui.OVERVIEW, label=t("Open"), query_params={"listing": entry.id})
            action = st.menu_button(
                t("More"),
                [RENAME, AGAIN, DELETE],
                format_func=t,
                key=f"more_{entry.id}",
                type="tertiary",
                icon=":material/more_horiz:",
            )
    _act(entry, action)


def show() -> None:
    """The section; with words on what to do where nothing is there."""
    entries = ui.store().catalogue.listings()
    ui.html(markup.section(t("Your listings"), formatting.count(len(entries), "listing") if entries else ""))
    if not entries:
        with st.container(key="empty_listings"):
            ui.html(
                markup.panel(
                    t("Nothing here yet"),
                    t("Listings that you analyse show up here, with their rooms and reviews."),
                    t("Try the demo first: its reviews take seconds, its rooms a few minutes."),
                )
            )
        return
    search, order = "", next(iter(listing_list.ORDERS))
    if len(entries) > 1:
        search_box, order_box = st.columns([3, 1], gap="small")
        search = search_box.text_input(
            t("Search"), key="listing_search", placeholder=t("Title or where it came from")
        )
        order = order_box.selectbox(t("Order"), list(listing_list.ORDERS), format_func=t, key="listing_order")
    found = listing_list.chosen(entries, search, order)
    if not found:
        ui.html(markup.panel(t("No listing fits"), t("Search for something else.")))
        return
    pages = -(-len(found) // listing_list.PAGE)
    place = st.container()
    page = st.pagination(pages, key=f"listing_page_{pages}") if pages > 1 else 1
    with place, st.grid(min_column_width=260, gap="medium", key="listing_cards"):
        for entry in found[(page - 1) * listing_list.PAGE : page * listing_list.PAGE]:
            _card(entry)
