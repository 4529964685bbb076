"""A new backend is one class and one row: all that asks for backends finds it, and a room is made by it."""

from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError
from typer.testing import CliRunner

from pipeline import doctor
from pipeline.commands.cli import app
from pipeline.config import Settings
from pipeline.options import AnalysisOptions
from pipeline.progress import Progress
from pipeline.recipe.analysis import analyse
from pipeline.recipe.stages import HandOver, StageRunner
from pipeline.report import ListingReport
from pipeline.rooms import backends
from pipeline.rooms.backends import Backend
from pipeline.rooms.photos.room_photo import RoomPhoto, load_rgb
from pipeline.rooms.scene.cameras import Cameras
from pipeline.rooms.scene.point_maps import PointMaps, Source, View
from pipeline.store import Store


class Toy(Backend):
    """Takes every photo for a picture on a wall, two metres away."""

    name = "toy"
    title = "Toy"
    about = "Every photo hangs on a wall of its own."
    version = "1"
    is_guess = True
    rooms_made: ClassVar[int] = 0

    def point_maps(self, photos: list[RoomPhoto], cameras: Cameras | None, progress: Progress) -> PointMaps:
        """One view for each photo."""
        Toy.rooms_made += 1
        views = []
        for photo in photos:
            image = load_rgb(photo, 64)
            height, width = image.shape[:2]
            K = np.array([[60.0, 0, width / 2], [0, 60.0, height / 2], [0, 0, 1]])
            xs, ys = np.meshgrid(np.arange(width), np.arange(height))
            points = 2.0 * np.stack([xs, ys, np.ones_like(xs)], axis=-1) @ np.linalg.inv(K).T
            source = np.full((height, width), Source.INFERRED, np.uint8)
            confidence = np.ones((height, width), np.float32)
            views.append(
                View(photo.photo_id, image, np.eye(4), K, points.astype(np.float32), confidence, source)
            )
        return PointMaps(tuple(views), self.name)


class Broken(Toy):
    """Divides by zero in one room, as defects do."""

    name = title = "broken"

    def point_maps(self, photos: list[RoomPhoto], cameras: Cameras | None, progress: Progress) -> PointMaps:
        """Fails for the photo of the attic only."""
        if load_rgb(photos[0], 64).mean() < 100:
            raise ZeroDivisionError("division by zero")
        return super().point_maps(photos, cameras, progress)


@pytest.fixture(autouse=True)
def _rows(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in (Toy, Broken):
        monkeypatch.setitem(backends.BACKENDS, kind.name, kind)


@pytest.fixture
def flat(tmp_path: Path) -> str:
    """A bright kitchen and a dark attic, a photo each."""
    for name, grey in (("kitchen", 200), ("attic", 40)):
        folder = tmp_path / "flat" / name
        folder.mkdir(parents=True)
        noise = np.random.default_rng(grey).integers(0, 40, (12, 16, 3))
        clouds = Image.fromarray((noise + grey).astype(np.uint8)).resize((320, 240), Image.Resampling.BICUBIC)
        clouds.save(folder / "a.png")
    return str(tmp_path / "flat")


def _analysed(flat: str, store: Store, backend: str) -> ListingReport:
    options = AnalysisOptions(reviews=False, backend=backend)
    return analyse(flat, options, StageRunner(store))[1].value


def test_a_room_is_made_by_a_new_backend(flat: str, store: Store) -> None:
    report = _analysed(flat, store, "toy")
    assert [(room.status, room.backend) for room in report.rooms] == 2 * [("built", "toy")]
    for room in report.rooms:
        assert room.backend_why == "toy was asked for"
        assert room.views_key is None, "around a guess nothing more is generated"
        assert (store.artefacts.folder(room.surface_key or "") / "mesh.glb").is_file()
    made = Toy.rooms_made
    assert _analysed(flat, store, "toy") == report
    assert Toy.rooms_made == made, "found by its name and version"


def test_all_that_offer_backends_offer_a_new_one() -> None:
    assert "toy" in backends.names()
    assert AnalysisOptions(backend="toy").backend == "toy"
    (line,) = [check for check in doctor.checks(Settings()) if check.name == "Toy"]
    assert line.ok and line.group == "backends" and line.adds == Toy.about
    refused = CliRunner().invoke(app, ["analyse", "nothing there", "--backend", "magic"])
    assert refused.exit_code == 2
    assert "toy" in refused.output


def test_a_name_that_no_backend_has_is_refused() -> None:
    with pytest.raises(ValidationError, match="unknown room backend 'magic'; choose one of: auto, classical"):
        AnalysisOptions(backend="magic")


def test_a_backend_says_which_queue_its_work_belongs_to(
    flat: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Toy, "queue", "gpu")
    store = Store.open(Settings(data=tmp_path / "two queues", gpu_queue=True))
    with pytest.raises(HandOver, match="gpu"):
        analyse(flat, AnalysisOptions(reviews=False, backend="toy"), StageRunner(store, queue="cpu"))


def test_a_defect_in_one_room_leaves_the_others_standing(
    flat: str, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    rooms = {room.name: room for room in _analysed(flat, store, "broken").rooms}
    assert rooms["kitchen"].status == "built"
    attic = rooms["attic"]
    assert attic.status == "failed"
    assert attic.reason == "An unexpected error ended the work on this room."
    assert "defect of ShowRoom" in (attic.advice or "")
    assert attic.photo_ids and attic.surface_key is None
    (record,) = [record for record in caplog.records if "'attic'" in record.message]
    assert record.exc_info and record.exc_info[0] is ZeroDivisionError


def test_a_defect_in_the_reviews_leaves_the_rooms_standing(
    flat: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("pipeline.recipe.analysis.read_reviews", broken)
    monkeypatch.setattr("pipeline.recipe.analysis.find_rooms", broken)
    _, stored = analyse(flat, AnalysisOptions(backend="toy"), StageRunner(store))
    assert {room.status for room in stored.value.rooms} == {"built"}
    assert stored.value.reviews_key is None
    assert "an unexpected error ended the reading" in (stored.value.reviews_note or "")
    assert any("an unexpected error ended the grouping" in note for note in stored.value.notes)
