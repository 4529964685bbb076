"""The Room page on how big the room is, a typed length, and what fits."""

import pytest

from dashboard.panels import ui
from tests.dashboard.invented import StoreMaker
from tests.dashboard.pages import open_page, shown

pytestmark = pytest.mark.usefixtures("quick_doctor")


def test_the_room_page_tells_how_big_the_room_is_and_what_lenses_do(full: StoreMaker) -> None:
    body = shown(open_page(ui.ROOM, listing="river-flat"))
    assert "How big is it" in body
    assert "5.0 × 4.0 × 2.6 m, about 20 m²" in body
    assert "215 sq ft" in body
    assert "ceiling height" in body
    assert "phone&#39;s main camera" in body or "phone's main camera" in body


def test_a_length_typed_on_the_room_page_rescales_the_room_and_can_be_forgotten(full: StoreMaker) -> None:
    app = open_page(ui.ROOM, listing="river-flat")
    app.number_input(key="typed_m_living-room").set_value(6.0).run()
    app.button(key="typed_use_living-room").click().run()
    body = shown(app)
    assert "6.0 × 4.7 × 3.0 m" in body
    assert "Typed: length 6.00 m." in body
    app.button(key="typed_forget_living-room").click().run()
    assert "5.0 × 4.0 × 2.6 m" in shown(app)


def test_the_room_page_says_whether_a_thing_fits(full: StoreMaker) -> None:
    app = open_page(ui.ROOM, listing="river-flat")
    app.selectbox(key="fits_living-room").set_value("a double bed").run()
    assert "Likely, 100%: photos show enough free floor for a double bed." in shown(app)
