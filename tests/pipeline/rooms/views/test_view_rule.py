"""The original decision for three photos, every branch of its table."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.rooms.views.original_rule import (
    Outcome,
    RulePhoto,
    angle_deg,
    decide_by_rule,
    is_front_view,
    side_of,
)


def front_layout(left: int = 100, right: int = 300, top: int = 120, bottom: int = 280) -> np.ndarray:
    """A box seen from inside: the front wall is a rectangle, the four others surround it."""
    y, x = np.mgrid[:400, :400]
    layout = np.full((400, 400), 4, np.uint8)
    layout[y < top] = 5
    layout[(x < left) & (y >= top) & (y <= bottom)] = 2
    layout[(x > right) & (y >= top) & (y <= bottom)] = 3
    layout[(x >= left) & (x <= right) & (y >= top) & (y <= bottom)] = 1
    return layout


CORNER = np.where(np.mgrid[:400, :400][1] < 200, 2, 3).astype(np.uint8)


def pose(yaw_deg: float, height: float = 0.0) -> np.ndarray:
    """A camera that looks along the horizon; positive yaw turns it to its right (z forward, y down)."""
    yaw = np.deg2rad(yaw_deg)
    matrix = np.eye(4)
    matrix[:3, :3] = [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
    matrix[:3, 3] = [0.0, height, 0.0]
    return matrix


def photo(name: str, yaw_deg: float, layout: np.ndarray, height: float = 0.0) -> RulePhoto:
    return RulePhoto(name, layout, pose(yaw_deg, height))


def answer(*photos: RulePhoto) -> tuple[Outcome, str | None, str | None]:
    decision = decide_by_rule(photos)
    assert decision.reason
    return decision.outcome, decision.photo_id, decision.side


class TestFrontView:
    def test_needs_all_five_faces(self) -> None:
        assert is_front_view(photo("a", 0, front_layout()))
        without_ceiling = front_layout(top=5)
        assert not is_front_view(photo("a", 0, without_ceiling))

    def test_needs_the_front_wall_in_the_middle(self) -> None:
        assert not is_front_view(photo("a", 0, front_layout(left=250, right=370)))

    def test_looks_at_the_largest_piece_of_the_front_wall_only(self) -> None:
        layout = front_layout()
        layout[390:, 390:] = 1
        assert is_front_view(photo("a", 0, layout))


class TestAngleAndSide:
    @pytest.mark.parametrize("turn", [0.0, 24.0, 90.0, 179.0])
    def test_angle_is_that_of_the_viewing_directions(self, turn: float) -> None:
        assert angle_deg(photo("a", 10, CORNER), photo("b", 10 + turn, CORNER)) == pytest.approx(turn, abs=1e-6)

    def test_side_is_the_sign_of_the_triple_product(self) -> None:
        a = photo("a", 0, CORNER)
        # directions z and x: their cross product is y, so the height of b decides
        assert side_of(photo("b", 90, CORNER, height=1.0), seen_from=a) == "right"
        assert side_of(photo("b", 90, CORNER, height=-1.0), seen_from=a) == "left"
        assert side_of(photo("b", -90, CORNER, height=1.0), seen_from=a) == "left"


FRONT = front_layout()
WIDE_LEFT, WIDE_RIGHT = front_layout(left=140, right=310), front_layout(left=90, right=260)


class TestTable:
    def test_three_front_views_need_nothing(self) -> None:
        photos = [photo(name, yaw, FRONT) for name, yaw in (("a", 0), ("b", 60), ("c", 120))]
        assert answer(*photos) == (Outcome.NONE_NEEDED, None, None)

    def test_without_a_front_view_nothing_is_possible(self) -> None:
        photos = [photo(name, yaw, CORNER) for name, yaw in (("a", 0), ("b", 60), ("c", 120))]
        assert answer(*photos) == (Outcome.NOT_POSSIBLE, None, None)

    @pytest.mark.parametrize("height, side", [(1.0, "left"), (-1.0, "right")])
    def test_one_front_view_turns_away_from_two_others_that_agree(self, height: float, side: str) -> None:
        others = [photo("b", 60, CORNER, height), photo("c", 70, CORNER, height)]
        assert answer(photo("a", 0, FRONT), *others) == (Outcome.VIEW, "a", side)

    def test_one_front_view_and_two_others_that_disagree(self) -> None:
        others = [photo("b", 60, CORNER), photo("c", 120, CORNER)]
        assert answer(photo("a", 0, FRONT), *others) == (Outcome.NOT_POSSIBLE, None, None)

    @pytest.mark.parametrize("height, side", [(1.0, "right"), (-1.0, "left")])
    def test_third_photo_near_the_first_front_view_only(self, height: float, side: str) -> None:
        first, second, third = photo("a", 0, FRONT), photo("b", -60, FRONT), photo("c", 50, CORNER, height)
        assert answer(first, second, third) == (Outcome.VIEW, "b", side)

    def test_third_photo_near_the_second_front_view_only(self) -> None:
        first, second, third = photo("a", -60, FRONT), photo("b", 0, FRONT), photo("c", 50, CORNER, 1.0)
        assert answer(first, second, third) == (Outcome.VIEW, "a", "right")

    @pytest.mark.parametrize("yaws", [(0, 40, 20), (0, 150, 75), (0, 40, -130), (0, 29, 120)])
    def test_front_views_along_one_line_give_the_first_to_the_right(self, yaws: tuple[int, int, int]) -> None:
        first, second = photo("a", yaws[0], FRONT), photo("b", yaws[1], FRONT)
        assert angle_deg(first, second) <= 45 or angle_deg(first, second) >= 135
        assert answer(first, second, photo("c", yaws[2], CORNER)) == (Outcome.VIEW, "a", "right")

    @pytest.mark.parametrize(
        "height, layouts, expected",
        [
            (1.0, (WIDE_LEFT, WIDE_LEFT), ("a", "left")),
            (1.0, (WIDE_RIGHT, WIDE_RIGHT), ("b", "right")),
            (-1.0, (WIDE_RIGHT, WIDE_RIGHT), ("a", "right")),
            (-1.0, (WIDE_LEFT, WIDE_LEFT), ("b", "left")),
        ],
    )
    def test_crossing_front_views_compare_their_walls(
        self, height: float, layouts: tuple[np.ndarray, np.ndarray], expected: tuple[str, str]
    ) -> None:
        first, second = photo("a", 0, layouts[0]), photo("b", 60, layouts[1], height)
        assert answer(first, second, photo("c", 30, CORNER)) == (Outcome.VIEW, *expected)

    @pytest.mark.parametrize("height, side", [(1.0, "right"), (-1.0, "left")])
    def test_a_tie_goes_to_the_second(self, height: float, side: str) -> None:
        mirror = front_layout(left=100, right=299)
        first, second = photo("a", 0, mirror), photo("b", 60, mirror, height)
        assert answer(first, second, photo("c", 30, CORNER)) == (Outcome.VIEW, "b", side)

    def test_third_photo_between_near_and_far_of_both_compares(self) -> None:
        first, second = photo("a", 0, FRONT), photo("b", 10, FRONT)
        assert answer(first, second, photo("c", 85, CORNER)) == (Outcome.VIEW, "a", "right")


def test_the_rule_wants_three_photos_with_square_layouts() -> None:
    with pytest.raises(ValueError, match="three photos"):
        decide_by_rule([photo("a", 0, FRONT)])
    with pytest.raises(ValueError, match="400"):
        RulePhoto("a", FRONT[:100], pose(0))
