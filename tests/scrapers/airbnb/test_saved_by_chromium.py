"""Pages that a real Chromium draws and saves hold every field of the listing (all: benchmarks.saved_pages)."""

from __future__ import annotations

from pathlib import Path

import pytest

from scrapers.airbnb.fetch import find_browser
from tests.replica.payloads import invent
from tests.replica.saved_truth import differences
from tests.replica.saving import Form, chromium, save_as

pytestmark = [
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.skipif(find_browser() is None, reason="needs Chromium"),
]
#: a language and a number of reviews for each form
SAVED: tuple[tuple[Form, int, int], ...] = (("mhtml", 2, 46), ("bare", 1, 12), ("mobile", 3, 3))


def test_what_chromium_saves_is_read_whole(tmp_path: Path) -> None:
    wrong = {}
    with chromium() as browser:
        for form, seed, reviews in SAVED:
            (tmp_path / form).mkdir()
            listing = invent(seed, reviews, "half")
            wrong[form] = differences(save_as(browser, listing, form, tmp_path / form), listing, form)
            kept = next((tmp_path / form).glob("page.*ml")).read_bytes()
            assert b"data-deferred-state" not in kept, "the form has lost the page's state"
    assert wrong == {form: {} for form, *_ in SAVED}
