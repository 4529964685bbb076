"""Diffusers pipelines through the real loading code, on a tiny random one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.checkpoints import WeightsError
from models.inpainting import DeviceOutOfMemory, DiffusionSettings, InpaintingPipeline
from tests.models.tiny_diffusion import save_tiny_pipeline

FEW = DiffusionSettings(steps=2)
Picture = tuple[np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_pipeline(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def pipeline(folder: Path) -> InpaintingPipeline:
    return InpaintingPipeline.from_pretrained(folder, "cpu")


@pytest.fixture
def picture() -> Picture:
    image = np.random.default_rng(1).integers(0, 255, (64, 96, 3)).astype(np.uint8)
    mask = np.zeros((64, 96), bool)
    mask[16:40, 30:70] = True
    return image, mask


class TestPaint:
    def test_same_seed_same_picture_and_another_seed_another(
        self, pipeline: InpaintingPipeline, picture: Picture
    ) -> None:
        first, again, other = (pipeline.paint(*picture, FEW, seed) for seed in (3, 3, 4))
        assert first.shape == picture[0].shape
        assert (first == again).all()
        assert (first != other).any()

    def test_reports_every_step_and_stops_when_told(
        self, pipeline: InpaintingPipeline, picture: Picture
    ) -> None:
        seen: list[float] = []
        pipeline.paint(*picture, FEW, 0, seen.append)
        assert seen == [0.5, 1.0]

        class Stop(Exception):
            pass

        def stop(fraction: float) -> None:
            raise Stop

        with pytest.raises(Stop):
            pipeline.paint(*picture, FEW, 0, stop)

    def test_knows_the_size_it_was_trained_for(self, pipeline: InpaintingPipeline) -> None:
        assert (pipeline.native_px, pipeline.multiple_px) == (64, 8)

    def test_sides_must_be_multiples(self, pipeline: InpaintingPipeline, picture: Picture) -> None:
        with pytest.raises(ValueError, match="multiples of 8"):
            pipeline.paint(picture[0][:63], picture[1][:63], FEW, 0)

    def test_a_full_device_is_a_clear_error(
        self, pipeline: InpaintingPipeline, picture: Picture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import torch

        def full(*args: object, **kwargs: object) -> None:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")

        monkeypatch.setattr(pipeline, "_pipe", full)
        with pytest.raises(DeviceOutOfMemory, match="too little memory"):
            pipeline.paint(*picture, FEW, 0)


class TestBrokenFolders:
    def test_not_a_pipeline(self, tmp_path: Path) -> None:
        with pytest.raises(WeightsError, match=r"no model_index\.json"):
            InpaintingPipeline.from_pretrained(tmp_path)

    def test_truncated_weights(self, folder: Path, tmp_path: Path) -> None:
        copy = shutil.copytree(folder, tmp_path / "copy")
        weights = next((copy / "unet").glob("*.safetensors"))
        weights.write_bytes(weights.read_bytes()[:1000])
        with pytest.raises(WeightsError, match="cannot be loaded"):
            InpaintingPipeline.from_pretrained(copy)

    def test_missing_part(self, folder: Path, tmp_path: Path) -> None:
        copy = shutil.copytree(folder, tmp_path / "copy")
        shutil.rmtree(copy / "vae")
        with pytest.raises(WeightsError, match="cannot be loaded"):
            InpaintingPipeline.from_pretrained(copy)

    def test_pickles_are_never_read(self, folder: Path, tmp_path: Path) -> None:
        copy = shutil.copytree(folder, tmp_path / "copy")
        weights = next((copy / "unet").glob("*.safetensors"))
        weights.unlink()
        ran = tmp_path / "ran"
        (copy / "unet" / "diffusion_pytorch_model.bin").write_bytes(
            b"cos\nsystem\n(S'touch " + str(ran).encode() + b"'\ntR."
        )
        with pytest.raises(WeightsError):
            InpaintingPipeline.from_pretrained(copy)
        assert not ran.exists()

    def test_broken_index(self, folder: Path, tmp_path: Path) -> None:
        copy = shutil.copytree(folder, tmp_path / "copy")
        (copy / "model_index.json").write_text("{")
        with pytest.raises(WeightsError, match="not readable JSON"):
            InpaintingPipeline.from_pretrained(copy)

    def test_another_class(self, folder: Path, tmp_path: Path) -> None:
        copy = shutil.copytree(folder, tmp_path / "copy")
        index = json.loads((copy / "model_index.json").read_text())
        (copy / "model_index.json").write_text(json.dumps(index | {"_class_name": "NoSuchPipeline"}))
        with pytest.raises(WeightsError, match="cannot be loaded"):
            InpaintingPipeline.from_pretrained(copy)


@pytest.mark.parametrize(
    "wrong", [{"steps": 0}, {"strength": 0.0}, {"strength": 1.5}, {"steps": 2, "strength": 0.1}]
)
def test_settings_are_checked(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        DiffusionSettings(**wrong)
