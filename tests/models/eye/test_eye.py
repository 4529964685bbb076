"""The eye: any size, any shape, within its limits, the same whatever the number of threads."""

import dataclasses
from pathlib import Path

import pytest
import torch

from models.checkpoints import WeightsError, WeightsMismatch
from models.eye import SIDES, Eye, EyeConfig, Seen, model
from models.eye.model import WEIGHTS, parameters_of

SMALL = EyeConfig((8, 8, 16, 16, 16), (1, 1, 1, 1, 1), (16, 16, 8, 8), 8, 4, 16)


@pytest.fixture(scope="module")
def eye() -> Eye:
    """A small one with random weights that uses all its parts."""
    torch.manual_seed(0)
    eye = Eye(SMALL).eval()
    with torch.no_grad():
        for name, value in eye.named_parameters():
            if name.endswith("scale") or name.startswith("lens.2"):
                value.normal_(0, 0.3)
    return eye


def _photo(height: int, width: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def _rays(height: int, width: int, focal: float) -> torch.Tensor:
    y, x = torch.meshgrid(
        torch.arange(height) - (height - 1) / 2, torch.arange(width) - (width - 1) / 2, indexing="ij"
    )
    return torch.stack([x, y])[None] / focal


@pytest.mark.parametrize(("height", "width"), [(32, 32), (48, 64), (97, 61), (33, 120)])
def test_any_size_and_shape_gives_maps_of_that_size(eye: Eye, height: int, width: int) -> None:
    with torch.no_grad():
        seen = eye(_photo(height, width))
    assert seen.sides.shape == (1, len(SIDES), height, width)
    assert seen.log_depth.shape == seen.log_scale.shape == seen.boundary.shape == (1, height, width)
    assert torch.allclose(seen.normal.norm(dim=1), torch.ones(1, height, width), atol=1e-4)
    assert all(torch.isfinite(part).all() for part in (seen.sides, seen.log_depth, seen.log_scale, seen.normal))


def test_rays_change_depth_but_not_what_the_photo_says_of_its_lens(eye: Eye) -> None:
    photo = _photo(48, 64)
    with torch.no_grad():
        wide, long = (eye(photo, _rays(48, 64, focal)) for focal in (30.0, 90.0))
    assert not torch.allclose(wide.log_depth, long.log_depth)
    assert torch.equal(wide.lens.log_focal, long.lens.log_focal)


def test_without_rays_the_lens_head_gives_them(eye: Eye) -> None:
    photo = _photo(48, 64)
    with torch.no_grad():
        blind = eye(photo)
        focal = float(eye.lens_of(photo).log_focal.exp()) * (48**2 + 64**2) ** 0.5
        told = eye(photo, _rays(48, 64, focal))
    assert torch.allclose(blind.log_depth, told.log_depth, atol=1e-4)


def test_gravity_that_is_known_is_used(eye: Eye) -> None:
    photo, rays = _photo(48, 64), _rays(48, 64, 50.0)
    with torch.no_grad():
        level, steep = (eye(photo, rays, torch.tensor([down])) for down in ([0.0, 1.0, 0.0], [0.0, 0.8, 0.6]))
    assert not torch.allclose(level.log_depth, steep.log_depth)


def _measured(height: int, width: int) -> torch.Tensor:
    """Depth known at every third pixel, a room behind everywhere."""
    maps = torch.zeros(1, 4, height, width)
    maps[:, 1, ::3, ::3], maps[:, 2:] = 0.8, 1.0
    maps[:, 0, ::3, ::3] = 0.5
    return maps


def test_what_was_measured_is_used_and_nothing_measured_is_nothing(eye: Eye) -> None:
    photo, rays = _photo(48, 64), _rays(48, 64, 50.0)
    with torch.no_grad():
        alone, empty = eye(photo, rays), eye(photo, rays, None, torch.zeros(1, 4, 48, 64))
        aided = eye(photo, rays, None, _measured(48, 64))
    assert torch.equal(alone.log_depth, empty.log_depth)
    assert not torch.allclose(alone.log_depth, aided.log_depth)
    assert torch.equal(alone.lens.log_focal, aided.lens.log_focal)


def test_depth_counts_by_its_confidence_on_coarse_levels() -> None:
    """Pixels without a measurement do not pull the mean towards zero."""
    guide = torch.cat([torch.zeros(1, 3, 48, 64), _measured(48, 64)], dim=1)
    coarse = model._shrunk(guide, (12, 16))
    known = coarse[:, 4] > 0.01
    assert known.any()
    assert torch.allclose(coarse[:, 3][known], torch.tensor(0.5))


def test_weights_from_before_measurements_say_the_same(eye: Eye) -> None:
    old = {
        name: value[:, : -model.MEASURED]
        if name.endswith("conv.weight") and name[:2] in ("up", "la")
        else value
        for name, value in eye.state_dict().items()
    }
    wide = model.widened(old, eye)
    assert all(wide[name].shape == value.shape for name, value in eye.state_dict().items())
    new = Eye(SMALL).eval()
    new.load_state_dict(wide)
    with torch.no_grad():
        assert torch.allclose(new(_photo(48, 64)).log_depth, eye(_photo(48, 64)).log_depth, atol=1e-5)


def test_pictures_in_a_batch_do_not_mix(eye: Eye) -> None:
    one, two = _photo(48, 64, 1), _photo(48, 64, 2)
    with torch.no_grad():
        both, alone = eye(torch.cat([one, two])), eye(two)
    assert torch.allclose(both.log_depth[1], alone.log_depth[0], atol=1e-5)


@pytest.mark.parametrize("part", ["sides", "log_depth", "log_scale", "normal", "boundary"])
def test_every_output_teaches_the_first_layer(part: str) -> None:
    torch.manual_seed(1)
    eye = Eye(SMALL)
    (getattr(eye(_photo(32, 32)), part) ** 2).sum().backward()
    gradient = eye.get_parameter("down.0.conv.weight").grad
    assert gradient is not None
    assert float(gradient.abs().sum()) > 0


def test_the_default_eye_keeps_its_limits() -> None:
    assert parameters_of(Eye()) <= 4_000_000


@pytest.mark.parametrize(
    ("rgb", "rays"),
    [((1, 1, 32, 32), None), ((1, 3, 31, 64), None), ((3, 32, 32), None), ((1, 3, 32, 32), (1, 2, 32, 33))],
)
def test_wrong_shapes_are_refused(eye: Eye, rgb: tuple[int, ...], rays: tuple[int, ...] | None) -> None:
    with pytest.raises(ValueError, match="needed"):
        eye(torch.zeros(rgb), None if rays is None else torch.zeros(rays))


@pytest.mark.parametrize(
    "change", [{"widths": (8, 8, 8, 8)}, {"groups": 3}, {"full": 0}, {"decoder": (16, 16, 8, True)}]
)
def test_impossible_sizes_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"levels|groups|whole numbers"):
        dataclasses.replace(SMALL, **change)  # type: ignore[arg-type]


@pytest.mark.skipif(not WEIGHTS.is_file(), reason="the package has no weights yet")
class TestPackagedWeights:
    def test_they_are_small_and_load(self) -> None:
        assert WEIGHTS.stat().st_size <= 12_000_000
        assert parameters_of(Eye.from_pretrained()) <= 4_000_000

    def test_any_number_of_threads_gives_the_same(self) -> None:
        eye, photo = Eye.from_pretrained(), _photo(96, 128)
        before = torch.get_num_threads()
        found: list[Seen] = []
        try:
            for threads in (1, 2):
                torch.set_num_threads(threads)
                with torch.inference_mode():
                    found.append(eye(photo))
        finally:
            torch.set_num_threads(before)
        assert torch.allclose(found[0].log_depth, found[1].log_depth, atol=1e-4)
        assert float((found[0].sides.argmax(1) == found[1].sides.argmax(1)).float().mean()) > 0.999

    def test_other_sizes_are_refused(self) -> None:
        with pytest.raises(WeightsMismatch):
            Eye.from_pretrained(config=SMALL)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no file"):
        Eye.from_pretrained(tmp_path / "none.safetensors")
