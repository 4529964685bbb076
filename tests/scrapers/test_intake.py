"""Whatever people drop: what is understood before any work starts, and what stays out."""

import datetime as dt
import json
import stat
import zipfile
from pathlib import Path

import pytest

from scrapers.errors import UnsupportedSource
from scrapers.intake.changes import changes
from scrapers.intake.understand import understand
from scrapers.listing import Listing, PriceDetails, Review
from scrapers.sources import resolve
from tests.replica.drawn import drawn_html
from tests.replica.facts import facts_of
from tests.replica.payloads import invent
from tests.scrapers.photo_helpers import save, scene


def make_photos(folder: Path, names: tuple[str, ...]) -> Path:
    for number, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        save(scene(number), folder / name)
    return folder


def pack(path: Path, folder: Path, **more: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, file.relative_to(folder).as_posix())
        for name, content in more.items():
            archive.writestr(name, content)
    return path


EXPORT = (
    "ids/passport.jpg",
    "selfies/me.jpg",
    "profile/face.jpg",
    "listings/12345678/a.jpg",
    "listings/12345678/b.jpg",
)


def test_of_a_data_export_only_the_listing_s_photos_are_taken(tmp_path: Path) -> None:
    folder = make_photos(tmp_path / "export", EXPORT)
    listing = resolve(str(folder), cache=tmp_path / "cache").collect(tmp_path / "x")
    assert [photo.original for photo in listing.photos] == [
        "listings/12345678/a.jpg",
        "listings/12345678/b.jpg",
    ]
    assert [(room.name, room.grouped) for room in listing.rooms] == [("Photos", False)]
    assert {p.subject for p in listing.problems} == {"ids", "selfies", "profile"}


def test_a_folder_in_a_folder_is_only_a_wrapping(tmp_path: Path) -> None:
    folder = make_photos(tmp_path / "Beach house", ("inner/Bedroom/a.jpg", "inner/Kitchen/b.jpg"))
    (folder / "inner/Bewertungen.csv").write_text("Datum;Bewertung;Sterne\n2026-05-01;Sehr schön hier;5\n")
    listing = resolve(str(folder), cache=tmp_path / "cache").collect(tmp_path / "x")
    assert [room.name for room in listing.rooms] == ["Bedroom", "Kitchen"]
    assert (listing.title, len(listing.reviews)) == ("Beach house", 1)
    one_room = make_photos(tmp_path / "flat", ("Bedroom/c.jpg",))
    assert resolve(str(one_room)).collect(tmp_path / "y").rooms[0].name == "Bedroom"


def test_a_zip_of_photos_is_a_listing(tmp_path: Path) -> None:
    path = pack(
        tmp_path / "House.zip", make_photos(tmp_path / "p", ("Bedroom/a.jpg", "Kitchen/b.jpg", "c.jpg"))
    )
    source = resolve(str(path), cache=tmp_path / "cache")
    assert source.fingerprint() == resolve(str(path), cache=tmp_path / "cache").fingerprint()
    listing = source.collect(tmp_path / "x")
    assert (listing.title, listing.origin, len(listing.photos)) == ("House", str(path), 3)
    assert [room.name for room in listing.rooms] == ["Bedroom", "Kitchen", "Other photos"]


def test_a_zip_of_a_saved_page_is_that_page(tmp_path: Path) -> None:
    invented = invent(5, 8, "new", n_photos=2)
    folder = make_photos(tmp_path / "p", tuple(f"Barn_files/{photo.image_id}.jpg" for photo in invented.photos))
    html = drawn_html(invented, source=lambda photo: f"./Barn_files/{photo.image_id}.jpg", original=False)
    (folder / "Barn.html").write_text(html)
    source = resolve(str(pack(tmp_path / "a.zip", folder)), cache=tmp_path / "cache")
    assert (source.name, source.collect(tmp_path / "x").title) == ("saved-page", invented.title)


@pytest.mark.parametrize("name", ["../../out.jpg", "/etc/out.jpg", "C:/out.jpg", "a\\..\\..\\out.jpg"])
def test_names_that_lead_out_of_an_archive_stay_in_it(tmp_path: Path, name: str) -> None:
    path = pack(tmp_path / "a.zip", make_photos(tmp_path / "p", ("a.jpg",)), **{name: b"x"})
    listing = resolve(str(path), cache=tmp_path / "cache").collect(tmp_path / "x")
    assert len(listing.photos) == 1
    assert any("leads out" in problem.message for problem in listing.problems)
    assert not list(tmp_path.rglob("out.jpg"))


def test_links_and_archives_in_an_archive_are_not_followed(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", make_photos(tmp_path / "p", ("a.jpg",)), **{"more.zip": b"PK"})
    link = zipfile.ZipInfo("b.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    problems = resolve(str(path), cache=tmp_path / "cache").collect(tmp_path / "x").problems
    assert {p.subject: p.message for p in problems} == {
        "more.zip": "is an archive in the archive; left out",
        "b.jpg": "is a link; left out",
    }


def test_an_archive_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("a.jpg", bytes(80 * 2**20))
    with pytest.raises(UnsupportedSource, match="times its size"):
        resolve(str(tmp_path / "a.zip"), cache=tmp_path / "cache")
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04 and nothing more")
    with pytest.raises(UnsupportedSource, match="damaged or no ZIP"):
        resolve(str(tmp_path / "b.zip"), cache=tmp_path / "cache")
    assert not list((tmp_path / "cache").rglob("*.jpg"))


def test_files_are_understood_before_any_work(tmp_path: Path) -> None:
    folder = make_photos(tmp_path / "House", ("Bedroom/a.jpg", "Bedroom/b.jpg", "c.jpg", "ids/passport.jpg"))
    (folder / "reviews.csv").write_text("text,rating,mood\nLovely place,5,good\n")
    found = understand([folder], tmp_path / "cache")
    assert [(room.name, len(room.photos), room.named) for room in found.rooms] == [
        ("Bedroom", 2, True),
        ("Other photos", 1, False),
    ]
    assert (found.kind, found.title, found.photos, found.reviews) == ("folder", "House", 3, 1)
    assert any(problem.subject == "ids" for problem in found.left_out)
    assert any("'mood'" in problem.message for problem in found.left_out)


def test_a_saved_page_says_what_it_holds_and_what_not(tmp_path: Path) -> None:
    invented = invent(5, 46, "new")
    (tmp_path / "page.html").write_text(drawn_html(invented))
    found = understand([tmp_path / "page.html"], tmp_path / "cache")
    assert (found.kind, found.title, found.reviews, found.review_count) == ("saved-page", invented.title, 6, 46)
    assert {"bedrooms", "beds", "host", "house_rules"} <= set(found.facts)
    assert any("40 of 46 reviews" in problem.message for problem in found.left_out)


def test_several_files_are_one_listing(tmp_path: Path) -> None:
    folder = make_photos(tmp_path / "p", ("a.jpg", "b.jpg"))
    (tmp_path / "reviews (1).csv").write_text("text\nLovely place\n")
    (tmp_path / "other.csv").write_text("text\nAnother\n")
    (tmp_path / "notes.docx").write_bytes(b"x")
    files = [folder / "a.jpg", folder / "b.jpg", tmp_path / "reviews (1).csv", tmp_path / "other.csv"]
    found = understand([*files, tmp_path / "notes.docx"], tmp_path / "cache")
    assert (found.photos, found.reviews, found.reviews_file) == (2, 1, str(tmp_path / "reviews (1).csv"))
    assert {problem.subject for problem in found.left_out} == {"notes.docx", "other.csv"}
    assert len(resolve(found.origin, reviews=found.reviews_file).collect(tmp_path / "x").photos) == 2
    with pytest.raises(UnsupportedSource, match="None of these"):
        understand([tmp_path / "notes.docx"] * 2, tmp_path / "cache")


def test_what_changed_between_two_readings() -> None:
    before = Listing(
        **{"id": "a", "source": "airbnb", "origin": "x", "title": "Flat", "price": "€100", "beds": 2},
        reviews=(Review(id="1", text="a"), Review(id="2", text="b")),
        review_count=2,
        provenance={"price": "page", "beds": "page", "review_count": "page"},
    )
    after = before.model_copy(
        update={
            **{"price": "€120", "beds": None, "review_count": 2, "price_details": PriceDetails(per_night=120)},
            "reviews": (Review(id="2", text="b"), Review(id="3", text="c")),
            "provenance": {"price": "page", "review_count": "page", "price_details": "page"},
        }
    )
    found = [(change.field, change.kind, change.count, change.after) for change in changes(before, after)]
    assert found == [
        ("reviews", "new", 1, None),
        ("reviews", "gone", 1, None),
        ("price", "changed", None, "€120"),
    ]
    assert changes(before, before) == ()
    other_days = PriceDetails(total=500, check_in=dt.date(2026, 11, 9), check_out=dt.date(2026, 11, 12))
    later = before.model_copy(update={"price": "€500", "price_details": other_days})
    assert changes(before, later) == (), "the price of other days is no change of the price"
    assert json.loads(changes(before, after)[2].model_dump_json())["before"] == "€100"


def test_an_invented_listing_and_its_facts_are_the_same_every_time() -> None:
    assert facts_of(invent(5, 3, "old")) == facts_of(invent(5, 3, "new"))


def test_a_name_that_is_empty_stays_in_an_archive(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", make_photos(tmp_path / "p", ("a.jpg",)))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(zipfile.ZipInfo("\0out.jpg"), b"x")
    listing = resolve(str(path), cache=tmp_path / "cache").collect(tmp_path / "x")
    assert [photo.original for photo in listing.photos] == ["a.jpg"]
    assert not list(tmp_path.rglob("*out.jpg"))
