"""The eye as a prior: any photo, known lens or not, mirrored pictures give mirrored guesses."""

from pathlib import Path

import numpy as np
import pytest
import torch
from jaxtyping import UInt8

from models.eye import Eye
from models.eye.config import SIDES
from models.eye.model import WEIGHTS
from pipeline.distill.eye.training import save_weights
from pipeline.distill.rooms import View
from pipeline.rooms.prior import DepthPrior, EyePrior, Measured, Prior, own_eye
from pipeline.rooms.prior.eye import working_size
from pipeline.rooms.prior.prior import scaled

PIXELS = 80 * 64


@pytest.fixture(scope="module")
def eye(tmp_path_factory: pytest.TempPathFactory) -> EyePrior:
    """An eye with random weights: the laws here hold for any."""
    torch.manual_seed(0)
    network = Eye()
    with torch.no_grad():
        for name, value in network.named_parameters():
            if name.endswith("scale") or name.startswith("lens.2"):
                value.normal_(0, 0.2)
    path = Path(tmp_path_factory.mktemp("eye")) / "eye.safetensors"
    save_weights(network, path)
    return EyePrior(path, PIXELS)


def _photo(width: int = 160, height: int = 128, seed: int = 0) -> UInt8[np.ndarray, "H W 3"]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


K = np.array([[120.0, 0, 84], [0, 120, 60], [0, 0, 1]])


def test_a_prior_is_complete(eye: EyePrior) -> None:
    prior = eye.predict(_photo(), K)
    height, width = prior.depth_over_height.shape
    assert (width, height) == (80, 64)
    assert (prior.depth_over_height > 0).all()
    assert (prior.uncertainty > 0).all()
    assert np.allclose(prior.sides.sum(axis=-1), 1, atol=1e-4)
    assert np.allclose(np.linalg.norm(prior.normals, axis=-1), 1, atol=1e-3)
    assert np.linalg.norm(prior.down) == pytest.approx(1)
    assert prior.side("floor").shape == (height, width)


def test_k_follows_the_size_of_the_maps(eye: EyePrior) -> None:
    prior = eye.predict(_photo(), K)
    assert prior.focal_is_known
    assert pytest.approx(scaled(K, 0.5, 0.5)) == prior.K
    assert pytest.approx(K) == prior.resized(160, 128).K


def test_a_corner_of_the_photo_stays_a_corner_when_k_is_scaled() -> None:
    small = scaled(K, 0.25, 0.5)
    corner = np.array([-0.5, -0.5, 1.0])
    assert np.linalg.inv(small) @ corner == pytest.approx(np.linalg.inv(K) @ corner)


def test_the_mirror_image_gives_the_mirrored_guess(eye: EyePrior) -> None:
    photo = _photo()
    mirrored_K = K.copy()
    mirrored_K[0, 2] = photo.shape[1] - 1 - K[0, 2]
    one, two = eye.predict(photo, K), eye.predict(photo[:, ::-1].copy(), mirrored_K)
    assert np.allclose(one.depth_over_height, two.depth_over_height[:, ::-1], rtol=1e-3)
    assert np.allclose(one.normals * [-1, 1, 1], two.normals[:, ::-1], atol=1e-2)
    assert one.down * [-1, 1, 1] == pytest.approx(two.down, abs=1e-4)


def test_a_photo_without_a_lens_gets_a_guessed_one(eye: EyePrior) -> None:
    prior = eye.predict(_photo())
    assert not prior.focal_is_known
    assert prior.focal_uncertainty > 0
    assert 0.2 < prior.K[0, 0] / 80 < 5


def test_the_same_photo_gives_the_same_prior(eye: EyePrior) -> None:
    one, two = eye.predict(_photo(), K), eye.predict(_photo(), K)
    assert np.array_equal(one.depth_over_height, two.depth_over_height)


def test_any_number_of_threads_gives_the_same_bits_and_is_left_as_it_was(eye: EyePrior) -> None:
    before, found = torch.get_num_threads(), []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            found.append(eye.predict(_photo(), K))
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    assert np.array_equal(found[0].depth_over_height, found[1].depth_over_height)
    assert np.array_equal(found[0].sides, found[1].sides)


def _depth() -> np.ndarray:
    """Depth on the left third, at the photo's size."""
    depth = np.zeros((128, 160))
    depth[:, :50] = 2.0
    return depth


def test_what_was_measured_changes_the_guess_and_nothing_measured_does_not(eye: EyePrior) -> None:
    alone, nothing = eye.predict(_photo(), K), eye.predict(_photo(), K, Measured(np.zeros((128, 160))))
    aided = eye.predict(_photo(), K, Measured(_depth(), room_over_height=np.full((128, 160), 3.0)))
    assert np.array_equal(alone.depth_over_height, nothing.depth_over_height)
    assert not np.allclose(alone.depth_over_height, aided.depth_over_height, rtol=1e-3)


def test_mirrored_measurements_give_the_mirrored_guess(eye: EyePrior) -> None:
    photo, K_mirrored = _photo(), K.copy()
    K_mirrored[0, 2] = photo.shape[1] - 1 - K[0, 2]
    one = eye.predict(photo, K, Measured(_depth()))
    two = eye.predict(photo[:, ::-1].copy(), K_mirrored, Measured(_depth()[:, ::-1].copy()))
    assert np.allclose(one.depth_over_height, two.depth_over_height[:, ::-1], rtol=1e-3)


def test_measured_depths_are_averaged_over_what_is_known() -> None:
    depth, sure = np.array([[2.0, 0.0], [np.nan, 4.0]]), np.array([[1.0, 1.0], [1.0, 0.5]])
    log, confidence, room, known = Measured(depth, sure).channels(1, 1)[:, 0, 0]
    assert log == pytest.approx((np.log(2) + 0.5 * np.log(4)) / 1.5)
    assert confidence == pytest.approx(1.5 / 4)
    assert room == known == 0


@pytest.mark.parametrize(
    "maps",
    [{"depth_over_height": np.ones((2, 3)), "confidence": np.ones((3, 2))}, {"confidence": np.ones((2, 2))}],
)
def test_measurements_that_do_not_fit_are_refused(maps: dict[str, np.ndarray]) -> None:
    with pytest.raises(ValueError, match="need"):
        Measured(**maps)


@pytest.mark.parametrize("size", [(4000, 3000), (300, 900), (33, 32), (1000, 260)])
def test_working_sizes_keep_the_shape_and_the_area(size: tuple[int, int]) -> None:
    width, height = working_size(*size, 384 * 288)
    assert width * height <= 1.2 * 384 * 288
    assert width % 8 == height % 8 == 0
    assert width / height == pytest.approx(size[0] / size[1], rel=0.15)


@pytest.mark.parametrize(
    ("image", "lens"),
    [
        (np.zeros((64, 64), np.uint8), None),
        (np.zeros((64, 64, 3), np.float32), None),
        (np.zeros((20, 64, 3), np.uint8), None),
        (np.zeros((64, 400, 3), np.uint8), None),
        (np.zeros((64, 64, 3), np.uint8), np.zeros((3, 3))),
    ],
)
def test_what_is_no_photo_is_refused(eye: EyePrior, image: np.ndarray, lens: np.ndarray | None) -> None:
    with pytest.raises(ValueError, match=r"needed|must be"):
        eye.predict(image, lens)


def test_the_eye_is_one_of_the_models_that_guess(eye: EyePrior) -> None:
    model: DepthPrior = eye
    assert model.name == "eye"


def test_an_unknown_side_is_refused(eye: EyePrior) -> None:
    with pytest.raises(ValueError, match="unknown side"):
        eye.predict(_photo(), K).side("roof")


@pytest.mark.skipif(not WEIGHTS.is_file(), reason="the package has no weights yet")
class TestPackagedEye:
    """What the shipped weights know of a made room that they were not trained on."""

    @pytest.fixture(scope="class")
    def seen(self) -> list[tuple[Prior, View]]:
        from pipeline.distill.eye.samples import HELD_OUT_SEED
        from pipeline.distill.rooms import random_room

        own = own_eye()
        assert own_eye() is own
        found = []
        for seed in range(4):
            room = random_room(HELD_OUT_SEED + seed)
            view = room.view(next(room.cameras(160, 120)), smooth=True)
            found.append((own.predict(view.rgb, view.camera.K).resized(160, 120), view))
        return found

    def test_floor_walls_and_things_come_out(self, seen: list[tuple[Prior, View]]) -> None:
        right = [np.mean(prior.sides.argmax(axis=-1) == view.side) for prior, view in seen]
        assert np.mean(right) > 0.7

    def test_depth_is_in_camera_heights(self, seen: list[tuple[Prior, View]]) -> None:
        off = [
            np.median(np.abs(np.log(prior.depth_over_height * view.camera.height_m / view.depth_m)))
            for prior, view in seen
        ]
        assert np.median(off) < 0.3


def test_sides_have_one_order_everywhere() -> None:
    from pipeline.distill.rooms import Side

    assert [side.name.lower() for side in Side] == list(SIDES)
