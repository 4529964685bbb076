"""A student on scenes that it never saw: its loss, and its geometry against the truth."""

from collections.abc import Iterable

import numpy as np
import torch

from models.fast3r import Fast3R, RunOptions, ViewMaps
from pipeline.distill.data.scenes import Batch, Truth
from pipeline.distill.evaluation.geometry import (
    AUC_DEG,
    abs_rel,
    accuracy_completeness,
    auc,
    pair_errors_deg,
    pose_of,
    similarity,
)
from pipeline.distill.losses import LossWeights, distillation_loss
from pipeline.distill.training.targets import Targets, moved

FLOAT32 = RunOptions(precision="float32")


@torch.no_grad()
def measure(
    student: Fast3R, batches: Iterable[Batch], targets: Targets, weights: LossWeights
) -> dict[str, float]:
    """Means over all scenes: the loss with its parts, and :func:`against_truth` where the truth is known."""
    rows, shares = [], []
    for batch in batches:
        device = student.device
        maps = student([view.to(device) for view in batch.views], options=FLOAT32)
        target, _ = targets.of(batch)
        loss, parts = distillation_loss(maps, moved(target, device), weights)
        row = {"loss": float(loss)} | parts
        told = [
            against_truth(scene_maps(maps, number), scene.truth)
            for number, scene in enumerate(batch.scenes)
            if scene.truth is not None
        ]
        if told:
            row |= {name: float(np.mean([one[name] for one in told])) for name in told[0]}
        rows.append(row)
        shares.append(len(batch.scenes))
    return {name: float(np.average([row[name] for row in rows], weights=shares)) for name in rows[0]}


def scene_maps(maps: list[ViewMaps], number: int) -> list[ViewMaps]:
    """The maps of one scene of a batch."""
    one = slice(number, number + 1)
    return [
        ViewMaps(**{name: None if value is None else value[one].cpu() for name, value in vars(view).items()})  # type: ignore[arg-type]
        for view in maps
    ]


def against_truth(maps: list[ViewMaps], truth: Truth) -> dict[str, float]:
    """Figures of one scene.

    Returns:
        ``abs_rel`` of depth (local maps, one scale a view), ``points`` (mean distance of global points over
        their mean distance from the first camera, after one similarity), ``accuracy_m`` and ``completeness_m``
        (after it), ``auc3``, ``auc5``, ``auc30`` of the cameras.
    """
    figures: dict[str, float] = {}
    known = truth.valid
    local = [view.pts3d_local for view in maps]
    depths = [
        abs_rel(points[0, ..., 2], torch.where(known[k], truth.local[k, ..., 2], 0))
        for k, points in enumerate(local)
        if points is not None
    ]
    if depths:
        figures["abs_rel"] = float(np.mean(depths))
    mine, theirs = torch.cat([view.pts3d_in_other_view for view in maps])[known], truth.in_first[known]
    moved_points = similarity(mine, theirs)(mine)
    apart = torch.linalg.vector_norm(moved_points - theirs, dim=1)
    figures["points"] = float(apart.mean() / torch.linalg.vector_norm(theirs, dim=1).mean())
    figures["accuracy_m"], figures["completeness_m"] = accuracy_completeness(moved_points, theirs)
    if depths and len(maps) > 1:
        poses = torch.stack([pose_of(view) for view in maps])
        true = torch.linalg.inv(truth.world_from_camera[:1]) @ truth.world_from_camera
        errors = pair_errors_deg(poses, true)
        figures |= {f"auc{degrees:g}": auc(errors, degrees) for degrees in AUC_DEG}
    return figures
