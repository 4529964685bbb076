"""The store of a test is the one that the dashboard opens; a maker fills it."""

from pathlib import Path

import pytest

from pipeline import doctor
from pipeline.config import Settings
from pipeline.store import Store
from tests.dashboard.invented import SCRIPT_TITLE, StoreMaker


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of an empty installation, also seen by the dashboard."""
    monkeypatch.setenv("SHOWROOM_DATA", str(tmp_path / "data"))
    for name in ("DATABASE_URL", "QUEUE_URL", "ARTEFACTS_URL"):
        monkeypatch.delenv(f"SHOWROOM_{name}", raising=False)
    return Settings()


@pytest.fixture
def maker(store: Store) -> StoreMaker:
    """Fills the store."""
    return StoreMaker(store)


@pytest.fixture
def full(maker: StoreMaker) -> StoreMaker:
    """Two listings with reports, the second with a hostile title."""
    for listing_id, title in (("river-flat", "River flat"), ("old-town", SCRIPT_TITLE)):
        listing, key = maker.listing(listing_id, title, synthetic=listing_id == "river-flat", reviews=24)
        maker.report(listing, key, maker.reviews(listing))
    return maker


@pytest.fixture
def quick_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor without the second that it takes to look at torch."""
    lines = [
        doctor.Check("Python", "base", True, "3.11", "runs everything"),
        doctor.Check("GPU", "device", False, "none found", "speed", "a driver"),
        doctor.Check("Fast3R", "weights", False, "not there", "rooms by a network", "fetch it"),
    ]
    monkeypatch.setattr(doctor, "checks", lambda settings=None: lines)
