"""Sentences and their vectors to topics with keywords, a label and representative sentences."""

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final, Self

import numpy as np
from jaxtyping import Bool, Float, Float32, Int64

from pipeline.progress import Progress
from pipeline.reviews.text import Sentence, Sentences, people_named
from pipeline.reviews.topics.bertopic_model import EmbedWords, fit_bertopic
from pipeline.reviews.topics.clusters import (
    FEW_SENTENCES,
    OUTLIER,
    ClusterSettings,
    by_size,
    centroids,
    cluster_sentences,
    flat_map,
    hash_order,
    keys_of,
    with_aspects,
    without_language,
)
from pipeline.reviews.topics.keywords import KeywordSettings
from pipeline.reviews.topics.labels import Named, name_topics
from pipeline.reviews.topics.phrases import GENERAL, PRAISE
from pipeline.reviews.topics.things import Subjects, general_praise, one_topic_each, own_things, vague

_QUOTE_CHARS: Final = (20, 220)


@dataclass(frozen=True)
class TopicSettings:
    """How topics are found and described.

    Attributes:
        clusters: how sentences are grouped.
        keywords: which words describe a topic.
        representatives: sentences that stand for a topic.
        guidance: how much sentences with the same aspects attract each other (0: not at all).
        things: the same for things that sentences name (station, bed).
    """

    clusters: ClusterSettings = field(default_factory=ClusterSettings)
    keywords: KeywordSettings = field(default_factory=KeywordSettings)
    representatives: int = 5
    guidance: float = 0.7
    things: float = 0.9

    def __post_init__(self) -> None:
        if self.representatives < 1:
            raise ValueError("representatives must be at least 1")
        if not 0 <= self.guidance <= 2 or not 0 <= self.things <= 2:
            raise ValueError("guidance and things must lie between 0 and 2")


@dataclass(frozen=True)
class Topic:
    """One topic.

    Attributes:
        id: 0 is the largest.
        label: a few keywords to call it by.
        size: sentences in it.
        keywords: word and c-TF-IDF weight, heaviest first.
        representatives: rows of the sentences that stand for it, most typical first.
        aspect: that most of its sentences are about, if aspects were given and there is one.
        subject: what it is about, the same word in every place and language (``metro``), if there is one.
    """

    id: int
    label: str
    size: int
    keywords: tuple[tuple[str, float], ...]
    representatives: tuple[int, ...]
    aspect: str | None = None
    subject: str | None = None


@dataclass(frozen=True)
class Merge:
    """Two topics (or merges, numbered on from the topics) that belong together, and how far they are apart."""

    left: int
    right: int
    distance: float


@dataclass(frozen=True)
class Topics:
    """All topics of a listing.

    Attributes:
        topics: largest first.
        assignment: topic of every sentence, -1 for those that fit none.
        places: where every sentence lies on a map, in [-1, 1]^2.
        seed: that was used.
        hierarchy: nearest topics first, up to the one that holds all.
    """

    topics: tuple[Topic, ...]
    assignment: Int64[np.ndarray, "N"]
    places: Float[np.ndarray, "N 2"]
    seed: int
    hierarchy: tuple[Merge, ...] = ()

    def save(self, folder: Path) -> None:
        """Write ``topics.json``, ``assignment.npy`` and ``places.npy`` into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        head = {"topics": [asdict(topic) for topic in self.topics], "seed": self.seed}
        head["hierarchy"] = [asdict(merge) for merge in self.hierarchy]
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
                aspect=raw["aspect"],
                subject=raw["subject"],
            )
            for raw in head["topics"]
        )
        assignment = np.load(folder / "assignment.npy", allow_pickle=False)
        places = np.load(folder / "places.npy", allow_pickle=False)
        merges = tuple(Merge(**raw) for raw in head["hierarchy"])
        return cls(topics, assignment, places, head["seed"], merges)


def find_topics(
    sentences: Sentences,
    vectors: Float32[np.ndarray, "N D"],
    embed_words: EmbedWords,
    settings: TopicSettings | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    aspects: Sequence[Collection[str]] | None = None,
    feelings: Sequence[str] | None = None,
) -> Topics:
    """Group sentences into topics; the same topics whatever the order of the reviews.

    Args:
        sentences: N sentences; none gives no topics. Those that the platform wrote belong to no topic.
        vectors: their unit vectors.
        embed_words: vectors of keyword candidates, from the same encoder.
        aspects: what each sentence is about; topics then follow the aspects where they can.
        feelings: of each sentence (``pos``, ``neg``, ``mixed``, ``neutral``); labels then say where guests
        complain.

    Raises:
        ValueError: there is not one vector (or one set of aspects, or one feeling) per sentence.
    """
    settings, progress = settings or TopicSettings(), progress or Progress()
    _check(sentences, vectors, aspects, feelings)
    assignment = np.full(len(sentences), OUTLIER, dtype=np.int64)
    places = np.zeros((len(sentences), 2))
    order = _written_by_guests(sentences)
    if not len(order):
        return Topics((), assignment, places, seed)
    progress(0.0, "grouping sentences")
    own_aspects = None if aspects is None else [aspects[row] for row in order]
    read = _read(sentences, order, vectors, embed_words, own_aspects, feelings)
    found, praise = _groups(read, settings, seed)
    read = replace(read, praise=praise)
    progress(0.3, "describing topics")
    labels, described = _describe(sentences, order, read, found, embed_words, settings, progress.part(0.3, 0.9))
    if own_aspects is not None:
        described = [
            replace(topic, aspect=_main_aspect(own_aspects, labels == topic.id)) for topic in described
        ]
    progress(0.9, "drawing the map")
    assignment[order] = labels
    places[order] = flat_map(read.vectors, labels)
    progress(1.0, f"{len(described)} topics")
    return Topics(tuple(described), assignment, places, seed, _hierarchy(centroids(read.vectors, labels)))


@dataclass(frozen=True)
class _Read:
    """M sentences in a stable order, with all that groups and names them."""

    texts: Sequence[str]
    vectors: Float32[np.ndarray, "M D"]
    things: Sequence[Collection[str]]
    aspects: Sequence[Collection[str]] | None
    feelings: Sequence[str] | None
    praise: Bool[np.ndarray, "M"]


def _read(
    sentences: Sentences,
    order: Int64[np.ndarray, "M"],
    vectors: Float32[np.ndarray, "N D"],
    embed_words: EmbedWords,
    aspects: Sequence[Collection[str]] | None,
    feelings: Sequence[str] | None,
) -> _Read:
    """The sentences in their order; ``aspects`` are in it already, ``feelings`` not yet."""
    texts = [sentences.rows[row].text for row in order]
    things = own_things(texts)
    felt = None if feelings is None else [feelings[row] for row in order]
    return _Read(
        texts=texts,
        vectors=without_language(vectors[order], [sentences.rows[row].language for row in order]),
        things=things,
        aspects=aspects,
        feelings=felt,
        praise=general_praise(vectors[order], things, aspects, felt, embed_words),
    )


def _groups(
    read: _Read, settings: TopicSettings, seed: int
) -> tuple[Int64[np.ndarray, "M"], Bool[np.ndarray, "M"]]:
    """Topic of every sentence, by likeness, aspects and things, and which are general praise."""
    praise = read.praise
    if len(read.texts) < FEW_SENTENCES or praise.all():
        return np.zeros(len(read.texts), dtype=np.int64), praise
    rest = np.flatnonzero(~praise).tolist()
    guided = read.vectors[rest]
    if read.aspects is not None:
        guided = with_aspects(guided, [read.aspects[row] for row in rest], settings.guidance)
    things = [read.things[row] for row in rest]
    guided = with_aspects(guided, things, settings.things)
    keys = keys_of([read.texts[row] for row in rest])
    found = np.full(len(read.texts), OUTLIER, dtype=np.int64)
    found[rest] = cluster_sentences(guided, settings.clusters, seed, keys)
    subjects = Subjects.of(read.things, read.aspects)
    praise = praise | vague(found, subjects, read.feelings, praise)
    found = one_topic_each(np.where(praise, OUTLIER, found), subjects)
    if praise.sum() >= settings.clusters.min_topic_size:
        found[praise] = found.max(initial=OUTLIER) + 1
    return by_size(found), praise


def _check(
    sentences: Sentences,
    vectors: Float32[np.ndarray, "M D"],
    aspects: Sequence[Collection[str]] | None,
    feelings: Sequence[str] | None,
) -> None:
    if len(sentences) != len(vectors):
        raise ValueError(f"{len(sentences)} sentences but {len(vectors)} vectors")
    if aspects is not None and len(aspects) != len(sentences):
        raise ValueError(f"{len(sentences)} sentences but aspects of {len(aspects)}")
    if feelings is not None and len(feelings) != len(sentences):
        raise ValueError(f"{len(sentences)} sentences but feelings of {len(feelings)}")


def _written_by_guests(sentences: Sentences) -> Int64[np.ndarray, "M"]:
    """Rows of the sentences that the platform did not write, in :func:`stable_order`."""
    rows = [row for row in stable_order(sentences) if not sentences.rows[row].automated]
    return np.array(rows, dtype=np.int64)


def _describe(
    sentences: Sentences,
    order: Int64[np.ndarray, "M"],
    read: _Read,
    found: Int64[np.ndarray, "M"],
    embed_words: EmbedWords,
    settings: TopicSettings,
    progress: Progress,
) -> tuple[Int64[np.ndarray, "M"], list[Topic]]:
    """Fit BERTopic; its numbers of the rows in ``order``, and its topics with keywords, label and quotes."""
    texts, vectors = read.texts, read.vectors
    names = people_named(texts)
    model = fit_bertopic(texts, vectors, found, embed_words, keywords=settings.keywords, exclude=names)
    progress(0.5, "naming topics")
    # BERTopic numbers by size as well, but among equals in its own way
    labels = np.asarray(model.topics_, dtype=np.int64)
    means = centroids(vectors, labels)
    keywords = [
        tuple((word, round(float(weight), 4)) for word, weight in model.get_topic(number) if word.strip())
        for number in range(len(means))
    ]
    words_only = [[word for word, _ in words] for words in keywords]
    languages = [sentences.rows[row].language for row in order]
    subjects = Subjects.of(read.things, read.aspects)
    named = Named(texts, languages, subjects, read.feelings, read.praise.tolist(), names)
    titles = name_topics(named, labels, words_only)
    progress(0.9, "choosing sentences")
    topics = []
    for number, (title, words) in enumerate(zip(titles, keywords, strict=True)):
        members = order[labels == number]
        near = vectors[labels == number] @ means[number]
        ranked = members[np.argsort(-np.round(near, 5), kind="stable")]
        chosen = _representatives(sentences, ranked, settings.representatives)
        subject = PRAISE if title == GENERAL else subjects.of_group(np.flatnonzero(labels == number).tolist())
        topics.append(Topic(number, title, len(members), words, chosen, subject=subject))
    return labels, topics


def _main_aspect(aspects: Sequence[Collection[str]], members: Bool[np.ndarray, "M"]) -> str | None:
    """The aspect of at least half of the members."""
    rows = np.flatnonzero(members).tolist()
    counts = Counter(aspect for row in rows for aspect in aspects[row])
    best = max(counts, key=lambda aspect: (counts[aspect], aspect), default=None)
    return best if best is not None and counts[best] >= len(rows) / 2 else None


def _hierarchy(means: Float32[np.ndarray, "K D"]) -> tuple[Merge, ...]:
    """Average linkage over cosine distances of the topics' means."""
    if len(means) < 2:
        return ()
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import pdist

    merges = linkage(np.round(pdist(means.astype(np.float64), "cosine"), 6), "average")
    return tuple(Merge(int(left), int(right), round(float(far), 4)) for left, right, far, _ in merges)


def stable_order(sentences: Sentences) -> Int64[np.ndarray, "N"]:
    """By hash of text, then of place, so that the order of the reviews does not matter."""
    return hash_order([f"{row.text}\0{row.review_id}\0{row.index}" for row in sentences])


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
