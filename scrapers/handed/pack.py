"""From a stored listing to one ZIP."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

from scrapers.handed.manifest import FORMAT, LISTING, MANIFEST, VERSION, Manifest
from scrapers.listing import Listing

#: the earliest time that a ZIP can tell: same listing, same bytes
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def pack_listing(listing: Listing, folder: Path, target: Path, made_by: str, made_at: dt.datetime) -> None:
    """Write a listing with its photos into ``target``. Reviewers' names are in no field, so in no ZIP.

    Args:
        listing: what to pack.
        folder: where its photos lie.
        target: file to write; whole under its name, or not there.
        made_by: program and version.
        made_at: when.
    """
    manifest = Manifest(
        format=FORMAT,
        version=VERSION,
        made_by=made_by,
        made_at=made_at,
        url=listing.url,
        holds="listing",
        title=listing.title,
    )
    shared = listing.model_copy(update={"origin": listing.url or listing.source})  # paths are nobody's business
    part = target.with_name(f".{target.name}.part")
    try:
        with zipfile.ZipFile(part, "w") as packed:
            _add(packed, MANIFEST, manifest.model_dump_json(indent=1, exclude_none=True).encode())
            _add(packed, LISTING, shared.model_dump_json(indent=1).encode())
            for photo in listing.photos:
                _add(packed, photo.file, (folder / photo.file).read_bytes(), zipfile.ZIP_STORED)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _add(packed: zipfile.ZipFile, name: str, data: bytes, how: int = zipfile.ZIP_DEFLATED) -> None:
    packed.writestr(zipfile.ZipInfo(name, _NO_TIME), data, how)
