"""Radial lens distortion of a photo, and taking it out.

Two models with one coefficient each and their centre in the middle of the photo; radii are in half diagonals,
so that the coefficient is the same at every size and in both orientations. With ``d`` the distance of a point
from the middle of the photo and ``u`` that in a picture where straight lines are straight:

- division (Fitzgibbon 2001): ``u = d / (1 + radial d^2)``, close to what wide-angle lenses and fisheyes do;
- polynomial (Brown 1966): ``d = u (1 + radial u^2)``, the ``k1`` of common calibration programs.

``radial < 0`` is a barrel, ``> 0`` a pincushion; small values mean the same in both.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, UInt8

Model = Literal["division", "polynomial"]
#: least and greatest coefficient, half diagonals; by definition: beyond, one coefficient does not describe a
#: lens (a polynomial folds over at -4/27, -.148)
RANGE: dict[Model, tuple[float, float]] = {"division": (-0.8, 0.5), "polynomial": (-0.145, 0.5)}


@dataclass(frozen=True)
class Lens:
    """How a lens bends straight lines, as its photos show it.

    Attributes:
        radial: coefficient of the model, radii in half diagonals.
        sigma: its standard error.
        curves: edges that agree on it.
        model: what the coefficient means.
    """

    radial: float
    sigma: float = 0.0
    curves: int = 0
    model: Model = "division"

    def __post_init__(self) -> None:
        if self.model not in RANGE:
            raise ValueError(f"unknown lens model {self.model!r}; choose one of: {', '.join(RANGE)}")
        least, most = RANGE[self.model]
        if not least <= self.radial <= most:
            raise ValueError(f"radial of {self.model} must be between {least} and {most}, not {self.radial}")
        if not (math.isfinite(self.sigma) and self.sigma >= 0 and self.curves >= 0):
            raise ValueError("sigma and curves cannot be negative")

    def zoom(self, width_px: int, height_px: int) -> float:
        """Magnification in the middle of the straightened picture: the least that leaves no border blank."""
        nearest = min(width_px, height_px) / math.hypot(width_px, height_px)
        border = np.array([[1.0 if self.radial > 0 else nearest, 0.0]])
        return float(border[0, 0] / straightened(border, self.radial, self.model)[0, 0])

    def photo_xy(
        self, straight_xy: Float[np.ndarray, "*N 2"], width_px: int, height_px: int
    ) -> Float[np.ndarray, "*N 2"]:
        """Pixels of the photo at pixels of the straightened picture of the same size."""
        centre, half = _frame(width_px, height_px)
        ideal = (straight_xy - centre) / (half * self.zoom(width_px, height_px))
        square = (ideal**2).sum(axis=-1, keepdims=True)
        if self.model == "division":
            factor = 2.0 / (1.0 + np.sqrt(np.maximum(1.0 - 4.0 * self.radial * square, 0.0)))
        else:
            factor = 1.0 + self.radial * square
        bent: Float[np.ndarray, "*N 2"] = centre + half * ideal * factor
        return bent

    def straight_xy(
        self, photo_xy: Float[np.ndarray, "*N 2"], width_px: int, height_px: int
    ) -> Float[np.ndarray, "*N 2"]:
        """Pixels of the straightened picture at pixels of the photo; the inverse of :meth:`photo_xy`."""
        centre, half = _frame(width_px, height_px)
        straight = straightened((photo_xy - centre) / half, self.radial, self.model)
        found: Float[np.ndarray, "*N 2"] = centre + half * self.zoom(width_px, height_px) * straight
        return found


def straightened(
    points: Float[np.ndarray, "*N 2"], radial: float, model: Model = "division"
) -> Float[np.ndarray, "*N 2"]:
    """Points of the photo as a lens without distortion would show them (from the middle, in half diagonals)."""
    bend = radial * (points**2).sum(axis=-1, keepdims=True)
    ideal: Float[np.ndarray, "*N 2"] = points / (1.0 + bend) if model == "division" else points * _unfold(bend)
    return ideal


def _unfold(bend: Float[np.ndarray, "*N 1"]) -> Float[np.ndarray, "*N 1"]:
    """The root ``t`` near 1 of ``t + bend t^3 = 1`` (Viete's closed forms of the cubic)."""
    scale = np.sqrt(3.0 * np.maximum(np.abs(bend), 1e-12))
    inwards = np.arcsinh(1.5 * scale)
    outwards = np.arcsin(np.minimum(1.5 * scale, 1.0))
    root: Float[np.ndarray, "*N 1"] = np.where(bend > 0, np.sinh(inwards / 3), np.sin(outwards / 3)) * 2 / scale
    return root


def straighten(image: UInt8[np.ndarray, "H W 3"], lens: Lens) -> UInt8[np.ndarray, "H W 3"]:
    """The picture without the distortion, of the same size, with no blank border (cubic interpolation).

    Its focal length is that of the photo times :meth:`Lens.zoom`; its centre stays.
    """
    import cv2

    height, width = image.shape[:2]
    grid = np.stack(np.meshgrid(np.arange(width, dtype=float), np.arange(height, dtype=float)), axis=-1)
    at = lens.photo_xy(grid, width, height).astype(np.float32)
    picture = cv2.remap(image, at[..., 0], at[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(picture, dtype=np.uint8)


def _frame(width_px: int, height_px: int) -> tuple[Float[np.ndarray, "2"], float]:
    return np.array([(width_px - 1) / 2, (height_px - 1) / 2]), math.hypot(width_px, height_px) / 2
