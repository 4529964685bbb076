"""The catalogue: listings, reports, jobs, stages and workers in SQL (SQLite in WAL mode, or PostgreSQL)."""

from __future__ import annotations

from pipeline.store.job_table import JobTable
from pipeline.store.length_table import LengthTable
from pipeline.store.listing_table import ListingTable
from pipeline.store.progress_table import ProgressTable


class Catalogue(ListingTable, JobTable, ProgressTable, LengthTable):
    """All reads and writes of the database; every method is one short transaction.

    Args:
        url: SQLAlchemy URL; the tables are created or migrated when it is opened.
    """
