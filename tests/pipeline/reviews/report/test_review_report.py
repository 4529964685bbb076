"""The review report: complete, honest where there is nothing to say, the same for the same input."""

import csv
import datetime as dt
import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.progress import Cancelled, Progress
from pipeline.reviews.analyse import ReviewSettings, analyse_reviews
from pipeline.reviews.report.report import MAX_MAP_POINTS, ReviewReport, summarise_ratings
from pipeline.reviews.text.embeddings import Encoder
from scrapers.listing import Review
from tests.places import SHARED

OPEN_DATA = SHARED / "data" / "reviews"


def test_demo_report_is_complete(demo_reviews: list[Review], encoder: Encoder) -> None:
    report = analyse_reviews(demo_reviews, encoder=encoder)
    assert report.status == "ok"
    assert report.reason is None
    assert report.counts.reviews == 150
    assert set(report.counts.languages) == {"en", "ko", "fr", "es", "de"}
    assert sum(report.counts.languages.values()) == report.counts.sentences == len(report.map)
    assert sum(topic.sentences for topic in report.topics) + report.unassigned == report.counts.sentences
    assert report.unassigned < 0.25 * report.counts.sentences
    assert report.ratings.rated == 150
    assert sum(period.reviews for period in report.ratings.quarterly) == 150
    assert report.timings_s.keys() == {"sentences", "embeddings", "opinions", "topics", "reviews"}


def test_quotes_stand_in_the_original(demo_reviews: list[Review], encoder: Encoder) -> None:
    originals = {review.id: review for review in demo_reviews}
    for topic in analyse_reviews(demo_reviews, encoder=encoder).topics:
        assert 3 <= len(topic.representatives) <= 5
        for quote in topic.representatives:
            original = originals[quote.review_id]
            assert original.text[quote.start : quote.end] == quote.text
            assert (quote.language, quote.date, quote.rating) == (
                original.language,
                original.date,
                original.rating,
            )


@pytest.mark.parametrize(
    ("texts", "reason"), [([], "no reviews"), (["", "👍👍", "10/10"], "none of the 3 reviews holds words")]
)
def test_empty_report_says_why(texts: list[str], reason: str, encoder: Encoder, tmp_path: Path) -> None:
    reviews = [Review(id=str(index), text=text, rating=5) for index, text in enumerate(texts)]
    report = analyse_reviews(reviews, encoder=encoder, cache=tmp_path)
    assert report.status == "empty"
    assert report.reason is not None
    assert reason in report.reason
    assert report.topics == ()
    assert report.ratings.rated == len(texts)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 10, 30])
def test_any_number_of_reviews(count: int, demo_reviews: list[Review], encoder: Encoder) -> None:
    report = analyse_reviews(demo_reviews[:count], encoder=encoder)
    assert report.status == "ok"
    assert report.topics
    assert all(topic.label and topic.representatives for topic in report.topics)


def test_hostile_reviews(encoder: Encoder) -> None:
    texts = [
        "x" * 50_000,
        "word " * 10_000,
        "<script>alert(1)</script> Clean.",
        "\x00\x07 Loud\u202e street \ud800",
        "الغرفة نظيفة but small 房间",
        "12345",
        "😊",
        "No.",
    ]
    reviews = [Review(id=str(index), text=text) for index, text in enumerate(texts * 3)]
    report = analyse_reviews(reviews, encoder=encoder)
    assert report.status == "ok"
    assert report.counts.reviews_without_words == 6
    report.model_dump_json().encode("utf-8")


@pytest.mark.parametrize(
    "texts",
    [
        ["Nice."] * 30,
        ["방이 깨끗해요. 위치가 좋아요."] * 9,
        ["房间很干净。离地铁站很近！", "位置很好，但是有点吵。"] * 6,
        ["とても綺麗でした。駅に近いです！", "少し狭いです。"] * 6,
        ["Très propre, hôte gentil.", "Un peu bruyant le soir."] * 6,
        ["Sehr sauber. Leider laut.", "Nette Gastgeberin"] * 6,
        ["Muy limpio. El anfitrión es amable.", "Mucho ruido"] * 6,
        ["الغرفة نظيفة جدا. المضيف لطيف", "הדירה נקייה ושקטה"] * 6,
        ["Очень чисто. Рядом метро.", "สวยมาก สะอาด"] * 6,
        ["<b>Clean</b> &amp; quiet<br/>Great\x00 \x1b[31mhost\u202e!", "ok\ud800"] * 5,
        ["The host canceled this reservation 3 days before arrival. This is an automated posting."] * 12,
        ["Clean room. " * 4000],
        ["https://example.org/?a=1", "123 456", "...", "💯💯", "A"],
    ],
)
def test_odd_reviews_give_a_sensible_report(texts: list[str], encoder: Encoder) -> None:
    reviews = [Review(id=str(n), text=text, date=dt.date(2024, 1 + n % 12, 1)) for n, text in enumerate(texts)]
    report = analyse_reviews(reviews, encoder=encoder)
    assert report.counts.reviews == len(texts)
    assert report.status in ("ok", "empty")
    assert len(report.summary) <= 5
    for aspect in report.aspects:
        assert 0 < aspect.share <= 1
        assert aspect.score is None or 0 <= aspect.score.low <= aspect.score.value <= aspect.score.high <= 1
    assert ReviewReport.model_validate_json(report.model_dump_json()).topics == report.topics


def test_long_copies_are_read_once(encoder: Encoder) -> None:
    text = (
        "We stayed a whole week and loved the garden, the big kitchen, the very soft beds and the quiet street."
    )
    reviews = [Review(id=str(n), text=text + "!" * n, date=dt.date(2024, 1, 4 - n)) for n in range(3)]
    report = analyse_reviews(reviews, encoder=encoder)
    assert (report.counts.copies, report.counts.sentences) == (2, 1)
    assert report.map[0].review_id == "2"


def test_a_translation_stands_beside_its_sentence(encoder: Encoder) -> None:
    review = Review(
        id="1",
        text="방이 깨끗해요. 위치가 좋아요.",
        language="ko",
        translation="The room is clean. Good location.",
    )
    report = analyse_reviews([review], encoder=encoder)
    quotes = {quote.text: quote.translation for quote in report.summary}
    assert quotes["방이 깨끗해요."] == "The room is clean."


def test_order_of_reviews_changes_nothing(demo_reviews: list[Review], encoder: Encoder) -> None:
    there = analyse_reviews(demo_reviews, encoder=encoder)
    back = analyse_reviews(demo_reviews[::-1], encoder=encoder)
    assert there.model_dump_json() == back.model_dump_json()


def test_map_is_limited(encoder: Encoder) -> None:
    reviews = [Review(id=str(index), text=f"Nice bed {index % 7}. Kind host.") for index in range(3000)]
    report = analyse_reviews(reviews, encoder=encoder)
    assert len(report.map) == MAX_MAP_POINTS
    assert report.counts.sentences == 6000


def test_ratings_by_month_and_quarter() -> None:
    def review(date: str | None, rating: float | None) -> Review:
        return Review(
            id=f"{date}{rating}", text="", date=dt.date.fromisoformat(date) if date else None, rating=rating
        )

    ratings = summarise_ratings(
        [review("2024-03-31", 5), review("2024-03-01", 2), review("2024-04-01", None), review(None, 4.5)]
    )
    assert ratings.mean == pytest.approx(11.5 / 3, abs=1e-3)
    assert ratings.histogram == {1: 0, 2: 1, 3: 0, 4: 0, 5: 2}
    assert [(month.period, month.mean, month.reviews) for month in ratings.monthly] == [
        ("2024-03", 3.5, 2),
        ("2024-04", None, 1),
    ]
    assert [quarter.period for quarter in ratings.quarterly] == ["2024-Q1", "2024-Q2"]


def test_report_survives_saving_and_keeps_timings_apart(
    tmp_path: Path, demo_reviews: list[Review], encoder: Encoder
) -> None:
    report = analyse_reviews(demo_reviews[:20], encoder=encoder)
    path = report.save(tmp_path)
    assert ReviewReport.load(tmp_path) == report
    assert "timings" not in path.read_text(encoding="utf-8")


def test_progress_rises_to_one_and_can_cancel(demo_reviews: list[Review], encoder: Encoder) -> None:
    told: list[float] = []
    analyse_reviews(
        demo_reviews[:20], progress=Progress(lambda fraction, _: told.append(fraction)), encoder=encoder
    )
    assert told == sorted(told)
    assert told[-1] == 1

    def stop(fraction: float, message: str) -> None:
        if fraction > 0.6:
            raise Cancelled

    with pytest.raises(Cancelled):
        analyse_reviews(demo_reviews[:20], progress=Progress(stop), encoder=encoder)


def test_seed_is_checked() -> None:
    with pytest.raises(ValueError, match="seed"):
        ReviewSettings(seed=-1)


def test_real_encoder_gives_equal_bytes_in_separate_processes(
    tmp_path: Path, demo_reviews: list[Review], demo_reviews_file: Path
) -> None:
    code = (
        "import json, sys, pathlib; from scrapers.listing import Review;"
        "from pipeline.reviews.analyse import analyse_reviews;"
        f"text = pathlib.Path({str(demo_reviews_file)!r}).read_text('utf-8');"
        "analyse_reviews([Review(**row) for row in json.loads(text)[:40]]).save(pathlib.Path(sys.argv[1]))"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "other")], check=True)
    report = analyse_reviews(demo_reviews[:40], cache=tmp_path / "cache")
    here = report.save(tmp_path / "here")
    assert here.read_bytes() == (tmp_path / "other" / here.name).read_bytes()
    assert any("wifi" in {keyword.word for keyword in topic.keywords} for topic in report.topics)


@pytest.mark.skipif(not OPEN_DATA.is_dir(), reason="open data is not there")
def test_inside_airbnb_listing(encoder: Encoder) -> None:
    with gzip.open(OPEN_DATA / "inside_airbnb_singapore_reviews.csv.gz", "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["listing_id"] == "71609"]
    reviews = [
        Review(id=row["id"], text=row["comments"], date=dt.date.fromisoformat(row["date"])) for row in rows
    ]
    report = analyse_reviews(reviews, encoder=encoder)
    assert report.status == "ok"
    assert report.ratings.mean is None
    assert "en" in report.counts.languages
