"""A listing page that the user saved from a browser: HTML with or without its folder of files, or MHTML."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from scrapers.airbnb.fetch import (
    DEFAULT_TTL_S,
    Conduct,
    Limits,
    ListingCache,
    Manners,
    Status,
    checked,
    run_with_heartbeat,
)
from scrapers.airbnb.files import write_whole
from scrapers.airbnb.parse import (
    ParsedListing,
    ParsedPhoto,
    RecordedPage,
    distinct,
    embedded_pictures,
    empty,
    import_photos,
    missing_reviews,
    parse_html,
    parse_page,
    structure_of_html,
)
from scrapers.airbnb.urls import STRICT, HostPolicy
from scrapers.digests import digest_of, digest_of_file
from scrapers.errors import Blocked, SchemaChanged, SourceNotFound, UnsupportedSource
from scrapers.listing import Listing, Problem
from scrapers.source import Report, silent

PAGE_SUFFIXES = (".html", ".htm", ".xhtml", ".mhtml", ".mht")
MAX_PAGE_BYTES = 64 * 2**20
_MHTML_SUFFIXES = (".mhtml", ".mht")
_MHTML_HEAD = re.compile(
    rb"(?:[\w-]+:[^\n]*\n|[ \t][^\n]*\n)*?(?:Snapshot-Content-Location|MIME-Version):", re.IGNORECASE
)
_HEAD_BYTES = 4000
_DIGITS = 16
_HOW_TO_HAVE_MORE = (
    "A saved page holds those that were on the screen: open all reviews and scroll to their end before saving, "
    "or give the listing's address."
)
_PARSED, _DOWNLOADED = 0.1, 0.6


@dataclass(frozen=True)
class SavedPage:
    """A saved file.

    Attributes:
        html: the document.
        pictures: address without query to bytes, where the file holds them itself (MHTML, SingleFile).
        address: whence the page was saved, where the file says it apart from the page.
        saved_on: the day of that.
    """

    html: str
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    address: str = ""
    saved_on: dt.date | None = None


class SavedPageSource:
    """A saved listing page. Photos come from the files saved with it; those that are missing are downloaded.

    Args:
        path: the saved page.
        cache: folder for downloaded photos; shared with :class:`scrapers.airbnb.source.AirbnbSource`.
        title: shown instead of the listing's own.
        download: whether photos that were not saved may be downloaded from Airbnb's media hosts.
        hosts, conduct, limits: as for :class:`scrapers.airbnb.source.AirbnbSource`.

    Raises:
        SourceNotFound, UnsupportedSource: if there is no page that can be read.
    """

    name = "saved-page"

    def __init__(
        self,
        path: Path,
        *,
        cache: Path,
        title: str | None = None,
        download: bool = True,
        hosts: HostPolicy = STRICT,
        conduct: Conduct | None = None,
        limits: Limits | None = None,
    ) -> None:
        if not path.is_file():
            raise SourceNotFound(f"There is no file {str(path)!r}.", "Check the path.")
        if path.stat().st_size > MAX_PAGE_BYTES:
            raise UnsupportedSource(
                f"{path.name} is larger than {MAX_PAGE_BYTES // 2**20} MiB.", "Give a saved listing page."
            )
        self._path = path
        self._title = title
        self._download = download
        self._hosts = hosts
        self._conduct = checked(conduct, local=hosts.replica is not None)
        self._limits = limits or Limits()
        self._root = cache
        self._digest = digest_of_file(path)
        self._cache = ListingCache(cache, f"saved-{self._digest[:_DIGITS]}", DEFAULT_TTL_S)

    def fingerprint(self) -> str:
        """Digest of the page, the files beside it, the options, and what is still to be downloaded."""
        return digest_of(
            self.name,
            self._digest,
            repr(self._files_beside()),
            self._title or "",
            self._cache.generation() if self._download else "",
        )

    def collect(self, folder: Path, report: Report = silent) -> Listing:
        """Parse the page and take its photos; see :meth:`scrapers.source.Source.collect`."""
        report(0.0, f"Reading {self._path.name}")
        self._cache.generation()
        page = self._parse()
        problems: list[Problem] = []
        missing = [
            photo.url
            for photo in distinct(page.photos)
            if self.photo_file(photo) is None and photo.url.startswith("http")
        ]
        if missing and self._download:
            problems += self._fetch(missing, report)
        elif missing:
            problems.append(Problem(subject="photos", message=f"{len(missing)} were not saved with the page"))

        def report_import(fraction: float, message: str) -> None:
            report(_DOWNLOADED + (1 - _DOWNLOADED) * fraction, message)

        taken = import_photos(page, self.photo_file, folder, report_import)
        facts = page.facts()
        problems = [
            *facts["problems"],
            *missing_reviews(page.review_count, len(page.reviews), 0, _HOW_TO_HAVE_MORE),
            *problems,
        ]
        problems += taken["problems"]
        if not taken["photos"] and not page.reviews:
            raise empty(facts["title"], problems)
        report(1.0, f"{len(taken['photos'])} photos, {len(page.reviews)} reviews")
        return Listing.model_validate({**facts, **taken, **self._own(page), "problems": tuple(problems)})

    def outline(self) -> tuple[ParsedListing, tuple[Problem, ...]]:
        """What the page says, and what it does not hold; nothing is downloaded."""
        page = self._parse()
        missing = [photo for photo in distinct(page.photos) if self.photo_file(photo) is None]
        lacking = (
            [Problem(subject="photos", message=f"{len(missing)} were not saved with the page")]
            if missing
            else []
        )
        missed = missing_reviews(page.review_count, len(page.reviews), 0, _HOW_TO_HAVE_MORE)
        return page, (*page.problems, *missed, *lacking)

    def _own(self, page: ParsedListing) -> dict[str, Any]:
        own: dict[str, Any] = {
            "id": f"airbnb-{page.listing_id or self._digest[:_DIGITS]}",
            "source": self.name,
            "origin": str(self._path),
            "reviews": page.reviews,
        }
        return own | ({"title": self._title} if self._title else {})

    def _parse(self) -> ParsedListing:
        saved = read_saved_page(self._path)
        try:
            page = parse_page(recorded(saved, self._path))
        except SchemaChanged as error:
            error.payload = self._cache.keep_diagnosis("page.json", structure_of_html(saved.html))
            raise
        for photo in page.photos:
            content = saved.pictures.get(_without_query(photo.url))
            if content is not None:
                write_whole(self._cache.photo(photo.url), content)
        return page

    def _fetch(self, urls: list[str], report: Report) -> list[Problem]:
        """Download ``urls``; what did not come is a problem, for the reviews are worth having without it."""
        from scrapers.airbnb.fetch import PhotoDownloads

        manners = Manners(self._root, self._conduct)
        downloads = PhotoDownloads(self._cache, manners, self._hosts, self._limits)

        async def fetch(status: Status) -> None:
            await downloads.run(urls, status.part(_PARSED, _DOWNLOADED))

        with manners.alone(report):
            try:
                run_with_heartbeat(fetch, report)
            except Blocked as refusal:
                kept = manners.stay_away(refusal)
                downloads.problems.append(Problem(subject="photos", message=f"could not all be read: {kept}"))
                downloads.unfinished = True
        if downloads.unfinished:
            self._cache.note_unfinished()
        return downloads.problems

    def photo_file(self, photo: ParsedPhoto) -> Path | None:
        """The copy of a photo beside the page, else the one in the cache; ``None`` if there is none."""
        if photo.saved_as is not None:
            beside = self._path.parent
            copy = (beside / unquote(photo.saved_as)).resolve()
            if copy.is_relative_to(beside.resolve()) and copy.is_file():
                return copy
        cached = self._cache.photo(photo.url)
        return cached if cached.is_file() else None

    def _files_beside(self) -> list[tuple[str, int]]:
        """Names and sizes in the folders that browsers save beside a page (``<name>_files``)."""
        stem = self._path.stem
        folders = [path for path in self._path.parent.iterdir() if path.is_dir() and path.name.startswith(stem)]
        return sorted((p.name, p.stat().st_size) for folder in folders for p in folder.iterdir() if p.is_file())


def recorded(saved: SavedPage, path: Path) -> RecordedPage:
    """A saved page as the parsers take it; without a day of its own it was saved when the file was written."""
    written_on = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC).date()
    shown_on = saved.saved_on or written_on
    return RecordedPage("", saved.address, None, saved.html, shown_on=shown_on)


def read_saved_page(path: Path) -> SavedPage:
    """The document in a saved file, and the pictures that the file itself holds.

    Raises:
        UnsupportedSource: if there is no document in it.
    """
    data = path.read_bytes()
    if path.suffix.lower() not in _MHTML_SUFFIXES and not _MHTML_HEAD.match(data[:_HEAD_BYTES]):
        html = _decode(data)
        return SavedPage(html, dict(embedded_pictures(parse_html(html))))
    import email
    import email.policy

    message = email.message_from_bytes(data, policy=email.policy.default)
    html, pictures = "", {}
    for part in message.walk():
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes):
            continue
        if part.get_content_type() == "text/html" and not html:
            html = _decode(content)
        elif part.get_content_maintype() == "image":
            pictures[_without_query(_header(part, "Content-Location"))] = content
    if not html:
        raise UnsupportedSource(f"There is no page in {path.name}.", "Save the listing's page again.")
    pictures.update(embedded_pictures(parse_html(html)))
    return SavedPage(
        html, pictures, _header(message, "Snapshot-Content-Location"), _day(_header(message, "Date"))
    )


def _header(part: Message, name: str) -> str:
    try:
        return str(part.get(name, "")).strip()
    except (ValueError, IndexError, TypeError):  # a header that the standard library cannot take apart
        return ""


def _day(header: str) -> dt.date | None:
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(header).date()
    except (ValueError, IndexError, OverflowError, TypeError):
        return None


def _decode(data: bytes) -> str:
    """Browsers save as UTF-8; some editors as UTF-16 with a mark."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8-sig", "replace")


def _without_query(url: str) -> str:
    return url.partition("#")[0].partition("?")[0]
