"""All listings can be found and put in order."""

from __future__ import annotations

from dashboard.data import listing_list
from pipeline.store import ListingEntry


def entry(listing_id: str, title: str, reviews: int, updated_s: float) -> ListingEntry:
    return ListingEntry(
        id=listing_id,
        title=title,
        source="folder",
        origin=f"/photos/{listing_id}",
        synthetic=False,
        photos=0,
        reviews=reviews,
        key="k",
        report_key=None,
        needs=None,
        reviews_key=None,
        created_s=0,
        updated_s=updated_s,
    )


ALL = [
    entry("mill", "Old mill", 3, 1.0),
    entry("tram", "attic at the TRAM", 90, 2.0),
    entry("x", "Old tram", 5, 3.0),
]


def ids(**how: str) -> list[str]:
    return [own.id for own in listing_list.chosen(ALL, **how)]


def test_every_word_must_fit_wherever_it_stands() -> None:
    assert ids(search="tram") == ["x", "tram"]
    assert ids(search="tram OLD") == ["x"]
    assert ids(search="photos/mill") == ["mill"]
    assert ids(search="boat") == []


def test_orders() -> None:
    assert ids() == ["x", "tram", "mill"]
    assert ids(order="By title") == ["tram", "mill", "x"]
    assert ids(order="Most reviews") == ["tram", "x", "mill"]
