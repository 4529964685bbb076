"""The learned backends: from predicted maps to the same ``PointMaps`` as the default's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from models.checkpoints import fingerprint
from models.weights import weights_named
from pipeline.progress import Cancelled, Progress
from pipeline.rooms.backends import Fast3R, Student, choose
from pipeline.rooms.layout.st_roomnet import estimate_layout, load_layout_model
from pipeline.rooms.learned.backend import learned_point_maps
from pipeline.rooms.learned.frame import to_room_frame
from pipeline.rooms.learned.geometry import pinhole
from pipeline.rooms.learned.maps import LearnedSettings, Predicted, assemble
from pipeline.rooms.learned.model import load_model, predict, unit_confidence
from pipeline.rooms.learned.tensors import prepare, to_tensor
from pipeline.rooms.photos.room_photo import RoomPhoto
from pipeline.rooms.scene.errors import LearnedModelFailed, NotEnoughPhotos
from pipeline.rooms.scene.point_maps import PointMaps, Source
from tests.models.fast3r.tiny import tiny_config, tiny_model, write_folder
from tests.pipeline.rooms.box_room import look, picture, points_of

HEIGHT, WIDTH = 144, 192
K = pinhole(140.0, WIDTH, HEIGHT)
POSES = [
    look((0.6, 0.5, 1.45), (3.0, 4.5, 1.2)),
    look((3.4, 0.6, 1.45), (1.0, 4.5, 1.3)),
    look((3.3, 4.4, 1.45), (0.5, 0.8, 1.1)),
]
SCALE = 0.31


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    load_model.cache_clear()


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHOWROOM_WEIGHTS", str(tmp_path / "weights"))
    write_folder(tiny_model(), tmp_path / "weights" / "fast3r")
    student = tiny_model(tiny_config(head={"layer_dims": (2, 3, 4, 5)}))
    write_folder(student, tmp_path / "weights" / "fast3r_student")
    return tmp_path / "weights"


def _photos(folder: Path, count: int, size: tuple[int, int] = (400, 300)) -> list[RoomPhoto]:
    photos = []
    for index in range(count):
        path = folder / f"{index}.png"
        noise = np.random.default_rng(index).integers(0, 255, (size[1] // 10, size[0] // 10, 3), np.uint8)
        Image.fromarray(noise).resize(size).save(path)
        photos.append(RoomPhoto(f"p{index}", path, *size))
    return photos


def _perfect() -> tuple[list[np.ndarray], list[Predicted]]:
    """What a perfect model says: points of every view in the first one's frame, in a unit of its own."""
    first_from_world = np.linalg.inv(POSES[0])
    images, predicted = [], []
    for index, pose in enumerate(POSES):
        local = points_of(pose, K, HEIGHT, WIDTH)
        relative = first_from_world @ pose
        confidence = np.random.default_rng(index).uniform(0.4, 0.9, local.shape[:2]).astype(np.float32)
        points = SCALE * (local @ relative[:3, :3].T + relative[:3, 3])
        images.append(picture(pose, local))
        predicted.append(Predicted(points, confidence, 7.0 * local, confidence))
    return images, predicted


def _named(count: int) -> list[RoomPhoto]:
    return [RoomPhoto(f"p{index}", Path("unused"), WIDTH, HEIGHT) for index in range(count)]


def test_perfect_maps_give_exact_cameras_and_a_room_on_its_floor() -> None:
    images, predicted = _perfect()
    maps = assemble(_named(3), images, predicted, "fast3r", LearnedSettings(), Progress())
    assert [view.photo_id for view in maps.views] == ["p0", "p1", "p2"]
    for view, pose in zip(maps.views, POSES, strict=True):
        relative = np.linalg.inv(POSES[0]) @ pose
        np.testing.assert_allclose(view.K, K, rtol=1e-5)
        np.testing.assert_allclose(view.world_from_camera[:3, :3], relative[:3, :3], atol=1e-4)
        np.testing.assert_allclose(view.centre, SCALE * relative[:3, 3], atol=1e-4)
        assert view.valid.mean() == pytest.approx(0.9, abs=0.01)
        assert np.isnan(view.points[~view.valid]).all()
        assert set(np.unique(view.source)) == {Source.NONE, Source.INFERRED}
    room = to_room_frame(maps)
    assert room.metric
    points = np.concatenate([view.points[view.valid] for view in room.views])
    height = np.quantile(points[:, 2], 0.999) - np.quantile(points[:, 2], 0.001)
    assert np.quantile(points[:, 2], 0.001) == pytest.approx(0.0, abs=0.05)
    assert height == pytest.approx(2.6, rel=0.1)
    assert all(view.centre[2] == pytest.approx(1.45, rel=0.1) for view in room.views)
    assert any("non-commercial" in note for note in room.notes)


def test_without_a_local_head_the_first_view_lends_its_focal_length() -> None:
    images, predicted = _perfect()
    bare = [Predicted(p.points, p.confidence, None, p.local_confidence) for p in predicted]
    maps = assemble(_named(3), images, bare, "fast3r", LearnedSettings(), Progress())
    assert [view.K[0, 0] for view in maps.views] == pytest.approx([140.0] * 3, rel=1e-4)
    relative = np.linalg.inv(POSES[0]) @ POSES[2]
    np.testing.assert_allclose(maps.views[2].centre, SCALE * relative[:3, 3], atol=1e-3)


def test_low_confidence_points_do_not_move_the_cameras() -> None:
    images, predicted = _perfect()
    spoilt = predicted[1].points.copy()
    doubtful = predicted[1].confidence < 0.75
    spoilt[doubtful] += 1.0
    predicted[1] = Predicted(spoilt, predicted[1].confidence, predicted[1].local, predicted[1].local_confidence)
    maps = assemble(_named(3), images, predicted, "fast3r", LearnedSettings(), Progress())
    relative = np.linalg.inv(POSES[0]) @ POSES[1]
    np.testing.assert_allclose(maps.views[1].world_from_camera[:3, :3], relative[:3, :3], atol=1e-4)


def test_a_view_that_cannot_be_placed_is_left_out_by_name() -> None:
    images, predicted = _perfect()
    nothing = np.full_like(predicted[1].points, np.nan)
    predicted[1] = Predicted(nothing, predicted[1].confidence, nothing, predicted[1].confidence)
    maps = assemble(_named(3), images, predicted, "fast3r", LearnedSettings(), Progress())
    assert [view.photo_id for view in maps.views] == ["p0", "p2"]
    assert set(maps.left_out) == {"p1"}


def test_confidence_is_mapped_to_zero_and_one() -> None:
    raw = np.array([[1.0, 2.0, np.inf, np.nan]], np.float32)
    assert unit_confidence(raw, ("exp", 1.0, np.inf)).tolist() == [[0.0, 0.5, 1.0, 0.0]]
    assert unit_confidence(np.array([[0.5, 1.0]]), ("sigmoid", 0.0, 2.0)).tolist() == [[0.25, 0.5]]


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((4000, 3000), (384, 512)),
        ((300, 400), (512, 384)),
        ((720, 540), (384, 512)),
        ((600, 600), (384, 512)),
        ((1000, 20), (16, 512)),
        ((512, 300), (288, 512)),
    ],
)
def test_photos_become_multiples_of_the_patch(
    tmp_path: Path, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    path = tmp_path / "photo.png"
    Image.new("RGB", size, (255, 128, 0)).save(path)
    image = prepare(RoomPhoto("p", path, *size), 512, 16)
    assert image.shape == (*expected, 3)
    tensor = to_tensor(image)
    assert tensor.shape == (1, 3, *expected)
    assert tensor[0, :, 5, 5].tolist() == pytest.approx([1.0, 0.0039, -1.0], abs=1e-3)


@pytest.mark.parametrize("kind", [Fast3R, Student])
def test_a_backend_with_weights_goes_all_the_way(tmp_path: Path, weights: Path, kind: type[Fast3R]) -> None:
    assert kind.unusable() is None
    seen: list[float] = []
    photos = [*_photos(tmp_path, 2), RoomPhoto("p2", tmp_path / "0.png", 400, 300)]
    maps = _small_maps(kind, photos, Progress(lambda fraction, _: seen.append(fraction)))
    assert maps.backend == kind.name
    assert len(maps.views) + len(maps.left_out) == 3
    assert seen == sorted(seen)
    for first, second in zip(maps.views, _small_maps(kind, photos).views, strict=True):
        assert np.array_equal(first.points, second.points, equal_nan=True)


def _small_maps(kind: type[Fast3R], photos: list[RoomPhoto], progress: Progress | None = None) -> PointMaps:
    settings = LearnedSettings(seed=3, longer_px=96)
    place = weights_named(kind.weights).place()
    return learned_point_maps(photos, kind.name, place, kind().version, settings, progress or Progress())


def test_a_backend_can_be_cancelled_in_the_middle(tmp_path: Path, weights: Path) -> None:
    def stop(fraction: float, message: str) -> None:
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        Fast3R().point_maps(_photos(tmp_path, 1, (64, 48)), None, Progress(stop))


def test_no_photos_no_room(weights: Path) -> None:
    with pytest.raises(NotEnoughPhotos):
        Fast3R().point_maps([], None, Progress())


def test_the_version_follows_the_weights(weights: Path) -> None:
    before = Fast3R().version
    assert before == Fast3R().version
    write_folder(tiny_model(seed=5), weights / "fast3r")
    assert Fast3R().version != before
    assert fingerprint(weights / "fast3r" / "model.safetensors") != fingerprint(weights / "fast3r")


def test_missing_and_damaged_weights_are_told_before_and_during_a_run(
    tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = weights / "fast3r" / "model.safetensors"
    file.write_bytes(file.read_bytes()[:5000])
    assert "truncated" in (Fast3R.unusable() or "")
    with pytest.raises(LearnedModelFailed, match="truncated") as failure:
        Fast3R().point_maps(_photos(tmp_path, 1), None, Progress())
    assert not failure.value.lasting
    monkeypatch.setenv("SHOWROOM_WEIGHTS", str(tmp_path / "elsewhere"))
    assert "are not in" in (Student.unusable() or "")


def test_the_choice_says_why(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backend, why = choose("student", seed=4)
    assert isinstance(backend, Student)
    assert backend.seed == 4
    assert "non-commercial" in why
    monkeypatch.setattr("pipeline.machine.has_gpu", lambda: False)
    backend, why = choose("auto")
    assert backend.name == "classical"
    assert why == (
        "fast3r has its weights but no GPU: choose it by name to run it on the CPU; classical stands in"
    )
    monkeypatch.setattr("pipeline.machine.has_gpu", lambda: True)
    assert isinstance(choose("auto")[0], Fast3R)
    (weights / "fast3r" / "config.json").write_text("{}")
    backend, why = choose("fast3r")
    assert backend.name == "classical"
    assert why.startswith("fast3r was asked for, but ")
    assert "encoder_args" in why


def test_one_photo_is_enough_for_a_learned_room(tmp_path: Path, weights: Path) -> None:
    maps = _small_maps(Student, _photos(tmp_path, 1))
    assert len(maps.views) + len(maps.left_out) == 1


def test_out_of_memory_is_a_clear_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")

    model = tiny_model()
    monkeypatch.setattr(model, "forward", full)
    with pytest.raises(LearnedModelFailed, match="not enough memory for 1 photos"):
        predict(model, [np.zeros((16, 16, 3), np.uint8)], 0, Progress())


def test_a_pass_that_cannot_fit_is_not_started(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = type("Memory", (), {"available": 100_000})
    monkeypatch.setattr("psutil.virtual_memory", lambda: memory)
    with pytest.raises(LearnedModelFailed, match="not enough memory for 2 photos"):
        predict(tiny_model(), 2 * [np.zeros((512, 384, 3), np.uint8)], 0, Progress())


def test_layouts_come_with_their_sureness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from models.st_roomnet import STRoomNet

    monkeypatch.setenv("SHOWROOM_WEIGHTS", str(tmp_path))
    with pytest.raises(LearnedModelFailed, match="not in"):
        load_layout_model()
    STRoomNet().save(tmp_path / "st_roomnet.safetensors")
    photo = np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8)
    layout = estimate_layout(load_layout_model(), photo)
    assert layout.classes.shape == (90, 120)
    assert set(np.unique(layout.classes)) == {1, 2, 3, 4, 5}
    assert layout.sureness > 0.98
    np.testing.assert_allclose(layout.homography, np.eye(3), atol=1e-6)
    (tmp_path / "st_roomnet.safetensors").write_bytes(b"short")
    with pytest.raises(LearnedModelFailed, match="truncated"):
        load_layout_model()
