"""``pack``: a stored listing becomes a ZIP that ``analyse`` reads."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.commands.cli import app
from pipeline.config import Settings
from pipeline.store import Store
from scrapers.sources import resolve
from tests.dashboard.invented import StoreMaker


def test_a_stored_listing_is_packed_and_read_again(
    store: Store, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOWROOM_DATA", str(settings.data))
    listing, _ = StoreMaker(store).listing(reviews=6)
    packed = tmp_path / "flat.zip"
    told = CliRunner().invoke(app, ["pack", listing.id, "--to", str(packed)])
    assert told.exit_code == 0 and "flat.zip" in told.output
    again = resolve(str(packed)).collect(tmp_path / "again")
    assert (again.id, again.title, again.reviews) == (listing.id, listing.title, listing.reviews)
    assert len(again.photos) == len(listing.photos)
    unknown = CliRunner().invoke(app, ["pack", "nobody", "--to", str(packed)])
    assert unknown.exit_code == 1 and "nobody" in unknown.output
