"""What the answers of the reviews request add up to: which reviews there are, and what to ask for next."""

from __future__ import annotations

from dataclasses import dataclass, field

from scrapers.airbnb.fetch.cache import ListingCache, StoredPage
from scrapers.airbnb.parse import ReviewsPage
from scrapers.listing import Review, ReviewTag

#: first in the page's own order; a second sweep finds what moved between two answers of the first
SWEEPS = 2


@dataclass
class Harvest:
    """The reviews that the cache holds, and what is still to be asked for.

    Attributes:
        cache: of the listing.
        expected: how many there are, as the page says; answers know better.
    """

    cache: ListingCache
    expected: int | None = None
    answers: list[StoredPage] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.answers = self.cache.reviews()

    @property
    def reviews(self) -> dict[str, Review]:
        """By id, in the order of the first sweep."""
        found: dict[str, Review] = {}
        for answer in self.answers:
            for review in answer.page.reviews:
                found.setdefault(review.id, review)
        return found

    @property
    def total(self) -> int | None:
        """How many there are: as the latest answer says, else as the page says."""
        said = [answer.page.total for answer in self.answers if answer.page.total is not None]
        return said[-1] if said else self.expected

    @property
    def tags(self) -> tuple[ReviewTag, ...] | None:
        """Airbnb's own topics, if an answer had them."""
        return next((answer.page.tags for answer in self.answers if answer.page.tags is not None), None)

    @property
    def skipped(self) -> int:
        """Rows of the first sweep that could not be read."""
        return sum(answer.page.skipped for answer in self.answers if answer.sweep == 0)

    @property
    def missing(self) -> int | None:
        """How many have not been handed out; ``None`` where nobody says how many there are."""
        return None if self.total is None else max(0, self.total - len(self.reviews) - self.skipped)

    def next(self) -> tuple[int, int] | None:
        """Sweep and offset to ask for next; ``None`` when there is nothing left to ask for."""
        if self.missing == 0:
            return None
        for sweep in range(SWEEPS):
            offset = self._next_offset(sweep)
            if offset is not None:
                return sweep, offset
            if self.missing is None:
                return None
        return None

    def add(self, sweep: int, offset: int, rows: int, page: ReviewsPage) -> None:
        """Keep one answer."""
        stored = StoredPage(sweep, offset, rows, page)
        self.cache.keep_reviews(stored)
        self.answers = sorted([*self.answers, stored], key=lambda answer: (answer.sweep, answer.offset))

    def _next_offset(self, sweep: int) -> int | None:
        """Where the answers of ``sweep`` end; ``None`` if there is nothing behind it."""
        by_offset = {answer.offset: answer for answer in self.answers if answer.sweep == sweep}
        offset, seen, repeated = 0, set[str](), False
        while offset in by_offset:
            answer = by_offset[offset]
            ids = {review.id for review in answer.page.reviews}
            if answer.rows == 0 or (repeated and ids <= seen):
                return None
            repeated = bool(ids) and ids <= seen
            seen |= ids
            offset += answer.rows
        return None if self.total is not None and offset >= self.total else offset


def count_rows(body: object, page: ReviewsPage) -> int:
    """How many rows an answer had, doubles and unreadable ones too: the next offset depends on it."""
    rows = body
    for name in ("data", "presentation", "stayProductDetailPage", "reviews", "reviews"):
        rows = rows.get(name) if isinstance(rows, dict) else None
    return len(rows) if isinstance(rows, list) else len(page.reviews) + page.skipped
