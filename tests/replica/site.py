"""A local web site that behaves like the real one towards a browser; everything on it is invented."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import random
import re
import threading
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Literal, Self

import uvicorn
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from scrapers.airbnb.urls import asked_days
from tests.replica import scripts
from tests.replica.payloads import (
    InventedListing,
    challenge_html,
    page_html,
    relay_id,
    review_card_html,
    reviews_response,
    stale_query_response,
    tour_html,
    unavailable_html,
    unavailable_state,
)
from tests.replica.terms import Days, calendar_response

What = Literal["page", "reviews", "photo"]
Kind = Literal["status", "challenge", "slow", "broken", "garbage", "stale", "unknown shape"]
Trigger = Literal["load", "scroll", "button", "reviews page", "never"]
CARDS_AT_ONCE = 10
_BEGINNINGS: dict[What, tuple[str, bytes]] = {
    "page": ("text/html", b"<html><body><h1>Half a"),
    "reviews": ("application/json", b'{"data": {'),
    "photo": ("image/jpeg", bytes.fromhex("ffd8ffe0")),
}
_CARDS = re.compile(r'<div role="list">.*?(?=<button data-testid="pdp-show)', re.DOTALL)


@dataclass
class Fault:
    """Something that goes wrong.

    Attributes:
        what: kind of request that it strikes.
        kind: ``broken`` ends in the middle, ``garbage`` is no JSON (or no picture), ``unknown shape`` is
            valid but has another structure.
        after: requests of that kind that are served well before.
        times: how many are struck (``None``: all from then on).
        status, retry_after: of the answer, for ``status`` and ``challenge``.
        delay_s: for ``slow``.
    """

    what: What
    kind: Kind
    after: int = 0
    times: int | None = None
    status: int = 200
    retry_after: str | None = None
    delay_s: float = 0.0
    passed: int = 0
    struck: int = 0

    def strikes(self) -> bool:
        """Count one request; whether it is struck."""
        if self.passed < self.after:
            self.passed += 1
            return False
        if self.times is not None and self.struck >= self.times:
            return False
        self.struck += 1
        return True


@dataclass
class Show:
    """How one listing is shown.

    Attributes:
        hydrated_only: without page state.
        drawn_after_s: the page is drawn by its script, after so many seconds.
        pop_ups: cover the page.
        trigger: what makes the page send its reviews request.
        cards: whether the page shows some reviews itself.
        shifted_by: so many rows move down in the page's own order after the first answer.
    """

    listing: InventedListing
    hydrated_only: bool = False
    drawn_after_s: float | None = None
    pop_ups: tuple[Literal["cookies", "translation"], ...] = ()
    trigger: Trigger = "load"
    cards: bool = True
    shifted_by: int = 0
    removed: bool = False


@dataclass(frozen=True)
class Hit:
    """One request that arrived."""

    what: What
    detail: str
    at_s: float


@dataclass
class Replica:
    """The site, served on a free port of 127.0.0.1 by a thread of its own.

    Attributes:
        hits: requests that arrived, in order.
        faults: what goes wrong; the first one that strikes counts.
        redirects: path to target.
        pictures: path to (content type, bytes), where they are not to be made up.
    """

    hits: list[Hit] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    redirects: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    query_hash: str = "a1" * 32
    _shows: dict[str, Show] = field(default_factory=dict)

    def __enter__(self) -> Self:
        config = uvicorn.Config(self._app(), host="127.0.0.1", port=0, log_level="critical", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 10
        while not self._server.started:
            if time.monotonic() > deadline:
                raise TimeoutError("the replica site does not start")
            time.sleep(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.origin = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(10)

    def reset(self) -> None:
        """Forget listings, faults and hits."""
        for container in (self.hits, self.faults, self.redirects, self.pictures, self._shows):
            container.clear()

    def show(self, listing: InventedListing, **how: object) -> str:
        """Put a listing on the site; its address."""
        self._shows[listing.listing_id] = Show(listing, **how)  # type: ignore[arg-type]
        return f"{self.origin}/rooms/{listing.listing_id}"

    def count(self, what: What) -> int:
        """How many requests of a kind arrived."""
        return sum(hit.what == what for hit in self.hits)

    def details(self, what: What) -> list[str]:
        """What the requests of a kind were for: paths, or offsets of reviews."""
        return [hit.detail for hit in self.hits if hit.what == what]

    def _app(self) -> Starlette:
        page = self._page
        return Starlette(
            routes=[
                Route("/rooms/{id}", page),
                Route("/rooms/plus/{id}", page),
                Route("/rooms/{id}/reviews", page),
                Route("/luxury/listing/{id}", page),
                Route("/hotels/{id}", page),
                Route("/cards/{id}", self._cards),
                Route("/api/v3/PdpAvailabilityCalendar/{hash}", self._calendar),
                Route("/api/v3/StaysPdpReviewsQuery/{hash}/", self._reviews),
                Route("/im/pictures/{path:path}", self._photo),
                Route("/{path:path}", self._elsewhere),
            ]
        )

    async def _page(self, request: Request) -> Response:
        path = request.url.path
        self._note("page", path + (f"?{request.url.query}" if request.url.query else ""))
        if path in self.redirects:
            return RedirectResponse(self.redirects[path], 302)
        struck = await self._strike("page")
        if struck is not None:
            return struck
        show = self._shows.get(request.path_params["id"])
        if show is None or show.removed:
            return HTMLResponse(unavailable_html(unavailable_state(request.path_params["id"])))
        on_reviews_page = path.endswith("/reviews")
        with_tour = request.query_params.get("modal") == "PHOTO_TOUR_SCROLLABLE"
        days = asked_days(request.url.query)
        return HTMLResponse(self._html(show, on_reviews_page, with_tour, days))

    def _html(self, show: Show, on_reviews_page: bool, with_tour: bool, days: Days | None) -> str:
        html = page_html(show.listing, hydrated_only=show.hydrated_only, days=days)
        if not show.cards:
            html = _CARDS.sub('<div role="list"></div>', html)
        if with_tour:
            html = html.replace("</main>", f"</main>{tour_html(show.listing)}")
        if show.drawn_after_s is not None:
            html = scripts.drawn_late(html, show.drawn_after_s)
        trigger = "load" if on_reviews_page and show.trigger == "reviews page" else show.trigger
        extra = scripts.pop_ups(show.pop_ups) + scripts.reviews_client(
            relay_id("StayListing", show.listing.listing_id), show.listing.listing_id, self.query_hash, trigger
        )
        return html.replace("</body>", f"{extra}</body>")

    async def _reviews(self, request: Request) -> Response:
        variables = json.loads(request.query_params["variables"])
        wanted = variables["pdpReviewsRequest"]
        order = wanted["sortingPreference"]
        self._note("reviews", f"{order}:{wanted['offset']}")
        struck = await self._strike("reviews")
        if struck is not None:
            return struck
        show = next(
            (
                s
                for s in self._shows.values()
                if relay_id("StayListing", s.listing.listing_id) == variables["id"]
            ),
            None,
        )
        if show is None or request.headers.get("x-airbnb-api-key") != show.listing.api_key:
            return JSONResponse({"error": "access_denied"}, 403)
        if request.path_params["hash"] != self.query_hash:
            return JSONResponse(stale_query_response())
        offset, limit = int(wanted["offset"]), int(wanted["limit"])
        if offset and order == "BEST_QUALITY":
            offset -= show.shifted_by
        return JSONResponse(reviews_response(show.listing, offset, limit))

    async def _calendar(self, request: Request) -> Response:
        """Free days, for the page's own request."""
        asked = json.loads(request.query_params["variables"])["request"]
        return JSONResponse(calendar_response(self._shows[asked["listingId"]].listing))

    async def _cards(self, request: Request) -> Response:
        """More reviews for the panel, for pages whose reviews request cannot be seen."""
        listing = self._shows[request.path_params["id"]].listing
        offset = int(request.query_params["offset"])
        cards = [review_card_html(review) for review in listing.reviews[offset : offset + CARDS_AT_ONCE]]
        return HTMLResponse("".join(cards))

    async def _photo(self, request: Request) -> Response:
        path = request.url.path
        self._note("photo", path)
        if path in self.redirects:
            return RedirectResponse(self.redirects[path], 302)
        struck = await self._strike("photo")
        if struck is not None:
            return struck
        kind, content = self.pictures.get(path) or ("image/jpeg", jpeg(path))
        return Response(content, media_type=kind)

    async def _elsewhere(self, request: Request) -> Response:
        """Short links and slugs, and what is nothing at all."""
        path = request.url.path
        if path in self.redirects:
            self._note("page", path)
            return RedirectResponse(self.redirects[path], 302)
        return HTMLResponse("<h1>nothing</h1>", 404)

    def _note(self, what: What, detail: str) -> None:
        self.hits.append(Hit(what, detail, time.time()))

    async def _strike(self, what: What) -> Response | None:
        fault = next((fault for fault in self.faults if fault.what == what and fault.strikes()), None)
        if fault is None:
            return None
        if fault.kind == "slow":
            await asyncio.sleep(fault.delay_s)
            return None
        headers = {} if fault.retry_after is None else {"Retry-After": fault.retry_after}
        answers: dict[Kind, Callable[[], Response]] = {
            "status": lambda: Response(status_code=fault.status, headers=headers),
            "challenge": lambda: HTMLResponse(challenge_html(), fault.status, headers),
            "broken": lambda: _broken(*_BEGINNINGS[what]),
            "garbage": lambda: Response(b'{"data": {"presentation":', media_type="application/json"),
            "stale": lambda: JSONResponse(stale_query_response()),
            "unknown shape": lambda: JSONResponse({"data": {"something": {"else": ["entirely"]}}}),
        }
        return answers[fault.kind]()


def _broken(media_type: str, beginning: bytes) -> Response:
    """An answer that ends before the length that it announced."""

    async def half() -> AsyncIterator[bytes]:
        yield beginning
        await asyncio.sleep(0.01)
        raise ConnectionResetError

    return StreamingResponse(half(), headers={"Content-Length": "100000"}, media_type=media_type)


def jpeg(seed: str, width_px: int = 320, height_px: int = 240) -> bytes:
    """A picture that looks unlike the pictures of all other seeds."""
    rng = random.Random(hashlib.sha256(seed.encode()).digest())
    coarse = Image.frombytes("RGB", (8, 6), rng.randbytes(8 * 6 * 3))
    stream = io.BytesIO()
    coarse.resize((width_px, height_px), Image.Resampling.BICUBIC).save(stream, "JPEG", quality=85)
    return stream.getvalue()
