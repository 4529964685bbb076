"""The table that is read across: what is best only beyond chance, money only in one currency, own weights."""

from __future__ import annotations

from dashboard.data import comparing
from dashboard.data.comparing import CompareGroup
from dashboard.data.services import ListingView
from pipeline.reviews.report import ReviewReport, Score, compare_reports
from tests.dashboard.data.test_decision import view
from tests.pipeline.reviews.report.test_standing import aspect, report

MANY = Score(value=0.92, low=0.88, high=0.95, weight=90)
POOR = Score(value=0.45, low=0.38, high=0.52, weight=90)
CLOSE = Score(value=0.9, low=0.85, high=0.94, weight=90)


def place(name: str, **facts: object) -> ListingView:
    return view(**{"id": name, "title": name.title()} | facts)


def cells(found: list[CompareGroup], row: str) -> list[tuple[str, str]]:
    return [(c.text, c.mark) for group in found for r in group.rows if r.name == row for c in r.cells]


def table(scores: dict[str, Score], **facts: object) -> list[CompareGroup]:
    views = [place(name, **facts) for name in scores]
    reports: dict[str, ReviewReport] = {name: report(aspect("noise", score)) for name, score in scores.items()}
    return comparing.groups(views, reports, compare_reports(reports))


def test_best_is_said_only_beyond_chance() -> None:
    assert [mark for _, mark in cells(table({"a": MANY, "b": POOR}), "Noise")] == ["best", ""]
    assert [mark for _, mark in cells(table({"a": MANY, "b": CLOSE}), "Noise")] == ["", ""]
    three = cells(table({"a": MANY, "b": CLOSE, "c": POOR}), "Noise")
    assert [mark for _, mark in three] == ["better than 1", "better than 1", ""]


def test_the_lowest_price_is_told_in_one_currency_only() -> None:
    views = [place("a", price="$90"), place("b", price="$120"), place("c")]
    assert cells(comparing.groups(views, {}, None), "A night") == [("$90", "lowest"), ("$120", ""), ("", "")]
    mixed = [place("a", price="$90"), place("b", price="€120")]
    assert [mark for _, mark in cells(comparing.groups(mixed, {}, None), "A night")] == ["", ""]
    assert "different currencies ($, €)" in comparing.currency_words(mixed)
    assert comparing.PRICE not in comparing.worths(mixed, {})["a"], "what cannot be compared is not weighed"


def test_questions_that_nobody_answers_are_left_out() -> None:
    found = comparing.groups([place("a"), place("b", bedrooms=2)], {}, None)
    assert [row.name for group in found if group.title == "The place" for row in group.rows] == ["Bedrooms"]


def test_a_record_without_deal_breakers_says_of_how_many_reviews() -> None:
    [row] = [r for g in table({"a": MANY, "b": POOR}) for r in g.rows if r.name == "Deal-breakers"]
    assert {(cell.text, cell.note, cell.tone) for cell in row.cells} == {("None", "in 90 reviews", "good")}


def test_weights_survive_the_address() -> None:
    names = ["price", "noise", "host"]
    weights = {"price": 0, "noise": 4, "host": comparing.USUAL_WEIGHT}
    assert comparing.write_weights(weights) == "price:0,noise:4"
    assert comparing.read_weights("price:0,noise:4", names) == weights
    assert set(comparing.read_weights("noise:99,x:1,:,price:-1", names).values()) == {comparing.USUAL_WEIGHT}


def test_listings_whose_titles_begin_alike_are_told_apart_by_their_place() -> None:
    alike = [
        place(name, title=f"Rental unit in Singapore · {name}", neighbourhood=name.upper()) for name in "ab"
    ]
    found = comparing.names([*alike, place("c", title="Mill", neighbourhood="C")])
    assert found == {
        "a": "A: Rental unit in Singapore · a",
        "b": "B: Rental unit in Singapore · b",
        "c": "Mill",
    }


def test_the_cheapest_has_the_full_worth_and_twice_the_price_half_of_it() -> None:
    found = comparing.worths([place("a", price="$80"), place("b", price="$160", person_capacity=2)], {})
    assert [found[name][comparing.PRICE].value for name in "ab"] == [1.0, 0.5]
    assert comparing.criteria(found) == [comparing.PRICE, comparing.SPACE]


def test_rooms_of_one_kind_stand_in_one_row() -> None:
    assert comparing.room_kind("Schlafzimmer 2") == comparing.room_kind("침실") == "Bedroom"
    photos = [{"id": n, "file": f"{n}.jpg", "width_px": 9, "height_px": 9} for n in ("k", "b", "x")]
    rooms = [
        {"id": "kitchen", "name": "Kitchen", "photo_ids": ["k"]},
        {"id": "r", "name": "Room 1", "photo_ids": ["x"]},
        {"id": "bed", "name": "Bedroom", "photo_ids": ["b"]},
    ]
    found = comparing.photos_by_kind([place("a", photos=photos, rooms=rooms), place("b")], 2)
    assert found == [("Bedroom", [["b"], []]), ("Kitchen", [["k"], []]), ("Other photos", [["x"], []])]
