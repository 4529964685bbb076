"""The same listing read again: what changed is kept, and forgotten with the listing."""

from pathlib import Path

import pytest

import pipeline.recipe.analysis as recipe
from pipeline.options import AnalysisOptions
from pipeline.recipe import StageRunner
from pipeline.store import Store, forget_listing, history
from scrapers.listing import Listing, Review
from scrapers.source import Report, silent


class Read:
    """A source that says what it was told to say."""

    name = "airbnb"

    def __init__(self, listing: Listing) -> None:
        self._listing = listing

    def fingerprint(self) -> str:
        return self._listing.model_dump_json()

    def collect(self, folder: Path, report: Report = silent) -> Listing:
        return self._listing


FIRST = Listing(
    **{"id": "airbnb-7", "source": "airbnb", "origin": "x", "title": "Flat", "price": "€100"},
    reviews=(Review(id="1", text="a"),),
    provenance={"price": "dom"},
)


def test_what_changed_is_kept_and_forgotten_with_the_listing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = FIRST.model_copy(
        update={"price": "€120", "reviews": (Review(id="1", text="a"), Review(id="2", text="b"))}
    )
    for listing in (FIRST, FIRST, second, second):
        monkeypatch.setattr(recipe, "open_source", lambda *_, own=listing: Read(own))
        recipe.collect("x", AnalysisOptions(), StageRunner(store))
    (reading,) = history(store.settings.data, "airbnb-7")
    assert [(c.field, c.kind, c.count, c.before, c.after) for c in reading.changes] == [
        ("reviews", "new", 1, None, None),
        ("price", "changed", None, "€100", "€120"),
    ]
    forget_listing(store, "airbnb-7")
    assert history(store.settings.data, "airbnb-7") == ()
