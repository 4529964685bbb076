"""What was dropped, before any work on it: rooms, photos, reviews, facts, and what is left out and why."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from scrapers.airbnb.saved import PAGE_SUFFIXES, SavedPageSource
from scrapers.digests import digest_of, digest_of_file
from scrapers.errors import CollectError, UnsupportedSource
from scrapers.folder import FolderSource, is_photo_name
from scrapers.intake.archive import ARCHIVE_SUFFIXES, ArchiveSource
from scrapers.listing import COMPARED, Problem
from scrapers.reviews_file import REVIEW_SUFFIXES
from scrapers.source import Source
from scrapers.sources import resolve

_DIGITS = 20
_MAX_FILES = 2000


@dataclass(frozen=True)
class UnderstoodRoom:
    """A room as the source has it; ``named`` is false for photos of no known room."""

    name: str
    photos: tuple[str, ...]
    named: bool = True


@dataclass(frozen=True)
class Understood:
    """What files hold.

    Attributes:
        origin: what to analyse, for :func:`scrapers.sources.resolve`; empty where nothing can be.
        reviews_file: reviews file that goes with it, where it was given apart.
        kind: name of the source (``folder``, ``saved-page``, ``reviews-file``, ``inside-airbnb``).
        title: of the listing.
        rooms: with the names of their photos.
        photos: how many there are.
        reviews: how many can be read.
        review_count: how many the source says there are.
        facts: names of the facts that are there, in reading order.
        left_out: what will not be used, and why.
        files: where photos lie on this computer, by the names that ``rooms`` have.
    """

    origin: str = ""
    reviews_file: str | None = None
    kind: str = ""
    title: str = ""
    rooms: tuple[UnderstoodRoom, ...] = ()
    photos: int = 0
    reviews: int = 0
    review_count: int | None = None
    facts: tuple[str, ...] = ()
    left_out: tuple[Problem, ...] = field(default_factory=tuple)
    files: Mapping[str, Path] = field(default_factory=dict)


def understand(files: Sequence[Path], cache: Path) -> Understood:
    """What ``files`` hold together. Nothing is fetched and no photo is opened.

    One file or folder is what it is. Several are one listing: photos, at most one file with reviews (or one
    saved page, or one archive); more than that is left out by name.

    Args:
        files: files or folders.
        cache: folder for what has to be unpacked or put together.

    Raises:
        CollectError: nothing of it can be read, with what to do.
    """
    if not files:
        raise UnsupportedSource(
            "Nothing was given.", "Give photos, a saved page, a ZIP archive or a reviews file."
        )
    if len(files) == 1:
        return outline(resolve(str(files[0]), cache=cache), str(files[0]))
    if len(files) > _MAX_FILES:
        raise UnsupportedSource(f"These are more than {_MAX_FILES:,} files.", "Give those of one listing.")
    return _together(files, cache)


def outline(source: Source, origin: str) -> Understood:
    """What a source holds, as far as a look tells."""
    if isinstance(source, ArchiveSource):
        inner = outline(source.inner, origin)
        return replace(inner, left_out=(*inner.left_out, *source.left_packed()))
    if isinstance(source, FolderSource):
        return _of_folder(source, origin)
    if isinstance(source, SavedPageSource):
        return _of_page(source, origin)
    if source.name == "airbnb":
        return Understood(origin=origin, kind=source.name)
    listing = source.collect(Path())  # files of rows write nothing
    facts = tuple(name for name in COMPARED if listing.status(name) == "present")
    return Understood(
        origin=origin,
        kind=source.name,
        title=listing.title,
        reviews=len(listing.reviews),
        review_count=listing.review_count,
        facts=facts,
        left_out=listing.problems,
    )


def _of_folder(source: FolderSource, origin: str) -> Understood:
    rooms, base, problems = source.outline()
    facts = tuple(name for name in COMPARED if base.status(name) == "present")
    return Understood(
        origin=origin,
        kind=source.name,
        title=base.title,
        rooms=tuple(UnderstoodRoom(room.name, room.photos, room.named) for room in rooms),
        photos=sum(len(room.photos) for room in rooms),
        reviews=len(base.reviews),
        review_count=base.review_count,
        facts=facts,
        left_out=problems,
        files={name: source.root / name for room in rooms for name in room.photos},
    )


def _of_page(source: SavedPageSource, origin: str) -> Understood:
    page, problems = source.outline()
    loose = tuple(photo.url for photo in page.photos if photo.room is None)
    rooms = [
        UnderstoodRoom(room.name, tuple(photo.url for photo in page.photos if photo.room == room.id))
        for room in page.rooms
    ]
    if loose:
        rooms.append(UnderstoodRoom("Other photos" if rooms else "Photos", loose, named=False))
    return Understood(
        origin=origin,
        kind=source.name,
        title=page.title or "",
        rooms=tuple(room for room in rooms if room.photos),
        photos=len(page.photos),
        reviews=len(page.reviews),
        review_count=page.review_count,
        facts=tuple(name for name in COMPARED if page.status(name) == "present"),
        left_out=problems,
        files={photo.url: file for photo in page.photos if (file := source.photo_file(photo)) is not None},
    )


def _together(files: Sequence[Path], cache: Path) -> Understood:
    """Several files as one listing."""
    photos = [file for file in files if file.is_file() and is_photo_name(file)]
    tables = [file for file in files if file.name.lower().endswith(REVIEW_SUFFIXES)]
    others = [file for file in files if file not in photos and file not in tables]
    wholes = [f for f in others if f.is_dir() or f.suffix.lower() in (*ARCHIVE_SUFFIXES, *PAGE_SUFFIXES)]
    unused = [
        Problem(subject=f.name, message="is nothing that can be read; left out")
        for f in others
        if f not in wholes
    ]
    unused += [Problem(subject=f.name, message="is one listing too many; left out") for f in wholes[1:]]
    if wholes:
        unused += [Problem(subject=f.name, message=f"is beside {wholes[0].name}; left out") for f in photos]
        return _beside(wholes[0], tables, tuple(unused), cache)
    if not photos:
        if not tables:
            raise UnsupportedSource(
                "None of these files can be read.", "Give photos, a page, a ZIP or reviews."
            )
        unused += [Problem(subject=f.name, message="is another file of reviews; left out") for f in tables[1:]]
        found = outline(resolve(str(tables[0]), cache=cache), str(tables[0]))
        return replace(found, left_out=(*found.left_out, *unused))
    return _beside(_put_together(photos, cache), tables, tuple(unused), cache)


def _beside(whole: Path, tables: Sequence[Path], unused: tuple[Problem, ...], cache: Path) -> Understood:
    """A folder, page or archive with a reviews file beside it, if it can have one."""
    reviews = str(tables[0]) if tables else None
    more = [Problem(subject=f.name, message="is another file of reviews; left out") for f in tables[1:]]
    try:
        found = outline(resolve(str(whole), reviews=reviews, cache=cache), str(whole))
    except CollectError:
        if reviews is None:
            raise
        found, reviews = outline(resolve(str(whole), cache=cache), str(whole)), None
        more = [Problem(subject=f.name, message="does not go with the page; left out") for f in tables]
    return replace(found, reviews_file=reviews, left_out=(*found.left_out, *unused, *more))


def _put_together(photos: Sequence[Path], cache: Path) -> Path:
    """A folder with copies of the photos, the same for the same photos."""
    digest = digest_of(*sorted(f"{photo.name}:{digest_of_file(photo)}" for photo in photos))
    folder = cache / "dropped" / digest[:_DIGITS] / "Photos"
    folder.mkdir(parents=True, exist_ok=True)
    for photo in photos:
        shutil.copyfile(photo, folder / photo.name)
    return folder
