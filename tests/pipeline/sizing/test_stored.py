"""Sizes of a stored listing: what the analysis measured, read back, and why numbers are missing."""

from pathlib import Path

from pipeline.api import shown_listing
from pipeline.config import Settings
from pipeline.report import ListingReport, RoomReport
from pipeline.sizing import listing_sizes
from pipeline.store import Store
from tests.dashboard.invented import StoreMaker
from tests.pipeline.rooms.sizes.measured_box import box


def stored(tmp_path: Path) -> tuple[Store, ListingReport]:
    """A listing with a measured room, a rough one, one of an older version, and one that waits."""
    maker = StoreMaker(Store.open(Settings(data=tmp_path / "data")))
    listing, key = maker.listing()
    folder = tmp_path / "measure"
    folder.mkdir()
    photo_id = listing.photos[0].id
    first = box().photos[0]
    measure = box(photos=(type(first)(**{**vars(first), "photo_id": photo_id}),))
    measure.save(folder)
    size_key = maker.put("measure", folder, "size")
    room = RoomReport(
        room_id="a", name="A", status="built", size_key=size_key, placed=(photo_id,), photo_ids=(photo_id,)
    )
    rooms = (
        room,
        room.model_copy(update={"room_id": "b", "rough": True}),
        room.model_copy(update={"room_id": "c", "size_key": None}),
        RoomReport(room_id="d", name="D", status="waiting"),
    )
    report = ListingReport(listing_id=listing.id, listing_key=key, options={}, seed=0, rooms=rooms)
    maker.put_report(report)
    return maker.store, report


def test_a_room_has_its_size_and_others_say_why_not(tmp_path: Path) -> None:
    store, report = stored(tmp_path)
    needed = report.keys()
    assert report.rooms[0].size_key in needed, "cleaning keeps it"
    sizes = listing_sizes(store, report)
    assert set(sizes.rooms) == {"a"}
    assert sizes.rooms["a"].length_m is not None
    assert "roughly" in sizes.why_not("b")[0]
    assert "again" in sizes.why_not("c")[0]
    assert sizes.why_not("d") == ()
    assert listing_sizes(store, None).rooms == {}


def test_show_json_prints_sizes_and_focal_lengths(tmp_path: Path) -> None:
    store, report = stored(tmp_path)
    shown = shown_listing(store, report.listing_id)
    room = shown.rooms[0]
    assert room.size is not None
    assert room.size.length_m is not None
    assert room.size.length_m.low < room.size.length_m.value < room.size.length_m.high
    assert room.size.evidence == ["ceiling height", "camera height"]
    assert [other.size for other in shown.rooms[1:]] == [None, None, None]
    assert shown.rooms[1].size_note
    first, *others = shown.photos
    assert first.room == "a"
    assert first.focal_35mm is not None
    assert all(photo.focal_35mm is None and photo.room is None for photo in others)
