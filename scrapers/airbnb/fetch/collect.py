"""One listing from its address: the page, its photo tour and all its reviews, through one browser window.

Everything that came is in the cache before the next request is sent, so whatever ends a run in the middle, the
next one continues there.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urljoin

from playwright.async_api import Error

from scrapers.airbnb.fetch.browser import open_browser
from scrapers.airbnb.fetch.cache import ListingCache
from scrapers.airbnb.fetch.conduct import Manners
from scrapers.airbnb.fetch.harvest import Harvest, count_rows
from scrapers.airbnb.fetch.limits import Limits
from scrapers.airbnb.fetch.reviews_request import ReviewsWatch
from scrapers.airbnb.fetch.visit import Answer, Visit, explain, read_own_answer
from scrapers.airbnb.parse import (
    Json,
    ParsedListing,
    RecordedPage,
    parse_page,
    parse_reviews,
    structure_of_html,
    structure_of_json,
)
from scrapers.airbnb.urls import Address, HostPolicy
from scrapers.errors import (
    Blocked,
    CollectError,
    NetworkFailed,
    SchemaChanged,
    StaleQuery,
    Unavailable,
)
from scrapers.listing import Problem

_TOUR = "?modal=PHOTO_TOUR_SCROLLABLE"
_TOUR_PHOTO = "img[data-original-uri]"
_REVIEWS_SECTION = "[data-section-id=REVIEWS_DEFAULT]"
_ALL_REVIEWS_BUTTON = "[data-testid=pdp-show-all-reviews-button]"
_REVIEW = "[data-review-id]"
_REFUSALS = (403, 429)
_BODY_ATTEMPTS = 2
_CALENDAR = "[data-section-id^=AVAILABILITY_CALENDAR]"
#: from a calendar in sight to the answer that fills it
_CALENDAR_S = 3.0

Say = Callable[[float, str], None]


@dataclass(frozen=True)
class Collected:
    """What page and reviews brought.

    Attributes:
        page: parsed, photo tour included.
        harvest: the reviews.
        problems: what went wrong without ending the run.
    """

    page: ParsedListing
    harvest: Harvest
    problems: tuple[Problem, ...]


class Collector:
    """Collects page and reviews of one listing into its cache.

    Args:
        address: of the listing.
        cache: of the listing.
        manners: towards Airbnb.
        hosts: where requests may go.
        limits: bounds on time, size and number.
        visible: whether the user sees the browser.
        say: told how far it is (0 to 1), and what it does.
    """

    def __init__(
        self,
        address: Address,
        cache: ListingCache,
        manners: Manners,
        hosts: HostPolicy,
        limits: Limits,
        *,
        visible: bool,
        say: Say,
    ) -> None:
        self._address = address
        self._cache = cache
        self._manners = manners
        self._hosts = hosts
        self._limits = limits
        self._visible = visible
        self._say = say
        self._problems: list[Problem] = []

    async def run(self) -> Collected:
        """Collect what the cache does not hold yet.

        Raises:
            CollectError: every kind that a page can end in.
        """
        page = self._cache.page()
        harvest = Harvest(self._cache, page.review_count if page else None)
        if page is None or harvest.next() is not None:
            self._say(0.0, "Starting the browser")
            try:
                page = await self._browse(page, harvest)
            except Error as error:
                raise explain(error) from error
        return Collected(page, harvest, tuple(self._problems))

    async def _browse(self, known: ParsedListing | None, harvest: Harvest) -> ParsedListing:
        async with open_browser(self._hosts, visible=self._visible) as guarded:
            visit = Visit(guarded, self._manners, self._limits)
            watch = ReviewsWatch(guarded.page, self._hosts, self._expected_id)
            page = await self._page(visit, known)
            harvest.expected = page.review_count
            return await self._reviews(visit, watch, page, harvest)

    async def _page(self, visit: Visit, known: ParsedListing | None) -> ParsedListing:
        self._say(0.02, "Opening the listing")
        recorded = await visit.open(self._address.opened)
        page = self._parse(recorded)
        self._check_identity(page)
        await visit.clear()
        if known is not None:
            return known
        page = await self._with_terms(visit, recorded, page)
        if page.rooms:
            self._cache.keep_page(page)
            return page
        toured = await self._with_tour(visit, page, recorded.final_url)
        if toured is None:
            return page  # not kept, so that the next run tries again
        self._cache.keep_page(toured)
        return toured

    async def _with_terms(self, visit: Visit, recorded: RecordedPage, page: ParsedListing) -> ParsedListing:
        """The page with free days and a price, which it asks for where its calendar comes in sight."""
        if page.availability is not None and (page.price is not None or not self._address.asked):
            return page
        answers = await visit.hear(_CALENDAR, min(_CALENDAR_S, self._limits.provoke_s))
        return self._parse(replace(recorded, answers=answers)) if len(answers) > len(recorded.answers) else page

    def _parse(self, recorded: RecordedPage) -> ParsedListing:
        try:
            return parse_page(recorded)
        except SchemaChanged as error:
            error.payload = self._cache.keep_diagnosis("page.json", structure_of_html(recorded.html))
            raise

    @property
    def _expected_id(self) -> str | None:
        """The listing's number, where the address surely holds it (numbers of hotels are of another kind)."""
        return self._address.listing_id if self._address.kind in ("rooms", "plus") else None

    def _check_identity(self, page: ParsedListing) -> None:
        wanted = self._expected_id
        if wanted is not None and page.listing_id not in (None, wanted):
            raise Unavailable(f"Airbnb shows listing {page.listing_id} at the address of {wanted}.")

    async def _with_tour(self, visit: Visit, page: ParsedListing, url: str) -> ParsedListing | None:
        """The page with the photos and rooms that the photo tour shows, if it shows more.

        ``None`` (and a note) if the tour could not be read.
        """
        self._say(0.08, "Walking through the photo tour")
        try:
            await visit.open(url.partition("?")[0].partition("#")[0] + _TOUR)
            await visit.walk(_TOUR_PHOTO)
            tour = parse_page(await visit.record())
        except Blocked:
            raise
        except CollectError as error:
            self._note("photo tour", f"could not be read: {error.message}")
            return None
        await visit.page.keyboard.press("Escape")
        if len(tour.photos) < len(page.photos) or not (tour.rooms or len(tour.photos) > len(page.photos)):
            return page
        changed = {name: tour.provenance[name] for name in ("photos", "rooms") if name in tour.provenance}
        provenance = {**page.provenance, **changed}
        return replace(page, photos=tour.photos, rooms=tour.rooms, provenance=provenance)

    async def _reviews(
        self, visit: Visit, watch: ReviewsWatch, page: ParsedListing, harvest: Harvest
    ) -> ParsedListing:
        """Ask for all reviews; the page with those that it shows itself, where nothing better came."""
        if harvest.next() is None:
            return page
        try:
            if await self._provoke(visit, watch, page.listing_id):
                await self._continue(visit, watch, harvest, page.listing_id)
                return page
            self._note("reviews", "the page sent no request for them; only those that it shows are read")
        except NetworkFailed as error:
            self._note("reviews", f"could not all be read: {error.message}")
            return page
        except SchemaChanged as error:
            shown = await self._shown_reviews(visit, page)
            if not shown.reviews:
                raise
            kept = f" (its structure is kept in {error.payload})" if error.payload else ""
            self._note("reviews", f"only those that the page shows are read: {error.message}{kept}")
            return shown
        return await self._shown_reviews(visit, page)

    async def _provoke(self, visit: Visit, watch: ReviewsWatch, listing_id: str | None) -> bool:
        """Bring the page to send its own reviews request; whether it did."""
        self._say(0.12, "Looking for the reviews")
        patience_s = self._limits.provoke_s
        if await watch.wait(min(1.0, patience_s)):
            return True
        if await visit.show(_REVIEWS_SECTION) and await watch.wait(min(2.0, patience_s)):
            return True
        if await visit.press(_ALL_REVIEWS_BUTTON) and await watch.wait(patience_s):
            return True
        if listing_id is not None and watch.request is None:
            recorded = await visit.open(urljoin(visit.page.url, f"/rooms/{listing_id}/reviews"))
            self._raise_if_refused(Answer(recorded.status or 0, recorded.html, recorded.retry_after_s))
            await visit.clear()
            await watch.wait(patience_s)
        return watch.request is not None

    async def _continue(
        self, visit: Visit, watch: ReviewsWatch, harvest: Harvest, listing_id: str | None
    ) -> None:
        """Ask for one answer after the other until nothing is left to ask for."""
        watch.settle()
        renewed = False
        while (wanted := harvest.next()) is not None and len(harvest.reviews) < self._limits.reviews:
            count, total = len(harvest.reviews), harvest.total
            share = min(count / total, 1.0) if total else 0.0
            self._say(0.15 + 0.85 * share, f"Reading reviews: {count} of {total if total is not None else '?'}")
            try:
                await self._one_answer(visit, watch, harvest, *wanted)
            except StaleQuery:
                if renewed:
                    raise
                renewed = True
                await self._renew(visit, watch, listing_id)
                watch.settle()

    async def _renew(self, visit: Visit, watch: ReviewsWatch, listing_id: str | None) -> None:
        """Load the page again for a request that the site still knows."""
        watch.forget()
        self._parse(await visit.open(self._address.opened))
        await visit.clear()
        if not await self._provoke(visit, watch, listing_id):
            raise StaleQuery("Airbnb no longer knows its own page's request for reviews.")

    async def _one_answer(
        self, visit: Visit, watch: ReviewsWatch, harvest: Harvest, sweep: int, offset: int
    ) -> None:
        body = await self._body(visit, watch, sweep, offset)
        try:
            page = parse_reviews(body)
        except SchemaChanged as error:
            error.payload = self._cache.keep_diagnosis("reviews.json", structure_of_json(body))
            raise
        harvest.add(sweep, offset, count_rows(body, page), page)

    async def _body(self, visit: Visit, watch: ReviewsWatch, sweep: int, offset: int) -> Json:
        """The JSON of one answer: the page's own where it fits and can be read, else asked for."""
        request, own = watch.request, watch.response
        if request is None:
            raise StaleQuery("The page sent no request for reviews.")
        watch.response = None
        if own is not None and sweep == 0 and request.offset == offset:
            answer = await read_own_answer(own, self._limits.request_s)
            body = self._json(answer) if answer is not None else None
            if body is not None:
                return body
        for _ in range(_BODY_ATTEMPTS):
            url = request.at(offset, self._limits.reviews_per_request, sweep)
            body = self._json(await visit.ask(url, request.headers))
            if body is not None:
                return body
        raise NetworkFailed("The answers with reviews are broken.", "Try again later.")

    def _json(self, answer: Answer) -> Json:
        """The JSON of an answer, ``None`` if it is broken.

        Raises:
            Blocked: if it is a refusal.
        """
        self._raise_if_refused(answer)
        try:
            body: Json = json.loads(answer.text)
        except (ValueError, RecursionError):
            return None
        return body

    def _raise_if_refused(self, answer: Answer) -> None:
        if answer.status in _REFUSALS or (answer.status >= 500 and answer.retry_after_s is not None):
            raise Blocked(
                f"Airbnb refused a request (HTTP {answer.status}).", retry_after_s=answer.retry_after_s
            )
        if answer.text.lstrip().startswith("<"):
            recorded = RecordedPage("", self._address.url, answer.status, answer.text)
            try:
                parse_page(recorded)
            except Blocked:
                raise
            except CollectError:
                return  # some other page; whoever asked sees that it is not what was wanted

    async def _shown_reviews(self, visit: Visit, page: ParsedListing) -> ParsedListing:
        """The page with the reviews that it shows when it is scrolled through."""
        await visit.press(_ALL_REVIEWS_BUTTON)
        await visit.walk(_REVIEW, self._manners.conduct.wait_s)
        try:
            shown = parse_page(await visit.record()).reviews
        except Blocked:
            raise
        except CollectError as error:
            self._note("reviews", f"those that the page shows could not be read: {error.message}")
            return page
        known = {review.id: review for review in (*page.reviews, *shown)}
        page = replace(page, reviews=tuple(known.values()))
        self._cache.keep_page(page)
        return page

    def _note(self, subject: str, message: str) -> None:
        self._problems.append(Problem(subject=subject, message=message))
