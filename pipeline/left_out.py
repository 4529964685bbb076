"""Why a photo of a room has no camera: a reason with its data, and the sentence that a person is shown.

Stages decide with the reason and its numbers; words are made by :func:`in_words`, only where they are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from string import Formatter
from typing import Any, Final


class LeftOutReason(StrEnum):
    """What kept a photo out; the sentences of :func:`in_words` say what each one means."""

    ALONE = "alone"
    TOO_SMALL = "too_small"
    UNREADABLE = "unreadable"
    COLLAGE = "collage"
    NOTHING_TO_RECOGNISE = "nothing_to_recognise"
    SHARES_NOTHING = "shares_nothing"
    SHARES_TOO_LITTLE = "shares_too_little"
    LOOKS_LIKE_ANOTHER_PART = "looks_like_another_part"
    CONTRADICTS_OTHERS = "contradicts_others"
    MATCHES_CONTRADICT = "matches_contradict"
    FEW_POINTS_AGREE = "few_points_agree"
    LINES_POINT_ELSEWHERE = "lines_point_elsewhere"
    ON_ONE_PLANE = "on_one_plane"
    FEW_POINTS_KNOWN = "few_points_known"
    PLACE_UNCERTAIN = "place_uncertain"
    FEW_POINTS_IN_COMMON = "few_points_in_common"
    POINTS_DISAGREE = "points_disagree"
    SAME_SPOT = "same_spot"
    POINTS_AND_LINES_DISAGREE = "points_and_lines_disagree"
    LITTLE_KNOWN_AROUND = "little_known_around"
    DISTANCE_UNCERTAIN = "distance_uncertain"
    NOT_ON_THE_MODEL = "not_on_the_model"
    ANOTHER_STANDS_IN = "another_stands_in"
    #: read from a store of version 0.1, which kept sentences
    TOLD = "told"


#: the numbers of a reason take the places of ``{0}``, ``{1}``
_SENTENCES: Final = {
    LeftOutReason.ALONE: "a single photo cannot be placed",
    LeftOutReason.TOO_SMALL: "it is too small or too narrow ({0} x {1} pixels)",
    LeftOutReason.UNREADABLE: "it cannot be read",
    LeftOutReason.COLLAGE: "it is {0} photos in one file; add them one by one",
    LeftOutReason.NOTHING_TO_RECOGNISE: (
        "it shows almost nothing that can be recognised (blurred, dark or blank)"
    ),
    LeftOutReason.SHARES_NOTHING: "it shares nothing recognisable with any other photo",
    LeftOutReason.SHARES_TOO_LITTLE: (
        "not connected to the other photos firmly enough (at most {0} shared points)"
    ),
    LeftOutReason.LOOKS_LIKE_ANOTHER_PART: "it shows a part of the room that looks like another but differs",
    LeftOutReason.CONTRADICTS_OTHERS: "it contradicts the other photos",
    LeftOutReason.MATCHES_CONTRADICT: (
        "its matches with different photos contradict each other (two places may look alike)"
    ),
    LeftOutReason.FEW_POINTS_AGREE: "only {0} points agree with its place, too few to be sure",
    LeftOutReason.LINES_POINT_ELSEWHERE: "its walls and edges point elsewhere than in the other photos",
    LeftOutReason.ON_ONE_PLANE: (
        "all that it shares with the others lies on one plane, and its lines do not tell how it was turned"
    ),
    LeftOutReason.FEW_POINTS_KNOWN: "only {0} of its points are known from other photos",
    LeftOutReason.PLACE_UNCERTAIN: "its place is not certain ({0} points for one, {1} for another)",
    LeftOutReason.FEW_POINTS_IN_COMMON: "only {0} points in common with its best neighbour",
    LeftOutReason.POINTS_DISAGREE: "only {0} of {1} points agree on one place",
    LeftOutReason.SAME_SPOT: "it was taken from the same spot as its best neighbour",
    LeftOutReason.POINTS_AND_LINES_DISAGREE: (
        "its points and its straight lines disagree on how it was turned"
    ),
    LeftOutReason.LITTLE_KNOWN_AROUND: "too little is known around its best neighbour",
    LeftOutReason.DISTANCE_UNCERTAIN: "its distance from the others is not certain",
    LeftOutReason.NOT_ON_THE_MODEL: "the model's points of this photo do not agree on a camera",
    LeftOutReason.ANOTHER_STANDS_IN: (
        "it shares too little with the other photos; the room was made from the one whose layout is surest"
    ),
    LeftOutReason.TOLD: "{0}",
}


@dataclass(frozen=True)
class LeftOut:
    """Why one photo was left out.

    Attributes:
        reason: what kept it out.
        numbers: as many as the reason's sentence has places for: points, or width and height in pixels.
        moreover: what kept it out the other way round, where two ways were tried.
        told: the sentence of an earlier version, of :attr:`LeftOutReason.TOLD` only.

    Raises:
        ValueError: numbers that the reason does not have, or lacks.
    """

    reason: LeftOutReason
    numbers: tuple[int, ...] = ()
    moreover: LeftOut | None = None
    told: str = ""

    def __post_init__(self) -> None:
        if (self.reason == LeftOutReason.TOLD) != bool(self.told):
            raise ValueError("words go with the reason 'told', and with no other")
        if not self.told and len(self.numbers) != _places(self.reason):
            raise ValueError(
                f"{self.reason.value} goes with {_places(self.reason)} numbers, not {len(self.numbers)}"
            )

    def as_plain(self) -> dict[str, Any]:
        """As JSON can hold it; :meth:`from_plain` gives it back."""
        plain: dict[str, Any] = {"reason": self.reason.value}
        if self.numbers:
            plain["numbers"] = list(self.numbers)
        if self.moreover is not None:
            plain["moreover"] = self.moreover.as_plain()
        if self.told:
            plain["told"] = self.told
        return plain

    @classmethod
    def from_plain(cls, plain: dict[str, Any] | str) -> LeftOut:
        """What :meth:`as_plain` wrote, or the sentence that version 0.1 kept instead."""
        if isinstance(plain, str):
            return cls(LeftOutReason.TOLD, told=plain)
        moreover = plain.get("moreover")
        return cls(
            LeftOutReason(plain["reason"]),
            tuple(plain.get("numbers", ())),
            None if moreover is None else cls.from_plain(moreover),
            plain.get("told", ""),
        )


def _places(reason: LeftOutReason) -> int:
    return sum(field is not None for _, field, _, _ in Formatter().parse(_SENTENCES[reason]))


def in_words(left_out: LeftOut) -> str:
    """The reason as a person is told it: the middle of a sentence, without a full stop. Not escaped."""
    words = left_out.told or _SENTENCES[left_out.reason].format(*left_out.numbers)
    return words if left_out.moreover is None else f"{words}; {in_words(left_out.moreover)}"


def all_as_plain(left_out: dict[str, LeftOut]) -> dict[str, dict[str, Any]]:
    """Reasons by photo id as JSON can hold them."""
    return {photo_id: why.as_plain() for photo_id, why in left_out.items()}


def all_from_plain(plain: dict[str, Any]) -> dict[str, LeftOut]:
    """What :func:`all_as_plain` gave."""
    return {photo_id: LeftOut.from_plain(why) for photo_id, why in plain.items()}
