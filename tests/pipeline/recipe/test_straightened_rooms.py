"""A bent photo goes through the whole recipe straightened, and the record says so."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

from pipeline.options import AnalysisOptions
from pipeline.recipe.analysis import collect
from pipeline.recipe.room_stages import RoomWork, lenses_of
from pipeline.recipe.rooms import reconstruct_room
from pipeline.recipe.stages import StageRunner
from pipeline.rooms.backends import LAST_RESORT
from pipeline.store import Store
from tests.pipeline.rooms.bent_photos import frames, photo_of

OPTIONS = AnalysisOptions(reviews=False, backend="classical", new_views=0, seed=1)


def _work_on(store: Store, folder: Path, radial: float) -> RoomWork:
    room = folder / "hall"
    room.mkdir(parents=True)
    Image.fromarray(photo_of(frames, radial, 0)).save(room / "a.png")
    listing = collect(str(folder), OPTIONS, StageRunner(store))
    return RoomWork(listing, listing.value.rooms[0], OPTIONS, StageRunner(store))


def test_a_bent_photo_is_straightened_and_the_record_says_so(store: Store, tmp_path: Path) -> None:
    work = _work_on(store, tmp_path / "bent", -0.1)
    report, _ = reconstruct_room(work, (LAST_RESORT(), "one photo"))
    files = store.artefacts.folder(report.surface_key or "")
    assert any(" distortion -0." in note and "straightened before all else" in note for note in report.notes)
    (frame,) = json.loads((files / "cameras.json").read_text(encoding="utf-8"))["frames"]
    assert abs(frame["lens"]["radial"] + 0.1) < 0.02
    with Image.open(files / frame["image"]) as picture:
        shown = np.asarray(picture.convert("L"), dtype=float)
    assert shown.shape == (frame["height"], frame["width"])


def test_a_straight_photo_is_left_alone(store: Store, tmp_path: Path) -> None:
    work = _work_on(store, tmp_path / "straight", 0.0)
    lenses = lenses_of(work)
    (note,) = lenses.notes_of(work.room.photo_ids)
    assert note.startswith("lens of 1 photo") and "left as it is" in note
    (photo,) = lenses.applied(work.photos(work.room.photo_ids))
    assert photo.lens is None
