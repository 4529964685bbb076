"""Tables say what `show --json` says, in files that spreadsheets and programs open."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from pipeline.api import listing_tables, shown_listing, write_tables, zipped_tables
from tests.dashboard.invented import StoreMaker


@pytest.fixture
def maker(store: object) -> StoreMaker:
    made = StoreMaker(store)  # type: ignore[arg-type]
    listing, key = made.listing(reviews=24)
    made.report(listing, key, made.reviews(listing))
    return made


def test_tables_agree_with_show_json(maker: StoreMaker) -> None:
    tables, shown = listing_tables(maker.store, "river-flat"), shown_listing(maker.store, "river-flat")
    assert list(tables["rooms"]["placed"]) == [room.placed for room in shown.rooms]
    assert list(tables["topics"]["share"]) == [topic.share for topic in shown.reviews.topics]
    facts = dict(zip(tables["facts"]["fact"], tables["facts"]["status"], strict=True))
    assert facts == {name: fact.status for name, fact in shown.facts.items()}
    assert len(tables["reviews"]) == 24 and "Clean kitchen" in set(tables["reviews"]["topics"])
    assert "deal_breakers" not in tables, "a table without rows is left out"


def test_files_come_back_as_they_were(maker: StoreMaker, tmp_path: Path) -> None:
    tables = listing_tables(maker.store, "river-flat")
    for path in write_tables(tables, tmp_path / "p", "parquet"):
        pd.testing.assert_frame_equal(pd.read_parquet(path), tables[path.stem])
    rows = pd.read_csv(write_tables({"reviews": tables["reviews"]}, tmp_path / "c", "csv")[0])
    assert "숙소가 깨끗하고 강이 보여서 정말 좋았어요." in set(rows["text"])


def test_what_guests_write_is_no_formula_in_a_spreadsheet(tmp_path: Path) -> None:
    frame = pd.DataFrame({"text": ["=HYPERLINK(1)", "fine", "-5 stars"], "n": [1, 2, -3]})
    [path] = write_tables({"reviews": frame}, tmp_path, "csv")
    assert path.read_text("utf-8-sig").splitlines() == ["text,n", "'=HYPERLINK(1),1", "fine,2", "'-5 stars,-3"]


def test_the_zip_holds_both_kinds_and_says_what_they_are(maker: StoreMaker) -> None:
    tables = listing_tables(maker.store, "river-flat")
    with zipfile.ZipFile(io.BytesIO(zipped_tables(tables, "River flat"))) as archive:
        names = set(archive.namelist())
        told = archive.read("README.txt").decode()
    assert {f"{kind}/{name}.{kind}" for kind in ("csv", "parquet") for name in tables} < names
    assert told.startswith("River flat") and "reviews: the reviews, without their writers" in told
