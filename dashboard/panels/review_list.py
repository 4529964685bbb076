"""All reviews of a listing with filters that stand in the address."""

from __future__ import annotations

import streamlit as st

from dashboard import formatting
from dashboard.data import ListingView, ReviewTable, Wanted
from dashboard.markup import markup
from dashboard.panels import ui
from dashboard.words import mark, t, word
from pipeline.reviews.report import ReviewReport

PAGE_REVIEWS = 15
STARS = (5, 4, 3, 2, 1)
FEELINGS = {
    "": mark("Praise and criticism"),
    "praise": mark("With praise"),
    "criticism": mark("With criticism"),
}


def _given(name: str) -> list[str]:
    return [part for part in st.query_params.get(name, "").split(",") if part]


def _begin_with(key: str, value: object) -> None:
    """What the address says fills a filter that was not touched yet."""
    st.session_state.setdefault(key, value)


def _keep(**values: str) -> None:
    """Write the filters into the address."""
    for name, value in values.items():
        if value:
            st.query_params[name] = value
        elif name in st.query_params:
            del st.query_params[name]


def _filters(listing_id: str, table: ReviewTable, labels: dict[int, str]) -> Wanted:
    """The filters; those that could find nothing are not shown."""

    def own(name: str) -> str:
        return f"filter_{name}_{listing_id}"

    _begin_with("filter_search", st.query_params.get("q", ""))
    _begin_with(own("language"), [code for code in _given("spoken") if code in table.languages])
    _begin_with(own("topic"), [int(i) for i in _given("topic") if i.isdigit() and int(i) in labels])
    _begin_with(own("stars"), [int(i) for i in _given("stars") if i in map(str, STARS)])
    first = st.columns(3, gap="small")
    search = first[0].text_input(t("Search"), key="filter_search", placeholder=t("kitchen, quiet, 깨끗…"))
    languages = first[1].multiselect(
        t("Language"),
        table.languages,
        format_func=formatting.language_name,
        key=own("language"),
        placeholder=t("All") if table.languages else t("Not known"),
        disabled=not table.languages,
    )
    topics = first[2].multiselect(
        t("Topic"),
        list(labels),
        format_func=labels.__getitem__,
        key=own("topic"),
        placeholder=t("All"),
        disabled=not labels,
    )
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom", key="more_filters"):
        stars = st.pills(t("Stars"), STARS, selection_mode="multi", key=own("stars")) if table.has_stars else []
        feeling = _feeling(own("feeling"), table)
        aspect = _aspect(own("aspect"), table)
        since, until = _years(own("years"), table)
        breakers = _breakers(own("breakers"), table)
    _keep(
        q=search.strip(),
        spoken=",".join(languages),
        topic=",".join(map(str, topics)),
        stars=",".join(map(str, sorted(stars))),
        feeling=feeling,
        about=aspect,
        breakers="1" if breakers else "",
        **{"from": str(since or ""), "to": str(until or "")},
    )
    return Wanted(
        tuple(languages), tuple(topics), search, tuple(stars), feeling, aspect, since, until, breakers
    )


def _feeling(key: str, table: ReviewTable) -> str:
    if not table.has_feelings:
        return ""
    asked = st.query_params.get("feeling", "")
    _begin_with(key, asked if asked in FEELINGS else "")
    return str(
        st.selectbox(t("Feeling"), list(FEELINGS), format_func=lambda one: t(FEELINGS[one]), key=key, width=210)
        or ""
    )


def _aspect(key: str, table: ReviewTable) -> str:
    if not table.aspects:
        return ""
    asked = st.query_params.get("about", "")
    _begin_with(key, asked if asked in table.aspects else "")
    names = ["", *table.aspects]
    return str(
        st.selectbox(
            t("About"),
            names,
            format_func=lambda one: word("aspect", one).capitalize() if one else t("Everything"),
            key=key,
            width=180,
        )
        or ""
    )


def _years(key: str, table: ReviewTable) -> tuple[int | None, int | None]:
    """The chosen years; ``None`` at an end that is not narrowed."""
    years = table.years
    if len(years) < 2:
        return None, None
    since, until = (int(one) if one.isdigit() else 0 for one in map(_written, ("from", "to")))
    ends = (since if since in years else years[0], until if until in years else years[-1])
    asked = (min(ends), max(ends))
    chosen: tuple[int, int] = st.select_slider(t("Years"), years, value=asked, key=key, width=220)
    return (
        None if chosen[0] == years[0] else chosen[0],
        None if chosen[1] == years[-1] else chosen[1],
    )


def _written(name: str) -> str:
    return st.query_params.get(name, "")


def _breakers(key: str, table: ReviewTable) -> bool:
    if not table.has_deal_breakers:
        return False
    _begin_with(key, st.query_params.get("breakers") == "1")
    return bool(st.toggle(t("Deal-breakers only"), key=key))


@st.fragment
def show(view: ListingView, report: ReviewReport | None) -> None:
    """The list; changing a filter leaves the rest of the page alone."""
    ui.html(markup.section(t("All reviews"), anchor="all-reviews"))
    table = ReviewTable(view.listing, report)
    labels = {topic.id: topic.label for topic in report.topics} if report else {}
    rows = table.select(_filters(view.id, table, labels))
    if not rows:
        ui.html(markup.panel(t("No review fits"), t("Loosen the filters above.")))
        return
    ui.html(markup.note(formatting.count(len(rows), "review")))
    pages = -(-len(rows) // PAGE_REVIEWS)
    place = st.container(key="review_list")
    page = st.pagination(pages, key=f"review_page_{pages}") if pages > 1 else 1
    with place:
        ui.html(markup.review_list(rows[(page - 1) * PAGE_REVIEWS : page * PAGE_REVIEWS]))
