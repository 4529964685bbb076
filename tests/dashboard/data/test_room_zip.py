"""A room as one ZIP: everything that was made, each file named in its README, nothing internal."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from dashboard.data import zipped_room
from pipeline.report import RoomReport
from tests.dashboard.invented import StoreMaker


def test_everything_lies_inside_and_is_told(maker: StoreMaker) -> None:
    listing, key = maker.listing(reviews=0)
    maker.completed_report(listing, key)
    report = maker.store.report("river-flat")
    assert report is not None and report.rooms[0].surface_key is not None
    surface = maker.store.artefacts.folder(report.rooms[0].surface_key)
    (surface / "transforms.json").write_text('{"frames": []}')
    (surface / "surface.npz").write_bytes(b"internal")
    with zipfile.ZipFile(io.BytesIO(zipped_room(maker.store, report.rooms[0]))) as archive:
        names, told = set(archive.namelist()), archive.read("README.txt").decode()
        nerfstudio = json.loads(archive.read("transforms.json"))
    assert {"mesh.glb", "points.ply", "new_views/plan.svg", "photos_only/mesh.glb"} <= names
    assert "layouts/layouts.json" in names and not any(name.endswith(".npz") for name in names)
    assert nerfstudio == {"frames": [], "ply_file_path": "points.ply"}
    assert "photos_only: the surface of the photos alone" in told and "25 % generated" in told


def test_a_room_that_was_not_built_has_none(maker: StoreMaker) -> None:
    with pytest.raises(ValueError, match="not built"):
        zipped_room(maker.store, RoomReport(room_id="x", name="X", status="failed"))
