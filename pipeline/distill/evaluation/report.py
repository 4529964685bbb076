"""All figures of one student in one document."""

from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from models.fast3r import Fast3R, RunOptions
from pipeline.distill.data.scenes import Scenes, collate
from pipeline.distill.evaluation.cost import VIEW_COUNTS, costs, parameters
from pipeline.distill.evaluation.held_out import against_truth, scene_maps
from pipeline.distill.evaluation.original import four_figures
from pipeline.distill.evaluation.steadiness import steadiness

_OPTIONS = RunOptions(precision="float32")
#: how the original's four are computed, by the name of the column
WAYS = {
    "first view": {},
    "first view, aligned": {"aligned": True},
    "all views": {"all_views": True},
    "all views, aligned": {"all_views": True, "aligned": True},
}


@torch.no_grad()
def evaluate(
    student: Fast3R,
    scenes: Scenes,
    *,
    teacher: Fast3R | None = None,
    counts: tuple[int, ...] = VIEW_COUNTS,
    seed: int = 0,
) -> dict[str, Any]:
    """Figures of a student on some scenes.

    Args:
        student: in evaluation mode.
        scenes: to measure on.
        teacher: the original's four compare with its maps; with the truth if ``None``.
        counts: numbers of views whose cost is measured.
        seed: of all that is drawn.

    Returns:
        ``original`` (by way of computing, means over scenes), ``truth`` (where it is known), ``steadiness``,
        ``parameters``, ``cost``.

    Raises:
        ValueError: neither truth nor teacher is known.
    """
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in (*WAYS, "truth", "steadiness")}
    size = (0, 0)
    for number in range(len(scenes)):
        scene = scenes.scene(number)
        batch = collate([scene])
        size = (batch.views[0].shape[3], batch.views[0].shape[2])
        maps = scene_maps(student([view.to(student.device) for view in batch.views], options=_OPTIONS), 0)
        mine = torch.cat([view.pts3d_in_other_view for view in maps])
        if teacher is not None:
            told = teacher([view.to(teacher.device) for view in batch.views], options=_OPTIONS)
            theirs = torch.cat([view.pts3d_in_other_view.cpu() for view in told])
        elif scene.truth is not None:
            theirs = scene.truth.in_first
        else:
            raise ValueError("these scenes have no truth; give a teacher to compare with")
        for name, how in WAYS.items():
            rows[name].append(four_figures(mine, theirs, seed=seed, **how))
        if scene.truth is not None:
            rows["truth"].append(against_truth(maps, scene.truth))
        if len(batch.views) > 2:
            pictures = [view.to(student.device) for view in batch.views]
            rows["steadiness"].append(steadiness(student, pictures, seed=seed))
    return {
        "scenes": len(scenes),
        "seed": seed,
        "original": {name: _mean(rows[name]) for name in WAYS},
        "truth": _mean(rows["truth"]),
        "steadiness": _mean(rows["steadiness"]),
        "parameters": parameters(student),
        "cost": [asdict(cost) for cost in costs(student, *size, counts=counts)],
    }


def _mean(rows: list[dict[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]} if rows else {}
