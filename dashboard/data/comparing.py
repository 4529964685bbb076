"""Several listings side by side: one table, what weighs, photos by kind of room. Knows no Streamlit."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dashboard.data import facts, review_words
from dashboard.data.decision import price_of
from dashboard.data.room_views import guessed_words, is_guessed
from dashboard.data.services import ListingView, mean_rating
from dashboard.formatting import count, decimal
from dashboard.words import mark, percent, t, word
from pipeline.prices import Price
from pipeline.reviews.report import (
    AspectSummary,
    Comparison,
    ReviewReport,
    Score,
    Worth,
    worth_of_score,
)

MOST: Final = 8
#: in what a cell is ahead
BEST: Final = mark("best")
LOWEST: Final = mark("lowest")
#: letters of a title that a narrow column shows
_SHOWN_OF_TITLE: Final = 20
#: of a slider; the middle one is what everybody starts with
WEIGHTS: Final = range(5)
USUAL_WEIGHT: Final = 2
PRICE, SPACE, VALUE = "price", "space", "value"
_LABELS: Final = {
    PRICE: mark("Low price"),
    SPACE: mark("Room for guests"),
    VALUE: mark("Worth its price"),
    "noise": mark("Quiet"),
}
_KINDS: Final = (
    (mark("Living room"), r"living|lounge|salon|wohn|sala|거실|リビング|客厅"),
    (mark("Bedroom"), r"bed|schlaf|chambre|dorm|habita|침실|寝室|卧室"),
    (mark("Kitchen"), r"kitchen|k[üu]che|cuisine|cocina|주방|부엌|キッチン|厨房"),
    (mark("Bathroom"), r"bath|shower|bad\b|toilet|wc\b|baño|salle de|욕실|화장실|浴|卫生间"),
    (mark("Dining"), r"dining|ess|comedor|식당"),
    (
        mark("Outside"),
        r"balcon|terra|garden|pool|patio|exterior|outside|view|garten|발코니|정원|バルコニー|阳台",
    ),
)
OTHER_ROOMS: Final = mark("Other photos")


@dataclass(frozen=True)
class CompareCell:
    """One value: as text or as a score; ``mark`` says in what it is ahead, ``tone`` colours it."""

    text: str = ""
    note: str = ""
    score: Score | None = None
    mark: str = ""
    tone: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known."""
        return not self.text and self.score is None


@dataclass(frozen=True)
class CompareRow:
    """One question, and the answer of each listing in their order."""

    name: str
    cells: tuple[CompareCell, ...]


@dataclass(frozen=True)
class CompareGroup:
    """Questions of one kind; ``note`` says how they are to be read."""

    title: str
    rows: tuple[CompareRow, ...]
    note: str = ""


def names(views: Sequence[ListingView]) -> dict[str, str]:
    """What each listing is called beside the others: with its neighbourhood first where titles begin alike."""
    beginnings = Counter(view.listing.title[:_SHOWN_OF_TITLE].casefold() for view in views)
    found = {}
    for view in views:
        title, place = view.listing.title, view.listing.neighbourhood
        alike = beginnings[title[:_SHOWN_OF_TITLE].casefold()] > 1
        found[view.id] = f"{place}: {title}" if alike and place else title
    return found


def criterion_name(criterion: str) -> str:
    """What weighs, for a slider and a reason."""
    known = _LABELS.get(criterion)
    return t(known) if known is not None else word("aspect", criterion).capitalize()


def groups(
    views: Sequence[ListingView],
    reports: Mapping[str, ReviewReport],
    found: Comparison | None,
    sizes: Mapping[str, str] | None = None,
) -> list[CompareGroup]:
    """The table from top to bottom; a question that no listing answers is left out.

    Args:
        sizes: by listing, what its photos tell of its size, in words.
    """
    everything = [
        CompareGroup(t("The place"), tuple(_facts(views, sizes or {}))),
        CompareGroup(t("Money"), tuple(_money(views)), currency_words(views)),
        CompareGroup(t("Staying there"), tuple(_staying(views))),
        CompareGroup(t("What guests judge"), tuple(_judged(views, reports, found)), t(_JUDGED_NOTE)),
        CompareGroup(
            t("Stars at the source"), tuple(_stars(views)), t("Without uncertainty: nobody is called best.")
        ),
        CompareGroup(t("How much is known"), tuple(_known(views, reports))),
    ]
    kept = [
        CompareGroup(
            group.title, tuple(row for row in group.rows if not all(c.is_empty for c in row.cells)), group.note
        )
        for group in everything
    ]
    return [group for group in kept if group.rows]


_JUDGED_NOTE: Final = mark(
    "0 to 100, with the band that holds it nine times of ten. “Best” and “better” only beyond chance."
)


def _row(name: str, views: Sequence[ListingView], value: Callable[[ListingView], str]) -> CompareRow:
    return CompareRow(name, tuple(CompareCell(value(view)) for view in views))


def _facts(views: Sequence[ListingView], sizes: Mapping[str, str]) -> list[CompareRow]:
    def number(field: str) -> Callable[[ListingView], str]:
        return lambda view: (
            "" if getattr(view.listing, field) is None else decimal(getattr(view.listing, field))
        )

    return [
        _row(t("Kind"), views, lambda view: view.listing.property_type or view.listing.room_type or ""),
        _row(t("Where"), views, lambda view: view.listing.neighbourhood or ""),
        _row(t("Size by its photos"), views, lambda view: sizes.get(view.id, "")),
        _row(t("Sleeps"), views, number("person_capacity")),
        _row(t("Bedrooms"), views, number("bedrooms")),
        _row(t("Beds"), views, number("beds")),
        _row(t("Bathrooms"), views, number("bathrooms")),
    ]


def _staying(views: Sequence[ListingView]) -> list[CompareRow]:
    def words(field: str) -> Callable[[ListingView], str]:
        return lambda view: facts.value_of(view.listing, field)

    return [_row(t(facts.label_of(field)), views, words(field)) for field in facts.ACROSS]


def _money(views: Sequence[ListingView]) -> list[CompareRow]:
    nights = [price_of(view.listing) for view in views]
    guests = [
        None if price is None or not view.listing.person_capacity else price.each(view.listing.person_capacity)
        for price, view in zip(nights, views, strict=True)
    ]
    return [
        CompareRow(t("A night"), _prices(nights)),
        CompareRow(t("For each guest of a full house"), _prices(guests)),
    ]


def _prices(prices: Sequence[Price | None]) -> tuple[CompareCell, ...]:
    known = [price for price in prices if price is not None]
    comparable = len(known) > 1 and len({price.currency for price in known}) == 1
    least = min((price.amount for price in known), default=0.0)
    alone = sum(price.amount == least for price in known) == 1
    return tuple(
        CompareCell()
        if price is None
        else CompareCell(str(price), mark=LOWEST if comparable and alone and price.amount == least else "")
        for price in prices
    )


def currency_words(views: Sequence[ListingView]) -> str:
    """Which money is meant, and whether prices can be compared at all."""
    found = {price.currency for view in views if (price := price_of(view.listing)) is not None}
    if len(found) > 1:
        return t(
            "In different currencies ({currencies}), so no price is called lowest.",
            currencies=", ".join(sorted(found)),
        )
    if found == {"$"}:
        return t("“$” as the source writes it; it does not say which dollar.")
    return ""


def _stars(views: Sequence[ListingView]) -> list[CompareRow]:
    def of(name: str) -> Callable[[ListingView], str]:
        return lambda view: (
            f"{ratings[name]:.2f}" if name in (ratings := view.listing.category_ratings or {}) else ""
        )

    def overall(view: ListingView) -> str:
        rating = mean_rating(view.listing)
        return "" if rating is None else f"{rating:.2f}"

    names = dict.fromkeys(name for view in views for name in view.listing.category_ratings or {})
    return [_row(t("Overall"), views, overall), *(_row(_words(name), views, of(name)) for name in names)]


def _words(name: str) -> str:
    known = word("aspect", name)
    return known if known != name else {"checkin": "Check-in"}.get(name, name.replace("_", " ").capitalize())


def _judged(
    views: Sequence[ListingView], reports: Mapping[str, ReviewReport], found: Comparison | None
) -> list[CompareRow]:
    rows = [
        CompareRow(t("Deal-breakers"), tuple(_breakers(reports.get(view.id)) for view in views)),
        CompareRow(t("Everything"), tuple(_overall(reports.get(view.id)) for view in views)),
    ]
    own = {name: {one.aspect: one for one in report.aspects} for name, report in reports.items()}
    aspects = [row.aspect for row in found.aspects] if found else [a for one in own.values() for a in one]
    beaten = _beaten(found)
    for aspect in dict.fromkeys(aspects):
        cells = [
            _aspect(own.get(view.id, {}).get(aspect), _mark(aspect, view.id, own, beaten)) for view in views
        ]
        rows.append(
            CompareRow(
                criterion_name(VALUE) if aspect == "price" else word("aspect", aspect).capitalize(),
                tuple(cells),
            )
        )
    return rows


def _beaten(found: Comparison | None) -> dict[tuple[str, str], set[str]]:
    beaten: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in found.differences if found else ():
        if one.significant:
            beaten[one.aspect, one.better].add(one.worse)
    return beaten


def _mark(
    aspect: str,
    name: str,
    own: Mapping[str, Mapping[str, AspectSummary]],
    beaten: Mapping[tuple[str, str], set[str]],
) -> str:
    won = beaten.get((aspect, name), set())
    others = [
        other for other, aspects in own.items() if other != name and _score(aspects.get(aspect)) is not None
    ]
    if won and len(won) == len(others):
        return BEST
    return t("better than {listings}", listings=len(won)) if won else ""


def _score(own: AspectSummary | None) -> Score | None:
    return None if own is None else own.score


def _aspect(own: AspectSummary | None, mark: str) -> CompareCell:
    if own is None or own.score is None:
        return CompareCell()
    return CompareCell(score=own.score, note=t("in {share} of reviews", share=percent(own.share)), mark=mark)


def _overall(report: ReviewReport | None) -> CompareCell:
    return CompareCell(score=None if report is None else report.overall)


def _breakers(report: ReviewReport | None) -> CompareCell:
    if report is None:
        return CompareCell()
    if report.deal_breakers:
        return CompareCell(_kinds(report), tone="bad")
    if review_words.no_deal_breaker(report):
        return CompareCell(
            t("None"), note=t("in {reviews}", reviews=count(report.reviews_with_words, "review")), tone="good"
        )
    return CompareCell()


def _kinds(report: ReviewReport) -> str:
    told = ", ".join(word("deal-breaker", one.kind) for one in report.deal_breakers)
    return told[:1].upper() + told[1:]


def deal_breakers(reports: Mapping[str, ReviewReport]) -> dict[str, str]:
    """What nobody should book in spite of, of the listings that have such."""
    return {name: _kinds(report) for name, report in reports.items() if report.deal_breakers}


def _known(views: Sequence[ListingView], reports: Mapping[str, ReviewReport]) -> list[CompareRow]:
    def reviews(view: ListingView) -> str:
        read = reports.get(view.id)
        if read:
            return t("{reviews} read", reviews=read.reviews_with_words)
        return t("not read") if view.listing.reviews else t("none")

    return [
        _row(t("Reviews"), views, reviews),
        _row(
            t("Photos"), views, lambda view: str(len(view.listing.photos)) if view.listing.photos else t("none")
        ),
        CompareRow(t("Rooms in 3D"), tuple(map(_rooms, views))),
    ]


def _rooms(view: ListingView) -> CompareCell:
    if not view.rooms:
        return CompareCell(t("none"))
    guessed = next((guessed_words(room) for room in view.built if is_guessed(room)), "")
    return CompareCell(t("{built} of {rooms}", built=len(view.built), rooms=len(view.rooms)), note=guessed)


def worths(views: Sequence[ListingView], reports: Mapping[str, ReviewReport]) -> dict[str, dict[str, Worth]]:
    """By listing, how good it is in each respect that somebody may weigh."""
    prices = {view.id: price for view in views if (price := price_of(view.listing)) is not None}
    if len({price.currency for price in prices.values()}) > 1:
        prices = {}
    least = min((price.amount for price in prices.values()), default=0.0)
    most = max((view.listing.person_capacity or 0 for view in views), default=0)
    found: dict[str, dict[str, Worth]] = {}
    for view in views:
        own: dict[str, Worth] = {}
        if view.id in prices and prices[view.id].amount > 0:
            own[PRICE] = Worth(least / prices[view.id].amount, 0.0, str(prices[view.id]))
        if view.listing.person_capacity:
            own[SPACE] = Worth(
                view.listing.person_capacity / most,
                0.0,
                t("sleeps {guests}", guests=view.listing.person_capacity),
            )
        for one in reports[view.id].aspects if view.id in reports else ():
            if one.score is not None:
                own[VALUE if one.aspect == "price" else one.aspect] = worth_of_score(one.score)
        found[view.id] = own
    return found


def criteria(found: Mapping[str, Mapping[str, Worth]]) -> list[str]:
    """What can be weighed: price and size first, then what most listings are judged by."""
    counts: dict[str, int] = defaultdict(int)
    for own in found.values():
        for name in own:
            counts[name] += 1
    order = [name for name in (PRICE, SPACE) if name in counts]
    return order + [name for name in sorted(counts, key=lambda n: (-counts[n], n)) if name not in order]


def usual_weight(criterion: str) -> int:
    """What a slider starts with: more room than one needs is worth nothing, so nobody starts with that."""
    return 0 if criterion == SPACE else USUAL_WEIGHT


def read_weights(written: str, names: Sequence[str]) -> dict[str, int]:
    """Weights from an address (``noise:4,price:0``); what is missing or not readable is as usual."""
    given = dict(part.split(":", 1) for part in written.split(",") if ":" in part)
    numbers = {name: int(value) for name, value in given.items() if re.fullmatch(r"\d", value)}
    return {name: min(numbers.get(name, usual_weight(name)), WEIGHTS[-1]) for name in names}


def write_weights(weights: Mapping[str, int]) -> str:
    """Weights for an address: those that differ from the usual."""
    return ",".join(f"{name}:{weight}" for name, weight in weights.items() if weight != usual_weight(name))


def room_kind(name: str) -> str:
    """The kind of a room by its name in some languages, :data:`OTHER_ROOMS` if it tells none."""
    return next((kind for kind, words in _KINDS if re.search(words, name, re.IGNORECASE)), OTHER_ROOMS)


def photos_by_kind(views: Sequence[ListingView], each: int) -> list[tuple[str, list[list[str]]]]:
    """Kinds of rooms, each with at most ``each`` photo ids of every listing, in their order."""
    found: dict[str, list[list[str]]] = {kind: [[] for _ in views] for kind, _ in (*_KINDS, (OTHER_ROOMS, ""))}
    for column, view in enumerate(views):
        grouped = view.photos_by_room or [("", tuple(photo.id for photo in view.listing.photos))]
        for name, photo_ids in grouped:
            found[room_kind(name)][column].extend(photo_ids)
    return [(kind, [row[:each] for row in rows]) for kind, rows in found.items() if any(rows)]
