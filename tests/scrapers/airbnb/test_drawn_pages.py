"""Pages saved from a running browser: everything that is drawn is read, nothing is called gone."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from scrapers.airbnb.parse import ParsedListing, RecordedPage, parse_page
from scrapers.airbnb.saved import SavedPageSource
from scrapers.errors import Blocked, CollectError, NotAListing, SearchPage, Unavailable
from scrapers.listing import Host, Listing
from tests.replica import terms
from tests.replica.drawn import ON_PAGE, drawn_html, embedded, single_file_head
from tests.replica.facts import facts_of
from tests.replica.payloads import invent
from tests.replica.saved_truth import card, cards, drawn_facts
from tests.replica.site import jpeg
from tests.replica.texts import HOST_NAME, REVIEWERS


def read(html: str, status: int | None = None, url: str = "") -> ParsedListing:
    return parse_page(RecordedPage(url, url, status, html))


@pytest.mark.parametrize("seed", range(15))
def test_every_fact_that_is_drawn_is_read(seed: int) -> None:
    listing = invent(seed, 30 if seed % 3 else 3, "new")
    parsed = read(drawn_html(listing))
    wanted = {"listing_id": listing.listing_id, **drawn_facts(listing)}
    assert {name: getattr(parsed, name) for name in wanted} == wanted
    given = terms.price_given(listing)
    assert parsed.price_details == given.model_copy(update={"check_in": None, "check_out": None, "lines": ()})
    assert {name: place for name, place in parsed.provenance.items() if place != "dom"} == {}
    assert [photo.url for photo in parsed.photos] == [listing.url_of(photo) for photo in listing.photos]
    assert HOST_NAME not in repr(parsed)


@pytest.mark.parametrize("seed", range(10))
def test_cards_without_numbers_are_counted_once(seed: int) -> None:
    listing = invent(seed, 46, "new")
    parsed = read(drawn_html(listing, in_dialog=40))
    assert sorted(map(card, parsed.reviews)) == sorted(cards(listing, 40))
    assert not any(name in repr(parsed.reviews) for name in REVIEWERS)
    few = read(drawn_html(listing))
    assert len(few.reviews) == ON_PAGE
    assert {(r.date, r.rating) for r in few.reviews} == {(r[1], r[3]) for r in cards(listing, ON_PAGE)}


def collect(path: Path) -> Listing:
    folder = path.parent / "listing"
    folder.mkdir()
    return SavedPageSource(path, cache=path.parent / "cache", download=False).collect(folder)


def test_a_page_of_one_file_brings_its_photos_and_its_day(tmp_path: Path) -> None:
    listing = invent(5, 10, "new", n_photos=4)
    pictures = {photo.path: embedded(jpeg(photo.path)) for photo in listing.photos}
    html = drawn_html(
        listing,
        source=lambda photo: pictures[photo.path],
        original=False,
        head=single_file_head(f"{listing.canonical_url}?adults=2"),
    ).replace(listing.canonical_url + '"', 'x"')
    (tmp_path / "page.html").write_text(html)
    found = collect(tmp_path / "page.html")
    assert len(found.photos) == 4
    assert found.id == f"airbnb-{listing.listing_id}"
    assert any(f"{10 - ON_PAGE} of 10 reviews" in problem.message for problem in found.problems)


def test_copies_beside_the_page_are_found_without_the_original_s_address(tmp_path: Path) -> None:
    listing = invent(6, 10, "new", n_photos=3)
    (tmp_path / "page_files").mkdir()
    for photo in listing.photos:
        (tmp_path / "page_files" / f"{photo.image_id}.jpeg").write_bytes(jpeg(photo.path))
    html = drawn_html(listing, source=lambda photo: f"./page_files/{photo.image_id}.jpeg", original=False)
    (tmp_path / "page.html").write_text(html)
    assert len(collect(tmp_path / "page.html").photos) == 3


def test_photos_are_known_by_the_address_at_which_they_are_shown() -> None:
    listing = invent(6, 10, "new", n_photos=3)
    shown = read(drawn_html(listing, original=False)).photos
    assert [photo.url for photo in shown] == [listing.url_of(photo) for photo in listing.photos]


CHALLENGES = {
    "datadome": '<html><head><title>airbnb.com</title></head><body><script src="https://ct.captcha-delivery.com/c.js">'
    '</script><p id="cmsg">Please enable JS and disable any ad blocker</p></body></html>',
    "arkose": '<html><head><title>Airbnb</title></head><body><div id="arkose-challenge"></div>'
    '<script src="https://client-api.arkoselabs.com/v2/x/api.js"></script></body></html>',
    "akamai": "<html><head><title>Access Denied</title></head><body><h1>Access Denied</h1>You don't have "
    "permission.<p>Reference&#32;&#35;18&#46;5c2d1702&#46;1700000000&#46;1a2b3c4</p></body></html>",
    "cloudflare": "<html><head><title>Just a moment...</title></head><body><script>window._cf_chl_opt={};"
    "</script></body></html>",
    "perimeterx": '<html><body><div id="px-captcha"></div></body></html>',
}


@pytest.mark.parametrize("kind", CHALLENGES)
def test_a_challenge_with_status_200_is_a_refusal(kind: str) -> None:
    for status in (200, None):
        with pytest.raises(Blocked):
            read(CHALLENGES[kind], status, "https://www.airbnb.com/rooms/7" if status else "")


OG = '<meta property="og:site_name" content="Airbnb"><meta property="og:type" content="website">'
SEARCH = (
    f'<html><head>{OG}<link rel="canonical" href="https://www.airbnb.com/s/Example/homes"></head><body>'
    + "".join(
        f'<div itemprop="itemListElement"><a href="/rooms/{7 + n}?adults=2" aria-labelledby="t{n}"></a>'
        f'<div id="t{n}">Flat {n} in Example</div></div>'
        for n in range(4)
    )
    + "</body></html>"
)


def test_a_page_of_results_names_its_listings_to_choose_from() -> None:
    with pytest.raises(SearchPage, match="4 listings") as caught:
        read(SEARCH)
    assert [(found.url, found.title) for found in caught.value.listings[:2]] == [
        ("https://www.airbnb.com/rooms/7", "Flat 0 in Example"),
        ("https://www.airbnb.com/rooms/8", "Flat 1 in Example"),
    ]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("experiences/1234567", "experiences"),
        ("services/12", "services"),
        ("wishlists/3", "wish list"),
        ("", "front"),
    ],
)
def test_other_pages_are_told_by_name_and_never_gone(path: str, name: str) -> None:
    html = f'<html><head>{OG}<link rel="canonical" href="https://www.airbnb.com/{path}"></head><body></body></html>'
    with pytest.raises(NotAListing, match=name):
        read(html)


def test_only_a_live_address_that_leads_away_is_gone() -> None:
    front = f'<html><head>{OG}<link rel="canonical" href="https://www.airbnb.com/"></head><body></body></html>'
    with pytest.raises(Unavailable):
        parse_page(RecordedPage("https://www.airbnb.com/rooms/7", "https://www.airbnb.com/", 200, front))
    with pytest.raises(CollectError) as caught:
        read(front)
    assert not isinstance(caught.value, Unavailable)


def test_a_drawn_page_that_lost_everything_but_its_sections_is_still_one() -> None:
    listing = invent(2, 12, "new")
    html = drawn_html(listing)
    bare = html[: html.index("<meta property")] + html[html.index("</head>") :]
    parsed = read(bare)
    assert (parsed.title, parsed.beds) == (listing.title, facts_of(listing).beds)
    assert dataclasses.replace(parsed, reviews=()).host == Host(**facts_of(listing).host.model_dump())


def test_a_co_host_is_never_taken_for_how_soon_the_host_answers() -> None:
    listing = next(one for one in (invent(seed, 3, "new") for seed in range(20)) if facts_of(one).host.co_hosts)
    html = drawn_html(listing).replace(f"<div>{facts_of(listing).host.response_time}</div>", "")
    host = read(html).host
    assert host is not None
    assert (host.response_time, host.co_hosts) == (None, facts_of(listing).host.co_hosts)
    assert "Cosima" not in repr(read(html))


def test_the_heading_of_a_dialog_is_no_title() -> None:
    listing = invent(3, 12, "new")
    html = drawn_html(listing, in_dialog=6)
    assert read(html.replace('data-section-id="TITLE_DEFAULT"', "", 1)).title == listing.title
    start, end = html.index('<div data-section-id="TITLE_DEFAULT"'), html.index('<div data-section-id="HERO')
    assert read(html[:start] + html[end:]).title is None
