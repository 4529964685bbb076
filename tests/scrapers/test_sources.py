"""What the user gives becomes a source, or an answer that helps."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from scrapers.airbnb.saved import SavedPageSource
from scrapers.airbnb.source import AirbnbSource
from scrapers.errors import CollectError, ListingNotInFile, NotAListing, SourceNotFound, UnsupportedSource
from scrapers.folder import FolderSource
from scrapers.inside_airbnb import InsideAirbnbSource
from scrapers.reviews_file import ReviewsFileSource
from scrapers.sources import KINDS, resolve
from tests.places import ROOT
from tests.scrapers.photo_helpers import save, scene


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    save(scene(1), tmp_path / "photos/a.jpg")
    save(scene(2), tmp_path / "photos/b.jpg")
    (tmp_path / "photos/subsets.json").write_text('{"one": ["b"]}')
    return tmp_path / "photos"


def write_city(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    rows = [("7", "1", "2024-05-01", "Nice"), ("7", "2", "2024-05-02", "Good"), ("8", "3", "2024-05-02", "Bad")]
    with (folder / "reviews.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("listing_id", "id", "date", "comments"), *rows])
    with (folder / "listings.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("id", "name", "price"), ("7", "Blue house", "$90.00")])
    return folder


@pytest.fixture
def city(tmp_path: Path) -> Path:
    return write_city(tmp_path / "city")


def test_every_kind_has_its_own_name() -> None:
    assert {name: kind.name for name, kind in KINDS.items()} == {name: name for name in KINDS}


def test_a_photo_folder_with_or_without_a_subset(photos: Path, tmp_path: Path) -> None:
    source = resolve(str(photos))
    assert isinstance(source, FolderSource)
    assert len(source.collect(tmp_path / "x").photos) == 2
    for part in (
        resolve(f"{photos}#one"),
        resolve(str(photos), subset="one"),
        resolve(str(photos), only=["b.jpg"]),
    ):
        assert [photo.original for photo in part.collect(tmp_path / "y").photos] == ["b.jpg"]
    assert isinstance(resolve(photos.as_uri()), FolderSource)
    assert resolve(f"  {photos} ", title="Mine").collect(tmp_path / "z").title == "Mine"


def test_a_folder_whose_name_has_a_hash_in_it(photos: Path) -> None:
    assert isinstance(resolve(str(photos.rename(photos.with_name("room #7")))), FolderSource)


def test_a_single_photo(photos: Path) -> None:
    assert isinstance(resolve(str(photos / "a.jpg")), FolderSource)


def test_a_reviews_file_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("text\nNice\n")
    (tmp_path / "mine.json").write_text('["Nice"]')
    for name in ("mine.csv", "mine.json"):
        assert isinstance(resolve(str(tmp_path / name)), ReviewsFileSource)


@pytest.mark.parametrize("form", ["{}#7", "{}?listing=7", "{}/reviews.csv#7", "{}/reviews.csv?listing=7"])
def test_inside_airbnb_by_folder_or_file(city: Path, tmp_path: Path, form: str) -> None:
    source = resolve(form.format(city))
    assert isinstance(source, InsideAirbnbSource)
    listing = source.collect(tmp_path)
    assert (listing.id, listing.title, len(listing.reviews)) == ("airbnb-7", "Blue house", 2)


def test_inside_airbnb_without_a_listing_names_some(city: Path, tmp_path: Path) -> None:
    with pytest.raises(ListingNotInFile, match=r"7 \(2 reviews\)"):
        resolve(str(city)).collect(tmp_path)


def test_photos_with_reviews_from_elsewhere(photos: Path, city: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("text\nNice\n")
    listing = resolve(str(photos), reviews=str(tmp_path / "mine.csv")).collect(tmp_path / "x")
    assert (len(listing.photos), len(listing.reviews)) == (2, 1)
    for source in (
        resolve(str(photos), reviews=str(city), listing="https://www.airbnb.com/rooms/7"),
        resolve(str(photos), reviews=f"{city}/reviews.csv#7"),
        resolve(str(write_city(photos)), listing="7"),
    ):
        listing = source.collect(tmp_path / "y")
        assert (len(listing.photos), len(listing.reviews)) == (2, 2)
        assert (listing.title, listing.price, listing.source) == ("Blue house", "$90.00", "folder")
        assert listing.attribution is not None
        assert listing.id.startswith("folder-")


@pytest.mark.parametrize(
    "address",
    [
        "https://www.airbnb.com/rooms/12345?check_in=2024-05-01",
        "https://de.airbnb.com/h/blue-house",
        "http://airbnb.co.uk/rooms/plus/7",
        "airbnb.com/rooms/7",
        "www.airbnb.co.kr/rooms/7",
        "https://abnb.me/xyz",
    ],
)
def test_an_airbnb_address(address: str, tmp_path: Path) -> None:
    source = resolve(address, cache=tmp_path)
    assert isinstance(source, AirbnbSource)
    assert source.fingerprint() == resolve(address, cache=tmp_path).fingerprint()


def test_an_airbnb_page_brings_its_own_photos_and_reviews(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html></html>")
    assert isinstance(resolve(str(tmp_path / "page.html"), cache=tmp_path), SavedPageSource)
    for origin in ("airbnb.com/rooms/7", str(tmp_path / "page.html")):
        with pytest.raises(UnsupportedSource, match="cannot be combined"):
            resolve(origin, cache=tmp_path, reviews="mine.csv")


def test_other_pages_of_airbnb_are_no_listings(tmp_path: Path) -> None:
    with pytest.raises(NotAListing):
        resolve("https://www.airbnb.com/experiences/7", cache=tmp_path)


@pytest.mark.parametrize(
    "address", ["https://example.org/airbnb.com/rooms/7", "ftp://x", "https://notairbnb.com/rooms/7"]
)
def test_other_addresses_are_not_taken_for_airbnb(address: str) -> None:
    with pytest.raises(UnsupportedSource, match="Nothing here can read"):
        resolve(address)


@pytest.mark.parametrize("name", ["a.zip", "page.webarchive", "table.xlsx", "notes.md", "unknown"])
def test_other_files_are_answered_with_advice(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"something")
    with pytest.raises(UnsupportedSource) as caught:
        resolve(str(tmp_path / name))
    assert caught.value.advice


@pytest.mark.parametrize(
    "origin", ["", "  ", "/no/such/folder", "no such thing#7", "\0", "x" * 5000, "~nobody/x"]
)
def test_nothing_is_said_to_be_nothing(origin: str) -> None:
    with pytest.raises(SourceNotFound):
        resolve(origin)


def test_options_that_do_not_fit_are_refused(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedSource, match="listing's id"):
        resolve(str(photos), listing="7")
    with pytest.raises(UnsupportedSource, match="no reviews file"):
        resolve(str(photos), reviews=str(photos))
    with pytest.raises(CollectError):
        resolve(str(photos), reviews=str(tmp_path / "gone.csv"))


def test_importing_the_sources_is_light() -> None:
    code = (
        "import sys, time; start = time.process_time(); import scrapers.sources; "
        "print(time.process_time() - start, *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    seconds, *modules = run.stdout.split()
    assert float(seconds) < 1
    assert set(modules).isdisjoint(
        {"PIL", "pandas", "numpy", "torch", "streamlit", "pillow_heif", "cv2", "pycolmap"}
    )
