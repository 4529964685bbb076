"""From what the user gives (a path, with or without a part of it; an address) to a source."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from scrapers.airbnb.saved import PAGE_SUFFIXES, SavedPageSource
from scrapers.airbnb.source import AirbnbSource
from scrapers.airbnb.urls import find_address
from scrapers.errors import CollectError, SourceNotFound, UnsupportedSource
from scrapers.exports.workbook import is_workbook
from scrapers.folder import FolderSource, is_photo_name, scan_folder
from scrapers.handed import HandedListingSource, is_handed_listing
from scrapers.inside_airbnb import InsideAirbnbSource, find_files, is_reviews_file
from scrapers.intake.archive import ARCHIVE_SUFFIXES, ArchiveSource, unpack
from scrapers.intake.contents import content_root, page_in, table_in
from scrapers.reviews_file import REVIEW_SUFFIXES, ReviewsFileSource
from scrapers.source import Source

#: every kind of source by the name under which listings record it
KINDS: dict[str, type[Source]] = {
    FolderSource.name: FolderSource,
    InsideAirbnbSource.name: InsideAirbnbSource,
    ReviewsFileSource.name: ReviewsFileSource,
    AirbnbSource.name: AirbnbSource,
    SavedPageSource.name: SavedPageSource,
    HandedListingSource.name: HandedListingSource,
}
#: what was collected is kept here unless the caller has a better place
DEFAULT_CACHE = Path("~/.cache/showroom")
_AIRBNB_HOST = re.compile(r"(?:.+\.)?airbnb(?:\.[a-z]{2,3}){1,2}|abnb\.me", re.IGNORECASE)
_WEB_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_BARE_HOST = re.compile(r"(?:[\w-]+\.)*(?:airbnb(?:\.[a-z]{2,3}){1,2}|abnb\.me)(?:/.*)?", re.IGNORECASE)
_WHAT_WORKS = (
    "What can be read: a folder of photos (sub-folders name the rooms) with a reviews.csv or reviews.json "
    "in it, a ZIP archive of such, a reviews file (CSV, Excel, JSON), a folder with Inside Airbnb's "
    "reviews.csv.gz and listings.csv.gz (FOLDER#LISTING_ID), a saved listing page (.html, .mhtml), a listing "
    "that ShowRoom saved (.zip), or the address of an Airbnb listing."
)
_ARCHIVES = (".rar", ".7z", ".tar", ".tgz")


def resolve(
    origin: str,
    *,
    title: str | None = None,
    reviews: str | None = None,
    listing: str | None = None,
    subset: str | None = None,
    only: Iterable[str] | None = None,
    cache: Path | None = None,
    visible: bool = False,
) -> Source:
    """Find out what ``origin`` is and make the source that reads it.

    Args:
        origin: path of a photo folder (``FOLDER`` or ``FOLDER#SUBSET``), a photo, a reviews file, or Inside
            Airbnb's folder or reviews file (``PATH#LISTING_ID`` or ``PATH?listing=LISTING_ID``), a saved
            listing page, a listing's ZIP, or the address of an Airbnb listing.
        title: of the listing.
        reviews: reviews file, or Inside Airbnb's folder or reviews file, to go with a photo folder.
        listing: number or address of the listing in Inside Airbnb's files.
        subset: entry of the photo folder's ``subsets.json``.
        only: names of the photos to take.
        cache: folder for what is collected from Airbnb (default: :data:`DEFAULT_CACHE`).
        visible: whether the browser that collects is shown.

    Raises:
        SourceNotFound: if there is nothing.
        UnsupportedSource: if nothing here can read it.
        CollectError: others, as the sources' constructors say.
    """
    cache = (cache or DEFAULT_CACHE).expanduser()
    address = _address_in(origin)
    if address is not None:
        _refuse_additions(reviews, listing, subset, only)
        return AirbnbSource(address, cache=cache, title=title, visible=visible)
    path, part, queried = _split(origin)
    listing = listing or queried
    if is_handed_listing(path):
        _refuse_additions(reviews, listing, subset, only)
        return HandedListingSource(path, title)
    if path.suffix.lower() in ARCHIVE_SUFFIXES and path.is_file():
        folder = unpack(path, cache / "unpacked")
        root = content_root(folder)
        name = path.stem if root == folder else root.name
        inner = _from_folder(root, name, part, title, reviews, listing, subset, only, cache)
        return ArchiveSource(path, inner, folder)
    if path.is_dir():
        name = path.resolve().name
        return _from_folder(content_root(path), name, part, title, reviews, listing, subset, only, cache)
    if path.name.lower().endswith(REVIEW_SUFFIXES):
        if path.suffix.lower() == ".xlsx" and not is_workbook(path):
            raise UnsupportedSource(f"{path.name} is no Excel workbook, or a damaged one.", "Save it again.")
        if is_reviews_file(path):
            return InsideAirbnbSource(path, listing_id=listing or part, title=title)
        return ReviewsFileSource(path, title, listing or part)
    if is_photo_name(path):
        return FolderSource(path, _companion(reviews, listing), title)
    if path.suffix.lower() in PAGE_SUFFIXES:
        _refuse_additions(reviews, listing, subset, only)
        return SavedPageSource(path, cache=cache, title=title)
    raise _unsupported_file(path)


def _from_folder(
    path: Path,
    name: str,
    part: str | None,
    title: str | None,
    reviews: str | None,
    listing: str | None,
    subset: str | None,
    only: Iterable[str] | None,
    cache: Path,
) -> Source:
    """A folder of Inside Airbnb's files, of a saved page, or of photos (with Inside Airbnb's files)."""
    page = page_in(path) if reviews is None and listing is None and part is None else None
    if page is not None:
        return SavedPageSource(page, cache=cache, title=title)
    files = None if reviews else find_files(path)
    if files is not None and not scan_folder(path).photos:
        return InsideAirbnbSource(*files, listing_id=listing or part, title=title)
    if files is None and reviews is None and (table := table_in(path)) is not None:
        if not scan_folder(path).photos:
            return ReviewsFileSource(table, title, listing or part)
        reviews = str(table)
    if files is not None and listing is not None:
        companion: Path | Source | None = InsideAirbnbSource(*files, listing_id=listing)
    else:
        companion = _companion(reviews, listing)
    return FolderSource(path, companion, title, name=name, subset=subset or part, only=only)


def _split(origin: str) -> tuple[Path, str | None, str | None]:
    """The existing path in ``origin``, what follows its ``#``, and the listing named after its ``?``."""
    text = origin.strip()
    if not text:
        raise SourceNotFound("No source was given.", _WHAT_WORKS)
    path = _existing(text)
    if path is not None:
        return path, None, None
    if text.startswith("file:"):
        text = unquote(text.removeprefix("file://"))
    before, _, part = text.partition("#")
    before, _, query = before.partition("?")
    path = _existing(before)
    if path is None:
        raise SourceNotFound(f"There is nothing at {before!r}.", f"Check the path. {_WHAT_WORKS}")
    return path, part or None, parse_qs(query).get("listing", [None])[0]


def _address_in(origin: str) -> str | None:
    """The address at Airbnb (of a listing, or of something else to be refused) that ``origin`` is or holds.

    Raises:
        UnsupportedSource: if it is another address.
    """
    text = origin.strip()
    if _existing(text) is not None:
        return None
    is_web = _WEB_ADDRESS.match(text) is not None and not text.startswith("file:")
    if not (is_web or _BARE_HOST.fullmatch(text)) or len(text.split()) > 1:
        return find_address(text)
    try:
        host = urlsplit(text if is_web else f"https://{text}").hostname or ""
    except ValueError:
        host = ""
    if not _AIRBNB_HOST.fullmatch(host):
        raise UnsupportedSource(f"Nothing here can read {text!r}.", _WHAT_WORKS)
    return text


def _refuse_additions(*additions: object) -> None:
    """A page or a saved listing brings photos and reviews itself; nothing may be ignored silently."""
    if any(addition is not None for addition in additions):
        raise UnsupportedSource(
            "Reviews, a listing number or a choice of photos cannot be combined with a whole listing.",
            "Leave them away: it brings its own photos and reviews.",
        )


def _existing(text: str) -> Path | None:
    try:
        path = Path(text).expanduser()
        return path if path.exists() else None
    except (OSError, ValueError, RuntimeError):  # too long, a zero byte, or no home folder
        return None


def _companion(reviews: str | None, listing: str | None) -> Path | Source | None:
    """What supplies the reviews of a photo folder."""
    if reviews is None:
        if listing is not None:
            raise UnsupportedSource(
                "A listing's id says nothing about a photo folder.",
                "Give Inside Airbnb's files too, with the option for reviews.",
            )
        return None
    source = resolve(reviews, listing=listing)
    if isinstance(source, InsideAirbnbSource):
        return source
    path = _split(reviews)[0]
    if not isinstance(source, ReviewsFileSource):
        raise UnsupportedSource(f"{str(path)!r} is no reviews file.", "Give a CSV or JSON file.")
    return path


def _unsupported_file(path: Path) -> CollectError:
    suffix = path.suffix.lower()
    if suffix in _ARCHIVES:
        return UnsupportedSource(f"{path.name} is an archive.", "Unpack it and give the folder.")
    if suffix == ".webarchive":
        return UnsupportedSource(f"{path.name} is Safari's own format.", "Save the page as HTML.")
    if suffix in (".ods", ".numbers", ".xlsb"):
        return UnsupportedSource(f"{path.name} is a spreadsheet.", "Save it as CSV (UTF-8) and give that file.")
    return UnsupportedSource(f"Nothing here can read {path.name}.", _WHAT_WORKS)
