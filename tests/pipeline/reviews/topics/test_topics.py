"""Topics: sensible from one sentence up, the same whatever the order, with leftovers kept apart."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from jaxtyping import Float32

from pipeline.reviews.text.embeddings import Encoder
from pipeline.reviews.text.sentences import Sentences, split_reviews
from pipeline.reviews.text.tokens import stem, words_of
from pipeline.reviews.topics.bertopic_model import fit_bertopic
from pipeline.reviews.topics.clusters import (
    OUTLIER,
    ClusterSettings,
    by_size,
    cluster_sentences,
    flat_map,
    topic_count,
    without_language,
)
from pipeline.reviews.topics.keywords import KeywordSettings
from pipeline.reviews.topics.phrases import GENERAL
from pipeline.reviews.topics.topics import Topics, TopicSettings, find_topics
from scrapers.listing import Review

THEMES = {
    "tram": ["The {} tram noise woke us", "Tram noise on the {} street", "Such {} street noise and tram bells"],
    "clean": [
        "The {} bathroom was clean and spotless",
        "Spotless and clean {} kitchen",
        "A clean, spotless {} flat",
    ],
    "host": [
        "The {} host replied quickly",
        "Quick {} replies from the host",
        "Our {} host replied within minutes",
    ],
}
FILLERS = ["early", "old", "front", "main", "upper", "kind", "first", "small", "bright", "last"]


def themed_reviews() -> list[Review]:
    texts = [
        (theme, form.format(filler)) for theme, forms in THEMES.items() for form in forms for filler in FILLERS
    ]
    return [
        Review(id=f"{theme}-{index}", text=f"{text}.", rating=4) for index, (theme, text) in enumerate(texts)
    ]


def topics_of(reviews: list[Review], encoder: Encoder, **settings: object) -> tuple[Sentences, Topics]:
    sentences = split_reviews(reviews)
    vectors = encoder.encode(sentences.texts)
    return sentences, find_topics(sentences, vectors, encoder.encode, TopicSettings(**settings))  # type: ignore[arg-type]


def blobs(sizes: list[int], spread: float = 0.05) -> Float32[np.ndarray, "N D"]:
    random = np.random.default_rng(0)
    centres = np.eye(16)[: len(sizes)]
    rows = np.concatenate(
        [
            centre + spread * random.standard_normal((size, 16))
            for centre, size in zip(centres, sizes, strict=True)
        ]
    )
    unit: Float32[np.ndarray, "N D"] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


def test_themes_are_found_and_named(encoder: Encoder) -> None:
    sentences, topics = topics_of(themed_reviews(), encoder)
    themes = np.array([row.review_id.split("-")[0] for row in sentences])
    for topic in topics.topics:
        members = themes[topics.assignment == topic.id]
        assert len(set(members)) == 1
        assert len(members) == topic.size
        own = {"tram": {"noise", "tram", "street"}, "clean": {"clean", "spotless"}, "host": {"host", "replies"}}
        assert own[members[0]] & {part for word, _ in topic.keywords for part in word.split()}
        assert topic.label
        assert " · ".join([topic.label]).count(" · ") <= 2
    assert {themes[topics.assignment == topic.id][0] for topic in topics.topics} == set(THEMES)


def test_topics_are_numbered_by_size(encoder: Encoder) -> None:
    _, topics = topics_of(themed_reviews(), encoder)
    sizes = [topic.size for topic in topics.topics]
    assert sizes == sorted(sizes, reverse=True)
    assert [topic.id for topic in topics.topics] == list(range(len(sizes)))
    assert sum(sizes) + int((topics.assignment == OUTLIER).sum()) == len(topics.assignment)


def test_order_of_reviews_does_not_matter(encoder: Encoder, demo_reviews: list[Review]) -> None:
    shuffled = [demo_reviews[row] for row in np.random.default_rng(3).permutation(len(demo_reviews))]
    sentences, topics = topics_of(demo_reviews, encoder)
    others, other_topics = topics_of(shuffled, encoder)
    by_place = dict(zip([(row.review_id, row.index) for row in others], other_topics.assignment, strict=True))
    assert [by_place[row.review_id, row.index] for row in sentences] == topics.assignment.tolist()
    for one, other in zip(topics.topics, other_topics.topics, strict=True):
        assert (one.label, one.keywords) == (other.label, other.keywords)
        assert [sentences.rows[row] for row in one.representatives] == [
            others.rows[row] for row in other.representatives
        ]


def test_representatives_are_distinct_members_of_different_reviews(encoder: Encoder) -> None:
    reviews = [
        *themed_reviews(),
        *(Review(id=f"copy-{n}", text="The old tram noise woke us!") for n in range(20)),
    ]
    sentences, topics = topics_of(reviews, encoder, representatives=4)
    for topic in topics.topics:
        rows = [sentences.rows[row] for row in topic.representatives]
        assert len(rows) == 4
        assert all(topics.assignment[row] == topic.id for row in topic.representatives)
        assert len({row.review_id for row in rows}) == 4
        assert len({row.text.rstrip(".!").lower() for row in rows}) == 4


@pytest.mark.parametrize(
    "texts",
    [
        ["Nice."],
        ["Nice."] * 30,
        ["Clean flat.", "Loud tram.", "Kind host."],
        ["it was the"] * 5,
        ["a b"] * 12,
        ["สวยมาก สะอาด"] * 9,
        ["المكان نظيف جدا", "הדירה נקייה", "房间很干净", "깨끗해요", "clean"] * 4,
        [f"word{'abcdefghij'[n]}" for n in range(10)],
    ],
)
def test_few_equal_or_odd_sentences(texts: list[str], encoder: Encoder) -> None:
    reviews = [Review(id=str(number), text=text) for number, text in enumerate(texts)]
    sentences, topics = topics_of(reviews, encoder)
    assert sum(topic.size for topic in topics.topics) > 0.75 * len(sentences)
    assert all(topic.label and topic.representatives for topic in topics.topics)
    if len(texts) < 8 or len(set(texts)) < 4:
        assert len(topics.topics) == 1


def test_no_sentence_gives_no_topics(encoder: Encoder) -> None:
    _, topics = topics_of([], encoder)
    assert topics.topics == ()
    assert topics.assignment.shape == (0,)


def test_strays_are_kept_apart() -> None:
    vectors = blobs([40, 30])
    strays = np.eye(16, dtype=np.float32)[[6, 9]]
    labels = cluster_sentences(np.concatenate([vectors, strays]), ClusterSettings(max_topics=2), seed=0)
    assert (labels[:40] == 0).all()
    assert (labels[40:70] == 1).all()
    assert (labels[70:] == OUTLIER).all()


def test_never_more_strays_than_allowed() -> None:
    noise = np.random.default_rng(1).standard_normal((300, 384)).astype(np.float32)
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    settings = ClusterSettings(max_outlier_share=0.2)
    assert 0 < (cluster_sentences(noise, settings, seed=0) == OUTLIER).mean() <= 0.21


def test_small_groups_are_dissolved() -> None:
    labels = cluster_sentences(blobs([50, 40, 3]), ClusterSettings(max_topics=3, outlier_cosine=-1), seed=0)
    assert np.bincount(labels).min() >= 4


def test_number_of_topics_grows_slowly() -> None:
    settings = ClusterSettings()
    assert [topic_count(rows, settings) for rows in (8, 30, 100, 300, 3000, 100_000)] == [2, 3, 4, 4, 17, 40]


def test_renumbering_keeps_groups() -> None:
    assert by_size(np.array([5, 5, -1, 2, 2, 2, 7])).tolist() == [1, 1, -1, 0, 0, 0, 2]


@pytest.mark.parametrize("rows", [0, 1, 2, 50])
def test_map_is_flat_and_bounded(rows: int) -> None:
    places = flat_map(
        blobs([rows]) if rows else np.zeros((0, 16), dtype=np.float32), np.zeros(rows, dtype=np.int64)
    )
    assert places.shape == (rows, 2)
    assert np.isfinite(places).all()
    assert np.abs(places).max(initial=0) <= 1


def test_map_separates_topics() -> None:
    labels = np.repeat([0, 1], [40, 40])
    places = flat_map(blobs([40, 40]), labels)
    gap = np.linalg.norm(places[:40].mean(0) - places[40:].mean(0))
    assert gap > 3 * places[:40].std(0).max()


def test_bertopic_offers_its_other_tools(encoder: Encoder) -> None:
    texts = [review.text for review in themed_reviews()]
    labels = np.repeat([0, 1, 2], 30)
    model = fit_bertopic(texts, encoder.encode(texts), labels, encoder.encode)
    assert sorted(model.get_topics()) == [0, 1, 2]
    assert len(model.hierarchical_topics(texts)) == 2


def test_word_rules() -> None:
    assert words_of("The trams are loud, very loud!") == ["trams", "loud", "loud"]
    assert words_of("L'appartement propre") == ["appartement", "propre", "appartement propre"]
    assert words_of("숙소에서 트램이 보여요")[:2] == ["숙소", "트램"]
    assert words_of("房间很干净") == ["房间", "干净"]
    assert words_of("it was the") == []
    assert words_of("it was", keep_stop_words=True) == ["it", "was", "it was"]
    assert stem("trams") == stem("tram")


def test_topics_survive_saving(tmp_path: Path, encoder: Encoder) -> None:
    _, topics = topics_of(themed_reviews(), encoder)
    topics.save(tmp_path)
    read = Topics.load(tmp_path)
    assert read.topics == topics.topics
    assert np.array_equal(read.assignment, topics.assignment)
    assert np.array_equal(read.places, topics.places)


def test_wrong_input_is_refused(encoder: Encoder) -> None:
    sentences = split_reviews([Review(id="1", text="Fine flat.")])
    with pytest.raises(ValueError, match="1 sentences but 2 vectors"):
        find_topics(sentences, np.ones((2, 4), dtype=np.float32), encoder.encode)
    with pytest.raises(ValueError, match="at least 1"):
        TopicSettings(representatives=0)
    with pytest.raises(ValueError, match="keyword"):
        KeywordSettings(most=0)
    with pytest.raises(ValueError, match="aspects of 2"):
        find_topics(sentences, np.ones((1, 4), dtype=np.float32), encoder.encode, aspects=[[], []])
    with pytest.raises(ValueError, match="max_outlier_share"):
        ClusterSettings(max_outlier_share=1)


def test_numba_and_transformers_stay_unloaded() -> None:
    code = (
        "import sys, numpy as np; from pipeline.reviews.topics.bertopic_model import fit_bertopic as f;"
        "assert 'bertopic' not in sys.modules;"
        "f(['clean flat'], np.ones((1, 3), 'f4'), np.zeros(1, int), lambda w: np.ones((len(w), 3), 'f4'));"
        "sys.exit(any(name in sys.modules for name in ('numba', 'umap', 'transformers')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_aspects_guide_topics(encoder: Encoder) -> None:
    sentences = split_reviews(themed_reviews())
    themes = [row.review_id.split("-")[0] for row in sentences]
    found = find_topics(
        sentences, encoder.encode(sentences.texts), encoder.encode, aspects=[[own] for own in themes]
    )
    for topic in found.topics:
        assert {themes[row] for row in np.flatnonzero(found.assignment == topic.id)} == {topic.aspect}


def test_hierarchy_joins_all_topics(encoder: Encoder) -> None:
    _, topics = topics_of(themed_reviews(), encoder)
    assert len(topics.hierarchy) == len(topics.topics) - 1
    distances = [merge.distance for merge in topics.hierarchy]
    assert distances == sorted(distances)


def test_notes_of_the_platform_belong_to_no_topic(encoder: Encoder) -> None:
    note = "The host canceled this reservation 5 days before arrival. This is an automated posting."
    reviews = [*themed_reviews(), *(Review(id=f"note-{n}", text=note) for n in range(9))]
    sentences, topics = topics_of(reviews, encoder)
    for row, label in zip(sentences, topics.assignment, strict=True):
        assert row.automated == row.review_id.startswith("note")
        assert not (row.automated and label >= 0)
    assert not any("automated" in word for topic in topics.topics for word, _ in topic.keywords)


def test_what_one_language_has_in_common_is_taken_away() -> None:
    vectors = blobs([40, 40])
    accent = np.eye(16, dtype=np.float32)[9]
    foreign = vectors + 2 * accent
    foreign /= np.linalg.norm(foreign, axis=1, keepdims=True)
    moved = without_language(np.concatenate([vectors, foreign]), ["en"] * 80 + ["ko"] * 80)
    same_theme = float((moved[:40] @ moved[80:120].T).mean())
    other_theme = float((moved[:40] @ moved[40:80].T).mean())
    assert same_theme > other_theme + 0.3
    assert np.allclose(np.linalg.norm(moved, axis=1), 1, atol=1e-5)


def test_few_sentences_less_change_little() -> None:
    vectors = blobs([60, 50, 40, 30, 20], spread=0.2)
    keys = np.arange(200, dtype=np.uint64) * np.uint64(7919)
    kept = np.random.default_rng(0).permutation(200)[:180]
    whole = cluster_sentences(vectors, ClusterSettings(max_topics=5), 0, keys)[kept]
    part = cluster_sentences(vectors[kept], ClusterSettings(max_topics=5), 0, keys[kept])
    together = whole[:, None] == whole[None, :]
    assert (together == (part[:, None] == part[None, :])).mean() > 0.95


def test_praise_of_nothing_is_one_topic_called_that(encoder: Encoder) -> None:
    praise = [
        "Great stay!",
        "Highly recommended.",
        "Everything was perfect.",
        "Good place.",
        "We would definitely come back.",
    ]
    reviews = [*themed_reviews(), *(Review(id=f"praise-{n}", text=praise[n % 5]) for n in range(25))]
    sentences, topics = topics_of(reviews, encoder)
    (general,) = [topic for topic in topics.topics if topic.label == GENERAL]
    members = [sentences.rows[row].review_id for row in np.flatnonzero(topics.assignment == general.id)]
    assert len(members) == 25
    assert all(name.startswith("praise") for name in members)


def test_one_thing_is_one_topic_in_all_languages(encoder: Encoder) -> None:
    """English, Chinese and Korean words share nothing, yet the station is one topic, and so is the bed."""
    station = [
        "The MRT station is close",
        "Near the metro",
        "地铁站很近",
        "离地铁站五分钟",
        "지하철역이 가까워요",
        "지하철이 가깝습니다",
    ]
    bed = [
        "The bed was soft",
        "A comfortable mattress",
        "床很舒服",
        "枕头很软",
        "침대가 편했어요",
        "침대 매트리스가 좋아요",
    ]
    texts = [f"{text}{'!' * (n + 1)}" for text in (*station, *bed) for n in range(5)]
    sentences, topics = topics_of([Review(id=str(n), text=text) for n, text in enumerate(texts)], encoder)
    labels = [topic.label.split(" · ")[0] for topic in topics.topics]
    assert sorted(labels) == ["Comfortable beds", "Near the station"] or sorted(labels) == [
        "Beds",
        "Near the station",
    ]
    assert len(labels) == len(set(labels)) == 2
    assert {row.language for row in sentences} == {"en", "zh", "ko"}
