"""Photos: bounded in size, type, number and hosts; refusals stop, failures are tried again, nothing twice."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from scrapers.airbnb.fetch.cache import ListingCache
from scrapers.airbnb.fetch.conduct import Conduct, Manners
from scrapers.airbnb.fetch.download import PhotoDownloads
from scrapers.airbnb.fetch.limits import Limits
from scrapers.airbnb.urls import HostPolicy
from scrapers.errors import Blocked
from scrapers.source import silent
from tests.replica.site import Fault, Replica, jpeg

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
LIMITS = Limits(request_s=0.6, attempts=2, photo_bytes=200_000, photos=6)


class Downloader:
    """Downloads from the replica into one cache."""

    def __init__(self, replica: Replica, folder: Path) -> None:
        self.replica = replica
        self.cache = ListingCache(folder, "1")
        self.manners = Manners(folder, Conduct(0.01, 0.0))

    def addresses(self, count: int) -> list[str]:
        return [f"{self.replica.origin}/im/pictures/{index}.jpeg" for index in range(count)]

    def run(self, urls: list[str], limits: Limits = LIMITS) -> PhotoDownloads:
        downloads = PhotoDownloads(self.cache, self.manners, HostPolicy(self.replica.origin), limits)
        asyncio.run(downloads.run(urls, silent))
        return downloads

    def came(self, urls: list[str]) -> list[bool]:
        return [self.cache.photo(url).is_file() for url in urls]


@pytest.fixture
def downloader(replica: Replica, tmp_path: Path) -> Downloader:
    return Downloader(replica, tmp_path)


def test_every_photo_comes_once_however_often_it_is_wanted(downloader: Downloader) -> None:
    urls = downloader.addresses(4)
    assert downloader.run([*urls, urls[0]]).problems == []
    assert downloader.run(urls).problems == []
    assert downloader.replica.count("photo") == 4
    assert downloader.cache.photo(urls[0]).read_bytes() == jpeg("/im/pictures/0.jpeg")


@pytest.mark.parametrize("kind", ["status", "broken", "slow"])
def test_a_failure_is_tried_again(downloader: Downloader, kind: str) -> None:
    downloader.replica.faults.append(Fault("photo", kind, times=1, status=500, delay_s=1.0))  # type: ignore[arg-type]
    urls = downloader.addresses(2)
    assert not downloader.run(urls).unfinished
    assert downloader.came(urls) == [True, True]


@pytest.mark.parametrize("kind", ["status", "broken", "slow"])
def test_what_keeps_failing_is_named_and_left_for_another_run(downloader: Downloader, kind: str) -> None:
    downloader.replica.faults.append(Fault("photo", kind, status=502, delay_s=1.0))  # type: ignore[arg-type]
    (url,) = urls = downloader.addresses(1)
    downloads = downloader.run(urls)
    assert downloads.unfinished
    assert [problem.subject for problem in downloads.problems] == [url]
    downloader.replica.faults.clear()
    assert not downloader.run(urls).unfinished


def test_without_a_network_it_gives_up_early(downloader: Downloader) -> None:
    downloader.replica.faults.append(Fault("photo", "status", status=500))
    downloads = downloader.run(downloader.addresses(40), Limits(attempts=1, parallel_photos=1))
    assert downloads.unfinished
    assert len(downloads.problems) == 40
    assert downloader.replica.count("photo") == 3


@pytest.mark.parametrize("status", [403, 429])
def test_a_refusal_stops_all_downloads(downloader: Downloader, status: int) -> None:
    fault = Fault("photo", "status", after=2, status=status, retry_after="60")
    downloader.replica.faults.append(fault)
    with pytest.raises(Blocked) as refused:
        downloader.run(downloader.addresses(6), Limits(parallel_photos=1))
    assert refused.value.retry_after_s == 60
    assert downloader.replica.count("photo") == 3
    assert sum(downloader.came(downloader.addresses(6))) == 2


@pytest.mark.parametrize(
    ("kind", "content", "why"),
    [
        ("text/html", b"<html></html>", "text/html"),
        ("image/svg+xml", b"<svg/>", "svg"),
        ("image/jpeg", b"<html>not a photo at all</html>", "whatever the server calls it"),
        ("image/jpeg", b"\xff\xd8\xff" + bytes(300_000), "larger than"),
    ],
    ids=["html", "svg", "disguised", "huge"],
)
def test_what_is_no_photo_is_left_out_for_good(
    downloader: Downloader, kind: str, content: bytes, why: str
) -> None:
    downloader.replica.pictures["/im/pictures/0.jpeg"] = (kind, content)
    urls = downloader.addresses(2)
    for _ in range(2):
        downloads = downloader.run(urls)
        assert not downloads.unfinished
        assert why in downloads.problems[0].message
    assert downloader.came(urls) == [False, True]
    assert downloader.replica.count("photo") == 2


def test_a_photo_that_is_gone_is_named(downloader: Downloader) -> None:
    downloader.replica.faults.append(Fault("photo", "status", status=404, times=1))
    (problem,) = downloader.run(downloader.addresses(1)).problems
    assert "404" in problem.message


def test_more_photos_than_the_limit_are_named(downloader: Downloader) -> None:
    downloads = downloader.run(downloader.addresses(8))
    assert len(downloads.problems) == 2
    assert downloader.replica.count("photo") == 6


def test_other_hosts_are_never_asked(downloader: Downloader) -> None:
    other = "http://127.0.0.1:9/im/pictures/0.jpeg"
    redirected = f"{downloader.replica.origin}/im/pictures/away.jpeg"
    downloader.replica.redirects["/im/pictures/away.jpeg"] = other
    downloads = downloader.run([other, "file:///etc/passwd", "https://a0.muscache.com.evil.org/x", redirected])
    assert len(downloads.problems) == 4
    assert all("no host of Airbnb's photos" in problem.message for problem in downloads.problems)
    assert downloader.replica.count("photo") == 1


def test_redirects_between_media_hosts_are_followed(downloader: Downloader) -> None:
    downloader.replica.redirects["/im/pictures/old.jpeg"] = "/im/pictures/0.jpeg"
    url = f"{downloader.replica.origin}/im/pictures/old.jpeg"
    assert downloader.run([url]).problems == []
    assert downloader.came([url]) == [True]


def test_addresses_that_are_not_ascii_are_asked_for_too(downloader: Downloader) -> None:
    url = f"{downloader.replica.origin}/im/pictures/Küche 1.jpeg"
    assert downloader.run([url]).problems == []
    assert downloader.came([url]) == [True]
