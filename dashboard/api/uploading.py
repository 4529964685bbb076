"""What was uploaded becomes something to analyse: looked at, then kept under a name made of its content."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from dashboard.api.bodies import refused
from dashboard.api.multipart import Part, Parts
from dashboard.api.problems import Refused
from dashboard.data import MAX_PHOTOS, safe_name
from pipeline.api import shapes
from pipeline.version import VERSION
from scrapers.airbnb.saved import SavedPageSource
from scrapers.digests import digest_of, digest_of_file
from scrapers.errors import CollectError
from scrapers.handed import pack_listing
from scrapers.intake.accepted import PHOTO_TYPES, REVIEW_TYPES, WHOLE_TYPES
from scrapers.intake.understand import outline
from scrapers.listing import Listing, Review
from scrapers.photos import MAX_EDGE_PX
from scrapers.pictures import DECODE_ERRORS, check, open_picture
from scrapers.pictures import Refused as NoPhoto
from scrapers.sources import resolve

_DIGITS = 16
_ROOMS = TypeAdapter(dict[shapes.Name, list[str]])
_OPTIONS = TypeAdapter(shapes.Options)
#: a payload's listing says no time of its own: same listing, same bytes
_NO_TIME = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
FIELDS = frozenset({"options", "rooms", "photos", "reviews", "archive"})


@contextmanager
def incoming(uploads: Path) -> Iterator[Path]:
    """A folder for what comes in; it goes with whatever was not kept."""
    folder = uploads / f".incoming-{uuid.uuid4().hex}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def options_of(parts: Parts) -> shapes.Options:
    """The field ``options``."""
    try:
        return _OPTIONS.validate_json(parts.fields.get("options") or "{}")
    except ValidationError as error:
        raise refused(error) from error


def keep_parts(uploads: Path, parts: Parts) -> tuple[str, str | None]:
    """Keep uploaded photos, reviews or a ZIP.

    Returns:
        What to analyse, and the reviews file to go with it, if any.

    Raises:
        Refused: nothing to keep, or something that cannot be what it says.
    """
    unknown = sorted({*parts.fields, *(part.field for part in parts.files)} - FIELDS)
    if unknown:
        raise Refused(422, f"There is no field {unknown[0][:80]!r}; there are {', '.join(sorted(FIELDS))}.")
    photos = [part for part in parts.files if part.field == "photos"]
    reviews = [part for part in parts.files if part.field == "reviews"]
    archives = [part for part in parts.files if part.field == "archive"]
    if archives:
        if len(parts.files) > 1:
            raise Refused(422, "A ZIP or a saved page goes alone: it holds its own photos and reviews.")
        _check_kind(archives[0], WHOLE_TYPES)
        return keep_whole(uploads, archives[0].path, Path(safe_name(archives[0].name)).suffix), None
    if not photos and not reviews:
        raise Refused(422, "Send at least one photo, a reviews file, or a ZIP.")
    if len(reviews) > 1 or len(photos) > MAX_PHOTOS:
        raise Refused(422, f"At most {MAX_PHOTOS} photos and one reviews file make a listing.")
    for part in photos:
        _check_photo(part)
    for part in reviews:
        _check_kind(part, REVIEW_TYPES)
    return _keep_folder(uploads, photos, reviews, _rooms(parts, photos))


def keep_whole(uploads: Path, path: Path, suffix: str = ".zip") -> str:
    """Keep a ZIP or a saved page that holds a listing; what it holds is looked at before."""
    named = path.with_name(f"{path.name}{suffix}")
    path.replace(named)
    try:
        source = resolve(str(named), cache=named.parent)
        if isinstance(source, SavedPageSource):
            outline(source, str(named))
    except CollectError as error:
        told = error.message.replace(named.name, "The ZIP" if suffix == ".zip" else "The page")
        raise Refused(422, f"{told} {error.advice}") from error
    target = uploads / f"upload-{digest_of_file(named)[:_DIGITS]}"
    target.mkdir(parents=True, exist_ok=True)
    named.replace(target / f"listing{suffix}")
    return str(target / f"listing{suffix}")


def keep_listing(uploads: Path, given: shapes.GivenListing) -> str:
    """Keep a listing that a request held as JSON."""
    facts = given.model_dump(exclude={"reviews"}, exclude_none=True)
    digest = digest_of(given.model_dump_json())[:_DIGITS]
    reviews: dict[str, Review] = {}
    for number, one in enumerate(given.reviews):
        review_id = one.id or digest_of(one.text, str(one.date), str(number))[:_DIGITS]
        reviews.setdefault(review_id, Review(**{**one.model_dump(), "id": review_id}))
    listing = Listing(
        id=f"given-{digest_of(given.url or given.title)[:_DIGITS]}",
        source="given",
        origin=given.url or "a request",
        reviews=tuple(reviews.values()),
        provenance=dict.fromkeys([*facts, "reviews"], "request"),
        **facts,
    )
    target = uploads / f"upload-{digest}"
    target.mkdir(parents=True, exist_ok=True)
    pack_listing(listing, target, target / "listing.zip", f"ShowRoom {VERSION}", _NO_TIME)
    return str(target / "listing.zip")


def _check_kind(part: Part, kinds: Sequence[str]) -> None:
    suffix = Path(safe_name(part.name)).suffix.lstrip(".")
    if suffix not in kinds:
        raise Refused(415, f"{_short(part.name)} is not one of {', '.join(kinds)}.")
    if not part.bytes:
        raise Refused(422, f"{_short(part.name)} is empty.")


def _check_photo(part: Part) -> None:
    """By what it holds, not by what it is called; nothing is decoded yet."""
    _check_kind(part, PHOTO_TYPES)
    try:
        with open_picture(part.path) as image:
            check(image, MAX_EDGE_PX, part.path.stat().st_size)
    except NoPhoto as error:
        raise Refused(422, f"{_short(part.name)} {error}.") from error
    except DECODE_ERRORS as error:
        raise Refused(422, f"{_short(part.name)} is not a photo that can be read.") from error


def _short(name: str) -> str:
    return repr(name[:80])


def _rooms(parts: Parts, photos: Sequence[Part]) -> dict[str, list[str]]:
    """Which photos show which room, by the names that the client gave them."""
    try:
        rooms = _ROOMS.validate_json(parts.fields.get("rooms") or "{}")
    except ValidationError as error:
        raise refused(error) from error
    unknown = {name for names in rooms.values() for name in names} - {photo.name for photo in photos}
    if unknown:
        raise Refused(422, f"rooms: there is no photo {_short(min(unknown))} in the upload.")
    return rooms


def _keep_folder(
    uploads: Path, photos: Sequence[Part], reviews: Sequence[Part], rooms: dict[str, list[str]]
) -> tuple[str, str | None]:
    digest = hashlib.sha256(json.dumps(rooms, sort_keys=True).encode())
    for part in (*photos, *reviews):
        digest.update(f"{part.field}\0{part.name}\0{digest_of_file(part.path)}".encode("utf-8", "replace"))
    target = uploads / f"upload-{digest.hexdigest()[:_DIGITS]}"
    names: dict[str, list[str]] = {}
    for number, part in enumerate(photos):
        names.setdefault(part.name, []).append(f"{number:03d}-{safe_name(part.name, 'photo')}")
    if not target.exists():
        _move(target, photos, reviews, {room: [n for p in ps for n in names[p]] for room, ps in rooms.items()})
    kept = sorted((target / "reviews").glob("*"))
    file = str(kept[0]) if kept else None
    return (str(target / "photos"), file) if photos else (str(file), None)


def _move(target: Path, photos: Sequence[Part], reviews: Sequence[Part], rooms: dict[str, list[str]]) -> None:
    staged = target.with_name(f".{uuid.uuid4().hex}")
    (staged / "photos").mkdir(parents=True)
    for number, part in enumerate(photos):
        part.path.replace(staged / "photos" / f"{number:03d}-{safe_name(part.name, 'photo')}")
    if rooms:
        (staged / "photos" / "rooms.json").write_text(json.dumps(rooms), encoding="utf-8")
    for part in reviews:
        (staged / "reviews").mkdir()
        part.path.replace(staged / "reviews" / safe_name(part.name, "reviews"))
    try:
        staged.rename(target)
    except OSError:  # another request was faster with the same files
        shutil.rmtree(staged)
