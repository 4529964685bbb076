"""How large the rooms of one listing are: one joint estimate from everything that is known.

Unknown are, as logarithms, the metres of a unit of each room's point maps, the ceiling height that the rooms of
a flat share, and the height at which its photographer holds the camera. What is usual for the last two, what
photos show of each room, and lengths that somebody typed are observations of their sums, with normal errors
(:mod:`pipeline.rooms.sizes.gaussian`). Typing one length therefore makes every room of the listing surer.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from pipeline.rooms.sizes import errors
from pipeline.rooms.sizes.band import Band
from pipeline.rooms.sizes.gaussian import Observation, Posterior, solve
from pipeline.rooms.sizes.measure import AXES, RoomMeasure
from pipeline.rooms.sizes.typed import DIMENSIONS, TAPE_SIGMA_M, TypedLength

_CEILING, _CAMERA = "ceiling", "camera"
#: cameras nearer to the floor than this tell nothing, units; no photo of a room is taken from so low
_LEAST_HEIGHT: Final = 0.3
#: standard deviation of the scale of a room of which nothing is known, logarithm; by definition: no knowledge
_NO_SCALE: Final = 1.0
#: exact observations are written with this error, logarithm; by definition: far below any other
_EXACT: Final = 1e-4


@dataclass(frozen=True)
class RoomSize:
    """How large a room is.

    Attributes:
        length_m, width_m, height_m, floor_area_m2: ``None`` where the photos do not show both walls.
        at_least: what the room measures at least along ``length``, ``width`` and ``height``, metres, where
            there is no number and something can be said.
        axes: axis of the room frame that length, width and height run along.
        scale: metres of a unit of the room's point maps.
        evidence: what the numbers rest on, in words.
        why: why numbers are missing, in words; empty where none is.
    """

    length_m: Band | None
    width_m: Band | None
    height_m: Band | None
    floor_area_m2: Band | None
    at_least: Mapping[str, float]
    axes: tuple[int, int, int]
    scale: Band
    evidence: tuple[str, ...]
    why: tuple[str, ...]

    @property
    def is_known(self) -> bool:
        """Whether there is any number."""
        return any((self.length_m, self.width_m, self.height_m))

    def of(self, dimension: str) -> Band | None:
        """``length``, ``width`` or ``height`` by its name."""
        return {"length": self.length_m, "width": self.width_m, "height": self.height_m}[dimension]


def sizes_of(measures: Mapping[str, RoomMeasure], typed: Sequence[TypedLength] = ()) -> dict[str, RoomSize]:
    """The sizes of all rooms of a listing.

    Args:
        measures: room id to what its photos tell.
        typed: lengths that somebody measured; those of unknown rooms are passed over.
    """
    if not measures:
        return {}
    typed = [one for one in typed if one.room_id in measures]
    observations = _usual()
    for room_id, measure in measures.items():
        observations += _of_room(room_id, measure)
    for one in typed:
        observations.append(_of_typed(one, measures[one.room_id]))
    posterior = solve(observations)
    shared = sum(measure.is_seen(2) and not errors.is_guess(measure) for measure in measures.values())
    return {
        room_id: _size(room_id, measure, posterior, _evidence(room_id, measure, shared, typed))
        for room_id, measure in measures.items()
    }


def named_axes(measure: RoomMeasure) -> tuple[int, int, int]:
    """Axes of length, width and height: the longer side is the length, as far as it is known."""
    extents = [measure.extent(axis) if measure.is_seen(axis) else measure.least_extent(axis) for axis in (0, 1)]
    return (0, 1, 2) if extents[0] >= extents[1] else (1, 0, 2)


def _usual() -> list[Observation]:
    """What ceilings and cameras usually are."""
    return [
        Observation({_CEILING: 1.0}, math.log(errors.CEILING_M), errors.CEILING_SIGMA, doubtful=True),
        Observation({_CAMERA: 1.0}, math.log(errors.CAMERA_M), errors.CAMERA_SIGMA, doubtful=True),
    ]


def _of_room(room_id: str, measure: RoomMeasure) -> list[Observation]:
    """What one room's photos tell of its scale, and how far its dimensions may be off."""
    scale = _scale(room_id)
    found = [Observation({scale: 1.0}, 0.0, _NO_SCALE)]
    found += [Observation({_off(room_id, axis): 1.0}, 0.0, errors.sigma_of(measure, axis)) for axis in AXES]
    if errors.is_guess(measure):
        return found
    height = _camera_height(measure)
    if height is not None:
        sigma = math.hypot(errors.CAMERA_OF_ROOM_SIGMA, errors.sigma_of(measure, 2))
        found.append(Observation({scale: 1.0, _CAMERA: -1.0}, -math.log(height), sigma, doubtful=True))
    if measure.is_seen(2):
        parts = {scale: 1.0, _off(room_id, 2): 1.0, _CEILING: -1.0}
        value = -math.log(measure.extent(2))
        found.append(Observation(parts, value, errors.CEILING_OF_ROOM_SIGMA, doubtful=True))
    return found


def _camera_height(measure: RoomMeasure) -> float | None:
    """Usual height of the cameras above the floor, units; ``None`` where no photo shows the floor."""
    floor = measure.pair(2)[0]
    heights = [photo.position[2] - floor.offset for photo in measure.photos]
    if not floor.seen or not heights:
        return None
    height = float(np.median(heights))
    return height if height > _LEAST_HEIGHT else None


def _of_typed(one: TypedLength, measure: RoomMeasure) -> Observation:
    """A typed length as an observation of the room's scale."""
    sigma = TAPE_SIGMA_M / one.metres
    if one.of == "points":
        units = float(one.units or 0.0)
        sigma = math.hypot(sigma, errors.BETWEEN_POINTS_SIGMA)
        return Observation({_scale(one.room_id): 1.0}, math.log(one.metres / units), sigma)
    axis = named_axes(measure)[DIMENSIONS.index(one.of)]
    units = measure.extent(axis)
    parts = {_scale(one.room_id): 1.0, _off(one.room_id, axis): 1.0}
    return Observation(parts, math.log(one.metres / units), sigma + _EXACT)


def _size(room_id: str, measure: RoomMeasure, posterior: Posterior, evidence: tuple[str, ...]) -> RoomSize:
    axes = named_axes(measure)
    mean, sigma = posterior.of({_scale(room_id): 1.0})
    guess = errors.is_guess(measure) or sigma > errors.MOST_SCALE_SIGMA
    known = [not guess and measure.is_seen(axis) for axis in axes]
    bands = [
        _band(posterior, measure, room_id, (axis,)) if is_known else None
        for axis, is_known in zip(axes, known, strict=True)
    ]
    area = _band(posterior, measure, room_id, (0, 1)) if known[0] and known[1] else None
    scale = Band.of_log(mean, sigma)
    return RoomSize(
        length_m=bands[0],
        width_m=bands[1],
        height_m=bands[2],
        floor_area_m2=area,
        at_least=_at_least(measure, axes, known, scale) if not guess else {},
        axes=axes,
        scale=scale,
        evidence=evidence if any(known) else (),
        why=_why(measure, axes, guess),
    )


def _band(posterior: Posterior, measure: RoomMeasure, room_id: str, axes: tuple[int, ...]) -> Band:
    """The product of the room's extents along some axes, in metres."""
    parts = {_scale(room_id): float(len(axes)), **{_off(room_id, axis): 1.0 for axis in axes}}
    mean, sigma = posterior.of(parts)
    return Band.of_log(mean + sum(math.log(measure.extent(axis)) for axis in axes), sigma)


def _at_least(
    measure: RoomMeasure, axes: tuple[int, int, int], known: Sequence[bool], scale: Band
) -> dict[str, float]:
    """What a dimension measures at least, with the least likely scale, where there is no number."""
    found = {}
    for name, axis, is_known in zip(DIMENSIONS, axes, known, strict=True):
        least = measure.least_extent(axis) * scale.low
        if not is_known and least > errors.LEAST_TOLD_M:
            found[name] = least
    return found


def _evidence(room_id: str, measure: RoomMeasure, shared: int, typed: Sequence[TypedLength]) -> tuple[str, ...]:
    """What the numbers of a room rest on, in words."""
    words = []
    mine = [one for one in typed if one.room_id == room_id]
    if mine:
        words.append("a typed length" if len(mine) == 1 else f"{len(mine)} typed lengths")
    elif typed:
        words.append("a typed length in another room")
    if measure.is_seen(2):
        words.append("ceiling height")
    if shared > 1:
        words.append("ceilings of the other rooms")
    if _camera_height(measure) is not None:
        words.append("camera height")
    if any(photo.from_exif for photo in measure.photos):
        words.append("focal length from the camera")
    return tuple(words)


def _why(measure: RoomMeasure, axes: tuple[int, int, int], guess: bool) -> tuple[str, ...]:
    """Why numbers are missing."""
    if errors.is_guess(measure):
        return ("The one photo does not show clearly where walls, floor and ceiling are.",)
    if guess:
        return ("The photos show too little of floor and ceiling to tell how large the room is.",)
    said = []
    for name, axis in zip(DIMENSIONS, axes, strict=True):
        missing = [not side.seen for side in measure.pair(axis)]
        if axis == 2 and any(missing):
            unseen = ("floor", "ceiling", "floor and ceiling")[2 if all(missing) else missing.index(True)]
            said.append(f"No {name}: the photos do not show the {unseen}.")
        elif any(missing):
            said.append(f"No {name}: the photos show {'neither' if all(missing) else 'only one'} of its walls.")
    return tuple(said)


def _scale(room_id: str) -> str:
    return f"scale {room_id}"


def _off(room_id: str, axis: int) -> str:
    return f"off {room_id} {axis}"
