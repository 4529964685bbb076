"""Every text of the pages has a Korean one, with the same places in it; none is left over."""

import datetime as dt
import re
from collections.abc import Iterator
from string import Formatter

import pytest
from babel.messages.catalog import Message

from dashboard.words import (
    best_of,
    date_words,
    listed,
    number,
    percent,
    speaking,
    t,
    tn,
    told,
)
from dashboard.words.particles import with_particle
from tools import words


def _messages(*, asked_for: bool) -> Iterator[Message]:
    return (one for one in words.korean() if one.id and (not one.context) == asked_for)


def _english(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _many(message: Message) -> str:
    """The English wording for other numbers than 1, which Korean has for every number."""
    return message.id if isinstance(message.id, str) else message.id[-1]


def _korean(message: Message) -> str:
    text = message.string or ""
    return text if isinstance(text, str) else text[-1]


def _places(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field is not None}


def test_every_text_of_the_code_has_a_korean_one_and_none_is_left_over() -> None:
    asked = words.keys()
    known = {_english(one): _korean(one) for one in _messages(asked_for=True)}
    assert set(asked) == set(known), "run python -m tools.words"
    assert not [key for key, korean in known.items() if not korean.strip()]


def test_a_text_and_its_korean_one_have_the_same_places() -> None:
    for one in words.korean():
        if one.id and not one.context:
            assert _places(_korean(one)) == _places(_many(one)), one.id
        elif one.id:
            assert _places(_korean(one)) <= _places(_english(one)), one.id


def test_every_korean_text_is_korean_and_polite_in_one_way() -> None:
    for one in words.korean():
        text = _korean(one) if one.id else ""
        said = re.sub(r"{[^}]*}|\b(?:ft|in|sq|m²|m)\b", "", text)
        assert not said.strip(" ~:") or any("가" <= sign <= "힣" for sign in said) or text == _english(one), (
            text
        )
        assert "니다" not in text, f"해요체 everywhere: {text}"


def test_numbers_and_dates_are_those_of_the_language() -> None:
    day = dt.date(2026, 3, 5)
    shown = {}
    for code in ("en", "ko"):
        with speaking(code):
            shown[code] = [date_words(day, how) for how in ("day", "month", "year")]
            assert number(1234) == "1,234"
            shown[code] += [percent(0.123), listed(["A", "B", "C"])]
    assert shown["en"] == ["5 March 2026", "March 2026", "2026", "12 %", "A, B and C"]
    assert shown["ko"] == ["2026년 3월 5일", "2026년 3월", "2026년", "12%", "A, B 및 C"]


def test_english_tells_one_from_many_and_korean_counts() -> None:
    assert tn("{number} review", "{number} reviews", 1) == "1 review"
    assert tn("{number} review", "{number} reviews", 1204) == "1,204 reviews"
    with speaking("ko"):
        assert tn("{number} review", "{number} reviews", 1204) == "후기 1,204건"


def test_a_text_that_nobody_translated_stays_english() -> None:
    with speaking("ko"):
        assert t("Nobody wrote this {thing}.", thing="text") == "Nobody wrote this text."
        assert told("Nobody stored this.") == "Nobody stored this."


def test_stored_sentences_are_found_by_their_pattern() -> None:
    with speaking("ko"):
        assert told("'a.png' is larger than 60 MB.") == "'a.png' 파일이 60 MB보다 커요."
        assert told("'b.csv' is empty. Choose the file again.").endswith("파일을 다시 골라 주세요.")
    assert told("'a.png' is larger than 60 MB.") == "'a.png' is larger than 60 MB."


@pytest.mark.parametrize(
    ("word", "pair", "whole"),
    [
        ("숙소", "은/는", "숙소는"),
        ("방", "이/가", "방이"),
        ("거실", "으로/로", "거실로"),
        ("사진 3", "을/를", "사진 3을"),
        ("집 (서울)", "이/가", "집 (서울)이"),
        ("", "은/는", "는"),
    ],
)
def test_particles_fit_the_end_of_the_word(word: str, pair: str, whole: str) -> None:
    assert with_particle(word, pair) == whole


@pytest.mark.parametrize(
    ("accepted", "code"),
    [
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("en-US,en;q=0.9,ko;q=0.8", "en"),
        ("fr;q=0.9,ko;q=0.5", "ko"),
        ("de-DE", "en"),
        ("ko;q=0", "en"),
        ("ko;q=much", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_the_browser_chooses_among_our_languages(accepted: str | None, code: str) -> None:
    assert best_of(accepted) == code


def test_only_our_languages_are_spoken() -> None:
    with pytest.raises(ValueError, match="en, ko"), speaking("xx"):
        pass
