"""The demo listing: synthetic by its own word, its photos shipped, the same every time."""

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from pipeline.demo.source import FOLDER, PHOTOS_NAME, REVIEWS_NAME, DemoSource
from pipeline.progress import Cancelled
from scrapers.errors import BadReviewsFile, SourceNotFound
from scrapers.listing import Listing

REVIEWS = [
    {"id": "a", "text": "Lovely place.", "language": "en", "date": "2025-05-01", "rating": 5},
    {
        "id": "b",
        "text": "Un peu bruyant.",
        "language": "fr",
        "date": "2025-06-02",
        "rating": 4,
        "response": "Merci",
    },
]


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    """A demo of two photos and two reviews."""
    folder = tmp_path / "demo"
    (folder / PHOTOS_NAME).mkdir(parents=True)
    for name in ("living-room-01.jpg", "bedroom-01.jpg"):
        shutil.copy(FOLDER / PHOTOS_NAME / name, folder / PHOTOS_NAME)
    (folder / PHOTOS_NAME / "rooms.json").write_text('{"Parlour": ["living-room-01.jpg"]}', encoding="utf-8")
    (folder / REVIEWS_NAME).write_text(json.dumps(REVIEWS), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Listing]:
    folder = tmp_path_factory.mktemp("listing")
    return folder, DemoSource().collect(folder)


def test_it_says_that_it_is_synthetic(shipped: tuple[Path, Listing]) -> None:
    listing = shipped[1]
    assert listing.synthetic
    assert listing.id == listing.source == "demo"
    assert "synthetic" in listing.title and "synthetic" in str(listing.description)
    assert all("Synthetic" in str(photo.caption) for photo in listing.photos)
    assert listing.latitude is None and listing.longitude is None
    assert "invented" in listing.provenance["price"]
    assert Listing.model_validate_json(listing.model_dump_json()) == listing


def test_it_has_two_rooms_of_eight_photos_with_their_focal_length(shipped: tuple[Path, Listing]) -> None:
    folder, listing = shipped
    assert [(room.id, room.name, len(room.photo_ids), room.grouped) for room in listing.rooms] == [
        ("living-room", "Living room", 8, True),
        ("bedroom", "Bedroom", 8, True),
    ]
    assert listing.problems == ()
    assert [photo.id for photo in listing.photos] == [i for room in listing.rooms for i in room.photo_ids]
    for photo in listing.photos:
        assert (photo.focal_px, photo.camera) == (640.0, "ShowRoom synthetic camera")
        with Image.open(folder / photo.file) as image:
            assert image.size == (photo.width_px, photo.height_px) == (1152, 768)


def test_reviews_are_read_as_they_are(demo: Path, tmp_path: Path) -> None:
    listing = DemoSource(demo).collect(tmp_path)
    assert [review.text for review in listing.reviews] == ["Lovely place.", "Un peu bruyant."]
    assert listing.reviews[1].date == dt.date(2025, 6, 2)
    assert listing.reviews[1].response == "Merci"
    assert (listing.rating, listing.review_count) == (4.5, 2)


def test_the_fingerprint_follows_photos_and_reviews(demo: Path) -> None:
    first = DemoSource(demo).fingerprint()
    assert first == DemoSource(demo).fingerprint()
    (demo / REVIEWS_NAME).write_text("[]", encoding="utf-8")
    other = DemoSource(demo).fingerprint()
    shutil.copy(FOLDER / PHOTOS_NAME / "bedroom-02.jpg", demo / PHOTOS_NAME / "bedroom-01.jpg")
    assert len({first, other, DemoSource(demo).fingerprint()}) == 3


def test_missing_or_broken_parts_are_an_error_that_says_so(demo: Path, tmp_path: Path) -> None:
    (demo / REVIEWS_NAME).write_text('[{"id": "a"}]', encoding="utf-8")
    with pytest.raises(BadReviewsFile, match="text"):
        DemoSource(demo).collect(tmp_path)
    (demo / REVIEWS_NAME).unlink()
    with pytest.raises(BadReviewsFile, match="cannot be read"):
        DemoSource(demo).fingerprint()
    shutil.rmtree(demo / PHOTOS_NAME)
    with pytest.raises(SourceNotFound, match="photos"):
        DemoSource(demo)


def test_it_can_be_cancelled(tmp_path: Path) -> None:
    def stop(fraction: float, message: str) -> None:
        if fraction > 0.2:
            raise Cancelled

    with pytest.raises(Cancelled):
        DemoSource().collect(tmp_path, stop)


def test_the_bundled_reviews_fit_the_contract(shipped: tuple[Path, Listing]) -> None:
    assert len(shipped[1].reviews) == 150
    assert {"en", "ko", "fr", "es", "de"} <= {review.language for review in shipped[1].reviews}
