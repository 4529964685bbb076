"""A listing in one ZIP: what is packed comes back; what is made to do harm is refused; no name is in it."""

import datetime as dt
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from scrapers.errors import CollectError, EmptySource, UnsupportedSource
from scrapers.handed import HandedListingSource, is_handed_listing, pack_listing
from scrapers.handed import archive as bounds
from scrapers.listing import Listing
from scrapers.sources import resolve
from tests.filled import differences
from tests.replica.listings import invent
from tests.replica.payloads import page_state, reviews_response
from tests.replica.site import jpeg
from tests.replica.texts import REVIEWERS

NOW = dt.datetime(2026, 11, 30, tzinfo=dt.UTC)


def _zip(path: Path, entries: dict[str, bytes | str], how: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", how) as packed:
        for name, content in entries.items():
            packed.writestr(name, content)
    return path


def _manifest(**changes: object) -> str:
    head = {"format": "showroom-listing", "version": 1, "made_by": "a test", "holds": "page"}
    return json.dumps({**head, **changes})


def _collect(path: Path, folder: Path) -> Listing:
    folder.mkdir(parents=True, exist_ok=True)
    return resolve(str(path)).collect(folder)


def _page_zip(path: Path, **changes: object) -> Path:
    """What the extension writes of an invented listing: 2 named photos, one loose, two answers of reviews."""
    listing = invent(3, 40, "new", n_photos=3, n_rooms=1)
    photos = [
        {"file": f"photos/{n:03d}.jpg", "url": listing.url_of(photo), "room": room, "caption": caption}
        for n, (photo, room, caption) in enumerate(
            zip(listing.photos, ("Living room", "Living room", None), ("Sofa", None, None), strict=True)
        )
    ]
    answers = [
        {
            "url": "https://www.airbnb.com/api/v3/StaysPdpReviewsQuery/x/",
            "body": reviews_response(listing, at, 24),
        }
        for at in (0, 24)
    ]
    page = {"url": listing.canonical_url, "state": page_state(listing), "answers": answers}
    entries = {
        "manifest.json": _manifest(photos=photos, url=listing.canonical_url, **changes),
        "page.json": json.dumps(page),
        **{photo["file"]: jpeg(str(photo["url"])) for photo in photos},
    }
    return _zip(path, entries)  # type: ignore[arg-type]


def test_what_was_packed_comes_back_equal(tmp_path: Path) -> None:
    first = _collect(_page_zip(tmp_path / "page.zip"), tmp_path / "a")
    first = first.model_copy(update={"reviews": first.reviews[:5], "attribution": "Somebody."})
    pack_listing(first, tmp_path / "a", tmp_path / "own.zip", "ShowRoom", NOW)
    again = _collect(tmp_path / "own.zip", tmp_path / "b")
    pack_listing(again, tmp_path / "b", tmp_path / "third.zip", "ShowRoom", NOW)
    third = _collect(tmp_path / "third.zip", tmp_path / "c")
    same = {"origin": "", "photos": (), "rooms": ()}
    assert not list(differences(first.model_copy(update=same), again.model_copy(update=same)))
    assert [room.name for room in again.rooms] == ["Living room", "Other photos"]
    assert [photo.caption for photo in again.photos] == ["Sofa", None, None]
    assert [len(room.photo_ids) for room in third.rooms] == [2, 1]
    assert str(tmp_path) not in zipfile.ZipFile(tmp_path / "own.zip").read("listing.json").decode()


def test_the_same_listing_makes_the_same_bytes(tmp_path: Path) -> None:
    listing = _collect(_page_zip(tmp_path / "page.zip"), tmp_path / "a")
    for name in ("x.zip", "y.zip"):
        pack_listing(listing, tmp_path / "a", tmp_path / name, "ShowRoom", NOW)
    assert (tmp_path / "x.zip").read_bytes() == (tmp_path / "y.zip").read_bytes()


def test_what_an_open_page_was_answered_is_read_by_the_parsers_of_pages(tmp_path: Path) -> None:
    listing = _collect(_page_zip(tmp_path / "page.zip"), tmp_path / "a")
    invented = invent(3, 40, "new", n_photos=3, n_rooms=1)
    assert (listing.id, listing.title) == (f"airbnb-{invented.listing_id}", invented.title)
    assert listing.source == "listing-zip"
    assert [review.id for review in listing.reviews] == [review.id for review in invented.reviews]
    assert [review.text for review in listing.reviews] == [review.text for review in invented.reviews]
    assert [(room.name, room.grouped) for room in listing.rooms] == [
        ("Living room", True),
        ("Other photos", False),
    ]
    assert not any(name in listing.model_dump_json() for name in REVIEWERS)


def test_reviews_that_the_page_had_not_loaded_are_told(tmp_path: Path) -> None:
    listing = invent(3, 40, "new", n_photos=0)
    page = {
        "url": listing.canonical_url,
        "answers": [{"url": "https://x/", "body": reviews_response(listing, 0, 24)}],
    }
    path = _zip(tmp_path / "p.zip", {"manifest.json": _manifest(), "page.json": json.dumps(page)})
    found = _collect(path, tmp_path / "a")
    assert len(found.reviews) == 24
    assert any("16 of 40 reviews are still missing" in problem.message for problem in found.problems)


def test_photos_alone_are_a_listing_whatever_the_page_was(tmp_path: Path) -> None:
    entries: dict[str, bytes | str] = {
        "manifest.json": _manifest(photos=[{"file": "photos/1.jpg"}, {"file": "photos/2.jpg"}], title="Seen"),
        "page.json": json.dumps({"url": "https://www.airbnb.com/rooms/1", "html": "<html></html>"}),
        "photos/1.jpg": jpeg("1"),
    }
    listing = _collect(_zip(tmp_path / "p.zip", entries), tmp_path / "a")
    assert (listing.title, len(listing.photos)) == ("Seen", 1)
    assert {problem.subject for problem in listing.problems} == {"page", "photos/2.jpg"}


@pytest.mark.parametrize(
    "name", ["../out.jpg", "/etc/x.jpg", "a\\..\\b.jpg", "photos/../../x", "C:x.jpg", "photos/a\nb.jpg"]
)
def test_names_that_lead_outside_are_refused(tmp_path: Path, name: str) -> None:
    path = _zip(tmp_path / "p.zip", {"manifest.json": _manifest(), "page.json": "{}", name: b"x"})
    with pytest.raises(UnsupportedSource, match="leads outside"):
        resolve(str(path))
    assert list(tmp_path.iterdir()) == [path]


def _link(path: Path) -> Path:
    entry = zipfile.ZipInfo("photos/a.jpg")
    entry.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("manifest.json", _manifest())
        packed.writestr(entry, "/etc/passwd")
    return path


def _many(path: Path) -> Path:
    return _zip(
        path, {"manifest.json": _manifest(), **{f"photos/{n}": b"" for n in range(bounds.MOST_ENTRIES)}}
    )


def _twice(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as packed:
        for _ in range(2):
            packed.writestr("manifest.json", _manifest())
    return path


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda p: _zip(p, {"manifest.json": _manifest(), "page.json": b"0" * 3_000_000}), "times its size"),
        (_link, "is a link"),
        (_many, "more than 2000"),
        (_twice, "twice"),
        (lambda p: _zip(p, {"manifest.json": _manifest(version=2)}), "newer ShowRoom"),
        (lambda p: _zip(p, {"manifest.json": "[]"}), "cannot be read"),
        (lambda p: _zip(p, {"manifest.json": '{"format": "other"}'}), "cannot be read"),
    ],
)
def test_what_is_no_listing_or_made_to_do_harm_is_refused(
    tmp_path: Path, make: Callable[[Path], Path], told: str
) -> None:
    with pytest.raises(UnsupportedSource, match=told):
        resolve(str(make(tmp_path / "p.zip")))


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ({"page.json": "{"}, "cannot be read"),
        ({"page.json": "[" * 100_000}, "cannot be read"),
        ({}, "holds no page.json"),
        ({"page.json": '{"url": "https://www.airbnb.com/rooms/1"}'}, "neither a usable photo nor a review"),
    ],
)
def test_a_page_that_cannot_be_read_is_told(tmp_path: Path, entries: dict[str, str], told: str) -> None:
    path = _zip(tmp_path / "p.zip", {"manifest.json": _manifest(), **entries})
    with pytest.raises(CollectError, match=told):
        _collect(path, tmp_path / "a")


def test_a_damaged_photo_is_left_out_by_name_and_a_bomb_is_not_opened(tmp_path: Path) -> None:
    entries: dict[str, bytes | str] = {
        "manifest.json": _manifest(photos=[{"file": "photos/1.jpg"}]),
        "page.json": json.dumps({"url": ""}),
        "photos/1.jpg": b"<script>alert(1)</script>",
    }
    with pytest.raises(EmptySource, match=r"photos/1\.jpg"):
        _collect(_zip(tmp_path / "p.zip", entries), tmp_path / "a")
    assert not list((tmp_path / "a").rglob("*.jpg")) and not (tmp_path / "a" / "incoming").exists()


def test_other_archives_are_not_taken_for_a_listing(tmp_path: Path) -> None:
    assert not is_handed_listing(_zip(tmp_path / "a.zip", {"photos/1.jpg": b"x"}))
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04 nothing")
    assert not is_handed_listing(tmp_path / "b.zip")
    with pytest.raises(UnsupportedSource):
        HandedListingSource(tmp_path / "b.zip")
