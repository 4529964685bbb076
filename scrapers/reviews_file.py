"""Reviews from a file of rows: CSV, TSV, JSON, JSON lines (plain or gzipped) or Excel, in usual encodings."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from scrapers.digests import digest_of, digest_of_file
from scrapers.errors import BadReviewsFile, EmptySource, ListingNotInFile, SourceNotFound
from scrapers.exports.collector import ReviewCollector
from scrapers.exports.columns import Columns, names_a_text, understand_columns
from scrapers.exports.workbook import WORKBOOK_SUFFIXES
from scrapers.listing import Listing, Problem, Review
from scrapers.review_fields import ALIASES, clean_text
from scrapers.source import Report, silent
from scrapers.tables import Row, Table

REVIEW_SUFFIXES = (
    *(
        suffix + packed
        for suffix in (".csv", ".tsv", ".tab", ".json", ".jsonl", ".ndjson")
        for packed in ("", ".gz")
    ),
    *WORKBOOK_SUFFIXES,
)
_ROWS_PER_REPORT = 2000
#: of one listing; the most reviewed ones have some thousand reviews
MAX_ROWS = 200_000
#: that are looked at before it is settled what the columns hold
_SAMPLE_ROWS = 200
_MOST_NAMED = 12
_SUGGESTIONS = 5


@dataclass(frozen=True)
class ReadReviews:
    """The reviews of a file in its order, and what was left out of it."""

    reviews: tuple[Review, ...]
    problems: tuple[Problem, ...]


def read_reviews(path: Path, report: Report = silent, listing: str | None = None) -> ReadReviews:
    """Read the reviews of one listing.

    Column names are recognised in the usual spellings of ten languages (``scrapers/exports/headers.tsv``); only
    the text is needed. Reviewer names are not read.

    Args:
        path: the file.
        report: how far it is.
        listing: id or name of the listing, where the file holds several.

    Raises:
        SourceNotFound: if there is no such file.
        BadReviewsFile: if it has no column of texts, mixes listings, or cannot be read.
        ListingNotInFile: if it holds no review of ``listing``.
    """
    with Table(path, wanted=names_a_text) as table:
        collector = ReviewCollector(path.name, written_on(path))
        reader = _Reader(table, listing)
        for index, row in enumerate(table):
            if index % _ROWS_PER_REPORT == 0:
                report(table.fraction, f"Reading {path.name}: {index} rows")
            if index >= MAX_ROWS:
                raise BadReviewsFile(
                    f"{path.name} has more than {MAX_ROWS:,} rows: that is more than one listing can have.",
                    "Keep the rows of one listing.",
                )
            columns = reader.columns_of(row)
            if not columns.has_texts:
                table.leave_out(row.place, "has no text")
            elif reader.is_wanted(row, columns):
                collector.add(row.cells, columns)
        reader.check(path)
        reviews, problems = collector.finish()
        return ReadReviews(reviews, (*table.problems, *reader.problems(path.name), *problems))


def written_on(path: Path) -> dt.date:
    """The day on which a file was written: "3 weeks ago" counts from there."""
    return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC).date()


class _Reader:
    """What the columns of a table hold, and which listings its rows are about."""

    def __init__(self, table: Table, listing: str | None) -> None:
        self._table = table
        self._wanted = None if listing is None else listing.strip().casefold()
        self._listings: Counter[str] = Counter()
        rows = table.peek(_SAMPLE_ROWS)
        self._sample: dict[str, list[object]] = {}
        for row in rows:
            for name, cell in row.cells.items():
                self._sample.setdefault(name, []).append(cell)
        names = tuple(dict.fromkeys((*table.columns, *self._sample)))
        self.whole = understand_columns(names, self._sample)
        self._columns = lru_cache(maxsize=1024)(self._understand)
        self._had_texts = False

    def columns_of(self, row: Row) -> Columns:
        """What the row's own columns hold (rows of JSON need not have the same)."""
        found = self._columns(tuple(row.cells))
        self._had_texts = self._had_texts or found.has_texts
        return found

    def _understand(self, names: tuple[str, ...]) -> Columns:
        if set(names) >= set(self._sample):
            return self.whole
        return understand_columns(names, {name: self._sample.get(name, ()) for name in names})

    def is_wanted(self, row: Row, columns: Columns) -> bool:
        """Whether the row is about the listing that was asked for; count the listings."""
        named = [
            text
            for field in ("listing_id", "listing_name")
            for column in columns.of.get(field, ())
            if (text := clean_text(row.cells.get(column)).partition("?")[0])
        ]
        if not named:
            return self._wanted is None
        self._listings[named[0]] += 1
        return self._wanted is None or any(self._wanted == text.casefold() for text in named)

    def check(self, path: Path) -> None:
        """Raise if there was nothing to read, or several listings and none was chosen."""
        if self._table.columns and not self._had_texts and not self.whole.has_texts:
            raise no_text_column(path, self._table.columns)
        most = ", ".join(f"{name} ({count})" for name, count in self._listings.most_common(_SUGGESTIONS))
        if self._wanted is None and len(self._listings) > 1:
            raise BadReviewsFile(
                f"{path.name} holds reviews of several listings.",
                f"Say which one: {path.name}#LISTING. Those with the most reviews: {most}.",
            )
        if self._wanted is not None and not any(self._wanted == name.casefold() for name in self._listings):
            held = f"It holds: {most}." if most else "No column of it names the listing: leave the choice away."
            raise ListingNotInFile(f"{path.name} holds no review of {self._wanted!r}.", held)

    def problems(self, name: str) -> Iterator[Problem]:
        """What was made of the columns, where that is not plain."""
        if self.whole.guessed is not None:
            message = f"its column {self.whole.guessed!r} was taken for the reviews, because of what it holds"
            yield Problem(subject=name, message=message)
        if unknown := [column for column in self.whole.unknown if self._holds_words(column)]:
            more = f" and {len(unknown) - _MOST_NAMED} more" if len(unknown) > _MOST_NAMED else ""
            named = ", ".join(map(repr, unknown[:_MOST_NAMED]))
            yield Problem(subject=name, message=f"columns that were not understood, so not read: {named}{more}")
        if self.whole.private:
            yield Problem(subject=name, message="what was not meant for the public in it was not read")

    def _holds_words(self, column: str) -> bool:
        return any(clean_text(cell) for cell in self._sample.get(column, ()))


def no_text_column(path: Path, columns: Sequence[str]) -> BadReviewsFile:
    """The error for a file whose columns hold no review texts."""
    found = ", ".join(repr(name) for name in columns[:20])
    kind = inside_airbnb_summary(columns)
    if kind is not None:
        return BadReviewsFile(f"{path.name} is {kind}", "Take reviews.csv.gz from 'Detailed Review data'.")
    return BadReviewsFile(
        f"{path.name} has no column with the texts of the reviews; its columns are {found}.",
        f"Name that column one of: {', '.join(ALIASES['text'][:10])}. The columns date, rating, language, "
        "id, translation and response are read if they are there.",
    )


def inside_airbnb_summary(columns: Sequence[str]) -> str | None:
    """What a file of Inside Airbnb without reviews is; ``None`` for other files."""
    names = {name.strip().casefold() for name in columns}
    if {"listing_id", "date"} == names:
        return "Inside Airbnb's summary of reviews: it names their dates, not their texts."
    if {"id", "room_type", "neighbourhood"} <= names or {"id", "host_id", "accommodates"} <= names:
        return "Inside Airbnb's file of listings: it holds facts, no reviews."
    if {"listing_id", "available", "date"} <= names:
        return "Inside Airbnb's calendar: it holds prices of days, no reviews."
    return None


class ReviewsFileSource:
    """A listing of which there are only reviews.

    Args:
        path: a reviews file.
        title: of the listing (default: the file's name).
        listing: id or name of the listing, where the file holds several.
    """

    name = "reviews-file"

    def __init__(self, path: Path, title: str | None = None, listing: str | None = None) -> None:
        if not path.is_file():
            raise SourceNotFound(f"There is no file {str(path)!r}.", "Check the path.")
        self._path = path
        self._listing = listing
        self._title = title or listing or path.name.split(".")[0] or path.name

    def fingerprint(self) -> str:
        """Digest of the file's bytes, its day, the title and the choice."""
        day = written_on(self._path).isoformat()
        return digest_of(self.name, digest_of_file(self._path), day, self._title, self._listing or "")

    def collect(self, folder: Path, report: Report = silent) -> Listing:
        """Read the reviews (nothing is written); see :meth:`scrapers.source.Source.collect`."""
        read = read_reviews(self._path, report, self._listing)
        if not read.reviews:
            raise EmptySource(f"{self._path.name} holds no review.", "Give a file with at least one review.")
        return Listing(
            id=f"reviews-{self._id()}",
            source=self.name,
            origin=str(self._path),
            title=self._title,
            reviews=read.reviews,
            provenance={"reviews": self._path.name},
            problems=read.problems,
        )

    def _id(self) -> str:
        digest = digest_of_file(self._path)
        return (digest if self._listing is None else digest_of(digest, self._listing))[:12]
