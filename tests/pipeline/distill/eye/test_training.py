"""Training the eye: data are a function of seed and step, resumed runs are the same runs, it learns."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from models.eye import Eye, EyeConfig
from pipeline.distill.eye import training
from pipeline.distill.eye.devices import Alone, Launched
from pipeline.distill.eye.samples import Drawn, arrays_of, batch_from, draw_bundle, lens_of, rays_of, size_of
from pipeline.distill.eye.training import (
    EyeTraining,
    EyeTrainingError,
    draw_block,
    learning_rate,
    save_weights,
    train,
)
from pipeline.distill.rooms import random_room

SMALL = EyeConfig((8, 8, 16, 16, 16), (1, 1, 1, 1, 1), (16, 16, 8, 8), 8, 4, 16)
RECIPE = EyeTraining(
    steps=6, batch_size=2, pixels=40 * 32, block=2, report_steps=2, check_steps=3, held_out=1, warmup_steps=2,
    precision="float32", eye=SMALL,
)  # fmt: skip


@pytest.fixture(autouse=True)
def _drawn_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks are drawn in a thread: a process of its own takes seconds to start."""
    from concurrent.futures import ThreadPoolExecutor

    monkeypatch.setattr(training, "ProcessPoolExecutor", lambda count, **_: ThreadPoolExecutor(count))


@pytest.fixture(scope="module")
def bundle() -> list[Drawn]:
    """Two views of each of four rooms."""
    return draw_bundle(3, 8, 48 * 36, seed=5, per_room=2)


def test_a_blocks_batches_depend_on_seed_and_number_alone() -> None:
    one, two = draw_block(1, RECIPE), draw_block(1, RECIPE)
    assert all(np.array_equal(a[name], b[name]) for a, b in zip(one, two, strict=True) for name in a)
    assert not np.array_equal(one[0]["log_depth"], draw_block(2, RECIPE)[0]["log_depth"])


def test_every_view_of_a_block_is_used_once_per_pass_in_another_look() -> None:
    uses = draw_block(0, replace(RECIPE, passes=2, block=3))
    shapes = [use["rgb"].shape for use in uses]
    assert sorted(shapes[:3]) == sorted(shapes[3:])
    assert not any(np.array_equal(a["rgb"], b["rgb"]) for a in uses[:3] for b in uses[3:])


def test_mirrored_views_are_views_of_the_mirrored_room(bundle: list[Drawn]) -> None:
    """Whatever way it turns, floor pixels lie at one camera height below: rays, depth and gravity agree."""
    for seed in range(6):
        batch = batch_from(arrays_of(bundle, seed))
        rays = torch.cat([batch.rays, torch.ones_like(batch.rays[:, :1])], dim=1)
        below = (rays * batch.down[:, :, None, None]).sum(dim=1) * batch.log_depth.exp()
        told = batch.measured[:, 1] > 0.5
        assert float((batch.measured[:, 0] - batch.log_depth)[told].abs().nanmedian().nan_to_num()) < 0.1
        floor = batch.sides == 0
        assert floor.any()
        assert torch.allclose(below[floor], torch.ones(()), atol=0.06)  # rugs and trays
        up = -(batch.normal * batch.down[:, :, None, None]).sum(dim=1)
        assert float(up[floor].median()) > 0.99


def test_the_drawing_process_ends_with_the_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """A training that is killed leaves no process that waits for work for ever."""
    steps: list[str] = []
    parent = SimpleNamespace(join=lambda: steps.append("waited"))
    monkeypatch.setattr(training, "parent_process", lambda: parent)
    monkeypatch.setattr("os._exit", lambda code: steps.append("ended"))
    training._end_with_parent()
    assert steps == ["waited", "ended"]


def test_the_lens_of_a_view_gives_its_rays_and_its_gravity() -> None:
    camera = next(random_room(2).cameras(80, 60))
    log_focal, offset, slope = lens_of(camera)
    assert np.exp(log_focal) * 100 == pytest.approx(camera.focal_px, rel=1e-5)
    row, _ = camera.horizon
    u = (80 - 1) / 2
    on_horizon = np.array([u, row + slope * (u - camera.K[0, 2]), 1.0])
    assert np.linalg.inv(camera.K) @ on_horizon @ camera.down == pytest.approx(0, abs=1e-5)
    assert offset * 100 + (60 - 1) / 2 == pytest.approx(on_horizon[1], abs=1e-3)
    assert np.allclose(
        rays_of(camera)[10, 20],
        [(20 - camera.K[0, 2]) / camera.K[0, 0], (10 - camera.K[1, 2]) / camera.K[1, 1]],
    )


def test_shapes_are_those_of_listings() -> None:
    sizes = [size_of(k, 128 * 96, 0) for k in range(60)]
    assert {width > height for width, height in sizes} == {True, False}
    assert all(7000 < width * height < 18000 for width, height in sizes)


def test_a_stopped_training_goes_on_exactly(tmp_path: Path) -> None:
    whole = train(RECIPE, tmp_path / "whole")
    train(RECIPE, tmp_path / "parts", stop_at=3)
    parts = train(RECIPE, tmp_path / "parts")
    assert whole.read_bytes() == parts.read_bytes()


def test_one_process_of_accelerate_gives_the_same_bits(tmp_path: Path) -> None:
    pytest.importorskip("accelerate")
    few = replace(RECIPE, steps=2)
    plain = train(few, tmp_path / "plain")
    assert train(few, tmp_path / "launched", devices=Launched(cpu=True)).read_bytes() == plain.read_bytes()


def test_without_accelerate_the_advice_is_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "accelerate", None)
    with pytest.raises(ImportError, match="pip install accelerate"):
        Launched(cpu=True)


def test_processes_that_learn_together_get_batches_of_their_own() -> None:
    """Two processes see in one step what one process sees in two blocks."""
    together = [draw_block(0, RECIPE, (rank, 2)) for rank in (0, 1)]
    alone = [draw_block(block, RECIPE) for block in (0, 1)]
    for shared, own in zip(together, alone, strict=True):
        assert all(np.array_equal(a["rgb"], b["rgb"]) for a, b in zip(shared, own, strict=True))


def test_only_the_first_process_writes(tmp_path: Path) -> None:
    second = Alone("cpu")
    second.share = (1, 2)
    train(replace(RECIPE, steps=1), tmp_path, devices=second)
    assert not list(tmp_path.iterdir())


def test_the_curve_and_the_settings_are_kept(tmp_path: Path) -> None:
    train(RECIPE, tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert lines[0]["step"] == 0
    assert "held_out" in lines[0]  # measured before the first step
    assert [line["step"] for line in lines if "loss" in line] == [2, 4, 6]
    assert json.loads((tmp_path / "settings.json").read_text())["steps"] == 6


def test_another_recipe_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    train(RECIPE, tmp_path, stop_at=1)
    with pytest.raises(EyeTrainingError, match="another recipe"):
        train(replace(RECIPE, learning_rate=1e-4), tmp_path)


def test_it_learns(tmp_path: Path) -> None:
    recipe = replace(RECIPE, steps=60, block=2, passes=30, learning_rate=4e-3, report_steps=10, check_steps=60)
    train(recipe, tmp_path)
    losses = [
        json.loads(line)["loss"]
        for line in (tmp_path / "metrics.jsonl").read_text().splitlines()
        if "loss" in line
    ]
    assert losses[-1] < 0.8 * losses[0]


def test_the_rate_rises_stays_and_falls_to_nothing() -> None:
    recipe = EyeTraining(steps=1000, warmup_steps=100, fall=0.3, learning_rate=1.0)
    assert learning_rate(0, recipe) == pytest.approx(0.01)
    assert learning_rate(500, recipe) == 1.0
    assert learning_rate(999, recipe) == pytest.approx(1 / 300)


@pytest.mark.parametrize(
    "change", [{"steps": 0}, {"precision": "float8"}, {"pixels": 100}, {"learning_rate": 0.0}, {"average": 1.0}]
)
def test_impossible_recipes_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"must be|needs|needed|known"):
        EyeTraining(**change)  # type: ignore[arg-type]


def test_stored_in_half_precision_it_says_the_same(tmp_path: Path) -> None:
    torch.manual_seed(0)
    eye, photo = Eye(SMALL).eval(), torch.rand(1, 3, 48, 64)
    save_weights(eye, tmp_path / "eye.safetensors")
    again = Eye.from_pretrained(tmp_path / "eye.safetensors", SMALL)
    with torch.no_grad():
        assert torch.allclose(eye(photo).log_depth, again(photo).log_depth, atol=0.02)
