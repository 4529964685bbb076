"""Every way to fail ends in its own error, in time, with what was collected kept for the next run."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from scrapers.errors import (
    Blocked,
    CollectError,
    NetworkFailed,
    NotAListing,
    SchemaChanged,
    TimedOut,
    Unavailable,
)
from tests.replica.expect import differences
from tests.replica.listings import InventedListing
from tests.replica.payloads import invent
from tests.replica.site import Fault, Replica
from tests.scrapers.airbnb.conftest import Collect

pytestmark = [pytest.mark.browser, pytest.mark.allow_hosts(["127.0.0.1"])]


@pytest.fixture
def invented(replica: Replica) -> InventedListing:
    return invent(11, 130, "half", n_photos=6, n_rooms=2, media_origin=replica.origin)


@pytest.mark.parametrize(
    ("fault", "error", "retry_after_s"),
    [
        (Fault("page", "status", status=403), Blocked, 900),
        (Fault("page", "status", status=429, retry_after="120"), Blocked, 120),
        (Fault("page", "challenge", status=200), Blocked, 900),
    ],
    ids=["403", "429", "challenge"],
)
def test_a_refusal_stops_everything_and_is_remembered(
    replica: Replica,
    collect: Collect,
    invented: InventedListing,
    fault: Fault,
    error: type[CollectError],
    retry_after_s: float,
) -> None:
    address = replica.show(invented)
    replica.faults.append(fault)
    with pytest.raises(error) as refused:
        collect(address)
    assert isinstance(refused.value, Blocked)
    assert refused.value.retry_after_s == pytest.approx(retry_after_s, abs=10)
    replica.faults.clear()
    with pytest.raises(Blocked, match="earlier"):
        collect(address)
    assert len(replica.hits) == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("page", "status", status=500), NetworkFailed),
        (Fault("page", "broken"), NetworkFailed),
        (Fault("page", "slow", delay_s=6), TimedOut),
        (Fault("page", "garbage"), CollectError),
    ],
    ids=["500", "broken", "slow", "garbage"],
)
def test_a_page_that_does_not_come_is_a_network_failure(
    replica: Replica, collect: Collect, invented: InventedListing, fault: Fault, error: type[CollectError]
) -> None:
    address = replica.show(invented)
    replica.faults.append(fault)
    began = time.monotonic()
    with pytest.raises(error) as failed:
        collect(address)
    assert not isinstance(failed.value, Blocked)
    assert failed.value.advice
    assert time.monotonic() - began < 25


def test_a_failing_page_is_tried_again(replica: Replica, collect: Collect, invented: InventedListing) -> None:
    address = replica.show(invented)
    replica.faults.append(Fault("page", "status", status=502, times=1))
    assert differences(collect(address), invented) == {}


def test_a_removed_listing_is_unavailable_and_no_refusal(
    replica: Replica, collect: Collect, invented: InventedListing
) -> None:
    with pytest.raises(Unavailable):
        collect(replica.show(invented, removed=True))


def test_redirects_are_followed_inside_the_site_only(
    replica: Replica, collect: Collect, invented: InventedListing
) -> None:
    target = replica.show(invented)
    replica.redirects |= {"/h/cosy-barn": "/h/cosier-barn", "/h/cosier-barn": f"{target}?source=share"}
    assert differences(collect(f"{replica.origin}/h/cosy-barn"), invented) == {}
    replica.redirects["/h/away"] = "http://127.0.0.1:9/rooms/1"
    with pytest.raises(NotAListing, match=r"127\.0\.0\.1"):
        collect(f"{replica.origin}/h/away")


def test_a_stale_query_is_renewed_by_loading_the_page_again(
    replica: Replica, collect: Collect, invented: InventedListing
) -> None:
    address = replica.show(invented)
    replica.faults.append(Fault("reviews", "stale", after=1, times=1))
    assert differences(collect(address), invented) == {}
    assert replica.count("page") == 2


def test_reviews_of_an_unknown_shape_leave_the_page_and_a_diagnosis(
    replica: Replica, collect: Collect, invented: InventedListing, tmp_path: Path
) -> None:
    address = replica.show(invented)
    replica.faults.append(Fault("reviews", "unknown shape"))
    listing = collect(address)
    assert 0 < len(listing.reviews) < invented.review_count
    assert len(listing.photos) == 6
    (kept,) = tmp_path.glob("cache/listings/*/diagnosis/*-reviews.json")
    assert "something" in kept.read_text()
    assert any(str(kept) in problem.message for problem in listing.problems)
    assert any("still missing" in problem.message for problem in listing.problems)


def test_a_listing_without_reviews_to_show_ends_in_schema_changed(replica: Replica, collect: Collect) -> None:
    invented = invent(12, 130, "old", media_origin=replica.origin)
    address = replica.show(invented, hydrated_only=False, cards=False)
    replica.faults.append(Fault("reviews", "stale"))
    with pytest.raises(SchemaChanged):
        collect(address)


@pytest.mark.parametrize("kind", ["broken", "garbage", "slow", "status"])
def test_reviews_that_stop_coming_make_a_partial_listing_that_is_continued(
    replica: Replica, collect: Collect, invented: InventedListing, kind: str
) -> None:
    address = replica.show(invented)
    replica.faults.append(Fault("reviews", kind, after=2, status=500, delay_s=3))  # type: ignore[arg-type]
    partial = collect(address)
    assert len(partial.reviews) == 74
    assert any("56 of 130 reviews are still missing" in problem.message for problem in partial.problems)
    replica.faults.clear()
    replica.hits.clear()
    assert differences(collect(address), invented) == {}
    assert replica.details("reviews")[1:] == ["BEST_QUALITY:74", "BEST_QUALITY:124"]
    assert replica.count("photo") == 0


def test_a_refusal_in_the_middle_keeps_what_came(
    replica: Replica, collect: Collect, invented: InventedListing, tmp_path: Path
) -> None:
    address = replica.show(invented)
    replica.faults.append(Fault("reviews", "status", after=2, times=1, status=429, retry_after="1"))
    with pytest.raises(Blocked, match="kept"):
        collect(address)
    assert replica.count("reviews") == 3
    time.sleep(1.1)
    assert differences(collect(address), invented) == {}
    assert replica.details("reviews")[4:] == ["BEST_QUALITY:74", "BEST_QUALITY:124"]
