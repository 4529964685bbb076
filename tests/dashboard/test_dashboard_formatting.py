"""Text from outside is shown as it is, secrets are not shown, and quantities read well."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import formatting
from dashboard.data import Fact, Number
from dashboard.markup import markup


def test_html_of_a_listing_is_shown_and_not_obeyed() -> None:
    hostile = '<img src=x onerror="go()">'
    assert "&lt;img src=x onerror=&#34;go()&#34;&gt;" in markup.note(hostile)


@given(st.text())
def test_no_text_can_open_a_tag_or_leave_an_attribute(value: str) -> None:
    shown = markup.pill(value, "quiet", value)
    assert shown.count("<") == shown.count(">") == 2
    assert shown.count('"') == 4


@pytest.mark.parametrize("value", ["**bold**", "![x](http://a.b/c.png)", ":red[x]", "$x$", "<b>", "# head"])
def test_markdown_of_a_listing_is_escaped_sign_by_sign(value: str) -> None:
    escaped = formatting.markdown_text(value)
    assert escaped.replace("\\", "") == value
    assert all(escaped[index - 1] == "\\" for index, sign in enumerate(escaped) if sign in "*[]()<>#$:!_")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql+psycopg://ann:s3cret@db.local/room", "postgresql+psycopg://ann:•••@db.local/room"),
        ("redis://:s3cret@host:6379/0", "redis://:•••@host:6379/0"),
        ("redis://host:6379/0?password=s3cret", "redis://host:6379/0?password=•••"),
        ("s3://bucket/prefix", "s3://bucket/prefix"),
        ("/data/artefacts", "/data/artefacts"),
        ("sqlite:////data/x.sqlite", "sqlite:////data/x.sqlite"),
    ],
)
def test_passwords_in_addresses_are_hidden(url: str, shown: str) -> None:
    assert formatting.mask_url(url) == shown


@given(st.text(alphabet="abc:@/?&=#[]%", max_size=30))
def test_no_password_survives_masking(rest: str) -> None:
    assert "s3cret" not in formatting.mask_url(f"redis://u:s3cret@{rest}")


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.2, "under 1 s"), (42.4, "42 s"), (60, "1 min 00 s"), (3725, "1 h 02 min")]
)
def test_durations_read_well(seconds: float, shown: str) -> None:
    assert formatting.duration(seconds) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0 B"), (999, "999 B"), (1200, "1.2 kB"), (25_300_000, "25 MB"), (4.2e9, "4.2 GB")],
)
def test_sizes_read_well(number: float, shown: str) -> None:
    assert formatting.byte_size(number) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(5, "just now"), (61, "1 minute ago"), (7300, "2 hours ago"), (90_000, "1 day ago"), (8e6, "92 days ago")],
)
def test_moments_read_well(seconds: float, shown: str) -> None:
    assert formatting.ago(1e9, 1e9 + seconds) == shown


def test_unknown_stages_and_languages_are_shown_as_they_are() -> None:
    assert formatting.stage_name("new_stage") == "New stage"
    assert formatting.language_name("qxx") == "qxx"
    assert formatting.language_name("pt-BR") == "Portuguese"
    assert formatting.language_name(None) == "Language unknown"


HOSTILE = '</p><script>alert("x")</script>'


@pytest.mark.parametrize(
    "body",
    [
        markup.page_head(HOSTILE, HOSTILE, [markup.pill(HOSTILE)]),
        markup.numbers([Number(HOSTILE, HOSTILE, HOSTILE)]),
        markup.fact_list([Fact(HOSTILE, HOSTILE, "present")]),
        markup.collage([HOSTILE], HOSTILE),
        markup.cover(HOSTILE, HOSTILE),
        markup.cover(None, HOSTILE),
        markup.card_text(HOSTILE, [HOSTILE]),
        markup.photo_row([(HOSTILE, HOSTILE)]),
        markup.panel(HOSTILE, HOSTILE, HOSTILE),
        markup.share_bar([(HOSTILE, 0.5, "warn")]),
        markup.key_values([(HOSTILE, HOSTILE)]),
        markup.downloads([(HOSTILE, HOSTILE)]),
        markup.steps([(HOSTILE, HOSTILE, HOSTILE, HOSTILE)]),
        markup.meter(0.5, HOSTILE),
        markup.bars([(HOSTILE, 3)], HOSTILE),
    ],
)
def test_no_piece_of_a_page_lets_markup_through(body: str) -> None:
    assert "<script" not in body
    assert 'alert("x")' not in body


def test_absent_and_none_are_told_apart() -> None:
    shown = markup.fact_list([Fact("Price", "", "none"), Fact("Beds", "", "absent")])
    assert "sr-none" in shown and ">none<" in shown
    assert "sr-absent" in shown and ">not told<" in shown
