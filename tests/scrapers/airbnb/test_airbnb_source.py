"""The source without a browser: what it accepts, how it names what it has, and the small parts around it."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from scrapers.airbnb.fetch import browser
from scrapers.airbnb.fetch.conduct import NOTICE, Conduct
from scrapers.airbnb.fetch.heartbeat import Status, run_with_heartbeat
from scrapers.airbnb.fetch.limits import Limits
from scrapers.airbnb.parse.assemble import missing_reviews
from scrapers.airbnb.parse.diagnosis import structure_of_html, structure_of_json
from scrapers.airbnb.source import AirbnbSource
from scrapers.airbnb.urls import HostPolicy
from scrapers.errors import NotAListing, UnsupportedSource
from scrapers.source import silent
from tests.replica import texts
from tests.replica.payloads import invent, page_html, reviews_response


class Stopped(Exception):
    """What a report raises to stop a run."""


class TestSource:
    """Construction and fingerprints."""

    def test_only_listings_are_accepted(self, tmp_path: Path) -> None:
        with pytest.raises(NotAListing):
            AirbnbSource("https://www.airbnb.com/experiences/1", cache=tmp_path)
        with pytest.raises(UnsupportedSource):
            AirbnbSource("http://127.0.0.1:8000/rooms/1", cache=tmp_path)

    def test_nobody_is_hurried_but_a_replica(self, tmp_path: Path) -> None:
        quick = Conduct(0.1)
        with pytest.raises(ValueError, match="at least 1 s"):
            AirbnbSource("https://www.airbnb.com/rooms/1", cache=tmp_path, conduct=quick)
        hosts = HostPolicy("http://127.0.0.1:8000")
        AirbnbSource("http://127.0.0.1:8000/rooms/1", cache=tmp_path, conduct=quick, hosts=hosts)
        with pytest.raises(ValueError, match="at least 1 s"):
            AirbnbSource("https://www.airbnb.com/rooms/1", cache=tmp_path, conduct=quick, hosts=hosts)

    def test_the_fingerprint_follows_listing_title_and_language(self, tmp_path: Path) -> None:
        def fingerprint(address: str, title: str | None = None) -> str:
            return AirbnbSource(address, cache=tmp_path, title=title).fingerprint()

        first = fingerprint("https://www.airbnb.com/rooms/1?adults=2")
        assert fingerprint("airbnb.com/rooms/1") != fingerprint("airbnb.fr/rooms/1")
        assert fingerprint("https://www.airbnb.com/rooms/1#photos") == first
        assert fingerprint("https://www.airbnb.com/rooms/2") != first
        assert fingerprint("https://www.airbnb.com/rooms/1", "Mine") != first

    def test_the_notice_says_what_the_terms_say(self) -> None:
        assert "terms of service forbid" in NOTICE


class TestLimits:
    """Bounds are checked."""

    @pytest.mark.parametrize("name", ["page_s", "attempts", "photos", "photo_bytes", "reviews"])
    def test_bounds_are_positive(self, name: str) -> None:
        with pytest.raises(ValueError, match=name):
            Limits(**{name: 0})

    def test_no_more_reviews_are_asked_for_than_the_site_gives(self) -> None:
        with pytest.raises(ValueError, match="at most 50"):
            Limits(reviews_per_request=100)


class TestFindingABrowser:
    """Chrome, then Playwright's own Chromium, then the system's."""

    @pytest.fixture(autouse=True)
    def _places(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "own"))
        monkeypatch.setattr(sys, "platform", "linux")

    def put(self, path: Path) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o755)
        return path

    def test_none(self) -> None:
        assert browser.find_browser() is None

    def test_the_order(self, tmp_path: Path) -> None:
        system = self.put(tmp_path / "bin" / "chromium")
        assert browser.find_browser() == system
        self.put(tmp_path / "own" / "chromium-999" / "chrome-linux" / "chrome")
        newest = self.put(tmp_path / "own" / "chromium-1255" / "chrome-linux64" / "chrome")
        assert browser.find_browser() == newest
        chrome = self.put(tmp_path / "bin" / "google-chrome")
        assert browser.find_browser() == chrome


class TestHeartbeat:
    """Synchronous callers hear of asynchronous work, and can stop it."""

    def test_the_result_comes_back(self) -> None:
        async def work(_status: Status) -> int:
            return 7

        assert run_with_heartbeat(work, silent) == 7

    def test_it_works_where_a_loop_is_running_already(self) -> None:
        async def work(_status: Status) -> int:
            await asyncio.sleep(0)
            return 7

        async def outer() -> int:
            return run_with_heartbeat(work, silent)

        assert asyncio.run(outer()) == 7

    def test_reports_arrive_during_the_work_and_can_end_it(self) -> None:
        ended: list[str] = []

        async def work(status: Status) -> None:
            status.part(0.5, 1.0)(0.5, "half of the second half")
            try:
                await asyncio.sleep(30)
            finally:
                ended.append("work")

        def report(fraction: float, message: str) -> None:
            assert (fraction, message) == (0.75, "half of the second half")
            raise Stopped

        with pytest.raises(Stopped):
            run_with_heartbeat(work, report)
        assert ended == ["work"]


class TestDiagnosis:
    """Structure without words."""

    def test_no_name_and_no_text_survives(self) -> None:
        invented = invent(41, 30, "half")
        kept = structure_of_json(reviews_response(invented)) + structure_of_html(page_html(invented))
        for word in (*texts.REVIEWERS, texts.HOST_NAME, invented.title, invented.api_key):
            assert word.encode() not in kept

    def test_keys_and_kinds_survive(self) -> None:
        kept = json.loads(structure_of_json({"a": [1, "bc", None, 2.5, True], "__typename": "Thing"}))
        assert kept == {"a": ["int", "text of 2", None, "... 5 items"], "__typename": "Thing"}
        page = json.loads(
            structure_of_html('<div data-section-id="X">w<script type="application/json">{"k":1}')
        )
        assert page["tags"][0] == "div data-section-id=X"
        assert json.loads(structure_of_html('<script type="application/json">{"k":1}</script>'))["scripts"] == [
            {"k": "int"}
        ]

    def test_depth_has_a_bound(self) -> None:
        value: dict[str, object] = {}
        for _ in range(5000):
            value = {"a": value}
        assert b"..." in structure_of_json(value)  # type: ignore[arg-type]


def test_missing_and_unreadable_reviews_are_named() -> None:
    assert missing_reviews(10, 10, 0, "Try.") == ()
    assert missing_reviews(None, 3, 0, "Try.") == ()
    unreadable, missing = missing_reviews(10, 5, 2, "Try this.")
    assert "2" in unreadable.message
    assert "3 of 10" in missing.message
    assert missing.message.endswith("Try this.")
