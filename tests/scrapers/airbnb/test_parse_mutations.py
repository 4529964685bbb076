"""Damage any node of a payload: the parsers end in a listing or in a named error, and never invent a value."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from scrapers.airbnb.parse.page import ParsedListing, parse_page
from scrapers.airbnb.parse.parsed import FACTS
from scrapers.airbnb.parse.payloads import RecordedPage
from scrapers.airbnb.parse.reviews import parse_reviews
from scrapers.errors import CollectError, SchemaChanged
from scrapers.listing import Listing, Review
from tests.replica.payloads import LAYOUTS, Layout, invent, page_state, reviews_response

STATES = {layout: page_state(invent(3, 40, layout, n_photos=6, n_rooms=2)) for layout in LAYOUTS}
FEW = page_state(invent(4, 2, "half", n_photos=3, n_rooms=0))
ORIGINALS = {layout: parse_page(RecordedPage("", "", None, "", state)) for layout, state in STATES.items()}
ANSWER = reviews_response(invent(3, 6, "old"))
OPERATIONS = ("drop", "rename", "null", "retype")
QUICK = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in children:
        yield (*path, key)
        yield from places(item, (*path, key))


def other_types(value: Any) -> list[Any]:
    """The same node as something else."""
    listed = list(value.values()) if isinstance(value, dict) else []
    others: list[Any] = [True, [], {}, [value], {"value": value}, *listed[:1], [None], float("nan"), 10**30, -1]
    if isinstance(value, bool):  # the other one would be a statement, too
        others = [*others[1:], 0, "x"]
    elif isinstance(value, str):
        others += [0, {"localizedString": [value]}, f"\ud800{chr(0)}"]
    elif isinstance(value, int | float):
        others += ["4,9", "", "x", 0, 1]
    elif value is None:  # a text would be a statement
        others += [7, ""]
    else:
        others += ["", "x", 7]
    return others


def mutate(root: Any, path: tuple[Any, ...], operation: str, pick: int) -> Any:
    root = parent = copy.copy(root)
    for step in path[:-1]:  # what lies beside the path is shared
        parent[step] = copy.copy(parent[step])
        parent = parent[step]
    key = path[-1]
    if operation == "null":
        parent[key] = None
    elif operation == "retype":
        others = other_types(parent[key])
        parent[key] = others[pick % len(others)]
    elif operation == "rename" and isinstance(parent, dict):
        parent[f"{key}V{pick}"] = parent.pop(key)
    else:
        del parent[key]
    return root


def read(state: Any) -> ParsedListing:
    return parse_page(RecordedPage("", "", None, "", state))


def is_part(found: Any, original: Any) -> bool:
    """Equal, or less of the same."""
    if found in (None, (), {}) or found == original:
        return True
    if isinstance(found, tuple) and isinstance(original, tuple):
        return all(item in original for item in found)
    if isinstance(found, BaseModel) and type(found) is type(original):
        return all(_is_part_of_field(name, value, getattr(original, name)) for name, value in found)
    return False


def _is_part_of_field(name: str, found: Any, original: Any) -> bool:
    """Co-hosts are counted, those that are on the page; years as a host stand there once, 0 and 1 are years."""
    if name == "co_hosts" and isinstance(found, int) and isinstance(original, int):
        return found <= original
    if name == "years" and found in (0, 1):
        return True
    return is_part(found, original)


def check(found: ParsedListing, original: ParsedListing) -> None:
    for name in (*FACTS, "listing_id"):
        value, expected = getattr(found, name), getattr(original, name)
        if name == "category_ratings" and value:  # a tenth of a star is what the page shows
            assert all(abs(stars - expected[category]) < 0.051 for category, stars in value.items())
        elif name == "review_tags" and value:
            counts = {tag.name: tag.count for tag in expected}
            assert all(tag.name in counts and tag.count in (counts[tag.name], None) for tag in value)
        elif name == "description" and value:
            assert expected.startswith(value.rstrip("."))
        else:
            assert is_part(value, expected), name
    rooms = {room.id: room.name for room in original.rooms}
    names = {room.id: room.name for room in found.rooms}
    photos = {photo.url: photo for photo in original.photos}
    for photo in found.photos:
        known = photos[photo.url]
        assert photo.caption in (known.caption, None)
        assert photo.image_id in (known.image_id, None)
        assert photo.room is None or names[photo.room] == rooms[known.room or ""]
    assert set(found.provenance) <= set(Listing.model_fields)
    Listing(id="airbnb-1", source="airbnb", origin="x", **found.facts())


@pytest.mark.parametrize("layout", LAYOUTS)
@QUICK
@given(data=st.data())
def test_a_damaged_state_never_gives_a_wrong_value(layout: Layout, data: st.DataObject) -> None:
    state = STATES[layout]
    path = data.draw(st.sampled_from(list(places(state))))
    damaged = mutate(state, path, data.draw(st.sampled_from(OPERATIONS)), data.draw(st.integers(0, 30)))
    try:
        found = read(damaged)
    except CollectError:
        return
    if is_plausible(state, damaged, path):
        check(found, ORIGINALS[layout])


def is_plausible(state: Any, damaged: Any, path: tuple[Any, ...]) -> bool:
    """Whether a number took the place of a number that stands nowhere else: nothing can tell it is wrong."""
    for step in path[:-1]:
        state, damaged = state[step], damaged[step]
    before = state[path[-1]]
    after = damaged.get(path[-1]) if isinstance(damaged, dict) else None
    return not (
        path[-1] in {"count", "percentage"} and isinstance(after, int) and isinstance(before, int | float)
    )


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_single_node_damaged_once(operation: str) -> None:
    for state in (STATES["half"], FEW):
        original = read(state)
        for number, path in enumerate(places(state)):
            damaged = mutate(state, path, operation, number)
            try:
                found = read(damaged)
            except CollectError:
                continue
            if is_plausible(state, damaged, path):
                check(found, original)


@QUICK
@given(data=st.data())
def test_many_damages_at_once_end_in_a_listing_or_a_named_error(data: st.DataObject) -> None:
    state: Any = data.draw(st.sampled_from([*STATES.values(), FEW]))
    for _ in range(data.draw(st.integers(2, 8))):
        found = list(places(state))
        if not found:
            break
        path = data.draw(st.sampled_from(found))
        state = mutate(state, path, data.draw(st.sampled_from(OPERATIONS)), data.draw(st.integers(0, 30)))
    with contextlib.suppress(CollectError):
        Listing(id="airbnb-1", source="airbnb", origin="x", **read(state).facts())


@QUICK
@given(data=st.data())
def test_a_damaged_reviews_answer_never_gives_a_wrong_value(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(list(places(ANSWER))))
    damaged = mutate(ANSWER, path, data.draw(st.sampled_from(OPERATIONS)), data.draw(st.integers(0, 30)))
    original = {review.id: review for review in parse_reviews(ANSWER).reviews}
    by_text = {review.text: review for review in original.values()}
    try:
        found = parse_reviews(damaged)
    except SchemaChanged:
        return
    for review in found.reviews:
        known = original.get(review.id) or by_text[review.text]
        for name in set(Review.model_fields) - {"id", "rating"}:
            assert getattr(review, name) in (getattr(known, name), None), name
        assert path[-1] == "rating" or review.rating == known.rating
    assert len(found.reviews) + found.skipped >= len(original) - 1
    assert found.total in (6, None) or path[-1] == "reviewsCount"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@QUICK
@given(JSON)
def test_any_json_ends_in_a_named_error_or_a_listing(value: Any) -> None:
    for parse in (read, parse_reviews):
        with contextlib.suppress(CollectError):
            parse(value)


@pytest.mark.parametrize("name", ["listing_state_old_layout", "listing_state_new_layout"])
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_recorded_structures_survive_damage(name: str, shared_data: Path, data: st.DataObject) -> None:
    file = shared_data / "airbnb" / f"{name}.json"
    if not file.is_file():
        pytest.skip("needs the recorded structures beside the checkout")
    state = json.loads(file.read_text())
    path = data.draw(st.sampled_from(list(places(state))))
    damaged = mutate(state, path, data.draw(st.sampled_from(OPERATIONS)), data.draw(st.integers(0, 30)))
    try:
        found = read(damaged)
    except CollectError:
        return
    original = read(state)
    for field in ("title", "latitude", "longitude", "rating", "review_count", "person_capacity", "room_type"):
        assert getattr(found, field) in (getattr(original, field), None), field
