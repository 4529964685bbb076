"""The listing and its parts: plain, validated, immutable, serialisable.

A field that is ``None`` means one of two things, and :meth:`Listing.status` tells them apart: the source
said that there is *none* (the field has an entry in ``provenance``), or the source did not say (*absent*).
Nothing is guessed. Reviewer names and other personal data have no field, so they cannot be stored.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

FieldStatus = Literal["present", "none", "absent"]
DatePrecision = Literal["day", "week", "month", "year"]
Rating = Annotated[float, Field(ge=0, le=5)]
LISTING_FILE = "listing.json"
#: the facts that people compare, in reading order; each is present, none or absent (:meth:`Listing.status`)
COMPARED = (
    *("property_type", "room_type", "neighbourhood", "person_capacity", "bedrooms", "beds", "bathrooms"),
    *("beds_by_room", "price", "price_details", "rating", "review_count", "category_ratings", "star_shares"),
    *("guest_favourite", "review_tags", "highlights", "amenities", "check_in", "check_out", "house_rules"),
    *("cancellation", "minimum_nights", "availability", "host", "has_licence", "neighbourhood_text"),
)


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Photo(_Record):
    """One photo of the listing, upright and readable, stored beside ``listing.json``.

    Attributes:
        id: first 16 hex digits of the SHA-256 of the original bytes.
        file: POSIX path relative to the folder of ``listing.json``.
        width_px, height_px: size as stored (after EXIF rotation).
        focal_px: focal length at the stored size, from EXIF; ``None`` where EXIF does not tell.
        camera: camera make and model from EXIF, to share intrinsics between photos of one camera.
        original: name under which the source knew the file (or its URL).
        caption: text that the host wrote under the photo.
        label: what the page calls it, for example ``Bedroom image 2``.
    """

    id: str
    file: str
    width_px: int = Field(gt=0)
    height_px: int = Field(gt=0)
    focal_px: float | None = Field(default=None, gt=0)
    camera: str | None = None
    original: str | None = None
    caption: str | None = None

    @field_validator("file")
    @classmethod
    def _stays_inside(cls, value: str) -> str:
        path = PurePosixPath(value)
        if path.is_absolute() or ".." in path.parts:
            raise ValueError(f"photo file {value!r} must be a relative path inside the listing's folder")
        return value


class RoomPhotos(_Record):
    """The photos that show one room, in the order of the source.

    Attributes:
        id: URL-safe and unique within the listing, for example ``living-room``.
        name: as the source calls the room.
        grouped: whether the source named the room; ``False`` for loose photos.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    name: str
    photo_ids: tuple[str, ...]
    grouped: bool = True


class Review(_Record):
    """One review: original text, never the reviewer.

    Attributes:
        id: as given by the source, else a digest of the content.
        text: original text, line breaks as ``\\n``, entities resolved.
        language: BCP 47 code as given by the source.
        translation: the source's own translation, shown beside the original.
        date: day of the review; the first day of a month or year that is all the source names.
        date_precision: what ``date`` stands for: that day, or the week, month or year around it.
        rating: stars, 1 to 5, half stars from ten-point scales included.
        response: the host's public answer.
        response_translation: the source's own translation of it.
    """

    id: str
    text: str
    language: str | None = None
    translation: str | None = None
    date: dt.date | None = None
    date_precision: DatePrecision = "day"
    rating: Rating | None = None
    response: str | None = None
    response_translation: str | None = None


class ReviewTag(_Record):
    """A topic that the platform itself counts in the reviews."""

    name: str
    count: int | None = None


class PriceLine(_Record):
    """One line of a price as the source shows it, for example a cleaning fee."""

    label: str
    amount: str


class PriceDetails(_Record):
    """What a price is for. A price without dates is not one to compare, so it says which.

    Attributes:
        total: amount to pay for the whole time, in ``currency``.
        per_night: amount for one night, in ``currency``.
        currency: ISO 4217 code.
        nights: how many the total is for.
        check_in, check_out: the days that were asked for.
        lines: how the total comes about: nights, fees, taxes, discounts.
    """

    total: float | None = Field(default=None, ge=0)
    per_night: float | None = Field(default=None, ge=0)
    currency: str | None = Field(default=None, pattern=r"^[A-Z]{3}$")
    nights: int | None = Field(default=None, ge=1)
    check_in: dt.date | None = None
    check_out: dt.date | None = None
    lines: tuple[PriceLine, ...] = ()


class Availability(_Record):
    """Of how many days the source shows, how many are free.

    Attributes:
        first, last: the days that it shows, where it names them.
    """

    days: int = Field(ge=1)
    free: int = Field(ge=0)
    first: dt.date | None = None
    last: dt.date | None = None


class Host(_Record):
    """What the source says about the host; no name, no picture, no number.

    Attributes:
        since: year in which the host began.
        years, months: time as a host.
        response_rate: share of 1.
        response_time: as the source words it.
        co_hosts: how many there are.
        reviews, rating: of all the host's listings.
    """

    superhost: bool | None = None
    verified: bool | None = None
    since: int | None = None
    years: int | None = Field(default=None, ge=0)
    months: int | None = Field(default=None, ge=0)
    response_rate: float | None = Field(default=None, ge=0, le=1)
    response_time: str | None = None
    co_hosts: int | None = Field(default=None, ge=0)
    reviews: int | None = Field(default=None, ge=0)
    rating: Rating | None = None
    listings: int | None = Field(default=None, ge=0)


class BedsOfRoom(_Record):
    """The beds of one room, in the source's words ("1 queen bed")."""

    room: str
    beds: str


class Problem(_Record):
    """Something that was left out or could not be read, by name, so that nothing is lost silently."""

    subject: str
    message: str


class Listing(_Record):
    """Everything known about one listing, whichever way it came in.

    Attributes:
        id: stable and URL-safe; the same source gives the same id.
        source: ``demo``, ``folder``, ``inside-airbnb``, ``airbnb``, ``saved-page``...
        origin: where it was read from, as the user gave it (path or URL).
        synthetic: whether photos and reviews were invented; shown wherever the listing is shown.
        attribution: credit that the data's licence asks for.
        category_ratings: the platform's stars by category, for example ``{"cleanliness": 4.9}``.
        review_count: how many reviews the source says there are (``reviews`` may hold fewer).
        price: as the source shows it; ``price_details`` say what it is for.
        beds_by_room: the beds of each room of the tour.
        check_in, check_out: when, in the source's words ("Check-in after 3:00 PM").
        house_rules, highlights: in the source's words.
        cancellation: the policy's name or sentence.
        minimum_nights: shortest time to book.
        guest_favourite: whether the platform gives it that badge.
        star_shares: share of the reviews (of 1) by stars, "1" to "5".
        neighbourhood_text: what the page says about the surroundings.
        has_licence: whether a licence or registration number is shown; the number is not stored.
        provenance: field name to the evidence that supplied it.
        problems: files and rows that were left out, with the reason.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    source: str
    origin: str
    title: str
    synthetic: bool = False
    attribution: str | None = None
    url: str | None = None
    description: str | None = None
    neighbourhood: str | None = None
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    property_type: str | None = None
    room_type: str | None = None
    person_capacity: int | None = Field(default=None, ge=0)
    bedrooms: float | None = Field(default=None, ge=0)
    beds: float | None = Field(default=None, ge=0)
    bathrooms: float | None = Field(default=None, ge=0)
    price: str | None = None
    amenities: tuple[str, ...] | None = None
    rating: Rating | None = None
    review_count: int | None = Field(default=None, ge=0)
    category_ratings: dict[str, Rating] | None = None
    star_shares: dict[str, Annotated[float, Field(ge=0, le=1)]] | None = None
    guest_favourite: bool | None = None
    price_details: PriceDetails | None = None
    beds_by_room: tuple[BedsOfRoom, ...] | None = None
    check_in: str | None = None
    check_out: str | None = None
    house_rules: tuple[str, ...] | None = None
    cancellation: str | None = None
    minimum_nights: int | None = Field(default=None, ge=1)
    availability: Availability | None = None
    host: Host | None = None
    highlights: tuple[str, ...] | None = None
    neighbourhood_text: str | None = None
    has_licence: bool | None = None
    review_tags: tuple[ReviewTag, ...] | None = None
    photos: tuple[Photo, ...] = ()
    rooms: tuple[RoomPhotos, ...] = ()
    reviews: tuple[Review, ...] = ()
    provenance: dict[str, str] = Field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        known = [photo.id for photo in self.photos]
        if len(set(known)) != len(known):
            raise ValueError("two photos of a listing share an id")
        missing = {p for room in self.rooms for p in room.photo_ids} - set(known)
        if missing:
            raise ValueError(f"rooms refer to unknown photos: {sorted(missing)}")
        room_ids = [room.id for room in self.rooms]
        if len(set(room_ids)) != len(room_ids):
            raise ValueError("two rooms of a listing share an id")
        unknown = set(self.provenance) - set(type(self).model_fields)
        if unknown:
            raise ValueError(f"provenance names unknown fields: {sorted(unknown)}")
        return self

    def status(self, field: str) -> FieldStatus:
        """Tell whether ``field`` is present, known to be empty (*none*), or unknown (*absent*)."""
        if field not in type(self).model_fields:
            raise KeyError(f"a Listing has no field {field!r}")
        if getattr(self, field) not in (None, (), {}):
            return "present"
        return "none" if field in self.provenance else "absent"

    def photo(self, photo_id: str) -> Photo:
        """The photo with this id; ``KeyError`` if the listing has none such."""
        for photo in self.photos:
            if photo.id == photo_id:
                return photo
        raise KeyError(f"listing {self.id!r} has no photo {photo_id!r}")

    def save(self, folder: Path) -> Path:
        """Write ``listing.json`` into ``folder`` (where its photos lie) and return its path."""
        path = folder / LISTING_FILE
        path.write_text(self.model_dump_json(indent=1), encoding="utf-8")
        return path

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read the ``listing.json`` of ``folder``; pydantic's ``ValidationError`` if it does not fit."""
        return cls.model_validate_json((folder / LISTING_FILE).read_text(encoding="utf-8"))
