"""What photos from elsewhere would have told of a made view: depth with the errors of our own stereo.

Stereo knows nothing where a surface is plain or no second photo sees it, is off by a smooth error and by grain
that grows with distance, and is wrong altogether in places; its confidence tells that only in part. The room
behind is a box whose walls are a little off, sometimes one of them by much.
"""

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from pipeline.distill.rooms import Side, View

#: share of the samples with measurements, and of these with depth, with the empty room
_SHARE, _WITH_DEPTH, _WITH_ROOM = 0.35, 0.85, 0.7
#: local contrast of grey (0 to 255) at which every second pixel is matched
_CONTRAST = 6.0
Map = Float32[np.ndarray, "H W"]


def measured(view: View, rgb: UInt8[np.ndarray, "H W 3"], seed: int) -> Float32[np.ndarray, "H W 4"]:
    """Log depth over camera height, its confidence, log depth of the empty room, 1 where that is known.

    Zero where nothing is known; two views in three have nothing at all.
    """
    rng = np.random.default_rng([seed, 13])
    maps = np.zeros((*view.depth_m.shape, 4), dtype=np.float32)
    if rng.random() > _SHARE:
        return maps
    height_off = np.float32(rng.normal(0, 0.02))
    if rng.random() < _WITH_DEPTH:
        depth, sure = _stereo(view, rgb, rng)
        maps[..., 0], maps[..., 1] = np.where(sure > 0, depth + height_off, 0), sure
    if rng.random() < _WITH_ROOM:
        maps[..., 2], maps[..., 3] = _room(view, rng) + height_off, 1
    return maps


def _stereo(view: View, rgb: UInt8[np.ndarray, "H W 3"], rng: np.random.Generator) -> tuple[Map, Map]:
    true = _log(view.depth_m, view)
    shape = true.shape
    wrong = _smooth(shape, rng, 0.08) > rng.uniform(1.2, 2.2)
    wrong |= rng.random(shape) < rng.uniform(0.0, 0.06)
    wrong |= np.isin(view.side, (Side.OPENING, Side.MIRROR)) & (rng.random(shape) < 0.6)
    grain = rng.uniform(0.004, 0.02) * np.exp(true) + rng.uniform(0.002, 0.015)
    depth = true + grain * rng.standard_normal(shape) + rng.uniform(0.0, 0.04) * _smooth(shape, rng, 0.2)
    guess = true + rng.normal(0.1, 0.4, shape)
    depth = np.where(wrong, guess, depth).astype(np.float32)
    known = _matched(rgb, rng) & (_smooth(shape, rng, 0.25) < rng.uniform(-0.3, 2.0))
    sure = rng.uniform(0.3, 1.0, shape) * np.where(wrong, rng.uniform(0.3, 1.0, shape), 1.0)
    return depth, np.where(known, sure, 0).astype(np.float32)


def _matched(rgb: UInt8[np.ndarray, "H W 3"], rng: np.random.Generator) -> np.ndarray:
    """Pixels with enough contrast round them."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    mean = cv2.boxFilter(grey, -1, (5, 5))
    contrast = np.sqrt(np.maximum(cv2.boxFilter(grey * grey, -1, (5, 5)) - mean * mean, 0))
    chance = contrast / (contrast + _CONTRAST * rng.uniform(0.3, 3.0))
    found: np.ndarray = rng.random(grey.shape) < chance
    return found


def _room(view: View, rng: np.random.Generator) -> Map:
    """The empty room, stretched a little, one time in six with a wall far off."""
    depth = _log(view.box_depth_m, view) + np.float32(rng.normal(0, 0.03))
    depth += np.float32(rng.uniform(0.0, 0.04)) * _smooth(depth.shape, rng, 0.4)
    if rng.random() < 1 / 6:
        walls = view.side == Side.WALL
        direction = int(rng.integers(4))
        wrong = walls & (view.wall_direction == direction)
        depth += np.float32(rng.choice([-0.3, 0.25, 0.4])) * wrong.astype(np.float32)
    room: Map = depth.astype(np.float32)
    return room


def _log(depth_m: np.ndarray, view: View) -> Map:
    log: Map = np.log(np.clip(depth_m / view.camera.height_m, 0.06, 20)).astype(np.float32)
    return log


def _smooth(shape: tuple[int, ...], rng: np.random.Generator, size: float) -> Map:
    """A field of standard deviation about one that varies over ``size`` of the picture."""
    cells = max(2, round(1 / size) + 1)
    coarse = rng.standard_normal((cells, cells)).astype(np.float32)
    field = cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC)
    smooth: Map = field / max(float(field.std()), 1e-6)
    return smooth
