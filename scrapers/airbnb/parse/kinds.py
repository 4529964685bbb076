"""What a page is that shows no listing: a challenge, a search, an experience, the front page. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from scrapers.airbnb.parse.document import Document
from scrapers.airbnb.parse.shapes import node_text
from scrapers.airbnb.parse.state import canonical
from scrapers.airbnb.parse.vocabulary import words
from scrapers.errors import FoundListing, NotAListing, SearchPage

#: who serves challenges: DataDome, Arkose, Cloudflare, PerimeterX, Akamai, hCaptcha
_CHALLENGERS: Final = (
    *("captcha-delivery.com", "arkoselabs.com", "funcaptcha.com", "challenges.cloudflare.com"),
    *("px-cdn.net", "px-cloud.net", "perimeterx.net", "hcaptcha.com"),
)
_MARKS: Final = (
    '[id^="px-captcha"], [class^="px-captcha"], #cmsg, #challenge-form, #challenge-running, #cf-wrapper, '
    '#FunCaptcha, #arkose, [id^="arkose"], [class^="cf-turnstile"], #sec-if-container, #sec-text-container'
)
_AKAMAI: Final = re.compile(
    r"Reference\s*(?:&#32;)?#\s*[0-9a-f]{1,2}\.[0-9a-f]+\.\d+\.[0-9a-f]+", re.IGNORECASE
)
_CLOUDFLARE: Final = ("/cdn-cgi/challenge-platform/", "_cf_chl_opt", "window._cf_chl")
_GIVE_A_LISTING: Final = "Give the address, or a saved page, of a listing."
_OTHERS: Final = {
    **{"experiences": "one of Airbnb's experiences", "services": "one of Airbnb's services"},
    **{"wishlists": "a wish list", "users": "somebody's profile", "trips": "a page of trips"},
    **{"inbox": "an inbox", "messaging": "an inbox", "hosting": "a page for hosts", "help": "a page of help"},
    **{"guest": "an inbox", "account-settings": "a page of settings", "login": "a page to log in"},
}
_FEW_CARDS: Final = 3
_MAX_TITLE: Final = 120


def is_challenge(document: Document) -> bool:
    """Whether a page that holds nothing of a listing refuses or asks for a challenge.

    The bare word "captcha" stands in every healthy page, and a review may quote anything: only elements of
    challenges, who serves them, the title and the headings count.
    """
    tree = document.tree
    if tree.css_first(_MARKS) is not None:
        return True
    shown = [(node_text(item) or "").strip().casefold() for item in tree.css("title, h1, h2")]
    if any(line.startswith(mark) for line in shown for mark in words("challenge title")):
        return True
    if document.is_of_airbnb():
        return False
    sources = [item.attributes.get("src") or "" for item in tree.css("script, iframe, img")]
    scripts = [item.text() for item in tree.css("script")]
    body = tree.body
    return (
        any(host in source for source in sources for host in _CHALLENGERS)
        or any(mark in script for script in (*scripts, *sources) for mark in _CLOUDFLARE)
        or (body is not None and _AKAMAI.search(body.text()) is not None)
    )


def other_page(document: Document) -> NotAListing | None:
    """What a page is that is no listing, by name; ``None`` where it does not say."""
    steps = next((s for url in _own_addresses(document) if (s := _steps(url))), [])
    for name, kind in _OTHERS.items():
        if name in steps[:2]:
            return NotAListing(f"This is {kind}, not a place to stay.", _GIVE_A_LISTING)
    found = tuple(_found(document))
    if "s" in steps[:2] or (len(found) >= _FEW_CARDS and steps[:1] != ["rooms"]):
        return SearchPage(found)
    if steps == [] and document.is_of_airbnb() and _is_front_page(document):
        return NotAListing("This is Airbnb's front page, not a place to stay.", _GIVE_A_LISTING)
    return None


def _own_addresses(document: Document) -> Iterator[str]:
    link = document.tree.css_first('link[rel="canonical"]')
    yield from filter(
        None,
        (
            document.saved_address,
            link.attributes.get("href") if link is not None else None,
            document.meta("og:url"),
        ),
    )


def _steps(url: str) -> list[str]:
    try:
        return [step for step in urlsplit(url).path.split("/") if step]
    except ValueError:
        return []


def _is_front_page(document: Document) -> bool:
    return any(_steps(url) == [] and urlsplit(url).netloc for url in _own_addresses(document))


def _found(document: Document) -> Iterator[FoundListing]:
    """The listings that a page of results links to, each once, in order."""
    seen: set[str] = set()
    for link in document.tree.css('a[href*="/rooms/"]'):
        href = link.attributes.get("href") or ""
        url = canonical(href if "://" in href else f"https://www.airbnb.com/{href.lstrip('/')}")
        if url is None or url in seen:
            continue
        seen.add(url)
        name = link.attributes.get("aria-label") or node_text(link) or _label(link.attributes, document)
        yield FoundListing(url=url, title=" ".join((name or "").split())[:_MAX_TITLE])


def _label(attributes: object, document: Document) -> str | None:
    """The text of the element that names a link."""
    get = getattr(attributes, "get", None)
    number = get("aria-labelledby") if callable(get) else None
    if not isinstance(number, str) or not re.fullmatch(r"[\w-]{1,80}", number):
        return None
    named = document.tree.css_first(f'[id="{number}"]')
    return node_text(named) if named is not None else None
