"""Names of people are told from names of places by how they are used."""

import pytest

from pipeline.reviews.text.people import names_somebody, people_named


def test_hosts_are_people_and_stations_are_not() -> None:
    texts = [
        "Belinda is a great host.",
        "Thank you Belinda!",
        "We loved Belinda's place in Bugis.",
        "Bugis is lovely, close to Bugis station.",
        "The market near Lavender is fun.",
        "Dave and his wife were kind. Thanks to the help of Dave we found it.",
        "Belinda님 감사합니다",
    ]
    assert people_named(texts) == {"belinda", "dave"}


def test_a_common_word_with_a_capital_is_no_name() -> None:
    assert (
        people_named(
            ["Thank you Everyone", "Great is the view", "thanks to Grace"] + ["grace of the house"] * 5
        )
        == set()
    )


@pytest.mark.parametrize(
    "text",
    [
        "thanks kelly!",
        "Our host KELLY was great.",
        "김민수님 감사합니다.",
        "민지씨가 도와주셨어요.",
        "田中さんがとても親切でした。",
        "王先生人很好。",
        "Jenny小姐很热情。",
    ],
)
def test_a_sentence_that_names_somebody_is_known(text: str) -> None:
    assert names_somebody(text, frozenset({"kelly"}))


@pytest.mark.parametrize(
    "text",
    [
        "The flat was clean.",
        "Thanks again!",
        "호스트님이 친절해요.",
        "날씨가 좋았어요.",
        "아저씨가 도와주셨어요.",
        "ホストさんは親切でした。",
        "皆さんにおすすめです。",
        "房东小姐很热情。",
        "Muchas gracias por todo.",
    ],
)
def test_a_host_without_a_name_stays(text: str) -> None:
    assert not names_somebody(text, frozenset({"kelly"}))
