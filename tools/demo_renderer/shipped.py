"""The pictures that ShowRoom ships, held against what the renderer makes."""

from pathlib import Path

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image

from pipeline.demo.source import FOLDER, PHOTOS_NAME

PHOTOS = FOLDER / PHOTOS_NAME
#: a picture is compared in this many tiles, wide and high
TILES = (24, 16)
#: how far the mean colour of a tile may be off, of 255. At half the size and a quarter of the samples the worst
#: tile of six photos was 12 off; a cushion in another colour is 30 and more
TILE_TOLERANCE = 16.0
#: the same for all tiles together; the six photos were 1.2 to 2.4 off
MEAN_TOLERANCE = 3.5
#: how far pixels of a full rendering may be off on average: the last bits of floats differ between processors
EXACT_TOLERANCE = 0.5


def tile_differences(shipped: Path, picture: UInt8[np.ndarray, "H W 3"]) -> Float[np.ndarray, "16 24"]:
    """How far the mean colour of each tile is off (the channel that is off most), of 255."""
    with Image.open(shipped) as opened:
        known = np.asarray(opened.resize(TILES, Image.Resampling.BOX), np.float64)
    made = np.asarray(Image.fromarray(picture).resize(TILES, Image.Resampling.BOX), np.float64)
    worst: Float[np.ndarray, "16 24"] = np.abs(made - known).max(axis=2)
    return worst


def is_picture_of(shipped: Path, picture: UInt8[np.ndarray, "H W 3"]) -> bool:
    """Whether a quick rendering shows what the shipped photo shows."""
    off = tile_differences(shipped, picture)
    return bool(off.max() <= TILE_TOLERANCE and off.mean() <= MEAN_TOLERANCE)


def pixel_difference(one: Path, other: Path) -> float:
    """Mean difference of the pixels of two photos of the same size, of 255."""
    with Image.open(one) as first, Image.open(other) as second:
        if first.size != second.size:
            raise ValueError(f"{one.name} is {first.size}, {other.name} is {second.size}")
        return float(np.abs(np.asarray(first, np.float64) - np.asarray(second, np.float64)).mean())
