"""Lengths of rooms that people measured and typed."""

from __future__ import annotations

import time

from sqlalchemy import delete, select

from pipeline.store.database import Database
from pipeline.store.patience import patiently
from pipeline.store.records import LengthEntry
from pipeline.store.schema import LengthRow


class LengthTable(Database):
    """Reads and writes of typed lengths."""

    @patiently
    def put_length(self, listing_id: str, length: LengthEntry) -> None:
        """Record a length; one of the same room and kind is replaced."""
        with self._session() as session:
            session.merge(LengthRow(listing_id=listing_id, created_s=time.time(), **vars(length)))

    @patiently
    def lengths(self, listing_id: str) -> list[LengthEntry]:
        """The lengths that were typed for a listing, in an order that stays."""
        query = select(LengthRow).where(LengthRow.listing_id == listing_id)
        with self._session() as session:
            rows = session.scalars(query.order_by(LengthRow.room_id, LengthRow.of))
            return [LengthEntry(row.room_id, row.of, row.metres, row.units, row.measure) for row in rows]

    @patiently
    def forget_lengths(self, listing_id: str, room_id: str) -> None:
        """Forget what was typed for a room."""
        with self._session() as session:
            session.execute(
                delete(LengthRow).where(LengthRow.listing_id == listing_id, LengthRow.room_id == room_id)
            )
