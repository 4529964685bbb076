"""Headers that lie: refused by what they say, on every road, before room is made for a pixel."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from dashboard.data import Upload, save, understood
from scrapers.handed import HandedListingSource
from scrapers.listing import Listing
from scrapers.photos import import_photos
from scrapers.sources import resolve
from tests.places import ROOT
from tests.replica.drawn import drawn_html
from tests.replica.listings import invent
from tests.scrapers.liars import jpeg, liars
from tests.scrapers.photo_helpers import jpeg_bytes, scene

#: all liars one after the other, in a process whose address space may grow by this much
MOST_MIB = 64
IMPORT = """
import re, sys
from pathlib import Path
from PIL import Image
import pillow_heif, scrapers.photos

def most_mib():
    return int(re.search(r"VmPeak:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024

files = sorted(Path(sys.argv[1]).iterdir())
scrapers.photos.import_photos(files[:1], Path(sys.argv[2]))
before = most_mib()
photos, problems = scrapers.photos.import_photos(files, Path(sys.argv[2]))
print(len(photos), most_mib() - before)
for problem in problems:
    print(problem.subject, problem.message)
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("liars")
    for name, content in liars().items():
        (folder / name).write_bytes(content)
    return folder


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's memory accounts")
def test_no_room_is_made_for_pixels_that_a_header_claims(files: Path, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", IMPORT, str(files), str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    first, *told = run.stdout.splitlines()
    kept, grown_mib = map(int, first.split())
    assert kept == 0 and grown_mib < MOST_MIB
    assert {line.split()[0] for line in told} == set(liars()), "each is named, with its reason"
    assert all(line.endswith("left out") for line in told)


def test_a_jpeg_that_claims_more_than_its_bytes_can_hold_is_told_apart_from_a_plain_one(tmp_path: Path) -> None:
    (tmp_path / "liar.jpg").write_bytes(jpeg(8000))
    (tmp_path / "grey.jpg").write_bytes(jpeg_bytes(Image.new("L", (2400, 1600), 128), progressive=True))
    kept, (problem,) = import_photos([tmp_path / "liar.jpg", tmp_path / "grey.jpg"], tmp_path / "out")
    assert [photo.original for photo in kept] == ["grey.jpg"]
    assert "bytes cannot hold 8000 x 8000 pixels" in problem.message


def _zipped(path: Path, entries: dict[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in entries.items():
            packed.writestr(name, content)
    return path


def _as_folder(place: Path, photos: dict[str, bytes]) -> Path:
    for name, content in photos.items():
        (place / "flat" / name).parent.mkdir(exist_ok=True)
        (place / "flat" / name).write_bytes(content)
    return place / "flat"


def _as_zip(place: Path, photos: dict[str, bytes]) -> Path:
    return _zipped(place / "flat.zip", dict(photos))


def _as_drop(place: Path, photos: dict[str, bytes]) -> Path:
    kept = save(place / "uploads", [Upload(name, content) for name, content in photos.items()])
    assert not understood(kept, place / "cache").refused
    return Path(kept.origin)


def _as_handed(place: Path, photos: dict[str, bytes]) -> Path:
    named = [{"file": f"photos/{name}", "url": f"https://a0.muscache.com/{name}"} for name in photos]
    entries = {f"photos/{name}": content for name, content in photos.items()}
    head = {"format": "showroom-listing", "version": 1, "made_by": "a test", "holds": "page", "photos": named}
    page = {"url": "https://www.airbnb.com/rooms/5", "state": {}, "answers": []}
    texts = {"manifest.json": json.dumps(head), "page.json": json.dumps(page)}
    path = _zipped(place / "own.zip", {**texts, **entries})
    assert isinstance(resolve(str(path)), HandedListingSource)
    return path


def _as_saved_page(place: Path, photos: dict[str, bytes]) -> Path:
    invented = invent(5, 8, "new", n_photos=len(photos))
    names = dict(zip((photo.image_id for photo in invented.photos), photos, strict=True))
    html = drawn_html(invented, source=lambda one: f"./Barn_files/{names[one.image_id]}", original=False)
    (place / "Barn_files").mkdir()
    for name, content in photos.items():
        (place / "Barn_files" / name).write_bytes(content)
    (place / "Barn.html").write_text(html)
    return place / "Barn.html"


@pytest.mark.parametrize("road", [_as_folder, _as_zip, _as_drop, _as_handed, _as_saved_page])
def test_on_every_road_the_liar_is_left_out_and_the_good_photo_stays(tmp_path: Path, road: object) -> None:
    photos = {"good.jpg": jpeg_bytes(scene()), "liar.jpg": jpeg()}
    place = tmp_path / "given"
    place.mkdir()
    path = road(place, photos)  # type: ignore[operator]
    (tmp_path / "listing").mkdir()
    listing: Listing = resolve(str(path), cache=tmp_path / "cache").collect(tmp_path / "listing")
    assert len(listing.photos) == 1
    (told,) = [problem for problem in listing.problems if "cannot hold 60000 x 60000" in problem.message]
    assert told.message.endswith("left out")
