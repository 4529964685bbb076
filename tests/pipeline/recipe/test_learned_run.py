"""A whole analysis by the learned models: weights on disk (random, tiny), every learned stage runs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from models.st_roomnet import STRoomNet
from pipeline.options import AnalysisOptions
from pipeline.recipe.analysis import analyse
from pipeline.recipe.stages import StageRunner
from pipeline.report import RoomReport
from pipeline.rooms.layout.room_layouts import RoomLayouts
from pipeline.rooms.learned.model import load_model
from pipeline.rooms.scene.point_maps import PointMaps, Source
from pipeline.rooms.views.generated_room import GeneratedRoom
from pipeline.store import Store
from tests.models.fast3r.tiny import tiny_model, write_folder
from tests.models.tiny_diffusion import save_tiny_pipeline
from tests.pipeline.rooms.box_room import look, picture, points_of
from tests.pipeline.rooms.shown_mesh import shares_of

LEARNED = AnalysisOptions(
    reviews=False, backend="fast3r", layout="st_roomnet", inpainter="diffusion", new_views=1, seed=3
)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "flat" / "living room"
    folder.mkdir(parents=True)
    K = np.array([[220.0, 0, 159.5], [0, 220.0, 119.5], [0, 0, 1]])
    for number, target in enumerate([(3.0, 4.5, 1.2), (1.0, 4.5, 1.3), (3.9, 2.5, 1.3)]):
        pose = look((1.0 + number, 0.6, 1.45), target)
        Image.fromarray(picture(pose, points_of(pose, K, 240, 320))).save(folder / f"{number}.png")
    return folder.parent


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "weights"
    monkeypatch.setenv("SHOWROOM_WEIGHTS", str(folder))
    write_folder(tiny_model(), folder / "fast3r")
    torch.manual_seed(0)
    STRoomNet().save(folder / "st_roomnet.safetensors")
    save_tiny_pipeline(tmp_path / "made").rename(folder / "inpainting")
    load_model.cache_clear()
    # drawn rooms are too bare to be matched; the gate has tests of its own
    monkeypatch.setattr("pipeline.rooms.grouping.joined_by_matches", lambda photos, *_: (photos, {}))
    return folder


def _room(store: Store, photos: Path) -> RoomReport:
    _, report = analyse(str(photos), LEARNED, StageRunner(store))
    return report.value.rooms[0]


def test_every_learned_stage_runs_and_says_so(store: Store, photos: Path, weights: Path) -> None:
    room = _room(store, photos)
    assert room.status == "built", room.reason
    assert room.backend == "fast3r" and "asked for" in (room.backend_why or "")
    folder = store.artefacts.folder
    maps = PointMaps.load(folder(room.maps_key or ""))
    assert maps.backend == "fast3r" and len(maps.views) == 3
    layouts = RoomLayouts.load(folder(room.layouts_key or ""))
    assert layouts.backend == "st_roomnet" and len(layouts.layouts) == 3
    views = GeneratedRoom.load(folder(room.views_key or ""))
    assert [view.backend for view in views.added] == ["diffusion"], views.reason
    generated = views.maps.views[-1]
    assert set(np.unique(generated.source)) <= {Source.NONE, Source.GENERATED}
    assert (folder(room.surface_key or "") / "mesh.glb").stat().st_size > 1000
    assert any("non-commercial" in note for note in room.notes)
    assert room.shares() == pytest.approx(shares_of(folder(room.surface_key or "") / "mesh.glb"), abs=1e-4)
    of_photos = shares_of(folder(room.photo_surface_key or "") / "mesh.glb")
    assert room.shares(photos_only=True) == pytest.approx(of_photos, abs=1e-4)
    assert "generated" in room.shares() and "generated" not in of_photos
    again = _room(store, photos)
    assert again == room


def test_broken_weights_are_replaced_stage_by_stage_and_aloud(
    store: Store, photos: Path, weights: Path
) -> None:
    (weights / "st_roomnet.safetensors").write_bytes(b"no weights")
    next((weights / "inpainting" / "unet").glob("*.safetensors")).write_bytes(b"no weights")
    room = _room(store, photos)
    folder = store.artefacts.folder
    layouts = RoomLayouts.load(folder(room.layouts_key or ""))
    assert layouts.backend == "geometric" and "st_roomnet failed" in layouts.why
    views = GeneratedRoom.load(folder(room.views_key or ""))
    assert [view.backend for view in views.added] == ["planar"]
    assert any("diffusion failed" in note for note in room.notes)
    summary = json.loads((folder(room.views_key or "") / "views.json").read_text())
    assert "diffusion failed" in summary["views"][0]["notes"][0]
