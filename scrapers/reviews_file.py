"""Reviews from a file of rows: CSV, TSV, JSON or JSON lines, plain or gzipped, in any usual encoding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from scrapers.digests import digest_of, digest_of_file
from scrapers.errors import BadReviewsFile, EmptySource, SourceNotFound
from scrapers.listing import Listing, Problem, Review
from scrapers.review_fields import (
    ALIASES,
    clean_text,
    date_order,
    is_ambiguous_date,
    match_columns,
    parse_date,
    parse_language,
    parse_rating,
)
from scrapers.source import Report, silent
from scrapers.tables import Table

REVIEW_SUFFIXES = tuple(
    suffix + packed for suffix in (".csv", ".tsv", ".json", ".jsonl", ".ndjson") for packed in ("", ".gz")
)
_ROWS_PER_REPORT = 2000
#: of one listing; the most reviewed ones have some thousand reviews
MAX_ROWS = 200_000
_ID_DIGITS = 16
#: without dates, only a text that two people would hardly both write is a copy
_LONG_TEXT_CHARACTERS = 40


@dataclass(frozen=True)
class ReadReviews:
    """The reviews of a file in its order, and what was left out of it."""

    reviews: tuple[Review, ...]
    problems: tuple[Problem, ...]


def read_reviews(path: Path, report: Report = silent) -> ReadReviews:
    """Read the reviews of one listing.

    Column names are recognised in the usual spellings (``scrapers.review_fields.ALIASES``); only the text
    is needed. Reviewer names are not read.

    Raises:
        SourceNotFound: if there is no such file.
        BadReviewsFile: if it has no column of texts, mixes listings, or cannot be read.
    """
    with Table(path, wanted=lambda names: "text" in match_columns(names)) as table:
        collector = ReviewCollector(path.name)
        columns_of = lru_cache(match_columns)
        has_texts = "text" in columns_of(table.columns)
        listings: set[object] = set()
        for index, row in enumerate(table):
            if index % _ROWS_PER_REPORT == 0:
                report(table.fraction, f"Reading {path.name}: {index} rows")
            if index >= MAX_ROWS:
                raise BadReviewsFile(
                    f"{path.name} has more than {MAX_ROWS:,} rows: that is more than one listing can have.",
                    "Keep the rows of one listing.",
                )
            columns = columns_of(tuple(row.cells))
            if "text" not in columns:
                table.leave_out(row.place, "has no text")
                continue
            has_texts = True
            collector.add(row.cells, columns)
            listings.add(row.cells.get(columns.get("listing_id", "")) or None)
            if len(listings - {None}) > 1:
                raise _several_listings(path)
        if table.columns and not has_texts:
            raise no_text_column(path, table.columns)
        reviews, problems = collector.finish()
        return ReadReviews(reviews, (*table.problems, *problems))


def no_text_column(path: Path, columns: tuple[str, ...]) -> BadReviewsFile:
    """The error for a file whose columns hold no review texts."""
    found = ", ".join(repr(name) for name in columns[:20])
    return BadReviewsFile(
        f"{path.name} has no column with the texts of the reviews; its columns are {found}.",
        f"Name that column one of: {', '.join(ALIASES['text'][:10])}. The columns date, rating, language, "
        "id, translation and response are read if they are there.",
    )


def _several_listings(path: Path) -> BadReviewsFile:
    return BadReviewsFile(
        f"{path.name} holds reviews of several listings.",
        "Keep the rows of one listing. (Of Inside Airbnb's reviews.csv.gz, say which: FILE#LISTING_ID.)",
    )


@dataclass
class _Draft:
    text: str
    given_id: str
    date_text: str
    rating: float | None
    language: str | None
    translation: str | None
    response: str | None


@dataclass
class ReviewCollector:
    """Turns rows into reviews; dates are settled and copies removed once all rows are there.

    Args:
        name: of the file, for the problems.
    """

    name: str
    _drafts: list[_Draft] = field(default_factory=list)
    _counts: Counter[str] = field(default_factory=Counter)

    def add(self, cells: Mapping[str, object], columns: Mapping[str, str]) -> None:
        """Take one row, its cells found by ``columns`` (field to column name)."""
        value = {name: cells.get(column) for name, column in columns.items()}
        text = clean_text(value.get("text"))
        if not text:
            self._counts["empty"] += 1
            return
        rating = parse_rating(value.get("rating"))
        if rating is None and clean_text(value.get("rating")):
            self._counts["rating"] += 1
        self._drafts.append(
            _Draft(
                text=text,
                given_id=clean_text(value.get("id")),
                date_text=clean_text(value.get("date")),
                rating=rating,
                language=parse_language(value.get("language")),
                translation=clean_text(value.get("translation")) or None,
                response=clean_text(value.get("response")) or None,
            )
        )

    def finish(self) -> tuple[tuple[Review, ...], list[Problem]]:
        """The reviews in the order of the rows, and what was left out."""
        order = date_order(draft.date_text for draft in self._drafts)
        trusted = self._ids_are_unique()
        reviews: dict[str, Review] = {}
        for draft in self._drafts:
            date = parse_date(draft.date_text, order) if draft.date_text else None
            if draft.date_text and date is None:
                self._counts["ambiguous" if is_ambiguous_date(draft.date_text) else "date"] += 1
            given = draft.given_id if trusted else ""
            review_id = given or digest_of(draft.text, draft.date_text)[:_ID_DIGITS]
            if review_id in reviews:
                if given or draft.date_text or len(draft.text) >= _LONG_TEXT_CHARACTERS:
                    self._counts["copy"] += 1
                    continue
                review_id = _next_free(review_id, reviews)
            reviews[review_id] = Review(
                id=review_id,
                text=draft.text,
                language=draft.language,
                translation=draft.translation if draft.translation != draft.text else None,
                date=date,
                rating=draft.rating,
                response=draft.response,
            )
        return tuple(reviews.values()), self._problems()

    def _ids_are_unique(self) -> bool:
        """Whether the id column tells reviews apart (a listing's or guest's id does not)."""
        pairs = {(draft.given_id, draft.text) for draft in self._drafts if draft.given_id}
        ids = {given_id for given_id, _ in pairs}
        if len(pairs) > 2 and len(ids) * 2 <= len(pairs):
            self._counts["ids"] = 1
            return False
        return True

    def _problems(self) -> list[Problem]:
        messages = {
            "empty": "{} reviews without text were left out",
            "copy": "{} copies of reviews (same id, or same text and date) were left out",
            "rating": "{} ratings are not on a scale of 1 to 5 stars and were left out",
            "ambiguous": "{} dates could mean two days, like 03/04/2024, and were left out; write 2024-04-03",
            "date": "{} dates could not be read and were left out; write 2024-04-03",
            "ids": "its id column repeats for different reviews, so it was not used",
        }
        return [
            Problem(subject=self.name, message=message.format(self._counts[key]))
            for key, message in messages.items()
            if self._counts[key]
        ]


def _next_free(review_id: str, taken: Mapping[str, Review]) -> str:
    number = 2
    while f"{review_id}-{number}" in taken:
        number += 1
    return f"{review_id}-{number}"


class ReviewsFileSource:
    """A listing of which there are only reviews.

    Args:
        path: a reviews file.
        title: of the listing (default: the file's name).
    """

    name = "reviews-file"

    def __init__(self, path: Path, title: str | None = None) -> None:
        if not path.is_file():
            raise SourceNotFound(f"There is no file {str(path)!r}.", "Check the path.")
        self._path = path
        self._title = title or path.name.split(".")[0]

    def fingerprint(self) -> str:
        """Digest of the file's bytes and of the title."""
        return digest_of(self.name, digest_of_file(self._path), self._title)

    def collect(self, folder: Path, report: Report = silent) -> Listing:
        """Read the reviews (nothing is written); see :meth:`scrapers.source.Source.collect`."""
        read = read_reviews(self._path, report)
        if not read.reviews:
            raise EmptySource(f"{self._path.name} holds no review.", "Give a file with at least one review.")
        return Listing(
            id=f"reviews-{digest_of_file(self._path)[:12]}",
            source=self.name,
            origin=str(self._path),
            title=self._title,
            reviews=read.reviews,
            provenance={"reviews": self._path.name},
            problems=read.problems,
        )
