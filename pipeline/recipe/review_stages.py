"""The stages of the reviews: the steps of :mod:`pipeline.reviews.recipe`, kept in the store."""

from __future__ import annotations

from pathlib import Path

from pipeline.options import AnalysisOptions
from pipeline.recipe.stages import Planned, StageRunner, Stored
from pipeline.reviews.steps import STEPS
from scrapers.listing import Listing

VERSION = 8

#: the stages with their usual share of the time
REVIEW_PLAN = tuple(Planned(name, "", weight) for name, weight in STEPS.items())


def read_reviews(
    listing: Stored[Listing], options: AnalysisOptions, runner: StageRunner
) -> tuple[str | None, str | None]:
    """Read the reviews of a listing.

    Returns:
        The key of the :class:`ReviewReport`, or ``None`` and the reason why there is none.
    """
    from pipeline.recipe.baselines import baseline_for
    from pipeline.reviews.recipe import ReviewRecipe
    from pipeline.reviews.settings import make_encoder, read_settings

    if not listing.value.reviews:
        return None, "the listing has no reviews"
    settings = read_settings(Path(options.review_settings) if options.review_settings else None, options.seed)
    recipe = ReviewRecipe(
        reviews=listing.value.reviews,
        settings=settings,
        encoder=make_encoder(settings),
        cache=runner.store.settings.data / "cache" / "embeddings",
        listing=listing.value,
        baseline=baseline_for(runner.store, listing.value),
        version=VERSION,
    )
    return recipe.run(runner).key, None
