"""The eye of our own as a prior: one look, and one in the mirror, averaged."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

from pipeline.rooms.prior.prior import Measured, Prior, scaled

if TYPE_CHECKING:
    from models.eye import Seen

#: area at which photos are looked at, pixels; AbsRel at 9,400 and 13,000 on every second photo: scenenet .129
#: and .130, plain walls .110 and .120, hololens .215 and .201 (docs/eye.md); the training's own size is near
PIXELS = 112 * 84
#: shortest side of a photo, pixels; one step of the network's deepest level
_LEAST_PX = 32
#: longest shape of a photo, long over short side; listings' photos reach 2, the training 1.8
_MOST_ASPECT = 4.0
#: sides of what is looked at are multiples of it, pixels; set by hand, effect not measured
_EVEN_PX = 8


class EyePrior:
    """The eye with its weights.

    Args:
        weights: another file than the one that comes with the package.
        pixels: about the area at which photos are looked at.

    Raises:
        WeightsError: the file is missing, damaged, or of other sizes.
    """

    name = "eye"

    def __init__(self, weights: Path | None = None, pixels: int = PIXELS) -> None:
        if pixels < _LEAST_PX**2 * _MOST_ASPECT:
            raise ValueError(f"pixels is {pixels}; at least {int(_LEAST_PX**2 * _MOST_ASPECT)} are needed")
        from models.checkpoints import fingerprint
        from models.eye.model import WEIGHTS, Eye

        self._eye: Eye = Eye.from_pretrained(weights or WEIGHTS)
        self.version = f"1-{fingerprint(weights or WEIGHTS)}"
        self._pixels = pixels

    def predict(
        self,
        image: UInt8[np.ndarray, "H W 3"],
        K: Float[np.ndarray, "3 3"] | None = None,
        measured: Measured | None = None,
    ) -> Prior:
        """Look at a photo; the same bits whatever the number of threads.

        Args:
            image: upright RGB of any size.
            K: intrinsics in pixels of the image (pixel centres at integers); guessed where None.
            measured: what other photos told of this one; helps only where K is known too.

        Returns:
            Maps of about :data:`PIXELS` pixels.

        Raises:
            ValueError: no RGB picture of 8 bits, or of an extreme shape.
        """
        _check(image, K)
        width, height = working_size(image.shape[1], image.shape[0], self._pixels)
        small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
        if K is not None:
            K = scaled(K, width / image.shape[1], height / image.shape[0])
        with _one_thread():
            return self._look(small, K, None if measured is None else measured.channels(width, height))

    @staticmethod
    def takes(width_px: int, height_px: int) -> bool:
        """Whether photos of this size can be looked at; others are too small or too long."""
        shorter, longer = sorted((width_px, height_px))
        return shorter >= _LEAST_PX and longer <= _MOST_ASPECT * shorter

    def _look(
        self,
        image: UInt8[np.ndarray, "H W 3"],
        K: Float[np.ndarray, "3 3"] | None,
        measured: Float32[np.ndarray, "4 H W"] | None,
    ) -> Prior:
        import torch

        height, width = image.shape[:2]
        rgb = torch.from_numpy(image.astype(np.float32).transpose(2, 0, 1) / 127.5 - 1)
        both = torch.stack([rgb, rgb.flip(2)])
        with torch.inference_mode():
            known = K is not None
            if K is None:
                K = _guessed(self._eye.lens_of(both).log_focal.mean().item(), width, height)
            rays = torch.from_numpy(_rays(K, height, width))
            mirrored = torch.stack([-rays[0].flip(1), rays[1].flip(1)])
            told = None
            if measured is not None:
                told = torch.from_numpy(measured)
                told = torch.stack([told, told.flip(2)])
            return _prior(self._eye(both, torch.stack([rays, mirrored]), None, told), K, known)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sums in one order: on two threads log depth differs by 3e-7, and so does all that is built on it."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@cache
def own_eye() -> EyePrior:
    """The eye that comes with the package, loaded once."""
    return EyePrior()


def working_size(width_px: int, height_px: int, pixels: int) -> tuple[int, int]:
    """Width and height near an area, in multiples of eight, never larger than the photo needs."""
    scale = min(1.0, math.sqrt(pixels / (width_px * height_px)))
    width = max(_LEAST_PX, round(width_px * scale / _EVEN_PX) * _EVEN_PX)
    return width, max(_LEAST_PX, round(height_px * scale / _EVEN_PX) * _EVEN_PX)


def _check(image: np.ndarray, K: np.ndarray | None) -> None:
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError(f"an RGB picture of 8 bits is needed, not {image.dtype} of shape {image.shape}")
    height, width = image.shape[:2]
    if not EyePrior.takes(width, height):
        raise ValueError(
            f"{width} x {height} is too small or too long; at least {_LEAST_PX} px and at most "
            f"{_MOST_ASPECT:g} : 1 are needed"
        )
    if K is not None and (K.shape != (3, 3) or not np.isfinite(K).all() or K[0, 0] <= 0 or K[1, 1] <= 0):
        raise ValueError("K must be 3 x 3 with positive focal lengths")


def _guessed(log_focal: float, width: int, height: int) -> Float[np.ndarray, "3 3"]:
    focal = math.exp(log_focal) * math.hypot(width, height)
    return np.array([[focal, 0, (width - 1) / 2], [0, focal, (height - 1) / 2], [0, 0, 1.0]])


def _rays(K: Float[np.ndarray, "3 3"], height: int, width: int) -> Float32[np.ndarray, "2 H W"]:
    x = (np.arange(width) - K[0, 2]) / K[0, 0]
    y = (np.arange(height) - K[1, 2]) / K[1, 1]
    return np.stack(np.meshgrid(x, y)).astype(np.float32)


def _prior(seen: "Seen", K: Float[np.ndarray, "3 3"], known: bool) -> Prior:
    """The mean of a look and its mirror image."""
    depth, scale = _folded(seen.log_depth), _folded(seen.log_scale)
    chance = seen.sides.softmax(dim=1)
    sides = (chance[0] + chance[1].flip(2)).permute(1, 2, 0).numpy() / 2
    turned = seen.normal[1].flip(2)
    normals = seen.normal[0].clone()
    normals[0] += -turned[0]
    normals[1:] += turned[1:]
    normals = normals / normals.norm(dim=0, keepdim=True).clamp(min=1e-6)
    height, width = depth.shape
    lens = seen.lens
    focal_px = float(K[0, 0])
    horizon = float(lens.horizon.mean()) * math.hypot(width, height)
    slope = float(lens.slope[0] - lens.slope[1]) / 2
    return Prior(
        np.exp(depth),
        np.exp(scale),
        sides.astype(np.float32),
        normals.permute(1, 2, 0).numpy().astype(np.float32),
        _folded(seen.boundary.sigmoid()),
        K,
        _down(K, horizon + (height - 1) / 2, slope, (width - 1) / 2),
        known,
        0.0 if known else float(lens.log_scale[:, 0].exp().mean()),
        float(lens.log_scale[:, 1].exp().mean()) * math.hypot(width, height) / focal_px,
    )


def _folded(maps: "torch.Tensor") -> Float32[np.ndarray, "H W"]:  # type: ignore[name-defined]
    """Mean of a map and the mirrored one of the mirror image."""
    mean: Float32[np.ndarray, "H W"] = ((maps[0] + maps[1].flip(1)) / 2).numpy().astype(np.float32)
    return mean


def _down(K: Float[np.ndarray, "3 3"], row: float, slope: float, column: float) -> Float[np.ndarray, "3"]:
    """Gravity by the horizon: ``row`` at ``column``, and its slope."""
    line = np.array([-slope, 1.0, slope * column - row])
    down = K.T @ line
    result: Float[np.ndarray, 3] = down / np.linalg.norm(down)
    return result
