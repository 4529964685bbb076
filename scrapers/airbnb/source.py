"""An Airbnb listing by its address, as a :class:`scrapers.source.Source`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapers.airbnb.fetch import (
    DEFAULT_TTL_S,
    Conduct,
    Limits,
    ListingCache,
    Manners,
    Status,
    checked,
    run_with_heartbeat,
)
from scrapers.airbnb.parse import distinct, empty, import_photos, merge_reviews, missing_reviews
from scrapers.airbnb.urls import STRICT, HostPolicy, parse_address
from scrapers.digests import digest_of
from scrapers.errors import Blocked, CollectError
from scrapers.listing import Listing, Problem
from scrapers.source import Report, silent

if TYPE_CHECKING:
    from scrapers.airbnb.fetch import Collected

_BROWSED, _DOWNLOADED = 0.5, 0.85
_HOUR_S = 3600.0
#: a listing is not collected anew more often
LEAST_AGE_S = 24 * _HOUR_S
_ID_DIGITS = 16
_ASKED_DIGITS = 8
_CONTINUE = "Run the same command again to continue where it stopped."
_NO_MORE = "Airbnb counts them but hands out no more."


class AirbnbSource:
    """One listing of Airbnb, collected through the browser on this computer.

    For a person's own use: see :data:`scrapers.airbnb.fetch.conduct.NOTICE`, shown where an address is entered.

    Args:
        address: any address of a listing.
        cache: folder for what was collected; shared by all listings and all processes.
        title: shown instead of the listing's own.
        visible: whether to show the browser window.
        ttl_s: how long the cache is good for.
        hosts: for tests only: lets a local replica in.
        conduct: waits between requests; shorter ones are for a local replica only.
        limits: bounds on time, size and number.

    Raises:
        UnsupportedSource, NotAListing: if the address is not one of a listing.
        ValueError: for waits below a second towards Airbnb itself.
    """

    name = "airbnb"

    def __init__(
        self,
        address: str,
        *,
        cache: Path,
        title: str | None = None,
        visible: bool = False,
        ttl_s: float = DEFAULT_TTL_S,
        hosts: HostPolicy = STRICT,
        conduct: Conduct | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._origin = address.strip()
        self._address = parse_address(address, hosts)
        is_replica = hosts.replica is not None and self._address.url.startswith(f"{hosts.replica}/")
        self._conduct = checked(conduct, local=is_replica)
        self._root = cache
        self._title = title
        self._visible = visible
        self._hosts = hosts
        self._limits = limits or Limits()
        self._cache = ListingCache(cache, self._key(), ttl_s)

    def _key(self) -> str:
        address = self._address
        host = address.host.replace(":", "-")
        asked = f"-{digest_of(address.asked)[:_ASKED_DIGITS]}" if address.asked else ""
        return f"{address.listing_id or digest_of(address.url)[:_ID_DIGITS]}-{host}{asked}"

    def fingerprint(self) -> str:
        """Digest of the listing, the options and the generation of the cache.

        It stays the same while the cache is good and the last run brought everything.
        """
        return digest_of(self.name, self._key(), self._title or "", self._cache.generation())

    def refresh(self, least_age_s: float = LEAST_AGE_S) -> None:
        """Let the next :meth:`collect` ask Airbnb again; within the rules of conduct, not more than once a day.

        Raises:
            CollectError: it was collected too recently; says when it may be asked again.
        """
        left_s = self._cache.expire(least_age_s)
        if left_s > 0:
            raise CollectError(
                "This listing was collected less than a day ago.",
                f"Refresh it in {math.ceil(left_s / _HOUR_S)} hours: Airbnb is not asked more often than that.",
            )

    def collect(self, folder: Path, report: Report = silent) -> Listing:
        """Collect what the cache does not hold; see :meth:`scrapers.source.Source.collect`.

        Raises:
            CollectError: Blocked, Unavailable, SchemaChanged, NotAListing, NetworkFailed, TimedOut,
                BrowserFailed or EmptySource; what was collected is kept for the next run.
        """
        manners = Manners(self._root, self._conduct)
        with manners.alone(report):
            self._cache.remove_outdated()
            self._cache.generation()
            collected, left_out, unfinished = run_with_heartbeat(
                lambda status: self._fetch(manners, status), report
            )
        page = collected.page

        def report_import(fraction: float, message: str) -> None:
            report(_DOWNLOADED + (1 - _DOWNLOADED) * fraction, message)

        taken = import_photos(page, lambda photo: self._photo_file(photo.url), folder, report_import)
        facts = self._facts(collected)
        problems = (*facts["problems"], *collected.problems, *left_out, *taken["problems"])
        if not taken["photos"] and not facts["reviews"]:
            raise empty(facts["title"], problems)
        if unfinished:
            self._cache.note_unfinished()
        report(1.0, f"{len(taken['photos'])} photos, {len(facts['reviews'])} reviews")
        return Listing.model_validate({**facts, **taken, "problems": problems})

    async def _fetch(self, manners: Manners, status: Status) -> tuple[Collected, Sequence[Problem], bool]:
        from scrapers.airbnb.fetch import Collector, PhotoDownloads

        collector = Collector(
            self._address,
            self._cache,
            manners,
            self._hosts,
            self._limits,
            visible=self._visible,
            say=status.part(0.0, _BROWSED),
        )
        downloads = PhotoDownloads(self._cache, manners, self._hosts, self._limits)
        try:
            collected = await collector.run()
            urls = [photo.url for photo in distinct(collected.page.photos)]
            await downloads.run(urls, status.part(_BROWSED, _DOWNLOADED))
        except Blocked as refusal:
            raise manners.stay_away(refusal) from refusal
        unfinished = downloads.unfinished or collected.harvest.next() is not None or bool(collected.problems)
        return collected, downloads.problems, unfinished

    def _photo_file(self, url: str) -> Path | None:
        path = self._cache.photo(url)
        return path if path.is_file() else None

    def _facts(self, collected: Collected) -> dict[str, Any]:
        """Everything but the photos."""
        page, harvest = collected.page, collected.harvest
        facts = page.facts()
        provenance: dict[str, str] = facts["provenance"]
        number = page.listing_id or self._address.listing_id
        reviews = merge_reviews(harvest.reviews.values(), page.reviews)
        problems = facts["problems"]
        advice = _NO_MORE if harvest.next() is None else _CONTINUE
        if len(reviews) == len(harvest.reviews):  # what the page itself shows of them is not used
            problems = tuple(problem for problem in problems if problem.subject != "reviews")
        if harvest.answers:
            provenance["reviews"] = "network"
            if facts["review_count"] is None and harvest.total is not None:
                facts["review_count"], provenance["review_count"] = harvest.total, "network"
            if facts["review_tags"] is None and harvest.tags is not None:
                facts["review_tags"], provenance["review_tags"] = harvest.tags, "network"
        own = {
            "id": f"airbnb-{number or digest_of(self._address.url)[:_ID_DIGITS]}",
            "source": self.name,
            "origin": self._origin,
            "reviews": reviews,
            "problems": (*problems, *missing_reviews(harvest.total, len(reviews), harvest.skipped, advice)),
        }
        return {**facts, **own, **({"title": self._title} if self._title else {})}
