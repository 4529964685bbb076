"""What EXIF says about the camera: orientation, focal length in pixels, make and model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

_MAKE, _MODEL, _ORIENTATION = 0x010F, 0x0110, 0x0112
_FOCAL_LENGTH, _FOCAL_LENGTH_35MM = 0x920A, 0xA405
_PIXEL_X, _PIXEL_Y = 0xA002, 0xA003
_FOCAL_PLANE_X, _FOCAL_PLANE_UNIT = 0xA20E, 0xA210
#: millimetres in one FocalPlaneResolutionUnit (inch, centimetre, millimetre, micrometre)
_UNIT_MM = {2: 25.4, 3: 10.0, 4: 1.0, 5: 0.001}
_FILM_DIAGONAL_MM = math.hypot(36.0, 24.0)
#: a crop changes the aspect ratio; a resize only rounds it
_ASPECT_TOLERANCE = 0.02
#: focal length over long edge: from a fisheye to a long telephoto lens
_PLAUSIBLE_FOCAL = (0.2, 50.0)
_MAX_CAMERA_CHARACTERS = 100


@dataclass(frozen=True)
class Capture:
    """How a photo was taken.

    Attributes:
        orientation: EXIF orientation, 1 to 8, of the pixels as stored in the file.
        focal_px: focal length at the size of the pixels in the file; ``None`` where EXIF does not tell.
        camera: make and model.
    """

    orientation: int = 1
    focal_px: float | None = None
    camera: str | None = None


def read_capture(
    tags: Mapping[int, object], details: Mapping[int, object], size_px: tuple[int, int]
) -> Capture:
    """Interpret the EXIF tags of a photo.

    Args:
        tags: main image directory (IFD0), tag number to value.
        details: EXIF directory (tag 0x8769).
        size_px: width and height of the pixels in the file, before any rotation.
    """
    orientation = tags.get(_ORIENTATION)
    valid = isinstance(orientation, int) and 1 <= orientation <= 8
    return Capture(
        orientation=int(str(orientation)) if valid else 1,
        focal_px=focal_length_px(details, size_px),
        camera=_camera(tags),
    )


def focal_length_px(details: Mapping[int, object], size_px: tuple[int, int]) -> float | None:
    """Focal length in pixels of a picture of ``size_px`` (width, height), or ``None``.

    ``FocalLengthIn35mmFilm`` compares *diagonal* angles of view with the 36 x 24 mm frame: CIPA DCG-001
    defines the equivalence so, and makers follow it (a 4.2 mm lens on a 5.6 x 4.2 mm sensor, diagonal
    7.0 mm, is sold as 26 mm). Converting by width would be 4 % off for 4:3 pictures. The diagonal does not
    care about rotation. Without it, ``FocalLength`` times ``FocalPlaneXResolution`` (pixels per unit at the
    recorded size) is the focal length at the recorded size; pixels are square, so rotation does not matter
    there either and sizes are compared by their long edges.

    A picture whose aspect ratio is not the recorded one was cropped: how far cannot be known, so ``None``.
    """
    recorded_px = (_number(details.get(_PIXEL_X)), _number(details.get(_PIXEL_Y)))
    if None not in recorded_px and not _same_aspect(recorded_px, size_px):
        return None
    focal_35mm = _number(details.get(_FOCAL_LENGTH_35MM))
    if focal_35mm is not None:
        focal_px = focal_35mm * math.hypot(*size_px) / _FILM_DIAGONAL_MM
    else:
        at_recorded_px = _focal_at_recorded_size_px(details)
        if at_recorded_px is None:
            return None
        recorded_edge = max((edge for edge in recorded_px if edge is not None), default=float(max(size_px)))
        focal_px = at_recorded_px * max(size_px) / recorded_edge
    low, high = _PLAUSIBLE_FOCAL
    return focal_px if low <= focal_px / max(size_px) <= high else None


def _focal_at_recorded_size_px(details: Mapping[int, object]) -> float | None:
    focal_mm = _number(details.get(_FOCAL_LENGTH))
    per_unit = _number(details.get(_FOCAL_PLANE_X))
    unit_mm = _UNIT_MM.get(int(_number(details.get(_FOCAL_PLANE_UNIT)) or 2))
    if focal_mm is None or per_unit is None or unit_mm is None:
        return None
    return focal_mm * per_unit / unit_mm


def _same_aspect(recorded_px: tuple[float | None, float | None], size_px: tuple[int, int]) -> bool:
    """Whether both have the same ratio of long to short edge (either may be rotated)."""
    edges = [edge for edge in recorded_px if edge is not None]
    recorded = max(edges) / min(edges)
    return abs(recorded / (max(size_px) / min(size_px)) - 1) <= _ASPECT_TOLERANCE


def _number(value: object) -> float | None:
    """A positive, finite number; EXIF writes 0 for unknown and 0/0 for broken."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return number if math.isfinite(number) and number > 0 else None


def _camera(tags: Mapping[int, object]) -> str | None:
    make, model = (_words(tags.get(tag)) for tag in (_MAKE, _MODEL))
    if model.casefold().startswith(make.casefold()):
        make = ""
    return f"{make} {model}".strip()[:_MAX_CAMERA_CHARACTERS] or None


def _words(value: object) -> str:
    if not isinstance(value, str):
        return ""
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())
