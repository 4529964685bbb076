"""The stages of the reviews: the steps of :mod:`pipeline.reviews.recipe`, kept in the store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.options import AnalysisOptions
from pipeline.recipe.stages import Planned, StageRunner, Stored
from pipeline.reviews.steps import STEPS
from pipeline.store import Store
from scrapers.listing import Listing

if TYPE_CHECKING:
    from pipeline.reviews.asking import Index
    from pipeline.reviews.recipe import ReviewRecipe

VERSION = 9

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

    if not listing.value.reviews:
        return None, "the listing has no reviews"
    recipe = _recipe(listing.value, options, runner.store)
    report = replace(recipe, baseline=baseline_for(runner.store, listing.value)).run(runner)
    runner.store.catalogue.put_summary(report.key, report.value.about())
    return report.key, None


def index_reviews(store: Store, listing_id: str) -> Index:
    """The reviews of a stored listing, ready to be asked; what an analysis left in the store is not read again.

    Raises:
        KeyError: the listing is unknown.
    """
    from models.sentence_encoder import multilingual_encoder
    from pipeline.reviews.asking import Index
    from pipeline.reviews.recipe import aspect_model

    listing, _ = store.listing(listing_id)
    report = store.report(listing_id)
    options = AnalysisOptions() if report is None else AnalysisOptions.model_validate(report.options)
    recipe = _recipe(listing, options, store)
    sentences, opinions = recipe.read(StageRunner(store))
    model = aspect_model(recipe.settings)
    return Index.of(
        sentences.value, opinions.value.rows, multilingual_encoder(), model=model, cache=recipe.cache
    )


def _recipe(listing: Listing, options: AnalysisOptions, store: Store) -> ReviewRecipe:
    from pipeline.reviews.recipe import ReviewRecipe
    from pipeline.reviews.settings import make_encoder, read_settings

    settings = read_settings(Path(options.review_settings) if options.review_settings else None, options.seed)
    return ReviewRecipe(
        reviews=listing.reviews,
        settings=settings,
        encoder=make_encoder(settings),
        cache=store.settings.data / "cache" / "embeddings",
        listing=listing,
        version=VERSION,
    )
