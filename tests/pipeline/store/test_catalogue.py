"""The default servers: SQLite for the catalogue and for the queue."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import inspect

from pipeline.config import Settings
from pipeline.store import Store
from pipeline.store.database import Database
from pipeline.store.schema import Base
from tests.pipeline.store import laws


@pytest.mark.parametrize("law", laws.ALL, ids=lambda law: law.__name__)
def test_sqlite_keeps_the_laws(store: Store, law: Callable[[Store], None]) -> None:
    law(store)


def test_the_default_is_sqlite_in_wal_mode(store: Store) -> None:
    file = store.settings.data / "showroom.sqlite"
    assert sqlite3.connect(file).execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_migrations_make_the_tables_that_the_code_declares(settings: Settings) -> None:
    database = Database(settings.resolved_database_url)
    inspector = inspect(database._engine)
    for name, table in Base.metadata.tables.items():
        migrated = {column["name"]: column["nullable"] for column in inspector.get_columns(name)}
        assert migrated == {column.name: column.nullable for column in table.columns}, name
    database.close()


def test_many_may_open_an_empty_installation_at_once(settings: Settings) -> None:
    failures: list[BaseException] = []

    def open_store() -> None:
        try:
            Store.open(settings).catalogue.listings()
        except BaseException as error:  # noqa: BLE001 - a thread must hand over whatever went wrong
            failures.append(error)

    threads = [threading.Thread(target=open_store) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_what_was_stored_survives_a_restart(settings: Settings) -> None:
    first = Store.open(settings)
    first.catalogue.put_listing(laws.listing(), laws.KEY)
    job, _ = first.catalogue.create_job("demo", {"seed": 3}, "d", "cpu")
    first.catalogue.close()
    second = Store.open(settings)
    assert second.catalogue.listing("folder-1").title == "Söller · 방"
    assert second.catalogue.job(job.id) == job


@pytest.mark.parametrize("look", ["listing", "job"])
def test_an_unknown_id_says_so(store: Store, look: str) -> None:
    with pytest.raises(KeyError, match="nobody"):
        getattr(store.catalogue, look)("nobody")
