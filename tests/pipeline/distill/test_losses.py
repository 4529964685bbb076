"""The relational loss by meaning: what each mode sees and what it is blind to; whom the gradient reaches."""

import math

import pytest
import torch
from torch import Tensor

from models.fast3r import DecoderConfig, EncoderConfig, Fast3R, Fast3RConfig, HeadConfig, ViewMaps
from pipeline.distill.losses import LossWeights, Target, distillation_loss, rkd_loss, token_loss

VIEWS, SCENES = 5, 4
#: rounding of float32 sums
NOTHING = 1e-6


def _rooms(
    seed: int = 0, scenes: int = SCENES, views: int = VIEWS, size: tuple[int, int] = (12, 16)
) -> list[Tensor]:
    """Maps that look like walls with things before them, each view at another place."""
    generator = torch.Generator().manual_seed(seed)
    y, x = torch.meshgrid(torch.linspace(-0.6, 0.6, size[0]), torch.linspace(-0.8, 0.8, size[1]), indexing="ij")
    rays = torch.stack([x, y, torch.ones_like(x)], dim=-1)
    maps = []
    for _ in range(views):
        depth = 2 + torch.rand(scenes, *size, 1, generator=generator)
        shift = torch.randn(scenes, 1, 1, 3, generator=generator)
        maps.append(rays * depth + shift)
    return maps


def _shuffled(maps: list[Tensor]) -> list[Tensor]:
    order = torch.randperm(maps[0][0, ..., 0].numel(), generator=torch.Generator().manual_seed(9))
    return [view.flatten(1, 2)[:, order].view(view.shape) for view in maps]


def _mirrored(maps: list[Tensor]) -> list[Tensor]:
    return [2 * view.mean(dim=(1, 2), keepdim=True) - view for view in maps]


def _one_point(maps: list[Tensor]) -> list[Tensor]:
    return [view.mean(dim=(1, 2), keepdim=True).expand_as(view) for view in maps]


SPOILT = {"shuffled": _shuffled, "mirrored": _mirrored, "one_point": _one_point}


@pytest.mark.parametrize("how", SPOILT)
def test_the_seed_recipe_is_blind_to_it_and_points_are_not(how: str) -> None:
    teacher = _rooms()
    student = SPOILT[how](teacher)
    assert abs(float(rkd_loss(student, teacher, mode="seed"))) < NOTHING
    assert float(rkd_loss(student, teacher, mode="points")) > 0.05


@pytest.mark.parametrize("how", SPOILT)
def test_one_view_of_one_scene_is_enough_to_see_it(how: str) -> None:
    teacher = _rooms(scenes=1, views=1)
    assert float(rkd_loss(SPOILT[how](teacher), teacher, mode="points")) > 0.05


@pytest.mark.parametrize("mode", ["seed", "points"])
def test_equal_maps_cost_nothing_at_any_scale_and_other_rooms_do(mode: str) -> None:
    teacher = _rooms()
    assert float(rkd_loss(teacher, teacher, mode=mode)) == pytest.approx(0, abs=NOTHING)  # type: ignore[arg-type]
    larger = [3.7 * view for view in teacher]
    assert float(rkd_loss(larger, teacher, mode=mode)) == pytest.approx(0, abs=NOTHING)  # type: ignore[arg-type]
    assert float(rkd_loss(_rooms(seed=1), teacher, mode=mode)) > 0.1  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", ["seed", "points"])
def test_a_batch_of_one_and_collapsed_maps_stay_finite(mode: str) -> None:
    teacher = _rooms(scenes=1)
    for student in (
        _rooms(seed=1, scenes=1),
        _one_point(teacher),
        [torch.zeros_like(view) for view in teacher],
    ):
        learning = [view.clone().requires_grad_() for view in student]
        loss = rkd_loss(learning, teacher, mode=mode)  # type: ignore[arg-type]
        loss.backward()  # type: ignore[no-untyped-call]
        assert math.isfinite(float(loss))
        assert all(bool(view.grad.isfinite().all()) for view in learning if view.grad is not None)


def test_points_are_the_default_and_every_pixel_is_told() -> None:
    teacher, student = _rooms(), [view.requires_grad_() for view in _rooms(seed=1)]
    loss = rkd_loss(student, teacher)
    assert float(loss) == float(rkd_loss(student, teacher, mode="points"))
    assert loss.shape == ()
    loss.backward()  # type: ignore[no-untyped-call]
    assert all(view.grad is not None and bool((view.grad.abs().sum(dim=-1) > 0).all()) for view in student)


@pytest.mark.parametrize("mode", ["seed", "points"])
def test_the_gradient_is_the_derivative(mode: str) -> None:
    teacher = [view.double() for view in _rooms(scenes=3, views=2, size=(2, 3))]
    student = [view.double().requires_grad_() for view in _rooms(seed=2, scenes=3, views=2, size=(2, 3))]
    assert torch.autograd.gradcheck(lambda *maps: rkd_loss(maps, teacher, mode=mode), student)  # type: ignore[arg-type]


def test_what_the_teacher_does_not_know_is_not_learnt() -> None:
    teacher, student = _rooms(), _rooms(seed=1)
    valid = [torch.ones(SCENES, 12, 16, dtype=torch.bool) for _ in teacher]
    for view in valid:
        view[:, :4] = False
    for mode in ("seed", "points"):
        before = float(rkd_loss(student, teacher, mode, valid=valid))
        spoilt = [view.clone() for view in teacher]
        for view in spoilt:
            view[:, :4] = math.nan
        assert float(rkd_loss(student, spoilt, mode, valid=valid)) == before


@pytest.mark.parametrize(
    ("student", "teacher", "mode"),
    [
        ([], [], "points"),
        (_rooms(), _rooms()[:3], "points"),
        (_rooms(), _rooms(scenes=2), "seed"),
        ([torch.zeros(2, 3)], [torch.zeros(2, 3)], "seed"),
        (_rooms(), _rooms(), "pixels"),
    ],
)
def test_what_does_not_fit_is_refused(student: list[Tensor], teacher: list[Tensor], mode: str) -> None:
    with pytest.raises(ValueError, match=r"views of the student|view 0 is|known are"):
        rkd_loss(student, teacher, mode)  # type: ignore[arg-type]


def test_tokens_of_another_width_can_agree() -> None:
    tokens = [torch.randn(2, 6, 8) for _ in range(3)]
    turn, _ = torch.linalg.qr(torch.randn(12, 12))
    wider = [2 * torch.nn.functional.pad(view, (0, 4)) @ turn for view in tokens]
    assert float(token_loss(wider, tokens)) == pytest.approx(0, abs=1e-5)
    assert float(token_loss([view.flip(1) for view in wider], tokens)) > 0.01
    with pytest.raises(ValueError, match="as many of each"):
        token_loss(wider[:2], tokens)


def _maps(seed: int) -> list[ViewMaps]:
    generator = torch.Generator().manual_seed(seed)
    confidence = [1.5 + torch.rand(SCENES, 12, 16, generator=generator) for _ in range(2 * VIEWS)]
    points, local = _rooms(seed), _rooms(seed + 100)
    return [ViewMaps(points[k], confidence[2 * k], local[k], confidence[2 * k + 1]) for k in range(VIEWS)]


def _targets(maps: list[ViewMaps], *, teacher: bool = True) -> list[Target]:
    told = []
    for view in maps:
        assert view.pts3d_local is not None
        sure = (view.conf, view.conf_local) if teacher else (None, None)
        valid = torch.ones(view.pts3d_in_other_view.shape[:3], dtype=torch.bool)
        told.append(Target(view.pts3d_in_other_view, view.pts3d_local, *sure, valid))
    return told


def test_the_teachers_own_maps_cost_nothing_and_each_part_sees_its_fault() -> None:
    teacher = _maps(0)
    loss, parts = distillation_loss(teacher, _targets(teacher), LossWeights())
    assert float(loss) == pytest.approx(0, abs=1e-5)
    assert set(parts) == {"relations", "global", "local", "confidence"}
    _, parts = distillation_loss(_maps(1), _targets(teacher), LossWeights())
    assert all(part > 0.01 for part in parts.values())


def test_points_that_the_teacher_doubts_weigh_less() -> None:
    teacher, student = _maps(0), _maps(0)
    student[0].pts3d_in_other_view[:, 0, 0] += 5
    only = LossWeights(relations=0)
    sure = _targets(teacher)
    doubtful = _targets(teacher)
    assert doubtful[0].confidence is not None
    doubtful[0].confidence[:, 0, 0] = 1e-3
    doubted = distillation_loss(student, doubtful, only)[1]["global"]
    sure[0].confidence[:, 0, 0] = 3.0  # type: ignore[index]
    assert doubted < 0.5 * distillation_loss(student, sure, only)[1]["global"]


def test_a_learned_confidence_falls_where_the_error_is_large() -> None:
    truth, student = _targets(_maps(0), teacher=False), _maps(0)
    student[0].pts3d_in_other_view[:, 0, 0] += 5
    for view in student:
        assert view.conf is not None
        view.conf.requires_grad_()
    loss, _ = distillation_loss(
        student, truth, LossWeights(relations=0, global_points=0, local_points=0, confidence=1)
    )
    loss.backward()  # type: ignore[no-untyped-call]
    assert student[0].conf is not None
    slope = student[0].conf.grad
    assert slope is not None
    assert bool((slope[:, 0, 0] > 0).all())
    assert bool((slope[:, 5, 5] < 0).all())


def _tiny() -> Fast3R:
    torch.manual_seed(0)
    config = Fast3RConfig(
        EncoderConfig(embed_dim=32, depth=1, num_heads=2),
        DecoderConfig(embed_dim=32, enc_embed_dim=32, depth=2, num_heads=2),
        HeadConfig(layer_dims=(4, 8, 8, 8), feature_dim=8),
    )
    return Fast3R(config).train()


@pytest.mark.parametrize("mode", ["seed", "points"])
def test_whom_the_gradient_reaches(mode: str) -> None:
    """The seed recipe leaves the local head and the confidence as they were; the default teaches all."""
    model = _tiny()
    pictures = [torch.rand(1, 3, 32, 48) * 2 - 1 for _ in range(2)]
    target = _targets([*_tiny().eval()([view.flip(3) for view in pictures])])
    weights = LossWeights(mode="seed", global_points=0, local_points=0, confidence=0)
    loss, _ = distillation_loss(model(pictures), target, weights if mode == "seed" else LossWeights())
    loss.backward()  # type: ignore[no-untyped-call]
    heads = [model.downstream_head, model.downstream_head_local]
    last = [head.get_parameter("dpt.head.4.weight").grad for head in heads if head is not None]
    rows = (slice(3), slice(3, 4))  # of the point, of the confidence
    told = [grad is not None and bool((grad[row].abs() > 0).any()) for grad in last for row in rows]
    assert told == ([True, False, False, False] if mode == "seed" else [True] * 4)
