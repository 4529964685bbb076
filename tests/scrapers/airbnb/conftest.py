"""The replica site, and sources that may reach it (and nothing else)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scrapers.airbnb.fetch.conduct import Conduct
from scrapers.airbnb.fetch.limits import Limits
from scrapers.airbnb.source import AirbnbSource
from scrapers.airbnb.urls import HostPolicy
from scrapers.listing import Listing
from tests.replica.site import Replica

#: the waits of a local site; the real ones have a test of their own
QUICK = Conduct(wait_s=0.02, jitter_s=0.01)
SHORT = Limits(page_s=4, settle_s=2, request_s=1.5, provoke_s=0.8, attempts=2)

SourceMaker = Callable[..., AirbnbSource]
Collect = Callable[..., Listing]


@pytest.fixture(scope="module")
def running_replica() -> Iterator[Replica]:
    """A site for all tests of a file."""
    with Replica() as replica:
        yield replica


@pytest.fixture
def replica(running_replica: Replica) -> Replica:
    """An empty site."""
    running_replica.reset()
    return running_replica


@pytest.fixture
def hosts(replica: Replica) -> HostPolicy:
    """The policy that lets the replica in."""
    return HostPolicy(replica.origin)


@pytest.fixture
def source(hosts: HostPolicy, tmp_path: Path) -> SourceMaker:
    """Makes a source for an address on the replica; all share one cache."""

    def make(address: str, conduct: Conduct = QUICK, limits: Limits = SHORT) -> AirbnbSource:
        return AirbnbSource(address, cache=tmp_path / "cache", hosts=hosts, conduct=conduct, limits=limits)

    return make


@pytest.fixture
def collect(source: SourceMaker, tmp_path: Path) -> Collect:
    """Collects an address on the replica into a folder."""

    def run(address: str, **options: object) -> Listing:
        folder = tmp_path / "listing"
        folder.mkdir(exist_ok=True)
        return source(address, **options).collect(folder)

    return run
