"""Training the eye on made rooms: drawn while it trains, resumed exactly, watched as JSON lines.

The batch of a step, its processing and the learning rate are functions of the step and the settings alone; the
checkpoint holds the rest. Rooms of one block are drawn while the block before is learnt from.
"""

import json
import math
import os
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context, parent_process
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file

from models.checkpoints import read_torch
from models.eye import Eye, EyeConfig, Seen
from pipeline.distill.eye.devices import Alone, Devices
from pipeline.distill.eye.losses import LossWeights, eye_loss
from pipeline.distill.eye.samples import HELD_OUT_SEED, Batch, arrays_of, batch_from, draw_bundle
from pipeline.distill.rooms import Side

CHECKPOINT_FILE, WEIGHTS_FILE = "checkpoint.pt", "eye.safetensors"
METRICS_FILE, SETTINGS_FILE = "metrics.jsonl", "settings.json"


class EyeTrainingError(Exception):
    """The training cannot start or go on; the message says what to do."""


@dataclass(frozen=True)
class EyeTraining:
    """The recipe.

    Attributes:
        steps, batch_size: how long, and views per step.
        pixels: about the area of a view.
        per_room: views of each room.
        passes: how often a view is used, each time developed anew.
        block: batches drawn together.
        learning_rate, weight_decay: of AdamW; the rate is flat, then falls to zero over the last ``fall``.
        warmup_steps, fall: see above.
        average: decay of the running mean of the weights, which is what is kept.
        seed: of rooms, weights and order.
        report_steps, check_steps: steps between lines of the curve, and between validations and checkpoints.
        held_out: batches of the validation.
        precision: ``bfloat16`` or ``float32``.
        loss: weights of its parts.
        eye: sizes of the network.
    """

    steps: int = 12000
    batch_size: int = 8
    pixels: int = 128 * 96
    per_room: int = 2
    passes: int = 2
    block: int = 24
    learning_rate: float = 1.5e-3
    weight_decay: float = 1e-3
    warmup_steps: int = 200
    fall: float = 0.3
    average: float = 0.998
    seed: int = 0
    report_steps: int = 25
    check_steps: int = 250
    held_out: int = 12
    precision: str = "bfloat16"
    loss: LossWeights = field(default_factory=LossWeights)
    eye: EyeConfig = field(default_factory=EyeConfig)

    def __post_init__(self) -> None:
        whole = (self.steps, self.batch_size, self.per_room, self.passes, self.block, self.held_out)
        if min(whole) < 1 or min(self.report_steps, self.check_steps) < 1 or self.warmup_steps < 0:
            raise ValueError("steps, sizes and intervals must be at least 1, warmup_steps at least 0")
        if self.pixels < 32 * 32:
            raise ValueError(f"pixels is {self.pixels}; the eye needs at least {32 * 32}")
        if self.learning_rate <= 0 or not 0 <= self.average < 1 or not 0 <= self.fall <= 1:
            raise ValueError("learning_rate > 0, 0 <= average < 1 and 0 <= fall <= 1 are needed")
        if self.precision not in ("bfloat16", "float32"):
            raise ValueError(f"precision is {self.precision!r}; known are bfloat16 and float32")


def learning_rate(step: int, recipe: EyeTraining) -> float:
    """Up, flat, and down to zero at the end."""
    up = min(1.0, (step + 1) / recipe.warmup_steps) if recipe.warmup_steps else 1.0
    falling = recipe.fall * recipe.steps
    down = min(1.0, (recipe.steps - step) / falling) if falling else 1.0
    return recipe.learning_rate * up * down


def batches(recipe: EyeTraining, first: int, share: tuple[int, int] = (0, 1)) -> Iterator[Batch]:
    """The batches of the steps from ``first`` on; the next block is drawn by another process meanwhile.

    ``share``: number of this process and of all that learn together; each has batches of its own.
    """
    per_block = recipe.block * recipe.passes
    block = first // per_block
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_begin_drawing) as pool:
        coming: Future[list[dict[str, np.ndarray]]] = pool.submit(draw_block, block, recipe, share)
        try:
            while block * per_block < recipe.steps:
                drawn = coming.result()
                coming = pool.submit(draw_block, block + 1, recipe, share)
                for arrays in drawn[max(0, first - block * per_block) :]:
                    yield batch_from(arrays)
                block += 1
        finally:
            coming.cancel()


def _begin_drawing() -> None:
    """The drawing process leaves the other cores to the training, and ends with it, however that ends."""
    torch.set_num_threads(1)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def draw_block(block: int, recipe: EyeTraining, share: tuple[int, int] = (0, 1)) -> list[dict[str, np.ndarray]]:
    """The arrays of the batches of a block's steps: its views in new order and new looks on every pass."""
    block = block * share[1] + share[0]
    first, per_block = block * recipe.block, recipe.block * recipe.passes
    drawn = [
        draw_bundle(k, recipe.batch_size, recipe.pixels, recipe.seed, recipe.per_room)
        for k in range(first, first + recipe.block)
    ]
    order = np.random.default_rng([recipe.seed, block, 5])
    turns = np.concatenate([order.permutation(recipe.block) for _ in range(recipe.passes)])
    return [arrays_of(drawn[turn], recipe.seed + block * per_block + k) for k, turn in enumerate(turns)]


def held_out(recipe: EyeTraining) -> list[Batch]:
    """Batches of rooms that are never trained on; the same for every seed of the training."""
    return [
        batch_from(
            arrays_of(draw_bundle(k, recipe.batch_size, recipe.pixels, HELD_OUT_SEED, recipe.per_room), k)
        )
        for k in range(recipe.held_out)
    ]


@torch.no_grad()
def measure(eye: Eye, truth: list[Batch]) -> dict[str, float]:
    """Side accuracy, thing IoU, error of log depth, of normals (degrees), of focal length and horizon."""
    eye.eval()
    hits, common, either, rows, aided = [], 0.0, 0.0, [], []
    for batch in truth:
        seen = eye(batch.rgb, batch.rays)
        aided += _with_measurements(eye, batch, seen)
        side = seen.sides.argmax(dim=1)
        thing, told = batch.sides == Side.THING, side == Side.THING
        common, either = common + float((thing & told).sum()), either + float((thing | told).sum())
        hits.append(float((side == batch.sides).float().mean()))
        cosine = (seen.normal * batch.normal).sum(dim=1).clamp(-1, 1)
        rows.append([
            float((seen.log_depth - batch.log_depth).abs().mean()),
            math.degrees(float(cosine.acos().median())),
            float((seen.lens.log_focal - batch.lens[:, 0]).abs().median()),
            float((seen.lens.horizon - batch.lens[:, 1]).abs().median()),
        ])  # fmt: skip
    eye.train()
    depth, normal, focal, horizon = np.mean(rows, axis=0)
    found = {
        "accuracy": float(np.mean(hits)),
        "thing_iou": common / max(either, 1.0),
        "log_depth": float(depth),
    }
    found |= {"normal_deg": float(normal), "log_focal": float(focal), "horizon": float(horizon)}
    if aided:
        found["log_depth_alone"], found["log_depth_measured"] = map(float, np.mean(aided, axis=0))
    return found


def _with_measurements(eye: Eye, batch: Batch, alone: Seen) -> list[tuple[float, float]]:
    """Errors of log depth without and with what was measured, of the views that have it."""
    has = batch.measured.flatten(1).any(dim=1)
    if not bool(has.any()):
        return []
    seen, true = eye(batch.rgb[has], batch.rays[has], None, batch.measured[has]), batch.log_depth[has]
    before, after = ((depth - true).abs().mean(dim=(1, 2)) for depth in (alone.log_depth[has], seen.log_depth))
    return list(zip(before.tolist(), after.tolist(), strict=True))


class Trainer:
    """The state of a training: network, running mean, optimiser and step."""

    def __init__(self, recipe: EyeTraining, folder: Path, devices: Devices | None = None) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.folder, self.devices = recipe, folder, devices or Alone("cpu")
        device = self.devices.device
        self.eye = Eye(recipe.eye).to(device)
        self.eye.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.mean = Eye(recipe.eye).to(device)
        self.mean.load_state_dict(self.eye.state_dict())
        adam = torch.optim.AdamW(self.eye.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay)
        self._network, self.optimizer = self.devices.prepared(self.eye, adam)
        self.step = 0

    @property
    def leads(self) -> bool:
        """Whether this process writes files; of several that learn together one does."""
        return self.devices.share[0] == 0

    def start_from(self, weights: Path) -> None:
        """Take over the weights of another training, not its step."""
        state = Eye.from_pretrained(weights, self.recipe.eye).state_dict()
        self.eye.load_state_dict(state)
        self.mean.load_state_dict(state)

    def resume(self) -> bool:
        """Go on from the folder's checkpoint, if it has one.

        Raises:
            EyeTrainingError: it is of another recipe.
        """
        path = self.folder / CHECKPOINT_FILE
        if not path.is_file():
            return False
        state = read_torch(path)
        if json.loads(state["recipe"]) != json.loads(json.dumps(asdict(self.recipe))):
            raise EyeTrainingError(f"{path} is of another recipe; choose another folder or the same settings")
        self.eye.load_state_dict(state["eye"])
        self.mean.load_state_dict(state["mean"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step = int(state["step"])
        return True

    def save(self) -> None:
        """Write the checkpoint and the weights; a kill in between leaves the files before."""
        if not self.leads:
            return
        state = {
            "eye": self.eye.state_dict(),
            "mean": self.mean.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.step,
            "recipe": json.dumps(asdict(self.recipe)),
        }
        partial = self.folder / f"{CHECKPOINT_FILE}.part"
        torch.save(state, partial)
        partial.replace(self.folder / CHECKPOINT_FILE)
        save_weights(self.mean, self.folder / WEIGHTS_FILE)

    def learn(self, batch: Batch) -> dict[str, float]:
        """One step."""
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.step, self.recipe)
        device = self.devices.device
        batch = batch.to(device)
        rgb = batch.rgb.contiguous(memory_format=torch.channels_last)
        # one batch in three knows where down is, as callers with vanishing points do
        down = batch.down if self.step % 3 == 0 else None
        with torch.autocast(device.split(":")[0], torch.bfloat16, enabled=self.recipe.precision == "bfloat16"):
            seen = self._network(rgb, batch.rays, down, batch.measured)
        loss, parts = eye_loss(seen, batch, self.recipe.loss)
        if not torch.isfinite(loss):
            raise EyeTrainingError(f"the loss is {float(loss)} at step {self.step}; try a lower learning rate")
        self.optimizer.zero_grad(set_to_none=True)
        self.devices.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.eye.parameters(), 1.0)
        self.optimizer.step()
        self.step += 1
        self._average()
        return {"loss": float(loss.detach()), **parts}

    @torch.no_grad()
    def _average(self) -> None:
        keep = min(self.recipe.average, (self.step + 1) / (self.step + 10))
        for mean, now in zip(self.mean.parameters(), self.eye.parameters(), strict=True):
            mean.lerp_(now, 1 - keep)


def save_weights(eye: Eye, path: Path) -> None:
    """Weights as half-precision safetensors."""
    partial = path.with_suffix(".part")
    save_file({name: value.half().contiguous() for name, value in eye.state_dict().items()}, partial)
    partial.replace(path)


def train(
    recipe: EyeTraining,
    folder: Path,
    *,
    start_from: Path | None = None,
    devices: Devices | None = None,
    stop_at: int = 0,
) -> Path:
    """Train, or go on with a training that was stopped.

    Args:
        recipe: of the whole training.
        folder: gets checkpoint, weights, curve and settings.
        start_from: weights to begin with, for a new training.
        devices: where it runs; this process on the CPU if None.
        stop_at: stop after this step with a checkpoint; 0: at the end.

    Returns:
        The file with the weights.

    Raises:
        EyeTrainingError: the folder holds a training by another recipe, or the loss is not finite.
    """
    folder.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(recipe, folder, devices)
    if not trainer.resume() and start_from is not None:
        trainer.start_from(start_from)
    truth = [batch.to(trainer.devices.device) for batch in held_out(recipe)] if trainer.leads else []
    last = min(stop_at or recipe.steps, recipe.steps)
    if trainer.leads:
        (folder / SETTINGS_FILE).write_text(json.dumps(asdict(recipe), indent=1), encoding="utf-8")
    if trainer.step == 0:
        _check(trainer, truth)
    _loop(trainer, truth, last)
    trainer.save()
    return folder / WEIGHTS_FILE


def _loop(trainer: Trainer, truth: list[Batch], last: int) -> None:
    recipe, began, parts = trainer.recipe, time.monotonic(), []
    if trainer.step >= last:
        return
    for batch in batches(recipe, trainer.step, trainer.devices.share):
        parts.append(trainer.learn(batch))
        if trainer.step % recipe.report_steps == 0:
            mean = {name: float(np.mean([part[name] for part in parts])) for name in parts[0]}
            seconds = {"seconds": round(time.monotonic() - began, 1)}
            _write(trainer, {"step": trainer.step, **_rounded(mean), **seconds})
            parts = []
        if trainer.step % recipe.check_steps == 0:
            trainer.save()
            _check(trainer, truth)
        if trainer.step >= last:
            return


def _rounded(numbers: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 5) for name, value in numbers.items()}


def _check(trainer: Trainer, truth: list[Batch]) -> None:
    if trainer.leads:
        _write(trainer, {"step": trainer.step, "held_out": _rounded(measure(trainer.mean, truth))})


def _write(trainer: Trainer, line: dict[str, Any]) -> None:
    if not trainer.leads:
        return
    with (trainer.folder / METRICS_FILE).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
