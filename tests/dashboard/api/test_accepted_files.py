"""The API takes the files that Start takes: one list of kinds for both."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from dashboard.data import Upload, save
from pipeline.store import Store
from scrapers.intake import accepted
from scrapers.sources import resolve
from tests.replica.drawn import drawn_html
from tests.replica.payloads import invent
from tests.scrapers.exports.books import workbook

API = "/api/v1"
BOOK = workbook({"Sheet1": [["Review", "Rating"], ["A quiet flat with a view.", 5]]})
PAGE = drawn_html(invent(5, 8, "new", n_photos=2)).encode()


def test_start_takes_every_kind_that_the_api_takes(tmp_path: Path) -> None:
    for kind in (*accepted.REVIEW_TYPES, *accepted.WHOLE_TYPES, *accepted.PHOTO_TYPES):
        assert save(tmp_path, [Upload(f"file.{kind}", b"x")]).origin, "Start takes it"
    assert {"csv", "tsv", "json", "jsonl", "gz", "xlsx", "xls"} <= set(accepted.REVIEW_TYPES)
    assert {"zip", "html", "mhtml"} <= set(accepted.WHOLE_TYPES)


@pytest.mark.parametrize(
    ("field", "name", "content", "kept"),
    [
        ("reviews", "said.xlsx", BOOK, "reviews-file"),
        ("archive", "Flat.html", PAGE, "saved-page"),
        ("archive", "Flat.htm", PAGE, "saved-page"),
    ],
)
def test_what_start_takes_the_api_takes(
    client: TestClient, store: Store, field: str, name: str, content: bytes, kept: str
) -> None:
    answer = client.post(f"{API}/analyses", files={field: (name, content)})
    assert answer.status_code == 202, answer.text
    origin = store.catalogue.job(answer.json()["id"]).origin
    assert Path(origin).is_relative_to(store.settings.uploads_folder)
    assert resolve(origin, cache=store.settings.data / "cache").name == kept


@pytest.mark.parametrize(
    ("field", "name", "content", "status", "why"),
    [
        ("archive", "Bread.html", b"<html><body>Bread and butter</body></html>", 422, "not a listing"),
        ("archive", "tool.exe", b"MZ", 415, "is not one of"),
        ("reviews", "page.html", PAGE, 415, "is not one of"),
    ],
)
def test_what_cannot_be_read_is_refused_and_not_kept(
    client: TestClient, store: Store, field: str, name: str, content: bytes, status: int, why: str
) -> None:
    answer = client.post(f"{API}/analyses", files={field: (name, content)})
    assert answer.status_code == status and why in answer.json()["detail"]
    assert store.catalogue.jobs() == []
    assert not [path for path in store.settings.uploads_folder.rglob("*") if path.is_file()]
