"""Facts of a page that was saved from a running browser: its scripts are gone, what is drawn is left. Pure.

Read are the sections by their mark, the title for sharing, and phrases of their own in them; no running text.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Final

from selectolax.lexbor import LexborNode

from scrapers.airbnb.parse.amounts import amount, currency, nights, price_and_nights
from scrapers.airbnb.parse.document import Document, is_inside
from scrapers.airbnb.parse.findings import Findings
from scrapers.airbnb.parse.shapes import node_text
from scrapers.airbnb.parse.state_terms import answers_of, names_number, say_counts, say_rules
from scrapers.airbnb.parse.vocabulary import named, speaks_of, words
from scrapers.exports.ago import names_a_time, unit_of
from scrapers.listing import Availability, PriceDetails

_AVERAGE: Final = re.compile(r"(?<![\d.,])([1-5][.,]\d{1,2})(?![\d])")
_SHARED_STARS: Final = re.compile(r"★\s*([1-5](?:[.,]\d{1,2})?)")
_WHOLE: Final = re.compile(
    r"(?<![\d.,])\d{1,3}(?:[.,\u00a0\u202f ]\d{3})+(?![\d])|(?<![\d.,])\d+(?![\d]|[.,]\d)"
)
_MUTE: Final = frozenset({"button", "svg", "script", "style", "del", "s", "a"})
_HEADINGS: Final = frozenset({"h1", "h2", "h3", "h4"})
_ENTIRE: Final = {
    **{"entire": "Entire home/apt", "private room": "Private room", "room in": "Private room"},
    **{"shared room": "Shared room"},
}
#: "Entire flat in Example", "예시의 아파트": the word between kind and place, by language
_KIND_FIRST: Final = {
    **{"fr": "à", "es": "en", "pt": "em", "it": "a", "ca": "a", "da": "i", "sv": "i", "no": "i", "nb": "i"},
    **{"pl": "w", "cs": "v", "id": "di", "ms": "di", "vi": "tại", "ru": "в", "uk": "в", "bg": "в"},
}
_PLACE_FIRST: Final = {"ko": "의 ", "ja": "の", "zh": "的"}
_MAX_PHRASE: Final = 120
_FEW_AMENITIES: Final = 1
_MANY: Final = 200
#: sections in which a licence is shown
_OF_LICENCES: Final = ("DESCRIPTION", "MEET_YOUR_HOST", "HOST_PROFILE")
#: days: fewer in a row may be read by day first as well as by month first
_A_MONTH: Final = 28
Days = tuple[dt.date, dt.date]


def read_drawn(document: Document, findings: Findings, days: Days | None = None) -> dict[str, str]:
    """Tell ``findings`` what the page draws; by field, what it does not hold in full.

    Args:
        document: the page.
        days: of the stay that its address asks for.
    """
    _reviews_head(document, findings)
    _title(document, findings)
    _overview(document, findings)
    _host(document, findings)
    _policies(document, findings)
    _price(document, findings, days)
    _calendar(document, findings)
    if _shows_licence(document):
        findings.say("has_licence", True, "dom")
    highlights = [piece for _, piece in _phrases(document, "HIGHLIGHTS", headings_only=True)]
    findings.say("highlights", tuple(highlights) or None, "dom")
    if document.tree.css_first('[data-section-id^="GUEST_FAVORITE"]') is not None:
        findings.say("guest_favourite", True, "dom")
    return _amenities(document, findings)


def _sections(document: Document, name: str) -> list[LexborNode]:
    return list(document.tree.css(f'[data-section-id^="{name}"]'))


def _phrases(document: Document, name: str, headings_only: bool = False) -> Iterator[tuple[str, str]]:
    """Tag and text of the elements of a section that directly hold text, headings included, in order."""
    for section in _sections(document, name)[:1]:
        for element in section.traverse():
            is_heading = element.tag in _HEADINGS
            if element.mem_id == section.mem_id or is_inside(element, _MUTE, section):
                continue
            if not is_heading and (headings_only or is_inside(element, _HEADINGS, section)):
                continue
            inside = element.iter(include_text=True)
            own = any(item.is_text_node and (item.text_content or "").strip() for item in inside)
            if not (own or is_heading) or (headings_only and element.tag == "h2"):
                continue
            phrase = node_text(element)
            if phrase is not None and len(phrase) <= _MAX_PHRASE:
                yield element.tag or "", phrase


def _title(document: Document, findings: Findings) -> None:
    """og:title: kind of place, where, stars, counts; a new listing has no stars."""
    parts = [part.strip() for part in (document.meta("og:title") or "").split("·") if part.strip()]
    if len(parts) < 2:
        return
    say_counts(findings, parts[1:], "dom")
    stars = [found[1] for part in parts if (found := _SHARED_STARS.search(part)) is not None]
    if len(stars) == 1:
        findings.say("rating", float(stars[0].replace(",", ".")), "dom")


def _overview(document: Document, findings: Findings) -> None:
    """Kind and place from the heading, guests, bedrooms, beds and baths from the list below it."""
    for section in _sections(document, "OVERVIEW")[:1]:
        items = [phrase for item in section.css("li") if (phrase := node_text(item)) is not None]
        items = items or [phrase for tag, phrase in _phrases(document, "OVERVIEW") if tag not in _HEADINGS]
        say_counts(findings, [part for item in items for part in item.split("·")], "dom")
        heading = section.css_first("h1, h2, h3")
        if heading is not None and (whole := node_text(heading)) is not None:
            _kind_and_place(whole, document, findings)


def _kind_and_place(whole: str, document: Document, findings: Findings) -> None:
    parts = [part.strip() for part in (document.meta("og:title") or "").split("·")]
    place = next((part for part in parts[1:2] if len(parts) > 2 and part and part in whole), None)
    if place is None:
        kind, place = _parted(whole, document.language)
    else:
        kind = whole[: whole.rfind(place)] or whole[whole.rfind(place) + len(place) :]
        place = whole[whole.rfind(place) :] if whole.rfind(place) > 0 else place
    kind = _without_joints(kind)
    findings.say("property_type", kind or None, "dom")
    findings.say("neighbourhood", place, "dom")
    lower = kind.casefold() + (" in" if place else "")
    findings.say("room_type", next((t for start, t in _ENTIRE.items() if lower.startswith(start)), None), "dom")


def _parted(whole: str, language: str) -> tuple[str, str | None]:
    """Kind and place of a heading, by the word that joins them in the language of the page."""
    if language in _PLACE_FIRST:
        place, _, kind = whole.rpartition(_PLACE_FIRST[language])
    else:
        kind, _, place = whole.rpartition(f" {_KIND_FIRST.get(language, 'in')} ")
    return (kind, place) if kind and place else (whole, None)


def _without_joints(kind: str) -> str:
    """A kind of place without the word that joins it to where it is."""
    kind = kind.strip(" ,:–-")
    for joint in sorted(words("place before"), key=len, reverse=True):
        kind = kind.removeprefix(joint)
    first, _, last = kind.rpartition(" ")
    return (first if first and last.casefold() in words("place after") else kind).strip(" ,:–-")


def _reviews_head(document: Document, findings: Findings) -> None:
    """Average and number of reviews from the heading, averages by category from pairs of word and number."""
    for section in _sections(document, "REVIEWS")[:1]:
        heading = section.css_first("h1, h2, h3")
        head = (node_text(heading) or "") if heading is not None else ""
        averages = {float(found.replace(",", ".")) for found in _AVERAGE.findall(head)}
        if len(averages) == 1:
            findings.say("rating", averages.pop(), "dom")
            rest = _WHOLE.findall(_AVERAGE.sub(" ", head))
            findings.say("review_count", _whole(rest[-1]) if rest else None, "dom")
        elif len(numbers := _WHOLE.findall(head)) == 1:
            findings.say("review_count", _whole(numbers[0]), "dom")
    _categories(document, findings)


def _whole(digits: str) -> int:
    return int(re.sub(r"\D", "", digits))


def _categories(document: Document, findings: Findings) -> None:
    waiting: str | None = None
    shares: dict[str, float | None] = {}
    for _, phrase in _phrases(document, "REVIEWS"):
        if waiting is not None and (found := _AVERAGE.fullmatch(phrase)) is not None:
            shares.setdefault(waiting, float(found[1].replace(",", ".")))
        waiting = named(phrase, "category")
    findings.say_stars(shares, "dom")


def _host(document: Document, findings: Findings) -> None:
    """What is said about the host; the heading with the name is not looked at."""
    overview = [p for tag, p in _phrases(document, "HOST_OVERVIEW") if tag not in _HEADINGS]
    card = [p for tag, p in _phrases(document, "MEET_YOUR_HOST") if tag not in _HEADINGS]
    pieces = [part.strip() for phrase in (*overview, *card) for part in phrase.split("·")]
    parts: dict[str, object] = dict(answers_of(card))
    if not names_a_time(str(parts.get("response_time"))):  # whatever else follows may be somebody's name
        parts["response_time"] = None
    if any(piece.casefold() in words("superhost") for piece in pieces):
        parts["superhost"] = True
    parts["co_hosts"] = _co_hosts(document)
    for piece in pieces:
        found = re.match(r"(\d{1,2})\s*([^\W\d_]+)", piece)
        unit = unit_of(found[2]) if found is not None else None
        if found is not None and unit in ("year", "month"):
            parts.setdefault(f"{unit}s", int(found[1]))
    findings.say_part("host", parts, "dom")


def _co_hosts(document: Document) -> int | None:
    """How many are listed below the heading that says so."""
    for section in _sections(document, "MEET_YOUR_HOST")[:1]:
        for heading in section.css("h2, h3, h4"):
            around = heading.parent
            if around is not None and speaks_of(node_text(heading) or "", "co-hosts"):
                return len({node_text(item) for item in around.css("li")}) or None
    return None


def _shows_licence(document: Document) -> bool:
    """Whether a line is headed as a licence and names a number, or the next one does."""
    for name in _OF_LICENCES:
        for section in _sections(document, name):
            lines = [line.strip() for line in (node_text(section) or "").splitlines() if line.strip()]
            for line, following in zip(lines, [*lines[1:], ""], strict=False):
                headed = [word for word in words("licence") if line.casefold().startswith(word)]
                said = line[len(max(headed, key=len)) :] if headed else ""
                if headed and names_number(said.strip(" :") or following[:_MAX_PHRASE]):
                    return True
    return False


def _policies(document: Document, findings: Findings) -> None:
    """House rules: the group with times of arrival or departure; cancellation: the group called so."""
    groups: list[tuple[str, list[str]]] = []
    for tag, phrase in _phrases(document, "POLICIES"):
        if tag in _HEADINGS:
            groups.append((phrase, []))
        elif groups:
            groups[-1][1].append(phrase)
    for heading, phrases in groups:
        if speaks_of(heading, "cancellation"):
            findings.say("cancellation", phrases[0] if phrases else None, "dom")
        elif any(speaks_of(p, "check in") or speaks_of(p, "check out") for p in phrases):
            say_rules(findings, phrases, "dom")


def _price(document: Document, findings: Findings, days: Days | None) -> None:
    """The price beside the calendar, where it says for how many nights."""
    phrases = [phrase for _, phrase in _phrases(document, "BOOK_IT")]
    for phrase, beside in zip(phrases, [*phrases[1:], ""], strict=False):
        joint = price_and_nights(phrase)
        if joint is None and (amount(phrase) is None or not re.search(r"[^\d\s.,·]", phrase)):
            continue
        if joint is None:
            count = nights(beside) if amount(beside) == nights(beside) and currency(beside) is None else None
            joint = (phrase, count) if count is not None and currency(phrase) is not None else None
            phrase = f"{phrase} {beside}"
        if joint is not None:
            findings.say("price", phrase, "dom")
            findings.say("price_details", _details(*joint, days), "dom")
        return


def _details(price: str, count: int, days: Days | None) -> PriceDetails:
    """What a price is for; with the days that were asked for, where they are as many nights."""
    first, last = days if days is not None and (days[1] - days[0]).days == count else (None, None)
    return PriceDetails(
        total=amount(price), currency=currency(price), nights=count, check_in=first, check_out=last
    )


def _calendar(document: Document, findings: Findings) -> None:
    """Free days of the calendar. Days are named by month first or by day first: the same way all of them."""
    cells = document.tree.css('[data-testid^="calendar-day-"][data-is-day-blocked]')
    for order in ("%m/%d/%Y", "%d/%m/%Y"):
        free: dict[dt.date, bool] = {}
        for cell in cells:
            written = (cell.attributes.get("data-testid") or "").removeprefix("calendar-day-")
            try:
                free[dt.datetime.strptime(written, order).date()] = (
                    cell.attributes.get("data-is-day-blocked") == "false"
                )
            except ValueError:
                free = {}
                break
        span = (max(free) - min(free)).days + 1 if free else 0
        if _A_MONTH <= len(free) == span:
            shown = Availability(days=len(free), free=sum(free.values()), first=min(free), last=max(free))
            findings.say("availability", shown, "dom")
            return


def _amenities(document: Document, findings: Findings) -> dict[str, str]:
    """Those that the page shows, and a remark where it says that there are more."""
    shown = [p for tag, p in _phrases(document, "AMENITIES") if tag not in _HEADINGS]
    known = tuple(dict.fromkeys(p for p in shown if not speaks_of(p, "unavailable")))
    if len(known) <= _FEW_AMENITIES:
        return {}
    findings.say("amenities", known, "dom")
    for section in _sections(document, "AMENITIES")[:1]:
        told = [n for button in section.css("button, a") for n in _WHOLE.findall(node_text(button) or "")]
        if len(told) == 1 and len(known) < _whole(told[0]) <= _MANY:
            return {"amenities": f"{len(known)} of {told[0]} are on the page; the others were behind a button"}
    return {}
