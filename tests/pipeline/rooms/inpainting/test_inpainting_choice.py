"""Who fills a hole, who stands in, and what stays untouched."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.inpainting import DiffusionSettings
from pipeline.progress import Cancelled, Progress
from pipeline.rooms.inpainting.choose import BACKENDS, choose_inpainter, inpaint
from pipeline.rooms.inpainting.diffusion import DiffusionInpainter, crop_around
from pipeline.rooms.inpainting.hole import Hole, InpaintingError, PlaneLabels
from tests.models.tiny_diffusion import save_tiny_pipeline


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_pipeline(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def hole() -> Hole:
    random = np.random.default_rng(0)
    image = np.clip(random.normal(140, 4, (90, 130, 3)), 0, 255).astype(np.uint8)
    mask = np.zeros((90, 130), bool)
    mask[30:60, 40:80] = True
    return Hole(image, mask, seed=1)


@pytest.mark.parametrize("name", ["planar", "opencv"])
def test_known_pixels_stay_bit_identical(hole: Hole, name: str) -> None:
    filled = inpaint(hole, BACKENDS[name]())
    assert filled.backend == name
    assert (filled.image[~hole.mask] == hole.image[~hole.mask]).all()
    assert filled.image[hole.mask].std() < 20


class TestDiffusion:
    def test_paints_only_the_hole_and_repeats_for_a_seed(self, hole: Hole, tiny: Path) -> None:
        painter = DiffusionInpainter(tiny, DiffusionSettings(steps=2))
        first, again = inpaint(hole, painter), inpaint(hole, painter)
        assert first.backend == "diffusion" and not first.notes
        assert (first.image == again.image).all()
        assert (first.image[~hole.mask] == hole.image[~hole.mask]).all()
        assert (first.image[hole.mask] != hole.image[hole.mask]).any()

    def test_can_be_cancelled_between_steps(self, hole: Hole, tiny: Path) -> None:
        def stop(fraction: float, message: str) -> None:
            if fraction > 0.3:
                raise Cancelled

        with pytest.raises(Cancelled):
            inpaint(hole, DiffusionInpainter(tiny, DiffusionSettings(steps=4)), Progress(stop))

    def test_broken_weights_are_replaced_aloud(self, hole: Hole, tmp_path: Path) -> None:
        filled = inpaint(hole, DiffusionInpainter(tmp_path))
        assert filled.backend == "planar"
        assert "no model_index.json" in filled.notes[0]

    def test_too_little_memory_is_replaced_aloud(
        self, hole: Hole, tiny: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import torch

        from models.inpainting import InpaintingPipeline

        pipeline = InpaintingPipeline.from_pretrained(tiny)

        def full(*args: object, **kwargs: object) -> None:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")

        monkeypatch.setattr(pipeline, "_pipe", full)
        painter = DiffusionInpainter(tiny)
        monkeypatch.setattr(painter, "_pipeline", pipeline)
        filled = inpaint(hole, painter)
        assert filled.backend == "planar"
        assert "too little memory" in filled.notes[0]

    @pytest.mark.parametrize(
        ("raised", "said"),
        [
            (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "too little memory"),
            (MemoryError(), "too little memory"),
            (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), "cannot paint"),
            (ValueError("expects 4 channels"), "cannot paint"),
            (ModuleNotFoundError("No module named 'diffusers'", name="diffusers"), "not installed"),
        ],
    )
    def test_whatever_fails_inside_the_model_is_replaced_aloud(
        self, hole: Hole, tiny: Path, monkeypatch: pytest.MonkeyPatch, raised: Exception, said: str
    ) -> None:
        from models.inpainting import InpaintingPipeline

        pipeline = InpaintingPipeline.from_pretrained(tiny)

        def fail(*args: object, **kwargs: object) -> None:
            raise raised

        monkeypatch.setattr(pipeline, "_pipe", fail)
        painter = DiffusionInpainter(tiny)
        monkeypatch.setattr(painter, "_pipeline", pipeline)
        filled = inpaint(hole, painter)
        assert filled.backend == "planar"
        assert said in filled.notes[0]
        assert (filled.image[~hole.mask] == hole.image[~hole.mask]).all()

    def test_a_hub_that_cannot_be_reached_is_replaced_aloud(
        self, hole: Hole, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import diffusers

        def offline(*args: object, **kwargs: object) -> None:
            raise OSError("couldn't connect to the hub and it is not cached")

        monkeypatch.setattr(diffusers.AutoPipelineForInpainting, "from_pretrained", offline)
        filled = inpaint(hole, DiffusionInpainter("someone/inpainting"))
        assert filled.backend == "planar" and "someone/inpainting cannot be loaded" in filled.notes[0]

    def test_crop_holds_the_hole_with_context_inside_the_picture(self) -> None:
        mask = np.zeros((600, 900), bool)
        mask[500:560, 100:300] = True
        rows, columns = crop_around(mask, 512)
        assert mask[rows, columns].sum() == mask.sum()
        assert rows.stop - rows.start == 512 and rows.stop <= 600
        assert columns.start == 0 and columns.stop - columns.start >= 200 + 64


class TestChoice:
    def test_auto_without_weights_is_the_default_and_says_why(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("SHOWROOM_INPAINTING", str(tmp_path / "none"))
        inpainter, why = choose_inpainter()
        assert inpainter.name == "planar" and "not in" in why

    def test_asked_for_without_weights_says_who_stands_in(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("SHOWROOM_INPAINTING", str(tmp_path / "none"))
        inpainter, why = choose_inpainter("diffusion")
        assert inpainter.name == "planar" and "asked for, but" in why and "stands in" in why

    def test_asked_for_with_weights(self, monkeypatch: pytest.MonkeyPatch, tiny: Path) -> None:
        monkeypatch.setenv("SHOWROOM_INPAINTING", str(tiny))
        assert choose_inpainter("diffusion")[0].name == "diffusion"

    def test_a_hub_id_is_taken_as_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SHOWROOM_INPAINTING", "someone/inpainting")
        inpainter, _ = choose_inpainter("diffusion", DiffusionSettings(steps=7))
        assert isinstance(inpainter, DiffusionInpainter)
        assert inpainter.source == "someone/inpainting" and inpainter.settings.steps == 7

    def test_the_larger_model_serves_where_the_smaller_is_missing(
        self, monkeypatch: pytest.MonkeyPatch, tiny: Path, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("SHOWROOM_INPAINTING", str(tmp_path / "none"))
        monkeypatch.setenv("SHOWROOM_INPAINTING_XL", str(tiny))
        assert choose_inpainter("diffusion")[0].name == "diffusion"

    def test_unknown_name(self) -> None:
        with pytest.raises(ValueError, match="planar"):
            choose_inpainter("photoshop")


class TestNothingOrEverything:
    def test_nothing_to_fill(self, hole: Hole) -> None:
        filled = inpaint(hole.with_mask(np.zeros_like(hole.mask)), BACKENDS["planar"]())
        assert (filled.image == hole.image).all() and filled.backend == ""

    def test_nothing_to_start_from(self, hole: Hole) -> None:
        with pytest.raises(InpaintingError, match="whole picture"):
            inpaint(hole.with_mask(np.ones_like(hole.mask)), BACKENDS["planar"]())

    @pytest.mark.parametrize("name", ["planar", "opencv"])
    def test_nearly_everything_is_hidden(self, hole: Hole, name: str) -> None:
        mask = np.ones_like(hole.mask)
        mask[4, 7] = False
        filled = inpaint(hole.with_mask(mask), BACKENDS[name]())
        assert filled.backend == name
        assert (filled.image[4, 7] == hole.image[4, 7]).all()

    def test_memory_that_runs_out_in_the_default_leaves_the_baseline(
        self, hole: Hole, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from pipeline.rooms.inpainting.planar import PlanarInpainter

        def full(*args: object) -> None:
            raise MemoryError

        monkeypatch.setattr(PlanarInpainter, "_fill", full)
        filled = inpaint(hole, BACKENDS["planar"]())
        assert filled.backend == "opencv" and "too little memory" in filled.notes[0]

    def test_every_backend_failed(self, hole: Hole, monkeypatch: pytest.MonkeyPatch) -> None:
        from pipeline.rooms.inpainting.opencv import OpenCvInpainter

        def full(*args: object) -> None:
            raise MemoryError

        monkeypatch.setattr(OpenCvInpainter, "fill", full)
        with pytest.raises(InpaintingError, match="opencv failed: too little memory"):
            inpaint(hole, BACKENDS["opencv"]())


class TestPlanes:
    def test_a_plane_of_which_nothing_is_seen(self, hole: Hole) -> None:
        K = np.array([[100.0, 0, 64.5], [0, 100.0, 44.5], [0, 0, 1]])
        labels = np.where(hole.mask, 0, -1)
        planes = PlaneLabels(
            labels, np.array([[0, 0, 1.0]]), np.array([3.0]), np.array([[[1.0, 0, 0], [0, -1, 0]]])
        )
        filled = inpaint(Hole(hole.image, hole.mask, K, planes), BACKENDS["planar"]())
        assert filled.backend == "planar"
        assert abs(float(filled.image[hole.mask].mean()) - 140) < 12

    def test_planes_that_are_not_known_are_refused(self) -> None:
        with pytest.raises(ValueError, match="finite"):
            PlaneLabels(
                np.zeros((4, 4), int), np.full((1, 3), np.nan), np.ones(1), np.array([[[1.0, 0, 0], [0, 1, 0]]])
            )
