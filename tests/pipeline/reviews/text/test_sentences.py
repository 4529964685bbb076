"""Cutting reviews into sentences: where a reader would, with the place in the original text."""

import datetime as dt
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.reviews.text.sentences import MAX_SENTENCE_CHARS, Sentences, clean_text, split_reviews, split_text
from pipeline.reviews.text.words import guess_language
from scrapers.listing import Review


def pieces(text: str, language: str | None = None) -> list[str]:
    return [text[start:end] for start, end in split_text(text, language)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Great flat. Would return!", ["Great flat.", "Would return!"]),
        ("Great flat.Would return", ["Great flat.", "Would return"]),
        ("Loved it!!! 😊 The host was kind", ["Loved it!!! 😊", "The host was kind"]),
        ("Loved it 😊😊 The host was kind", ["Loved it 😊😊", "The host was kind"]),
        ("it was clean. the host was kind.", ["it was clean.", "the host was kind."]),
        ("Trams from 5.30 a.m. on, e.g. on Sundays.", ["Trams from 5.30 a.m. on, e.g. on Sundays."]),
        ("Market, bakery... we loved it all.", ["Market, bakery... we loved it all."]),
        ('He said "all fine." We agreed.', ['He said "all fine."', "We agreed."]),
        ("Pros:\n- clean rooms\n- good bed\n\n1. Location", ["Pros:", "clean rooms", "good bed", "Location"]),
        ("¡Todo perfecto! ¿Volver? Sí.", ["¡Todo perfecto!", "¿Volver?", "Sí."]),
        ("좋았어요 위치도 최고예요 다음에 또 올게요", ["좋았어요", "위치도 최고예요", "다음에 또 올게요"]),
        ("깨끗해요ㅎㅎ 역에서 가깝습니다~ 추천", ["깨끗해요ㅎㅎ", "역에서 가깝습니다~", "추천"]),
        ("房间很干净。位置好！下次还来", ["房间很干净。", "位置好！", "下次还来"]),
        ("とても綺麗でした。駅に近いです！", ["とても綺麗でした。", "駅に近いです！"]),
        ("المكان نظيف جدا. هل أعود؟ نعم", ["المكان نظيف جدا.", "هل أعود؟", "نعم"]),
    ],
)
def test_cuts_where_a_reader_would(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected


def test_german_ordinals_stay_whole() -> None:
    assert pieces("Wohnung im 2. Stock. Kein Aufzug.", "de") == ["Wohnung im 2. Stock.", "Kein Aufzug."]


@pytest.mark.parametrize(
    "text", ["", "   \n ", "😊👍❤️", "10/10", "5 4 3 2 1", "!!! ... ???", "<br/>", "\x00\u200b\ufeff", "a"]
)
def test_reviews_without_words_give_no_sentence_but_are_named(text: str) -> None:
    sentences = split_reviews([Review(id="empty", text=text), Review(id="full", text="All good.")])
    assert [row.review_id for row in sentences] == ["full"]
    assert sentences.without_words == ("empty",)


def test_offsets_point_into_the_original_through_html_and_control_signs() -> None:
    text = "<p>Clean\x00 &amp; bright.</p><br/>We\u200b  would <b>return</b>!"
    sentences = split_reviews([Review(id="a", text=text)])
    assert [row.text for row in sentences] == ["Clean & bright.", "We would return !"]
    for row in sentences:
        assert clean_text(text[row.start : row.end]) == row.text


@given(st.text(max_size=300))
def test_any_text_is_cut_in_order_without_overlap(text: str) -> None:
    spans = split_text(text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    for start, end in spans:
        clean_text(text[start:end]).encode("utf-8")


@pytest.mark.parametrize("unit", ["no stop at all ", "a, ", "가나다라", "x"])
def test_endless_review_is_cut_to_readable_pieces(unit: str) -> None:
    text = (unit * 50_000)[:50_000]
    sentences = split_reviews([Review(id="long", text=text)])
    assert sum(len(row.text) for row in sentences) > 30_000
    assert all(row.end - row.start <= MAX_SENTENCE_CHARS for row in sentences)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The flat was clean and the host answered at once.", "en"),
        ("L'appartement est très propre et bien situé.", "fr"),
        ("El piso es pequeño pero muy limpio.", "es"),
        ("Die Wohnung war sauber und die Lage ist gut.", "de"),
        ("숙소가 정말 깨끗해요", "ko"),
        ("部屋はとても綺麗でした", "ja"),
        ("房间很干净", "zh"),
        ("Квартира очень чистая", "ru"),
        ("المكان نظيف", "ar"),
        ("Bardzo czyste mieszkanie, świetna lokalizacja.", "pl"),
        ("Mycket ren lägenhet och bra läge.", "sv"),
        ("Todella siisti asunto ja hyvä sijainti.", "fi"),
        ("Apartemen sangat bersih dan lokasinya strategis.", "id"),
        ("Căn hộ rất sạch sẽ, vị trí tuyệt vời.", "vi"),
        ("Super clean", "en"),
        ("Gerne wieder!", "de"),
        ("Todo perfecto", "es"),
        ("Xyzzy plugh", "und"),
        ("Ok.", "und"),
    ],
)
def test_language_by_script_and_words(text: str, language: str) -> None:
    assert guess_language(text) == language


def test_language_of_the_source_wins_and_short_sentences_follow_their_review() -> None:
    told = split_reviews([Review(id="a", text="Top. Gerne wieder.", language="DE-de")])
    guessed = split_reviews([Review(id="b", text="Die Wohnung ist sehr schön. Top. 다음에 또 올게요.")])
    assert {row.language for row in told} == {"de"}
    assert [row.language for row in guessed] == ["de", "de", "ko"]


def test_demo_languages_are_recognised(demo_reviews: list[Review]) -> None:
    right = [guess_language(review.text) == review.language for review in demo_reviews]
    assert sum(right) / len(right) > 0.95


def test_sentences_survive_saving(tmp_path: Path) -> None:
    reviews = [
        Review(id="7", text="One. Two here.", date=dt.date(2024, 5, 1), rating=4.5),
        Review(id="8", text="그냥 좋아요"),
        Review(id="9", text="👍"),
    ]
    sentences = split_reviews(reviews)
    sentences.save(tmp_path)
    assert Sentences.load(tmp_path) == sentences
    split_reviews([]).save(tmp_path / "none")
    assert Sentences.load(tmp_path / "none") == Sentences(())


@pytest.mark.parametrize(
    "text",
    [
        "😊" * 50_000,
        "😊 " * 25_000,
        "." * 50_000 + "x",
        "!😊" * 25_000 + "x",
        "Great!" + "😊" * 60 + "x",
        "<a" * 25_000,
    ],
)
def test_endless_runs_of_signs_are_cut_in_no_time(text: str) -> None:
    start = time.process_time()
    split_reviews([Review(id="1", text=text)])
    assert time.process_time() - start < 5


def test_emoji_between_two_sentences_stay_with_the_first() -> None:
    text = "Nice! 😊😊 Great host"
    assert [text[a:b] for a, b in split_text(text, "en")] == ["Nice! 😊😊", "Great host"]
