"""One key, one analysis: a submission that is repeated because its answer was lost starts nothing new."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from dashboard.api.problems import Refused
from pipeline.store import Job, Store
from scrapers.digests import digest_of

FOLDER: Final = "idempotency"
#: a key is remembered for so long
KEPT_S: Final = 86400.0
LONGEST_KEY: Final = 200
_lock = threading.Lock()


def checked_key(key: str | None) -> str | None:
    """The key of a request, if it has one.

    Raises:
        Refused: it is empty, too long, or not plain text.
    """
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise Refused(400, f"An Idempotency-Key has 1 to {LONGEST_KEY} plain characters.")
    return key


def once(store: Store, key: str | None, what: str, submit: Callable[[], Job]) -> Job:
    """The analysis that was submitted under this key, or that is submitted now.

    Args:
        store: where analyses are on record.
        key: of the request; ``None``: it is submitted in any case.
        what: digest of the request; another one under the same key is refused.
        submit: starts it.

    Raises:
        Refused: the key was used for something else.
    """
    if key is None:
        return submit()
    file = store.settings.data / FOLDER / digest_of(key)
    with _lock:
        known = _known(file)
        if known is not None:
            if known[0] != what:
                raise Refused(422, "This Idempotency-Key was used for another request. Take a new one.")
            try:
                return store.catalogue.job(known[1])
            except KeyError:  # it was deleted meanwhile, with its listing
                pass
        job = submit()
        _remember(file, what, job.id)
        return job


def _known(file: Path) -> tuple[str, str] | None:
    """Digest of the request and id of the analysis."""
    try:
        if time.time() - file.stat().st_mtime > KEPT_S:
            return None
        what, job_id = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return str(what), str(job_id)


def _remember(file: Path, what: str, job_id: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    for old in file.parent.iterdir():
        if time.time() - old.stat().st_mtime > KEPT_S:
            old.unlink(missing_ok=True)
    part = file.with_suffix(".part")
    part.write_text(json.dumps([what, job_id]), encoding="utf-8")
    part.replace(file)
