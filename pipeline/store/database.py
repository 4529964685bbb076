"""The connection to the database: SQLite in WAL mode or PostgreSQL, migrated when it is opened."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import DatabaseError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from pipeline.store.faults import check_database_url, of_another_version, place_of, what_to_do
from pipeline.store.patience import Patience, is_outage, waited_out

#: seconds after which a server that does not answer counts as away
CONNECT_S = 5
#: seconds that SQLite itself waits for a lock, before it is tried again
BUSY_S = 5


def _sqlite_pragmas(connection: Any, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={int(1000 * BUSY_S)}")
    # SQLite does not wait for others that change an empty file's journal at the same time
    for waited_s in (0.05, 0.1, 0.2, 0.5, 1.0, 2.0):
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            break
        except sqlite3.OperationalError:
            time.sleep(waited_s)
    else:
        cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _engine(url: str) -> Engine:
    check_database_url(url)
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": CONNECT_S})
    engine = create_engine(url)
    event.listen(engine, "connect", _sqlite_pragmas)
    return engine


def _migrate(engine: Engine) -> None:
    """Bring the tables up to date; workers that start together wait for each other."""
    from alembic import command
    from alembic.config import Config
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(text("BEGIN IMMEDIATE"))
        else:
            connection.execute(text("SELECT pg_advisory_xact_lock(727374)"))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise of_another_version(str(engine.url.render_as_string(hide_password=True))) from error
        connection.commit()


class Database:
    """An engine whose tables are up to date; every use of it is one short transaction, which may be repeated.

    Args:
        url: SQLAlchemy URL.
        patience: how long outages are waited out.

    Raises:
        Unreachable: the server is away.
        Damaged: the file is no database.
        WrongSettings: the URL cannot work.
    """

    def __init__(self, url: str, patience: Patience | None = None) -> None:
        self._url = url
        self.patience = patience or Patience()
        self.place = place_of(url)
        self._engine = _engine(url)
        try:
            waited_out(lambda: _migrate(self._engine), self.place, self.patience)
        except (SQLAlchemyError, sqlite3.Error) as error:
            self._engine.dispose()
            raise what_to_do(error, url) from error
        self._sessions = sessionmaker(self._engine, expire_on_commit=False)

    def close(self) -> None:
        """Release all connections."""
        self._engine.dispose()

    @contextmanager
    def _session(self) -> Iterator[Session]:
        try:
            with self._sessions() as session, session.begin():
                yield session
        except (DatabaseError, sqlite3.Error) as error:
            if isinstance(error, IntegrityError) or is_outage(error):
                raise
            raise what_to_do(error, self._url) from error
