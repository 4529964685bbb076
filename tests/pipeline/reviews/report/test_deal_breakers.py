"""Deal-breakers: how many tell of them, how lately, what the host answered; and who may say there are none."""

import datetime as dt
from dataclasses import dataclass, field

from pipeline.reviews.opinions.opinions import AspectOpinionLike
from pipeline.reviews.report.deal_breakers import find_deal_breakers, is_weighed
from pipeline.reviews.report.in_words import deal_breaker_words
from pipeline.reviews.text.sentences import split_reviews
from scrapers.listing import Review


@dataclass(frozen=True)
class Weighed:
    """An opinion of a reader that tells deal-breakers."""

    deal_breaker: str | None
    polarity: str = "neg"
    polarity_confidence: float = 1.0
    aspects: dict[str, AspectOpinionLike] = field(default_factory=dict)


@dataclass(frozen=True)
class Unweighed:
    """An opinion of a reader that does not."""

    polarity: str = "neg"
    polarity_confidence: float = 1.0
    aspects: dict[str, AspectOpinionLike] = field(default_factory=dict)


REVIEWS = (
    Review(id="old", text="A mouse in the kitchen.", date=dt.date(2020, 5, 1), response="We are sorry."),
    Review(id="new", text="Two cockroaches in bed. Another mouse ran off.", date=dt.date(2023, 3, 9)),
    Review(id="mould", text="Mould on the wall.", date=dt.date(2023, 8, 1)),
    Review(id="fine", text="Great stay.", date=dt.date(2023, 9, 1)),
)


def kind(text: str) -> str | None:
    return "mould" if "Mould" in text else "vermin" if "mouse" in text or "cockroach" in text else None


def test_the_most_told_comes_first_with_the_newest_words_and_the_answer() -> None:
    sentences = split_reviews(REVIEWS)
    found = find_deal_breakers(REVIEWS, sentences, [Weighed(kind(row.text)) for row in sentences])
    assert [(one.kind, one.reviews, one.answered) for one in found] == [("vermin", 2, 1), ("mould", 1, 0)]
    vermin = found[0]
    assert vermin.newest == dt.date(2023, 3, 9)
    assert [(one.review_id, one.answer) for one in vermin.complaints] == [
        ("new", None),
        ("old", "We are sorry."),
    ]
    assert deal_breaker_words(vermin) == "2 reviews, the newest of March 2023, 1 answered by the host"


def test_only_who_looks_for_deal_breakers_may_say_that_there_is_none() -> None:
    assert is_weighed([Weighed(None)])
    assert not is_weighed([Unweighed()])
    assert not is_weighed([])
    sentences = split_reviews(REVIEWS)
    assert find_deal_breakers(REVIEWS, sentences, [Unweighed() for _ in sentences]) == ()
