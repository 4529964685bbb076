"""The reviews that a drawn page shows: cards without a mark for their text, often without a number. Pure.

Cards are laid out alike: the place of the text is the one that holds by far most text over all cards. Where
two places compete, nothing is read. Headings, links, buttons and what stands beside a heading (there is the
reviewer) never count. Stars are a number with a word or sign for stars; a date is what names a time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from selectolax.lexbor import LexborNode

from scrapers.airbnb.parse.document import Document, is_inside
from scrapers.airbnb.parse.shapes import node_text, text
from scrapers.airbnb.parse.vocabulary import speaks_of
from scrapers.digests import digest_of
from scrapers.exports.dates import DateStyle, When, parse_when
from scrapers.exports.scales import read_mark
from scrapers.listing import Review
from scrapers.review_fields import parse_language

_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4", "h5"})
_NOT_WORDS: Final = frozenset({"button", "svg", "script", "style", "img"})
_NOT_TEXT: Final = _HEADINGS | _NOT_WORDS | {"a", "time", "ol", "ul"}
_CARDS: Final = '[data-section-id^="REVIEWS"] [role="listitem"], [role="dialog"] [role="listitem"]'
_MAX_ID_CHARACTERS: Final = 100
_ID_DIGITS: Final = 20
_MAX_META_CHARACTERS: Final = 60
#: of a text, to be known for the beginning of another
_MIN_COMMON: Final = 15
_STARS: Final = 5
#: between the pieces of a line
_SEPARATORS: Final = " ·•|–-"
_Path = tuple[tuple[str, int], ...]
#: an element, its text, and whether that is a line of time and stars
_Place = tuple[LexborNode, str, bool]


@dataclass(frozen=True)
class _Card:
    """One card: its number where it has one, and whether it lies in a dialog over the page."""

    number: str | None
    element: LexborNode
    in_dialog: bool


def read_reviews(document: Document, today: dt.date | None = None) -> tuple[tuple[Review, ...], int]:
    """The reviews that the DOM shows, and how many cards have no text that could be told apart.

    Args:
        document: the page.
        today: day on which the page was shown, from which "3 weeks ago" counts.
    """
    cards = [card for card in _cards(document) if card.number is not None or _has_meta(card.element, today)]
    texts = [dict(_texts(card.element, today)) for card in cards]
    best = _place_of_text(texts)
    reviews: list[tuple[_Card, Review]] = []
    for card, places in zip(cards, texts, strict=True):
        if best is not None and best in places:
            element, written, _ = places[best]
            reviews.append((card, _review(card, element, written, today)))
    return tuple(_without_copies(reviews)), sum(best not in places for places in texts)


def _review(card: _Card, element: LexborNode, written: str, today: dt.date | None) -> Review:
    meta, answer = _before_and_after(card.element, element, today)
    when = next((time for piece in meta if (time := _when(piece, today)) is not None), None)
    return Review(
        id=card.number or digest_of(written, "" if when is None else str(when.date))[:_ID_DIGITS],
        text=written,
        language=parse_language(element.attributes.get("lang")),
        date=None if when is None else when.date,
        date_precision="day" if when is None else when.precision,
        rating=next((stars for piece in meta if (stars := _stars(piece)) is not None), None),
        response=answer if answer != written else None,
    )


def _without_copies(found: Sequence[tuple[_Card, Review]]) -> Iterator[Review]:
    """Each review once. A card without a number that lies on the page and again in a dialog is one review."""
    kept: dict[str, Review] = {}
    for card, review in sorted(found, key=lambda pair: not pair[0].in_dialog):
        own = review
        if card.number is None and not card.in_dialog and any(_is_copy(own, other) for other in kept.values()):
            continue
        number = 2
        while card.number is None and own.id in kept:
            own = review.model_copy(update={"id": f"{review.id}-{number}"})
            number += 1
        kept.setdefault(own.id, own)
    return iter(kept.values())


def _is_copy(short: Review, whole: Review) -> bool:
    """Whether one text is the other, or its beginning; the page cuts long ones."""
    a, b = (" ".join(review.text.split()).casefold().rstrip(".… ") for review in (short, whole))
    same_time = short.date is None or whole.date is None or short.date == whole.date
    return same_time and (a == b or (len(a) >= _MIN_COMMON and b.startswith(a)))


def _cards(document: Document) -> Iterator[_Card]:
    """Each review's element: marked ones, else the items with a heading in the reviews section or a dialog."""
    marked: dict[str, LexborNode] = {}
    for card in document.tree.css("[data-review-id]"):
        number = text(card.attributes.get("data-review-id"))
        if number is not None and len(number) <= _MAX_ID_CHARACTERS:
            marked.setdefault(number, card)
    if marked:
        yield from (_Card(number, card, in_dialog=False) for number, card in marked.items())
        return
    for card in document.tree.css(_CARDS):
        if any(card.css_first(heading) is not None for heading in ("h2", "h3", "h4")):
            yield _Card(None, card, _in_dialog(card))


def _in_dialog(element: LexborNode) -> bool:
    current = element.parent
    while current is not None:
        if current.attributes.get("role") == "dialog":
            return True
        current = current.parent
    return False


def _has_meta(card: LexborNode, today: dt.date | None) -> bool:
    """Whether a card has what every review has: a time or stars."""
    pieces = [piece for _, words in _words(card) for piece in _split(words)]
    return any(_when(piece, today) is not None or _stars(piece) is not None for piece in pieces)


def _words(card: LexborNode) -> Iterator[tuple[LexborNode, str]]:
    """Each piece of text in a card in order, with the element around it; none of headings and buttons."""
    for element in card.traverse():
        if element.mem_id == card.mem_id or is_inside(element, _HEADINGS | _NOT_WORDS, card):
            continue
        for item in element.iter(include_text=True):
            if item.is_text_node and (words := text(item.text_content)) is not None:
                yield element, words


def _split(words: str) -> list[str]:
    return [piece.strip() for piece in words.replace("|", "·").replace("•", "·").split("·") if piece.strip()]


def _when(piece: str, today: dt.date | None) -> When | None:
    return parse_when(piece.strip(" ,"), DateStyle(today=today)) if len(piece) <= _MAX_META_CHARACTERS else None


def _stars(piece: str) -> float | None:
    """Stars out of "Rating, 5 stars" in any language; a bare number is none."""
    mark = read_mark(piece) if len(piece) <= _MAX_META_CHARACTERS else None
    return mark.value if mark is not None and mark.out_of == _STARS and 1 <= mark.value <= _STARS else None


def _before_and_after(
    card: LexborNode, main: LexborNode, today: dt.date | None
) -> tuple[list[str], str | None]:
    """The short pieces beside the text, and the host's answer: after a heading or "Response from"."""
    meta: list[str] = []
    after, answering = False, False
    answers: list[str] = []
    for element in card.traverse():
        if element.mem_id == main.mem_id:
            after = True
            continue
        if element.mem_id == card.mem_id or _is_below(element, main, card) or element.tag in _NOT_WORDS:
            continue
        if after and element.tag in _HEADINGS:
            answering = True
        own = [
            words
            for item in element.iter(include_text=True)
            if item.is_text_node and (words := text(item.text_content))
        ]
        if is_inside(element, _HEADINGS | _NOT_WORDS, card) or not own:
            continue
        words = " ".join(own)
        if after and speaks_of(words, "response from") and len(words) <= _MAX_META_CHARACTERS:
            answering = True
        elif answering:
            answers += [whole] if (whole := node_text(element)) and _when(whole, today) is None else []
        else:
            meta += [piece for part in own for piece in _split(part)]
    return meta, max(answers, key=len, default=None)


def _is_below(element: LexborNode, top: LexborNode, card: LexborNode) -> bool:
    current = element.parent
    while current is not None and current.mem_id != card.mem_id:
        if current.mem_id == top.mem_id:
            return True
        current = current.parent
    return False


def _place_of_text(cards: Sequence[Mapping[_Path, _Place]]) -> _Path | None:
    """The place that holds more than twice as much text as any other, in more than half of the cards."""
    weights: dict[_Path, int] = {}
    for places in cards:
        for path, (_, written, is_meta) in places.items():
            weights[path] = weights.get(path, 0) + (0 if is_meta else len(written))
    ranked = sorted(weights, key=lambda path: -weights[path])
    if (
        not ranked
        or not weights[ranked[0]]
        or (len(ranked) > 1 and weights[ranked[0]] <= 2 * weights[ranked[1]])
    ):
        return None
    return ranked[0] if sum(ranked[0] in places for places in cards) * 2 > len(cards) else None


def _texts(card: LexborNode, today: dt.date | None) -> Iterator[tuple[_Path, _Place]]:
    """Elements that directly hold text, by the way to them from the card; neither dates, stars nor answers."""
    seen = False
    for element in card.traverse():
        if seen and (element.tag in _HEADINGS or speaks_of(node_text(element) or "", "response from")):
            own = node_text(element) or ""
            if element.tag in _HEADINGS or len(own) <= _MAX_META_CHARACTERS:
                return
        if (
            element.mem_id == card.mem_id
            or is_inside(element, _NOT_TEXT, card)
            or _beside_heading(element, card)
        ):
            continue
        if any(i.is_text_node and (i.text_content or "").strip() for i in element.iter(include_text=True)):
            written = node_text(element)
            if written is None or not written.strip(_SEPARATORS):
                continue
            is_meta = _is_meta(written, today)
            seen = seen or not is_meta
            yield _way(element, card), (element, written, is_meta)


def _is_meta(written: str, today: dt.date | None) -> bool:
    """Whether a text is a line of time and stars."""
    pieces = _split(written.replace("\n", "·")) if len(written) <= 2 * _MAX_META_CHARACTERS else []
    return any(_when(piece, today) is not None or _stars(piece) is not None for piece in pieces)


def _beside_heading(element: LexborNode, card: LexborNode) -> bool:
    """Whether a heading shares the parent of ``element``, or of something around it inside the card."""
    current: LexborNode | None = element
    while current is not None and current.mem_id != card.mem_id:
        around = current.parent
        if around is None or around.mem_id == card.mem_id:
            return False
        if any(item.tag in _HEADINGS for item in around.iter()):
            return True
        current = around
    return False


def _way(element: LexborNode, card: LexborNode) -> _Path:
    steps = []
    current: LexborNode | None = element
    while current is not None and current.mem_id != card.mem_id:
        number, before = 0, current.prev
        while before is not None:
            number += before.tag == current.tag
            before = before.prev
        steps.append((current.tag or "", number))
        current = current.parent
    return tuple(reversed(steps))
