"""What is read of a sentence: itself, its translation, or nothing."""

from pathlib import Path

from pipeline.reviews.opinions.reading import as_read, read_by, told_by_reading
from pipeline.reviews.opinions.records import AspectOpinion, Opinions, SentenceOpinion
from pipeline.reviews.opinions.severity import DealBreaker, Severity
from pipeline.reviews.text import Sentence

RUSSIAN = Sentence("1", 0, "В ванной грязно.", 0, 16, "ru", translation="The bathroom is dirty.")
ITALIAN = Sentence("2", 0, "Il bagno era sporco.", 0, 20, "it")
FINNISH = Sentence("3", 0, "Kylpyhuone oli likainen.", 0, 24, "fi")
KOREAN = Sentence("4", 0, "화장실이 더러웠어요.", 0, 11, "ko", rating=2.0)


def test_the_sources_translation_is_read_in_place_of_the_original() -> None:
    read = as_read(RUSSIAN)
    assert (read.text, read.language) == ("The bathroom is dirty.", "en")
    assert as_read(KOREAN).text == KOREAN.text
    assert as_read(KOREAN).rating == 2.0


def test_who_reads_a_sentence_is_told() -> None:
    assert read_by(RUSSIAN, by_encoder=True) == "translation"
    assert read_by(KOREAN, by_encoder=True) == "words"
    assert read_by(ITALIAN, by_encoder=True) == "encoder"
    assert read_by(ITALIAN, by_encoder=False) == "nothing"
    assert read_by(FINNISH, by_encoder=True) == "nothing"


def test_an_unread_sentence_judges_nothing_and_places_fit_the_original() -> None:
    blamed = SentenceOpinion(
        {"cleanliness": AspectOpinion("neg", 0.9, 0.9, (4, 21))}, "neg", 0.9, -0.9, 0.95, Severity.FAULT
    )
    found = told_by_reading(
        Opinions((blamed, blamed), ("cleanliness",)), [RUSSIAN, FINNISH], by_encoder=True
    ).rows
    assert found[0].aspects["cleanliness"].span == (0, len(RUSSIAN.text))
    assert (found[1].polarity, found[1].aspects, found[1].reading) == ("neutral", {}, "nothing")


def test_opinions_come_back(tmp_path: Path) -> None:
    rows = Opinions(
        (
            SentenceOpinion(
                {"location": AspectOpinion("neg", 0.9, 0.8, (0, 5), "safety")},
                "neg",
                0.9,
                -0.8,
                0.95,
                Severity.DEAL_BREAKER,
                DealBreaker.SAFETY,
                "encoder",
            ),
            SentenceOpinion({}, "pos", 0.9, 0.9),
        ),
        ("location",),
    )
    rows.save(tmp_path)
    assert Opinions.load(tmp_path) == rows
