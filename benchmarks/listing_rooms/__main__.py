"""Rooms of real listings, without truth: ``python -m benchmarks.listing_rooms --data FOLDER...``.

Each folder is a listing as users give it: its sub-folders are rooms. It is analysed through a store, as users
do, and judged by what comes out:

``shown`` photos that stand in some room in 3D, ``together`` the most in one room, ``pieces`` rooms that the
sub-folder became; ``covered``, ``psnr`` (dB), ``ssim`` and ``grad`` (correlation of grey differences) of photos
foretold by the room meshed without them (``_room``) and, over the same pixels, by the best box of one other
photo (``_single``); ``torn`` and ``holes`` half a metre right, left and forward of each photo; ``measured``
share of the photos' pixels; seconds of the listing's analysis, and peak memory so far.
"""

import argparse
import resource
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from rich.console import Console

from benchmarks.listing_rooms.figures import BuiltRoom, foretold_pairs, row_of
from benchmarks.listing_rooms.sheets import write_sheet
from benchmarks.records.recorder import Recorder, add_options
from benchmarks.records.run import Row
from pipeline.config import Settings
from pipeline.jobs import run_in_foreground
from pipeline.options import AnalysisOptions
from pipeline.report import ListingReport, RoomReport
from pipeline.rooms.photos import RoomPhoto
from pipeline.store import Store
from scrapers.listing import Listing

_KIB_PER_GIB = 2**20


def measure(folder: Path, data: Path, sheets: Path | None) -> list[Row]:
    """Analyse one listing folder in a store of its own and judge every sub-folder."""
    store = Store.open(Settings(data=data))
    began = time.monotonic()
    job = run_in_foreground(store, str(folder), AnalysisOptions(reviews=False), Console(quiet=True))
    seconds = time.monotonic() - began
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    if job.listing_id is None:
        raise SystemExit(f"{folder.name}: {job.message}")
    entry = store.catalogue.listing(job.listing_id)
    if entry.report_key is None:
        raise SystemExit(f"{folder.name}: {job.message}")
    report = ListingReport.load(store.artefacts.folder(entry.report_key))
    listing_folder = store.artefacts.folder(report.listing_key)
    listing = Listing.load(listing_folder)
    rows: list[Row] = []
    for name, reports in _by_sub_folder(listing, report).items():
        rooms = [BuiltRoom.read(store, room) for room in reports if room.status == "built"]
        pairs = [pair for room in rooms for pair in foretold_pairs(room, _photos(listing, listing_folder))]
        photos = len(next(room.photo_ids for room in listing.rooms if room.name == name))
        cost = {"seconds": seconds, "gib": peak / _KIB_PER_GIB}
        rows.append({**row_of(f"{folder.name}/{name}", rooms, pairs, photos), **cost})
        if sheets is not None:
            for number, room in enumerate(rooms):
                write_sheet(room, sheets / f"{folder.name}_{name}_{number}.png")
    store.catalogue.close()
    return rows


def _by_sub_folder(listing: Listing, report: ListingReport) -> dict[str, list[RoomReport]]:
    """Rooms of the report by the room of the listing whose photos they show."""
    of_photo = {photo_id: room.name for room in listing.rooms for photo_id in room.photo_ids}
    found: dict[str, list[RoomReport]] = defaultdict(list)
    for room in report.rooms:
        if room.photo_ids:
            found[of_photo[room.photo_ids[0]]].append(room)
    return found


def _photos(listing: Listing, folder: Path) -> dict[str, RoomPhoto]:
    return {
        photo.id: RoomPhoto(
            photo.id, folder / photo.file, photo.width_px, photo.height_px, photo.focal_px, photo.camera
        )
        for photo in listing.photos
    }


def main() -> None:
    """Print one row per room."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.listing_rooms", description=__doc__)
    parser.add_argument(
        "--data", nargs="+", type=Path, required=True, help="listing folders with a sub-folder per room"
    )
    parser.add_argument("--sheets", type=Path, help="write contact sheets of all rooms into this folder")
    add_options(parser)
    options = parser.parse_args()
    recorder = Recorder.of("listing_rooms", ("room",), options)
    if options.sheets:
        options.sheets.mkdir(parents=True, exist_ok=True)
    for folder in options.data:
        with tempfile.TemporaryDirectory() as data:
            for row in measure(folder, Path(data), options.sheets):
                recorder.add(row)
                print(
                    "  ".join(
                        f"{key} {value:.3g}" if isinstance(value, float) else f"{key} {value}"
                        for key, value in row.items()
                    ),
                    flush=True,
                )


if __name__ == "__main__":
    main()
