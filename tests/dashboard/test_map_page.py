"""The map: neighbourhoods from the worst to the best, and what is complained of there."""

from __future__ import annotations

import pandas as pd
import pytest

from dashboard.data import city_data
from dashboard.panels import ui
from pipeline.store import Store
from tests.dashboard.data.test_maps import city
from tests.dashboard.invented import StoreMaker
from tests.dashboard.pages import open_page, shown


class InventedCity:
    """Answers like the results of an imported city."""

    def places(self) -> pd.DataFrame:
        return city()

    def neighbourhoods(self) -> list[str]:
        return ["Harbour", "Oldtown"]

    def aspects(self) -> pd.DataFrame:
        rows = [("", 90, 90.0), ("noise", 40, 30.0), ("host", 60, 50.0), ("silent", 1, 0.0)]
        return pd.DataFrame(rows, columns=["aspect", "reviews", "judging"])

    def totals(self, aspect: str = "") -> pd.DataFrame:
        rows = [("Harbour", 30, 28.0, 26.0), ("Oldtown", 40, 38.0, 12.0), ("Few", 3, 3.0, 0.0)]
        return pd.DataFrame(rows, columns=["neighbourhood", "reviews", "judging", "good"])

    def sentences(self, place: str, aspect: str | None = None, limit: int = 100) -> pd.DataFrame:
        rows = [
            ("2021-05", "en", "The bar was loud.", "neg", '{"noise": "neg"}'),
            ("2023-01", "en", "Trams all <b>night</b>.", "neg", '{"noise": "neg"}'),
            ("2023-02", "en", "So quiet!", "pos", '{"noise": "pos"}'),
        ]
        return pd.DataFrame(rows, columns=["month", "language", "text", "polarity", "aspects"])


@pytest.fixture
def with_city(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ui, "cities", lambda: {"Invented": InventedCity()})


def test_few_reviews_have_no_score_and_the_worst_comes_first() -> None:
    scores = city_data.scores_by_neighbourhood(InventedCity(), "noise")  # type: ignore[arg-type]
    assert city_data.worst_first(scores) == ["Oldtown", "Harbour"]
    assert city_data.aspects(InventedCity()) == ["host", "noise"]  # type: ignore[arg-type]


def test_criticism_is_the_newest_first() -> None:
    said = city_data.criticism(InventedCity(), "Oldtown", "noise", 5)  # type: ignore[arg-type]
    assert [one.text for one in said] == ["Trams all <b>night</b>.", "The bar was loud."]


@pytest.mark.usefixtures("with_city")
def test_where_guests_complain_of_noise_is_answered_at_once(full: StoreMaker) -> None:
    app = open_page(ui.MAP)
    body = shown(app)
    assert app.query_params["aspect"] == "noise"
    assert body.index("Oldtown") < body.index("Harbour")
    assert "Noise in Oldtown" in body and "Trams all &lt;b&gt;night&lt;/b&gt;." in body


def test_without_a_city_and_without_places_the_map_says_what_to_do(store: Store) -> None:
    assert "No places on record" in shown(open_page(ui.MAP))
