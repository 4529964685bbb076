"""Which addresses are listings, and that nothing else is ever opened."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.airbnb.urls import (
    AIRBNB_DOMAINS,
    HostPolicy,
    find_address,
    is_airbnb_host,
    is_media_host,
    parse_address,
)
from scrapers.errors import CollectError, NotAListing, UnsupportedSource

LONG = "1203904337465819503"


@pytest.mark.parametrize(
    ("text", "kind", "listing_id", "url"),
    [
        ("https://www.airbnb.com/rooms/123", "rooms", "123", "https://www.airbnb.com/rooms/123"),
        (
            f"https://www.airbnb.co.kr/rooms/{LONG}?a=1&b=%20#x",
            "rooms",
            LONG,
            f"https://www.airbnb.co.kr/rooms/{LONG}",
        ),
        ("http://es.airbnb.com/rooms/5/reviews", "rooms", "5", "https://es.airbnb.com/rooms/5"),
        ("zh-t.airbnb.com/rooms/5", "rooms", "5", "https://zh-t.airbnb.com/rooms/5"),
        ("  AIRBNB.FR/rooms/77/ ", "rooms", "77", "https://airbnb.fr/rooms/77"),
        ("//www.airbnb.de/rooms/77", "rooms", "77", "https://www.airbnb.de/rooms/77"),
        ("https://www.airbnb.com./rooms/77", "rooms", "77", "https://www.airbnb.com/rooms/77"),
        ("https://www.airbnb.com/rooms/plus/42", "plus", "42", "https://www.airbnb.com/rooms/plus/42"),
        ("https://www.airbnb.mx/luxury/listing/42", "luxury", "42", "https://www.airbnb.mx/luxury/listing/42"),
        (
            "https://www.airbnb.com.au/hotels/42?check_in=1",
            "hotel",
            "42",
            "https://www.airbnb.com.au/hotels/42",
        ),
        ("https://www.airbnb.com/h/my-cabin", "slug", None, "https://www.airbnb.com/h/my-cabin"),
        ("https://www.airbnb.com/h/ca%C3%B1a", "slug", None, "https://www.airbnb.com/h/ca%C3%B1a"),
        ("https://abnb.me/AbC123", "short", None, "https://abnb.me/AbC123"),
    ],
)
def test_every_form_of_a_listing_address_is_understood(
    text: str, kind: str, listing_id: str | None, url: str
) -> None:
    address = parse_address(text)
    assert (address.kind, address.listing_id, address.url) == (kind, listing_id, url)


@pytest.mark.parametrize("domain", sorted(AIRBNB_DOMAINS))
def test_every_country_domain_is_known(domain: str) -> None:
    for host in (domain, f"www.{domain}", f"fr.{domain}"):
        assert parse_address(f"https://{host}/rooms/1").host == host


@pytest.mark.parametrize(
    "text",
    [
        "https://www.airbnb.com/experiences/123",
        "https://www.airbnb.com/services/123",
        "https://www.airbnb.com/rooms/",
        "https://www.airbnb.com/rooms/abc",
        "https://www.airbnb.com/rooms/0",
        f"https://www.airbnb.com/rooms/{'1' * 30}",
        "https://www.airbnb.com/s/Paris/homes",
        "https://www.airbnb.com/users/show/5",
        "https://www.airbnb.com/",
        "https://www.airbnb.com/h/",
        "https://abnb.me/",
    ],
)
def test_other_pages_of_airbnb_are_refused_as_no_listing(text: str) -> None:
    with pytest.raises(NotAListing):
        parse_address(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("https://airbnb.com.evil.org/rooms/1", "not an address of Airbnb"),
        ("https://evil-airbnb.com/rooms/1", "not an address of Airbnb"),
        ("https://airbnb.cm/rooms/1", "not an address of Airbnb"),
        ("https://a.b.airbnb.com/rooms/1", "not an address of Airbnb"),
        ("https://аirbnb.com/rooms/1", "not an address of Airbnb"),  # a Cyrillic first letter
        ("https://www.airbnb.com@evil.org/rooms/1", "user name"),
        ("https://user:pw@www.airbnb.com/rooms/1", "user name"),
        ("https://www.airbnb.com:8443/rooms/1", "port"),
        ("https://www.airbnb.com:99999/rooms/1", "not a web address"),
        ("file:///etc/passwd", "Only web addresses"),
        ("javascript:alert(1)", "Only web addresses"),
        ("ftp://www.airbnb.com/rooms/1", "Only web addresses"),
        ("http://127.0.0.1/rooms/1", "own network"),
        ("http://127.0.0.1:8000/rooms/1", "own network"),
        ("http://[::1]/rooms/1", "own network"),
        ("http://10.0.0.8/rooms/1", "own network"),
        ("http://169.254.169.254/rooms/1", "own network"),
        ("http://localhost/rooms/1", "own network"),
        ("http://2130706433/rooms/1", "not an address of Airbnb"),
        ("https://www.airbnb.com\\@evil.org/rooms/1", "not a web address"),
        ("https://www.airbnb.com/rooms/1\nHost: x", "not a web address"),
        ("", "not a web address"),
        ("x" * 5000, "not a web address"),
        ("https://www.booking.com/hotel/1", "not an address of Airbnb"),
    ],
)
def test_everything_else_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(UnsupportedSource, match=reason):
        parse_address(text)


@given(st.text(max_size=80) | st.from_regex(r"https?://[a-z.@:]{0,30}airbnb\.com[a-z./:@]{0,20}/rooms/1"))
def test_whatever_is_accepted_stays_on_airbnb(text: str) -> None:
    try:
        address = parse_address(text)
    except CollectError:
        return
    assert is_airbnb_host(address.host)
    assert address.url.startswith(f"https://{address.host}/")
    assert parse_address(address.url) == address


def test_photos_come_from_the_listed_hosts_only() -> None:
    policy = HostPolicy()
    assert policy.allows_media("https://a0.muscache.com/im/pictures/1.jpeg")
    for url in (
        "http://a0.muscache.com/1.jpeg",
        "https://a0.muscache.com:8443/1.jpeg",
        "https://u@a0.muscache.com/1.jpeg",
        "https://a0.muscache.com.evil.org/1.jpeg",
        "https://www.airbnb.com/1.jpeg",
        "https://127.0.0.1/1.jpeg",
        "file:///1.jpeg",
        "https://[oops/1.jpeg",
    ):
        assert not policy.allows_media(url)
    assert not is_media_host("muscache.com")


def test_redirects_may_go_to_airbnb_only() -> None:
    policy = HostPolicy()
    assert policy.allows_page("https://fr.airbnb.ca/rooms/1")
    for url in (
        "http://www.airbnb.com/rooms/1",
        "https://evil.org/",
        "http://127.0.0.1:9/",
        "data:text/html,x",
    ):
        assert not policy.allows_page(url)


DAYS = "check_in=2026-11-09&check_out=2026-11-12"


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        (f"{DAYS}&adults=2&source=x", f"{DAYS}&adults=2"),
        ("checkin=2026-11-09&checkout=2026-11-12&pets=1", f"{DAYS}&pets=1"),
        ("check_in=2026-11-12&check_out=2026-11-09", ""),
        ("check_in=tomorrow&check_out=2026-11-09", ""),
        ("adults=2", ""),
        (f"{DAYS}&adults=<b>", DAYS),
    ],
)
def test_days_and_guests_of_an_address_are_kept_and_nothing_else(query: str, asked: str) -> None:
    address = parse_address(f"https://www.airbnb.com/rooms/7?{query}")
    assert (address.url, address.asked) == ("https://www.airbnb.com/rooms/7", asked)
    assert address.opened == (f"{address.url}?{asked}" if asked else address.url)


class TestReplica:
    """A local site is reachable for the test that names it, and for nobody else."""

    ORIGIN = "http://127.0.0.1:8123"

    def test_its_pages_and_photos_are_allowed_beside_the_real_ones(self) -> None:
        policy = HostPolicy(replica=self.ORIGIN)
        assert parse_address(f"{self.ORIGIN}/rooms/5?x=1", policy).url == f"{self.ORIGIN}/rooms/5"
        assert policy.allows_page(f"{self.ORIGIN}/rooms/5")
        assert policy.allows_media(f"{self.ORIGIN}/im/1.jpeg")
        assert policy.allows_media("https://a0.muscache.com/1.jpeg")

    def test_other_ports_and_hosts_stay_forbidden(self) -> None:
        policy = HostPolicy(replica=self.ORIGIN)
        for url in (
            "http://127.0.0.1:8124/rooms/5",
            "http://localhost:8123/rooms/5",
            "http://127.0.0.1/rooms/5",
        ):
            assert not policy.allows_page(url)
            with pytest.raises(UnsupportedSource):
                parse_address(url, policy)

    @pytest.mark.parametrize(
        "origin",
        [
            "http://127.0.0.1",
            "https://evil.org:80",
            "http://10.0.0.1:80",
            "http://127.0.0.1:80/",
            "http://u@127.0.0.1:8",
        ],
    )
    def test_it_cannot_be_anything_but_a_loopback_origin(self, origin: str) -> None:
        with pytest.raises(ValueError, match="replica"):
            HostPolicy(replica=origin)


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("https://www.airbnb.com/slink/AbC123", "short", None),
        ("https://www.airbnb.de/l/AbC123", "short", None),
        ("https://www.abnb.me/AbC123", "short", None),
        ("https://www.airbnb.com/properties/165?anchor_room_id=1257", "rooms", "1257"),
        ("https://www.airbnb.com/properties/165", "hotel", "165"),
        ("https://www.airbnb.com/hosting/listings/editor/123/details/title", "rooms", "123"),
        ("https://www.airbnb.com/hosting/listings/123", "rooms", "123"),
        ("https://www.airbnb.com/manage-your-space/123/details", "rooms", "123"),
        ("https://www.airbnb.com/multicalendar/123", "rooms", "123"),
        ("https://www.airbnb.com/rooms/show?id=123", "rooms", "123"),
    ],
)
def test_addresses_that_the_app_and_hosts_hand_out(text: str, kind: str, number: str | None) -> None:
    address = parse_address(text)
    assert (address.kind, address.listing_id) == (kind, number)


@pytest.mark.parametrize(
    "text",
    [
        "Look at this: https://www.airbnb.com/rooms/123?adults=2. What do you think?",
        "“https://www.airbnb.com/rooms/123”",
        "[our flat](https://www.airbnb.com/rooms/123)",
        "Schau mal, airbnb.com/rooms/123!",
        '<a href="https://www.airbnb.com/rooms/123">x</a>',
    ],
)
def test_an_address_is_found_in_the_words_around_it(text: str) -> None:
    found = find_address(text)
    assert found is not None
    assert parse_address(found).listing_id == "123"


@pytest.mark.parametrize(
    "text", ["", "a flat near airbnb", "https://example.org/airbnb.com/rooms/7", "airbnb.com"]
)
def test_where_there_is_no_address_none_is_found(text: str) -> None:
    assert find_address(text) is None
