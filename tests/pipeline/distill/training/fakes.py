"""Scenes and students so small that a training takes a second; run as a module, it trains one in its folder."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from pipeline.distill.data.scenes import Scene, Truth
from pipeline.distill.training.experiment import Experiment
from pipeline.distill.training.trainer import train

WIDTH_PX, HEIGHT_PX, VIEWS = 48, 32, 3


@dataclass(frozen=True)
class Walls:
    """Walls with bumps, whose pictures are their depth in three colours."""

    count: int
    seed: int = 0

    def __len__(self) -> int:
        return self.count

    def scene(self, number: int) -> Scene:
        """One of them."""
        generator = torch.Generator().manual_seed(self.seed + number)
        y, x = torch.meshgrid(torch.arange(HEIGHT_PX), torch.arange(WIDTH_PX), indexing="ij")
        coarse = torch.rand(VIEWS, 1, 2, 3, generator=generator)
        depth = 2 + torch.nn.functional.interpolate(coarse, (HEIGHT_PX, WIDTH_PX), mode="bilinear")[:, 0]
        K = torch.tensor([[40.0, 0, 23.5], [0, 40.0, 15.5], [0, 0, 1]]).expand(VIEWS, 3, 3)
        rays = torch.stack([(x - 23.5) / 40, (y - 15.5) / 40, torch.ones(HEIGHT_PX, WIDTH_PX)], dim=-1)
        poses = torch.eye(4).repeat(VIEWS, 1, 1)
        poses[:, :3, 3] = torch.randn(VIEWS, 3, generator=generator) * 0.5
        points = rays * depth[..., None] + poses[:, None, None, :3, 3]
        tone = ((depth - 2)[..., None] * torch.tensor([255, 180, 90])).to(torch.uint8)
        truth = Truth(points, poses, K, torch.ones(depth.shape, dtype=torch.bool), depth + 0.5)
        return Scene(f"wall{self.seed + number}", f"wall{self.seed + number}", tone, truth)


def experiment(**changes: Any) -> Experiment:
    """A training of a few steps; fields by their first name and the rest after two underlines."""
    raw: dict[str, Any] = {
        "name": "walls",
        "teacher": "",
        "targets": "truth",
        "data": {"kind": "made", "rooms": 16, "orders": 2, "workers": 0},
        "student": {
            "encoder": {"embed_dim": 32, "depth": 1, "num_heads": 2},
            "decoder": {"embed_dim": 32, "enc_embed_dim": 32, "depth": 2, "num_heads": 2},
            "head": {"layer_dims": [4, 8, 8, 8], "feature_dim": 8},
        },
        "optimiser": {
            "epochs": 2,
            "learning_rate": 3e-3,
            "warmup_epochs": 0.5,
            "batch_size": 2,
            "accumulation": 2,
        },
        "report_steps": 1,
        "check_steps": 4,
    }
    for name, value in changes.items():
        *path, last = name.split("__")
        place = raw
        for part in path:
            place = place[part]
        place[last] = value
    return Experiment.model_validate(raw)


def scenes() -> tuple[Walls, Walls]:
    """To train on, and to measure with."""
    return Walls(8), Walls(2, seed=1000)


if __name__ == "__main__":
    torch.set_num_threads(1)
    train(experiment(), Path(sys.argv[1]), scenes=scenes(), stop_at=3)
