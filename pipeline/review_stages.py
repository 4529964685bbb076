"""The stages of the reviews: sentences -> embeddings -> topics -> review report."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from pipeline.options import AnalysisOptions
from pipeline.progress import Progress
from pipeline.reviews.aspects import Opinions
from pipeline.reviews.embeddings import Embeddings, embed_texts
from pipeline.reviews.report import ReviewReport, build_report
from pipeline.reviews.sentences import Sentences, split_reviews
from pipeline.reviews.topics import Topics, find_topics
from pipeline.stages import Planned, StageRunner, Stored, stage_key
from scrapers.listing import Listing

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
    from models.sentence_encoder import SentenceEncoder
    from pipeline.reviews.analyse import ReviewSettings, read_opinions, readings, word_embedder

    reviews = listing.value.reviews
    if not reviews:
        return None, "the listing has no reviews"
    settings = ReviewSettings(seed=options.seed)
    encoder = SentenceEncoder(settings.encoder)
    cache = runner.store.settings.data / "cache" / "embeddings"
    texts = stage_key("texts", VERSION, {"reviews": [review.model_dump(mode="json") for review in reviews]})
    sentences = runner.run(
        "sentences",
        Sentences,
        lambda folder, progress: split_reviews(reviews),
        inputs={"reviews": texts},
        version=VERSION,
    )
    embeddings = runner.run(
        "embeddings",
        Embeddings,
        lambda folder, progress: embed_texts(readings(sentences.value, settings), encoder, progress, cache),
        inputs={
            "sentences": sentences.key,
            "encoder": encoder.fingerprint,
            "bridge": settings.reads_english_only,
        },
        version=VERSION,
    )

    embed_words = word_embedder(encoder, settings, cache)
    opinions = runner.run(
        "opinions",
        Opinions,
        lambda folder, progress: read_opinions(
            sentences.value, embeddings.value.vectors, settings, embed_words, progress
        ),
        inputs={"embeddings": embeddings.key, "settings": settings.aspects},
        version=VERSION,
    )

    def topics_of(folder: Path, progress: Progress) -> Topics:
        return find_topics(
            sentences.value,
            embeddings.value.vectors,
            embed_words,
            settings.topics,
            settings.seed,
            progress,
            [list(row.aspects) for row in opinions.value],
        )

    topics = runner.run(
        "topics",
        Topics,
        topics_of,
        inputs={"opinions": opinions.key, "settings": settings},
        version=VERSION,
    )
    report = runner.run(
        "reviews",
        ReviewReport,
        lambda folder, progress: build_report(
            reviews,
            sentences.value,
            topics.value,
            vectors=embeddings.value.vectors,
            opinions=opinions.value.rows,
            listing=listing.value,
            encoder=embeddings.value.backend,
            settings=asdict(settings),
        ),
        inputs={"topics": topics.key, "listing": listing.key},
        version=VERSION,
    )
    return report.key, None
