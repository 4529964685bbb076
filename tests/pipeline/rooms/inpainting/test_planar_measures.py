"""The measures of the inpainting benchmark mean what they say."""

import numpy as np
import pytest

from pipeline.rooms.judging.measures import gradient_histogram_distance, psnr_db, ssim

EVERYTHING = np.ones((64, 64), dtype=bool)


def picture(seed: int, deviation: float = 20.0) -> np.ndarray:
    grey = 128 + deviation * np.random.default_rng(seed).standard_normal((64, 64))
    return np.repeat(np.clip(grey, 0, 255)[..., None], 3, axis=2).astype(np.uint8)


def test_equal_pictures() -> None:
    image = picture(0)
    assert psnr_db(image, image, EVERYTHING) == 99.0
    assert ssim(image, image, EVERYTHING) == pytest.approx(1.0)
    assert gradient_histogram_distance(image, image, EVERYTHING) == 0.0


def test_psnr_of_a_known_error() -> None:
    image = np.full((64, 64, 3), 100, dtype=np.uint8)
    assert psnr_db(image, image + np.uint8(10), EVERYTHING) == pytest.approx(20 * np.log10(25.5))


def test_ssim_of_constant_pictures_is_their_luminance_term() -> None:
    a, b = (np.full((64, 64, 3), value, dtype=np.uint8) for value in (100, 150))
    c1 = (0.01 * 255) ** 2
    assert ssim(a, b, EVERYTHING) == pytest.approx((2 * 100 * 150 + c1) / (100**2 + 150**2 + c1))


def test_gradients_of_the_same_kind_of_noise_are_alike_and_a_flat_picture_is_far() -> None:
    flat = np.full((64, 64, 3), 128, dtype=np.uint8)
    same, far = (gradient_histogram_distance(picture(0), other, EVERYTHING) for other in (picture(1), flat))
    assert same < 0.05
    assert far > 0.8


def test_only_the_mask_counts() -> None:
    image, mask = picture(0), np.zeros((64, 64), dtype=bool)
    mask[20:40, 20:40] = True
    other = np.where(mask[..., None], image, 0).astype(np.uint8)
    assert psnr_db(image, other, mask) == 99.0
    assert gradient_histogram_distance(image, other, mask) == 0.0
