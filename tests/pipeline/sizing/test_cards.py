"""What is told of sizes, and claims of the listing's own text beside them: an estimate, not an accusation."""

import math

import numpy as np
import pytest

from pipeline.report import RoomReport
from pipeline.rooms.sizes import sizes_of
from pipeline.sizing import ListingSizes, claimed_area, listing_card, room_card
from scrapers.listing import Listing
from tests.pipeline.rooms.sizes.measured_box import box


@pytest.mark.parametrize(
    ("text", "square_metres"),
    [
        ("A spacious 40 m² loft in the old town", 40),
        ("Cosy flat, 42,5 qm, two rooms", 42.5),
        ("Our 850 sq ft apartment sleeps four.", 79),
        ("1,200 square feet of calm", 111.5),
        ("Piso de 60 metros cuadrados en el centro", 60),
        ("Appartement de 35 m2 avec un balcon", None),
        ("Appartement de 35 m2 au calme, proche du métro. Grand balcon.", 35),
        ("25평 아파트입니다", 82.6),
        ("居住面积约50平方米", 50),
        ("50㎡のアパート", 50),
        ("60 m² two bedroom flat with a 20 m² living room", 60),
        ("The living room has 25 m².", None),
        ("A garden of 300 m² and a pool", None),
        ("Sleeps 4, 2 bedrooms, 300 m from the beach", None),
        ("1.5 km to the station, 12 m2 of parking", None),
        ("", None),
    ],
)
def test_the_area_of_the_whole_home_is_read_in_many_languages(text: str, square_metres: float | None) -> None:
    found = claimed_area(text)
    if square_metres is None:
        assert found is None
    else:
        assert found is not None
        assert found.square_metres == pytest.approx(square_metres, abs=0.6)
        assert any(character.isdigit() for character in found.quote)


def test_a_room_is_told_in_metric_and_imperial() -> None:
    card = room_card(sizes_of({"r": box((5.0, 4.0, 2.6))})["r"])
    assert card.short == "5.0 × 4.0 × 2.6 m, about 20 m²"
    lines = {line.name: line for line in card.lines}
    assert lines["Length"].value == "5.0 m"
    assert lines["Length"].imperial == "16 ft 5 in"
    assert lines["Floor area"].imperial == "215 sq ft"
    assert lines["Length"].band.endswith(" m")
    assert lines["Length"].band.count("m") == 1
    assert "ceiling height" in card.rests_on


def test_a_wall_on_no_photo_makes_an_at_least() -> None:
    size = sizes_of({"r": box((6.0, 4.0, 2.6), unseen=((0, -1),))})["r"]
    card = room_card(size, size.why)
    assert any(line.value.startswith("at least") for line in card.lines)
    assert not any(line.name == "Floor area" for line in card.lines)
    assert "at least" in card.short
    assert card.why


def _listing(description: str) -> Listing:
    return Listing(id="l", source="folder", origin="/x", title="Flat", description=description)


def _simulated(dice: np.random.Generator, lie: float) -> str | None:
    """The contradiction of a usual flat of two rooms, whose text is off by ``lie``."""
    ceiling, camera = (
        2.6 * math.exp(0.06 * dice.standard_normal()),
        1.45 * math.exp(0.1 * dice.standard_normal()),
    )
    rooms = {}
    area = 0.0
    for name in ("living-room", "bedroom"):
        length, width = dice.uniform(3.5, 6.5), dice.uniform(2.8, 4.2)
        area += length * width
        seen = (length * math.exp(0.03 * dice.standard_normal()), width, ceiling)
        rooms[name] = box(seen, unit_m=float(dice.uniform(0.5, 2.0)), camera_m=camera)
    reports = [RoomReport(room_id=name, name=name, status="built") for name in rooms]
    sizes = ListingSizes(sizes_of(rooms), rooms, {})
    return listing_card(_listing(f"Sunny flat of {lie * area:.0f} m²."), reports, sizes).contradiction


def test_lies_are_flagged_and_right_claims_are_not() -> None:
    dice = np.random.default_rng(7)
    assert sum(_simulated(dice, 1.0) is not None for _ in range(20)) == 0
    assert sum(_simulated(dice, 1.4) is not None for _ in range(20)) >= 15


def test_the_words_of_a_contradiction_are_an_estimate() -> None:
    rooms = {"loft": box((5.5, 4.5, 2.6))}
    reports = [RoomReport(room_id="loft", name="Loft", status="built")]
    sizes = ListingSizes(sizes_of(rooms), rooms, {})
    card = listing_card(_listing("A spacious 45 m² loft."), reports, sizes)
    assert card.contradiction is not None
    assert "45 m²" in card.contradiction
    assert "estimate" in card.contradiction
    assert card.claim is not None
    assert card.claim.quote == "A spacious 45 m² loft"
    assert listing_card(_listing("A loft."), reports, sizes).contradiction is None


def test_rooms_that_were_not_measured_may_hold_the_rest_and_parts_of_a_room_count_once() -> None:
    rooms = {"loft": box((5.5, 4.5, 2.6)), "loft-2": box((5.0, 4.0, 2.6))}
    built = [RoomReport(room_id=name, name=name, status="built") for name in rooms]
    sizes = ListingSizes(sizes_of(rooms), rooms, {})
    once = listing_card(_listing("45 m² flat"), built, sizes)
    assert once.rooms == (1, 1)
    assert once.measured_m2 is not None
    assert once.measured_m2.value == pytest.approx(24.75, rel=0.02)
    hall = RoomReport(room_id="hall", name="Hall", status="impossible")
    assert listing_card(_listing("45 m² flat"), [*built, hall], sizes).contradiction is None
