"""One visit to a page: opening it, clearing what covers it, scrolling through it, asking from inside it."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.async_api import Error, Page, Response
from playwright.async_api import TimeoutError as PlaywrightTimeout

from scrapers.airbnb.fetch.browser import GuardedPage
from scrapers.airbnb.fetch.conduct import Manners, backoff_s, parse_retry_after
from scrapers.airbnb.fetch.limits import Limits
from scrapers.airbnb.fetch.reviews_request import OPERATION
from scrapers.airbnb.parse import Json, NetworkAnswer, RecordedPage
from scrapers.errors import BrowserFailed, CollectError, NetworkFailed, NotAListing, TimedOut

#: what a listing, or what stands in its place, shows first
_STATE = "script[id^=data-deferred-state]"
_READY = f"{_STATE}, [data-section-id], h1, #px-captcha"
_DRAWN = "[data-section-id] *, [data-review-id], h1, img"
_DRAWING_PAUSE_S = 0.25
_STILL_DRAWINGS = 3
_COOKIE_BUTTONS = "[data-testid*=cookie] button, [id*=cookie] button"
_DIALOGS = "[role=dialog]:visible, [aria-modal=true]:visible"
_QUICK_MS = 1500
_SCROLL_PAUSE_S = 0.15
_MAX_SCROLLS = 80
_STILL_SCROLLS = 4
_MAX_ANSWERS = 40
_RECORDED_OPERATIONS = ("/api/v3/StaysPdp", "/api/v3/PdpAvailabilityCalendar")
_MAX_POPUPS = 4
_NO_TIME_LEFT = -1
_LATER = "Try again later: what was collected is kept."

_FETCH = """async ({url, headers, timeout_ms}) => {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), timeout_ms);
  try {
    const answer = await fetch(url, {headers, signal: stop.signal, credentials: 'include'});
    const text = await answer.text();
    return {status: answer.status, retry_after: answer.headers.get('retry-after'), text};
  } catch (error) {
    return {status: stop.signal.aborted ? -1 : 0, retry_after: null, text: String(error)};
  } finally {
    clearTimeout(timer);
  }
}"""
_SCROLL = """(selector) => {
  const panels = [...document.querySelectorAll('*')].filter(e => e.scrollHeight > e.clientHeight + 20 &&
    ['auto', 'scroll'].includes(getComputedStyle(e).overflowY));
  for (const e of [document.scrollingElement, ...panels]) e.scrollBy(0, e.clientHeight * 0.9);
  const atEnd = [document.scrollingElement, ...panels].every(
    e => e.scrollTop + e.clientHeight >= e.scrollHeight - 5);
  return [document.querySelectorAll(selector).length, atEnd];
}"""


@dataclass(frozen=True)
class Answer:
    """What a request from inside the page brought.

    Attributes:
        status: HTTP status.
        text: the body.
        retry_after_s: how long the server asks to stay away.
    """

    status: int
    text: str
    retry_after_s: float | None = None


class Visit:
    """One open page and the manners towards its host.

    Args:
        guarded: the page.
        manners: asked before every request.
        limits: bounds on time and attempts.
    """

    def __init__(self, guarded: GuardedPage, manners: Manners, limits: Limits) -> None:
        self.page: Page = guarded.page
        self._guarded = guarded
        self._manners = manners
        self._limits = limits
        self._recordings: set[asyncio.Task[None]] = set()
        self._answers: list[NetworkAnswer] = []
        self._document: Response | None = None
        self._requested = ""
        self.page.on("response", self._on_response)

    async def open(self, url: str) -> RecordedPage:
        """Open ``url`` and record what it shows; a failing network is tried again, a refusal never.

        Raises:
            NotAListing: it leads out of Airbnb.
            NetworkFailed, TimedOut, BrowserFailed: as their names say.
        """
        failure = NetworkFailed("No answer came.", _LATER)
        for attempt in range(1, self._limits.attempts + 1):
            await self._manners.turn()
            try:
                return await self._open_once(url)
            except TimedOut:
                raise
            except NetworkFailed as error:
                failure = error
            await asyncio.sleep(backoff_s(attempt, self._manners.conduct))
            await self._leave()
        raise failure

    async def _leave(self) -> None:
        """Get rid of the browser's own error page, which would interrupt what is opened next."""
        for _ in range(_MAX_POPUPS):
            with suppress(Error):
                await self.page.goto("about:blank", timeout=_QUICK_MS)
                return
            await asyncio.sleep(_DRAWING_PAUSE_S)

    async def _open_once(self, url: str) -> RecordedPage:
        self._requested, self._document, self._answers = url, None, []
        self._guarded.refused.clear()
        timeout_ms = self._limits.page_s * 1000
        try:
            await self.page.goto(url, wait_until="domcontentloaded", timeout=timeout_ms)
        except PlaywrightTimeout as error:
            raise TimedOut(f"The page did not arrive within {self._limits.page_s:g} s.", _LATER) from error
        except Error as error:
            if "ERR_HTTP_RESPONSE_CODE_FAILURE" not in str(error):  # a refusal without a body
                raise self._explain(error) from error
        if self._is_server_failure():
            raise NetworkFailed(f"Airbnb's server failed (HTTP {self._status}).", _LATER)
        if self._status == 200:
            await self._settle()
        return await self.record()

    @property
    def _status(self) -> int | None:
        return self._document.status if self._document else None

    @property
    def _retry_after_s(self) -> float | None:
        return parse_retry_after(self._document.headers.get("retry-after")) if self._document else None

    def _is_server_failure(self) -> bool:
        return self._status is not None and self._status >= 500 and self._retry_after_s is None

    async def _settle(self) -> None:
        """Wait until the page has its state, or until what its scripts draw stands still."""
        with suppress(PlaywrightTimeout):
            timeout_ms = self._limits.settle_s * 1000
            await self.page.wait_for_selector(_READY, state="attached", timeout=timeout_ms)
        if await self.page.query_selector(_STATE):
            return
        await self._stand_still(_DRAWN, self._limits.settle_s)

    async def _stand_still(self, selector: str, seconds: float) -> None:
        count, still = -1, 0
        for _ in range(math.ceil(seconds / _DRAWING_PAUSE_S)):
            now = await self.page.locator(selector).count()
            still = still + 1 if now == count else 0
            if still == _STILL_DRAWINGS:
                return
            count = now
            await asyncio.sleep(_DRAWING_PAUSE_S)

    async def record(self) -> RecordedPage:
        """What the page shows now, with the answers that it received since it was opened."""
        if self._recordings:
            await asyncio.wait(self._recordings, timeout=_QUICK_MS / 1000)
        return RecordedPage(
            requested_url=self._requested,
            final_url=self.page.url,
            status=self._status,
            html=await self._content(),
            answers=tuple(self._answers),
            retry_after_s=self._retry_after_s,
        )

    async def hear(self, selector: str, seconds: float) -> tuple[NetworkAnswer, ...]:
        """Scroll to ``selector``, where there is one, and wait for what the page asks for there.

        Returns:
            All answers since the page was opened.
        """
        known = len(self._answers)
        if await self.show(selector):
            for _ in range(math.ceil(seconds / _DRAWING_PAUSE_S)):
                if len(self._answers) > known:
                    break
                await asyncio.sleep(_DRAWING_PAUSE_S)
        if self._recordings:
            await asyncio.wait(self._recordings, timeout=_QUICK_MS / 1000)
        return tuple(self._answers)

    async def _content(self) -> str:
        try:
            return await self.page.content()
        except Error as error:
            if self.page.is_closed() or "navigating" not in str(error):
                raise self._explain(error) from error
        await self.page.wait_for_load_state("domcontentloaded", timeout=self._limits.page_s * 1000)
        return await self.page.content()

    async def ask(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Request ``url`` from inside the page, as the page does it; tried again while the network fails.

        Raises:
            NetworkFailed, TimedOut: when the last attempt failed too.
        """
        failure: NetworkFailed = NetworkFailed("No answer came.", _LATER)
        for attempt in range(1, self._limits.attempts + 1):
            await self._manners.turn()
            arguments = {"url": url, "headers": dict(headers), "timeout_ms": self._limits.request_s * 1000}
            try:
                came = await self.page.evaluate(_FETCH, arguments)
            except Error as error:
                raise self._explain(error) from error
            answer = Answer(came["status"], came["text"], parse_retry_after(came["retry_after"]))
            if answer.status == _NO_TIME_LEFT:
                failure = TimedOut(f"No answer came within {self._limits.request_s:g} s.", _LATER)
            elif answer.status == 0:
                failure = NetworkFailed("The connection failed.", _LATER)
            elif answer.status >= 500 and answer.retry_after_s is None:
                failure = NetworkFailed(f"Airbnb's server failed (HTTP {answer.status}).", _LATER)
            else:
                return answer
            await asyncio.sleep(backoff_s(attempt, self._manners.conduct))
        raise failure

    async def clear(self) -> None:
        """Close what covers the page: translation and other pop-ups, the cookie banner (refusing cookies)."""
        with suppress(PlaywrightTimeout):
            for _ in range(_MAX_POPUPS):
                if not await self.page.locator(_DIALOGS).count():
                    break
                await self.page.keyboard.press("Escape")
                await asyncio.sleep(_SCROLL_PAUSE_S)
                left = self.page.locator(_DIALOGS).locator("button[aria-label]")
                if await left.count():
                    await left.first.click(timeout=_QUICK_MS)
        with suppress(PlaywrightTimeout):
            buttons = self.page.locator(_COOKIE_BUTTONS)
            if await buttons.count():
                await buttons.last.click(timeout=_QUICK_MS)  # "only what is necessary" stands last

    async def show(self, selector: str) -> bool:
        """Scroll to the first element of ``selector``; whether there is one."""
        found = self.page.locator(selector).first
        if not await found.count():
            return False
        with suppress(PlaywrightTimeout):
            await found.scroll_into_view_if_needed(timeout=_QUICK_MS)
        return True

    async def press(self, selector: str) -> bool:
        """Click the first element of ``selector``, covered or not; whether there is one."""
        if not await self.show(selector):
            return False
        found = self.page.locator(selector).first
        try:
            await found.click(timeout=_QUICK_MS)
        except PlaywrightTimeout:
            with suppress(PlaywrightTimeout):
                await found.dispatch_event("click", timeout=_QUICK_MS)
        return True

    async def walk(self, selector: str, pause_s: float = _SCROLL_PAUSE_S) -> int:
        """Scroll through page and panels until no more elements of ``selector`` appear; how many there are."""
        count, still = -1, 0
        for _ in range(_MAX_SCROLLS):
            now, at_end = await self.page.evaluate(_SCROLL, selector)
            still = still + 1 if at_end and now == count else 0
            count = now
            if still == _STILL_SCROLLS:
                break
            await asyncio.sleep(pause_s)
        return max(count, 0)

    def _on_response(self, response: Response) -> None:
        request = response.request
        if request.is_navigation_request() and request.frame == self.page.main_frame:
            self._document = response
        elif _is_recorded(response) and len(self._recordings) < _MAX_ANSWERS:
            self._recordings.add(asyncio.ensure_future(self._record_answer(response)))

    async def _record_answer(self, response: Response) -> None:
        with suppress(Error, ValueError, RecursionError):  # the body may be unreadable from outside
            body: Json = json.loads(await response.text())
            self._answers.append(NetworkAnswer(response.url, response.status, body))

    def _explain(self, error: Error) -> CollectError:
        """The error that tells the user what a failed visit means."""
        if self._guarded.refused:
            host = urlsplit(self._guarded.refused[-1]).hostname
            return NotAListing(
                f"The address leads out of Airbnb, to {host}.", "Give the address of the listing itself."
            )
        return explain(error)


async def read_own_answer(response: Response, seconds: float) -> Answer | None:
    """What the page's own request brought; ``None`` if it cannot be read from outside."""
    try:
        text = await asyncio.wait_for(response.text(), seconds)
    except (Error, TimeoutError, UnicodeDecodeError):
        return None
    return Answer(response.status, text, parse_retry_after(response.headers.get("retry-after")))


def explain(error: Error) -> CollectError:
    """The error that tells the user what Playwright's means."""
    text = next(iter(str(error).strip().splitlines()), type(error).__name__)
    if isinstance(error, PlaywrightTimeout):
        return TimedOut(f"The page did not answer in time ({text}).", _LATER)
    if "net::" in text:
        return NetworkFailed(f"The page could not be loaded ({text}).", "Check the connection and try again.")
    return BrowserFailed(
        f"The browser ended in the middle ({text}).", "Run it again: it continues where it stopped."
    )


def _is_recorded(response: Response) -> bool:
    path = urlsplit(response.url).path
    return path.startswith(_RECORDED_OPERATIONS) and OPERATION not in path and response.status == 200
