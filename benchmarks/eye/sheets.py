"""Contact sheets of what the eye sees: for every photo the photo, its sides and its depth, to be looked at."""

import math
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps

from pipeline.distill.rooms.view import side_picture
from pipeline.rooms.prior import EyePrior, Prior

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
#: size of one photo on the sheet, and how many photos stand side by side and below each other
_TALL_PX, _WIDE_PX, _ACROSS, _DOWN = 150, 225, 2, 8
#: nearest and farthest depth of the colours, in heights of the camera
_NEAR, _FAR = 0.5, 6.0
_TITLE_PX = 14


def write_sheets(folder: Path, out: Path, eye: EyePrior) -> list[Path]:
    """Sheets of all photos of a folder, in the order of their names.

    Raises:
        ValueError: the folder holds no photos.
    """
    photos = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not photos:
        raise ValueError(f"{folder} holds no photos ({', '.join(SUFFIXES)})")
    out.mkdir(parents=True, exist_ok=True)
    per_sheet, written = _ACROSS * _DOWN, []
    for number in range(math.ceil(len(photos) / per_sheet)):
        some = photos[number * per_sheet : (number + 1) * per_sheet]
        written.append(out / f"{folder.name}-{number + 1}.png")
        Image.fromarray(sheet([strip(path, eye) for path in some])).save(written[-1])
    return written


def strip(path: Path, eye: EyePrior) -> UInt8[np.ndarray, "H W 3"]:
    """One photo, its sides over it, and its depth, below its name."""
    with Image.open(path) as opened:
        image = np.asarray(ImageOps.exif_transpose(opened).convert("RGB"))
    prior = eye.predict(image)
    sides = side_picture(prior.sides.argmax(axis=-1))
    parts = [
        _fitted(image),
        cv2.addWeighted(_fitted(sides), 0.65, _fitted(image), 0.35, 0),
        _fitted(_depth(prior)),
    ]
    row = np.concatenate(parts, axis=1)
    title = np.full((_TITLE_PX, row.shape[1], 3), 255, dtype=np.uint8)
    cv2.putText(title, path.name[:60], (3, _TITLE_PX - 4), cv2.FONT_HERSHEY_SIMPLEX, 0.36, (0, 0, 0), 1)
    return np.concatenate([title, row])


def sheet(strips: list[UInt8[np.ndarray, "H W 3"]]) -> UInt8[np.ndarray, "H W 3"]:
    """Strips side by side and below each other."""
    strips = strips + [np.full_like(strips[0], 255)] * (-len(strips) % _ACROSS)
    rows = [np.concatenate(strips[k : k + _ACROSS], axis=1) for k in range(0, len(strips), _ACROSS)]
    return np.concatenate(rows)


def _fitted(picture: UInt8[np.ndarray, "H W 3"]) -> UInt8[np.ndarray, "H W 3"]:
    """The whole picture inside one place of the sheet."""
    scale = min(_TALL_PX / picture.shape[0], _WIDE_PX / picture.shape[1])
    size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST)
    place = np.full((_TALL_PX, _WIDE_PX, 3), 255, dtype=np.uint8)
    place[: small.shape[0], : small.shape[1]] = small
    return place


def _depth(prior: Prior) -> UInt8[np.ndarray, "H W 3"]:
    """Near is bright, far is dark, by the logarithm."""
    share = np.log(prior.depth_over_height / _NEAR) / math.log(_FAR / _NEAR)
    grey = (255 * (1 - np.clip(share, 0, 1))).astype(np.uint8)
    return cv2.cvtColor(cv2.applyColorMap(grey, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
