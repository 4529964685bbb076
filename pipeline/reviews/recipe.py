"""How reviews are read, top to bottom: sentences -> vectors -> opinions -> topics -> report.

Whoever runs the steps decides what is kept: :class:`pipeline.recipe.stages.StageRunner` in the store,
:func:`pipeline.reviews.analyse.analyse_reviews` nothing at all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol, Self, TypeVar

import numpy as np
from jaxtyping import Float32

from models.sentence_encoder import BUNDLED, USE
from pipeline.progress import Progress
from pipeline.reviews.opinions import (
    AspectModel,
    Opinions,
    TransformerSentiment,
    as_read,
    default_judge,
    told_by_reading,
)
from pipeline.reviews.report import Baseline, ReviewReport, build_report
from pipeline.reviews.settings import ReviewSettings, finer_encoder
from pipeline.reviews.text import (
    Embeddings,
    Encoder,
    Sentences,
    embed_texts,
    english_reading,
    guess_language,
    split_reviews,
)
from pipeline.reviews.topics import EmbedWords, Topics, find_topics
from scrapers.listing import Listing, Review


class Storable(Protocol):
    """A result that can be written into a folder and read back."""

    def save(self, folder: Path) -> object: ...

    @classmethod
    def load(cls, folder: Path) -> Self: ...


T = TypeVar("T", bound=Storable)
T_co = TypeVar("T_co", covariant=True)


class Result(Protocol[T_co]):
    """What a step gave, and the key that stands for it."""

    @property
    def key(self) -> str: ...

    @property
    def value(self) -> T_co: ...


class Runner(Protocol):
    """Runs one step; ``inputs`` is all that its result depends on."""

    def run(
        self,
        name: str,
        kind: type[T],
        work: Callable[[Path, Progress], T],
        *,
        inputs: Mapping[str, object],
        version: int = ...,
    ) -> Result[T]: ...


@dataclass(frozen=True)
class ReviewRecipe:
    """What is read, and with what.

    Attributes:
        reviews: any number, also none.
        settings: all that can be set.
        encoder: makes the vectors.
        cache: folder that keeps vectors from one run to the next.
        listing: what host and platform say, to find contradictions.
        baseline: other listings, to find what is special.
        version: raised when the code changes what comes out.
    """

    reviews: Sequence[Review]
    settings: ReviewSettings
    encoder: Encoder
    cache: Path | None = None
    listing: Listing | None = None
    baseline: Baseline | None = None
    version: int = 1

    def run(self, runner: Runner) -> Result[ReviewReport]:
        """All steps in a row."""
        sentences = self._sentences(runner)
        vectors = self._vectors(runner, sentences)
        opinions = self._opinions(runner, sentences, vectors)
        topics = self._topics(runner, sentences, vectors, opinions)
        return self._report(runner, sentences, vectors, opinions, topics)

    def read(self, runner: Runner) -> tuple[Result[Sentences], Result[Opinions]]:
        """The first steps only: the sentences and what each says."""
        sentences = self._sentences(runner)
        return sentences, self._opinions(runner, sentences, self._vectors(runner, sentences))

    def _sentences(self, runner: Runner) -> Result[Sentences]:
        return runner.run(
            "sentences",
            Sentences,
            lambda folder, progress: split_reviews(self.reviews, progress),
            inputs={"reviews": [review.model_dump(mode="json") for review in self.reviews]},
            version=self.version,
        )

    def _vectors(self, runner: Runner, sentences: Result[Sentences]) -> Result[Embeddings]:
        return runner.run(
            "embeddings",
            Embeddings,
            lambda folder, progress: embed_texts(
                readings(sentences.value, self.settings), self.encoder, progress, self.cache
            ),
            inputs={
                "sentences": sentences.key,
                "encoder": self.encoder.fingerprint,
                "bridge": self.settings.reads_english_only,
            },
            version=self.version,
        )

    def _opinions(
        self, runner: Runner, sentences: Result[Sentences], vectors: Result[Embeddings]
    ) -> Result[Opinions]:
        finer = finer_encoder(self.settings)
        return runner.run(
            "opinions",
            Opinions,
            lambda folder, progress: read_opinions(
                sentences.value, vectors.value.vectors, self.settings, self._embed_words, progress
            ),
            inputs={
                "embeddings": vectors.key,
                "settings": self.settings.aspects,
                "sentiment": self.settings.sentiment,
                "second reading": "" if finer is None else finer.fingerprint,
            },
            version=self.version,
        )

    def _topics(
        self,
        runner: Runner,
        sentences: Result[Sentences],
        vectors: Result[Embeddings],
        opinions: Result[Opinions],
    ) -> Result[Topics]:
        return runner.run(
            "topics",
            Topics,
            lambda folder, progress: find_topics(
                sentences.value,
                vectors.value.vectors,
                self._embed_words,
                self.settings.topics,
                self.settings.seed,
                progress,
                [list(row.aspects) for row in opinions.value],
                [row.polarity for row in opinions.value],
            ),
            inputs={"opinions": opinions.key, "settings": self.settings},
            version=self.version,
        )

    def _report(
        self,
        runner: Runner,
        sentences: Result[Sentences],
        vectors: Result[Embeddings],
        opinions: Result[Opinions],
        topics: Result[Topics],
    ) -> Result[ReviewReport]:
        def work(folder: Path, progress: Progress) -> ReviewReport:
            return build_report(
                self.reviews,
                sentences.value,
                topics.value,
                vectors=vectors.value.vectors,
                opinions=opinions.value.rows,
                listing=self.listing,
                baseline=self.baseline,
                encoder=vectors.value.backend,
                settings=asdict(self.settings),
            )

        claims = None if self.listing is None else self.listing.model_dump(mode="json", exclude={"reviews"})
        inputs = {"topics": topics.key, "listing": claims, "baseline": self.baseline}
        return runner.run("reviews", ReviewReport, work, inputs=inputs, version=self.version)

    def _embed_words(self, words: Sequence[str]) -> Float32[np.ndarray, "N D"]:
        return word_embedder(self.encoder, self.settings, self.cache)(words)


def readings(sentences: Sentences, settings: ReviewSettings) -> list[str]:
    """What the sentence model reads of each sentence."""
    if settings.reads_english_only:
        return sentences.english_readings
    return [row.translation or row.text for row in sentences]


def word_embedder(encoder: Encoder, settings: ReviewSettings, cache: Path | None = None) -> EmbedWords:
    """Vectors of single words and word pairs, read as sentences are."""

    def embed(words: Sequence[str]) -> Float32[np.ndarray, "N D"]:
        if settings.reads_english_only:
            words = [english_reading(word, guess_language(word)) for word in words]
        return embed_texts(words, encoder, cache=cache).vectors

    return embed


def aspect_model(settings: ReviewSettings, embed_words: EmbedWords | None = None) -> AspectModel:
    """The aspects of the settings, ready to read; with ``embed_words`` those by examples also know synonyms."""
    model = AspectModel({choice.name: choice.built_in for choice in settings.aspects if choice.built_in})
    if settings.encoder.model == USE:
        model = model.judged_by(default_judge().with_finer(finer_encoder(settings)))
    for choice in settings.aspects:
        if choice.examples:
            vectors = None if embed_words is None else embed_words(choice.examples)
            model = model.with_aspect(choice.name, choice.examples, vectors)
    return model


def read_opinions(
    sentences: Sentences,
    vectors: Float32[np.ndarray, "N D"],
    settings: ReviewSettings,
    embed_words: EmbedWords | None = None,
    progress: Progress | None = None,
) -> Opinions:
    """Aspects and feelings of every sentence; ``vectors`` (of :func:`readings`) help if we know the encoder."""
    usable = vectors if settings.encoder.model in (BUNDLED, USE) and len(vectors) else None
    model = aspect_model(settings, embed_words if usable is not None else None)
    feelings = TransformerSentiment(settings.sentiment) if settings.sentiment else None
    found = model.predict([as_read(row) for row in sentences], usable, progress, feelings)
    return told_by_reading(found, sentences.rows, by_encoder=model.judge is not None)
