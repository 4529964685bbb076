"""Made rooms as scenes: poses and points agree, any view may be the reference, the number decides all."""

import pytest
import torch

from pipeline.distill.data.made import MadeScenes, rooms_per_second
from pipeline.distill.data.scenes import OrderedScenes, Scene, collate

SMALL = MadeScenes(3, seed=4, views=3, width_px=64, height_px=48)


@pytest.fixture(scope="module")
def scene() -> Scene:
    """Three views of a small room."""
    return SMALL.scene(1)


def test_the_same_number_gives_the_same_scene(scene: Scene) -> None:
    again = MadeScenes(2, seed=5, views=3, width_px=64, height_px=48).scene(0)
    assert torch.equal(scene.images, again.images)
    assert scene.key == again.key
    assert not torch.equal(scene.images, SMALL.scene(2).images)


def test_points_pose_and_lens_agree(scene: Scene) -> None:
    assert scene.truth is not None
    local, K = scene.truth.local, scene.truth.K
    pixels = torch.einsum("vij,vhwj->vhwi", K, local)
    u, v = pixels[..., 0] / pixels[..., 2], pixels[..., 1] / pixels[..., 2]
    known = scene.truth.valid
    assert torch.allclose(u, torch.arange(64.0).expand_as(u), atol=0.02)
    assert torch.allclose(v, torch.arange(48.0)[:, None].expand_as(v), atol=0.02)
    assert bool((local[..., 2][known] <= scene.truth.box_depth_m[known] + 1e-3).float().mean() > 0.98)


def test_any_view_may_be_the_reference(scene: Scene) -> None:
    turned = scene.ordered((2, 0, 1))
    assert turned.truth is not None
    assert scene.truth is not None
    assert torch.equal(turned.images[0], scene.images[2])
    assert torch.allclose(turned.truth.in_first[0], scene.truth.local[2], atol=1e-5)
    assert turned.key != scene.key
    assert OrderedScenes(SMALL, 0)[1, 0].key == OrderedScenes(SMALL, 0)[1, 0].key


def test_a_batch_knows_its_truth(scene: Scene) -> None:
    batch = collate([scene, SMALL.scene(2)])
    target = batch.truth()
    assert target[1].points.shape == (2, 48, 64, 3)
    assert scene.truth is not None
    assert torch.equal(target[1].points[0], scene.truth.in_first[1])
    with pytest.raises(ValueError, match="a teacher is needed"):
        collate([Scene("photos", "a", scene.images)]).truth()
    with pytest.raises(ValueError, match="equally many"):
        collate([scene, scene.ordered((0, 1))])


def test_the_speed_is_told() -> None:
    assert set(rooms_per_second(SMALL)) == {"rooms_per_s", "rooms_per_cpu_s"}


@pytest.mark.parametrize("change", [{"count": 0}, {"views": 0}, {"seed": -1}, {"width_px": 250}])
def test_impossible_scenes_are_refused(change: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be"):
        MadeScenes(**{"count": 1, **change})
    with pytest.raises(IndexError):
        SMALL.scene(3)
