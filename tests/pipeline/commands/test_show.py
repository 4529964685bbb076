"""``show``: what matters first for people, one form that stays for programs."""

import datetime as dt
import json
import re

import jsonschema
import pytest
from typer.testing import CliRunner

from pipeline.api import ShownFact, ShownListing, shown_facts
from pipeline.commands.cli import app
from pipeline.config import Settings
from pipeline.reviews.report.report_records import (
    AspectSummary,
    Complaint,
    Contradiction,
    DealBreaker,
    Quote,
    Score,
    WindowScore,
)
from pipeline.store import Store
from scrapers.listing import COMPARED, Host
from tests.dashboard.invented import StoreMaker, invented_report
from tests.places import ROOT

SCHEMA = ROOT / "docs" / "show_json.schema.json"
PAGE = ROOT / "docs" / "show_json.md"


def quote(text: str, year: int = 2023) -> Quote:
    return Quote(
        review_id="r1", text=text, start=0, end=len(text), language="en", date=dt.date(year, 3, 9), rating=None
    )


NOISE = AspectSummary(
    aspect="noise",
    sentences=50,
    reviews=40,
    share=0.4,
    positive=30,
    negative=15,
    mixed=0,
    neutral=5,
    score=Score(value=0.62, low=0.5, high=0.73, weight=38),
    recent=(
        WindowScore(
            months=12,
            since=dt.date(2022, 9, 2),
            reviews=14,
            score=Score(value=0.41, low=0.3, high=0.5, weight=13),
        ),
    ),
    change=-0.26,
    change_certainty=0.995,
    changed=(quote("They build next door since spring."),),
    critical=(quote("[red]The bar is loud."),),
)
MICE = DealBreaker(
    kind="vermin",
    reviews=2,
    newest=dt.date(2023, 3, 9),
    answered=1,
    complaints=(
        Complaint(**quote("A mouse ran over the bed.").model_dump(), answer="We are sorry, it was dealt with."),
    ),
)
DENIED = Contradiction(
    source="description",
    claim="A quiet flat",
    about="quiet",
    agreeing=3,
    disagreeing=9,
    quotes=(quote("So loud."),),
)


@pytest.fixture
def settings(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("SHOWROOM_DATA", f"{tmp_path}/data")
    return Settings()


def analysed(store: Store, **findings: object) -> str:
    """A listing with a built room, an impossible one and reviews; its id."""
    maker = StoreMaker(store)
    listing, key = maker.listing(reviews=24)
    report = invented_report(listing).model_copy(
        update={"since": dt.date(2021, 1, 15), "summary": (quote("Spotless."),), **findings}
    )
    folder = store.settings.work_folder / "reviews"
    folder.mkdir(parents=True)
    report.save(folder)
    maker.report(listing, key, maker.put("reviews", folder, "reviews"))
    return listing.id


def shown(*words: str) -> str:
    found = CliRunner().invoke(app, ["show", *words])
    assert found.exit_code == 0, found.output
    return found.output


def test_deal_breakers_come_first_with_their_number_their_age_and_the_answer(store: Store) -> None:
    told = shown(analysed(store, deal_breakers=(MICE,), aspects=(NOISE,), contradictions=(DENIED,)))
    assert "vermin: 2 reviews, the newest of March 2023, 1 answered by the host" in told
    assert "host: We are sorry" in told
    order = [
        "Deal-breakers",
        "A mouse ran",
        "In short",
        "Spotless.",
        "Scores",
        "noise",
        "otherwise",
        "talk about",
    ]
    places = [told.index(word) for word in order]
    assert places == sorted(places)


def test_no_deal_breaker_is_a_result(store: Store) -> None:
    assert "No deal-breaker in 23 reviews since 2021" in shown(analysed(store, weighed=True))


def test_nobody_claims_it_who_did_not_look(store: Store) -> None:
    assert "deal-breaker" not in shown(analysed(store))


def test_scores_have_bands_and_changes_have_sentences(store: Store) -> None:
    told = shown(analysed(store, aspects=(NOISE,), contradictions=(DENIED,)))
    assert re.search(r"noise +62 \(50 to 73\) +40 reviews; last 12 months 41 \(14 reviews\)", told)
    assert "getting worse: 26 points below the time before" in told
    assert "They build next door since spring." in told
    assert "quiet: description “A quiet flat” (9 reviews against, 3 for)" in told


def test_the_json_has_the_fields_that_programs_rely_on(store: Store) -> None:
    raw = json.loads(shown(analysed(store, aspects=(NOISE,), deal_breakers=(MICE,)), "--json"))
    noise = raw["reviews"]["aspects"]["noise"]
    assert {name: noise[name] for name in ("score", "low", "high", "reviews")} == {
        "score": 0.62,
        "low": 0.5,
        "high": 0.73,
        "reviews": 40,
    }
    assert raw["reviews"]["deal_breakers"][0]["sentences"][0]["answer"].startswith("We are sorry")
    assert [type(raw["reviews"][name]) for name in ("deal_breakers", "summary", "topics")] == [list] * 3
    living, bedroom = raw["rooms"]
    assert (living["id"], living["name"], living["status"]) == ("living-room", "Living room", "built")
    assert (living["photos"], living["placed"], bedroom["size"]) == (5, 4, None)
    assert living["size"]["length_m"]["value"] == pytest.approx(5.0, abs=0.01)
    assert set(living["size"]) == {"length_m", "width_m", "height_m", "floor_area_m2", "evidence"}
    assert set(living["shares"]) == {"measured", "inferred", "generated"}
    assert 0 < living["shares"]["measured"] <= 1
    assert bedroom["status"] == "impossible"
    assert sum(bedroom["shares"].values()) == 0


def test_every_state_of_a_listing_fits_the_published_schema(store: Store) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    bare, _ = StoreMaker(store).listing("bare", "Bare")
    whole = analysed(store, aspects=(NOISE,), deal_breakers=(MICE,), contradictions=(DENIED,), whole=NOISE)
    for listing_id in (bare.id, whole):
        jsonschema.validate(json.loads(shown(listing_id, "--json")), schema)
    assert json.loads(shown(bare.id, "--json"))["reviews"]["status"] == "missing"


def test_the_published_schema_is_that_of_the_code() -> None:
    """A field that changes its meaning or goes needs a new version; run the command in docs/show_json.md."""
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == ShownListing.model_json_schema()


def test_the_page_explains_every_field() -> None:
    page = PAGE.read_text(encoding="utf-8")
    models = [ShownListing.model_json_schema(), *ShownListing.model_json_schema()["$defs"].values()]
    fields = {name for model in models for name in model.get("properties", {})}
    assert not [name for name in sorted(fields) if f"`{name}`" not in page]


def test_the_facts_that_people_compare_are_printed_with_where_they_were_read(store: Store) -> None:
    listing, _ = StoreMaker(store).listing("facts", "Facts")
    facts = shown_facts(
        listing.model_copy(
            update={
                "bedrooms": 3.0,
                "house_rules": None,
                "host": Host(superhost=False, years=4),
                "provenance": {"bedrooms": "page_state.old", "house_rules": "page_state.old", "host": "dom"},
            }
        )
    )
    assert tuple(facts) == COMPARED
    assert facts["bedrooms"] == ShownFact(status="present", value=3.0, read_from="page_state.old")
    assert facts["house_rules"] == ShownFact(status="none", value=None, read_from="page_state.old")
    assert facts["cancellation"] == ShownFact(status="absent", value=None, read_from=None)
    assert isinstance(facts["host"].value, dict)
    assert (facts["host"].value["superhost"], facts["host"].value["co_hosts"]) == (False, None)
