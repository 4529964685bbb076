"""Pages in Korean: chosen by the address, the switch or the browser; no English word is left over."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.panels import ui
from dashboard.words import speaking
from tests.dashboard.invented import SCRIPT_TITLE, StoreMaker
from tests.dashboard.pages import open_page, shown

#: what stays as it is: names, units, formats, paths, what guests and hosts wrote
NAMES = {
    *("ShowRoom", "Airbnb", "Inside", "ZIP", "HTML", "GPU", "ST-RoomNet", "RoomNet", "Stable", "Diffusion"),
    *("Fast", "ID", "MB", "kB", "GB", "D", "English", "OpenCV", "CSV", "Parquet"),
    *("GLB", "PLY", "JSON", "SVG", "DXF", "PNG", "glTF", "Blender", "MeshLab", "ft", "in", "sq"),
}
_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<blockquote.*?</blockquote>|<p lang.*?</p>|<[^>]*>", re.DOTALL)
_TOLD = re.compile(r'(?:aria-label|title|alt|placeholder)="([^"]*)"')
_WORD = re.compile(r"[A-Za-z][A-Za-z'-]*[A-Za-z]")
_ADDRESS = re.compile(r"https?://\S+|`[^`]*`|\S*/\S+|\b\w+\.(?:csv|jpg|png|json|glb|ply)\b")
_ICON = re.compile(r":material/\w+:")
#: what the invented listings are called and made of
_OWN = (
    *(SCRIPT_TITLE, "River flat", "sons", "clean, kitchen"),
    *("4 photos see 90 % of the floor", "Quiet & <i>sleep</i>", "Clean kitchen", "Market nearby"),
    *("Living room", "Bedroom", "By the river", "Apartment", "Entire home", "running"),
    *("Two rooms by the river.", "Invented for a test.", "Invented by ShowRoom's tests."),
)


def _labels(app: AppTest) -> Iterator[str]:
    """What elements say beside HTML: labels, help, placeholders, choices."""
    for element in app.main:
        proto = getattr(element, "proto", None)
        for name in ("label", "help", "placeholder"):
            said = getattr(proto, name, "")
            if isinstance(said, str):
                yield said
        for option in getattr(proto, "options", ()):
            yield option if isinstance(option, str) else str(getattr(option, "content", ""))


def _english(app: AppTest) -> set[str]:
    """English words on the page that are no names and no quotes."""
    html = shown(app)
    texts = [_TAGS.sub(" ", html), *_TOLD.findall(html), *_labels(app)]
    found = set()
    for text in texts:
        plain = unescape(text)
        for own in _OWN:
            plain = plain.replace(own, " ")
        found |= set(_WORD.findall(_ICON.sub(" ", _ADDRESS.sub(" ", plain)))) - NAMES
    return found


def test_start_is_korean(full: StoreMaker) -> None:
    full.running_job()
    app = open_page(ui.START, lang="ko")
    assert _english(app) == set()
    assert "예약하기 전에" in shown(app)


def test_an_analysis_is_told_in_korean(full: StoreMaker) -> None:
    app = open_page(ui.START, lang="ko", job=full.running_job())
    assert _english(app) - {"matching", "photo", "of"} == set()


def test_the_switch_keeps_the_page_and_its_query(full: StoreMaker) -> None:
    app = open_page(ui.OVERVIEW, listing="old-town")
    assert "Facts" in shown(app)
    switch = next(one for one in app.button_group if one.key == "language_choice")
    switch.set_value("ko").run()
    assert app.query_params["lang"] == "ko" and app.query_params["listing"] == "old-town"
    app.switch_page(ui.START).run()
    assert "예약하기 전에" in shown(app)


def test_an_unknown_language_in_the_address_is_the_browsers(full: StoreMaker) -> None:
    assert "See the rooms" in shown(open_page(ui.START, lang="xx"))


def test_sessions_do_not_speak_for_each_other(full: StoreMaker) -> None:
    korean, english = open_page(ui.START, lang="ko"), open_page(ui.START)
    assert "See the rooms" in shown(english)
    assert "예약하기 전에" in shown(korean)


def test_a_block_speaks_its_own_language_whatever_the_session() -> None:
    from dashboard import formatting

    with speaking("ko"):
        assert formatting.ago(0.0, 90.0) == "1분 전"
        with speaking("en"):
            assert formatting.ago(0.0, 90.0) == "1 minute ago"


@pytest.mark.parametrize("page", [ui.OVERVIEW, ui.REVIEWS, ui.COMPARE])
def test_a_page_of_listings_is_korean(page: str, full: StoreMaker) -> None:
    app = open_page(page, lang="ko", **({} if page == ui.COMPARE else {"listing": "river-flat"}))
    assert _english(app) == set()


@pytest.mark.parametrize("room", ["living-room", "bedroom"])
def test_a_room_is_korean(room: str, full: StoreMaker) -> None:
    assert _english(open_page(ui.ROOM, lang="ko", listing="river-flat", room=room)) == set()


@pytest.mark.parametrize("page", [ui.START])
def test_an_empty_installation_is_korean(page: str, settings: object) -> None:
    assert _english(open_page(page, lang="ko")) == set()
