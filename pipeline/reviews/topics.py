"""Sentences and their vectors to topics with keywords, a label and representative sentences."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, Self

import numpy as np
from jaxtyping import Float, Float32, Int64

from pipeline.progress import Progress
from pipeline.reviews.bertopic_model import EmbedWords, fit_bertopic
from pipeline.reviews.clusters import (
    ClusterSettings,
    centroids,
    cluster_sentences,
    flat_map,
    hash_order,
)
from pipeline.reviews.sentences import Sentence, Sentences
from pipeline.reviews.tokens import stem

_LABEL_WORDS: Final = 3
_QUOTE_CHARS: Final = (20, 220)


@dataclass(frozen=True)
class TopicSettings:
    """How topics are found and described.

    Attributes:
        clusters: how sentences are grouped.
        keywords: words per topic.
        keyword_diversity: 0 (most typical words) to 1 (most different from each other).
        representatives: sentences that stand for a topic.
    """

    clusters: ClusterSettings = field(default_factory=ClusterSettings)
    keywords: int = 10
    keyword_diversity: float = 0.3
    representatives: int = 5

    def __post_init__(self) -> None:
        if self.keywords < 1 or self.representatives < 1:
            raise ValueError("keywords and representatives must be at least 1")
        if not 0 <= self.keyword_diversity <= 1:
            raise ValueError("keyword_diversity must lie between 0 and 1")


@dataclass(frozen=True)
class Topic:
    """One topic.

    Attributes:
        id: 0 is the largest.
        label: a few keywords to call it by.
        size: sentences in it.
        keywords: word and c-TF-IDF weight, heaviest first.
        representatives: rows of the sentences that stand for it, most typical first.
    """

    id: int
    label: str
    size: int
    keywords: tuple[tuple[str, float], ...]
    representatives: tuple[int, ...]


@dataclass(frozen=True)
class Topics:
    """All topics of a listing.

    Attributes:
        topics: largest first.
        assignment: topic of every sentence, -1 for those that fit none.
        places: where every sentence lies on a map, in [-1, 1]^2.
        seed: that was used.
    """

    topics: tuple[Topic, ...]
    assignment: Int64[np.ndarray, "N"]
    places: Float[np.ndarray, "N 2"]
    seed: int

    def save(self, folder: Path) -> None:
        """Write ``topics.json``, ``assignment.npy`` and ``places.npy`` into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        head = {"topics": [asdict(topic) for topic in self.topics], "seed": self.seed}
        (folder / "topics.json").write_text(json.dumps(head, indent=1, ensure_ascii=False), encoding="utf-8")
        np.save(folder / "assignment.npy", self.assignment, allow_pickle=False)
        np.save(folder / "places.npy", self.places, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what :meth:`save` wrote."""
        head = json.loads((folder / "topics.json").read_text(encoding="utf-8"))
        topics = tuple(
            Topic(
                id=raw["id"],
                label=raw["label"],
                size=raw["size"],
                keywords=tuple((word, weight) for word, weight in raw["keywords"]),
                representatives=tuple(raw["representatives"]),
            )
            for raw in head["topics"]
        )
        assignment = np.load(folder / "assignment.npy", allow_pickle=False)
        return cls(topics, assignment, np.load(folder / "places.npy", allow_pickle=False), head["seed"])


def find_topics(
    sentences: Sentences,
    vectors: Float32[np.ndarray, "N D"],
    embed_words: EmbedWords,
    settings: TopicSettings | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Topics:
    """Group sentences into topics; the same topics whatever the order of the reviews.

    Args:
        sentences: N sentences; none gives no topics.
        vectors: their unit vectors.
        embed_words: vectors of keyword candidates, from the same encoder.

    Raises:
        ValueError: there is not one vector per sentence.
    """
    settings, progress = settings or TopicSettings(), progress or Progress()
    if len(sentences) != len(vectors):
        raise ValueError(f"{len(sentences)} sentences but {len(vectors)} vectors")
    if not len(sentences):
        return Topics((), np.zeros(0, dtype=np.int64), np.zeros((0, 2)), seed)
    order = stable_order(sentences)
    texts = [sentences.rows[row].text for row in order]
    progress(0.0, "grouping sentences")
    found = cluster_sentences(vectors[order], settings.clusters, seed)
    progress(0.3, "describing topics")
    model = fit_bertopic(
        texts,
        vectors[order],
        found,
        _reporting(embed_words, progress.part(0.3, 0.9)),
        keywords=settings.keywords,
        diversity=settings.keyword_diversity,
    )
    # BERTopic numbers by size as well, but among equals in its own way
    ordered_labels = np.asarray(model.topics_, dtype=np.int64)
    assignment, places = np.empty(len(texts), dtype=np.int64), np.empty((len(texts), 2))
    assignment[order] = ordered_labels
    progress(0.9, "drawing the map")
    places[order] = flat_map(vectors[order], ordered_labels)
    means = centroids(vectors[order], ordered_labels)
    topics = []
    for number in range(len(means)):
        members = order[ordered_labels == number]
        ranked = members[np.argsort(-np.round(vectors[members] @ means[number], 5), kind="stable")]
        words = tuple(
            (word, round(float(weight), 4)) for word, weight in model.get_topic(number) if word.strip()
        )
        chosen = _representatives(sentences, ranked, settings.representatives)
        topics.append(Topic(number, _label([word for word, _ in words]), len(members), words, chosen))
    progress(1.0, f"{len(topics)} topics")
    return Topics(tuple(topics), assignment, places, seed)


def stable_order(sentences: Sentences) -> Int64[np.ndarray, "N"]:
    """By hash of text, then of place, so that the order of the reviews does not matter."""
    return hash_order([f"{row.text}\0{row.review_id}\0{row.index}" for row in sentences])


def _reporting(embed_words: EmbedWords, progress: Progress) -> EmbedWords:
    calls = 0

    def embed(words: Sequence[str]) -> Float32[np.ndarray, "N D"]:
        nonlocal calls
        calls += 1
        progress(1 - 0.95**calls, "choosing keywords")
        return embed_words(words)

    return embed


def _label(words: Sequence[str]) -> str:
    """Up to three keywords that are not forms of each other, word pairs before their parts."""
    pairs = {part: pair for pair in reversed(words[: 2 * _LABEL_WORDS]) if " " in pair for part in pair.split()}
    chosen: list[str] = []
    taken: set[str] = set()
    for word in words:
        candidate = pairs.get(word, word)
        stems = {stem(part) for part in candidate.split()}
        if not stems & taken:
            chosen.append(candidate)
            taken |= stems
        if len(chosen) == _LABEL_WORDS:
            break
    return " · ".join(chosen) or "other"


def _representatives(sentences: Sentences, ranked: Int64[np.ndarray, "M"], count: int) -> tuple[int, ...]:
    """The most typical sentences, one per review and wording, of a handy length if there are such."""
    chosen: list[int] = []
    seen: set[str] = set()
    handy = [row for row in ranked if _QUOTE_CHARS[0] <= len(sentences.rows[row].text) <= _QUOTE_CHARS[1]]
    for row in [*handy, *(row for row in ranked if row not in set(handy))]:
        sentence: Sentence = sentences.rows[row]
        wording = "".join(sign for sign in sentence.text.casefold() if sign.isalnum())
        if wording in seen or sentence.review_id in seen:
            continue
        seen |= {wording, sentence.review_id}
        chosen.append(int(row))
        if len(chosen) == count:
            break
    return tuple(chosen)
