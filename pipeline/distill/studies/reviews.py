"""What is in a file of reviews: stars, lengths, languages, countries, copies.

Nothing is read on the people who wrote them: no name, no home, no number of their other reviews. What a reader
wants to know of a flat does not depend on who says it, and ShowRoom stores no such data (docs/architecture.md).
Countries are those of the listings, where the file names them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from pipeline.distill.studies.plots import plot
from pipeline.distill.studies.reports import Row, write_report
from pipeline.reviews.text import guess_language
from scrapers.review_fields import clean_text, match_columns, parse_language, parse_rating
from scrapers.tables import Table

#: columns that name the country of a listing
COUNTRY_COLUMNS: Final = ("country", "listing_country", "host_listing_country")
_MOST_KINDS: Final = 12
_PERCENTILES: Final = (5, 25, 50, 75, 95, 100)


@dataclass
class _Counted:
    stars: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    countries: Counter[str] = field(default_factory=Counter)
    texts: Counter[str] = field(default_factory=Counter)
    words: list[int] = field(default_factory=list)
    empty: int = 0


def review_study(folder: Path, files: list[Path], *, most: int = 0) -> Path:
    """Count and write ``reviews.md`` and a plot.

    Args:
        folder: gets the report.
        files: CSV, TSV, JSON or JSON lines, plain or gzipped; of one listing or of many.
        most: rows that are read of each file; 0: all.

    Raises:
        BadReviewsFile: a file that cannot be read.
        ValueError: no file, or no review in them.
    """
    counted = _Counted()
    for file in files:
        with Table(file, wanted=lambda names: "text" in match_columns(names)) as rows:
            for number, row in enumerate(rows):
                if most and number >= most:
                    break
                _count(row.cells, counted)
    if not counted.words:
        raise ValueError("there is no review with a text in these files")
    table = list(_rows(counted))
    lengths = [(float(p), float(np.percentile(counted.words, p))) for p in range(0, 100, 5)]
    plot(folder / "reviews.png", "Length of reviews", ("percentile", "words"), {"words": lengths})
    about = "Nothing on the people who wrote them is read. Texts that are the same count as copies."
    return write_report(folder, "reviews", about, table, files=", ".join(file.name for file in files))


def _count(cells: Mapping[str, object], counted: _Counted) -> None:
    columns = match_columns(cells)
    text = clean_text(cells.get(columns.get("text", "")))
    if not text:
        counted.empty += 1
        return
    told = parse_language(cells.get(columns.get("language", "")))
    counted.languages[told or guess_language(text)] += 1
    rating = parse_rating(cells.get(columns.get("rating", "")))
    counted.stars["not given" if rating is None else f"{rating:g}"] += 1
    counted.texts[" ".join(text.casefold().split())] += 1
    counted.words.append(len(text.split()))
    named = {name.casefold(): value for name, value in cells.items()}
    country = next((str(named[name]) for name in COUNTRY_COLUMNS if named.get(name)), None)
    if country:
        counted.countries[country] += 1


def _rows(counted: _Counted) -> Iterator[Row]:
    total = len(counted.words)
    yield {"what": "reviews", "kind": "with a text", "count": total, "share": 1.0}
    yield {"what": "reviews", "kind": "without a text", "count": counted.empty, "share": ""}
    for what in ("stars", "languages", "countries"):
        kinds: Counter[str] = getattr(counted, what)
        for kind, count in kinds.most_common(_MOST_KINDS):
            yield {"what": what, "kind": kind, "count": count, "share": count / total}
    for percentile in _PERCENTILES:
        words = int(np.percentile(counted.words, percentile))
        yield {"what": "words", "kind": f"percentile {percentile}", "count": words, "share": ""}
    copies = sum(count - 1 for count in counted.texts.values())
    yield {"what": "copies", "kind": "of another review", "count": copies, "share": copies / total}
