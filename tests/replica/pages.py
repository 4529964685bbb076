"""The HTML of an invented listing's page: hydrated DOM, with or without the scripts that hold its data."""

from __future__ import annotations

import json
from html import escape

from tests.replica import terms
from tests.replica.facts import counted, facts_of
from tests.replica.listings import InventedListing, InventedPhoto, InventedReview, Layout
from tests.replica.sections import as_html
from tests.replica.states import page_state

REVIEWS_ON_PAGE = 6
#: the word stands about twenty times in every healthy page
_CAPTCHA_WORDS = json.dumps({f"arkose.captcha.{n}": "captcha" for n in range(10)})


def page_html(
    listing: InventedListing,
    layout: Layout | None = None,
    hydrated_only: bool = False,
    days: terms.Days | None = None,
) -> str:
    """A listing page after hydration.

    Args:
        layout: of the page state; default: the listing's own.
        days: that the address asks for.
        hydrated_only: without the page state (as browsers save it); ld+json and DOM stay.
    """
    scripts = "" if hydrated_only else _state_script(listing, layout, days)
    return f"""<!doctype html>
<html lang="{listing.language}" dir="ltr" class="scrollbar-gutter">
<head>
<meta charset="utf-8"><title>{escape(listing.title)} - Airbnb</title>
<meta property="og:type" content="airbedandbreakfast:listing">
<meta property="og:title" content="{escape(listing.property_type)} · {_stars(listing)} · 2">
<meta property="og:site_name" content="Airbnb">
<link rel="canonical" href="{listing.canonical_url}">
<script type="application/ld+json">{_script(vacation_rental(listing))}</script>
<script type="application/ld+json">{_script(product(listing))}</script>
<script>window.__words = {_CAPTCHA_WORDS};</script>
</head>
<body>
<main>
{_title(listing)}
{_hero(listing)}
<div data-section-id="DESCRIPTION_DEFAULT"><span>{as_html(listing.description)}</span></div>
{_reviews(listing)}
<div data-section-id="AVAILABILITY_CALENDAR_INLINE"><div>—</div></div>
</main>
<script id="data-injector-instances" type="application/json">{_script(_bootstrap(listing))}</script>
{scripts}
</body>
</html>
"""


def tour_html(listing: InventedListing) -> str:
    """The photo tour (``?modal=PHOTO_TOUR_SCROLLABLE``): thumbnails, then the rooms one after the other."""
    rooms = listing.rooms or (None,)
    thumbnails, groups = [], []
    for room in rooms:
        photos = [photo for photo in listing.photos if photo.room == room]
        if not photos:
            continue
        thumbnails.append(f"<button><span>{escape(room or '')}</span>{_img(listing, photos[0])}</button>")
        heading = f"<h2>{escape(room)}</h2>" if room is not None else ""
        groups.append(f"<div>{heading}<div>{''.join(_img(listing, photo) for photo in photos)}</div></div>")
    return (
        '<div role="dialog" aria-modal="true"><div data-section-id="PHOTO_TOUR_SCROLLABLE_MODAL">'
        f"<h1>—</h1><div>{''.join(thumbnails)}</div>{''.join(groups)}</div></div>"
    )


def review_card_html(review: InventedReview, *, date: str = "") -> str:
    """One review as the page and the reviews panel show it."""
    shown = review.translation or review.text
    answer = as_html(review.response) if review.response is not None else None
    response = f"<div><div><h4>—</h4></div><div><span>{answer}</span></div></div>" if answer else ""
    return (
        f'<div role="listitem"><div data-review-id="{review.id}">'
        f'<div><a href="/users/show/1"><img alt="{review.reviewer}" src="/u.png"></a>'
        f"<h3>{review.reviewer}</h3><div>Springfield, Elsewhere</div></div>"
        f"<div><span>★★★★★</span><div>{escape(date or str(review.created_at.year))}</div></div>"
        f'<div><div><span><span>{as_html(shown)}</span></span></div><button type="button">+</button></div>'
        f"{response}</div></div>"
    )


def unavailable_html(state: object) -> str:
    """What comes back for a removed listing: the home page, with the state of the failed query."""
    return (
        '<!doctype html><html lang="en"><head><title>Airbnb: homes</title>'
        '<meta property="og:type" content="website"><meta property="og:site_name" content="Airbnb">'
        '<link rel="canonical" href="https://www.airbnb.com/"></head><body><h1>Not sure where to go?</h1>'
        f'<script id="data-deferred-state-0" type="application/json">{_script(state)}</script></body></html>'
    )


def challenge_html() -> str:
    """The page that asks to press a button."""
    return (
        "<!doctype html><html><head><title>Access to this page has been denied.</title></head><body>"
        '<div class="px-captcha-container"><div id="px-captcha"></div><h1>Press &amp; Hold</h1>'
        "<p>to confirm you are a human (and not a bot).</p></div></body></html>"
    )


def vacation_rental(listing: InventedListing) -> dict[str, object]:
    """ld+json of the place."""
    rental: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "VacationRental",
        "name": listing.title,
        "description": listing.description,
        "identifier": listing.listing_id,
        "latitude": listing.latitude,
        "longitude": listing.longitude,
        "address": {"@type": "PostalAddress", "addressLocality": listing.neighbourhood},
        # the site's occupancy is the number of beds
        "containsPlace": {"occupancy": {"@type": "QuantitativeValue", "value": facts_of(listing).beds}},
        "image": [listing.url_of(photo) for photo in listing.photos[:8]],
    }
    return {**rental, **_aggregate(listing)}


def product(listing: InventedListing) -> dict[str, object]:
    """ld+json of the offer."""
    name = f"{listing.property_type} · {listing.title}"
    return {"@context": "https://schema.org", "@type": "Product", "name": name, **_aggregate(listing)}


def _aggregate(listing: InventedListing) -> dict[str, object]:
    if listing.rating is None:
        return {}
    stars = {
        "@type": "AggregateRating",
        "ratingValue": listing.rating,
        "ratingCount": str(listing.review_count),
    }
    return {"aggregateRating": stars}


def _state_script(listing: InventedListing, layout: Layout | None, days: terms.Days | None) -> str:
    state = _script(page_state(listing, layout, days))
    return f'<script id="data-deferred-state-0" type="application/json">{state}</script>'


def _script(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")


def _bootstrap(listing: InventedListing) -> dict[str, object]:
    config = {"api_config": {"key": listing.api_key, "baseUrl": "/api"}}
    return {"root > core-guest-spa": [["layout-init", config]]}


def _stars(listing: InventedListing) -> str:
    return "—" if listing.rating is None else f"★{listing.rating:.1f}".replace(".", ",")


def _title(listing: InventedListing) -> str:
    return (
        f'<div data-section-id="TITLE_DEFAULT"><h1 tabindex="-1">{escape(listing.title)}</h1></div>'
        f'<div data-section-id="OVERVIEW_DEFAULT_V2"><h2>{escape(listing.property_type)}</h2>'
        f"<ol>{''.join(f'<li>{escape(item)}</li>' for item in counted(listing))}</ol></div>"
    )


def _img(listing: InventedListing, photo: InventedPhoto) -> str:
    url = escape(listing.url_of(photo))
    return f'<img alt="{escape(photo.label)}" data-original-uri="{url}" src="{url}?im_w=720">'


def _hero(listing: InventedListing) -> str:
    images = "".join(_img(listing, photo) for photo in listing.photos[:5])
    return f'<div data-section-id="HERO_DEFAULT"><div>{images}</div></div>'


def _reviews(listing: InventedListing) -> str:
    if not listing.reviews:
        return '<div data-section-id="REVIEWS_EMPTY_DEFAULT"><h2>—</h2></div>'
    cards = "".join(review_card_html(review) for review in listing.reviews[:REVIEWS_ON_PAGE])
    return (
        f'<div data-section-id="REVIEWS_DEFAULT"><h2>{_stars(listing)} · {listing.review_count}</h2>'
        f'<div role="list">{cards}</div>'
        f'<button data-testid="pdp-show-all-reviews-button">{listing.review_count}</button></div>'
    )
