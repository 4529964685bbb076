"""HTML of several listings side by side: who fits best and why, one wide table, shared topics, photos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import htpy as h
from markupsafe import Markup, escape

from dashboard.data import comparing
from dashboard.formatting import sentence
from dashboard.markup.aspect_markup import score_bar
from dashboard.markup.markup import bar_line, note, pill
from dashboard.words import listed, percent, t
from pipeline.reviews.report import Comparison, Rank, Score, SharedTopic, TopicRef

#: shared and distinguishing topics shown
MOST_SHARED = 8
MOST_ALONE = 5


def shared_topics(topics: Sequence[SharedTopic], found: Comparison, titles: Mapping[str, str]) -> Markup:
    """Topics that several listings have, with the share of each listing's sentences."""
    if not topics:
        return note(t("These listings share no topic."))
    shown = [(topic, _shares(topic, found)) for topic in topics[:MOST_SHARED]]
    most = max(share for _, shares in shown for share in shares.values()) or 1.0
    return escape(h.div(".sr-topics")[(_shared(topic, shares, most, titles) for topic, shares in shown)])


def _shares(topic: SharedTopic, found: Comparison) -> dict[str, float]:
    return {name: sum(ref.share for ref in topic.members if ref.listing == name) for name in found.listings}


def _shared(
    topic: SharedTopic, shares: Mapping[str, float], most: float, titles: Mapping[str, str]
) -> h.Element:
    lines = (
        h.li[
            h.span(title=titles[name])[titles[name]],
            h.i[h.u(style=f"width:{100 * share / most:.1f}%")],
            h.b[percent(share)],
        ]
        for name, share in shares.items()
        if share > 0
    )
    return h.article(".sr-topic")[h.header[h.h3[topic.label]], h.ul(".sr-bars.sr-topic-lines")[lines]]


def topics_alone(topics: Sequence[TopicRef], listing: str) -> Markup:
    """The largest topics that only ``listing`` has."""
    own = [topic for topic in topics if topic.listing == listing][:MOST_ALONE]
    if not own:
        return note(t("Nothing that the others do not have."))
    most = max(topic.share for topic in own)
    lines = (bar_line(topic.label, topic.share / most, percent(topic.share)) for topic in own)
    return escape(h.ul(".sr-bars.sr-topic-lines")[lines])


@dataclass(frozen=True)
class Head:
    """A column of the table: what the listing is called, its page, its picture and its colour's number."""

    title: str
    url: str
    photo: str | None
    synthetic: bool = False


def wide_table(heads: Sequence[Head], groups: Sequence[comparing.CompareGroup]) -> Markup:
    """The table that is read across: a column for each listing, a row for each question."""
    corner = h.td(".sr-corner")
    head = h.thead[h.tr[corner, (h.th(scope="col")[_head(one)] for one in heads)]]
    bodies = (
        h.tbody[
            h.tr(".sr-group")[
                h.th(colspan=str(len(heads) + 1), scope="colgroup")[
                    group.title, group.note and h.span[group.note]
                ]
            ],
            (h.tr[h.th(scope="row")[row.name], (_wide_cell(cell) for cell in row.cells)] for row in group.rows),
        ]
        for group in groups
    )
    style = f"--sr-columns:{len(heads)}"
    return escape(h.div(".sr-scroll")[h.table(".sr-wide", style=style)[head, bodies]])


def _head(head: Head) -> h.Fragment:
    inner = h.img(src=head.photo, alt="", loading="lazy") if head.photo else h.span[head.title[:1].upper()]
    return h.fragment[
        h.a(href=head.url, target="_self")[h.div(".sr-thumb")[inner], h.b[head.title]],
        head.synthetic and pill(t("Synthetic"), "accent"),
    ]


def _wide_cell(cell: comparing.CompareCell) -> h.Element:
    if cell.is_empty:
        return h.td(".sr-unknown")["–"]
    ahead = cell.mark in (comparing.BEST, comparing.LOWEST)
    shown = cell.mark and pill(t(cell.mark), "good" if ahead else "quiet")
    if cell.score is not None:
        return h.td[
            h.div(title=cell.note or None)[h.b[f"{100 * cell.score.value:.0f}"], shown], score_bar(cell.score)
        ]
    return h.td[
        h.div[h.span(class_=cell.tone and f"sr-{cell.tone}")[cell.text], shown],
        cell.note and h.small[cell.note],
    ]


def ranking(
    ranks: Sequence[Rank],
    titles: Mapping[str, str],
    told: Mapping[str, Mapping[str, str]],
    breakers: Mapping[str, str],
) -> Markup:
    """Who fits best by the weights, and why.

    Args:
        titles: of the listings.
        told: by listing and criterion, the value as it is shown.
        breakers: deal-breakers of those that have such; no weight makes up for them.
    """
    items = (
        _ranked(place, one, titles, told.get(one.name, {}), breakers.get(one.name, ""))
        for place, one in enumerate(ranks, start=1)
    )
    return escape(h.ol(".sr-ranks")[items])


def _ranked(
    place: int, one: Rank, titles: Mapping[str, str], told: Mapping[str, str], breakers: str
) -> h.Element:
    if not one.placed:
        return h.li(".sr-unplaced")[
            h.i(aria_hidden="true")["–"],
            h.div[
                h.header[h.h3[titles[one.name]]],
                h.p[why(one, told)],
                breakers and h.p(".sr-warned")[f"! {t('Deal-breaker')}: {breakers.lower()}"],
            ],
            h.b(aria_label=t("not ranked"))["?"],
        ]
    band = Score(value=one.total, low=one.low, high=one.high, weight=1.0)
    return h.li(class_={"sr-first": place == 1})[
        h.i(aria_hidden="true")[str(place)],
        h.div[
            h.header[h.h3[titles[one.name]], one.ahead and place == 1 and pill(t("clearly first"), "good")],
            score_bar(band),
            h.p[why(one, told)],
            breakers and h.p(".sr-warned")[f"! {t('Deal-breaker')}: {breakers.lower()}"],
        ],
        h.b[f"{100 * one.total:.0f}"],
    ]


def why(one: Rank, told: Mapping[str, str]) -> str:
    """What puts a listing where it is, in one sentence."""

    def name(criterion: str) -> str:
        return comparing.criterion_name(criterion).lower()

    def named(criteria: Sequence[str]) -> str:
        return listed([f"{name(own)} ({told[own]})" if own in told else name(own) for own in criteria])

    parts = []
    if one.strengths:
        parts.append(t("ahead by {criteria}", criteria=named(one.strengths)))
    if one.weaknesses:
        parts.append(t("behind by {criteria}", criteria=named(one.weaknesses)))
    if one.unknown:
        parts.append(t("nothing known of {criteria}", criteria=listed(list(map(name, one.unknown)))))
    return sentence("; ".join(parts)) if parts else t("Like the others in what you weigh.")


def chance_words(ranks: Sequence[Rank], titles: Mapping[str, str]) -> str:
    """Whether the first is first by more than chance."""
    placed = [one for one in ranks if one.placed]
    if not placed:
        return t("Too little is known of what you weigh to rank these.")
    if len(placed) == 1:
        return t("Only of {listing} enough is known of what you weigh.", listing=titles[placed[0].name])
    first, second = (titles[one.name] for one in placed[:2])
    if placed[0].ahead:
        return t("{first} is ahead by more than chance.", first=first)
    return t(
        "{first} and {second} are so close that it may be chance: look at what they differ in.",
        first=first,
        second=second,
    )


def photo_table(heads: Sequence[Head], rows: Sequence[tuple[str, Sequence[Sequence[str]]]]) -> Markup:
    """Photos of the same kind of room in one row; ``rows``: kind, and addresses by listing."""
    head = h.thead[h.tr[h.td, (h.th(scope="col")[one.title] for one in heads)]]
    body = (
        h.tr[
            h.th(scope="row")[kind],
            (
                h.td[
                    (
                        h.img(
                            src=url, alt=t("{kind} of {listing}", kind=kind, listing=one.title), loading="lazy"
                        )
                        for url in urls
                    )
                    if urls
                    else "–"
                ]
                for one, urls in zip(heads, columns, strict=True)
            ),
        ]
        for kind, columns in rows
    )
    style = f"--sr-columns:{len(heads)}"
    return escape(h.div(".sr-scroll")[h.table(".sr-wide.sr-wide-photos", style=style)[head, h.tbody[body]]])
