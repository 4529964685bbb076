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
from pipeline.recipe.room_stages import Measured, RoomWork
from pipeline.recipe.rooms import reconstruct_rooms
from pipeline.recipe.stages import StageRunner, Stored
from pipeline.report import RoomReport
from pipeline.rooms.backends import Backend, Classical, SinglePhoto
from pipeline.rooms.judging import OwnPlace, OwnPlaces
from pipeline.rooms.scene import BetterApart, NotEnoughViews, PointMaps, Source, UnreadablePhoto
from pipeline.rooms.surface import Surface
from pipeline.store import Store
from scrapers.listing import RoomPhotos
from tests.pipeline.rooms.drawn_rooms import draw, drawn_box

NO_MAPS = Stored("", Path(), PointMaps)
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


def test_one_photo_is_a_whole_room_that_says_it_is_inferred_and_is_found_again(
    store: Store, folder: Path
) -> None:
    _, report = analyse(str(folder), OPTIONS, StageRunner(store))
    (room,) = report.value.rooms
    assert room.status == "built"
    assert room.backend == SinglePhoto.name
    assert "One photo has to do" in (room.backend_why or "")
    assert set(room.shares()) == {"inferred", "generated"}  # no photo shows what is behind the camera
    assert room.maps_key is not None
    assert room.surface_key is not None
    maps = PointMaps.load(store.artefacts.folder(room.maps_key))
    assert (maps.views[0].source == Source.INFERRED).all()
    files = {path.name for path in store.artefacts.folder(room.surface_key).iterdir()}
    assert {"mesh.glb", "points.ply", "cameras.json"} <= files
    (again,) = _rooms(store, folder)
    assert again.maps_key == room.maps_key and again.surface_key == room.surface_key


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


SHARES_NOTHING = LeftOut(LeftOutReason.SHARES_NOTHING)
BROKEN = LeftOut(LeftOutReason.UNREADABLE)


class Placing:
    """Stands for the work on one room: places one group of photos at a time; only ``broken`` cannot be read."""

    def __init__(self, *groups: str, broken: str = "", rough: str = "", wreck: str = "") -> None:
        self.groups, self.broken, self.rough, self.wreck = groups, broken, rough, wreck

    def __call__(
        self, work: RoomWork, chosen: tuple[Backend, str] | None = None
    ) -> tuple[RoomReport, Measured]:
        ids = work.room.photo_ids
        if chosen is not None and ids[0] in self.broken:
            raise UnreadablePhoto("It cannot be read.", "Export it again.", {ids[0]: BROKEN})
        groups = self.groups if chosen is None else ids
        placed = next((tuple(p for p in group if p in ids) for group in groups if set(group) & set(ids)), ())
        if chosen is None and len(placed) < 2:
            raise NotEnoughViews("They share too little.", "Add some.", dict.fromkeys(ids, SHARES_NOTHING))
        left_out = {photo_id: SHARES_NOTHING for photo_id in ids if photo_id not in placed}
        if chosen is None and "".join(placed) == self.wreck:
            raise BetterApart("It does not look like them.", "Add some.", left_out)
        report = RoomReport(
            room_id=work.room.id,
            name=work.room.name,
            status="built",
            backend_why=chosen[1] if chosen else None,
            photo_ids=ids,
            placed=placed,
            rough=chosen is None and "".join(placed) == self.rough,
            left_out=left_out,
        )
        return report, Measured((chosen or (Classical(), ""))[0], None, NO_MAPS)


def _parts(store: Store, folder: Path, placing: Placing, monkeypatch: pytest.MonkeyPatch) -> list[RoomReport]:
    monkeypatch.setattr(recipe_of_rooms, "reconstruct_room", placing)
    listing = collect(str(folder), OPTIONS, StageRunner(store))
    hall = RoomPhotos(id="hall", name="Hall", photo_ids=tuple("abcdefg"))
    return reconstruct_rooms(listing, hall, OPTIONS, StageRunner(store))


def test_every_photo_stands_in_some_room(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rooms = _parts(store, folder, Placing("abd", "cf"), monkeypatch)
    assert [(room.room_id, room.name, "".join(room.placed)) for room in rooms] == [
        ("hall", "Hall", "abd"),
        ("hall-2", "Hall, photos 3 and 6", "cf"),
        ("hall-3", "Hall, photo 5", "e"),
        ("hall-4", "Hall, photo 7", "g"),
    ]
    assert all(room.photo_ids == room.placed and not room.left_out for room in rooms)


def test_a_photo_that_cannot_be_read_stays_with_the_first_part(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = _parts(store, folder, Placing("abcd", broken="f"), monkeypatch)
    assert ["".join(room.placed) for room in rooms] == ["abcd", "e", "g"]
    assert "".join(rooms[0].photo_ids) == "abcdf"
    assert rooms[0].left_out == {"f": BROKEN}


@pytest.mark.parametrize(
    ("gradients", "measured", "worth"), [(0.1, 0.4, "wreck"), (0.5, 0.08, "rough"), (0.5, 0.3, "well")]
)
def test_what_several_photos_are_worth_is_told_from_their_own_places(
    gradients: float,
    measured: float,
    worth: str,
    store: Store,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    places = OwnPlaces((OwnPlace("a", gradients, measured), OwnPlace("b", 0.6, measured)))
    monkeypatch.setattr(recipe_of_rooms, "seen_from_own_places", lambda *given: places)
    work = RoomWork(
        collect(str(folder), OPTIONS, StageRunner(store)),
        RoomPhotos(id="hall", name="Hall", photo_ids=("a", "b")),
        OPTIONS,
        StageRunner(store),
    )
    surface = Stored("", Path(), Surface)
    assert recipe_of_rooms._worth(work, Measured(Classical(), None, NO_MAPS), surface) == worth
    assert recipe_of_rooms._worth(work, Measured(SinglePhoto(), None, NO_MAPS), surface) == "well"


def test_photos_of_a_rough_room_are_shown_one_by_one_before_it(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipe_of_rooms, "_surest_first", lambda alone: alone)
    rooms = _parts(store, folder, Placing("abcde", rough="abcde", broken="fg"), monkeypatch)
    assert [(room.name, "".join(room.placed)) for room in rooms] == [
        ("Hall", "a"),
        ("Hall, photo 2", "b"),
        ("Hall, photo 3", "c"),
        ("Hall, photo 4", "d"),
        ("Hall, photo 5", "e"),
        ("Hall, photos 1, 2, 3, 4 and 5 together, roughly", "abcde"),
    ]


def test_photos_beside_a_wreck_may_still_be_a_room_and_each_says_why_it_stands_alone(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = _parts(store, folder, Placing("abc", "de", wreck="abc"), monkeypatch)
    assert ["".join(room.placed) for room in rooms] == ["de", "a", "b", "c", "f", "g"]
    whys = {"".join(room.placed): room.backend_why or "" for room in rooms[1:]}
    assert all("looks less like them" in whys[photo] for photo in "abc")
    assert all("share too little" in whys[photo] for photo in "fg")
