"""The HTML of a recorded page: its scripts, what kind of page it is, and the facts that only the DOM holds."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborNode

from scrapers.airbnb.parse.shapes import parse_html, text
from scrapers.airbnb.parse.state import canonical
from scrapers.exports.dates import parse_when

_KEY_MARK = '"api_config"'
_KEY = re.compile(r"[A-Za-z0-9_-]{8,128}")
_SAVED_FROM = re.compile(r"saved from url=\(\d{4}\)(\S+)")
_SINGLE_FILE = re.compile(r"SingleFile\s[\s\S]{0,40}?url:\s*(\S+)")
_SAVED_DATE = re.compile(r"saved date:\s*\w{3}\s+(\w{3})\s+(\d{1,2})\s+(\d{4})")
_MAX_NOTES = 20


class Document:
    """A parsed page.

    Args:
        html: of the document; may be empty.
    """

    def __init__(self, html: str) -> None:
        self.tree = parse_html(html)
        #: as the program that saved the page noted it; may be anything
        self.saved_address: str | None = None
        #: day on which it was saved, where that was noted
        self.saved_on: dt.date | None = None
        self._read_notes()

    def states(self) -> tuple[list[Any], bool]:
        """Parsed page state scripts, and whether there was one that could not be read."""
        parsed: list[Any] = []
        broken = False
        for script in self.tree.css('script[id^="data-deferred-state"]'):
            try:
                parsed.append(json.loads(script.text()))
            except (ValueError, RecursionError):
                broken = True
        return parsed, broken

    def linked_data(self) -> Iterator[dict[str, Any]]:
        """The ld+json objects, also those in lists and graphs."""
        for script in self.tree.css('script[type="application/ld+json"]'):
            try:
                found = json.loads(script.text())
            except (ValueError, RecursionError):
                continue
            graph = found.get("@graph") if isinstance(found, dict) else found
            items = graph if isinstance(graph, list) else [found]
            yield from (item for item in items if isinstance(item, dict))

    def api_key(self) -> str | None:
        """The key that the page sends with its own requests."""
        decoder = json.JSONDecoder()
        for script in self.tree.css("script"):
            content = script.text()
            start = content.find(_KEY_MARK)
            colon = content.find(":", start + len(_KEY_MARK)) if start >= 0 else -1
            if colon < 0:
                continue
            try:
                config, _ = decoder.raw_decode(content[colon + 1 :].lstrip())
            except (ValueError, RecursionError):
                continue
            key = config.get("key") if isinstance(config, dict) else None
            if isinstance(key, str) and _KEY.fullmatch(key):
                return key
        return None

    def meta(self, name: str) -> str | None:
        """Content of the ``<meta property=...>`` (or ``name=...``) with this name."""
        found = self.tree.css_first(f'meta[property="{name}"], meta[name="{name}"]')
        return text(found.attributes.get("content")) if found is not None else None

    @property
    def language(self) -> str:
        """Of the page, two letters; empty where it does not say."""
        root = self.tree.css_first("html")
        return ((root.attributes.get("lang") if root is not None else None) or "")[:2].lower()

    def canonical_url(self) -> str | None:
        """The listing address that the page calls its own."""
        link = self.tree.css_first('link[rel="canonical"]')
        linked = canonical(link.attributes.get("href")) if link is not None else None
        return linked or canonical(self.meta("og:url"))

    def _read_notes(self) -> None:
        """The comments in which browsers and SingleFile note whence and when a page was saved."""
        for item in self.tree.css("html"):
            nearby = [item.prev, item.child]
            for start, step in zip(nearby, ("prev", "next"), strict=True):
                current = start
                for _ in range(_MAX_NOTES):
                    if current is None:
                        break
                    if current.is_comment_node:
                        self._read_note(current.comment_content or "")
                    current = getattr(current, step)

    def _read_note(self, note: str) -> None:
        for pattern in (_SAVED_FROM, _SINGLE_FILE):
            if self.saved_address is None and (found := pattern.search(note)) is not None:
                self.saved_address = found[1]
        if (found := _SAVED_DATE.search(note)) is not None:
            when = parse_when(f"{found[2]} {found[1]} {found[3]}")
            self.saved_on = when.date if when is not None else self.saved_on

    def saved_from(self) -> str | None:
        """Listing address in the comment that browsers put into a saved page."""
        return canonical(self.saved_address)

    def is_website(self) -> bool:
        """Whether it is a page about the site and not about a listing."""
        return self.meta("og:type") == "website"

    def is_of_airbnb(self) -> bool:
        """Whether the page says that it is Airbnb's."""
        named = (self.meta("og:site_name"), self.meta("twitter:site"), self.meta("application-name"))
        return any((name or "").lower().lstrip("@") == "airbnb" for name in named)

    def has_listing_marks(self) -> bool:
        """Whether the body is laid out as a listing."""
        sections = ("TITLE", "HERO", "OVERVIEW", "DESCRIPTION", "REVIEWS")
        marks = ", ".join(f'[data-section-id^="{section}_"]' for section in sections)
        return self.tree.css_first(marks) is not None


def local_copy(source: str | None) -> str | None:
    """The relative path in an ``src`` that a browser rewrote when it saved the page, still percent-encoded."""
    if not source:
        return None
    try:
        parts = urlsplit(source)
    except ValueError:
        return None
    path = parts.path.removeprefix("./")
    plain = unquote(path)
    if parts.scheme or parts.netloc or not plain or plain.startswith(("/", "\\")) or ".." in plain.split("/"):
        return None
    return path if all(ord(c) >= 32 for c in plain) else None


def is_inside(item: LexborNode, tags: frozenset[str], top: LexborNode) -> bool:
    """Whether ``item`` or something between it and ``top`` has one of the ``tags``."""
    current: LexborNode | None = item
    while current is not None and current.mem_id != top.mem_id:
        if current.tag in tags:
            return True
        current = current.parent
    return False
