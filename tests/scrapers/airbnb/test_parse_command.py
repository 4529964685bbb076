"""``python -m scrapers parse FILE...`` prints what the parsers read, and tells what it could not read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scrapers.__main__ import main
from scrapers.listing import Listing
from tests.places import ROOT
from tests.replica.payloads import (
    invent,
    page_html,
    page_state,
    reviews_response,
    stale_query_response,
    unavailable_state,
)


def run(capsys: pytest.CaptureFixture[str], *files: Path) -> tuple[int, Any, str]:
    status = main(["parse", *map(str, files)])
    out, err = capsys.readouterr()
    return status, json.loads(out) if out else None, err


def write(path: Path, content: object) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_a_saved_page_a_state_and_an_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listing = invent(7, 12, "half", n_rooms=2)
    files = (
        write(tmp_path / "page.html", page_html(listing)),
        write(tmp_path / "state.json", page_state(listing)),
        write(tmp_path / "reviews.json", reviews_response(listing)),
    )
    status, (page, state, answer), err = run(capsys, *files)
    assert (status, err) == (0, "")
    assert page["title"] == state["title"] == listing.title
    assert page["id"] == state["id"] == f"airbnb-{listing.listing_id}"
    assert [photo["url"] for photo in state["photos"]] == [listing.url_of(p) for p in listing.photos]
    assert [room["name"] for room in state["rooms"]] == list(listing.rooms)
    assert [review["text"] for review in answer["reviews"]] == [r.text for r in listing.reviews]
    assert answer["review_count"] == 12


def test_one_file_is_one_object_with_the_fields_of_a_listing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listing = invent(7, 2, "old")
    _, found, _ = run(capsys, write(tmp_path / "state.json", page_state(listing)))
    assert set(found) == set(Listing.model_fields)
    read = Listing.model_validate({**found, "photos": [], "rooms": []})
    assert read.status("rating") == "none"
    assert read.status("price") == "absent"


def test_keys_and_names_are_not_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    listing = invent(7, 12, "half")
    _, found, _ = run(capsys, write(tmp_path / "page.html", page_html(listing)))
    printed = json.dumps(found)
    assert listing.api_key not in printed
    assert not any(review.reviewer in printed for review in listing.reviews)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gone.json", unavailable_state(), "no longer shows"),
        ("stale.json", stale_query_response(), "no longer knows"),
        ("broken.json", '{"a":', "not valid JSON"),
        ("other.json", {"a": 1}, "nothing that the parsers know"),
        ("other.html", "<p>Hello</p>", "not a listing"),
        ("empty.html", "", "not a listing"),
    ],
)
def test_what_cannot_be_read_is_told_and_the_rest_is_printed(
    name: str, content: object, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = write(tmp_path / "good.json", page_state(invent(7, 12, "old")))
    status, found, err = run(capsys, write(tmp_path / name, content), good)
    assert status == 1
    assert len(found) == 1
    assert name in err
    assert message in err


def test_a_missing_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, found, err = run(capsys, tmp_path / "nothing.html")
    assert (status, found) == (1, None)
    assert "There is no file" in err


def test_the_command_runs_without_network_or_heavy_packages(tmp_path: Path) -> None:
    file = write(tmp_path / "state.json", page_state(invent(2, 12, "new")))
    command = [sys.executable, "-m", "scrapers", "parse", str(file)]
    ran = subprocess.run(command, capture_output=True, check=True, cwd=ROOT, env={"PYTHONIOENCODING": "ascii"})
    assert json.loads(ran.stdout)["title"] == invent(2, 12, "new").title
