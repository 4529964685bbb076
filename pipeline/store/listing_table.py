"""Listings, their reports, and the artefacts on record."""

from __future__ import annotations

import time
from collections.abc import Collection

from sqlalchemy import ColumnElement, delete, func, select, update

from pipeline.store.patience import patiently
from pipeline.store.records import ArtefactEntry, ListingEntry
from pipeline.store.schema import (
    ArtefactRow,
    JobRow,
    LengthRow,
    ListingRow,
    ReportRow,
    StageRow,
    SummaryRow,
)
from pipeline.store.summary_table import SummaryTable, place_of_listing
from scrapers.listing import Listing


def _entry(row: ListingRow, report: ReportRow | None) -> ListingEntry:
    names = [name for name in ListingEntry.__dataclass_fields__ if hasattr(ListingRow, name)]
    fields = {name: getattr(row, name) for name in names}
    if report is None:
        return ListingEntry(report_key=None, needs=None, reviews_key=None, **fields)
    needs = None if report.needs is None else frozenset(report.needs)
    return ListingEntry(report_key=report.key, needs=needs, reviews_key=report.reviews_key, **fields)


#: values that one statement may name; SQLite takes at most 32,766
MOST_KEYS = 1000


class ListingTable(SummaryTable):
    """Reads and writes of listings, reports and artefact records."""

    def put_listing(self, listing: Listing, key: str) -> None:
        """Insert or update the line of ``listing``, whose artefact is ``key``, and say where it is."""
        self.put_summary(key, place_of_listing(listing))
        self._put_listing(listing, key)

    @patiently
    def _put_listing(self, listing: Listing, key: str) -> None:
        now = time.time()
        with self._session() as session:
            row = session.get(ListingRow, listing.id)
            if row is None:
                row = ListingRow(id=listing.id, created_s=now)
                session.add(row)
            row.title, row.source, row.origin = listing.title, listing.source, listing.origin
            row.synthetic, row.key, row.updated_s = listing.synthetic, key, now
            row.photos, row.reviews = len(listing.photos), len(listing.reviews)

    @patiently
    def listings(self) -> list[ListingEntry]:
        """All listings, the last updated first."""
        return self._entries()

    def _entries(self, *conditions: ColumnElement[bool]) -> list[ListingEntry]:
        newest = (
            select(ReportRow.listing_id, func.max(ReportRow.id).label("id"))
            .group_by(ReportRow.listing_id)
            .subquery()
        )
        query = (
            select(ListingRow, ReportRow)
            .outerjoin(newest, newest.c.listing_id == ListingRow.id)
            .outerjoin(ReportRow, ReportRow.id == newest.c.id)
            .where(*conditions)
            .order_by(ListingRow.updated_s.desc())
        )
        with self._session() as session:
            return [_entry(row, report) for row, report in session.execute(query)]

    @patiently
    def listing(self, listing_id: str) -> ListingEntry:
        """The line of one listing; ``KeyError`` if it is unknown."""
        for entry in self._entries(ListingRow.id == listing_id):
            return entry
        raise KeyError(f"no listing {listing_id!r} is stored; `python -m pipeline list` shows those that are")

    @patiently
    def put_report(
        self,
        listing_id: str,
        job_id: str,
        key: str,
        needs: Collection[str] | None = None,
        reviews_key: str | None = None,
    ) -> None:
        """Record a report of the listing; it takes the place of an earlier one of the same job.

        Args:
            listing_id: the listing.
            job_id: the job that made the report.
            key: of the report.
            needs: keys of all results that it refers to, so that nobody has to read it to know them.
            reviews_key: key of its review report.
        """
        row = {"listing_id": listing_id, "job_id": job_id, "key": key, "reviews_key": reviews_key}
        row["needs"] = None if needs is None else sorted(needs)  # type: ignore[assignment]
        with self._session() as session:
            mine = (ReportRow.listing_id == listing_id, ReportRow.job_id == job_id)
            session.execute(delete(ReportRow).where(*mine))
            session.add(ReportRow(created_s=time.time(), **row))
            session.execute(update(ListingRow).where(ListingRow.id == listing_id).values(updated_s=time.time()))

    @patiently
    def rename_listing(self, listing_id: str, title: str) -> None:
        """Give a listing a title of one's own; ``KeyError`` if it is unknown, ``ValueError`` for no title."""
        if not title.strip():
            raise ValueError("give the listing a title")
        self.listing(listing_id)
        with self._session() as session:
            session.execute(update(ListingRow).where(ListingRow.id == listing_id).values(title=title.strip()))

    @patiently
    def delete_listing(self, listing_id: str) -> None:
        """Forget a listing, its reports and its analyses; its results are deleted by whoever knows them."""
        self.listing(listing_id)
        with self._session() as session:
            jobs = select(JobRow.id).where(JobRow.listing_id == listing_id)
            session.execute(delete(StageRow).where(StageRow.job_id.in_(jobs)))
            session.execute(delete(JobRow).where(JobRow.listing_id == listing_id))
            session.execute(delete(ReportRow).where(ReportRow.listing_id == listing_id))
            session.execute(delete(LengthRow).where(LengthRow.listing_id == listing_id))
            session.execute(delete(ListingRow).where(ListingRow.id == listing_id))

    @patiently
    def put_artefact(self, key: str, stage: str, size: int, seconds: float) -> None:
        """Record a stored result (once)."""
        with self._session() as session:
            session.merge(ArtefactRow(key=key, stage=stage, bytes=size, seconds=seconds, created_s=time.time()))

    @patiently
    def has_artefact(self, key: str) -> bool:
        """Whether a result is on record."""
        with self._session() as session:
            return session.get(ArtefactRow, key) is not None

    @patiently
    def artefacts(self) -> list[ArtefactEntry]:
        """All recorded results, the newest first."""
        names = list(ArtefactEntry.__dataclass_fields__)
        with self._session() as session:
            rows = session.scalars(select(ArtefactRow).order_by(ArtefactRow.created_s.desc()))
            return [ArtefactEntry(**{name: getattr(row, name) for name in names}) for row in rows]

    @patiently
    def forget_artefacts(self, keys: list[str]) -> None:
        """Remove the records of deleted results."""
        with self._session() as session:
            for start in range(0, len(keys), MOST_KEYS):
                few = keys[start : start + MOST_KEYS]
                session.execute(delete(ArtefactRow).where(ArtefactRow.key.in_(few)))
                session.execute(delete(SummaryRow).where(SummaryRow.key.in_(few)))
