"""How far off what photos tell may be: the numbers that ``python -m benchmarks.sizes --fit`` fits."""

from typing import Final

from pipeline.rooms.sizes.measure import RoomMeasure, Side

#: usual height of a ceiling, metres; set by hand between the usual of Europe (2.5) and of old flats and the
#: United States (2.7)
CEILING_M: Final = 2.6
#: its standard deviation, logarithm; five rooms of benchmarks.sizes have 2.2 to 2.9 m, root mean square .094
CEILING_SIGMA: Final = 0.095
#: how far ceilings of one flat differ, logarithm; set by hand: 5 cm
CEILING_OF_ROOM_SIGMA: Final = 0.02
#: usual height of a camera, metres; that of the axes (gravity.py), between chest and eyes
CAMERA_M: Final = 1.45
#: its standard deviation between photographers, logarithm; six rooms of benchmarks.sizes have 1.1 to 1.65 m,
#: root mean square .15
CAMERA_SIGMA: Final = 0.14
#: and between the rooms of one, logarithm; set by hand
CAMERA_OF_ROOM_SIGMA: Final = 0.06
#: error of the distance of two sides that were measured, logarithm; set by hand, about that of their planes
MEASURED_SIGMA: Final = 0.03
#: error of the distance of two sides that pictures alone tell, logarithm; benchmarks.sizes --fit has .014 in
#: one room, more by hand because it is one only
INFERRED_SIGMA: Final = 0.06
#: error of the distance of two sides in one photo's room, logarithm; benchmarks.sizes --fit: .10, or .12
#: without the plainest set
ONE_PHOTO_SIGMA: Final = 0.12
#: error of the distance of two places that somebody points at, logarithm; a little more than measured sides
BETWEEN_POINTS_SIGMA: Final = 0.04
#: share of a side that must have been measured for it to count as measured, share; set by hand
_MEASURED_SIDE: Final = 0.1
#: least sureness of one photo's layout, share; below, its box is a guess and has no numbers; set by hand
_LEAST_SURENESS: Final = 0.3
#: a scale that is less sure than this has no numbers, logarithm; by definition: bands of two to one say nothing
MOST_SCALE_SIGMA: Final = 0.27
#: shorter lengths are not told as "at least", metres; nobody learns from them
LEAST_TOLD_M: Final = 1.0


def is_guess(measure: RoomMeasure) -> bool:
    """Whether the box of a room is too much of a guess for any number."""
    return measure.of_one_photo and measure.sureness < _LEAST_SURENESS


def kind_of(measure: RoomMeasure, axis: int) -> str:
    """How the extent of a room along an axis is known: ``one photo``, ``measured`` or ``inferred``."""
    if measure.of_one_photo:
        return "one photo"
    return "measured" if all(_is_measured(side) for side in measure.pair(axis)) else "inferred"


def sigma_of(measure: RoomMeasure, axis: int) -> float:
    """How far off the extent of a room along an axis may be, as standard deviation of its logarithm."""
    sigmas = {"one photo": ONE_PHOTO_SIGMA, "measured": MEASURED_SIGMA, "inferred": INFERRED_SIGMA}
    return sigmas[kind_of(measure, axis)]


def _is_measured(side: Side) -> bool:
    return side.seen and side.measured >= _MEASURED_SIDE
