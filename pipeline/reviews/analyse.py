"""All review steps in a row, in memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

from pipeline.progress import Progress
from pipeline.reviews.recipe import ReviewRecipe, aspect_model, read_opinions, readings, word_embedder
from pipeline.reviews.report import Baseline, ReviewReport
from pipeline.reviews.settings import AspectChoice, ReviewSettings, make_encoder
from pipeline.reviews.steps import STEPS
from pipeline.reviews.text import Encoder
from scrapers.listing import Listing, Review

__all__ = [
    "AspectChoice",
    "ReviewSettings",
    "analyse_reviews",
    "aspect_model",
    "read_opinions",
    "readings",
    "word_embedder",
]

T = TypeVar("T")


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
    settings, runner = settings or ReviewSettings(), _InMemory(progress or Progress())
    recipe = ReviewRecipe(reviews, settings, encoder or make_encoder(settings), cache, listing, baseline)
    report = recipe.run(runner).value.model_copy(update={"timings_s": runner.timings_s})
    runner.progress(1.0, "reviews read")
    return report


@dataclass(frozen=True)
class _Held(Generic[T]):
    value: T
    key: str = ""


@dataclass
class _InMemory:
    """Runs every step and keeps nothing but the seconds."""

    progress: Progress
    timings_s: dict[str, float] = field(default_factory=dict)
    _done: float = 0.0

    def run(
        self,
        name: str,
        kind: type[T],
        work: Callable[[Path, Progress], T],
        *,
        inputs: Mapping[str, object],
        version: int = 1,
    ) -> _Held[T]:
        begin, self._done = self._done, self._done + STEPS[name] / sum(STEPS.values())
        part = self.progress.part(begin, min(self._done, 1.0))
        part(0.0, name)
        start = time.perf_counter()
        value = work(Path(), part)
        self.timings_s[name] = round(time.perf_counter() - start, 3)
        return _Held(value)
