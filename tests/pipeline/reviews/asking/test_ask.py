"""Questions are answered with guests' own sentences, in any of the seven languages, or honestly with nobody."""

import datetime as dt

import pytest

from models.sentence_encoder import multilingual_encoder
from pipeline.reviews.asking import Answer, Index, answer_words, ask
from pipeline.reviews.opinions import AspectModel
from pipeline.reviews.text import split_reviews
from pipeline.reviews.text.embeddings import Encoder
from pipeline.reviews.text.things import MANNER, THINGS_FILE, things_in
from scrapers.listing import Review

TEXTS = (
    ("The street was terribly loud at night.", "2023-05-02"),
    ("Very quiet, we slept well.", "2022-01-10"),
    ("방이 정말 조용했어요.", "2021-07-01"),
    ("地铁站很近，走路五分钟。", "2023-02-03"),
    ("The MRT is five minutes away on foot.", "2020-02-03"),
    ("Our son loved the pool.", "2019-02-03"),
    ("Das WLAN war leider sehr langsam.", "2023-03-03"),
    ("The wifi is fast and strong.", "2023-04-03"),
    ("La cuisine est bien équipée.", "2022-04-03"),
    ("Muy limpio y ordenado.", "2022-05-03"),
    ("We loved every minute, thank you.", "2022-06-03"),
    ("The bathroom smelled of mould.", "2022-08-03"),
)
SAME_QUESTION = {
    "en": "is it quiet at night?",
    "ko": "밤에 조용한가요?",
    "zh": "晚上安静吗？",
    "ja": "夜は静かですか",
    "fr": "Est-ce calme la nuit ?",
    "de": "Ist es nachts ruhig?",
    "es": "¿Es tranquilo por la noche?",
}


@pytest.fixture(scope="module")
def real() -> Encoder:
    return multilingual_encoder()


def index(real: Encoder) -> Index:
    reviews = [
        Review(id=f"r{n}", text=text, date=dt.date.fromisoformat(date)) for n, (text, date) in enumerate(TEXTS)
    ]
    sentences = split_reviews(reviews)
    return Index.of(sentences, AspectModel.default().predict(sentences.rows).rows, real)


def texts(answer: Answer) -> set[str]:
    return {one.quote.text for one in answer.said}


@pytest.mark.parametrize("language", SAME_QUESTION)
def test_the_same_question_finds_the_same_guests_in_every_language(language: str, real: Encoder) -> None:
    answer = index(real).ask(SAME_QUESTION[language])
    assert {
        "The street was terribly loud at night.",
        "Very quiet, we slept well.",
        "방이 정말 조용했어요.",
    } == texts(answer)
    assert (answer.speaking, answer.of, answer.praising, answer.blaming) == (3, 12, 2, 1)
    assert answer.newest == dt.date(2023, 5, 2)


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("wifi speed", {"Das WLAN war leider sehr langsam.", "The wifi is fast and strong."}),
        ("지하철역이 가까운가요?", {"地铁站很近，走路五分钟。", "The MRT is five minutes away on foot."}),
        ("Wi-Fiは速いですか", {"Das WLAN war leider sehr langsam.", "The wifi is fast and strong."}),
        ("아이와 지내기 좋은가요", {"Our son loved the pool."}),
        ("Kann man dort kochen?", {"La cuisine est bien équipée."}),
        ("does it smell?", {"The bathroom smelled of mould."}),
    ],
)
def test_a_thing_is_found_whatever_the_guest_calls_it(question: str, found: set[str], real: Encoder) -> None:
    assert texts(index(real).ask(question)) == found


@pytest.mark.parametrize("question", ["is there a lift?", "Gibt es Ungeziefer?", "駐車場はありますか", "sauna"])
def test_what_nobody_speaks_of_is_said_to_be_so(question: str, real: Encoder) -> None:
    answer = index(real).ask(question)
    assert answer.nobody
    assert answer.said == ()
    assert answer_words(answer) == "Nobody speaks of it in 12 reviews"


def test_likeness_alone_brings_nothing_that_is_not_meant(real: Encoder) -> None:
    assert not {"We loved every minute, thank you.", "Our son loved the pool."} & texts(
        index(real).ask("is it quiet?")
    )


def test_nothing_is_invented_and_one_review_speaks_once(real: Encoder) -> None:
    reviews = [
        Review(id="a", text="The pool was warm. The pool was clean. Nice pool."),
        Review(id="b", text="A pool!"),
    ]
    sentences = split_reviews(reviews)
    found = Index.of(sentences, AspectModel.default().predict(sentences.rows).rows, real).ask("swimming pool")
    assert found.speaking == 2
    assert len(found.said) == 2
    assert texts(found) <= set(sentences.texts)


def test_the_order_of_the_reviews_changes_nothing(real: Encoder) -> None:
    forward, backward = list(TEXTS), list(reversed(TEXTS))
    answers = []
    for own in (forward, backward):
        reviews = [Review(id=text[:9], text=text, date=dt.date.fromisoformat(date)) for text, date in own]
        sentences = split_reviews(reviews)
        answers.append(
            Index.of(sentences, AspectModel.default().predict(sentences.rows).rows, real).ask("quiet")
        )
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("question", "says"), [("  ", "ask with words"), ("?!", "ask with words"), ("a" * 301, "at most")]
)
def test_what_is_no_question_is_refused_with_advice(question: str, says: str, real: Encoder) -> None:
    with pytest.raises(ValueError, match=says):
        index(real).ask(question)


def test_one_question_needs_nothing_but_the_reviews() -> None:
    reviews = [Review(id=str(n), text=text) for n, (text, _) in enumerate(TEXTS)]
    assert texts(ask("swimming pool", reviews)) == {"Our son loved the pool."}


def test_a_place_without_reviews_answers_nobody(real: Encoder) -> None:
    assert Index.of(split_reviews([]), [], real).ask("wifi").nobody


def test_the_table_of_things_has_every_word_once_but_for_manners() -> None:
    lines = [line.split("\t") for line in THINGS_FILE.read_text(encoding="utf-8").splitlines()]
    words = [word for name, own in lines if not name.startswith(MANNER) for word in own.split()]
    assert {word for word in words if words.count(word) > 1} <= {
        "sleep*",
        "slept",
        "stank",
        "景色",
        "夜景",
        "restaurant*",
        "baby",
    }
    assert things_in("The A/C and the air-con") == {"aircon"}
    assert things_in("The kind host had a chat with us; not bad.") == {"host", "~kind"}
