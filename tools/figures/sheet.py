"""Sheets of pictures and drawings in one style, saved as small WebP files."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from jaxtyping import Float, UInt8
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

mpl.use("agg")

WIDTH_IN: Final = 9.6
DPI: Final = 100
QUALITY: Final = 82
INK, PALE, GREEN, ORANGE, RED, BLUE = "#22313a", "#b9c2c7", "#3c7d6b", "#d98c3d", "#c8523f", "#4a86b8"
#: measured, inferred, generated: the colours of the dashboard's viewer would do, these also print
SOURCES: Final = {1: GREEN, 2: ORANGE, 3: RED}
_STYLE: Final[dict[Any, Any]] = {
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.edgecolor": PALE,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.hashsalt": "showroom",
}
Pixels = UInt8[np.ndarray, "H W 3"]


def sheet(columns: int, height_in: float, widths: Sequence[float] | None = None) -> tuple[Figure, list[Axes]]:
    """A figure of one row."""
    for name, value in _STYLE.items():
        mpl.rcParams[name] = value
    figure = Figure(figsize=(WIDTH_IN, height_in), dpi=DPI, layout="constrained")
    found = figure.subplots(1, columns, width_ratios=widths, squeeze=False)
    return figure, list(found[0])


def save(figure: Figure, path: Path) -> None:
    """Write the figure as WebP."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png")
    with Image.open(drawn) as image:
        save_picture(np.asarray(image.convert("RGB")), path)


def save_picture(picture: Pixels, path: Path) -> None:
    """Write pixels as WebP."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path, format="WEBP", quality=QUALITY, method=6)


def photo(axes: Axes, picture: np.ndarray, title: str = "", **options: Any) -> None:
    """A picture without a frame."""
    axes.imshow(picture, interpolation="nearest", **options)
    axes.set_axis_off()
    axes.set_title(title, loc="left")


def plan(axes: Axes, title: str) -> None:
    """Axes for a drawing seen from above: metres, one scale."""
    axes.set_aspect("equal")
    axes.set_title(title, loc="left")
    axes.set_xlabel("x (m)")
    axes.set_ylabel("y (m)")


def outline(low: Float[np.ndarray, 3], high: Float[np.ndarray, 3]) -> Float[np.ndarray, "5 2"]:
    """The closed rectangle of a box from above."""
    return np.array(
        [[low[0], low[1]], [high[0], low[1]], [high[0], high[1]], [low[0], high[1]], [low[0], low[1]]]
    )


def tiles(pictures: Sequence[Pixels], columns: int, width_px: int, gap_px: int = 6) -> Pixels:
    """Pictures of one shape in rows."""
    small = [_resized(picture, width_px) for picture in pictures]
    height = small[0].shape[0]
    rows = -(-len(small) // columns)
    size = (rows * height + (rows - 1) * gap_px, columns * width_px + (columns - 1) * gap_px, 3)
    whole = np.full(size, 255, np.uint8)
    for index, picture in enumerate(small):
        top, left = (index // columns) * (height + gap_px), (index % columns) * (width_px + gap_px)
        whole[top : top + height, left : left + width_px] = picture[:height]
    return whole


def _resized(picture: Pixels, width_px: int) -> Pixels:
    height = round(picture.shape[0] * width_px / picture.shape[1])
    return np.asarray(Image.fromarray(picture).resize((width_px, height), Image.Resampling.LANCZOS))
