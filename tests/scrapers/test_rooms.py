"""Photos find their rooms."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.errors import BadRoomsFile, SourceNotFound
from scrapers.rooms import (
    group_into_rooms,
    natural_key,
    read_name_lists,
    read_subset,
    room_photos,
    select,
    slug,
)

names = st.lists(
    st.from_regex(r"(Living room/|Bad/|images/)?[a-c]{1,2}\.jpg", fullmatch=True), unique=True, max_size=8
)


def rooms_of(
    all_names: list[str], declared: dict[str, tuple[str, ...]] | None = None
) -> dict[str, tuple[str, ...]]:
    rooms, _ = group_into_rooms(all_names, all_names, declared or {})
    return {room.name: room.photos for room in rooms}


def test_numbers_sort_as_numbers_and_folders_stay_together() -> None:
    mixed = ["b/1.jpg", "10.jpg", "2.jpg", "a/x.jpg", "1.jpg", "img_9b.jpg", "img_10a.jpg", "A/a.jpg"]
    assert sorted(mixed, key=natural_key) == [
        *("1.jpg", "2.jpg", "10.jpg", "A/a.jpg", "a/x.jpg", "b/1.jpg", "img_9b.jpg", "img_10a.jpg"),
    ]


def test_sub_folders_are_rooms_and_loose_photos_are_one_more() -> None:
    photos = ["Living room/day/1.jpg", "Living room/2.jpg", "bath/1.jpg", "x.jpg", "y.jpg"]
    assert rooms_of(photos) == {
        "Living room": ("Living room/day/1.jpg", "Living room/2.jpg"),
        "bath": ("bath/1.jpg",),
        "Other photos": ("x.jpg", "y.jpg"),
    }


def test_folders_named_after_what_they_hold_are_no_rooms() -> None:
    assert rooms_of(["images/1.png", "2.png"]) == {"Photos": ("images/1.png", "2.png")}
    assert rooms_of(["images/Kitchen/1.png"]) == {"Kitchen": ("images/Kitchen/1.png",)}


def test_declared_rooms_go_first_and_the_rest_falls_to_folders() -> None:
    declared = {"Salon": ("b.jpg", "./kitchen\\1.jpg"), "Empty": ()}
    photos = ["a.jpg", "b.jpg", "kitchen/1.jpg", "kitchen/2.jpg"]
    assert rooms_of(photos, declared) == {
        "Salon": ("b.jpg", "kitchen/1.jpg"),
        "kitchen": ("kitchen/2.jpg",),
        "Other photos": ("a.jpg",),
    }


def test_declared_photos_that_are_not_there_are_named() -> None:
    _, problems = group_into_rooms(["a.jpg"], ["a.jpg"], {"Salon": ("a.jpg", "../../etc/passwd", "c.jpg")})
    assert [problem.subject for problem in problems] == ["../../etc/passwd", "c.jpg"]


def test_accents_are_compared_however_they_are_written() -> None:
    assert rooms_of(["cafe\u0301.jpg"], {"Salon": ("caf\u00e9.jpg",)}) == {"Salon": ("cafe\u0301.jpg",)}


@given(names, st.dictionaries(st.sampled_from(["Salon", "Bad"]), names.map(tuple)))
def test_every_usable_photo_is_in_a_room_and_only_in_declared_rooms_twice(
    photos: list[str], declared: dict[str, tuple[str, ...]]
) -> None:
    usable = photos[::2]
    rooms, _ = group_into_rooms(photos, usable, declared)
    placed = [name for room in rooms for name in room.photos]
    assert set(placed) == set(usable)
    assert all(room.photos for room in rooms)
    if not declared:
        assert sorted(placed) == sorted(usable)


def test_room_ids_are_usable_in_addresses_and_unique() -> None:
    rooms, _ = group_into_rooms(
        ["Küche/1.jpg", "kuche/1.jpg", "거실/1.jpg"], ["Küche/1.jpg", "kuche/1.jpg", "거실/1.jpg"], {}
    )
    assert [room.id for room in room_photos(rooms, lambda name: name)] == ["kuche", "kuche-2", "room-3"]
    assert slug("  Living Room #2! ") == "living-room-2"


def test_copies_stand_once_in_a_room_and_rooms_without_photos_are_left_away() -> None:
    rooms, _ = group_into_rooms(["a/1.jpg", "a/2.jpg", "b/1.jpg"], ["a/1.jpg", "a/2.jpg", "b/1.jpg"], {})
    ids = {"a/1.jpg": "x", "a/2.jpg": "x"}
    (room,) = room_photos(rooms, ids.get)
    assert (room.name, room.photo_ids) == ("a", ("x",))


def test_photos_are_selected_by_path_name_or_stem() -> None:
    photos = ["images/1.png", "depth/1.png", "images/2.png", "3.jpg"]
    assert select(photos, ["1", "images/2.png", "9"]) == (
        ["images/1.png", "depth/1.png", "images/2.png"],
        ["9"],
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "not valid JSON"),
        (b"\xff\xfe\x00", "not valid JSON in UTF-8"),
        (b"[" * 100_000, "not valid JSON"),
        (b'["a.jpg"]', "not an object"),
        (b'{"Salon": "a.jpg"}', "'Salon' is not a list"),
        (b'{"Salon": [1]}', "'Salon' is not a list"),
        (b'{" ": ["a.jpg"]}', "without a name"),
        (b'{"\\ud800": ["a.jpg"]}', "not valid JSON"),
    ],
)
def test_a_wrong_rooms_file_is_refused_with_an_example(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "rooms.json").write_bytes(content)
    with pytest.raises(BadRoomsFile, match=message) as caught:
        read_name_lists(tmp_path / "rooms.json")
    assert "Living room" in caught.value.advice


def test_an_unknown_subset_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound, match="no subsets"):
        read_subset(tmp_path, "n8")
    (tmp_path / "subsets.json").write_text(json.dumps({"n4": ["1"], "n8": ["1", "2"]}))
    assert read_subset(tmp_path, "n8") == ("1", "2")
    with pytest.raises(SourceNotFound, match="n4, n8"):
        read_subset(tmp_path, "n9")
