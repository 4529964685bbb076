"""Rates and batches are functions of the step; processes share a step's batches between them."""

from itertools import islice, pairwise

import pytest

from pipeline.distill.training.experiment import ExperimentError, OptimiserSettings, load_experiment
from pipeline.distill.training.schedule import batches_from, own_share, rate, steps_per_epoch
from tests.pipeline.distill.training.fakes import experiment


def test_the_rate_rises_for_five_epochs_and_falls_to_the_least() -> None:
    settings = load_experiment("test4").optimiser
    per_epoch = steps_per_epoch(152_000, settings)
    assert per_epoch == 152_000 // 32
    rates = [rate(step, per_epoch, settings) for step in range(0, 30 * per_epoch, 50)]
    top = max(range(len(rates)), key=rates.__getitem__)
    assert 50 * top == pytest.approx(5 * per_epoch, abs=50)
    assert rates[top] == pytest.approx(1e-4, rel=1e-3)
    assert all(a < b for a, b in pairwise(rates[:top]))
    assert all(a > b for a, b in pairwise(rates[top:]))
    assert rate(30 * per_epoch - 1, per_epoch, settings) == pytest.approx(1e-6)
    middle = rate(round(17.5 * per_epoch), per_epoch, settings)
    assert middle == pytest.approx((1e-4 + 1e-6) / 2, rel=1e-3)


def test_without_a_schedule_it_is_flat() -> None:
    settings = load_experiment("test1").optimiser
    assert {rate(step, 100, settings) for step in (0, 50, 2999)} == {1e-4}


def test_every_scene_is_seen_once_an_epoch_in_another_order() -> None:
    wanted = experiment()
    batches = list(islice(batches_from(0, 16, wanted), 16))
    first, second = ([entry for batch in part for entry in batch] for part in (batches[:8], batches[8:]))
    assert sorted(scene for scene, _ in first) == sorted(scene for scene, _ in second) == list(range(16))
    assert first != second
    assert {order for _, order in first} == {0}
    assert {order for _, order in second} == {1}


def test_going_on_at_a_step_sees_what_came_next() -> None:
    wanted = experiment()
    whole = list(islice(batches_from(0, 16, wanted), 12))
    assert list(islice(batches_from(3, 16, wanted), 6)) == whole[6:]


def test_two_processes_take_whole_batches_of_the_same_step() -> None:
    wanted = experiment()
    whole = list(islice(batches_from(0, 16, wanted), 8))
    shares = [list(islice(batches_from(0, 16, wanted, (k, 2)), 4)) for k in range(2)]
    assert [batch for pair in zip(*shares, strict=True) for batch in pair] == whole
    with pytest.raises(ExperimentError, match="multiple of 3"):
        own_share(wanted, (0, 3))


def test_too_few_scenes_are_refused() -> None:
    with pytest.raises(ExperimentError, match="do not fill a step of 4 x 8"):
        steps_per_epoch(31, OptimiserSettings())
