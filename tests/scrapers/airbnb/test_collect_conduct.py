"""Interrupted runs continue without collecting twice; waits, lock and privacy hold."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from scrapers.airbnb.fetch.conduct import Conduct
from scrapers.airbnb.urls import HostPolicy
from scrapers.errors import BrowserFailed
from tests.places import ROOT
from tests.replica import texts
from tests.replica.expect import differences
from tests.replica.listings import InventedListing
from tests.replica.payloads import invent
from tests.replica.site import Fault, Replica
from tests.scrapers.airbnb.conftest import Collect, SourceMaker

pytestmark = [pytest.mark.browser, pytest.mark.allow_hosts(["127.0.0.1"])]
COLLECT_APART = """
import sys
from pathlib import Path
from scrapers.airbnb.fetch.conduct import Conduct
from scrapers.airbnb.source import AirbnbSource
from scrapers.airbnb.urls import HostPolicy
address, origin, cache, folder = sys.argv[1:]
source = AirbnbSource(address, cache=Path(cache), hosts=HostPolicy(origin), conduct=Conduct(0.3, 0.0))
source.collect(Path(folder))
"""


@pytest.fixture
def invented(replica: Replica) -> InventedListing:
    return invent(21, 230, "half", n_photos=6, n_rooms=2, media_origin=replica.origin)


class Stopped(Exception):
    """What a report raises to stop a run."""


def browsers(process: psutil.Process) -> list[psutil.Process]:
    return [child for child in process.children(recursive=True) if "chrom" in child.name()]


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def assert_continued(replica: Replica, invented: InventedListing, collect: Collect, address: str) -> None:
    """The next run brings everything, and asks for nothing that came before."""
    came = set(replica.details("reviews")[:-1])  # the last one may have been on its way
    replica.faults.clear()
    replica.hits.clear()
    assert differences(collect(address), invented) == {}
    asked = replica.details("reviews")[1:]  # the first one is the page's own
    assert not came & set(asked)
    assert len(set(asked)) == len(asked)


def test_killing_the_browser_in_the_middle(
    replica: Replica, collect: Collect, source: SourceMaker, invented: InventedListing, tmp_path: Path
) -> None:
    address = replica.show(invented)
    replica.faults.append(Fault("reviews", "slow", after=2, delay_s=1.3))

    def report(_fraction: float, _message: str) -> None:
        if replica.count("reviews") >= 3:
            for browser in browsers(psutil.Process()):
                browser.kill()

    with pytest.raises(BrowserFailed, match="continues"):
        source(address).collect(tmp_path, report)
    assert_continued(replica, invented, collect, address)


def test_killing_the_process_in_the_middle(
    replica: Replica, collect: Collect, invented: InventedListing, tmp_path: Path
) -> None:
    address = replica.show(invented)
    arguments = [address, replica.origin, str(tmp_path / "cache"), str(tmp_path)]
    process = subprocess.Popen([sys.executable, "-c", COLLECT_APART, *arguments], cwd=ROOT)
    wait_until(lambda: replica.count("reviews") >= 4, 40)
    left = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(left, timeout=10)
    assert not alive, "the browser outlives the process that drove it"
    assert_continued(replica, invented, collect, address)


def test_a_report_stops_the_run_which_can_be_continued(
    replica: Replica, collect: Collect, source: SourceMaker, invented: InventedListing, tmp_path: Path
) -> None:
    address = replica.show(invented)
    replica.faults.append(Fault("reviews", "slow", after=2, delay_s=1.3))
    seen_at: list[float] = []

    def report(_fraction: float, _message: str) -> None:
        if replica.count("reviews") >= 3:
            seen_at.append(time.monotonic())
            raise Stopped

    with pytest.raises(Stopped):
        source(address).collect(tmp_path, report)
    assert time.monotonic() - seen_at[0] < 3
    assert not browsers(psutil.Process())
    assert_continued(replica, invented, collect, address)


def test_a_second_run_asks_for_nothing_and_has_the_same_fingerprint(
    replica: Replica, source: SourceMaker, invented: InventedListing, tmp_path: Path
) -> None:
    address = replica.show(invented)
    first = source(address)
    fingerprint = first.fingerprint()
    listing = first.collect(tmp_path)
    replica.hits.clear()
    again = source(address)
    assert again.fingerprint() == fingerprint
    assert again.collect(tmp_path) == listing
    assert replica.hits == []


def test_requests_keep_their_distance(replica: Replica, collect: Collect, invented: InventedListing) -> None:
    collect(replica.show(invented), conduct=Conduct(0.25, 0.1))
    starts_s = [hit.at_s for hit in replica.hits if hit.detail != "BEST_QUALITY:0"]  # that one is the page's
    assert len(starts_s) >= 12
    # single gaps shrink when this machine is busy and a request arrives late; their sum does not
    assert starts_s[-1] - starts_s[0] > 0.25 * (len(starts_s) - 2)


def test_one_listing_at_a_time(replica: Replica, source: SourceMaker, tmp_path: Path) -> None:
    both = [invent(seed, 30, "old", n_photos=4, media_origin=replica.origin) for seed in (22, 23)]
    sources = [source(replica.show(invented)) for invented in both]
    said: list[str] = []

    def run(index: int) -> None:
        folder = tmp_path / str(index)
        folder.mkdir()
        sources[index].collect(folder, lambda _, message: said.append(message))

    threads = [threading.Thread(target=run, args=(index,)) for index in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    photos = [hit.detail.split("/")[4] for hit in replica.hits if hit.what == "photo"]
    assert len(photos) == 8
    assert len(set(photos[:4])) == len(set(photos[4:])) == 1
    assert "Waiting: another listing is being collected" in said


def test_no_reviewer_is_named_in_any_file(
    replica: Replica, collect: Collect, hosts: HostPolicy, tmp_path: Path
) -> None:
    invented = invent(24, 60, "new", media_origin=replica.origin)
    collect(replica.show(invented, hydrated_only=True))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 5
    for path in files:
        content = path.read_bytes()
        assert not [name for name in texts.REVIEWERS if name.encode() in content], path
        assert invented.api_key.encode() not in content, path
