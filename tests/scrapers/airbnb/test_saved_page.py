"""A page saved from a browser: with or without state, with or without its files, as HTML or MHTML."""

from __future__ import annotations

import email.message
import email.policy
from pathlib import Path

import pytest

from scrapers.airbnb.fetch.conduct import Conduct
from scrapers.airbnb.fetch.limits import Limits
from scrapers.airbnb.saved import SavedPageSource
from scrapers.airbnb.urls import STRICT, HostPolicy
from scrapers.errors import CollectError, NotAListing, SourceNotFound, Unavailable
from scrapers.listing import Listing
from tests.replica.expect import differences
from tests.replica.listings import InventedListing
from tests.replica.payloads import invent, page_html, tour_html, unavailable_html, unavailable_state
from tests.replica.site import Fault, Replica, jpeg
from tests.scrapers.airbnb.conftest import QUICK

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def collect(path: Path, hosts: HostPolicy = STRICT, *, download: bool = False) -> Listing:
    source = SavedPageSource(
        path,
        cache=path.parent / "cache",
        download=download,
        hosts=hosts,
        conduct=QUICK if hosts.replica else Conduct(),
        limits=Limits(attempts=1),
    )
    folder = path.parent / "listing"
    folder.mkdir(exist_ok=True)
    return source.collect(folder)


def save(folder: Path, html: str, name: str = "Barn.html") -> Path:
    path = folder / name
    path.write_text(html, encoding="utf-8")
    return path


def with_tour(invented: InventedListing) -> str:
    html = page_html(invented, hydrated_only=True)
    return html.replace("</main>", f"</main>{tour_html(invented)}")


def test_missing_photos_are_downloaded_once(replica: Replica, hosts: HostPolicy, tmp_path: Path) -> None:
    invented = invent(31, 5, "half", n_photos=5, n_rooms=2, media_origin=replica.origin)
    path = save(tmp_path, page_html(invented))
    for _ in range(2):
        listing = collect(path, hosts, download=True)
        assert listing.source == "saved-page"
        assert not {"title", "rooms", "captions", "rating", "id"} & set(differences(listing, invented))
    assert replica.count("photo") == 5


def test_a_refused_photo_leaves_the_rest_of_the_page(
    replica: Replica, hosts: HostPolicy, tmp_path: Path
) -> None:
    invented = invent(32, 8, "old", media_origin=replica.origin)
    replica.faults.append(Fault("photo", "status", status=403))
    listing = collect(save(tmp_path, page_html(invented)), hosts, download=True)
    assert listing.photos == ()
    assert len(listing.reviews) > 0
    assert any("refused" in problem.message for problem in listing.problems)


def test_photos_saved_beside_the_page_are_used(tmp_path: Path) -> None:
    invented = invent(33, 6, "new", n_photos=6, n_rooms=3)
    html = with_tour(invented)
    files = tmp_path / "Barn_files"
    files.mkdir()
    for number, photo in enumerate(invented.photos):
        (files / f"{number}.jpeg").write_bytes(jpeg(photo.path))
        html = html.replace(f'src="{invented.url_of(photo)}?im_w=720"', f'src="./Barn_files/{number}.jpeg"')
    listing = collect(save(tmp_path, html))
    assert [(room.name, len(room.photo_ids)) for room in listing.rooms] == [(r, 2) for r in invented.rooms]


def test_a_saved_copy_outside_the_page_s_folder_is_not_read(tmp_path: Path) -> None:
    invented = invent(34, 6, "new", n_photos=1)
    (tmp_path / "secret.jpeg").write_bytes(jpeg("secret"))
    inner = tmp_path / "inner"
    inner.mkdir()
    url = invented.url_of(invented.photos[0])
    html = with_tour(invented).replace(f'src="{url}?im_w=720"', 'src="../secret.jpeg"')
    assert collect(save(inner, html)).photos == ()


def test_a_page_saved_as_one_file_brings_its_photos(tmp_path: Path) -> None:
    invented = invent(35, 6, "new", n_photos=4, n_rooms=2)
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message.make_mixed()
    message.add_attachment(with_tour(invented), subtype="html", cte="quoted-printable")
    for photo in invented.photos:
        headers = [f"Content-Location: {invented.url_of(photo)}?im_w=720"]
        message.add_attachment(jpeg(photo.path), "image", "jpeg", headers=headers)
    path = tmp_path / "Barn.mhtml"
    path.write_bytes(message.as_bytes())
    listing = collect(path)
    assert [(room.name, len(room.photo_ids)) for room in listing.rooms] == [(r, 2) for r in invented.rooms]


@pytest.mark.parametrize(
    ("html", "error"),
    [
        (unavailable_html(unavailable_state()), Unavailable),
        ("<html><body><h1>My holiday</h1></body></html>", NotAListing),
        ("", CollectError),
        ("\x00\x01\x02", CollectError),
    ],
    ids=["removed", "other", "empty", "binary"],
)
def test_other_pages_end_in_their_own_error(tmp_path: Path, html: str, error: type[CollectError]) -> None:
    with pytest.raises(error):
        collect(save(tmp_path, html))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound, match="nowhere"):
        SavedPageSource(tmp_path / "nowhere.html", cache=tmp_path)


def test_the_fingerprint_follows_the_page_and_the_files_beside_it(tmp_path: Path) -> None:
    path = save(tmp_path, page_html(invent(36, 0, "old")))

    def fingerprint() -> str:
        return SavedPageSource(path, cache=tmp_path / "cache", download=False).fingerprint()

    first = fingerprint()
    assert fingerprint() == first
    (tmp_path / "Barn_files").mkdir()
    (tmp_path / "Barn_files" / "1.jpeg").write_bytes(b"1")
    second = fingerprint()
    assert second != first
    save(tmp_path, page_html(invent(37, 0, "old")))
    assert fingerprint() not in (first, second)
