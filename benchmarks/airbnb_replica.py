"""Collect invented listings from the replica site in a real browser and compare every field.

Run with ``python -m benchmarks.airbnb_replica [--listings 60] [--seed 0]``. The waits between requests are left
away: what is measured is the rest. Nothing but the replica on this computer is reached.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.records.recorder import Add, Recorder, add_options
from scrapers.airbnb.fetch import Conduct
from scrapers.airbnb.parse import RecordedPage, parse_page
from scrapers.airbnb.source import AirbnbSource
from scrapers.airbnb.urls import HostPolicy
from scrapers.listing import Listing
from tests.replica.expect import differences, given
from tests.replica.listings import LAYOUTS, InventedListing
from tests.replica.payloads import invent, page_html, page_state
from tests.replica.site import Replica

NO_WAITS = Conduct(0.0, 0.0)
REVIEWS = (0, 3, 12, 30, 60, 110)
PARSE_RUNS = 20


@dataclass
class Tally:
    """Fields compared, and those that were not equal."""

    listings: int = 0
    fields: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def add(self, listing: Listing, invented: InventedListing, seconds: float) -> None:
        """Compare one listing."""
        self.listings += 1
        self.fields += len(given(invented))
        self.wrong.update(differences(listing, invented).keys())
        self.seconds += seconds

    def __str__(self) -> str:
        share = 100 * (1 - self.wrong.total() / self.fields)
        wrong = f"  wrong: {dict(self.wrong)}" if self.wrong else ""
        return f"{share:6.2f} % of {self.fields} fields, {self.seconds / self.listings:5.2f} s each{wrong}"


def collect(replica: Replica, invented: InventedListing) -> tuple[Listing, float]:
    """A listing collected into an empty cache, and the seconds that took."""
    replica.reset()
    address = replica.show(invented)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        hosts = HostPolicy(replica.origin)
        source = AirbnbSource(address, cache=folder / "cache", hosts=hosts, conduct=NO_WAITS)
        began = time.perf_counter()
        listing = source.collect(folder)
        return listing, time.perf_counter() - began


def compare(replica: Replica, count: int, seed: int, add: Add) -> None:
    """``count`` listings in every layout."""
    for layout in LAYOUTS:
        tally = Tally()
        for index in range(count):
            n_reviews = REVIEWS[index % len(REVIEWS)]
            invented = invent(seed + index, n_reviews, layout, media_origin=replica.origin)
            listing, seconds = collect(replica, invented)
            tally.add(listing, invented, seconds)
        print(f"{count} listings, layout {layout:<5} {tally}", flush=True)
        figures = {"fields": tally.fields, "wrong": tally.wrong.total(), "s": tally.seconds / tally.listings}
        add({"what": f"{count} listings, layout {layout}", **figures})


def sizes(replica: Replica, add: Add) -> None:
    """Big listings: all reviews, all photos in their rooms, and the time."""
    for n_reviews, n_photos, n_rooms in ((200, 30, 5), (1000, 40, 6)):
        invented = invent(1, n_reviews, "half", n_photos=n_photos, n_rooms=n_rooms, media_origin=replica.origin)
        listing, seconds = collect(replica, invented)
        rooms = [len(room.photo_ids) for room in listing.rooms]
        unequal = differences(listing, invented)
        wrong = ", ".join(unequal) or "none"
        add({"what": f"{n_reviews} reviews, {n_photos} photos", "wrong": len(unequal), "s": seconds})
        print(
            f"{n_reviews} reviews, {n_photos} photos: {len(listing.reviews)} reviews, rooms {rooms}, "
            f"{seconds:.2f} s, wrong fields: {wrong}"
        )


def parsing(add: Add) -> None:
    """One page whose state has about 500 kB."""
    invented = invent(2, 1000, "half", n_photos=1000, n_rooms=6)
    html = page_html(invented)
    state_kb = len(json.dumps(page_state(invented), ensure_ascii=False).encode()) / 1000
    page = RecordedPage("", "", 200, html)
    parse_page(page)
    runs = []
    for _ in range(PARSE_RUNS):
        began = time.process_time()
        parse_page(page)
        runs.append(time.process_time() - began)
    milliseconds = 1000 * sorted(runs)[PARSE_RUNS // 2]
    add({"what": f"parsing {state_kb:.0f} kB of state", "s": milliseconds / 1000})
    print(f"parsing a page with {state_kb:.0f} kB of state: {milliseconds:.1f} ms of CPU")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listings", type=int, default=60, help="listings per layout")
    parser.add_argument("--seed", type=int, default=0)
    add_options(parser)
    options = parser.parse_args()
    recorder = Recorder.of("airbnb_replica", ["what"], options)
    parsing(recorder.add)
    with Replica() as replica:
        sizes(replica, recorder.add)
        compare(replica, options.listings, options.seed, recorder.add)


if __name__ == "__main__":
    main()
