"""All reviews of a city: chunk by chunk, in bounded memory, continued where it was stopped.

::

    analyse_city(Path("reviews.csv.gz"), Path("listings.csv.gz"), Path("city"))
    CityResults(Path("city")).aspects(neighbourhood="Geylang", first_month="2022-01")

Topics are found on a sample that depends on the reviews alone; every chunk is then read with them. A chunk's
results appear whole or not at all, so a killed run goes on with the first chunk that is missing.
"""

import datetime as dt
import hashlib
import heapq
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, NamedTuple

from pipeline.progress import Progress
from pipeline.reviews.city.city_chunks import (
    Chunk,
    ChunkReader,
    CityTopics,
    RawReview,
    fit_topics,
    kind_of,
)
from pipeline.reviews.city.city_places import write_places
from pipeline.reviews.city.city_results import CityResults, write_totals
from pipeline.reviews.city.settings import CitySettings
from scrapers.errors import BadReviewsFile
from scrapers.listing import Review
from scrapers.review_fields import clean_text, match_columns, parse_date
from scrapers.tables import Table

PLAN_FILE: Final = "plan.json"
VERSION: Final = 7
_ROWS_PER_REPORT: Final = 5000
#: shares of the progress bar
_PLANNED, _FITTED, _READ = 0.05, 0.15, 0.97


def analyse_city(
    reviews_file: Path,
    listings_file: Path | None,
    out_folder: Path,
    settings: CitySettings | None = None,
    progress: Progress | None = None,
) -> CityResults:
    """Read an Inside Airbnb city; the results are Parquet files in ``out_folder`` and can be asked.

    Run it again with the same arguments to continue after it was stopped.

    Args:
        reviews_file: the detailed ``reviews.csv.gz``.
        listings_file: ``listings.csv.gz``, for the neighbourhoods; ``None``: all are ``unknown``.
        out_folder: new, or of an earlier run with the same files and settings.

    Raises:
        SourceNotFound, BadReviewsFile: a file that is not there or not of this kind.
        ValueError: ``out_folder`` holds something else.
        Cancelled: ``progress`` asked to stop; what was done is kept.
    """
    settings, progress = settings or CitySettings(), progress or Progress()
    _claim(out_folder, reviews_file, listings_file, settings)
    plan = _plan(reviews_file, out_folder, settings, progress.part(0, _PLANNED))
    topics = _topics(plan, out_folder, settings, progress.part(_PLANNED, _FITTED))
    homes = _homes(listings_file)
    chunks = _chunks(reviews_file, homes, settings.chunk_reviews, out_folder)
    total = -(-plan.reviews // settings.chunk_reviews)
    _read_chunks(chunks, total, topics, out_folder, settings, progress.part(_FITTED, _READ))
    progress(_READ, "adding up")
    write_totals(out_folder)
    if listings_file is not None:
        write_places(listings_file, out_folder)
    progress(1.0, f"{plan.reviews} reviews read")
    return CityResults(out_folder)


def read_file(reviews_file: Path) -> list[Review]:
    """All reviews of a city's file at once, for samples; :func:`analyse_city` reads in chunks."""
    return [
        Review(id=row.id, text=row.text, date=dt.date.fromisoformat(f"{row.month}-01") if row.month else None)
        for row, _ in _rows(reviews_file)
    ]


@dataclass(frozen=True)
class _Plan:
    reviews: int
    sample: tuple[RawReview, ...]


def _claim(folder: Path, reviews_file: Path, listings_file: Path | None, settings: CitySettings) -> None:
    """Note in ``folder`` what is read there; ``ValueError`` if it already holds something else."""
    facts = asdict(settings.reviews) | {
        "version": VERSION,
        "chunk": settings.chunk_reviews,
        "sample": settings.sample_reviews,
    }
    files = [
        (file.name, file.stat().st_size)
        for file in (reviews_file, listings_file)
        if file is not None and file.is_file()
    ]
    wanted = hashlib.sha256(json.dumps([facts, files], sort_keys=True, default=str).encode()).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / "analysis.txt"
    if mark.is_file():
        if mark.read_text(encoding="utf-8") != wanted:
            raise ValueError(f"{folder} holds the results of other files or settings; choose another folder")
    elif any(folder.iterdir()):
        raise ValueError(f"{folder} is not empty; choose another folder")
    else:
        mark.write_text(wanted, encoding="utf-8")


def _plan(reviews_file: Path, folder: Path, settings: CitySettings, progress: Progress) -> _Plan:
    """Count the reviews and draw the sample: those with the smallest digests, whatever their order."""
    path = folder / PLAN_FILE
    if path.is_file():
        raw = json.loads(path.read_text(encoding="utf-8"))
        return _Plan(raw["reviews"], tuple(RawReview(**own) for own in raw["sample"]))
    count = 0
    drawn: list[tuple[int, str, RawReview]] = []
    for review, fraction in _rows(reviews_file):
        if count % _ROWS_PER_REPORT == 0:
            progress(fraction, f"counting: {count} reviews")
        count += 1
        digest = hashlib.sha256(f"{review.id}\0{review.text}".encode("utf-8", "surrogatepass")).digest()
        entry = (-int.from_bytes(digest[:8], "big"), f"{review.id} {count}", review)
        if len(drawn) < settings.sample_reviews:
            heapq.heappush(drawn, entry)
        elif entry[0] > drawn[0][0]:
            heapq.heapreplace(drawn, entry)
    sample = tuple(review for *_, review in sorted(drawn, key=lambda entry: (-entry[0], entry[1])))
    _write_whole(path, json.dumps({"reviews": count, "sample": [asdict(review) for review in sample]}))
    return _Plan(count, sample)


def _topics(plan: _Plan, folder: Path, settings: CitySettings, progress: Progress) -> CityTopics:
    place = folder / "topics"
    if not (place / "topics.json").is_file():
        found = fit_topics(plan.sample, settings.reviews, progress)
        work = folder / "topics.tmp"
        shutil.rmtree(work, ignore_errors=True)
        found.save(work)
        work.replace(place)
    return CityTopics.load(place)


def _rows(reviews_file: Path) -> Iterator[tuple[RawReview, float]]:
    """The reviews of the file in its order, each with how much of the file was read."""
    with Table(reviews_file) as table:
        columns = match_columns(table.columns)
        listing = next((name for name in table.columns if name == "listing_id"), None)
        if "text" not in columns or listing is None:
            raise BadReviewsFile(
                f"{reviews_file.name} has no columns listing_id and comments.",
                "Give the detailed reviews.csv.gz of Inside Airbnb.",
            )
        for number, row in enumerate(table):
            cells = row.cells
            date = parse_date(str(cells.get(columns.get("date", ""), "")))
            yield (
                RawReview(
                    id=str(cells.get(columns.get("id", "")) or number),
                    listing_id=str(cells.get(listing) or ""),
                    text=clean_text(cells.get(columns["text"])),
                    month="" if date is None else f"{date.year:04d}-{date.month:02d}",
                ),
                table.fraction,
            )


class _Home(NamedTuple):
    """Where a listing lies, and of which kind it is; empty what the file does not say."""

    neighbourhood: str
    kind: str


def _homes(listings_file: Path | None) -> dict[str, _Home]:
    if listings_file is None:
        return {}
    with Table(listings_file) as table:
        wanted = ("neighbourhood_cleansed", "neighbourhood")
        column = next((name for name in wanted if name in table.columns), None)
        if column is None or "id" not in table.columns:
            raise BadReviewsFile(
                f"{listings_file.name} has no columns id and neighbourhood.",
                "Give Inside Airbnb's listings.csv.gz.",
            )
        return {
            str(row.cells["id"]): _Home(
                clean_text(row.cells.get(column)), kind_of(clean_text(row.cells.get("room_type")))
            )
            for row in table
            if row.cells.get("id")
        }


def _chunks(reviews_file: Path, homes: dict[str, _Home], size: int, folder: Path) -> Iterator[Chunk]:
    """The chunks whose results are not there yet."""
    rows: list[RawReview] = []
    number = 0
    for review, _ in _rows(reviews_file):
        rows.append(review)
        if len(rows) == size:
            yield from _missing(number, rows, homes, folder)
            rows, number = [], number + 1
    if rows:
        yield from _missing(number, rows, homes, folder)


def _missing(number: int, rows: Sequence[RawReview], homes: dict[str, _Home], folder: Path) -> Iterator[Chunk]:
    if not ChunkReader.is_done(folder, number):
        none = _Home("", "")
        own = {row.listing_id: homes.get(row.listing_id, none) for row in rows}
        places = {listing: home.neighbourhood or "unknown" for listing, home in own.items()}
        yield Chunk(number, tuple(rows), places, {listing: home.kind for listing, home in own.items()})


def _read_chunks(
    chunks: Iterator[Chunk],
    total: int,
    topics: CityTopics,
    folder: Path,
    settings: CitySettings,
    progress: Progress,
) -> None:
    if settings.machines == "ray":
        from pipeline.reviews.city.city_ray import read_on_ray

        read_on_ray(chunks, total, topics, folder, settings, progress)
        return
    reader = ChunkReader(topics, settings.reviews, settings.known_texts)
    for chunk in chunks:
        part = progress.part(chunk.number / max(total, 1), (chunk.number + 1) / max(total, 1))
        reader.read(chunk, folder, part)


def _write_whole(path: Path, text: str) -> None:
    work = path.with_suffix(".tmp")
    work.write_text(text, encoding="utf-8")
    work.replace(path)
