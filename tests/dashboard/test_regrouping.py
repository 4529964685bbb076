"""A visitor names and regroups rooms before the work starts."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from dashboard.data import Told, Upload, keep_rooms, save
from scrapers.rooms import read_name_lists

TOLD = Told(rooms=(("Bedroom", ("a.jpg", "b.jpg")), ("", ("c.jpg",))))


def _page(told):  # type: ignore[no-untyped-def]  # its source is run by itself
    import streamlit as st

    from dashboard.panels import regrouping

    st.session_state["by_hand"] = regrouping.show(told, "u")


def _open(told: Told) -> AppTest:
    app = AppTest.from_function(_page, args=(told,), default_timeout=30).run()
    assert not app.exception
    return app


def test_nothing_changed_is_nothing_by_hand() -> None:
    assert _open(TOLD).session_state["by_hand"] is None
    assert not _open(Told()).text_input, "without photos there is nothing to group"


def test_a_room_is_renamed_and_another_one_added() -> None:
    app = _open(TOLD)
    app.text_input(key="room_name_u_1").set_value("Study")
    app.multiselect(key="room_photos_u_1").set_value(["b.jpg"])
    app.button(key="add_room_u").click().run()
    app.text_input(key="room_name_u_2").set_value("Hall")
    app.multiselect(key="room_photos_u_2").set_value(["a.jpg", "c.jpg", "b.jpg"]).run()
    assert not app.exception
    assert app.session_state["by_hand"] == {"Study": ["b.jpg"], "Hall": ["a.jpg", "c.jpg", "b.jpg"]}
    assert "In two rooms, so only in the first: 2. b.jpg." in " ".join(
        part.proto.body for part in app.get("html")
    )


def test_rooms_by_hand_are_kept_beside_the_upload(tmp_path: Path) -> None:
    saved = save(tmp_path, [Upload("a.jpg", b"photo")])
    kept = keep_rooms(saved, {"Study": ["a.jpg"]})
    assert kept.parent == saved.folder.parent and read_name_lists(kept) == {"Study": ("a.jpg",)}
    assert kept != keep_rooms(saved, {"Hall": ["a.jpg"]})
    assert Path(saved.origin) == saved.folder, "what is analysed stays the same"
