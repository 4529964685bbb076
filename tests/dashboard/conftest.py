"""The store of a test is the one that the dashboard opens; a maker fills it."""

from pathlib import Path

import pytest

from pipeline.config import Settings
from pipeline.store import Store
from tests.dashboard.invented import StoreMaker


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
