"""A store of many invented listings: reviews analysed once, then copies that differ by a seed."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.demo.source import FOLDER, REVIEWS_NAME
from pipeline.report import ListingReport, RoomReport
from pipeline.reviews.analyse import analyse_reviews
from pipeline.reviews.report import ReviewReport
from pipeline.reviews.settings import ReviewSettings
from pipeline.store import JobState, Store
from scrapers.listing import Listing, Review
from tests.dashboard.invented import StoreMaker, key_of

#: where the listings lie, and how far from there, in degrees
_CENTRE: Final = (50.1, 14.4)
_TOWN: Final = 0.08
#: how far a copy's whole score may be from the analysed one
_MOVED: Final = 0.1
#: said before a review that is told again, so that all are different
_AGAIN: Final = "We stayed once more. "


def invented_reviews(number: int) -> list[Review]:
    """So many reviews: the demo's, then the same again in other words."""
    told = [Review.model_validate(row) for row in json.loads((FOLDER / REVIEWS_NAME).read_text("utf-8"))]
    rounds = [(told[place % len(told)], place // len(told)) for place in range(number)]
    return [
        review.model_copy(update={"id": f"r{place}", "text": _AGAIN * again + review.text})
        for place, (review, again) in enumerate(rounds)
    ]


def analysed(reviews: Sequence[Review]) -> ReviewReport:
    """What they say, by the real analysis."""
    return analyse_reviews(reviews, ReviewSettings())


@dataclass(frozen=True)
class _First:
    """What all listings have in common."""

    listing: Listing
    photos: Path
    rooms: tuple[RoomReport, ...]
    reviews: tuple[Review, ...]
    report: ReviewReport


def fill(store: Store, listings: int, reviews: Sequence[Review], report: ReviewReport, seed: int) -> None:
    """Put so many listings into the store: each with photos, a room in 3D, all reviews and their report.

    Places, orders of reviews and whole scores are drawn by ``seed``; everything else is the same.
    """
    chance = random.Random(seed)  # noqa: S311 - chance, not secrets
    maker = StoreMaker(store)
    listing, key = maker.listing("first", reviews=0)
    maker.report(listing, key, None)
    made = store.report("first")
    assert made is not None  # noqa: S101 - it was stored in the line before
    first = _First(listing, store.file(key, "photos/00.jpg").parent, made.rooms, tuple(reviews), report)
    for number in range(listings):
        _put(maker, f"place-{number:04d}", first, chance)
    store.catalogue.delete_listing("first")


def _put(maker: StoreMaker, listing_id: str, first: _First, chance: random.Random) -> None:
    catalogue = maker.store.catalogue
    latitude, longitude = (middle + chance.uniform(-_TOWN, _TOWN) for middle in _CENTRE)
    changed = {
        "id": listing_id,
        "origin": f"/home/me/{listing_id}",
        "title": f"Place {listing_id[-4:]}",
        "latitude": latitude,
        "longitude": longitude,
        "reviews": tuple(chance.sample(first.reviews, len(first.reviews))),
    }
    listing = first.listing.model_copy(update=changed)
    folder = _folder(maker, listing_id, "collect")
    shutil.copytree(first.photos, folder / "photos")
    listing.save(folder)
    key = maker.put(listing_id, folder, "collect")
    catalogue.put_listing(listing, key)
    folder = _folder(maker, listing_id, "reviews")
    moved = _moved(first.report, chance)
    moved.save(folder)
    reviews_key = maker.put(listing_id, folder, "topics")
    catalogue.put_summary(reviews_key, moved.about())
    report = ListingReport(
        listing_id=listing_id, listing_key=key, options={}, seed=0, rooms=first.rooms, reviews_key=reviews_key
    )
    folder = _folder(maker, listing_id, "report")
    report.save(folder)
    job, _ = catalogue.create_job(listing.origin, {}, key_of(listing_id), "cpu")
    catalogue.set_job_listing(job.id, listing_id)
    catalogue.claim_job(job.id, "w")
    catalogue.put_report(
        listing_id, job.id, maker.put(listing_id, folder, "report"), report.keys(), reviews_key
    )
    catalogue.finish_job(job.id, "w", JobState.DONE)


def _folder(maker: StoreMaker, listing_id: str, what: str) -> Path:
    folder = maker.store.settings.work_folder / what / listing_id
    folder.mkdir(parents=True)
    return folder


def _moved(report: ReviewReport, chance: random.Random) -> ReviewReport:
    """The report with another score of the whole."""
    if report.overall is None:
        return report
    value = min(1.0, max(0.0, report.overall.value + chance.uniform(-_MOVED, _MOVED)))
    return report.model_copy(update={"overall": report.overall.model_copy(update={"value": value})})
