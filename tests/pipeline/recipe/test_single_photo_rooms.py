"""Rooms of photos that cannot be placed together: each photo is a room by itself."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.errors import Impossible
from pipeline.left_out import LeftOut, LeftOutReason
from pipeline.options import AnalysisOptions
from pipeline.recipe import rooms as recipe_of_rooms
from pipeline.recipe.analysis import analyse, collect
from pipeline.recipe.room_stages import RoomWork
from pipeline.recipe.rooms import reconstruct_rooms
from pipeline.recipe.stages import StageRunner
from pipeline.report import RoomReport
from pipeline.rooms.backends import Backend, Classical, SinglePhoto
from pipeline.rooms.scene.point_maps import PointMaps, Source
from pipeline.store import Store
from scrapers.listing import RoomPhotos
from tests.pipeline.rooms.drawn_rooms import draw, drawn_box

OPTIONS = AnalysisOptions(reviews=False, backend="classical", new_views=2, seed=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    room = tmp_path / "flat" / "hall"
    room.mkdir(parents=True)
    Image.fromarray(draw(drawn_box())).save(room / "a.png")
    return room.parent


def _rooms(store: Store, folder: Path) -> list[RoomReport]:
    listing = collect(str(folder), OPTIONS, StageRunner(store))
    return reconstruct_rooms(listing, listing.value.rooms[0], OPTIONS, StageRunner(store))


def test_one_photo_is_a_whole_room_that_says_it_is_inferred(store: Store, folder: Path) -> None:
    _, report = analyse(str(folder), OPTIONS, StageRunner(store))
    (room,) = report.value.rooms
    assert room.status == "built"
    assert room.backend == SinglePhoto.name
    assert "One photo has to do" in (room.backend_why or "")
    assert room.shares() == {"inferred": 1}
    assert room.maps_key is not None
    assert room.surface_key is not None
    maps = PointMaps.load(store.artefacts.folder(room.maps_key))
    assert (maps.views[0].source == Source.INFERRED).all()
    files = {path.name for path in store.artefacts.folder(room.surface_key).iterdir()}
    assert {"mesh.glb", "points.ply", "cameras.json"} <= files


def test_a_second_run_finds_the_same_room(store: Store, folder: Path) -> None:
    one, two = _rooms(store, folder), _rooms(store, folder)
    assert one == two
    assert len(one) == 1


def test_photos_that_share_nothing_are_a_room_each(store: Store, folder: Path) -> None:
    second = draw(drawn_box(-20, -4, np.array([2.4, 2.0, 1.5, 1.45, 1.0])), seed=5)
    Image.fromarray(np.ascontiguousarray(255 - second)).save(folder / "hall" / "b.png")
    rooms = _rooms(store, folder)
    assert [room.status for room in rooms] == ["built", "built"]
    assert sorted(photo for room in rooms for photo in room.placed) == sorted(
        rooms[0].photo_ids + rooms[1].photo_ids
    )
    assert len({room.room_id for room in rooms}) == 2
    assert all(not room.left_out for room in rooms)


def test_a_room_without_photos_stays_impossible(store: Store, folder: Path) -> None:
    listing = collect(str(folder), OPTIONS, StageRunner(store))
    empty = RoomPhotos(id="empty", name="Empty", photo_ids=())
    with pytest.raises(Impossible):
        reconstruct_rooms(listing, empty, OPTIONS, StageRunner(store))


def test_photos_of_a_part_that_only_looks_alike_become_a_room_of_their_own(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twins, other = {"c", "d"}, LeftOut(LeftOutReason.NOTHING_TO_RECOGNISE)
    alike = LeftOut(LeftOutReason.LOOKS_LIKE_ANOTHER_PART)

    def first_part(work: RoomWork) -> tuple[RoomReport, Backend]:
        room = work.room
        hidden = {"e"} if set(room.photo_ids) == twins else {"e", *twins}
        placed = tuple(p for p in room.photo_ids if p not in hidden)
        reasons = {p: alike if p in twins else other for p in room.photo_ids if p in hidden}
        report = RoomReport(
            room_id=room.id,
            name=room.name,
            status="built",
            backend="classical",
            photo_ids=room.photo_ids,
            placed=placed,
            left_out=reasons,
        )
        return report, Classical()

    monkeypatch.setattr(recipe_of_rooms, "reconstruct_room", first_part)
    listing = collect(str(folder), OPTIONS, StageRunner(store))
    hall = RoomPhotos(id="hall", name="Hall", photo_ids=("a", "b", "c", "d", "e"))
    rooms = reconstruct_rooms(listing, hall, OPTIONS, StageRunner(store))
    assert [(room.room_id, room.placed) for room in rooms] == [("hall", ("a", "b")), ("hall-2", ("c", "d"))]
    assert rooms[0].photo_ids == ("a", "b", "e")
    assert rooms[0].left_out == {"e": other}
