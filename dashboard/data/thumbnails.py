"""Small copies of photos, made once and kept on disk."""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from pathlib import Path

from PIL import Image, ImageOps

from pipeline.store import Store

WIDTHS_PX = (160, 320, 640, 1280)
PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
_QUALITY = 84


def folder(store: Store) -> Path:
    """Where small copies are kept."""
    return store.settings.data / "cache" / "thumbs"


def thumbnail(store: Store, key: str, name: str, width_px: int) -> Path:
    """A JPEG of the photo ``name`` of the listing stored under ``key``, at most ``width_px`` wide.

    Raises:
        KeyError: no such photo, or a width that is not offered.
    """
    if width_px not in WIDTHS_PX:
        raise KeyError(f"photos are offered in widths of {WIDTHS_PX} pixels, not {width_px}")
    if Path(name).suffix.lower() not in PHOTO_SUFFIXES:
        raise KeyError(f"{name!r} is not a photo")
    photo = store.file(key, name)
    digest = hashlib.sha256(name.encode()).hexdigest()[:20]
    target = folder(store) / key / f"{digest}-{width_px}.jpg"
    if not target.exists():
        _write(photo, target, width_px)
    return target


def _write(photo: Path, target: Path, width_px: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    staged = target.with_name(f".{os.getpid()}-{uuid.uuid4().hex}.jpg")
    try:
        with Image.open(photo) as image:
            image.draft("RGB", (2 * width_px, 2 * width_px))
            upright = ImageOps.exif_transpose(image).convert("RGB")
        upright.thumbnail((width_px, 4 * width_px), Image.Resampling.LANCZOS)
        upright.save(staged, "JPEG", quality=_QUALITY, optimize=True)
        staged.replace(target)
    except OSError as error:
        raise KeyError(f"{photo.name!r} cannot be read as a photo") from error
    finally:
        staged.unlink(missing_ok=True)


def clean(store: Store) -> int:
    """Delete the small copies of listings that are no longer stored and return the freed bytes."""
    freed = 0
    for place in folder(store).glob("*"):
        if not store.artefacts.has(place.name):
            freed += sum(path.stat().st_size for path in place.iterdir())
            shutil.rmtree(place)
    return freed
