"""A listing from a folder of photos, with a reviews file beside them or given apart."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from scrapers.digests import digest_of, digest_of_file
from scrapers.errors import CollectError, EmptySource, SourceNotFound, UnsupportedSource
from scrapers.listing import Listing, Problem
from scrapers.reviews_file import REVIEW_SUFFIXES, read_reviews
from scrapers.rooms import (
    ROOMS_FILE,
    SUBSETS_FILE,
    Room,
    group_into_rooms,
    natural_key,
    read_name_lists,
    read_subset,
    room_photos,
    select,
)
from scrapers.source import Report, Source, silent

PHOTO_SUFFIXES = frozenset(
    (
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".webp", ".heic", ".heif", ".hif", ".avif"),
        *(".tif", ".tiff", ".gif", ".bmp"),
    )
)
REVIEW_FILES = tuple(f"reviews{suffix}" for suffix in REVIEW_SUFFIXES)
MAX_FILES = 20_000
_ID_DIGITS = 12
#: of the progress bar
_REVIEWS_SHARE = 0.1
_SYSTEM_FILES = frozenset(("thumbs.db", "desktop.ini", "ehthumbs.db", "icon\r"))
_SYSTEM_FOLDERS = frozenset(("__macosx", "@eadir", "$recycle.bin"))
#: what Airbnb's data export (and other ones) keeps of people: never a room
_PERSONAL_FOLDERS = frozenset(
    (
        *(
            "ids",
            "id",
            "selfies",
            "selfie",
            "profile",
            "profiles",
            "profile_photos",
            "profile photos",
            "avatars",
        ),
        *("identity", "identity_documents", "government_id", "government_ids", "passport", "passports"),
        *("verification", "verifications", "user_photos", "messages", "message_attachments"),
    )
)
_PHOTO_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*", b"GIF8")
_RAW_SUFFIXES = frozenset((".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".orf", ".rw2", ".pef", ".srw"))
_VIDEO_SUFFIXES = frozenset((".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".3gp"))


@dataclass(frozen=True)
class Scan:
    """What lies in a folder.

    Attributes:
        photos: names of the files that look like photos, relative to the folder, in natural order.
        reviews: names of the reviews files in the folder itself.
        problems: what else lies there.
    """

    photos: tuple[str, ...]
    reviews: tuple[str, ...]
    problems: tuple[Problem, ...]


class FolderSource:
    """Photos in a folder (or one single photo), grouped into rooms, with reviews if there are any.

    Sub-folders or a ``rooms.json`` (``{"Living room": ["a.jpg", ...]}``) name the rooms; loose photos are one
    room. A ``reviews.csv``, ``.tsv``, ``.json`` or ``.jsonl`` (or ``.gz`` of these) in the folder is read.

    Args:
        path: the folder, or one photo.
        reviews: a reviews file from elsewhere, or a source whose listing supplies reviews and facts.
        title: of the listing.
        name: what it is called without one (default: the folder's name).
        subset: entry of the folder's ``subsets.json``; only its photos are taken.
        only: names of photos (path, file name or stem); only these are taken.

    Raises:
        SourceNotFound, UnsupportedSource, BadRoomsFile: if it cannot be what was asked for.
    """

    name = "folder"

    def __init__(
        self,
        path: Path,
        reviews: Path | Source | None = None,
        title: str | None = None,
        *,
        name: str | None = None,
        subset: str | None = None,
        only: Iterable[str] | None = None,
    ) -> None:
        if not path.exists():
            raise SourceNotFound(f"There is no folder {str(path)!r}.", "Check the path.")
        if isinstance(reviews, Path) and not reviews.is_file():
            raise SourceNotFound(f"There is no reviews file {str(reviews)!r}.", "Check the path.")
        self._path = path
        single = not path.is_dir()
        self._root = path.parent if single else path
        self._scan = Scan((path.name,), (), ()) if single else scan_folder(path)
        self._title = title or name or (path.stem if single else path.resolve().name) or "Photos"
        self._has_title = title is not None
        self._reviews = reviews
        if reviews is None and self._scan.reviews:
            self._reviews = self._root / self._scan.reviews[0]
        self._subset = subset
        rooms_file = self._root / ROOMS_FILE
        self._declared = read_name_lists(rooms_file) if rooms_file.is_file() and not single else {}
        self._names = list(self._scan.photos)
        self._problems = [*self._scan.problems, *self._unused_reviews()]
        if subset is not None:
            self._take_only(read_subset(self._root, subset))
        if only is not None:
            self._take_only(only)

    def fingerprint(self) -> str:
        """Digest of the photos' bytes, names and rooms, the reviews and the title; not of where they lie."""
        rooms = repr((sorted(self._declared.items()), self._names, self._problems))
        return digest_of(self.name, self._title, rooms, *self._photo_digests(), self._reviews_digest())

    def collect(self, folder: Path, report: Report = silent) -> Listing:
        """Import the photos into ``folder``, read the reviews; see :meth:`scrapers.source.Source.collect`."""
        from scrapers.photos import PhotoImporter

        def report_photos(fraction: float, message: str) -> None:
            report(_REVIEWS_SHARE + (1 - _REVIEWS_SHARE) * fraction, message)

        base = self._without_photos(folder, lambda fraction, note: report(_REVIEWS_SHARE * fraction, note))
        importer = PhotoImporter(folder)
        importer.add_all([(name, self._root / name) for name in self._names], report_photos)
        usable = [name for name in self._names if importer.id_of(name) is not None]
        groups, room_problems = group_into_rooms(self._scan.photos, usable, self._declared)
        problems = (*base.problems, *self._problems, *room_problems, *importer.problems)
        if not importer.photos and not base.reviews:
            raise _empty(self._path, problems)
        report(1.0, f"{len(importer.photos)} photos, {len(base.reviews)} reviews")
        content = sorted(self._photo_digests()) if importer.photos else [self._reviews_digest()]
        collected = {
            "id": f"folder-{digest_of(*content)[:_ID_DIGITS]}",
            "photos": importer.photos,
            "rooms": room_photos(groups, importer.id_of),
            "provenance": {**base.provenance, "photos": "folder"},
            "problems": problems,
        }
        return Listing.model_validate(dict(base) | collected)

    @property
    def root(self) -> Path:
        """The folder in which the photos lie."""
        return self._root

    def outline(self) -> tuple[list[Room], Listing, tuple[Problem, ...]]:
        """Rooms by the names of their photos, reviews and facts, and what is left out; no photo is opened."""
        base = self._without_photos(self._root, silent)
        groups, room_problems = group_into_rooms(self._scan.photos, self._names, self._declared)
        return groups, base, (*base.problems, *self._problems, *room_problems)

    def _without_photos(self, folder: Path, report: Report) -> Listing:
        """Title, reviews and facts."""
        origin = str(self._path) if self._subset is None else f"{self._path}#{self._subset}"
        own: dict[str, object] = {"id": "folder", "source": self.name, "origin": origin, "title": self._title}
        if isinstance(self._reviews, Path):
            read = read_reviews(self._reviews, report)
            own |= {"reviews": read.reviews, "problems": read.problems}
            own["provenance"] = {"reviews": self._reviews.name}
        elif self._reviews is not None:
            supplied = self._reviews.collect(folder, report)
            own = dict(supplied) | own | ({} if self._has_title else {"title": supplied.title})
        return Listing.model_validate(own)

    def _take_only(self, wanted: Iterable[str]) -> None:
        self._names, missing = select(self._names, wanted)
        self._problems += [Problem(subject=name, message="was asked for but is not there") for name in missing]

    def _unused_reviews(self) -> list[Problem]:
        used = self._reviews.name if isinstance(self._reviews, Path) else "another source"
        return [
            Problem(subject=name, message=f"is not read: the reviews come from {used}")
            for name in self._scan.reviews
            if self._reviews != self._root / name
        ]

    def _photo_digests(self) -> list[str]:
        digests = []
        for name in self._names:
            try:
                digests.append(digest_of_file(self._root / name))
            except OSError:
                digests.append("unreadable")
        return digests

    def _reviews_digest(self) -> str:
        if self._reviews is None:
            return ""
        return digest_of_file(self._reviews) if isinstance(self._reviews, Path) else self._reviews.fingerprint()


def scan_folder(root: Path) -> Scan:
    """Look through a folder and its sub-folders. Links that lead out of it are not followed.

    Raises:
        UnsupportedSource: if there are too many files for one listing.
    """
    photos: list[str] = []
    reviews: list[str] = []
    problems: list[Problem] = []
    seen = 0
    for parent, folders, files in os.walk(root):
        folders[:] = [f for f in folders if not f.startswith(".") and f.casefold() not in _SYSTEM_FOLDERS]
        problems += _links(root, [Path(parent) / folder for folder in folders])
        personal = [folder for folder in folders if folder.casefold() in _PERSONAL_FOLDERS]
        folders[:] = [folder for folder in folders if folder not in personal]
        problems += [_personal(root, Path(parent) / folder) for folder in personal]
        seen += len(files)
        if seen > MAX_FILES:
            raise UnsupportedSource(
                f"{str(root)!r} holds more than {MAX_FILES} files.", "Give the folder of one listing's photos."
            )
        here, others = _sort_files(root, Path(parent))
        photos += here
        if Path(parent) == root:
            reviews = [name for name in others if name.casefold() in REVIEW_FILES]
        elif not here:
            continue
        problems += [
            Problem(subject=printable(name), message=_why_not(name)) for name in others if name not in reviews
        ]
    order = {name: index for index, name in enumerate(REVIEW_FILES)}
    return Scan(
        tuple(sorted(photos, key=natural_key)),
        tuple(sorted(reviews, key=lambda name: order[name.casefold()])),
        tuple(sorted(problems, key=lambda problem: natural_key(problem.subject))),
    )


def _sort_files(root: Path, parent: Path) -> tuple[list[str], list[str]]:
    """Photos and other files of one folder; what nobody wants to hear of is in neither."""
    photos: list[str] = []
    others: list[str] = []
    inside = root.resolve()
    for path in parent.iterdir():
        name = path.relative_to(root).as_posix()
        if path.name.startswith(".") or path.name.casefold() in _SYSTEM_FILES or not path.is_file():
            continue
        if name in (ROOMS_FILE, SUBSETS_FILE):
            continue
        is_inside = path.resolve().is_relative_to(inside)
        usable = is_inside and is_photo_name(path) and printable(name) == name
        (photos if usable else others).append(name)
    return photos, others


def is_photo_name(path: Path) -> bool:
    """Whether a file is one to try as a photo: by its suffix, or by its first bytes if it has none."""
    if path.suffix:
        return path.suffix.lower() in PHOTO_SUFFIXES
    try:
        with path.open("rb") as stream:
            return stream.read(8).startswith(_PHOTO_MAGIC)
    except OSError:
        return False


def printable(name: str) -> str:
    """A file name as text that can be written down, even if its bytes are not UTF-8."""
    return os.fsencode(name).decode("utf-8", "replace")


def _links(root: Path, folders: Iterable[Path]) -> list[Problem]:
    return [
        Problem(
            subject=printable(folder.relative_to(root).as_posix()), message="is a linked folder; not followed"
        )
        for folder in folders
        if folder.is_symlink()
    ]


def _personal(root: Path, folder: Path) -> Problem:
    name = printable(folder.relative_to(root).as_posix())
    return Problem(subject=name, message="is a folder of personal pictures or messages; not looked into")


def _why_not(name: str) -> str:
    suffix = Path(name).suffix.lower()
    if printable(name) != name:
        return "has a name that is not UTF-8; rename it"
    if suffix in PHOTO_SUFFIXES:
        return "is a link that leads out of the folder; left out"
    if suffix in _RAW_SUFFIXES:
        return "is a camera raw file; export it as JPEG to use it"
    if suffix in _VIDEO_SUFFIXES:
        return "is a video; only photos are read"
    return "is not a photo; left out"


def _empty(path: Path, problems: Iterable[Problem]) -> CollectError:
    reasons = [f"{problem.subject} {problem.message}" for problem in problems]
    details = f" ({'; '.join(reasons[:3])}{'; ...' if len(reasons) > 3 else ''})" if reasons else ""
    return EmptySource(
        f"{str(path)!r} holds neither a usable photo nor a review{details}.",
        "Put photos (JPEG, PNG, WebP, HEIC) into it, or a reviews.csv or reviews.json.",
    )
