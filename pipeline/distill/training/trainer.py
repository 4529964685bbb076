"""The training loop. Its whole state is the checkpoint; everything random is a function of the step.

A folder of a training holds::

    experiment.json     what is trained
    checkpoint.pt       student, optimiser, step
    student/            the student as the backend `student` reads it
    curve.jsonl         loss every few steps, validation from before step 0 on
    held_out.png        photos, wanted depth, the student's depth of one held-out scene
    tensorboard/        the same for TensorBoard
    teacher/            the teacher's maps, unless another folder was given
"""

import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.checkpoints import read_torch
from models.fast3r import Fast3R
from pipeline.distill.data.made import HELD_OUT_SEED, MadeScenes
from pipeline.distill.data.scannetpp import PreparedScenes
from pipeline.distill.data.scenes import Batch, OrderedScenes, Scenes, collate
from pipeline.distill.evaluation.held_out import measure
from pipeline.distill.evaluation.pictures import PICTURE_FILE, side_by_side, write_picture
from pipeline.distill.training.curve import Curve
from pipeline.distill.training.experiment import Experiment, ExperimentError
from pipeline.distill.training.schedule import batches_from, own_share, rate, steps_per_epoch
from pipeline.distill.training.students import STUDENT_FOLDER, Learner, new_student, save_student
from pipeline.distill.training.targets import Targets, Teacher, Truth, moved

CHECKPOINT_FILE, EXPERIMENT_FILE, CACHE_FOLDER = "checkpoint.pt", "experiment.json", "teacher"
_SECONDS = 60.0


def scenes_of(experiment: Experiment) -> tuple[Scenes, Scenes]:
    """What is trained on, and what is measured with: no room is in both.

    Raises:
        DataError: shards that are not there.
    """
    data = experiment.data
    if data.kind == "prepared":
        kept, held = PreparedScenes.open(data.folder).split(data.held_out)
        return kept, PreparedScenes(held.folder, held.index[: data.held_out])
    size = {"views": data.views, "width_px": data.width_px, "height_px": data.height_px}
    return MadeScenes(data.rooms, data.seed, **size), MadeScenes(data.held_out, HELD_OUT_SEED, **size)


class Trainer:
    """A training in its folder.

    Args:
        experiment: what is trained.
        folder: gets the results.
        cache: folder of the teacher's maps; below ``folder`` if ``None``.
        device: ``cpu`` or ``cuda``; several processes are told apart by accelerate.
        scenes: to train on and to measure with, if not those that the experiment names.

    Raises:
        ExperimentError, WeightsError, DataError: what cannot be used.
    """

    def __init__(
        self,
        experiment: Experiment,
        folder: Path,
        *,
        cache: Path | None = None,
        device: str = "cpu",
        scenes: tuple[Scenes, Scenes] | None = None,
    ) -> None:
        self.experiment, self.folder = experiment, folder
        self._library = _accelerator(experiment, cpu=device == "cpu")
        self.process = (int(self._library.process_index), int(self._library.num_processes))
        own_share(experiment, self.process)
        self.scenes, self.held_out = scenes or scenes_of(experiment)
        self.per_epoch = steps_per_epoch(len(self.scenes), experiment.optimiser)
        self.steps = self.per_epoch * experiment.optimiser.epochs
        self.targets = self._targets(cache or folder / CACHE_FOLDER)
        self.student = new_student(experiment.student, self._teacher(), experiment.seed)
        settings = experiment.optimiser
        adam = torch.optim.AdamW(
            self.student.parameters(),
            settings.learning_rate,
            betas=settings.betas,
            weight_decay=settings.weight_decay,
        )
        learner = Learner(self.student, experiment.loss.weights()).train()
        self._learner, self._adam = self._library.prepare(learner, adam)
        self.step = 0

    @property
    def leads(self) -> bool:
        """Whether this process writes and measures."""
        return self.process[0] == 0

    def _targets(self, cache: Path) -> Targets:
        wanted = self.experiment
        if wanted.targets == "truth":
            return Truth()
        device = str(self._library.device)
        keep = wanted.data.orders > 0
        return Teacher(wanted.teacher, cache, device, tokens=wanted.loss.tokens > 0, keep=keep)

    def _teacher(self) -> Fast3R | None:
        """Whom the student starts from."""
        if isinstance(self.targets, Teacher):
            return self.targets.model
        return Fast3R.from_pretrained(self.experiment.teacher) if self.experiment.teacher else None

    def resume(self) -> bool:
        """Go on from the checkpoint, if there is one.

        Raises:
            ExperimentError: it is of another experiment.
        """
        file = self.folder / CHECKPOINT_FILE
        if not file.is_file():
            return False
        state = read_torch(file)
        if state["experiment"] != self.experiment.model_dump_json():
            raise ExperimentError(
                f"{file} is of another experiment; choose another folder, or the same settings"
            )
        self.student.load_state_dict(state["student"])
        self._adam.load_state_dict(state["optimiser"])
        self.step = int(state["step"])
        return True

    def save(self) -> None:
        """Write checkpoint and student; a kill in between leaves those before."""
        if not self.leads:
            return
        state = {
            "student": self.student.state_dict(),
            "optimiser": self._adam.state_dict(),
            "step": self.step,
            "experiment": self.experiment.model_dump_json(),
        }
        partial = self.folder / f"{CHECKPOINT_FILE}.part"
        torch.save(state, partial)
        partial.replace(self.folder / CHECKPOINT_FILE)
        save_student(self.student, self.folder / STUDENT_FOLDER)

    def batches(self) -> Iterator[list[Batch]]:
        """This process's batches of each step, from the present one on."""
        data = self.experiment.data
        wanted = batches_from(self.step, len(self.scenes), self.experiment, self.process)
        loader: Any = torch.utils.data.DataLoader(
            OrderedScenes(self.scenes, self.experiment.seed),
            batch_sampler=wanted,
            collate_fn=collate,
            num_workers=data.workers,
            multiprocessing_context="spawn" if data.workers else None,
        )
        here = iter(loader)
        count = len(own_share(self.experiment, self.process))
        while True:
            yield [next(here) for _ in range(count)]

    def learn(self, batches: list[Batch]) -> dict[str, float]:
        """One step: the mean loss of all batches of all processes.

        Raises:
            ExperimentError: the loss is not finite.
        """
        settings = self.experiment.optimiser
        for group in self._adam.param_groups:
            group["lr"] = rate(self.step, self.per_epoch, settings)
        self._adam.zero_grad(set_to_none=True)
        told = []
        for number, batch in enumerate(batches):
            last = number == len(batches) - 1
            with nullcontext() if last else self._library.no_sync(self._learner):
                told.append(self._one(batch, number, len(batches)))
        self._library.clip_grad_norm_(self._learner.parameters(), settings.clip)
        self._adam.step()
        self.step += 1
        mine = torch.tensor([list(part.values()) for part in told], device=self._library.device).mean(dim=0)
        mean = self._library.reduce(mine, "mean").tolist()
        return dict(zip(told[0], mean, strict=True))

    def _one(self, batch: Batch, number: int, count: int) -> dict[str, float]:
        """Loss and gradient of one batch."""
        device = self._library.device
        settings = self.experiment.optimiser
        place = self.step * settings.accumulation + number * self.process[1] + self.process[0]
        seed = int(np.random.SeedSequence([self.experiment.seed, place]).generate_state(1)[0])
        target, tokens = self.targets.of(batch)
        views = [view.to(device) for view in batch.views]
        tokens = None if tokens is None else [view.to(device) for view in tokens]
        loss, parts = self._learner(views, moved(target, device), tokens, seed)
        value = float(loss.detach())
        if not np.isfinite(value):
            raise ExperimentError(f"the loss is {value} at step {self.step}; try a lower learning rate")
        self._library.backward(loss / count)
        return {"loss": value, **parts}

    def agree(self, wish: bool) -> bool:
        """Whether any process wishes it; all get the same answer."""
        voice = torch.tensor(float(wish), device=self._library.device)
        return bool(self._library.reduce(voice, "sum") > 0)

    def check(self) -> dict[str, float]:
        """Measure the student on what it never sees."""
        self.student.eval()
        batches = self._held_out_batches()
        found = measure(self.student, batches, self.targets, self.experiment.loss.weights())
        self._draw()
        self.student.train()
        return found

    @torch.no_grad()
    def _draw(self) -> None:
        """The first held-out scene: photos, what is wanted, what the student says."""
        batch = collate([self.held_out.scene(0)])
        maps = self.student([view.to(self._library.device) for view in batch.views])
        picture = side_by_side(batch.scenes[0], self.targets.of(batch)[0], maps)
        write_picture(self.folder / PICTURE_FILE, picture)

    def _held_out_batches(self) -> Iterator[Batch]:
        """The held-out scenes in their first order."""
        size = self.experiment.optimiser.batch_size
        for first in range(0, len(self.held_out), size):
            yield collate([self.held_out.scene(k) for k in range(first, min(first + size, len(self.held_out)))])


def _accelerator(experiment: Experiment, *, cpu: bool) -> Any:
    try:
        from accelerate import Accelerator
        from accelerate.utils import DistributedDataParallelKwargs
    except ImportError as error:
        raise ExperimentError("accelerate is not installed: pip install -e '.[distill]'") from error
    precision = "no" if cpu else experiment.optimiser.precision
    unused = DistributedDataParallelKwargs(find_unused_parameters=True)
    return Accelerator(cpu=cpu, mixed_precision=precision, kwargs_handlers=[unused])


def train(
    experiment: Experiment,
    folder: Path,
    *,
    cache: Path | None = None,
    device: str = "cpu",
    stop_at: int = 0,
    minutes: float = 0.0,
    scenes: tuple[Scenes, Scenes] | None = None,
) -> Fast3R:
    """Train, or go on with a training that was stopped: the same bits on a CPU as without the stop.

    Args:
        experiment: what is trained.
        folder: gets the results (see the module).
        cache: of the teacher's maps, to share them between trainings.
        device: ``cpu`` or ``cuda``.
        stop_at: stop after this step with a checkpoint; 0: at the end.
        minutes: stop with a checkpoint after this time; 0: never.
        scenes: see :class:`Trainer`.

    Returns:
        The student.

    Raises:
        ExperimentError, WeightsError, DataError: what cannot be used, or a loss that is not finite.
    """
    folder.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(experiment, folder, cache=cache, device=device, scenes=scenes)
    trainer.resume()
    last = min(stop_at or trainer.steps, trainer.steps)
    curve = Curve(folder, trainer.step) if trainer.leads else None
    if curve is not None:
        (folder / EXPERIMENT_FILE).write_text(experiment.model_dump_json(indent=1), encoding="utf-8")
        if trainer.step == 0:
            curve.add(0, "held_out", trainer.check())
    _loop(trainer, curve, last, time.monotonic() + _SECONDS * minutes if minutes else np.inf)
    trainer.save()
    if curve is not None:
        curve.close()
    return trainer.student


def _loop(trainer: Trainer, curve: Curve | None, last: int, until_s: float) -> None:
    experiment, parts, began = trainer.experiment, list[dict[str, float]](), time.monotonic()
    if trainer.step >= last:
        return
    for batches in trainer.batches():
        parts.append(trainer.learn(batches))
        step = trainer.step
        if curve is not None and (step % experiment.report_steps == 0 or step == last):
            mean = {name: float(np.mean([part[name] for part in parts])) for name in parts[0]}
            rates = {"rate": rate(step - 1, trainer.per_epoch, experiment.optimiser)}
            curve.add(step, "train", mean | rates, seconds=round(time.monotonic() - began, 1))
            parts = []
        if step % experiment.check_steps == 0 or step == trainer.steps:
            trainer.save()
            if curve is not None:
                curve.add(step, "held_out", trainer.check())
        if step >= last or (np.isfinite(until_s) and trainer.agree(time.monotonic() > until_s)):
            return
