"""One listing out of Inside Airbnb's open data (https://insideairbnb.com, CC BY 4.0), read as a stream."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from scrapers.digests import digest_of, digest_of_file
from scrapers.errors import BadReviewsFile, ListingNotInFile, SourceNotFound
from scrapers.exports.collector import ReviewCollector
from scrapers.exports.columns import Columns
from scrapers.inside_airbnb_facts import Facts, is_old_scale, listing_facts
from scrapers.listing import Listing, Problem
from scrapers.source import Report, silent
from scrapers.tables import Table

ATTRIBUTION = "Inside Airbnb (insideairbnb.com), CC BY 4.0"
_LISTING_URL = re.compile(r"/rooms/(?:plus/)?(\d+)")
_LISTING_ID = re.compile(r"\d{1,20}")
_REVIEW_FILE = re.compile(r".*reviews.*\.(?:csv(?:\.gz)?|xlsx?)", re.IGNORECASE)
_LISTINGS_FILE = re.compile(r".*listings.*\.(?:csv(?:\.gz)?|xlsx?)", re.IGNORECASE)
_COLUMNS = frozenset(("listing_id", "id", "date", "comments"))
_READ = Columns({"text": ("comments",), "id": ("id",), "date": ("date",)})
#: of a row of the listings; the second kind is the summary
_FACT_COLUMNS, _SUMMARY_COLUMNS = frozenset(("id", "accommodates")), frozenset(("id", "room_type"))
_WHOLE_AS_DECIMAL = re.compile(r"(\d{1,15})[.,]0+")
#: a number that a spreadsheet shortened: its last digits are lost
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d+")
_NOT_IN_NAMES = re.compile(r"[^a-z]+|csv|gz|xlsx?|listings|reviews")
_ROWS_PER_REPORT = 2000
_SUGGESTIONS = 3
#: of the progress bar
_REVIEWS_SHARE = 0.8


def parse_listing_id(text: str) -> str:
    """The listing's number from itself or from its address.

    Raises:
        ListingNotInFile: if there is none in ``text``.
    """
    if _LISTING_ID.fullmatch(text.strip()):
        return text.strip()
    if found := _LISTING_URL.search(text):
        return found[1]
    raise ListingNotInFile(
        f"{text!r} is no listing id.",
        "Give its number (71609) or address (https://www.airbnb.com/rooms/71609).",
    )


def plain_id(cell: object) -> str:
    """A listing's number as it stands in a cell; ``71609.0`` is 71609."""
    text = str(cell).strip()
    found = _WHOLE_AS_DECIMAL.fullmatch(text)
    return found[1] if found else text


def find_files(folder: Path) -> tuple[Path, Path | None] | None:
    """Inside Airbnb's reviews file in ``folder``, if there is one, and the listings file that goes with it.

    They may carry more in their names (``singapore_reviews.csv.gz``, ``reviews (1).csv``) and may be unpacked;
    of several pairs the first by name is taken.
    """
    for path in sorted(folder.iterdir(), key=lambda path: path.name.casefold()):
        if path.is_file() and _REVIEW_FILE.fullmatch(path.name) and is_reviews_file(path):
            return path, _listings_beside(path)
    return None


def _listings_beside(reviews_path: Path) -> Path | None:
    """The listings file whose name is most like that of the reviews; detailed ones before summaries."""
    city = _city_in(reviews_path)
    found = []
    for path in sorted(reviews_path.parent.iterdir()):
        if path.is_file() and _LISTINGS_FILE.fullmatch(path.name) and _city_in(path) == city:
            columns = _columns_of(path)
            if columns >= _SUMMARY_COLUMNS or "id" in columns:
                found.append((columns >= _FACT_COLUMNS, len(columns), path))
    return max(found, key=lambda entry: entry[:2])[2] if found else None


def _city_in(path: Path) -> str:
    return _NOT_IN_NAMES.sub("", path.name.casefold())


def _columns_of(path: Path) -> frozenset[str]:
    try:
        with Table(path) as table:
            return frozenset(table.columns)
    except BadReviewsFile:
        return frozenset()


def is_reviews_file(path: Path) -> bool:
    """Whether ``path`` is a detailed reviews file of Inside Airbnb, by its columns."""
    return _columns_of(path) >= _COLUMNS


class InsideAirbnbSource:
    """The reviews and facts of one listing.

    Args:
        reviews_path: ``reviews.csv.gz`` (the detailed file, with texts), also unpacked.
        listings_path: ``listings.csv.gz`` of the same city and date (default: the one that lies beside it);
            without one there are no facts.
        listing_id: number or address of the listing; may be left out if the file holds only one.
        title: of the listing (default: its name in the listings file).

    Raises:
        SourceNotFound: if a file is not there.
        ListingNotInFile: if ``listing_id`` is none.
    """

    name = "inside-airbnb"

    def __init__(
        self,
        reviews_path: Path,
        listings_path: Path | None = None,
        listing_id: str | None = None,
        title: str | None = None,
    ) -> None:
        for path in (reviews_path, listings_path):
            if path is not None and not path.is_file():
                raise SourceNotFound(f"There is no file {str(path)!r}.", "Check the path.")
        self._reviews_path = reviews_path
        self._listings_path = listings_path or _listings_beside(reviews_path)
        self._listing_id = None if listing_id is None else parse_listing_id(listing_id)
        self._title = title

    def fingerprint(self) -> str:
        """Digest of the bytes of the files, of the listing's number and of the title."""
        paths = [path for path in (self._reviews_path, self._listings_path) if path is not None]
        return digest_of(self.name, str(self._listing_id), str(self._title), *map(digest_of_file, paths))

    def collect(self, folder: Path, report: Report = silent) -> Listing:
        """Read the listing (nothing is written); see :meth:`scrapers.source.Source.collect`.

        Raises:
            ListingNotInFile: naming the listings with the most reviews.
        """
        collector = ReviewCollector(self._reviews_path.name)
        counts, problems = self._read_reviews(collector, report)
        listing_id = self._listing_id
        if not (listing_id and counts[listing_id]) and any(_ROUNDED.fullmatch(number) for number in counts):
            raise _rounded(self._reviews_path, counts)
        if listing_id is None and len(counts) == 1:
            (listing_id,) = counts
        if listing_id is None:
            raise self._not_there(counts)
        if not _LISTING_ID.fullmatch(listing_id):
            raise BadReviewsFile(
                f"{self._reviews_path.name} has {listing_id!r} where the listing's number should stand.",
                "Take the file as Inside Airbnb offers it (reviews.csv.gz).",
            )
        facts = self._read_facts(listing_id, report)
        if facts is None and not counts[listing_id]:
            raise self._not_there(counts)
        reviews, review_problems = collector.finish()
        report(1.0, f"{len(reviews)} reviews")
        own: dict[str, object] = {
            "id": f"airbnb-{listing_id}",
            "source": self.name,
            "origin": f"{self._reviews_path}#{listing_id}",
            "title": f"Airbnb listing {listing_id}",
            "url": f"https://www.airbnb.com/rooms/{listing_id}",
            "attribution": ATTRIBUTION,
            "reviews": reviews,
        }
        facts = facts or Facts(problems=self._no_facts(listing_id))
        own["provenance"] = {**facts.provenance, "reviews": self._reviews_path.name}
        own["problems"] = (*problems, *review_problems, *facts.problems)
        return Listing.model_validate(own | facts.fields | ({"title": self._title} if self._title else {}))

    def _read_reviews(
        self, collector: ReviewCollector, report: Report
    ) -> tuple[Counter[str], tuple[Problem, ...]]:
        """Pass the listing's rows to ``collector``; count the rows of every listing."""
        counts: Counter[str] = Counter()
        wanted = self._listing_id
        with Table(self._reviews_path) as table:
            if missing := _COLUMNS - set(table.columns):
                raise BadReviewsFile(
                    f"{self._reviews_path.name} is no detailed reviews file of Inside Airbnb: it has no column "
                    f"{', '.join(sorted(missing))} (its columns are {', '.join(table.columns[:20])}).",
                    "Take reviews.csv.gz from 'Detailed Review data', not the summary reviews.csv.",
                )
            for index, row in enumerate(table):
                if index % _ROWS_PER_REPORT == 0:
                    report(_REVIEWS_SHARE * table.fraction, f"Looking through the reviews: {index} read")
                listing_id = plain_id(row.cells.get("listing_id"))
                counts[listing_id] += 1
                wanted = wanted or listing_id
                if listing_id == wanted:
                    collector.add(row.cells, _READ)
            return counts, tuple(table.problems)

    def _read_facts(self, listing_id: str, report: Report) -> Facts | None:
        """The facts of the listing, ``None`` if it is not in the file or there is no file."""
        if self._listings_path is None:
            return None
        own: dict[str, object] | None = None
        old_scale = None
        with Table(self._listings_path) as table:
            for index, row in enumerate(table):
                if index % _ROWS_PER_REPORT == 0:
                    done = _REVIEWS_SHARE + (1 - _REVIEWS_SHARE) * table.fraction
                    report(done, f"Looking through the listings: {index} read")
                if own is None and plain_id(row.cells.get("id")) == listing_id:
                    own = row.cells
                old_scale = old_scale if old_scale is not None else is_old_scale(row.cells)
                if own is not None and old_scale is not None:
                    break
        return None if own is None else listing_facts(own, self._listings_path.name, old_scale)

    def _no_facts(self, listing_id: str) -> list[Problem]:
        if self._listings_path is None:
            return []
        message = f"does not hold listing {listing_id}, so its facts are unknown"
        return [Problem(subject=self._listings_path.name, message=message)]

    def _not_there(self, counts: Counter[str]) -> ListingNotInFile:
        name = self._reviews_path.name
        most = ", ".join(f"{i} ({n} reviews)" for i, n in counts.most_common(_SUGGESTIONS))
        asked = f"does not hold listing {self._listing_id}" if self._listing_id else "holds several listings"
        return ListingNotInFile(
            f"{name} {asked if counts else 'holds no reviews'}.",
            f"The listings with the most reviews in it: {most}." if counts else "Download the file again.",
        )


def _rounded(path: Path, counts: Counter[str]) -> BadReviewsFile:
    shown = next(number for number in counts if _ROUNDED.fullmatch(number))
    return BadReviewsFile(
        f"A spreadsheet program has rounded the numbers of the listings in {path.name} ({shown}): it cannot be "
        "told any more whose reviews these are.",
        "Take the file as it was downloaded (reviews.csv.gz) and do not save it in a spreadsheet before.",
    )
