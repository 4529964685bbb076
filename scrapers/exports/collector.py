"""Rows of a file to reviews. Dates, scales and copies are settled once all rows are there."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from scrapers.digests import digest_of
from scrapers.exports.ago import is_ago
from scrapers.exports.columns import Columns
from scrapers.exports.dates import DateStyle, When, parse_when, style_of
from scrapers.exports.scales import Mark, Scale, read_mark, scale_of
from scrapers.exports.texts import join_pieces
from scrapers.listing import Problem, Review
from scrapers.review_fields import clean_text, is_ambiguous_date, parse_language

_ID_DIGITS: Final = 16
#: without dates, only a text that two people would hardly both write is a copy
_LONG_TEXT_CHARACTERS: Final = 40
#: of texts of praise and criticism apart (Booking.com), and of hosts' tools
_TEN: Final = 10.0
_HOSTS_WORDS: Final = (
    "host-to-guest",
    "host_to_guest",
    "hosttoguest",
    "host to guest",
    "from_host",
    "from host",
)
_MESSAGES: Final = {
    "empty": "{} reviews without text were left out",
    "host": "{} reviews by the host of guests were left out",
    "copy": "{} copies of reviews (same id, or same text and date) were left out",
    "rating": "{} ratings are not on a scale of 1 to {} and were left out",
    "scale": "the scale of its {} ratings cannot be told, so none was read; name the column like rating (1-5)",
    "unread": "{} ratings are no numbers of stars and were left out",
    "ambiguous": "{} dates could mean two days, like 03/04/2024, and were left out; write 2024-04-03",
    "date": "{} dates could not be read and were left out; write 2024-04-03",
    "undated": "{} dates count back from a day that the file does not name, and were left out",
    "month": "{} dates name no day, only a week, month or year",
    "ids": "its id column repeats for different reviews, so it was not used",
}


@dataclass(frozen=True)
class _Draft:
    text: str
    given_id: str
    dates: tuple[str, ...]
    mark: Mark | None
    language: str | None
    translation: str | None
    response: str | None
    read_at: str


@dataclass
class ReviewCollector:
    """Turns rows into reviews.

    Args:
        name: of the file, for the problems.
        today: day on which the file was written, from which "3 weeks ago" counts.
    """

    name: str
    today: dt.date | None = None
    _drafts: list[_Draft] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)
    _rating_header: str = ""
    _hint: float | None = None

    def add(self, cells: Mapping[str, object], columns: Columns) -> None:
        """Take one row."""

        def first(name: str) -> str:
            return next((text for own in columns.of.get(name, ()) if (text := clean_text(cells.get(own)))), "")

        if any(word in first("direction").casefold() for word in _HOSTS_WORDS):
            self._counts["host"] += 1
            return
        text = join_pieces(first("text"), first("title"), first("positive"), first("negative"))
        if not text:
            self._counts["empty"] += 1
            return
        self._notice(columns)
        written = first("rating")
        mark = read_mark(written)
        self._counts["unread"] += bool(written) and mark is None
        self._drafts.append(
            _Draft(
                text=text,
                given_id=first("id"),
                dates=tuple(t for own in columns.of.get("date", ()) if (t := clean_text(cells.get(own)))),
                mark=mark,
                language=parse_language(first("language")),
                translation=first("translation") or None,
                response=first("response") or None,
                read_at=first("read_at"),
            )
        )

    def _notice(self, columns: Columns) -> None:
        if "rating" in columns.of:
            self._rating_header = columns.of["rating"][0]
        if "direction" in columns.of or {"positive", "negative"} <= columns.of.keys():
            self._hint = _TEN

    def finish(self) -> tuple[tuple[Review, ...], list[Problem]]:
        """The reviews in the order of the rows, and what was left out."""
        style = style_of((text for draft in self._drafts for text in draft.dates), self.today)
        scale = scale_of([d.mark for d in self._drafts if d.mark], self._rating_header, self._hint)
        trusted = self._ids_are_unique()
        reviews: dict[str, Review] = {}
        for draft in self._drafts:
            when = self._when(draft, style)
            stars = self._stars(draft, scale)
            given = draft.given_id if trusted else ""
            written = draft.dates[0] if draft.dates else ""
            review_id = given or digest_of(draft.text, written)[:_ID_DIGITS]
            if review_id in reviews:
                same = reviews[review_id].text == draft.text
                if (given and same) or (not given and (written or len(draft.text) >= _LONG_TEXT_CHARACTERS)):
                    self._counts["copy"] += 1
                    continue
                review_id = _next_free(review_id, reviews)
            reviews[review_id] = Review(
                id=review_id,
                text=draft.text,
                language=draft.language,
                translation=draft.translation if draft.translation != draft.text else None,
                date=None if when is None else when.date,
                date_precision="day" if when is None else when.precision,
                rating=stars,
                response=draft.response,
            )
        return tuple(reviews.values()), self._problems(scale)

    def _when(self, draft: _Draft, style: DateStyle) -> When | None:
        """The date of the best column that names one, a day before a month."""
        if not draft.dates:
            return None
        read = parse_when(draft.read_at, style) if draft.read_at else None
        own = replace(style, today=read.date) if read is not None else style
        found = [when for text in draft.dates if (when := parse_when(text, own)) is not None]
        best = next((when for when in found if when.precision == "day"), found[0] if found else None)
        if best is None:
            self._counts[_why_no_date(draft.dates[0], own)] += 1
        elif best.precision != "day":
            self._counts["month"] += 1
        return best

    def _stars(self, draft: _Draft, scale: Scale) -> float | None:
        if draft.mark is None:
            return None
        stars = scale.stars(draft.mark)
        if stars is None and draft.mark.value != 0:
            self._counts["scale" if scale.top is None and draft.mark.out_of is None else "rating"] += 1
        return stars

    def _ids_are_unique(self) -> bool:
        """Whether the id column tells reviews apart (a listing's or guest's id does not)."""
        pairs = {(draft.given_id, draft.text) for draft in self._drafts if draft.given_id}
        ids = {given_id for given_id, _ in pairs}
        if len(pairs) > 2 and len(ids) * 2 <= len(pairs):
            self._counts["ids"] = 1
            return False
        return True

    def _problems(self, scale: Scale) -> list[Problem]:
        top = f"{scale.top or 5:g}{' stars' if scale.top in (None, 5) else ''}"
        return [
            Problem(subject=self.name, message=message.format(self._counts[key], top))
            for key, message in _MESSAGES.items()
            if self._counts[key]
        ]


def _why_no_date(text: str, style: DateStyle) -> str:
    if is_ambiguous_date(text):
        return "ambiguous"
    return "undated" if style.today is None and is_ago(text) else "date"


def _next_free(review_id: str, taken: Mapping[str, Review]) -> str:
    number = 2
    while f"{review_id}-{number}" in taken:
        number += 1
    return f"{review_id}-{number}"
