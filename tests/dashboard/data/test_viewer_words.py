"""The room viewer's texts: what its code says and what Python translates for it are the same."""

import re

from dashboard.data.viewer_words import VIEWER_TEXTS, viewer_words
from dashboard.words import speaking
from tests.places import ROOT

SOURCES = ROOT / "dashboard" / "components" / "room_viewer" / "frontend" / "src"


def test_every_text_of_the_viewer_is_in_the_catalogue_and_none_is_left_over() -> None:
    code = "\n".join(file.read_text(encoding="utf-8") for file in sorted(SOURCES.glob("*.js")))
    assert set(re.findall(r'\b(?:say|key)\("([^"]+)"', code)) == set(VIEWER_TEXTS)


def test_no_text_of_the_viewer_goes_round_the_catalogue() -> None:
    for file in sorted(SOURCES.glob("*.js")):
        code = file.read_text(encoding="utf-8")
        assert not re.findall(r'(?:textContent = |(?<!\.)toggle\(|iconButton\("\w+", |placeholder: )"', code), (
            file
        )


def test_korean_words_all_of_them_and_english_needs_none() -> None:
    with speaking("ko"):
        assert set(viewer_words()) == set(VIEWER_TEXTS)
    with speaking("en"):
        assert viewer_words() == {}
