"""Photos of straight and of curved things, through a lens that bends lines by a known amount."""

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
from jaxtyping import UInt8

from pipeline.rooms.photos.lens import Lens, Model

WIDTH_PX, HEIGHT_PX = 640, 480
_CANVAS = 3  # the drawing is larger than the photo: the lens sees more than its straightened picture shows
_FINE = 2

Drawing = Callable[[np.ndarray, np.random.Generator], None]


def frames(canvas: np.ndarray, random: np.random.Generator) -> None:
    """Doors, windows and beams: long straight edges in all directions."""
    height, width = canvas.shape[:2]
    for _ in range(26):
        middle = random.uniform(0.25, 0.75, 2) * [width, height]
        size = random.uniform(0.08, 0.3, 2) * height
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * size + random.normal(
            0, 0.04 * height, (4, 2)
        )
        color = [int(value) for value in random.integers(20, 235, 3)]
        cv2.fillPoly(canvas, [np.rint((middle + corners) * 16).astype(np.int32)], color, cv2.LINE_AA, 4)


def lamps(canvas: np.ndarray, random: np.random.Generator) -> None:
    """Round things of all sizes: nothing is straight."""
    height, width = canvas.shape[:2]
    for _ in range(40):
        middle = random.uniform(0.25, 0.75, 2) * [width, height]
        color = [int(value) for value in random.integers(20, 235, 3)]
        size = random.uniform(0.03, 0.3, 2) * height
        round_thing = (tuple(middle), tuple(2 * size), float(random.uniform(0, 180)))
        cv2.ellipse(canvas, round_thing, color, -1, cv2.LINE_AA)


def garlands(canvas: np.ndarray, random: np.random.Generator) -> None:
    """Hanging ropes: every curve sags downwards, above the middle as well as below it."""
    height, width = canvas.shape[:2]
    for _ in range(30):
        x, y = random.uniform(0.25, 0.6) * width, random.uniform(0.3, 0.7) * height
        across = np.linspace(0, random.uniform(0.15, 0.4) * width, 60)
        sag = random.uniform(0.04, 0.1) * across[-1] * (1 - (2 * across / across[-1] - 1) ** 2)
        rope = np.stack([x + across, y + sag + random.normal(0, 0.1) * across], axis=1)
        color = [int(value) for value in random.integers(20, 235, 3)]
        cv2.polylines(canvas, [np.rint(rope * 16).astype(np.int32)], False, color, 9, cv2.LINE_AA, 4)


@cache
def photo_of(
    drawing: Drawing,
    radial: float,
    seed: int,
    size_px: tuple[int, int] = (WIDTH_PX, HEIGHT_PX),
    grain: float = 2.5,
    model: Model = "division",
) -> UInt8[np.ndarray, "H W 3"]:
    """The drawing through a lens with this coefficient, a little blurred and with grain."""
    random = np.random.default_rng(seed)
    width, height = size_px
    canvas = np.full((height * _CANVAS, width * _CANVAS, 3), 128, np.uint8)
    drawing(canvas, random)
    xs, ys = np.meshgrid(np.arange(width * _FINE) / _FINE - 0.25, np.arange(height * _FINE) / _FINE - 0.25)
    pixels = np.stack([xs, ys], axis=-1)
    lens = Lens(radial, model=model)
    middle = (np.array(size_px) - 1) / 2
    ideal = (lens.straight_xy(pixels, width, height) - middle) / lens.zoom(width, height)
    at = (ideal * _FINE + (np.array(canvas.shape[1::-1]) - 1) / 2).astype(np.float32)
    fine = cv2.remap(canvas, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    small = cv2.resize(cv2.GaussianBlur(fine, (0, 0), 1.2), size_px, interpolation=cv2.INTER_AREA)
    noisy = small + random.normal(0, grain, small.shape)
    photo: UInt8[np.ndarray, "H W 3"] = np.clip(noisy, 0, 255).astype(np.uint8)
    return photo
