"""What a model costs: parameters, operations, time and memory for some numbers of views."""

import resource
import time
from dataclasses import dataclass

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from models.fast3r import Fast3R

VIEW_COUNTS = (2, 3, 5, 8, 12)
_MB, _GIGA = 2**20, 1e9
_KB_PER_MB = 1024


@dataclass(frozen=True)
class Cost:
    """Of one forward pass of one scene.

    Attributes:
        views: in it.
        gflop: operations, an addition and a multiplication counted as two.
        seconds: median.
        peak_mb: greatest memory: of the GPU, or of this whole process on a CPU.
    """

    views: int
    gflop: float
    seconds: float
    peak_mb: float


def parameters(model: Fast3R) -> int:
    """Unique parameters."""
    return sum(parameter.numel() for parameter in model.parameters())


@torch.no_grad()
def costs(
    model: Fast3R, width_px: int, height_px: int, counts: tuple[int, ...] = VIEW_COUNTS, repeats: int = 3
) -> list[Cost]:
    """The cost for each number of views, measured on random pictures.

    Raises:
        ValueError: sides that the model cannot take, or no repeats.
    """
    if repeats < 1:
        raise ValueError("repeats must be at least 1")
    model = model.eval()
    found = []
    for views in counts:
        generator = torch.Generator().manual_seed(views)
        pictures = [
            (torch.rand(1, 3, height_px, width_px, generator=generator) * 2 - 1).to(model.device)
            for _ in range(views)
        ]
        with FlopCounterMode(display=False) as counter:
            model(pictures)
        seconds = [_timed(model, pictures) for _ in range(repeats)]
        found.append(Cost(views, counter.get_total_flops() / _GIGA, float(np.median(seconds)), _peak_mb(model)))
    return found


def _timed(model: Fast3R, pictures: list[torch.Tensor]) -> float:
    if model.device.type == "cuda":
        torch.cuda.synchronize()
    began = time.perf_counter()
    model(pictures)
    if model.device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - began


def _peak_mb(model: Fast3R) -> float:
    if model.device.type == "cuda":
        return torch.cuda.max_memory_allocated() / _MB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KB_PER_MB
