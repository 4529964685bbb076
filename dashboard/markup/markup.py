"""Pieces of HTML by htpy: whatever is put into an element is text there unless it is an element itself."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from typing import Literal

import htpy as h
from markupsafe import Markup, escape

from dashboard.data import Fact, Number, ReviewRow
from dashboard.formatting import count, language_name
from dashboard.words import date_words, number, percent, t, tn, word
from pipeline.reviews.opinions import aspect_words
from pipeline.reviews.report import Quote, TopicSummary
from scrapers.listing import Review

Tone = Literal["good", "warn", "bad", "quiet", "accent"]


def pill(label: str, tone: Tone = "quiet", title: str | None = None) -> Markup:
    """A small label; ``title`` shows up under the pointer."""
    return escape(h.span(class_=f"sr-pill sr-{tone}", title=title)[label])


def page_head(title: str, lead: str = "", pills: Iterable[Markup] = (), *, compact: bool = False) -> Markup:
    """Title of a page with a line under it (beside it if ``compact``); ``pills`` are made by :func:`pill`."""
    badges = tuple(pills)
    return escape(
        h.header(class_=["sr-head", {"sr-compact": compact}])[
            badges and h.div(".sr-pills")[badges], h.h1[title], lead and h.p(".sr-lead")[lead]
        ]
    )


def hero(title: str, lead: str, art: bytes) -> Markup:
    """The head of the first page; ``art`` is a drawing of the dashboard's own (SVG)."""
    address = f"data:image/svg+xml;base64,{base64.b64encode(art).decode()}"
    return escape(h.div(".sr-hero")[page_head(title, lead), h.img(".sr-art", src=address, alt="")])


def section(title: str, note: str = "", anchor: str | None = None) -> Markup:
    """Title of a part of a page; ``anchor``: what :func:`contents` leads to."""
    return escape(h.div(".sr-section", id=anchor)[h.h2[title], note and h.p[note]])


def contents(parts: Sequence[tuple[str, str]]) -> Markup:
    """A bar that leads to the parts of a page: anchor and name."""
    links = (h.a(href=f"#{anchor}", target="_self")[name] for anchor, name in parts)
    return escape(h.nav(".sr-contents", aria_label=t("On this page"))[links])


def note(line: str) -> Markup:
    """A line of small print."""
    return escape(h.p(".sr-note")[line])


def numbers(values: Sequence[Number]) -> Markup:
    """Headline numbers in a row."""
    cells = (h.div(".sr-number")[h.b[n.value], h.span[n.label], h.i[n.note]] for n in values)
    return escape(h.div(".sr-numbers")[cells])


def fact_list(facts: Sequence[Fact]) -> Markup:
    """Facts as a list of terms; what is not known stays quiet."""

    def shown(fact: Fact) -> h.Element:
        return {
            "present": h.dd[fact.value],
            "none": h.dd(".sr-none", title=t("The source says that there is none"))[t("none")],
            "absent": h.dd(".sr-absent", title=t("The source does not say"))[t("not told")],
        }[fact.status]

    return escape(h.dl(".sr-facts")[(h.div[h.dt[t(fact.label)], shown(fact)] for fact in facts)])


def collage(urls: Sequence[str], title: str) -> Markup:
    """One large photo and up to four small ones."""
    if not urls:
        return escape(h.div(".sr-collage.sr-collage-0")[h.p[t("This listing has no photos.")]])
    images = (
        h.img(src=url, alt=t("Photo {number} of {title}", number=place, title=title), loading="eager")
        for place, url in enumerate(urls, start=1)
    )
    return escape(h.div(class_=f"sr-collage sr-collage-{min(len(urls), 5)}")[images])


def cover(url: str | None, title: str, mark: Markup | None = None) -> Markup:
    """The picture of a card."""
    inner = h.img(src=url, alt="", loading="lazy") if url else h.span[title[:1].upper()]
    return escape(h.div(".sr-cover")[inner, mark])


def card_text(title: str, lines: Sequence[str]) -> Markup:
    """Title and small print of a card."""
    return escape(h.div(".sr-card-text")[h.h3[title], (h.p[line] for line in lines if line)])


def photo_row(urls: Sequence[tuple[str, str]]) -> Markup:
    """Photos in rows, each with its caption (may be empty)."""
    figures = (
        h.figure[
            h.img(src=url, alt=caption or t("Photo of the room"), loading="lazy"),
            caption and h.figcaption[caption],
        ]
        for url, caption in urls
    )
    return escape(h.div(".sr-photos")[figures])


def panel(title: str, body: str, advice: str = "", tone: Tone = "quiet") -> Markup:
    """A framed message: what is the case, and what to do."""
    return escape(
        h.div(class_=f"sr-panel sr-panel-{tone}", role="status")[
            h.h3[title], h.p[body], advice and h.p(".sr-advice")[advice]
        ]
    )


def share_bar(parts: Sequence[tuple[str, float, Tone]]) -> Markup:
    """A bar of shares that add up to at most one, with a legend."""
    widths = (h.i(class_=f"sr-{tone}", style=f"width:{100 * max(share, 0):.1f}%") for _, share, tone in parts)
    legend = (h.li[h.i(class_=f"sr-{tone}"), f"{label} ", h.b[percent(share)]] for label, share, tone in parts)
    return escape(h.div(".sr-share")[h.div(".sr-bar")[widths], h.ul[legend]])


def key_values(rows: Sequence[tuple[str, str]]) -> Markup:
    """Two columns: what, and its value."""
    return escape(h.dl(".sr-rows")[(h.div[h.dt[name], h.dd[value]] for name, value in rows)])


def downloads(links: Sequence[tuple[str, str]]) -> Markup:
    """Links that save a file: address and label."""
    anchors = (h.a(".sr-download", href=url, download=True)[label] for url, label in links)
    return escape(h.div(".sr-downloads")[anchors])


def steps(rows: Sequence[tuple[str, str, str, str]]) -> Markup:
    """Stages of a job: state, name, detail, and time or percentage."""
    items = (
        h.li(class_=f"sr-step sr-step-{state}")[
            h.i(aria_hidden="true"), h.div[h.b[name], h.span[detail]], h.em[aside]
        ]
        for state, name, detail, aside in rows
    )
    return escape(h.ol(".sr-steps")[items])


def meter(fraction: float, label: str) -> Markup:
    """A progress bar."""
    percent = 100 * min(max(fraction, 0.0), 1.0)
    return escape(
        h.div(
            ".sr-meter",
            role="progressbar",
            aria_label=label,
            aria_valuemin="0",
            aria_valuemax="100",
            aria_valuenow=f"{percent:.0f}",
        )[h.i(style=f"width:{percent:.1f}%")]
    )


def under_way(title: str, what: str, fraction: float, photos: Sequence[str] = ()) -> Markup:
    """An analysis under way: title, what is done at the moment, how far it is, and photos if there are any."""
    images = [h.img(src=url, alt="", loading="eager") for url in photos]
    return escape(
        h.div(".sr-way", role="status")[
            images and h.div(".sr-way-photos")[images],
            h.div(".sr-way-text")[h.h3[title], h.b[percent(fraction)], h.span[what]],
            meter(fraction, t("Progress of {title}", title=title)),
        ]
    )


def bar_line(label: str, fraction: float, figure: str, title: str | None = None) -> h.Element:
    """A line of a list of bars: label, a bar as long as ``fraction``, a figure."""
    return h.li(title=title)[h.span[label], h.i[h.u(style=f"width:{100 * fraction:.1f}%")], h.b[figure]]


def bars(rows: Sequence[tuple[str, int]], thing: str) -> Markup:
    """A horizontal bar per row, relative to the sum of all."""
    total = sum(own for _, own in rows) or 1
    items = (bar_line(label, own / total, percent(own / total), count(own, thing)) for label, own in rows)
    return escape(h.ul(".sr-bars")[items])


def histogram(stars: dict[int, int]) -> Markup:
    """How many reviews gave how many stars, five stars first."""
    rows = [(tn("{number} star", "{number} stars", star), stars.get(star, 0)) for star in range(5, 0, -1)]
    return bars(rows, "review")


def marked(text: str, language: str, aspect: str) -> list[h.Node]:
    """``text`` with the words that speak of ``aspect`` marked."""
    parts: list[h.Node] = []
    end = 0
    for found in aspect_words(text, language, aspect):
        name = word("aspect", found.aspect)
        parts += [text[end : found.start], h.mark(title=name)[text[found.start : found.end]]]
        end = found.end
    return [*parts, text[end:]]


def quote_block(quote: Quote, aspect: str | None = None) -> Markup:
    """A sentence of a guest in its own language, with that language, the year and the source's translation.

    Args:
        aspect: whose words are marked.
    """
    facts = [language_name(quote.language)]
    if quote.date is not None:
        facts.append(date_words(quote.date, "year"))
    translation = quote.translation and h.q(".sr-translation")[quote.translation]
    text: h.Node = quote.text if aspect is None else marked(quote.text, quote.language, aspect)
    return escape(h.blockquote(lang=quote.language)[text, h.em[" · ".join(facts)], translation])


def topic_cards(topics: Iterable[Markup]) -> Markup:
    """Cards side by side, see :func:`topic_card`."""
    return escape(h.div(".sr-topics")[topics])


def topic_card(topic: TopicSummary, quotes: int = 3) -> Markup:
    """One topic: label, share, stars, keywords, typical sentences in their own language."""
    stars = (
        " · " + t("{stars} stars", stars=number(topic.mean_rating, 1)) if topic.mean_rating is not None else ""
    )
    keywords = ", ".join(keyword.word for keyword in topic.keywords[:6])
    return escape(
        h.article(".sr-topic", id=f"topic-{topic.id}")[
            h.header[h.h3[topic.label], h.span[percent(topic.share)]],
            h.div(".sr-bar")[h.i(".sr-accent", style=f"width:{100 * topic.share:.1f}%")],
            h.p(".sr-words")[f"{count(topic.reviews, 'review')}{stars}"],
            h.p(".sr-words")[keywords],
            (quote_block(quote) for quote in topic.representatives[:quotes]),
        ]
    )


def topic_lines(topics: Sequence[TopicSummary]) -> Markup:
    """Topics in one line each, with their share of the sentences."""
    lines = (
        bar_line(
            topic.label,
            topic.share,
            percent(topic.share) if topic.mean_rating is None else f"{topic.mean_rating:.1f} ★",
        )
        for topic in topics
    )
    return escape(h.ul(".sr-bars.sr-topic-lines")[lines])


def _stars(rating: float) -> h.Element:
    full = round(rating)
    return h.span(".sr-stars", title=t("{rating} of 5 stars", rating=f"{rating:g}"))[
        "★" * full + "☆" * (5 - full)
    ]


def review_day(review: Review) -> str:
    """The date of a review as exactly as its source names it: a day, a month or a year; empty without one."""
    if review.date is None:
        return ""
    return date_words(review.date, review.date_precision)


def _review(row: ReviewRow) -> h.Element:
    review = row.review
    facts = [review_day(review)] if review.date else []
    if review.language:
        facts.append(language_name(review.language))
    return h.article(".sr-review")[
        h.header[review.rating is not None and _stars(review.rating), h.span[" · ".join(facts)]],
        h.p(lang=review.language or None)[review.text],
        review.translation and h.p(".sr-translation")[review.translation],
        review.response and h.details[h.summary[t("Answer of the host")], h.p[review.response]],
        h.div(".sr-pills")[(pill(label) for label in row.topics)],
    ]


def review_list(rows: Sequence[ReviewRow]) -> Markup:
    """Reviews to read, in their own language, with their topics."""
    return escape(h.div(".sr-reviews")[(_review(row) for row in rows)])
