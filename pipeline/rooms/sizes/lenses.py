"""Focal lengths as 35-mm equivalents with their bands, and what a lens does to a photo in words for guests.

The equivalent compares diagonals of the picture, as cameras write it into EXIF (CIPA DCG-001).
"""

import math
from typing import Final

from pipeline.rooms.scene import View
from pipeline.rooms.sizes.band import Band

#: diagonal of a frame of 35-mm film, millimetres; by definition
FILM_DIAGONAL_MM: Final = math.hypot(36.0, 24.0)
#: focal length of a phone's main camera, millimetres as 35-mm equivalent; usual ones have 24 to 28
PHONE_MM: Final = 26.0
#: relative error of a focal length that EXIF tells, share; whole millimetres (.5 of 24) and the little that
#: correcting a lens in the camera cuts off
EXIF_SIGMA: Final = 0.02
#: relative error of a focal length that photos of one room tell together, share; benchmarks.sizes
#: --fit: .010 in three sets, more by hand because photos of a listing come from several cameras
TOGETHER_SIGMA: Final = 0.03
#: relative error of a focal length that the lines of one photo tell, share; benchmarks.sizes
#: --fit: .12 in six sets
ALONE_SIGMA: Final = 0.12
#: a view that is deeper than a phone's by less than this looks like one, times; people hardly see a tenth
_NOTICEABLE: Final = 1.1
#: angle from the middle of a photo at which things are drawn out by so much that edges look stretched, radians;
#: 40 degrees, where a circle becomes wider by 1 / cos 40 = 1.3
_STRETCHED_RAD: Final = math.radians(40.0)


def equivalent_mm(focal_px: float, width_px: int, height_px: int) -> float:
    """Focal length as 35-mm equivalent, by the diagonal.

    Raises:
        ValueError: a number is not positive.
    """
    if min(focal_px, width_px, height_px) <= 0:
        raise ValueError(f"positive numbers are needed, not {focal_px} px of {width_px} x {height_px}")
    return focal_px * FILM_DIAGONAL_MM / math.hypot(width_px, height_px)


def focal_of(view: View, zoom: float, from_exif: bool, alone: bool) -> Band:
    """The focal length of a placed photo.

    Args:
        view: of the photo, straightened.
        zoom: by how much straightening magnified it (1 where the photo was not bent).
        from_exif: whether its camera told.
        alone: whether the photo stands by itself, so that only its own lines tell of its lens.
    """
    height, width = view.image.shape[:2]
    found = equivalent_mm(float(view.K[0, 0]) / zoom, width, height)
    told = ALONE_SIGMA if alone else TOGETHER_SIGMA
    return Band.of_log(math.log(found), EXIF_SIGMA if from_exif else told)


def deeper_than_a_phone(focal: Band) -> float:
    """How many times deeper a room looks than with a phone's main camera; under 1 it looks flatter."""
    return PHONE_MM / focal.value


def lens_words(focal: Band) -> str:
    """What the lens does to the photo, in words for guests."""
    times = deeper_than_a_phone(focal)
    if times >= _NOTICEABLE:
        return f"Looks about {times:.1f} times deeper than with a phone's main camera."
    if times <= 1 / _NOTICEABLE:
        return f"Looks about {1 / times:.1f} times flatter than with a phone's main camera."
    return "Looks about as deep as with a phone's main camera."


def is_stretched(half_angle_rad: float) -> bool:
    """Whether things at the left and right edge of a photo look wider than they are."""
    return half_angle_rad > _STRETCHED_RAD
