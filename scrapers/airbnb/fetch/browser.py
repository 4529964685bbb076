"""The user's own browser, driven through Playwright: found, started, and kept inside Airbnb's hosts.

What keeps it there is the doorkeeper (:mod:`scrapers.airbnb.fetch.doorkeeper`), the only way out of the whole
browser. The guard of the page beside it knows documents from other requests, so that a page that leads
elsewhere is told, and leaves out what nobody sees.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapers.airbnb.fetch.doorkeeper import Doorkeeper, doorkeeper
from scrapers.airbnb.urls import HostPolicy
from scrapers.errors import BrowserFailed

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserType, CDPSession, Page

_CHROME_COMMANDS = ("google-chrome", "google-chrome-stable", "chrome")
_CHROMIUM_COMMANDS = ("chromium", "chromium-browser")
_CHROME_PLACES = {
    "darwin": ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",),
    "win32": (
        r"%ProgramFiles%\Google\Chrome\Application\chrome.exe",
        r"%ProgramFiles(x86)%\Google\Chrome\Application\chrome.exe",
        r"%LocalAppData%\Google\Chrome\Application\chrome.exe",
    ),
}
_PLAYWRIGHT_PLACES = {
    "darwin": "~/Library/Caches/ms-playwright",
    "win32": r"%LocalAppData%\ms-playwright",
}
_PLAYWRIGHT_PROGRAMS = (
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
    "chromium-*/chrome-win*/chrome.exe",
)
_HOW = (
    "Install Google Chrome, or run: python -m playwright install chromium "
    "(on Debian: apt-get install chromium)."
)
#: no way around the proxy: no UDP of WebRTC and QUIC, no names asked for beforehand, no errands of its own
_ARGUMENTS = (
    "--disable-extensions",
    "--mute-audio",
    "--disable-quic",
    "--dns-prefetch-disable",
    "--disable-background-networking",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
)
#: Chromium leaves 127.0.0.1 out of a proxy unless it is told not to
_NOTHING_PAST_IT = "<-loopback>"
_WIDTH_PX, _HEIGHT_PX = 1280, 900
#: what nobody sees in a window that is not shown; photos are downloaded apart, at their best size
_UNREAD = frozenset(("Image", "Media", "Font"))


def find_browser() -> Path | None:
    """The browser to drive: Google Chrome, else Playwright's own Chromium, else the system's Chromium."""
    return next(_browsers(), None)


def _browsers() -> Iterator[Path]:
    yield from _commands(_CHROME_COMMANDS)
    places = (Path(os.path.expandvars(place)) for place in _CHROME_PLACES.get(sys.platform, ()))
    yield from (place for place in places if place.is_file())
    yield from _own_browsers()
    yield from _commands(_CHROMIUM_COMMANDS)


def _commands(names: tuple[str, ...]) -> Iterator[Path]:
    yield from (Path(found) for found in map(shutil.which, names) if found)


def _own_browsers() -> Iterator[Path]:
    """Chromium builds that ``playwright install`` put there, the newest first."""
    usual = _PLAYWRIGHT_PLACES.get(sys.platform, "~/.cache/ms-playwright")
    given = os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "")
    root = Path(os.path.expandvars(given if given not in ("", "0") else usual)).expanduser()
    found = [path for pattern in _PLAYWRIGHT_PROGRAMS for path in root.glob(pattern) if path.is_file()]
    yield from sorted(found, key=_revision, reverse=True)


def _revision(program: Path) -> int:
    folder = next(part for part in program.parts if part.startswith("chromium-"))
    digits = folder.removeprefix("chromium-")
    return int(digits) if digits.isdecimal() else 0


@dataclass
class GuardedPage:
    """A page that can reach Airbnb's hosts only.

    Attributes:
        page: Playwright's page.
        refused: addresses of documents that it was kept from, in order.
    """

    page: Page
    refused: list[str] = field(default_factory=list)


@asynccontextmanager
async def open_browser(hosts: HostPolicy, *, visible: bool = False) -> AsyncIterator[GuardedPage]:
    """Start a browser with an empty profile and one page; both are gone afterwards.

    Args:
        hosts: where the page, its redirects and its requests may go.
        visible: whether the user sees the window.

    Raises:
        BrowserFailed: if there is none, or it does not start.
    """
    program = find_browser()
    if program is None:
        raise BrowserFailed("There is no browser to open the page with.", _HOW)
    try:
        from playwright.async_api import Error, async_playwright
    except ImportError as error:
        raise BrowserFailed("Playwright is not installed.", "Run: pip install -r requirements.txt") from error
    async with doorkeeper(hosts) as keeper, async_playwright() as playwright:
        try:
            browser = await _launch(playwright.chromium, program, keeper, visible)
        except Error as error:
            first = str(error).strip().splitlines()[0]
            raise BrowserFailed(f"{program} does not start ({first}).", _HOW) from error
        try:
            context = await browser.new_context(
                service_workers="block",
                accept_downloads=False,
                viewport={"width": _WIDTH_PX, "height": _HEIGHT_PX},
            )
            page = await context.new_page()
            context.on("page", _close)
            guarded = GuardedPage(page)
            unread = frozenset() if visible else _UNREAD
            await _guard(await context.new_cdp_session(page), guarded, hosts, unread)
            yield guarded
        finally:
            with suppress(Error):
                await browser.close()


async def _close(page: Page) -> None:
    """No page opens a second one."""
    from playwright.async_api import Error

    with suppress(Error):
        await page.close()


async def _launch(chromium: BrowserType, program: Path, keeper: Doorkeeper, visible: bool) -> Browser:
    """Start with Chromium's sandbox; without it only where the system allows none (root, most containers)."""
    from playwright.async_api import Error

    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    options: dict[str, Any] = {
        "executable_path": program,
        "headless": not visible,
        "args": list(_ARGUMENTS),
        "proxy": {"server": keeper.address, "bypass": _NOTHING_PAST_IT},
        "handle_sigint": False,
        "handle_sigterm": False,
        "handle_sighup": False,
    }
    try:
        return await chromium.launch(**options, chromium_sandbox=not is_root)
    except Error as error:
        if is_root or "sandbox" not in str(error).lower():
            raise
        return await chromium.launch(**options, chromium_sandbox=False)


async def _guard(session: CDPSession, guarded: GuardedPage, hosts: HostPolicy, unread: frozenset[str]) -> None:
    """Stop every request, each step of a redirect too, that leads out of ``hosts`` or is not needed."""
    from playwright.async_api import Error

    pending: set[asyncio.Task[None]] = set()

    async def decide(event: Mapping[str, Any]) -> None:
        answer = {"requestId": event["requestId"]}
        with suppress(Error):  # the page went away meanwhile
            if event["resourceType"] not in unread and _is_allowed(event, hosts, guarded.refused):
                await session.send("Fetch.continueRequest", answer)
            else:
                await session.send("Fetch.failRequest", answer | {"errorReason": "BlockedByClient"})

    def on_paused(event: Mapping[str, Any]) -> None:
        task = asyncio.ensure_future(decide(event))
        pending.add(task)
        task.add_done_callback(pending.discard)

    session.on("Fetch.requestPaused", on_paused)
    await session.send("Fetch.enable", {"patterns": [{"urlPattern": "*"}]})


def _is_allowed(event: Mapping[str, Any], hosts: HostPolicy, refused: list[str]) -> bool:
    url, kind = event["request"]["url"], event["resourceType"]
    if kind == "Document":
        if not hosts.allows_page(url):
            refused.append(url)
            return False
        return True
    return hosts.allows_page(url) or hosts.allows_media(url)
