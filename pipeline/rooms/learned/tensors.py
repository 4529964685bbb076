"""Photos as Fast3R wants them: longer side 512 pixels, sides multiples of 16, RGB in [-1, 1]."""

from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from pipeline.rooms.photos import RoomPhoto, load_rgb

if TYPE_CHECKING:
    import torch


def prepare(photo: RoomPhoto, longer_px: int, patch_px: int) -> UInt8[np.ndarray, "H W 3"]:
    """Resize the photo to ``longer_px`` and crop it about its centre to multiples of ``patch_px``.

    A square photo is cropped to 4:3, because the published model was trained without squares.

    Raises:
        UnreadablePhoto: the file cannot be decoded.
    """
    image = load_rgb(photo, longer_px)
    height, width = image.shape[:2]
    if max(height, width) < longer_px:
        factor = longer_px / max(height, width)
        size = (max(1, round(width * factor)), max(1, round(height * factor)))
        image = np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC))
        height, width = image.shape[:2]
    new_width, new_height = (max(patch_px, side // patch_px * patch_px) for side in (width, height))
    if width == height:
        new_height = max(patch_px, new_width * 3 // 4 // patch_px * patch_px)
    if min(width - new_width, height - new_height) < 0:
        image = _padded(image, new_height, new_width)
        height, width = image.shape[:2]
    top, left = (height - new_height) // 2, (width - new_width) // 2
    return np.ascontiguousarray(image[top : top + new_height, left : left + new_width])


def _padded(image: UInt8[np.ndarray, "H W 3"], height: int, width: int) -> UInt8[np.ndarray, "A B 3"]:
    """Repeat the border of a strip that is narrower than one patch."""
    missing_y, missing_x = max(0, height - image.shape[0]), max(0, width - image.shape[1])
    pads = ((missing_y // 2, missing_y - missing_y // 2), (missing_x // 2, missing_x - missing_x // 2), (0, 0))
    padded: UInt8[np.ndarray, "A B 3"] = np.pad(image, pads, mode="edge")
    return padded


def to_tensor(image: UInt8[np.ndarray, "H W 3"]) -> "torch.Tensor":
    """A batch of one, (1, 3, H, W), in [-1, 1]."""
    import torch

    return torch.tensor(image).permute(2, 0, 1)[None].float() / 127.5 - 1.0
