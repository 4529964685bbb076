"""A listing's ZIP as a :class:`scrapers.source.Source`."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from scrapers.airbnb.parse import NetworkAnswer as Answer
from scrapers.airbnb.parse import RecordedPage, missing_reviews, parse_page
from scrapers.digests import digest_of, digest_of_file
from scrapers.errors import CollectError, EmptySource, SourceNotFound, UnsupportedSource
from scrapers.handed.archive import BoundedZip
from scrapers.handed.manifest import LISTING, MANIFEST, PAGE, PHOTOS, VERSION, HandedPage, HandedPhoto, Manifest
from scrapers.listing import Listing, Photo, Problem, RoomPhotos
from scrapers.rooms import Room, room_photos
from scrapers.source import Report, silent

_MANIFEST_BYTES = 2_000_000
_DIGITS = 16
_LOOSE, _BESIDE_ROOMS = "Photos", "Other photos"
_MORE = "The page had not loaded them: open its reviews, scroll to their end, and save it again."
Part = TypeVar("Part", bound=BaseModel)


def is_handed_listing(path: Path) -> bool:
    """Whether a file is a ZIP with a manifest like ours, whatever else it holds."""
    try:
        with zipfile.ZipFile(path) as packed:
            return MANIFEST in packed.NameToInfo and packed.NameToInfo[MANIFEST].file_size <= _MANIFEST_BYTES
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False


class HandedListingSource:
    """A listing that was saved as one ZIP: by ShowRoom, or by its browser extension.

    Args:
        path: the ZIP.
        title: shown instead of the listing's own.

    Raises:
        SourceNotFound, UnsupportedSource: there is none, or it cannot be read.
    """

    name = "listing-zip"

    def __init__(self, path: Path, title: str | None = None) -> None:
        if not path.is_file():
            raise SourceNotFound(f"There is no file {str(path)!r}.", "Check the path.")
        self._path, self._title = path, title
        with BoundedZip(path) as packed:
            self._manifest = _manifest(packed, path.name)
        self._digest = digest_of_file(path)

    def fingerprint(self) -> str:
        """Digest of the file and the title."""
        return digest_of(self.name, self._digest, self._title or "")

    def collect(self, folder: Path, report: Report = silent) -> Listing:
        """Read facts and reviews, import the photos; see :meth:`scrapers.source.Source.collect`."""
        with BoundedZip(self._path) as packed:
            holds_page = self._manifest.holds == "page"
            listing = (
                self._from_page(packed, folder, report) if holds_page else self._own(packed, folder, report)
            )
        if not listing.photos and not listing.reviews:
            told = "; ".join(f"{problem.subject} {problem.message}" for problem in listing.problems[:3])
            raise EmptySource(
                f"{self._path.name} holds neither a usable photo nor a review{f' ({told})' if told else ''}.",
                "Save the listing again.",
            )
        report(1.0, f"{len(listing.photos)} photos, {len(listing.reviews)} reviews")
        return listing

    def _own(self, packed: BoundedZip, folder: Path, report: Report) -> Listing:
        """A listing of ShowRoom's own form; its photos are looked at anew, like anybody's."""
        given = _part(packed, LISTING, Listing, self._path.name)
        importer, problems = _Importer(packed, folder), list(given.problems)
        importer.take([photo.file for photo in given.photos], report)
        problems += importer.problems
        ids = {photo.id: importer.id_of(photo.file) for photo in given.photos}
        texts = {ids[photo.id]: photo for photo in given.photos}
        photos = tuple(_like(photo, texts.get(photo.id)) for photo in importer.photos)
        rooms = []
        for room in given.rooms:
            kept = [found for photo_id in room.photo_ids if (found := ids[photo_id]) is not None]
            rooms.append(room.model_copy(update={"photo_ids": tuple(dict.fromkeys(kept))}))
        own = {
            **self._facts(given.title),
            "photos": photos,
            "rooms": tuple(room for room in rooms if room.photo_ids),
            "problems": tuple(problems),
        }
        return given.model_copy(update=own)

    def _from_page(self, packed: BoundedZip, folder: Path, report: Report) -> Listing:
        """What the extension kept of a page, read by the parsers of pages."""
        facts, reviews = self._read_page(_part(packed, PAGE, HandedPage, self._path.name))
        importer = _Importer(packed, folder)
        importer.take([photo.file for photo in self._manifest.photos], report)
        captions = {importer.id_of(photo.file): photo for photo in self._manifest.photos if photo.caption}
        photos = tuple(
            photo.model_copy(update={"caption": captions[photo.id].caption}) if photo.id in captions else photo
            for photo in importer.photos
        )
        return Listing.model_validate(
            {
                **facts,
                **self._facts(facts["title"]),
                "reviews": reviews,
                "photos": photos,
                "rooms": _rooms(self._manifest.photos, importer),
                "problems": (*facts["problems"], *importer.problems),
            }
        )

    def _read_page(self, page: HandedPage) -> tuple[dict[str, Any], tuple[Any, ...]]:
        answers = tuple(Answer(answer.url, answer.status, answer.body) for answer in page.answers)
        address = self._manifest.url or page.url
        recorded = RecordedPage(address, page.url, None, page.html, page.state, answers)
        try:
            parsed = parse_page(recorded)
        except CollectError as error:
            problem = Problem(subject="page", message=error.message)
            title = self._manifest.title or self._path.stem
            return {"id": f"zip-{self._digest[:_DIGITS]}", "title": title, "problems": (problem,)}, ()
        facts = parsed.facts()
        left_out = missing_reviews(parsed.review_count, len(parsed.reviews), 0, _MORE)
        facts["problems"] = (*facts["problems"], *left_out)
        number = parsed.listing_id or self._digest[:_DIGITS]
        return {**facts, "id": f"airbnb-{number}"}, parsed.reviews

    def _facts(self, title: str) -> dict[str, Any]:
        return {"source": self.name, "origin": str(self._path), "title": self._title or title}


class _Importer:
    """Photos of a ZIP, one after the other: unpacked under a name of our own, looked at, put away."""

    def __init__(self, packed: BoundedZip, folder: Path) -> None:
        from scrapers.photos import PhotoImporter

        self._packed, self._folder = packed, folder
        self._known = set(packed.names)
        self._importer = PhotoImporter(folder)
        self._missing: list[Problem] = []

    @property
    def photos(self) -> tuple[Photo, ...]:
        return self._importer.photos

    @property
    def problems(self) -> tuple[Problem, ...]:
        return (*self._importer.problems, *self._missing)

    def id_of(self, name: str) -> str | None:
        return self._importer.id_of(name)

    def take(self, names: Sequence[str], report: Report) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        incoming = self._folder / "incoming"
        for index, name in enumerate(names):
            report(index / len(names), f"Reading photo {index + 1} of {len(names)}")
            if name not in self._known or not name.startswith(PHOTOS):
                self._missing.append(Problem(subject=name, message="is not in the ZIP; left out"))
                continue
            self._packed.extract(name, incoming)
            self._importer.add(incoming, name)
            incoming.unlink()


def _like(photo: Photo, given: Photo | None) -> Photo:
    """A photo that was read anew, with what was known of it."""
    if given is None:
        return photo
    kept = given.model_dump(exclude={"id", "file", "width_px", "height_px"}, exclude_none=True)
    if "focal_px" in kept:
        kept["focal_px"] *= photo.width_px / given.width_px
    return photo.model_copy(update=kept)


def _rooms(photos: Sequence[HandedPhoto], importer: _Importer) -> tuple[RoomPhotos, ...]:
    """The rooms that the manifest names, in its order; photos of no room are loose, and come last."""
    members: dict[str, list[str]] = {}
    for photo in photos:
        members.setdefault((photo.room or "").strip(), []).append(photo.file)
    loose = members.pop("", [])
    placed: set[str] = set()
    rooms = [Room(name, _new(files, placed, importer)) for name, files in members.items()]
    rooms.append(Room(_BESIDE_ROOMS if rooms else _LOOSE, _new(loose, placed, importer), named=False))
    return room_photos(rooms, importer.id_of)


def _new(files: Sequence[str], placed: set[str], importer: _Importer) -> tuple[str, ...]:
    """Files whose photo is in no room yet."""
    new = []
    for file in files:
        photo_id = importer.id_of(file)
        if photo_id is not None and photo_id not in placed:
            placed.add(photo_id)
            new.append(file)
    return tuple(new)


def _manifest(packed: BoundedZip, name: str) -> Manifest:
    manifest = _part(packed, MANIFEST, Manifest, name, _MANIFEST_BYTES)
    if manifest.version > VERSION:
        raise UnsupportedSource(f"{name} was made by a newer ShowRoom.", "Update ShowRoom, and give it again.")
    return manifest


def _part(packed: BoundedZip, entry: str, kind: type[Part], name: str, most_bytes: int = 60_000_000) -> Part:
    try:
        return kind.model_validate_json(packed.read(entry, most_bytes))
    except KeyError as error:
        raise UnsupportedSource(f"{name} holds no {entry}.", "Save the listing again.") from error
    except (ValidationError, ValueError, RecursionError) as error:
        told = error.errors()[0] if isinstance(error, ValidationError) else {"loc": (), "msg": "no JSON"}
        where = ".".join(map(str, told["loc"])) or entry
        raise UnsupportedSource(
            f"{entry} in {name} cannot be read ({where}: {told['msg']}).", "Save it again."
        ) from error
