"""The bundled demo listing: invented reviews, and photos of rooms that only ``tools/demo_renderer`` knows."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from scrapers.errors import BadReviewsFile
from scrapers.folder import FolderSource
from scrapers.listing import Listing, Photo, Review, RoomPhotos
from scrapers.source import Report, silent

#: raise this when anything changes the facts
VERSION = "3"
FOLDER = Path(__file__).parent
REVIEWS_NAME = "reviews.json"
PHOTOS_NAME = "photos"
CAPTION = "Synthetic photo, rendered by ShowRoom"
TITLE = "Linden Loft (synthetic demo)"
DESCRIPTION = (
    "This listing is synthetic: the flat, its photos and its reviews were made up by ShowRoom to show what "
    "ShowRoom does.\n\n"
    "Linden Loft is a bright two-room flat on the second floor of an old town house (no lift). The living "
    "room has tall windows over the linden trees and the tram line, a brick wall, a wall of books and a "
    "sofa bed for two more guests; when trams pass you hear them on that side. The bedroom with its 160 cm "
    "bed lies to the quiet courtyard. The kitchen is small but has all that you need for breakfast. The "
    "river market, bakeries and the tram stop are a few steps away. New, faster wifi since spring 2025. "
    "Your host answers quickly."
)
AMENITIES = (
    "Wifi", "Kitchen", "Heating", "Sofa bed", "TV", "Books and reading material", "Dedicated workspace",
    "Wardrobe", "Bed linen", "Washing machine", "Coffee maker", "Hair dryer", "Courtyard view",
)  # fmt: skip


class DemoSource:
    """The demo listing as a :class:`scrapers.source.Source`.

    Its photos come in by the same road as a guest's own: size, focal length and camera are what EXIF says.

    Args:
        folder: holds ``photos/`` (with a ``rooms.json``) and ``reviews.json``, a list of reviews in the fields
            of :class:`scrapers.listing.Review`.

    Raises:
        SourceNotFound: there are no photos.
    """

    name = "demo"

    def __init__(self, folder: Path = FOLDER) -> None:
        self._photos = FolderSource(folder / PHOTOS_NAME)
        self._reviews_file = folder / REVIEWS_NAME

    def fingerprint(self) -> str:
        """Digest of the version, the photos and the reviews."""
        digest = hashlib.sha256(f"{VERSION} {self._photos.fingerprint()}".encode())
        digest.update(self._review_bytes())
        return digest.hexdigest()

    def collect(self, folder: Path, report: Report = silent) -> Listing:
        """Copy the photos to ``photos/`` below ``folder``.

        Raises:
            BadReviewsFile: the reviews are missing or do not fit :class:`scrapers.listing.Review`.
            EmptySource: none of the photos can be read.
        """
        reviews = self._reviews()
        taken = self._photos.collect(folder, report)
        ordered = [taken.photo(photo_id) for room in taken.rooms for photo_id in room.photo_ids]
        photos = tuple(photo.model_copy(update={"caption": CAPTION}) for photo in ordered)
        return _listing(photos, taken.rooms, reviews)

    def _review_bytes(self) -> bytes:
        try:
            return self._reviews_file.read_bytes()
        except OSError as error:
            raise BadReviewsFile(
                f"The demo's reviews cannot be read: {error}.", "Install ShowRoom again."
            ) from error

    def _reviews(self) -> tuple[Review, ...]:
        try:
            return TypeAdapter(tuple[Review, ...]).validate_json(self._review_bytes())
        except ValidationError as error:
            raise BadReviewsFile(
                f"{self._reviews_file.name} does not hold reviews: {error.error_count()} problems, first "
                f"{error.errors()[0]['loc']}: {error.errors()[0]['msg']}.",
                "It must be a JSON list of objects with id, text, language, date and rating.",
            ) from error


def _listing(photos: tuple[Photo, ...], rooms: tuple[RoomPhotos, ...], reviews: tuple[Review, ...]) -> Listing:
    ratings = [review.rating for review in reviews if review.rating is not None]
    facts = {
        "title": TITLE,
        "description": DESCRIPTION,
        "neighbourhood": "River Market (invented)",
        "property_type": "Flat",
        "room_type": "Entire home",
        "person_capacity": 4,
        "bedrooms": 1.0,
        "beds": 2.0,
        "bathrooms": 1.0,
        "price": "€112 per night (invented)",
        "amenities": AMENITIES,
        "rating": round(sum(ratings) / len(ratings), 2) if ratings else None,
        "review_count": len(reviews),
        "reviews": reviews,
        "photos": photos,
        "rooms": rooms,
        "attribution": "Photos and reviews: synthetic, made by ShowRoom",
    }
    evidence = dict.fromkeys(facts, "invented for the demo")
    evidence.update(photos="rendered by tools.demo_renderer", rooms="rendered by tools.demo_renderer")
    evidence.update(reviews=REVIEWS_NAME, review_count=REVIEWS_NAME, rating="mean of the invented ratings")
    return Listing.model_validate(
        {"id": "demo", "source": "demo", "origin": "demo", "synthetic": True, "provenance": evidence, **facts}
    )
