"""Scores, quotes, summary, what is special, and where host and guests disagree."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from pipeline.reviews.report.aspect_summaries import summarise_aspects
from pipeline.reviews.report.contradictions import find_contradictions
from pipeline.reviews.report.highlights import summarise
from pipeline.reviews.report.special import Baseline, vocabulary_of, what_is_special
from pipeline.reviews.text.embeddings import Encoder
from pipeline.reviews.text.sentences import Sentences, split_reviews
from scrapers.listing import Listing, Review, ReviewTag

_WORDS = {"clean": "cleanliness", "dirty": "cleanliness", "loud": "noise", "quiet": "noise", "host": "host"}
_BAD = {"dirty", "loud", "rude", "slow", "broken"}


@dataclass(frozen=True)
class InventedAspect:
    """What one sentence says of one aspect."""

    polarity: str
    confidence: float = 0.9
    polarity_confidence: float = 1.0


@dataclass(frozen=True)
class InventedOpinion:
    """What one sentence says."""

    aspects: dict[str, InventedAspect]
    polarity: str
    polarity_confidence: float = 1.0


def invented_opinions(sentences: Sentences) -> list[InventedOpinion]:
    """An aspect for each known word, bad if a bad word stands in the sentence."""
    found = []
    for row in sentences:
        words = {word.strip(".,!").lower() for word in row.text.split()}
        polarity = "neg" if words & _BAD else "pos"
        names = {_WORDS[word] for word in words if word in _WORDS}
        found.append(InventedOpinion({name: InventedAspect(polarity) for name in sorted(names)}, polarity))
    return found


def read(*texts: str, start: str = "2024-01-01", days: int = 20) -> Sentences:
    first = dt.date.fromisoformat(start)
    return split_reviews(
        Review(id=f"{start}-{number}", text=text, date=first + dt.timedelta(days=days * number))
        for number, text in enumerate(texts)
    )


def test_an_aspect_is_counted_scored_and_quoted() -> None:
    sentences = read(
        *["The flat was very clean."] * 6, "The bathroom was rather dirty.", "Lovely view of the park."
    )
    (clean,) = summarise_aspects(sentences, invented_opinions(sentences))
    assert (clean.aspect, clean.reviews, clean.positive, clean.negative) == ("cleanliness", 7, 6, 1)
    assert clean.share == pytest.approx(7 / 8)
    assert clean.score is not None
    assert clean.score.low < clean.score.value < clean.score.high
    assert [quote.text for quote in clean.critical] == ["The bathroom was rather dirty."]
    assert len(clean.supporting) == 1  # one wording, one quote


def test_what_was_read_most_surely_is_quoted_first() -> None:
    sentences = read(*[f"The flat was dirty in week {number}." for number in range(5)])
    said = [
        InventedOpinion({"cleanliness": InventedAspect("neg", polarity_confidence=sure)}, "neg")
        for sure in (0.5, 0.9, 0.4, 0.7, 0.8)
    ]
    (clean,) = summarise_aspects(sentences, said)
    assert [quote.text[-2] for quote in clean.critical] == ["1", "4", "3"]


def test_a_trend_is_seen_and_its_certainty_told() -> None:
    texts = ["The flat was clean."] * 15 + ["The flat was dirty."] * 15
    sentences = read(*texts, days=40)
    (clean,) = summarise_aspects(sentences, invented_opinions(sentences))
    assert clean.change is not None
    assert clean.change_certainty is not None
    assert clean.change < -0.3
    assert clean.change_certainty > 0.95
    assert [period.period for period in clean.trend] == sorted(period.period for period in clean.trend)
    (few,) = summarise_aspects(read("Clean flat.", days=1), invented_opinions(read("Clean flat.")))
    assert few.change is None


def test_the_platforms_notes_judge_nothing() -> None:
    sentences = read("The host canceled this reservation 3 days before arrival. This is an automated posting.")
    assert summarise_aspects(sentences, invented_opinions(sentences)) == ()


def test_the_summary_is_real_diverse_and_not_only_praise(encoder: Encoder) -> None:
    texts = [f"The flat was very clean on day {n}." for n in range(9)]
    texts += [f"The host was kind to visitor {n}." for n in range(7)] + [
        "The street was loud at night every day."
    ] * 4
    sentences = read(*texts)
    opinions = invented_opinions(sentences)
    groups = [next(iter(own.aspects), None) for own in opinions]
    lines = summarise(sentences, encoder.encode(sentences.texts), groups, opinions)
    assert 3 <= len(lines) <= 5
    assert {line.text for line in lines} <= set(sentences.texts)
    assert any("loud" in line.text for line in lines)
    assert len({line.review_id for line in lines}) == len(lines)


def test_no_sentences_no_summary() -> None:
    assert summarise(Sentences(()), np.zeros((0, 0), dtype=np.float32), []) == ()


def test_what_is_special_differs_by_more_than_chance() -> None:
    words = vocabulary_of(read(*["There is a rooftop garden."] * 12, *["Nice bed."] * 12))
    baseline = Baseline("a city", 1000, {"rooftop": 10, "bed": 480, "garden": 12}, language="en", spoken=1000)
    special = what_is_special(words, (), 24, baseline)
    assert {"rooftop", "garden"} <= {found.name for found in special}
    assert "bed" not in {found.name for found in special}
    assert what_is_special(words, (), 2, baseline) == ()
    assert what_is_special(words, (), 24, Baseline("nobody", 3)) == ()


def test_words_of_a_language_and_names_of_towns_are_not_special() -> None:
    korean = [f"숙소가 {n}일 동안 깨끗했어요." for n in range(10)]
    english = [f"We stayed in Singapore for {n} weeks and saw the rooftop." for n in range(24)]
    usual = {"stayed": 2900, "weeks": 2900, "saw": 2900}
    baseline = Baseline("Singapore", 3000, {"rooftop": 20, **usual}, language="en", spoken=3000)
    words = vocabulary_of(read(*english, *korean, days=3))
    assert (words.language, words.spoken) == ("en", 24)
    assert {
        found.name for found in what_is_special(words, (), 34, baseline) if "rooftop" not in found.name
    } == set()
    mostly_korean = vocabulary_of(read(*korean, *english[:3], days=3))
    assert (mostly_korean.language, mostly_korean.spoken) == ("ko", 10)
    assert what_is_special(mostly_korean, (), 13, baseline) == ()


def test_a_baseline_survives_saving(tmp_path: Path) -> None:
    baseline = Baseline("a city", 10, {"bed": 3}, {"noise": 2}, {"noise": 1.5}, {"noise": 0.5}, "en", 9)
    baseline.save(tmp_path / "baseline.json")
    assert Baseline.load(tmp_path / "baseline.json") == baseline
    score = baseline.score("noise")
    assert score is not None
    assert score.value == pytest.approx((1.5 + 1) / (2 + 2))
    assert baseline.score("price") is None


def listing(**facts: object) -> Listing:
    return Listing.model_validate({"id": "a", "source": "folder", "origin": "a", "title": "A", **facts})


def test_broken_promises_are_found() -> None:
    sentences = read(
        "The wifi was slow.", "Wifi is broken!", "The street is loud.", "So loud at night.", "Clean."
    )
    opinions = invented_opinions(sentences)
    host = listing(description="A quiet flat with a pool. Towels are there.", amenities=("Fast wifi", "Pool"))
    found = find_contradictions(host, sentences, opinions, summarise_aspects(sentences, opinions))
    assert {(item.source, item.about) for item in found} == {
        ("description", "quiet"),
        ("amenities", "wifi internet"),
    }
    wifi = next(item for item in found if item.about == "wifi internet")
    assert (wifi.claim, wifi.disagreeing, wifi.agreeing) == ("Fast wifi", 2, 0)
    assert {quote.text for quote in wifi.quotes} == {"The wifi was slow.", "Wifi is broken!"}


def test_a_kettle_says_nothing_of_the_hot_water_of_the_shower() -> None:
    sentences = read(
        "The kettle for hot water was broken.",
        "Kettle broken, no hot water for tea.",
        "The hot water dispenser was dirty.",
    )
    facilities = InventedOpinion({"facilities": InventedAspect("neg")}, "neg")
    host = listing(amenities=("Hot water",))
    assert find_contradictions(host, sentences, [facilities] * 3, ()) == ()
    showers = read("No hot water in the shower.", "The hot water was broken.", start="2024-03-01")
    assert find_contradictions(host, showers, [facilities] * 2, ())[0].disagreeing == 2


def test_quotes_are_sure_nameless_and_the_newer_of_equals() -> None:
    sentences = read(
        "The kitchen was dirty when we came.",
        "The kitchen floor was dirty when we came.",
        "The kitchen of Mr kelly was dirty when we came.",
        "The hall was dirty too, if I remember it.",
    )
    sure, unsure = InventedAspect("neg"), InventedAspect("neg", polarity_confidence=0.6)
    opinions = [InventedOpinion({"cleanliness": sure}, "neg") for _ in range(3)]
    opinions.append(InventedOpinion({"cleanliness": unsure}, "neg", 0.6))
    shown = summarise_aspects(sentences, opinions)[0].critical
    assert [quote.text for quote in shown] == [sentences.texts[1], sentences.texts[0]]


def test_stars_and_tags_against_what_is_written() -> None:
    sentences = read(*["The flat was dirty."] * 12, *["Quiet street."] * 30)
    opinions = invented_opinions(sentences)
    aspects = summarise_aspects(sentences, opinions)
    host = listing(
        category_ratings={"cleanliness": 4.9, "location": 4.8}, review_tags=(ReviewTag(name="Clean", count=4),)
    )
    found = find_contradictions(host, sentences, opinions, aspects)
    assert [(item.source, item.about) for item in found] == [("stars", "cleanliness"), ("tag", "cleanliness")]
    assert find_contradictions(listing(), sentences, opinions, aspects) == ()
