"""Names of people are told from names of places by how they are used."""

from pipeline.reviews.text.people import people_named


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
