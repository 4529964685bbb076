"""Is it the distillation that helps? Students, their teacher and what needs no student, on the same rooms.

All are small and look at made rooms of 64 x 48, so that a CPU is enough. The teacher learns the truth of many
rooms; every student sees the same few rooms, for as many steps, with three seeds. "From the teacher's
weights, truth" starts as the distilled ones do and never hears the teacher: only what beats it by more than the
spread of the seeds is a merit of the teacher's maps.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from models.fast3r import Fast3R
from pipeline.distill.data.made import HELD_OUT_SEED, MadeScenes
from pipeline.distill.data.scenes import Scene, collate
from pipeline.distill.evaluation.cost import costs, parameters
from pipeline.distill.evaluation.geometry import abs_rel
from pipeline.distill.evaluation.held_out import against_truth, scene_maps
from pipeline.distill.studies.reports import Row, write_report
from pipeline.distill.training.experiment import Experiment, load_experiment
from pipeline.distill.training.students import STUDENT_FOLDER
from pipeline.distill.training.trainer import train

#: held-out rooms that a training measures with on its way
_CHECKED: Final = 4
#: of the figures in the table
FIGURES: Final = ("abs_rel", "points", "accuracy_m", "completeness_m", "auc30")
#: of the teacher; the students' heads have half of the channels, as the original's
_SIZES: Final = {
    "student.encoder": {"embed_dim": 96, "depth": 3, "num_heads": 4},
    "student.decoder": {"embed_dim": 96, "enc_embed_dim": 96, "depth": 4, "num_heads": 4},
    "student.head": {"layer_dims": [16, 16, 32, 32], "feature_dim": 16},
}
_SMALL_HEAD: Final = {"layer_dims": [8, 8, 16, 16]}
_COPIED: Final = ["encoder", "decoder"]
_POINTS: Final = {"relations": 1.0, "mode": "points"}
_SEED: Final = {"relations": 1.0, "mode": "seed", "global_points": 0.0, "local_points": 0.0, "confidence": 0.0}
_TRUTH: Final = {"relations": 0.0}
#: name of each student, its teacher's name or the truth, the parts that it copies, its loss
STUDENTS: Final[dict[str, tuple[bool, list[str], dict[str, Any]]]] = {
    "fresh, truth": (False, [], _TRUTH),
    "from the teacher's weights, truth": (False, _COPIED, _TRUTH),
    "from the teacher's weights, its points": (True, _COPIED, _POINTS),
    "from the teacher's weights, the seed recipe": (True, _COPIED, _SEED),
}


@dataclass(frozen=True)
class Plan:
    """How much is run.

    Attributes:
        teacher_rooms, teacher_epochs, student_rooms, student_epochs: of the trainings.
        held_out: rooms that are measured with.
        seeds: of the students.
        width_px, height_px: of the pictures.
        learning_rate: of all trainings.
        eye: whether the eye is asked, too.
    """

    teacher_rooms: int = 500
    teacher_epochs: int = 4
    student_rooms: int = 120
    student_epochs: int = 2
    held_out: int = 24
    seeds: int = 3
    width_px: int = 64
    height_px: int = 48
    learning_rate: float = 1e-3
    eye: bool = True

    def __post_init__(self) -> None:
        if min(self.teacher_rooms, self.student_rooms) < 4 or min(self.seeds, self.held_out) < 1:
            raise ValueError("at least 4 rooms, one seed and one held-out room are needed")


@dataclass(frozen=True)
class Kept:
    """Scenes that stay in memory once they are drawn."""

    scenes: MadeScenes

    def __len__(self) -> int:
        return len(self.scenes)

    def scene(self, number: int) -> Scene:
        """One of them."""
        return _kept(self.scenes, number)


@cache
def _kept(scenes: MadeScenes, number: int) -> Scene:
    return scenes.scene(number)


def controls(folder: Path, plan: Plan, report: Callable[[str], None] = lambda line: None) -> Path:
    """Train, measure, and write ``controls.md``; what is done already is not done again.

    Args:
        folder: gets trainings and report.
        plan: how much.
        report: told every row.
    """
    held = Kept(MadeScenes(plan.held_out, HELD_OUT_SEED, width_px=plan.width_px, height_px=plan.height_px))
    rows = [*_without_students(held, plan, report)]
    base = _base(plan)
    teacher = _trained(folder / "teacher", base, plan.teacher_rooms, held, plan)
    rows.append(_measured("teacher", [teacher], held, report))
    for name, (taught, copied, loss) in STUDENTS.items():
        students = [
            _student(folder, name, seed, plan, base, held, taught=taught, copied=copied, loss=loss)
            for seed in range(plan.seeds)
        ]
        rows.append(_measured(name, students, held, report))
    rows = [row | _speed(row, rows) for row in rows]
    about = "Held-out made rooms; means, and half of the span of the seeds after the sign."
    return write_report(folder, "controls", about, rows, **asdict(plan))


def _base(plan: Plan) -> Experiment:
    return load_experiment(
        "tiny",
        _SIZES
        | {
            "data.width_px": plan.width_px,
            "data.height_px": plan.height_px,
            "data.orders": 1,
            "optimiser.learning_rate": plan.learning_rate,
            "optimiser.epochs": plan.teacher_epochs,
            "data.rooms": plan.teacher_rooms,
            "data.held_out": plan.held_out,
        },
    )


def _student(
    folder: Path,
    name: str,
    seed: int,
    plan: Plan,
    base: Experiment,
    held: Kept,
    *,
    taught: bool,
    copied: list[str],
    loss: dict[str, Any],
) -> Fast3R:
    """One student with one seed."""
    raw = json.loads(base.model_dump_json())
    raw["name"], raw["seed"] = name, seed
    raw["teacher"] = str(folder / "teacher" / STUDENT_FOLDER) if taught or copied else ""
    raw["student"]["head"] |= _SMALL_HEAD
    raw["student"]["copied"] = copied
    raw["targets"] = "teacher" if taught else "truth"
    raw["loss"] |= loss
    raw["optimiser"]["epochs"], raw["data"]["rooms"] = plan.student_epochs, plan.student_rooms
    place = folder / "students" / f"{'_'.join(name.replace(',', '').split())}_{seed}"
    return _trained(place, Experiment.model_validate(raw), plan.student_rooms, held, plan)


def _trained(place: Path, experiment: Experiment, rooms: int, held: Kept, plan: Plan) -> Fast3R:
    made = MadeScenes(rooms, 0, width_px=plan.width_px, height_px=plan.height_px)
    cache_folder = place.parents[1] / "maps" if place.parent.name == "students" else None
    model = train(experiment, place, cache=cache_folder, scenes=(Kept(made), _few(held, _CHECKED)))
    return model.eval()


def _few(held: Kept, count: int) -> Kept:
    """The first of the held-out rooms, for the curves."""
    return Kept(replace(held.scenes, count=min(count, len(held))))


@torch.no_grad()
def _measured(name: str, models: list[Fast3R], held: Kept, report: Callable[[str], None]) -> Row:
    """Means over rooms, and the span over seeds."""
    by_seed = []
    for model in models:
        figures = []
        for number in range(len(held)):
            scene = held.scene(number)
            if scene.truth is not None:
                figures.append(against_truth(scene_maps(model(collate([scene]).views), 0), scene.truth))
        by_seed.append({key: float(np.mean([figure[key] for figure in figures])) for key in FIGURES})
    row: Row = {"what": name, "runs": len(models)}
    for key in FIGURES:
        values = [figures[key] for figures in by_seed]
        spread = f" ±{(max(values) - min(values)) / 2:.2g}" if len(values) > 1 else ""
        row[key] = f"{np.mean(values):.3g}{spread}"
    row["parameters"] = parameters(models[0])
    views = held.scene(0).images
    row["ms"] = round(1e3 * costs(models[0], views.shape[2], views.shape[1], (len(views),))[0].seconds, 1)
    report(str(row))
    return row


def _speed(row: Row, rows: list[Row]) -> Row:
    teacher = next(other for other in rows if other["what"] == "teacher")
    return {"times_as_fast": round(teacher["ms"] / row["ms"], 2)} if "ms" in row else {}


def _without_students(held: Kept, plan: Plan, report: Callable[[str], None]) -> list[Row]:
    """What needs no training here; depth alone."""
    ways: dict[str, Callable[[Scene], Tensor]] = {"constant depth": _constant, "the true empty room": _box}
    if plan.eye:
        ways["the eye, lens unknown"] = _eye
    rows = []
    for name, depth in ways.items():
        errors = []
        for number in range(len(held)):
            scene = held.scene(number)
            if scene.truth is not None:
                true = torch.where(scene.truth.valid, scene.truth.local[..., 2], 0)
                errors += [abs_rel(mine, right) for mine, right in zip(depth(scene), true, strict=True)]
        rows.append({"what": name, "runs": 1, "abs_rel": f"{np.mean(errors):.3g}"})
        report(str(rows[-1]))
    return rows


def _constant(scene: Scene) -> Tensor:
    return torch.ones(scene.images.shape[:3])


def _box(scene: Scene) -> Tensor:
    assert scene.truth is not None  # noqa: S101 - asked for scenes with truth only
    return scene.truth.box_depth_m


def _eye(scene: Scene) -> Tensor:
    from pipeline.rooms.prior import own_eye

    height, width = scene.images.shape[1:3]
    eye = own_eye()
    depths = [
        eye.predict(picture.numpy(), None).resized(width, height).depth_over_height for picture in scene.images
    ]
    return torch.from_numpy(np.stack(depths).astype(np.float32))
