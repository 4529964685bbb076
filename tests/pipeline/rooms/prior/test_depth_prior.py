"""Which model guesses depth, by name; whatever stands there gives the same kind of guess."""

from pathlib import Path

import numpy as np
import pytest
from jaxtyping import Float, UInt8
from PIL import Image

from models.checkpoints import WeightsError, WeightsMissing
from pipeline.progress import Progress
from pipeline.rooms.backends import SinglePhoto
from pipeline.rooms.photos import RoomPhoto
from pipeline.rooms.prior import DepthPrior, choose_depth_prior, depth_prior, own_eye, prior_version
from pipeline.rooms.prior.depth_model import DepthModelPrior, normals_of
from tests.models.tiny_depth import KINDS, save_tiny

K = np.array([[100.0, 0, 59.5], [0, 100, 44.5], [0, 0, 1]])


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHOWROOM_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path / "weights"


def photo() -> UInt8[np.ndarray, "H W 3"]:
    return np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)


def test_the_eye_is_the_default() -> None:
    prior, why = choose_depth_prior()
    assert prior is own_eye()
    assert "comes with the package" in why
    assert depth_prior() is depth_prior("auto") is depth_prior("eye") is own_eye()


@pytest.mark.parametrize("kind", KINDS)
def test_any_depth_model_makes_a_whole_prior(tmp_path: Path, kind: str) -> None:
    model = depth_prior(str(save_tiny(kind, tmp_path / "model")))
    prior = model.predict(photo(), K)
    assert prior.depth_over_height.shape == (90, 120)
    assert (prior.depth_over_height > 0).all()
    assert np.isfinite(prior.depth_over_height).all()
    assert np.allclose(np.linalg.norm(prior.normals, axis=-1), 1, atol=1e-3)
    assert pytest.approx(K) == prior.K
    assert prior.shift_is_free == (KINDS[kind] == "inverse")
    assert (prior.camera_height_m is None) == prior.shift_is_free
    assert not model.predict(photo()).focal_is_known


class _Known:
    """A network that knows the depth."""

    def __init__(self, kind: str, said: Float[np.ndarray, "H W"]) -> None:
        self.kind, self._said = kind, said.astype(np.float32)

    def __call__(self, image: UInt8[np.ndarray, "H W 3"]) -> Float[np.ndarray, "H W"]:
        return self._said


@pytest.mark.parametrize(("kind", "said"), [("metric", lambda d: 1.7 * d), ("inverse", lambda d: 0.2 + 3 / d)])
def test_its_depth_is_put_to_the_scale_of_the_eye(kind: str, said: object) -> None:
    eye = own_eye().predict(photo(), K).resized(120, 90)
    truth = eye.depth_over_height
    network = _Known(kind, said(truth))  # type: ignore[operator]
    prior = DepthModelPrior("known", "1", network, own_eye()).predict(photo(), K)  # type: ignore[arg-type]
    off = np.abs(np.log(prior.depth_over_height / truth))  # the eye's maps are coarser than the photo
    assert np.median(off) < 0.01
    assert off.max() < 0.03
    if kind == "metric":
        assert prior.camera_height_m == pytest.approx(1.7, rel=0.02)


def test_normals_of_a_slanted_wall_look_at_the_camera() -> None:
    normal = np.array([0.6, 0.0, -0.8])
    pixels = np.stack([*np.meshgrid(np.arange(120), np.arange(90)), np.ones((90, 120))], axis=-1)
    rays = pixels @ np.linalg.inv(K).T
    depth = (-2.0 / (rays @ normal)).astype(np.float32)
    assert np.allclose(normals_of(depth, K), normal, atol=1e-3)


def test_weights_in_place_are_taken_by_themselves(place: Path) -> None:
    save_tiny("depth anything", place / "depth" / "depth-anything-v2-small")
    prior, why = choose_depth_prior(None)
    assert prior.name == "depth-anything-v2-small"
    assert "has its weights in place" in why
    assert depth_prior("eye") is own_eye()
    assert depth_prior("depth-anything/Depth-Anything-V2-Small-hf").version == prior.version


def test_the_version_changes_with_the_weights(tmp_path: Path) -> None:
    one = depth_prior(str(save_tiny("depth anything", tmp_path / "one")))
    two = depth_prior(str(save_tiny("depth anything", tmp_path / "two", seed=1)))
    assert one.version != two.version
    assert one.version != own_eye().version


def test_results_of_another_model_have_another_key(tmp_path: Path, place: Path) -> None:
    assert prior_version() == prior_version("eye") == ""
    folder = str(save_tiny("depth anything", tmp_path / "one"))
    assert prior_version(folder) == f"-{depth_prior(folder).version.split('-')[1]}"
    assert prior_version("nowhere") == "-missing"
    save_tiny("depth anything", place / "depth" / "depth-anything-v2-small", seed=2)
    assert prior_version().startswith("-depth-anything-v2-small-")
    assert SinglePhoto().version != SinglePhoto(depth_prior="eye").version


def test_a_single_photo_room_says_what_guessed_its_depth(tmp_path: Path) -> None:
    Image.fromarray(photo()).resize((320, 240)).save(tmp_path / "photo.png")
    name = str(save_tiny("depth anything metric", tmp_path / "model"))
    room = SinglePhoto(depth_prior=name).point_maps(
        [RoomPhoto("photo", tmp_path / "photo.png", 320, 240)], None, Progress()
    )
    assert any(name in note and "was asked for" in note for note in room.notes)


def test_every_model_is_a_depth_prior() -> None:
    models: list[DepthPrior] = [own_eye(), DepthModelPrior("x", "1", _Known("metric", K), own_eye())]  # type: ignore[arg-type]
    assert all(model.name and model.version for model in models)


class TestWhatCannotBeUsed:
    def test_a_name_that_is_nothing(self) -> None:
        with pytest.raises(WeightsMissing, match=r"no depth model 'nonsense'.*owner/name"):
            depth_prior("nonsense")

    def test_a_restricted_one_is_not_fetched_without_consent(self) -> None:
        with pytest.raises(WeightsMissing, match="weights fetch depth-anything-v2-base --accept-licence"):
            depth_prior("depth-anything/Depth-Anything-V2-Base-hf")

    def test_offline(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
        with pytest.raises(WeightsError, match=r"HF_HUB_OFFLINE is set.*copy the files"):
            depth_prior("somebody/unknown-depth")

    def test_the_eye_stands_in_and_it_is_told(self) -> None:
        prior, why = choose_depth_prior("nonsense")
        assert prior is own_eye()
        assert "no depth model 'nonsense'" in why
        assert "eye stands in" in why
