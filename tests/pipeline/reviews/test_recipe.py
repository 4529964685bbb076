"""One recipe for reviews: kept in the store or in memory, it gives the same report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.config import Settings
from pipeline.recipe.stages import StageRunner
from pipeline.reviews.analyse import analyse_reviews
from pipeline.reviews.recipe import ReviewRecipe
from pipeline.reviews.report.report import ReviewReport
from pipeline.reviews.report.special import Baseline
from pipeline.reviews.settings import AspectChoice, ReviewSettings, read_settings
from pipeline.reviews.text.embeddings import Encoder
from pipeline.store import Store
from scrapers.listing import Review


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(Settings(data=tmp_path / "data", database_url="", queue_url="", artefacts_url=""))


def test_kept_or_in_memory_the_report_is_the_same(
    store: Store, demo_reviews: list[Review], encoder: Encoder
) -> None:
    stored = ReviewRecipe(demo_reviews, ReviewSettings(), encoder).run(StageRunner(store))
    assert stored.value.model_dump_json() == analyse_reviews(demo_reviews, encoder=encoder).model_dump_json()


def test_other_settings_give_another_key(store: Store, demo_reviews: list[Review], encoder: Encoder) -> None:
    recipe = ReviewRecipe(demo_reviews[:10], ReviewSettings(), encoder)
    first = recipe.run(StageRunner(store)).key
    assert recipe.run(StageRunner(store)).key == first
    for other in (
        ReviewRecipe(demo_reviews[:10], ReviewSettings(seed=1), encoder),
        ReviewRecipe(demo_reviews[:10], ReviewSettings(), encoder, baseline=Baseline("x", 50)),
        ReviewRecipe(demo_reviews[:10], ReviewSettings(), encoder, version=2),
    ):
        assert other.run(StageRunner(store)).key != first


def test_a_report_can_be_held_against_another_baseline(demo_reviews: list[Review], encoder: Encoder) -> None:
    report = analyse_reviews(demo_reviews, encoder=encoder)
    assert report.baseline is None
    assert report.special == ()
    elsewhere = Baseline(
        "elsewhere",
        5000,
        {"market": 5},
        {"noise": 10},
        {"noise": 5.0},
        {"noise": 5.0},
        language="en",
        spoken=5000,
    )
    held = report.against(elsewhere)
    assert held.baseline == "elsewhere"
    assert {"word", "mentions"} <= {one.kind for one in held.special}
    assert held.special == analyse_reviews(demo_reviews, encoder=encoder, baseline=elsewhere).special
    assert held.against(None) == report
    assert isinstance(held, ReviewReport)


def test_settings_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "reviews.json"
    wanted = {
        "aspects": {"cleanliness": "cleanliness", "Sleep": "noise", "Wifi": ["wifi", "slow internet"]},
        "model": "some/folder",
        "backend": "sentence-transformers",
        "bridge": False,
    }
    file.write_text(json.dumps(wanted), encoding="utf-8")
    settings = read_settings(file, seed=7)
    assert settings.aspects == (
        AspectChoice("cleanliness", "cleanliness"),
        AspectChoice("Sleep", "noise"),
        AspectChoice("Wifi", examples=("wifi", "slow internet")),
    )
    assert (settings.seed, settings.encoder.model, settings.reads_english_only) == (7, "some/folder", False)
    assert read_settings(None, seed=7) == ReviewSettings(seed=7)


@pytest.mark.parametrize(
    "text",
    ["[]", "{", '{"aspect": {}}', '{"aspects": {"x": 3}}', '{"backend": "gpu"}', '{"aspects": {"x": "y"}}'],
)
def test_a_settings_file_that_is_none_says_what_is_wrong(text: str, tmp_path: Path) -> None:
    file = tmp_path / "reviews.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"reviews\.json"):
        read_settings(file)
