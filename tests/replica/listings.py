"""Invented listings: everything that the replica site is given, and what a scraper has to find again."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tests.replica import texts

Layout = Literal["old", "new", "half"]
LAYOUTS: tuple[Layout, ...] = ("old", "new", "half")
MEDIA_ORIGIN = "https://a0.muscache.com"
#: with fewer reviews, the site shows no stars
FEW_REVIEWS = 5


@dataclass(frozen=True)
class InventedPhoto:
    """One photo; ``path`` is its address below the media origin."""

    image_id: str
    path: str
    room: str | None
    label: str
    caption: str | None = None


@dataclass(frozen=True)
class InventedReview:
    """One review; ``text`` is clean (the payload escapes it), ``reviewer`` must never be stored."""

    id: str
    text: str
    language: str
    created_at: dt.datetime
    rating: int
    reviewer: str
    translation: str | None = None
    response: str | None = None


@dataclass(frozen=True)
class InventedListing:
    """Everything that the replica is given about one listing.

    Attributes:
        rooms: names in the order of the tour; empty where the listing has no tour.
        photos: in the order of the tour; those of no room last.
        media_origin: scheme and host of the photo addresses.
        root_key: of the page state.
        migrated: sections that the half-migrated layout has moved to the new place.
    """

    listing_id: str
    layout: Layout
    words: texts.Words
    title: str
    description: str
    neighbourhood: str
    latitude: float
    longitude: float
    property_type: str
    room_type: str
    space_type: str
    person_capacity: int
    amenities: tuple[str, ...]
    rating: float | None
    category_ratings: Mapping[str, float]
    review_tags: tuple[tuple[str, int], ...]
    rooms: tuple[str, ...]
    photos: tuple[InventedPhoto, ...]
    reviews: tuple[InventedReview, ...]
    media_origin: str = MEDIA_ORIGIN
    api_key: str = "inventedkeyofthereplicasite00001"
    root_key: str = "niobeClientData"
    migrated: frozenset[str] = field(default_factory=frozenset)

    @property
    def language(self) -> str:
        """Of the page, not of each review."""
        return self.words.language

    @property
    def review_count(self) -> int:
        """How many reviews there are, all of them served by the reviews request."""
        return len(self.reviews)

    @property
    def canonical_url(self) -> str:
        """As the real site would say it, whatever the replica's own address."""
        return f"https://www.airbnb.com/rooms/{self.listing_id}"

    def url_of(self, photo: InventedPhoto) -> str:
        """Absolute address of a photo, without resizing."""
        return f"{self.media_origin}{photo.path}"


SECTIONS = ("TITLE", "LOCATION", "REVIEWS", "PHOTOS", "HERO", "DESCRIPTION", "AMENITIES")


def invent(
    seed: int,
    n_reviews: int,
    layout: Layout,
    *,
    n_photos: int | None = None,
    n_rooms: int | None = None,
    media_origin: str = MEDIA_ORIGIN,
) -> InventedListing:
    """A listing that depends on the arguments only.

    Args:
        seed: the same one gives the same listing in every layout.
        n_photos: default 4 to 14; ``n_rooms``: default 0 to 5 (0: no photo tour by rooms).
        media_origin: where the photos are served.
    """
    rng = random.Random(seed)
    words = texts.ALL[seed % len(texts.ALL)]
    listing_id = str(rng.choice([rng.randrange(10**6, 10**8), rng.randrange(10**18, 9 * 10**18)]))
    n_photos = rng.randint(4, 14) if n_photos is None else n_photos
    n_rooms = rng.randint(0, 5) if n_rooms is None else n_rooms
    rooms = _rooms(words, n_rooms if n_photos else 0)
    room_type, space_type = rng.choice([texts.ENTIRE_HOME, texts.PRIVATE_ROOM])
    starred = n_reviews >= FEW_REVIEWS
    return InventedListing(
        listing_id=listing_id,
        layout=layout,
        words=words,
        title=f"{rng.choice(words.titles)} {seed}",
        description="\n".join(words.description),
        neighbourhood=words.place,
        latitude=round(rng.uniform(-60, 60), 4),
        longitude=round(rng.uniform(-170, 170), 4),
        property_type=words.property_type,
        room_type=room_type,
        space_type=space_type,
        person_capacity=rng.randint(1, 12),
        amenities=words.amenities[: rng.randint(1, len(words.amenities))],
        rating=round(rng.uniform(3.5, 5), 2) if starred else None,
        category_ratings=_category_ratings(rng) if starred else {},
        review_tags=tuple((t, rng.randint(1, n_reviews)) for t in texts.TAGS[: seed % 5]) if starred else (),
        rooms=rooms,
        photos=_photos(rng, words, rooms, n_photos, listing_id),
        reviews=_reviews(rng, words, n_reviews),
        media_origin=media_origin,
        root_key=("niobeClientData", "niobeMinimalClientData")[seed % 2],
        migrated=frozenset(rng.sample(SECTIONS, rng.randint(1, len(SECTIONS) - 1))),
    )


def _rooms(words: texts.Words, count: int) -> tuple[str, ...]:
    names = list(words.rooms[:count])
    names += [f"{words.rooms[0]} {n}" for n in range(2, 2 + count - len(names))]
    return tuple(names)


def _category_ratings(rng: random.Random) -> dict[str, float]:
    names = ("accuracy", "checkin", "cleanliness", "communication", "location", "value")
    return {name: round(rng.uniform(3.5, 5), 2) for name in names}


def _photos(
    rng: random.Random, words: texts.Words, rooms: tuple[str, ...], count: int, listing_id: str
) -> tuple[InventedPhoto, ...]:
    shares: list[str | None] = [rooms[i % len(rooms)] if rooms else None for i in range(count)]
    shares.sort(key=lambda room: rooms.index(room) if room is not None else 0)
    seen: dict[str | None, int] = {}
    photos = []
    for room in shares:
        seen[room] = seen.get(room, 0) + 1
        caption = rng.choice(words.captions) if rng.random() < 0.3 else None
        label = caption or words.image.format(room=room or words.rooms[0], n=seen[room])
        path = f"/im/pictures/hosting/Hosting-{listing_id}/original/{rng.getrandbits(128):032x}.jpeg"
        photos.append(InventedPhoto(str(rng.randrange(10**9, 10**10)), path, room, label, caption))
    return tuple(photos)


def _reviews(rng: random.Random, words: texts.Words, count: int) -> tuple[InventedReview, ...]:
    reviews = []
    for number in range(count):
        own = rng.choice(texts.ALL)
        text = f"{rng.choice(own.reviews)} #{number}"
        foreign = own is not words
        reviews.append(
            InventedReview(
                id=str(10**18 + rng.randrange(10**9) * 10**6 + number),
                text=text,
                language=own.language,
                created_at=dt.datetime(2026, 9, 1, 12, 30, 5) - dt.timedelta(days=number, seconds=number * 7),
                rating=rng.randint(1, 5),
                reviewer=rng.choice(texts.REVIEWERS),
                translation=f"{rng.choice(words.reviews)} (~{number})" if foreign else None,
                response=f"{rng.choice(words.description)} ({number})" if rng.random() < 0.2 else None,
            )
        )
    return tuple(reviews)
