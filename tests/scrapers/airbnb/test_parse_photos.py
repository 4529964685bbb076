"""Photos come in the order of the tour, each in its room, whichever layout holds which part of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scrapers.airbnb.parse.page import ParsedListing, parse_page
from scrapers.airbnb.parse.payloads import RecordedPage
from tests.replica.navigate import page, photos_of, section
from tests.replica.payloads import LAYOUTS, invent, page_state


def read(state: Any) -> ParsedListing:
    return parse_page(RecordedPage("", "", None, "", state))


def test_forty_photos_of_six_rooms_are_grouped() -> None:
    for layout in LAYOUTS:
        listing = invent(6, 10, layout, n_photos=40, n_rooms=6)
        parsed = read(page_state(listing))
        assert [p[:2] for p in photos_of(parsed)] == [(listing.url_of(p), p.room) for p in listing.photos]
        assert len(parsed.rooms) == 6


def test_the_label_is_kept_beside_the_caption() -> None:
    listing = invent(6, 10, "old", n_photos=30)
    assert [p.label for p in read(page_state(listing)).photos] == [p.label for p in listing.photos]


def test_rooms_of_the_old_tour_meet_photos_of_the_new_one() -> None:
    listing = invent(6, 10, "old", n_photos=8, n_rooms=3)
    state = page_state(listing)
    new_node = page(page_state(listing, "new"))["node"]
    for stop in new_node["pdpPresentation"]["mediaTour"]["stops"]:
        stop["name"] = None
    page(state)["node"] = new_node
    section(state, "PHOTO_TOUR_SCROLLABLE_MODAL")["mediaItems"].pop()
    parsed = read(state)
    placed = {p.url: p.room for p in parsed.photos}
    assert len(placed) == 8
    assert sum(room is not None for room in placed.values()) == 7


def test_without_a_tour_the_preview_is_what_there_is() -> None:
    listing = invent(6, 10, "old", n_photos=8, n_rooms=2)
    old, new = page_state(listing), page_state(listing, "new")
    section(old, "PHOTO_TOUR_SCROLLABLE_MODAL").clear()
    del page(new)["node"]["pdpPresentation"]["mediaTour"]
    for state in (old, new):
        parsed = read(state)
        assert [p.url for p in parsed.photos] == [listing.url_of(p) for p in listing.photos[:5]]
        assert [p.image_id for p in parsed.photos] == [p.image_id for p in listing.photos[:5]]
        assert parsed.status("rooms") == "absent"
    assert [p.label for p in read(old).photos] == [None] * 5
    assert all(p.label for p in read(new).photos)  # its tags


def test_two_rooms_may_share_a_name() -> None:
    state = page_state(invent(6, 10, "old", n_photos=8, n_rooms=2))
    for item in section(state, "PHOTO_TOUR_SCROLLABLE_MODAL")["roomTourLayoutInfos"][0]["roomTourItems"]:
        item["title"] = "Bedroom"
    assert [(r.id, r.name) for r in read(state).rooms] == [("bedroom", "Bedroom"), ("bedroom-2", "Bedroom")]


def test_a_number_that_two_photos_share_places_neither() -> None:
    state = page_state(invent(6, 10, "old", n_photos=4, n_rooms=2))
    items = section(state, "PHOTO_TOUR_SCROLLABLE_MODAL")["mediaItems"]
    items[0]["id"] = items[3]["id"]
    assert [p.room is None for p in sorted(read(state).photos, key=lambda p: p.url)].count(True) == 2


def test_photos_are_asked_for_in_full_size() -> None:
    listing = invent(6, 10, "new", n_photos=4)
    state = json.loads(json.dumps(page_state(listing)).replace(".jpeg", ".jpeg?im_w=720&im_q=medq&v=2"))
    assert [p.url for p in read(state).photos] == [f"{listing.url_of(p)}?v=2" for p in listing.photos]


@pytest.mark.parametrize(
    "url", ["javascript:1", "file:///etc/passwd", "//x/y.jpg", "data:image/png;base64,x", "", 7]
)
def test_what_is_no_web_address_is_no_photo(url: object) -> None:
    state = page_state(invent(6, 10, "old", n_photos=1, n_rooms=0))
    section(state, "PHOTO_TOUR_SCROLLABLE_MODAL")["mediaItems"][0]["baseUrl"] = url
    section(state, "HERO_DEFAULT")["previewImages"] = []
    assert read(state).photos == ()
