"""The bundled demo listing: photos rendered here and now, invented reviews, exact ground truth."""

import hashlib
import json
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from pipeline.progress import Progress
from scrapers.errors import BadReviewsFile
from scrapers.listing import Listing, Photo, Review, RoomPhotos
from scrapers.source import Report, silent

#: raise this when anything changes the pictures or the facts
VERSION = "2"
SEED = 20250601
REVIEWS_FILE = Path(__file__).with_name("reviews.json")
ROOM_NAMES = {"living-room": "Living room", "bedroom": "Bedroom"}
CAMERA_NAME = "ShowRoom synthetic camera"
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

    Args:
        size_px: width and height of the photos.
        samples: samples per pixel, a square number (1, 4, 9); light is sampled in proportion.
        rooms: which rooms to render, of ``living-room`` and ``bedroom``.
        views_per_room: photos of each room.
        reviews_file: JSON list of reviews in the fields of :class:`scrapers.listing.Review`.

    Raises:
        ValueError: an option is out of range; the message says which values are possible.
    """

    name = "demo"

    def __init__(
        self,
        size_px: tuple[int, int] = (1152, 768),
        samples: int = 4,
        rooms: tuple[str, ...] = ("living-room", "bedroom"),
        views_per_room: int = 8,
        reviews_file: Path = REVIEWS_FILE,
    ) -> None:
        if samples not in (1, 4, 9):
            raise ValueError(f"samples is {samples}; take 1 (draft), 4 (default) or 9 (finest)")
        if min(size_px) < 32 or max(size_px) > 4096:
            raise ValueError(f"size_px is {size_px}; both sides must lie between 32 and 4096 pixels")
        if views_per_room < 1 or views_per_room > 60:
            raise ValueError(f"views_per_room is {views_per_room}; take 1 to 60")
        unknown = [room for room in rooms if room not in ROOM_NAMES]
        if unknown or not rooms or len(set(rooms)) != len(rooms):
            raise ValueError(f"rooms is {rooms}; name one or more of {', '.join(ROOM_NAMES)}, each once")
        self._size_px = size_px
        self._samples = samples
        self._rooms = rooms
        self._views = views_per_room
        self._reviews_file = reviews_file

    def fingerprint(self) -> str:
        """Digest of the version, the options and the reviews."""
        options = [VERSION, SEED, *self._size_px, self._samples, *self._rooms, self._views]
        digest = hashlib.sha256(json.dumps(options).encode())
        digest.update(self._review_bytes())
        return digest.hexdigest()

    def collect(self, folder: Path, report: Report = silent) -> Listing:
        """Render the photos to ``photos/`` and the ground truth to ``ground_truth/<room>/`` below ``folder``.

        Raises:
            BadReviewsFile: the reviews are missing or do not fit :class:`scrapers.listing.Review`.
        """
        from pipeline.demo.photographs import photograph_room

        reviews = self._reviews()
        progress = Progress(report)
        photos: list[Photo] = []
        rooms = []
        for index, room in enumerate(self._rooms):
            part = progress.part(index / len(self._rooms), (index + 1) / len(self._rooms))
            side = {1: 1, 4: 2, 9: 3}[self._samples]
            taken = photograph_room(room, self._size_px, side, self._views, SEED, folder, CAMERA_NAME, part)
            photos += taken
            rooms.append(
                RoomPhotos(id=room, name=ROOM_NAMES[room], photo_ids=tuple(photo.id for photo in taken))
            )
        progress(1.0, "demo listing is ready")
        return _listing(photos, rooms, reviews)

    def _review_bytes(self) -> bytes:
        try:
            return self._reviews_file.read_bytes()
        except OSError as error:
            raise BadReviewsFile(
                f"The demo's reviews cannot be read: {error}.", "Install ShowRoom again or give another file."
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


def _listing(photos: list[Photo], rooms: list[RoomPhotos], reviews: tuple[Review, ...]) -> Listing:
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
        "photos": tuple(photos),
        "rooms": tuple(rooms),
        "attribution": "Photos and reviews: synthetic, made by ShowRoom",
    }
    evidence = dict.fromkeys(facts, "invented for the demo")
    evidence.update(photos="rendered by pipeline.demo", rooms="rendered by pipeline.demo")
    evidence.update(
        reviews=REVIEWS_FILE.name, review_count=REVIEWS_FILE.name, rating="mean of the invented ratings"
    )
    return Listing.model_validate(
        {"id": "demo", "source": "demo", "origin": "demo", "synthetic": True, "provenance": evidence, **facts}
    )
