"""What a visitor's files hold, told before any work starts."""

import zipfile
from pathlib import Path

import pytest

from dashboard.data import Told, Upload, save, understood
from tests.scrapers.photo_helpers import save as save_photo
from tests.scrapers.photo_helpers import scene

REVIEWS = b"id,date,text\n1,2025-03-01,A quiet flat with a big table.\n2,2025-03-02,\n3,2025-04-01,Lovely.\n"


@pytest.fixture
def photo(tmp_path: Path) -> bytes:
    save_photo(scene(1), tmp_path / "photo.jpg")
    return (tmp_path / "photo.jpg").read_bytes()


def told(tmp_path: Path, *files: Upload, room: str = "") -> Told:
    return understood(save(tmp_path / "uploads", files, room), tmp_path / "cache")


def test_photos_of_a_named_room_and_reviews_are_counted(tmp_path: Path, photo: bytes) -> None:
    found = told(tmp_path, Upload("a.jpg", photo), Upload("reviews.csv", REVIEWS), room="Kitchen")
    assert dict(found.rows)["Photos"] == "1 in Kitchen (1)"
    assert dict(found.rows)["Reviews"] == "2"
    assert found.refused == ""


def test_loose_photos_without_reviews_say_both(tmp_path: Path, photo: bytes) -> None:
    rows = dict(told(tmp_path, Upload("a.jpg", photo)).rows)
    assert rows["Photos"] == "1 of no named room, to be sorted by what they share"
    assert rows["Reviews"] == "None: nothing will be read"


def test_rooms_of_an_archive_are_named_and_what_stays_out_has_its_reason(tmp_path: Path, photo: bytes) -> None:
    with zipfile.ZipFile(tmp_path / "flat.zip", "w") as archive:
        archive.writestr("Living room/1.jpg", photo)
        archive.writestr("Bedroom/1.jpg", photo + b" ")
        archive.writestr("ids/passport.jpg", photo)
    found = told(tmp_path, Upload("flat.zip", (tmp_path / "flat.zip").read_bytes()))
    photos = dict(found.rows)["Photos"]
    assert photos.startswith("2 in ") and "Living room (1)" in photos and "Bedroom (1)" in photos
    assert any("ids" in subject for subject, _ in found.left_out)


def test_what_cannot_be_read_is_refused_with_advice(tmp_path: Path) -> None:
    found = told(tmp_path, Upload("page.html", b"<html><body>Bread and butter</body></html>"))
    assert found.rows == ()
    assert len(found.refused.split(".")) > 2, "what happened, and what to do"
