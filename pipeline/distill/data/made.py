"""Scenes of made rooms, drawn when they are asked for: nothing is stored."""

import time
from dataclasses import dataclass

import numpy as np
import torch

from pipeline.distill.data.sampling import VIEWS
from pipeline.distill.data.scenes import HEIGHT_PX, WIDTH_PX, Scene, Truth
from pipeline.distill.rooms import View, random_room

#: rooms from this seed on are measured with and never trained on
HELD_OUT_SEED = 1 << 41
_LEAST_PX = 32


@dataclass(frozen=True)
class MadeScenes:
    """Overlapping views of random rooms, one room each.

    Attributes:
        count: how many.
        seed: of the first room; scene k is of room ``seed + k``.
        views: of each room.
        width_px, height_px: of the pictures, multiples of 16 for Fast3R.
    """

    count: int
    seed: int = 0
    views: int = VIEWS
    width_px: int = WIDTH_PX
    height_px: int = HEIGHT_PX

    def __post_init__(self) -> None:
        if min(self.count, self.views) < 1 or self.seed < 0:
            raise ValueError("count and views must be at least 1, the seed not negative")
        if min(self.width_px, self.height_px) < _LEAST_PX or self.width_px % 16 or self.height_px % 16:
            size = f"{self.width_px} x {self.height_px}"
            raise ValueError(f"pictures of {size}: sides must be multiples of 16, {_LEAST_PX} or more")

    def __len__(self) -> int:
        return self.count

    def scene(self, number: int) -> Scene:
        """The views of one room with their truth.

        Raises:
            IndexError: there is no such scene.
        """
        if not 0 <= number < self.count:
            raise IndexError(f"scene {number} of {self.count}")
        seed = self.seed + number
        views = list(random_room(seed).views(self.views, self.width_px, self.height_px))
        return scene_of(views, f"made{seed}_{self.views}x{self.width_px}x{self.height_px}")


def scene_of(views: list[View], name: str) -> Scene:
    """Views of one made room as a scene."""
    depth = torch.from_numpy(np.stack([view.depth_m for view in views]))
    truth = Truth(
        torch.from_numpy(np.stack([view.points for view in views]).astype(np.float32)),
        torch.from_numpy(np.stack([view.camera.world_from_camera for view in views]).astype(np.float32)),
        torch.from_numpy(np.stack([view.camera.K for view in views]).astype(np.float32)),
        torch.isfinite(depth) & (depth > 0),
        torch.from_numpy(np.stack([view.box_depth_m for view in views])),
    )
    return Scene(name, name, torch.from_numpy(np.stack([view.rgb for view in views])), truth)


def rooms_per_second(scenes: MadeScenes, workers: int = 0) -> dict[str, float]:
    """How fast scenes are drawn, after the kernels are compiled.

    Args:
        scenes: to draw, all once.
        workers: processes that draw; 0: this one.

    Returns:
        ``rooms_per_s`` of wall time, ``rooms_per_cpu_s`` where this process draws alone.
    """
    scenes.scene(0)
    began, cpu = time.perf_counter(), time.process_time()
    if workers:
        loader = torch.utils.data.DataLoader(
            _Numbered(scenes), batch_size=None, num_workers=workers, multiprocessing_context="spawn"
        )
        for number, _ in enumerate(loader):
            if number == workers - 1:  # they have started and loaded the kernels
                began = time.perf_counter()
        return {"rooms_per_s": (len(scenes) - workers) / (time.perf_counter() - began)}
    for number in range(len(scenes)):
        scenes.scene(number)
    seconds = time.perf_counter() - began, time.process_time() - cpu
    return {"rooms_per_s": len(scenes) / seconds[0], "rooms_per_cpu_s": len(scenes) / seconds[1]}


class _Numbered(torch.utils.data.Dataset[Scene]):
    def __init__(self, scenes: MadeScenes) -> None:
        self.scenes = scenes

    def __len__(self) -> int:
        return len(self.scenes)

    def __getitem__(self, number: int) -> Scene:
        return self.scenes.scene(number)
