"""What lists and maps need of a stored result, so that a page over all listings reads none of them."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from pipeline.store.database import Database
from pipeline.store.patience import patiently
from pipeline.store.schema import SummaryRow
from scrapers.listing import Listing

#: of a listing, in its summary
PLACE = ("latitude", "longitude", "neighbourhood")


def place_of_listing(listing: Listing) -> dict[str, Any]:
    """Where a listing is, as its summary says it; ``None`` where the source does not say."""
    return {name: getattr(listing, name) for name in PLACE}


class SummaryTable(Database):
    """Reads and writes of summaries. A key stands for what it was made of, so a summary never gets old."""

    @patiently
    def put_summary(self, key: str, about: dict[str, Any]) -> None:
        """Record it; where somebody was faster, theirs says the same."""
        with suppress(IntegrityError), self._session() as session:
            session.merge(SummaryRow(key=key, about=about))

    @patiently
    def summaries(self) -> dict[str, dict[str, Any]]:
        """All of them by key of the result."""
        with self._session() as session:
            return {row.key: row.about for row in session.scalars(select(SummaryRow))}
