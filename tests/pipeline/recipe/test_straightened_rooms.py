"""A bent photo goes through the whole recipe straightened, and the record says so."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

from pipeline.options import AnalysisOptions
from pipeline.recipe.analysis import collect
from pipeline.recipe.room_stages import RoomWork
from pipeline.recipe.rooms import reconstruct_room
from pipeline.recipe.stages import StageRunner
from pipeline.report import RoomReport
from pipeline.rooms.backends import LAST_RESORT
from pipeline.store import Store
from tests.pipeline.rooms.bent_photos import frames, photo_of

OPTIONS = AnalysisOptions(reviews=False, backend="classical", new_views=0, seed=1)


def _room_of(store: Store, folder: Path, radial: float) -> tuple[RoomReport, Path]:
    room = folder / "hall"
    room.mkdir(parents=True)
    Image.fromarray(photo_of(frames, radial, 0)).save(room / "a.png")
    listing = collect(str(folder), OPTIONS, StageRunner(store))
    work = RoomWork(listing, listing.value.rooms[0], OPTIONS, StageRunner(store))
    report, _ = reconstruct_room(work, (LAST_RESORT(), "one photo"))
    assert report.surface_key is not None
    return report, store.artefacts.folder(report.surface_key)


def test_a_bent_photo_is_straightened_and_the_record_says_so(store: Store, tmp_path: Path) -> None:
    report, files = _room_of(store, tmp_path / "bent", -0.1)
    assert any(" distortion -0." in note and "straightened before all else" in note for note in report.notes)
    (frame,) = json.loads((files / "cameras.json").read_text(encoding="utf-8"))["frames"]
    assert abs(frame["lens"]["radial"] + 0.1) < 0.02
    with Image.open(files / frame["image"]) as picture:
        shown = np.asarray(picture.convert("L"), dtype=float)
    assert shown.shape == (frame["height"], frame["width"])


def test_a_straight_photo_is_left_alone(store: Store, tmp_path: Path) -> None:
    report, files = _room_of(store, tmp_path / "straight", 0.0)
    assert any(note.startswith("lens of 1 photo") and "left as it is" in note for note in report.notes)
    (frame,) = json.loads((files / "cameras.json").read_text(encoding="utf-8"))["frames"]
    assert "lens" not in frame
