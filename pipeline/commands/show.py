"""A report in a few lines of text, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.markup import escape

from pipeline.report import RoomReport
from pipeline.reviews.report import ReviewReport
from pipeline.store import Store
from pipeline.wording import counted


def report_lines(store: Store, listing_id: str) -> Iterator[str]:
    """Lines (rich markup, listing's text escaped) about a listing and its newest report.

    Raises:
        KeyError: the listing is unknown.
    """
    listing, _ = store.listing(listing_id)
    synthetic = " [yellow](synthetic)[/yellow]" if listing.synthetic else ""
    yield f"[bold]{escape(listing.title)}[/bold]{synthetic}  {listing.id}"
    photos, rooms = counted(len(listing.photos), "photo"), counted(len(listing.rooms), "room")
    yield f"  {photos} in {rooms}, {counted(len(listing.reviews), 'review')}"
    for problem in listing.problems[:5]:
        yield f"  note: {escape(problem.subject)}: {escape(problem.message)}"
    if len(listing.problems) > 5:
        yield f"  ... and {len(listing.problems) - 5} more notes"
    report = store.report(listing_id)
    if report is None:
        yield "  not analysed yet"
        return
    for room in report.rooms:
        yield from _room_lines(store, room)
    for note in report.notes:
        yield f"  {escape(note)}"
    if report.reviews_key is None:
        yield f"  reviews: {report.reviews_note}"
        return
    yield from _review_lines(ReviewReport.load(store.artefacts.folder(report.reviews_key)))


def _room_lines(store: Store, room: RoomReport) -> Iterator[str]:
    if room.status != "built" or room.surface_key is None:
        yield f"  {escape(room.name)}: {room.reason or room.status} {room.advice or ''}"
        return
    faces, photos = int(room.figures.get("faces", 0)), counted(len(room.photo_ids), "photo")
    shares = "".join(f", {share:.0%} {origin}" for origin, share in room.shares().items())
    placed = f"{len(room.placed)} of {photos} placed"
    yield f"  {escape(room.name)}: {placed}, {faces} faces{shares} ({room.backend})"
    yield f"    {store.file(room.surface_key, 'mesh.glb')}"


def _review_lines(report: ReviewReport) -> Iterator[str]:
    counts = report.counts
    topics = counted(len(report.topics), "topic")
    yield f"  {counted(counts.reviews, 'review')}, {counted(counts.sentences, 'sentence')}, {topics}"
    if report.reason:
        yield f"    {report.reason}"
    for topic in report.topics[:8]:
        yield f"    {topic.share:5.0%}  {escape(topic.label)}"
