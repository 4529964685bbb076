"""The report in one file: nothing is fetched, nothing of a guest's is obeyed, rooms lie inside."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboard import report
from dashboard.data import listing_view
from pipeline.reviews.report import ReviewReport
from tests.dashboard.invented import SCRIPT_TITLE, StoreMaker


def made(maker: StoreMaker, listing_id: str) -> str:
    view = listing_view(maker.store, maker.store.catalogue.listing(listing_id))
    assert view.report is not None and view.report.reviews_key is not None
    reviews = ReviewReport.load(maker.store.artefacts.folder(view.report.reviews_key))
    return report.html_report(maker.store, view, reviews)


@pytest.fixture
def bundle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    code = tmp_path / "index.js"
    code.write_text('export function mount() { return "</script><b>"; }')
    monkeypatch.setattr(report, "BUNDLE", code)


@pytest.mark.usefixtures("bundle")
def test_everything_is_inside(full: StoreMaker) -> None:
    body = made(full, "river-flat")
    addresses = re.findall(r'(?:src|href)="([^"]{1,40})', body)
    assert addresses and all(address.startswith("data:") for address in addresses)
    assert "model/gltf-binary;base64," in body and "Photos and reviews are invented." in body
    assert "Clean kitchen" in body and "River flat" in body


@pytest.mark.usefixtures("bundle")
def test_nothing_ends_a_script_early_and_titles_stay_text(full: StoreMaker) -> None:
    body = made(full, "old-town")
    assert "<script>alert" not in body and SCRIPT_TITLE not in body
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", body, re.DOTALL)
    assert len(scripts) == 3 and any("<b>" in script for script in scripts), "the bundle is whole"


@pytest.mark.usefixtures("bundle")
def test_a_room_that_is_too_large_is_left_out_with_a_word(
    full: StoreMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "LARGEST_BYTES", 1000)
    body = made(full, "river-flat")
    assert "model/gltf-binary" not in body and "too large to be mailed" in body


def test_the_command_writes_a_file_and_names_unknown_ids(
    full: StoreMaker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report.main(["river-flat", "--to", str(tmp_path / "flat.html")])
    assert (tmp_path / "flat.html").read_text("utf-8").startswith("<!doctype html>")
    report.main(["river-flat", "--language", "ko", "--to", str(tmp_path / "korean.html")])
    korean = (tmp_path / "korean.html").read_text("utf-8")
    assert '<html lang="ko">' in korean and "손님들이 이야기하는 것" in korean
    with pytest.raises(SystemExit):
        report.main(["nobody"])
    assert "nobody" in capsys.readouterr().err
