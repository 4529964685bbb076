"""Fixtures for all tests: a store in a temporary folder, and nothing of the user's environment."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline import machine
from pipeline.config import Settings
from pipeline.store import Store
from tests.places import SHARED


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("SHOWROOM_"):
            monkeypatch.delenv(name)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an empty installation."""
    return Settings(data=tmp_path / "data")


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    """An empty store."""
    opened = Store.open(settings)
    yield opened
    opened.catalogue.close()


@pytest.fixture
def use_threads() -> Iterator[Callable[[int], None]]:
    """Holds this process to so many threads until the test ends."""
    yield machine.use
    machine.use()


@pytest.fixture
def shared_data() -> Path:
    """Development data beside the checkout; the test is skipped where there is none."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip("needs the development data beside the checkout")
    return folder
