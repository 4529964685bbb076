"""Studies answer what was asked, on data so small that the answer is known."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from pipeline.distill.data.scenes import Truth
from pipeline.distill.studies import controls as controls_module
from pipeline.distill.studies.controls import Plan, controls
from pipeline.distill.studies.overlap import STRATEGIES, co_visibility, overlap_study, stride_of
from pipeline.distill.studies.reports import table
from pipeline.distill.studies.reviews import review_study
from pipeline.distill.studies.surface import f_score, surface_study
from tests.pipeline.distill.training.fakes import Walls, experiment

SMALL = experiment().student.model_dump(include={"encoder", "decoder", "head"})


def _told(folder: Path, name: str) -> dict[str, object]:
    told = json.loads((folder / f"{name}.json").read_text())
    assert isinstance(told, dict)
    return told


def test_strides_are_parts_of_the_number_of_photos() -> None:
    assert [stride_of(name, 200) for name in STRATEGIES] == [1, 40, 20, 10, 6, 5]
    assert stride_of("gap40", 12) == 1
    with pytest.raises(ValueError, match="known are sequential"):
        stride_of("gap7", 10)


def test_who_looks_the_same_way_sees_the_same_and_who_looks_away_nothing() -> None:
    truth = Walls(1).scene(0).truth
    assert truth is not None
    rays = truth.local[0] / truth.local[0][..., 2:]
    flat = Truth(**vars(truth) | {"points": truth.points.clone()})
    flat.world_from_camera[:] = torch.eye(4)
    flat.world_from_camera[2, :3, :3] = torch.diag(torch.tensor([-1.0, 1.0, -1.0]))  # turned round
    for view in range(3):
        flat.points[view] = 2 * rays @ flat.world_from_camera[view, :3, :3].T
    seen = co_visibility(flat)
    assert seen.shape == (3, 2)
    assert float(seen[0, 0]) > 0.95
    assert float(seen[0, 1]) == float(seen[2].max()) == 0


def test_the_overlap_study_compares_all_strategies(tmp_path: Path) -> None:
    overlap_study(tmp_path, made=1, photos=10, sets=2)
    rows = _told(tmp_path, "overlap")["rows"]
    assert isinstance(rows, list)
    assert [row["strategy"] for row in rows] == list(STRATEGIES)
    for row in rows:
        if row["sets"]:
            assert row["diversity"] == pytest.approx(1 - row["avg_similarity"])
            assert 0 <= row["co_visible"] <= 1
    with pytest.raises(ValueError, match="ScanNet"):
        overlap_study(tmp_path)


def test_the_surface_study_measures_what_the_original_did_not(tmp_path: Path) -> None:
    surface_study(tmp_path, points=(2000,), depths=(4, 6))
    rows = _told(tmp_path, "surface")["rows"]
    assert isinstance(rows, list)
    by = {(row["points"], row["depth"]): row for row in rows}
    assert by[2000, 6]["vertices"] > by[2000, 4]["vertices"]
    assert by[2000, 6]["growth"] == pytest.approx(by[2000, 6]["vertices"] / by[2000, 4]["vertices"])
    assert by[2000, 6]["f_score"] > by[2000, 4]["f_score"]
    assert (tmp_path / "surface.png").stat().st_size > 1000


def test_the_f_score_of_equal_and_of_far_clouds() -> None:
    cloud = np.random.default_rng(0).uniform(0, 1, (3000, 3))
    assert f_score(cloud, cloud) == 1
    assert f_score(cloud + 10, cloud) == 0
    assert 0.5 < f_score(cloud[:600], cloud) < 1


def test_reviews_are_counted_and_nobody_is_named(tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv.gz"
    lines = ["listing_id,comments,rating,reviewer_name,country"]
    lines += [f"{k % 2},The kitchen was clean and the host was kind,5,Anastasia,Portugal" for k in range(3)]
    lines.append("7,Die Wohnung war sehr sauber und das Bett war bequem,4,Bartholomew,Portugal")
    lines.append("7,,3,Nobody,Spain")
    file.write_bytes(gzip.compress("\n".join(lines).encode()))
    page = review_study(tmp_path / "out", [file]).read_text()
    rows = _told(tmp_path / "out", "reviews")["rows"]
    assert isinstance(rows, list)
    found = {(row["what"], row["kind"]): row["count"] for row in rows}
    assert found["reviews", "with a text"] == 4
    assert found["reviews", "without a text"] == 1
    assert (found["stars", "5"], found["stars", "4"]) == (3, 1)
    assert (found["languages", "en"], found["languages", "de"]) == (3, 1)
    assert found["countries", "Portugal"] == 4
    assert found["copies", "of another review"] == 2
    assert not {"Anastasia", "Bartholomew"} & set(page.split())


def _walls(count: int, seed: int, **_: int) -> Walls:
    return Walls(count, seed % 1000)


def test_the_controls_are_run_and_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan(4, 1, 4, 1, held_out=1, seeds=1, eye=False)
    monkeypatch.setattr(controls_module, "MadeScenes", _walls)
    monkeypatch.setattr(controls_module, "_SIZES", {f"student.{part}": SMALL[part] for part in SMALL})
    monkeypatch.setattr(controls_module, "_SMALL_HEAD", {"layer_dims": [2, 4, 4, 4]})
    page = controls(tmp_path, plan)
    rows = _told(tmp_path, "controls")["rows"]
    assert isinstance(rows, list)
    by = {row["what"]: row for row in rows}
    assert {"constant depth", "the true empty room", "teacher", *controls_module.STUDENTS} == set(by)
    assert by["fresh, truth"]["runs"] == 1
    assert by["fresh, truth"]["parameters"] < by["teacher"]["parameters"]
    written = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("model.safetensors")}
    before = {row["what"]: row["abs_rel"] for row in rows}
    assert controls(tmp_path, plan) == page
    again = _told(tmp_path, "controls")["rows"]
    assert isinstance(again, list)
    assert {row["what"]: row["abs_rel"] for row in again} == before
    assert len(written) == 1 + len(controls_module.STUDENTS)


def test_tables() -> None:
    shown = table([{"a": 0.12345, "b": "x|y"}, {"a": 2}])
    assert shown.splitlines() == ["| a | b |", "| --- | --- |", "| 0.123 | x/y |", "| 2 |  |"]
