"""One chunk of a city's reviews: sentences, vectors, opinions, topics, written as Parquet."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import numpy as np
from jaxtyping import Float32, Int64

from pipeline.progress import Progress
from pipeline.reviews.city.remembered import Remembered
from pipeline.reviews.opinions import OpinionsLike
from pipeline.reviews.recipe import read_opinions, readings, word_embedder
from pipeline.reviews.settings import ReviewSettings, make_encoder
from pipeline.reviews.text import Sentence, Sentences, embed_texts, people_named, split_reviews, words_of
from pipeline.reviews.topics import OUTLIER, centroids, find_topics, language_shifts, shifted, with_aspects
from scrapers.listing import Review

if TYPE_CHECKING:
    import pandas as pd

SENTENCES_FOLDER: Final = "sentences"
WORDS_FOLDER: Final = "words"
WORD_KEYS: Final = ("kind", "language", "word")
_WORDS_PER_CHUNK: Final = 6000


#: kinds of places, as the first word of a room type says
KINDS: Final = ("entire", "private", "shared", "hotel")


def kind_of(room_type: str | None) -> str:
    """The kind behind a source's words (``Entire home/apt``, ``Private room in ...``); empty if it is none."""
    plain = (room_type or "").casefold()
    return next((kind for kind in KINDS if kind in plain), "")


@dataclass(frozen=True)
class RawReview:
    """One row of a reviews file; ``month``: ``2024-05`` or empty."""

    id: str
    listing_id: str
    text: str
    month: str


@dataclass(frozen=True)
class Chunk:
    """Some reviews in the order of the file; neighbourhood and kind (of :data:`KINDS`) of each listing."""

    number: int
    reviews: tuple[RawReview, ...]
    neighbourhoods: Mapping[str, str]
    kinds: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CityTopics:
    """Topics of a city, as they are given to new sentences.

    Attributes:
        labels: names, the largest first.
        keywords: words of each.
        aspects: names of the aspects, in the order of the last numbers of ``means``.
        means: unit means of the topics (vector without language, then aspects).
        shifts: by language, what is added to a vector before it is compared.
        guidance: weight of the aspects.
        least_cosine: a sentence less like its topic than this fits none.
    """

    labels: tuple[str, ...]
    keywords: tuple[tuple[str, ...], ...]
    aspects: tuple[str, ...]
    means: Float32[np.ndarray, "K E"]
    shifts: Mapping[str, Float32[np.ndarray, "D"]]
    guidance: float
    least_cosine: float

    def assign(
        self,
        vectors: Float32[np.ndarray, "N D"],
        languages: Sequence[str],
        opinions: Sequence[OpinionsLike],
    ) -> Int64[np.ndarray, "N"]:
        """Topic of every sentence, -1 for none."""
        if not len(vectors) or not len(self.means):
            return np.full(len(vectors), OUTLIER, dtype=np.int64)
        plain = shifted(vectors, languages, self.shifts)
        full = with_aspects(plain, [list(own.aspects) for own in opinions], self.guidance, self.aspects)
        likeness = full @ self.means.T
        best = likeness.argmax(1)
        near = likeness[np.arange(len(best)), best] >= self.least_cosine
        return np.where(near, best, OUTLIER).astype(np.int64)

    def save(self, folder: Path) -> None:
        """Write ``topics.json`` and ``topics.npz`` into ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        languages = sorted(self.shifts)
        np.savez(
            folder / "topics.npz",
            means=self.means,
            shifts=np.stack([self.shifts[code] for code in languages])
            if languages
            else np.zeros((0, 0), np.float32),
        )
        head = {
            "labels": self.labels,
            "keywords": self.keywords,
            "aspects": self.aspects,
            "languages": languages,
            "guidance": self.guidance,
            "least_cosine": self.least_cosine,
        }
        (folder / "topics.json").write_text(json.dumps(head, ensure_ascii=False, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what :meth:`save` wrote."""
        head = json.loads((folder / "topics.json").read_text(encoding="utf-8"))
        with np.load(folder / "topics.npz", allow_pickle=False) as arrays:
            means, shifts = arrays["means"], arrays["shifts"]
        return cls(
            labels=tuple(head["labels"]),
            keywords=tuple(tuple(words) for words in head["keywords"]),
            aspects=tuple(head["aspects"]),
            means=means,
            shifts=dict(zip(head["languages"], shifts, strict=True)),
            guidance=head["guidance"],
            least_cosine=head["least_cosine"],
        )


def fit_topics(sample: Sequence[RawReview], settings: ReviewSettings, progress: Progress) -> CityTopics:
    """Find the topics of a city on a sample of its reviews."""
    encoder = make_encoder(settings)
    sentences = split_reviews(_reviews(sample))
    vectors = embed_texts(readings(sentences, settings), encoder, progress.part(0, 0.7)).vectors
    embed_words = word_embedder(encoder, settings)
    opinions = read_opinions(sentences, vectors, settings, embed_words)
    own_aspects = [list(own.aspects) for own in opinions]
    found = find_topics(
        sentences,
        vectors,
        embed_words,
        settings.topics,
        settings.seed,
        progress.part(0.7, 1),
        own_aspects,
        [own.polarity for own in opinions],
    )
    names = tuple(sorted({name for own in own_aspects for name in own}))
    guidance = settings.topics.guidance
    if not found.topics:
        return CityTopics((), (), names, np.zeros((0, 0), np.float32), {}, guidance, 0.0)
    languages = [row.language for row in sentences]
    shifts = language_shifts(vectors, languages)
    full = with_aspects(shifted(vectors, languages, shifts), own_aspects, guidance, names)
    means = centroids(full, found.assignment)
    members = found.assignment >= 0
    likeness = (full[members] * means[found.assignment[members]]).sum(1)
    return CityTopics(
        labels=tuple(topic.label for topic in found.topics),
        keywords=tuple(tuple(word for word, _ in topic.keywords) for topic in found.topics),
        aspects=names,
        means=means,
        shifts=shifts,
        guidance=guidance,
        least_cosine=float(min(settings.topics.clusters.outlier_cosine, np.quantile(likeness, 0.02))),
    )


@dataclass(frozen=True)
class _Said:
    """What one sentence says, and where it belongs."""

    topic: int
    polarity: str
    aspects: str


class ChunkReader:
    """Reads chunks one after another with one model; repeated reviews and sentences are read once.

    Args:
        known_texts: how many sentences are remembered.
    """

    def __init__(self, topics: CityTopics, settings: ReviewSettings, known_texts: int) -> None:
        self._topics = topics
        self._settings = settings
        self._encoder = make_encoder(settings)
        self._embed_words = word_embedder(self._encoder, settings)
        self._reviews: Remembered[str, tuple[Sentence, ...]] = Remembered(known_texts // 3)
        self._said: Remembered[tuple[str, str], _Said] = Remembered(known_texts)

    @staticmethod
    def is_done(folder: Path, number: int) -> bool:
        """Whether the results of a chunk are there."""
        return (folder / SENTENCES_FOLDER / f"part-{number:06d}.parquet").is_file()

    def read(self, chunk: Chunk, folder: Path, progress: Progress) -> None:
        """Write the results of ``chunk`` into ``folder``; they appear whole."""
        progress(0.0, f"chunk {chunk.number + 1}: sentences")
        rows = self._split(chunk)
        said = self._read([sentence for _, sentence in rows], progress.part(0.1, 0.9))
        progress(0.9, f"chunk {chunk.number + 1}: writing")
        frame = _frame(chunk, rows, said)
        _write_parquet(_words_frame(chunk, rows), folder / WORDS_FOLDER / f"part-{chunk.number:06d}.parquet")
        _write_parquet(frame, folder / SENTENCES_FOLDER / f"part-{chunk.number:06d}.parquet")

    def _split(self, chunk: Chunk) -> list[tuple[int, Sentence]]:
        """Sentences with the place of their review in the chunk.

        Every review by itself: what is cut must not depend on where a chunk ends.
        """
        rows: list[tuple[int, Sentence]] = []
        for place, raw in enumerate(chunk.reviews):
            found = self._reviews.get(raw.text)
            if found is None:
                found = split_reviews([Review(id="", text=raw.text)]).rows
                self._reviews.put(raw.text, found)
            rows.extend((place, sentence) for sentence in found)
        self._reviews.forget()
        return rows

    def _read(self, sentences: Sequence[Sentence], progress: Progress) -> list[_Said]:
        wanted = dict.fromkeys((row.text, row.language) for row in sentences)
        by_key = {(row.text, row.language): row for row in sentences}
        known = {key: own for key in wanted if (own := self._said.get(key)) is not None}
        fresh = Sentences(tuple(by_key[key] for key in wanted if key not in known))
        for row, own in zip(fresh, self._read_fresh(fresh, progress), strict=True):
            known[row.text, row.language] = own
            self._said.put((row.text, row.language), own)
        self._said.forget()
        return [known[row.text, row.language] for row in sentences]

    def _read_fresh(self, sentences: Sentences, progress: Progress) -> list[_Said]:
        texts = readings(sentences, self._settings)
        vectors = self._encoder.encode(texts, progress.part(0.0, 0.8))
        opinions = read_opinions(
            sentences, vectors, self._settings, self._embed_words, progress.part(0.8, 1.0)
        ).rows
        labels = self._topics.assign(vectors, [row.language for row in sentences], opinions)
        return [
            _Said(int(label), own.polarity, _as_json(own)) for label, own in zip(labels, opinions, strict=True)
        ]


def _as_json(opinion: OpinionsLike) -> str:
    return json.dumps({name: opinion.aspects[name].polarity for name in sorted(opinion.aspects)})


def _reviews(rows: Sequence[RawReview]) -> list[Review]:
    """Rows as reviews; a month becomes its first day, an id is made unique by its place."""
    return [
        Review(
            id=f"{index}", text=row.text, date=dt.date.fromisoformat(f"{row.month}-01") if row.month else None
        )
        for index, row in enumerate(rows)
    ]


def _frame(chunk: Chunk, rows: Sequence[tuple[int, Sentence]], said: Sequence[_Said]) -> "pd.DataFrame":
    """One row per sentence; ``aspects`` holds the feeling of each aspect as JSON."""
    import pandas as pd

    raw = [chunk.reviews[place] for place, _ in rows]
    sentences = [sentence for _, sentence in rows]
    words = {
        "listing_id": [row.listing_id for row in raw],
        "review_id": [row.id for row in raw],
        "neighbourhood": [chunk.neighbourhoods[row.listing_id] for row in raw],
        "kind": [chunk.kinds.get(row.listing_id, "") for row in raw],
        "month": [row.month for row in raw],
        "language": [row.language for row in sentences],
        "text": [row.text for row in sentences],
        "polarity": [own.polarity for own in said],
        "aspects": [own.aspects for own in said],
    }
    frame = pd.DataFrame({name: pd.Series(values, dtype="str") for name, values in words.items()})
    frame["index"] = np.array([row.index for row in sentences], dtype=np.int32)
    frame["automated"] = np.array([row.automated for row in sentences], dtype=bool)
    frame["topic"] = np.array([own.topic for own in said], dtype=np.int32)
    return frame


def _words_frame(chunk: Chunk, rows: Sequence[tuple[int, Sentence]]) -> "pd.DataFrame":
    """In how many reviews of the chunk each common word stands, by kind of place and language.

    The word ``""`` counts the reviews with a sentence in that language.
    """
    import pandas as pd

    names = people_named([sentence.text for _, sentence in rows])
    by_review: dict[tuple[int, str], set[str]] = {}
    for place, sentence in rows:
        if not sentence.automated:
            own = by_review.setdefault((place, sentence.language), {""})
            own.update(words_of(sentence.text, exclude=names))
    counts: Counter[tuple[str, str, str]] = Counter()
    for (place, language), words in by_review.items():
        kind = chunk.kinds.get(chunk.reviews[place].listing_id, "")
        counts.update((kind, language, word) for word in words)
    usual: Counter[str] = Counter()
    for (_, _, word), count in counts.items():
        usual[word] += count
    kept = set(sorted(usual, key=lambda word: (-usual[word], word))[:_WORDS_PER_CHUNK])
    top = sorted(key for key in counts if key[2] in kept)
    columns = {
        name: pd.Series([key[place] for key in top], dtype="str") for place, name in enumerate(WORD_KEYS)
    }
    return pd.DataFrame({**columns, "reviews": [counts[key] for key in top]})


def _write_parquet(frame: "pd.DataFrame", path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    work = path.with_suffix(".tmp")
    frame.to_parquet(work, index=False)
    work.replace(path)
