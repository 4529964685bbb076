"""Photo intake: whatever a phone or a website writes becomes an upright sRGB JPEG without metadata.

One photo is in memory at a time. What cannot be used is left out, by name and with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from scrapers.digests import digest_of_file
from scrapers.listing import Photo, Problem
from scrapers.pictures import (
    DECODE_ERRORS,
    MIN_EDGE_PX,
    Refused,
    check,
    encode_upright,
    is_panorama,
    open_picture,
    read_exif,
)
from scrapers.source import Report, silent

PHOTOS_FOLDER = "photos"
MAX_EDGE_PX = 3072
_ID_DIGITS = 16
_THUMBNAIL_SIDE_PX = 32
#: a re-encoded or resized copy differs from the original by less than this (of 255), a moved camera by more
_MAX_MEAN_DIFFERENCE, _MAX_DIFFERENCE = 1.6, 14
_MAX_ASPECT_DIFFERENCE = 0.02


@dataclass(frozen=True)
class _Look:
    """What a picture looks like: a small thumbnail (RGB, row by row) and its aspect ratio."""

    thumbnail: bytes
    mean: float
    aspect: float

    def is_same_picture(self, other: _Look) -> bool:
        """Whether one is a re-encoded or resized copy of the other; neighbouring views are not."""
        if abs(self.aspect / other.aspect - 1) > _MAX_ASPECT_DIFFERENCE:
            return False
        if abs(self.mean - other.mean) > _MAX_MEAN_DIFFERENCE:
            return False
        gaps = [abs(a - b) for a, b in zip(self.thumbnail, other.thumbnail, strict=True)]
        return max(gaps) <= _MAX_DIFFERENCE and sum(gaps) / len(gaps) <= _MAX_MEAN_DIFFERENCE


@dataclass(frozen=True)
class _Kept:
    photo: Photo
    name: str
    look: _Look
    original_pixels: int


def import_photos(
    files: Sequence[Path], folder: Path, report: Report = silent, *, root: Path | None = None
) -> tuple[tuple[Photo, ...], tuple[Problem, ...]]:
    """Import ``files`` into ``folder/photos`` and say what was left out and why.

    Args:
        files: photos in the order they are to have.
        folder: the listing's folder; ``Photo.file`` is relative to it.
        report: called before each file; may raise to stop. A second call continues.
        root: names in ``Photo.original`` and ``Problem.subject`` are relative to it (default: file names).
    """
    importer = PhotoImporter(folder)
    names = [path.name if root is None else path.relative_to(root).as_posix() for path in files]
    importer.add_all(list(zip(names, files, strict=True)), report)
    return importer.photos, importer.problems


class PhotoImporter:
    """Takes in photos one by one; knows which of them show the same picture.

    Args:
        folder: the listing's folder; photos are written to ``photos/<id>.jpg`` below it.
        max_edge_px: longer photos are made smaller.
    """

    def __init__(self, folder: Path, max_edge_px: int = MAX_EDGE_PX) -> None:
        if max_edge_px < MIN_EDGE_PX:
            raise ValueError(f"max_edge_px must be at least {MIN_EDGE_PX}, not {max_edge_px}")
        self._folder = folder
        self._max_edge_px = max_edge_px
        self._kept: list[_Kept] = []
        self._problems: list[Problem] = []
        self._ids: dict[str, str] = {}

    @property
    def photos(self) -> tuple[Photo, ...]:
        """The photos kept so far, in the order they were added."""
        return tuple(kept.photo for kept in self._kept)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was left out so far, by name, with the reason."""
        return tuple(self._problems)

    def id_of(self, name: str) -> str | None:
        """The photo that stands for the file ``name`` (itself, or the copy that was kept), if any."""
        return self._ids.get(name)

    def add_all(self, files: Sequence[tuple[str, Path]], report: Report = silent) -> None:
        """:meth:`add` every (name, path), reporting before each."""
        for index, (name, path) in enumerate(files):
            report(index / len(files), f"Reading photo {index + 1} of {len(files)}: {name}")
            self.add(path, name)

    def add(self, path: Path, name: str) -> None:
        """Import one file, or note under ``name`` why it is left out.

        Raises:
            OSError: if the photo cannot be *written*.
        """
        try:
            photo_id = digest_of_file(path)[:_ID_DIGITS]
        except OSError as error:
            self._note(name, f"cannot be read ({error.strerror or error}); left out")
            return
        for kept in self._kept:
            if kept.photo.id == photo_id:
                self._note(name, f"is the same file as {kept.name!r}; left out")
                self._ids[name] = photo_id
                return
        try:
            self._keep(self._import(path, name, photo_id))
        except Refused as reason:
            self._note(name, f"{reason}; left out")

    def _import(self, path: Path, name: str, photo_id: str) -> _Kept:
        file = f"{PHOTOS_FOLDER}/{photo_id}.jpg"
        stored = self._folder / file
        with open_picture(path) as image:
            check(image, self._max_edge_px, path.stat().st_size)
            original_px = image.size
            capture, warning = read_exif(image)
            if not _is_readable(stored):
                _write(stored, encode_upright(image, path, capture.orientation, self._max_edge_px))
            if image.format in ("GIF", "WEBP", "PNG") and getattr(image, "is_animated", False):
                self._note(name, "is animated; only its first frame is used")
        if warning:
            self._note(name, warning)
        if is_panorama(original_px):
            self._note(name, "is a panorama: what it shows is bent, and its room may be, too")
        width_px, height_px, look = _look_at(stored)
        focal_px = capture.focal_px
        photo = Photo(
            id=photo_id,
            file=file,
            width_px=width_px,
            height_px=height_px,
            focal_px=focal_px and focal_px * max(width_px, height_px) / max(original_px),
            camera=capture.camera,
            original=name,
        )
        return _Kept(photo, name, look, original_px[0] * original_px[1])

    def _keep(self, new: _Kept) -> None:
        """Add ``new`` unless a picture like it is there; of two copies the larger one stays."""
        old = next((kept for kept in self._kept if kept.look.is_same_picture(new.look)), None)
        self._ids[new.name] = new.photo.id
        if old is None:
            self._kept.append(new)
            return
        if old.original_pixels >= new.original_pixels:
            kept, dropped = old, new
            self._note(new.name, f"shows the same picture as {old.name!r}; left out")
        else:
            kept, dropped = new, old
            self._kept[self._kept.index(old)] = new
            self._note(old.name, f"shows the same picture as {new.name!r}, which is larger; left out")
        (self._folder / dropped.photo.file).unlink()
        self._ids = {n: kept.photo.id if i == dropped.photo.id else i for n, i in self._ids.items()}

    def _note(self, name: str, message: str) -> None:
        self._problems.append(Problem(subject=name, message=message))


def _is_readable(stored: Path) -> bool:
    """Whether a finished photo lies there from an earlier run."""
    if not stored.is_file():
        return False
    try:
        with Image.open(stored, formats=("JPEG",)):
            return True
    except DECODE_ERRORS:
        return False


def _write(target: Path, data: bytes) -> None:
    """Write so that a file under its final name is always whole."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    part.write_bytes(data)
    part.replace(target)


def _look_at(stored: Path) -> tuple[int, int, _Look]:
    """Width, height and look of a photo; taken from the stored file so that a resumed run agrees."""
    with Image.open(stored, formats=("JPEG",)) as image:
        width_px, height_px = image.size
        image.draft("RGB", (4 * _THUMBNAIL_SIDE_PX, 4 * _THUMBNAIL_SIDE_PX))
        small = image.resize((_THUMBNAIL_SIDE_PX, _THUMBNAIL_SIDE_PX), Image.Resampling.BILINEAR)
    thumbnail = small.convert("RGB").tobytes()
    return width_px, height_px, _Look(thumbnail, sum(thumbnail) / len(thumbnail), width_px / height_px)
