"""Keeping what a user uploads: safe names, limits, and one folder per content."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scrapers.intake.accepted import OTHER_TYPES, PHOTO_TYPES
from scrapers.intake.regroup import write_rooms

MAX_FILE_BYTES = 60_000_000
MAX_TOTAL_BYTES = 600_000_000
MAX_PHOTOS = 200
_MAX_NAME = 80


class UploadRefused(ValueError):
    """The upload breaks a limit; the message says which, and what to do."""


@dataclass(frozen=True)
class Upload:
    """One uploaded file as the browser sent it."""

    name: str
    content: bytes


@dataclass(frozen=True)
class SavedUpload:
    """A kept upload: the folder with photos (by room), and the file (or folder of files) with all else."""

    folder: Path
    others: Path | None
    has_photos: bool

    @property
    def origin(self) -> str:
        """What is analysed."""
        return str(self.folder if self.has_photos or self.others is None else self.others)

    @property
    def reviews_file(self) -> str | None:
        """What is read beside the photos."""
        return str(self.others) if self.has_photos and self.others is not None else None


def safe_name(name: str, fallback: str = "file") -> str:
    """``name`` without folders, control characters, leading dots, or anything special to a shell or path."""
    plain = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    plain = re.sub(r"[^\w.\- ]", "_", plain).strip(" .")
    stem, dot, suffix = plain.rpartition(".")
    if not dot:
        return plain[:_MAX_NAME] or fallback
    return f"{(stem or fallback)[:_MAX_NAME]}.{suffix[:10].lower()}"


def is_photo(file: Upload) -> bool:
    """Whether a file is a photo, by its name."""
    return _suffix(file) in PHOTO_TYPES


def _suffix(file: Upload) -> str:
    return Path(safe_name(file.name)).suffix.lstrip(".").lower()


def _check(files: Sequence[Upload]) -> None:
    for file in files:
        if _suffix(file) not in (*PHOTO_TYPES, *OTHER_TYPES):
            raise UploadRefused(f"{file.name!r} is not one of {', '.join((*PHOTO_TYPES, *OTHER_TYPES))}.")
        if not file.content:
            raise UploadRefused(f"{file.name!r} is empty. Choose the file again.")
        if len(file.content) > MAX_FILE_BYTES:
            raise UploadRefused(f"{file.name!r} is larger than {MAX_FILE_BYTES // 1_000_000} MB.")
    if sum(len(file.content) for file in files) > MAX_TOTAL_BYTES:
        raise UploadRefused(f"These files are larger than {MAX_TOTAL_BYTES // 1_000_000} MB together.")


def save(folder: Path, files: Sequence[Upload], room: str = "") -> SavedUpload:
    """Write the files into ``folder``, under a name made of their content, so the same files come out once.

    Args:
        folder: the settings' uploads folder.
        files: photos of one room, and whatever else a source can read.
        room: name of the room that the photos show; loose photos without it.

    Raises:
        UploadRefused: nothing to keep, a wrong kind of file, too many or too large files.
    """
    photos, others = [f for f in files if is_photo(f)], [f for f in files if not is_photo(f)]
    if not files:
        raise UploadRefused("Choose photos, a reviews file, a saved page or a ZIP.")
    if len(photos) > MAX_PHOTOS:
        raise UploadRefused(f"{len(photos)} photos at once are too many; the limit is {MAX_PHOTOS}.")
    _check(files)
    digest = hashlib.sha256(room.encode())
    for file in files:
        digest.update(hashlib.sha256(file.name.encode()).digest() + hashlib.sha256(file.content).digest())
    target = folder / f"upload-{digest.hexdigest()[:16]}"
    if not target.exists():
        _write(target, photos, others, safe_name(room, "room") if room.strip() else "")
    found = sorted((target / "others").glob("*"))
    beside = found[0] if len(found) == 1 else (target / "others" if found else None)
    return SavedUpload(target / "photos", beside, bool(photos))


def keep_rooms(saved: SavedUpload, rooms: Mapping[str, Sequence[str]]) -> Path:
    """Keep rooms that the visitor has named or regrouped, beside the upload; other rooms, another file."""
    digest = hashlib.sha256(json.dumps(list(rooms.items())).encode()).hexdigest()[:16]
    return write_rooms(saved.folder.parent / f"rooms-{digest}.json", rooms)


def _write(target: Path, photos: Sequence[Upload], others: Sequence[Upload], room: str) -> None:
    staged = target.with_name(f".{uuid.uuid4().hex}")
    place = staged / "photos" / room
    place.mkdir(parents=True)
    for index, photo in enumerate(photos):
        name = safe_name(photo.name, "photo")
        (place / (f"{index:03d}-{name}" if (place / name).exists() else name)).write_bytes(photo.content)
    if others:
        (staged / "others").mkdir()
    for index, file in enumerate(others):
        name = safe_name(file.name, "reviews")
        other = staged / "others" / name
        (other.with_name(f"{index:03d}-{name}") if other.exists() else other).write_bytes(file.content)
    if target.exists():
        shutil.rmtree(staged)
    else:
        staged.rename(target)
