"""What was collected of one listing, on disk: a killed run continues here, a second run starts here.

::

    <root>/                      shared by all listings: see conduct.py
      listings/<key>/
        generation.json          when this generation began, how many runs ended unfinished
        page.json                the parsed page
        reviews/<sweep>-<offset>.json  one parsed answer each
        photos/<digest>          bytes of one photo, named after its address (or .unusable: why there are none)
        diagnosis/               structure of what could not be read, without personal data

Only parsed content is kept, so nothing of it names a reviewer.
"""

from __future__ import annotations

import functools
import hashlib
import json
import math
import re
import shutil
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from scrapers.airbnb.files import write_whole
from scrapers.airbnb.parse import ParsedListing, ReviewsPage

DEFAULT_TTL_S = 7 * 24 * 3600.0
_GENERATION_FILE, _PAGE_FILE, _REVIEWS_FOLDER = "generation.json", "page.json", "reviews"
_KEY = re.compile(r"[a-z0-9][a-z0-9._-]{0,120}")
_REVIEWS_FILE = re.compile(r"(\d)-(\d{6})\.json")
_MAX_DIAGNOSES = 5
_DIGITS = 32


class _Generation(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    began_s: float
    unfinished_runs: int = 0


@dataclass(frozen=True)
class StoredPage:
    """One stored answer of the reviews request.

    Attributes:
        sweep: which sweep over all reviews it belongs to (0, 1, ...).
        offset: of its first review.
        rows: how many rows the answer had, readable or not.
        page: what was read.
    """

    sweep: int
    offset: int
    rows: int
    page: ReviewsPage


@dataclass(frozen=True)
class _Answer:
    rows: int
    page: ReviewsPage


@functools.cache
def _parsed_page() -> TypeAdapter[ParsedListing]:
    """Made on first use: importing stays quick."""
    return TypeAdapter(ParsedListing)


@functools.cache
def _answer() -> TypeAdapter[_Answer]:
    return TypeAdapter(_Answer)


class ListingCache:
    """The cache of one listing.

    Args:
        root: folder of the whole cache.
        key: names the listing: lower-case letters, digits, ``.``, ``_``, ``-``.
        ttl_s: after this time everything is collected anew.
    """

    def __init__(self, root: Path, key: str, ttl_s: float = DEFAULT_TTL_S) -> None:
        if not _KEY.fullmatch(key):
            raise ValueError(f"{key!r} cannot name a cache folder")
        if not (math.isfinite(ttl_s) and ttl_s > 0):
            raise ValueError(f"ttl_s must be a positive number of seconds, not {ttl_s}")
        self.folder = root / "listings" / key
        self._ttl_s = ttl_s

    @property
    def photos(self) -> Path:
        """Where the bytes of photos lie."""
        return self.folder / "photos"

    def generation(self) -> str:
        """Names what is kept here now: changes when it got too old, and after every unfinished run.

        An outdated generation is removed.
        """
        current = _read_generation(self.folder)
        if current is None or not self._is_good(current):
            shutil.rmtree(self.folder, ignore_errors=True)
            current = _Generation(id=uuid.uuid4().hex, began_s=time.time())
            self._write_generation(current)
        return f"{current.id}-{current.unfinished_runs}"

    def expire(self, least_age_s: float) -> float:
        """Let the next run collect everything anew if what is kept is old enough.

        Args:
            least_age_s: what is younger stays.

        Returns:
            How much longer it stays, in seconds; 0 if it is gone, or there was nothing.
        """
        current = _read_generation(self.folder)
        if current is None:
            return 0.0
        left_s = current.began_s + least_age_s - time.time()
        if left_s > 0:
            return left_s
        shutil.rmtree(self.folder, ignore_errors=True)
        return 0.0

    def note_unfinished(self) -> None:
        """Note that a run ended with something missing, so that the next one is not taken for a repetition."""
        current = _read_generation(self.folder)
        if current is not None:
            update = {"unfinished_runs": current.unfinished_runs + 1}
            self._write_generation(current.model_copy(update=update))

    def remove_outdated(self) -> None:
        """Remove what is too old, of every listing; to be called by who holds the lock."""
        for folder in self.folder.parent.glob("*/"):
            generation = _read_generation(folder)
            if generation is not None and not self._is_good(generation):
                shutil.rmtree(folder, ignore_errors=True)

    def _is_good(self, generation: _Generation) -> bool:
        return 0 <= time.time() - generation.began_s < self._ttl_s

    def page(self) -> ParsedListing | None:
        """The parsed page, if there is a readable one."""
        try:
            return _parsed_page().validate_json((self.folder / _PAGE_FILE).read_bytes())
        except (OSError, ValidationError):
            return None

    def keep_page(self, page: ParsedListing) -> None:
        """Keep the parsed page, without the key of its requests."""
        content = _parsed_page().dump_python(page, mode="json") | {"api_key": None}
        write_whole(self.folder / _PAGE_FILE, json.dumps(content).encode())

    def reviews(self) -> list[StoredPage]:
        """The readable answers, in the order of sweeps and offsets."""
        found = []
        for path in sorted((self.folder / _REVIEWS_FOLDER).glob("*.json")):
            name = _REVIEWS_FILE.fullmatch(path.name)
            if name is None:
                continue
            try:
                answer = _answer().validate_json(path.read_bytes())
            except (OSError, ValidationError):
                continue
            found.append(StoredPage(int(name[1]), int(name[2]), answer.rows, answer.page))
        return found

    def keep_reviews(self, stored: StoredPage) -> None:
        """Keep one answer."""
        path = self.folder / _REVIEWS_FOLDER / f"{stored.sweep}-{stored.offset:06d}.json"
        write_whole(path, _answer().dump_json(_Answer(stored.rows, stored.page)))

    def photo(self, url: str) -> Path:
        """Where the bytes of the photo at ``url`` lie, or will."""
        return self.photos / hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]

    def unusable(self, url: str) -> str | None:
        """Why the address of a photo holds none that can be used, if that is known."""
        try:
            return self._unusable_note(url).read_text(encoding="utf-8")
        except OSError:
            return None

    def keep_unusable(self, url: str, reason: str) -> None:
        """Note that the address of a photo holds none that can be used, so that it is not asked for again."""
        write_whole(self._unusable_note(url), reason.encode())

    def _unusable_note(self, url: str) -> Path:
        return self.photo(url).with_suffix(".unusable")

    def keep_diagnosis(self, name: str, content: bytes) -> Path:
        """Keep the structure of something unreadable; the oldest give way."""
        folder = self.folder / "diagnosis"
        path = folder / f"{time.strftime('%Y%m%dT%H%M%S')}-{name}"
        write_whole(path, content)
        for outdated in sorted(folder.iterdir())[:-_MAX_DIAGNOSES]:
            outdated.unlink(missing_ok=True)
        return path

    def _write_generation(self, generation: _Generation) -> None:
        write_whole(self.folder / _GENERATION_FILE, generation.model_dump_json().encode())


def _read_generation(folder: Path) -> _Generation | None:
    try:
        return _Generation.model_validate_json((folder / _GENERATION_FILE).read_bytes())
    except (OSError, ValidationError):
        return None
