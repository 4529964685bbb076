"""Everything that is known of a listing as tables, by the numbers that ``show --json`` prints."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pipeline.api.show_json import ShownAspect, ShownListing, ShownSentence, shown_listing
from pipeline.reviews.report import ReviewReport
from pipeline.store import Store
from scrapers.listing import Listing

if TYPE_CHECKING:
    import pandas as pd

TableKind = Literal["csv", "parquet"]
KINDS: Final[tuple[TableKind, ...]] = ("csv", "parquet")
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
#: name of each table, and what a row of it is
TABLES: Final = {
    "facts": "what the source tells, with where it was read",
    "rooms": "rooms, their photos, shares of the surface and sizes",
    "aspects": "what guests judge: score from 0 to 1 with its 90 % band; `everything` is all together",
    "quotes": "sentences that say it best, for and against",
    "deal_breakers": "sentences on what nobody should book in spite of",
    "topics": "what guests talk about",
    "contradictions": "where guests say otherwise than the host or the platform",
    "reviews": "the reviews, without their writers",
}


def listing_tables(store: Store, listing_id: str) -> dict[str, pd.DataFrame]:
    """All tables of :data:`TABLES` that have rows.

    Raises:
        KeyError: the listing is unknown, gone or damaged.
    """
    import pandas as pd

    shown = shown_listing(store, listing_id)
    listing, _ = store.listing(listing_id)
    rows: dict[str, Iterable[dict[str, Any]]] = {
        "facts": _facts(shown),
        "rooms": _rooms(shown),
        "aspects": _aspects(shown),
        "quotes": _quotes(shown),
        "deal_breakers": _deal_breakers(shown),
        "topics": (topic.model_dump() for topic in shown.reviews.topics),
        "contradictions": (
            one.model_dump(exclude={"sentences"}) | {"sentences": len(one.sentences)}
            for one in shown.reviews.contradictions
        ),
        "reviews": _reviews(listing, _topics_of(store, listing_id)),
    }
    frames = {name: pd.DataFrame(list(own)) for name, own in rows.items()}
    return {name: frame for name, frame in frames.items() if len(frame)}


def write_tables(tables: dict[str, pd.DataFrame], folder: Path, kind: TableKind) -> list[Path]:
    """Write each table as one file; CSV begins with a byte order mark, by which spreadsheets know UTF-8."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, frame in tables.items():
        path = folder / f"{name}.{kind}"
        path.write_bytes(_bytes_of(frame, kind))
        written.append(path)
    return written


def zipped_tables(tables: dict[str, pd.DataFrame], title: str) -> bytes:
    """All tables in both kinds, with a README that says what they hold."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", readme(title, list(tables)))
        for kind in KINDS:
            for name, frame in tables.items():
                archive.writestr(f"{kind}/{name}.{kind}", _bytes_of(frame, kind))
    return packed.getvalue()


def readme(title: str, names: Iterable[str]) -> str:
    """What the tables hold, in plain text."""
    lines = [f"{name}: {TABLES[name]}" for name in names]
    head = "Scores and shares lie between 0 and 1; what is not known is empty. No names of guests are kept."
    return "\n".join([title, "", *lines, "", head, ""])


def _bytes_of(frame: pd.DataFrame, kind: TableKind) -> bytes:
    if kind == "csv":
        return frame.map(_no_formula).to_csv(index=False).encode("utf-8-sig")
    held = io.BytesIO()
    frame.to_parquet(held, index=False)
    return held.getvalue()


def _no_formula(cell: Any) -> Any:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in _FORMULA_STARTS else cell


def _facts(shown: ShownListing) -> Iterable[dict[str, Any]]:
    for name, fact in shown.facts.items():
        plain = fact.value if isinstance(fact.value, str | None) else json.dumps(fact.value, ensure_ascii=False)
        yield {"fact": name, "status": fact.status, "value": plain, "read_from": fact.read_from}


def _rooms(shown: ShownListing) -> Iterable[dict[str, Any]]:
    for room in shown.rooms:
        shares = {f"share_{name}": value for name, value in room.shares.model_dump().items()}
        size = {} if room.size is None else room.size.model_dump(mode="json")
        sizes = {f"size_{name}": _flat(value) for name, value in size.items()}
        plain = room.model_dump(include={"id", "name", "status", "reason", "photos", "placed"})
        yield plain | shares | sizes


def _flat(value: Any) -> Any:
    return value if isinstance(value, str | int | float | None) else json.dumps(value)


def _named_aspects(shown: ShownListing) -> list[tuple[str, ShownAspect]]:
    overall = shown.reviews.overall
    whole = [] if overall is None else [("everything", overall)]
    return [*whole, *shown.reviews.aspects.items()]


def _aspects(shown: ShownListing) -> Iterable[dict[str, Any]]:
    for name, own in _named_aspects(shown):
        yield {"aspect": name, **own.model_dump(exclude={"supporting", "critical"})}


def _quotes(shown: ShownListing) -> Iterable[dict[str, Any]]:
    for name, own in _named_aspects(shown):
        for way, quotes in (("praise", own.supporting), ("complaint", own.critical)):
            for quote in quotes:
                yield {"aspect": name, "way": way, **_sentence(quote)}


def _deal_breakers(shown: ShownListing) -> Iterable[dict[str, Any]]:
    for found in shown.reviews.deal_breakers:
        for one in found.sentences:
            yield {"kind": found.kind, "reviews": found.reviews, **_sentence(one), "answer": one.answer}


def _sentence(sentence: ShownSentence) -> dict[str, Any]:
    return sentence.model_dump(exclude={"answer"})


def _topics_of(store: Store, listing_id: str) -> dict[str, str]:
    """By review, the labels of the topics that it touches."""
    report = store.report(listing_id)
    if report is None or report.reviews_key is None:
        return {}
    read = ReviewReport.load(store.artefacts.folder(report.reviews_key))
    labels = {topic.id: topic.label for topic in read.topics}
    touched: dict[str, set[str]] = {}
    for point in read.map:
        if point.topic in labels:
            touched.setdefault(point.review_id, set()).add(labels[point.topic])
    return {review: "; ".join(sorted(own)) for review, own in touched.items()}


def _reviews(listing: Listing, topics: dict[str, str]) -> Iterable[dict[str, Any]]:
    for review in listing.reviews:
        plain = review.model_dump(mode="json", include=_REVIEW_FIELDS)
        yield plain | {"topics": topics.get(review.id, "")}


_REVIEW_FIELDS: Final = {"id", "date", "language", "rating", "text", "translation", "response"}
