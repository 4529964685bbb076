"""The decision of the original ShowRoom for three photos: which photo is turned to which side.

Every photo has a camera and a layout as class map (ST-RoomNet: 1 front, 2 left, 3 right, 4 floor, 5 ceiling).
:mod:`pipeline.rooms.views.next_best_view` extends the question to any number of photos and to what the room
lacks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image
from scipy import ndimage

from pipeline.rooms.layout import NoLayout, RoomLayouts
from pipeline.rooms.scene import PointMaps

Side = Literal["left", "right"]
#: classes of ST-RoomNet, none; by definition
FRONT, LEFT, RIGHT, FLOOR, CEILING = range(1, 6)

#: camera turn about the vertical axis, positive to the left, radians; the original
TURN_RAD: Final[dict[Side, float]] = {"left": np.deg2rad(30.0), "right": np.deg2rad(-30.0)}
#: side of the class maps, px; the original
_MAP_PX: Final = 400
#: a class with fewer is not in view, px of the class map; the original
_VISIBLE_PX: Final = 5_000
#: the front wall's middle lies so near to that of the photo, share of its sides; the original
_CENTRED: Final = 0.25
#: photos up to this far apart look the same way, degrees; the original
_NEAR_DEG: Final = 70.0
#: photos from this far apart look another way, degrees; the original
_FAR_DEG: Final = 90.0
#: two front views up to this far apart, or from its supplement, lie along one line, degrees; the original
_ALONG_DEG: Final = 45.0
#: a half turn, degrees; by definition
_HALF_TURN_DEG: Final = 180.0
#: the two other photos look the same way from this on, cosine; the original
_SAME_WAY_COSINE: Final = 0.8


class Outcome(StrEnum):
    """What a decision says."""

    VIEW = "view"
    NONE_NEEDED = "none needed"
    NOT_POSSIBLE = "not possible"


@dataclass(frozen=True)
class RulePhoto:
    """What the rule looks at.

    Attributes:
        photo_id: id of the photo.
        layout: class map, 400 x 400, classes 1 to 5.
        world_from_camera: OpenCV camera axes.
    """

    photo_id: str
    layout: UInt8[np.ndarray, "400 400"]
    world_from_camera: Float[np.ndarray, "4 4"]

    def __post_init__(self) -> None:
        if self.layout.shape != (_MAP_PX, _MAP_PX):
            raise ValueError(f"photo {self.photo_id}: the layout is {self.layout.shape}, expected (400, 400)")
        if self.world_from_camera.shape != (4, 4) or not np.isfinite(self.world_from_camera).all():
            raise ValueError(f"photo {self.photo_id}: world_from_camera must be a finite 4 x 4 matrix")

    @property
    def direction(self) -> Float[np.ndarray, "3"]:
        """Viewing direction in the world."""
        return self.world_from_camera[:3, 2]

    def area(self, label: int) -> int:
        """Pixels of a class."""
        return int((self.layout == label).sum())


@dataclass(frozen=True)
class RuleDecision:
    """The rule's answer. ``photo_id`` and ``side`` are set where ``outcome`` is ``view``."""

    outcome: Outcome
    reason: str
    photo_id: str | None = None
    side: Side | None = None


def decide_by_rule(photos: Sequence[RulePhoto]) -> RuleDecision:
    """The view that the original would generate.

    Raises:
        ValueError: the rule is defined for exactly three photos.
    """
    if len(photos) != 3:
        raise ValueError(f"the rule is defined for three photos, not {len(photos)}")
    fronts = [photo for photo in photos if is_front_view(photo)]
    others = [photo for photo in photos if not any(photo is front for front in fronts)]
    if len(fronts) == 3:
        return RuleDecision(Outcome.NONE_NEEDED, "all three photos are front views")
    if len(fronts) == 2:
        return _two_fronts(fronts[0], fronts[1], others[0])
    if len(fronts) == 1:
        return _one_front(fronts[0], others[0], others[1])
    return RuleDecision(Outcome.NOT_POSSIBLE, "no photo is a front view")


def is_front_view(photo: RulePhoto) -> bool:
    """Whether all five faces are visible and the front wall stands in the middle."""
    if any(photo.area(label) < _VISIBLE_PX for label in range(FRONT, CEILING + 1)):
        return False
    pieces, count = ndimage.label(photo.layout == FRONT, structure=np.ones((3, 3)))
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    rows, columns = ndimage.find_objects(pieces)[int(np.argmax(sizes))]
    centre = np.array([rows.start + rows.stop - 1, columns.start + columns.stop - 1]) / 2
    middle = (np.array(photo.layout.shape) - 1) / 2
    return bool((np.abs(centre - middle) <= _CENTRED * np.array(photo.layout.shape)).all())


def angle_deg(a: RulePhoto, b: RulePhoto) -> float:
    """Angle between two viewing directions."""
    cosine = float(a.direction @ b.direction)
    sine = float(np.linalg.norm(np.cross(a.direction, b.direction)))
    return float(np.rad2deg(np.arctan2(sine, cosine)))


def side_of(b: RulePhoto, seen_from: RulePhoto) -> Side:
    """On which side of ``seen_from`` the photo ``b`` counts, as the original has it."""
    baseline = b.world_from_camera[:3, 3] - seen_from.world_from_camera[:3, 3]
    length = float(np.linalg.norm(baseline))
    if length == 0:
        return "left"
    return "right" if float(np.cross(seen_from.direction, b.direction) @ baseline) / length > 0 else "left"


def _two_fronts(first: RulePhoto, second: RulePhoto, other: RulePhoto) -> RuleDecision:
    to_first, to_second = angle_deg(first, other), angle_deg(second, other)
    apart = f"the third photo is {to_first:.0f} and {to_second:.0f} degrees away from the two front views"
    together = max(to_first, to_second) <= _NEAR_DEG or min(to_first, to_second) >= _FAR_DEG
    if not together and to_first <= _NEAR_DEG < to_second:
        return RuleDecision(Outcome.VIEW, apart, second.photo_id, side_of(other, second))
    if not together and to_second <= _NEAR_DEG < to_first:
        return RuleDecision(Outcome.VIEW, apart, first.photo_id, side_of(other, first))
    return _compared(first, second)


def _one_front(front: RulePhoto, first: RulePhoto, second: RulePhoto) -> RuleDecision:
    if float(first.direction @ second.direction) <= _SAME_WAY_COSINE:
        return RuleDecision(Outcome.NOT_POSSIBLE, "one front view, and the other two look different ways")
    opposite: Side = "left" if side_of(first, front) == "right" else "right"
    return RuleDecision(
        Outcome.VIEW, "one front view, and the other two look the same way", front.photo_id, opposite
    )


def _compared(first: RulePhoto, second: RulePhoto) -> RuleDecision:
    angle = angle_deg(first, second)
    if angle <= _ALONG_DEG or angle >= _HALF_TURN_DEG - _ALONG_DEG:
        reason = f"the two front views are {angle:.0f} degrees apart, along one line"
        return RuleDecision(Outcome.VIEW, reason, first.photo_id, "right")
    inner, outer = (LEFT, RIGHT) if side_of(second, first) == "right" else (RIGHT, LEFT)
    sides: dict[int, Side] = {LEFT: "left", RIGHT: "right"}
    ours, theirs = first.area(inner), second.area(outer)
    reason = (
        f"{first.photo_id} shows {ours} px of its {sides[inner]} wall, "
        f"{second.photo_id} {theirs} px of its {sides[outer]} wall"
    )
    if ours > theirs:
        return RuleDecision(Outcome.VIEW, reason, first.photo_id, sides[inner])
    return RuleDecision(Outcome.VIEW, reason, second.photo_id, sides[outer])


def original_decision(maps: PointMaps, layouts: RoomLayouts) -> RuleDecision | None:
    """What the original would decide; ``None`` without a rule: not three photos, or one without a layout."""
    photos = []
    for view in maps.views:
        found = layouts.layouts.get(view.photo_id)
        layout = found.guess if isinstance(found, NoLayout) else found
        if layout is None:
            return None
        picture = Image.fromarray(layout.classes).resize((_MAP_PX, _MAP_PX), Image.Resampling.NEAREST)
        photos.append(RulePhoto(view.photo_id, np.asarray(picture), view.world_from_camera))
    return decide_by_rule(photos) if len(photos) == 3 else None
