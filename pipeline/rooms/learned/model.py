"""Running a Fast3R with the weights that are in place: loading, memory, and its maps as arrays."""

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import psutil
from jaxtyping import Float32, UInt8

from pipeline.machine import torch_device
from pipeline.progress import Progress
from pipeline.rooms.learned.maps import Predicted
from pipeline.rooms.learned.tensors import to_tensor
from pipeline.rooms.scene import LearnedModelFailed

if TYPE_CHECKING:
    from torch import Tensor

    from models.fast3r import Fast3R, RunOptions, ViewMaps
    from models.fast3r.config import Mode

#: views that a GPU encodes, and heads that it runs, at a time, count; set by hand for the
#: memory of a GPU; by definition no result depends on it
_IN_FLIGHT = (16, 8)
#: numbers per token and width that the fusion holds at once, count; a rough count of
#: what a pass holds, only tells how much memory is asked for
_FUSION_COPIES = 18
#: numbers per pixel and feature that a head holds at once, count; a rough count
#: of what a pass holds, only tells how much memory is asked for
_HEAD_COPIES = 12
#: numbers of a pixel of all maps, count; by definition: two points and two confidences
_MAP_NUMBERS = 8


@lru_cache(maxsize=1)
def load_model(source: str, version: str) -> "Fast3R":
    """The model on the best device; kept between rooms as long as ``version`` stays the same.

    Raises:
        LearnedModelFailed: the weights cannot be used.
    """
    import torch

    from models.checkpoints import WeightsError
    from models.fast3r import Fast3R

    try:
        return Fast3R.from_pretrained(source, device=torch_device(), allow_download=False)
    except WeightsError as error:
        raise LearnedModelFailed(error.message, error.advice) from error
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise LearnedModelFailed(
            "There is not enough memory for the model.", "Use the classical backend."
        ) from error


def predict(
    model: "Fast3R", images: list[UInt8[np.ndarray, "_ _ 3"]], seed: int, progress: Progress
) -> list[Predicted]:
    """Run the model; with fewer views in flight if memory runs out.

    Raises:
        LearnedModelFailed: not enough memory even then.
    """
    import torch

    from models.fast3r import RunOptions

    on_gpu = model.device.type == "cuda"
    if not on_gpu and memory_needed_bytes(model, images) > psutil.virtual_memory().available:
        raise _no_memory(len(images))
    views = [to_tensor(image) for image in images]
    tries = [RunOptions(1, 1, output_device="cpu")]
    if on_gpu:
        tries.insert(0, RunOptions(*_IN_FLIGHT, output_device="cpu"))
    for options in tries:
        try:
            return _run(model, views, options, seed, progress)
        except (MemoryError, torch.OutOfMemoryError):
            progress(0.0, "not enough memory: trying with fewer views in flight")
        except RuntimeError as error:
            if "alloc" not in str(error):
                raise
            progress(0.0, "not enough memory: trying with fewer views in flight")
    raise _no_memory(len(images))


def memory_needed_bytes(model: "Fast3R", images: list[UInt8[np.ndarray, "_ _ 3"]]) -> int:
    """What a pass on the CPU takes beside the weights, roughly: tokens in flight, one head, all maps.

    Asked beforehand, because Linux ends a process that uses more than there is without a word.
    """
    config = model.config
    pixels = [image.shape[0] * image.shape[1] for image in images]
    tokens = sum(pixels) // config.encoder.patch_size**2
    fusion = _FUSION_COPIES * tokens * config.decoder.embed_dim
    head = _HEAD_COPIES * max(pixels) * config.head.feature_dim // 2
    return int(4 * (fusion + head + _MAP_NUMBERS * sum(pixels)))


def _no_memory(count: int) -> LearnedModelFailed:
    return LearnedModelFailed(
        f"There is not enough memory for {count} photos at once.",
        "Use fewer photos for this room, or the classical backend.",
    )


def _run(
    model: "Fast3R", views: "list[Tensor]", options: "RunOptions", seed: int, progress: Progress
) -> list[Predicted]:
    import torch

    with torch.inference_mode():
        outputs = model(
            views,
            seed=seed,
            options=options,
            report=lambda done: progress(done, f"reconstructing {len(views)} photos"),
        )
    return [_as_arrays(output, model.config.head.conf_mode) for output in outputs]


def _as_arrays(output: "ViewMaps", mode: "Mode | None") -> Predicted:
    points = output.pts3d_in_other_view[0].numpy()
    flat = np.full(points.shape[:2], 0.5, np.float32)
    return Predicted(
        points=points,
        confidence=flat
        if output.conf is None or mode is None
        else unit_confidence(output.conf[0].numpy(), mode),
        local=None if output.pts3d_local is None else output.pts3d_local[0].numpy(),
        local_confidence=flat
        if output.conf_local is None or mode is None
        else unit_confidence(output.conf_local[0].numpy(), mode),
    )


def unit_confidence(confidence: Float32[np.ndarray, "H W"], mode: "Mode") -> Float32[np.ndarray, "H W"]:
    """Confidence on 0 to 1: linear between finite bounds; else 1 - 1 / (1 + excess over the least)."""
    _, low, high = mode
    excess = np.maximum(np.nan_to_num(confidence, nan=low) - low, 0.0)
    unit = excess / (high - low) if np.isfinite(high) else 1.0 - 1.0 / (1.0 + excess)
    scaled: Float32[np.ndarray, "H W"] = unit.astype(np.float32)
    return scaled
