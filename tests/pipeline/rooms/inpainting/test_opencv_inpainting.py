"""The plain baseline fills a hole from its border."""

import numpy as np
import pytest

from pipeline.progress import Progress
from pipeline.rooms.inpainting.hole import Hole, InpaintingError
from pipeline.rooms.inpainting.opencv import OpenCvInpainter


def ramp(height: int, width: int) -> np.ndarray:
    values = np.linspace(40, 200, width)
    return np.repeat(np.broadcast_to(values, (height, width))[..., None], 3, axis=2).astype(np.uint8)


@pytest.mark.parametrize("method", ["telea", "navier-stokes"])
def test_fills_the_hole_and_nothing_else(method: str) -> None:
    image, mask = ramp(40, 60), np.zeros((40, 60), dtype=bool)
    mask[15:25, 20:32] = True
    damaged = np.where(mask[..., None], 0, image).astype(np.uint8)
    filled = OpenCvInpainter(method).fill(Hole(damaged, mask), Progress())  # type: ignore[arg-type]
    assert np.array_equal(filled[~mask], image[~mask])
    assert np.abs(filled[mask].astype(int) - image[mask]).mean() < 15


def test_a_large_picture_is_filled_at_reduced_size() -> None:
    image, mask = ramp(300, 3300), np.zeros((300, 3300), dtype=bool)
    mask[100:180, 1000:1100] = True
    filled = OpenCvInpainter().fill(
        Hole(np.where(mask[..., None], 0, image).astype(np.uint8), mask), Progress()
    )
    assert np.array_equal(filled[~mask], image[~mask])
    assert np.abs(filled[mask].astype(int) - image[mask]).max() < 25


def test_nothing_hidden_and_everything_hidden() -> None:
    image = ramp(20, 20)
    assert np.array_equal(
        OpenCvInpainter().fill(Hole(image, np.zeros((20, 20), dtype=bool)), Progress()), image
    )
    with pytest.raises(InpaintingError, match="No pixel"):
        OpenCvInpainter().fill(Hole(image, np.ones((20, 20), dtype=bool)), Progress())


def test_says_which_settings_it_takes() -> None:
    with pytest.raises(ValueError, match="telea"):
        OpenCvInpainter("median")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="radius_px"):
        OpenCvInpainter(radius_px=0)
