"""Labels are what a person would write: the thing, how guests feel about it, a name of this place."""

import numpy as np

from pipeline.reviews.text.tokens import whole_han, words_of
from pipeline.reviews.topics.labels import Named, name_topics
from pipeline.reviews.topics.nouns import Nouns
from pipeline.reviews.topics.things import Subjects, own_things


def label_of(*texts: str, blamed: bool = False, others: tuple[str, ...] = (), keywords: str = "") -> str:
    """The label of a topic of ``texts`` in a place where guests also say ``others``."""
    every = [*texts, *others]
    feelings = ["neg" if blamed else "pos"] * len(texts) + ["pos"] * len(others)
    named = Named(every, ["en"] * len(every), Subjects.of(own_things(every), None), feelings)
    labels = np.array([0] * len(texts) + [-1] * len(others))
    (label,) = name_topics(named, labels, [keywords.split()])
    return label


ELSEWHERE = ("The pool was warm.", "Our host was kind.", "It was quiet.", "Great food around.", "Lovely view.")


def test_a_topic_is_called_by_its_thing_and_a_name_of_this_place() -> None:
    texts = [f"Only {n} minutes from the MRT at Farrer Park." for n in range(4, 9)]
    assert label_of(*texts, others=ELSEWHERE) == "Near the station · Farrer Park"


def test_a_complaint_says_what_is_wrong_and_where() -> None:
    texts = (
        "There was mould in the shower.",
        "Mold all over the bathroom ceiling.",
        "Black mould in the toilet.",
    )
    assert label_of(*texts, blamed=True, others=ELSEWHERE) == "Mould in the bathroom"
    loud = ("The street was loud at night.", "Noisy traffic below.", "So much noise from the road!")
    assert label_of(*loud, blamed=True, others=ELSEWHERE) == "Noise from the street"
    assert label_of("The wifi broke.", "Wifi never worked.", blamed=True, others=ELSEWHERE) == "Slow wifi"


def test_check_in_is_called_so_however_guests_write_it() -> None:
    texts = ("Smooth check-in with the app", "Self check-in was easy", "check in took long", "Easy checkin")
    assert label_of(*texts, others=ELSEWHERE) == "Easy check-in"


def test_adjectives_and_the_town_make_no_label() -> None:
    texts = [f"The beautiful and cosy patchwork quilt in Singapore, number {n}." for n in range(5)]
    label = label_of(*texts, others=(*ELSEWHERE, "We are in Singapore.", "We went to Singapore."))
    assert not {"beautiful", "cosy", "singapore"} & set(label.lower().split())


def test_chinese_names_stay_whole_and_korean_stems_lose_their_endings() -> None:
    texts = ["离王府井很近", "王府井旁边", "去王府井走路五分钟"]
    whole = whole_han(texts)
    assert "王府井" in whole
    assert all("王府井" in words_of(text, whole=whole) for text in texts)
    assert words_of("숙소가 깨끗했어요")[:2] == ["숙소", "깨끗"]
    assert words_of("위치도 편리합니다")[:2] == ["위치", "편리"]


def test_nouns_are_told_by_how_they_are_used() -> None:
    nouns = Nouns.of(
        ["The pool was warm and nice.", "We liked the pool.", "A nice and clean room in Bugis.", "Near Bugis!"]
    )
    assert nouns.is_noun("pool")
    assert nouns.is_noun("bugis")
    assert not nouns.is_noun("nice")
    assert not nouns.is_noun("warm")
