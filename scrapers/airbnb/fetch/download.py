"""Photos from the page's media hosts: a few at once, bounded in size, type and number, resumed one by one."""

from __future__ import annotations

import asyncio
import http.client
import threading
import time
from collections.abc import Iterable
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from scrapers.airbnb.fetch.cache import ListingCache
from scrapers.airbnb.fetch.conduct import Manners, backoff_s, parse_retry_after
from scrapers.airbnb.fetch.limits import Limits
from scrapers.airbnb.files import write_whole
from scrapers.airbnb.urls import HostPolicy
from scrapers.errors import Blocked
from scrapers.listing import Problem
from scrapers.source import Report

_HEADERS = {
    "User-Agent": "ShowRoom (personal use, one listing at a time)",
    "Accept": "image/jpeg,image/png;q=0.9,image/webp;q=0.8",
}
_CHUNK_BYTES = 64 * 1024
#: photos that fail one after the other before the rest is not tried
_GIVE_UP_AFTER = 3
_URL_CHARACTERS = "%/:=&?~#+!$,;'@()*[]"
_REFUSALS = (403, 429)
_UNAVAILABLE = 503
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"II*\0", b"MM\0*", b"BM")


class _Unusable(Exception):
    """The address holds no photo that can be used, and will not hold one the next time."""


class _Stopped(Exception):
    """The run ended meanwhile."""


class PhotoDownloads:
    """Downloads the photos of one listing into its cache.

    Args:
        cache: of the listing; photos that lie there are not asked for again.
        manners: asked before every request.
        hosts: where photos may be downloaded from, each step of a redirect too.
        limits: bounds on time, size and number.

    Attributes:
        problems: photos that were left out, with the reason.
        unfinished: whether another run may bring some of them.
    """

    def __init__(self, cache: ListingCache, manners: Manners, hosts: HostPolicy, limits: Limits) -> None:
        self._cache = cache
        self._manners = manners
        self._hosts = hosts
        self._limits = limits
        self._opener: OpenerDirector = build_opener(ProxyHandler({}), _CheckedRedirects(hosts))
        self._stop = threading.Event()
        self._failures_in_a_row = 0
        self._refusal: Blocked | None = None
        self.problems: list[Problem] = []
        self.unfinished = False

    async def run(self, urls: Iterable[str], say: Report) -> None:
        """Download ``urls`` as far as they are not there.

        Raises:
            Blocked: at the first refusal; nothing is asked for after it.
        """
        wanted = list(dict.fromkeys(urls))
        self._leave_out(wanted[self._limits.photos :])
        todo = [url for url in wanted[: self._limits.photos] if not self._is_known(url)]
        queue = list(reversed(todo))

        async def work() -> None:
            while queue and self._refusal is None:
                say(
                    1 - len(queue) / len(todo), f"Downloading photo {len(todo) - len(queue) + 1} of {len(todo)}"
                )
                await self._one(queue.pop())

        try:
            await asyncio.gather(*(work() for _ in range(min(self._limits.parallel_photos, len(todo)))))
        finally:
            self._stop.set()
        if self._refusal is not None:
            raise self._refusal

    def _is_known(self, url: str) -> bool:
        """Whether the photo is there, or is known (and noted) not to be usable."""
        reason = self._cache.unusable(url)
        if reason is not None:
            self._note(url, reason)
        return reason is not None or self._cache.photo(url).is_file()

    def _leave_out(self, urls: list[str]) -> None:
        self.problems += [
            Problem(subject=url, message=f"is beyond the {self._limits.photos} photos that are read")
            for url in urls
        ]

    async def _one(self, url: str) -> None:
        if not self._hosts.allows_media(url):
            self._note(url, f"is at {urlsplit(url).hostname}, which is no host of Airbnb's photos; left out")
            return
        if self._failures_in_a_row >= _GIVE_UP_AFTER:
            self._note(url, "was not tried: the photos before it could not be downloaded", unfinished=True)
            return
        reason = ""
        for attempt in range(1, self._limits.attempts + 1):
            try:
                await self._manners.turn()
                if self._refusal is not None:
                    return
                await asyncio.to_thread(self._fetch, url)
            except Blocked as refusal:
                self._refusal = refusal
                return
            except _Unusable as unusable:
                reason = f"{unusable}; left out"
                self._cache.keep_unusable(url, reason)
                self._note(url, reason)
                return
            except (OSError, http.client.HTTPException) as error:
                reason = str(getattr(error, "reason", error)) or type(error).__name__
            else:
                self._failures_in_a_row = 0
                return
            await asyncio.sleep(backoff_s(attempt, self._manners.conduct))
        self._failures_in_a_row += 1
        self._note(url, f"could not be downloaded ({reason})", unfinished=True)

    def _note(self, url: str, message: str, *, unfinished: bool = False) -> None:
        self.problems.append(Problem(subject=url, message=message))
        self.unfinished |= unfinished

    def _fetch(self, url: str) -> None:
        """Download one photo (in a thread of its own)."""
        plain = quote(url, safe=_URL_CHARACTERS)
        request = Request(plain, headers=_HEADERS)  # noqa: S310 - the policy allows https only
        try:
            with self._opener.open(request, timeout=self._limits.request_s) as response:
                write_whole(self._cache.photo(url), self._read(response))
        except HTTPError as error:
            with error:
                raise _judge(error) from error

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        most = self._limits.photo_bytes
        kind = response.headers.get_content_type()
        if not (kind.startswith("image/") or kind == "application/octet-stream") or kind == "image/svg+xml":
            raise _Unusable(f"is no photo but {kind}")
        length = response.length or 0
        if length > most:
            raise _Unusable(f"is larger than {most / 2**20:g} MiB")
        deadline = time.monotonic() + self._limits.request_s
        data = bytearray()
        while chunk := response.read1(_CHUNK_BYTES):
            data += chunk
            if len(data) > most:
                raise _Unusable(f"is larger than {most / 2**20:g} MiB")
            if time.monotonic() > deadline:
                raise TimeoutError(f"not whole within {self._limits.request_s:g} s")
            if self._stop.is_set():
                raise _Stopped
        if len(data) < length:
            raise http.client.IncompleteRead(b"", length - len(data))
        if not _looks_like_a_photo(bytes(data[:16])):
            raise _Unusable("is no photo, whatever the server calls it")
        return bytes(data)


class _CheckedRedirects(HTTPRedirectHandler):
    """Follows redirects between media hosts only."""

    def __init__(self, hosts: HostPolicy) -> None:
        self._hosts = hosts

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: http.client.HTTPMessage, newurl: str
    ) -> Request | None:
        if not self._hosts.allows_media(newurl):
            raise _Unusable(f"leads to {urlsplit(newurl).hostname}, which is no host of Airbnb's photos")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _judge(error: HTTPError) -> Exception:
    """What an HTTP status means for the photo."""
    retry_after_s = parse_retry_after(error.headers.get("Retry-After"))
    if error.code in _REFUSALS or (error.code == _UNAVAILABLE and retry_after_s is not None):
        return Blocked(f"Airbnb refused a photo (HTTP {error.code}).", retry_after_s=retry_after_s)
    if error.code >= 500:
        return URLError(f"HTTP {error.code}")
    return _Unusable(f"is not there (HTTP {error.code})")


def _looks_like_a_photo(head: bytes) -> bool:
    is_webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    return head.startswith(_MAGIC) or is_webp or head[4:8] == b"ftyp"
