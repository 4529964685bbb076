"""Uploads: safe names, limits, the same content once."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.data import uploads
from dashboard.data.uploads import Upload, UploadRefused, safe_name, save

PHOTO = Upload("a.jpg", b"photo")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd.jpg", "passwd.jpg"),
        ("C:\\photos\\Küche 1.JPG", "Küche 1.jpg"),
        (".hidden.png", "hidden.png"),
        ("a\x00b;rm -rf.jpg", "a_b_rm -rf.jpg"),
        ("거실.jpg", "거실.jpg"),
        ("", "file"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text(max_size=200))
def test_a_safe_name_stays_in_its_folder(name: str) -> None:
    safe = safe_name(name)
    assert Path("/x", safe).parent == Path("/x")
    assert safe not in ("", ".", "..")
    assert len(safe) <= 100


def test_photos_lie_in_the_folder_of_their_room(tmp_path: Path) -> None:
    saved = save(tmp_path, [PHOTO, Upload("a.jpg", b"other"), Upload("r.csv", b"text")], "Living room")
    assert saved.folder.parent.parent == tmp_path
    assert sorted(p.name for p in (saved.folder / "Living room").iterdir()) == ["001-a.jpg", "a.jpg"]
    assert saved.origin == str(saved.folder)
    assert saved.reviews_file is not None and Path(saved.reviews_file).read_bytes() == b"text"


def test_what_is_no_photo_is_analysed_itself(tmp_path: Path) -> None:
    page = save(tmp_path, [Upload("page.html", b"<html>")])
    assert (Path(page.origin).name, page.reviews_file) == ("page.html", None)
    city = save(tmp_path, [Upload("reviews.csv.gz", b"r"), Upload("listings.csv.gz", b"l")])
    assert sorted(p.name for p in Path(city.origin).iterdir()) == ["listings.csv.gz", "reviews.csv.gz"]


def test_the_same_content_is_kept_once(tmp_path: Path) -> None:
    assert save(tmp_path, [PHOTO]) == save(tmp_path, [PHOTO])
    assert save(tmp_path, [PHOTO]) != save(tmp_path, [PHOTO], "Bath")
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ([], "Choose photos"),
        ([Upload("x.exe", b"1")], "not one of"),
        ([Upload("x.jpg", b"")], "empty"),
        ([PHOTO] * (uploads.MAX_PHOTOS + 1), "too many"),
    ],
)
def test_what_breaks_a_limit_is_refused(tmp_path: Path, files: list[Upload], why: str) -> None:
    with pytest.raises(UploadRefused, match=why):
        save(tmp_path, files)
    assert not list(tmp_path.iterdir())


def test_large_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_FILE_BYTES", 3)
    with pytest.raises(UploadRefused, match="larger"):
        save(tmp_path, [PHOTO])
