"""A folder of photos is a listing."""

import json
import os
import shutil
from pathlib import Path

import pytest

from scrapers.errors import BadReviewsFile, BadRoomsFile, EmptySource, SourceNotFound, UnsupportedSource
from scrapers.folder import FolderSource, scan_folder
from scrapers.listing import Listing
from tests.places import SHARED
from tests.scrapers.photo_helpers import save, scene


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    """Two rooms, a loose photo, reviews, and what lies around in folders."""
    root = tmp_path / "Casa Azul"
    save(scene(1), root / "Living room/img10.jpg")
    save(scene(2), root / "Living room/img9.jpg")
    save(scene(3), root / "Bedroom/1.png")
    save(scene(4), root / "front.webp")
    (root / "reviews.csv").write_text("text,date\nLovely,2024-05-01\nQuiet,2024-05-02\n")
    for junk in (".DS_Store", "Thumbs.db", "Living room/._img9.jpg", "desktop.ini"):
        (root / junk).write_bytes(b"junk")
    return root


def collect(source: FolderSource, tmp_path: Path) -> Listing:
    listing = source.collect(tmp_path / "out")
    listing.save(tmp_path / "out")
    assert Listing.load(tmp_path / "out") == listing
    return listing


def said(listing: Listing) -> dict[str, str]:
    return {problem.subject: problem.message for problem in listing.problems}


def test_rooms_photos_and_reviews_of_a_folder(flat: Path, tmp_path: Path) -> None:
    listing = collect(FolderSource(flat), tmp_path)
    rooms = {room.name: [listing.photo(i).original for i in room.photo_ids] for room in listing.rooms}
    assert rooms == {
        "Bedroom": ["Bedroom/1.png"],
        "Living room": ["Living room/img9.jpg", "Living room/img10.jpg"],
        "Other photos": ["front.webp"],
    }
    assert [room.grouped for room in listing.rooms] == [True, True, False]
    assert [review.text for review in listing.reviews] == ["Lovely", "Quiet"]
    assert (listing.title, listing.source, listing.origin) == ("Casa Azul", "folder", str(flat))
    assert listing.problems == ()
    assert (listing.status("reviews"), listing.status("price")) == ("present", "absent")
    assert all((tmp_path / "out" / photo.file).is_file() for photo in listing.photos)


def test_the_folder_itself_is_never_written_to(flat: Path, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in flat.rglob("*")}
    collect(FolderSource(flat), tmp_path)
    assert {path: path.stat().st_mtime_ns for path in flat.rglob("*")} == before


def test_a_rooms_file_names_the_rooms(flat: Path, tmp_path: Path) -> None:
    declared = {"Salon": ["front.webp", "Living room/img9.jpg"], "Attic": ["gone.jpg"]}
    (flat / "rooms.json").write_text(json.dumps(declared))
    listing = collect(FolderSource(flat), tmp_path)
    assert [room.name for room in listing.rooms] == ["Salon", "Bedroom", "Living room"]
    assert "rooms.json (Attic)" in said(listing)["gone.jpg"]


def test_a_wrong_rooms_file_is_refused_before_any_work(flat: Path) -> None:
    (flat / "rooms.json").write_text("[]")
    with pytest.raises(BadRoomsFile):
        FolderSource(flat)


def test_the_same_content_elsewhere_is_the_same_listing(flat: Path, tmp_path: Path) -> None:
    source = FolderSource(flat)
    copy = FolderSource(shutil.copytree(flat, tmp_path / "b/Casa Azul"))
    assert copy.fingerprint() == source.fingerprint()
    assert collect(copy, tmp_path).id == source.collect(tmp_path / "c").id


def test_anything_that_changes_the_listing_changes_the_fingerprint(flat: Path) -> None:
    digests = {FolderSource(flat).fingerprint(), FolderSource(flat, title="Other").fingerprint()}
    digests.add(FolderSource(flat, only=["img9"]).fingerprint())
    (flat / "reviews.csv").write_text("text\nNoisy\n")
    digests.add(FolderSource(flat).fingerprint())
    (flat / "rooms.json").write_text(json.dumps({"Salon": ["front.webp"]}))
    digests.add(FolderSource(flat).fingerprint())
    shutil.move(flat / "front.webp", flat / "Bedroom/front.webp")
    digests.add(FolderSource(flat).fingerprint())
    save(scene(9), flat / "new.jpg")
    digests.add(FolderSource(flat).fingerprint())
    assert len(digests) == 7


def test_what_cannot_be_used_is_named_and_nothing_else_fails(flat: Path, tmp_path: Path) -> None:
    (flat / "broken.jpg").write_bytes((flat / "Living room/img9.jpg").read_bytes()[:5000])
    save(scene(7, 100, 100), flat / "tiny.png")
    shutil.copy(flat / "front.webp", flat / "Bedroom/again.webp")
    (flat / "notes.txt").write_text("hello")
    (flat / "tour.mp4").write_bytes(b"video")
    (flat / "raw.dng").write_bytes(b"raw")
    problems = said(collect(FolderSource(flat), tmp_path))
    assert "cut off" in problems["broken.jpg"]
    assert "too small" in problems["tiny.png"]
    assert "same file as 'Bedroom/again.webp'" in problems["front.webp"]
    assert "not a photo" in problems["notes.txt"]
    assert "video" in problems["tour.mp4"]
    assert "raw" in problems["raw.dng"]
    assert len(problems) == 6


def test_a_copy_in_another_room_shows_the_kept_photo_there_too(flat: Path, tmp_path: Path) -> None:
    shutil.copy(flat / "Bedroom/1.png", flat / "Living room/again.png")
    listing = collect(FolderSource(flat), tmp_path)
    bedroom, living = listing.rooms[:2]
    assert bedroom.photo_ids[0] in living.photo_ids


def test_folders_without_photos_are_ignored(flat: Path, tmp_path: Path) -> None:
    (flat / "papers/old").mkdir(parents=True)
    (flat / "papers/old/contract.pdf").write_bytes(b"%PDF")
    (flat / "__MACOSX").mkdir()
    (flat / ".git").mkdir()
    save(scene(8), flat / ".git/photo.jpg")
    save(scene(8), flat / "__MACOSX/photo.jpg")
    listing = collect(FolderSource(flat), tmp_path)
    assert listing.problems == ()
    assert len(listing.photos) == 4


def test_links_out_of_the_folder_are_not_followed(flat: Path, tmp_path: Path) -> None:
    outside = save(scene(8), tmp_path / "secret/a.jpg")
    (flat / "linked.jpg").symlink_to(outside)
    (flat / "linked").symlink_to(outside.parent, target_is_directory=True)
    (flat / "loop").symlink_to(flat, target_is_directory=True)
    (flat / "dangling.jpg").symlink_to(tmp_path / "nowhere.jpg")
    listing = collect(FolderSource(flat), tmp_path)
    assert len(listing.photos) == 4
    assert "leads out of the folder" in said(listing)["linked.jpg"]
    assert "not followed" in said(listing)["linked"]


def test_photos_without_a_suffix_are_found_by_their_content(tmp_path: Path) -> None:
    scene(1).save(save(scene(1), tmp_path / "in/a.jpg").with_name("noname"), "PNG")
    save(scene(2), tmp_path / "in/b.jpg")
    assert len(scan_folder(tmp_path / "in").photos) == 3


def test_a_name_that_is_not_utf8_is_reported(flat: Path, tmp_path: Path) -> None:
    (flat / os.fsdecode(b"caf\xe9.jpg")).write_bytes((flat / "front.webp").read_bytes())
    listing = collect(FolderSource(flat), tmp_path)
    assert "not UTF-8" in said(listing)["caf\ufffd.jpg"]


def test_an_empty_folder_says_what_belongs_into_it(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(EmptySource, match=r"JPEG.*reviews\.csv"):
        FolderSource(tmp_path / "in").collect(tmp_path / "out")


def test_a_folder_of_unusable_photos_says_why(tmp_path: Path) -> None:
    save(scene(1, 50, 50), tmp_path / "in/a.jpg")
    with pytest.raises(EmptySource, match=r"a\.jpg is too small"):
        FolderSource(tmp_path / "in").collect(tmp_path / "out")


@pytest.mark.parametrize("reviews", ["text\n", ""])
def test_photos_without_reviews_and_reviews_without_photos_are_fine(
    flat: Path, tmp_path: Path, reviews: str
) -> None:
    (flat / "reviews.csv").write_text(reviews)
    listing = collect(FolderSource(flat), tmp_path)
    assert (len(listing.photos), len(listing.reviews)) == (4, 0)
    assert listing.status("reviews") == "none"
    (tmp_path / "words").mkdir()
    (tmp_path / "words/reviews.json").write_text('["Lovely", "Quiet"]')
    assert len(collect(FolderSource(tmp_path / "words"), tmp_path).reviews) == 2


def test_a_reviews_file_without_texts_stops_before_the_photos(flat: Path, tmp_path: Path) -> None:
    (flat / "reviews.csv").write_text("stars\n5\n")
    with pytest.raises(BadReviewsFile):
        FolderSource(flat).collect(tmp_path / "out")
    assert not (tmp_path / "out/photos").exists()


def test_reviews_from_elsewhere_go_before_those_in_the_folder(flat: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text('{"text": "From elsewhere"}\n')
    listing = collect(FolderSource(flat, tmp_path / "mine.jsonl", "My title"), tmp_path)
    assert [review.text for review in listing.reviews] == ["From elsewhere"]
    assert listing.title == "My title"
    assert "mine.jsonl" in said(listing)["reviews.csv"]


def test_of_several_reviews_files_one_is_read_and_the_others_named(flat: Path, tmp_path: Path) -> None:
    (flat / "reviews.json").write_text('["Other"]')
    listing = collect(FolderSource(flat), tmp_path)
    assert len(listing.reviews) == 2
    assert "reviews.csv" in said(listing)["reviews.json"]


def test_one_photo_is_a_source_too(flat: Path, tmp_path: Path) -> None:
    listing = collect(FolderSource(flat / "front.webp"), tmp_path)
    assert (listing.title, len(listing.photos), len(listing.reviews)) == ("front", 1, 0)


def test_a_subset_takes_only_its_photos(flat: Path, tmp_path: Path) -> None:
    (flat / "subsets.json").write_text(json.dumps({"two": ["img9", "front", "img77"]}))
    listing = collect(FolderSource(flat, subset="two"), tmp_path)
    assert {photo.original for photo in listing.photos} == {"Living room/img9.jpg", "front.webp"}
    assert listing.origin.endswith("#two")
    assert said(listing) == {"img77": "was asked for but is not there"}


def test_progress_covers_the_whole_and_can_stop_the_work(flat: Path, tmp_path: Path) -> None:
    heard: list[float] = []
    FolderSource(flat).collect(tmp_path / "out", lambda fraction, message: heard.append(fraction))
    assert heard == sorted(heard)
    assert heard[-1] == 1

    def stop(fraction: float, message: str) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        FolderSource(flat).collect(tmp_path / "out2", stop)


def test_a_path_that_is_not_there_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound):
        FolderSource(tmp_path / "gone")
    with pytest.raises(SourceNotFound):
        FolderSource(tmp_path, tmp_path / "gone.csv")


def test_a_whole_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scrapers.folder.MAX_FILES", 10)
    for number in range(11):
        (tmp_path / f"{number}.jpg").touch()
    with pytest.raises(UnsupportedSource, match="more than 10 files"):
        FolderSource(tmp_path)


@pytest.mark.skipif(not SHARED.exists(), reason="needs the shared data")
def test_real_photo_sets(tmp_path: Path) -> None:
    show = collect(FolderSource(SHARED / "data/rooms/showroom3"), tmp_path)
    assert [photo.original for photo in show.photos] == ["image_1.jpg", "image_2.jpg", "image_3.jpg"]
    lounge = collect(FolderSource(SHARED / "data/rooms/hololens_lounge", subset="n8"), tmp_path)
    assert len(lounge.photos) == 8
    assert [(room.name, room.grouped) for room in lounge.rooms] == [("Photos", False)]
    assert sum("depth map" in problem.message for problem in lounge.problems) == 8
