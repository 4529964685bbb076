"""The original's sets of five: how many, which photos, and never one photo twice."""

import pytest

from pipeline.distill.data.sampling import sets_of_five, strided_set, view_order


@pytest.mark.parametrize(("photos", "sets"), [(20, 3), (40, 7), (100, 19), (300, 59), (600, 119)])
def test_as_many_sets_as_the_originals(photos: int, sets: int) -> None:
    assert len(sets_of_five(photos)) == sets


def test_photos_of_a_set_are_a_twentieth_apart_from_the_second_photo_on() -> None:
    assert sets_of_five(20) == [(1, 2, 3, 4, 5), (6, 7, 8, 9, 10), (11, 12, 13, 14, 15)]
    assert sets_of_five(40)[:3] == [(1, 3, 5, 7, 9), (2, 4, 6, 8, 10), (11, 13, 15, 17, 19)]


@pytest.mark.parametrize("photos", [20, 21, 39, 57, 100, 333])
def test_no_photo_is_in_two_sets_and_none_is_past_the_end(photos: int) -> None:
    used = [photo for chosen in sets_of_five(photos) for photo in chosen]
    assert len(used) == len(set(used))
    assert max(used) < photos


def test_small_rooms_have_none() -> None:
    assert sets_of_five(19) == []
    with pytest.raises(ValueError, match="cannot have"):
        sets_of_five(-1)


def test_strides() -> None:
    assert strided_set(30, 5, 2) == (2, 7, 12, 17, 22)
    with pytest.raises(ValueError, match="do not fit"):
        strided_set(20, 5, 0)


def test_orders_are_seeded_and_any_view_may_be_the_first() -> None:
    orders = {view_order("room_3", number, 5, 0) for number in range(40)}
    assert {order[0] for order in orders} == set(range(5))
    assert all(sorted(order) == list(range(5)) for order in orders)
    assert view_order("room_3", 2, 5, 0) == view_order("room_3", 2, 5, 0)
    assert any(view_order("room_3", k, 5, 0) != view_order("room_4", k, 5, 0) for k in range(5))
