"""What a page says of the views that no photo shows."""

import dataclasses
from typing import Any

import pytest
from PIL import Image

from dashboard.data import room_layouts, room_views
from dashboard.data.room_views import RoomViews
from dashboard.markup import unseen_markup
from pipeline.report import RoomReport
from pipeline.rooms.views.generated_room import GeneratedRoom
from pipeline.rooms.views.original_rule import Outcome
from tests.dashboard.invented import StoreMaker
from tests.dashboard.invented_room import views_head


def read(maker: StoreMaker, *, metric: bool = True, **changes: Any) -> tuple[RoomViews, RoomReport]:
    """The views of the invented living room."""
    listing, _ = maker.listing()
    living = listing.rooms[0]
    room = RoomReport(
        room_id=living.id,
        name=living.name,
        status="built",
        photo_ids=living.photo_ids,
        placed=living.photo_ids[:4],
        metric=metric,
        views_key=maker.views(listing, **changes),
        notes=("layout: by lines", "inpainting: planar was asked for", "4 photos"),
    )
    found = room_views.read_views(maker.store, room)
    assert found is not None
    return found, room


def test_the_outcomes_are_those_of_the_decision() -> None:
    said = {room_views.VIEW, room_views.NONE_NEEDED, room_views.NOT_POSSIBLE}
    assert said == {outcome.value for outcome in Outcome}


def test_the_invented_file_has_the_fields_of_the_real_one() -> None:
    real = {field.name for field in dataclasses.fields(GeneratedRoom)} - {"maps", "plan"}
    assert {"views" if name == "added" else name for name in real} == set(views_head(["a", "b"]))


def test_photos_are_called_by_number_not_by_id(maker: StoreMaker) -> None:
    found, room = read(maker)
    assert [view.name for view in found.views] == [
        "Photo 2, turned 90° to the right",
        "Photo 1, turned 45° to the left",
    ]
    told = " ".join([found.sentence, *found.notes, *room_views.other_notes(room, found)])
    assert not any(photo in told for photo in room.photo_ids)


def test_what_is_said_beside_the_views_is_not_said_again(maker: StoreMaker) -> None:
    found, room = read(maker)
    assert found.why == "planar was asked for"
    assert room_views.other_notes(room, found) == ["layout: by lines", "4 photos"]
    assert len(room_views.other_notes(room, None)) == 3
    assert room_views.other_notes(room.model_copy(update={"layouts_key": "k"}), found) == ["4 photos"]


def test_every_file_can_be_taken_along(maker: StoreMaker) -> None:
    found, room = read(maker)
    labels = [label for _, label in found.files]
    assert len(labels) == 2 * 3 + 2
    assert "New view 1, mask of what was filled (PNG)" in labels
    assert all(f"save_as={room.room_id}-" in url for url, _ in found.files)


def test_faces_are_told_by_where_they_are_on_the_plan_and_what_was_filled(maker: StoreMaker) -> None:
    found, _ = read(maker)
    rows = {row.name: row for row in found.faces}
    assert rows["Wall on the right of the plan"].outside == pytest.approx(10.4)
    assert rows["Wall on the right of the plan"].filled == pytest.approx(10.4)
    assert rows["Floor"].filled == 0
    assert "19 % open" in unseen_markup.face_table(found.faces, metric=True)


def test_a_room_without_scale_gets_no_square_metres(maker: StoreMaker) -> None:
    found, _ = read(maker, metric=False)
    shown = unseen_markup.face_table(found.faces, metric=False)
    shown += unseen_markup.view_pairs(found.views, metric=False) + found.sentence
    assert "m²" not in shown and "100 %" in shown


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"outcome": "not possible", "views": [], "reason": "9.1 m2 are unseen, but nothing is free"},
            "and no new view would: 9.1 m² are unseen",
        ),
        ({"views": []}, "none could be made"),
        ({"outcome": "none needed", "views": [], "reason": "all is seen"}, "No view is missing: all is seen."),
    ],
)
def test_other_outcomes_are_said_in_one_sentence(maker: StoreMaker, changes: dict[str, Any], says: str) -> None:
    found, _ = read(maker, **changes)
    assert says in found.sentence
    assert found.views == ()


def test_a_stage_that_did_not_run_has_nothing_to_show(maker: StoreMaker) -> None:
    _, room = read(maker)
    assert room_views.read_views(maker.store, room.model_copy(update={"views_key": None})) is None
    assert room_views.read_views(maker.store, room.model_copy(update={"views_key": "0" * 64})) is None


def test_layouts_are_read_photo_by_photo(maker: StoreMaker) -> None:
    _, room = read(maker)
    listing, _ = maker.listing()
    found = room_layouts.read_layouts(
        maker.store, room.model_copy(update={"layouts_key": maker.layouts(listing)})
    )
    assert found is not None and found.why == "there are no weights of ST-RoomNet: lines and colours decide"
    assert [photo.map_url is not None for photo in found.photos] == [True, False]
    assert [label for _, label in found.files] == ["Layouts (JSON)", "Layout of photo 1 (PNG)"]
    assert room_layouts.read_layouts(maker.store, room) is None


def test_the_legend_has_the_colours_of_the_class_maps(maker: StoreMaker) -> None:
    listing, _ = maker.listing()
    with Image.open(maker.store.file(maker.layouts(listing), "layout_01.png")) as class_map:
        palette = class_map.getpalette()
    assert palette is not None
    assert [tuple(palette[3 * k : 3 * k + 3]) for k in range(1, 6)] == [
        colour for _, colour in room_layouts.LEGEND
    ]


def test_only_a_room_without_any_measured_point_is_a_guess() -> None:
    room = RoomReport(room_id="r", name="R", status="built", placed=("a",), figures={"measured_share": 0.0})
    assert room_views.is_guessed(room)
    assert not room_views.is_guessed(room.model_copy(update={"figures": {"measured_share": 0.2}}))
    assert not room_views.is_guessed(room.model_copy(update={"figures": {}}))
    assert room_views.guessed_words(room.model_copy(update={"placed": ("a", "b")})) == "Guessed from 2 photos"
