"""What is different when the same listing was read again. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Literal

from pydantic import BaseModel, ConfigDict, JsonValue

from scrapers.listing import COMPARED, Listing

ChangeKind = Literal["new", "gone", "changed"]
#: counted, not compared word by word
_COUNTED = ("photos", "reviews")
#: depend on the days that were asked for
_OF_DAYS = ("price", "price_details")
_FACTS = ("title", "description", *COMPARED)


class Change(BaseModel):
    """One difference.

    Attributes:
        field: of :class:`scrapers.listing.Listing`.
        kind: ``new``: there is one (or more); ``gone``: there is none any more; ``changed``.
        before, after: the fact; of photos and reviews, how many came or went (``count``).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str
    kind: ChangeKind
    before: JsonValue = None
    after: JsonValue = None
    count: int | None = None


def changes(before: Listing, after: Listing) -> tuple[Change, ...]:
    """What changed, in reading order. What the second reading does not say is no change, only silence.

    Sources word the same thing in different ways: of two readings from different ones, only new reviews count.
    """
    same = before.source == after.source
    found = [*_of_items("reviews", _reviews(before), _reviews(after), gone=same and _is_whole(after))]
    if not same:
        return tuple(found)
    found += _of_items("photos", {p.id for p in before.photos}, {p.id for p in after.photos}, gone=True)
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    other_days = _days(before) != _days(after)
    for name in _FACTS:
        if other_days and name in _OF_DAYS:
            continue
        statuses = (before.status(name), after.status(name))
        if "absent" in statuses and statuses[1] == "absent":
            continue
        if statuses[0] == "absent" or old[name] == new[name]:
            continue
        kind: ChangeKind = "gone" if statuses[1] == "none" else "new" if statuses[0] == "none" else "changed"
        found.append(Change(field=name, kind=kind, before=old[name], after=new[name]))
    return tuple(found)


def _days(listing: Listing) -> tuple[dt.date | None, dt.date | None]:
    """Of the stay that the price is for."""
    details = listing.price_details
    return (None, None) if details is None else (details.check_in, details.check_out)


def _reviews(listing: Listing) -> set[str]:
    return {review.id for review in listing.reviews}


def _is_whole(listing: Listing) -> bool:
    """Whether the listing has as many reviews as its source counts: only then a missing one is gone."""
    return listing.review_count is not None and len(listing.reviews) >= listing.review_count


def _of_items(field: str, before: set[str], after: set[str], gone: bool) -> Iterable[Change]:
    if came := len(after - before):
        yield Change(field=field, kind="new", count=came)
    if gone and after and (went := len(before - after)):
        yield Change(field=field, kind="gone", count=went)
