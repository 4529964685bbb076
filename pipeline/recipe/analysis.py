"""The recipe: from an origin to a report, top to bottom.

collect -> (sentences -> embeddings -> topics) -> group photos
-> for each room (lens -> cameras -> point maps -> surface -> new views -> completed surface) -> report

Reviews come first, because they take seconds. After them, and after each room, a report of what stands so far
is handed out, in which the other rooms are waiting.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pipeline.errors import Impossible, InstallationError
from pipeline.options import AnalysisOptions
from pipeline.progress import Cancelled, Interrupted, Progress
from pipeline.recipe.grouping_stage import Rooms, find_rooms
from pipeline.recipe.review_stages import REVIEW_PLAN, read_reviews
from pipeline.recipe.room_stages import room_plan
from pipeline.recipe.rooms import reconstruct_rooms
from pipeline.recipe.sources import open_source
from pipeline.recipe.stages import Planned, StageRunner, Stored
from pipeline.report import ListingReport, RoomReport, RoomStatus
from pipeline.store import Store, note_changes
from scrapers.errors import CollectError
from scrapers.listing import Listing, RoomPhotos

COLLECT_VERSION = 2
REPORT_VERSION = 3
_NO_ROOMS = "the listing has no usable photos, so there are no rooms"
_DEFECT = (
    "This is a defect of ShowRoom: the worker's log tells more. Start the analysis again to try once more."
)

T = TypeVar("T")
logger = logging.getLogger(__name__)


def analyse(
    origin: str,
    options: AnalysisOptions,
    runner: StageRunner,
    on_listing: Callable[[str], None] = lambda listing_id: None,
    on_report: Callable[[str], None] = lambda report_key: None,
) -> tuple[str, Stored[ListingReport]]:
    """Analyse one listing.

    Args:
        origin: what the user gave: ``demo``, a path, an address.
        options: the user's choices.
        runner: runs the stages, or finds their results.
        on_listing: told the listing's id as soon as it is known.
        on_report: told the key of each report of what stands so far.

    Returns:
        The listing's id and the stored report.

    Raises:
        CollectError: the source cannot be read.
        Cancelled: the user asked to stop.
    """
    listing = collect(origin, options, runner)
    on_listing(listing.value.id)
    runner.plan(_review_plan(listing.value, options), later=_weight(_room_plan(listing.value.rooms, options)))
    reviews = _reviews(listing, options, runner)
    found = _grouped(listing, options, runner)
    runner.plan(_room_plan(found.rooms, options))
    report_of = partial(_report, listing, options, reviews, found)
    rooms: list[RoomReport] = []
    for number, room in enumerate(found.rooms):
        if options.rooms:
            report = report_of((*rooms, *map(_waiting, found.rooms[number:])))
            on_report(runner.keep("report", report, inputs={"report": report}, version=REPORT_VERSION))
        rooms += _rooms(listing, room, options, runner)
    report = report_of(rooms)
    stored = runner.run(
        "report",
        ListingReport,
        lambda folder, progress: report,
        inputs={"report": report},
        version=REPORT_VERSION,
    )
    return listing.value.id, stored


def _report(
    listing: Stored[Listing],
    options: AnalysisOptions,
    reviews: tuple[str | None, str | None],
    found: Rooms,
    rooms: Sequence[RoomReport],
) -> ListingReport:
    reviews_key, reviews_note = reviews
    return ListingReport(
        listing_id=listing.value.id,
        listing_key=listing.key,
        options=options.model_dump(mode="json"),
        seed=options.seed,
        rooms=tuple(rooms),
        reviews_key=reviews_key,
        reviews_note=reviews_note,
        groups_key=found.key,
        notes=found.notes if rooms else (*found.notes, _NO_ROOMS),
    )


def _waiting(room: RoomPhotos) -> RoomReport:
    return RoomReport(room_id=room.id, name=room.name, status="waiting", photo_ids=room.photo_ids)


def collect(origin: str, options: AnalysisOptions, runner: StageRunner) -> Stored[Listing]:
    """Read the source into the store (photos upright, reviews, facts) and put it on record."""
    source = open_source(origin, options, runner.store.settings.data / "cache")

    def work(folder: Path, progress: Progress) -> Listing:
        return source.collect(folder, progress)

    listing = runner.run(
        "collect",
        Listing,
        work,
        inputs={"source": source.name, "fingerprint": source.fingerprint(), "title": options.title},
        version=COLLECT_VERSION,
    )
    _note_what_changed(runner.store, listing)
    runner.store.catalogue.put_listing(listing.value, listing.key)
    return listing


def _note_what_changed(store: Store, listing: Stored[Listing]) -> None:
    """Keep what is different since the listing was read the last time."""
    try:
        entry = store.catalogue.listing(listing.value.id)
        before = None if entry.key == listing.key else store.listing(entry.id)[0]
    except KeyError:
        return
    if before is not None:
        note_changes(store.settings.data, before, listing.value, dt.datetime.now(dt.UTC))


def _review_plan(listing: Listing, options: AnalysisOptions) -> list[Planned]:
    return list(REVIEW_PLAN) if options.reviews and listing.reviews else []


def _room_plan(rooms: Sequence[RoomPhotos], options: AnalysisOptions) -> list[Planned]:
    stages = [stage for room in rooms for stage in room_plan(room.name, options)] if options.rooms else []
    return [*stages, Planned("report", "", 0.1)]


def _weight(stages: Sequence[Planned]) -> float:
    return sum(stage.weight for stage in stages)


def _rooms(
    listing: Stored[Listing], room: RoomPhotos, options: AnalysisOptions, runner: StageRunner
) -> list[RoomReport]:
    """The room, or one for each photo where its photos share nothing; or why there is none."""

    def without(status: RoomStatus, reason: str, advice: str | None = None, **known: Any) -> list[RoomReport]:
        told = {"status": status, "reason": reason, "advice": advice, **known}
        return [RoomReport(room_id=room.id, name=room.name, photo_ids=room.photo_ids, **told)]

    if not options.rooms:
        return without("skipped", "rooms were switched off")
    try:
        return _unless_it_fails(
            lambda: reconstruct_rooms(listing, room, options, runner),
            lambda: without("failed", "An unexpected error ended the work on this room.", _DEFECT),
            f"room {room.name!r} of {listing.value.id}",
        )
    except Impossible as answer:
        return without("impossible", answer.message, answer.advice, left_out=answer.left_out)


def _reviews(
    listing: Stored[Listing], options: AnalysisOptions, runner: StageRunner
) -> tuple[str | None, str | None]:
    """The key of the review report, or why there is none."""
    if not options.reviews:
        return None, "reviews were switched off"
    return _unless_it_fails(
        lambda: read_reviews(listing, options, runner),
        lambda: (None, f"an unexpected error ended the reading. {_DEFECT}"),
        f"the reviews of {listing.value.id}",
    )


def _grouped(listing: Stored[Listing], options: AnalysisOptions, runner: StageRunner) -> Rooms:
    """The rooms to reconstruct; as the source has them where grouping its loose photos fails."""
    note = f"loose photos are one room: an unexpected error ended the grouping. {_DEFECT}"
    return _unless_it_fails(
        lambda: find_rooms(listing, options, runner),
        lambda: Rooms(listing.value.rooms, notes=(note,)),
        f"the grouping of {listing.value.id}",
    )


def _unless_it_fails(work: Callable[[], T], failed: Callable[[], T], what: str) -> T:
    """What the work gives, or what stands for it where a defect ends it: the rest of the report stands."""
    try:
        return work()
    except (Cancelled, Interrupted, CollectError, Impossible, InstallationError):
        raise
    # One part's defect, whatever it is, must not take the others along: the log has it with its traceback.
    except Exception:
        logger.exception("%s failed", what)
        return failed()
