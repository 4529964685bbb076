"""What people compare, out of a page state: rooms, terms, price, host. Never a name. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from scrapers.airbnb.parse.amounts import asked_days, price_of
from scrapers.airbnb.parse.findings import Findings
from scrapers.airbnb.parse.parsed import Evidence
from scrapers.airbnb.parse.shapes import (
    Node,
    child,
    count,
    html_text,
    is_empty_list,
    node,
    nodes,
    number,
    stars,
    text,
)
from scrapers.airbnb.parse.state_scan import Pieces
from scrapers.airbnb.parse.vocabulary import counts, speaks_of
from scrapers.listing import Availability, BedsOfRoom

_MAX_YEARS = 60
#: where the text below a title stands
_LICENCE_TEXTS = (("html", "htmlText"), ("content", "htmlText"), ("content",), ("subtitle",), ("description",))
#: what lists of co-hosts are called in the layouts of different years
_CO_HOSTS = ("cohosts", "coHosts", "additionalHosts")
_MAX_NIGHTS = 1125

#: what five shares, rounded to hundredths, may differ from 1 by; where one that counts is missing, it is more
_ROUNDED_SHARES = 0.025
_STARS = ("1", "2", "3", "4", "5")


def read_old_terms(pieces: Pieces, findings: Findings, logging: Evidence, place: Evidence) -> None:
    """Tell ``findings`` what sections and metadata of the old layout say."""
    sections = pieces.sections
    for logged in pieces.logged:
        if isinstance(logged.get("isSuperhost"), bool):
            findings.say_part("host", {"superhost": logged["isSuperhost"]}, logging)
    for section_id in ("OVERVIEW_DEFAULT_V2", "OVERVIEW_DEFAULT"):
        for section in (sections.get(section_id, {}), pieces.shown.get(section_id, {})):
            say_counts(findings, _titles(section, "overviewItems", "detailItems"), place)
    for section_id in ("AVAILABILITY_CALENDAR_DEFAULT", "AVAILABILITY_CALENDAR_INLINE"):
        section = sections.get(section_id, {})
        say_counts(findings, _titles(section, "descriptionItems"), place)
        guests = count(section.get("maxGuestCapacity"))
        findings.say("person_capacity", guests or None, place)
    for sharing in pieces.sharing:
        say_title(findings, text(sharing.get("title")), place)
    for name in ("SLEEPING_ARRANGEMENT_DEFAULT", "SLEEPING_ARRANGEMENT_WITH_IMAGES"):
        _say_beds(findings, nodes(sections.get(name, {}), "arrangementDetails"), "title", "subtitle", place)
    tour = sections.get("PHOTO_TOUR_SCROLLABLE_MODAL", {})
    items = [item for layout in nodes(tour, "roomTourLayoutInfos") for item in nodes(layout, "roomTourItems")]
    _say_beds(findings, items, "title", "subtitle", place)
    say_policies(findings, sections.get("POLICIES_DEFAULT", {}), place)
    _say_titles(findings, "highlights", sections.get("HIGHLIGHTS_DEFAULT", {}), "highlights", place)
    quality = sections.get("REVIEWS_DEFAULT", {})
    _say_shares(findings, quality, place)
    findings.say("guest_favourite", _truth(quality.get("isGuestFavorite")), place)
    _say_surroundings(findings, sections.get("LOCATION_DEFAULT", {}), place)
    _say_licence(findings, nodes(sections.get("DESCRIPTION_MODAL", {}), "items"), place)
    for name in ("MEET_YOUR_HOST", "HOST_PROFILE_DEFAULT"):
        _old_host(sections.get(name, {}), findings, place)
    _say_money(pieces, findings, place)


def read_new_terms(listing: Node, findings: Findings, place: Evidence) -> None:
    """Tell ``findings`` what a ``node`` of the new layout says."""
    presentation = node(listing, "pdpPresentation")
    items = child(presentation, "overview", "items")
    said = [item for item in items if isinstance(item, str)] if isinstance(items, list) else []
    say_counts(findings, [*said, *_titles(node(presentation, "overview"), "items")], place)
    described = child(presentation, "availabilityCalendarDescriptionItems")
    say_counts(
        findings, [i for i in described if isinstance(i, str)] if isinstance(described, list) else [], place
    )
    say_title(
        findings, text(child(presentation, "sharingConfig", "ugcTitle", "content", "localizedString")), place
    )
    _say_beds(findings, nodes(presentation, "mediaTour", "stops"), "name", "description", place)
    for name in ("arrangements", "arrangementDetails"):
        _say_beds(findings, nodes(presentation, "sleepingArrangements", name), "title", "subtitle", place)
    quality = node(presentation, "quality")
    _say_shares(findings, quality, place)
    findings.say("guest_favourite", _truth(quality.get("isGuestFavorite")), place)
    findings.say(
        "guest_favourite", _truth(child(listing, "contextualizedGuestFavorites", "isGuestFavorite")), place
    )
    for name in ("policies", "houseRules"):
        say_policies(findings, node(presentation, name), place)
    _say_titles(findings, "highlights", presentation, "highlights", place)
    _say_surroundings(findings, node(presentation, "location"), place)
    _say_licence(findings, _titled(presentation), place)
    _new_host(node(presentation, "hostInfo"), findings, place)


def say_counts(findings: Findings, phrases: Iterable[str], place: Evidence) -> None:
    """Guests, bedrooms, beds and baths out of phrases in the page's language."""
    for name, value in counts(phrases).items():
        if value is None:
            findings.say_none(name, place)
        elif name == "person_capacity":
            findings.say(name, int(value) or None, place)
        else:
            findings.say(name, value, place)


def say_title(findings: Findings, title: str | None, place: Evidence) -> None:
    """What a title for sharing counts: "Rental unit in Example · ★4.9 · 1 bedroom · 2 beds · 1 bath"."""
    parts = [part.strip() for part in (title or "").split("·")]
    if len(parts) > 2:
        say_counts(findings, parts[1:], place)


def say_policies(findings: Findings, section: Node, place: Evidence) -> None:
    """House rules, check-in and check-out, and the name of the cancellation policy."""
    titles = _titles(section, "houseRules")
    for group in nodes(section, "houseRulesSections"):
        titles += _titles(group, "items")
    say_rules(findings, titles, place)
    if not titles and is_empty_list(section, "houseRules"):
        findings.say_none("house_rules", place)
    policy = text(child(section, "cancellationPolicyForDisplay", "title")) or text(
        child(section, "cancellationPolicyForDisplay", "policyName")
    )
    findings.say("cancellation", policy, place)


def say_rules(findings: Findings, rules: Sequence[str], place: Evidence) -> None:
    """House rules, and among them the times of arrival and departure."""
    rules = tuple(dict.fromkeys(rules))
    if rules:
        findings.say("house_rules", rules, place)
    timed = [rule for rule in rules if any(character.isdigit() for character in rule)]
    leaving = next((rule for rule in timed if speaks_of(rule, "check out")), None)
    coming = next((rule for rule in timed if rule != leaving and speaks_of(rule, "check in")), None)
    findings.say("check_out", leaving, place)
    findings.say("check_in", coming, place)


def _titles(section: Node, *names: str) -> list[str]:
    return [title for name in names for row in nodes(section, name) if (title := text(row.get("title")))]


def _say_titles(findings: Findings, field: str, section: Node, name: str, place: Evidence) -> None:
    findings.say(field, tuple(_titles(section, name)) or None, place)
    if is_empty_list(section, name):
        findings.say_none(field, place)


def _say_beds(findings: Findings, rows: Iterable[Node], room: str, beds: str, place: Evidence) -> None:
    pairs = ((text(row.get(room)), text(row.get(beds))) for row in rows)
    known = tuple(BedsOfRoom(room=a, beds=b) for a, b in pairs if a and b and speaks_of(b, "count beds"))
    findings.say("beds_by_room", known or None, place)


def _say_shares(findings: Findings, quality: Node, place: Evidence) -> None:
    shares: dict[str, float] = {}
    for row in nodes(quality, "ratingDistribution"):
        label, share = row.get("label"), number(row.get("percentage"))
        if str(label) in _STARS and share is not None and 0 <= share <= 1:
            shares[str(label)] = round(share, 4)
    whole = len(shares) == len(_STARS) and abs(sum(shares.values()) - 1) <= _ROUNDED_SHARES
    findings.say("star_shares", shares if whole else None, place)


def _say_surroundings(findings: Findings, location: Node, place: Evidence) -> None:
    parts = []
    for name in ("seeAllLocationDetails", "previewLocationDetails"):
        for row in nodes(location, name):
            body = html_text(child(row, "content", "htmlText")) or html_text(row.get("content"))
            if body is not None:
                parts.append(body)
        if parts:
            break
    findings.say("neighbourhood_text", "\n\n".join(dict.fromkeys(parts)) or None, place)


def _say_licence(findings: Findings, items: Iterable[Node], place: Evidence) -> None:
    """Whether a number is shown; what it is, is nobody's business here."""
    for item in items:
        title = text(item.get("title"))
        if title is not None and speaks_of(title, "licence"):
            said = [html_text(child(item, *path)) for path in _LICENCE_TEXTS]
            if not any(said):  # its text is gone
                continue
            findings.say("has_licence", any(map(names_number, said)), place)


def _titled(root: Node) -> Iterator[Node]:
    """Every object below ``root`` with a title, in whatever place: nodes of the new layout move often."""
    stack: list[Any] = [root]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            if isinstance(value.get("title"), str):
                yield value
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)


def names_number(said: str | None) -> bool:
    """Whether what is said of a licence is a number; "Exempt" is none."""
    return any(character.isdigit() for character in said or "")


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _card(card: Node) -> dict[str, Any]:
    """What a host's card says, without the name."""
    years, months = count(child(card, "timeAsHost", "years")), count(child(card, "timeAsHost", "months"))
    return {
        "superhost": _truth(card.get("isSuperhost")),
        "verified": _truth(card.get("isVerified")),
        "years": years if years is not None and years <= _MAX_YEARS else None,
        "months": months,
        "reviews": count(card.get("ratingCount")),
        "rating": stars(card.get("ratingAverage")),
    }


def _co_hosts(host: Node) -> int | None:
    lists = [found for name in _CO_HOSTS if isinstance(found := host.get(name), list)]
    return len(lists[0]) if lists else None


def _old_host(section: Node, findings: Findings, place: Evidence) -> None:
    details = section.get("hostDetails")
    lines = [line for detail in details if (line := text(detail))] if isinstance(details, list) else []
    card = _card(node(section, "cardData"))
    findings.say_part("host", card | answers_of(lines) | {"co_hosts": _co_hosts(section)}, place)


def _new_host(host: Node, findings: Findings, place: Evidence) -> None:
    lines = [line for name in ("responseRateText", "responseTimeText") if (line := text(host.get(name)))]
    card = _card(node(host, "passportData"))
    findings.say_part("host", card | answers_of(lines) | {"co_hosts": _co_hosts(host)}, place)


def answers_of(lines: Sequence[str]) -> dict[str, Any]:
    """How often and how soon a host answers, out of two lines in the page's language."""
    rates = [(at, share) for at, line in enumerate(lines) if (share := _share(line)) is not None]
    if not rates:
        return {}
    at, rate = rates[0]
    soon = next((line for line in lines[at + 1 :] if _share(line) is None), None)
    return {"response_rate": rate, "response_time": soon}


def _share(line: str) -> float | None:
    digits = "".join(character for character in line if character.isdigit())
    is_rate = "%" in line or "٪" in line or "％" in line
    return int(digits) / 100 if is_rate and digits and len(digits) <= 3 and int(digits) <= 100 else None


def _say_money(pieces: Pieces, findings: Findings, place: Evidence) -> None:
    asked = [
        days for request in pieces.terms.get("pdpSectionsRequest", []) if (days := _days(request)) is not None
    ]
    prices = [*pieces.terms.get("structuredDisplayPrice", [])]
    booking = (section for name, section in pieces.sections.items() if name.startswith("BOOK_IT"))
    prices += [child(section, "structuredDisplayPrice") for section in booking]
    for shown in prices:
        priced = price_of(shown, asked[0] if asked else None) if isinstance(shown, dict) else None
        if priced is not None:
            findings.say("price", priced[0], place)
            findings.say("price_details", priced[1], place)
    for policies in pieces.terms.get("cancellationPolicies", []):
        for policy in nodes({"all": policies}, "all")[:1]:
            findings.say("cancellation", text(policy.get("localized_cancellation_policy_name")), place)
    for months in pieces.terms.get("calendarMonths", []):
        _say_calendar(
            [day for month in nodes({"all": months}, "all") for day in nodes(month, "days")], findings, place
        )


def _days(request: object) -> tuple[dt.date, dt.date] | None:
    return asked_days(child(request, "checkIn"), child(request, "checkOut"))


def _say_calendar(days: Sequence[Mapping[str, Any]], findings: Findings, place: Evidence) -> None:
    free: dict[dt.date, bool] = {}
    least: list[int] = []
    for day in days:
        try:
            date = dt.date.fromisoformat(str(day.get("calendarDate")))
        except ValueError:
            continue
        if isinstance(day.get("available"), bool):
            free[date] = day["available"]
        fewest = count(day.get("minNights"))
        if day.get("available") is True and fewest is not None and 1 <= fewest <= _MAX_NIGHTS:
            least.append(fewest)
    if free:
        shown = Availability(days=len(free), free=sum(free.values()), first=min(free), last=max(free))
        findings.say("availability", shown, place)
    findings.say("minimum_nights", min(least, default=None), place)
