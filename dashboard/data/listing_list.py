"""All stored listings: found by words, put in order. Knows no Streamlit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from dashboard.words import mark
from pipeline.store import ListingEntry

PAGE: Final = 12
#: ways to put listings in order
ORDERS: Final[dict[str, Callable[[ListingEntry], tuple[object, ...]]]] = {
    mark("Newest first"): lambda entry: (-entry.updated_s, entry.id),
    mark("By title"): lambda entry: (entry.title.casefold(), entry.id),
    mark("Most reviews"): lambda entry: (-entry.reviews, entry.title.casefold()),
    mark("Most photos"): lambda entry: (-entry.photos, entry.title.casefold()),
}


def chosen(
    entries: Sequence[ListingEntry], search: str = "", order: str = "Newest first"
) -> list[ListingEntry]:
    """Listings whose title, id or origin holds every word of ``search``, in one of :data:`ORDERS`."""
    words = search.casefold().split()
    found = [entry for entry in entries if all(word in _text(entry) for word in words)]
    return sorted(found, key=ORDERS[order])


def _text(entry: ListingEntry) -> str:
    return f"{entry.title}\n{entry.id}\n{entry.origin}".casefold()
