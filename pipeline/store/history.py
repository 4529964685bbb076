"""What changed each time a listing was read again: one line of JSON each, beside the catalogue."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from scrapers.intake.changes import Change, changes
from scrapers.listing import Listing

if TYPE_CHECKING:
    from pathlib import Path

_FOLDER = "history"


class Reading(BaseModel):
    """One reading that differed from the one before.

    Attributes:
        at: when it was noted.
        changes: in reading order.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: dt.datetime
    changes: tuple[Change, ...]


def note_changes(data: Path, before: Listing, after: Listing, at: dt.datetime) -> Reading | None:
    """Keep what changed between two readings of a listing; ``None`` if nothing did.

    Args:
        data: folder of the store.
        before: as it was known.
        after: as it was read now.
        at: the time.
    """
    found = changes(before, after)
    if not found:
        return None
    reading = Reading(at=at, changes=found)
    path = _path(data, after.id)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(reading.model_dump_json() + "\n")
    return reading


def history(data: Path, listing_id: str) -> tuple[Reading, ...]:
    """The readings that brought something new, oldest first; a damaged line is passed over."""
    try:
        lines = _path(data, listing_id).read_text(encoding="utf-8").splitlines()
    except OSError:
        return ()
    return tuple(reading for line in lines if (reading := _read(line)) is not None)


def forget_history(data: Path, listing_id: str) -> None:
    """Delete what was noted of a listing."""
    _path(data, listing_id).unlink(missing_ok=True)


def _read(line: str) -> Reading | None:
    try:
        return Reading.model_validate_json(line)
    except ValidationError:
        return None


def _path(data: Path, listing_id: str) -> Path:
    return data / _FOLDER / f"{listing_id}.jsonl"
