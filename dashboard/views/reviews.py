"""Reviews of one listing: rating over time, topics with their own words, a map of sentences, the reviews."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from dashboard import formatting
from dashboard.components.in_view import once_in_view
from dashboard.data import ListingView, Number, review_words, trend
from dashboard.markup import aspect_markup, charts, markup
from dashboard.panels import ask_panel, city_panel, review_list, ui, under_way
from dashboard.words import mark, number, t, told
from pipeline.recipe import baseline_for, imported_cities
from pipeline.reviews.report import Baseline, ReviewReport

MAP_HEIGHT_PX = 600
#: parts of the page that everybody looks for
CONTENTS = (
    ("judged", mark("What they judge")),
    ("stars", mark("Stars")),
    ("topics", mark("Topics")),
    ("map", mark("Map of sentences")),
    ("all-reviews", mark("All reviews")),
)
NOT_COMPARED = mark(
    "Not compared with other places: no city was read that has such places in this neighbourhood."
)
#: topics with a card of their own; the others are folded away
TOPIC_CARDS = 9
#: languages with a bar of their own
LANGUAGES = 7


def _numbers(report: ReviewReport) -> list[Number]:
    counts, ratings = report.counts, report.ratings
    silent = counts.reviews_without_words
    without_words = t("{reviews} without words", reviews=number(silent)) if silent else ""
    shown = [
        Number(number(counts.reviews), t("reviews"), without_words),
        Number(
            number(counts.sentences),
            t("sentences"),
            t("{sentences} in no topic", sentences=number(report.unassigned)),
        ),
        Number(str(len(report.topics)), t("topics")),
        Number(str(len(counts.languages)), t("languages") if len(counts.languages) != 1 else t("language")),
    ]
    if ratings.mean is not None:
        stars = Number(
            number(ratings.mean, 2),
            t("stars"),
            t("from {reviews}", reviews=formatting.count(ratings.rated, "review")),
        )
        shown.insert(0, stars)
    return shown


def _languages(report: ReviewReport) -> None:
    ui.html(markup.section(t("Languages")))
    counted = list(report.counts.languages.items())
    named = [(formatting.language_name(code), sentences) for code, sentences in counted[:LANGUAGES]]
    if counted[LANGUAGES:]:
        others = t("{languages} others", languages=len(counted) - LANGUAGES)
        named.append((others, sum(sentences for _, sentences in counted[LANGUAGES:])))
    ui.html(markup.bars(named, "sentence"))


def _ratings(report: ReviewReport) -> None:
    if not report.ratings.rated:
        _languages(report)
        ui.html(markup.note(t("The source gives no stars with its reviews.")))
        return
    left, right = st.columns([3, 2], gap="large")
    periods = trend(report)
    with left:
        ui.html(markup.section(t("Stars over time"), anchor="stars"))
        if len(periods) >= 2:
            figure = charts.rating_trend(periods)
            with st.container(key="rating_card"):
                _later("rating_trend", figure, t("Mean stars over time"))
        else:
            ui.html(markup.note(t("Too few dated reviews with stars for a trend.")))
    with right:
        ui.html(markup.section(t("How many stars")))
        ui.html(markup.histogram(report.ratings.histogram))
        _languages(report)


def _deal_breakers(report: ReviewReport) -> None:
    """First of all: why not to book, or that nobody in so many reviews says so."""
    with st.container(key="deal_breakers"):
        if report.deal_breakers:
            note = t("What nobody should have to put up with, in the guests' words, the newest first.")
            ui.html(markup.section(t("Deal-breakers"), note))
            ui.html(markup.topic_cards(map(aspect_markup.deal_breaker, report.deal_breakers)))
        elif words := review_words.no_deal_breaker(report):
            ui.html(
                markup.panel(words, t("Guests wrote of nothing that nobody should put up with."), tone="good")
            )


def _aspects(report: ReviewReport) -> None:
    if report.summary:
        ui.html(markup.section(t("In short"), t("Sentences of guests, word for word.")))
        with st.container(key="summary"):
            ui.html(aspect_markup.summary(report.summary))
            if report.whole is not None:
                ui.html(aspect_markup.whole(report.whole))
    if report.aspects:
        note = t("Scores from 0 to 100. The band is the uncertainty: few reviews, wide band.")
        ui.html(markup.section(t("What they judge"), note, "judged"))
        with st.container(key="aspects"):
            ui.html(aspect_markup.aspect_cards(report.aspects))
    if report.special:
        ui.html(
            markup.section(
                t("What is special here"),
                t("Compared with {places}, beyond chance.", places=told(str(report.baseline))),
            )
        )
        with st.container(key="special"):
            ui.html(aspect_markup.special_list(report.special))
    if report.baseline is None and report.aspects:
        ui.html(markup.note(t(NOT_COMPARED)))
    if report.contradictions:
        note = t("Where guests contradict the host, the platform's tags or its stars.")
        ui.html(markup.section(t("Where guests say otherwise"), note))
        with st.container(key="contradictions"):
            ui.html(markup.topic_cards(map(aspect_markup.contradiction, report.contradictions)))


def _topics(report: ReviewReport) -> None:
    note = t("The largest topics first, in the guests' own words.")
    ui.html(markup.section(t("What people talk about"), note, "topics"))
    if not report.topics:
        ui.html(markup.panel(t("No topics"), t("There are too few sentences to group them.")))
        return
    cards = [markup.topic_card(topic) for topic in report.topics]
    with st.container(key="topics"):
        ui.html(markup.topic_cards(cards[:TOPIC_CARDS]))
    if cards[TOPIC_CARDS:]:
        with st.expander(formatting.count(len(cards) - TOPIC_CARDS, "more topic")):
            ui.html(markup.topic_cards(cards[TOPIC_CARDS:]))
    _time_and_kinship(report)


def _time_and_kinship(report: ReviewReport) -> None:
    over_time, tree = charts.topics_over_time(report), charts.topic_tree(report)
    if over_time is not None:
        ui.html(markup.section(t("Topics over time"), t("How many of each period's reviews speak of them.")))
        with st.container(key="topics_over_time"):
            _later("topic_trend", over_time, t("Topics over time"))
    if tree is not None:
        ui.html(
            markup.section(t("Which topics belong together"), t("The further left two meet, the more alike."))
        )
        with st.container(key="topic_tree"):
            _later("topic_tree_chart", tree, t("Tree of the topics"))


def _map(report: ReviewReport) -> None:
    if len(report.map) < 3:
        return
    note = t("Every mark is a sentence; near ones say similar things.")
    ui.html(markup.section(t("Map of sentences"), note, "map"))
    with st.container(key="sentence_map"):
        once_in_view("sentence_map", MAP_HEIGHT_PX, lambda: _coloured_map(report))


def _coloured_map(report: ReviewReport) -> None:
    colour = st.segmented_control(
        t("Colour by"), charts.MAP_COLOURS, format_func=t, default="Topic", key="map_colour"
    )
    figure = charts.sentence_map(report, colour or "Topic")
    st.plotly_chart(figure, key="map_chart", config=charts.HIDE_TOOLS, alt=t("Map of the sentences by topic"))


def _later(key: str, figure: go.Figure, alt: str) -> None:
    """A chart that is sent once it comes into view."""
    once_in_view(
        key,
        int(figure.layout.height),
        lambda: st.plotly_chart(figure, key=key, config=charts.HIDE_TOOLS, alt=alt),
    )


@st.cache_resource(max_entries=24, show_spinner=False)
def _baseline(listing_id: str, known: tuple[str, ...], _view: ListingView) -> Baseline | None:
    """What the listing is compared with; read again when ``known`` (other reports, cities) changes."""
    return baseline_for(ui.store(), _view.listing)


def _with_baseline(view: ListingView, report: ReviewReport) -> ReviewReport:
    store = ui.store()
    known = [entry.report_key or "" for entry in store.catalogue.listings()]
    known += [f"{folder}{folder.stat().st_mtime_ns}" for folder in imported_cities(store)]
    return report.against(_baseline(view.id, tuple(sorted(known)), view))


def _report(view: ListingView, *, is_under_way: bool) -> ReviewReport | None:
    """The report, or a message why there is none."""
    report = ui.review_report(view)
    if report is not None and report.status == "ok":
        return _with_baseline(view, report)
    if is_under_way and view.report is None and view.listing.reviews:
        with st.container(key="reviews_coming"):
            ui.html(
                markup.panel(t("The reviews are being read"), t("What they say shows up here in a moment."))
            )
        return None
    why = mark("The reviews have not been analysed yet.")
    if view.report is not None:
        why = (report.reason if report else view.report.reviews_note) or why
    with st.container(key="reviews_empty"):
        ui.html(
            markup.panel(
                t("No topics here"), formatting.sentence(told(t(why))), t("Analyses start on the Start page.")
            )
        )
    return None


view = ui.current_listing()
ui.listing_bar(view, ui.REVIEWS)
active = under_way.show(view)
ui.page_head(t("Reviews"), view.listing.title, ui.listing_pills(view)[:1] if view.listing.synthetic else ())
found = _report(view, is_under_way=bool(active))
if found is not None:
    ui.html(markup.contents([(anchor, t(name)) for anchor, name in CONTENTS]))
    with st.container(key="review_numbers"):
        ui.html(markup.numbers(_numbers(found)))
    _deal_breakers(found)
    ask_panel.show(view)
    _aspects(found)
    _ratings(found)
    _topics(found)
    _map(found)
    city_panel.show(view, found)
if view.listing.reviews:
    review_list.show(view, found)
ui.attribution(view)
