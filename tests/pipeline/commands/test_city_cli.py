"""Asking an imported city on the command line, and comparing listings with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.commands.cli import app
from pipeline.config import Settings
from pipeline.recipe.baselines import baseline_for, imported_cities
from pipeline.reviews.city.city import analyse_city
from pipeline.reviews.city.settings import CitySettings
from pipeline.store import Store
from scrapers.listing import Listing

SENTENCES = ("Very clean flat near the station.", "So loud at night!", "Kind host, good price.")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("SHOWROOM_DATA", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return Store.open(Settings())


@pytest.fixture
def city(store: Store, tmp_path: Path) -> Store:
    """A store with an imported city of two neighbourhoods."""
    rows = [f"{n % 3},{n},2023-{n % 12 + 1:02d}-10,{SENTENCES[n % 3]}" for n in range(36)]
    rows = [row.replace(SENTENCES[2], f'"{SENTENCES[2]}"') for row in rows]
    reviews, listings = tmp_path / "reviews.csv", tmp_path / "listings.csv"
    reviews.write_text("listing_id,id,date,comments\n" + "\n".join(rows) + "\n", encoding="utf-8")
    places = ("0,North,Private room", "1,South,Entire home/apt", "2,South,Entire home/apt")
    listings.write_text("\n".join(("id,neighbourhood_cleansed,room_type", *places, "")), encoding="utf-8")
    analyse_city(reviews, listings, tmp_path / "cities" / "Ville", CitySettings(sample_reviews=30))
    return store


def ask(*words: str) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["city-show", *words])
    return found.exit_code, found.output


def test_a_city_answers_by_place_and_month(city: Store) -> None:
    assert "North" in ask("Ville", "--what", "places")[1]
    assert "noise" not in ask("Ville", "--neighbourhood", "North")[1], "only the listings in the south are loud"
    assert "noise" in ask("Ville", "--neighbourhood", "South")[1]
    assert "2023-03" not in ask("Ville", "--what", "months", "--until", "2023-02")[1]
    assert "So loud at night!" in ask("Ville", "--what", "sentences", "--aspect", "noise", "--limit", "1")[1]
    assert "Nobody says" in ask("Ville", "--what", "sentences", "--from", "2031-01")[1]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("Nowhere",), "holds no complete analysis"),
        (("Ville", "--neighbourhood", "East"), "no neighbourhood"),
        (("Ville", "--from", "May"), "no month"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(city: Store, words: tuple[str, ...], says: str) -> None:
    code, output = ask(*words)
    assert code == 1
    assert says in output


def test_a_listing_is_compared_with_its_city_else_with_nothing(city: Store) -> None:
    def listing(neighbourhood: str | None, kind: str | None = "Entire rental unit") -> Listing:
        facts = {"id": "x", "source": "folder", "origin": "x", "title": "X"}
        return Listing.model_validate({**facts, "neighbourhood": neighbourhood, "room_type": kind})

    assert [folder.name for folder in imported_cities(city)] == ["Ville"]
    found = baseline_for(city, listing("South"))
    assert found is not None
    assert (found.name, found.reviews, found.language, found.spoken) == ("entire homes in Ville", 24, "en", 24)
    assert baseline_for(city, listing("South", None)) is None, "a kind that nobody told is no kind"
    assert baseline_for(city, listing("South", "Private room")) is None, "12 reviews say not what is usual"
    assert baseline_for(city, listing("East")) is None
    assert baseline_for(city, listing(None)) is None


def test_reading_a_city_needs_a_place_for_the_results(store: Store, tmp_path: Path) -> None:
    found = CliRunner().invoke(app, ["city", str(tmp_path / "reviews.csv")])
    assert found.exit_code == 1
    assert "--name" in found.output
