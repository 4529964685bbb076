"""From the store to what programs are told; the REST API and agents say the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.api import shapes
from pipeline.api.show_json import ShownListing, shown_listing
from pipeline.jobs import worker_alive
from pipeline.reviews.report import Comparison, ReviewReport, compare_reports
from pipeline.store import Job, JobState, Store, read_result

if TYPE_CHECKING:
    from pipeline.reviews.asking import Index

#: reviews of so many listings stay ready to be asked
KEPT_INDICES = 4


def _time(seconds: float | None) -> dt.datetime | None:
    return None if seconds is None else dt.datetime.fromtimestamp(seconds, dt.UTC)


def told_source(store: Store, origin: str) -> str:
    """What an analysis is of, without the place of an upload."""
    path = Path(origin)
    uploads = store.settings.uploads_folder.absolute()
    if path.is_absolute() and path.is_relative_to(uploads):
        return path.relative_to(uploads).parts[0] if path != uploads else "upload"
    return origin


def analysis(store: Store, job: Job, *, stages: bool = True) -> shapes.Analysis:
    """A job, as programs see it; ``stages``: with its steps."""
    seen = job.listing_id is not None and job.state is not JobState.CANCELLED
    return shapes.Analysis(
        id=job.id,
        source=told_source(store, job.origin),
        state=job.state.value,
        fraction=job.fraction,
        stage=job.stage,
        message=job.message,
        waits_for_worker=job.state is JobState.QUEUED and not worker_alive(store, job.queue),
        error=job.error,
        advice=job.advice,
        listing=job.listing_id,
        report=f"/overview?listing={job.listing_id}" if seen else None,
        created=dt.datetime.fromtimestamp(job.created_s, dt.UTC),
        started=_time(job.started_s),
        finished=_time(job.finished_s),
        stages=_stages(store, job) if stages else [],
    )


def _stages(store: Store, job: Job) -> list[shapes.Stage]:
    return [
        shapes.Stage(
            name=stage.name,
            room=stage.scope,
            state=stage.state.value,
            fraction=stage.fraction,
            message=stage.message,
            seconds=stage.seconds,
        )
        for stage in store.catalogue.stages(job.id)
    ]


def listings(store: Store) -> shapes.Listings:
    """All listings."""
    rows = [
        shapes.ListingRow(
            id=entry.id,
            title=entry.title,
            source=entry.source,
            synthetic=entry.synthetic,
            photos=entry.photos,
            reviews=entry.reviews,
            analysed=entry.report_key is not None,
            updated=dt.datetime.fromtimestamp(entry.updated_s, dt.UTC),
        )
        for entry in store.catalogue.listings()
    ]
    return shapes.Listings(listings=rows)


def sizes(store: Store, listing_id: str) -> shapes.Sizes:
    """Sizes of a listing's rooms; ``KeyError`` if it is unknown."""
    return shapes.Sizes(listing=listing_id, rooms=_sizes(shown_listing(store, listing_id)))


def _sizes(shown: ShownListing) -> list[shapes.RoomSize]:
    return [
        shapes.RoomSize(id=room.id, name=room.name, status=room.status, size=room.size) for room in shown.rooms
    ]


@lru_cache(maxsize=KEPT_INDICES)
def _index(store: Store, listing_id: str, key: str, report_key: str | None) -> Index:
    """Made once; read again when the listing or its report is another."""
    from pipeline.recipe import index_reviews

    return index_reviews(store, listing_id)


def answer(store: Store, listing_id: str, question: str, sentences: int) -> shapes.Answer:
    """What the guests of a listing say of a question.

    Raises:
        KeyError: the listing is unknown.
        ValueError: this is no question.
    """
    from pipeline.reviews.asking import answer_words

    entry = store.catalogue.listing(listing_id)
    found = _index(store, listing_id, entry.key, entry.report_key).ask(question, sentences)
    return shapes.Answer(
        listing=listing_id,
        question=found.question,
        in_words=f"{answer_words(found)}.",
        speaking=found.speaking,
        of=found.of,
        praising=found.praising,
        blaming=found.blaming,
        newest=found.newest,
        sentences=[
            shapes.Sentence(
                text=one.quote.text,
                translation=one.quote.translation,
                language=one.quote.language,
                date=one.quote.date,
                review=one.quote.review_id,
                feeling=one.feeling,
                likely=one.likely,
            )
            for one in found.said
        ],
    )


def comparison(store: Store, listing_ids: Sequence[str]) -> shapes.Comparing:
    """Listings side by side, each once.

    Raises:
        KeyError: a listing is unknown.
        ValueError: fewer than two, or too many.
    """
    chosen = list(dict.fromkeys(listing_ids))
    if not 2 <= len(chosen) <= shapes.MOST_COMPARED:
        raise ValueError(f"Name 2 to {shapes.MOST_COMPARED} different listings to compare.")
    rows, reports = [], {}
    for listing_id in chosen:
        shown = shown_listing(store, listing_id)
        rating = store.listing(listing_id)[0].rating
        rows.append(
            shapes.Compared(
                id=shown.id, title=shown.title, rating=rating, rooms=_sizes(shown), reviews=shown.reviews
            )
        )
        report = _review_report(store, listing_id)
        if report is not None:
            reports[listing_id] = report
    guests: Comparison | None = compare_reports(reports) if len(reports) > 1 else None
    return shapes.Comparing(listings=rows, guests=guests)


def _review_report(store: Store, listing_id: str) -> ReviewReport | None:
    report = store.report(listing_id)
    if report is None or report.reviews_key is None:
        return None
    found = read_result(ReviewReport, store.artefacts.folder(report.reviews_key))
    return found if found.status == "ok" else None
