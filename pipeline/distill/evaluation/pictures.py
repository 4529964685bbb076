"""What a student says beside what it should say, as a picture."""

from pathlib import Path

import cv2
import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from models.fast3r import ViewMaps
from pipeline.distill.data.scenes import Scene
from pipeline.distill.losses import Target

PICTURE_FILE = "held_out.png"
#: shares of the depths that get the ends of the colours
_ENDS = (0.02, 0.98)


def side_by_side(scene: Scene, target: list[Target], maps: list[ViewMaps]) -> UInt8[np.ndarray, "A B 3"]:
    """A row for each view: photo, wanted depth, the student's depth (after one scale), in the same colours.

    Args:
        scene: the photos.
        target: what is wanted, its first scene.
        maps: the student's, their first scene.
    """
    rows = []
    for number, view in enumerate(maps):
        wanted = target[number].local[0, ..., 2].cpu()
        said = view.pts3d_local[0, ..., 2].cpu() if view.pts3d_local is not None else torch.zeros_like(wanted)
        good = said > 0
        scale = float((wanted[good] / said[good]).median()) if bool(good.any()) else 1.0
        low, high = (float(wanted.quantile(end)) for end in _ENDS)
        shown = [_coloured(depth, low, high) for depth in (wanted, scale * said)]
        rows.append(np.concatenate([scene.images[number].numpy(), *shown], axis=1))
    picture: UInt8[np.ndarray, "A B 3"] = np.concatenate(rows)
    return picture


def write_picture(file: Path, picture: UInt8[np.ndarray, "A B 3"]) -> None:
    """Write a PNG, whole or not at all."""
    partial = file.with_name(f"part_{file.name}")
    if not cv2.imwrite(str(partial), picture[..., ::-1]):
        raise OSError(f"{file} cannot be written")
    partial.replace(file)


def _coloured(depth: Float[Tensor, "H W"], low: float, high: float) -> UInt8[np.ndarray, "H W 3"]:
    """Near is bright."""
    share = ((high - depth) / max(high - low, 1e-6)).clamp(0, 1).nan_to_num()
    colours = cv2.applyColorMap((share * 255).to(torch.uint8).numpy(), cv2.COLORMAP_INFERNO)
    return np.ascontiguousarray(colours[..., ::-1])
