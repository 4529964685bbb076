"""From a recorded page to everything that it says about its listing. Pure.

Order of evidence per field: page state (either layout, field by field), network answers, ld+json, DOM.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from scrapers.airbnb.parse.cards import read_reviews
from scrapers.airbnb.parse.document import Document
from scrapers.airbnb.parse.dom import read_dom, read_linked_data
from scrapers.airbnb.parse.drawn import read_drawn
from scrapers.airbnb.parse.findings import Findings
from scrapers.airbnb.parse.kinds import is_challenge, other_page
from scrapers.airbnb.parse.parsed import FACTS, ParsedListing, ParsedPhoto, ParsedRoom
from scrapers.airbnb.parse.payloads import RecordedPage
from scrapers.airbnb.parse.photos import Album, join, state_albums, with_copies
from scrapers.airbnb.parse.reviews import is_reviews_answer, parse_reviews
from scrapers.airbnb.parse.shapes import child
from scrapers.airbnb.parse.state import read_state
from scrapers.airbnb.parse.state_scan import Pieces, decode_relay_id, listing_number, scan
from scrapers.airbnb.urls import asked_days, parse_address
from scrapers.errors import Blocked, CollectError, NetworkFailed, NotAListing, SchemaChanged, Unavailable
from scrapers.listing import Problem, Review

__all__ = ["ParsedListing", "ParsedPhoto", "ParsedRoom", "parse_page"]
_REFUSED = frozenset({403, 429})
_GONE = frozenset({404, 410})
_GIVE_A_LISTING = "Give the address, or a saved page, of a listing."
_SINGLE_FACTS = ("id", *(name for name in FACTS if name not in {"latitude", "longitude"}))


def parse_page(page: RecordedPage) -> ParsedListing:
    """Everything that one recorded page says about its listing.

    Raises:
        Blocked: the site refused, or shows a challenge instead of the page.
        Unavailable: the listing was removed.
        NotAListing: the page shows something else.
        NetworkFailed: the site answered that it is broken.
        SchemaChanged: it is a listing, but nothing of it could be read.
    """
    if page.status in _REFUSED:
        raise Blocked(
            f"Airbnb refused to show the page (HTTP {page.status}).", retry_after_s=page.retry_after_s
        )
    reader = _Reader(page)
    reader.read_state()
    reader.read_answers()
    if not reader.has_found_something():
        reader.explain_or_go_on()
    reader.read_document()
    return reader.assemble()


class _Reader:
    """One reading of one page; the steps are in the order of evidence."""

    def __init__(self, page: RecordedPage) -> None:
        self.page = page
        self.document = Document(page.html)
        addresses = (page.final_url, page.requested_url, self.document.saved_from())
        self.wanted = next((number for url in addresses if (number := _number_in(url)) is not None), None)
        self.findings = Findings()
        self.pieces: list[Pieces] = []
        self.albums: list[Album] = []
        self.shown: list[Album] = []
        self.reviews: dict[str, Review] = {}
        self.reviews_from: str | None = None
        self.problems: list[Problem] = []
        self.had_state = False
        #: what a drawn page does not hold in full, by field
        self.lacks: dict[str, str] = {}

    def read_state(self) -> None:
        """The page state, recorded apart or in the document."""
        states, broken = self.document.states()
        if self.page.state is not None:
            states.insert(0, self.page.state)
        if broken:
            self._problem("page state", "the script that holds it is not valid JSON")
        self.had_state = broken or bool(states)
        for state in states:
            self._read_pieces(scan(state, self.wanted), network=False)

    def read_answers(self) -> None:
        """The answers that the page received: its own query, and reviews."""
        skipped = 0
        for answer in self.page.answers:
            if answer.status != 200 or not self._is_about_this(answer.url):
                continue
            if not is_reviews_answer(answer.body):
                self._read_pieces(scan(answer.body, self.wanted), network=True)
                continue
            found = parse_reviews(answer.body)
            skipped += found.skipped
            self.reviews_from = "network"
            for review in found.reviews:
                self.reviews.setdefault(review.id, review)
            self.findings.say("review_count", found.total, "network")
            if found.tags is not None:
                self.findings.say("review_tags", found.tags or None, "network")
                if not found.tags:
                    self.findings.say_none("review_tags", "network")
        if skipped:
            self._problem("reviews", f"{skipped} rows without a text that could be read")

    def has_found_something(self) -> bool:
        """Whether there is anything that a listing consists of."""
        return self.findings.has_facts() or bool(self.reviews) or any(a.shots for a in self.albums)

    def explain_or_go_on(self) -> None:
        """Without data, tell what the page is; return if it is a listing after all."""
        document = self.document
        laid_out = document.has_listing_marks()
        self._explain_failure(laid_out)
        # a running browser keeps the tags of the page it first opened: what is on the page counts more
        if laid_out or self._has_rental():
            return
        other = other_page(document)
        if other is not None and not self._was_sent_away():
            raise other
        if document.canonical_url() is not None:
            return
        if document.is_website():
            if self._was_sent_away():
                raise Unavailable()
            raise NotAListing("This page is not a listing.", _GIVE_A_LISTING)
        if self.had_state or self.wanted is not None:
            raise SchemaChanged("The page holds nothing that the parsers know.")
        raise NotAListing("This page is not a listing.", _GIVE_A_LISTING)

    def _was_sent_away(self) -> bool:
        """Whether a live listing address led to a page about the site: that is how removed ones answer."""
        asked = _number_in(self.page.requested_url) or _number_in(self.page.final_url)
        return self.page.status is not None and asked is not None and self.document.is_website()

    def _explain_failure(self, laid_out: bool) -> None:
        """Raise what the site answered instead of the page, if it did; ``laid_out``: a listing is on it."""
        status = self.page.status
        if not laid_out and is_challenge(self.document):
            raise Blocked(
                "Airbnb asks for a challenge instead of showing the page.",
                retry_after_s=self.page.retry_after_s,
            )
        if status in _GONE or (any(found.gone for found in self.pieces) and not laid_out):
            raise Unavailable()
        if status is not None and status >= 500:
            raise NetworkFailed(f"Airbnb answered that it is broken (HTTP {status}).", "Try again later.")

    def read_document(self) -> None:
        """ld+json and the DOM, for what is still missing."""
        self.findings.say("id", _number_in(self.document.canonical_url()), "dom")
        linked = read_linked_data(self.document, self.findings)
        self.shown = read_dom(self.document, self.findings)
        self.lacks = read_drawn(self.document, self.findings, self._asked_days())
        has_tour = any(album.tour and album.shots for album in self.albums)
        speaks_of_rooms = any(album.rooms is not None for album in self.albums)
        if not has_tour:
            self.albums += [*linked, *self.shown]
        elif not speaks_of_rooms:
            self.albums += [album for album in self.shown if album.tour]
        if not self.reviews:
            self._read_cards()

    def assemble(self) -> ParsedListing:
        """Everything that was believed."""
        gallery = with_copies(join(self.albums), self.shown)
        if not (self.findings.has_facts() or gallery.photos or self.reviews):
            raise SchemaChanged("The page is a listing, but nothing on it could be read.")
        provenance = dict(gallery.provenance)
        values: dict[str, Any] = {}
        for name in _SINGLE_FACTS:
            values[name], place = self.findings.choose(name)
            if place is not None:
                provenance[name] = place
        where, place = self.findings.choose("position")
        if where is not None and place is not None:
            values["latitude"], values["longitude"] = where
            provenance["latitude"] = provenance["longitude"] = place
        for name, lack in self.lacks.items():
            if provenance.get(name) == "dom":
                self._problem(name, lack)
        if self.reviews_from is not None:
            provenance["reviews"] = self.reviews_from
        elif values["review_count"] == 0:
            provenance["reviews"] = provenance["review_count"]
        return ParsedListing(
            listing_id=values.pop("id") or self.wanted,
            **values,
            photos=gallery.photos,
            rooms=gallery.rooms,
            reviews=tuple(self.reviews.values()),
            api_key=self.document.api_key(),
            provenance=provenance,
            problems=(*self.problems, *self.findings.problems),
        )

    def _read_pieces(self, found: list[Pieces], network: bool) -> None:
        for pieces in found:
            self.pieces.append(pieces)
            read_state(pieces, self.findings, network)
            self.albums += state_albums(pieces, network)

    def _read_cards(self) -> None:
        shown_on = self.document.saved_on or self.page.shown_on or dt.datetime.now(dt.UTC).date()
        cards, unread = read_reviews(self.document, shown_on)
        if cards:
            self.reviews = {review.id: review for review in cards}
            self.reviews_from = "dom"
            self._problem("reviews", "read as the page shows them: some may be machine translations")
        if unread:
            self._problem("reviews", f"{unread} reviews of the page could not be told apart from their frame")

    def _is_about_this(self, url: str) -> bool:
        """Whether a request was for this listing, as far as its address tells."""
        asked = _asked_number(url)
        known = self.wanted or next((p.listing_id for p in self.pieces if p.listing_id is not None), None)
        return asked is None or known is None or asked == known

    def _asked_days(self) -> tuple[dt.date, dt.date] | None:
        """Arrival and departure in the address at which the page was shown."""
        shown_at = (self.document.saved_address, self.page.final_url, self.page.requested_url)
        queries = (url.partition("#")[0].partition("?")[2] for url in shown_at if url)
        return next((days for query in queries if (days := asked_days(query)) is not None), None)

    def _has_rental(self) -> bool:
        return any("VacationRental" in str(item.get("@type")) for item in self.document.linked_data())

    def _problem(self, subject: str, message: str) -> None:
        self.problems.append(Problem(subject=subject, message=message))


def _number_in(url: str | None) -> str | None:
    """The listing number in a page's address; addresses of the replica have the same paths."""
    if not url:
        return None
    try:
        path = urlsplit(url).path
        return parse_address(f"https://www.airbnb.com{path}").listing_id
    except (CollectError, ValueError):
        return None


def _asked_number(url: str) -> str | None:
    """The listing number in the variables of an API request."""
    try:
        query = dict(parse_qsl(urlsplit(url).query))
        variables = json.loads(query.get("variables", "null"))
        return decode_relay_id(child(variables, "id")) or listing_number(
            child(variables, "request", "listingId")
        )
    except (ValueError, RecursionError):
        return None
