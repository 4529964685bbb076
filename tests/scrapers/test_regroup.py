"""Rooms by hand stand over those of the source; every photo is in one room."""

from pathlib import Path

import pytest

from pipeline.options import AnalysisOptions
from pipeline.recipe.sources import open_source
from scrapers.errors import BadRoomsFile
from scrapers.intake.regroup import RegroupedSource, write_rooms
from scrapers.listing import Listing
from scrapers.sources import resolve
from tests.replica.drawn import drawn_html
from tests.replica.payloads import invent
from tests.replica.site import jpeg
from tests.scrapers.photo_helpers import save, scene


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "flat"
    for number, name in enumerate(("Bedroom/a.jpg", "Bedroom/b.jpg", "c.jpg")):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        save(scene(number), place / name)
    return place


def rooms_of(listing: Listing) -> list[tuple[str, list[str | None], bool]]:
    original = {photo.id: photo.original for photo in listing.photos}
    return [(room.name, [original[i] for i in room.photo_ids], room.grouped) for room in listing.rooms]


def test_photos_change_rooms_and_each_is_in_one(folder: Path, tmp_path: Path) -> None:
    by_hand = {"Küche": ["Bedroom/b.jpg", "c.jpg"], "Bath": ["c.jpg", "gone.jpg"]}
    file = write_rooms(tmp_path / "rooms.json", by_hand)
    options = AnalysisOptions(rooms_file=str(file))
    source = open_source(str(folder), options, tmp_path / "cache")
    assert source.fingerprint() != open_source(str(folder), AnalysisOptions(), tmp_path / "cache").fingerprint()
    listing = source.collect(tmp_path)
    assert rooms_of(listing) == [
        ("Küche", ["Bedroom/b.jpg", "c.jpg"], True),
        ("Other photos", ["Bedroom/a.jpg"], False),
    ]
    assert listing.provenance["rooms"] == "by hand"


def test_photos_of_a_saved_page_are_known_by_their_addresses(tmp_path: Path) -> None:
    invented = invent(6, 10, "new", n_photos=3)
    (tmp_path / "page_files").mkdir()
    for photo in invented.photos:
        (tmp_path / "page_files" / f"{photo.image_id}.jpeg").write_bytes(jpeg(photo.path))
    html = drawn_html(invented, source=lambda photo: f"./page_files/{photo.image_id}.jpeg")
    (tmp_path / "page.html").write_text(html)
    urls = [invented.url_of(photo) for photo in invented.photos]
    file = write_rooms(tmp_path / "rooms.json", {"Loft": urls[:2]})
    inner = resolve(str(tmp_path / "page.html"), cache=tmp_path / "cache")
    (tmp_path / "out").mkdir()
    found = rooms_of(RegroupedSource(inner, file).collect(tmp_path / "out"))
    assert found == [("Loft", urls[:2], True), ("Other photos", urls[2:], False)]


def test_a_file_that_is_no_such_list_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "rooms.json").write_text('{"Kitchen": "a.jpg"}')
    with pytest.raises(BadRoomsFile):
        RegroupedSource(resolve(str(folder)), tmp_path / "rooms.json")
