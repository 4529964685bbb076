"""Does it fit: on floor that photos show free, with how sure that is."""

import pytest

from pipeline.rooms.sizes import TypedLength, sizes_of
from pipeline.rooms.sizes.measure import FloorSeen
from pipeline.sizing import THINGS, fits
from pipeline.sizing.fits import Fit, Thing
from tests.pipeline.rooms.sizes.measured_box import box

#: room of 5 x 4 m, of whose floor a strip is shown, as wide as this (cells of .2 m)
BED = Thing("a double bed", 2.05, 1.65)


def strip(cells: int, typed: float | None = None) -> FloorSeen:
    return FloorSeen((0.0, 0.0), 0.2, tuple("1" * 25 if row < cells else "0" * 25 for row in range(20)))


def fit(thing: Thing, cells: int, *typed: TypedLength) -> Fit:
    measure = box((5.0, 4.0, 2.6), floor=strip(cells))
    return fits(thing, measure, sizes_of({"r": measure}, typed)["r"])


def test_everything_usual_fits_on_an_empty_floor() -> None:
    assert all(fit(thing, 20).answer == "likely" for thing in THINGS)


def test_the_less_free_floor_the_less_sure() -> None:
    chances = [fit(BED, cells).chance for cells in (20, 9, 8, 6)]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 0.99
    assert 0.2 < fit(BED, 8).chance < 0.8
    assert fit(BED, 8).answer == "perhaps"


def test_a_typed_length_decides() -> None:
    assert fit(BED, 9, TypedLength("r", 5.0, "length")).chance > fit(BED, 9).chance
    assert fit(BED, 9, TypedLength("r", 3.9, "length")).chance < 0.05


def test_floor_on_no_photo_makes_it_unknown_and_a_full_one_says_hardly() -> None:
    assert fit(BED, 3).answer == "unknown"
    assert fit(Thing("a grand piano", 4.6, 4.5), 20).answer == "hardly"


def test_either_way_round_is_tried() -> None:
    narrow = Thing("a sofa", 3.0, 0.9)
    assert fit(narrow, 6).chance == pytest.approx(fit(Thing("a sofa", 0.9, 3.0), 6).chance)
    assert fit(narrow, 6).answer == "likely"


def test_a_thing_without_size_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        fit(Thing("nothing", 0.0, 1.0), 20)
