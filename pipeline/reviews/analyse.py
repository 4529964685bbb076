"""All review stages in a row: sentences, vectors, topics, report."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from models.sentence_encoder import BUNDLED, SentenceEncoder, SentenceEncoderConfig
from pipeline.progress import Progress
from pipeline.reviews.aspects import AspectModel, Opinions
from pipeline.reviews.aspects_features import BUILT_IN
from pipeline.reviews.bertopic_model import EmbedWords
from pipeline.reviews.embeddings import Encoder, embed_texts
from pipeline.reviews.gloss import english_reading
from pipeline.reviews.report import ReviewReport, build_report
from pipeline.reviews.sentences import Sentences, split_reviews
from pipeline.reviews.special import Baseline
from pipeline.reviews.topics import TopicSettings, find_topics
from pipeline.reviews.words import guess_language
from scrapers.listing import Listing, Review


@dataclass(frozen=True)
class AspectChoice:
    """One aspect to look for: a built-in one, maybe under another name, or one by examples.

    Attributes:
        name: as shown.
        built_in: the built-in aspect that it stands for; empty: it is told by ``examples``.
        examples: a few words or sentences.
    """

    name: str
    built_in: str = ""
    examples: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if bool(self.built_in) == bool(self.examples):
            raise ValueError(f"aspect {self.name!r} needs either a built-in aspect or examples")


@dataclass(frozen=True)
class ReviewSettings:
    """All that can be set about reviews; the same settings and reviews give the same report.

    Attributes:
        seed: of everything random.
        encoder: which model turns sentences into vectors.
        topics: how topics are found and described.
        aspects: which aspects to look for.
        bridge: whether other languages are read by way of English words; ``None``: if the model is the bundled
            one, which knows English only.
    """

    seed: int = 0
    encoder: SentenceEncoderConfig = field(default_factory=SentenceEncoderConfig)
    topics: TopicSettings = field(default_factory=TopicSettings)
    aspects: tuple[AspectChoice, ...] = tuple(AspectChoice(name, name) for name in BUILT_IN)
    bridge: bool | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**32:
            raise ValueError("seed must lie in 0..2^32-1")

    @property
    def reads_english_only(self) -> bool:
        """Whether sentences are brought to English before they become vectors."""
        return self.encoder.model == BUNDLED if self.bridge is None else self.bridge


def aspect_model(settings: ReviewSettings, embed_words: EmbedWords | None = None) -> AspectModel:
    """The aspects of the settings, ready to read; with ``embed_words`` those by examples also know synonyms."""
    model = AspectModel({choice.name: choice.built_in for choice in settings.aspects if choice.built_in})
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
    """Aspects and feelings of every sentence; ``vectors`` (of English readings) help if the model is ours."""
    usable = vectors if settings.encoder.model == BUNDLED and len(vectors) else None
    model = aspect_model(settings, embed_words if usable is not None else None)
    return model.predict(sentences.rows, usable, progress)


def readings(sentences: Sentences, settings: ReviewSettings) -> list[str]:
    """What the sentence model reads of each sentence."""
    return sentences.english_readings if settings.reads_english_only else sentences.texts


def word_embedder(encoder: Encoder, settings: ReviewSettings, cache: Path | None = None) -> EmbedWords:
    """Vectors of single words and word pairs, read as sentences are."""

    def embed(words: Sequence[str]) -> Float32[np.ndarray, "N D"]:
        if settings.reads_english_only:
            words = [english_reading(word, guess_language(word)) for word in words]
        return embed_texts(words, encoder, cache=cache).vectors

    return embed


def analyse_reviews(
    reviews: Sequence[Review],
    settings: ReviewSettings | None = None,
    progress: Progress | None = None,
    cache: Path | None = None,
    encoder: Encoder | None = None,
    listing: Listing | None = None,
    baseline: Baseline | None = None,
) -> ReviewReport:
    """Read all reviews of one listing.

    Args:
        reviews: any number, also none.
        cache: folder that keeps sentence vectors from one run to the next.
        encoder: instead of the one that the settings describe.
        listing: what host and platform say, to find contradictions.
        baseline: other listings, to find what is special.

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
        embeddings = embed_texts(readings(sentences, settings), encoder, progress.part(0.05, 0.7), cache)
    embed_words = word_embedder(encoder, settings, cache)
    with _timed(timings_s, "opinions"):
        opinions = read_opinions(sentences, embeddings.vectors, settings, embed_words, progress.part(0.7, 0.8))
    with _timed(timings_s, "topics"):
        topics = find_topics(
            sentences,
            embeddings.vectors,
            embed_words,
            settings.topics,
            settings.seed,
            progress.part(0.8, 0.95),
            [list(row.aspects) for row in opinions],
        )
    with _timed(timings_s, "report"):
        report = build_report(
            reviews,
            sentences,
            topics,
            vectors=embeddings.vectors,
            opinions=opinions.rows,
            listing=listing,
            baseline=baseline,
            encoder=embeddings.backend,
            settings=asdict(settings),
        )
    report = report.model_copy(update={"timings_s": timings_s})
    progress(1.0, "reviews read")
    return report


@contextmanager
def _timed(timings_s: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    timings_s[stage] = round(time.perf_counter() - start, 3)
