"""All review stages in a row: sentences, vectors, topics, report."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from models.sentence_encoder import SentenceEncoder, SentenceEncoderConfig
from pipeline.progress import Progress
from pipeline.reviews.embeddings import Encoder, embed_texts
from pipeline.reviews.report import ReviewReport, build_report
from pipeline.reviews.sentences import split_reviews
from pipeline.reviews.topics import TopicSettings, find_topics
from scrapers.listing import Review


@dataclass(frozen=True)
class ReviewSettings:
    """All that can be set about reviews; the same settings and reviews give the same report.

    Attributes:
        seed: of everything random.
        encoder: which model turns sentences into vectors.
        topics: how topics are found and described.
    """

    seed: int = 0
    encoder: SentenceEncoderConfig = field(default_factory=SentenceEncoderConfig)
    topics: TopicSettings = field(default_factory=TopicSettings)

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**32:
            raise ValueError("seed must lie in 0..2^32-1")


def analyse_reviews(
    reviews: Sequence[Review],
    settings: ReviewSettings | None = None,
    progress: Progress | None = None,
    cache: Path | None = None,
    encoder: Encoder | None = None,
) -> ReviewReport:
    """Read all reviews of one listing.

    Args:
        reviews: any number, also none.
        cache: folder that keeps sentence vectors from one run to the next.
        encoder: instead of the one that the settings describe.

    Raises:
        EncoderUnavailable: the sentence model of the settings is not on this machine.
        Cancelled: ``progress`` asked to stop.
    """
    settings, progress = settings or ReviewSettings(), progress or Progress()
    encoder = encoder or SentenceEncoder(settings.encoder)
    timings_s: dict[str, float] = {}
    progress(0.0, "cutting reviews into sentences")
    with _timed(timings_s, "sentences"):
        sentences = split_reviews(reviews)
    with _timed(timings_s, "embeddings"):
        embeddings = embed_texts(sentences.texts, encoder, progress.part(0.05, 0.7), cache)
    with _timed(timings_s, "topics"):
        topics = find_topics(
            sentences,
            embeddings.vectors,
            lambda words: embed_texts(words, encoder, cache=cache).vectors,
            settings.topics,
            settings.seed,
            progress.part(0.7, 0.95),
        )
    report = build_report(
        reviews, sentences, topics, encoder=embeddings.backend, settings=asdict(settings), timings_s=timings_s
    )
    progress(1.0, "reviews read")
    return report


@contextmanager
def _timed(timings_s: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    timings_s[stage] = round(time.perf_counter() - start, 3)
