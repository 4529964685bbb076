"""Which addresses are Airbnb listings, and which hosts a browser or a download may reach. Pure functions.

Hosts are compared with explicit lists, never by pattern: ``airbnb.com.evil.org``, ``airbnb.cm`` and every
private address are refused because they are on no list.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from scrapers.errors import NotAListing, UnsupportedSource

Kind = Literal["rooms", "plus", "luxury", "hotel", "slug", "short"]
MAX_ADDRESS_CHARACTERS = 4000
SHORT_LINK_HOST = "abnb.me"
_SHORT_LINK_HOSTS = frozenset({SHORT_LINK_HOST, f"www.{SHORT_LINK_HOST}"})
MEDIA_HOSTS = frozenset(
    {"a0.muscache.com", "a1.muscache.com", "a2.muscache.com", "z0.muscache.com", "z1.muscache.com"}
)
_SUFFIXES = (
    *("com", "cat", "ae", "al", "am", "at", "az", "ba", "be", "ca", "ch", "cl", "cn", "cz", "de", "dk", "es"),
    *("fi", "fr", "gr", "gy", "hu", "ie", "is", "it", "jp", "la", "lt", "lu", "lv", "me", "mx", "nl", "no"),
    *("pl", "pt", "rs", "ru", "se", "si"),
    *("co.cr", "co.id", "co.il", "co.in", "co.kr", "co.nz", "co.uk", "co.ve", "co.za"),
    *("com.ar", "com.au", "com.bo", "com.br", "com.bz", "com.co", "com.ec", "com.ee", "com.gt", "com.hk"),
    *("com.hn", "com.hr", "com.kh", "com.mt", "com.my", "com.ni", "com.pa", "com.pe", "com.ph", "com.py"),
    *("com.ro", "com.sg", "com.sv", "com.tr", "com.tw", "com.ua", "com.vn"),
)
AIRBNB_DOMAINS = frozenset(f"airbnb.{suffix}" for suffix in _SUFFIXES)
_SUBDOMAIN = re.compile(r"www|m|[a-z]{2}(?:-[a-z]{1,4})?")
_ID = re.compile(r"[1-9][0-9]{0,19}")
_SLUG = re.compile(r"[\w%.~-]{1,300}")
_SHORT_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?!\d)")
_AROUND = re.compile(r"[\s\"'<>()\[\]{}|“”„‚‘’«»‹›「」『』，、]+")
#: names of arrival and departure in addresses
_DAYS = (("check_in", "checkin"), ("check_out", "checkout"))
_GUESTS = ("adults", "children", "infants", "pets")
_FEW = re.compile(r"[1-9][0-9]?")
_FORMS = "Give the address of a listing, such as https://www.airbnb.com/rooms/12345678."


@dataclass(frozen=True)
class Address:
    """Where one listing is.

    Attributes:
        kind: the form of the address; ``slug`` and ``short`` have to be followed to learn the id.
        listing_id: up to 20 digits, a string; ``None`` where the address does not hold it.
        url: cleaned: https, no query, no fragment, nothing after the listing.
        host: lower case; with its port for the replica.
        asked: days and guests that the address asks for, as a clean query; empty where it names no days. Only
            with days does a page show a price.
    """

    kind: Kind
    listing_id: str | None
    url: str
    host: str
    asked: str = ""

    @property
    def opened(self) -> str:
        """What a browser opens."""
        return f"{self.url}?{self.asked}" if self.asked else self.url


@dataclass(frozen=True)
class HostPolicy:
    """Which hosts may be reached.

    Args:
        replica: for tests only: origin of a local replica site, ``http://127.0.0.1:<port>``, allowed for pages
            and photos in addition to the real hosts. Nothing but a loopback address with a port is accepted.
    """

    replica: str | None = None

    def __post_init__(self) -> None:
        if self.replica is not None and not _is_loopback_origin(self.replica):
            raise ValueError(f"a replica is http://127.0.0.1:<port>, not {self.replica!r}")

    def allows_page(self, url: str) -> bool:
        """Whether a document or a request of the page may go to ``url`` (also after a redirect)."""
        parts = _split(url)
        if parts is None:
            return False
        return self._is_replica(parts) or (_is_plain_https(parts) and is_airbnb_host(parts.hostname or ""))

    def allows_media(self, url: str) -> bool:
        """Whether a photo may be downloaded from ``url``."""
        parts = _split(url)
        if parts is None:
            return False
        return self._is_replica(parts) or (_is_plain_https(parts) and is_media_host(parts.hostname or ""))

    def _is_replica(self, parts: SplitResult) -> bool:
        return self.replica is not None and f"{parts.scheme}://{parts.netloc}" == self.replica


STRICT = HostPolicy()


def is_airbnb_host(host: str) -> bool:
    """Whether listing pages may be at ``host``: a country domain, alone or with a language subdomain."""
    host = host.lower().removesuffix(".")
    if host in AIRBNB_DOMAINS or host in _SHORT_LINK_HOSTS:
        return True
    subdomain, _, domain = host.partition(".")
    return domain in AIRBNB_DOMAINS and _SUBDOMAIN.fullmatch(subdomain) is not None


def is_media_host(host: str) -> bool:
    """Whether ``host`` is one of those that serve listing photos."""
    return host.lower().removesuffix(".") in MEDIA_HOSTS


def parse_address(text: str, hosts: HostPolicy = STRICT) -> Address:
    """The listing that ``text`` points to.

    Args:
        text: what the user gave; the scheme may be left out.
        hosts: see :class:`HostPolicy`.

    Raises:
        UnsupportedSource: not an address of Airbnb, or one with credentials, a port or a strange character.
        NotAListing: Airbnb, but something else than a listing.
    """
    text = text.strip()
    if (
        not text
        or len(text) > MAX_ADDRESS_CHARACTERS
        or any(c.isspace() or ord(c) < 32 or c == "\\" for c in text)
    ):
        raise UnsupportedSource("That is not a web address.", _FORMS)
    parts = _split(text if _SCHEME.match(text) else f"https://{text.removeprefix('//')}")
    if parts is None:
        raise UnsupportedSource("That is not a web address.", _FORMS)
    if parts.username is not None or parts.password is not None:
        raise UnsupportedSource("The address holds a user name or a password.", _FORMS)
    if hosts.replica is not None and hosts.replica == f"{parts.scheme}://{parts.netloc}":
        return replace(_listing(parts, hosts.replica, parts.netloc), asked=_asked(parts.query))
    host = (parts.hostname or "").removesuffix(".")
    _check_origin(parts, host)
    found = _listing(parts, f"https://{host}", host)
    return found if found.kind == "short" else replace(found, asked=_asked(parts.query))


def asked_days(query: str) -> tuple[dt.date, dt.date] | None:
    """Arrival and departure that the query of a listing's address asks for."""
    asked = dict(parse_qsl(query))
    try:
        first, last = (
            dt.date.fromisoformat(next((asked[name] for name in names if name in asked), "")) for names in _DAYS
        )
    except ValueError:
        return None
    return (first, last) if first < last else None


def _asked(query: str) -> str:
    days = asked_days(query)
    if days is None:
        return ""
    given = dict(parse_qsl(query))
    guests = {name: given[name] for name in _GUESTS if _FEW.fullmatch(given.get(name, ""))}
    return urlencode({"check_in": days[0], "check_out": days[1], **guests})


def _check_origin(parts: SplitResult, host: str) -> None:
    if parts.scheme not in {"http", "https"}:
        raise UnsupportedSource(f"Only web addresses are opened, not {parts.scheme}: ones.", _FORMS)
    if _is_private(host):
        raise UnsupportedSource(f"{host} is an address of this computer or its own network.", _FORMS)
    if not is_airbnb_host(host):
        raise UnsupportedSource(f"{host or 'This'} is not an address of Airbnb.", _FORMS)
    if parts.port is not None:
        raise UnsupportedSource("The address names a port, which Airbnb's never do.", _FORMS)


def find_address(text: str) -> str | None:
    """The first address of Airbnb in a text that people copied: with words around it, quotes or brackets."""
    for token in _AROUND.split(text[:MAX_ADDRESS_CHARACTERS]):
        address = token.rstrip(".,;:!?…")
        parts = _split(address if _SCHEME.match(address) else f"https://{address}")
        if parts is not None and is_airbnb_host(parts.hostname or "") and len(parts.path) > 1:
            return address
    return None


def _listing(parts: SplitResult, origin: str, host: str) -> Address:
    steps = [step for step in parts.path.split("/") if step]
    if host in _SHORT_LINK_HOSTS:
        if len(steps) == 1 and _SHORT_CODE.fullmatch(steps[0]):
            return Address("short", None, f"https://{SHORT_LINK_HOST}/{steps[0]}", SHORT_LINK_HOST)
        raise NotAListing("This short link has no code.", _FORMS)
    own = _asked_room(parts) or _own_room(steps)
    if own is not None:
        return Address("rooms", own, f"{origin}/rooms/{own}", host)
    match steps:
        case [("slink" | "l") as form, code] if _SHORT_CODE.fullmatch(code):
            return Address("short", None, f"{origin}/{form}/{code}", host)
        case ["properties", code, *_] if _ID.fullmatch(code):
            return Address("hotel", code, f"{origin}/properties/{code}", host)
        case ["rooms", "plus", code, *_] if _ID.fullmatch(code):
            return Address("plus", code, f"{origin}/rooms/plus/{code}", host)
        case ["rooms", code, *_] if _ID.fullmatch(code):
            return Address("rooms", code, f"{origin}/rooms/{code}", host)
        case ["luxury", "listing", code, *_] if _ID.fullmatch(code):
            return Address("luxury", code, f"{origin}/luxury/listing/{code}", host)
        case ["hotels", code, *_] if _ID.fullmatch(code):
            return Address("hotel", code, f"{origin}/hotels/{code}", host)
        case ["h", slug, *_] if _SLUG.fullmatch(slug):
            return Address("slug", None, f"{origin}/h/{slug}", host)
    raise _not_a_listing(steps)


def _asked_room(parts: SplitResult) -> str | None:
    """The room of a hotel that its address names, or the listing of an old or embedded one."""
    query = dict(parse_qsl(parts.query))
    if parts.path.startswith("/properties/"):
        number = query.get("anchor_room_id", "")
    elif parts.path.rstrip("/") in ("/rooms/show", "/embeddable/home"):
        number = query.get("id", "")
    else:
        return None
    return number if _ID.fullmatch(number) else None


def _own_room(steps: Sequence[str]) -> str | None:
    """The listing in the addresses at which its host edits it, and its guests book it."""
    match steps:
        case ["hosting", "listings", "editor", code, *_] | ["hosting", "listings", code, *_]:
            number = code
        case ["hosting", "multicalendar" | "calendar", code, *_] | ["multicalendar", code, *_]:
            number = code
        case [("manage-your-space" | "manage-listing" | "contact_host"), code, *_] | [
            "book",
            "stays",
            code,
            *_,
        ]:
            number = code
        case _:
            return None
    return number if _ID.fullmatch(number) else None


def _not_a_listing(steps: Sequence[str]) -> NotAListing:
    if "experiences" in steps[:2] or "services" in steps[:2]:
        return NotAListing(f"This is one of Airbnb's {steps[0]}, not a place to stay.", _FORMS)
    if "s" in steps[:2]:
        return NotAListing("This is a page of search results, not one listing.", f"Open one of them. {_FORMS}")
    if steps[:1] == ["rooms"]:
        return NotAListing("The number after /rooms/ is missing or is not a listing number.", _FORMS)
    return NotAListing("This page of Airbnb is not a listing.", _FORMS)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return None
    return parts


def _is_plain_https(parts: SplitResult) -> bool:
    return parts.scheme == "https" and parts.username is None and parts.port is None


def _is_private(host: str) -> bool:
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


def _is_loopback_origin(origin: str) -> bool:
    parts = _split(origin)
    return parts is not None and parts.port is not None and origin == f"http://127.0.0.1:{parts.port}"
