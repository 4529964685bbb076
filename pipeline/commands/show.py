"""A report in a few lines of text, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.markup import escape

from pipeline.report import RoomReport
from pipeline.reviews.report import (
    Quote,
    ReviewReport,
    change_words,
    deal_breaker_words,
    no_deal_breaker_words,
    recent_words,
    score_words,
)
from pipeline.sizing import ListingSizes, listing_card, listing_sizes, room_card
from pipeline.store import Store
from pipeline.wording import counted

#: topics that are listed
_TOPICS: Final = 8
#: characters of a sentence that are shown
_LINE: Final = 200


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
    sizes = listing_sizes(store, report)
    for room in report.rooms:
        yield from _room_lines(store, room)
        yield from _size_lines(room, sizes)
    card = listing_card(listing, report.rooms, sizes)
    if card.short:
        yield f"  {card.short}"
    if card.contradiction:
        yield f"  [yellow]{escape(card.contradiction)}[/yellow]"
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


def _size_lines(room: RoomReport, sizes: ListingSizes) -> Iterator[str]:
    card = room_card(sizes.rooms.get(room.room_id), sizes.why_not(room.room_id))
    if card.short:
        yield f"    {card.short}"
        told = (f"{line.name.lower()} {line.band}" for line in card.lines if line.band)
        yield f"      {', '.join(told)}. {card.rests_on}".rstrip()
    for why in card.why:
        yield f"      {escape(why)}"


def _review_lines(report: ReviewReport) -> Iterator[str]:
    counts = report.counts
    since = "" if report.since is None else f" since {report.since.year}"
    yield f"  {counted(counts.reviews, 'review')}{since}, {counted(counts.sentences, 'sentence')}"
    if report.reason:
        yield f"    {report.reason}"
        return
    yield from _deal_breaker_lines(report)
    if report.summary:
        yield "  [bold]In short[/bold], in the guests' own words"
        yield from map(_quoted, report.summary)
    yield from _score_lines(report)
    yield from _contradiction_lines(report)
    if report.topics:
        yield "  [bold]What people talk about[/bold]"
    for topic in report.topics[:_TOPICS]:
        yield f"    {topic.share:5.0%}  {escape(topic.label)}"
    left = len(report.topics) - _TOPICS
    if left > 0:
        yield f"    ... and {counted(left, 'more topic')}"


def _deal_breaker_lines(report: ReviewReport) -> Iterator[str]:
    if no_deal_breaker_words(report):
        yield f"  [green]{no_deal_breaker_words(report)}[/green]"
    if not report.deal_breakers:
        return
    yield "  [bold red]Deal-breakers[/bold red]"
    for found in report.deal_breakers:
        yield f"    [red]{escape(found.kind)}[/red]: {deal_breaker_words(found)}"
        for complaint in found.complaints:
            yield f"  {_quoted(complaint)}"
            if complaint.answer:
                yield f"        host: {escape(_short(complaint.answer))}"


def _score_lines(report: ReviewReport) -> Iterator[str]:
    if not report.aspects:
        return
    yield "  [bold]Scores[/bold] from 0 to 100, with the band that holds them 9 times of 10"
    named = [("everything", report.whole)] if report.whole is not None else []
    for name, own in [*named, *((own.aspect, own) for own in report.aspects)]:
        judged = "nobody judges it" if own.score is None else score_words(own.score)
        lately = f"; {recent_words(own)}" if recent_words(own) else ""
        yield f"    {escape(name):<12} {judged:<16} {counted(own.reviews, 'review')}{lately}"
        if own.change is not None:
            yield f"      [{'red' if own.change < 0 else 'green'}]{change_words(own)}[/]"
            for quote in own.changed:
                yield f"  {_quoted(quote)}"


def _contradiction_lines(report: ReviewReport) -> Iterator[str]:
    if report.contradictions:
        yield "  [bold]Where guests say otherwise[/bold]"
    for found in report.contradictions:
        votes = f"{counted(found.disagreeing, 'review')} against, {found.agreeing} for"
        yield f"    {escape(found.about)}: {found.source} “{escape(_short(found.claim))}” ({votes})"
        for quote in found.quotes[:1]:
            yield f"  {_quoted(quote)}"


def _quoted(quote: Quote) -> str:
    date = "" if quote.date is None else f" [dim]{quote.date:%Y-%m}[/dim]"
    return f"    “{escape(_short(quote.text))}”{date}"


def _short(text: str) -> str:
    whole = " ".join(text.split())
    return whole if len(whole) <= _LINE else f"{whole[: _LINE - 1].rstrip()}…"
