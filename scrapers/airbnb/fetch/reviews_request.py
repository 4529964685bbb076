"""The page's own reviews request: recognised, watched, and asked again for other offsets."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from scrapers.airbnb.urls import HostPolicy

if TYPE_CHECKING:
    from playwright.async_api import Page, Request, Response

OPERATION = "StaysPdpReviewsQuery"
_API_PATH = f"/api/v3/{OPERATION}/"
_LISTING_PREFIX = "StayListing:"
_OTHER_ORDERS = ("MOST_RECENT", "BEST_QUALITY")


@dataclass(frozen=True)
class ReviewsRequest:
    """A reviews request as the page sent it.

    Attributes:
        url: with its query.
        headers: those that belong to Airbnb's API; cookies are the browser's business.
        variables: of the query, parsed.
    """

    url: str
    headers: Mapping[str, str]
    variables: Mapping[str, Any]

    @classmethod
    def parse(cls, url: str, headers: Mapping[str, str]) -> ReviewsRequest | None:
        """The request at ``url``, or ``None`` if it is no reviews request that can be continued."""
        parts = urlsplit(url)
        if not parts.path.startswith(_API_PATH):
            return None
        try:
            variables = json.loads(parse_qs(parts.query)["variables"][0])
        except (KeyError, ValueError, RecursionError):
            return None
        if not isinstance(variables, dict) or not isinstance(variables.get("pdpReviewsRequest"), dict):
            return None
        own = {name: value for name, value in headers.items() if _belongs_to_the_api(name)}
        return cls(url, own, variables)

    @property
    def listing_id(self) -> str | None:
        """The listing that it asks about, if it can be told."""
        try:
            text = base64.b64decode(str(self.variables.get("id")), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return None
        return text.removeprefix(_LISTING_PREFIX) if text.startswith(_LISTING_PREFIX) else None

    @property
    def offset(self) -> int:
        """Of the first review that it asks for."""
        value = str(self.variables["pdpReviewsRequest"].get("offset") or "0")
        return int(value) if value.isascii() and value.isdigit() else 0

    def at(self, offset: int, limit: int, sweep: int) -> str:
        """Its URL for ``limit`` reviews from ``offset``, in the order of the sweep."""
        own = self.variables["pdpReviewsRequest"]
        wanted = {**own, "offset": str(offset), "limit": limit, "first": limit}
        if sweep:
            order = own.get("sortingPreference")
            wanted["sortingPreference"] = next(other for other in _OTHER_ORDERS if other != order)
        variables = {**self.variables, "pdpReviewsRequest": wanted}
        parts = urlsplit(self.url)
        query = {**parse_qs(parts.query), "variables": [json.dumps(variables, separators=(",", ":"))]}
        return parts._replace(query=urlencode(query, doseq=True)).geturl()


def _belongs_to_the_api(name: str) -> bool:
    return name.lower().startswith("x-") or name.lower() in ("accept", "content-type")


@dataclass
class ReviewsWatch:
    """Watches a page for its own reviews request."""

    page: Page
    hosts: HostPolicy
    listing_id: str | None = None
    request: ReviewsRequest | None = None
    response: Response | None = None
    _answered: asyncio.Event = field(default_factory=asyncio.Event)
    _settled: bool = False

    def __post_init__(self) -> None:
        self.page.on("request", self._on_request)
        self.page.on("response", self._on_response)

    def forget(self) -> None:
        """Wait for another request than the one that was seen."""
        self.request = self.response = None
        self._answered.clear()
        self._settled = False

    def settle(self) -> None:
        """Stay with the request that was seen: what comes now is asked for by the collector itself."""
        self._settled = True

    async def wait(self, seconds: float) -> bool:
        """Whether an answer is seen within ``seconds``."""
        try:
            await asyncio.wait_for(self._answered.wait(), seconds)
        except TimeoutError:
            return False
        return True

    def _parse(self, request: Request) -> ReviewsRequest | None:
        if self._settled or request.method != "GET" or not self.hosts.allows_page(request.url):
            return None
        parsed = ReviewsRequest.parse(request.url, request.headers)
        if parsed is None or (self.listing_id and parsed.listing_id not in (None, self.listing_id)):
            return None
        return parsed

    def _on_request(self, request: Request) -> None:
        if self.request is None:
            self.request = self._parse(request)

    def _on_response(self, response: Response) -> None:
        seen = self._parse(response.request)
        if seen is not None:  # the latest: the body of one from before a reload cannot be read any more
            self.request, self.response = seen, response
            self._answered.set()
