"""What fills an empty field is no guest's word."""

import pytest

from pipeline.reviews.text import split_reviews
from scrapers.listing import Review

FILLINGS = [
    "nan",
    "NaN",
    "None",
    "NULL",
    "N/A",
    "n/a",
    "-",
    ".",
    "No comment",
    "no comments.",
    "nothing",
    "없음",
    "특별히 없음",
    "无",
    "没有评论",
    "此用户没有填写评价。",
    "なし",
    "特になし",
    "Aucun commentaire",
    "RAS",
    "Kein Kommentar",
    "keine Angaben",
    "Sin comentarios",
    "Ningún comentario",
]


@pytest.mark.parametrize("text", FILLINGS)
def test_a_filling_gives_no_sentence(text: str) -> None:
    found = split_reviews([Review(id="1", text=text)])
    assert not found.rows
    assert found.without_words == ("1",)


@pytest.mark.parametrize(
    "text", ["Nothing to complain about.", "Nan was a great host.", "没有缺点", "없는 게 없어요"]
)
def test_a_guest_who_uses_such_a_word_is_heard(text: str) -> None:
    assert len(split_reviews([Review(id="1", text=text)]).rows) == 1
