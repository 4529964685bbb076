"""Which scenes a step sees, and at which learning rate: pure functions of the step."""

import math
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from pipeline.distill.training.experiment import Experiment, ExperimentError, OptimiserSettings


def steps_per_epoch(scenes: int, settings: OptimiserSettings) -> int:
    """Steps that see every scene once; scenes that fill no whole step wait for another epoch's order.

    Raises:
        ExperimentError: too few scenes for one step.
    """
    steps = scenes // (settings.batch_size * settings.accumulation)
    if not steps:
        raise ExperimentError(
            f"{scenes} scenes do not fill a step of {settings.batch_size} x {settings.accumulation}; "
            "take more scenes, or lower optimiser.accumulation"
        )
    return steps


def rate(step: int, per_epoch: int, settings: OptimiserSettings) -> float:
    """The learning rate: linear from zero over the warm-up, then a cosine to the least rate, or flat.

    Args:
        step: from 0 on.
        per_epoch: steps of an epoch.
        settings: of the schedule.
    """
    warmup = settings.warmup_epochs * per_epoch
    if step < warmup:
        return settings.learning_rate * (step + 1) / (warmup + 1)
    if settings.decay == "none":
        return settings.learning_rate
    share = min(1.0, (step - warmup) / max(1.0, settings.epochs * per_epoch - 1 - warmup))
    least = min(settings.least_rate, settings.learning_rate)
    return least + (settings.learning_rate - least) * (1 + math.cos(math.pi * share)) / 2


def own_share(experiment: Experiment, process: tuple[int, int]) -> range:
    """Which of a step's batches this process takes: whole batches, so that several give the sums of one.

    Args:
        experiment: says how many batches there are.
        process: number of this process, and of all.

    Raises:
        ExperimentError: they cannot be shared out evenly.
    """
    number, processes = process
    batches = experiment.optimiser.accumulation
    if batches % processes:
        raise ExperimentError(
            f"{batches} batches a step cannot be shared by {processes} processes; "
            f"set optimiser.accumulation to a multiple of {processes}"
        )
    return range(number, batches, processes)


def batches_from(
    step: int, scenes: int, experiment: Experiment, process: tuple[int, int] = (0, 1)
) -> Iterator[list[tuple[int, int]]]:
    """Scene and order of views of each batch that this process takes, from a step on, without an end."""
    settings = experiment.optimiser
    per_epoch = steps_per_epoch(scenes, settings) * settings.accumulation
    mine = own_share(experiment, process)
    while True:
        for batch in mine:
            epoch, place = divmod(step * settings.accumulation + batch, per_epoch)
            first = place * settings.batch_size
            chosen = _shuffled(scenes, experiment.seed, epoch)[first : first + settings.batch_size]
            order = epoch % experiment.data.orders if experiment.data.orders else epoch
            yield [(scene, order) for scene in chosen]
        step += 1


@lru_cache(maxsize=2)
def _shuffled(scenes: int, seed: int, epoch: int) -> list[int]:
    return [int(k) for k in np.random.default_rng([seed, epoch, 21]).permutation(scenes)]
