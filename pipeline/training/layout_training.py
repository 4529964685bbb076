"""Training ST-RoomNet on a folder of photos and class maps, by the recipe of its paper (CVPRW 2023).

::

    FOLDER/images/a.jpg      any size
    FOLDER/layouts/a.png     classes 1 to 5 (or 51 to 255 in steps of 51), same name

Huber loss on label values, AdamW at 1e-3 with weight decay 1e-4, batches of 48, 150 epochs; horizontal flips
swap left and right wall. The state is the checkpoint: a stopped run continues exactly, because order and flips
depend on seed and step alone.
"""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps, UnidentifiedImageError

from pipeline.machine import torch_device
from pipeline.progress import Progress

if TYPE_CHECKING:
    import torch

    from models.st_roomnet import STRoomNet

CHECKPOINT_FILE = "checkpoint.pt"
WEIGHTS_FILE = "st_roomnet.safetensors"
METRICS_FILE = "metrics.jsonl"
_SIDE_PX = 400
_IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
_MIRRORED = np.array([0, 1, 3, 2, 4, 5], np.uint8)


class LayoutDataError(Exception):
    """Training data or a checkpoint that cannot be used; the message says what to do."""


@dataclass(frozen=True)
class LayoutTrainingConfig:
    """The recipe; defaults are the paper's.

    Attributes:
        epochs, batch_size, learning_rate, weight_decay: of AdamW.
        warmup_steps: steps over which the learning rate rises from 0.
        validation_share: share of the images that is held out (chosen by name).
        checkpoint_steps: steps between checkpoints.
        seed: of weights, order and flips.
    """

    epochs: int = 150
    batch_size: int = 48
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    warmup_steps: int = 0
    validation_share: float = 0.1
    checkpoint_steps: int = 100
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.epochs, self.batch_size, self.checkpoint_steps) < 1 or self.warmup_steps < 0:
            raise ValueError(
                "epochs, batch_size and checkpoint_steps must be at least 1, warmup_steps at least 0"
            )
        if self.learning_rate <= 0 or self.weight_decay < 0 or not 0 < self.validation_share < 1:
            raise ValueError(
                "learning_rate > 0, weight_decay >= 0 and validation_share between 0 and 1 are needed"
            )


@dataclass(frozen=True)
class Sample:
    """A photo and its class map."""

    image: Path
    layout: Path


@dataclass(frozen=True)
class LayoutTrainingResult:
    """Where the weights are, the step they are of, and the share of held-out pixels that are wrong."""

    weights: Path
    step: int
    pixel_error: float


def learning_rate(step: int, config: LayoutTrainingConfig) -> float:
    """The learning rate of a step: constant after the warm-up."""
    rise = min(1.0, (step + 1) / config.warmup_steps) if config.warmup_steps else 1.0
    return config.learning_rate * rise


def find_samples(folder: Path) -> list[Sample]:
    """Pairs of photo and class map, by name.

    Raises:
        LayoutDataError: there are fewer than two, or photos without a class map.
    """
    images = sorted(p for p in (folder / "images").glob("*") if p.suffix.lower() in _IMAGE_SUFFIXES)
    samples = [Sample(image, folder / "layouts" / f"{image.stem}.png") for image in images]
    missing = [sample.layout.name for sample in samples if not sample.layout.is_file()]
    if missing:
        raise LayoutDataError(f"{len(missing)} class maps are missing in {folder / 'layouts'}: {missing[:5]}")
    if len(samples) < 2:
        raise LayoutDataError(f"{folder} needs at least two photos in images/ with class maps in layouts/")
    return samples


def split(samples: list[Sample], share: float) -> tuple[list[Sample], list[Sample]]:
    """Training and validation samples; a name is always on the same side."""
    ranked = sorted(samples, key=lambda sample: hashlib.sha256(sample.image.stem.encode()).hexdigest())
    held_out = min(len(samples) - 1, max(1, round(share * len(samples))))
    return ranked[held_out:], ranked[:held_out]


def load_sample(sample: Sample) -> tuple[UInt8[np.ndarray, "400 400 3"], UInt8[np.ndarray, "400 400"]]:
    """Photo and class map at the size of the network.

    Raises:
        LayoutDataError: a file cannot be read, or holds other classes than 1 to 5.
    """
    size = (_SIDE_PX, _SIDE_PX)
    try:
        with Image.open(sample.image) as opened:
            image = ImageOps.exif_transpose(opened).convert("RGB").resize(size, Image.Resampling.BILINEAR)
        with Image.open(sample.layout) as opened:
            layout = np.asarray(opened.resize(size, Image.Resampling.NEAREST))
    except (OSError, UnidentifiedImageError, SyntaxError) as error:
        raise LayoutDataError(f"{sample.image.name} or its class map cannot be read: {error}") from error
    if layout.ndim != 2:
        raise LayoutDataError(f"{sample.layout} has {layout.ndim} dimensions; a class map has one channel")
    classes = layout // 51 if layout.max() > 5 and not (layout % 51).any() else layout
    if classes.min() < 1 or classes.max() > 5:
        raise LayoutDataError(f"{sample.layout} holds values {np.unique(layout)[:8]}; classes are 1 to 5")
    return np.array(image), classes.astype(np.uint8)


def mirror(image: np.ndarray, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The room seen in a mirror: left wall (2) and right wall (3) change places."""
    return image[:, ::-1].copy(), _MIRRORED[classes[:, ::-1]]


def batch_of(
    samples: list[Sample], step: int, config: LayoutTrainingConfig
) -> tuple["torch.Tensor", "torch.Tensor"]:
    """Images (B, 3, 400, 400) and label values (B, 400, 400) of a step: a function of seed and step alone."""
    import torch

    per_epoch = steps_per_epoch(len(samples), config)
    epoch, position = divmod(step, per_epoch)
    order = np.random.default_rng([config.seed, epoch]).permutation(len(samples))
    chosen = order[position * config.batch_size : (position + 1) * config.batch_size]
    flips = np.random.default_rng([config.seed, epoch, position]).random(len(chosen)) < 0.5
    pairs = []
    for index, flip in zip(chosen, flips, strict=True):
        pair = load_sample(samples[index])
        pairs.append(mirror(*pair) if flip else pair)
    images = torch.from_numpy(np.stack([image for image, _ in pairs])).permute(0, 3, 1, 2).float()
    return images, torch.from_numpy(np.stack([classes for _, classes in pairs])).float()


def steps_per_epoch(count: int, config: LayoutTrainingConfig) -> int:
    """Steps that see every sample once (the last batch may be smaller)."""
    return -(-count // config.batch_size)


def pixel_error(model: "STRoomNet", samples: list[Sample], device: "torch.device") -> float:
    """Share of pixels whose class is wrong."""
    import torch

    wrong = 0.0
    model.eval()
    with torch.inference_mode():
        for sample in samples:
            image, classes = load_sample(sample)
            tensor = torch.from_numpy(image).permute(2, 0, 1)[None].float().to(device)
            wrong += float((model(tensor).layout[0].cpu().numpy() != classes).mean())
    return wrong / len(samples)


def train(
    folder: Path,
    to: Path,
    config: LayoutTrainingConfig | None = None,
    start: Path | None = None,
    progress: Progress | None = None,
) -> LayoutTrainingResult:
    """Train, or continue the run in ``to``.

    Args:
        folder: photos and class maps.
        to: folder of checkpoint, weights and metrics.
        start: weights to start from (any that ST-RoomNet reads); default: random.

    Raises:
        LayoutDataError: data or checkpoint cannot be used.
        WeightsError: ``start`` or the checkpoint cannot be read.
    """
    import torch

    config, progress = config or LayoutTrainingConfig(), progress or Progress()
    training, validation = split(find_samples(folder), config.validation_share)
    device = torch.device(torch_device())
    to.mkdir(parents=True, exist_ok=True)
    model, optimizer, step = _state(to, config, start, device)
    last = config.epochs * steps_per_epoch(len(training), config)
    if step == 0:
        _report(to, 0, None, pixel_error(model, validation, device))
    while step < last:
        images, labels = batch_of(training, step, config)
        loss = train_step(model, optimizer, images.to(device), labels.to(device), learning_rate(step, config))
        step += 1
        progress(step / last, f"step {step} of {last}, loss {loss:.4f}")
        if step % config.checkpoint_steps == 0 or step == last:
            _report(to, step, loss, pixel_error(model, validation, device))
            _save(to, model, optimizer, step, config)
    model.save(to / WEIGHTS_FILE)
    return LayoutTrainingResult(to / WEIGHTS_FILE, step, pixel_error(model, validation, device))


def train_step(
    model: "STRoomNet",
    optimizer: "torch.optim.Optimizer",
    images: "torch.Tensor",
    labels: "torch.Tensor",
    rate: float,
) -> float:
    """One step of the recipe; returns the loss before it."""
    from torch.nn import functional

    model.train()
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.zero_grad(set_to_none=True)
    loss = functional.huber_loss(model(images).values, labels)
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return float(loss.detach())


def _state(
    to: Path, config: LayoutTrainingConfig, start: Path | None, device: "torch.device"
) -> tuple["STRoomNet", "torch.optim.AdamW", int]:
    import torch

    from models.checkpoints import read_torch
    from models.st_roomnet import STRoomNet

    torch.manual_seed(config.seed)
    model = STRoomNet.from_pretrained(start).requires_grad_(True) if start is not None else STRoomNet()
    model.to(device)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay, foreach=False
    )
    if not (to / CHECKPOINT_FILE).is_file():
        return model, optimizer, 0
    saved: dict[str, Any] = read_torch(to / CHECKPOINT_FILE)
    changed = [name for name, value in _decisive(config).items() if saved["config"].get(name) != value]
    if changed:
        raise LayoutDataError(
            f"the run in {to} had other settings for {', '.join(changed)}; use them again, or another folder"
        )
    model.load_state_dict(saved["model_state_dict"])
    optimizer.load_state_dict(saved["optimizer_state_dict"])
    return model, optimizer, int(saved["step"])


def _decisive(config: LayoutTrainingConfig) -> dict[str, object]:
    """Settings that a continued run must share (it may go on for longer)."""
    return {name: value for name, value in asdict(config).items() if name not in ("epochs", "checkpoint_steps")}


def _save(
    to: Path, model: "STRoomNet", optimizer: "torch.optim.Optimizer", step: int, config: LayoutTrainingConfig
) -> None:
    import torch

    state = {
        "model_state_dict": model.state_dict(),
        "optimizer_state_dict": optimizer.state_dict(),
        "step": step,
        "config": asdict(config),
    }
    part = to / f"{CHECKPOINT_FILE}.part"
    torch.save(state, part)
    part.replace(to / CHECKPOINT_FILE)


def _report(to: Path, step: int, loss: float | None, error: float) -> None:
    line = json.dumps({"step": step, "loss": loss, "pixel_error": error})
    with (to / METRICS_FILE).open("a", encoding="utf-8") as out:
        out.write(line + os.linesep)
