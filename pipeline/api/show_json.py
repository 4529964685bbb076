"""``python -m pipeline show ID --json``: what was found, in a form that stays the same (docs/show_json.md)."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue

from pipeline.api.size_json import (
    ShownAtLeast,
    ShownPhoto,
    ShownSize,
    shown_at_least,
    shown_photos,
    shown_size,
)
from pipeline.report import ORIGINS, RoomReport, RoomStatus
from pipeline.reviews.report import (
    AspectSummary,
    Contradiction,
    DealBreaker,
    Point,
    Quote,
    ReviewReport,
    best_praise,
    worst_complaint,
)
from pipeline.reviews.report import TopicSummary as Topic
from pipeline.sizing import ListingSizes, listing_sizes
from pipeline.store import Store
from scrapers.listing import COMPARED, FieldStatus, Listing

VERSION = 1


class _Shown(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ShownSentence(_Shown):
    """A guest's sentence; ``answer`` is the host's to its review."""

    text: str
    language: str
    date: dt.date | None
    review: str
    answer: str | None = None


class ShownAspect(_Shown):
    """One aspect, 0 (all bad) to 1 (all good), with the band that holds the score 9 times of 10.

    Attributes:
        score, low, high: null where nobody judges it.
        reviews: that speak of it.
        last_12_months, last_24_months: scores that lean on all time where they rest on few reviews.
        change: the last months minus the time before, only where that is more than chance.
    """

    score: float | None
    low: float | None
    high: float | None
    reviews: int
    last_12_months: float | None
    last_24_months: float | None
    change: float | None
    supporting: list[ShownSentence]
    critical: list[ShownSentence]


class ShownDealBreaker(_Shown):
    """Something that nobody should book in spite of."""

    kind: str
    reviews: int
    newest: dt.date | None
    answered: int
    sentences: list[ShownSentence]


class ShownTopic(_Shown):
    """What guests talk about; shares of 1."""

    label: str
    share: float
    reviews: int
    positive: float | None
    negative: float | None
    aspect: str | None


class ShownContradiction(_Shown):
    """A claim of the host or the platform, and how many reviews are for it and against it."""

    about: str
    source: str
    claim: str
    agreeing: int
    disagreeing: int
    sentences: list[ShownSentence]


class ShownPoint(_Shown):
    """What speaks most for a place or against it: an aspect or kind of deal-breaker, and its sentence."""

    about: str
    kind: Literal["praise", "complaint", "deal-breaker"]
    sentence: ShownSentence


class ShownReviews(_Shown):
    """What the reviews say.

    Attributes:
        status: ``ok``; ``empty``: there was nothing to read; ``missing``: not analysed. ``note`` says why.
        since: date of the oldest review.
        weighed: whether criticism was weighed; if not, an empty list of deal-breakers means nothing.
        overall: everything together, like an aspect.
    """

    status: Literal["ok", "empty", "missing"]
    note: str | None
    count: int
    since: dt.date | None
    overall: ShownAspect | None
    aspects: dict[str, ShownAspect]
    weighed: bool
    deal_breakers: list[ShownDealBreaker]
    best: ShownPoint | None
    worst: ShownPoint | None
    summary: list[ShownSentence]
    topics: list[ShownTopic]
    contradictions: list[ShownContradiction]


class ShownShares(_Shown):
    """Shares of the shown mesh's area, of 1; all 0 where there is no mesh."""

    measured: float
    inferred: float
    generated: float


class ShownRoom(_Shown):
    """One room; ``photos`` and ``placed`` are numbers.

    Attributes:
        size: null where nothing is known of it; ``size_note`` says why numbers are missing.
        at_least: null where nothing can be said.
    """

    id: str
    name: str
    status: RoomStatus
    reason: str | None
    photos: int
    placed: int
    shares: ShownShares
    size: ShownSize | None
    at_least: ShownAtLeast | None
    size_note: str | None


class ShownFact(_Shown):
    """One fact of the listing.

    Attributes:
        status: ``present``; ``none``: the source says that there is none; ``absent``: it does not say.
        value: null unless present.
        read_from: the place in the source that says it.
    """

    status: FieldStatus
    value: JsonValue
    read_from: str | None


class ShownListing(_Shown):
    """A listing and its newest report; ``version`` grows when a field changes its meaning or goes."""

    version: Literal[1]
    id: str
    title: str
    synthetic: bool
    analysed: bool
    source: str
    facts: dict[str, ShownFact]
    photos: list[ShownPhoto]
    rooms: list[ShownRoom]
    reviews: ShownReviews


def shown_listing(store: Store, listing_id: str) -> ShownListing:
    """A listing and its newest report.

    Raises:
        KeyError: the listing is unknown.
    """
    listing, _ = store.listing(listing_id)
    report = store.report(listing_id)
    if report is None:
        rooms = [
            RoomReport(room_id=room.id, name=room.name, status="waiting", photo_ids=room.photo_ids)
            for room in listing.rooms
        ]
        reviews = _none(len(listing.reviews), "not analysed yet")
    else:
        rooms = list(report.rooms)
        reviews = _none(len(listing.reviews), report.reviews_note)
        if report.reviews_key is not None:
            reviews = shown_reviews(ReviewReport.load(store.artefacts.folder(report.reviews_key)))
    sizes = listing_sizes(store, report)
    return ShownListing(
        version=VERSION,
        id=listing.id,
        title=listing.title,
        synthetic=listing.synthetic,
        analysed=report is not None,
        source=listing.source,
        facts=shown_facts(listing),
        photos=shown_photos(listing, rooms, sizes),
        rooms=[_room(room, sizes) for room in rooms],
        reviews=reviews,
    )


def shown_facts(listing: Listing) -> dict[str, ShownFact]:
    """The facts that people compare, as they are printed."""
    values = listing.model_dump(mode="json", include=set(COMPARED))
    return {
        name: ShownFact(
            status=(status := listing.status(name)),
            value=values[name] if status == "present" else None,
            read_from=listing.provenance.get(name),
        )
        for name in COMPARED
    }


def shown_reviews(report: ReviewReport) -> ShownReviews:
    """The review report as it is printed."""
    return ShownReviews(
        status=report.status,
        note=report.reason,
        count=report.counts.reviews,
        since=report.since,
        overall=None if report.whole is None else _aspect(report.whole),
        aspects={own.aspect: _aspect(own) for own in report.aspects},
        weighed=report.weighed,
        deal_breakers=[_deal_breaker(found) for found in report.deal_breakers],
        best=_point(best_praise(report)),
        worst=_point(worst_complaint(report)),
        summary=_sentences(report.summary),
        topics=[_topic(topic) for topic in report.topics],
        contradictions=[_contradiction(found) for found in report.contradictions],
    )


def _none(count: int, note: str | None) -> ShownReviews:
    return ShownReviews(
        status="missing",
        note=note,
        count=count,
        since=None,
        overall=None,
        aspects={},
        weighed=False,
        deal_breakers=[],
        best=None,
        worst=None,
        summary=[],
        topics=[],
        contradictions=[],
    )


def _room(room: RoomReport, sizes: ListingSizes) -> ShownRoom:
    shares = room.shares() if room.status == "built" else {}
    size = sizes.rooms.get(room.room_id)
    return ShownRoom(
        id=room.room_id,
        name=room.name,
        status=room.status,
        reason=room.reason,
        photos=len(room.photo_ids),
        placed=len(room.placed),
        shares=ShownShares(**{origin: shares.get(origin, 0.0) for origin in ORIGINS}),
        size=shown_size(size),
        at_least=shown_at_least(size),
        size_note=" ".join(sizes.why_not(room.room_id)) or None,
    )


def _point(found: Point | None) -> ShownPoint | None:
    if found is None:
        return None
    return ShownPoint(about=found.about, kind=found.kind, sentence=_sentence(found.quote))


def _aspect(own: AspectSummary) -> ShownAspect:
    recent = {window.months: window.score.value for window in own.recent}
    return ShownAspect(
        score=own.score and own.score.value,
        low=own.score and own.score.low,
        high=own.score and own.score.high,
        reviews=own.reviews,
        last_12_months=recent.get(12),
        last_24_months=recent.get(24),
        change=own.change,
        supporting=_sentences(own.supporting),
        critical=_sentences(own.critical),
    )


def _deal_breaker(found: DealBreaker) -> ShownDealBreaker:
    return ShownDealBreaker(
        kind=found.kind,
        reviews=found.reviews,
        newest=found.newest,
        answered=found.answered,
        sentences=[_sentence(one, one.answer) for one in found.complaints],
    )


def _topic(topic: Topic) -> ShownTopic:
    return ShownTopic(
        label=topic.label,
        share=topic.share,
        reviews=topic.reviews,
        positive=topic.positive,
        negative=topic.negative,
        aspect=topic.aspect,
    )


def _contradiction(found: Contradiction) -> ShownContradiction:
    return ShownContradiction(
        about=found.about,
        source=found.source,
        claim=found.claim,
        agreeing=found.agreeing,
        disagreeing=found.disagreeing,
        sentences=_sentences(found.quotes),
    )


def _sentences(quotes: tuple[Quote, ...]) -> list[ShownSentence]:
    return [_sentence(quote) for quote in quotes]


def _sentence(quote: Quote, answer: str | None = None) -> ShownSentence:
    return ShownSentence(
        text=quote.text, language=quote.language, date=quote.date, review=quote.review_id, answer=answer
    )
