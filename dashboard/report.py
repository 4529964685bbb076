"""``python -m dashboard.report ID``: a listing's report as one HTML file that opens anywhere, and prints."""

from __future__ import annotations

import argparse
from pathlib import Path

from dashboard.components.room_viewer import BUNDLE
from dashboard.data import (
    ListingView,
    how_big,
    listing_view,
    open_store,
    services,
    thumbnail,
    what_it_costs,
    where,
)
from dashboard.markup import report_markup
from dashboard.words import LANGUAGES, speaking, t, told
from pipeline.report import RoomReport
from pipeline.reviews.report import ReviewReport
from pipeline.sizing import listing_card, listing_sizes, room_card
from pipeline.store import Store

STATIC = Path(__file__).parent / "static"
#: what most mail servers take is 10 MB after a third is added by the encoding of mails
LARGEST_BYTES = 7_000_000
PHOTO_WIDTH_PX = 640
PHOTOS_OF_A_ROOM = 4
VIEWER_HEIGHT_PX = 440


def html_report(store: Store, view: ListingView, reviews: ReviewReport | None) -> str:
    """The report; rooms in 3D are inside as far as it stays small enough to be mailed."""
    sizes = listing_sizes(store, view.report)
    measured = listing_card(view.listing, view.rooms, sizes).short
    left = LARGEST_BYTES - (len(reviews.model_dump_json()) if reviews else 0)
    rooms = []
    for room in view.rooms or ():
        said = [told(room_card(sizes.rooms.get(room.room_id), sizes.why_not(room.room_id)).short)]
        made, used = _room(store, view, room, left, said)
        rooms.append(made)
        left -= used
    has_viewer = any(room.viewer for room in rooms)
    listing = view.listing
    small_print = [listing.attribution or ""]
    if listing.synthetic:
        small_print.insert(0, t("Photos and reviews are invented."))
    return report_markup.document(
        listing.title,
        listing.neighbourhood or "",
        [how_big(view, measured), what_it_costs(listing), where(listing)],
        rooms,
        reviews if reviews is not None and reviews.status == "ok" else None,
        style=_own("style.css") + _own("report.css"),
        starter=_own("report.js"),
        viewer_code=BUNDLE.read_text(encoding="utf-8") if has_viewer else "",
        small_print=[line for line in small_print if line],
    )


def _own(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


def _room(
    store: Store, view: ListingView, room: RoomReport, left: int, said: list[str]
) -> tuple[report_markup.ReportRoom, int]:
    """A room and how many bytes it takes."""
    photos = [_photo(store, view, name) for name in (room.placed or room.photo_ids)[:PHOTOS_OF_A_ROOM]]
    used = sum(map(len, photos))
    viewer, reason = None, told(room.reason or "")
    if room.status == "built" and room.surface_key and BUNDLE.is_file():
        viewer = _viewer(store, view, room, left - used)
        reason = "" if viewer else t("its 3D file is too large to be mailed; take it from the page of the room")
        used += len(str(viewer)) if viewer else 0
    words = [part for part in (*said, reason) if part]
    return report_markup.ReportRoom(room.name, tuple(words), tuple(photos), viewer), used


def _photo(store: Store, view: ListingView, photo_id: str) -> str:
    file = thumbnail(store, view.key, view.listing.photo(photo_id).file, PHOTO_WIDTH_PX)
    return report_markup.data_address(file.read_bytes(), "image/jpeg")


def _viewer(store: Store, view: ListingView, room: RoomReport, left: int) -> dict[str, object] | None:
    """What the viewer needs, with the files inside; ``None`` where they are too large or gone."""
    key = str(room.surface_key)
    try:
        mesh = store.file(key, "mesh.glb").read_bytes()
        cameras = store.file(key, "cameras.json").read_bytes()
    except KeyError:
        return None
    if 4 * (len(mesh) + len(cameras)) // 3 > left:
        return None
    data = services.viewer_data(view, room, height_px=VIEWER_HEIGHT_PX, compact=True)
    return data | {
        "mesh_url": report_markup.data_address(mesh, "model/gltf-binary"),
        "points_url": None,
        "cameras_url": report_markup.data_address(cameras, "application/json"),
        "photos": [],
    }


def main(arguments: list[str] | None = None) -> None:
    """Write the report of one listing."""
    parser = argparse.ArgumentParser(prog="python -m dashboard.report", description=__doc__)
    parser.add_argument("listing", metavar="ID", help="as `python -m pipeline list` prints it")
    parser.add_argument("--to", type=Path, help="file to write (default: ID.html)")
    parser.add_argument("--language", choices=list(LANGUAGES), default="en", help="of the report")
    chosen = parser.parse_args(arguments)
    store = open_store()
    try:
        view = listing_view(store, store.catalogue.listing(chosen.listing))
    except KeyError as error:
        parser.exit(1, f"{error.args[0]}\n")
    target = chosen.to or Path(f"{chosen.listing}.html")
    key = view.report.reviews_key if view.report is not None else None
    reviews = ReviewReport.load(store.artefacts.folder(key)) if key is not None else None
    with speaking(chosen.language):
        target.write_text(html_report(store, view, reviews), encoding="utf-8")
    print(target)  # noqa: T201


if __name__ == "__main__":
    main()
