"""The view graph falls into rooms; joining two rooms by mistake is worse than splitting one."""

import pytest

from pipeline.rooms.grouping.view_graph import GraphRules, PairEvidence, build_groups


def _pair(a: str, b: str, score: float, extent: float = 0.2) -> PairEvidence:
    return PairEvidence(a, b, 60, 40, 20, 35, score, (extent, extent))


def _groups(photos: str, *pairs: PairEvidence) -> list[str]:
    return ["".join(group) for group in build_groups(list(photos), pairs)[0]]


def test_connected_photos_are_one_room_largest_first_in_the_order_of_the_listing() -> None:
    links = (_pair("d", "e", 90), _pair("e", "b", 80), _pair("a", "c", 300))
    assert _groups("abcdef", *links) == ["bde", "ac", "f"]
    assert _groups("abcdef", *reversed(links)) == ["bde", "ac", "f"]


def test_photos_without_evidence_are_rooms_of_their_own() -> None:
    assert _groups("abc") == ["a", "b", "c"]
    assert _groups("") == []


def test_a_thing_that_stands_in_two_rooms_does_not_join_them() -> None:
    same_lamp = _pair("a", "c", 200, extent=0.01)
    groups, edges = build_groups(list("abcd"), [_pair("a", "b", 99), _pair("c", "d", 90), same_lamp])
    assert groups == [("a", "b"), ("c", "d")]
    assert [(edge.evidence.score, edge.role) for edge in edges] == [
        (200, "small spot"),
        (99, "joins"),
        (90, "joins"),
    ]


def test_a_lone_photo_needs_less_evidence_than_two_rooms() -> None:
    room, other = _pair("a", "b", 99), _pair("c", "d", 90)
    assert _groups("abc", room, _pair("b", "c", 7)) == ["abc"]
    assert _groups("abc", room, _pair("b", "c", 4)) == ["ab", "c"]
    assert _groups("abcd", room, other, _pair("b", "c", 15)) == ["ab", "cd"]
    assert _groups("abcd", room, other, _pair("b", "c", 25)) == ["ab", "cd"]
    assert _groups("abcd", room, other, _pair("b", "c", 35), _pair("a", "d", 25)) == ["abcd"]


def test_a_lone_photo_between_two_rooms_stays_alone() -> None:
    rooms = (_pair("a", "b", 99), _pair("c", "d", 90))
    assert _groups("abcde", *rooms, _pair("a", "e", 9), _pair("c", "e", 8)) == ["ab", "cd", "e"]
    assert _groups("abcde", *rooms, _pair("a", "e", 15), _pair("c", "e", 8)) == ["abe", "cd"]


def test_two_lone_photos_are_not_joined_by_a_weak_link() -> None:
    assert _groups("ab", _pair("a", "b", 12)) == ["a", "b"]
    assert _groups("ab", _pair("a", "b", 21)) == ["ab"]


def test_links_inside_a_room_support_it() -> None:
    links = [_pair("a", "b", 99), _pair("b", "c", 90), _pair("a", "c", 10)]
    assert [edge.role for edge in build_groups(list("abc"), links)[1]] == ["joins", "joins", "supports"]


def test_rules_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="likely <= certain"):
        GraphRules(certain=3, likely=5)
