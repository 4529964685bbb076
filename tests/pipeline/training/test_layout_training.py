"""Training of ST-RoomNet: the recipe, its data, and exact continuation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import models.st_roomnet
from models.st_roomnet import STRoomNet, STRoomNetConfig
from models.st_roomnet.model import reference_room, warp_reference
from pipeline.progress import Progress
from pipeline.training.layout_training import (
    LayoutDataError,
    LayoutTrainingConfig,
    batch_of,
    find_samples,
    learning_rate,
    load_sample,
    mirror,
    split,
    steps_per_epoch,
    train,
    train_step,
)

CONFIG = LayoutTrainingConfig(epochs=2, batch_size=2, checkpoint_steps=1, validation_share=0.2)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five photos coloured by their layouts, which are shifted reference rooms."""
    root = tmp_path / "photos"
    for name in ("images", "layouts"):
        (root / name).mkdir(parents=True)
    for index, shift in enumerate((-0.3, -0.1, 0.0, 0.2, 0.4)):
        theta = torch.tensor([[1.0, 0, shift, 0, 1, 0, 0, 0]])
        layout = warp_reference(theta, reference_room())[0].round().numpy().astype(np.uint8)
        Image.fromarray(layout * (51 if index % 2 else 1)).save(root / "layouts" / f"{index}.png")
        Image.fromarray(np.repeat(layout[..., None] * 50, 3, 2)).resize((120, 90)).save(
            root / "images" / f"{index}.jpg"
        )
    return root


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> STRoomNetConfig:
    """ConvNeXt of a few weights instead of ConvNeXt-Tiny."""
    config = STRoomNetConfig(depths=(1, 1, 1, 1), widths=(4, 4, 6, 8))
    monkeypatch.setattr(models.st_roomnet, "STRoomNet", lambda: STRoomNet(config))
    return config


def test_samples_are_read_at_the_size_of_the_network(folder: Path) -> None:
    for sample in find_samples(folder):
        image, classes = load_sample(sample)
        assert image.shape == (400, 400, 3)
        assert set(np.unique(classes)) <= {1, 2, 3, 4, 5}


def test_a_mirror_swaps_left_and_right_and_twice_is_nothing(folder: Path) -> None:
    image, classes = load_sample(find_samples(folder)[0])
    flipped, swapped = mirror(image, classes)
    assert np.array_equal(flipped[:, 0], image[:, -1])
    assert (swapped == 2).sum() == (classes == 3).sum()
    assert (swapped == 4).sum() == (classes == 4).sum()
    for again, first in zip(mirror(flipped, swapped), (image, classes), strict=True):
        assert np.array_equal(again, first)


def test_batches_depend_on_seed_and_step_alone_and_an_epoch_sees_all(folder: Path) -> None:
    samples = find_samples(folder)
    config = LayoutTrainingConfig(batch_size=2)
    assert steps_per_epoch(5, config) == 3
    sizes = [len(batch_of(samples, step, config)[0]) for step in range(3)]
    assert sizes == [2, 2, 1]
    for step in (0, 4):
        for a, b in zip(batch_of(samples, step, config), batch_of(samples, step, config), strict=True):
            assert torch.equal(a, b)
    assert not torch.equal(batch_of(samples, 0, config)[1], batch_of(samples, 3, config)[1])


def test_the_validation_set_is_fixed_by_names(folder: Path) -> None:
    training, validation = split(find_samples(folder), 0.2)
    assert (len(training), len(validation)) == (4, 1)
    assert split(find_samples(folder)[::-1], 0.2) == (training, validation)


def test_the_learning_rate_is_a_function_of_the_step() -> None:
    assert learning_rate(0, LayoutTrainingConfig()) == learning_rate(9999, LayoutTrainingConfig()) == 1e-3
    warm = LayoutTrainingConfig(warmup_steps=4)
    assert [learning_rate(step, warm) for step in (0, 1, 3, 50)] == pytest.approx([2.5e-4, 5e-4, 1e-3, 1e-3])


def test_steps_lower_the_loss() -> None:
    torch.manual_seed(0)
    model = STRoomNet(STRoomNetConfig(depths=(1, 1, 1, 1), widths=(4, 4, 6, 8)))
    optimizer = torch.optim.AdamW(model.parameters())
    images = torch.rand(2, 3, 400, 400) * 255
    labels = warp_reference(torch.tensor([[1.0, 0, 0.2, 0, 1, 0.1, 0, 0]]), reference_room()).expand(2, -1, -1)
    losses = [train_step(model, optimizer, images, labels, 1e-2) for _ in range(6)]
    assert losses[-1] < 0.8 * losses[0]


def test_a_stopped_run_continues_exactly(folder: Path, small: STRoomNetConfig, tmp_path: Path) -> None:
    whole = train(folder, tmp_path / "whole", CONFIG)

    def stop(fraction: float, message: str) -> None:
        if fraction > 0.7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(folder, tmp_path / "parts", CONFIG, progress=Progress(stop))
    parts = train(folder, tmp_path / "parts", CONFIG)
    assert parts.step == whole.step == 4
    assert parts.pixel_error == whole.pixel_error
    assert parts.weights.read_bytes() == whole.weights.read_bytes()
    lines = [json.loads(line) for line in (tmp_path / "whole" / "metrics.jsonl").read_text().splitlines()]
    assert lines[0]["step"] == 0
    assert lines[0]["loss"] is None
    assert [line["step"] for line in lines] == [0, 1, 2, 3, 4]
    with pytest.raises(LayoutDataError, match="batch_size"):
        train(folder, tmp_path / "whole", LayoutTrainingConfig(batch_size=3, validation_share=0.2))


def test_unusable_data_is_told(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(LayoutDataError, match="at least two"):
        find_samples(tmp_path)
    bad = folder / "layouts" / "0.png"
    Image.fromarray(np.full((10, 10), 9, np.uint8)).save(bad)
    with pytest.raises(LayoutDataError, match="classes are 1 to 5"):
        load_sample(find_samples(folder)[0])
    Image.fromarray(np.zeros((10, 10, 3), np.uint8)).save(bad)
    with pytest.raises(LayoutDataError, match="one channel"):
        load_sample(find_samples(folder)[0])
    bad.write_bytes(b"no picture")
    with pytest.raises(LayoutDataError, match="cannot be read"):
        load_sample(find_samples(folder)[0])
    bad.unlink()
    with pytest.raises(LayoutDataError, match=r"0\.png"):
        find_samples(folder)


@pytest.mark.parametrize("change", [{"epochs": 0}, {"learning_rate": 0.0}, {"validation_share": 1.0}])
def test_settings_are_checked(change: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"needed|at least"):
        LayoutTrainingConfig(**change)  # type: ignore[arg-type]
