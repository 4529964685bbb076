"""Figures by law: nothing where both are equal, known values where something is moved by a known amount."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from models.fast3r import ViewMaps
from pipeline.distill.data.scenes import Truth
from pipeline.distill.evaluation.cost import costs, parameters
from pipeline.distill.evaluation.geometry import abs_rel, auc, pair_errors_deg, pose_of, similarity
from pipeline.distill.evaluation.held_out import against_truth
from pipeline.distill.evaluation.original import chamfer, four_figures, self_consistency
from pipeline.distill.evaluation.report import WAYS, evaluate
from pipeline.distill.evaluation.steadiness import steadiness
from pipeline.distill.training.students import new_student
from tests.pipeline.distill.training.fakes import Walls, experiment


def _turn(angle: float) -> Tensor:
    c, s = math.cos(angle), math.sin(angle)
    return torch.tensor([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


def _truth() -> Truth:
    truth = Walls(1).scene(0).truth
    assert truth is not None
    return truth


def _maps(points: Tensor, local: Tensor) -> list[ViewMaps]:
    sure = torch.full(points.shape[1:3], 2.0)[None]
    return [ViewMaps(points[k][None], sure, local[k][None], sure) for k in range(len(points))]


def test_the_similarity_that_was_applied_is_found() -> None:
    points = torch.randn(50, 3)
    moved = 2.5 * points @ _turn(0.7).T + torch.tensor([1.0, -2.0, 3.0])
    found = similarity(points, moved)
    assert found.scale == pytest.approx(2.5, rel=1e-5)
    assert torch.allclose(found.R, _turn(0.7), atol=1e-5)
    assert torch.allclose(found(points), moved, atol=1e-4)
    with pytest.raises(ValueError, match="three pairs"):
        similarity(points[:2], moved[:2])


def test_a_mirror_is_no_similarity() -> None:
    points = torch.randn(80, 3)
    found = similarity(points, points * torch.tensor([-1.0, 1, 1]))
    assert float(torch.det(found.R)) == pytest.approx(1, abs=1e-5)
    assert not torch.allclose(found(points), points * torch.tensor([-1.0, 1, 1]), atol=0.1)


def test_depth_errors_know_no_scale_and_count_what_is_behind() -> None:
    true = 1 + torch.rand(12, 16)
    assert abs_rel(3 * true, true) == pytest.approx(0, abs=1e-6)
    assert abs_rel(torch.where(true > 1.5, 1.2 * true, true), true) > 0.02
    assert abs_rel(-true, true) == 1.0
    with pytest.raises(ValueError, match="true depth"):
        abs_rel(true, torch.zeros_like(true))


def test_true_maps_give_true_cameras_at_any_scale() -> None:
    truth = _truth()
    figures = against_truth(_maps(4 * truth.in_first, 4 * truth.local), truth)
    assert figures["abs_rel"] == pytest.approx(0, abs=1e-5)
    assert figures["points"] == pytest.approx(0, abs=1e-5)
    assert figures["auc3"] > 0.99
    spoilt = against_truth(_maps(truth.in_first.flip(1), truth.local), truth)
    assert spoilt["points"] > 0.05
    assert spoilt["auc3"] < 0.5


def test_a_pose_is_where_the_camera_stood() -> None:
    truth = _truth()
    pose = pose_of(_maps(truth.in_first, truth.local)[1])
    expected = torch.linalg.inv(truth.world_from_camera[0]) @ truth.world_from_camera[1]
    assert torch.allclose(pose, expected, atol=1e-3)


def test_the_area_under_the_recall_curve() -> None:
    true = torch.eye(4).repeat(2, 1, 1)
    true[1, 0, 3] = 1.0
    turned = true.clone()
    turned[1, :3, :3] = _turn(math.radians(3))
    errors = pair_errors_deg(turned, true)
    assert errors == pytest.approx([3.0], abs=1e-3)
    assert auc(errors, 30) == pytest.approx(0.9, abs=1e-3)
    assert auc(errors, 3) == pytest.approx(0, abs=1e-3)


def test_the_originals_four_of_equal_and_of_moved_maps() -> None:
    maps = _truth().in_first
    same = four_figures(maps, maps)
    assert (same["l2_mean"], same["mae"]) == (0, 0)
    moved = four_figures(maps + torch.tensor([0.3, 0.0, 0.4]), maps)
    assert moved["l2_mean"] == pytest.approx(0.5, abs=1e-5)
    assert moved["l2_std"] == pytest.approx(0, abs=1e-5)
    assert [moved[f"mae_{axis}"] for axis in "xyz"] == pytest.approx([0.3, 0, 0.4], abs=1e-5)
    assert moved["mae"] == pytest.approx(0.7 / 3, abs=1e-5)
    assert four_figures(maps + 0.5, maps, aligned=True)["l2_mean"] == pytest.approx(0, abs=1e-4)
    assert four_figures(2 * maps, maps)["l2_mean"] > 1
    assert four_figures(2 * maps, maps, aligned=True)["l2_mean"] == pytest.approx(0, abs=1e-4)


def test_the_first_view_alone_misses_what_the_others_do() -> None:
    maps = _truth().in_first
    spoilt = maps.clone()
    spoilt[1:] += 5
    assert four_figures(spoilt, maps)["l2_mean"] == 0
    assert four_figures(spoilt, maps, all_views=True)["l2_mean"] > 1
    assert set(WAYS) == {"first view", "first view, aligned", "all views", "all views, aligned"}
    with pytest.raises(ValueError, match="expected"):
        four_figures(maps[0], maps)


def test_figures_are_seeded() -> None:
    maps = torch.randn(2, 40, 50, 3)
    assert four_figures(maps, maps + 0.1, seed=3) == four_figures(maps, maps + 0.1, seed=3)
    assert four_figures(maps, maps + 0.1, seed=3) != four_figures(maps, maps + 0.1, seed=4)


def test_chamfer_is_squared_and_both_ways() -> None:
    rng = np.random.default_rng(0)
    one, two = np.zeros((50, 3)), np.full((50, 3), [0.0, 0.0, 2.0])
    assert chamfer(one, two, rng) == pytest.approx(8.0)


def test_self_consistency_is_a_measure_of_outliers() -> None:
    rng = np.random.default_rng(0)
    cloud = rng.uniform(0, 0.3, (2000, 3))
    assert self_consistency(cloud, np.random.default_rng(0)) > 0.95
    cloud[:200] += 50 * (1 + np.arange(200))[:, None]
    assert self_consistency(cloud, np.random.default_rng(0)) == pytest.approx(0.9, abs=0.03)


def test_a_model_that_ignores_the_others_is_steady_and_one_that_listens_is_not() -> None:
    model = new_student(experiment().student, None, seed=0).eval()
    views = [torch.rand(1, 3, 32, 48) for _ in range(4)]
    found = steadiness(model, views)
    assert min(found.values()) > 0
    assert found == steadiness(model, views)

    def alone(pictures: list[Tensor], **_: object) -> list[ViewMaps]:
        points = [picture.permute(0, 2, 3, 1) for picture in pictures]
        return [ViewMaps(view, None, view, None) for view in points]

    assert max(steadiness(alone, views).values()) < 1e-5  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="three views"):
        steadiness(model, views[:2])


def test_more_views_cost_more() -> None:
    model = new_student(experiment().student, None, seed=0)
    two, five = costs(model, 48, 32, (2, 5), repeats=1)
    assert 2 * two.gflop < five.gflop < 3 * two.gflop
    assert two.seconds > 0
    assert two.peak_mb > 10
    assert parameters(model) == sum(p.numel() for p in model.parameters())


def test_everything_in_one_document() -> None:
    model = new_student(experiment().student, None, seed=0).eval()
    told = evaluate(model, Walls(2), counts=(2,))
    assert set(told["original"]) == set(WAYS)
    assert {"abs_rel", "auc3", "auc5", "auc30", "accuracy_m", "completeness_m"} <= set(told["truth"])
    assert told["cost"][0]["views"] == 2
    itself = evaluate(model, Walls(2), teacher=model, counts=(2,))
    assert itself["original"]["all views"]["l2_mean"] == 0
