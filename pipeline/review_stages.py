"""The stages of the reviews: sentences -> embeddings -> topics -> review report."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.options import AnalysisOptions
from pipeline.progress import Progress
from pipeline.reviews.aspects import Opinions
from pipeline.reviews.embeddings import Embeddings, embed_texts
from pipeline.reviews.report import ReviewReport, build_report
from pipeline.reviews.sentences import Sentences, split_reviews
from pipeline.reviews.topics import Topics, find_topics
from pipeline.stages import Planned, StageRunner, Stored
from scrapers.listing import Listing

if TYPE_CHECKING:
    from pipeline.reviews.analyse import ReviewSettings

VERSION = 3

#: the stages with their usual share of the time (a room's stages add up to 11)
REVIEW_PLAN = (
    Planned("sentences", "", 0.1),
    Planned("embeddings", "", 2.0),
    Planned("opinions", "", 0.3),
    Planned("topics", "", 2.0),
    Planned("reviews", "", 0.2),
)


def read_reviews(
    listing: Stored[Listing], options: AnalysisOptions, runner: StageRunner
) -> tuple[str | None, str | None]:
    """Read the reviews of a listing.

    Returns:
        The key of the :class:`ReviewReport`, or ``None`` and the reason why there is none.
    """
    from pipeline.reviews.analyse import ReviewSettings

    if not listing.value.reviews:
        return None, "the listing has no reviews"
    reading = _Reading(listing, ReviewSettings(seed=options.seed), runner)
    sentences = reading.sentences()
    embeddings = reading.embeddings(sentences)
    opinions = reading.opinions(sentences, embeddings)
    topics = reading.topics(sentences, embeddings, opinions)
    return reading.report(sentences, embeddings, opinions, topics).key, None


class _Reading:
    """The stages of one listing's reviews, each with the inputs that make its key."""

    def __init__(self, listing: Stored[Listing], settings: ReviewSettings, runner: StageRunner) -> None:
        from models.sentence_encoder import SentenceEncoder
        from pipeline.reviews.analyse import word_embedder

        self._listing = listing
        self._reviews = listing.value.reviews
        self._settings = settings
        self._runner = runner
        self._encoder = SentenceEncoder(settings.encoder)
        self._cache = runner.store.settings.data / "cache" / "embeddings"
        self._embed_words = word_embedder(self._encoder, settings, self._cache)

    def sentences(self) -> Stored[Sentences]:
        return self._runner.run(
            "sentences",
            Sentences,
            lambda folder, progress: split_reviews(self._reviews),
            inputs={"reviews": [review.model_dump(mode="json") for review in self._reviews]},
            version=VERSION,
        )

    def embeddings(self, sentences: Stored[Sentences]) -> Stored[Embeddings]:
        from pipeline.reviews.analyse import readings

        def work(folder: Path, progress: Progress) -> Embeddings:
            return embed_texts(readings(sentences.value, self._settings), self._encoder, progress, self._cache)

        inputs = {
            "sentences": sentences.key,
            "encoder": self._encoder.fingerprint,
            "bridge": self._settings.reads_english_only,
        }
        return self._runner.run("embeddings", Embeddings, work, inputs=inputs, version=VERSION)

    def opinions(self, sentences: Stored[Sentences], embeddings: Stored[Embeddings]) -> Stored[Opinions]:
        from pipeline.reviews.analyse import read_opinions

        def work(folder: Path, progress: Progress) -> Opinions:
            vectors = embeddings.value.vectors
            return read_opinions(sentences.value, vectors, self._settings, self._embed_words, progress)

        inputs = {"embeddings": embeddings.key, "settings": self._settings.aspects}
        return self._runner.run("opinions", Opinions, work, inputs=inputs, version=VERSION)

    def topics(
        self, sentences: Stored[Sentences], embeddings: Stored[Embeddings], opinions: Stored[Opinions]
    ) -> Stored[Topics]:
        def work(folder: Path, progress: Progress) -> Topics:
            return find_topics(
                sentences.value,
                embeddings.value.vectors,
                self._embed_words,
                self._settings.topics,
                self._settings.seed,
                progress,
                [list(row.aspects) for row in opinions.value],
            )

        inputs = {"opinions": opinions.key, "settings": self._settings}
        return self._runner.run("topics", Topics, work, inputs=inputs, version=VERSION)

    def report(
        self,
        sentences: Stored[Sentences],
        embeddings: Stored[Embeddings],
        opinions: Stored[Opinions],
        topics: Stored[Topics],
    ) -> Stored[ReviewReport]:
        def work(folder: Path, progress: Progress) -> ReviewReport:
            return build_report(
                self._reviews,
                sentences.value,
                topics.value,
                vectors=embeddings.value.vectors,
                opinions=opinions.value.rows,
                listing=self._listing.value,
                encoder=embeddings.value.backend,
                settings=asdict(self._settings),
            )

        inputs = {"topics": topics.key, "listing": self._listing.key}
        return self._runner.run("reviews", ReviewReport, work, inputs=inputs, version=VERSION)
