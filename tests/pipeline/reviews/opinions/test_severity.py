"""How heavy a criticism is."""

import pytest

from pipeline.reviews.opinions.severity import DealBreaker, Severity, is_about_safety, severity_of

DEAL_BREAKERS = {
    "There were cockroaches in the kitchen.": DealBreaker.VERMIN,
    "부엌에서 바퀴벌레가 나왔어요.": DealBreaker.VERMIN,
    "床上有臭虫。": DealBreaker.VERMIN,
    "The bathroom ceiling was mouldy.": DealBreaker.MOULD,
    "Schimmel an der Wand.": DealBreaker.MOULD,
    "Someone broke into the flat at night.": DealBreaker.SAFETY,
    "夜道が暗くて怖かったです。": DealBreaker.SAFETY,
    "She lied about the address.": DealBreaker.FRAUD,
    "The host cancelled on us the day before.": DealBreaker.CANCELLED,
    "No hot water for three days.": DealBreaker.NO_HEATING_OR_WATER,
    "Nous avons eu de l'eau froide.": DealBreaker.NO_HEATING_OR_WATER,
    "There was blood on the sheets.": DealBreaker.DIRTY_BED,
    "The music went on all night.": DealBreaker.NOISE,
    "Nachts haben wir kein Auge zugetan, so laut war es.": DealBreaker.NOISE,
    "The room looks nothing like the photos.": DealBreaker.NOT_AS_ADVERTISED,
    "El piso no era como en las fotos, nos sentimos engañados.": DealBreaker.FRAUD,
}


@pytest.mark.parametrize(("text", "kind"), DEAL_BREAKERS.items())
def test_a_plain_criticism_of_such_a_thing_is_a_deal_breaker(text: str, kind: DealBreaker) -> None:
    assert severity_of(text, 0.9, blamed=True) == (Severity.DEAL_BREAKER, kind)


@pytest.mark.parametrize("text", DEAL_BREAKERS)
def test_the_words_alone_are_none(text: str) -> None:
    assert severity_of(text, 0.1, blamed=False) == (Severity.NONE, None)


@pytest.mark.parametrize(
    "text",
    [
        "A second mirror would be nice.",
        "수건이 한 장 더 있었으면 좋겠어요.",
        "要是有吹风机就更好了。",
        "ドライヤーがあればよかったです。",
        "Un sèche-cheveux serait utile.",
        "Ein zweiter Spiegel wäre schön gewesen.",
        "Sería mejor con una mesa.",
    ],
)
def test_a_wish_is_less_than_a_fault(text: str) -> None:
    severity, kind = severity_of(text, 0.9, blamed=True)
    assert (severity, kind) == (Severity.WISH, None)
    assert severity.weight < Severity.FAULT.weight < Severity.DEAL_BREAKER.weight


@pytest.mark.parametrize(
    "text",
    [
        "The wifi was slow.",
        "Not to mention the stairs.",
        "The fridge was dirty.",
        "The room has no windows (as described).",
        "The bathroom has no lock.",
    ],
)
def test_any_other_criticism_is_a_fault(text: str) -> None:
    assert severity_of(text, 0.9, blamed=True) == (Severity.FAULT, None)


def test_safety_is_told_by_danger_and_by_its_absence() -> None:
    assert is_about_safety("The neighbourhood felt very safe at night.")
    assert is_about_safety("Es gab einen Einbruch im Haus.")
    assert not is_about_safety("Close to the station.")
