"""Good, bad, both or neither: negation, wishes, contrast, waved-off faults."""

import time
from dataclasses import dataclass

import pytest

from pipeline.reviews.opinions.aspects import AspectModel
from pipeline.reviews.opinions.clauses import read_sentence
from pipeline.reviews.opinions.records import SentenceOpinion


@dataclass(frozen=True)
class Said:
    text: str
    language: str = "en"


def opinion(text: str, language: str = "en") -> SentenceOpinion:
    return AspectModel.default().predict([Said(text, language)]).rows[0]


@pytest.mark.parametrize(
    ("language", "text", "polarity"),
    [
        ("en", "The kitchen is great.", "pos"),
        ("en", "The room was not clean.", "neg"),
        ("en", "It was not noisy at all.", "pos"),
        ("en", "The bathroom could be cleaner.", "neg"),
        ("en", "A second towel would have been nice.", "neg"),
        ("en", "The only downside is the lack of light.", "neg"),
        ("en", "Great location but a terrible bed.", "mixed"),
        ("en", "Small room, but enough for us.", "mixed"),
        ("en", "No complaints at all!", "pos"),
        ("en", "The wifi never dropped.", "pos"),
        ("ko", "방이 깨끗하지 않았어요.", "neg"),
        ("ko", "침실이 안뜰 쪽이라 조용합니다.", "pos"),
        ("ko", "위치는 좋지만 방이 너무 추웠어요.", "mixed"),
        ("zh", "房间不干净。", "neg"),
        ("zh", "位置很好，但是房间太小。", "mixed"),
        ("ja", "部屋がきれいではありませんでした。", "neg"),
        ("fr", "La chambre n'était pas propre.", "neg"),
        ("fr", "Aucun problème, tout était parfait.", "pos"),
        ("de", "Das Bad war nicht sauber.", "neg"),
        ("de", "Gute Lage, aber leider sehr laut.", "mixed"),
        ("es", "La habitación no estaba limpia.", "neg"),
        ("es", "Sin problemas, volveremos.", "pos"),
    ],
)
def test_polarity_of_a_sentence(language: str, text: str, polarity: str) -> None:
    assert opinion(text, language).polarity == polarity


@pytest.mark.parametrize(
    ("text", "polarities"),
    [
        ("The room is small but spotless.", {"facilities": "neg", "cleanliness": "pos"}),
        ("Lovely host, but the street is very noisy.", {"host": "pos", "noise": "neg"}),
        ("The kitchen was dirty, the location is perfect.", {"cleanliness": "neg", "location": "pos"}),
        ("Terrible bed and rude staff, though very close to the metro.", {"host": "neg", "location": "pos"}),
        ("Way too expensive, even if the location is perfect.", {"price": "neg", "location": "pos"}),
    ],
)
def test_no_score_of_the_whole_sentence_overrides_a_clear_clause(text: str, polarities: dict[str, str]) -> None:
    found = opinion(text).aspects
    assert {name: found[name].polarity for name in polarities} == polarities


@pytest.mark.parametrize(
    "text", ["In the bedroom you hear nothing, honestly.", "Check-in took thirty seconds."]
)
def test_praise_without_a_word_of_praise(text: str) -> None:
    assert opinion(text).polarity == "pos"


@pytest.mark.parametrize(
    ("text", "language", "polarities"),
    [
        ("Cons: street noise, the price.", "en", {"noise": "neg", "price": "neg"}),
        ("Pros: street noise is low, the location.", "en", {"location": "pos"}),
        ("Lo mejor: la cocina y el barrio.", "es", {"facilities": "pos", "location": "pos"}),
        ("Points faibles : le bruit, la salle de bain.", "fr", {"noise": "neg"}),
    ],
)
def test_a_heading_judges_what_it_lists(text: str, language: str, polarities: dict[str, str]) -> None:
    found = opinion(text, language).aspects
    assert {name: found[name].polarity for name in polarities} == polarities


def test_a_heading_leaves_what_has_a_feeling_of_its_own() -> None:
    assert opinion("Pros: the host. Dirty bathroom.").aspects["cleanliness"].polarity == "neg"


def test_a_missing_thing_is_a_complaint() -> None:
    assert opinion("There is no lift.").aspects["facilities"].polarity == "neg"
    assert opinion("엘리베이터가 없어요.", "ko").aspects["facilities"].polarity == "neg"
    assert opinion("没有电梯。", "zh").aspects["facilities"].polarity == "neg"


def test_the_score_tells_good_from_bad() -> None:
    assert opinion("Wonderful, clean and quiet.").score > 0.5
    assert opinion("Dirty and loud.").score < -0.5


def test_feelings_belong_to_their_clause() -> None:
    clauses = read_sentence("The bed was great but the shower was broken", "en").clauses
    assert [clause.contrast for clause in clauses] == [False, True]
    assert [sum(f.value for f in clause.feelings) > 0 for clause in clauses] == [True, False]


def test_the_same_input_gives_the_same_output() -> None:
    assert opinion("Nice but loud.") == opinion("Nice but loud.")


def test_thousands_of_sentences_take_seconds() -> None:
    said = [
        Said(f"The room number {n} was clean, but the street is loud and the host slow.") for n in range(1000)
    ]
    start = time.process_time()
    AspectModel.default().predict(said)
    assert time.process_time() - start < 3
