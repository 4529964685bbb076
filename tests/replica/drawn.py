"""A listing's page as a running browser saves it: no scripts, canonical link, ld+json or marks on cards."""

from __future__ import annotations

import base64
from collections.abc import Callable
from html import escape

from tests.replica import terms
from tests.replica.facts import PHRASES, category_labels, counted, facts_of
from tests.replica.listings import InventedListing, InventedPhoto, InventedReview
from tests.replica.sections import as_html
from tests.replica.texts import HOST_NAME

#: of the reviews on the page itself; the dialog over it shows more
ON_PAGE = 6
Source = Callable[[InventedPhoto], str]


def drawn_html(
    listing: InventedListing,
    *,
    in_dialog: int = 0,
    source: Source | None = None,
    head: str = "",
    original: bool = True,
    mobile: bool = False,
) -> str:
    """A drawn page.

    Args:
        in_dialog: how many reviews a dialog over the page shows, the first ones again.
        source: what stands in ``src`` of a photo (default: its address with resizing).
        head: what the saving program wrote before ``<head>``.
        original: whether photos still name their original in an attribute.
        mobile: as a telephone shows it: a bar at the bottom instead of a sidebar, rows of cards to swipe.
    """
    url, title = listing.canonical_url, escape(listing.title)
    return f"""<!DOCTYPE html>
<html lang="{listing.language}">{head}<head><meta charset="utf-8"><title>{title} - Airbnb</title>
<meta property="og:site_name" content="Airbnb"><meta property="og:type" content="website">
<meta name="twitter:url" content="https://www.airbnb.com/rooms/sw_skeleton">
<meta property="og:title" content="{escape(_shared_title(listing))}"><meta property="og:url" content="{url}">
</head><body><main>
<div data-section-id="TITLE_DEFAULT"><section><h1 tabindex="-1">{escape(listing.title)}</h1></section></div>
<div data-section-id="HERO_DEFAULT"><div>{_photos(listing, source, original)}</div></div>
{_overview(listing)}{_highlights(listing)}
<div data-section-id="DESCRIPTION_DEFAULT"><div><span>{as_html(listing.description)}</span></div></div>
<div data-section-id="AMENITIES_DEFAULT"><h2>—</h2>{_divs(listing.amenities)}</div>
{_calendar(listing)}{_reviews(listing)}{_host(listing)}{_policies(listing)}{_price(listing, mobile)}
</main>{_licence(listing)}{_dialog(listing, in_dialog)}</body></html>"""


def embedded(content: bytes) -> str:
    """A picture as SingleFile puts it into the page."""
    return f"data:image/jpeg;base64,{base64.b64encode(content).decode()}"


def single_file_head(url: str) -> str:
    """The comment that SingleFile writes."""
    return (
        f"<!--\n Page saved with SingleFile \n url: {url} \n "
        "saved date: Tue Sep 15 2026 10:00:00 GMT+0200 (CEST)\n-->"
    )


def month_of(listing: InventedListing, review: InventedReview) -> str:
    """The date on a card: a month in the language of the page."""
    own, date = PHRASES[listing.language], review.created_at
    name = own.months[date.month - 1]
    if listing.language in ("ko", "ja"):
        return f"{date.year}{'년' if listing.language == 'ko' else '年'} {name}"
    return f"{name} de {date.year}" if listing.language == "es" else f"{name} {date.year}"


def _shared_title(listing: InventedListing) -> str:
    stars = f" · ★{listing.rating:.1f}" if listing.rating is not None else ""
    return f"{listing.property_type} · {listing.neighbourhood}{stars} · {' · '.join(counted(listing)[1:])}"


def _photos(listing: InventedListing, source: Source | None, original: bool) -> str:
    images = []
    for photo in listing.photos:
        shown = source(photo) if source is not None else f"{listing.url_of(photo)}?im_w=720"
        mark = f' data-original-uri="{escape(listing.url_of(photo))}"' if original else ""
        images.append(f'<img alt="{escape(photo.label)}"{mark} src="{escape(shown)}">')
    return "".join(images)


def _overview(listing: InventedListing) -> str:
    whole = PHRASES[listing.language].overview.format(kind=listing.property_type, place=listing.neighbourhood)
    items = "".join(f"<li>{escape(item)}<span> · </span></li>" for item in counted(listing))
    return f'<div data-section-id="OVERVIEW_DEFAULT_V2"><h2>{escape(whole)}</h2><ol>{items}</ol></div>'


def _divs(lines: tuple[str, ...]) -> str:
    return "".join(f"<div><div>{escape(line)}</div><div><svg></svg></div></div>" for line in lines)


def _highlights(listing: InventedListing) -> str:
    items = "".join(f"<div><h3>{escape(line)}</h3><div>—</div></div>" for line in facts_of(listing).highlights)
    banner = '<div data-section-id="GUEST_FAVORITE_BANNER"><div>—</div></div>'
    shown = banner if facts_of(listing).guest_favourite else ""
    return f'{shown}<div data-section-id="HIGHLIGHTS_DEFAULT"><h2>—</h2>{items}</div>'


def card_html(listing: InventedListing, review: InventedReview, cut: int | None = None) -> str:
    """A review's card without a number; ``cut``: characters after which its text ends in dots."""
    own = PHRASES[listing.language]
    text = review.text if cut is None or len(review.text) <= cut else f"{review.text[:cut]}…"
    answer = (
        f"<div><div>{escape(own.response_from.format(HOST_NAME))}</div><div>{month_of(listing, review)}</div>"
        f"<div><span>{as_html(review.response)}</span></div></div>"
        if review.response is not None
        else ""
    )
    return (
        f'<div role="listitem"><div><div><a href="/users/show/1"><img alt="" src="/u.png"></a>'
        f"<h3>{review.reviewer}</h3><div>3 years on Airbnb</div></div>"
        f'<div><span>{own.stars.format(review.rating)}</span><div aria-hidden="true">·</div>'
        f'{month_of(listing, review)}<div aria-hidden="true">·</div>—</div>'
        f'<div><span><span lang="{review.language}">{as_html(text)}</span></span><button>+</button></div>'
        f"{answer}</div></div>"
    )


def _reviews(listing: InventedListing) -> str:
    if not listing.reviews:
        return '<div data-section-id="REVIEWS_EMPTY_DEFAULT"><h2>—</h2></div>'
    own = PHRASES[listing.language]
    labels = category_labels(listing)
    rows = "".join(
        f"<div><div>{escape(labels[name])}</div><div>{value:.1f}</div></div>"
        for name, value in listing.category_ratings.items()
    )
    average = f"{listing.rating:.2f}" if listing.rating is not None else "—"
    cards = "".join(card_html(listing, review, cut=60) for review in listing.reviews[:ON_PAGE])
    head = own.count.format(average, listing.review_count)
    return (
        f'<div data-section-id="REVIEWS_DEFAULT"><h2>{head}</h2>{rows}'
        f'<div role="list">{cards}</div><button>{listing.review_count}</button></div>'
    )


def _dialog(listing: InventedListing, shown: int) -> str:
    if not shown:
        return ""
    cards = "".join(card_html(listing, review) for review in listing.reviews[:shown])
    return f'<div role="dialog" aria-modal="true"><h1>—</h1><div>{cards}</div></div>'


def _host(listing: InventedListing) -> str:
    own, host = PHRASES[listing.language], facts_of(listing).host
    years = own.years.format(host.years)
    rate = own.rate.format(round((host.response_rate or 0) * 100))
    return (
        f'<div data-section-id="HOST_OVERVIEW_DEFAULT"><h2>{HOST_NAME}</h2><ol><li>{own.superhost}</li>'
        f"<li>{years}</li></ol></div>"
        f'<div data-section-id="MEET_YOUR_HOST"><h2>{HOST_NAME}</h2><div>{rate}</div>'
        f"<div>{own.soon}</div>{_co_hosts(listing)}</div>"
    )


def _co_hosts(listing: InventedListing) -> str:
    names = "".join(f"<li>{node['name']}</li>" for node in terms.co_hosts(listing))
    return f"<div><h3>{terms.CO_HOSTS[listing.language]}</h3><ul>{names}</ul></div>" if names else ""


def _licence(listing: InventedListing) -> str:
    licence = terms.licence_line(listing)
    if licence is None:
        return ""
    shown = "".join(f"<div>{escape(line)}</div>" for line in licence)
    section = f'<div data-section-id="DESCRIPTION_MODAL"><h2>—</h2><section>{shown}</section></div>'
    return f'<div role="dialog">{section}</div>'


def _calendar(listing: InventedListing) -> str:
    cells = "".join(
        f'<td><div data-testid="calendar-day-{day:%m/%d/%Y}" data-is-day-blocked="{str(not free).lower()}">'
        f"{day.day}</div></td>"
        for day, free in terms.free_days(listing).items()
    )
    return f'<div data-section-id="AVAILABILITY_CALENDAR_INLINE"><table><tr>{cells}</tr></table></div>'


def _policies(listing: InventedListing) -> str:
    own, facts = PHRASES[listing.language], facts_of(listing)
    rules = "".join(f"<div><span>{escape(rule)}</span></div>" for rule in facts.house_rules)
    return (
        f'<div data-section-id="POLICIES_DEFAULT"><h2>—</h2><div><h3>{own.cancellation_head}</h3>'
        f"<div>{escape(facts.cancellation)}</div></div><div><h3>{own.rules_head}</h3>{rules}</div></div>"
    )


def _price(listing: InventedListing, mobile: bool) -> str:
    """In a phrase of its own, in two, or with what it was before; a telephone says it in one."""
    facts, nights = facts_of(listing), terms.price_line(listing)
    forms = (
        f"<span>{facts.price}</span><span>× {facts.nights}</span>",
        f"<span>{facts.price}</span> <span>{nights}</span>",
        f"<s>€9,999</s><span>{facts.price}</span><span>{nights}</span>",
        f"<span>{facts.price} {nights}</span>",
    )
    line = forms[-1] if mobile else forms[int(listing.listing_id) % len(forms)]
    return (
        f'<div data-section-id="BOOK_IT_{"FLOATING_FOOTER" if mobile else "SIDEBAR"}"><div>{line}</div></div>'
    )
