"""Keeping what a user uploads: safe names, limits, and one folder per content."""

from __future__ import annotations

import hashlib
import re
import shutil
import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PHOTO_TYPES = ("jpg", "jpeg", "png", "webp", "heic", "heif")
REVIEW_TYPES = ("csv", "json", "gz")
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
    """A kept upload: the folder with photos (by room) and the reviews file, if there is one."""

    folder: Path
    reviews_file: Path | None


def safe_name(name: str, fallback: str = "file") -> str:
    """``name`` without folders, control characters, leading dots, or anything special to a shell or path."""
    plain = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    plain = re.sub(r"[^\w.\- ]", "_", plain).strip(" .")
    stem, dot, suffix = plain.rpartition(".")
    if not dot:
        return plain[:_MAX_NAME] or fallback
    return f"{(stem or fallback)[:_MAX_NAME]}.{suffix[:10].lower()}"


def _check(files: Sequence[Upload], kinds: Sequence[str]) -> None:
    for file in files:
        suffix = Path(safe_name(file.name)).suffix.lstrip(".")
        if suffix not in kinds:
            raise UploadRefused(f"{file.name!r} is not one of {', '.join(kinds)}.")
        if not file.content:
            raise UploadRefused(f"{file.name!r} is empty. Choose the file again.")
        if len(file.content) > MAX_FILE_BYTES:
            raise UploadRefused(f"{file.name!r} is larger than {MAX_FILE_BYTES // 1_000_000} MB.")


def save(folder: Path, photos: Sequence[Upload], reviews: Upload | None, room: str = "") -> SavedUpload:
    """Write the files into ``folder``, under a name made of their content, so the same files come out once.

    Args:
        folder: the settings' uploads folder.
        photos: photos of one room.
        reviews: reviews file, if any.
        room: name of the room that the photos show; loose photos without it.

    Raises:
        UploadRefused: nothing to keep, a wrong kind of file, too many or too large files.
    """
    if not photos and reviews is None:
        raise UploadRefused("Choose at least one photo or a reviews file.")
    if len(photos) > MAX_PHOTOS:
        raise UploadRefused(f"{len(photos)} photos at once are too many; the limit is {MAX_PHOTOS}.")
    _check(photos, PHOTO_TYPES)
    _check([reviews] if reviews else [], REVIEW_TYPES)
    everything = [*photos, *([reviews] if reviews else [])]
    if sum(len(file.content) for file in everything) > MAX_TOTAL_BYTES:
        raise UploadRefused(f"These files are larger than {MAX_TOTAL_BYTES // 1_000_000} MB together.")
    digest = hashlib.sha256(room.encode())
    for file in everything:
        digest.update(hashlib.sha256(file.name.encode()).digest() + hashlib.sha256(file.content).digest())
    target = folder / f"upload-{digest.hexdigest()[:16]}"
    if not target.exists():
        _write(target, photos, reviews, safe_name(room, "room") if room.strip() else "")
    found = sorted((target / "reviews").glob("*")) if reviews else []
    return SavedUpload(target / "photos", found[0] if found else None)


def _write(target: Path, photos: Sequence[Upload], reviews: Upload | None, room: str) -> None:
    staged = target.with_name(f".{uuid.uuid4().hex}")
    place = staged / "photos" / room
    place.mkdir(parents=True)
    for index, photo in enumerate(photos):
        name = safe_name(photo.name, "photo")
        (place / (f"{index:03d}-{name}" if (place / name).exists() else name)).write_bytes(photo.content)
    if reviews is not None:
        (staged / "reviews").mkdir()
        (staged / "reviews" / safe_name(reviews.name, "reviews")).write_bytes(reviews.content)
    if target.exists():
        shutil.rmtree(staged)
    else:
        staged.rename(target)
