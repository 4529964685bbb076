"""How large rooms are: numbers of what was seen, bands that shrink with knowledge, one scale for a flat."""

import math

import pytest

from pipeline.rooms.sizes import Band, TypedLength, sizes_of
from tests.pipeline.rooms.sizes.measured_box import box


def width_of(band: Band | None) -> float:
    assert band is not None
    return math.log(band.high / band.low)


@pytest.mark.parametrize("unit_m", [0.5, 1.0, 1.7])
def test_a_usual_room_has_its_size_whatever_the_units_of_its_maps(unit_m: float) -> None:
    size = sizes_of({"r": box((5.0, 4.0, 2.6), unit_m)})["r"]
    assert size.length_m is not None
    assert size.width_m is not None
    assert size.height_m is not None
    assert size.floor_area_m2 is not None
    assert size.length_m.value == pytest.approx(5.0, rel=0.01)
    assert size.width_m.value == pytest.approx(4.0, rel=0.01)
    assert size.height_m.value == pytest.approx(2.6, rel=0.01)
    assert size.floor_area_m2.value == pytest.approx(20.0, rel=0.02)
    assert size.length_m.low < 5.0 < size.length_m.high
    assert set(size.evidence) == {"ceiling height", "camera height"}
    assert not size.why


def test_the_longer_side_is_the_length_whichever_axis_it_runs_along() -> None:
    sizes = sizes_of({"a": box((5.0, 4.0, 2.6)), "b": box((4.0, 5.0, 2.6))})
    assert sizes["a"].axes == (0, 1, 2)
    assert sizes["b"].axes == (1, 0, 2)
    for size in sizes.values():
        assert size.length_m is not None
        assert size.width_m is not None
        assert size.length_m.value > size.width_m.value


@pytest.mark.parametrize(("axis", "names"), [(0, ("length_m",)), (1, ("width_m",))])
@pytest.mark.parametrize("sign", [1, -1])
def test_there_is_no_number_where_a_wall_was_not_seen(axis: int, sign: int, names: tuple[str, ...]) -> None:
    size = sizes_of({"r": box((7.0, 3.0, 2.6), unseen=((axis, sign),))})["r"]
    for name in names:
        assert getattr(size, name) is None
    assert size.floor_area_m2 is None
    assert size.height_m is not None
    assert size.why
    assert size.at_least, "what was seen of it is told as at least"
    assert all(least < (7.0, 3.0, 2.6)[axis] for least in size.at_least.values())


def test_without_the_ceiling_cameras_tell_the_size_and_without_the_floor_nothing_does() -> None:
    no_ceiling = sizes_of({"r": box(unseen=((2, -1),))})["r"]
    assert no_ceiling.height_m is None
    assert no_ceiling.at_least["height"] < 2.6
    assert width_of(no_ceiling.length_m) > width_of(sizes_of({"r": box()})["r"].length_m)
    assert no_ceiling.evidence == ("camera height",)
    no_floor = sizes_of({"r": box(unseen=((2, 1),))})["r"]
    assert not no_floor.is_known
    assert no_floor.why


def test_a_box_that_is_a_guess_has_no_number_at_all() -> None:
    size = sizes_of({"r": box(of_one_photo=True, sureness=0.05)})["r"]
    assert not size.is_known
    assert not size.at_least
    assert size.why
    assert not size.evidence


def test_one_typed_length_makes_every_number_of_the_room_surer() -> None:
    room = box((6.0, 4.2, 3.1), unit_m=0.8)
    before = sizes_of({"r": room})["r"]
    after = sizes_of({"r": room}, [TypedLength("r", 4.2, "width")])["r"]
    assert before.length_m is not None
    assert after.length_m is not None
    assert abs(math.log(before.length_m.value / 6.0)) > 0.08, "the ceiling of 3.1 m misleads"
    assert after.length_m.value == pytest.approx(6.0, rel=0.02)
    assert width_of(after.length_m) < 0.8 * width_of(before.length_m)
    assert width_of(after.width_m) < 0.02
    assert "a typed length" in after.evidence


def test_a_length_typed_in_one_room_helps_the_others_by_the_ceiling_that_they_share() -> None:
    rooms = {"a": box((6.0, 4.0, 3.1), unit_m=0.8), "b": box((4.0, 3.0, 3.1), unit_m=1.3)}
    before = sizes_of(rooms)["b"]
    after = sizes_of(rooms, [TypedLength("a", 6.0, "length")])["b"]
    assert before.length_m is not None
    assert after.length_m is not None
    assert abs(after.length_m.value - 4.0) < 0.5 * abs(before.length_m.value - 4.0)
    assert width_of(after.length_m) < width_of(before.length_m)
    assert "a typed length in another room" in after.evidence


def test_a_length_between_two_places_tells_the_scale() -> None:
    after = sizes_of({"r": box(unit_m=0.5)}, [TypedLength("r", 2.0, "points", units=4.0)])["r"]
    assert after.scale.value == pytest.approx(0.5, rel=0.02)


def test_rooms_of_one_flat_are_surer_together_than_one_alone() -> None:
    alone = sizes_of({"a": box()})["a"]
    together = sizes_of({name: box() for name in "abcd"})["a"]
    assert width_of(together.length_m) <= width_of(alone.length_m)
    assert "ceilings of the other rooms" in together.evidence


@pytest.mark.parametrize(
    ("metres", "of", "units"), [(0.0, "length", None), (90.0, "length", None), (2.0, "depth", None)]
)
def test_lengths_that_cannot_be_are_refused(metres: float, of: str, units: float | None) -> None:
    with pytest.raises(ValueError, match=r"length is of|is needed"):
        TypedLength("r", metres, of, units)


def test_two_places_that_are_one_are_refused() -> None:
    with pytest.raises(ValueError, match="different places"):
        TypedLength("r", 2.0, "points", 0.0)
