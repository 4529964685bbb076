"""HTML pages: with the state script, hydrated only, saved by a browser, and those that are no listing."""

from __future__ import annotations

import contextlib
import json
import re

import pytest

from scrapers.airbnb.parse.page import ParsedListing, parse_page
from scrapers.airbnb.parse.payloads import NetworkAnswer, RecordedPage
from scrapers.errors import Blocked, CollectError, NetworkFailed, NotAListing, SchemaChanged, Unavailable
from tests.replica.facts import facts_of
from tests.replica.payloads import (
    LAYOUTS,
    InventedListing,
    Layout,
    challenge_html,
    invent,
    page_html,
    reviews_response,
    tour_html,
    unavailable_html,
    unavailable_state,
)
from tests.replica.texts import REVIEWERS


def read(html: str, url: str = "", status: int | None = None) -> ParsedListing:
    return parse_page(RecordedPage(url, url, status, html))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_page_with_its_script_is_read_from_it(layout: Layout) -> None:
    listing = invent(12, 30, layout)
    parsed = read(page_html(listing), listing.canonical_url, 200)
    assert parsed.title == listing.title
    assert parsed.provenance["title"].startswith("page_state")
    assert [p.url for p in parsed.photos] == [listing.url_of(p) for p in listing.photos]
    assert parsed.api_key == listing.api_key
    assert listing.api_key not in repr(parsed)
    assert listing.api_key not in repr(parsed.facts())


class TestHydratedOnly:
    @pytest.mark.parametrize("seed", range(10))
    def test_ld_json_and_dom_are_all_there_is(self, seed: int) -> None:
        listing = invent(seed, 30, "new", n_rooms=3)
        parsed = read(page_html(listing, hydrated_only=True))
        assert parsed.listing_id == listing.listing_id
        assert parsed.url == listing.canonical_url
        assert (parsed.title, parsed.description) == (listing.title, listing.description)
        assert (parsed.latitude, parsed.longitude) == (listing.latitude, listing.longitude)
        assert (parsed.rating, parsed.review_count) == (listing.rating, 30)
        assert parsed.person_capacity == listing.person_capacity
        assert (parsed.beds, parsed.bathrooms) == (facts_of(listing).beds, facts_of(listing).bathrooms)
        assert {parsed.status(n) for n in ("amenities", "category_ratings", "rooms")} == {"absent"}
        assert set(parsed.provenance.values()) <= {"ld+json", "dom"}

    @pytest.mark.parametrize("seed", range(10))
    def test_the_open_photo_tour_gives_the_rooms(self, seed: int) -> None:
        listing = invent(seed, 30, "new", n_photos=14, n_rooms=4)
        parsed = read(page_html(listing, hydrated_only=True).replace("</main>", f"</main>{tour_html(listing)}"))
        names = {room.id: room.name for room in parsed.rooms}
        assert [(p.url, names.get(p.room or ""), p.label) for p in parsed.photos] == [
            (listing.url_of(p), p.room, p.label) for p in listing.photos
        ]
        assert parsed.provenance["rooms"] == "dom"

    def test_the_dom_alone_still_gives_a_title_and_photos(self) -> None:
        listing = invent(5, 30, "new")
        html = page_html(listing, hydrated_only=True).replace("application/ld+json", "text/plain")
        parsed = read(html)
        assert parsed.title == listing.title
        assert parsed.photos
        assert (parsed.rating, parsed.review_count) == (round(listing.rating or 0, 1), 30)
        assert parsed.provenance["title"] == "dom"

    @pytest.mark.parametrize("seed", range(10))
    def test_reviews_of_the_page_are_read_without_names_or_not_at_all(self, seed: int) -> None:
        listing = invent(seed, 30, "new")
        parsed = read(page_html(listing, hydrated_only=True))
        shown = {r.id: r.translation or r.text for r in listing.reviews}
        assert all(review.text == shown[review.id] for review in parsed.reviews)
        assert not any(name in repr(parsed) for name in REVIEWERS)
        assert any(problem.subject == "reviews" for problem in parsed.problems)

    def test_cards_without_a_number_are_told_apart_by_their_text(self) -> None:
        listing = invent(5, 30, "new")
        html = page_html(listing, hydrated_only=True)
        marked, plain = read(html), read(html.replace("data-review-id", "data-x"))
        assert [r.text for r in plain.reviews] == [r.text for r in marked.reviews]
        assert len({r.id for r in plain.reviews}) == 6

    def test_where_two_texts_compete_no_review_is_read(self) -> None:
        card = '<div data-review-id="{0}"><h3>N</h3><div><p>one text</p></div><section>another</section></div>'
        html = page_html(invent(5, 0, "new"), hydrated_only=True)
        parsed = read(html.replace("</main>", "".join(card.format(n) for n in range(4)) + "</main>"))
        assert parsed.reviews == ()
        assert any("told apart" in problem.message for problem in parsed.problems)

    def test_a_translation_on_the_page_does_not_replace_what_the_network_gave(self) -> None:
        listing = invent(5, 30, "new")
        answer = NetworkAnswer("", 200, reviews_response(listing))
        parsed = parse_page(RecordedPage("", "", None, page_html(listing, hydrated_only=True), None, (answer,)))
        assert [r.text for r in parsed.reviews] == [r.text for r in listing.reviews[:24]]


class TestSavedByABrowser:
    """What "save page as" does to a page."""

    def test_photos_beside_the_page_are_found(self) -> None:
        listing = invent(6, 10, "old", n_photos=3)
        html = page_html(listing)
        for number, photo in enumerate(listing.photos):
            html = html.replace(
                f'src="{listing.url_of(photo)}?im_w=720"', f'src="./My%20page_files/{number}.jpeg"'
            )
        assert [p.saved_as for p in read(html).photos] == [f"My%20page_files/{n}.jpeg" for n in range(3)]

    @pytest.mark.parametrize(
        "src", ["../../etc/passwd", "/etc/passwd", "a/%2e%2e/b", "https://x.org/a.jpg", "data:x"]
    )
    def test_nothing_outside_its_folder_is_a_copy(self, src: str) -> None:
        listing = invent(6, 10, "old", n_photos=1)
        html = page_html(listing).replace(f'src="{listing.url_of(listing.photos[0])}?im_w=720"', f'src="{src}"')
        assert read(html).photos[0].saved_as is None

    def test_the_comment_of_the_browser_tells_the_listing(self) -> None:
        listing = invent(6, 10, "old")
        html = page_html(listing, hydrated_only=True).replace('<link rel="canonical"', '<link rel="x"')
        url = f"https://www.airbnb.de/rooms/{listing.listing_id}"
        saved = html.replace(
            "<html",
            f"<!-- saved from url=({len(url):04})https://www.airbnb.de/rooms/{listing.listing_id} -->\n<html",
            1,
        )
        assert read(saved).listing_id == listing.listing_id

    def test_a_broken_script_falls_back_to_the_dom_and_is_told(self) -> None:
        listing = invent(6, 10, "old")
        parsed = read(page_html(listing).replace('{"niobe', '{"niobe":,', 1))
        assert parsed.title == listing.title
        assert parsed.provenance["title"] == "ld+json"
        assert any(problem.subject == "page state" for problem in parsed.problems)

    @pytest.mark.parametrize("cut", [200, 1500, 4000, 9000])
    def test_a_page_that_was_cut_off_ends_in_facts_or_an_error(self, cut: int) -> None:
        listing = invent(6, 10, "old")
        with contextlib.suppress(CollectError):
            assert read(page_html(listing)[:cut]).title in {listing.title, None}


def saved_while_running(listing: InventedListing) -> str:
    """The page as a running browser saves it: tags of the home page, body of the listing."""
    html = page_html(listing, hydrated_only=True)
    html = html.replace('content="airbedandbreakfast:listing"', 'content="website"')
    html = re.sub(r'<script type="application/ld\+json">.*?</script>', "", html)
    return f"<!-- saved from url=({len(listing.canonical_url):04d}){listing.canonical_url} -->\n{html}"


class TestSavedWhileRunning:
    @pytest.mark.parametrize("seed", range(5))
    def test_a_listing_is_read_whatever_kind_of_page_its_tags_name(self, seed: int) -> None:
        listing = invent(seed, 8, "new", n_photos=4)
        html = saved_while_running(listing)
        parsed = read(html)
        assert (parsed.listing_id, parsed.title) == (listing.listing_id, listing.title)
        assert parsed.description == listing.description
        assert len(parsed.photos) == 4
        assert parsed == read(html.replace('content="website"', 'content="airbedandbreakfast:listing"'))

    def test_its_own_address_in_the_tags_of_another_page_is_enough(self) -> None:
        listing = invent(3, 8, "new")
        html = (
            f'<meta property="og:type" content="website"><meta property="og:site_name" content="Airbnb">'
            f'<meta property="og:url" content="{listing.canonical_url}"><h1>{listing.title}</h1>'
        )
        assert read(html).title == listing.title

    def test_one_that_holds_nothing_is_not_called_gone(self) -> None:
        listing = invent(3, 8, "new")
        tags = '<meta property="og:type" content="website"><meta property="og:site_name" content="Airbnb">'
        url = f'<link rel="canonical" href="{listing.canonical_url}">'
        with pytest.raises(SchemaChanged):
            read(f"{tags}{url}<div id=app></div>", listing.canonical_url, 200)


class TestSigns:
    @pytest.mark.parametrize("status", [403, 429])
    def test_a_refusal_by_status_is_a_block_whatever_the_page(self, status: int) -> None:
        page = RecordedPage("", "", status, page_html(invent(1, 5, "old")), retry_after_s=30.0)
        with pytest.raises(Blocked) as caught:
            parse_page(page)
        assert caught.value.retry_after_s == 30.0

    def test_a_challenge_is_a_block_for_a_quarter_of_an_hour(self) -> None:
        with pytest.raises(Blocked) as caught:
            read(challenge_html(), "https://www.airbnb.com/rooms/1", 200)
        assert caught.value.retry_after_s == 900

    def test_the_word_captcha_and_a_quoting_review_are_none(self) -> None:
        listing = invent(1, 5, "old")
        html = page_html(listing, hydrated_only=True)
        assert html.count("captcha") > 15
        html = html.replace("</main>", "<p>Press &amp; Hold. Access to this page has been denied</p></main>")
        assert read(html).title == listing.title

    def test_a_removed_listing_is_no_block(self) -> None:
        html = unavailable_html(unavailable_state())
        for url in ("https://www.airbnb.com/rooms/53801777", ""):
            with pytest.raises(Unavailable):
                read(html, url, 200 if url else None)
        with pytest.raises(Unavailable):
            read(unavailable_html({}), "https://www.airbnb.com/rooms/1", 200)

    @pytest.mark.parametrize("status", [404, 410])
    def test_a_missing_page_is_a_removed_listing(self, status: int) -> None:
        with pytest.raises(Unavailable):
            read("<h1>404</h1>", "https://www.airbnb.com/rooms/1", status)

    def test_a_broken_site_is_a_network_failure(self) -> None:
        with pytest.raises(NetworkFailed):
            read("<h1>Bad gateway</h1>", "https://www.airbnb.com/rooms/1", 502)

    @pytest.mark.parametrize(
        "html", ["", "<p>Hello</p>", '<meta property="og:type" content="website"><h1>Shop</h1>']
    )
    def test_any_other_page_is_no_listing(self, html: str) -> None:
        with pytest.raises(NotAListing):
            read(html)

    def test_a_listing_address_that_shows_nothing_known_is_a_changed_site(self) -> None:
        with pytest.raises(SchemaChanged):
            read("<div id=app></div>", "https://www.airbnb.com/rooms/1", 200)

    def test_the_heading_of_another_page_is_no_title(self) -> None:
        script = f'<script id="data-deferred-state-0" type="application/json">{json.dumps({"x": 1})}</script>'
        with pytest.raises(SchemaChanged):
            read(f"<h1>Something went wrong</h1>{script}", "https://www.airbnb.com/rooms/1", 200)


def test_lone_surrogates_and_zero_bytes_do_no_harm() -> None:
    listing = invent(6, 10, "old")
    html = page_html(listing, hydrated_only=True).replace("</h1>", "\ud800\x00</h1>")
    assert read(html).title == listing.title
