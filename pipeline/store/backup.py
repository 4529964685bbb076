"""A copy of a store that can be opened as one: the catalogue in SQLite, results, uploads and cities."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, insert, select, text

from pipeline.errors import DamagedResult, WrongSettings
from pipeline.store.database import Database
from pipeline.store.schema import Base
from pipeline.store.store import Store

CATALOGUE = "showroom.sqlite"
RESULTS = "artefacts"
#: what else lies in the data folder and cannot be made again
ALSO = ("uploads", "cities")
_ROWS = 500
Say = Callable[[float, str], None]


@dataclass(frozen=True)
class Backup:
    """What was copied.

    Attributes:
        results: how many results.
        left_out: keys of results that are damaged or went away meanwhile.
    """

    results: int
    left_out: tuple[str, ...]


def back_up(store: Store, target: Path, say: Say = lambda fraction, message: None) -> Backup:
    """Copy a store, which may be in use, into a folder. ``SHOWROOM_DATA=FOLDER`` opens the copy.

    The catalogue is copied first, at one moment; every result that it names is copied after it and checked.

    Args:
        store: to copy.
        target: a folder that is empty or not there yet.
        say: told how far it is.

    Raises:
        WrongSettings: the folder holds something.
    """
    if target.exists() and any(target.iterdir()):
        raise WrongSettings(f"{target} is not empty.", "Give a new folder: a backup is never written over.")
    target.mkdir(parents=True, exist_ok=True)
    _catalogue(store.catalogue._engine, target / CATALOGUE)
    keys = list(store.artefacts.keys())
    left_out = []
    for number, key in enumerate(keys):
        say(number / len(keys), f"Result {number + 1} of {len(keys)}")
        if not _result(store, key, target / RESULTS / key[:2] / key):
            left_out.append(key)
    for name in ALSO:
        if (store.settings.data / name).is_dir():
            shutil.copytree(store.settings.data / name, target / name)
    return Backup(len(keys) - len(left_out), tuple(left_out))


def _catalogue(engine: Engine, file: Path) -> None:
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.execute(text("VACUUM INTO :file"), {"file": str(file)})
        return
    copy = Database(f"sqlite:///{file.absolute()}")
    with engine.connect() as source, copy._engine.begin() as into:
        source.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        for table in Base.metadata.sorted_tables:
            rows = [dict(row) for row in source.execute(select(table)).mappings()]
            for start in range(0, len(rows), _ROWS):
                into.execute(insert(table), rows[start : start + _ROWS])
    copy.close()


def _result(store: Store, key: str, target: Path) -> bool:
    try:
        shutil.copytree(store.artefacts.folder(key), target)
    except (DamagedResult, KeyError, FileNotFoundError):
        shutil.rmtree(target, ignore_errors=True)
        return False
    return True
